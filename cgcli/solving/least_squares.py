"""Least squares by a trust region, on triangles: Levenberg and Marquardt's method, scaled as More has it.

J. J. More, The Levenberg-Marquardt algorithm: implementation and theory, Lecture Notes in Mathematics 630
(1978). Bounds are kept by an active set: what is at one and would leave it stays there.
"""

from __future__ import annotations

import numpy as np

from cgcli.annotations import Any, Callable
from cgcli.solving.outcome import Outcome, Watch, nobody, stopped
from cgcli.solving.triangle import EPSILON, Singular, Triangle, norm, solved, trusted

# The triangle at a vector; where the second argument says so, its residuals have more digits than doubles.
Problem = Callable[[Any, bool], Triangle]

# The first radius, as a multiple of the length of the scaled start.
FACTOR = 100.0

# A column is measured by at most so many times its length.
STALE = 1e8

# A sum that is lowered by less than this part is at its least up to what steps can tell.
FLAT = 1e-13

# From this size of steps on, as parts of the unknowns, residuals are found with more digits.
NEAR = 1e-5

# Steps that are more than this part of the one before hardly become shorter.
SLOW = 0.1

# A step of more digits may add so much to the sum, which has rounding of its own.
ROUGH = 1e-6

# What the last step may be, as a part of each unknown, for that to count as the answer.
NEARLY = 1e-8

# An unknown that is this part of what could be seen in the data is 0.
ZERO = 1.0 / 64.0

# Where rounding may leave an unknown off by this part, more digits are asked for; and for few residuals,
# for which they are found in no time, where it may leave it off at all.
ROUGHLY, FEW = 1e-12, 50

# Steps by default.
STEPS = 2000


