"""Residuals and their Jacobian, however many rows they have, as one small triangle."""

from __future__ import annotations

import numpy as np

from cgcli.annotations import Any

EPSILON = float(np.finfo(float).eps)

# Singular values of a Jacobian whose columns have the length 1, below which it lacks rank.
RANK = 64 * EPSILON


# Rows of a part that is made a triangle by itself.
TALL = 1024

# A matrix whose eigenvalues, once its diagonal is 1, come closer to 0 than this is singular.
SINGULAR = 1e-13


def lengths(matrix: Any) -> Any:
    """The lengths of the columns, of which the squares may be no doubles."""
    largest = np.max(np.abs(matrix), axis=0, initial=0.0)
    unit = np.where(largest > 0, largest, 1.0)
    return unit * np.sqrt(np.sum(np.square(matrix / unit), axis=0))


def norm(vector: Any) -> float:
    """The length of a vector, in the same way."""
    return float(lengths(vector[:, None])[0])


class Triangle:
    """The R of a QR decomposition of `[J r]`, block by block of rows: J'J is never formed.

    For residuals r and their Jacobian J (as derivatives of what is subtracted in r), `R d = c` are the
    equations of the least |r - J d|, and c'c plus what is left is r'r.

    R           as many rows and columns as unknowns
    c           the part of r in the range of J
    total       what is minimised: the sum of squares, or of the loss of each
    rows        how many residuals there are
    data        the sum of squares of what is fitted, beside which a residual may be rounding
    finite      whether all of them are, and their derivatives
    step        the d for which |r - J d| is least, where it is known without rounding; or None
    """

    step: Any = None

    def __init__(self, unknowns: int) -> None:
        self.size = unknowns
        self._whole: Any = np.zeros((0, unknowns + 1))
        self.total, self.rows, self.data, self.finite = 0.0, 0, 0.0, True

    def add(self, block: Any, total: float | None = None) -> None:
        """Rows of `[J r]`; `total` is what they add to the sum, where it is not that of their squares."""
        self.rows += len(block)
        if not self.finite:
            return
        self.total += float(np.sum(np.square(block[:, -1]))) if total is None else total
        self._stack(_triangular(block) if len(block) > TALL else block)

    def begin(self, whole: Any, rows: int, total: float, data: float) -> None:
        """Take the triangle of rows that is known as such."""
        self._whole, self.rows, self.total, self.data = whole, rows, total, data

    def join(self, other: Triangle) -> None:
        """The rows of another one, which come after these."""
        self.rows, self.data = self.rows + other.rows, self.data + other.data
        self.total, self.finite = self.total + other.total, self.finite and other.finite
        if self.finite:
            self._stack(other._whole)

    def _stack(self, rows: Any) -> None:
        stacked: Any = np.vstack([self._whole, rows])
        if not np.isfinite(stacked).all() or not np.isfinite(self.total):
            self.finite = False
        else:
            self._whole = _triangular(stacked)

    @property
    def R(self) -> Any:
        return self._whole[: self.size, : self.size]

    @property
    def c(self) -> Any:
        return self._whole[: self.size, self.size]

    def lengths(self) -> Any:
        """The lengths of the columns of J."""
        return lengths(self.R)

    def hides(self, move: Any) -> Any:
        """Which unknowns move so little that no double of the data would tell."""
        return np.abs(move) * self.lengths() <= EPSILON * np.sqrt(self.data)


def _triangular(block: Any) -> Any:
    """The triangle of rows, of many by those of parts, which the cache holds."""
    parts = len(block) // TALL
    if parts > 1 and 4 * block.shape[1] <= TALL:
        whole = block[: parts * TALL].reshape(parts, TALL, block.shape[1])
        triangles: Any = np.linalg.qr(whole, mode="r")
        triangles = triangles.reshape(-1, block.shape[1])
        block = np.vstack([triangles, block[parts * TALL :]])
    return np.linalg.qr(block, mode="r")


