"""Where a program is near a step, or a corner, so that rounding may decide on which side it is."""

from __future__ import annotations

from itertools import combinations, islice
from math import floor, isfinite, prod

from cgcli.annotations import Any, Iterable
from cgcli.graph import Graph
from cgcli.later import np
from cgcli.ops import OPS, Op
from cgcli.ops.corners import VANISHES
from cgcli.ops.entry import GREATEST, LEAST, MULTIPLE, ORDER, OTHER, ZERO

# So near to a step, as a part of the operands or of 1, rounding may decide.
NEAR = 2.0**-40

# Larger arrays are not looked at, and of others a few elements are.
MOST, FEW = 1000, 4

# A step: a node, and the place of an element.
Step = tuple[int, tuple[int, ...]]


def near_steps(graph: Graph, values: Any) -> list[Step]:
    """Steps that are near, the first few elements of each; but not where a number is nearly 0 as others that
    are nearly equal have been subtracted."""
    found, args = list[Step](), graph.args
    for node, op, x, y in graph.walk():
        if op.jumps is None or op.jumps in (ZERO, ORDER, LEAST, GREATEST):
            continue
        first, last = values[x], values[y if y >= 0 else x]
        if values[node].__class__ is not float:
            places = _near(op, values[node].shape, first, last)
        else:
            places = [()] if _is_near(op, first, last) else []
        if places and (op.jumps == MULTIPLE or args[x] or (y >= 0 and args[y])):  # what is written is so
            found += [(node, place) for place in places]
    return found


def compared(sides: Any, count: int) -> Iterable[tuple[int, int | None]]:
    """The places of operands, so many, that are compared on the `sides` of a corner; None for 0."""
    if sides == ORDER:
        return combinations(range(count), 2)
    return [(place, None) for place in range(count)] if sides == VANISHES else sides


def near_corners(graph: Graph, values: Any) -> list[Step]:
    """The same of operations by elements that have a corner where operands are equal."""
    found = list[Step]()
    for node, op in enumerate(graph.ops):
        sides = op.corner.sides if op.corner is not None and op.partials is not None else ""
        for one, other in compared(sides, len(graph.args[node])):
            if other is not None:
                x, y = (values[graph.args[node][place]] for place in (one, other))
                shape = getattr(values[node], "shape", ())
                places = _near(OPS["eq"], shape, x, y) if shape else [()][: _is_near(OPS["eq"], x, y)]
                found += [(node, place) for place in places]
    return found


def near_nothing(graph: Graph, values: Any) -> list[Step]:
    """Steps by the sign of computed numbers or of differences, of the few elements nearest to 0."""
    found = list[Step]()
    for node, op in enumerate(graph.ops):
        args = graph.args[node]
        if op.jumps not in (ZERO, OTHER) or not any(graph.args[arg] and graph.ops[arg].ulps for arg in args):
            continue
        if values[node].__class__ is float:
            found.append((node, ()))
        elif 0 < values[node].size <= MOST:
            first, *others = (values[arg] for arg in args)
            size = np.abs(first - others[0] if op.jumps == OTHER else first)
            if op.commutes and op.jumps == ZERO:
                size = np.minimum(size, np.abs(others[0]))
            found += [(node, place) for place in nearest(size, values[node].shape)]
    return found


def nearest(size: Any, shape: tuple[int, ...]) -> list[tuple[int, ...]]:
    """The few places where what is spread over a shape is least."""
    return [
        place_of(one, shape) for one in np.argsort(np.broadcast_to(size, shape), axis=None)[:FEW].tolist()
    ]


def _near(op: Op, shape: tuple[int, ...], first: Any, last: Any) -> list[tuple[int, ...]]:
    """The first few places of elements that are near a step."""
    if not 0 < prod(shape) <= MOST:
        return []
    x, y = (np.broadcast_to(one, shape).ravel() for one in (first, last))
    with np.errstate(all="ignore"):
        if op.jumps == OTHER:
            may = np.abs(x - y) <= NEAR * np.maximum(np.abs(x), np.abs(y))
        else:
            halves = 2 * (x / y if op.jumps == MULTIPLE else x)
            may = np.abs(halves - np.rint(halves)) <= 4 * NEAR * np.maximum(np.abs(halves), 1.0)
    places = np.flatnonzero(may)
    pairs = zip(places.tolist(), x[places].tolist(), y[places].tolist(), strict=True)
    near = (place for place, *pair in pairs if _is_near(op, *pair))
    return [place_of(place, shape) for place in islice(near, FEW)]


def _is_near(op: Op, x: float, y: float) -> bool:
    if op.jumps == OTHER:
        if not abs(x - y) <= NEAR * max(abs(x), abs(y)) or not isfinite(x):
            return False
        return x != y or not (_is_plain(x) and _is_plain(y))
    if not (isfinite(x) and isfinite(y)):
        return False
    if op.jumps == MULTIPLE:
        if y == 0 or (_is_plain(x) and _is_plain(y)):
            return False
        ratio = x / y
        return abs(ratio) < 2.0**53 and abs(ratio - round(ratio)) <= NEAR * max(abs(ratio), 1.0)
    return abs(x - op.nearest_jump(x)) <= NEAR * max(abs(x), 1.0) and not _is_plain(x)


def _is_plain(x: float) -> bool:
    """Whether a number is a whole one, which is what was meant as a rule."""
    return x == floor(x) and abs(x) < 2.0**53


def place_of(place: int, shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(map(int, np.unravel_index(place, shape)))
