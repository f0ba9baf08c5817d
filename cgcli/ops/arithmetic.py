"""Operators of arithmetic."""

from __future__ import annotations

from cgcli.annotations import Any
from cgcli.ops.entry import MULTIPLE, POWER, PRODUCT, SUM, UNARY, Op
from cgcli.ops.rules import zero_over_zero


def _pow_by_base(xp: Any, z: Any, x: Any, y: Any) -> Any:
    """y x^(y - 1). Large floats are even, and y - 1, which is not, is rounded: the sign of x may be lost.
    At x = 0 where that is inf, it is so without the factor too, and the derivative by y is no inf - inf."""
    if y.__class__ is float and y == 0:
        return 0.0
    slope = y * xp.pow(x, y - 1)
    if y.__class__ is float and abs(y) < xp.even_from:  # nothing to choose
        return slope
    large = xp.ge(xp.abs(y), xp.even_from)
    signed = xp.guard(large, xp.copysign(slope, x * y), slope, assuming="abs(y) < 2^53")
    found = xp.guard(zero_over_zero(xp, y, x), 0.0, signed, assuming="x is not 0")
    if not xp.careful or (x.__class__ is float and x != 0):
        return found
    steep = xp.and_(xp.eq(x, 0.0), xp.and_(xp.gt(y, 0.0), xp.lt(y, 1.0)))
    return xp.guard(steep, xp.pow(x, y - 1), found, assuming="x is not 0")


def _pow_by_exponent(xp: Any, z: Any, x: Any, y: Any) -> Any:
    """z*log(x), and at x = 0 the limit 0, in a form whose own derivative by x is that of x^(y - 1)*log(x)."""
    if x.__class__ is float and x != 0:
        return z * xp.log(x)
    limit = xp.chain(z, xp.log(x)) if xp.careful else 0.0
    return xp.guard(xp.and_(xp.eq(x, 0.0), xp.gt(y, 0.0)), limit, z * xp.log(x), assuming="x is not 0")


ARITHMETIC = [
    Op(
        "add", 2, "sum", "all x, y", (1, 1),
        commutes=True, example="1 + 2 = 3", symbol="+", level=SUM, function=False,
    ),
    Op(
        "sub", 2, "difference", "all x, y", (1, -1),
        example="1 - 2 = -1", symbol="-", level=SUM, function=False,
    ),
    Op(
        "mul", 2, "product, elementwise", "all x, y",
        (lambda xp, z, x, y: y, lambda xp, z, x, y: x),
        commutes=True, example="2 * 3 = 6", symbol="*", level=PRODUCT, function=False,
    ),
    Op(
        "div", 2, "quotient", "y != 0",
        (lambda xp, z, x, y: xp.div(1, y), lambda xp, z, x, y: -xp.div(z, y)),
        example="1 / 8 = 0.125", symbol="/", level=PRODUCT, function=False,
    ),
    Op(
        "floordiv", 2, "quotient rounded down", "y != 0", (0, 0),
        convention="0 everywhere, at the jumps too",
        example="-7 // 2 = -4", symbol="//", level=PRODUCT, function=False, jumps=MULTIPLE,
    ),
    Op(
        "mod", 2, "remainder, with the sign of the divisor", "y != 0",
        (1, lambda xp, z, x, y: -xp.floordiv(x, y)),
        convention="at a jump, that of the branch on the right",
        example="-7 % 3 = 2", symbol="%", level=PRODUCT, jumps=MULTIPLE,
    ),
    Op(
        "neg", 1, "negation", "all x", (-1,),
        example="-2^2 = -4", ulps=0, symbol="-", level=UNARY, function=False,
    ),
    Op(
        "pow", 2, "power", "x > 0, or y an integer (and x != 0 if y < 0)",
        (_pow_by_base, _pow_by_exponent),
        convention="by x: 0 for y = 0, also at x = 0; by y: 0 at x = 0, y > 0",
        example="2^3^2 = 512", symbol="^", level=POWER, function=False,
    ),
]  # fmt: skip
