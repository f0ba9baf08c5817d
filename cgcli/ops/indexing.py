"""Elements and slices, and their adjoint, which puts them back."""

from __future__ import annotations

from cgcli.annotations import Any
from cgcli.errors import ShapeError
from cgcli.ops.entry import ArrayOp, Attribute
from cgcli.shapes import (
    Named,
    Shape,
    Size,
    brief,
    broadcast,
    certainly_nonnegative,
    shape_text,
    subscripts_of,
)

# A subscript: a whole number, a slice as (start, stop, step), or None for the next operand.
Subscript = int | tuple[int | None, int | None, int | None] | None


def _slice_size(size: Size, start: Size | None, stop: Size | None, step: Size | None) -> Size | None:
    """None where it depends on the numbers that names get: on how bounds compare, on a step, or whether
    there are as many elements as are counted from the end. The size of `x[1:]` is n - 1: where that is
    below 0, whatever needs it says so."""
    if step == 0:
        raise ShapeError("the step of a slice cannot be 0", kind="index")
    if isinstance(size, int) and not any(isinstance(bound, Named) for bound in (start, stop, step)):
        return len(range(*slice(start, stop, step).indices(size)))
    if step == -1 and start is stop is None:
        return size
    if step in (None, 1):
        begin, end = _from_start(size, start, 0), _from_start(size, stop, size)
        length, rest = end - begin, size - end
        if isinstance(begin, int) and isinstance(end, int) and begin >= end:
            return 0
        if isinstance(begin, Named):
            certain = all(map(certainly_nonnegative, (begin, length, rest)))
        else:
            certain = certainly_nonnegative(rest) and (isinstance(rest, int) or certainly_nonnegative(end))
        if certain:
            return length
    return None


def _from_start(size: Size, bound: Size | None, default: Size) -> Size:
    if bound is None:
        return default
    return size + bound if isinstance(bound, int) and bound < 0 else bound


def _index(x: Shape, *operands: Shape, at: tuple[Subscript, ...]) -> Shape | None:
    """As in NumPy: a number takes its axis away; arrays are combined, and their common shape stands
    in the place of the first of them, or at the front where they do not stand side by side. None
    where a size depends on how bounds with names compare."""
    if len(at) > len(x):
        what = "a number" if not x else f"an array of {len(x)} ax{'es' if len(x) > 1 else 'is'}"
        raise ShapeError(f"too many subscripts: {{x}} is {what}", kind="index")
    wanted = sum(subscript is None for subscript in at)
    if wanted != len(operands):
        raise ShapeError(f"`at` has {wanted} `_` for subscripts, and {len(operands)} are given")
    given = iter(operands)
    arrays: list[Shape] = []
    places: list[int] = []
    result: list[Size] = []
    for place, subscript in enumerate(at):
        size = x[place]
        if isinstance(subscript, tuple):
            try:
                part = _slice_size(size, *subscript)
            except ShapeError as error:
                error.subscript = place
                raise
            if part is None:
                return None
            result.append(part)
            continue
        if subscript is None:
            arrays.append(next(given))
        elif isinstance(size, int) and not -size <= subscript < size:
            raise ShapeError(
                f"there is no element {brief(subscript)}: {{x}} is {shape_text(x)}",
                subscripts_of(size),
                "index",
                place,
            )
        else:
            arrays.append(())
        if not places:
            first = len(result)
        places.append(place)
    result += x[len(at) :]
    common = broadcast(*arrays) if arrays else ()
    if common:
        together = places[-1] - places[0] == len(places) - 1
        front = first if together else 0
        result[front:front] = common
    return tuple(result)


def _scatter(x: Shape, *operands: Shape, at: tuple[Subscript, ...], shape: Shape) -> Shape:
    wanted = _index(shape, *operands, at=at)
    if wanted is not None and x != wanted:
        raise ShapeError(f"the places are {shape_text(wanted)}, and {{x}} is {shape_text(x)}")
    return shape


def _pull(rule: Any) -> Any:
    """Cotangents where the subscripts get none."""
    return lambda *values, **attributes: lambda position: None if position else rule(*values, **attributes)


def _push(name: str) -> Any:
    """An operation that is linear in its first operand, and whose subscripts do not move."""
    return lambda xp, tangents, z, x, *operands, **attributes: (
        None if tangents[0] is None else getattr(xp, name)(tangents[0], *operands, **attributes)
    )


AT = {"at": Attribute("index")}

INDEXING = [
    ArrayOp(
        "index", None, "elements and slices, from 0; negative from the end",
        "within the array", shape=_index,
        pullbacks=_pull(lambda xp, g, z, x, *places, at: xp.scatter(g, *places, at=at, shape=xp.shape(x))),
        pushforward=_push("index"),
        derivative="g in the places taken from, 0 elsewhere; added up where one is taken twice",
        attributes=AT, function=False, symbol="[i]", example="[5, 6, 7][-1] = 7", ulps=0,
    ),
    ArrayOp(
        "scatter", None, "zeros, but x in the places that `at` names, added up",
        "within the array",
        shape=_scatter, pullbacks=_pull(lambda xp, g, z, x, *places, at, shape: xp.index(g, *places, at=at)),
        pushforward=_push("scatter"),
        derivative="g at the subscripts", attributes={**AT, "shape": Attribute("shape")},
        example='scatter("1:", [6, 7], shape=3) = [0, 6, 7]', ulps=0,
    ),
]  # fmt: skip
