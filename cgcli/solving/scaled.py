"""A problem in units of its own: each unknown divided by a power of 2, for methods that take all alike.

The units equilibrate the matrix of the conditions of first order, the second derivatives of the objective
bordered by the gradients of the conditions: D. Ruiz, "A scaling algorithm to equilibrate both rows and
columns norms in matrices", RAL-TR-2001-034. Powers of 2 round nothing, so that bounds stay what they are.
"""

from __future__ import annotations

import numpy as np

from cgcli.annotations import Any
from cgcli.solving.smooth import Smooth

# Of more unknowns rows of second derivatives are known by so many products with random signs.
WHOLE, PRODUCTS = 200, 3

# Rounds of equilibrating, of few unknowns and of more, and the largest and least units.
ROUNDS, FEWER, LARGEST = 12, 3, 2.0**200

# Units that are no more than so many powers of 2 apart are as good as the same.
ALIKE = 8


class Scaled:
    """The functions of `Smooth`, of the vector in these units."""

    def __init__(self, smooth: Smooth, scales: Any) -> None:
        self.smooth, self.scales = smooth, scales
        self.general, self.count, self.equations = smooth.general, smooth.count, smooth.equations
        self.low, self.high = smooth.unknowns.low / scales, smooth.unknowns.high / scales

    def back(self, vector: Any) -> Any:
        """In the units of the unknowns, within their bounds."""
        return self.smooth.unknowns.clipped(self.scales * np.asarray(vector, float))

    def value(self, vector: Any) -> float:
        return self.smooth.value(self.back(vector))

    def slack(self, vector: Any) -> Any:
        return self.smooth.slack(self.back(vector))[: self.general]

    def gradient(self, vector: Any) -> Any:
        return self.scales * self.smooth.gradient(self.back(vector))

    def jacobian(self, vector: Any) -> Any:
        return self.scales * self.smooth.jacobian(self.back(vector))

    def hessian(self, vector: Any, weights: Any) -> Any:
        return np.outer(self.scales, self.scales) * self.smooth.hessian(self.back(vector), weights)

    def times(self, vector: Any, weights: Any, direction: Any) -> Any:
        return self.scales * self.smooth.times(self.back(vector), weights, self.scales * direction)


def scales_at(smooth: Smooth, vector: Any) -> Any:
    """The units that suit a problem at a vector; 1 where derivatives do not tell."""
    size = len(vector)
    gradient = np.abs(smooth.gradient(vector))
    rows = np.abs(smooth.jacobian(vector)) if smooth.general else np.zeros((0, size))
    own, beside, curved = np.ones(size), np.ones(len(rows)), _Curved(smooth, vector)
    with np.errstate(all="ignore"):
        for _ in range(ROUNDS if size <= WHOLE else FEWER):
            border = beside[:, None] * rows * own
            most = np.maximum(curved.rows(own), np.max(border, axis=0, initial=0.0))
            slope = own * gradient
            most = np.where(most > 0, most, slope / np.max(slope, initial=0.0))
            across = np.max(border, axis=1, initial=0.0)
            if not (np.isfinite(most).all() and np.isfinite(across).all()):
                return np.ones(size)
            own = own / np.sqrt(np.where(most > 0, most, 1.0))
            beside /= np.sqrt(np.where(across > 0, across, 1.0))
        bend = float(np.max(curved.rows(own), initial=0.0))
        reach = _reach(vector, own, own * gradient, bend)
        own *= reach if bend * reach * reach < LARGEST else 1.0
    known = (most > 0) & (own > 1 / LARGEST) & (own < LARGEST)
    powers = np.where(known, np.frexp(np.where(known, own, 1.0))[1] - 1.0, 0.0)
    if np.ptp(powers) <= ALIKE:
        powers[:] = np.rint(np.mean(powers))
    if np.max(np.abs(powers)) <= ALIKE:
        return np.ones(size)
    return np.ldexp(1.0, powers.astype(int))


def _reach(vector: Any, own: Any, slope: Any, bend: float) -> float:
    """How far the unknowns are to go, in units that are equal but for this: as far as the start is from 0, or
    as a step along the slope leads."""
    sizes = float(np.max(np.abs(vector) / own, initial=0.0))
    step = float(np.max(slope, initial=0.0)) / bend if bend > 0 else 0.0
    reach = max(sizes, step)
    return reach if 0 < reach < np.inf else 1.0


class _Curved:
    """How large the second derivatives of the objective are."""

    def __init__(self, smooth: Smooth, vector: Any) -> None:
        self._smooth, self._vector, self._none = smooth, vector, np.zeros(smooth.count)
        self._matrix = np.abs(smooth.hessian(vector, self._none)) if len(vector) <= WHOLE else None
        self._random = np.random.default_rng(0)

    def rows(self, own: Any) -> Any:
        """The largest of each row, in units of one's own; or about that."""
        if self._matrix is not None:
            return np.max(own[:, None] * self._matrix * own, axis=1, initial=0.0)
        signs = np.sign(self._random.normal(size=(PRODUCTS, len(own))))
        found = [own * self._smooth.times(self._vector, self._none, own * one) for one in signs]
        return np.sqrt(np.mean(np.square(found), axis=0))
