"""Whether a point is a minimum: the conditions of first and second order of Karush, Kuhn and Tucker, and
Newton's method on those of the first.

Nocedal and Wright, "Numerical Optimization" (2006), chapters 12 and 18.
"""

from __future__ import annotations

import numpy as np

from cgcli.annotations import Any
from cgcli.solving.smooth import Smooth

# A slack below this part of what it is the difference of is taken for 0: where a method has ended, and in
# the end.
NEAR, EXACT = 1e-6, 1e-11

# A gradient below this part of the terms it is the sum of is taken for 0.
FLAT = 1e-7

# One above this part of its terms is not.
STEEP = 1e-3

# A curvature below this part of the largest may be none.
NEARLY_FLAT = 1e-7

# A gradient vanishes if it is less than this part of what it is at this distance, a part of the unknowns.
VANISHING, DISTANCE = 1e-3, 1e-2

# Gradients cancel each other if one pulls so many times as hard as the objective.
CANCELLED = 1e4

# Steps of Newton's method, and how many may bring nothing; only one, where no more than this part is left.
STEPS, IDLE, LEFT = 60, 4, 1e-14

# More unknowns have no matrix of second derivatives.
DENSE = 1500


class Point:
    """What holds at a vector.

    value       of the objective
    slack       of each condition
    scale       what each is the difference of
    active      the places of those that are 0, or are to be
    rows        the gradients of these
    multipliers of all conditions; 0 of those that are not active
    residual    the gradient of the Lagrangian
    """

    def __init__(self, smooth: Smooth, vector: Any, near: float, active: Any = None) -> None:
        self.smooth, self.vector = smooth, vector
        self.value, self.gradient = smooth.value(vector), smooth.gradient(vector)
        self.slack = smooth.slack(vector)
        self._jacobian = smooth.jacobian(vector)
        self.scale = self._scales()
        if active is None:
            active = np.flatnonzero(smooth.equations | (self.slack <= near * self.scale))
        self.active = active
        self.rows = self.rows_of(active)
        self.multipliers = np.zeros(smooth.count)
        self.multipliers[active] = self._multipliers()
        self.residual = self.gradient - self.multipliers[active] @ self.rows

    def rows_of(self, places: Any) -> Any:
        """The gradients of some slacks."""
        smooth, size = self.smooth, self.smooth.unknowns.size
        found = np.zeros((len(places), size))
        general = places < smooth.general
        found[general] = self._jacobian[places[general]]
        units = np.zeros(smooth.count, int), np.zeros(smooth.count)
        for slack in smooth.slacks:
            if slack.places is not None:
                units[0][slack.part], units[1][slack.part] = slack.places, slack.sign
        at = np.flatnonzero(~general)
        found[at, units[0][places[at]]] = units[1][places[at]]
        return found

    def _scales(self) -> Any:
        """The sizes of both sides of each condition, and of what moves its slack."""
        smooth = self.smooth
        found = smooth.sizes(self.vector)
        if not np.isfinite(smooth.value(self.vector)):
            return np.zeros(smooth.count)
        for slack in smooth.slacks:
            if slack.places is not None:
                found[slack.part] += self.typical[slack.places]
        found[: smooth.general] += np.abs(self._jacobian) @ self.typical
        return found

    @property
    def typical(self) -> Any:
        """How large the unknowns are: here, or at the start; one that is 0 is seen beside the others."""
        sizes = np.maximum(np.abs(self.vector), np.abs(self.smooth.unknowns.start))
        return np.maximum(sizes, 1e-3 * np.max(np.abs(self.vector), initial=0.0))

    def _multipliers(self) -> Any:
        """Those that leave the least of the gradient; of inequalities none is below 0."""
        if not len(self.active) or not np.isfinite(self.gradient).all() or not np.isfinite(self.rows).all():
            return np.zeros(len(self.active))
        norms = np.linalg.norm(self.rows, axis=1)
        unit = self.rows / np.where(norms > 0, norms, 1.0)[:, None]
        found = np.linalg.lstsq(unit.T, self.gradient, rcond=1e-12)[0]
        free = self.smooth.equations[self.active]
        if (found[~free] < 0).any():
            from scipy.optimize import lsq_linear

            least = np.where(free, -np.inf, 0.0)
            found = lsq_linear(unit.T, self.gradient, (least, np.inf), tol=1e-14).x
            for one, other in zip(*np.nonzero(np.triu(unit @ unit.T <= -1.0 + 1e-12, 1)), strict=True):
                if not free[one] and not free[other]:  # opposite: only one of them pulls
                    found[[one, other]] -= min(found[one], found[other])
        return found / np.where(norms > 0, norms, 1.0)

    @property
    def violation(self) -> float:
        """By how much the worst condition does not hold, or 0."""
        return float(np.max(self.breaches(), initial=0.0))

    def breaches(self) -> Any:
        """By how much each condition does not hold."""
        return np.where(self.smooth.equations, np.abs(self.slack), np.maximum(-self.slack, 0.0))

    @property
    def broken(self) -> float:
        """The same, as a part of what the slack is the difference of."""
        broken = self.breaches()
        return float(
            np.max(np.divide(broken, self.scale, where=broken > 0, out=np.zeros_like(broken)), initial=0.0)
        )

    @property
    def gap(self) -> float:
        """What is left of conditions that pull, times that, as a part of the objective and of what they are
        differences of."""
        pulls = np.abs(self.multipliers)
        cost = float(np.sum(pulls * np.abs(self.slack), where=pulls > 0))
        return cost / (abs(self.value) + float(np.max(pulls * self.scale, initial=0.0))) if cost > 0 else 0.0

    def unqualified(self) -> list[str]:
        """The texts of the conditions that pull, or are to, and say little of where the point is: those whose
        gradient vanishes here and not beside, and those whose gradients nearly cancel each other."""
        smooth = self.smooth
        pulls = np.abs(self.multipliers[self.active]) * np.linalg.norm(self.rows, axis=1)
        gone = pulls > CANCELLED * float(np.linalg.norm(self.gradient))
        general = self.active < smooth.general
        places = self.active[general]
        if len(places):
            typical = np.where(self.typical > 0, self.typical, 1.0)
            away = DISTANCE * typical * np.cos(np.arange(1, self.vector.size + 1))
            beside = smooth.jacobian(smooth.unknowns.clipped(self.vector + away))[places]
            here = np.linalg.norm(self._jacobian[places], axis=1)
            vanishes = here <= VANISHING * np.linalg.norm(beside, axis=1)
            pulling = smooth.equations[places] | (self.multipliers[places] > 0)
            gone[general] |= vanishes & pulling
        return [
            slack.condition.text
            for slack in smooth.slacks
            if any(slack.part.start <= place < slack.part.stop for place in self.active[gone])
        ]

    @property
    def norm(self) -> float:
        """The largest component of the gradient of the Lagrangian."""
        return float(np.max(np.abs(self.residual), initial=0.0))

    def size(self, matrix: Any, vector: Any) -> float:
        """How large the terms are that the gradient of the Lagrangian consists of: those of its sum, and the
        second derivatives times the sizes of a vector."""
        return float(np.max(self._terms(matrix, vector), initial=0.0))

    def is_steep(self, matrix: Any) -> bool:
        """Whether a component of the gradient of the Lagrangian, small beside the others, is none beside its
        own terms."""
        return bool((np.abs(self.residual) > STEEP * self._terms(matrix, self.typical)).any())

    def _terms(self, matrix: Any, vector: Any) -> Any:
        terms = np.abs(self.multipliers[self.active]) @ np.abs(self.rows)
        return terms + np.abs(matrix) @ np.abs(vector)

    def free(self) -> Any:
        """A basis, a column each, of the directions along which nothing active moves. Those that are active
        without a pull do not count."""
        pulling = self.smooth.equations[self.active] | (self.multipliers[self.active] > 0)
        return _null(self.rows[pulling])

    def curvature(self, matrix: Any) -> tuple[float, Any]:
        """The least curvature of the Lagrangian along these, as a part of the largest, and its direction."""
        basis = self.free()
        if not basis.shape[1]:
            return np.inf, None
        values, vectors = np.linalg.eigh(basis.T @ matrix @ basis)
        rounded = np.finfo(float).eps * len(matrix) * float(np.max(np.abs(matrix), initial=0.0))
        values[np.abs(values) <= 4.0 * rounded] = 0.0
        largest = max(abs(float(values[0])), abs(float(values[-1])), 1e-300)
        return float(values[0]) / largest, basis @ vectors[:, 0]

    def flat(self, matrix: Any, basis: Any) -> Any:
        """The directions of a basis along which the curvature is next to none, a row each."""
        values, vectors = np.linalg.eigh(basis.T @ matrix @ basis)
        largest = float(np.max(np.abs(values), initial=0.0))
        return (basis @ vectors[:, np.abs(values) <= NEARLY_FLAT * largest]).T


