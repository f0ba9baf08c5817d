"""Numeric derivatives, for checking the exact ones.

Differences with ever smaller steps, extrapolated to step 0 in Ridders' way: each estimate comes
with its own error estimate, and the best one is kept (C. J. F. Ridders, Advances in Engineering
Software 4 (1982) 75-76).
"""

from __future__ import annotations

from math import inf, isfinite

from cgcli.annotations import Callable

SIZES = (0.1, 1e-3, 1e-5, 1e-7, 1e-9)  # first steps, tried until one gives a sharp estimate
SHRINK = 1.6
STEPS = 14
GOOD_ENOUGH = 1e-11
EPSILON = 2.0**-52
TINIEST = 5e-324


class Estimate:
    """A derivative and how far it may be off; nan and inf where there is none."""

    def __init__(self, value: float, error: float) -> None:
        self.value, self.error = value, error


def derivative(
    function: Callable[[float], float],
    x: float,
    side: int = 0,
    magnitude: float = 0.0,
    parts: tuple[float, ...] = SIZES,
    around: float | None = None,
) -> Estimate:
    """The derivative of a function of one number.

    `side` is 0 for central differences, 1 or -1 for those from the right or the left. `magnitude`
    is the size of the numbers whose rounding the values suffer from, where it is above their own;
    `parts` are the first steps as parts of 1 and of `around`, which is the size of what varies with
    `x`, or else of `x` itself.
    """
    best = Estimate(float("nan"), inf)
    sizes = {scale * part for scale in (_size(x, around), 1.0) for part in parts}
    for size in sorted(sizes - {0.0}, reverse=True):
        found = _extrapolate(function, x, size, side, magnitude)
        if found.error < best.error:
            best = found
        if best.error <= GOOD_ENOUGH * abs(best.value):
            break
    return best


def _size(x: float, around: float | None) -> float:
    return abs(x) if around is None else around


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
        noise = _noise(at, magnitude) / step
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


def _noise(value: float, magnitude: float) -> float:
    """What rounding, and underflow, may do to a difference of two values."""
    return 4 * (EPSILON * max(abs(value), magnitude) + TINIEST)


def verdict(
    function: Callable[[float], float],
    x: float,
    exact: float,
    magnitude: float = 0.0,
    around: float | None = None,
    tolerance: float = 1e-6,
) -> tuple[str, Estimate]:
    """How an exact derivative compares with a numeric one, and the latter (see `derivative`).

    `ok`; `kink`: the derivatives from both sides differ, and it lies between them; `jump`: the
    function itself does; `unclear`: no numeric derivative is sharp enough to say; `differs`.
    """
    central = derivative(function, x, 0, magnitude, around=around)
    if not isfinite(exact):
        return "unclear", central
    rough = _roughness(function, x, magnitude, _size(x, around))
    if rough is not None:
        low, high = sorted(rough)
        if not isfinite(low):
            return "jump", central
        slack = 1e-3 * max(abs(low), abs(high))
        return ("kink" if low - slack <= exact <= high + slack else "differs"), central
    if central.value != central.value:  # the edge of a domain: one side is all there is
        sides = [derivative(function, x, side, magnitude, around=around) for side in (1, -1)]
        central = min(sides, key=lambda estimate: estimate.error)
    unit = _ordinary_slope(function, x, magnitude, max(_size(x, around), 1.0))
    if _agrees(exact, central, tolerance, unit):
        return "ok", central
    # Steps that reach across a pole can converge to something else than the derivative.
    closer = derivative(function, x, 0, magnitude, SIZES[2:], around)
    if _agrees(exact, closer, tolerance, unit):
        return "ok", closer
    sharp = central.error <= tolerance * abs(central.value)
    same = abs(central.value - closer.value) <= 1e-3 * abs(central.value) + 10 * closer.error
    return ("differs" if sharp and same else "unclear"), central


def _agrees(exact: float, numeric: Estimate, tolerance: float, unit: float) -> bool:
    off = abs(exact - numeric.value)
    if off != off:
        return False
    scale = max(abs(exact), abs(numeric.value))
    if scale == 0:
        return True
    sharp = numeric.error <= 1e-3 * scale + tolerance * unit
    return sharp and off <= tolerance * scale + 10 * numeric.error


def _ordinary_slope(function: Callable[[float], float], x: float, magnitude: float, size: float) -> float:
    """The size of the values around, over that of x: what a slope near 0 is small beside."""
    values = [abs(function(x + step)) for step in (-0.1 * size, 0.0, 0.1 * size)]
    return max([magnitude, *filter(isfinite, values)]) / size


def _roughness(
    function: Callable[[float], float], x: float, magnitude: float, around: float
) -> tuple[float, float] | None:
    """The slopes from the left and the right where they do not approach each other as the step
    shrinks a hundred times, infinite where the function jumps; None where it is smooth, or not
    defined on both sides."""
    at = function(x)
    noise = _noise(at, magnitude)
    for size in sorted({around, max(around, 1.0)} - {0.0}):
        for coarse in (1e-6 * size, 1e-3 * size):
            wide, near = (_sides(function, x, at, step) for step in (coarse, coarse / 100))
            if not all(map(isfinite, (*wide, *near))):
                continue
            step = coarse / 100
            gaps = (wide[0] + wide[1]) * coarse, (near[0] + near[1]) * step
            bends = wide[1] - wide[0], near[1] - near[0]
            leap = abs(gaps[1]) > max(1e6 * noise, 0.5 * step * max(map(abs, near)))
            if leap and abs(gaps[1] - gaps[0]) <= 0.1 * abs(gaps[1]):
                return -inf, inf
            if abs(bends[1] - bends[0]) <= 0.1 * abs(bends[1]) and abs(bends[1]) > 10 * noise / step:
                return near
            bent = abs(bends[1]) <= 0.1 * abs(bends[0]) and abs(bends[0]) > 10 * noise / coarse
            straight = max(map(abs, bends)) <= 1e-3 * abs(near[0]) and noise / step < 1e-4 * abs(near[0])
            if bent or straight:
                return None  # smooth for sure; wider steps would not see it
    return None


def _sides(function: Callable[[float], float], x: float, at: float, step: float) -> tuple[float, float]:
    """The slopes to a point on the left and one on the right; nan where the step is lost in x."""
    if step == 0 or x in (x - step, x + step):
        return float("nan"), float("nan")
    return (at - function(x - step)) / step, (function(x + step) - at) / step
