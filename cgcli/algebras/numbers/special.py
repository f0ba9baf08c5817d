"""The error function and its kin, sinc, and the functions of neural networks, over floats.

The C library's erfc is off by several ulp. Digits that cancel, or that an exponential would
magnify, are carried in fixed point.

In comments, A&S is Abramowitz & Stegun, Handbook of Mathematical Functions, and DLMF the NIST
Digital Library of Mathematical Functions.
"""

from __future__ import annotations

from math import cos, exp, floor, inf, isfinite, log, log1p, nan, pi, sin, tan
from math import erfc as c_erfc
from math import factorial as whole_factorial

from cgcli.algebras.numbers.fixed import (
    BITS,
    LN2,
    ONE,
    PI,
    SQRT_HALF_PI,
    SQRT_PI,
    exp_fixed,
    exp_pair,
    log_fixed,
    power,
    quarter_turns,
    sin_cos_pi,
    to_fixed,
    to_float,
)
from cgcli.annotations import Any, Callable

INVERSE_SQRT_PI = 0.5641895835477563

# From this square of the operand on the continued fraction is good.
FAR = 4 << BITS


def _erfc_ratio(square: int) -> int:
    """sqrt(pi) s e^(s^2) erfc(s) at s^2 >= 4: Laplace's continued fraction, A&S 7.1.14."""
    v = (ONE << BITS) // (2 * square)
    total = ONE
    for n in range(int(200 * ONE // square) + 12, 0, -1):
        total = ONE + (n * v << BITS) // total
    return (ONE << BITS) // total


def _erf_series(square: int) -> int:
    """sqrt(pi) e^(s^2) erf(s)/2s: the series of positive terms, A&S 7.1.6."""
    total = term = ONE
    n = 1
    while term > ONE >> 100:
        n += 2
        term = (2 * square * term >> BITS) // n
        total += term
    return total


def _tail(root: int, square: int) -> tuple[int, int]:
    """(n, k) with erfc(s) = n * 2**(k - BITS), s > 0, from sqrt(pi) s and s^2. The square alone is magnified,
    so that s may be one that is not known in full, as x/sqrt(2)."""
    n, k = exp_pair(-square)
    if square < FAR:
        return ONE - (2 * (n >> -k) * square // root * _erf_series(square) >> BITS), 0
    return n * _erfc_ratio(square) // root, k


def _scaled(root: int, square: int) -> int:
    """e^(s^2) erfc(s), as in `_tail`."""
    if square < FAR:
        return exp_fixed(square) - 2 * square * _erf_series(square) // root
    return _erfc_ratio(square) * ONE // root


def erfc(x: float) -> float:
    """1 - erf(x): the C library's below 1/2, a series to 2, a continued fraction beyond."""
    if x < 0.5 or x != x:
        return c_erfc(x)
    if x > 28:
        return 0.0
    fixed = to_fixed(x)
    n, k = _tail(fixed * SQRT_PI >> BITS, fixed * fixed >> BITS)
    return to_float(n, k - BITS)


def _erfcx(fixed: int) -> int:
    """e^(x^2) erfc(x)."""
    size = abs(fixed)
    square = size * size >> BITS
    if size < ONE >> 60:  # the quotient would have no digits
        return ONE - (2 * fixed << BITS) // SQRT_PI
    found = _scaled(size * SQRT_PI >> BITS, square)
    return found if fixed > 0 else 2 * exp_fixed(square) - found


def erfcx(x: float) -> float:
    if x > 1e9:
        return INVERSE_SQRT_PI / x
    if not x > -27:
        return inf if x < 0 else x
    return to_float(_erfcx(to_fixed(x)))


def polyerfcx(n: float, x: float) -> float:
    """The n-th derivative of erfcx: (-2)^n n! E(n), where E(n) is e^(x^2) times the n-th repeated integral of
    erfc, and 2n E(n) = E(n - 2) - 2x E(n - 1) (DLMF 7.18.7). Far on the right that recurrence loses digits;
    its quotients are a continued fraction."""
    if not 0 <= n <= 50 or n != floor(n) or x != x:
        return nan
    order, sign = int(n), -1 if n % 2 else 1
    if x < -27:
        return sign * inf
    if x > 1e15:
        found = sign * INVERSE_SQRT_PI / x
        for k in range(order):
            found *= (k + 1) / x
        return found
    fixed, shift = to_fixed(x), -BITS
    before = (2 * ONE << BITS) // SQRT_PI
    if x < (1 if order < 10 else 0.25):
        found = _erfcx(fixed)
        for k in range(1, order + 1):
            before, found = found, (before - (2 * fixed * found >> BITS)) // (2 * k)
    else:
        quotient, found = 0, before
        for k in range(order + 40 + int(300 / (x * x)), -1, -1):
            quotient = (ONE << BITS) // (2 * fixed + 2 * (k + 1) * quotient)
            if k <= order:
                found, shift = found * quotient, shift - BITS
    return to_float(sign * whole_factorial(order) * found, shift + order)


def ndtr(x: float) -> float:
    """erfc(-x/sqrt(2))/2; in the left tail from x^2/2, as the rounding of x/sqrt(2) would be magnified."""
    if not x < -0.5:
        return 0.5 * c_erfc(x * -0.7071067811865476)
    if x < -39:
        return 0.0
    fixed = to_fixed(x)
    n, k = _tail(-fixed * SQRT_HALF_PI >> BITS, fixed * fixed >> BITS + 1)
    return to_float(n, k - BITS - 1)


def log_ndtr(x: float) -> float:
    if not x < -0.3:
        return log1p(-ndtr(-x))
    if x < -1e6:  # the next term is beyond the last bit
        return -0.5 * x * x - log(-x) - 0.9189385332046727
    fixed = to_fixed(x)
    square = fixed * fixed >> BITS + 1
    return to_float(log_fixed(_scaled(-fixed * SQRT_HALF_PI >> BITS, square)) - LN2 - square)


def gelu(x: float) -> float:
    """x*ndtr(x), rounded once."""
    if not x < -0.5:
        return x * ndtr(x)
    if x < -40:
        return -0.0
    fixed = to_fixed(x)
    n, k = _tail(-fixed * SQRT_HALF_PI >> BITS, fixed * fixed >> BITS + 1)
    return to_float(n * fixed >> BITS + 1, k - BITS)


def sin_near(x: float) -> float:
    """The sine beside a multiple of pi: that of the small angle which is left, with its sign."""
    k, r = quarter_turns(x)
    sine = r - (r * r * r // 6 >> 2 * BITS)
    return to_float(-sine if k & 2 else sine)


def cos_near(x: float) -> float:
    """The cosine beside an odd multiple of pi/2."""
    k, r = quarter_turns(x)
    sine = r - (r * r * r // 6 >> 2 * BITS)
    return to_float(sine if k & 2 else -sine)


def tan_near(x: float) -> float:
    """The tangent beside a multiple of pi/2."""
    k, r = quarter_turns(x)
    tangent = r + (r * r * r // 3 >> 2 * BITS)
    return to_float(-(ONE << BITS) // tangent) if k & 1 else to_float(tangent)


# Beside zeros and poles of these functions.
NEAR: dict[Any, Callable[[float], float]] = {sin: sin_near, cos: cos_near, tan: tan_near}


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


def polysinc(n: float, x: float) -> float:
    """The n-th derivative of sinc. Near 0 the series of
    (-1)^m pi^2m x^(2m - n)/((2m - n)! (2m + 1)); farther out
    x f(n) = pi^(n - 1) sin(pi x + n pi/2) - n f(n - 1)."""
    if not 0 <= n <= 100 or n != floor(n) or not isfinite(x):
        return nan
    if n == 0:
        return sinc(x)
    order, fixed = int(n), to_fixed(x)
    if abs(x) > 1e18:  # an even number
        slope = 0.0
        for k in range(1, order + 1):
            slope = (pi ** (k - 1) * (0.0, 1.0, 0.0, -1.0)[k % 4] - k * slope) / x
        return slope
    if abs(x) < 4 + n / 6:
        square = PI * fixed >> BITS
        square = square * square >> BITS
        odd, total = order % 2, 0
        term = (-1) ** (order // 2 + odd) * power(PI, order + odd)
        for j in range(odd, 400, 2):
            total += term // (order + j + 1)
            term = -(term * square // ((j + 1) * (j + 2)) >> BITS)
            if not term + 1 >> 1:
                break
        return to_float(total) * (x if odd else 1.0)
    sine, cosine = sin_cos_pi(fixed % (2 * ONE))
    found, scale = (sine << BITS) // PI, ONE
    for k in range(1, order + 1):
        sine, cosine = cosine, -sine
        found = (scale * sine >> BITS) - k * found * ONE // fixed
        scale = scale * PI >> BITS
    return found / fixed


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
