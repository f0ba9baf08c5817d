"""Values around a point at which derivatives decide nothing: whether lower ones begin there, and where to.

At 0 the first and second derivatives of `x^3`, `-x^4` and `x^4` are 0, and only the last has a minimum.
"""

from __future__ import annotations

import numpy as np

from cgcli.annotations import Any, Iterator
from cgcli.diagnostics import CgError
from cgcli.solving.optimality import EXACT, Point
from cgcli.solving.triangle import EPSILON

# What values differ by is more than rounding if it is so many times what one of them is known to be off by.
NOISE = 16.0

# A point is as far from a minimum as a few of Newton's last steps: values closer than so many tell nothing.
APART = 30.0

# And it is known to this part of the sizes of unknowns at least, where derivatives vanish.
AWAY = 1e-5

# The nearest and farthest points, as parts of the sizes of unknowns, and how far those between are apart;
# beside a plateau those at multiples are looked at, too.
NEAREST, FARTHEST, RATIO = 1e-9, 1e3, 8.0
LEAST, GREATEST = 2.0**-1022, 2.0**1023
EVEN = np.arange(1, 61) / 20.0

# Values that are asked for at most, doublings of what leads down, and directions that are neither those of an
# unknown nor those in which the second derivatives are 0.
MOST, DOUBLINGS, MIXED = 4000, 200, 12

# What is below this is low enough.
ENDLESS = -1e30

# Parts of a length that may lead lower than it.
AROUND = np.arange(5, 21) / 10.0

# Of more unknowns not the direction of each is tried.
SEVERAL = 200


