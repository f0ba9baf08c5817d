"""Calls of `zero` and `minimizer` in programs that run (`language.sought`): the start is read first, and what
varies by itself goes into a slot, which the expression reads.

What is sought is found on the path that the start takes: so the expression has no branches.
"""

from __future__ import annotations

from cgcli.annotations import Any, Callable
from cgcli.language import calls
from cgcli.language.builder import Named
from cgcli.language.spans import LAZY
from cgcli.language.syntax import Syntax
from cgcli.ops import ALIAS, SOUGHT

# Statements that hold others.
BRANCHING = ("if", "elif", "else", "for", "while", "checkpoint")


def steps(pieces: Any, item: int, spans: list[int]) -> list[Any]:
    """The tasks of `Pieces` for a call, whose arguments begin at these items. Raises `CgError` (kind `arity`)
    for what is called otherwise, and for an expression with branches."""
    syntax, builder = pieces.syntax, pieces.builder
    begin, by, start, _ = spans
    op = SOUGHT[syntax.payloads[item][0]]
    if syntax.code[by] != "name" or start != by + 1:
        raise calls.wrong_sought(syntax, item, op)
    _require_straight(syntax, begin, by, op.name)
    variable, slot = syntax.payloads[by], builder.hidden()

    def bound() -> None:
        node = builder.node(builder.stack.pop())
        place = syntax.starts[start], syntax.ends[item - 1]
        builder.writes[slot] = builder.graph.add(ALIAS, (node,), None, *place)
        builder.is_plain = False
        builder.flush()
        pieces.renamed.setdefault(variable, []).append(slot)

    def found() -> None:
        place = syntax.place(item)
        pieces.renamed[variable].pop()
        operands = builder.node(builder.stack.pop()), builder.node(Named(slot, *place))
        builder.is_plain, pieces.program.derives = False, True
        builder.stack.append(builder.graph.add(op, operands, None, *place))

    made: list[tuple[int, int] | Callable[[], None]] = [(start, item), bound, (begin, by), found]
    return made


def _require_straight(syntax: Syntax, begin: int, end: int, name: str) -> None:
    """Raise `CgError` where a run of code, or a function that it calls, has a branch or a loop."""
    functions = _functions(syntax)
    spans, seen = [(begin, end)], set()
    while spans:
        for item in range(*spans.pop()):
            meaning = syntax.code[item]
            called = syntax.payloads[item][0] if meaning == "call" else None
            if meaning in LAZY or (called in functions and functions[called] is None):
                told = f"`{name}` in a program that runs takes an expression without branches and loops"
                raise syntax.error("arity", told, item, "in a program without loops it may have some")
            if called in functions and called not in seen:
                seen.add(called)
                spans.append(functions[called])


def _functions(syntax: Syntax) -> dict[str, Any]:
    """The code of the functions of a program, from one item to before another; None of those that branch."""
    found: dict[str, Any] = {}
    inside: str | None = None
    for one in syntax.statements:
        if one.kind == "define":
            found[one.name or ""] = one.begin, one.end
        elif one.kind == "body":
            inside, found[one.name or ""] = one.name, (one.begin, one.end)
        elif inside is not None and one.kind in BRANCHING:
            found[inside] = None
        elif inside is not None and found[inside] is not None:
            found[inside] = found[inside][0], one.end
            inside = None if one.kind == "close" else inside
    return found
