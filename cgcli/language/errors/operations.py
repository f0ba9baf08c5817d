"""What an operation cannot do, as an error at its place, and what messages call a node; where in its text
an operator stands, or a subscript."""

from __future__ import annotations

from cgcli.annotations import Any, Sequence
from cgcli.diagnostics import CgError, abridged
from cgcli.errors import OperationError
from cgcli.graph import Graph
from cgcli.language.characters import PASTED
from cgcli.language.program import Program
from cgcli.language.scanner import tokens
from cgcli.ops import Op
from cgcli.ops.entry import POSTFIX, POWER
from cgcli.shapes import shape_text
from cgcli.source import Source


def operation_error(program: Program, graph: Graph, error: OperationError, shapes: Sequence[Any]) -> CgError:
    """The error for what an operation cannot do, at its operator, with the shapes of both sides."""
    node = error.node
    op, operands = graph.ops[node], graph.args[node]
    place = node if error.place is None else error.place
    start, end = graph.place(place)
    names = [operand_text(program, operand) for operand in operands]
    message, hint = error.message, error.hint
    labels: list[tuple[int, int, str]] = []
    if message is None:
        told = dict.fromkeys(
            f"{name} is {shape_text(shapes[operand]) if shapes[operand] else 'a number'}"
            for name, operand in zip(names, operands)
            if shapes[operand] is not None
        )
        message = f"shapes do not match in `{op.title}`: {abridged(told, 6)}"
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
    return graph.names.get(node) or source_text(program, *graph.place(node))


def source_text(program: Program, start: int, end: int) -> str:
    """A piece of the source on one line, cut in the middle when it is long."""
    found = " ".join(program.source.text[start : min(end, start + 10_000)].split())
    return found if len(found) <= 60 else f"{found[:40]} … {found[-16:]}"


def operator_place(source: Source, start: int, end: int, op: Op) -> tuple[int, int] | None:
    """The [start, end) of the operator in an expression at [start, end), or None where it has none
    of its own, as in `2x`.

    It is the last such operator outside of all brackets, since operators group from the left; of
    powers the first.
    """
    depth, after_operand = 0, False
    found: tuple[int, int] | None = None
    for text, place in tokens(source.text, start, end):
        if place >= end:
            break
        if text in ("(", "["):
            depth += 1
        elif text in (")", "]"):
            depth -= 1
        elif (
            depth == 0
            and after_operand
            and (PASTED.get(text, text) == op.symbol or (text == "**" and op.symbol == "^"))
        ):
            found = place, place + len(text)
            if op.level == POWER:
                break
        after_operand = text in (")", "]", "!", ".T", "²", "³", "∞") or text[:1].isalnum() or text[:1] in "_."
    return found


def subscript_place(source: Source, start: int, end: int, which: int) -> tuple[int, int]:
    """The [start, end) of one of the subscripts of an index at [start, end)."""
    depth = 0
    parts: list[tuple[int, int] | None] = []
    for text, place in tokens(source.text, start, end):
        if place >= end:
            break
        if text in (")", "]"):
            depth -= 1
        if depth == 1 and text == ",":
            parts.append(None)
        elif depth:
            begun = parts[-1]
            parts[-1] = begun[0] if begun else place, place + len(text)
        if text in ("(", "["):
            parts = parts if depth else [None]  # the last brackets are those of the index
            depth += 1
    return (parts[which] if which < len(parts) else None) or (start, end)
