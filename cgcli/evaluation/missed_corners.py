"""Corners that rounding misses: x + 0.2 - 0.3 is 0 at x = 0.1 for exact numbers, and not for doubles, so that
the derivative of its absolute value is that of a side. And orders that rounding decides, which are steps, as
where the greatest element of [0.3, 0.1 + 0.2] stands."""

from __future__ import annotations

from itertools import islice, pairwise
from math import isfinite, prod

from cgcli.annotations import Any, Iterator, Sequence
from cgcli.diagnostics import Diagnostic
from cgcli.evaluation.cancelled import cancels, is_moderate
from cgcli.evaluation.derivatives import adjoints
from cgcli.evaluation.exact_steps import Exact, element, sign
from cgcli.evaluation.near_steps import FEW, MOST, NEAR, compared, nearest, place_of
from cgcli.evaluation.specialised import Point
from cgcli.language.errors.operations import source_text
from cgcli.later import np
from cgcli.ops.corners import EQUAL, VANISHES
from cgcli.ops.entry import GREATEST, LEAST, ORDER
from cgcli.render.numbers import SHORT, number
from cgcli.shapes import normal_axes

# An adjoint less than this part of the largest is nothing: by it a slope is multiplied.
NOTHING = 2.0**-30

HINT = "numbers such as 0.1 are no doubles; where others are near, rounding decides between them"

# An element of a node; two that are compared, or one that is with 0.
Element = tuple[int, tuple[int, ...]]
Pair = tuple[Element, Any]


def missed_corner(point: Point, output: int, wrt: Sequence[int]) -> Diagnostic | None:
    """A warning for the first operation that is at a corner without rounding, and is not with it, or on its
    other side, where a derivative of an output by nodes depends on that."""
    graph = point.graph
    if not is_moderate(point, 1):
        return None
    active, vanish = point.of.active(wrt), cancels(point)
    pairs = {
        node: [*islice(_pairs(point, node, graph.ops[node].corner.sides, vanish), FEW)]
        for node in point.of.needed([output])
        if active[node] and graph.ops[node].corner is not None
    }
    if not any(pairs.values()):
        return None
    largest, exact = point.algebra.largest, _exact(point, pairs)
    shape = point.algebra.shape(point.values[output])
    slopes = adjoints(point, output, active, seed=point.algebra.ones(shape=shape) if shape else 1.0)
    most = max(map(largest, slopes.values()), default=0.0)
    for node, own in pairs.items():
        if own and largest(slopes.get(node, 0.0)) > NOTHING * most:
            is_one = graph.ops[node].corner.sides in (VANISHES, EQUAL)
            told = _told(point, exact, own, is_one)
            if told:
                place = graph.place(node)
                shown = source_text(point.program, *place)
                message = f"rounding decides the derivative of {shown}: {told}"
                return Diagnostic("lost", message, point.program.source, *place, HINT, "warning")
    return None


def missed_order(point: Point, nodes: Sequence[int]) -> Diagnostic | None:
    """A warning for the first of nodes that tell the order of elements in which that is another one without
    rounding."""
    pairs = {node: [*islice(_pairs(point, node, ORDER, True), FEW)] for node in nodes}
    exact = _exact(point, pairs)
    for node, own in pairs.items():
        for pair in own:
            (first, second), (found, right) = sorted(pair), _signs(point, exact, *sorted(pair))
            sign = -1.0 if point.graph.ops[node].jumps == GREATEST else 1.0
            if right == right and (found * sign > 0) != (
                right * sign > 0
            ):  # of equal ones the first is first
                place = point.graph.place(node)
                shown = source_text(point.program, *place)
                are = "equal" if right == 0 else "the other way round"
                told = f"elements {[*first[1]]} and {[*second[1]]} are {are} without"
                message = f"rounding decides {shown}: {told}"
                return Diagnostic("lost", message, point.program.source, *place, HINT, "warning")
    return None


def _exact(point: Point, pairs: Any) -> Exact:
    return Exact(point, [one[0] for own in pairs.values() for pair in own for one in pair if one is not None])


