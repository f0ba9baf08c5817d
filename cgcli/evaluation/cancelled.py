"""Whether a program subtracts numbers that are nearly equal: what is left may be nothing but their rounding
(`evaluation.lost`)."""

from __future__ import annotations

from math import inf, prod

from cgcli.annotations import Any, Sequence
from cgcli.evaluation.specialised import Point
from cgcli.ops import CONSTANT
from cgcli.ops.chain import local_partials

# A difference less than this part of what it is of.
LITTLE = 2.0**-20

# Larger graphs of value and derivatives, of so many nodes or elements, are not looked at.
NODES, ELEMENTS = 4_000, 100_000

# Operations that add up products of elements, one of each operand.
SUMS = {"sum", "mean", "dot", "matmul", "trace"}


def is_moderate(point: Point, times: int) -> bool:
    """Whether a program is small enough, with so many derivatives, and nothing has spent its values."""
    if point.values is None or len(point.graph) * (times + 1) > NODES:
        return False
    return sum([getattr(value, "size", 1) for value in point.values]) * (times + 1) <= ELEMENTS


def cancels(point: Point) -> bool:
    """Whether numbers are subtracted that are nearly equal, in a program that is looked at."""
    if not is_moderate(point, 1):
        return False
    graph, values = point.graph, point.values
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


def slopes_may_cancel(point: Point, output: int) -> bool:
    """Whether the first derivatives of an output may: they are products, but for the adjoints of nodes that
    are used twice, which are sums, and for what values have lost."""
    graph = point.graph
    if not is_moderate(point, 1):
        return False
    twice = [uses > 1 and graph.ops[node] is not CONSTANT for node, uses in enumerate(graph.uses())]
    if not any(twice):
        return cancels(point)
    if any(value.__class__ is not float for value in point.values) or cancels(point):
        return True
    with point.algebra.quiet():
        return _adjoints_cancel(point, output, twice)


def _adjoints_cancel(point: Point, output: int, twice: Sequence[bool]) -> bool:
    """Whether the adjoints of a program of numbers are nearly nothing beside their largest terms, each or all
    together."""
    graph, values = point.graph, point.values
    adjoints, terms = [0.0] * len(graph), [0.0] * len(graph)
    adjoints[output] = left = 1.0
    for node in range(output, -1, -1):
        adjoint, op, args = adjoints[node], graph.ops[node], graph.args[node]
        if twice[node] and terms[node] > abs(adjoint):
            left *= abs(adjoint) / terms[node]
            if not left > LITTLE:
                return True
        if adjoint == 0 or not args:
            continue
        if op.partials is None:
            return True
        slopes = local_partials(op, point.algebra, values[node], [values[arg] for arg in args])
        for arg, slope in zip(args, slopes):
            term = adjoint * slope
            adjoints[arg] += term
            terms[arg] = max(terms[arg], abs(term))
    return False


def _is_little(z: Any, x: Any, y: Any) -> bool:
    """Whether an element of a sum or a difference is little beside what it is of."""
    if z.__class__ is float:
        return bool(abs(z) < LITTLE * abs(x) < inf and y)
    import numpy as np

    return bool(np.any(np.abs(z) < LITTLE * np.abs(x)))
