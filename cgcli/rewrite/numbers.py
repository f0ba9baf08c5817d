"""Numbers as a person writes them: fractions, and irrational ones by the functions they come from."""

from __future__ import annotations

import math
from fractions import Fraction

from cgcli.graph import Graph
from cgcli.ops import CONSTANT, OPS
from cgcli.ops.constants import PI, Written, exact
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
    near = Fraction(number).limit_denominator(LARGEST_DENOMINATOR // 10)
    if near == number or abs(number - float(near)) > 4 * math.ulp(number):
        return number
    return Written(near, exact=near)


def fraction(number: float) -> tuple[float, float] | None:
    """The numerator and the denominator of a number that has a long decimal and is the double nearest
    to a small fraction."""
    if number - number != 0 or number == int(number) or len(repr(number)) <= SHORT:
        return None
    near = Fraction(number).limit_denominator(LARGEST_DENOMINATOR)
    found = float(near.numerator), float(near.denominator)
    return found if found[0] / found[1] == number else None


def spelled(static: Static) -> Static:
    """The graph with numbers of many digits as fractions and by the names of the language."""
    graph = static.graph
    if not any(op is CONSTANT and len(repr(graph.attrs[node])) > SHORT for node, op in enumerate(graph.ops)):
        return static
    has_pi = not any(name == "pi" and graph.attrs.get(node) != math.pi for node, name in graph.names.items())
    made = Static(Graph(), [], [])
    new: dict[int, int] = {}
    for node in static.schedule():
        op = graph.ops[node]
        if op is CONSTANT and node not in graph.names:
            new[node] = _number(made, graph.attrs[node], has_pi)
        else:
            args = tuple(new[arg] for arg in graph.args[node])
            new[node] = made.graph.add(op, args, graph.attrs.get(node), graph.starts[node], graph.ends[node])
            if node in graph.names:
                made.graph.names[new[node]] = graph.names[node]
        made.shapes += [static.shapes[node]] * (len(made.graph) - len(made.shapes))
    outputs = [(name, new[node]) for name, node in static.outputs]
    return Static(made.graph, outputs, made.shapes, kept=[new[node] for node in static.kept])


def _number(made: Static, number: float, has_pi: bool) -> int:
    """The node of a number as it is spelled: `2/3`, and with pi `pi/180`, `180/pi`."""
    graph = made.graph
    top, bottom, pi = _parts(number, has_pi)
    nodes = [graph.constant(abs(top))] if abs(top) != 1 or pi <= 0 else []
    if pi:
        named = graph.constant(PI)
        graph.names[named] = "pi"
        nodes.insert(len(nodes) if pi > 0 else 1, named)
    node = nodes[0]
    if len(nodes) > 1:
        node = graph.add(OPS["mul" if pi > 0 else "div"], (node, nodes[1]))
    if bottom != 1:
        node = graph.add(OPS["div"], (node, graph.constant(bottom)))
    return graph.add(OPS["neg"], (node,)) if top < 0 else node


def _parts(number: float, has_pi: bool) -> tuple[float, float, int]:
    """A number as numerator, denominator and power of pi."""
    found = fraction(number)
    if found is not None or not has_pi or len(repr(number)) <= SHORT or number - number != 0:
        return *(found or (number, 1.0)), 0
    for power, of in ((1, snapped(number / math.pi)), (-1, snapped(number * math.pi))):
        if of * math.pi**power == number:
            parts = fraction(of) or (of, 1.0)
            if len(repr(parts[0])) <= SHORT:
                return *parts, power
    return number, 1.0, 0
