"""Whether a program subtracts numbers that are nearly equal: what is left may be nothing but their rounding
(`evaluation.lost`)."""

from __future__ import annotations

from math import inf, prod

from cgcli.annotations import Any, Sequence
from cgcli.evaluation.specialised import FLOATS, Point
from cgcli.graph import OTHERS, Graph
from cgcli.later import np
from cgcli.ops import CONSTANT, Leaf
from cgcli.ops.chain import local_partials

# A difference less than this part of what it is of.
LITTLE = 2.0**-20

# Larger graphs of value and derivatives, of so many nodes or elements, are not looked at.
NODES, ELEMENTS = 4_000, 100_000


def is_moderate(point: Point, times: int) -> bool:
    """Whether a program is small enough, with so many derivatives, and nothing has spent its values."""
    values = point.values
    if values is None or len(values) * (times + 1) > NODES:
        return False
    elements = len(values) if point.algebra is FLOATS else point.known(_elements)
    return bool(elements * (times + 1) <= ELEMENTS)


def _elements(point: Point) -> int:
    return sum([getattr(value, "size", 1) for value in point.values])


def cancels(point: Point) -> bool:
    """Whether numbers are subtracted that are nearly equal, in a program that is looked at; found once."""
    if point.cancels is None:
        point.cancels = is_moderate(point, 1) and _values_cancel(point)
    return point.cancels


def _values_cancel(point: Point) -> bool:
    values, largest = point.values, point.algebra.largest
    for node, op, x, y in point.graph.walk():
        if op.name in ("add", "sub") and _is_little(values[node], values[x], values[y]):
            return True
        # a logarithm near 1, a cosine near pi/2
        is_function = op.partials is not None and (op.arity == 1 or op.jumps) and op.ulps
        if is_function and (point.graph.ops[x].__class__ is not Leaf or _is_named(point.graph, x)):
            if _is_little(values[node], values[x], True):
                return True
        elif op.adds:
            terms = prod([largest(values[arg]) for arg in point.graph.args[node]])
            if largest(values[node]) < LITTLE * terms:
                return True
    return False


def _is_named(graph: Graph, node: int) -> bool:
    """Whether a leaf is a constant such as pi, which no double is."""
    return bool(getattr(graph.attrs.get(node), "name", ""))


def has_steps(of: Any) -> bool:
    """Whether what has a graph has steps in it, such as floor and comparisons."""
    return any(op.jumps is not None for op in set(of.graph.ops))


def cancelling(graph: Graph, values: Sequence[Any]) -> Any:
    """The same of a graph of numbers whose values are columns: of each row, whether that is so; one truth
    where no node has a column."""
    found: Any = False
    for node, op, x, y in graph.walk():
        if op.name in ("add", "sub"):
            found = found | (_beside(values[node], values[x]) & (values[y] != 0))
        elif op.partials is not None and op.arity == 1 and op.ulps and graph.args[x]:
            found = found | _beside(values[node], values[x])
    return found


def slopes_may_cancel(point: Point, output: int) -> bool:
    """Whether the first derivatives of an output may: they are products, but for the adjoints of nodes that
    are used twice, which are sums, and for what values have lost."""
    if not is_moderate(point, 1):
        return False
    if cancels(point):
        return True
    if point.algebra is FLOATS or point.known(_has_numbers_alone):
        needed = point.of.needed([output]) if len(point.program.outputs) > 1 else range(output + 1)
        return _adjoints_cancel(point.graph, point.values, needed)
    return bool(point.known(_uses_twice))


def _has_numbers_alone(point: Point) -> bool:
    return all(value.__class__ is float for value in point.values)


def _uses_twice(point: Point) -> bool:
    uses = zip(point.graph.uses(), point.graph.ops)
    return any(count > 1 and op is not CONSTANT for count, op in uses)


def _adjoints_cancel(graph: Graph, values: Any, needed: Sequence[int]) -> bool:
    """Whether the adjoints of a program of numbers, of what an output, the last, needs, are nearly nothing
    beside their largest terms, each or all together."""
    output = needed[-1]
    adjoints, terms = dict.fromkeys(needed, 0.0), dict.fromkeys(needed, 0.0)
    adjoints[output] = left = 1.0
    for node, op, x, y in graph.walk_back(output, needed):
        adjoint = adjoints[node]
        if terms[node] > abs(adjoint) and op is not CONSTANT:
            left *= abs(adjoint) / terms[node]
            if not left > LITTLE:
                return True
        if adjoint == 0 or x < 0:
            continue
        if op.partials is None:
            return True
        args = graph.args.others[node] if y == OTHERS else (x, y) if y >= 0 else (x,)
        slopes = local_partials(op, FLOATS, values[node], [values[arg] for arg in args])
        for arg, slope in zip(args, slopes):
            term = adjoint * slope
            adjoints[arg] += term
            terms[arg] = max(terms[arg], abs(term))
    return False


def _beside(z: Any, x: Any) -> Any:
    """Where a number is little beside what it is of, which is finite."""
    return (abs(z) < LITTLE * abs(x)) & (LITTLE * abs(x) < inf)


def _is_little(z: Any, x: Any, y: Any) -> bool:
    """Whether an element of a sum or a difference is little beside what it is of."""
    if z.__class__ is float:
        return bool(abs(z) < LITTLE * abs(x) < inf and y)
    return bool(np.any(np.abs(z) < LITTLE * np.abs(x)))