def _told(point: Point, exact: Exact, pairs: Sequence[Pair], is_one: bool) -> str:
    """Where an operation is without rounding, if that is elsewhere; `is_one` where all pairs together are one
    corner."""
    sides = [_signs(point, exact, *pair) for pair in pairs]
    if is_one:
        at = all(right == 0 for _, right in sides)
        return "it is at its corner without" if at and any(found for found, _ in sides) else ""
    for pair, (found, right) in zip(pairs, sides, strict=True):
        if right == right and found != right:
            if found == 0:
                return "it is at its corner, and is not without"
            off = abs(_difference(point, *pair))
            where = "at it" if right == 0 else "on its other side"
            return f"it is {number(off, SHORT)} from its corner, and {where} without"
    return ""


def _signs(point: Point, exact: Exact, first: Element, second: Any) -> tuple[float, float]:
    """The sign of the difference of two elements, or of one, as it is and without rounding; nan where that is
    not known."""
    d = _difference(point, first, second)
    off, added = exact.off(*first)
    other, more = exact.off(*second) if second is not None else (0.0, 0.0)
    return sign(d), sign(d - (off - other), added, more)


def _difference(point: Point, first: Element, second: Any) -> float:
    x, y = (0.0 if one is None else element(point.values[one[0]], one[1]) for one in (first, second))
    return x - y


def _pairs(point: Point, node: int, sides: Any, vanish: bool) -> Iterator[Pair]:
    """What decides at a node, where it is near a corner. What is near 0 is so where numbers that are nearly
    equal have been subtracted, which may `vanish`."""
    graph, values = point.graph, point.values
    args, op = graph.args[node], graph.ops[node]
    shape = point.algebra.shape(values[node])
    if not sides or not any(graph.args[arg] for arg in args):  # what is written is so
        return
    if op.partials is None:
        yield from _of_elements(point, node, sides, vanish)
        return
    together = sides == VANISHES
    for one, other in compared(sides, len(args)):
        first, second = args[one], None if other is None else args[other]
        y = 0.0 if second is None else values[second]
        is_zero = y.__class__ is float and y == 0
        if first != second and (not is_zero or (vanish and (together or graph.args[first]))):
            for at in _places(values[node], values[first], y, shape):
                yield (first, at), None if second is None else (second, at)


def _places(z: Any, x: Any, y: Any, shape: Any) -> list[tuple[int, ...]]:
    """The first few places where elements of two are nearly equal, and so is the result, or the few where one
    is nearest to 0."""
    if not shape:
        return [()] if (y.__class__ is float and y == 0) or (_is_near(x, y) and _is_near(x, z)) else []
    if not 0 < prod(shape) <= MOST:
        return []
    size = np.abs(np.broadcast_to(x, shape))
    if y.__class__ is float and y == 0:
        return nearest(size, shape)
    near = (np.abs(x - y) <= NEAR * np.maximum(size, np.abs(y))) & (np.abs(x - z) <= NEAR * size)
    found = np.flatnonzero(np.broadcast_to(near & np.isfinite(size), shape))[:FEW]
    return [place_of(one, shape) for one in found.tolist()]


def _of_elements(point: Point, node: int, sides: Any, vanish: bool) -> Iterator[Pair]:
    """The same of an operation on an array, of elements that come one after the other, or of all of them."""
    op: Any
    op, (arg, *_) = point.graph.ops[node], point.graph.args[node]
    x = np.asarray(point.values[arg])
    if not 1 < x.size <= MOST or not x.ndim:
        return
    axis = point.graph.attrs.get(node, {}).get("axis", op.attributes["axis"].default)
    axes = normal_axes(axis, x.ndim)
    places = np.moveaxis(np.arange(x.size).reshape(x.shape), axes, range(-len(axes), 0))
    rows = places.reshape(-1, prod([x.shape[axis] for axis in axes]))
    flat = x.ravel()
    end = op.corner.up if op.corner else {LEAST: -1, GREATEST: 1}.get(op.jumps, 0)
    for row in rows.tolist():
        if sides == VANISHES:
            yield from (((arg, place_of(one, x.shape)), None) for one in row if vanish)
            continue
        order = sorted(row, key=lambda one: float(flat[one]))
        if end:
            order = order[:2] if end < 0 else order[:-3:-1]
        near = [pair for pair in pairwise(order) if _is_near(*flat[[*pair]].tolist())]
        if sides != EQUAL or len(near) == len(row) - 1:
            yield from (
                ((arg, place_of(one, x.shape)), (arg, place_of(other, x.shape))) for one, other in near
            )


def _is_near(x: float, y: float) -> bool:
    return abs(x - y) <= NEAR * max(abs(x), abs(y)) and isfinite(x)
