"""Elementary functions: powers and roots, exponentials, logarithms, circular, hyperbolic.

The rules are written to keep their relative accuracy in the tails: `1/cosh(x)/cosh(x)` where
`1 - tanh(x)^2` would cancel, `(1 - x)*(1 + x)` for `1 - x^2`, `(x/h)/h` where `h^2` would overflow.
"""

from __future__ import annotations

from math import pi

from cgcli.ops.constants import PI
from cgcli.ops.entry import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# sinc'(x) = sum over k >= 1 of (-1)^k 2k/(2k + 1)! pi^2k x^(2k - 1), from the Taylor series of
# sin; twelve terms reach the last bit for |x| < 1/2.
SINC_SERIES = []
_term = 1.0
for _k in range(1, 13):
    _term *= -pi * pi / (2 * _k * (2 * _k + 1))
    SINC_SERIES.append(2 * _k * _term)


def _sinc_partial(xp: Any, z: Any, x: Any) -> Any:
    square = x * x
    series = SINC_SERIES[-1]
    for coefficient in reversed(SINC_SERIES[:-1]):
        series = series * square + coefficient
    # cos(pi*x) by way of sin, from x reduced exactly: its zeros stay where they are
    cosine = xp.sin(pi * (0.5 - xp.abs(x - 2 * xp.round(0.5 * x))))
    near = xp.lt(xp.abs(x), 0.5)
    far = xp.div(cosine - z, xp.where(near, 1, x))
    return xp.where(near, series * x, far)


def _hypot_partial(xp: Any, z: Any, x: Any) -> Any:
    return xp.guard(xp.eq(z, 0.0), 0.0, xp.div(x, z), assuming="x and y are not both 0")


