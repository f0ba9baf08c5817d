"""What an operation cannot do, as an error at its place, and what messages call a node."""

from __future__ import annotations

from cgcli.diagnostics import CgError
from cgcli.errors import OperationError
from cgcli.graph import Graph
from cgcli.language.errors.places import operator_place, subscript_place
from cgcli.language.program import Program
from cgcli.ops.entry import POSTFIX
from cgcli.shapes import shape_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any


def operation_error(program: Program, graph: Graph, error: OperationError, shapes: Sequence[Any]) -> CgError:
    """The error for what an operation cannot do, at its operator, with the shapes of both sides."""
    node = error.node
    op, operands = graph.ops[node], graph.args[node]
    place = node if error.place is None else error.place
    start, end = graph.starts[place], graph.ends[place]
    names = [operand_text(program, operand) for operand in operands]
    message, hint = error.message, error.hint
    labels: list[tuple[int, int, str]] = []
    if message is None:
        told = dict.fromkeys(
            f"{name} is {shape_text(shapes[operand]) if shapes[operand] else 'a number'}"
            for name, operand in zip(names, operands)
        )
        listed = ", ".join(list(told)[:6]) + (", ..." if len(told) > 6 else "")
        message = f"shapes do not match in `{op.title}`: {listed}"
        if op.symbol and op.level != POSTFIX:
            found = operator_place(program.source, start, end, op)
            if found is not None:
                sides = ((start, found[0]), (found[1], end))
                for (left, right), operand in zip(sides, operands):
                    inside = program.source.text[left:right]
                    left += len(inside) - len(inside.lstrip())
                    right -= len(inside) - len(inside.rstrip())
                    labels.append((left, right, shape_text(shapes[operand])))
                start, end = found
    elif op.function and op.level == POSTFIX:
        message = f"`{op.word}`: {message}"
    if error.subscript is not None and op.name == "index":
        start, end = subscript_place(program.source, start, end, error.subscript)
    for letter, name in zip(("x", "y"), names):
        message = message.replace(f"{{{letter}}}", name)
        hint = hint and hint.replace(f"{{{letter}}}", name)
    found_error = CgError(error.kind, message, program.source, start, end, hint)
    found_error.diagnostic.labels = labels
    return found_error


def operand_text(program: Program, node: int) -> str:
    """What a message calls a node: its name, or its text."""
    graph = program.graph
    node = graph.behind(node)
    return graph.names.get(node) or source_text(program, graph.starts[node], graph.ends[node])


def source_text(program: Program, start: int, end: int) -> str:
    """A piece of the source on one line, cut in the middle when it is long."""
    found = " ".join(program.source.text[start : min(end, start + 10_000)].split())
    return found if len(found) <= 60 else f"{found[:40]} … {found[-16:]}"
