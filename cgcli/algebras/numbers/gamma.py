"""Gamma and its kin over floats, to about half an ulp.

The C library has no digamma or beta, and Python's own gamma is off by several ulp. Here the
digits that cancel, or that an exponential would magnify, are carried in fixed point.

In comments, A&S is Abramowitz & Stegun, Handbook of Mathematical Functions, and DLMF the NIST
Digital Library of Mathematical Functions.
"""

from __future__ import annotations

from math import comb, copysign, floor, frexp, inf, isfinite, log, log1p, nan
from math import factorial as whole_factorial

from cgcli.algebras.numbers.fixed import (
    BITS,
    HALF,
    HALF_LOG_TAU,
    ONE,
    PI,
    exp_pair,
    horner,
    log_fixed,
    log_float,
    power,
    sin_cos_pi,
    to_fixed,
    to_float,
)

# Below this size an operand of gamma and its kin would lose digits in fixed point; there the
# first term of the Laurent series at 0 is the whole answer.
TINY = 2.0**-80
# From here up the asymptotic series below reach 2**-110.
FAR = 24 << BITS

# Bernoulli numbers B2, B4, ..., B34.
BERNOULLI = (
    (1, 6), (-1, 30), (1, 42), (-1, 30), (5, 66), (-691, 2730), (7, 6), (-3617, 510),
    (43867, 798), (-174611, 330), (854513, 138), (-236364091, 2730), (8553103, 6),
    (-23749461029, 870), (8615841276005, 14322), (-7709321041217, 510), (2577687858367, 6),
)  # fmt: skip
# Highest first, as Horner's rule wants them: B2k/(2k (2k - 1)), B2k/2k and B2k/(2k)!.
STIRLING = [(b << BITS) // (d * 2 * k * (2 * k - 1)) for k, (b, d) in enumerate(BERNOULLI, 1)][::-1]
DIGAMMA = [(b << BITS) // (d * 2 * k) for k, (b, d) in enumerate(BERNOULLI, 1)][::-1]
EULER = [(b << BITS) // (d * whole_factorial(2 * k)) for k, (b, d) in enumerate(BERNOULLI, 1)]


def _gamma(x: int) -> tuple[int, int, int]:
    """(t, n, d) with gamma(x) = e^t * n/d; x is not a pole.

    Stirling's series (A&S 6.1.40) beyond FAR, reached by gamma(x + 1) = x gamma(x); for x < 0 the
    reflection formula (A&S 6.1.17). Keeping n/d out of t spares logarithms.
    """
    sine = 0
    if x < 0:
        sine = sin_cos_pi(x)[0]
        x = ONE - x
    product = ONE
    while x < FAR:
        product = product * x >> BITS
        x += ONE
    inverse = (ONE << BITS) // x
    series = horner(STIRLING, inverse * inverse >> BITS) * inverse >> BITS
    t = ((x - HALF) * log_fixed(x) >> BITS) - x + HALF_LOG_TAU + series
    return (-t, product * PI >> BITS, sine) if sine else (t, ONE, product)


def _times_exp(t: int, n: int, d: int) -> float:
    """e^t * n/d as a float."""
    m, k = exp_pair(t)
    return to_float((m * n << BITS) // d, k - 2 * BITS)


def gamma(x: float) -> float:
    """Gamma function: factorials, else Stirling's series and reflection (see `_gamma`)."""
    if x == 0:
        return copysign(inf, x)
    if -TINY < x < TINY:
        return 1 / x
    if x > 171.7:
        return inf
    if x == -inf or x != x:
        return nan
    if x == floor(x):
        return float(whole_factorial(int(x) - 1)) if x > 0 else nan
    if x < -200:
        return -0.0 if floor(x) % 2 else 0.0
    return _times_exp(*_gamma(to_fixed(x)))


def factorial(x: float) -> float:
    """gamma(x + 1), where x + 1 is not rounded: gamma would magnify the error."""
    if not -200 < x < 172 or x == floor(x):
        return gamma(x + 1)
    return _times_exp(*_gamma(to_fixed(x) + ONE))


def lgamma(x: float) -> float:
    """log(abs(gamma(x))) from `_gamma`; for large x two terms of Stirling's series."""
    if not isfinite(x):
        return x * x
    if x <= 0 and x == floor(x):
        return inf
    if x in (1, 2):
        return 0.0
    if -TINY < x < TINY:
        return -log(x if x > 0 else -x)
    if x > 1e20:  # the next term, log(x)/2, is beyond the last bit
        fraction, exponent = frexp(x)
        return to_float(int(fraction * 9007199254740992.0) * (log_float(x) - ONE), exponent - 53 - BITS)
    t, n, d = _gamma(to_fixed(x))
    return to_float(t + (log_fixed(n) if n != ONE else 0) - log_fixed(abs(d)))


def _digamma(x: int) -> int:
    """Asymptotic series, recurrence and reflection: A&S 6.3.18, 6.3.5 and 6.3.7."""
    total = 0
    if x < 0:
        sine, cosine = sin_cos_pi(x)
        total = -PI * cosine // sine
        x = ONE - x
    while x < FAR:
        total -= (ONE << BITS) // x
        x += ONE
    inverse = (ONE << BITS) // x
    square = inverse * inverse >> BITS
    return total + log_fixed(x) - (inverse >> 1) - (horner(DIGAMMA, square) * square >> BITS)


def digamma(x: float) -> float:
    """The derivative of lgamma (see `_digamma`): -1/x near 0, log(x) for large x."""
    if x == 0:
        return copysign(inf, -x)
    if -TINY < x < TINY:
        return -1 / x
    if x > 1e20:
        return log(x)
    if x != x or x == -inf or (x < 0 and x == floor(x)):
        return nan
    return to_float(_digamma(to_fixed(x)))


def digammadiff(x: float, y: float) -> float:
    """digamma(x + y) - digamma(x), the difference in fixed point; log1p(y/x) for large x."""
    if x == 0 or not (isfinite(x) and isfinite(y)):
        return digamma(x + y) - digamma(x)
    if abs(x) < 1e-9 and abs(y) < 1e-9:  # 1/x - 1/(x + y)
        return y / x / (x + y) if x + y else copysign(inf, x)
    if -TINY < x < TINY or -TINY < x + y < TINY:
        return digamma(x + y) - digamma(x)
    if x > 1e20 and x + y > 1e20:
        return log1p(y / x)
    if abs(y) < 2.0**-104 or abs(y) < x * 2.0**-55:  # the next term of Taylor's series is nothing
        return y * polygamma(1.0, x)
    first, second = to_fixed(x), to_fixed(x) + to_fixed(y)
    if any(n <= 0 and n % ONE == 0 for n in (first, second)):
        return nan
    return to_float((log_fixed(second) if x + y > 1e20 else _digamma(second)) - _digamma(first))


def _hurwitz(s: int, x: int) -> int:
    """x^s * zeta(s, x) for whole s >= 2 and x > 0: the first terms of the sum, then Euler and
    Maclaurin's formula for the others (DLMF 25.11.43 and 2.10.1)."""
    start, total = x, 0
    while x < FAR + (s << BITS):
        term = power((start << BITS) // x, s)
        total += term
        if term < ONE >> 120:
            return total
        x += ONE
    inverse = (ONE << BITS) // x
    square = inverse * inverse >> BITS
    tail, rising = x // (s - 1) + HALF, s * inverse
    for k, coefficient in enumerate(EULER):
        tail += rising * coefficient >> BITS
        rising = (rising * square >> BITS) * (s + 2 * k + 1) * (s + 2 * k + 2)
    return total + (power((start << BITS) // x, s) * tail >> BITS)


def polygamma(n: float, x: float) -> float:
    """(-1)^(n + 1) n! zeta(n + 1, x), A&S 6.4.10, with Hurwitz's zeta function.

    Below x = 0, zeta(s, x) is the sum over the whole lattice x + k less the part left of x; each
    is one of zeta functions at positive operands.
    """
    if n == 0:
        return digamma(x)
    if not 0 < n < inf or n != floor(n) or x != x or x == -inf:
        return nan
    even = n % 2 == 0
    sign = -1 if even else 1
    if x == inf:
        return sign * 0.0
    if x <= 0 and x == floor(x):  # a pole of even order, or one that changes sign
        return inf if not even else copysign(inf, -x) if x == 0 else nan
    if n > 1e15:  # n! x^-n is far outside the range, one way or the other
        return sign * (inf if x < 0 or lgamma(n) > n * log(x) else 0.0)
    s = int(n) + 1
    if -TINY < x < TINY:
        scaled = ONE
        sign = 1 if x < 0 else sign
    elif x > 0:
        scaled = _hurwitz(s, to_fixed(x))
    else:
        if s > 200:
            return sign * inf
        fixed = to_fixed(x)
        part = fixed % ONE
        terms = ((part, 1), (ONE - part, sign), (ONE - fixed, -sign))
        total = 0
        for operand, weight in terms:
            total += weight * (_hurwitz(s, operand) * power((ONE << BITS) // operand, s) >> BITS)
        return to_float(sign * whole_factorial(s - 1) * total)
    t, _, d = _gamma(s << BITS)
    return _times_exp(t - s * log_float(abs(x)), sign * scaled, d)


def _pole(x: float) -> bool:
    return x <= 0 and x == floor(x)


def beta(x: float, y: float) -> float:
    """gamma(x) gamma(y)/gamma(x + y), with the logarithms added up in fixed point.

    At poles as SciPy: inf, or the limit where x + y is a pole too.
    """
    if x != x or y != y or -inf in (x, y):
        return nan
    if inf in (x, y):
        other = y if x == inf else x
        return 0.0 if other > 0 else copysign(inf, other) if other == 0 else nan
    sign = 1
    if _pole(x) or _pole(y):
        pole, other = (x, y) if _pole(x) else (y, x)
        if other <= 0 or other != floor(other) or 1 - pole <= other:
            return copysign(inf, pole) if pole == 0 else inf
        x, y, sign = 1 - pole - other, other, -1 if other % 2 else 1
    small, large = (x, y) if abs(x) < abs(y) else (y, x)
    if abs(small) < TINY:
        # gamma(x) is 1/x there; both tiny give 1/x + 1/y
        return (small / large + 1) / small if abs(large) < TINY else 1 / small
    if abs(large) > 1e21:
        # gamma(y)/gamma(x + y) is y^-x (A&S 6.1.47)
        if large < 0 or small < -1e15:
            return nan
        if small > 20:
            return sign * 0.0
        t, n, d = _gamma(to_fixed(small))
        return _times_exp(t - (to_fixed(small) * log_float(large) >> BITS), sign * n, d)
    fixed_x, fixed_y = to_fixed(x), to_fixed(y)
    total = fixed_x + fixed_y
    if total <= 0 and total % ONE == 0:
        return 0.0
    (t1, n1, d1), (t2, n2, d2), (t3, n3, d3) = _gamma(fixed_x), _gamma(fixed_y), _gamma(total)
    return _times_exp(t1 + t2 - t3, sign * n1 * n2 * d3, d1 * d2 * n3)


def binomial(x: float, y: float) -> float:
    """gamma(x + 1)/(gamma(y + 1) gamma(x - y + 1)), the sums in fixed point; whole operands
    exactly. At poles as SciPy: nan for negative whole x, 0 where only a denominator has one."""
    if not (isfinite(x) and isfinite(y)) or (x < 0 and x == floor(x)):
        return nan
    if y == floor(y):
        if y < 0:
            return 0.0
        if x == floor(x):
            if y > x:
                return 0.0
            n, k = int(x), int(y)
            k = min(k, n - k)
            try:
                return float(comb(n, k)) if k < 520 else inf  # C(2k, k) is beyond range from there
            except OverflowError:
                return inf
    if abs(x) > 1e18:
        # gamma(x + 1)/gamma(x - y + 1) is x^y (A&S 6.1.47); x is whole, so y is not
        if x < 0:
            return nan
        if y > 20:
            return inf
        t, n, d = _gamma(to_fixed(y) + ONE)
        return _times_exp((to_fixed(y) * log_float(x) >> BITS) - t, d, n)
    fixed_x = to_fixed(x)
    if y > 1e18:
        # y is even, and by reflection gamma(y - x)/gamma(y + 1)/gamma(-x) remains
        t, n, d = _gamma(-fixed_x)
        return _times_exp(-((fixed_x + ONE) * log_float(y) >> BITS) - t, d, n)
    fixed_y = to_fixed(y)
    rest = fixed_x - fixed_y + ONE
    if rest <= 0 and rest % ONE == 0:
        return 0.0
    t1, n1, d1 = _gamma(fixed_x + ONE)
    t2, n2, d2 = _gamma(fixed_y + ONE)
    t3, n3, d3 = _gamma(rest)
    return _times_exp(t1 - t2 - t3, n1 * d2 * d3, d1 * n2 * n3)
