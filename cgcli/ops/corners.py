"""What operations do at their corners, where slopes jump: `abs` at 0, `max` where operands are equal.

A first derivative there is a convention. A second one is looked for along a direction, on the way that leaves
the point in it: there the operation has the slopes of one side. That of abs(x)^2 comes out right, and an
adjoint that is not 0 meets the jump itself, so that there is no second derivative, and it is nan. Whether
what is found along directions is that of one matrix is for those to see who ask (`evaluation.corners`).
"""

from __future__ import annotations

from math import inf, nan

from cgcli.annotations import Any, Callable, Mapping, Sequence
from cgcli.ops.entry import ORDER
from cgcli.ops.rules import spread


class Corner:
    """Where an operation has corners, and what it does on the way from there.

    told     what there is at such a point, in words, or by `(**attributes)`
    at       1 where the point is at a corner, by `(xp, z, *operands, **attributes)`: of each element of the
             result, of a reduction of each element of its operand
    slopes   the partial derivatives on the way, by `(op, xp, moving, z, *operands, **attributes)`, where the
             operands move along `moving`; a list of them, of a reduction those by each element
    push     of an operation that has no slopes by elements: its tangent on the way, by `(op, xp, moving, z,
             *operands, **attributes)`
    pull     what it hands back there, by `(op, duals, adjoint, moving, z, *operands, **attributes)` over dual
             numbers
    bends    where slopes do not jump, but theirs do: how they move, by `(xp, moving)`
    up       1 of what is the greatest of pieces, -1 of the least: these are the operands
    factors  or the only operand times each of these
    sides    what decides on which side of it the point is: places of operands that are compared, each with
             the other or, with None, with 0; `VANISHES` for all elements being 0, `EQUAL` for all
             being the same, `ORDER` for the order of operands, or of elements along the axis
    """

    def __init__(
        self,
        told: str | Callable[..., str],
        at: Callable[..., Any],
        slopes: Callable[..., Any] | None = None,
        push: Callable[..., Any] | None = None,
        pull: Callable[..., Any] | None = None,
        bends: Callable[..., Any] | None = None,
        up: int = 0,
        factors: tuple[float, ...] = (),
        sides: str | tuple[tuple[int, int | None], ...] = (),
    ) -> None:
        self.told, self.at, self.slopes, self.push, self.pull = told, at, slopes, push, pull
        self.bends, self.up, self.factors, self.sides = bends, up, factors, sides

    def met(
        self, xp: Any, z: Any, nodes: Sequence[int], operands: Sequence[Any], attributes: Mapping[str, Any]
    ) -> Any:
        """`at` for operands that are values of these nodes: what is one node does not tie with itself."""
        found, distinct = self.at(xp, z, *operands, **attributes), dict(zip(nodes, operands, strict=True))
        if self.told == TIED and len(distinct) < len(nodes):
            found = xp.and_(found, xp.gt(_count(xp, z, [*distinct.values()]), 1.0))
        return found


# What decides on which side of a corner a point is (`Corner.sides`).
OF_FIRST: tuple[tuple[int, int | None], ...] = ((0, None),)
VANISHES, EQUAL = "vanishes", "equal"

AT_ZERO, TIED = "has a corner where it is 0", "has a corner where operands are equal"


# Operations that do the same with how their operands move: the norm of x moves by the norm of v.


def _own(leaving: Callable[..., Sequence[Any]] | None = None) -> Callable[..., Any]:
    """The slopes by the operation's own rule, of how the operands move; or of what is `leaving`."""

    def slopes(op: Any, xp: Any, moving: Sequence[Any], z: Any, *operands: Any, **attributes: Any) -> Any:
        moved = leaving(xp, moving, z, *operands) if leaving else moving
        result = getattr(xp, op.name)(*moved, **attributes)
        if op.partials is None:
            return op.by_element(xp, result, *moved, **attributes)
        if callable(op.partials):
            return op.partials(xp, result, *moved)
        return [one(xp, result, *moved) if callable(one) else one for one in op.partials]

    return slopes


ABS, RELU = (
    Corner(AT_ZERO, lambda xp, z, x: xp.eq(x, 0.0), _own(), up=1, factors=factors, sides=OF_FIRST)
    for factors in ((1.0, -1.0), (1.0, 0.0))
)
ELU = Corner(
    "has a corner of its slope at 0", lambda xp, z, x: xp.eq(x, 0.0), lambda op, xp, moving, z, x: [1.0],
    bends=lambda xp, moving: xp.where(xp.lt(moving, 0.0), moving, 0.0),
)  # fmt: skip
COPYSIGN = Corner(
    AT_ZERO, lambda xp, z, x, y: xp.eq(x, 0.0),
    lambda op, xp, moving, z, x, y: [xp.sign(moving[0]) * xp.copysign(1.0, y), 0.0], sides=OF_FIRST,
)  # fmt: skip
HYPOT = Corner(AT_ZERO, lambda xp, z, x, y: xp.eq(z, 0.0), _own(), sides=VANISHES)
STD = Corner(
    AT_ZERO, lambda xp, z, x, axis=None, keepdims=False, ddof=0: spread(xp, xp.eq(z, 0.0), x, axis, keepdims),
    _own(), sides=EQUAL,
)  # fmt: skip