class Search:
    """A run of the method from one start.

    x, triangle     the best point, and what is there
    """

    def __init__(
        self,
        problem: Problem,
        start: Any,
        low: Any,
        high: Any,
        watch: Watch = nobody,
        factor: float = FACTOR,
        linear: Any = None,
        hessian: Callable[[Any], Any] | None = None,
        precise: bool = True,
    ) -> None:
        """`linear` are places of unknowns in which residuals are linear; `hessian` gives the second
        derivatives of half the sum; `precise` is whether residuals may have more digits than doubles."""
        self.linear, self.hessian, self.precise = linear, hessian, precise
        self.problem, self.low, self.high, self.watch = problem, low, high, watch
        self.wide = False
        self.x, self.iterations, self.evaluations, self.factor = start.copy(), 0, 1, factor
        self.triangle = problem(self.x, False)
        self.scale = self._scales(np.zeros(len(start)))
        self.radius = 0.0

    def _scales(self, before: Any) -> Any:
        """What steps are measured by: the longest that a column has been, but not so long that nothing would
        be seen of what it is now."""
        lengths = self.triangle.lengths()
        return np.maximum(np.where(lengths > 0, np.minimum(before, STALE * lengths), before), lengths)

    def begin(self) -> None:
        """Take the first radius."""
        self._project()
        self.radius = self.factor * norm(self.scale * self.x) or self.factor

    def free(self) -> Any:
        """Which unknowns may move: all but those that would leave the bound that they are at."""
        toward = self.triangle.R.T @ self.triangle.c
        held = ((self.x <= self.low) & (toward <= 0)) | ((self.x >= self.high) & (toward >= 0))
        return ~held

    def run(self, most: int, tolerance: float | None) -> Outcome:
        """Step until nothing is to be gained."""
        if not self.triangle.finite:
            return self._outcome(False, "the start has no finite residuals")
        self.begin()
        found = self._gone_on(most, tolerance)
        if not found.converged and self._is_hidden():
            self.wide, self.triangle = True, self.problem(self.x, True)
            self.begin()
            found = self._gone_on(most, tolerance)
        return found

    def _gone_on(self, most: int, tolerance: float | None) -> Outcome:
        """Steps from here, and the last ones."""
        while self.iterations < most:
            if not self.step() or self.small(NEAR) < 1:
                return self._polished(most, tolerance)
        return self._outcome(False, stopped(most))

    def _is_hidden(self) -> bool:
        """Whether residuals are so small beside the data that rounding of these may hide what steps gain."""
        return self.precise and EPSILON * self.triangle.data**0.5 > FLAT * self.triangle.total**0.5

    def step(self) -> bool:
        """A step, if one of some length lowers the sum: whether one does."""
        self.iterations += 1
        triangle, free = self.triangle, self.free()
        while True:
            move = self._move(free)
            new = self._moved(move)
            move = new - self.x
            length = norm(self.scale * move)
            left = triangle.c - triangle.R @ move
            foreseen = float(triangle.c @ triangle.c - left @ left)
            if not move.any() or not foreseen > FLAT * FLAT * triangle.total:
                return False
            found = self.problem(new, self.wide)
            self.evaluations += 1
            gained = triangle.total - found.total if found.finite else -np.inf
            ratio = gained / foreseen
            if ratio < 0.25:
                self.radius = min(self.radius, length) * (0.25 if np.isfinite(ratio) else 0.1)
            elif ratio > 0.75 or length < 0.9 * self.radius:
                self.radius = max(self.radius, 2.0 * length)
            if ratio > 1e-4:
                self.x, self.triangle = new, found
                self.scale = self._scales(self.scale)
                self._project()
                self.watch(self.iterations, self.x, {"sum": found.total, "radius": self.radius})
                return True
            if foreseen <= FLAT * triangle.total or length <= EPSILON * norm(self.scale * self.x):
                return False

    def _moved(self, move: Any) -> Any:
        """Where a step leads, within the bounds: to one of them, where rounding alone keeps it off."""
        new = np.minimum(np.maximum(self.x + move, self.low), self.high)
        for bound in (self.low, self.high):
            near = np.abs(new - bound) <= 2 * EPSILON * np.maximum(np.abs(self.x), np.abs(move))
            new = np.where(near, bound, new)
        return new

    def _project(self) -> None:
        """Put the unknowns in which the model is linear where the sum is least for the others."""
        if self.linear is None:
            return
        move = np.zeros(len(self.x))
        move[self.linear] = Singular(self.triangle.R, self.linear).solution(self.triangle.c)
        new = self.x + move
        if ((new < self.low) | (new > self.high)).any():
            return
        found = self.problem(new, self.wide)
        self.evaluations += 1
        if found.finite and found.total < self.triangle.total:
            self.x, self.triangle = new, found
            self.scale = self._scales(self.scale)

    def _move(self, free: Any) -> Any:
        """The least of the model within the radius, along what is free; what would leave a bound stops
        there, and the rest is found again."""
        R, rest = self.triangle.R, self.triangle.c.copy()
        move, free = np.zeros(len(self.x)), free.copy()
        while free.any():
            move[free] = trusted(R[:, free], rest, self.scale[free], self.radius)
            new = self.x + move
            beyond = free & ((new < self.low) | (new > self.high))
            if not beyond.any():
                break
            move[beyond] = np.where(new < self.low, self.low, self.high)[beyond] - self.x[beyond]
            rest -= R[:, beyond] @ move[beyond]
            free &= ~beyond
        return move

    def newton(self) -> Any:
        """The whole step of Gauss and Newton along what is free."""
        free, move = self.free(), np.zeros(len(self.x))
        if self.triangle.step is not None and free.all():
            return self.triangle.step
        if free.any():
            move[free] = Singular(self.triangle.R, free).solution(self.triangle.c)
        return move

    def small(self, part: float) -> float:
        """How long that step is, as a multiple of a part of each unknown."""
        return float(np.max(parts(self.newton(), self.x, self.triangle), initial=0.0)) / part

    def _polished(self, most: int, tolerance: float | None) -> Outcome:
        """The last steps, with residuals of more digits, and what is told of them."""
        size = self._whole_steps(most, tolerance)
        if size is None:
            return self._outcome(False, stopped(most))
        if not np.isfinite(size):
            return self._outcome(False, "no finite step leads on from here")
        if self.triangle.total == 0 and self.triangle.c.any():
            return self._outcome(False, "the squares of what is left are below the least double")
        if size > max(tolerance or 0.0, NEARLY):
            told = f"no step lowers the sum, and the last would be {size:.1g} of a parameter"
            return self._outcome(False, told)
        return self._outcome(True, f"no parameter moves by more than {power(size):.0e} of itself")

    def settled(self, found: Outcome, rounding: Any, most: int, tolerance: float | None) -> Outcome:
        """What has converged, with what rounding leaves of it: where that is seen, after steps with still
        more digits. `rounding` is a `fitting.Fit`."""
        off = self._off(rounding)
        if off > (ROUGHLY if self.triangle.rows > FEW else EPSILON) and rounding.sharpen(self.x):
            self.hessian = None if rounding.is_linear else self.hessian
            before = self.x, self.triangle, self.iterations
            sharper = self._polished(most, tolerance)
            if sharper.converged:
                found = sharper
            else:  # as there were no more steps
                self.x, self.triangle, self.iterations = before
            off = self._off(rounding)
        if found.converged and not np.isfinite(off):
            return self._outcome(False, "nothing can be told of how far a parameter is off")
        if found.converged:
            found.reason = f"no parameter moves by more than {power(off):.0e} of itself"
            self._at_zero()
            found.vector = self.x
        return found

    def _at_zero(self) -> None:
        """Unknowns that the data determine and do not tell from 0 are 0."""
        free, zero = np.flatnonzero(self.free()), self.triangle.hides(ZERO * self.x)
        if not self.x[zero].any() or Singular(self.triangle.R, free).rank < len(free):
            return
        new = np.minimum(np.maximum(np.where(zero, 0.0, self.x), self.low), self.high)
        found = self.problem(new, True)
        self.evaluations += 1
        if found.finite and found.total <= self.triangle.total:
            self.x, self.triangle = new, found

    def _off(self, rounding: Any) -> float:
        """What rounding and another step may leave of an unknown, as a part of it."""
        off = np.abs(self.newton()) + rounding.off(self.x, self.triangle, self.free())
        off[self.triangle.hides(ZERO * self.x)] = 0.0
        return float(np.max(np.abs(off / np.where(off == 0, 1.0, self.x)), initial=0.0))

    def _whole_steps(self, most: int, tolerance: float | None) -> float | None:
        """Whole steps, for as long as they become shorter: by the exact Hessian, where those of Gauss and
        Newton hardly do. How long the last is, as a part of an unknown; None where there were too many."""
        if self.precise:
            accurate = self.problem(self.x, True)
            self.evaluations += 1
            self.triangle = accurate if accurate.finite else self.triangle
        best, before, worse, bent = None, np.inf, 0, False
        while True:
            size, move = self._whole_step(bent)
            if best is None or size < best[0]:
                best, worse = (size, self.x, self.triangle), 0
            else:
                worse += 1
            if size > SLOW * before and size > EPSILON and not bent and self.hessian is not None:
                bent, worse = True, 0
                continue
            if size <= max(EPSILON, tolerance or 0.0) or worse > 2 or not self.triangle.total:
                break
            if self.iterations >= most:
                return None
            new = self._moved(move)
            found = self.problem(new, True)
            self.evaluations += 1
            self.iterations += 1
            if not found.finite or found.total > self.triangle.total * (1 + ROUGH) + self._grain():
                break
            if size > 1 and found.total >= self.triangle.total:
                break
            before, self.x, self.triangle = size, new, found
            self.watch(self.iterations, new, {"sum": found.total, "step": size})
            if not self.precise and self._ends(size, tolerance):
                best = (min(best[0], EPSILON), self.x, self.triangle)
                break
        size, self.x, self.triangle = best
        return size

    def _grain(self) -> float:
        """What the sum may be more by because unknowns are doubles."""
        return float(np.sum(self.triangle.lengths() * EPSILON * np.abs(self.x)) ** 2)

    def _ends(self, before: float, tolerance: float | None) -> bool:
        """Take the last step without a look at where it leads, if the one after it would be rounding: it is
        so much shorter as this one is than the one before. Many rows are not passed over for nothing."""
        size, move = self._whole_step(False)
        if size * size > before * max(EPSILON, tolerance or 0.0):
            return False
        self.x = self._moved(move)
        return True

    def _whole_step(self, bent: bool) -> tuple[float, Any]:
        """The largest part of an unknown that a step moves, and the step."""
        move = self.newton()
        if bent and self.hessian is not None:
            free = np.flatnonzero(self.free())
            found = self.hessian(self.x)[np.ix_(free, free)]
            exact = solved(found, (self.triangle.R.T @ self.triangle.c)[free])
            if exact is not None and exact @ found @ exact > 0:
                move = np.zeros(len(self.x))
                move[free] = exact
        return float(np.max(parts(move, self.x, self.triangle), initial=0.0)), move

    def _outcome(self, converged: bool, reason: str) -> Outcome:
        return Outcome(self.x, "lm", converged, reason, self.iterations, self.evaluations)


def parts(move: Any, x: Any, triangle: Triangle) -> Any:
    """How far each unknown moves, as a part of it; what no double of the data would tell is rounding, of the
    move, or where that is known of the unknown."""
    found = np.abs(move) / np.where(x == 0, 1.0, np.abs(x))
    told = move if triangle.step is None else ZERO * x
    return np.where(triangle.hides(told), np.minimum(found, EPSILON), found)


def power(size: float) -> float:
    """The next power of ten, down to the last digit of a double."""
    digit, _, exponent = f"{max(size, 1e-15):.0e}".partition("e")
    return float(f"1e{int(exponent) + (digit != '1')}")
