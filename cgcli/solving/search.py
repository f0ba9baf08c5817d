"""A method, from a vector to the neighbourhood of a minimum: those of SciPy, and the one of `interior`."""

from __future__ import annotations

import contextlib
import warnings
from itertools import pairwise

import numpy as np

from cgcli.annotations import Any
from cgcli.solving.interior import Interior
from cgcli.solving.outcome import Watch, nobody
from cgcli.solving.scaled import Scaled, scales_at
from cgcli.solving.smooth import Smooth

# Iterations, where nobody says how many.
MOST = 5000

# So many iterations without a better point are enough.
IDLE = 50

# A value below this falls without end; and what goes on to fall so many times the start away from it, by at
# least this part where it is ten times as far. So often that is looked at. `AWAY`: so many times the start
# away a point may be on the way to an end that is not reached.
BOTTOMLESS, AFAR, ONWARD, LOOKED, AWAY = -1e30, 1e6, 1e-3, 50, 3.0

# Steps that lead nowhere soon are looked beyond so often, so many times as far as the unknowns are large.
SLOWLY, FURTHER = 500, (1e2, 1e4, 1e6, 1e8)

# How much further a slope is looked at, as parts of the way from the start.
ONWARDS = 0.0, 0.5, 1.0, 3.0

# So much of a way before slopes vanish they are less than this part of the first.
EBB, EBBED = 0.01, 1e-40

# The methods that can bounds, and constraints.
BOUNDED = ("l-bfgs-b", "tnc")
CONSTRAINED = ("interior-point", "slsqp", "trust-constr")


# What may come out of a method, whose best point stays: TNC lets no callback end it, and the exact steps of a
# trust region fail where the Hessian is out of range.
ENDS = (ValueError, ArithmeticError, np.linalg.LinAlgError, StopIteration, UnboundLocalError)


class Stopped(Exception):
    """The most iterations have been made."""