# Choices: of what is equal, how it moves decides.


def _count(xp: Any, z: Any, operands: Sequence[Any]) -> Any:
    total = 0.0
    for x in operands:
        total = total + xp.eq(x, z)
    return total


def _chosen(least: float) -> Corner:
    """Of max or min, with what none of the others can be."""
    return Corner(
        TIED,
        lambda xp, z, *xs: xp.gt(_count(xp, z, xs), 1.0),
        _own(lambda xp, moving, z, *xs: [xp.where(xp.eq(x, z), v, least) for x, v in zip(xs, moving)]),
        up=1 if least < 0 else -1,
        sides=ORDER,
    )


def _clipped(xp: Any, moving: Sequence[Any], z: Any, x: Any, lower: Any, upper: Any) -> list[Any]:
    own = xp.where(xp.eq(x, z), moving[0], xp.where(xp.lt(x, z), -inf, inf))
    low = xp.where(xp.eq(lower, z), moving[1], -inf)
    return [own, low, xp.where(xp.eq(upper, z), moving[2], inf)]


MAX, MIN = _chosen(-inf), _chosen(inf)
CLIP = Corner(
    TIED,
    lambda xp, z, x, low, up: xp.and_(xp.le(low, up), xp.gt(_count(xp, z, (x, low, up)), 1.0)),
    _own(_clipped),
    sides=((0, 1), (0, 2)),
)


# Reductions


def _ties(xp: Any, z: Any, x: Any, axis: Any, keepdims: bool) -> tuple[Any, Any]:
    """Of each element, whether it is the extreme, and whether others are, too."""
    hits = xp.eq(x, spread(xp, z, x, axis, keepdims))
    count = spread(xp, xp.sum(hits, axis=axis, keepdims=True), x, axis, True)
    return hits, xp.and_(hits, xp.gt(count, 1.0))


def _extreme(least: float) -> Corner:
    """Of max or min, with what none of the others can be."""

    def slopes(
        op: Any, xp: Any, moving: Any, z: Any, x: Any, axis: Any = None, keepdims: bool = False
    ) -> Any:
        hits, _ = _ties(xp, z, x, axis, keepdims)
        moved = xp.where(hits, moving[0], least)
        return op.by_element(xp, getattr(xp, op.name)(moved, axis=axis, keepdims=True), moved, axis, True)

    def at(xp: Any, z: Any, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        return _ties(xp, z, x, axis, keepdims)[1]

    return Corner("has a corner where elements are equal", at, slopes, up=1 if least < 0 else -1, sides=ORDER)


def _norm_at(xp: Any, z: Any, x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    zero = spread(xp, xp.eq(z, 0.0), x, axis, keepdims)
    if ord is not None and ord < 2.0:
        return xp.or_(zero, xp.eq(x, 0.0))
    return xp.or_(zero, _ties(xp, z, xp.abs(x), axis, keepdims)[1]) if ord == inf else zero


def _norm_slopes(
    op: Any, xp: Any, moving: Any, z: Any, x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False
) -> Any:
    """Of what is 0 those of the norm of how it moves. Of equal elements those of order inf stay unknown."""
    if ord == 1.0:
        return xp.sign(moving[0])
    zero = spread(xp, xp.eq(z, 0.0), x, axis, keepdims)
    own = OWN(op, xp, moving, z, x, ord=ord, axis=axis, keepdims=keepdims)
    return xp.where(zero, own, nan if ord == inf else 0.0)


OWN = _own()
NORM = Corner(
    lambda ord=None, **_: "has a corner there" if ord else AT_ZERO,
    _norm_at,
    _norm_slopes,
    up=1,
    factors=(1.0, -1.0),
    sides=VANISHES,
)
AMAX, AMIN = _extreme(-inf), _extreme(inf)


def unequal(xp: Any, equal: Any, x: Any, y: Any, among: Any) -> Any:
    """nan where two are to be `equal` and are not, but for rounding beside those `among` which they are; else
    0."""
    largest = xp.norm(among, ord=inf, axis=-1, keepdims=True)
    return xp.where(xp.and_(equal, xp.gt(xp.abs(x - y), 2.0**-26 * largest)), nan, 0.0)