def _null(rows: Any) -> Any:
    """A basis of the directions in which nothing of these moves."""
    if not len(rows):
        return np.eye(rows.shape[1])
    norms = np.linalg.norm(rows, axis=1)
    _, sizes, vectors = np.linalg.svd(rows / np.where(norms > 0, norms, 1.0)[:, None])
    return vectors[int(np.count_nonzero(sizes > 1e-10 * sizes[0])) :].T


def polished(smooth: Smooth, vector: Any, most: int, near: float) -> tuple[Point, int, Any]:
    """Newton's method on the conditions of first order, from a point near a minimum: the best point, how many
    steps were taken, and the last step, which says how far the minimum may be; or None."""
    point = best = Point(smooth, vector, near)
    last, idle, count, size = None, 0, 0, 0.0
    if smooth.unknowns.size > DENSE or not np.isfinite(point.residual).all():
        return best, 0, None
    while count < min(most, STEPS) and idle < IDLE:
        matrix = smooth.hessian(point.vector, -point.multipliers)
        if not np.isfinite(matrix).all():
            break
        size = max(size, point.size(matrix, point.vector))
        step, pull = _newton(point, matrix)
        if step is None:
            break
        count += 1
        if last is None or point is best:
            last = step
        moved = smooth.unknowns.clipped(point.vector + step)
        found = _active(smooth, point, moved, pull)
        if not (np.isfinite(found.residual).all() and np.isfinite(found.slack).all()):
            break
        still = np.array_equal(moved, point.vector)
        left = _off(best, size)
        if _off(found, size) < left:
            best, idle = found, 0
        else:
            idle += 1
        point = found
        if still or (idle and left <= LEFT):
            break
    return best, count, last