class Search:
    """What methods share: how often they step, and the best point that they have seen.

    count       of iterations
    """

    def __init__(self, smooth: Smooth, most: int | None, watch: Watch = nobody) -> None:
        self.smooth, self.most, self.watch = smooth, most or MOST, watch
        self.count, self._idle = 0, 0
        self._best: tuple[tuple[float, float], Any] | None = None
        self._seen_best: tuple[float, float] | None = None

    def forget(self) -> None:
        """Begin anew from a point that is worse."""
        self._best = None

    def reached(self, name: str, vector: Any) -> Any:
        """Where a method ends."""
        self._idle = 0
        self._of = of = Scaled(self.smooth, scales_at(self.smooth, vector))
        if name == "interior-point":
            with contextlib.suppress(np.linalg.LinAlgError, StopIteration):
                return of.back(Interior(of, vector / of.scales, self._seen_by_interior).run(self.most))
            return self.best(vector)
        from scipy.optimize import minimize

        start, none = vector / of.scales, np.zeros(of.count)
        size = float(np.max(np.abs(of.gradient(start)), initial=0.0))
        if size == 0 and not of.general:
            return vector  # a minimum, or a point from which no gradient leads away
        more: dict[str, Any] = {}
        options: dict[str, Any] = {"maxiter": self.most}
        if name in ("trust-exact", "trust-krylov"):
            options |= {"gtol": 1e-9 * size, "max_trust_radius": 1e100}
            options["initial_trust_radius"] = max(1.0, 0.1 * float(np.linalg.norm(start)))
        if name == "trust-exact":
            more["hess"] = lambda x: self._curved(of.hessian(x, none))
        elif name in ("trust-krylov", "newton-cg"):
            more["hessp"] = lambda x, p: of.times(x, none, p)
        elif name == "bfgs":
            options["gtol"] = 1e-10 * size
        elif name == "l-bfgs-b":
            options |= {"maxcor": 20, "ftol": 0.0, "gtol": 1e-10 * size, "maxfun": 20 * self.most}
        if name in (*BOUNDED, *CONSTRAINED) and self.smooth.unknowns.is_bounded:
            from scipy.optimize import Bounds

            more["bounds"] = Bounds(of.low, of.high, keep_feasible=True)
        if name == "slsqp":
            options["ftol"] = 1e-15
            more["constraints"] = self._for_slsqp(start)
        elif name == "trust-constr":
            options |= {"gtol": 1e-9 * size, "xtol": 1e-12, "barrier_tol": 1e-9}
            more["hess"] = lambda x: self._finite(of.hessian(x, none))
            more["constraints"] = self._for_trust_constr()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with contextlib.suppress(*ENDS):
                minimize(
                    self._value, start, jac=lambda x: self._finite(of.gradient(x)), method=name,
                    options=options, callback=self._seen, **more,
                )  # fmt: skip
        return self.best(vector)

    def within(self, vector: Any) -> Any:
        return self.smooth.unknowns.clipped(np.asarray(vector, float))

    def _value(self, vector: Any) -> float:
        """The objective at a point of a method; something large where it has none."""
        vector = self._of.back(vector)
        value = self.smooth.value(vector)
        if np.isfinite(value) or value < 0:
            self._remember(vector, value)
            return max(value, -1e300)
        return self._large

    @property
    def _large(self) -> float:
        return 1e10 * (1.0 + abs(self._best[0][1])) if self._best is not None else 1e300

    def _curved(self, matrix: Any) -> Any:
        """Second derivatives, without which another method goes on."""
        if np.isnan(matrix).any():
            raise StopIteration
        return self._finite(matrix)

    def _finite(self, array: Any) -> Any:
        return np.nan_to_num(array, nan=0.0, posinf=1e300, neginf=-1e300)

    def _remember(self, vector: Any, value: float) -> None:
        """Keep the best point: what is broken first, then what is less."""
        broken = self._breach(vector)
        key = (broken if broken > 1e-8 else 0.0, value)
        if self._best is None or key < self._best[0]:
            self._best = key, vector.copy()

    def _breach(self, vector: Any) -> float:
        smooth = self.smooth
        if not smooth.count:
            return 0.0
        slack = smooth.slack(vector)
        broken = np.where(smooth.equations, np.abs(slack), np.maximum(-slack, 0.0))
        found = float(np.max(broken, initial=0.0))
        return found if found == found else np.inf

    def best(self, vector: Any) -> Any:
        return vector if self._best is None else self._best[1]

    def _seen(self, vector: Any, state: Any = None) -> Any:
        """After an iteration."""
        self.count += 1
        vector = self._of.back(vector)
        value = self.smooth.value(vector)
        self.watch(self.count, vector, {"objective": value, "violation": self._breach(vector)})
        if self.count >= self.most:
            raise Stopped
        if value <= BOTTOMLESS or (self.count % LOOKED == 0 and self.falls(vector)):
            raise StopIteration
        if self.count % SLOWLY == 0:
            apart = vector - self.smooth.unknowns.start
            if self.falls_along(vector, np.where(np.abs(apart) > 0.5 * np.max(np.abs(apart)), apart, 0.0)):
                raise StopIteration
        best = self._best[0] if self._best is not None else None
        self._idle = self._idle + 1 if best == self._seen_best else 0
        self._seen_best = best
        if self._idle > IDLE:
            raise StopIteration
        return False

    def falls(self, vector: Any) -> bool:
        """Whether the objective goes on to fall far away from the start."""
        value, beyond = self.smooth.value(vector), self._beyond(vector, AFAR)
        return bool(beyond < min(value, 0.0) - ONWARD * abs(value))

    def fades(self, vector: Any) -> bool:
        """Whether the objective, which has a slope there, is no larger still further away."""
        return bool(self._beyond(vector, AWAY) <= self.smooth.value(vector)) or self._slopes_on(vector)

    def sinks(self, vector: Any) -> bool:
        """Whether it is less very far away, of a point of which slopes do not tell that it is a minimum."""
        return bool(self._beyond(vector, AFAR) < self.smooth.value(vector)) or self._slopes_on(vector)

    def _slopes_on(self, vector: Any) -> bool:
        """Whether the objective slopes down at a point and beyond it, away from the start, ever less."""
        start = self.smooth.unknowns.start
        apart = vector - start
        longest = float(np.max(np.abs(apart), initial=0.0))
        if not 1.0 + np.max(np.abs(start), initial=0.0) < longest < np.inf:
            return False
        way = np.where(np.abs(apart) > 0.1 * longest, apart / longest, 0.0)
        points = [vector + further * longest * way for further in ONWARDS]
        if any((self.within(one) != one).any() or self._breach(one) > 1e-6 for one in points):
            return False
        slopes = [float(self.smooth.gradient(one) @ way) for one in points]
        falls = all(before <= after <= 0 for before, after in pairwise(slopes))
        return falls and slopes[0] < 0.9 * slopes[-1]

    def ebbs(self, vector: Any) -> bool:
        """Whether what is flat at a point has become so only because slopes on the way there, from the start,
        are ever less until they are no doubles: those of exp(x), and not those of a power."""
        start = self.smooth.unknowns.start
        way = np.where(np.abs(vector - start) > 0.1 * np.max(np.abs(vector - start)), vector - start, 0.0)

        def slope(part: float) -> float:
            return float(self.smooth.gradient(self.within(vector - (1.0 - part) * way)) @ way)

        first, low, high = slope(0.0), 0.0, 1.0
        if not first < 0.0 or slope(1.0) != 0.0:
            return False
        for _ in range(50):
            middle = 0.5 * (low + high)
            low, high = (middle, high) if slope(middle) < 0.0 else (low, middle)
        return abs(slope(low - EBB * low)) < EBBED * abs(first)

    def _beyond(self, vector: Any, afar: float) -> float:
        """The objective ten times as far away from the start, by the unknowns that are far already; nan where
        none is, and where conditions are broken there."""
        start = self.smooth.unknowns.start
        apart = vector - start
        far = np.abs(apart) > afar * (1.0 + np.linalg.norm(start))
        further = self.within(np.where(far, start + 10.0 * apart, vector))
        return self.smooth.value(further) if far.any() and not self._breach(further) > 1e-6 else np.nan

    def falls_along(self, vector: Any, direction: Any) -> bool:
        """Whether the objective falls along a direction for as far as one looks."""
        length = float(np.linalg.norm(direction))
        if not 0 < length < np.inf:
            return False
        step = direction / length * (1.0 + np.linalg.norm(vector))
        points = [self.within(vector + far * step) for far in FURTHER]
        values = [self.smooth.value(one) for one in (vector, *points)]
        falls = all(beyond < min(value, 0.0) - ONWARD * abs(value) for value, beyond in pairwise(values[-3:]))
        return falls and all(np.diff(values) < 0) and not self._breach(points[-1]) > 1e-6

    def _seen_by_interior(self, vector: Any) -> None:
        value = self._of.value(vector)
        if np.isfinite(value):
            self._remember(self._of.back(vector), value)
        self._seen(vector)

    def _for_slsqp(self, vector: Any) -> list[dict[str, Any]]:
        """The constraints; of equations that depend on each other at a vector, those that do not."""
        from scipy.linalg import qr

        of = self._of
        equal = np.flatnonzero(of.equations[: of.general])
        if len(equal) > 1:
            rows = self._finite(of.jacobian(vector)[equal])
            norms = np.linalg.norm(rows, axis=1)
            _, r, order = qr(
                (rows / np.where(norms > 0, norms, 1.0)[:, None]).T, mode="economic", pivoting=True
            )
            diagonal = np.abs(np.diag(r))
            rank = int(np.count_nonzero(diagonal > 1e-10 * diagonal[0]))
            if rank < len(equal) and rank < len(vector):
                equal = np.sort(equal[order[:rank]])
        found = []
        for kind, places in (("eq", equal), ("ineq", np.flatnonzero(~of.equations[: of.general]))):
            if len(places):
                found.append({
                    "type": kind,
                    "fun": lambda x, at=places: self._finite(of.slack(x)[at]),
                    "jac": lambda x, at=places: self._finite(of.jacobian(x)[at]),
                })  # fmt: skip
        return found

    def _for_trust_constr(self) -> list[Any]:
        from scipy.optimize import NonlinearConstraint

        of = self._of
        if not of.general:
            return []
        high = np.where(of.equations[: of.general], 0.0, np.inf)

        def second(x: Any, weights: Any) -> Any:
            every = np.zeros(of.count)
            every[: of.general] = weights
            none = np.zeros(of.count)
            return self._finite(of.hessian(x, every)) - self._finite(of.hessian(x, none))

        return [
            NonlinearConstraint(
                lambda x: self._finite(of.slack(x)[: of.general]), 0.0, high,
                jac=lambda x: self._finite(of.jacobian(x)), hess=second,
            )
        ]  # fmt: skip

    def feasible(self, vector: Any) -> Any:
        """Where the squares of what is broken are least, nearby."""
        from scipy.optimize import least_squares

        smooth, unknowns = self.smooth, self.smooth.unknowns
        equal, general = smooth.equations[: smooth.general], smooth.general
        rows = np.max(np.abs(self._finite(smooth.jacobian(vector))), axis=1, initial=0.0)
        scale = 1.0 / np.where(rows > 0, rows, 1.0)

        def broken(x: Any) -> Any:
            slack = smooth.slack(self.within(x))[:general]
            return scale * np.nan_to_num(np.where(equal, slack, np.minimum(slack, 0.0)), nan=1e10)

        def slopes(x: Any) -> Any:
            x = self.within(x)
            counts = equal | (smooth.slack(x)[:general] < 0)
            return (scale * counts)[:, None] * self._finite(smooth.jacobian(x))

        wide = unknowns.low < unknowns.high
        low, high = np.where(wide, unknowns.low, -np.inf), np.where(wide, unknowns.high, np.inf)
        with contextlib.suppress(ValueError, np.linalg.LinAlgError):
            found = least_squares(
                broken, vector, slopes, (low, high), ftol=1e-15, xtol=1e-15, gtol=1e-15, max_nfev=200
            )
            return self.within(found.x)
        return vector
