"""The error function and its kin, sinc, and the functions of neural networks, over floats.

The C library's erfc is off by several ulp. Digits that cancel, or that an exponential would
magnify, are carried in fixed point.

In comments, A&S is Abramowitz & Stegun, Handbook of Mathematical Functions, and DLMF the NIST
Digital Library of Mathematical Functions.
"""

from __future__ import annotations

from math import copysign, erf, exp, expm1, floor, inf, isfinite, log, log1p, nan, pi, sqrt
from math import erfc as c_erfc

from cgcli.algebras.numbers.fixed import (
    BITS,
    ONE,
    PI,
    SQRT_HALF_PI,
    SQRT_PI,
    exp_fixed,
    exp_pair,
    log_fixed,
    sin_cos_pi,
    to_fixed,
    to_float,
)

HALF_SQRT_PI = 0.886226925452758


def _erfc_ratio(square: int) -> int:
    """sqrt(pi) x e^(x^2) erfc(x) at x^2 >= 4: Laplace's continued fraction, A&S 7.1.14."""
    v = (ONE << BITS) // (2 * square)
    total = ONE
    for n in range(int(200 * ONE // square) + 12, 0, -1):
        total = ONE + (n * v << BITS) // total
    return (ONE << BITS) // total


def _erf_series(square: int) -> int:
    """sqrt(pi) e^(x^2) erf(x)/2x: the series of positive terms, A&S 7.1.6."""
    total = term = ONE
    n = 1
    while term > ONE >> 100:
        n += 2
        term = (2 * square * term >> BITS) // n
        total += term
    return total


def erfc(x: float) -> float:
    """1 - erf(x): the C library's below 1/2, a series to 2, a continued fraction beyond."""
    if x < 0.5 or x != x:
        return c_erfc(x)
    if x > 28:
        return 0.0
    fixed = to_fixed(x)
    square = fixed * fixed >> BITS
    n, k = exp_pair(-square)
    if x < 2:
        tail = (n >> -k) * fixed * _erf_series(square) * 2 // SQRT_PI >> BITS
        return to_float(ONE - tail)
    return to_float((n * _erfc_ratio(square) << BITS) // (fixed * SQRT_PI), k - BITS)


def gelu(x: float) -> float:
    """x*(1 + erf(x/sqrt(2)))/2. In the negative tail erfc(-x/sqrt(2)) would magnify the rounding
    of its operand; the series need but its square, x^2/2, in fixed point."""
    if not x < -0.5:
        return 0.5 * x * (1 + erf(x * 0.7071067811865476))
    if x < -40:
        return -0.0
    fixed = -to_fixed(x)
    square = fixed * fixed >> BITS + 1
    n, k = exp_pair(-square)
    if x > -2.5:
        tail = (n >> -k) * fixed * _erf_series(square) >> 2 * BITS
        return to_float(-fixed * (SQRT_HALF_PI - tail) // SQRT_HALF_PI >> 1)
    return to_float(-n * _erfc_ratio(square) // SQRT_HALF_PI >> 1, k - BITS)


def erfinv(x: float) -> float:
    """Winitzki's approximation (A handy approximation for the error function, 2008) to 0.002, and
    three of Halley's steps. The residual is that of erfc where erf is flat."""
    if not -1 < x < 1:
        return copysign(inf, x) if x in (1, -1) else nan
    size = abs(x)
    if size < 0.1:
        y = size * HALF_SQRT_PI
    else:
        w = -log((1 - size) * (1 + size)) / 0.147
        half = 2 / (pi * 0.147) - 0.0735 * w
        y = sqrt(w / (sqrt(half * half + w) + half))
    for _ in range(3):
        residual = erf(y) - size if size < 0.5 else (1 - size) - erfc(y)
        step = residual * HALF_SQRT_PI * exp(y * y)
        y -= step / (1 + y * step)
    return copysign(y, x)


def sinc(x: float) -> float:
    """sin(pi*x)/(pi*x), with x reduced exactly: pi*x in double precision would be far off at
    large x and near whole ones."""
    if -1e-9 < x < 1e-9:
        return 1.0
    if not isfinite(x):
        return nan
    if x == floor(x):
        return 0.0
    fixed = to_fixed(x)
    return sin_cos_pi(fixed % (2 * ONE))[0] * ONE / (PI * fixed)


def sigmoid(x: float) -> float:
    return 1 / (1 + exp(-x)) if x > -709 else exp(x)


def silu(x: float) -> float:
    if x > -709:
        return x / (1 + exp(-x))
    if not x > -800:
        return -0.0 if x == x else x
    fixed = to_fixed(x)  # exp(-x) would overflow, and exp(x) is subnormal
    n, k = exp_pair(fixed)
    return to_float(n * fixed >> BITS, k - BITS)


def softplus(x: float) -> float:
    return x + log1p(exp(-x)) if x > 0 else log1p(exp(x))


def logit(x: float) -> float:
    """log(x/(1 - x)); near x = 1/2 by log1p, as 2x - 1 is exact."""
    if 0.25 < x < 0.75:
        return log1p((2 * x - 1) / (1 - x))
    if 0 < x < 1:
        return log(x / (1 - x))
    return -inf if x == 0 else inf if x == 1 else nan


def elu(x: float) -> float:
    return x if x > 0 else expm1(x)


def logaddexp(x: float, y: float) -> float:
    """log(exp(x) + exp(y)) as m + log1p(exp(-d)), m the larger and d the distance. Where the
    two cancel, the sum is taken in fixed point."""
    large, small = (x, y) if x > y else (y, x)
    if large == small:
        if large - large != 0:
            return large
    elif x != x or y != y:
        return nan
    elif large == inf:
        return large
    gain = log1p(exp(small - large))
    if large < 0 and -0.5 * large < gain < -2 * large:
        return to_float(log_fixed(exp_fixed(to_fixed(large)) + exp_fixed(to_fixed(small))))
    return large + gain
