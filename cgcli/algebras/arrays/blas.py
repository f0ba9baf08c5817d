"""Products of matrices and vectors, by the BLAS that the program's linear algebra uses.

NumPy and SciPy each bring a BLAS with threads of its own, and the threads of one go on spinning for
a while when their work is done. Where LAPACK, which is SciPy's, comes in turn with products by
NumPy, each waits for the other: 8.0 ms instead of 3.5 for the value and gradient of a determinant
of 300 rows on two processors. So a program with linear algebra gets the larger of its matrix products, by `@`
and in the derivatives of it, from SciPy too. Products by `dot` and `einsum`, of stacks and of batches
stay with NumPy.
"""

from __future__ import annotations

import numpy as np

from cgcli.annotations import Any

# Multiplications below which OpenBLAS uses one thread, and NumPy is called the quicker.
LARGE = 2**13

# Whether the program that runs next has linear algebra; SciPy's BLAS is imported with the first product.
by_scipy = False


def product(x: Any, y: Any) -> Any:
    """`x @ y` for arrays of any rank, by NumPy's rules."""
    if not by_scipy or x.ndim != 2 or y.ndim > 2 or x.size * y.shape[-1] < LARGE or not y.size:
        return np.matmul(x, y)
    from scipy.linalg import blas

    left, turned_left = _by_columns(x)
    if y.ndim == 1:
        return blas.dgemv(1.0, left, y, trans=not turned_left)
    if x.ctypes.data == y.ctypes.data and x.shape == y.shape[::-1] and x.strides == y.strides[::-1]:
        return symmetric(blas.dsyrk(1.0, left, trans=not turned_left, lower=1))
    right, turned_right = _by_columns(y)
    # (x @ y).T = y.T @ x.T, so that the result is stored by rows, as NumPy's are
    return blas.dgemm(1.0, right, left, trans_a=turned_right, trans_b=turned_left).T


def symmetric(lower: Any) -> Any:
    """A symmetric matrix from its lower triangle, above which there are zeros."""
    whole = lower + lower.T
    np.fill_diagonal(whole, np.diagonal(lower))
    return whole


def _by_columns(x: Any) -> tuple[Any, bool]:
    """The transpose of a matrix, as BLAS takes it without a copy: what is stored by columns, and
    whether it is to be transposed."""
    return (x, True) if x.flags.f_contiguous and not x.flags.c_contiguous else (x.T, False)
