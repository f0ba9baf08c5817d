"""How far a root that was found may be from the true one, and how many roots fall together there.

A bound is that of Kantorovich's theorem: L. V. Kantorovich and G. P. Akilov, "Functional Analysis" (1982),
chapter XVIII; J. M. Ortega and W. C. Rheinboldt, "Iterative Solution of Nonlinear Equations in Several
Variables" (1970), section 12.6. What residuals are rounded by counts as a residual, to first order; how much
the Jacobian changes is what it changes by along each unknown.
"""

from __future__ import annotations

from math import factorial, inf, nan

import numpy as np

from cgcli.algebras.symbols import Symbols
from cgcli.algebras.wide import keeps_digits
from cgcli.annotations import Any
from cgcli.diagnostics import CgError
from cgcli.evaluation.derivatives import adjoints
from cgcli.evaluation.specialised import Point
from cgcli.ops import CONSTANT, INPUT
from cgcli.ops.constants import rounding
from cgcli.passes.derive import backward
from cgcli.solving.branched import function_of
from cgcli.solving.function import Sketch
from cgcli.solving.systems import Equations
from cgcli.solving.triangle import EPSILON

# Half a unit in the last place of the numbers that residuals are computed with.
ROUNDED = EPSILON / 2, float(np.finfo(np.longdouble).eps) / 2

# The distance of the smallest doubles; what is smaller than this may be off by it.
LEAST, SMALL = 2.0**-1074, 2.0**-1010

# What may be 0 although what it is computed from is not.
VANISHING = ("mul", "div", "pow")

# Unknowns along each of which a Jacobian is looked at; of more, along all at once.
MANY = 60

# Roots that may fall together, where they are told apart from one, and how well they have to be.
TOGETHER, BESIDE, CLEAR = 12, (1e-1, 3e-2, 1e-2, 3e-3, 1e-3), 0.1

# A range that is less than so many times as wide as an unknown is large is a narrow one.
NARROW = 4.0

# Steps to where they fall together.
STEPS = 30


class Error:
    """What is known of a root.

    vector          the unknowns; of roots that fall together, where they do
    bounds          how far each may be from the true root, or None
    multiplicity    of one equation in one unknown, how many roots fall together there; or None
    """

    def __init__(self, equations: Equations, vector: Any, width: float = inf) -> None:
        """Of roots that were looked for in a range, with its width."""
        self.vector, self.multiplicity = vector, 1 if len(vector) == 1 else None
        self.bounds = _bounds(equations, vector)
        if self.bounds is None and len(vector) == 1:
            found = _together(equations, vector, width)
            self.multiplicity = None if found is None else found[0]
            if found is not None:
                self._fall_together(equations, *found)
        self._at_zero(equations)

    def _at_zero(self, equations: Equations) -> None:
        """Unknowns that may be 0, for all that is known, are 0 where the equations hold as well there."""
        near = np.abs(self.vector) <= (SMALL if self.bounds is None else self.bounds)
        if not self.vector[near].any():
            return
        moved = equations.unknowns.clipped(np.where(near, 0.0, self.vector))
        there, here = (np.abs(equations.at(one, True)[0]) for one in (moved, self.vector))
        if (there <= here).all():
            self.bounds = None if self.bounds is None else self.bounds + np.abs(self.vector - moved)
            self.vector = moved

    def _fall_together(self, equations: Equations, count: int, x: float) -> None:
        """Go to where the derivative of the order below is 0, and find within what distance residuals are
        those of rounding."""
        slopes = _slopes(equations, count)
        for _ in range(STEPS if slopes is not None else 0):
            found = slopes(x)
            if found[-1] == 0:
                return
            step = found[-2] / found[-1]
            if not abs(step) <= BESIDE[-1] * max(abs(x), 1.0):
                return
            x -= step
            if abs(step) <= EPSILON * abs(x):
                break
        moved = equations.unknowns.clipped(np.array([x]))
        residual, rounded = abs(float(equations.at(moved, True)[0][0])), _rounded(equations, moved)
        if slopes is None or rounded is None:
            return
        steep = abs(slopes(float(moved[0]))[-1]) / factorial(count)
        if steep == 0 or not residual <= 4.0 * float(rounded[0]) + steep * (EPSILON * abs(x)) ** count:
            return
        self.vector = moved
        self.bounds = ((residual + rounded) / steep) ** (1.0 / count) + EPSILON / 2 * np.abs(moved)


