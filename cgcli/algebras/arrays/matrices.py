"""Linear algebra over arrays, matrix by matrix of a stack. LAPACK has doubles alone: of longer floats
(`algebras.wide`) these are taken, scaled where that makes no difference."""

from __future__ import annotations

import numpy as np

from cgcli.algebras.arrays.factors import (
    SINGULAR,
    MatrixError,
    Scaled,
    factors,
    lapack,
    require_finite,
    require_regular,
)
from cgcli.algebras.arrays.rank import lacks_rank
from cgcli.algebras.arrays.tensors import plain
from cgcli.annotations import Any, Callable

# The least normal number.
TINY = 2.0**-1022

# Eigenvalues are equal within so many units of rounding of the largest.
TIED = 16 * 2.0**-52


def each(function: Callable[..., Any], *matrices: Any, tail: tuple[int, ...] = ()) -> Any:
    """A function of matrices, over matrices stacked along the leading axes."""
    if all(matrix.ndim == 2 for matrix in matrices):
        return function(*matrices)
    lead = np.broadcast_shapes(*(matrix.shape[:-2] for matrix in matrices))
    wide = [np.broadcast_to(matrix, lead + matrix.shape[-2:]) for matrix in matrices]
    found = [function(*(matrix[place] for matrix in wide)) for place in np.ndindex(*lead)]
    return np.array(found).reshape(lead + np.shape(found[0])) if found else np.zeros(lead + tail)


