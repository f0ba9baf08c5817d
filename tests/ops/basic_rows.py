"""Rows of arithmetic, comparisons and choices."""

from __future__ import annotations

from mpmath import mp, mpf

from tests.ops.references import (
    ANY,
    GAMMA,
    GAMMA_POINTS,
    MIN,
    MODERATE,
    ROOT,
    SMALL,
    SUBNORMAL,
    TINIEST,
    Row,
    between,
    comparison,
    either,
    exact,
    inf,
    logs,
    nan,
    one,
    power_slope,
    steps,
    ties,
    whole,
    zero,
)

BASIC: dict[str, Row] = {
    # Arithmetic
    "add": Row(
        (ANY, ANY), lambda x, y: x + y, (one, one), [(0.1, 0.2), (1e308, 1e308), (1.0, -1.0000000000000002)],
        [((inf, -inf), nan, None), ((-0.0, -0.0), -0.0, (1, 1)), ((inf, 1.0), inf, None)],
    ),
    "sub": Row(
        (ANY, ANY), lambda x, y: x - y, (one, lambda x, y: mpf(-1)), [(0.3, 0.1), (MIN, 1e-310)],
        [((inf, inf), nan, None), ((0.0, 0.0), 0.0, (1, -1))],
    ),
    "mul": Row(
        (ANY, ANY), lambda x, y: x * y, (lambda x, y: y, lambda x, y: x), [(1e-200, 1e-120), (MIN, 0.5)],
        [((0.0, inf), nan, None), ((0.0, -1.0), -0.0, (-1, 0))],
    ),
    "div": Row(
        (ANY, ANY), lambda x, y: x / y, (lambda x, y: 1 / y, lambda x, y: -x / y**2),
        [(1.0, 3.0), (1e-200, 1e200), (1e300, 1e-300), (1e200, 1e200)],
        [
            ((1.0, 0.0), inf, (inf, -inf)), ((1.0, -0.0), -inf, (-inf, -inf)), ((0.0, 0.0), nan, None),
            ((-1.0, 0.0), -inf, None), ((1.0, inf), 0.0, (0, 0)), ((inf, inf), nan, None),
        ],
    ),
    "floordiv": Row(
        (MODERATE, MODERATE), exact(lambda x, y: x // y), (zero, zero),
        [(-7, 2), (1, 0.1), (7, -2), (1e15, 3)],
        [
            ((1.0, 0.0), inf, (0, 0)), ((-1.0, 0.0), -inf, (0, 0)), ((0.0, 0.0), nan, (0, 0)),
            ((-5.0, inf), -1.0, (0, 0)), ((5.0, inf), 0.0, (0, 0)), ((inf, 3.0), nan, (0, 0)),
        ],
    ),
    "mod": Row(
        (MODERATE, MODERATE), exact(lambda x, y: x % y), (one, exact(lambda x, y: -(x // y))),
        [(-7, 3), (7, -3), (1, 0.1), (5.5, 2), (-1e-20, 3), (1e300, 7)],
        [
            ((5.0, 0.0), nan, None), ((5.0, inf), 5.0, (1, 0)), ((inf, 3.0), nan, None),
            ((-6.0, 3.0), 0.0, (1, 2)), ((-5.0, inf), inf, None),
        ],
    ),
    "neg": Row((ANY,), lambda x: -x, (lambda x: mpf(-1),), [(1.0,)], [((0.0,), -0.0, (-1,))]),
    "pow": Row(
        (
            either(between(0.5, 2), logs(1e-300, 1e300), logs(1e-5, 1e5)),
            either(between(-1, 1), whole(-10, 10), between(-300, 300), logs(1e-12, 1)),
        ),
        lambda x, y: mp.power(x, y),
        (power_slope, lambda x, y: mp.power(x, y) * mp.log(x)),
        [
            (1 + 1e-10, 1e10), (1.0000000000000002, 1e15), (2, 0.5), (1e300, 0.1), (1e-300, 0.1),
            (1e300, -0.7), (10, 308), (10, -320), (0.9999999999999999, 5e15), (2, 1 / 3), (2, -1074),
            (1e200, 1.5), (1e-200, 1.6),
        ],
        [
            ((0.0, 0.0), 1.0, (0, -inf)), ((0.0, 2.0), 0.0, (0, 0)), ((0.0, 1.0), 0.0, (1, 0)),
            ((0.0, -1.0), inf, (-inf, None)), ((-0.0, -1.0), -inf, None), ((-2.0, 3.0), -8.0, (12, nan)),
            ((-2.0, 0.5), nan, (nan, nan)), ((-10.0, 309.0), -inf, None), ((-10.0, 400.0), inf, None),
            ((0.0, 0.5), 0.0, (inf, 0)), ((0.0, 0.3), 0.0, (inf, 0)), ((1.0, nan), 1.0, None),
            ((nan, 0.0), 1.0, (0, nan)), ((5.0, 0.0), 1.0, None), ((3.0, 2.0), 9.0, None),
            ((inf, 0.5), inf, (0, inf)), ((-1.5, 0.0), 1.0, (0, nan)), ((-1.5, 2.0), 2.25, (-3, nan)),
        ],
        scale=lambda x, y: TINIEST * max(abs(y), abs(y / x), abs(mp.log(x))), derivative_ulps=520,
        reason=SUBNORMAL + "; by x: log(x), up to 745, magnifies the rounding of y - 1 by half an ulp",
    ),
    "factorial": Row(
        (GAMMA,), lambda x: mp.gamma(x + 1), (lambda x: mp.gamma(x + 1) * mp.digamma(x + 1),),
        [*GAMMA_POINTS, (100.3,), (0.4616321449683623,), (170.6,)],
        [((5.0,), 120.0, None), ((0.0,), 1.0, None), ((170.0,), 7.257415615307999e306, None),
         ((171.0,), inf, None), ((-2.0,), nan, None), ((inf,), inf, None), ((-inf,), nan, None)],
        scale=lambda x: mp.gamma(x + 1) * max(1, abs(mp.digamma(x + 1))),
        reason=ROOT + "; x + 1 is rounded",
    ),
    # Comparisons and choices
    "lt": comparison(lambda x, y: x < y, 0.0),
    "le": comparison(lambda x, y: x <= y, 0.0),
    "gt": comparison(lambda x, y: x > y, 0.0),
    "ge": comparison(lambda x, y: x >= y, 0.0),
    "eq": comparison(lambda x, y: x == y, 0.0),
    "ne": comparison(lambda x, y: x != y, 1.0),
    "and_": Row(
        (SMALL, SMALL), lambda x, y: mpf(bool(x and y)), (zero, zero), [(0, 1), (1, 0), (0, 0), (2, -1)],
        [((nan, 1.0), 1.0, (0, 0)), ((nan, 0.0), 0.0, (0, 0)), ((MIN, inf), 1.0, (0, 0))], quiet=(0, 1),
    ),
    "or_": Row(
        (SMALL, SMALL), lambda x, y: mpf(bool(x or y)), (zero, zero), [(0, 1), (1, 0), (0, 0), (-0.0, 0)],
        [((nan, 0.0), 1.0, (0, 0)), ((0.0, nan), 1.0, (0, 0))], quiet=(0, 1),
    ),
    "not_": Row(
        (SMALL,), lambda x: mpf(not x), (zero,), [(0,), (-0.0,), (3,)], [((nan,), 0.0, (0,))], quiet=(0,)
    ),
    "where": Row(
        (SMALL, SMALL, SMALL), lambda c, x, y: x if c else y,
        (zero, lambda c, x, y: mpf(bool(c)), lambda c, x, y: mpf(not c)), [(1, 10, 20), (0, 10, 20)],
        [((nan, 1.0, 2.0), 1.0, (0, 1, 0)), ((0.0, nan, 2.0), 2.0, (0, 0, 1)),
         ((1.0, 1.0, inf), 1.0, (0, 1, 0)), ((0.0, 1.0, nan), nan, None)],
        quiet=(0, 1, 2),
    ),
    "min": ties(min),
    "max": ties(max),
    "clip": Row(
        (SMALL, between(-10, 0), between(0, 10)), lambda x, low, high: min(max(x, low), high),
        (
            lambda x, low, high: mpf(low < x < high),
            lambda x, low, high: mpf(x < low),
            lambda x, low, high: mpf(x > high),
        ),
        [(5, 0, 1), (-5, 0, 1), (0.5, 0, 1)],
        [((0.0, 0.0, 1.0), 0.0, (0.5, 0.5, 0)), ((1.0, 1.0, 1.0), 1.0, (1 / 3, 1 / 3, 1 / 3)),
         ((0.5, 2.0, 1.0), 1.0, (0, 0, 1)), ((nan, 0.0, 1.0), nan, None)],
    ),
    "abs": Row((ANY,), abs, (mp.sign,), [(-3,)], [((-0.0,), 0.0, (0,)), ((-inf,), inf, (-1,))]),
    "sign": steps(mp.sign, [(-3,), (MIN,)],
    [((0.0,), 0.0, (0,)), ((nan,), nan, (0,)), ((-inf,), -1.0, (0,))]),
    "floor": steps(mp.floor, [(-1.5,), (1e300,)], [((-0.0,), -0.0, (0,)), ((inf,), inf, (0,))]),
    "ceil": steps(mp.ceil, [(1.2,), (MIN,)], [((-0.5,), -0.0, (0,)), ((-inf,), -inf, (0,))]),
    "round": steps(
        mp.nint, [(2.5,), (3.5,), (-2.5,), (0.49999999999999994,), (4503599627370495.5,)],
        [((-0.5,), -0.0, (0,)), ((inf,), inf, (0,)), ((1.5,), 2.0, (0,))],
    ),
    "trunc": steps(
        lambda x: mp.sign(x) * mp.floor(abs(x)), [(-1.5,), (1.5,)],
        [((-0.5,), -0.0, (0,)), ((inf,), inf, (0,))]
    ),
    "copysign": Row(
        (ANY, ANY), lambda x, y: abs(x) if y > 0 else -abs(x),
        (lambda x, y: mp.sign(x) * mp.sign(y), zero), [(3, -1), (-3, -1)],
        [((1.0, -0.0), -1.0, (-1, 0)), ((0.0, -1.0), -0.0, (-0.0, 0)), ((nan, 1.0), nan, None)],
        quiet=(1,),
    ),
    "heaviside": Row(
        (SMALL, SMALL), lambda x, y: mpf(1) if x > 0 else mpf(0) if x < 0 else y,
        (zero, lambda x, y: mpf(x == 0)), [(0, 0.5), (1, 7), (-1, 7)],
        [((nan, 1.0), nan, None), ((2.0, nan), 1.0, (0, 0)), ((0.0, nan), nan, None),
         ((-0.0, 0.5), 0.5, (0, 1))],
        quiet=(1,),
    ),
}  # fmt: skip
