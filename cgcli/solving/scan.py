"""Roots of one unknown in a range: where a function changes its sign, and is not torn.

Points are taken closer where a cubic through values and slopes does not foretell the value between them.
"""

from __future__ import annotations

from itertools import pairwise
from math import inf

import numpy as np

from cgcli.annotations import Any
from cgcli.solving.curve import Curve
from cgcli.solving.samples import crossing, first_points, middle, turns, zeros
from cgcli.solving.triangle import EPSILON

# Points to begin with, and at most: of all, and through a glass.
FIRST, MOST, GLASS = 2**10 + 1, 2**19, 2**14

# Where a function is exactly 0 at so many of the first points in a row it is 0 between them, too.
FEWEST = 4

# Between points that are closer, as a part of the range, what a cubic does not foretell may be rounding.
FINE = 2.0**-24

# And closer than this they are not taken: at a pole a function is never tame.
CLOSEST = 2.0**-70

# What a cubic may be off at the middle, as a part of the largest value around it.
CLOSE = 1e-3

# Doubles away from a root the function is larger, and away from a pole it is smaller.
NEAR = 1000

# A slope at a root that is less than this part of the slope over its bracket may hide others beside it.
FLAT = 0.1


# More changes of sign are not looked at.
CHANGES = 50_000

# Roots that are looked for at once; and where there is a limit of time.
AT_ONCE, IN_TIME = 2**14, 2**6

# What part of the time there is points may be taken closer in; the rest is for the roots between them.
LOOKING = 0.6


def roots(curve: Curve, low: float, high: float) -> Any:
    """All roots with a change of sign from low to high, both ends included, ascending."""
    x = first_points(low, high, FIRST)
    curve.fine = FINE * high - FINE * low
    sampled = _sampled(curve, x)
    curve.zeros = zeros(*sampled[:2], (high / FIRST - low / FIRST) * FEWEST)
    curve.is_crowded = _changes(curve, *sampled[:2]) > CHANGES
    if curve.is_crowded:
        return np.zeros(0)
    found = _in_brackets(curve, *sampled)
    if curve.is_late:
        return found[:, 0]
    found = _apart(found, _clear_of_noise(curve, found[:, 0], low, high))
    for _ in range(8):  # what lies closer together than points is looked at through a glass
        more = [found[:, 0]]
        for _, left, right, hides in found:
            if curve.is_over():
                break
            if hides and right - left > 8 * EPSILON * max(abs(left), abs(right)):
                inside = left + np.arange(65) * ((right - left) / 64)
                more.append(_in_brackets(curve, *_sampled(curve, inside, GLASS))[:, 0])
        seen = np.unique(np.concatenate(more))
        if len(seen) == len(found) or curve.is_late:
            break
        found = _apart(found, seen)
    return _clear_of_noise(curve, found[:, 0], low, high)


def _changes(curve: Curve, x: Any, f: Any) -> int:
    """How often the sign changes; where there are many of them, beyond what rounding makes."""
    known = ~np.isnan(f)
    x, f = x[known], f[known]
    at = np.flatnonzero(np.diff(np.sign(f)))
    if len(at) <= CHANGES:
        return len(at)
    larger = np.where(np.abs(f[at]) > np.abs(f[at + 1]), at, at + 1)
    return int(np.count_nonzero(np.abs(f[larger]) > 16 * curve.rounding(x[larger], f[larger])))


def _clear_of_noise(curve: Curve, found: Any, low: float, high: float) -> Any:
    """The roots, of those between which the function is no more than its rounding one, if the sign is another
    on its other side."""
    if len(found) < 2:
        return found
    noise, value = np.ones(len(found) + 1, bool), np.zeros(len(found) + 1)
    for part in (0.5, 0.37):  # a pole may be at one of them, and is no more than its rounding, too
        between = np.concatenate([[low], found[:-1] + part * np.diff(found), [high]])
        here = curve(between)[0]
        value = np.where(noise, here, value)
        noise &= _is_noise(curve, between, here, np.abs(here), noise)
    noise[[0, -1]] = False
    kept, edges = [], np.flatnonzero(~noise)
    for first, last in pairwise(edges):
        if last - first == 1:
            kept.append(found[first])
        elif np.sign(value[first]) != np.sign(value[last]):
            kept.append(0.5 * (found[first] + found[last - 1]))
    return np.array(kept)


def one_root(curve: Curve, low: float, high: float) -> Any:
    """A root where the signs at both ends differ; none where they do not, or there is a pole alone."""
    ends = np.array([low, high])
    f, slope = curve.signed(ends)
    for end, value in zip(ends, f, strict=True):
        if value == 0:
            return np.array([end])
    if np.isnan(f).any():
        return roots(curve, low, high)[:1]
    if not np.sign(f[0]) * np.sign(f[1]) < 0:
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


