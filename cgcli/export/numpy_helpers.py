"""Small functions of NumPy's that an exported one may need, with what cg says at edges."""

from __future__ import annotations

import re

from cgcli.export.helpers import functions
from cgcli.export.python_helpers import PYTHON_HELPERS

_TEXT = '''
def _whole(x):
    return np.asarray(x).astype(int)


def _scatter(x, key, shape):
    found = np.zeros(shape)
    np.add.at(found, key, x)
    return found


def _pole(x):
    return (x <= 0) & (x == np.floor(x)) & np.isfinite(x)


def _gamma(x):
    at_pole = np.where(x == 0, np.copysign(np.inf, x), np.nan)
    return np.where(_pole(x), at_pole, scipy.special.gamma(x))


def _lgamma(x):
    tiny = np.abs(x) < 1e-300
    small = -np.log(np.where(tiny, np.abs(x), 1.0))
    return np.where(np.isneginf(x), np.inf, np.where(tiny, small, scipy.special.gammaln(x)))


def _digamma(x):
    """By reflection below 0, where SciPy's is not as good."""
    below = scipy.special.digamma(1.0 - x) - np.pi/np.tan(np.pi*(x - np.rint(x)))
    at_pole = np.where(x == 0, np.copysign(np.inf, -x), np.nan)
    found = np.where(x < 0, below, scipy.special.digamma(x))
    return np.where(_pole(x) | np.isneginf(x), at_pole, found)


def _polygamma(n, x):
    if np.all(x > 0) and np.all((n > 0) & (n < 150) & (n == np.floor(n))):
        sign = np.where(n % 2 == 0, -1.0, 1.0)
        return sign*scipy.special.gamma(n + 1.0)*scipy.special.zeta(n + 1.0, x)
    return np.vectorize(_one_polygamma, otypes=[float])(n, x)


def _binomial(x, y):
    return np.vectorize(_one_binomial, otypes=[float])(x, y)


def _argmin(x, axis=None):
    return np.asarray(np.argmin(x, axis=axis), dtype=float)


def _argmax(x, axis=None):
    return np.asarray(np.argmax(x, axis=axis), dtype=float)


def _argsort(x, axis=-1):
    return np.asarray(np.argsort(x, axis=axis, kind="stable"), dtype=float)


def _quantile(x, q, axis=None, keepdims=False):
    inside = (q >= 0) & (q <= 1)
    q = np.where(inside, q, 0.0)
    found = np.quantile(x, q, axis=axis, keepdims=keepdims)
    if np.isinf(x).any():  # NumPy interpolates between them
        ways = ("lower", "higher")
        low, high = (np.quantile(x, q, axis=axis, keepdims=keepdims, method=way) for way in ways)
        found = np.where(low == high, low, found)
    kept = (1,)*(np.ndim(found) - np.ndim(inside))
    return np.where(np.reshape(inside, np.shape(inside) + kept), found, np.nan)


def _cov(x, rowvar=True, ddof=1):
    rows = x if rowvar or np.ndim(x) == 1 else x.T
    rows = rows - np.mean(rows, axis=-1, keepdims=True)
    return rows @ rows.T/np.float64(rows.shape[-1] - ddof)


def _size(x, axis=None):
    axes = range(np.ndim(x)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    return float(np.prod([np.shape(x)[place] for place in axes]))


def _norm(x, ord=2, axis=None, keepdims=False):
    """Scaled by the largest element, so that squares neither overflow nor vanish."""
    sizes = np.abs(x)
    top = np.max(sizes, axis=axis, keepdims=True, initial=0.0)
    scale = np.where((top > 0) & np.isfinite(top), top, 1.0)
    if ord == np.inf:
        found = top
    elif ord == 1:
        found = np.sum(sizes, axis=axis, keepdims=True)
    else:
        found = scale*np.sum((sizes/scale)**ord, axis=axis, keepdims=True)**(1.0/ord)
    return found if keepdims else np.squeeze(found, axis)


def _logsumexp(x, axis=None, keepdims=False):
    top = np.max(x, axis=axis, keepdims=True, initial=-np.inf)
    base = np.where(np.isfinite(top), top, 0.0)
    found = base + np.log(np.sum(np.exp(x - base), axis=axis, keepdims=True))
    return found if keepdims else np.squeeze(found, axis)


def _softmax(x, axis=-1):
    top = np.max(x, axis=axis, keepdims=True, initial=-np.inf)
    powers = np.where(top == np.inf, x == np.inf, np.exp(x - top))
    return powers/np.sum(powers, axis=axis, keepdims=True)


def _recurrence(x, y):
    """r with r[i] = x[i]*r[i - 1] + y[i], along the last axis."""
    found, last = np.empty(np.shape(y)), 0.0
    for place in range(np.shape(y)[-1]):
        found[..., place] = last = x[..., place]*last + y[..., place]
    return found


def _logdet(x):
    sign, size = np.linalg.slogdet(x)
    return np.where(sign < 0, np.nan, size)


def _symmetric(x):
    return 0.5*(x + np.swapaxes(x, -1, -2))


def _cholesky(x):
    return np.linalg.cholesky(_symmetric(x))


def _eigvalsh(x):
    return np.linalg.eigvalsh(_symmetric(x))


def _eigenvectors(x):
    """With signs that make the largest element of each positive."""
    vectors = np.linalg.eigh(_symmetric(x))[1]
    tops = np.argmax(np.abs(vectors), axis=-2, keepdims=True)
    return vectors*np.sign(np.take_along_axis(vectors, tops, axis=-2))


def _eigenvectors_along(x, y):
    """Of equal eigenvalues those that make y diagonal."""
    values, vectors = np.linalg.eigvalsh(_symmetric(x)), _eigenvectors(x)
    x, y = np.broadcast_arrays(x, _symmetric(y))
    for place in np.ndindex(*x.shape[:-2]):
        own, found = values[place], vectors[place]
        slack = 16*2.0**-52*len(own)*np.max(np.abs(own), initial=0.0)
        group = np.concatenate([[0], np.cumsum(np.diff(own) > slack)])
        for one in np.flatnonzero(np.bincount(group) > 1):
            block = found[:, group == one]
            found[:, group == one] = block @ np.linalg.eigh(block.T @ y[place] @ block)[1]
    return vectors


def _products_of_others(values):
    """Along the last axis, without a division."""
    ones = np.ones(values.shape[:-1] + (1,))
    before = np.cumprod(np.concatenate([ones, values[..., :-1]], axis=-1), axis=-1)
    after = np.cumprod(np.concatenate([ones, values[..., :0:-1]], axis=-1), axis=-1)[..., ::-1]
    return before*after


def _cofactor(x):
    """By the singular values, so that it is exact for singular matrices too."""
    left, values, right = np.linalg.svd(x)
    sign = np.rint(np.linalg.det(left)*np.linalg.det(right))[..., None, None]
    return sign*(left*_products_of_others(values)[..., None, :]) @ right


def _cofactor_along(x, y):
    """How cofactors change along y, by the singular values."""
    left, values, right = np.linalg.svd(x)
    sign = np.rint(np.linalg.det(left)*np.linalg.det(right))[..., None, None]
    moving = np.swapaxes(left, -1, -2) @ y @ np.swapaxes(right, -1, -2)
    diagonal = np.eye(x.shape[-1], dtype=bool)
    pairs = _products_of_others(np.where(diagonal, 1.0, values[..., None, :]))*~diagonal
    own = np.einsum("...ij,...jj->...i", pairs, moving)
    return sign*(left @ (own[..., None]*diagonal - pairs*np.swapaxes(moving, -1, -2)) @ right)


def _shared(x, y):
    """x, averaged where elements of y, which ascend, are equal up to rounding."""
    slack = 16*2.0**-52*y.shape[-1]*np.max(np.abs(y), axis=-1, initial=0.0, keepdims=True)
    steps = np.diff(y, axis=-1) > slack
    group = np.concatenate([np.zeros(y.shape[:-1] + (1,)), np.cumsum(steps, axis=-1)], axis=-1)
    same = group[..., :, None] == group[..., None, :]
    return np.sum(same*x[..., None, :], axis=-1)/np.sum(same, axis=-1)
'''

_OWN = "|".join(name[1:] for name in PYTHON_HELPERS)

# Those that SciPy has not, or not as exactly, go over the elements one by one.
NUMPY_HELPERS = functions(_TEXT) | {
    name.replace("_", "_one_", 1): re.sub(rf"\b_(?=({_OWN})\()", "_one_", text)
    for name, text in PYTHON_HELPERS.items()
}