def _stacked(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A function from matrices to matrices of their size."""
    return lambda x: each(function, x, tail=x.shape[-2:])


def _doubles(x: Any) -> Any:
    return x if x.dtype == float else x.astype(float)


def _scaled(function: Callable[[Any], Any], x: Any) -> Any:
    """A function of doubles that is linear, of the columns of a matrix. Columns of longer floats are divided
    by powers of 2 before."""
    if x.dtype == float:
        return function(x)
    _, powers = np.frexp(np.max(np.abs(x), axis=0, initial=0.0))
    scale = np.ldexp(np.longdouble(1.0), powers)
    return function(_doubles(x / scale)) * scale


def _solve(x: Any, y: Any) -> Any:
    if not y.size:
        return np.zeros(y.shape)
    found, transposed = require_regular(_doubles(x))
    return _scaled(lambda right: found.solve(right, transposed), y)


def solve(x: Any, y: Any) -> Any:
    if y.ndim == 1:
        return each(lambda a: _solve(a, y[:, None])[:, 0], x, tail=x.shape[-1:])
    return each(_solve, x, y, tail=y.shape[-2:])


def _inv(x: Any) -> Any:
    if not x.size:
        return np.zeros(x.shape)
    found, transposed = require_regular(_doubles(x))
    return found.inverse(transposed) + 0.0  # LAPACK leaves -0 where there is nothing


def _det(x: Any) -> float:
    if not x.size:
        return 1.0
    sign, diagonal = factors(x)[0].diagonal()
    found = sign * float(np.prod(diagonal))
    return found if TINY < abs(found) < np.inf else sign * _product(diagonal)


def _product(numbers: Any) -> float:
    """Their product, where it may overflow or vanish on the way."""
    mantissa, exponent = 1.0, 0
    for part, power in zip(*np.frexp(numbers)):
        mantissa, more = np.frexp(mantissa * part)
        exponent += int(power) + int(more)
    return float(np.ldexp(mantissa, exponent))


def _exact_det(x: Any) -> Any:
    """Of a matrix of whole numbers, the whole number that it is, where rounding leaves no doubt."""
    if x.dtype != float and x.size:
        sign, diagonal = Scaled(_doubles(x)).diagonal()
        return sign * np.prod(diagonal.astype(x.dtype))
    found = _det(x)
    n = x.shape[0]
    if 0 < n <= 10 and np.all(x == np.rint(x)):
        bound = float(np.prod(np.linalg.norm(x, axis=1)))  # Hadamard's
        if bound * n * n * 2.0**-52 < 0.25:
            return float(np.rint(found)) + 0.0
    return found


def _logdet(x: Any) -> float:
    if not x.size:
        return 0.0
    x = _doubles(x)
    found, _ = factors(x)
    sign, diagonal = found.diagonal()
    sign *= float(np.prod(np.sign(diagonal)))
    if sign and found.rcond() < SINGULAR and lacks_rank(x, 0.0, 1.0):
        return -np.inf
    return float(np.sum(np.log(np.abs(diagonal)))) if sign > 0 else -np.inf if sign == 0 else np.nan


# Below this reciprocal condition number, cofactors come from the singular values.
REGULAR = 2.0**-26


def _cofactor(x: Any) -> Any:
    """det(x) inv(x).T, in whatever units rows and columns are; near a singular matrix by the singular
    values, which say what is left of the determinant without each."""
    if x.shape[0] == 0:
        return np.zeros(x.shape)
    if x.shape[0] <= 2:
        return np.ones(x.shape) if len(x) == 1 else np.array([[x[1, 1], -x[1, 0]], [-x[0, 1], x[0, 0]]]) + 0.0
    require_finite(x)
    double, x = x.dtype == float, _doubles(x)
    scaled = Scaled(x)
    if scaled.rcond() > REGULAR:
        sign, diagonal = scaled.diagonal()
        product = _product(diagonal) if double else np.prod(diagonal.astype(np.longdouble))
        found = sign * product * scaled.inverse(transposed=True)
        if np.all(np.isfinite(found)):
            return found
    left, values, right = np.linalg.svd(x)
    sign = np.linalg.det(left) * np.linalg.det(right)
    return np.rint(sign) * (left * _products_of_others(values)) @ right


def _products_of_others(values: Any) -> Any:
    """Along the last axis, without a division."""
    ones = np.ones((*values.shape[:-1], 1))
    before = np.cumprod(np.concatenate([ones, values[..., :-1]], axis=-1), axis=-1)
    after = np.cumprod(np.concatenate([ones, values[..., :0:-1]], axis=-1), axis=-1)[..., ::-1]
    return before * after


def _cofactor_along(x: Any, v: Any) -> Any:
    """Cofactors of U @ S @ W are det(U @ W) U @ cofactor(S) @ W, and of the diagonal matrix S + t*u, to
    first order in t, they are products of all of S but two: the limit for every rank. Rows and columns are
    brought near 1 before."""
    n = len(x)
    if n <= 2:
        return np.zeros(x.shape) if n < 2 else _cofactor(v)
    require_finite(x)
    require_finite(v)
    x, v = _doubles(x), _doubles(v)
    scaled = Scaled(x)
    rows, columns = scaled.rows[:, np.newaxis], scaled.columns
    left, values, right = np.linalg.svd(x * rows * columns)
    moving = left.T @ (v * rows * columns) @ right.T
    without = np.where(np.eye(n, dtype=bool), 1.0, values)  # of each row, all but one
    pairs = np.where(np.eye(n, dtype=bool), 0.0, _products_of_others(without))
    inner = np.diag(pairs @ np.diagonal(moving)) - pairs * moving.T
    sign = np.rint(np.linalg.det(left) * np.linalg.det(right))
    _, rows_up = np.frexp(scaled.rows)
    _, columns_up = np.frexp(scaled.columns)
    powers = rows_up[:, np.newaxis] + columns_up - np.sum(rows_up + columns_up) + 2 * n - 2
    return np.ldexp(sign * (left @ inner @ right), powers) + 0.0


# Symmetric matrices


def _symmetric(x: Any) -> Any:
    """The symmetric part; halves of the least numbers would be lost, sums of the largest overflow."""
    x = _doubles(x)
    found = 0.5 * (x + x.T)
    return found if np.all(np.isfinite(found)) else np.where(np.isfinite(found), found, 0.5 * x + 0.5 * x.T)


def _cholesky(x: Any) -> Any:
    require_finite(x)
    if not x.shape[0]:
        return np.zeros(x.shape)
    found, failed = lapack().dpotrf(_symmetric(x), lower=1, clean=1)
    if failed:
        least = np.linalg.eigvalsh(_symmetric(x))[0]
        raise MatrixError(f"the matrix is not positive definite: its least eigenvalue is {least:.3g}")
    return found


def _eigh(x: Any) -> tuple[Any, Any]:
    """As NumPy has it; where that does not converge, of a matrix near 1. Raises `MatrixError`."""
    for scale in (1.0, 2.0 ** -np.frexp(np.max(np.abs(x), initial=0.0))[1]):
        try:
            values, vectors = np.linalg.eigh(x * scale)
            return values / scale, vectors
        except np.linalg.LinAlgError:
            pass
    raise MatrixError("the eigenvalues of the matrix are not found: its elements are too far apart in size")


def _eigen(x: Any) -> tuple[Any, Any]:
    require_finite(x)
    values, vectors = _eigh(_symmetric(x))
    top = vectors[np.argmax(np.abs(vectors), axis=0), np.arange(vectors.shape[1])] if x.size else 1.0
    return values, vectors * np.sign(top)


def _groups(y: Any) -> Any:
    """A number for each element of a vector that ascends, the same where they are equal."""
    slack = TIED * max(len(y), 1) * np.max(np.abs(y), initial=0.0)
    return np.concatenate([[0], np.cumsum(np.diff(y) > slack)]) if len(y) else np.zeros(0, int)


def _eigen_along(x: Any, y: Any) -> Any:
    """Eigenvectors of x, within equal eigenvalues those of y there."""
    values, vectors = _eigen(x)
    y = _symmetric(y)
    for group in np.flatnonzero(np.bincount(_groups(values)) > 1):
        own = _groups(values) == group
        block = vectors[:, own]
        vectors[:, own] = block @ np.linalg.eigh(block.T @ y @ block)[1]
    return vectors


def _shared(x: Any, y: Any) -> Any:
    group = _groups(y)
    return _scaled(lambda own: (np.bincount(group, own) / np.bincount(group))[group], x) if len(y) else x


def shared(x: Any, y: Any) -> Any:
    """x, with its mean in the place of those that go with equal elements of y, which ascends."""
    if not y.size:
        return x
    rows, values = x.reshape(-1, y.shape[-1]), y.reshape(-1, y.shape[-1])
    return np.array([_shared(*pair) for pair in zip(rows, values)]).reshape(y.shape)


LINEAR_ALGEBRA: dict[str, Callable[..., Any]] = {
    "solve": solve, "shared": shared,
    "det": lambda x: plain(each(_exact_det, x)), "logdet": lambda x: plain(each(_logdet, x)),
    "eigvalsh": lambda x: each(lambda a: _eigen(a)[0], x, tail=x.shape[-1:]),
    "eigenvectors": lambda x: each(lambda a: _eigen(a)[1], x, tail=x.shape[-2:]),
    "eigenvectors_along": lambda x, y: each(_eigen_along, x, y, tail=x.shape[-2:]),
    "cofactor_along": lambda x, v: each(_cofactor_along, x, v, tail=x.shape[-2:]),
    "inv": _stacked(_inv), "cofactor": _stacked(_cofactor), "cholesky": _stacked(_cholesky),
}  # fmt: skip
