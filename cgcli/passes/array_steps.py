"""Newton's method for arrays that equations or a minimum define (`passes.implicit`): `at` gives residuals and
their derivatives, before them what is least."""

from __future__ import annotations

import numpy as np

from cgcli.annotations import Any

# Steps, and how often each is halved at most.
STEPS, HALVED = 200, 60

# A last step of this part of what moves is one of rounding, and what is left after one of the second part.
LAST, NEARLY = 1e-16, 1e-9

# The least curvature that a step is made with, as a part of the largest.
BENT = 1e-8

# How far away it is gone from where the gradient is 0 at no minimum, as a part of the sizes there are.
AWAY = 1e-2


@np.errstate(all="ignore")
def zeros_apart(at: Any, x: Any) -> Any:
    """Where each element of an array is 0 that depends on that element of x alone; None where one is not."""
    e, slope = (np.broadcast_to(part, x.shape) for part in at(x))
    below, above = np.full(x.shape, np.nan), np.full(x.shape, np.nan)
    step = np.zeros(x.shape)
    for _ in range(STEPS):
        if not np.isfinite(e).all():
            return None
        below, above = np.where(e < 0, x, below), np.where(e > 0, x, above)
        step = np.where(e == 0, 0.0, np.where(slope == 0, 1.0 + np.abs(x), -e / slope))
        low, high = np.fmin(below, above), np.fmax(below, above)
        held = np.isfinite(below) & np.isfinite(above)
        moved = x + step
        moved = np.where(held & ~((low < moved) & (moved < high)) & (e != 0), 0.5 * (low + high), moved)
        for _ in range(HALVED):
            new, new_slope = (np.broadcast_to(part, x.shape) for part in at(moved))
            good = (np.abs(new) < np.abs(e)) | (held & np.isfinite(new)) | (moved == x)
            if good.all():
                break
            moved = np.where(good, moved, x + 0.5 * (moved - x))
        else:
            break
        done = (np.abs(moved - x) <= LAST * np.abs(x)) | (e == 0)
        x, e, slope = moved, new, new_slope
        if done.all():
            break
    small = (np.abs(step) <= NEARLY * np.abs(x)) | (np.abs(e) <= NEARLY * np.abs(slope * x)) | (e == 0)
    return x if small.all() else None


@np.errstate(all="ignore")
def zero_of(at: Any, x: Any) -> Any:
    """Where a vector of as many residuals is 0; None where that is not found."""
    e, matrix = at(x)
    step = np.full(x.shape, np.inf)
    for _ in range(STEPS):
        if not np.isfinite(e).all() or not np.isfinite(matrix).all():
            return None
        lengths = np.linalg.norm(matrix, axis=1)
        lengths = np.where(lengths > 0, lengths, 1.0)  # equations of any size count alike
        step = np.linalg.lstsq(matrix / lengths[:, None], -e / lengths, rcond=1e-14)[0]
        size, length = float(np.linalg.norm(e / lengths)), 1.0
        for _ in range(HALVED):
            new = at(x + length * step)
            if np.linalg.norm(new[0] / lengths) < size:
                break
            length *= 0.5
        else:
            break
        x, (e, matrix) = x + length * step, new
        if (np.abs(step) <= LAST * np.abs(x)).all():
            break
    near = (np.abs(step) <= NEARLY * np.max(np.abs(x), initial=1e-300)).all()
    near &= (np.abs(e) <= NEARLY * (np.abs(matrix) @ np.abs(x))).all()
    return x if near or (e == 0).all() else None


def is_singular(matrix: Any) -> bool:
    """Whether a Jacobian has no inverse but for rounding."""
    lengths = np.linalg.norm(matrix, axis=1)
    return not (lengths > 0).all() or bool(np.linalg.matrix_rank(matrix / lengths[:, None]) < len(matrix))


@np.errstate(all="ignore")
def least_of(at: Any, x: Any) -> Any:
    """Where a number is least, by its gradient and its Hessian; None where that is not found."""
    f, e, matrix = at(x)
    step = np.full(x.shape, np.inf)
    values: Any = np.zeros(1)
    for _ in range(STEPS):
        if not np.isfinite(f) or not np.isfinite(e).all() or not np.isfinite(matrix).all():
            return None
        values, vectors = np.linalg.eigh(matrix)
        most = float(np.max(np.abs(values), initial=0.0)) or 1.0
        step = -vectors @ ((vectors.T @ e) / np.maximum(np.abs(values), BENT * most))
        size = 1.0 + float(np.linalg.norm(x))
        if values[0] <= 0 and np.linalg.norm(step) <= BENT * size:  # at what is no minimum
            step = step + AWAY * size * vectors[:, 0]
        length = 1.0
        for _ in range(HALVED):
            new = at(x + length * step)
            smaller = np.linalg.norm(new[1]) < np.linalg.norm(e)
            if new[0] < f or (smaller and new[0] <= f + 1e-12 * abs(f)):
                break
            length *= 0.5
        else:
            break
        x, (f, e, matrix) = x + length * step, new
        if (np.abs(step) <= LAST * np.abs(x)).all():
            break
    values = np.linalg.eigvalsh(matrix)
    still = (e == 0).all() or (np.abs(step) <= NEARLY * np.max(np.abs(x), initial=1e-300)).all()
    return x if still and values[0] > 0 else None
