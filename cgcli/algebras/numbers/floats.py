"""The algebra of floats: what each operation does to double precision numbers.

IEEE 754 throughout: where Python raises, these return inf or nan. Functions come from the C
library through `math`.
"""

from __future__ import annotations

import math
import operator
import sys
from array import array

from cgcli.algebras.base import EVERY, Base
from cgcli.annotations import Any, Callable
from cgcli.ops import ALGEBRA_OPS

INF, NAN = math.inf, math.nan

for_reading, careful, even_from, moderate = False, True, 2.0**53, EVERY
mutable = None


def __getattr__(name: str) -> Any:
    """An operation that is not below: one of the long ones, or else one by its definition."""
    if name not in ALGEBRA_OPS:
        raise AttributeError(name)
    from cgcli.algebras.definitions import function
    from cgcli.algebras.numbers import gamma as gammas
    from cgcli.algebras.numbers import special

    long = getattr(special, name, None) or getattr(gammas, name, None)
    found = globals()[name] = long or function(name, sys.modules[__name__])
    return found


def room(count: int) -> array[float] | list[float]:
    """A place for so many values. Many are in a fifth of the memory of a list and its numbers, which is
    faster to read."""
    return array("d", bytes(8 * count)) if count > 10_000 else [0.0] * count


def found_zero(*xs: float, body: Any) -> float:
    """What `body` finds from a start, with the values of what else it is of (`ops.implicit`)."""
    found: float = body.found(*xs)
    return found


found_minimizer = found_zero

constant = float
add, sub, mul, neg = operator.add, operator.sub, operator.mul, operator.neg


def div(x: float, y: float) -> float:
    try:
        return x / y
    except ZeroDivisionError:
        return NAN if x == 0 or x != x else math.copysign(INF, x) * math.copysign(1.0, y)


def floordiv(x: float, y: float) -> float:
    try:
        return x // y
    except ZeroDivisionError:
        return div(x, y)


def mod(x: float, y: float) -> float:
    try:
        return x % y
    except ZeroDivisionError:
        return NAN


def pow(x: float, y: float) -> float:
    try:
        return math.pow(x, y)
    except OverflowError:
        return -INF if x < 0 and y % 2 == 1 else INF
    except ValueError:
        if x == 0:
            return math.copysign(INF, x) if y % 2 == 1 else INF
        return NAN


lt = lambda x, y: 1.0 if x < y else 0.0
le = lambda x, y: 1.0 if x <= y else 0.0
gt = lambda x, y: 1.0 if x > y else 0.0
ge = lambda x, y: 1.0 if x >= y else 0.0
eq = lambda x, y: 1.0 if x == y else 0.0
ne = lambda x, y: 1.0 if x != y else 0.0
and_ = lambda x, y: 1.0 if x and y else 0.0
or_ = lambda x, y: 1.0 if x or y else 0.0
not_ = lambda x: 0.0 if x else 1.0
where = lambda c, x, y: x if c else y
mask = lambda c, x: x if c else 0.0
clip = lambda x, lower, upper: min(max(x, lower), upper)
guard = lambda c, limit, value, assuming="": limit if c else value
nan_with = lambda result, share: share
alike = lambda value, other: False
relu = lambda x: x if x > 0 or x != x else 0.0
sign = lambda x: 1.0 if x > 0 else -1.0 if x < 0 else x
square = lambda x: x * x
alias = lambda x: x
abs = operator.abs
copysign = math.copysign


def min(*xs: float) -> float:
    result = xs[0]
    for x in xs:
        if x < result or x != x:
            result = x
    return result


def max(*xs: float) -> float:
    result = xs[0]
    for x in xs:
        if x > result or x != x:
            result = x
    return result


def _stepped(function: Any) -> Callable[[float], float]:
    return lambda x: math.copysign(function(x), x) if math.isfinite(x) else x


floor, ceil, trunc, round = map(_stepped, (math.floor, math.ceil, math.trunc, round))


