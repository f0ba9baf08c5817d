"""What rounding leaves of fitted parameters: how far from where the sum is least they may be.

By how much residuals and their derivatives are off is seen from more digits, and what that does to parameters
is in the triangle: N. J. Higham, "Accuracy and Stability of Numerical Algorithms" (2002), chapter 20.
"""

from __future__ import annotations

import numpy as np

from cgcli.algebras.wide import keeps_digits
from cgcli.annotations import Any
from cgcli.ops import CONSTANT, INPUT
from cgcli.solving.triangle import EPSILON, Singular, Triangle

# Of more rows what rounding makes of them is not looked at, but foretold.
FEW = 20_000

# What is off by rounding with the digits of the longest floats, as a part of what doubles are, eight times.
LONGER = 8.0 * float(np.finfo(np.longdouble).eps) / EPSILON


class Rounded:
    """What rounding does to a fit at a vector.

    lost    the length of what residuals as doubles are off by
    pull    what the gradient of half the sum is off by, as derivatives are
    """

    def __init__(self, fit: Any, vector: Any, triangle: Triangle) -> None:
        """`fit` is a `fitting.Fit`."""
        self.fit, self.triangle, squares = fit, triangle, 0.0
        self.pull = np.zeros(len(vector))
        if fit.rows > FEW:
            self.lost = EPSILON * np.sqrt(triangle.data)
            self.pull[:] = EPSILON * triangle.lengths() * np.sqrt(triangle.total)
            return
        for values, columns, count in fit.rows_at(vector):
            models = fit.models.at(values, columns, count, wide=True, slopes=False)
            for sides, off in zip(models, fit.models.rounded(values, columns, count), strict=True):
                residual = np.asarray((sides.left - sides.right) / sides.sigma, float)
                block = off.block()
                squares += float(np.sum(np.square(block[:, -1])))
                self.pull += residual @ block[:, :-1]
        self.lost = np.sqrt(squares)

    def off(self, free: Any) -> Any:
        """How far from where the sum is least each unknown may be, to first order; what is not free is 0."""
        triangle = self.triangle
        places = np.flatnonzero(free)
        half = Singular(triangle.R, places).half()
        size, spread = float(np.sqrt(triangle.total)), np.linalg.norm(half, axis=1)
        longest = EPSILON * np.sqrt(triangle.data)
        pull, lost = np.abs(half @ (half.T @ self.pull[places])), self.lost + longest
        if self.fit.is_precise and self._keep_digits():
            lost = LONGER * (self.lost + longest)
        found = np.zeros(len(free))
        found[places] = pull + spread * (lost + EPSILON * len(places) * size)
        return found

    def _keep_digits(self) -> bool:
        function = self.fit.models.function
        graph = getattr(function, "graph", None)
        if graph is None or (function.has_rows and not function.is_flat):
            return False
        return all(keeps_digits(op) for op in {*graph.ops} - {CONSTANT, INPUT})
