"""Order, spectra, covariance and pseudo-random numbers of arrays, by NumPy and SciPy."""

from __future__ import annotations

import numpy as np

from cgcli.algebras.arrays.factors import require_finite
from cgcli.algebras.arrays.matrices import each
from cgcli.algebras.arrays.rank import lacks_rank
from cgcli.algebras.arrays.tensors import plain
from cgcli.annotations import Any, Callable

Axes = int | tuple[int, ...] | None


def quantile(x: Any, q: Any, axis: Axes = None, keepdims: bool = False) -> Any:
    """By linear interpolation as NumPy's, whose values it has; elements that are inf stay what they are."""
    x = np.asarray(x)
    axes = range(x.ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    axes = tuple(sorted(one % x.ndim for one in axes))
    kept = [one for one in range(x.ndim) if one not in axes]
    rows = np.transpose(x, [*axes, *kept]).reshape(-1, *(x.shape[one] for one in kept))
    rows = np.sort(rows, axis=0)
    level = np.where((np.asarray(q) >= 0) & (np.asarray(q) <= 1), q, np.nan) * (len(rows) - 1)
    low = np.minimum(np.floor(np.nan_to_num(level)), max(len(rows) - 2, 0)).astype(int)
    share = (level - low).reshape(np.shape(q) + (1,) * len(kept))
    left, right = rows[low], rows[np.minimum(low + 1, len(rows) - 1)]
    step = right - left
    found = np.where(share < 0.5, left + step * share, right - step * (1.0 - share))
    found = np.where(np.isfinite(step), found, left * (1.0 - share) + right * share)
    found = np.where((share == 0) | (left == right), left + 0.0 * share, np.where(share == 1, right, found))
    found = np.where(np.isnan(rows[-1]), np.nan, found)
    if keepdims:
        found = np.expand_dims(found, tuple(np.ndim(q) + one for one in axes))
    return plain(found)


def _singular(x: Any) -> Any:
    require_finite(x)
    return np.linalg.svd(x, compute_uv=False)


def _cond(x: Any) -> float:
    values = _singular(x)
    if not values[-1] > 0 or lacks_rank(x, values[-1], values[0]):
        return np.inf
    return float(values[0] / values[-1])


def _expm(x: Any) -> Any:
    import scipy.linalg

    require_finite(x)
    shift = float(np.trace(x)) / max(len(x), 1)
    if abs(shift) > 0.5 and x[1:, 0].any() and x[0, 1:].any():
        # of the rest, whose eigenvalues are around 0, the series does not cancel
        found = scipy.linalg.expm(x - shift * np.eye(len(x))) * np.exp(shift)
        if np.all(np.isfinite(found)):
            return found
    return scipy.linalg.expm(x)


def cov(x: Any, rowvar: bool = True, ddof: int = 1) -> Any:
    rows = x if rowvar or x.ndim == 1 else x.T
    found = rows - np.mean(rows, axis=-1, keepdims=True)
    return plain(found @ found.T / np.float64(rows.shape[-1] - ddof))


def _generator(seed: int) -> Any:
    return np.random.Generator(np.random.PCG64(seed))


SAMPLES: dict[str, Callable[..., Any]] = {
    "sort": lambda x, axis=-1: np.sort(x, axis=axis),
    "argsort": lambda x, axis=-1: np.argsort(x, axis=axis, kind="stable").astype(float),
    "quantile": quantile, "median": lambda x, axis=None, keepdims=False: quantile(x, 0.5, axis, keepdims),
    "svdvals": lambda x: each(_singular, x, tail=(min(x.shape[-2:]),)),
    "cond": lambda x: plain(each(_cond, x)), "expm": lambda x: each(_expm, x, tail=x.shape[-2:]), "cov": cov,
    "uniform": lambda shape, seed=1: plain(_generator(seed).random(shape)),
    "normal": lambda shape, seed=1: plain(_generator(seed).standard_normal(shape)),
}  # fmt: skip
