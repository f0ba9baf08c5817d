"""Ranges and vectors that a table is made of: `--over`."""

from __future__ import annotations

from cgcli.annotations import Any, Callable
from cgcli.cli.bindings import Bindings, binding_error, parted, read_binding, read_value
from cgcli.data.grid import Range
from cgcli.diagnostics import CgError
from cgcli.source import Source, composed


def read_range(argument: str, bindings: Bindings) -> tuple[str, Any]:
    """NAME=START:STOP:STEP as the name and a `Range`; NAME=VECTOR as the name and an array."""
    left, equals, text = parted(argument)
    parts = _at_colons(text)
    if not equals or len(parts) == 1:
        name, value = read_binding(argument, bindings)
        if hasattr(value, "table"):
            value = value.value(1)
        if getattr(value, "ndim", 0) != 1:
            hint = f"as in {name}=0:1:0.25, or {name}=[1, 2]"
            raise binding_error(f"the values of `{name}` are a range or a vector", argument, 0, 1, hint)
        return name, value
    if len(parts) != 3:
        hint = "as in x=0:1:0.25; a number of points is x=linspace(0, 1, num=5)"
        raise binding_error("a range is START:STOP:STEP", argument, len(left) + 1, len(argument), hint)
    values = []
    for part in parts:
        name, value = read_binding(given := f"{left}={part}", bindings)
        if not isinstance(value, float):
            raise binding_error("the ends and the step of a range are numbers", given, len(left) + 1)
        values.append(value)
    return name, Range(name, *values)


def read_ends(argument: str) -> tuple[str, Callable[[Bindings], tuple[float, float]]]:
    """NAME=LOW:HIGH as the name, and what reads the ends. Raises `CgError` (kind `binding`)."""
    left, equals, text = parted(argument)
    parts = _at_colons(text)
    name = composed(left.strip())
    if not equals or not name or len(parts) != 2:
        source = Source(("<between>", argument))
        raise CgError("binding", "a range is NAME=LOW:HIGH", source, 0, len(argument), "as in x=0:10")

    def ends(bindings: Bindings) -> tuple[float, float]:
        found = []
        for part in parts:
            source, value = read_value(part, "between", bindings)
            if not isinstance(value, float) or value - value != 0:
                told = "the ends of a range are finite numbers"
                raise CgError("binding", told, source, 0, len(part))
            found.append(value)
        if not found[0] < found[1]:
            raise CgError("usage", f"--between: {found[0]:g} is not below {found[1]:g}")
        return found[0], found[1]

    return name, ends


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
