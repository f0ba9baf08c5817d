"""Linear algebra over arrays, by LAPACK through SciPy, which is imported when first used.

A matrix is factored once: the factors are kept for the reverse pass, and serve its transpose too.
"""

from __future__ import annotations

import weakref

import numpy as np
from numpy import ndarray

from cgcli.algebras.tensors import plain
from cgcli.shapes import OperationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

# Below this reciprocal of its condition number a matrix is singular to working precision.
SINGULAR = 2.0**-53

# Eigenvalues are equal within so many units of rounding of the largest.
TIED = 16 * 2.0**-52


class MatrixError(OperationError):
    """A matrix that an operation cannot work with, whatever its shape: singular, or not positive
    definite."""

    def __init__(self, message: str) -> None:
        super().__init__(message, kind="matrix")


def _lapack() -> Any:
    import scipy.linalg.lapack

    return scipy.linalg.lapack


def each(function: Callable[..., Any], *matrices: Any, tail: tuple[int, ...] = ()) -> Any:
    """A function of matrices, over matrices stacked along the leading axes."""
    if all(matrix.ndim == 2 for matrix in matrices):
        return function(*matrices)
    lead = np.broadcast_shapes(*(matrix.shape[:-2] for matrix in matrices))
    wide = [np.broadcast_to(matrix, lead + matrix.shape[-2:]) for matrix in matrices]
    found = [function(*(matrix[place] for matrix in wide)) for place in np.ndindex(*lead)]
    return np.array(found).reshape(lead + np.shape(found[0])) if found else np.zeros(lead + tail)


# Factors by the place of a matrix in memory, with a weak reference to its owner: they are good
# for as long as that lives, since arrays are never written to.
_factors: dict[tuple[Any, ...], tuple[Any, Any]] = {}


def forget() -> None:
    """Drop all factors: whoever owns an array outside may write to it between evaluations."""
    _factors.clear()


def _place(x: Any) -> tuple[Any, ...]:
    return (x.ctypes.data, *x.shape, *x.strides)


def _factor(x: Any) -> tuple[Any, bool]:
    """The LU factors of a square matrix, and whether they are those of its transpose."""
    for matrix, transposed in ((x, False), (x.T, True)):
        known = _factors.get(_place(matrix))
        if known is not None and known[0]() is not None:
            return known[1], transposed
    owner = x
    while owner.base is not None:
        owner = owner.base
    factors = _lapack().dgetrf(x)[:2] if x.size else (x, np.zeros(0, np.int32))
    if isinstance(owner, ndarray):
        _factors[_place(x)] = weakref.ref(owner), factors
    return factors, False


def _check(x: Any, factors: Any) -> None:
    """Raise `MatrixError` for a matrix that is singular to working precision."""
    if not np.all(np.isfinite(x)):
        raise MatrixError("the matrix has an element that is not finite")
    size = np.max(np.sum(np.abs(x), axis=0), initial=0.0)
    rcond = _lapack().dgecon(factors[0], size)[0] if x.shape[0] else 1.0
    if rcond < SINGULAR:
        told = f"about {1 / rcond:.1e}" if rcond > 0 else "infinite"
        raise MatrixError(f"the matrix is singular: its condition number is {told}")


def _solve(x: Any, y: Any) -> Any:
    factors, transposed = _factor(x)
    _check(x, factors)
    if y.shape[1] == 0 or y.shape[0] == 0:
        return np.zeros(y.shape)
    return _lapack().dgetrs(*factors, y, trans=int(transposed))[0]


def solve(x: Any, y: Any) -> Any:
    if y.ndim == 1:
        return each(lambda a: _solve(a, y[:, None])[:, 0], x, tail=x.shape[-1:])
    return each(_solve, x, y, tail=y.shape[-2:])


def _inv(x: Any) -> Any:
    factors, transposed = _factor(x)
    _check(x, factors)
    if not x.shape[0]:
        return np.zeros(x.shape)
    found = _lapack().dgetri(*factors, lwork=64 * x.shape[0])[0]
    return found.T if transposed else found


def inv(x: Any) -> Any:
    return each(_inv, x, tail=x.shape[-2:])


