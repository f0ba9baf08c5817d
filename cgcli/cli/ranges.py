"""Ranges and vectors that a table is made of: `--over`."""

from __future__ import annotations

from cgcli.annotations import Any
from cgcli.cli.bindings import Bindings, binding_error, parted, read_binding
from cgcli.data.grid import Range
from cgcli.diagnostics import CgError


def read_range(argument: str, bindings: Bindings) -> tuple[str, Any]:
    """NAME=START:STOP:STEP as the name and a `Range`; NAME=VECTOR as the name and an array."""
    left, equals, text = parted(argument)
    parts = _at_colons(text)
    if not equals or len(parts) == 1:
        name, source, value = read_binding(argument, bindings)
        if hasattr(value, "table"):
            value = value.value(1)
        if getattr(value, "ndim", 0) != 1:
            hint = f"as in {name}=0:1:0.25, or {name}=[1, 2]"
            raise CgError("binding", f"the values of `{name}` are a range or a vector", source, 0, 1, hint)
        return name, value
    if len(parts) != 3:
        hint = "as in x=0:1:0.25; a number of points is x=linspace(0, 1, num=5)"
        raise binding_error("a range is START:STOP:STEP", argument, len(left) + 1, len(argument), hint)
    values = []
    for part in parts:
        name, source, value = read_binding(f"{left}={part}", bindings)
        if value.__class__ is not float and not isinstance(value, float):
            raise CgError("binding", "the ends and the step of a range are numbers", source, len(left) + 1)
        values.append(value)
    return name, Range(name, *values)


def _at_colons(text: str) -> list[str]:
    """A text cut at the colons that stand in no brackets."""
    parts, depth = [""], 0
    for character in text:
        depth += (character in "([{") - (character in ")]}")
        if character == ":" and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return parts
