"""What every operation must do: one row each, with references from mpmath.

A row says where to sample, which points to try besides, and how many ulp the value and the
partial derivatives may be off. A bound wider than `VALUE` or `DERIVATIVE` needs a reason.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from random import Random
from typing import Any

from mpmath import mp, mpf

VALUE, DERIVATIVE = 2.0, 4.0  # ulp

inf, nan = float("inf"), float("nan")
MAX, MIN = 1.7976931348623157e308, 5e-324

Sampler = Callable[[Random], float]
Reference = Callable[..., Any]


@dataclass
class Row:
    """domain      how to draw each operand
    value       the value, by mpmath
    partials    the partial derivative by each operand, by mpmath
    points      operands to try besides those drawn; the references hold there too
    edges       (operands, value, partials) to be met exactly, the sign of zero included; partials
                may be None
    ulps, derivative_ulps   the bounds
    scale       where terms of a derivative cancel: the size of the larger, by mpmath. The bound
                is in ulp of it then
    reason      for a wider bound, or a scale
    quiet       operands that may be nan without the result being nan
    """

    domain: tuple[Sampler, ...]
    value: Reference
    partials: tuple[Reference, ...]
    points: list[tuple[float, ...]] = field(default_factory=list)
    edges: list[tuple[tuple[float, ...], float, tuple[float, ...] | None]] = field(default_factory=list)
    ulps: float = VALUE
    derivative_ulps: float = DERIVATIVE
    scale: Reference | None = None
    reason: str = ""
    quiet: tuple[int, ...] = ()


# How to draw operands


def between(low: float, high: float) -> Sampler:
    return lambda rng: rng.uniform(low, high)


def logs(low: float, high: float) -> Sampler:
    """Positive, evenly by magnitude."""
    from math import exp, log

    return lambda rng: min(max(exp(rng.uniform(log(low), log(high))), low), high)


def negative(sampler: Sampler) -> Sampler:
    return lambda rng: -sampler(rng)


def either(*samplers: Sampler) -> Sampler:
    return lambda rng: rng.choice(samplers)(rng)


def signed(sampler: Sampler) -> Sampler:
    return either(sampler, negative(sampler))


def whole(low: int, high: int) -> Sampler:
    return lambda rng: float(rng.randint(low, high))


def beside(centre: float, sampler: Sampler) -> Sampler:
    """Near a point, at distances drawn."""
    return lambda rng: centre + sampler(rng)


ANY = signed(logs(1e-300, 1e300))
MODERATE = either(signed(logs(1e-12, 1e6)), between(-10, 10))
SMALL = either(between(-10, 10), whole(-3, 3))


# References


def zero(*operands: Any) -> Any:
    return mpf(0)


def one(*operands: Any) -> Any:
    return mpf(1)


def fraction(x: Any) -> Fraction:
    digits, exponent = x.man_exp  # without the sign
    return Fraction(int(mp.sign(x)) * int(digits)) * Fraction(2) ** int(exponent)


def exact(function: Callable[..., Any]) -> Reference:
    """A function of fractions, as a reference: for what rounds down, 50 digits may not do."""

    def reference(*operands: Any) -> Any:
        result = Fraction(function(*map(fraction, operands)))
        return mpf(result.numerator) / result.denominator

    return reference


def steps(value: Reference, points: list[tuple[float, ...]], edges: Any, sampler: Sampler = MODERATE) -> Row:
    return Row((sampler,), value, (zero,), points, edges)


def comparison(truth: Callable[[Any, Any], bool], on_nan: float) -> Row:
    value = lambda x, y: mpf(truth(x, y))
    edges = [((nan, 1.0), on_nan, (0, 0)), ((1.0, nan), on_nan, (0, 0)), ((nan, nan), on_nan, (0, 0))]
    points = [(0.0, -0.0), (inf, inf), (-inf, inf), (1.0, 1.0000000000000002)]
    return Row((SMALL, SMALL), value, (zero, zero), points, edges, quiet=(0, 1))


def ties(pick: Callable[..., Any]) -> Row:
    """min and max, of three operands."""

    def share(position: int) -> Reference:
        def partial(*operands: Any) -> Any:
            hits = [operand == pick(*operands) for operand in operands]
            return mpf(hits[position]) / sum(hits)

        return partial

    top = pick(1.0, 2.0)
    return Row(
        (SMALL, SMALL, SMALL), lambda *xs: pick(*xs), (share(0), share(1), share(2)),
        [(1, 1, 1), (2, 1, 1), (1, 2, 2), (inf, -inf, 0)],
        [((top, top, 1.5), top, (0.5, 0.5, 0)), ((1.0, nan, 2.0), nan, None)],
    )  # fmt: skip


def sinc_slope(x: Any) -> Any:
    """-pi j1(pi x), the spherical Bessel function; near 0 the quotient would cancel."""
    if abs(x) < 1:
        return -(mp.pi**2) * x / 3 * mp.hyp0f1(mpf(5) / 2, -((mp.pi * x) ** 2) / 4)
    return (mp.cospi(x) - mp.sincpi(x)) / x


def normal(x: Any) -> Any:
    return mp.exp(-x * x / 2) / mp.sqrt(2 * mp.pi)


def erfcx(x: Any) -> Any:
    if x > 1e4:
        s = 1 / (2 * x * x)
        return (1 - s * (1 - 3 * s * (1 - 5 * s * (1 - 7 * s * (1 - 9 * s))))) / (x * mp.sqrt(mp.pi))
    with mp.workdps(mp.dps + 20 + int(min(x * x, 3000))):
        return mp.exp(x * x) * mp.erfc(x)


def polyerfcx(n: Any, x: Any) -> Any:
    """By the differential equation, and far on the right by the series that it gives."""
    if x > 1e4:
        s = 1 / (x * x)
        terms = [(-s / 4) ** m * mp.factorial(2 * m + n) / mp.factorial(m) for m in range(6)]
        return (-1) ** int(n) * mp.fsum(terms) / (x ** (n + 1) * mp.sqrt(mp.pi))
    with mp.workdps(mp.dps + 340 + int(min(x * x, 3000))):
        before, found = 2 / mp.sqrt(mp.pi), mp.exp(x * x) * mp.erfc(x)
        for k in range(1, int(n) + 1):
            before, found = found, (before - 2 * x * found) / (2 * k)
        return (-2) ** int(n) * mp.factorial(n) * found


def ndtr(x: Any) -> Any:
    with mp.workdps(mp.dps + 20 + int(min(x * x, 3000))):
        return mp.erfc(-x / mp.sqrt(2)) / 2


def log_ndtr(x: Any) -> Any:
    if x < -1e4:
        return mp.log(erfcx(-x / mp.sqrt(2)) / 2) - x * x / 2
    return mp.log1p(-ndtr(-x)) if x > 0 else mp.log(ndtr(x))


def polysinc(n: Any, x: Any) -> Any:
    with mp.workdps(mp.dps + 340):
        if abs(x) < 1:
            terms = [
                (-1) ** m
                * mp.pi ** (2 * m)
                * mp.mpf(x) ** (2 * m - n)
                / (mp.factorial(2 * m - n) * (2 * m + 1))
                for m in range(int(n + 1) // 2, int(n) + 60)
            ]
            return mp.fsum(terms)
        found = mp.sincpi(x)
        for k in range(1, int(n) + 1):
            wave = (mp.cospi(x), -mp.sinpi(x), -mp.cospi(x), mp.sinpi(x))[(k - 1) % 4]
            found = (mp.pi ** (k - 1) * wave - k * found) / x
        return found


def sigmoid(x: Any) -> Any:
    return 1 / (1 + mp.exp(-x))


def erfinv(x: Any) -> Any:
    """Newton's method; mpmath's own is exact to fewer digits near 1."""
    y = mp.erfinv(x)
    for _ in range(8):
        residual = mp.erf(y) - x if abs(x) < 0.5 else mp.sign(x) * (1 - abs(x) - mp.erfc(abs(y)))
        y -= residual * mp.sqrt(mp.pi) / 2 * mp.exp(y * y)
    return y


def polygamma(n: Any, x: Any) -> Any:
    """From zeta(s, x) at positive operands, as mpmath's own is slow below 0."""
    s = int(n) + 1
    sign = -1 if s % 2 else 1
    if s == 1:
        return mp.digamma(x)
    if x > 0:
        with mp.workdps(mp.dps + max(0, int(s * mp.log10(x)))):  # mpmath counts digits after the point
            return sign * mp.factorial(n) * mp.zeta(s, x)
    if x == mp.floor(x):
        return mp.inf if s % 2 == 0 else mp.nan
    if x > -30:
        steps = int(-mp.floor(x))
        terms = [(x + k) ** -s for k in range(steps)]
        return sign * mp.factorial(n) * (mp.fsum(terms) + mp.zeta(s, x + steps))
    part = x - mp.floor(x)
    total = mp.zeta(s, part) + sign * (mp.zeta(s, 1 - part) - mp.zeta(s, 1 - x))
    return sign * mp.factorial(n) * total


