"""Numeric derivatives, for checking the exact ones.

Differences with ever smaller steps, extrapolated to step 0 in Ridders' way: each estimate comes
with its own error estimate, and the best one is kept (C. J. F. Ridders, Advances in Engineering
Software 4 (1982) 75-76).
"""

from __future__ import annotations

from math import inf, isfinite

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

SIZES = (0.1, 1e-3, 1e-5, 1e-7, 1e-9)  # first steps, tried until one gives a sharp estimate
SHRINK = 1.6
STEPS = 14
GOOD_ENOUGH = 1e-11
EPSILON = 2.0**-52


class Estimate:
    """A derivative and how far it may be off; nan and inf where there is none."""

    __slots__ = ("error", "value")

    def __init__(self, value: float, error: float) -> None:
        self.value, self.error = value, error


def derivative(
    function: Callable[[float], float], x: float, side: int = 0, magnitude: float = 0.0
) -> Estimate:
    """The derivative of a function of one number.

    `side` is 0 for central differences, 1 or -1 for those from the right or the left. `magnitude`
    is the size of the numbers whose rounding the values suffer from, where it is above their own.
    """
    best = Estimate(float("nan"), inf)
    sizes = {scale * part for scale in (abs(x), 1.0) for part in SIZES}
    for size in sorted(sizes - {0.0}, reverse=True):
        found = _extrapolate(function, x, size, side, magnitude)
        if found.error < best.error:
            best = found
        if best.error <= GOOD_ENOUGH * abs(best.value):
            break
    return best


def _extrapolate(
    function: Callable[[float], float], x: float, step: float, side: int, magnitude: float
) -> Estimate:
    # With steps shrinking by c, a central difference loses its error term c^2 at each column,
    # a one-sided one c^1.
    order = 2 if side == 0 else 1
    best = Estimate(float("nan"), inf)
    previous: list[float] = []
    at = function(x)
    for _ in range(STEPS):
        high, low = x + step, x - step
        if high == low or x in (high, low):  # the step is lost in the size of x
            break
        if side:
            moved = high if side > 0 else low
            slope = (function(moved) - at) / (moved - x)
        else:
            slope = (function(high) - function(low)) / (high - low)
        if not isfinite(slope):  # outside the domain: come much closer
            previous = []
            step /= 30
            continue
        noise = 4 * EPSILON * max(abs(at), magnitude) / step  # what rounding the values does to a slope
        row = [slope]
        factor = SHRINK**order
        for column, older in enumerate(previous):
            row.append((factor * row[column] - older) / (factor - 1))
            factor *= SHRINK**order
            error = max(abs(row[-1] - row[-2]), abs(row[-1] - older)) + noise
            if error < best.error:
                best = Estimate(row[-1], error)
        if previous and abs(row[-1] - previous[-1]) > 2 * best.error:
            break
        previous = row
        step /= SHRINK
    return best


def verdict(
    function: Callable[[float], float],
    x: float,
    exact: float,
    magnitude: float = 0.0,
    tolerance: float = 1e-6,
) -> tuple[str, Estimate]:
    """How an exact derivative compares: `ok`, `kink` (the two sides differ, and it lies between
    them), `unclear` (no numeric derivative was found), or `differs`."""
    central = derivative(function, x, 0, magnitude)
    if _close(exact, central, tolerance):
        return "ok", central
    sides = [derivative(function, x, side, magnitude) for side in (1, -1)]
    trusted = [estimate for estimate in sides if _trusted(estimate, tolerance)]
    if len(trusted) == 2 and not _near(trusted[0].value, trusted[1].value, tolerance):
        low, high = sorted(estimate.value for estimate in trusted)
        slack = tolerance * max(abs(low), abs(high))
        return ("kink" if low - slack <= exact <= high + slack else "differs"), central
    if len(trusted) == 1 and not _trusted(central, tolerance):  # the edge of a domain
        return ("ok" if _close(exact, trusted[0], tolerance) else "differs"), trusted[0]
    if not isfinite(exact) or not _trusted(central, tolerance):
        return "unclear", central
    return "differs", central


def _trusted(numeric: Estimate, tolerance: float) -> bool:
    """Whether a numeric derivative is sharp enough to contradict an exact one."""
    return numeric.error <= tolerance * max(abs(numeric.value), 1e-3)


def _close(exact: float, numeric: Estimate, tolerance: float) -> bool:
    off = abs(exact - numeric.value)
    near = _near(exact, numeric.value, tolerance) or off <= 10 * numeric.error
    return near and _trusted(numeric, tolerance)


def _near(a: float, b: float, tolerance: float) -> bool:
    return abs(a - b) <= tolerance * max(abs(a), abs(b))
