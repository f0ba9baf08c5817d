"""Subscripts: what of them is an operand, what an attribute of the index."""

from __future__ import annotations

import re

from cgcli.annotations import Any
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
    known: Known, syntax: Syntax, item: int, payload: tuple[Any, ...], values: list[int]
) -> tuple[tuple[int, ...], tuple[Any, ...]]:
    """The operands and the `at` of an index (see `ops.indexing`). Raises `CgError` (kind `index`)."""
    given = iter(values)
    operands: list[int] = []
    at: list[Any] = []
    for which, part in enumerate(payload):
        if part == "item":
            node = next(given)
            if known.graph.ops[known.graph.behind(node)].level in CONDITIONS:
                hint = "to choose elements, write where(c, a, b)"
                raise errors.meaning.wrong_subscript(syntax, item, which, "a condition is no subscript", hint)
            value = known.value(node, given=False)
            if isinstance(value, float):
                if not value.is_integer():
                    raise errors.meaning.wrong_subscript(syntax, item, which, "a subscript is a whole number")
                at.append(int(value))
            else:
                operands.append(node)
                at.append(None)
            continue
        bounds: list[Any] = []
        for there in part:
            node = next(given) if there else -1
            found = whole(known.value(node)) if there else None
            if there and found is None:
                message, value = "the bounds of a slice are whole numbers", known.value(node)
                lack = f"it is {value:g}" if isinstance(value, float) else None
                if value is None:
                    lack = known.lacks(node)
                    if known.missing(node) is None:
                        message += " that depend on no input that is an array"
                raise errors.meaning.wrong_subscript(syntax, item, which, message, lack)
            bounds.append(found)
        if bounds[2] == 0:
            raise errors.meaning.wrong_subscript(syntax, item, which, "the step of a slice cannot be 0")
        at.append(tuple(bounds))
    return tuple(operands), tuple(at)


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
