"""Comparisons beside a program: what has to hold of its unknowns."""

from __future__ import annotations

import re

from cgcli.annotations import Any, Iterable
from cgcli.diagnostics import CgError
from cgcli.language.block import Output
from cgcli.language.program import Program
from cgcli.ops.entry import AND, COMPARISON, NOT, OR

# The names of operations that compare, and which side has to be the larger: 1 the left one, -1 the right one.
LARGER = {"gt": 1, "ge": 1, "lt": -1, "le": -1, "eq": 0}

STRICT = {"gt", "lt"}

# What these give is true or false.
CONDITIONS = (OR, AND, NOT, COMPARISON)

_RELATION = re.compile(r"(<=|>=|==|!=|<|>|≤|≥|≠)")


class Condition:
    """`left relation right`.

    text        as it is written
    relation    a key of `LARGER`
    left, right their nodes
    start, end  the place of the statement that it is in
    """

    def __init__(self, text: str, relation: str, left: int, right: int, start: int, end: int) -> None:
        self.text, self.relation, self.left, self.right = text, relation, left, right
        self.start, self.end = start, end

    @property
    def sides(self) -> tuple[int, int]:
        return self.left, self.right


def conditions(program: Program, outputs: Iterable[Output], option: str) -> list[Condition]:
    """The comparisons that expressions consist of, chains and conjunctions taken apart. Raises
    `CgError` (kind `usage`) for an expression that is no comparison."""
    found: list[Condition] = []
    for output in outputs:
        nodes = _comparisons(program, output, option)
        texts = _texts(program.source.text[output.start : output.end], len(nodes))
        for node, text in zip(nodes, texts, strict=True):
            left, right = program.graph.args[node]
            relation = program.graph.ops[node].name
            found.append(Condition(text, relation, left, right, output.start, output.end))
    return found


def _comparisons(program: Program, output: Output, option: str) -> list[int]:
    ops, args = program.graph.ops, program.graph.args
    found, stack = [], [output.node]
    while stack:
        node = stack.pop()
        if ops[node].name == "and_":
            stack += reversed(args[node])
        elif ops[node].name in LARGER:
            found.append(node)
        else:
            told = f"{option} takes comparisons, and this is none"
            hint = f"as in {option} 'x > 0; x + y <= 1'"
            raise CgError("usage", told, program.source, output.start, output.end, hint)
    return found


def _texts(text: str, count: int) -> list[str]:
    """The text of each of so many comparisons: those that `and` joins, and of a chain `a < b < c` its
    links."""
    joined = [part.strip() for part in re.split(r"\band\b", text)]
    if len(joined) > 1 and all(part.count("(") == part.count(")") for part in joined):
        found = [link for part in joined for link in _links(part)]
        return found if len(found) == count else [text] * count
    found = _links(text)
    return found if len(found) == count else [text] * count


def _links(text: str) -> list[str]:
    """The texts of the links of a chain of comparisons."""
    parts, depth = [""], 0
    for piece in _RELATION.split(text):
        if _RELATION.fullmatch(piece) and depth == 0:
            parts += [piece, ""]
        else:
            parts[-1] += piece
            depth += sum(piece.count(c) for c in "([") - sum(piece.count(c) for c in ")]")
    parts = [part.strip() for part in parts]
    return [" ".join(parts[at : at + 3]) for at in range(0, len(parts) - 1, 2)]


def equations(program: Program) -> list[tuple[int, int | None, Output]]:
    """The two sides of each equation among the outputs; an expression without `==` is to be 0, and has no
    right side."""
    found: list[tuple[int, int | None, Output]] = []
    graph: Any = program.graph
    for output in program.outputs:
        stack = [output.node]
        while stack:
            node = stack.pop()
            if graph.ops[node].name == "and_" and _is_of_equations(graph, node):
                stack += reversed(graph.args[node])
            elif graph.ops[node].name == "eq":
                found.append((*graph.args[node], output))
            else:
                found.append((node, None, output))
    return found


def _is_of_equations(graph: Any, node: int) -> bool:
    stack = [node]
    while stack:
        node = stack.pop()
        if graph.ops[node].name == "and_":
            stack += graph.args[node]
        elif graph.ops[node].name != "eq":
            return False
    return True
