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

SHRINK = 1.6
STEPS = 12
GOOD_ENOUGH = 1e-11


class Estimate:
    """A derivative and how far it may be off; nan and inf where there is none."""

    __slots__ = ("error", "value")

    def __init__(self, value: float, error: float) -> None:
        self.value, self.error = value, error


def derivative(function: Callable[[float], float], x: float, side: int = 0) -> Estimate:
    """The derivative of a function of one number.

    `side` is 0 for central differences, 1 or -1 for those from the right or the left.
    """
    best = Estimate(float("nan"), inf)
    sizes = sorted({0.1, 1e-3, 0.1 * abs(x), 1e-3 * abs(x)} - {0.0}, reverse=True)
    for size in sizes:
        found = _extrapolate(function, x, size, side)
        if found.error < best.error:
            best = found
        if best.error <= GOOD_ENOUGH * abs(best.value):
            break
    return best


def _extrapolate(function: Callable[[float], float], x: float, step: float, side: int) -> Estimate:
    # With steps shrinking by c, a central difference loses its error term c^2 at each column,
    # a one-sided one c^1.
    order = 2 if side == 0 else 1
    best = Estimate(float("nan"), inf)
    previous: list[float] = []
    at = function(x) if side else 0.0
    for _ in range(STEPS):
        high, low = x + step, x - step
        if side:
            moved = high if side > 0 else low
            slope = (function(moved) - at) / (moved - x)
        else:
            slope = (function(high) - function(low)) / (high - low)
        if not isfinite(slope):
            previous = []
            step /= SHRINK
            continue
        row = [slope]
        factor = SHRINK**order
        for column, older in enumerate(previous):
            row.append((factor * row[column] - older) / (factor - 1))
            factor *= SHRINK**order
            error = max(abs(row[-1] - row[-2]), abs(row[-1] - older))
            if error < best.error:
                best = Estimate(row[-1], error)
        if previous and abs(row[-1] - previous[-1]) > 2 * best.error:
            break
        previous = row
        step /= SHRINK
    return best


def verdict(
    function: Callable[[float], float], x: float, exact: float, tolerance: float = 1e-6
) -> tuple[str, Estimate]:
    """How an exact derivative compares: `ok`, `kink` (the two sides differ, and it lies between
    them), `unclear` (no numeric derivative was found), or `differs`."""
    central = derivative(function, x)
    if _close(exact, central, tolerance):
        return "ok", central
    right, left = derivative(function, x, 1), derivative(function, x, -1)
    sides = sorted(e.value for e in (left, right) if e.error <= tolerance * max(abs(e.value), 1.0))
    if len(sides) == 2 and not _near(sides[0], sides[1], tolerance):
        slack = tolerance * max(abs(sides[0]), abs(sides[1]))
        return ("kink" if sides[0] - slack <= exact <= sides[1] + slack else "differs"), central
    if not isfinite(exact) or central.error > tolerance * max(abs(central.value), 1.0):
        return "unclear", central
    return "differs", central


def _close(exact: float, numeric: Estimate, tolerance: float) -> bool:
    trusted = numeric.error <= tolerance * max(abs(numeric.value), abs(exact), 1e-3)
    off = abs(exact - numeric.value)
    return trusted and (_near(exact, numeric.value, tolerance) or off <= 10 * numeric.error)


def _near(a: float, b: float, tolerance: float) -> bool:
    return abs(a - b) <= tolerance * max(abs(a), abs(b))