ELEMENTARY = [
    # Powers and roots
    Op("square", 1, "x^2", "all x", (lambda xp, z, x: 2 * x,), example="square(-3) = 9"),
    Op(
        "sqrt", 1, "square root", "x >= 0", (lambda xp, z, x: xp.div(0.5, z),),
        convention="inf at x = 0", example="sqrt(16) = 4",
    ),
    Op(
        "cbrt", 1, "cube root, of negative numbers too", "all x",
        (lambda xp, z, x: xp.div(1, 3 * xp.square(z)),),
        convention="inf at x = 0", example="cbrt(-27) = -3",
    ),
    Op(
        "hypot", 2, "sqrt(x^2 + y^2), without overflow", "all x, y",
        (lambda xp, z, x, y: _hypot_partial(xp, z, x), lambda xp, z, x, y: _hypot_partial(xp, z, y)),
        convention="0 at x = y = 0", example="hypot(3, 4) = 5",
    ),
    # Exponentials and logarithms
    Op("exp", 1, "e^x", "all x", (lambda xp, z, x: z,), example="exp(1) = 2.718281828459045"),
    Op("exp2", 1, "2^x", "all x", (lambda xp, z, x: z * xp.log(2),), example="exp2(10) = 1024"),
    Op(
        "expm1", 1, "e^x - 1, exact near x = 0", "all x", (lambda xp, z, x: xp.exp(x),),
        example="expm1(1e-18) = 1e-18",
    ),
    Op(
        "log", 1, "natural logarithm", "x > 0", (lambda xp, z, x: xp.div(1, x),),
        aliases=("ln",), example="log(e) = 1",
    ),
    Op(
        "log2", 1, "logarithm to base 2", "x > 0", (lambda xp, z, x: xp.div(xp.div(1, xp.log(2)), x),),
        example="log2(1024) = 10",
    ),
    Op(
        "log10", 1, "logarithm to base 10", "x > 0",
        (lambda xp, z, x: xp.div(xp.div(1, xp.log(10)), x),), example="log10(1000) = 3",
    ),
    Op(
        "log1p", 1, "log(1 + x), exact near x = 0", "x > -1",
        (lambda xp, z, x: xp.div(1, 1 + x),), example="log1p(1e-18) = 1e-18",
    ),
    # Circular functions; angles in radians
    Op("sin", 1, "sine", "all x", (lambda xp, z, x: xp.cos(x),), example="sin(pi/2) = 1"),
    Op("cos", 1, "cosine", "all x", (lambda xp, z, x: -xp.sin(x),), example="cos(0) = 1"),
    Op(
        "tan", 1, "tangent", "x not an odd multiple of pi/2", (lambda xp, z, x: 1 + xp.square(z),),
        example="tan(1) = 1.5574077246549023",
    ),
    Op(
        "sec", 1, "1/cos(x)", "x not an odd multiple of pi/2", (lambda xp, z, x: z * xp.tan(x),),
        example="sec(0) = 1",
    ),
    Op(
        "csc", 1, "1/sin(x)", "x not a multiple of pi", (lambda xp, z, x: -(z * xp.cot(x)),),
        example="csc(pi/2) = 1",
    ),
    Op(
        "cot", 1, "1/tan(x)", "x not a multiple of pi", (lambda xp, z, x: -(1 + xp.square(z)),),
        example="cot(2) = -0.45765755436028577",
    ),
    Op(
        "asin", 1, "inverse sine", "-1 <= x <= 1",
        (lambda xp, z, x: xp.div(1, xp.sqrt((1 - x) * (1 + x))),),
        convention="inf at x = -1 and 1", example="asin(1) = 1.5707963267948966",
    ),
    Op(
        "acos", 1, "inverse cosine", "-1 <= x <= 1",
        (lambda xp, z, x: -xp.div(1, xp.sqrt((1 - x) * (1 + x))),),
        convention="-inf at x = -1 and 1", example="acos(-1) = 3.141592653589793",
    ),
    Op(
        "atan", 1, "inverse tangent", "all x", (lambda xp, z, x: xp.square(xp.div(1, xp.hypot(1, x))),),
        example="atan(1) = 0.7853981633974483",
    ),
    Op(
        "atan2", 2, "the angle of the point (y, x), from -pi to pi",
        "not x = y = 0",
        (
            lambda xp, z, x, y: xp.div(xp.div(y, xp.hypot(x, y)), xp.hypot(x, y)),
            lambda xp, z, x, y: -xp.div(xp.div(x, xp.hypot(x, y)), xp.hypot(x, y)),
        ),
        convention="nan at x = y = 0", example="atan2(1, -1) = 2.356194490192345",
    ),
    Op(
        "sinc", 1, "sin(pi*x)/(pi*x), and 1 at x = 0", "all x", (_sinc_partial,),
        example="sinc(0.5) = 0.6366197723675814",
    ),
    Op(
        "deg2rad", 1, "degrees to radians", "all x", (lambda xp, z, x: xp.div(xp.constant(PI), 180),),
        example="deg2rad(180) = 3.141592653589793",
    ),
    Op(
        "rad2deg", 1, "radians to degrees", "all x", (lambda xp, z, x: xp.div(180, xp.constant(PI)),),
        example="rad2deg(pi) = 180",
    ),
    # Hyperbolic functions
    Op("sinh", 1, "hyperbolic sine", "all x", (lambda xp, z, x: xp.cosh(x),),
       example="sinh(1) = 1.1752011936438014"),
    Op("cosh", 1, "hyperbolic cosine", "all x", (lambda xp, z, x: xp.sinh(x),),
       example="cosh(0) = 1"),
    Op(
        "tanh", 1, "hyperbolic tangent", "all x",
        (lambda xp, z, x: xp.div(xp.div(1, xp.cosh(x)), xp.cosh(x)),),
        example="tanh(0.5) = 0.46211715726000974",
    ),
    Op(
        "asinh", 1, "inverse hyperbolic sine", "all x",
        (lambda xp, z, x: xp.div(1, xp.hypot(x, 1)),), example="asinh(1) = 0.881373587019543",
    ),
    Op(
        "acosh", 1, "inverse hyperbolic cosine", "x >= 1",
        (lambda xp, z, x: xp.div(1, xp.sqrt(x - 1) * xp.sqrt(x + 1)),),
        convention="inf at x = 1", example="acosh(3) = 1.762747174039086",
    ),
    Op(
        "atanh", 1, "inverse hyperbolic tangent", "-1 < x < 1",
        (lambda xp, z, x: xp.div(1, (1 - x) * (1 + x)),), example="atanh(0.25) = 0.25541281188299536",
    ),
]  # fmt: skip
