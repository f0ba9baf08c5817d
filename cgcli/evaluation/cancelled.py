"""Whether a program subtracts numbers that are nearly equal: what is left may be nothing but their rounding
(`evaluation.lost`)."""

from __future__ import annotations

from math import inf, prod

from cgcli.annotations import Any
from cgcli.evaluation.specialised import Point
from cgcli.ops import CONSTANT

# A difference less than this part of what it is of.
LITTLE = 2.0**-20

# Programs of more nodes are not looked at.
NODES = 4_000


# Operations that add up products of elements, one of each operand.
SUMS = {"sum", "mean", "dot", "matmul", "trace"}


def cancels(point: Point) -> bool:
    """Whether numbers are subtracted that are nearly equal."""
    graph, values = point.graph, point.values
    if values is None or len(graph) > NODES:
        return False
    for node, op, x, y in graph.walk():
        if op.name in ("add", "sub") and _is_little(values[node], values[x], values[y]):
            return True
        # a logarithm near 1, a cosine near pi/2
        is_function = op.partials is not None and op.arity == 1 and op.ulps and graph.args[x]
        if is_function and _is_little(values[node], values[x], True):
            return True
        if op.name in SUMS:
            terms = prod([point.algebra.largest(values[arg]) for arg in graph.args[node]])
            if point.algebra.largest(values[node]) < LITTLE * terms:
                return True
    return False


def slopes_may_cancel(point: Point) -> bool:
    """Whether first derivatives may: they are products, but where a node is used twice, or by cancelling."""
    ops = point.graph.ops
    twice = any(uses > 1 and ops[node] is not CONSTANT for node, uses in enumerate(point.graph.uses()))
    return twice or cancels(point)


def _is_little(z: Any, x: Any, y: Any) -> bool:
    """Whether an element of a sum or a difference is little beside what it is of."""
    if z.__class__ is float:
        return bool(abs(z) < LITTLE * abs(x) < inf and y)
    import numpy as np

    return bool(np.any(np.abs(z) < LITTLE * np.abs(x)))