class Probe:
    """What values around a point tell.

    lower       a point with a lower value, on a way along which the first that differs is lower; or None
    is_flat     whether there is a direction in which no value differs
    """

    def __init__(self, point: Point, directions: Any, step: Any) -> None:
        """Directions are rows of length 1; `step` is the last one of Newton's method, which says how far a
        minimum may be, or None."""
        self._point, self._smooth = point, point.smooth
        self._left = MOST
        self._kept = self._general()
        self._base = self._merit(point.vector)
        self._noise = self._rounding()
        self._apart = APART * np.abs(np.zeros(len(point.vector)) if step is None else step)
        self._sizes = sizes(point)
        self.lower, self.is_flat = None, False
        least = self._base
        for direction in directions:
            for side in (1.0, -1.0):
                found = self._along(side * direction)
                if found is not None and found[1] < least and self._is_away(found[0]):
                    self.lower, least = found
            if self._left <= 0:
                break

    def _is_away(self, vector: Any) -> bool:
        """Whether a point is not merely where the minimum is that this one is beside."""
        return bool((np.abs(vector - self._point.vector) > AWAY * self._sizes).any())

    def _general(self) -> Any:
        """The conditions that stand in the merit, those that pull: a tangent leaves them, to second order."""
        smooth, point = self._smooth, self._point
        pulling = point.active[smooth.equations[point.active] | (point.multipliers[point.active] > 0)]
        return pulling[pulling < smooth.general]

    def _merit(self, vector: Any) -> float:
        """The objective, and what pulls at it; inf where a condition that does not is broken."""
        smooth, point, kept = self._smooth, self._point, self._kept
        self._left -= 1
        value = smooth.value(vector)
        if not smooth.count or not np.isfinite(value):
            return value
        slack = smooth.slack(vector)
        broken = np.where(smooth.equations, np.abs(slack), -slack)
        broken[kept] = 0.0
        if not np.max(broken - EXACT * (point.scale + np.abs(slack)), initial=0.0) <= 0:
            return np.inf
        return float(value - point.multipliers[kept] @ slack[kept])

    def _rounding(self) -> float:
        """What a value at the point may be off by."""
        smooth, point = self._smooth, self._point
        random = np.random.default_rng(0)
        beside = [
            point.vector * (1.0 + EPSILON * random.integers(-2, 3, len(point.vector))) for _ in range(4)
        ]
        found = [abs(self._merit(smooth.unknowns.clipped(one)) - self._base) for one in beside]
        spread = max((one for one in found if np.isfinite(one)), default=0.0)
        return max(NOISE * spread, NOISE * EPSILON * abs(self._base), self._noise_at(point.vector))

    def _noise_at(self, vector: Any) -> float:
        """What a value may be off by, as far as the numbers tell that it is computed from."""
        try:
            return NOISE * EPSILON * self._smooth.magnitude(vector)
        except CgError:
            return 0.0

    def _along(self, direction: Any) -> tuple[Any, float] | None:
        """Where the first value that differs is lower, and further that way."""
        clipped, at, moves = self._smooth.unknowns.clipped, self._point.vector, False
        for length in self._lengths(direction):
            if self._left <= 0:
                return None
            vector = clipped(at + length * direction)
            if np.array_equal(vector, at):
                continue
            moves = True
            value = self._merit(vector)
            if not np.isfinite(value) and value > 0:
                return None
            if abs(value - self._base) <= self._noise:
                continue
            if value < self._base and not value < self._base - self._noise_at(vector):
                continue
            return self._onward(direction, length, vector, value) if value < self._base else None
        self.is_flat = self.is_flat or moves
        return None

    def _lengths(self, direction: Any) -> Iterator[float]:
        """From near to far."""
        part = np.abs(direction)
        moved = part > 1e-3 * part.max()
        size = float(np.min(self._sizes[moved] / part[moved]))
        here = float(np.min(np.abs(self._point.vector[moved]) / part[moved]))
        apart = float(np.max(self._apart[moved] / part[moved]))
        length = max(apart, NEAREST * here, 0.0 if here else 1e-3 * NEAREST * min(size, 1.0), LEAST)
        while length < EVEN[0] * size:
            yield length
            length *= RATIO
        yield from size * EVEN[size * EVEN > length / RATIO]
        length = 2.0 * size * float(EVEN[-1])
        while length <= min(FARTHEST * max(size, 1.0), GREATEST):
            yield length
            length *= 2.0

    def _onward(self, direction: Any, length: float, vector: Any, value: float) -> tuple[Any, float]:
        """Twice as far as long as that is lower, and to the least of some lengths around that."""

        def tried(length: float) -> bool:
            nonlocal vector, value
            further = self._smooth.unknowns.clipped(self._point.vector + length * direction)
            beyond = self._merit(further)
            if beyond < value - self._noise_at(further):
                vector, value = further, beyond
                return True
            return False

        for _ in range(DOUBLINGS):
            if value < ENDLESS or not tried(2.0 * length):
                break
            length *= 2.0
        for part in AROUND:
            tried(part * length)
        return vector, value


def around(point: Point, matrix: Any, step: Any) -> Probe:
    """Along the directions in which second derivatives are 0, those of the unknowns, and some between; where
    something pulls, those in which it does not move. Without a matrix only between."""
    size = len(point.vector)
    random = np.random.default_rng(1)
    found = np.sign(random.normal(size=(MIXED, size))) * sizes(point) if size > 1 else np.eye(1)
    if matrix is not None:
        basis = point.free()
        flat = [point.flat(matrix, basis)] if np.isfinite(matrix).all() else []
        units = np.eye(size) if size <= SEVERAL else np.zeros((0, size))
        found = np.concatenate([*flat, units, found])
        found = found @ basis @ basis.T if basis.shape[1] < size else found
    norms = np.linalg.norm(found, axis=1)
    return Probe(point, found[norms > 1e-6 * norms.max()] / norms[norms > 1e-6 * norms.max(), None], step)


def sizes(point: Point) -> Any:
    """How large unknowns are, here or at the start; what is small is seen beside the others, and what is 0 as
    large as 1."""
    found = np.maximum(np.abs(point.vector), np.abs(point.smooth.unknowns.start))
    found = np.maximum(found, 1e-3 * np.max(found, initial=0.0))
    return np.where(found > 0, found, 1.0)
