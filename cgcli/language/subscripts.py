"""Subscripts: what of them is an operand, what an attribute of the index."""

from __future__ import annotations

import re

from cgcli.annotations import Any, Iterable
from cgcli.diagnostics import CgError
from cgcli.language import errors
from cgcli.language.known import Known
from cgcli.language.syntax import Syntax
from cgcli.ops.entry import AND, COMPARISON, NOT, OR
from cgcli.shapes import whole

# Levels of operations that say 1 or 0.
CONDITIONS = (COMPARISON, AND, OR, NOT)


def subscript_count(payload: tuple[Any, ...]) -> int:
    """How many values the subscripts of an index have on the stack."""
    return sum(1 if part == "item" else sum(part) for part in payload)


def subscripts(
    known: Known, syntax: Syntax, item: int, values: Iterable[int], late: bool = False
) -> tuple[tuple[int, ...], tuple[Any, ...], tuple[Any, ...]]:
    """The operands and the `at` of an index (see `ops.indexing`), and by slice which of its bounds are
    operands: with `late` those that are not known yet. Raises `CgError` (kind `index`)."""
    given = iter(values)
    operands: list[int] = []
    at: list[Any] = []
    bounds: list[Any] = []

    def wrong(message: str, hint: str | None = None) -> CgError:
        return errors.meaning.wrong_subscript(syntax, item, len(at), message, hint)

    for part in syntax.payloads[item]:
        if part == "item":
            node = next(given)
            if known.graph.ops[known.graph.behind(node)].level in CONDITIONS:
                hint = "to choose elements, write where(c, a, b)"
                raise wrong("a condition is no subscript", hint)
            value = known.value(node, given=False)
            if isinstance(value, float) and not value.is_integer():
                raise wrong("a subscript is a whole number")
            if not isinstance(value, float):
                operands.append(node)
            at.append(int(value) if isinstance(value, float) else None)
            bounds.append(())
            continue
        sizes: list[Any] = []
        computed: list[bool] = []
        for there in part:
            node = next(given) if there else -1
            value = known.value(node) if there else None
            sizes.append(whole(value))
            computed.append(there and late and value is None)
            if computed[-1]:
                operands.append(node)
            elif there and sizes[-1] is None:
                raise wrong(*_no_bound(known, node, value))
        if sizes[2] == 0:
            raise wrong("the step of a slice cannot be 0")
        at.append(tuple(sizes))
        bounds.append(tuple(computed) if any(computed) else ())
    return tuple(operands), tuple(at), tuple(bounds)


def _no_bound(known: Known, node: int, value: Any) -> tuple[str, str | None]:
    """What is wrong with the bound of a slice, and why."""
    message = "the bounds of a slice are whole numbers"
    if value is not None:
        return message, f"it is {value:g}" if isinstance(value, float) else None
    if known.missing(node) is None:
        message += " that depend on no input that is an array"
    return message, known.lacks(node)


def read_subscripts(text: str) -> Any:
    """The `at` of a text such as `1:3, 0, _`, where `_` stands for an operand; `...` if it is none."""
    at: list[Any] = []
    for part in text.replace(" ", "").split(","):
        bounds = part.split(":")
        if not all(re.fullmatch(r"(-?[0-9]+)?", bound) for bound in bounds) and part != "_":
            return ...
        if len(bounds) == 1:
            at.append(None if part == "_" else int(part) if part else ...)
        elif len(bounds) <= 3:
            at.append(tuple(int(bound) if bound else None for bound in [*bounds, ""][:3]))
        else:
            return ...
    return ... if ... in at else tuple(at)
