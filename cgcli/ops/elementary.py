"""Elementary functions: powers and roots, exponentials, logarithms, circular, hyperbolic.

The rules are written to keep their relative accuracy in the tails: `1/cosh(x)/cosh(x)` where
`1 - tanh(x)^2` would cancel, `(1 - x)*(1 + x)` for `1 - x^2`, `(x/h)/h` where `h^2` would overflow.
"""

from __future__ import annotations

from cgcli.annotations import Any
from cgcli.ops.constants import PI
from cgcli.ops.corners import HYPOT
from cgcli.ops.entry import Op


def _sinc_partial(xp: Any, z: Any, x: Any) -> Any:
    """The quotient is for people: its terms cancel near 0."""
    if not xp.for_reading:
        return xp.polysinc(1, x)
    return xp.guard(xp.eq(x, 0), 0, xp.div(xp.cos(xp.constant(PI) * x) - z, x), assuming="x is not 0")


def _tanh_partial(xp: Any, c: Any) -> Any:
    return xp.div(xp.div(1, c), c)


def _root_partial(xp: Any, z: Any, x: Any, y: Any) -> Any:
    limit = xp.div(1, y * xp.pow(z, y - 1))
    # the limit is the value everywhere, and short enough to read where y is a number
    assuming = "" if y.__class__ is float else "x is not 0"
    return xp.guard(xp.eq(x, 0), limit, xp.div(xp.div(z, y), x), assuming=assuming)


def _hypot_partial(xp: Any, z: Any, x: Any) -> Any:
    return xp.guard(xp.eq(z, 0.0), 0.0, xp.div(x, z), assuming="x and y are not both 0")


def _root_of_square_less_one(xp: Any, x: Any) -> Any:
    size = xp.abs(x)
    return xp.sqrt(size - 1) * xp.sqrt(size + 1)


# For the first and the second: their series near 0, in Horner's form, and what y*sinc(y) = sin(pi*y)/pi
# says farther out.
SINC_DERIVATIVES = {
    1.0: "p = pi*y; q = p*p; on(u, k) = 1 - q/k*u; "
    "u = on(on(on(on(on(on(on(on(on(1 - q/460, 378), 304), 238), 180), 130), 88), 54), 28), 10); "
    "cosine = sin(pi*(0.5 - abs(y - 2*round(0.5*y)))); "
    "if abs(y) < 0.5 then -pi^2/3*y*u else (cosine - sinc(y))/y",
    2.0: "p = pi*y; q = p*p; on(u, k, l) = 1 - k/l*q*u; "
    "u = on(on(on(on(1 - 21/8740*q, 19, 6426), 17, 4560), 15, 3094), 13, 1980); "
    "v = on(on(on(on(on(u, 11, 1170), 9, 616), 7, 270), 5, 84), 3, 10); "
    "if abs(y) < 0.5 then -pi^2/3*v else -(pi^2*sinc(y) + 2/y*polysinc(1, y))",
}

