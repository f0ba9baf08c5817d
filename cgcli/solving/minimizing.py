"""Minimising: some method to the neighbourhood of a minimum, and Newton's to the last digit."""

from __future__ import annotations

import numpy as np

from cgcli.annotations import Any
from cgcli.ending import Ended
from cgcli.solving.optimality import DENSE, EXACT, FLAT, NEAR, Point, polished
from cgcli.solving.outcome import Outcome, Watch, nobody, stopped
from cgcli.solving.probing import around, sizes
from cgcli.solving.search import BOTTOMLESS, Search, Stopped
from cgcli.solving.smooth import Smooth

# What is taken for active, as `optimality.NEAR`.
NEARER = (NEAR, 1e-4, 1e-2)

# Unknowns for which steps take whole matrices of second derivatives, without constraints.
EXACTLY = 200

# As `optimality.FLAT`, where the unknowns have become small beside what they were.
FLATTER = 1e-13

# What pulls is reached where what is left of it costs no more than this part of the objective.
FAR = 1e-9

# A curvature below this part of the largest leads down.
BENT = -1e-7

# One below this decides nothing.
DECIDED = 1e-12

# So much of the sizes of the unknowns beside a minimum its curvature is still there.
BESIDE = 1e-8

# So much of the size of an unknown away a slope has jumped.
JUMP = 1e-12

# How often a method begins again, where a gradient that is not small has become less than this part.
AGAIN, LESS = 50, 1e-3

# Rounds of a method and Newton's.
ROUNDS = 4

# Unknowns and constraints together, for which SLSQP is the quicker.
FEW = 60


FALLS = "the objective falls without end"
ENDLESS = "the objective is no larger far away, and may have no least value"

# An unknown that is less than this part of what it is beside is what rounding has left of 0.
ROUNDED = float(np.finfo(float).eps)


class Minimum(Outcome):
    """What was found.

    point       the conditions there
    curvature   the least one of the Lagrangian, as a part of the largest; or None
    error       how far a minimum may be, as a part of the unknowns; or None
    is_saddle   whether the gradient is 0, and a direction leads down
    lower       a point beside it with a lower value, where derivatives decide nothing; or None
    corners     at corners, the problem in which these are conditions, and the point of that; or None
    """

    point: Point
    curvature: float | None = None
    error: float | None = None
    is_saddle = False
    lower: Any = None
    corners: tuple[Smooth, Point] | None = None


