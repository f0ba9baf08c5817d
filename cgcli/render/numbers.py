"""Numbers and arrays as text."""

from __future__ import annotations

from math import prod

from cgcli.annotations import Any, Callable, Iterable, Iterator
from cgcli.later import json, re


def number(value: float, digits: int | None = None) -> str:
    """The shortest text that reads back to the same float; `digits` rounds to so many
    significant digits first, unless that would make a finite value infinite. Whole values below
    1e16 have no `.0`."""
    if digits is not None:
        rounded = float(f"{value:.{digits - 1}e}")
        value = rounded if rounded - rounded == 0 else value
    shown: str = repr(float(value))
    return shown[:-2] if shown.endswith(".0") else shown


def value_text(value: Any, digits: int | None = None, limit: int | None = None) -> str:
    """A number, or an array as `[[1, 2], [3, 4]]`, which reads back as the same value.

    With a `limit`, an array of more elements is shortened in the middle of each axis, and its
    shape follows: `[0.1, 0.2, …, 0.9] [1000]`. An empty array of several axes is `zeros([0, 3])`.
    """
    if isinstance(value, (float, int)):  # rules hand back whole numbers, too
        return number(value, digits)
    shape = tuple(value.shape)
    if not value.size and len(shape) > 1:
        return f"zeros([{', '.join(map(str, shape))}])"
    if limit is None or value.size <= limit:
        return "".join(array_text(value, digits))
    shown = _corners(value)
    nested = _nested([number(x, digits) for x in shown.ravel().tolist()], shown.shape, _bracketed, shape)
    return f"{nested} [{', '.join(map(str, shape))}]"


def text_pieces(value: Any, digits: int | None = None) -> Iterable[str]:
    """The pieces of a value's text."""
    if not getattr(value, "ndim", 0) or not value.size:
        return [value_text(value, digits)]
    return array_text(value, digits)


# So many elements of an array become text at once.
BLOCK = 2**16


def array_text(value: Any, digits: int | None = None) -> Iterator[str]:
    """The text of an array, piece by piece: Python's own of nested lists, without `.0`."""
    step = max(1, BLOCK * len(value) // max(1, value.size))
    opening = "["
    for start in range(0, len(value), step):
        part = value[start : start + step]
        if digits is None:
            text = str(part.tolist()).replace(".0,", ",").replace(".0]", "]")
        else:
            text = _nested([number(x, digits) for x in part.ravel().tolist()], part.shape, _bracketed)
        yield opening + text[1:-1]
        opening = ", "
    yield "[]" if opening == "[" else "]"


def json_text(value: Any, digits: int | None = None) -> Iterator[str]:
    """A value as JSON, piece by piece."""
    if isinstance(value, (float, int)):
        yield json.dumps(json_number(value, digits))
        return
    names = {"nan": '"NaN"', "-inf": '"-Infinity"', "inf": '"Infinity"', "-0": "-0.0"}
    for piece in array_text(value, digits):
        yield re.sub(r"nan|-?inf|-0(?![\d.])", lambda found: names[found.group()], piece)


def json_value(value: Any, digits: int | None = None) -> Any:
    """A value for JSON: numbers, and nested lists of them."""
    if isinstance(value, (float, int)):
        return json_number(value, digits)
    return _nested([json_number(x, digits) for x in value.ravel().tolist()], value.shape, list)


def json_number(value: float, digits: int | None = None) -> float | int | str:
    """A number for JSON: what is not finite becomes a string, as JSON has no number for it."""
    if value != value:
        return "NaN"
    if value - value != 0:
        return "Infinity" if value > 0 else "-Infinity"
    shown = number(value, digits)
    if shown == "-0":
        return -0.0
    return int(shown) if shown.lstrip("-").isdigit() else float(shown)


class Form:
    """How values are shown: rounded to significant `digits`, and arrays of more than `limit`
    elements shortened; None leaves them as they are."""

    def __init__(self, digits: int | None = None, limit: int | None = None) -> None:
        self.digits, self.limit = digits, limit

    def text(self, value: Any) -> str:
        return value_text(value, self.digits, self.limit)


# An array of more elements than this is shortened in pictures and messages.
SHORT = 6

# Of numbers in pictures, where nothing else is said.
PICTURE_DIGITS = 6

# An axis of more elements than this is cut in the middle, to so many at both ends.
LONGEST_AXIS, ENDS = 4, (2, 1)


def _corners(value: Any) -> Any:
    """The elements at both ends of each axis that is cut."""
    for axis, size in enumerate(value.shape):
        if size > LONGEST_AXIS:
            value = value.take([*range(ENDS[0]), *range(size - ENDS[1], size)], axis)
    return value


def _nested(
    flat: list[Any], shape: tuple[int, ...], join: Callable[[list[Any]], Any], whole: tuple[int, ...] = ()
) -> Any:
    """Elements grouped axis by axis, from the last one; an axis that was cut shows where."""
    for axis in reversed(range(len(shape))):
        size = shape[axis]
        cut = bool(whole) and whole[axis] != size
        groups = [flat[i * size : (i + 1) * size] for i in range(prod(shape[:axis]))]
        if cut:
            groups = [[*group[: ENDS[0]], "…", *group[ENDS[0] :]] for group in groups]
        flat = [join(group) for group in groups]
    return flat[0]


def _bracketed(group: list[str]) -> str:
    return f"[{', '.join(group)}]"
