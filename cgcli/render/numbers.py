"""Numbers as text."""

from __future__ import annotations


def number(value: float, digits: int | None = None) -> str:
    """The shortest text that reads back to the same float; `digits` rounds to so many
    significant digits first. Whole values below 1e16 have no `.0`."""
    if digits is not None and value - value == 0:
        value = float(f"{value:.{digits - 1}e}")
    text = repr(float(value))
    return text[:-2] if text.endswith(".0") else text


def json_number(value: float, digits: int | None = None) -> float | int | str:
    """A value for JSON: what is not finite becomes a string, as JSON has no number for it."""
    if value != value:
        return "NaN"
    if value - value != 0:
        return "Infinity" if value > 0 else "-Infinity"
    text = number(value, digits)
    if text == "-0":
        return -0.0
    return int(text) if text.lstrip("-").isdigit() else float(text)
