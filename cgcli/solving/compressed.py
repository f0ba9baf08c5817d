"""Matrices of second derivatives that are mostly 0, by few directions: columns that share no row are found
together.

A. R. Curtis, M. J. D. Powell and J. K. Reid, "On the estimation of sparse Jacobian matrices", J. Inst. Maths
Applics 13 (1974) 117-119. What is 0 everywhere is learnt from matrices that were found whole, and one more
direction tells whether it still is.
"""

from __future__ import annotations

import numpy as np

from cgcli.annotations import Any, Callable

# Of fewer unknowns a matrix is found whole; and where not so many columns are found together.
FEWEST, TOGETHER = 40, 4

# What the direction beside may be off by, as a part of its terms.
SAME = 1e-12

# The products of the matrix with rows of directions, a row each; None where it is to be found whole.
Products = Callable[[Any], Any]


class Compressed:
    """What is known of matrices of one size."""

    def __init__(self, size: int) -> None:
        self._pattern = np.zeros((size, size), bool)
        self._groups: Any = None
        self._beside = np.cos(np.arange(1.0, size + 1.0))

    def matrix(self, products: Products) -> Any:
        """The matrix; None where it is to be found whole."""
        if self._groups is None:
            return None
        found = products(np.concatenate([self._seeds, self._beside[None, :]]))
        if found is None or not np.isfinite(found).all():
            return None
        matrix = np.where(self._pattern, found[self._groups].T, 0.0)
        off = np.abs(matrix @ self._beside - found[-1])
        return matrix if (off <= SAME * (np.abs(matrix) @ np.abs(self._beside))).all() else None

    def learn(self, matrix: Any) -> None:
        """One that was found whole."""
        size = len(matrix)
        if size < FEWEST:
            return
        self._pattern |= (matrix != 0) | (matrix.T != 0)
        self._groups = None
        most = size // TOGETHER
        if self._pattern.sum(axis=0).max(initial=0) > most:
            return
        rows = np.zeros((most, size), bool)  # which are taken, by group
        groups = np.zeros(size, int)
        for column in range(size):
            free = np.flatnonzero(~(rows & self._pattern[:, column]).any(axis=1))
            if not len(free):
                return
            groups[column] = free[0]
            rows[free[0]] |= self._pattern[:, column]
        self._groups = groups
        self._seeds = (groups == np.arange(groups.max() + 1)[:, None]).astype(float)
