"""What the rules of operations on whole arrays are made of, and shape rules that several share."""

from __future__ import annotations

from cgcli.annotations import Any
from cgcli.errors import ShapeError
from cgcli.ops.entry import LINEAR
from cgcli.shapes import Shape, Size, broadcast_axes, normal_axes, normal_axis, product, shape_text

Axes = int | tuple[int, ...] | None
# The slice that is the whole of an axis.
ALL = None, None, None


# Shape rules


def same(x: Shape, *others: Shape, **attributes: Any) -> Shape:
    return x


def reduced(x: Shape, axis: Axes = None, keepdims: bool = False) -> Shape:
    """Without the axes that are reduced, or with 1 in their place."""
    axes = normal_axes(axis, len(x))
    if keepdims:
        return tuple(1 if place in axes else size for place, size in enumerate(x))
    return tuple(size for place, size in enumerate(x) if place not in axes)


def reduced_nonempty(x: Shape, axis: Axes = None, keepdims: bool = False) -> Shape:
    if any(x[place] == 0 for place in normal_axes(axis, len(x))):
        raise ShapeError(f"an empty array has no such value: {{x}} is {shape_text(x)}")
    return reduced(x, axis, keepdims)


def along(x: Shape, axis: int | None = None) -> Shape:
    """Of a cumulative operation: without an axis, along the elements in one row."""
    if axis is None:
        return (product(x),)
    normal_axis(axis, len(x))
    return x


def square_matrix(x: Shape) -> Shape:
    """Of a square matrix, or of several stacked along the leading axes."""
    if len(x) < 2 or x[-1] != x[-2]:
        raise ShapeError(f"a square matrix is needed: {{x}} is {shape_text(x) if x else 'a number'}")
    return x


def matrix(x: Shape, stacked: bool = False) -> Shape:
    """Of a matrix, or with `stacked` of several along the leading axes."""
    if len(x) != 2 and not (stacked and len(x) > 2):
        raise ShapeError(f"a matrix is needed: {{x}} is {shape_text(x) if x else 'a number'}")
    return x


def of_one_shape(x: Shape, y: Shape) -> Shape:
    if x != y or not x:
        raise ShapeError(None, "both are arrays of one shape")
    return x


# Of an operation whose derivatives are 0, or which has no operands.
FLAT: dict[str, Any] = {
    "pullbacks": (lambda *values, **attributes: None,), "pushforward": lambda *values, **attributes: None,
    "derivative": "0",
}  # fmt: skip
NO_OPERANDS: dict[str, Any] = {
    "pullbacks": (), "pushforward": LINEAR, "derivative": "none: it has no operands",
}  # fmt: skip


# Pieces of rules


def spread(xp: Any, g: Any, x: Any, axis: Axes, keepdims: bool = False) -> Any:
    """A value for each group of a reduction, for every element of the group."""
    shape = xp.shape(x)
    if not keepdims and xp.shape(g) != ():
        g = xp.reshape(g, shape=reduced(shape, axis, True))
    return xp.broadcast(g, shape=shape)


def unbroadcast(xp: Any, x: Any, shape: Shape) -> Any:
    """What an array of a smaller shape was stretched to, summed back to that shape."""
    have = xp.shape(x)
    if have == shape:
        return x
    if shape == ():
        return xp.sum(x)
    axes, lead = broadcast_axes(have, shape)
    axis = axes[0] if len(axes) == 1 else axes
    if len(axes) == lead:  # as of a bias, which every row has
        return xp.sum(x, axis=axis)
    x = xp.sum(x, axis=axis, keepdims=True)
    return xp.reshape(x, shape=shape) if lead else x


def mt(xp: Any, x: Any) -> Any:
    """The transpose of a matrix, or of each of several that are stacked."""
    rank = len(xp.shape(x))
    if rank == 2:
        return xp.transpose(x)
    return xp.transpose(x, axes=(*range(rank - 2), rank - 1, rank - 2))


def insert(xp: Any, x: Any, axis: int) -> Any:
    """With an axis of size 1 put in, counted from the end."""
    shape = xp.shape(x)
    place = len(shape) + 1 + axis
    return xp.reshape(x, shape=(*shape[:place], 1, *shape[place:]))


def move_back(xp: Any, x: Any, axes: tuple[int, ...]) -> tuple[Any, Any]:
    """The axes joined into one, at the end; and a function that undoes it for such an array."""
    shape = xp.shape(x)
    kept = tuple(place for place in range(len(shape)) if place not in axes)
    order = (*kept, *axes)
    moved = tuple(shape[place] for place in order)
    joined: tuple[Size, ...] = (*moved[: len(kept)], product(moved[len(kept) :]))

    def undo(y: Any) -> Any:
        inverse = tuple(order.index(place) for place in range(len(shape)))
        return xp.transpose(xp.reshape(y, shape=moved), axes=inverse)

    return xp.reshape(xp.transpose(x, axes=order), shape=joined), undo


def at_end(xp: Any, x: Any, *subscripts: Any) -> Any:
    """An index of the last axes."""
    return xp.index(x, at=(*(ALL,) * (len(xp.shape(x)) - len(subscripts)), *subscripts))


def part(xp: Any, x: Any, start: int | None, stop: int | None, step: int | None = None) -> Any:
    """A slice along the last axis."""
    return at_end(xp, x, (start, stop, step))


def shifted(xp: Any, x: Any, first: Any) -> Any:
    """Moved by one along the last axis, with `first` in the first place."""
    if xp.shape(x)[-1] == 0:
        return x
    shape = (*xp.shape(x)[:-1], 1)
    return xp.concat(xp.broadcast(first, shape=shape), part(xp, x, None, -1), axis=-1)


def backward(xp: Any, x: Any) -> Any:
    """The other way round along the last axis."""
    return part(xp, x, None, None, -1)


def before(xp: Any, x: Any) -> Any:
    """The product of the elements before each, along the last axis."""
    return shifted(xp, xp.cumprod(x, axis=-1), 1.0)


def symmetric(xp: Any, x: Any) -> Any:
    """The symmetric part."""
    return 0.5 * (x + mt(xp, x))


def zero_over_zero(xp: Any, x: Any, y: Any) -> Any:
    """Whether both are 0: a slope in which x is a factor and y a divisor is 0 there. Elsewhere it is not
    cut off at x = 0, where it has derivatives of its own."""
    return xp.and_(xp.eq(x, 0.0), xp.eq(y, 0.0))
