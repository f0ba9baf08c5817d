"""Numbers as a person writes them: as fractions."""

from __future__ import annotations

import math

from cgcli.graph import Graph
from cgcli.later import fractions
from cgcli.ops import CONSTANT, OPS
from cgcli.ops.constants import Written, exact
from cgcli.rewrite.static import Static

# Fractions with larger denominators are not looked for.
LARGEST_DENOMINATOR = 1000

# A decimal of so many characters is as short as a fraction.
SHORT = 8


def snapped(number: float) -> float:
    """The double nearest to what a number is exactly, or to the small fraction that it is but for the
    rounding of a few operations: `2/3 - 1` is `-1/3`."""
    if number - number != 0 or number == int(number):
        return number
    if number.__class__ is Written:
        known = exact(number)
        return number if known is None else Written(known, exact=known)
    if number * 64 % 1 == 0:  # which is a small fraction itself
        return number
    near = fractions.Fraction(number).limit_denominator(LARGEST_DENOMINATOR // 10)
    if near == number or abs(number - float(near)) > 4 * math.ulp(number):
        return number
    return Written(near, exact=near)


def fraction(number: float) -> tuple[float, float] | None:
    """The numerator and the denominator of a number that has a long decimal and is the double nearest
    to a small fraction."""
    if number - number != 0 or number == int(number) or len(repr(number)) <= SHORT:
        return None
    near = fractions.Fraction(number).limit_denominator(LARGEST_DENOMINATOR)
    found = float(near.numerator), float(near.denominator)
    return found if found[0] / found[1] == number else None


def spelled(static: Static) -> Static:
    """The graph with numbers of many digits as fractions."""
    graph = static.graph
    if not any(op is CONSTANT and len(repr(graph.attrs[node])) > SHORT for node, op in enumerate(graph.ops)):
        return static
    made = Static(Graph(), [], [])
    new: dict[int, int] = {}
    for node in static.schedule():
        op = graph.ops[node]
        parts = fraction(graph.attrs[node]) if op is CONSTANT and node not in graph.names else None
        if parts is not None:
            new[node] = _quotient(made.graph, *parts)
        else:
            made.graph.take(graph, node, new)
            if node in graph.names:
                made.graph.names[new[node]] = graph.names[node]
        made.shapes += [static.shapes[node]] * (len(made.graph) - len(made.shapes))
    outputs = [(name, new[node]) for name, node in static.outputs]
    return Static(made.graph, outputs, made.shapes, kept=[new[node] for node in static.kept])


def _quotient(graph: Graph, top: float, bottom: float) -> int:
    node = graph.add(OPS["div"], (graph.constant(abs(top)), graph.constant(bottom)))
    return graph.add(OPS["neg"], (node,)) if top < 0 else node
