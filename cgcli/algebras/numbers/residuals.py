"""How far a result over floats is from the exact one of the same operands.

Of arithmetic by error-free transformations, which serve arrays as well (T. J. Dekker, A floating-point
technique for extending the available precision, 1971; D. E. Knuth's sum of two, TAOCP 4.2.2); of functions
in fixed point. Each returns what was computed less what is exact.
"""

from __future__ import annotations

from math import fmod, frexp, ldexp

from cgcli.algebras.numbers.fixed import (
    BITS,
    LN2,
    ONE,
    PI,
    exp_fixed,
    exp_pair,
    log_fixed,
    log_float,
    quarter_turns,
    sin_cos_pi,
    to_fixed,
    to_float,
)
from cgcli.annotations import Any, Callable

SPLIT = 2.0**27 + 1

# Fewer bits than this say nothing of the error of a double.
FEWEST = 75

LN10 = log_fixed(10 * ONE)

# Whole powers up to this are computed exactly.
HIGHEST = 64


def _add(z: Any, x: Any, y: Any) -> Any:
    back = z - x
    return (z - back - x) + (back - y)


def _mul(z: Any, x: Any, y: Any) -> Any:
    a, b = x * SPLIT, y * SPLIT
    p, q = a - (a - x), b - (b - y)
    r, s = x - p, y - q
    return ((z - p * q) - p * s - r * q) - r * s


def _div(z: Any, x: Any, y: Any) -> Any:
    product = z * y
    return ((product - x) - _mul(product, z, y)) / y


def _sqrt(z: Any, x: Any) -> Any:
    square = z * z
    return ((square - x) - _mul(square, z, z)) / (z + z)


# Of what is computed by floats and by arrays alike; nan or inf where a product on the way overflows.
ARITHMETIC: dict[str, Callable[..., Any]] = {
    "add": _add, "sub": lambda z, x, y: _add(z, x, -y), "mul": _mul, "chain": _mul, "div": _div,
    "square": lambda z, x: _mul(z, x, x), "sqrt": _sqrt,
}  # fmt: skip


def _circle(x: float) -> tuple[int, int]:
    turns, angle = quarter_turns(x)
    sine, cosine = sin_cos_pi((angle << BITS) // PI)
    for _ in range(turns & 3):
        sine, cosine = cosine, -sine
    return sine, cosine


def _exp(x: float) -> int:
    """Of no more than a double can hold."""
    return exp_fixed(to_fixed(min(x, 750.0)))


def _hyperbola(x: float) -> tuple[int, int]:
    up, down = _exp(x), _exp(-x)
    return (up - down) >> 1, (up + down) >> 1


def _scaled(found: tuple[int, int]) -> tuple[int, int]:
    return found[0], found[1] - BITS


def _power(x: float, y: float) -> tuple[int, int]:
    if abs(x) == 1:  # of any exponent: others as large leave the range
        return 1, 0
    if y != int(y) or abs(y) > HIGHEST:
        return _scaled(exp_pair(to_fixed(y) * log_float(abs(x)) >> BITS))
    fraction, exponent = frexp(x)
    n, shift, order = int(ldexp(fraction, 53)), exponent - 53, int(abs(y))
    n, shift = n**order, shift * order
    if y > 0:
        return n, shift
    spare = n.bit_length() + BITS
    return (1 << spare) // n, -shift - spare


# The exact value as n and shift, for n * 2**shift; or n alone, for a shift of -BITS.
FUNCTIONS: dict[str, Callable[..., Any]] = {
    "exp": lambda x: _scaled(exp_pair(to_fixed(x))),
    "exp2": lambda x: _scaled(exp_pair(to_fixed(x) * LN2 >> BITS)),
    "expm1": lambda x: _exp(x) - ONE,
    "log": log_float, "log1p": lambda x: log_fixed(ONE + to_fixed(x)),
    "log2": lambda x: (log_float(x) << BITS) // LN2, "log10": lambda x: (log_float(x) << BITS) // LN10,
    "pow": _power, "deg2rad": lambda x: to_fixed(x) * PI // (180 * ONE),
    "rad2deg": lambda x: to_fixed(x) * 180 * ONE // PI,
    "sigmoid": lambda x: (ONE << BITS) // (ONE + _exp(-x)),
}  # fmt: skip

# The same for those that have an inverse, called `a` and their name; and their slopes.
PAIRS: dict[str, Callable[[float], tuple[int, int]]] = {
    "sin": _circle, "cos": lambda x: (_circle(x)[1], -_circle(x)[0]),
    "tan": lambda x: _tangent(_circle(x), 1),
    "sinh": _hyperbola, "cosh": lambda x: _hyperbola(x)[::-1], "tanh": lambda x: _tangent(_hyperbola(x), -1),
}  # fmt: skip
FUNCTIONS |= {name: lambda x, pair=pair: pair(x)[0] for name, pair in PAIRS.items()}


def _tangent(pair: tuple[int, int], sign: int) -> tuple[int, int]:
    found = (pair[0] << BITS) // pair[1]
    return found, ONE + sign * (found * found >> BITS)


def _inverse_error(name: str, z: float, x: float) -> float | None:
    """To first order, which is not enough where the inverse is flat."""
    found, slope = PAIRS[name](z)
    error = found - to_fixed(x)
    if not slope or not abs(found) >> FEWEST or abs(error) > abs(found) >> 10:
        return None
    return to_float((error << BITS) // slope)


def function_error(name: str, z: float, *operands: float) -> float | None:
    """How far a finite result z of a function of floats is off; None where it is not known: for another
    function, and where fixed point has too few bits."""
    if name[:1] == "a" and name[1:] in PAIRS:
        return _inverse_error(name[1:], z, *operands)
    if name == "mod":
        rest = fmod(*operands)  # which is exact
        return 0.0 if z == rest else _add(z, rest, operands[1])
    if name not in FUNCTIONS or not z:
        return None
    found = FUNCTIONS[name](*operands)
    n, shift = found if found.__class__ is tuple else (found, -BITS)
    if not abs(n) >> FEWEST:
        return None
    fraction, exponent = frexp(abs(z))
    own, place = int(ldexp(fraction, 53)), exponent - 53
    least = min(place, shift)
    error = to_float((own << place - least) - (abs(n) << shift - least), least)
    return error if z > 0 else -error
