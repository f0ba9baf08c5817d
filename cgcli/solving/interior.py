"""A primal-dual interior-point method with exact second derivatives, for some hundred unknowns.

As Wachter and Biegler, "On the implementation of an interior-point filter line-search algorithm for
large-scale nonlinear programming" (2006), sections 2 and 3, with the exact penalty function of Nocedal and
Wright, "Numerical Optimization" (2006), section 19.4, in the place of the filter.
"""

from __future__ import annotations

import numpy as np

from cgcli.annotations import Any, Callable
from cgcli.solving.scaled import Scaled

# Where it ends, as a part of the terms; Newton's method on the conditions takes over there.
TOLERANCE = 1e-8

# The gradients of the objective and of each constraint are scaled down to this.
STEEP = 100.0

# A shorter step is none.
SHORTEST = 1e-11


class _State:
    """A point, with the values and derivatives there, scaled."""

    def __init__(self, search: Interior, x: Any, slopes: bool = True) -> None:
        smooth = search.smooth
        self.x = x
        self.f = search.by_f * smooth.value(x)
        c = search.by_c * smooth.slack(x)[: smooth.general]
        self.e, self.i = c[search.equal], c[~search.equal]
        if slopes:
            self.g = search.by_f * smooth.gradient(x)
            rows = search.by_c[:, None] * smooth.jacobian(x)
            self.je, self.ji = rows[search.equal], rows[~search.equal]

    @property
    def is_finite(self) -> bool:
        return bool(np.isfinite(self.f) and np.isfinite(self.e).all() and np.isfinite(self.i).all())