def _sign_and_log(x: Any) -> tuple[float, float]:
    """The sign of a determinant and the logarithm of its size."""
    (lu, pivots), _ = _factor(x)
    diagonal = np.diagonal(lu)
    swaps = int(np.count_nonzero(pivots != np.arange(len(pivots))))
    sign = float(np.prod(np.sign(diagonal))) * (-1) ** swaps
    return sign, float(np.sum(np.log(np.abs(diagonal))))


def _det(x: Any) -> float:
    (lu, pivots), _ = _factor(x)
    swaps = int(np.count_nonzero(pivots != np.arange(len(pivots))))
    return float(np.prod(np.diagonal(lu))) * (-1.0) ** swaps


def det(x: Any) -> Any:
    """Of a matrix of whole numbers, the whole number that it is, where rounding leaves no doubt."""
    return plain(each(_exact_det, x))


def _exact_det(x: Any) -> float:
    found = _det(x)
    n = x.shape[0]
    if 0 < n <= 10 and np.all(x == np.rint(x)):
        bound = float(np.prod(np.linalg.norm(x, axis=1)))  # Hadamard's
        if bound * n * n * 2.0**-52 < 0.25:
            return float(np.rint(found)) + 0.0
    return found


def _logdet(x: Any) -> float:
    sign, size = _sign_and_log(x)
    return size if sign > 0 else -np.inf if sign == 0 else np.nan


def logdet(x: Any) -> Any:
    return plain(each(_logdet, x))


def _cofactor(x: Any) -> Any:
    """By the singular values, which say what is left of the determinant without each: exact for
    singular matrices too."""
    if x.shape[0] == 0:
        return np.zeros(x.shape)
    if not np.all(np.isfinite(x)):
        raise MatrixError("the matrix has an element that is not finite")
    left, values, right = np.linalg.svd(x)
    sign = np.linalg.det(left) * np.linalg.det(right)
    before = np.concatenate([[1.0], np.cumprod(values)[:-1]])
    after = np.concatenate([np.cumprod(values[::-1])[::-1][1:], [1.0]])
    return np.rint(sign) * (left * (before * after)) @ right


def cofactor(x: Any) -> Any:
    return each(_cofactor, x, tail=x.shape[-2:])


# Symmetric matrices


def _symmetric(x: Any) -> Any:
    return 0.5 * (x + x.T)


def _cholesky(x: Any) -> Any:
    if not np.all(np.isfinite(x)):
        raise MatrixError("the matrix has an element that is not finite")
    if not x.shape[0]:
        return np.zeros(x.shape)
    found, failed = _lapack().dpotrf(_symmetric(x), lower=1, clean=1)
    if failed:
        least = np.linalg.eigvalsh(_symmetric(x))[0]
        raise MatrixError(f"the matrix is not positive definite: its least eigenvalue is {least:.3g}")
    return found


def cholesky(x: Any) -> Any:
    return each(_cholesky, x, tail=x.shape[-2:])


def _eigen(x: Any) -> tuple[Any, Any]:
    if not np.all(np.isfinite(x)):
        raise MatrixError("the matrix has an element that is not finite")
    values, vectors = np.linalg.eigh(_symmetric(x))
    top = vectors[np.argmax(np.abs(vectors), axis=0), np.arange(vectors.shape[1])] if x.size else 1.0
    return values, vectors * np.sign(top)


def eigvalsh(x: Any) -> Any:
    return each(lambda a: _eigen(a)[0], x, tail=x.shape[-1:])


def eigenvectors(x: Any) -> Any:
    return each(lambda a: _eigen(a)[1], x, tail=x.shape[-2:])


def _shared(x: Any, y: Any) -> Any:
    slack = TIED * max(len(y), 1) * np.max(np.abs(y), initial=0.0)
    group = np.concatenate([[0], np.cumsum(np.diff(y) > slack)]) if len(y) else np.zeros(0, int)
    return (np.bincount(group, x) / np.bincount(group))[group] if len(y) else x


def shared(x: Any, y: Any) -> Any:
    """x, with its mean in the place of those that go with equal elements of y, which ascends."""
    if not y.size:
        return x
    rows, values = x.reshape(-1, y.shape[-1]), y.reshape(-1, y.shape[-1])
    return np.array([_shared(*pair) for pair in zip(rows, values)], float).reshape(y.shape)
