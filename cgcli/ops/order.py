"""Order: sorting, and quantiles, which are weighted sums of what is sorted.

Equal elements keep their order, so that each place of a sorted array has one element, whose derivative it
is. A quantile lies between two neighbours, by linear interpolation, as NumPy's does.
"""

from __future__ import annotations

from cgcli.annotations import Any, Callable
from cgcli.errors import ShapeError
from cgcli.ops.corners import Corner, unequal
from cgcli.ops.entry import ORDER as BY_ORDER
from cgcli.ops.entry import ArrayOp, Attribute
from cgcli.ops.rules import FLAT, Axes, along, insert, move_back, mt, part, reduced_nonempty
from cgcli.shapes import Shape, Size, normal_axes, product


def _counting(xp: Any, count: Size, x: Any) -> tuple[Any, Any]:
    """The size of the last axis of x, less one, and the numbers from 0 to that."""
    last = count - 1.0 if isinstance(count, int) else xp.size(x, axis=-1) - 1.0
    return last, xp.linspace(0.0, last, num=count)


def _rows(xp: Any, x: Any, axis: int) -> tuple[Any, Any]:
    """A matrix of what stands along an axis, row by row, and a function that undoes it."""
    wide, undo = x, None
    if axis % len(xp.shape(x)) < len(xp.shape(x)) - 1:
        wide, undo = move_back(xp, x, (axis % len(xp.shape(x)),))
    shape = xp.shape(wide)

    def back(y: Any) -> Any:
        y = xp.reshape(y, shape=shape)
        return y if undo is None else undo(y)

    return xp.reshape(wide, shape=(product(shape[:-1]), shape[-1])), back


def _sorted_by(xp: Any, moving: Any, x: Any, axis: int, back: bool = False) -> Any:
    """Elements in the order that sorts x, or put back from there."""
    apply, more = xp.index, {}
    if len(xp.shape(x)) == 1:
        if back:
            apply, more = xp.scatter, {"shape": xp.shape(x)}
        return apply(moving, xp.argsort(x), at=(None,), **more)
    rows, _ = _rows(xp, x, axis)
    values, undo = _rows(xp, moving, axis)
    count = xp.shape(rows)[0]
    if back:
        apply, more = xp.scatter, {"shape": xp.shape(rows)}
    _, numbers = _counting(xp, count, mt(xp, rows))
    lead = xp.reshape(numbers, shape=(count, 1))
    return undo(apply(values, lead, xp.argsort(rows), at=(None, None), **more))


# On the way from where elements are equal, their order is that of how they move.


def _parted(xp: Any, x: Any, moving: Any, axes: Any, back: bool = False) -> Any:
    """An array with the elements along axes in that order; or put back."""
    row, undo = move_back(xp, x, axes)
    return undo(_sorted_by(xp, row, move_back(xp, moving, axes)[0], -1, back))


def _ordered(axes: Callable[..., Any], default: Any) -> Corner:
    """Of an operation on sorted elements, along axes by its attributes and the rank."""

    def at(xp: Any, z: Any, x: Any, *rest: Any, axis: Any = default, **more: Any) -> Any:
        row = xp.sort(move_back(xp, x, axes(axis, len(xp.shape(x))))[0])
        return xp.eq(part(xp, row, 1, None), part(xp, row, None, -1))

    def push(
        op: Any, xp: Any, moving: Any, z: Any, x: Any, *rest: Any, axis: Any = default, **more: Any
    ) -> Any:
        along = axes(axis, len(xp.shape(x)))
        x, moved = (_parted(xp, one, moving[0], along) for one in (x, moving[0]))
        return op.pushforward(xp, [moved, *moving[1:]], z, x, *rest, axis=axis, **more)

    def pull(
        op: Any, duals: Any, adjoint: Any, moving: Any, z: Any, x: Any, *rest: Any, **attributes: Any
    ) -> Any:
        xp, along = duals.base, axes(attributes.get("axis", default), len(duals.shape(x)))
        x = _parted(duals, x, moving[0], along)
        found = op.cotangents(duals, adjoint, z, x, *rest, **attributes)

        def hand_back(place: int) -> Any:
            if place:
                return found(place)
            own, moved, values = duals.parts(found(0), x)
            jump = _differing(xp, *(move_back(xp, one, along)[0] for one in (own, values)))
            whole = duals.dual(own, moved + move_back(xp, values, along)[1](jump))
            return _parted(duals, whole, moving[0], along, back=True)

        return hand_back

    return Corner("has a corner where elements are equal", at, push=push, pull=pull, sides=BY_ORDER)


