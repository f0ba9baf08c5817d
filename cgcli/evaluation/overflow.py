"""Derivatives over doubles, and where these leave their range on the way, over numbers with more.

So a derivative that is a double is found, whatever it is computed from: that of 1/(1e200*x) by way of
-1e-400, that of sqrt(x^2 + y^2) where the squares are beyond the largest double.
"""

from __future__ import annotations

from cgcli.algebras.watched import LeftRange
from cgcli.annotations import Any, Callable
from cgcli.diagnostics import CgError
from cgcli.evaluation.specialised import FLOATS, Point
from cgcli.evaluation.widening import exact_values, has_lost, is_small
from cgcli.later import np

# What a pass finds over an algebra, with the values of the nodes over it.
Way = Callable[[Any, Any], Any]

# What is left of a number that overflows or vanishes where there is no wider range.
LEFT = (LeftRange, FloatingPointError)


def in_range(point: Point, way: Way, zeroed: list[int] | None = None, spend: bool = False) -> Any:
    """What `way(algebra, values)` finds at a point: a list or a dict of values, as doubles.
    `zeroed` is what the way adds to. With `spend`, it may let go of the values of a large program."""
    values = point.values
    has_left = point.known(_has_left)
    if has_left is None:
        if spend:
            point.values = None
        return point.run(way, point.algebra, values)
    try:
        if has_left:
            raise LeftRange
        return within_doubles(point, point.of.watched(values), way, zeroed)
    except LEFT:
        found = over_wide(point, way)
    told = list(zeroed or ())
    plain = point.run(way, point.algebra, list(values))  # which may be spent
    if found is None:
        return plain
    if zeroed is not None:
        zeroed[:] = told
    return _mended(plain, found)


def watched(point: Point) -> Any:
    """The point's algebra, where it says that the range is left; that itself for a large program."""
    return point.algebra if point.known(_has_left) is None else point.of.watched(point.values)


def _has_left(point: Point) -> bool | None:
    """Whether a value has left the range of doubles; None for a large program, which has no other."""
    return has_lost(point.graph, point.values) if is_small(point.values) else None


def within_doubles(point: Point, algebra: Any, way: Way, zeroed: list[int] | None = None) -> Any:
    """What a way finds over an algebra of doubles. Raises one of `LEFT` where the range is left."""
    known = len(zeroed or ())
    try:
        if point.algebra is FLOATS:
            return point.run(way, algebra, point.values)
        return point.run(_strictly, way, algebra, point.values)
    except LEFT:
        if zeroed is not None:
            del zeroed[known:]
        raise


def _strictly(way: Way, algebra: Any, values: Any) -> Any:
    """With arrays that raise for what overflows or vanishes."""
    with np.errstate(divide="raise", over="raise", under="raise"):
        return way(algebra, values)


def _over_exact(point: Point, way: Way) -> Any:
    """What a way finds over fractions, of a small program that has these; else None."""
    values = exact_values(point.graph, point.values) if point.algebra is FLOATS else None
    if values is None:
        return None
    from cgcli.algebras.numbers.exact import EXACT, FAILURES, rounded

    try:
        found = way(EXACT, values)
    except FAILURES:
        return None
    if isinstance(found, dict):
        return {key: rounded(value) for key, value in found.items()}
    return [None if value is None else rounded(value) for value in found]


def over_wide(point: Point, way: Way) -> Any:
    """What a way finds over exact or wide numbers; None where there are none, or it fails."""
    exact = _over_exact(point, way)
    if exact is not None:
        return exact
    if not point.wide():
        return None
    from cgcli.algebras.wide import WIDE

    try:
        with WIDE.quiet():
            return point.run(way, WIDE, point.wide())
    except CgError:
        return None


def _mended(plain: Any, wide: Any) -> Any:
    """What has been found over doubles, but where that over wide numbers is more than its rounding."""
    from cgcli.algebras.wide import mended

    if isinstance(plain, dict):
        return {key: mended(value, wide[key]) for key, value in plain.items() if key in wide}
    return [None if value is None else mended(value, other) for value, other in zip(plain, wide, strict=True)]