class Interior:
    """One search. `seen` is told of the vector after each iteration."""

    def __init__(self, smooth: Scaled, vector: Any, seen: Callable[[Any], Any]) -> None:
        self.smooth, self.seen = smooth, seen
        self.low, self.high = smooth.low, smooth.high
        self.has_low, self.has_high = np.isfinite(self.low), np.isfinite(self.high)
        self.equal = smooth.equations[: smooth.general]
        self.by_f, self.by_c = 1.0, np.ones(smooth.general)
        x = self._inside(vector)
        first = _State(self, x)
        steep = np.max(np.abs(first.g), initial=0.0)
        self.by_f = min(1.0, STEEP / steep) if 0 < steep < np.inf else 1.0
        rows = np.max(np.abs(smooth.jacobian(x)), axis=1, initial=0.0)
        self.by_c = np.where((rows > STEEP) & np.isfinite(rows), STEEP / np.where(rows > 0, rows, 1.0), 1.0)
        self.at = _State(self, x)
        self.mu, self.shift, self.weight = 0.1, 0.0, 1.0
        self.s = np.maximum(self.at.i, 1e-2)
        self.z = np.full(len(self.s), self.mu) / self.s
        self.y = np.zeros(len(self.at.e))
        self.zl, self.zu = self._pull(self.low, self.has_low), self._pull(self.high, self.has_high)

    def _inside(self, x: Any) -> Any:
        """The nearest point that is some way off the bounds."""
        width = np.where(self.has_low & self.has_high, self.high - self.low, np.inf)
        low = self.low + np.minimum(1e-2 * np.maximum(1.0, np.abs(self.low)), 1e-2 * width)
        high = self.high - np.minimum(1e-2 * np.maximum(1.0, np.abs(self.high)), 1e-2 * width)
        found = np.where(self.has_low, np.maximum(x, np.where(self.has_low, low, 0.0)), x)
        return np.where(self.has_high, np.minimum(found, np.where(self.has_high, high, 0.0)), found)

    def _gap(self, x: Any, bound: Any, has: Any) -> Any:
        """How far from a bound, and 1 where there is none."""
        return np.where(has, np.abs(x - np.where(has, bound, 0.0)), 1.0)

    def _pull(self, bound: Any, has: Any) -> Any:
        return np.where(has, self.mu / self._gap(self.at.x, bound, has), 0.0)

    def run(self, most: int) -> Any:
        """The vector at which the conditions of first order hold nearly, or the last one."""
        for _ in range(most):
            if not np.isfinite(self.at.g).all() or self._error(0.0) <= TOLERANCE:
                break
            while self._error(self.mu) <= 10.0 * self.mu and self.mu > TOLERANCE / 10.0:
                self.mu = max(TOLERANCE / 11.0, min(0.2 * self.mu, self.mu**1.5))
                self.weight = 1.0
            if not self._step():
                break
            self.seen(self.at.x)
        return self.at.x

    def _residuals(self, mu: float) -> tuple[Any, ...]:
        at = self.at
        dual = at.g - at.je.T @ self.y - at.ji.T @ self.z - self.zl + self.zu
        low = np.where(self.has_low, self._gap(at.x, self.low, self.has_low) * self.zl - mu, 0.0)
        high = np.where(self.has_high, self._gap(at.x, self.high, self.has_high) * self.zu - mu, 0.0)
        return dual, at.i - self.s, self.s * self.z - mu, low, high

    def _error(self, mu: float) -> float:
        """The largest of the residuals, those of the multipliers as parts of their sizes."""
        dual, left, *others = self._residuals(mu)
        pulls = np.concatenate([self.y, self.z, self.zl, self.zu])
        scale = max(100.0, float(np.mean(np.abs(pulls))) if len(pulls) else 0.0) / 100.0
        sizes = [np.abs(dual) / scale, np.abs(self.at.e), np.abs(left)]
        sizes += [np.abs(other) / scale for other in others]
        return float(max(np.max(one, initial=0.0) for one in sizes))

    def _step(self) -> bool:
        """Newton's step on the conditions with the barrier, as far as the penalty function falls."""
        at = self.at
        dual, left, comp, low, high = self._residuals(self.mu)
        gl, gu = self._gap(at.x, self.low, self.has_low), self._gap(at.x, self.high, self.has_high)
        weights = np.zeros(self.smooth.count)
        general = weights[: self.smooth.general]
        general[self.equal], general[~self.equal] = self.y, self.z
        general *= -self.by_c / self.by_f
        matrix = self.by_f * self.smooth.hessian(at.x, weights)
        ratio = self.z / self.s
        matrix = matrix + np.diag(self.zl / gl + self.zu / gu) + (at.ji.T * ratio) @ at.ji
        right = -dual - at.ji.T @ (comp / self.s + ratio * left) - low / gl + high / gu
        if not np.isfinite(matrix).all():
            return False
        solved = self._solver(matrix)
        if solved is None:
            return False
        dx, dy = solved(right, -at.e)
        ds = at.ji @ dx + left
        dz = -comp / self.s - ratio * ds
        dzl = np.where(self.has_low, (-low - self.zl * dx) / gl, 0.0)
        dzu = np.where(self.has_high, (-high + self.zu * dx) / gu, 0.0)
        rest = max(0.99, 1.0 - self.mu)
        most = min(
            _longest(self.s, ds, rest), _longest(gl, np.where(self.has_low, dx, 0.0), rest),
            _longest(gu, np.where(self.has_high, -dx, 0.0), rest),
        )  # fmt: skip
        found = self._searched(dx, ds, most, matrix, solved, right, left)
        if found is None:
            return False
        x, s = found
        dual_most = min(_longest(z, dz, rest) for z, dz in ((self.z, dz), (self.zl, dzl), (self.zu, dzu)))
        length = most if most < 1 else 1.0
        self.y = self.y + length * dy
        self.z, self.zl, self.zu = (
            z + dual_most * d for z, d in ((self.z, dz), (self.zl, dzl), (self.zu, dzu))
        )
        self.at, self.s = _State(self, x), s
        # multipliers that have gone far from what the barrier says are brought back
        self.z = np.minimum(np.maximum(self.z, 1e-10 * self.mu / self.s), 1e10 * self.mu / self.s)
        return True

    def _solver(self, matrix: Any) -> Any:
        """Solves the system for a step along which the objective is convex where the equations hold; a
        part of the identity is added where it is not."""
        je = self.at.je
        size = float(np.max(np.abs(matrix), initial=1e-300))
        rows = float(np.max(np.abs(je), initial=0.0))
        convex = (10.0 * size / rows**2) * (je.T @ je) if rows > 0 else 0.0
        shift, identity = 0.0, np.eye(len(matrix))
        for _ in range(60):
            try:
                np.linalg.cholesky(matrix + shift * identity + convex)
                break
            except np.linalg.LinAlgError:
                shift = max(1e-4 * min(size, 1.0), self.shift / 3.0) if shift == 0 else 8.0 * shift
        else:
            return None
        if shift > 0:
            self.shift = shift
        count = len(je)
        whole = np.block([
            [matrix + shift * identity, -je.T], [je, 1e-12 * rows * np.eye(count)],
        ])  # fmt: skip

        def solve(right: Any, equal: Any) -> tuple[Any, Any]:
            found = np.linalg.solve(whole, np.concatenate([right, equal]))
            return found[: len(right)], found[len(right) :]

        return solve

    def _barrier(self, at: _State, s: Any) -> float:
        gl, gu = self._gap(at.x, self.low, self.has_low), self._gap(at.x, self.high, self.has_high)
        logs = np.sum(np.log(s)) + np.sum(np.log(gl)) + np.sum(np.log(gu))
        return float(at.f - self.mu * logs)

    def _searched(
        self, dx: Any, ds: Any, most: float, matrix: Any, solved: Any, right: Any, left: Any
    ) -> tuple[Any, Any] | None:
        """How far along a step the barrier with the penalty falls enough; None where it does not."""
        at = self.at
        gl, gu = self._gap(at.x, self.low, self.has_low), self._gap(at.x, self.high, self.has_high)
        slope = float(
            at.g @ dx - self.mu * np.sum(ds / self.s)
            - self.mu * np.sum(np.where(self.has_low, dx / gl, 0.0))
            + self.mu * np.sum(np.where(self.has_high, dx / gu, 0.0))
        )  # fmt: skip
        broken = float(np.sum(np.abs(at.e)) + np.sum(np.abs(left)))
        if broken > 0:
            bent = max(0.5 * float(dx @ matrix @ dx), 0.0)
            self.weight = max(self.weight, (slope + bent) / (0.9 * broken))
        merit = self._barrier(at, self.s) + self.weight * broken
        falls = slope - self.weight * broken
        length = most
        rounding = 10.0 * np.finfo(float).eps * abs(merit)
        first = True
        while length > SHORTEST:
            for x, s in self._tried(dx, ds, length, solved, right, first):
                trial = _State(self, x, slopes=False)
                if not trial.is_finite or not (s > 0).all():
                    continue
                off = float(np.sum(np.abs(trial.e)) + np.sum(np.abs(trial.i - s)))
                if self._barrier(trial, s) + self.weight * off <= merit + 1e-4 * length * falls + rounding:
                    return x, s
            first = False
            length *= 0.5
        return None

    def _tried(self, dx: Any, ds: Any, length: float, solved: Any, right: Any, first: bool) -> Any:
        """The point after so much of a step; and at first that with a correction of second order, which goes
        back to where the constraints hold."""
        at = self.at
        x, s = at.x + length * dx, self.s + length * ds
        yield x, s
        if first and (len(at.e) or len(at.i)):
            trial = _State(self, x, slopes=False)
            if not trial.is_finite:
                return
            rest = max(0.99, 1.0 - self.mu)
            ratio = self.z / self.s
            left = trial.i - s + length * (at.i - self.s)
            more = -at.ji.T @ (ratio * (left - (at.i - self.s)))
            bx, _ = solved(right + more, -(trial.e + length * at.e))
            bs = at.ji @ bx + left
            gl, gu = self._gap(at.x, self.low, self.has_low), self._gap(at.x, self.high, self.has_high)
            far = min(
                _longest(self.s, bs, rest), _longest(gl, np.where(self.has_low, bx, 0.0), rest),
                _longest(gu, np.where(self.has_high, -bx, 0.0), rest),
            )  # fmt: skip
            yield at.x + far * bx, self.s + far * bs


def _longest(values: Any, steps: Any, rest: float) -> float:
    """How much of a step leaves this part of values that are above 0."""
    down = steps < 0
    return float(min(1.0, np.min(-rest * values[down] / steps[down], initial=1.0)))