def _newton(point: Point, matrix: Any) -> tuple[Any, Any]:
    """The step to where the linearised conditions hold, and the multipliers there."""
    size, count = len(point.vector), len(point.active)
    whole = np.zeros((size + count, size + count))
    whole[:size, :size] = matrix
    whole[:size, size:] = -point.rows.T
    whole[size:, :size] = point.rows
    right = np.concatenate([-point.gradient, -point.slack[point.active]])
    scale = np.abs(whole).max(axis=1)
    scale = np.where(scale > 0, scale, 1.0)
    whole, right = whole / scale[:, None], right / scale
    try:
        found = np.linalg.solve(whole, right)
        if not np.isfinite(found).all() or np.linalg.norm(whole @ found - right) > 1e-8 * np.linalg.norm(
            right
        ):
            raise np.linalg.LinAlgError
    except np.linalg.LinAlgError:
        try:
            found = np.linalg.lstsq(whole, right, rcond=1e-13)[0]
        except np.linalg.LinAlgError:
            return None, None
    return found[:size], found[size:]


def _active(smooth: Smooth, before: Point, vector: Any, pull: Any) -> Point:
    """The point after a step: active stays what pulls, and what the step has broken joins it."""
    stays = before.active[smooth.equations[before.active] | (pull >= 0)]
    slack = smooth.slack(vector)
    joins = np.flatnonzero(slack < -1e-15 * before.scale)
    return Point(smooth, vector, NEAR, np.union1d(stays, joins).astype(int))


def _off(point: Point, size: float) -> float:
    """How far the conditions are from being fulfilled, and those that pull from equality, as parts of their
    terms."""
    pulling = point.active[point.multipliers[point.active] > 0]
    left, scale = np.abs(point.slack[pulling]), point.scale[pulling]
    apart = float(np.max(np.divide(left, scale, where=left > 0, out=np.zeros_like(left)), initial=0.0))
    return max(point.broken, apart, point.norm / size if size > 0 else point.norm)
