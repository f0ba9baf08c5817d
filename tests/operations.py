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


TABLE: dict[str, Row] = {
    # Arithmetic
    "add": Row(
        (ANY, ANY), lambda x, y: x + y, (one, one), [(0.1, 0.2), (1e308, 1e308), (1.0, -1.0000000000000002)],
        [((inf, -inf), nan, None), ((-0.0, -0.0), -0.0, (1, 1)), ((inf, 1.0), inf, None)],
    ),
    "sub": Row(
        (ANY, ANY), lambda x, y: x - y, (one, lambda x, y: mpf(-1)), [(0.3, 0.1), (MIN, 1e-310)],
        [((inf, inf), nan, None), ((0.0, 0.0), 0.0, (1, -1))],
    ),
    "mul": Row(
        (ANY, ANY), lambda x, y: x * y, (lambda x, y: y, lambda x, y: x), [(1e-200, 1e-120), (MIN, 0.5)],
        [((0.0, inf), nan, None), ((0.0, -1.0), -0.0, (-1, 0))],
    ),
    "div": Row(
        (ANY, ANY), lambda x, y: x / y, (lambda x, y: 1 / y, lambda x, y: -x / y**2),
        [(1.0, 3.0), (1e-200, 1e200), (1e300, 1e-300), (1e200, 1e200)],
        [
            ((1.0, 0.0), inf, (inf, -inf)), ((1.0, -0.0), -inf, (-inf, -inf)), ((0.0, 0.0), nan, None),
            ((-1.0, 0.0), -inf, None), ((1.0, inf), 0.0, (0, 0)), ((inf, inf), nan, None),
        ],
    ),
    "floordiv": Row(
        (MODERATE, MODERATE), exact(lambda x, y: x // y), (zero, zero),
        [(-7, 2), (1, 0.1), (7, -2), (1e15, 3)],
        [
            ((1.0, 0.0), inf, (0, 0)), ((-1.0, 0.0), -inf, (0, 0)), ((0.0, 0.0), nan, (0, 0)),
            ((-5.0, inf), -1.0, (0, 0)), ((5.0, inf), 0.0, (0, 0)), ((inf, 3.0), nan, (0, 0)),
        ],
    ),
    "mod": Row(
        (MODERATE, MODERATE), exact(lambda x, y: x % y), (one, exact(lambda x, y: -(x // y))),
        [(-7, 3), (7, -3), (1, 0.1), (5.5, 2), (-1e-20, 3), (1e300, 7)],
        [
            ((5.0, 0.0), nan, None), ((5.0, inf), 5.0, (1, 0)), ((inf, 3.0), nan, None),
            ((-6.0, 3.0), 0.0, (1, 2)), ((-5.0, inf), inf, None),
        ],
    ),
    "neg": Row((ANY,), lambda x: -x, (lambda x: mpf(-1),), [(1.0,)], [((0.0,), -0.0, (-1,))]),
    "pow": Row(
        (
            either(between(0.5, 2), logs(1e-300, 1e300), logs(1e-5, 1e5)),
            either(between(-1, 1), whole(-10, 10), between(-300, 300), logs(1e-12, 1)),
        ),
        lambda x, y: mp.power(x, y),
        (power_slope, lambda x, y: mp.power(x, y) * mp.log(x)),
        [
            (1 + 1e-10, 1e10), (1.0000000000000002, 1e15), (2, 0.5), (1e300, 0.1), (1e-300, 0.1),
            (1e300, -0.7), (10, 308), (10, -320), (0.9999999999999999, 5e15), (2, 1 / 3), (2, -1074),
            (1e200, 1.5), (1e-200, 1.6),
        ],
        [
            ((0.0, 0.0), 1.0, (0, -inf)), ((0.0, 2.0), 0.0, (0, 0)), ((0.0, 1.0), 0.0, (1, 0)),
            ((0.0, -1.0), inf, (-inf, None)), ((-0.0, -1.0), -inf, None), ((-2.0, 3.0), -8.0, (12, nan)),
            ((-2.0, 0.5), nan, (nan, nan)), ((-10.0, 309.0), -inf, None), ((-10.0, 400.0), inf, None),
            ((0.0, 0.5), 0.0, (inf, 0)), ((0.0, 0.3), 0.0, (inf, 0)), ((1.0, nan), 1.0, None),
            ((nan, 0.0), 1.0, (0, nan)), ((5.0, 0.0), 1.0, None), ((3.0, 2.0), 9.0, None),
            ((inf, 0.5), inf, (0, inf)), ((-1.5, 0.0), 1.0, (0, nan)), ((-1.5, 2.0), 2.25, (-3, nan)),
        ],
        scale=lambda x, y: TINIEST * max(abs(y), abs(y / x), abs(mp.log(x))), derivative_ulps=520,
        reason=SUBNORMAL + "; by x: log(x), up to 745, magnifies the rounding of y - 1 by half an ulp",
    ),
    "factorial": Row(
        (GAMMA,), lambda x: mp.gamma(x + 1), (lambda x: mp.gamma(x + 1) * mp.digamma(x + 1),),
        [*GAMMA_POINTS, (100.3,), (0.4616321449683623,), (170.6,)],
        [((5.0,), 120.0, None), ((0.0,), 1.0, None), ((170.0,), 7.257415615307999e306, None),
         ((171.0,), inf, None), ((-2.0,), nan, None), ((inf,), inf, None), ((-inf,), nan, None)],
        scale=lambda x: mp.gamma(x + 1) * max(1, abs(mp.digamma(x + 1))),
        reason=ROOT + "; x + 1 is rounded",
    ),
    # Comparisons and choices
    "lt": comparison(lambda x, y: x < y, 0.0),
    "le": comparison(lambda x, y: x <= y, 0.0),
    "gt": comparison(lambda x, y: x > y, 0.0),
    "ge": comparison(lambda x, y: x >= y, 0.0),
    "eq": comparison(lambda x, y: x == y, 0.0),
    "ne": comparison(lambda x, y: x != y, 1.0),
    "and_": Row(
        (SMALL, SMALL), lambda x, y: mpf(bool(x and y)), (zero, zero), [(0, 1), (1, 0), (0, 0), (2, -1)],
        [((nan, 1.0), 1.0, (0, 0)), ((nan, 0.0), 0.0, (0, 0)), ((MIN, inf), 1.0, (0, 0))], quiet=(0, 1),
    ),
    "or_": Row(
        (SMALL, SMALL), lambda x, y: mpf(bool(x or y)), (zero, zero), [(0, 1), (1, 0), (0, 0), (-0.0, 0)],
        [((nan, 0.0), 1.0, (0, 0)), ((0.0, nan), 1.0, (0, 0))], quiet=(0, 1),
    ),
    "not_": Row(
        (SMALL,), lambda x: mpf(not x), (zero,), [(0,), (-0.0,), (3,)], [((nan,), 0.0, (0,))], quiet=(0,)
    ),
    "where": Row(
        (SMALL, SMALL, SMALL), lambda c, x, y: x if c else y,
        (zero, lambda c, x, y: mpf(bool(c)), lambda c, x, y: mpf(not c)), [(1, 10, 20), (0, 10, 20)],
        [((nan, 1.0, 2.0), 1.0, (0, 1, 0)), ((0.0, nan, 2.0), 2.0, (0, 0, 1)),
         ((1.0, 1.0, inf), 1.0, (0, 1, 0)), ((0.0, 1.0, nan), nan, None)],
        quiet=(0, 1, 2),
    ),
    "min": ties(min),
    "max": ties(max),
    "clip": Row(
        (SMALL, between(-10, 0), between(0, 10)), lambda x, low, high: min(max(x, low), high),
        (
            lambda x, low, high: mpf(low < x < high),
            lambda x, low, high: mpf(x < low),
            lambda x, low, high: mpf(x > high),
        ),
        [(5, 0, 1), (-5, 0, 1), (0.5, 0, 1)],
        [((0.0, 0.0, 1.0), 0.0, (0.5, 0.5, 0)), ((1.0, 1.0, 1.0), 1.0, (1 / 3, 1 / 3, 1 / 3)),
         ((0.5, 2.0, 1.0), 1.0, (0, 0, 1)), ((nan, 0.0, 1.0), nan, None)],
    ),
    "abs": Row((ANY,), abs, (mp.sign,), [(-3,)], [((-0.0,), 0.0, (0,)), ((-inf,), inf, (-1,))]),
    "sign": steps(mp.sign, [(-3,), (MIN,)],
    [((0.0,), 0.0, (0,)), ((nan,), nan, (0,)), ((-inf,), -1.0, (0,))]),
    "floor": steps(mp.floor, [(-1.5,), (1e300,)], [((-0.0,), -0.0, (0,)), ((inf,), inf, (0,))]),
    "ceil": steps(mp.ceil, [(1.2,), (MIN,)], [((-0.5,), -0.0, (0,)), ((-inf,), -inf, (0,))]),
    "round": steps(
        mp.nint, [(2.5,), (3.5,), (-2.5,), (0.49999999999999994,), (4503599627370495.5,)],
        [((-0.5,), -0.0, (0,)), ((inf,), inf, (0,)), ((1.5,), 2.0, (0,))],
    ),
    "trunc": steps(
        lambda x: mp.sign(x) * mp.floor(abs(x)), [(-1.5,), (1.5,)],
        [((-0.5,), -0.0, (0,)), ((inf,), inf, (0,))]
    ),
    "copysign": Row(
        (ANY, ANY), lambda x, y: abs(x) if y > 0 else -abs(x),
        (lambda x, y: mp.sign(x) * mp.sign(y), zero), [(3, -1), (-3, -1)],
        [((1.0, -0.0), -1.0, (-1, 0)), ((0.0, -1.0), -0.0, (-0.0, 0)), ((nan, 1.0), nan, None)],
        quiet=(1,),
    ),
    "heaviside": Row(
        (SMALL, SMALL), lambda x, y: mpf(1) if x > 0 else mpf(0) if x < 0 else y,
        (zero, lambda x, y: mpf(x == 0)), [(0, 0.5), (1, 7), (-1, 7)],
        [((nan, 1.0), nan, None), ((2.0, nan), 1.0, (0, 0)), ((0.0, nan), nan, None),
         ((-0.0, 0.5), 0.5, (0, 1))],
        quiet=(1,),
    ),
    # Elementary functions
    "square": Row((ANY,), lambda x: x * x, (lambda x: 2 * x,), [(1e-160,), (1e200,)],
    [((-inf,), inf, (-inf,))]),
    "sqrt": Row(
        (POSITIVE,), mp.sqrt, (lambda x: 1 / (2 * mp.sqrt(x)),), [(2,), (MIN,), (MAX,)],
        [((0.0,), 0.0, (inf,)), ((-1.0,), nan, (nan,)), ((inf,), inf, (0,)), ((-0.0,), -0.0, None)],
    ),
    "cbrt": Row(
        (signed(POSITIVE),), lambda x: mp.sign(x) * mp.cbrt(abs(x)),
        (lambda x: 1 / (3 * mp.cbrt(abs(x)) ** 2),),
        [(-27,), (MIN,), (MAX,), (1e-310,), (2.9934712949311217,), (1000,)],
        [((0.0,), 0.0, (inf,)), ((-0.0,), -0.0, (inf,)), ((-inf,), -inf, (0,)), ((-27.0,), -3.0, None)],
    ),
    "hypot": Row(
        (ANY, ANY), mp.hypot, (lambda x, y: x / mp.hypot(x, y), lambda x, y: y / mp.hypot(x, y)),
        [(3, 4), (1e200, 1e200), (1e-200, 1e-200), (1e-310, 1e-310), (1e300, 1), (-3, 1e-5)],
        [((0.0, 0.0), 0.0, (0, 0)), ((inf, nan), inf, None), ((nan, -inf), inf, None),
         ((nan, 1.0), nan, None),
         ((3.0, 4.0), 5.0, (0.6, 0.8))],
        scale=lambda x, y: TINIEST / mp.hypot(x, y), reason=SUBNORMAL,
    ),
    "root": Row(
        (
            either(logs(1e-300, 1e300), between(0.1, 10)),
            either(whole(1, 20), negative(whole(1, 9)), logs(1, 400)),
        ),
        lambda x, y: mp.power(x, 1 / y),
        (lambda x, y: mp.power(x, 1 / y - 1) / y, lambda x, y: -mp.power(x, 1 / y) * mp.log(x) / y**2),
        [(2, 3), (1e300, 3), (1e-300, 7), (1e-320, 3), (MAX, 5), (1.0000000000000002, 1e9)],
        [((-8.0, 3.0), -2.0, (1 / 12, nan)), ((-32.0, -5.0), -0.5, None), ((-8.0, 2.0), nan, None),
         ((0.0, 3.0), 0.0, (inf, 0)), ((inf, 3.0), inf, None), ((-inf, 3.0), -inf, None),
         ((-8.0, 2.5), nan, None), ((16.0, 4.0), 2.0, None)],
    ),
    "exp": Row(
        (either(between(-745, 709), between(-1, 1)),), mp.exp, (mp.exp,),
        [(1e-18,), (709.78,), (710,), (-745.1,)],
        [((-inf,), 0.0, (0,)), ((inf,), inf, (inf,)), ((0.0,), 1.0, (1,))],
    ),
    "exp2": Row(
        (either(between(-1074, 1024), between(-1, 1)),), lambda x: mp.power(2, x),
        (lambda x: mp.power(2, x) * mp.ln(2),), [(0.5,), (1023.9,), (1024,)],
        [((10.0,), 1024.0, None), ((-inf,), 0.0, (0,)), ((inf,), inf, (inf,))],
    ),
    "expm1": Row(
        (either(between(-40, 709), between(-1, 1), signed(logs(1e-300, 1))),), mp.expm1, (mp.exp,),
        [(1e-18,), (-1e-18,), (710,), (-800,), (MIN,)], [((-inf,), -1.0, (0,)), ((-0.0,), -0.0, (1,))],
    ),
    "log": Row((POSITIVE,), mp.log, (lambda x: 1 / x,), LOG_POINTS, LOG_EDGES),
    "log2": Row(
        (POSITIVE,), lambda x: mp.log(x) / mp.ln(2), (lambda x: 1 / (x * mp.ln(2)),), LOG_POINTS,
        [*LOG_EDGES, ((1024.0,), 10.0, None)],
    ),
    "log10": Row(
        (POSITIVE,), lambda x: mp.log(x) / mp.ln(10), (lambda x: 1 / (x * mp.ln(10)),), LOG_POINTS,
        [*LOG_EDGES, ((1000.0,), 3.0, None)],
    ),
    "log_base": Row(
        (POSITIVE, POSITIVE), lambda x, y: mp.log(x) / mp.log(y),
        (lambda x, y: 1 / (x * mp.log(y)), lambda x, y: -mp.log(x) / (y * mp.log(y) ** 2)),
        [(2, 3), (0.5, 1.0000000000000002), (1.0000000000000002, 7), (MIN, 10)],
        [((8.0, 2.0), 3.0, None), ((125.0, 5.0), 3.0, None), ((1e-5, 10.0), -5.0, None),
         ((0.0, 2.0), -inf, (inf, None)), ((8.0, 0.5), -3.0, None), ((-1.0, 2.0), nan, None),
         ((1.0, 7.0), 0.0, None)],
    ),
    "log1p": Row(
        (either(logs(1e-300, 1e300), negative(logs(1e-300, 1)), beside(-1, logs(1e-16, 0.1))),), mp.log1p,
        (lambda x: 1 / (1 + x),), [(1e-18,), (-1e-18,), (-0.9999999999999999,), (MIN,)],
        [((-1.0,), -inf, (inf,)), ((-2.0,), nan, None), ((-0.0,), -0.0, (1,)), ((inf,), inf, (0,))],
    ),
    "sin": Row((CIRCULAR,), mp.sin, (mp.cos,), CIRCULAR_POINTS,
    [((inf,), nan, (nan,)), ((-0.0,), -0.0, (1,))]),
    "cos": Row((CIRCULAR,), mp.cos, (lambda x: -mp.sin(x),), CIRCULAR_POINTS, [((-inf,), nan, (nan,))]),
    "tan": Row(
        (CIRCULAR,), mp.tan, (lambda x: mp.sec(x) ** 2,), CIRCULAR_POINTS,
        [((inf,), nan, (nan,)), ((-0.0,), -0.0, (1,))],
    ),
    "sec": Row(
        (CIRCULAR,), mp.sec, (lambda x: mp.sec(x) * mp.tan(x),), CIRCULAR_POINTS, [((inf,), nan, (nan,))]
    ),
    "csc": Row(
        (CIRCULAR,), mp.csc, (lambda x: -mp.csc(x) * mp.cot(x),), CIRCULAR_POINTS,
        [((inf,), nan, (nan,)), ((0.0,), inf, (-inf,)), ((-0.0,), -inf, (-inf,))],
    ),
    "cot": Row(
        (CIRCULAR,), mp.cot, (lambda x: -(mp.csc(x) ** 2),), CIRCULAR_POINTS,
        [((inf,), nan, (nan,)), ((0.0,), inf, (-inf,)), ((-0.0,), -inf, (-inf,))],
    ),
    "asin": Row(
        (UNIT,), mp.asin, (lambda x: 1 / mp.sqrt(1 - x * x),), [(0.9999999999999999,), (1e-300,), (-0.5,)],
        [((1.0,), 1.5707963267948966, (inf,)), ((-1.0,), -1.5707963267948966, (inf,)), ((1.1,), nan, (nan,))],
    ),
    "acos": Row(
        (UNIT,), mp.acos, (lambda x: -1 / mp.sqrt(1 - x * x),), [(0.9999999999999999,), (1e-300,), (-0.5,)],
        [((1.0,), 0.0, (-inf,)), ((-1.0,), 3.141592653589793, (-inf,)), ((1.1,), nan, (nan,))],
    ),
    "atan": Row(
        (ANY,), mp.atan, (lambda x: 1 / (1 + x * x),), [(1e155,), (1e-300,), (1e161,), (1.0,)],
        [((inf,), 1.5707963267948966, (0,)), ((-0.0,), -0.0, (1,))],
    ),
    "atan2": Row(
        (ANY, ANY), mp.atan2, (lambda x, y: y / (x * x + y * y), lambda x, y: -x / (x * x + y * y)),
        [(1, -1), (1e200, 1e200), (1e-200, 1e-200), (1e-160, -1), (3, 4), (1e-300, 1e5)],
        [((0.0, 0.0), 0.0, (nan, nan)), ((0.0, -0.0), 3.141592653589793, None),
         ((-0.0, -1.0), -3.141592653589793, None), ((inf, inf), 0.7853981633974483, None)],
    ),
    "asec": Row(
        (BEYOND_ONE,), lambda x: mp.acos(1 / x), (lambda x: 1 / (abs(x) * mp.sqrt((x - 1) * (x + 1))),),
        [(1.0000000000000002,), (-1.0000000000000002,), (1e200,), (-1e160,), (2,)],
        [((1.0,), 0.0, (inf,)), ((-1.0,), 3.141592653589793, (inf,)), ((0.5,), nan, (nan,)),
         ((inf,), 1.5707963267948966, (0,))],
    ),
    "acsc": Row(
        (BEYOND_ONE,), lambda x: mp.asin(1 / x), (lambda x: -1 / (abs(x) * mp.sqrt((x - 1) * (x + 1))),),
        [(1.0000000000000002,), (-1.0000000000000002,), (1e200,), (-1e160,), (2,)],
        [((1.0,), 1.5707963267948966, (-inf,)), ((-1.0,), -1.5707963267948966, (-inf,)),
         ((0.5,), nan, (nan,)), ((-inf,), -0.0, (0,))],
        ulps=3, reason="three roundings come before the last",
    ),
    "acot": Row(
        (ANY,), lambda x: mp.atan(1 / x), (lambda x: -1 / (1 + x * x),),
        [(1e155,), (-1e-310,), (1e161,), (1.0,)],
        [((0.0,), 1.5707963267948966, (-1,)), ((inf,), 0.0, (0,)), ((-inf,), -0.0, (0,))],
    ),
    "sinc": Row(
        (either(between(-5, 5), signed(logs(1e-300, 1e12)),
         lambda rng: rng.randint(-9, 9) + 1e-9 * rng.random()),),
        mp.sincpi, (sinc_slope,),
        [(0.5,), (0.499999999,), (1e15 + 0.5,), (1.0000000000000002,), (1e5 + 0.5,), (1e10 + 0.25,),
         (1e300,)],
        [((0.0,), 1.0, (0,)), ((3.0,), 0.0, None), ((inf,), nan, (nan,))],
        scale=lambda x: sinc_slope(x) if abs(x) < 0.5 else mpf(1) / abs(x) * max(abs(mp.cospi(x)),
        abs(mp.sincpi(x))),
        reason=ROOT,
    ),
    "polysinc": Row(
        (whole(1, 6), either(between(-9, 9), signed(logs(1e-300, 1e12)))), polysinc,
        (lambda n, x: mp.nan, lambda n, x: polysinc(n + 1, x)),
        [(1, 0.5), (2, 1e-300), (1, 3), (1, 1e150), (30, 2.5), (99, 7), (3, 1e15 + 0.5)],
        [((1.0, 0.0), -0.0, None), ((0.0, 3.0), 0.0, None), ((1.0, inf), nan, None), ((1.5, 1.0), nan, None)],
    ),
    "deg2rad": Row((ANY,), mp.radians, (lambda x: mp.pi / 180,), [(180,), (57.3,)]),
    "rad2deg": Row((ANY,), mp.degrees, (lambda x: 180 / mp.pi,), [(3.141592653589793,)]),
    "sinh": Row(
        (either(between(-711, 711), signed(logs(1e-300, 30))),), mp.sinh, (mp.cosh,),
        [(1e-18,), (710.4,), (-711,)],
        [((-inf,), -inf, (inf,)), ((-0.0,), -0.0, (1,))],
    ),
    "cosh": Row(
        (either(between(-711, 711), signed(logs(1e-300, 30))),), mp.cosh, (mp.sinh,),
        [(1e-18,), (710.4,), (-711,)],
        [((-inf,), inf, (-inf,)), ((0.0,), 1.0, (0,))],
    ),
    "tanh": Row(
        (either(between(-30, 30), signed(logs(1e-300, 400))),), mp.tanh, (lambda x: mp.sech(x) ** 2,),
        [(0.5,), (370.0,), (20.0,), (800.0,), (0.46398267130068693,)],
        [((inf,), 1.0, (0,)), ((-inf,), -1.0, (0,)), ((-0.0,), -0.0, (1,))],
    ),
    "asinh": Row(
        (either(ANY, between(-5, 5)),), mp.asinh, (lambda x: 1 / mp.hypot(x, 1),), [(1e300,), (1e-18,), (1,)],
        [((-inf,), -inf, (0,)), ((-0.0,), -0.0, (1,))],
    ),
    "acosh": Row(
        (either(logs(1, 1e300), beside(1, logs(1e-15, 1))),), mp.acosh,
        (lambda x: 1 / mp.sqrt((x - 1) * (x + 1)),),
        [(1 + 1e-15,), (1.0000000000000002,), (MAX,), (2,)],
        [((1.0,), 0.0, (inf,)), ((0.5,), nan, (nan,)), ((inf,), inf, (0,))],
    ),
    "atanh": Row(
        (UNIT,), mp.atanh, (lambda x: 1 / ((1 - x) * (1 + x)),), [(1 - 1e-16,), (1e-300,), (-0.5,)],
        [((1.0,), inf, (inf,)), ((-1.0,), -inf, (inf,)), ((1.5,), nan, None), ((-0.0,), -0.0, (1,))],
    ),
    "sech": Row(
        (either(between(-745, 745), signed(logs(1e-300, 30))),), mp.sech,
        (lambda x: -mp.sech(x) * mp.tanh(x),),
        [(720.0,), (-744.0,), (1e-18,), (0.5,), (37.0,)],
        [((0.0,), 1.0, (0,)), ((inf,), 0.0, (0,)), ((-inf,), 0.0, (0,))],
    ),
    "csch": Row(
        (either(between(-745, 745), signed(logs(1e-300, 30))),), mp.csch,
        (lambda x: -mp.csch(x) * mp.coth(x),), [(720.0,), (-744.0,), (1e-310,), (0.5,), (37.0,)],
        [((0.0,), inf, (-inf,)), ((-0.0,), -inf, (-inf,)), ((inf,), 0.0, (0,)), ((-inf,), -0.0, (0,))],
    ),
    "coth": Row(
        (either(between(-30, 30), signed(logs(1e-300, 400))),), mp.coth, (lambda x: -mp.csch(x) ** 2,),
        [(0.5,), (370.0,), (20.0,), (800.0,), (1e-310,)],
        [((inf,), 1.0, (0,)), ((-inf,), -1.0, (0,)), ((0.0,), inf, (-inf,)), ((-0.0,), -inf, (-inf,))],
    ),
    "asech": Row(
        (either(logs(MIN, 1), between(0, 1), beside(1, negative(logs(1e-16, 0.1)))),),
        lambda x: mp.acosh(1 / x), (lambda x: -1 / (x * mp.sqrt((1 - x) * (1 + x))),),
        [(0.9999999999999999,), (MIN,), (1e-310,), (0.5,)],
        [((1.0,), 0.0, (-inf,)), ((0.0,), inf, (-inf,)), ((-0.0,), inf, None), ((1.5,), nan, (nan,)),
         ((-0.5,), nan, None)],
    ),
    "acsch": Row(
        (ANY,), lambda x: mp.asinh(1 / x), (lambda x: -1 / (abs(x) * mp.hypot(1, x)),),
        [(MIN,), (-1e-310,), (1.0,), (MAX,), (1e160,)],
        [((0.0,), inf, (-inf,)), ((-0.0,), -inf, (-inf,)), ((inf,), 0.0, (0,)), ((-inf,), -0.0, (0,))],
    ),
    "acoth": Row(
        (BEYOND_ONE,), lambda x: mp.atanh(1 / x), (lambda x: -1 / ((x - 1) * (x + 1)),),
        [(1.0000000000000002,), (-1.0000000000000002,), (1e160,), (2.0,), (3.0,)],
        [((1.0,), inf, (-inf,)), ((-1.0,), -inf, (-inf,)), ((0.5,), nan, None), ((-inf,), -0.0, (0,))],
    ),
    # Special functions
    "erf": Row(
        (either(between(-7, 7), signed(logs(1e-300, 28))),), mp.erf,
        (lambda x: 2 / mp.sqrt(mp.pi) * mp.exp(-x * x),), _erf_points(),
        [((-inf,), -1.0, (0,)), ((-0.0,), -0.0, None)],
        derivative_ulps=520, reason=EXPONENT,
    ),
    "erfc": Row(
        (either(between(-7, 7), signed(logs(1e-300, 28)), between(0, 27)),), mp.erfc,
        (lambda x: -2 / mp.sqrt(mp.pi) * mp.exp(-x * x),), _erf_points(),
        [((-inf,), 2.0, (-0.0,)), ((inf,), 0.0, None)],
        derivative_ulps=520, reason=EXPONENT,
    ),
    "erfinv": Row(
        (UNIT,), erfinv, (lambda x: mp.sqrt(mp.pi) / 2 * mp.exp(erfinv(x) ** 2),),
        [(0.5,), (0.9999999999999999,), (-0.9999999999999999,), (1e-300,), (MIN,), (0.9999,), (0.4999999,)],
        [((1.0,), inf, (inf,)), ((-1.0,), -inf, (inf,)), ((1.1,), nan, (nan,)), ((-0.0,), -0.0, None)],
        derivative_ulps=70, reason="exp(z^2) magnifies the rounding of the result z by 2 z^2 < 69",
    ),
    "erfcx": Row(
        (either(between(-26, 30), signed(logs(1e-300, 5)), logs(1, 1e300)),), erfcx,
        (lambda x: polyerfcx(1, x),),
        [(2.0,), (1.9999999,), (-26.6,), (26.5,), (1e9,), (1e154,), (-0.5,)],
        [((0.0,), 1.0, None), ((inf,), 0.0, (0,)), ((-inf,), inf, (-inf,)), ((-30.0,), inf, (-inf,))],
    ),
    "polyerfcx": Row(
        (whole(0, 6), either(between(-25, 40), signed(logs(1e-300, 5)), logs(1, 1e30))), polyerfcx,
        (lambda n, x: mp.nan, lambda n, x: polyerfcx(n + 1, x)),
        [(1, 1), (2, 0), (1, 1e15), (30, 3), (49, 0.9)],
        [((0.5, 1.0), nan, None), ((-1.0, 1.0), nan, None), ((1.0, -30.0), -inf, None),
         ((51.0, 1.0), nan, None)],
        ulps=5, derivative_ulps=5, reason="beyond 1e15 a division an order",
    ),
    "norm_pdf": Row(
        (either(between(-38, 38), signed(logs(1e-300, 5))),), normal, (lambda x: -x * normal(x),),
        [(-38.4,), (37.5,), (1.0,), (3.03125,)],
        [((0.0,), 0.3989422804014327, (0,)), ((inf,), 0.0, None), ((50.0,), 0.0, (0,))],
        ulps=3, reason="two exponentials, a product and a quotient",
        scale=lambda x: TINIEST * abs(x), derivative_ulps=5,
    ),
    "ndtr": Row(
        (either(between(-38.4, 9), signed(logs(1e-300, 5))),), ndtr, (normal,),
        [(-38.45,), (-0.5,), (-0.49999,), (-2.828,), (8.3,)],
        [((-inf,), 0.0, (0,)), ((inf,), 1.0, (0,)), ((0.0,), 0.5, None), ((-50.0,), 0.0, (0,))],
    ),
    "log_ndtr": Row(
        (either(between(-40, 37), negative(logs(1, 1e150)), signed(logs(1e-300, 5))),), log_ndtr,
        (lambda x: normal(x) / ndtr(x) if x > -10 else mp.sqrt(2 / mp.pi) / erfcx(-x / mp.sqrt(2)),),
        [(-1e10,), (-1e6,), (-999999.9,), (-1.0,), (37.5,), (5.0,)],
        [((inf,), -0.0, (0,)), ((-inf,), -inf, (inf,)), ((-1e200,), -inf, (1e200,))],
        scale=lambda x: TINIEST * abs(x), derivative_ulps=6,
        reason="norm_pdf and its quotient by ndtr are rounded; " + SUBNORMAL,
    ),
    "gamma": Row(
        (GAMMA,), mp.gamma, (lambda x: mp.gamma(x) * mp.digamma(x),), GAMMA_POINTS,
        [((0.0,), inf, None), ((-0.0,), -inf, None), ((-1.0,), nan, (nan,)), ((5.0,), 24.0, None),
         ((inf,), inf, None), ((-inf,), nan, None), ((172.0,), inf, None), ((-200.5,), -0.0, None)],
    ),
    "lgamma": Row(
        (either(GAMMA, logs(1e-300, 1e300), between(-1e6, 1e6)),), lambda x: mp.re(mp.loggamma(x)),
        (mp.digamma,),
        [*GAMMA_POINTS, (1e10,), (1e300,), (-1e10 + 0.3,), (3.0000000000000004,), (1e20,), (2e20,), (MAX,)],
        [((0.0,), inf, (-inf,)), ((-3.0,), inf, (nan,)), ((1.0,), 0.0, None), ((2.0,), 0.0, None),
         ((-inf,), inf, None), ((inf,), inf, (inf,))],
    ),
    "digamma": Row(
        (either(GAMMA, logs(1e-300, 1e300), between(-1e6, 1e6)),), mp.digamma, (lambda x: polygamma(1, x),),
        [*GAMMA_POINTS, (1.4616321449683625,), (-0.5040830082644554,), (1e10,), (-1e10 + 0.3,)],
        [((0.0,), -inf, (inf,)), ((-0.0,), inf, (inf,)), ((-2.0,), nan, (inf,)), ((inf,), inf, (0,)),
         ((-inf,), nan, None)],
    ),
    "digammadiff": Row(
        (either(logs(1e-10, 1e3), between(0, 20), logs(1e-50, 1e50)),
         either(logs(1e-10, 1e3), between(0, 20), logs(1e-50, 1e50))),
        digammadiff,
        (lambda x, y: polygamma(1, x + y) - polygamma(1, x), lambda x, y: polygamma(1, x + y)),
        [(1, 2), (1e22, 2.5), (1e5, 1e-30), (3, -1e-5), (1e-30, 1e-40), (1e-40, 1), (10, 1e30), (0.5, -1.7)],
        [((1.0, 2.0), 1.5, None), ((1.0, 0.0), 0.0, None), ((-1.0, 0.5), nan, None),
         ((1.0, -3.0), nan, None)],
        scale=lambda x, y: max(polygamma(1, x), polygamma(1, x + y)), reason=ROOT,
    ),
    "polygamma": Row(
        (either(whole(1, 4), whole(0, 30)), either(logs(1e-5, 1e15), between(0, 50), between(-20, 0))),
        polygamma,
        (lambda n, x: mpf(nan), lambda n, x: polygamma(n + 1, x)),
        [(1, 1e-100), (2, -1e-90), (1, 1e300), (100, 120.5), (200, 130.25), (3, -0.5), (2, -1e5 + 0.3),
         (500, 190.0)],
        [((-1.0, 1.0), nan, None), ((0.5, 1.0), nan, None), ((1.0, inf), 0.0, None), ((2.0, inf), -0.0, None),
         ((1.0, -1.0), inf, None), ((2.0, 0.0), -inf, None), ((inf, 1.0), nan, None),
         ((1.0, -inf), nan, None)],
    ),
    "beta": Row(
        (either(logs(1e-10, 1e3), between(0, 20), logs(1e-100, 1e100)),
         either(logs(1e-10, 1e3), between(0, 20), logs(1e-5, 1e10))),
        beta,
        (lambda x, y: -beta(x, y) * digammadiff(x, y), lambda x, y: -beta(x, y) * digammadiff(y, x)),
        [(1e-10, 1e10), (1e-200, 1e-200), (1e-300, 1e300), (0.5, 1e22), (3.5, 2e21), (500, 500), (1e5, 2)],
        [((inf, 1.0), 0.0, None), ((0.0, 1.0), inf, None), ((-1.5, 1.5), 0.0, None), ((1.0, 1.0), 1.0, None)],
        scale=lambda x, y: TINIEST * max(abs(digammadiff(x, y)), abs(digammadiff(y, x))), reason=SUBNORMAL,
    ),
    "binomial": Row(
        (either(between(-3, 20), between(0, 200), whole(0, 60), logs(1e-5, 1e10)),
         either(between(-3, 20), whole(0, 30))),
        binomial,
        (lambda x, y: binomial(x, y) * digammadiff(x - y + 1, y),
         lambda x, y: binomial(x, y) * digammadiff(y + 1, x - 2 * y)),
        [(1000, 500), (1e22, 2.5), (2.5, 1e5), (1e-10, 0.5), (1000.5, 500), (100, 50.5), (1e15, 3)],
        [((5.0, 2.0), 10.0, None), ((60.0, 30.0), 118264581564861424.0, None), ((5.0, 6.0), 0.0, None),
         ((5.0, -1.0), 0.0, None), ((-1.0, 2.0), nan, None), ((1e9, 1e8), inf, None),
         ((50.0, 3.0), 19600.0, None),
         ((2.5, 1e300), -0.0, None), ((1e300, 1e299), inf, None)],
        scale=lambda x, y: abs(binomial(x, y)) * max(1, abs(x), abs(y))
        * max(polygamma(1, x - y + 1), polygamma(1, x + 1), polygamma(1, y + 1)),
        reason="x - y + 1 and x - 2y are rounded, which the poles of digamma magnify; " + ROOT,
    ),
    "sigmoid": Row(
        (either(between(-745, 50), between(-10, 10), signed(logs(1e-300, 1))),), sigmoid,
        (lambda x: sigmoid(x) * sigmoid(-x),), [(-800,), (-745,), (-709.9,), (40,), (800,), (0.0,)],
        [((inf,), 1.0, (0,)), ((-inf,), 0.0, (0,))],
    ),
    "logit": Row(
        (either(between(0, 1), logs(1e-300, 1), beside(1, negative(logs(1e-16, 1))),
         beside(0.5, signed(logs(1e-16, 0.3)))),),
        lambda x: mp.log(x) - mp.log1p(-x), (lambda x: 1 / (x * (1 - x)),),
        [(0.5000000000000001,), (0.49999999999999994,), (0.25,), (0.75,), (MIN,), (0.9999999999999999,)],
        [((0.5,), 0.0, (4,)), ((0.0,), -inf, (inf,)), ((1.0,), inf, (inf,)), ((1.5,), nan, None)],
    ),
    "softplus": Row(
        (either(between(-745, 800), between(-10, 10), signed(logs(1e-300, 1))),),
        lambda x: mp.log1p(mp.exp(x)),
        (sigmoid,), [(800,), (-800,), (0.0,), (1e-18,), (1e300,)],
        [((-inf,), 0.0, (0,)), ((inf,), inf, (1,))],
    ),
    "relu": Row(
        (ANY,), lambda x: max(x, mpf(0)), (lambda x: mpf(x > 0),), [(3,), (-3,)],
        [((0.0,), 0.0, (0,)), ((-0.0,), 0.0, (0,)), ((nan,), nan, None), ((inf,), inf, (1,))],
    ),
    "elu": Row(
        (either(between(-750, 10), signed(logs(1e-300, 10))),), lambda x: x if x > 0 else mp.expm1(x),
        (elu_slope,),
        [(-1e-18,), (-40,), (2,)], [((-inf,), -1.0, (0,)), ((0.0,), 0.0, (1,)), ((inf,), inf, (1,))],
    ),
    "gelu": Row(
        (either(between(-38, 10), between(-3, 3), signed(logs(1e-300, 1))),),
        lambda x: x * ndtr(x), (lambda x: ndtr(x) + x * normal(x),),
        [(-0.5,), (-0.5000000001,), (-2.5,), (-2.4999999,), (-38.4,), (1,), (40,), (-0.7517915246935645,)],
        [((inf,), inf, None), ((0.0,), 0.0, (0.5,))],
        scale=lambda x: max(ndtr(x), abs(x) * normal(x), TINIEST * abs(x)), reason=ROOT + "; " + SUBNORMAL,
    ),
    "silu": Row(
        (either(between(-745, 10), between(-3, 3), signed(logs(1e-300, 1))),), lambda x: x * sigmoid(x),
        (lambda x: sigmoid(x) * (1 + x * sigmoid(-x)),),
        [(-700,), (-745,), (-750,), (-1.2784645427610738,), (800,), (-1e3,)],
        [((inf,), inf, None), ((0.0,), 0.0, (0.5,)), ((-inf,), -0.0, None)],
        scale=lambda x: sigmoid(x) * max(1, abs(x) * sigmoid(-x)),
        reason=ROOT,
    ),
    "logaddexp": Row(
        (either(between(-745, 745), between(-3, 3)), either(between(-745, 745), between(-3, 3))), logaddexp,
        (lambda x, y: sigmoid(x - y), lambda x, y: sigmoid(y - x)),
        [(1000, 1000), (-0.7, -0.7), (-0.6931471805599453, -0.6931471805599453), (-1e-10, -23.02585092994046),
         (-0.0009994999, -6.9083), (1e300, 1), (0.1, 1e-17)],
        [((-inf, -inf), -inf, None), ((inf, inf), inf, None), ((inf, -inf), inf, (1, 0)),
         ((-inf, 2.0), 2.0, (0, 1)),
         ((inf, nan), nan, None), ((nan, nan), nan, None)],
        derivative_ulps=520, reason=EXPONENT,
    ),
    "xlogy": Row(
        (ANY, POSITIVE), lambda x, y: x * mp.log(y), (lambda x, y: mp.log(y), lambda x, y: x / y),
        [(1e-300, 1e-300), (2, 1.0000000000000002)],
        [((0.0, 0.0), 0.0, (-inf, 0)), ((0.0, inf), 0.0, (inf, 0)), ((0.0, -1.0), 0.0, None),
         ((0.0, nan), nan, None),
         ((1.0, 0.0), -inf, None), ((1.0, -1.0), nan, None)],
    ),
}  # fmt: skip