def _differing(xp: Any, g: Any, row: Any) -> Any:
    """nan at elements that equal others and have other adjoints; else 0."""
    sizes, values = _sorted_by(xp, g, row, -1), xp.sort(row)
    equal = xp.eq(part(xp, values, 1, None), part(xp, values, None, -1))
    jump = unequal(xp, equal, part(xp, sizes, 1, None), part(xp, sizes, None, -1), sizes)
    none = xp.zeros(shape=(*xp.shape(row)[:-1], 1))
    both = xp.concat(jump, none, axis=-1) + xp.concat(none, jump, axis=-1)
    return _sorted_by(xp, both, row, -1, back=True)


class _Weights:
    """What a quantile is of sorted elements: weights of each, and how they change with the level.

    lead    the axes of the levels: () for one
    rest    the axes that are not reduced
    row     the operand with the axes that are reduced as one, the last
    undo    brings an array like `row` back
    """

    def __init__(self, xp: Any, x: Any, q: Any, axis: Axes) -> None:
        self.xp, self.lead = xp, xp.shape(q)
        self.row, self.undo = move_back(xp, x, normal_axes(axis, len(xp.shape(x))))
        *self.rest, count = xp.shape(self.row)
        last, places = _counting(xp, count, self.row)
        level = last * (insert(xp, q, -1) if self.lead else q)
        low = xp.min(xp.floor(level), last - 1.0)
        first, second = xp.eq(places, low), xp.eq(places, low + 1.0)
        share = level - low
        self.weights = xp.mask(first, 1.0 - share) + xp.mask(second, share)
        self.slopes = last * (second - first)

    def front(self, moving: Any, shape: Shape) -> Any:
        """What has the levels last as the result has it, where they come first."""
        rank = len(self.rest)
        if self.lead and rank:
            moving = self.xp.transpose(moving, axes=(rank, *range(rank)))
        return self.xp.reshape(moving, shape=shape)

    def last(self, moving: Any) -> Any:
        """What is like the result, with the levels last."""
        rank = len(self.rest)
        moving = self.xp.reshape(moving, shape=(*self.lead, *self.rest))
        return self.xp.transpose(moving, axes=(*range(1, rank + 1), 0)) if self.lead and rank else moving

    def summed(self, weights: Any, elements: Any) -> Any:
        """Sums of sorted elements with weights, for each level."""
        elements = insert(self.xp, elements, -2) if self.lead else elements
        return self.xp.sum(self.xp.chain(elements, weights), axis=-1)


def _nan_where(xp: Any, z: Any) -> Any:
    """0, and nan where a quantile is: of elements that have no order each may be the one that counts."""
    return xp.where(xp.eq(z, z), 0.0, z)


def _by_x(xp: Any, g: Any, z: Any, x: Any, q: Any, axis: Axes = None, keepdims: bool = False) -> Any:
    of = _Weights(xp, x, q, axis)
    g = of.last(g)
    if of.lead:
        spread = xp.matmul(g, of.weights)
    else:
        spread = xp.chain(insert(xp, g, -1) if of.rest else g, of.weights)
    if not xp.for_reading:
        unknown = xp.chain(g, _nan_where(xp, of.last(z)))
        unknown = xp.sum(unknown, axis=-1) if of.lead else unknown
        spread = spread + (insert(xp, unknown, -1) if of.rest else unknown)
    return of.undo(_sorted_by(xp, spread, of.row, -1, back=True))