class Singular:
    """The singular value decomposition of some columns of a triangle, each scaled to the length 1.

    scales      the lengths of the columns; 1 for one of zeros
    values      the singular values
    rank        how many of them are not 0 but for rounding
    """

    def __init__(self, matrix: Any, columns: Any = None) -> None:
        matrix = matrix if columns is None else matrix[:, columns]
        found = lengths(matrix)
        self.scales = np.where(found > 0, found, 1.0)
        if matrix.size:
            self.left, self.values, self.right = np.linalg.svd(matrix / self.scales, full_matrices=False)
        else:
            self.left, self.values, self.right = np.zeros((len(matrix), 0)), np.zeros(0), matrix[:0]
        largest = self.values[0] if len(self.values) else 0.0
        limit = RANK * max(1.0, np.sqrt(len(self.scales))) * largest
        self.rank = int(np.sum(self.values > limit)) if largest else 0

    def solution(self, right_side: Any) -> Any:
        """The shortest least-squares solution, of what the rank allows."""
        part = (self.left[:, : self.rank].T @ right_side) / self.values[: self.rank]
        return (self.right[: self.rank].T @ part) / self.scales

    def half(self) -> Any:
        """A matrix that times its transpose is the inverse of J'J, or its pseudo-inverse."""
        return self.right[: self.rank].T / self.values[: self.rank] / self.scales[:, None]

    def null_space(self) -> Any:
        """Directions, a row each, along which nothing changes, in unknowns that are scaled."""
        count = len(self.scales)
        if self.rank == count:
            return np.zeros((0, count))
        if len(self.right) == count:
            return self.right[self.rank :]
        basis = self.right[: self.rank]
        complement = np.eye(count) - basis.T @ basis
        return np.linalg.svd(complement)[2][: count - self.rank]


def solved(matrix: Any, right_sides: Any) -> Any:
    """The solution of a symmetric system, or None where it is singular."""
    if not matrix.size:
        return np.zeros(right_sides.shape)
    if not np.isfinite(matrix).all():
        return None
    scale = np.sqrt(np.abs(np.diagonal(matrix)))
    if not (scale > 0).all():
        return None
    values, vectors = np.linalg.eigh(matrix / np.outer(scale, scale))
    if np.min(np.abs(values)) <= SINGULAR * np.max(np.abs(values)):
        return None
    rest = right_sides.T / scale
    return ((rest @ vectors / values) @ vectors.T / scale).T


def trusted(R: Any, c: Any, scale: Any, radius: float) -> Any:
    """The d for which |c - R d| is least where |scale d| is at most the radius."""
    scale = np.where(scale > 0, scale, 1.0)
    left, values, right = np.linalg.svd(R / scale, full_matrices=False)
    if not values.size:
        return np.zeros(R.shape[1])
    b = left.T @ c
    kept = values > RANK * max(values[0], 1e-300)
    whole = np.where(kept, b / np.where(kept, values, 1.0), 0.0)
    if norm(whole) <= 1.1 * radius:
        return (right.T @ whole) / scale
    damping = _damping(values, b, radius)
    return (right.T @ (values * b / (np.square(values) + damping))) / scale


def _damping(values: Any, b: Any, radius: float) -> float:
    """The damping for which the step has the length of the radius, to a tenth: Newton's method on the
    reciprocal of the length, as Hebden has it."""
    low, high = 0.0, norm(values * b) / radius
    damping = max(1e-3 * high, 1e-300)
    for _ in range(60):
        squares = np.square(values) + damping
        length = norm(values * b / squares)
        if abs(length - radius) <= 0.1 * radius:
            break
        if length > radius:
            low = damping
        else:
            high = damping
        slope = -float(np.sum(np.square(values * b) / squares**3)) / length if length else 0.0
        damping -= (length - radius) / radius * (length / slope) if slope else damping  # it has vanished
        if not low < damping < high:
            damping = max(1e-3 * high, np.sqrt(low * high))
    return damping
