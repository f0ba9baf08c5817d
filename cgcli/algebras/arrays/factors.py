"""Factors of square matrices, by LAPACK through SciPy, which is imported when first used.

A matrix is factored once: its factors are kept for the reverse pass, and serve its transpose too.
"""

from __future__ import annotations

import weakref

import numpy as np
from numpy import ndarray

from cgcli.algebras.arrays.blas import symmetric
from cgcli.annotations import Any
from cgcli.errors import OperationError

# Below this reciprocal of its condition number a matrix is singular to working precision.
SINGULAR = 2.0**-53

# From so many rows on, a symmetric matrix is tried for a Cholesky factor, at half the work. Small
# matrices and diagonal ones, which begin with a column of zeros, keep the exact pivots of LU:
# det([[0.5, 0], [0, 0.5]]) is 0.25.
MANY = 32


class MatrixError(OperationError):
    """A matrix that an operation cannot work with, whatever its shape: singular, or not positive
    definite."""

    def __init__(self, message: str) -> None:
        super().__init__(message, kind="matrix")


def lapack() -> Any:
    import scipy.linalg.lapack

    return scipy.linalg.lapack


class LU:
    """P @ L @ U, with the pivots. `turned` says that the factors are those of the transpose."""

    def __init__(self, x: Any) -> None:
        self.turned = not x.flags.f_contiguous  # else LAPACK would get a copy
        matrix = x.T if self.turned else x
        self.size = np.max(np.sum(np.abs(matrix), axis=0), initial=0.0)
        self.lu, self.pivots = lapack().dgetrf(matrix)[:2]

    def rcond(self) -> float:
        return float(lapack().dgecon(self.lu, self.size)[0])

    def solve(self, y: Any, transposed: bool) -> Any:
        return lapack().dgetrs(self.lu, self.pivots, y, trans=int(self.turned != transposed))[0]

    def inverse(self, transposed: bool) -> Any:
        found = lapack().dgetri(self.lu, self.pivots, lwork=64 * len(self.lu))[0]
        return found.T if self.turned != transposed else found

    def diagonal(self) -> tuple[float, Any]:
        """A sign and numbers whose product is the determinant."""
        swaps = int(np.count_nonzero(self.pivots != np.arange(len(self.pivots))))
        return (-1.0) ** swaps, np.diagonal(self.lu)


class Cholesky:
    """L @ L.T, of a matrix that is symmetric and positive definite."""

    def __init__(self, x: Any, factor: Any) -> None:
        self.size, self.factor = np.max(np.sum(np.abs(x), axis=0)), factor

    def rcond(self) -> float:
        return float(lapack().dpocon(self.factor, self.size, uplo="L")[0])

    def solve(self, y: Any, transposed: bool) -> Any:
        return lapack().dpotrs(self.factor, y, lower=1)[0]

    def inverse(self, transposed: bool) -> Any:
        return symmetric(lapack().dpotri(self.factor, lower=1)[0])

    def diagonal(self) -> tuple[float, Any]:
        return 1.0, np.square(np.diagonal(self.factor))


class Scaled:
    """Factors of R @ x @ C, where the diagonal matrices R and C of powers of 2, whose products do not
    round, bring the largest element of every row and column near 1. What one unit or another for a
    quantity makes of a matrix is no lack of rank."""

    def __init__(self, x: Any) -> None:
        self.rows = _near_one(x)
        self.columns = _near_one((x * self.rows[:, np.newaxis]).T)
        self.base = LU(x * self.rows[:, np.newaxis] * self.columns)

    def rcond(self) -> float:
        return self.base.rcond()

    def solve(self, y: Any, transposed: bool) -> Any:
        first, last = (self.columns, self.rows) if transposed else (self.rows, self.columns)
        return (self.base.solve((y.T * first).T, transposed).T * last).T

    def inverse(self, transposed: bool) -> Any:
        first, last = (self.columns, self.rows) if transposed else (self.rows, self.columns)
        return last[:, np.newaxis] * self.base.inverse(transposed) * first

    def diagonal(self) -> tuple[float, Any]:
        sign, numbers = self.base.diagonal()
        return sign, numbers / self.rows / self.columns


def _near_one(x: Any) -> Any:
    """Powers of 2 that bring the largest element of each row near 1."""
    _, exponents = np.frexp(np.max(np.abs(x), axis=1))
    return np.ldexp(1.0, np.clip(-exponents, -1000, 1000))


def _factored(x: Any) -> Factors:
    if len(x) >= MANY and np.all(np.diagonal(x) > 0) and np.array_equal(x, x.T) and x[1:, 0].any():
        factor, failed = lapack().dpotrf(x.T, lower=1, clean=1)
        if not failed:
            return Cholesky(x, factor)
    return LU(x)


Factors = LU | Cholesky | Scaled

# Factors by the place of a matrix in memory, with a weak reference to its owner: they are good
# for as long as that lives, since arrays are never written to.
_known: dict[tuple[Any, ...], tuple[Any, Factors]] = {}


# Drops all factors: whoever owns an array outside may write to it between evaluations.
forget = _known.clear


def _place(x: Any) -> tuple[Any, ...]:
    return (x.ctypes.data, *x.shape, *x.strides)


def factors(x: Any) -> tuple[Factors, bool]:
    """Those of a square matrix with rows, and whether they are those of its transpose."""
    for matrix, transposed in ((x, False), (x.T, True)):
        known = _known.get(_place(matrix))
        if known is not None and known[0]() is not None:
            return known[1], transposed
    found = _factored(x)
    _keep(x, found)
    return found, False


def _keep(x: Any, found: Factors) -> None:
    owner = x
    while owner.base is not None:
        owner = owner.base
    if isinstance(owner, ndarray):
        _known[_place(x)] = weakref.ref(owner), found


# What two elements of a symmetric matrix may differ by, as a part of the largest.
ASYMMETRY = 1e-8


def asymmetry(x: Any) -> tuple[int, ...] | None:
    """Where matrices are furthest from symmetric; None where each is but for rounding."""
    gaps = np.abs(x - np.swapaxes(x, -1, -2))
    largest = np.max(np.abs(x), axis=(-2, -1), keepdims=True, initial=0.0)
    if not np.any(gaps > ASYMMETRY * largest):
        return None
    return tuple(map(int, np.unravel_index(np.nanargmax(gaps), gaps.shape)))


def require_finite(x: Any) -> None:
    """Raise `MatrixError` for a matrix with an element that is inf or nan."""
    if not np.all(np.isfinite(x)):
        raise MatrixError("the matrix has an element that is not finite")


def require_regular(x: Any) -> tuple[Factors, bool]:
    """The factors of a matrix. Raises `MatrixError` for one that is singular to working precision, or
    not finite."""
    require_finite(x)
    found, transposed = factors(x)
    rcond = found.rcond()
    if rcond < SINGULAR:
        scaled = Scaled(x.T if transposed else x)
        if scaled.rcond() >= SINGULAR:
            _keep(x.T if transposed else x, scaled)
            return scaled, transposed
        told = f"about {1 / rcond:.1e}" if rcond > 0 else "infinite"
        raise MatrixError(f"the matrix is singular: its condition number is {told}")
    return found, transposed