ELEMENTARY = [
    # Powers and roots
    Op("square", 1, "x^2", "all x", (lambda xp, z, x: 2 * x,), example="square(-3) = 9",
        definition="x*x",
    ),
    Op(
        "sqrt", 1, "square root", "x >= 0", (lambda xp, z, x: xp.div(0.5, z),),
        convention="inf at x = 0", example="sqrt(16) = 4",
    ),
    Op(
        "cbrt", 1, "cube root, of negative numbers too", "all x",
        (lambda xp, z, x: xp.div(1, 3 * xp.square(z)),),
        convention="inf at x = 0", example="cbrt(-27) = -3",
        definition="root(x, 3)",
    ),
    Op(
        "hypot", 2, "sqrt(x^2 + y^2), without overflow", "all x, y",
        (lambda xp, z, x, y: _hypot_partial(xp, z, x), lambda xp, z, x, y: _hypot_partial(xp, z, y)),
        convention="0 at x = y = 0", commutes=True, example="hypot(3, 4) = 5", formula="sqrt(x^2 + y^2)",
        definition="large = max(abs(x), abs(y)); ratio = min(abs(x), abs(y))/large; "
        "if abs(x) == inf or abs(y) == inf then inf else if large == 0 then 0 "
        "else large*sqrt(1 + ratio*ratio)", corner=HYPOT,
    ),
    Op(
        "root", 2, "the y-th root of x, real for odd whole y", "x >= 0, or y an odd whole number; y != 0",
        (
            _root_partial,
            lambda xp, z, x, y: -xp.div(xp.div(xp.xlogy(z, x), y), y),
        ),
        convention="by y: 0 at x = 0", example="root(-8, 3) = -2",
        # 1/y is rounded; by halves of its digits, what that leaves out is exact (T. J. Dekker, Numerische
        # Mathematik 18 (1971) 224-242)
        definition="size = abs(x); part = 1/y; first = size^part; high(t) = 134217729*t - (134217729*t - t); "
        "a = high(part); b = high(y); c = part - a; d = y - b; "
        "step = first*log(size)*(((1 - a*b) - a*d - c*b - c*d)/y); "
        "found = if abs(step) < 1e-9*first then first + step else first; "
        "if x >= 0 then found else if y % 2 == 1 then -found else nan",
    ),
    # Exponentials and logarithms
    Op("exp", 1, "e^x", "all x", (lambda xp, z, x: z,), example="exp(1) = 2.718281828459045"),
    Op("exp2", 1, "2^x", "all x", (lambda xp, z, x: z * xp.log(2),), example="exp2(10) = 1024",
        definition="2^x",
    ),
    Op(
        "expm1", 1, "e^x - 1, exact near x = 0", "all x", (lambda xp, z, x: xp.exp(x),),
        example="expm1(1e-18) = 1e-18", formula="exp(x) - 1",
        definition="u = exp(x); near = if u == 1 then x else (u - 1)*(x/log(u)); "
        "if abs(x) > 0.5 then u - 1 else near",
    ),
    Op(
        "log", 1, "natural logarithm", "x > 0", (lambda xp, z, x: xp.div(1, x),),
        aliases=("ln",), example="log(e) = 1",
    ),
    Op(
        "log2", 1, "logarithm to base 2", "x > 0", (lambda xp, z, x: xp.div(xp.div(1, xp.log(2)), x),),
        example="log2(1024) = 10",
        definition="log(x)/log(2)",
    ),
    Op(
        "log10", 1, "logarithm to base 10", "x > 0",
        (lambda xp, z, x: xp.div(xp.div(1, xp.log(10)), x),), example="log10(1000) = 3",
        definition="log(x)/log(10)",
    ),
    Op(
        "log1p", 1, "log(1 + x), exact near x = 0", "x > -1",
        (lambda xp, z, x: xp.div(1, 1 + x),), example="log1p(1e-18) = 1e-18",
        formula="log(1 + x)",
        definition="u = 1 + x; near = if u == 1 then x else log(u)*(x/(u - 1)); "
        "if x > 1e300 then log(x) else near",
    ),
    Op(
        "log_base", 2, "logarithm to base y", "x > 0, y > 0, y != 1",
        (
            lambda xp, z, x, y: xp.div(xp.div(1, xp.log(y)), x),
            lambda xp, z, x, y: -xp.div(xp.div(z, xp.log(y)), y),
        ),
        spoken="log", example="log(8, 2) = 3",
        # whole where x is a power of y
        definition="ratio = log(x)/log(y); near = round(ratio); "
        "if y^near == x and abs(ratio - near) < 1e-15*abs(ratio) then near else ratio",
    ),
    # Circular functions; angles in radians
    Op("sin", 1, "sine", "all x", (lambda xp, z, x: xp.cos(x),), example="sin(pi/2) = 1"),
    Op("cos", 1, "cosine", "all x", (lambda xp, z, x: -xp.sin(x),), example="cos(0) = 1"),
    Op(
        "tan", 1, "tangent", "x not an odd multiple of pi/2", (lambda xp, z, x: 1 + xp.square(z),),
        example="tan(1) = 1.5574077246549023",
        definition="sin(x)/cos(x)",
    ),
    Op(
        "sec", 1, "1/cos(x)", "x not an odd multiple of pi/2", (lambda xp, z, x: z * xp.tan(x),),
        example="sec(0) = 1", definition="1/cos(x)",
    ),
    Op(
        "csc", 1, "1/sin(x)", "x not a multiple of pi", (lambda xp, z, x: -(z * xp.cot(x)),),
        example="csc(pi/2) = 1", definition="1/sin(x)",
    ),
    Op(
        "cot", 1, "1/tan(x)", "x not a multiple of pi", (lambda xp, z, x: -(1 + xp.square(z)),),
        example="cot(2) = -0.45765755436028577", definition="1/tan(x)",
    ),
    Op(
        "asin", 1, "inverse sine", "-1 <= x <= 1",
        (lambda xp, z, x: xp.div(1, xp.sqrt((1 - x) * (1 + x))),),
        convention="inf at x = -1 and 1", example="asin(1) = 1.5707963267948966",
        definition="atan2(x, sqrt((1 - x)*(1 + x)))",
    ),
    Op(
        "acos", 1, "inverse cosine", "-1 <= x <= 1",
        (lambda xp, z, x: -xp.div(1, xp.sqrt((1 - x) * (1 + x))),),
        convention="-inf at x = -1 and 1", example="acos(-1) = 3.141592653589793",
        definition="atan2(sqrt((1 - x)*(1 + x)), x)",
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
        "asec", 1, "acos(1/x), the inverse of sec", "x <= -1 or x >= 1",
        (lambda xp, z, x: xp.div(xp.div(1, xp.abs(x)), _root_of_square_less_one(xp, x)),),
        convention="inf at x = -1 and 1", example="asec(2) = 1.0471975511965976",
        definition="atan2(sqrt((abs(x) - 1)*(abs(x) + 1)), sign(x))",
    ),
    Op(
        "acsc", 1, "asin(1/x), the inverse of csc", "x <= -1 or x >= 1",
        (lambda xp, z, x: -xp.div(xp.div(1, xp.abs(x)), _root_of_square_less_one(xp, x)),),
        convention="-inf at x = -1 and 1", example="acsc(2) = 0.5235987755982989", ulps=3,
        definition="atan2(sign(x), sqrt(abs(x) - 1)*sqrt(abs(x) + 1))",
    ),
    Op(
        "acot", 1, "atan(1/x), an inverse of cot", "all x",
        (lambda xp, z, x: -xp.square(xp.div(1, xp.hypot(1, x))),),
        convention="pi/2 at x = 0, where it jumps", example="acot(1) = 0.7853981633974483",
        definition="if x == 0 then pi/2 else atan(1/x)",  # at -0 too
    ),
    Op(
        "sinc", 1, "sin(pi*x)/(pi*x), and 1 at x = 0", "all x", (_sinc_partial,),
        example="sinc(0.5) = 0.6366197723675814",
        definition="t = x - 2*round(0.5*x); rest = abs(t); "
        "sine = copysign(sin(pi*min(rest, 1 - rest)), t); "
        "if x == 0 then 1 else if sine == 0 then 0 else sine/(pi*x)",
    ),
    Op(
        "polysinc", 2, "the x-th derivative of sinc at y; x a whole number to 100", "x = 0, 1, 2, ...",
        (float("nan"), lambda xp, z, n, x: xp.polysinc(n + 1, x)),
        convention="nan by x", example="polysinc(1, 1) = -1",
        definition=SINC_DERIVATIVES,
    ),
    Op(
        "deg2rad", 1, "degrees to radians", "all x", (lambda xp, z, x: xp.div(xp.constant(PI), 180),),
        example="deg2rad(180) = 3.141592653589793",
        definition="x*(pi/180)",
    ),
    Op(
        "rad2deg", 1, "radians to degrees", "all x", (lambda xp, z, x: xp.div(180, xp.constant(PI)),),
        example="rad2deg(pi) = 180", definition="x*(180/pi)",
    ),
    # Hyperbolic functions
    Op("sinh", 1, "hyperbolic sine", "all x", (lambda xp, z, x: xp.cosh(x),),
       example="sinh(1) = 1.1752011936438014",
        definition="e = expm1(abs(x)); half = exp(0.5*abs(x)); "
        "copysign(if abs(x) > 20 then 0.5*half*half else 0.5*(e + e/(e + 1)), x)",
    ),
    Op("cosh", 1, "hyperbolic cosine", "all x", (lambda xp, z, x: xp.sinh(x),),
       example="cosh(0) = 1",
        definition="half = exp(0.5*abs(x)); 0.5*half*half + 0.5/half/half",
    ),
    Op(
        "tanh", 1, "hyperbolic tangent", "all x",
        (lambda xp, z, x: _tanh_partial(xp, xp.cosh(x)),),
        example="tanh(0.5) = 0.46211715726000974",
        definition="e = expm1(-2*abs(x)); copysign(e/(e + 2), x)",
    ),
    Op(
        "asinh", 1, "inverse hyperbolic sine", "all x",
        (lambda xp, z, x: xp.div(1, xp.hypot(x, 1)),), example="asinh(1) = 0.881373587019543",
        definition="size = abs(x); near = log1p(size + size*size/(1 + sqrt(1 + size*size))); "
        "copysign(if size > 1e150 then log(size) + log(2) else near, x)",
    ),
    Op(
        "acosh", 1, "inverse hyperbolic cosine", "x >= 1",
        (lambda xp, z, x: xp.div(1, xp.sqrt(x - 1) * xp.sqrt(x + 1)),),
        convention="inf at x = 1", example="acosh(3) = 1.762747174039086",
        definition="t = x - 1; near = log1p(t + sqrt(t*(t + 2))); "
        "if x < 1 then nan else if x > 1e150 then log(x) + log(2) else near",
    ),
    Op(
        "atanh", 1, "inverse hyperbolic tangent", "-1 < x < 1",
        (lambda xp, z, x: xp.div(1, (1 - x) * (1 + x)),), example="atanh(0.25) = 0.25541281188299536",
        definition="copysign(0.5*log1p(2*abs(x)/(1 - abs(x))), x)",
    ),
    Op(
        "sech", 1, "1/cosh(x)", "all x", (lambda xp, z, x: -(z * xp.tanh(x)),), example="sech(0) = 1",
        definition="tail = exp(-abs(x)); 2*tail/(1 + tail*tail)",  # cosh would overflow first
    ),
    Op(
        "csch", 1, "1/sinh(x)", "x != 0", (lambda xp, z, x: -(z * xp.coth(x)),),
        example="csch(1) = 0.8509181282393216",
        definition="copysign(2*exp(-abs(x))/-expm1(-2*abs(x)), x)",
    ),
    Op(
        "coth", 1, "1/tanh(x)", "x != 0", (lambda xp, z, x: -xp.square(xp.csch(x)),),
        example="coth(1) = 1.3130352854993315", definition="1/tanh(x)",
    ),
    Op(
        "asech", 1, "acosh(1/x), the inverse of sech", "0 < x <= 1",
        (lambda xp, z, x: -xp.div(1, x * xp.sqrt((1 - x) * (1 + x))),),
        convention="-inf at x = 1", example="asech(0.5) = 1.3169578969248166",
        definition="2*asinh(sqrt(0.5 - 0.5*x)/abs(sqrt(x)))",  # 1/x is rounded, or overflows
    ),
    Op(
        "acsch", 1, "asinh(1/x), the inverse of csch", "x != 0",
        (lambda xp, z, x: -xp.div(xp.div(1, xp.abs(x)), xp.hypot(1, x)),),
        convention="-inf at x = 0", example="acsch(1) = 0.881373587019543",
        definition="if abs(x) < 1e-300 then copysign(log(2) - log(abs(x)), x) else asinh(1/x)",
    ),
    Op(
        "acoth", 1, "atanh(1/x), the inverse of coth", "x < -1 or x > 1",
        (lambda xp, z, x: -xp.div(xp.div(1, xp.abs(x) - 1), xp.abs(x) + 1),),
        convention="-inf at x = -1 and 1", example="acoth(2) = 0.5493061443340548",
        definition="copysign(0.5*log1p(2/(abs(x) - 1)), x)",  # 1/x is rounded
    ),
]  # fmt: skip