def heaviside(x: float, h: float) -> float:
    return 1.0 if x > 0 else 0.0 if x < 0 else h if x == 0 else x


def _ieee(function: Callable[[float], float], overflow: Callable[[float], float]) -> Callable[[float], float]:
    """A function of `math` that returns nan outside its domain and `overflow(x)` beyond range."""

    def result(x: float) -> float:
        try:
            return function(x)
        except OverflowError:
            return overflow(x)
        except ValueError:
            return NAN

    return result


def _infinite(x: float) -> float:
    return INF


def _signed(x: float) -> float:
    return math.copysign(INF, x)


sqrt = _ieee(math.sqrt, _infinite)
hypot = math.hypot


def cbrt(x: float) -> float:
    """The C library's, which is off by up to four ulp, and one of Newton's steps in whole numbers."""
    if x == 0 or x - x != 0:
        return x
    exponent = math.frexp(x)[1] // 3
    root = int(math.ldexp(math.cbrt(x), 80 - exponent))
    cube = int(math.ldexp(math.ldexp(x, -3 * exponent), 240))
    return math.ldexp(float(root - (root**3 - cube) // (3 * root * root)), exponent - 80)


exp = _ieee(math.exp, _infinite)
exp2 = _ieee(math.exp2, _infinite)
expm1 = _ieee(math.expm1, _infinite)


def _logarithm(function: Callable[[float], float], pole: float) -> Callable[[float], float]:
    def result(x: float) -> float:
        try:
            return function(x)
        except ValueError:
            return -INF if x == pole else NAN

    return result


log = _logarithm(math.log, 0.0)
log2 = _logarithm(math.log2, 0.0)
log10 = _logarithm(math.log10, 0.0)
log1p = _logarithm(math.log1p, -1.0)
xlogy = lambda x, y: 0.0 if x == 0 and y == y else x * log(y)


def _circular(function: Callable[[float], float]) -> Callable[[float], float]:
    """A circular function: that of `math`, but for x beside a multiple of pi/2, from which the C library
    keeps too few digits."""

    def result(x: float) -> float:
        try:
            value = function(x)
        except ValueError:
            return NAN
        if 1e-10 < value < 1e10 or -1e10 < value < -1e-10 or value != value or -3 < x < 3:
            return value
        from cgcli.algebras.numbers.special import NEAR

        return NEAR[function](x)

    return result


sin, cos, tan = map(_circular, (math.sin, math.cos, math.tan))


asin = _ieee(math.asin, _infinite)
acos = _ieee(math.acos, _infinite)
atan = math.atan
atan2 = math.atan2
erf = math.erf
deg2rad = math.radians
rad2deg = math.degrees
sinh = _ieee(math.sinh, _signed)
cosh = _ieee(math.cosh, _infinite)
tanh = math.tanh
asinh = math.asinh
acosh = _ieee(math.acosh, _infinite)


def atanh(x: float) -> float:
    try:
        return math.atanh(x)
    except ValueError:
        return math.copysign(INF, x) if x in (-1.0, 1.0) else NAN


finite = math.isfinite
largest = math.fabs

_base = Base()
begin, quiet, holds, shape = _base.begin, _base.quiet, _base.holds, _base.shape
settle_whole, settle_product = _base.settle_whole, _base.settle_product


def chain(factor: float, partial: float) -> float:
    """A product of the chain rule."""
    return settle(factor * partial, factor, partial, 0.0, -1, None)


def settle(
    product: float, factor: float, partial: float, like: float, node: int, zeroed: list[int] | None
) -> float:
    """A product of the chain rule that is nan: 0 where a factor is exactly 0.

    A branch that was not taken, or that does not depend on the variable, contributes 0 even
    where the other factor is nan or inf; the same in forward and in reverse mode. `zeroed`
    collects the nodes where that happened. `like` is the value whose derivative this is.
    """
    if product == product or (factor != 0 and partial != 0):
        return product
    if zeroed is not None:
        zeroed.append(node)
    return 0.0