def _bounds(equations: Equations, vector: Any) -> Any:
    """How far each unknown may be from the true root; None where the Jacobian is singular, or changes too
    fast for there to be a root nearby in all certainty."""
    residuals, jacobian = equations.at(vector, True)
    rounded = _rounded(equations, vector)
    try:
        inverse = np.linalg.solve(jacobian, np.eye(len(jacobian)))
    except np.linalg.LinAlgError:
        return None
    if rounded is None or not np.isfinite(inverse).all():
        return None
    reach = np.abs(inverse) @ (np.abs(residuals) + rounded)
    moves = [reach] if len(vector) > MANY else list(reach * np.eye(len(reach)))
    change = np.zeros(len(vector))
    for move in moves:
        sides = (equations.at(equations.unknowns.clipped(vector + sign * move))[1] for sign in (-2, 2))
        change += np.max([np.abs(inverse @ (side - jacobian)) @ reach for side in sides], axis=0)
    part = float(np.max(np.divide(change, reach, where=reach > 0, out=np.zeros_like(reach)), initial=0.0))
    return reach / (1.0 - part) if part <= 0.5 and np.isfinite(reach).all() else None


def _rounded(equations: Equations, vector: Any) -> Any:
    """By how much rounding may have put off each residual at most, to first order; None where an operation
    has no answer."""
    found = []
    try:
        point = equations.point(vector)
        for place, shape in enumerate(equations.models.shapes):
            size = sum(
                _of_side(point, output.node) for output in point.program.outputs[2 * place : 2 * place + 2]
            )
            found.append(np.full(int(np.prod(shape)), size))
    except CgError:
        return None
    return np.concatenate(found)


def _of_side(point: Point, node: int) -> float:
    """The sum of what all nodes that one is computed from are rounded by, each times what it moves this one
    by."""
    graph, shape, total = point.graph, point.algebra.shape(point.values[node]), 0.0
    unit = ROUNDED[all(map(keeps_digits, set(graph.ops)))]
    seed = np.ones(shape) if shape else 1.0
    for one, adjoint in adjoints(point, node, bytearray(b"\1") * len(graph), seed=seed).items():
        op = graph.ops[one]
        if op is CONSTANT:
            size = rounding(graph.attrs[one])
            size = EPSILON * graph.attrs[one] if size is None else size
            total += abs(size * float(adjoint)) if size else 0.0
        elif op is not INPUT:
            total += unit * float(np.sum(np.abs(np.multiply(adjoint, point.values[one]))))
            total += _lost(point, one, adjoint)
    return total


def _lost(point: Point, node: int, adjoint: Any) -> float:
    """What a value that is hardly a double may be off by, times what it moves."""
    graph, value = point.graph, np.abs(point.values[node])
    is_small = (value < SMALL) & (value > 0)
    if graph.ops[node].name in VANISHING:
        operands = [np.abs(point.values[one]) for one in graph.args[node]]
        is_small = is_small | ((value == 0) & (operands[0] > 0) & (operands[-1] > 0))
    return 2.0 * LEAST * float(np.sum(np.abs(np.where(is_small, adjoint, 0.0)))) if np.any(is_small) else 0.0


def _together(equations: Equations, vector: Any, width: float) -> tuple[int, float] | None:
    """How many roots fall together, and about where, from values over slopes on both sides: such a ratio is
    the distance from there over how many there are. In a narrow range others may be closer: what is
    beside it at its size is looked at first. None where that is not plain."""
    scale = max(1.0, abs(float(vector[0])))
    sizes = [width / NARROW, scale] if width < NARROW * scale else [scale]
    sizes += [1.0] if scale > NARROW else []  # where a function oscillates far out
    return next(filter(None, (_counted(equations, float(vector[0]), size) for size in sizes)), None)


def _counted(equations: Equations, x: float, size: float) -> tuple[int, float] | None:
    """The same, of what is beside a number by a part of a size."""
    last = 0
    for beside in (part * size for part in BESIDE):
        ratios = []
        for side in (x - beside, x + beside):
            residuals, jacobian = equations.at(np.array([side]), True)
            ratios.append(float(-residuals[0] / jacobian[0, 0]))
        between = ratios[1] - ratios[0]
        count = 2 * beside / between if between else nan
        centre = x - count * sum(ratios) / 2
        plain = 1.5 < count < TOGETHER + 0.5 and abs(count - round(count)) <= CLEAR
        if plain and round(count) == last and abs(centre - x) < beside:
            return last, centre
        last = round(count) if plain else 0
    return None


def _slopes(equations: Equations, count: int) -> Any:
    """The function of a number that gives the residual and its derivatives up to an order; None where the
    unknown or the equation is an array."""
    unknowns = equations.unknowns
    (name,) = unknowns.names
    if unknowns.packing.shapes[name] != () or equations.models.shapes != [()]:
        return None

    def nodes(sketch: Sketch) -> list[int]:
        symbols: Any = Symbols(sketch.graph, sketch.shapes)
        left, right = (symbols.value(output.node) for output in sketch.program.outputs)
        found = [symbols.node(sketch.of.run(lambda: left - right))]
        for _ in range(count):
            found += sketch.of.run(backward, symbols, found[-1], sketch.program.nodes([name]))
        return found

    function = function_of(equations.prepared, {}, nodes, [name])
    return lambda x: [float(np.ravel(value)[0]) for value in function.wide({name: x}, {}, 1)]