class Run:
    """One search from a start."""

    def __init__(
        self, smooth: Smooth, most: int | None, tolerance: float | None, watch: Watch = nobody
    ) -> None:
        self.smooth, self.tolerance = smooth, tolerance
        self._watch = watch
        self._search = Search(smooth, most, watch)
        self._downhill: Any = None
        self._name = ""

    def minimum(self, start: Any, method: str) -> Minimum:
        """`method` is one of those of `search`, or "auto"."""
        smooth, vector, told = self.smooth, start, ""
        names = [method] if method != "auto" else self._methods()
        found: Minimum | None = None
        name = names[0]
        try:
            for turn in range(ROUNDS):
                name = names[min(turn, len(names) - 1)]
                vector = self._reached(name, vector)
                found = self.judged(name, vector)
                told = found.reason
                if found.converged or (found.reason == FALLS and found.point.broken <= EXACT):
                    return self._at_zero(found) if found.converged else found
                vector = self._onward(found)
                if found.point.broken > EXACT:
                    vector = self._search.feasible(vector)
                    nearest = Point(smooth, vector, NEAR)
                    before = found.point.broken if turn == 0 else 0.0
                    if nearest.broken > max(0.9 * before, NEAR):
                        found.point, found.vector = nearest, vector
                        break
        except Stopped:
            told = stopped(self._search.most, "iteration")
            found = self.judged(name, self._search.best(vector))
            if found.converged:
                return found
        assert found is not None
        if found.point.broken > EXACT and smooth.count:
            told = self._reason_of_breach(found, told)
        found.reason = told
        return found

    def _at_zero(self, found: Minimum) -> Minimum:
        """With 0 for unknowns that are 0 but for rounding, where that is as low and breaks no more."""
        zero = np.abs(found.vector) <= ROUNDED * found.point.typical
        moved = self.smooth.unknowns.clipped(np.where(zero, 0.0, found.vector))
        if (moved == found.vector).all():
            return found
        there = self.judged(self._name, moved)
        is_as_low = there.point.value <= found.point.value and there.point.violation <= found.point.violation
        return there if there.converged and is_as_low else found

    def ended(self, end: Ended) -> Minimum:
        """The best point that there was when the search was ended. Raises that where there was none."""
        vector = self._search.best(None)
        if vector is None:
            raise end
        found = Minimum(vector, self._name, False, end.reason, self._search.count, self.smooth.calls)
        found.point = Point(self.smooth, vector, NEAR)
        return found

    def _reached(self, name: str, vector: Any) -> Any:
        """Where a method ends, which may be so far down a steep start that its end is not to be seen from it:
        again, for as long as the gradient becomes far less."""
        self._name = name
        for _ in range(AGAIN):
            before, vector = vector, self._search.reached(name, vector)
            if self.smooth.count:
                break
            steep, left = (
                float(np.max(np.abs(self.smooth.gradient(x)), initial=0.0)) for x in (before, vector)
            )
            if not (1.0 < left < LESS * steep and self.smooth.value(vector) < self.smooth.value(before)):
                break
        return vector

    def neighbour(self, smooth: Smooth, vector: Any) -> Any:
        """Where the first method ends for a problem that is nearly this one."""
        search = Search(smooth, self._search.most - self._search.count, self._watch)
        try:
            return search.reached(self._methods()[0], vector)
        except Stopped:
            return search.best(vector)
        finally:
            self._search.count += search.count

    def _methods(self) -> list[str]:
        smooth = self.smooth
        if smooth.general:
            few = smooth.unknowns.size + smooth.general <= FEW
            return ["slsqp", "interior-point", "trust-constr"] if few else ["interior-point", "slsqp"]
        if smooth.unknowns.is_bounded:
            return ["l-bfgs-b", "slsqp" if smooth.unknowns.size <= DENSE else "l-bfgs-b"]
        return ["trust-exact", "bfgs"] if smooth.unknowns.size <= EXACTLY else ["l-bfgs-b", "trust-krylov"]

    # Judging

    def judged(self, name: str, vector: Any) -> Minimum:
        """The point that Newton's method finds nearby, where that is better, and whether it is a minimum.
        What is active is not always plain: more and more is taken for it."""
        before = Point(self.smooth, vector, NEAR)
        first: Minimum | None = None
        for near in NEARER:
            found = self._candidate(name, before, near)
            if found.converged:
                return found
            first = first or found
            if not self.smooth.count or self.smooth.unknowns.size > DENSE:
                break
        assert first is not None
        first.iterations, first.evaluations = self._search.count, self.smooth.calls
        return first

    def _candidate(self, name: str, before: Point, near: float) -> Minimum:
        smooth = self.smooth
        point, steps, step = polished(smooth, before.vector, self._search.most - self._search.count, near)
        # what was broken may have been worth as much to the objective
        worth = before.violation * (1.0 + float(np.max(np.abs(point.multipliers), initial=0.0)))
        most = before.value + 1e-9 * abs(before.value) + 1e3 * worth + 1e-300
        if point.broken > max(before.broken, EXACT) or point.value > most:
            point, step = before, None
        self._search.count += steps
        found = Minimum(point.vector, name, False, "", self._search.count, smooth.calls)
        found.point = point
        self._judge(found, step)
        broken = point.unqualified() if found.converged else []
        if broken:
            found.reason += (
                f"; but constraint qualification fails at `{'` and `'.join(broken[:2])}`, whose gradients "
                "vanish or cancel there: the answer has few digits"
            )
        found.evaluations = smooth.calls
        return found

    def _judge(self, found: Minimum, step: Any) -> None:
        smooth, point = self.smooth, found.point
        if point.value <= BOTTOMLESS or (point.norm > 0 and self._search.falls(point.vector)):
            found.reason = FALLS
            return
        if not np.isfinite(point.residual).all():
            found.reason = "the derivatives are not finite at the best point"
            if np.isfinite(point.value) and point.broken <= EXACT and smooth.unknowns.size <= DENSE:
                self._probe(found, found.reason, np.full((smooth.unknowns.size,) * 2, np.nan), None)
            return
        if step is not None:
            moved = np.abs(step) / np.maximum(np.abs(point.vector), 1e-300)
            found.error = float(np.max(np.where(np.abs(step) <= 1e-15, 0.0, moved), initial=0.0))
        if smooth.unknowns.size > DENSE:
            bent = smooth.times(point.vector, -point.multipliers, point.vector)
            size = float(np.max(np.abs(bent), initial=0.0)) + float(np.max(np.abs(point.gradient)))
            flat = point.norm <= FLAT * max(size, abs(point.value))
            found.reason = "the gradient is not 0 yet"
            if flat and point.broken <= EXACT:
                self._probe(found, "the gradient is 0", None, None)
            return
        matrix = smooth.hessian(point.vector, -point.multipliers)
        if point.broken > EXACT:
            found.reason = f"a constraint is broken by {point.violation:.3g}"
            return
        if point.gap > FAR:
            found.reason = "constraints that pull are not reached yet"
            return
        if np.isfinite(matrix).all():
            found.curvature, self._downhill = point.curvature(matrix)
        known = np.nan_to_num(matrix)
        if point.norm > max(
            FLAT * point.size(known, point.vector), FLATTER * point.size(known, point.typical)
        ):
            if self._search.falls_along(point.vector, -point.residual):
                found.reason = FALLS
                return
            found.reason = f"the gradient is {point.norm:.3g} at the best point"
            corners = smooth.corners()
            if not corners and self._turns(point):
                self._probe(found, "the slope jumps through 0", matrix, None)
            elif not found.converged and self._search.fades(point.vector):
                found.reason += f"; {ENDLESS}"
            if corners:
                found.reason += f", and the objective has corners, as of `{corners[0]}`, which may be one"
            return
        if not np.isfinite(matrix).all() or point.is_steep(matrix):
            self._probe(found, "the conditions of first order hold", matrix, step)
            if found.lower is not None or not np.isfinite(matrix).all():
                return
            found.converged = False
        if found.curvature is not None and found.curvature < BENT:
            found.is_saddle = True
            found.reason = "it is a saddle or a maximum: the objective falls along a direction"
            return
        if self.tolerance is not None and found.error is not None and found.error > self.tolerance:
            found.reason = f"the unknowns are known to {found.error:.2g} of themselves"
            return
        if found.curvature is None or (found.curvature > DECIDED and not self._vanishes(point, matrix, step)):
            found.converged, found.reason = True, "the conditions of first and second order hold"
            return
        told = "the conditions of first order hold; second derivatives are 0 here, and decide nothing"
        self._probe(found, told, matrix, step)

    def _turns(self, point: Point) -> bool:
        """Whether the slope by an only unknown jumps there, from below 0 to above."""
        if len(point.vector) > 1 or point.multipliers.any():
            return False
        sides = [point.vector + side * JUMP * sizes(point) for side in (-1.0, 1.0)]
        slopes = [float(self.smooth.gradient(side)[0]) for side in sides]
        beyond = [float(self.smooth.gradient(1e3 * side - 999.0 * point.vector)[0]) for side in sides]
        jumps = all(abs(near) > 0.5 * abs(far) for near, far in zip(slopes, beyond, strict=True))
        return slopes[0] < 0 < slopes[1] and jumps

    def _probe(self, found: Minimum, told: str, matrix: Any, step: Any) -> None:
        """Look at values around a point of which derivatives do not say that it is a minimum."""
        point = found.point
        probe = around(point, matrix, step)
        found.lower, found.converged = probe.lower, probe.lower is None
        found.reason = f"{told}; no lower value was found nearby"
        goes_on = self._search.sinks(point.vector) or (probe.is_flat and self._search.ebbs(point.vector))
        if found.converged and goes_on:
            found.converged, found.reason = False, f"{told}; {ENDLESS}"
            return
        if probe.lower is not None:
            found.reason = "the gradient is 0, but there are lower values beside it: it is no minimum"
            if self._search.falls(point.vector):
                found.reason = FALLS
        elif probe.is_flat:
            found.reason += ", and it is flat" + " along a direction" * (len(point.vector) > 1)

    def _vanishes(self, point: Point, matrix: Any, step: Any) -> bool:
        """Whether the least curvature is 0 but for how far the point is from where it is: a little beside it,
        as far as a few of Newton's steps, it is another."""
        along = self._downhill
        if along is None:
            return False
        least = float(along @ matrix @ along)
        if step is None or least == 0:
            return least == 0
        length = 4.0 * float(np.max(np.abs(step), initial=0.0))
        length = max(length, BESIDE * float(np.max(np.abs(point.vector * along), initial=0.0)))
        sides = (point.vector + side * length * along for side in (-1.0, 1.0))
        bent = (self.smooth.times(side, -point.multipliers, along) for side in sides)
        found = [float(along @ one) for one in bent]
        return any(one <= 0.5 * least or one >= 2.0 * least for one in found)

    def _onward(self, found: Minimum) -> Any:
        """Where to begin again: beside a saddle, along the direction that leads down."""
        vector = found.vector
        if found.lower is not None:
            self._search.forget()
            return found.lower
        if found.curvature is not None and found.curvature < BENT and self._downhill is not None:
            size = max(1e-2, 1e-2 * float(np.linalg.norm(vector)))
            ways = [self._search.within(vector + side * size * self._downhill) for side in (1.0, -1.0)]
            values = [self.smooth.value(way) for way in ways]
            if found.is_saddle or min(values) <= found.point.value + 1e-9 * abs(found.point.value):
                self._search.forget()
                return ways[int(np.argmin(values))]
        return vector

    def _reason_of_breach(self, found: Minimum, told: str) -> str:
        """Why the constraints do not hold."""
        breaches = found.point.breaches()
        worst = int(np.flatnonzero(breaches == np.max(breaches))[0])
        text = next(
            slack.condition.text
            for slack in self.smooth.slacks
            if slack.part.start <= worst < slack.part.stop
        )
        return (
            f"no point was found at which the constraints hold: `{text}` is broken by "
            f"{found.point.violation:.6g} at the best one"
        )