def _sampled(curve: Curve, x: Any, most: int = MOST) -> tuple[Any, Any, Any]:
    """Points, values and slopes, close enough together for the function between them to be a cubic, or to
    have no root."""
    f, slope = curve(x)
    active, trusted = np.ones(len(x) - 1, bool), np.zeros(len(x) - 1, bool)
    while active.any():
        if len(x) > most or curve.is_over(LOOKING):
            curve.is_whole = curve.is_whole and most < MOST
            break
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
        good = clear | tame | _is_noise(curve, middle, value, off, width < curve.fine)
        split = ~(good & trusted[at]) & (width > 4 * EPSILON * np.maximum(np.abs(a), np.abs(b)))
        split &= (a < middle) & (middle < b) & (width > CLOSEST / FINE * curve.fine)
        split &= np.isfinite(value) | np.isfinite(f[at]) | np.isfinite(f[at + 1])
        inserted = at + 1
        x = np.insert(x, inserted, middle)
        f, slope = np.insert(f, inserted, value), np.insert(slope, inserted, bend)
        halves = at + np.arange(len(at))
        active, trusted = np.zeros(len(x) - 1, bool), np.zeros(len(x) - 1, bool)
        active[halves[split]] = active[halves[split] + 1] = True
        trusted[halves[good]] = trusted[halves[good] + 1] = True  # once more: it may have been by chance
    turned = turns(x, f, slope)
    if len(turned):
        value, bend = curve(turned)
        order = np.argsort(np.concatenate([x, turned]), kind="stable")
        x, f, slope = (np.concatenate(pair)[order] for pair in ((x, turned), (f, value), (slope, bend)))
    return x, f, slope


def _is_noise(curve: Curve, x: Any, value: Any, off: Any, asked: Any) -> Any:
    """Whether what was not foretold at some points is no more than rounding, where that is asked."""
    found = np.zeros(len(x), bool)
    at = np.flatnonzero(asked)
    if len(at):
        found[at] = off[at] <= 16 * curve.rounding(x[at], value[at])
    return found


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
    for low, high in curve.zeros:
        exact = exact[(exact < low) | (exact > high)]
    bend = curve(found)[1] if len(found) else found
    hides = np.abs(bend) * (b - a) < FLAT * np.maximum(np.abs(fa), np.abs(fb))
    rows = np.stack([found, a, b, hides.astype(float)], axis=1)[is_root] if len(found) else np.zeros((0, 4))
    if len(exact):
        exact = crossing(x, signs, exact)
        rows = np.concatenate([rows, np.stack([exact, exact, exact, 0 * exact], axis=1)])
    order = np.argsort(rows[:, 0], kind="stable")
    rows = rows[order]
    return rows[np.concatenate([[True], np.diff(rows[:, 0]) > 0])] if len(rows) else rows


def _between(curve: Curve, *brackets: Any) -> tuple[Any, Any]:
    """The root in each bracket, which has two ends and the values there; and whether it is one, and no pole
    and no jump. Some at a time: where time is short those that come first are found."""
    step = AT_ONCE if curve.seconds == inf else IN_TIME
    starts = range(0, len(brackets[0]), step)
    parts = [_refined(curve, *(each[start : start + step] for each in brackets)) for start in starts]
    if not parts:
        return brackets[0], np.zeros(0, bool)
    return np.concatenate([x for x, _ in parts]), np.concatenate([is_root for _, is_root in parts])


def _refined(curve: Curve, a: Any, b: Any, fa: Any, fb: Any) -> tuple[Any, Any]:
    """The same, by Newton's steps where they stay inside and bisection elsewhere."""
    first, sign = np.minimum(np.abs(fa), np.abs(fb)), np.sign(fa)
    x = 0.5 * (a + b)
    left = np.arange(len(x))  # those that are looked for still
    low, high, at, size = a.copy(), b.copy(), x.copy(), np.abs(b - a)
    for round_ in range(200):
        if not len(left) or curve.is_over():
            x[left] = np.nan
            break
        value, slope = curve.signed(at)
        below = np.sign(value) == sign[left]
        low, high = np.where(below, at, low), np.where(below, high, at)
        step = at - value / slope
        inside = (step > low) & (step < high) & (np.abs(step - at) < 0.5 * size)
        new = np.where(inside & (round_ % 8 != 7), step, middle(low, high, round_))
        new = np.where(value == 0, at, new)
        size = np.abs(new - at)
        more = size > EPSILON * np.abs(at)
        x[left] = new
        left, low, high, at, size = (each[more] for each in (left, low, high, new, size))
    if np.isnan(x).all():
        return x, np.zeros(len(x), bool)
    for _ in range(2):  # with more digits
        value, slope = curve.exact(x), curve(x)[1]
        step = np.asarray(x - value / slope, float)
        x = np.where((step >= a) & (step <= b) & (np.abs(step - x) <= 1e-6 * (b - a)), step, x)
    value, slope = curve(x)
    ulp = np.maximum(np.abs(x) * EPSILON, 5e-324)
    small = np.abs(value) <= np.maximum(16 * np.abs(slope) * ulp, 1e-9 * first)
    sides = [x - NEAR * ulp, x + NEAR * ulp]
    beside = [np.abs(curve(side)[0]) for side in sides]
    pole = (beside[0] < np.abs(value)) & (beside[1] < np.abs(value))
    found = small & (np.abs(value) <= first) & ~pole
    rest = ~found & np.isfinite(fa) & np.isfinite(fb) & (np.abs(value) <= np.maximum(np.abs(fa), np.abs(fb)))
    if rest.any():
        for side, size in zip(sides, beside, strict=True):  # all around may be rounding
            rest &= ~pole | (size <= 16 * curve.rounding(side, size))
        found[rest] = np.abs(value[rest]) <= 16 * curve.rounding(x[rest], value[rest])
    return x, found
