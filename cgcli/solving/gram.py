"""The triangle of many rows by one pass of machine code, which writes neither residuals nor derivatives.

What is summed is Q'Q, with Q = [J r] W and W the inverse of a triangle that is known nearby, of a sample or
of the pass before. The columns of Q are nearly orthonormal, so that it keeps the digits that J'J loses: T.
Fukaya, R. Kannan, Y. Nakatsukasa, Y. Yamamoto and Y. Yanagisawa, "Shifted Cholesky QR for computing the QR
factorization of ill-conditioned matrices", SIAM J. Sci. Comput. 42 (2020) A477-A503.
"""

from __future__ import annotations

import contextlib
from itertools import combinations_with_replacement

import numpy as np

from cgcli.annotations import Any, Mapping, Sequence
from cgcli.errors import OperationError
from cgcli.kernels.machine import lanes
from cgcli.solving.models import Models
from cgcli.solving.triangle import Singular, Triangle

# Of more parameters the sums are too many for registers.
MOST = 12

# The columns of Q are apart enough where the condition of Q'Q is below this.
APART = 1e6


class Gram:
    """The passes of a fit.

    near    a triangle at a vector that is not far, or None
    """

    near: Triangle | None = None

    def __init__(self, models: Models) -> None:
        self._models, self._size = models, models.unknowns.size
        self._sums: Any = None
        self._is_asked = False

    def pass_at(self, values: Mapping[str, Any]) -> Pass | None:
        """What is summed for values of the unknowns; None where it is to be done another way."""
        if self.near is None or not self.near.finite or not self._kernel():
            return None
        R = self.near.R
        if Singular(R).rank < self._size:
            return None
        scale = np.sqrt(self.near.rows)
        return Pass(self._sums, R / scale, [values[name] for name in self._sums.same])

    def _kernel(self) -> bool:
        """Whether there is one, which is made when it is first asked for."""
        if not self._is_asked:
            self._is_asked = True
            function, spans = self._models.function, self._models.spans
            if self._size <= MOST and getattr(function, "is_flat", False) and lanes():
                from cgcli.kernels.sums import Sums

                same = [name for name in self._models.unknowns.names if name in function.inputs]
                size, numbers = self._size, self._size * (self._size + 1) // 2

                def form(on: Any, found: Sequence[Any], more: Sequence[Any]) -> list[tuple[Any, Any]]:
                    return _products(on, found, more, spans, size)

                with contextlib.suppress(OperationError):
                    self._sums = Sums(
                        function.graph, function.names, same, numbers, function.outputs, form, lanes()
                    )
        return self._sums is not None


def _products(
    on: Any, found: Sequence[Any], more: Sequence[Any], spans: Sequence[Any], size: int
) -> list[tuple[Any, Any]]:
    """Pairs whose products add up to the upper half of Q'Q, row by row, and to the squares of the data; of
    several models one after the other."""
    inverse = dict(zip(combinations_with_replacement(range(size), 2), more, strict=True))
    pairs: list[tuple[Any, Any]] = []
    for span in spans:
        left, right, *sigma = (found[place] for place in span.sides)
        rows = [on.sub(left, right), left, *(found[place] for place in span.slopes)]
        if sigma:
            rows = [on.div(row, sigma[0]) for row in rows]
        residual, data, *slopes = rows
        columns = []
        for column in range(size):
            total: Any = on.mul(slopes[0], inverse[0, column])
            for row in range(1, column + 1):
                total = on.fma(slopes[row], inverse[row, column], total)
            columns.append(total)
        pairs += [*combinations_with_replacement([*columns, residual], 2), (data, data)]
    return pairs


class Pass:
    """One pass over the rows."""

    def __init__(self, sums: Any, R: Any, values: Sequence[Any]) -> None:
        self._sums, self._R = sums, R
        inverse = np.linalg.solve(R, np.eye(len(R)))
        self._numbers = [*values, *inverse[np.triu_indices(len(R))]]
        self._total: Any = 0.0
        self._rows = 0

    def sums(self, columns: Mapping[str, Any], count: int) -> Any:
        """Those of some rows; None where these are to be looked at another way."""
        found = self._sums(columns, self._numbers, count)
        return found if np.isfinite(found).all() else None

    def add(self, sums: Any, rows: int) -> None:
        """The sums of some residuals, of each model one after the other."""
        self._total, self._rows = self._total + sums, self._rows + rows

    def triangle(self) -> Triangle | None:
        """That of all that was added; None where the columns of Q are too close to each other."""
        size = len(self._R)
        found = Triangle(size)
        if not self._rows:
            return found
        places = np.triu_indices(size + 1)
        total = self._total.reshape(-1, len(places[0]) + 1).sum(axis=0)
        gram = np.zeros((size + 1, size + 1))
        gram[places] = total[:-1]
        gram = np.triu(gram) + np.triu(gram, 1).T
        if not np.linalg.cond(gram[:-1, :-1]) < APART:
            return None
        upper = np.linalg.cholesky(gram[:-1, :-1]).T
        c = np.linalg.solve(upper.T, gram[:-1, -1])
        squares = float(gram[-1, -1])
        rest = np.sqrt(max(squares - float(c @ c), 0.0))
        whole = np.block([[upper @ self._R, c[:, None]], [np.zeros((1, size)), np.array([[rest]])]])
        found.begin(whole, self._rows, squares, float(total[-1]))
        return found