def _by_level(xp: Any, g: Any, z: Any, x: Any, q: Any, axis: Axes = None, keepdims: bool = False) -> Any:
    of = _Weights(xp, x, q, axis)
    turned = xp.chain(of.last(g), of.summed(of.slopes, xp.sort(of.row)))
    return xp.sum(turned, axis=tuple(range(len(of.rest)))) if of.rest else turned


def _push(xp: Any, tangents: Any, z: Any, x: Any, q: Any, axis: Axes = None, keepdims: bool = False) -> Any:
    of, (by_x, by_level) = _Weights(xp, x, q, axis), tangents
    moved = None
    if by_x is not None:
        moving, _ = move_back(xp, by_x, normal_axes(axis, len(xp.shape(x))))
        moved = of.summed(of.weights, _sorted_by(xp, moving, of.row, -1))
        if not xp.for_reading:
            size = xp.sum(xp.abs(moving), axis=-1)
            moved = moved + xp.chain(insert(xp, size, -1) if of.lead else size, _nan_where(xp, of.last(z)))
    if by_level is not None:
        turned = xp.chain(of.summed(of.slopes, xp.sort(of.row)), by_level)
        moved = turned if moved is None else moved + turned
    return of.front(moved, xp.shape(z))


def _quantile(x: Shape, q: Shape, axis: Axes = None, keepdims: bool = False) -> Shape:
    if len(q) > 1:
        raise ShapeError("the levels are a number or a vector")
    return (*q, *reduced_nonempty(x, axis, keepdims))


ALONG = _ordered(lambda axis, rank: (axis % rank,), -1)
OVER = _ordered(normal_axes, None)

AXIS = {"axis": Attribute("axis", -1)}
AXES = {"axis": Attribute("axes", None), "keepdims": Attribute("flag", False)}
STABLE = "equal elements keep their order"

ORDER = [
    ArrayOp(
        "sort", 1, "elements in ascending order, along the last axis; nan last", "all x",
        shape=lambda x, axis=-1: along(x, axis),
        pullbacks=(lambda xp, g, z, x, axis=-1: _sorted_by(xp, g, x, axis, back=True),),
        pushforward=lambda xp, tangents, z, x, axis=-1: _sorted_by(xp, tangents[0], x, axis),
        derivative="g put back where each element came from", attributes=AXIS, convention=STABLE,
        example="sort([3, 1, 2]) = [1, 2, 3]", ulps=0, corner=ALONG,
    ),
    ArrayOp(
        "argsort", 1, "the places of the elements in ascending order", "all x",
        shape=lambda x, axis=-1: along(x, axis), attributes=AXIS, **FLAT, convention=STABLE,
        example="argsort([3, 1, 2]) = [1, 2, 0]", ulps=0, jumps=BY_ORDER,
    ),
    ArrayOp(
        "median", 1, "the element in the middle, or the mean of two", "x not empty", shape=reduced_nonempty,
        pullbacks=(lambda xp, g, z, x, axis=None, keepdims=False: _by_x(xp, g, z, x, 0.5, axis, keepdims),),
        pushforward=lambda xp, tangents, z, x, axis=None, keepdims=False: _push(
            xp, (tangents[0], None), z, x, 0.5, axis, keepdims
        ),
        derivative="1 for that element, or 1/2 for both", attributes=AXES, convention=STABLE,
        example="median([5, 1, 2]) = 2", corner=OVER,
    ),
    ArrayOp(
        "quantile", 2, "where a share y of the elements is below", "x not empty, y from 0 to 1",
        shape=_quantile, pullbacks=(_by_x, _by_level), pushforward=_push,
        derivative="by x: the weights of two neighbours; by y: n - 1 times their difference",
        attributes=AXES, convention=f"{STABLE}; by y at an element: the slope to the next",
        example="quantile([1, 2, 4, 8], 0.5) = 3", corner=OVER,
    ),
]  # fmt: skip
