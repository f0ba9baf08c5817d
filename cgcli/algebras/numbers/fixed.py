"""Fixed point arithmetic: an integer `n` stands for `n / 2**BITS`.

Python multiplies such integers in the time of two operations on floats, so that a special
function takes some ten microseconds in them, and their rounding errors vanish next to the one at
the end.
"""

from __future__ import annotations

from functools import cache
from math import frexp, inf, log

BITS = 160
ONE = 1 << BITS
HALF = ONE >> 1
LN2 = 0xB17217F7D1CF79ABC9E3B39803F2F6AF40F34326
PI = 0x3243F6A8885A308D313198A2E03707344A4093822
HALF_LOG_TAU = 0xEB3F8E4325F5A53494BC900144192023CFB08F8D  # log(2 pi)/2
SQRT_PI = 0x1C5BF891B4EF6AA79C3B0520D5DB9383FE3921546
SQRT_HALF_PI = 0x140D931FF627059657CA41FAE722CEE2F8CF9F532


def to_fixed(x: float) -> int:
    fraction, exponent = frexp(x)
    n, shift = int(fraction * 9007199254740992.0), exponent - 53 + BITS
    return n << shift if shift >= 0 else n >> -shift


def to_float(n: int, shift: int = -BITS) -> float:
    """n * 2**shift, rounded once, also where the result is subnormal."""
    size = n.bit_length() + shift
    if size < -1080:
        return -0.0 if n < 0 else 0.0
    if size <= 1024:
        try:
            return float(n << shift) if shift >= 0 else n / (1 << -shift)
        except OverflowError:
            pass
    return -inf if n < 0 else inf


def exp_pair(t: int) -> tuple[int, int]:
    """(n, k) with e^t = n * 2**(k - BITS): a Taylor polynomial at 1/256 of the operand, squared
    eight times."""
    k = t // LN2
    r = (t - k * LN2) >> 8
    total = ONE
    for n in range(15, 0, -1):
        total = ONE + (total * r // n >> BITS)
    for _ in range(8):
        total = total * total >> BITS
    return total, k


def exp_fixed(t: int) -> int:
    n, k = exp_pair(t)
    return n << k if k >= 0 else n >> -k


def log_fixed(x: int) -> int:
    """Newton's method from the logarithm in double precision, with the series of log1p."""
    exponent = x.bit_length() - BITS
    x = x << -exponent if exponent < 0 else x >> exponent
    guess = to_fixed(log(x / ONE))
    d = (x * exp_fixed(-guess) >> BITS) - ONE
    square = d * d >> BITS
    return guess + d - (square >> 1) + (square * d >> BITS) // 3 + exponent * LN2


def log_float(x: float) -> int:
    fraction, exponent = frexp(x)
    return log_fixed(to_fixed(fraction)) + exponent * LN2


def power(x: int, n: int) -> int:
    result = ONE
    while n:
        if n & 1:
            result = result * x >> BITS
        x = x * x >> BITS
        n >>= 1
    return result


def horner(coefficients: list[int], x: int) -> int:
    total = 0
    for coefficient in coefficients:
        total = (total * x >> BITS) + coefficient
    return total


@cache
def half_pi(bits: int) -> int:
    """pi/2 * 2**bits, by Machin's formula."""
    total = 0
    for weight, inverse in ((8, 5), (-2, 239)):
        term, n = (weight << bits + 32) // inverse, 1
        while term:
            total += term // n if n % 4 == 1 else -(term // n)
            term, n = term // inverse**2 if term > 0 else -(-term // inverse**2), n + 2
    return total >> 32


def quarter_turns(x: float) -> tuple[int, int]:
    """(k, r) with x = k*pi/2 + r, r the smallest: exact for every double."""
    spare = max(frexp(x)[1], 0) + 32
    fixed, quarter = to_fixed(x) << spare, half_pi(BITS + spare)
    k = (2 * fixed + quarter) // (2 * quarter)
    return k, fixed - k * quarter >> spare


def sin_cos_pi(x: int) -> tuple[int, int]:
    """sin(pi*x) and cos(pi*x) from their Taylor series, after reduction to |x| <= 1/4."""
    turns = (x + (HALF >> 1)) // HALF
    t = (x - turns * HALF) * PI >> BITS
    square = t * t >> BITS
    sine, cosine = ONE, ONE
    for n in range(30, 0, -2):
        sine = ONE - (sine * square // (n * (n + 1)) >> BITS)
        cosine = ONE - (cosine * square // (n * (n - 1)) >> BITS)
    sine = sine * t >> BITS
    for _ in range(turns & 3):
        sine, cosine = cosine, -sine
    return sine, cosine
