"""Rows of elementary functions."""

from __future__ import annotations

from mpmath import mp, mpf

from tests.ops.references import (
    ANY,
    BEYOND_ONE,
    CIRCULAR,
    CIRCULAR_POINTS,
    LOG_EDGES,
    LOG_POINTS,
    MAX,
    MIN,
    POSITIVE,
    ROOT,
    SUBNORMAL,
    TINIEST,
    UNIT,
    Row,
    beside,
    between,
    either,
    inf,
    logs,
    nan,
    negative,
    polysinc,
    signed,
    sinc_slope,
    whole,
)

ELEMENTARY: dict[str, Row] = {
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
        [((0.0,), 1.5707963267948966, (-1,)), ((-0.0,), 1.5707963267948966, (-1,)),
         ((inf,), 0.0, (0,)), ((-inf,), -0.0, (0,))],
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
}  # fmt: skip
