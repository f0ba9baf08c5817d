"""Roots of one unknown in a range: where a function changes its sign, and is not torn.

Points are taken closer where a cubic through values and slopes does not foretell the value between them.
"""

from __future__ import annotations

import numpy as np

from cgcli.algebras.symbols import Symbols
from cgcli.annotations import Any
from cgcli.evaluation.prepared import Prepared
from cgcli.passes.derive import backward
from cgcli.solving.branched import function_of
from cgcli.solving.function import Sketch
from cgcli.solving.triangle import EPSILON

# Points to begin with, and at most.
FIRST, MOST = 2**10 + 1, 2**20

# What a cubic may be off at the middle, as a part of the largest value around it.
CLOSE = 1e-3

# Doubles away from a root the function is larger, and away from a pole it is smaller.
NEAR = 1000

# A slope at a root that is less than this part of the slope over its bracket may hide others beside it.
FLAT = 0.1


class Curve:
    """`left - right` of one equation, and its slope, at many points at once.

    evaluations     at how many points
    rounds          how often, at many at once
    """

    def __init__(self, prepared: Prepared, name: str) -> None:
        """The outputs of the program are both sides. Raises `CgError` for shapes that do not match."""
        self.name, self.evaluations, self.rounds = name, 0, 0
        self.function = function_of(prepared, {name: ()}, self._nodes, [])

    def _nodes(self, sketch: Sketch) -> list[int]:
        left, right = (output.node for output in sketch.program.outputs)
        symbols: Any = Symbols(sketch.graph, sketch.shapes)

        def derived() -> list[int]:
            of = symbols.node(symbols.value(left) - symbols.value(right))
            return [left, right, *backward(symbols, of, sketch.program.nodes([self.name]))]

        found: list[int] = sketch.of.run(derived)
        return found

    def __call__(self, points: Any) -> tuple[Any, Any]:
        """Values and slopes."""
        self.evaluations, self.rounds = self.evaluations + len(points), self.rounds + 1
        left, right, slope = self._columns(self.function({}, {self.name: points}, len(points)), len(points))
        return np.asarray(left - right, float), np.asarray(slope, float)

    def exact(self, points: Any) -> Any:
        """Values with more digits than doubles have."""
        self.evaluations += len(points)
        found = self.function.wide({}, {self.name: points}, len(points), 2)
        left, right = self._columns(found, len(points))
        return left - right

    def _columns(self, values: Any, count: int) -> list[Any]:
        return [self.function.numbers(value, count, ()) for value in values]


@np.errstate(all="ignore")
def roots(curve: Curve, low: float, high: float) -> Any:
    """All roots with a change of sign from low to high, both ends included, ascending."""
    x = np.linspace(low, high, FIRST)
    found = _in_brackets(curve, *_sampled(curve, x))
    for _ in range(8):  # what lies closer together than points is looked at through a glass
        more = [found[:, 0]]
        for _, left, right, hides in found:
            if hides and right - left > 8 * EPSILON * max(abs(left), abs(right)):
                inside = np.linspace(left, right, 65)
                more.append(_in_brackets(curve, *_sampled(curve, inside))[:, 0])
        seen = np.unique(np.concatenate(more))
        if len(seen) == len(found):
            break
        found = _apart(found, seen)
    return found[:, 0]


@np.errstate(all="ignore")
def one_root(curve: Curve, low: float, high: float) -> Any:
    """A root where the signs at both ends differ; none where they do not, or there is a pole alone."""
    ends = np.array([low, high])
    f, slope = curve(ends)
    for end, value in zip(ends, f, strict=True):
        if value == 0:
            return np.array([end])
    if np.isnan(f).any():
        return roots(curve, low, high)[:1]
    if not f[0] * f[1] < 0:
        return np.zeros(0)
    found = _in_brackets(curve, ends, f, slope)[:, 0]
    return found if len(found) else roots(curve, low, high)[:1]


def _apart(found: Any, roots: Any) -> Any:
    """Roots, and a bracket of each: halfway to its neighbours, and no wider than the one that it was in."""
    known = {row[0]: row for row in found}
    rows = []
    for place, root in enumerate(roots):
        left = roots[place - 1] if place else -np.inf
        right = roots[place + 1] if place + 1 < len(roots) else np.inf
        row = known.get(root)
        if row is None:
            rows.append([root, root, root, False])
        else:
            rows.append([root, max(row[1], (left + root) / 2), min(row[2], (right + root) / 2), row[3]])
    return np.array(rows, float).reshape(-1, 4)