def logaddexp(x: Any, y: Any) -> Any:
    return max(x, y) + mp.log1p(mp.exp(-abs(x - y)))


def keeping(x: Any, y: Any) -> Any:
    """A precision that has room for all digits of x + y, and of what x + y and x differ by."""
    return mp.workdps(70 + abs(mp.frexp(x)[1] - mp.frexp(y)[1]) // 3 + abs(mp.frexp(x)[1]) // 3)


def beta(x: Any, y: Any) -> Any:
    with keeping(x, y):
        return mp.gammaprod([x, y], [x + y])


def digammadiff(x: Any, y: Any) -> Any:
    with keeping(x, y):
        return psi(x + y) - psi(x)


def binomial(x: Any, y: Any) -> Any:
    return mp.gammaprod([x + 1], [y + 1, x - y + 1])


def binomial_slope(x: Any, y: Any, place: int) -> Any:
    """By x or by y. Where x - y + 1 is a pole the value is 0, and the slope is that of the reciprocal gamma
    function there: (-1)^m m!."""
    z = x - y + 1
    if z <= 0 and z == mp.floor(z) and x > -1:
        slope = mp.gammaprod([x + 1], [y + 1]) * (-1) ** int(-z) * mp.factorial(-z)
        return slope if place == 0 else -slope
    other = digammadiff(z, y) if place == 0 else digammadiff(y + 1, x - 2 * y)
    return binomial(x, y) * other


def psi(x: Any) -> Any:
    return mp.nan if x <= 0 and x == mp.floor(x) else mp.digamma(x)


def elu_slope(x: Any) -> Any:
    return mpf(1) if x > 0 else mp.exp(x)


def power_slope(x: Any, y: Any) -> Any:
    return y * mp.power(x, y - 1) if y else mpf(0)


LOG_POINTS = [(MIN,), (1e-300,), (1.0,), (0.9999999999999999,), (1.0000000000000002,), (1e300,), (MAX,)]
LOG_EDGES = [((0.0,), -inf, (inf,)), ((-0.0,), -inf, None), ((inf,), inf, (0,)), ((-1.0,), nan, None)]
# Beside multiples of pi/2, where the C library and NumPy keep too few digits.
BESIDE = [
    (642336890023956.0,), (-642336890023956.0,), (5.319372648326541e255,), (1.7352682257830175e211,),
    (6.123038577885125e65,), (523239424.0,), (1.1615359274857357e28,), (2.0**1000,),
]  # fmt: skip
CIRCULAR_POINTS = [
    (1e22,), (1e-300,), (MIN,), (1.5707963267948966,), (3.141592653589793,), (6.283185307179586,),
    (MAX,), (1e300,), (-4.71238898038469,), (31415.926535897932,), (0.7853981633974483,), (355.0,),
    *BESIDE,
]  # fmt: skip
CIRCULAR = either(between(-10, 10), signed(logs(1e-10, 1e300)))
POSITIVE = either(logs(MIN, 1e308), between(0.1, 10), beside(1, signed(logs(1e-15, 0.1))))
UNIT = either(
    between(-1, 1), signed(logs(1e-300, 1)), beside(1, negative(logs(1e-16, 0.1))),
    beside(-1, logs(1e-16, 0.1)),
)  # fmt: skip
BEYOND_ONE = signed(either(logs(1, 1e300), beside(1, logs(1e-15, 1))))
GAMMA_POINTS = [
    (-1.0000000001,), (-0.9999999999,), (-0.4999999999999,), (-0.5000000001,), (171.6,), (171.62437,),
    (1e-300,), (1e-20,), (-1e-20,), (1e-310,), (170.0,), (23.5,), (24.5,), (-170.5,), (-177.3,),
    (1.0000000000000002,), (0.9999999999999999,), (2.0000000000000004,), (1.9999999999999998,),
    (-2.0000000000000004,), (-100.00000000000001,), (1.4616321449683623,), (-2.4570247382208006,),
]  # fmt: skip
GAMMA = either(
    between(-20, 20), between(0, 171), between(0.5, 2.5), signed(logs(1e-100, 1)),
    lambda rng: rng.randint(-20, 0) + rng.choice((1, -1)) * logs(1e-12, 0.1)(rng),
)  # fmt: skip
EXPONENT = "the rounding of the exponent is magnified by its size"
SUBNORMAL = "a subnormal result has few digits, and the rule uses it"
TINIEST = mp.ldexp(1, -1022)
ROOT = "terms of the derivative cancel at its roots: the bound is in ulp of the larger term"


def _erf_points() -> list[tuple[float, ...]]:
    return [(x,) for x in (10.0, 26.0, 0.5, 2.0, 1.25, -6.0, 27.2, 1e-300, MIN, 30.0, -30.0, 5.9, 1.9999999)]