def _sampled(curve: Curve, x: Any) -> tuple[Any, Any, Any]:
    """Points, values and slopes, close enough together for the function between them to be a cubic, or to
    have no root."""
    f, slope = curve(x)
    active = np.ones(len(x) - 1, bool)
    while active.any() and len(x) < MOST:
        at = np.flatnonzero(active)
        a, b = x[at], x[at + 1]
        middle = 0.5 * (a + b)
        width = b - a
        value, bend = curve(middle)
        foretold = 0.5 * (f[at] + f[at + 1]) + width / 8 * (slope[at] - slope[at + 1])
        off = np.abs(value - foretold)
        around = np.maximum(np.maximum(np.abs(f[at]), np.abs(f[at + 1])), np.abs(value))
        least = np.minimum(np.minimum(np.abs(f[at]), np.abs(f[at + 1])), np.abs(value))
        steep = np.maximum(np.abs(slope[at]), np.abs(slope[at + 1])) * width
        apart = (np.sign(f[at]) == np.sign(f[at + 1])) & (np.sign(f[at]) == np.sign(value))
        clear = apart & (least > 4 * (off + steep))
        tame = off <= CLOSE * around
        split = ~(clear | tame) & (width > 4 * EPSILON * np.maximum(np.abs(a), np.abs(b)))
        split &= np.isfinite(value) | np.isfinite(f[at]) | np.isfinite(f[at + 1])
        inserted = at + 1
        x = np.insert(x, inserted, middle)
        f, slope = np.insert(f, inserted, value), np.insert(slope, inserted, bend)
        halves = at + np.arange(len(at))
        active = np.zeros(len(x) - 1, bool)
        active[halves[split]] = active[halves[split] + 1] = True
    turns = _turns(x, f, slope)
    if len(turns):
        value, bend = curve(turns)
        order = np.argsort(np.concatenate([x, turns]), kind="stable")
        x, f, slope = (np.concatenate(pair)[order] for pair in ((x, turns), (f, value), (slope, bend)))
    return x, f, slope


def _turns(x: Any, f: Any, slope: Any) -> Any:
    """Where the cubics between points turn: a root beside a turn has another one on its other side."""
    width = np.diff(x)
    secant = np.diff(f) / width
    a = 3 * (slope[:-1] + slope[1:] - 2 * secant)
    b = 2 * (3 * secant - 2 * slope[:-1] - slope[1:])
    c = slope[:-1]
    root = np.sqrt(b * b - 4 * a * c)
    q = -0.5 * (b + np.where(b >= 0, 1.0, -1.0) * root)
    found = np.concatenate([x[:-1] + width * (q / a), x[:-1] + width * (c / q)])
    inside = (found > np.tile(x[:-1], 2)) & (found < np.tile(x[1:], 2))
    return np.unique(found[inside])


def _in_brackets(curve: Curve, x: Any, f: Any, slope: Any) -> Any:
    """The roots between neighbours of different signs: a row each, with the ends of its bracket, and whether
    that may hide others."""
    good = ~np.isnan(f)
    x, f = x[good], f[good]
    signs = np.sign(f)
    changes = np.flatnonzero(signs[:-1] * signs[1:] < 0)
    a, b, fa, fb = x[changes], x[changes + 1], f[changes], f[changes + 1]
    found, is_root = _between(curve, a, b, fa, fb)
    exact = x[signs == 0]
    bend = curve(found)[1] if len(found) else found
    hides = np.abs(bend) * (b - a) < FLAT * np.maximum(np.abs(fa), np.abs(fb))
    rows = np.stack([found, a, b, hides.astype(float)], axis=1)[is_root] if len(found) else np.zeros((0, 4))
    if len(exact):
        crossing = _crossing(x, signs, exact)
        rows = np.concatenate([rows, np.stack([crossing, crossing, crossing, 0 * crossing], axis=1)])
    order = np.argsort(rows[:, 0], kind="stable")
    rows = rows[order]
    return rows[np.concatenate([[True], np.diff(rows[:, 0]) > 0])] if len(rows) else rows


def _crossing(x: Any, signs: Any, exact: Any) -> Any:
    """Of the points where the function is exactly 0 those at which it changes its sign, and ends."""
    kept = []
    for point in exact:
        place = int(np.searchsorted(x, point))
        before = signs[:place][signs[:place] != 0]
        after = signs[place + 1 :][signs[place + 1 :] != 0]
        if not len(before) or not len(after) or before[-1] != after[0]:
            kept.append(point)
    return np.array(kept)


def _between(curve: Curve, a: Any, b: Any, fa: Any, fb: Any) -> tuple[Any, Any]:
    """The root in each bracket, by Newton's steps where they stay inside and bisection elsewhere; and whether
    it is one, and no pole and no jump."""
    low, high, first = a.copy(), b.copy(), np.minimum(np.abs(fa), np.abs(fb))
    sign = np.sign(fa)
    x, size = 0.5 * (low + high), np.abs(high - low)
    for round_ in range(200):
        if not len(x):
            break
        value, slope = curve(x)
        below = np.sign(value) == sign
        low, high = np.where(below, x, low), np.where(below, high, x)
        step = x - value / slope
        inside = (step > low) & (step < high) & (np.abs(step - x) < 0.5 * size)
        new = np.where(inside & (round_ % 8 != 7), step, 0.5 * (low + high))
        new = np.where(value == 0, x, new)
        size = np.abs(new - x)
        done = size <= EPSILON * np.abs(x)
        x = new
        if done.all():
            break
    if not len(x):
        return x, np.zeros(0, bool)
    for _ in range(2):  # with more digits
        value, slope = curve.exact(x), curve(x)[1]
        step = np.asarray(x - value / slope, float)
        x = np.where((step >= a) & (step <= b) & (np.abs(step - x) <= 1e-6 * (b - a)), step, x)
    value, slope = curve(x)
    ulp = np.maximum(np.abs(x) * EPSILON, 5e-324)
    small = np.abs(value) <= np.maximum(16 * np.abs(slope) * ulp, 1e-9 * first)
    beside = [np.abs(curve(x + sign * NEAR * ulp)[0]) for sign in (-1, 1)]
    pole = (beside[0] < np.abs(value)) & (beside[1] < np.abs(value))
    return x, small & (np.abs(value) <= first) & ~pole
