"""Small functions of Python's that an exported one may need: those of `math` with IEEE 754's answers
where it raises.
"""

from __future__ import annotations

from cgcli.export.helpers import definitions

_TEXT = """
def _div(x, y):
    try:
        return x / y
    except ZeroDivisionError:
        return math.nan if x == 0 or x != x else math.copysign(math.inf, x) * math.copysign(1.0, y)


def _floordiv(x, y):
    try:
        return x // y
    except ZeroDivisionError:
        return _div(x, y)


def _mod(x, y):
    try:
        return x % y
    except ZeroDivisionError:
        return math.nan


def _pow(x, y):
    try:
        return math.pow(x, y)
    except OverflowError:
        return -math.inf if x < 0 and y % 2 == 1 else math.inf
    except ValueError:
        if x != 0:
            return math.nan
        return math.copysign(math.inf, x) if y % 2 == 1 else math.inf


def _square(x):
    return x * x


def _min(x, y):
    return y if y < x or y != y else x


def _max(x, y):
    return y if y > x or y != y else x


def _sign(x):
    return 1.0 if x > 0 else -1.0 if x < 0 else x


def _floor(x):
    return math.copysign(math.floor(x), x) if math.isfinite(x) else x


def _ceil(x):
    return math.copysign(math.ceil(x), x) if math.isfinite(x) else x


def _round(x):
    return math.copysign(round(x), x) if math.isfinite(x) else x


def _trunc(x):
    return math.copysign(math.trunc(x), x) if math.isfinite(x) else x


def _heaviside(x, h):
    return 1.0 if x > 0 else 0.0 if x < 0 else h if x == 0 else x


def _sqrt(x):
    return math.sqrt(x) if x >= 0 else math.nan


def _beyond(function, x):
    try:
        return function(x)
    except OverflowError:
        return math.inf


def _exp(x):
    return math.exp(x) if x < 709.7 else _beyond(math.exp, x)


def _exp2(x):
    return _beyond(math.exp2, x)


def _expm1(x):
    return _beyond(math.expm1, x)


def _log(x):
    return math.log(x) if x > 0 else -math.inf if x == 0 else math.nan


def _log2(x):
    return math.log2(x) if x > 0 else -math.inf if x == 0 else math.nan


def _log10(x):
    return math.log10(x) if x > 0 else -math.inf if x == 0 else math.nan


def _log1p(x):
    return math.log1p(x) if x > -1 else -math.inf if x == -1 else math.nan


def _sin(x):
    return math.sin(x) if math.isfinite(x) else math.nan


def _cos(x):
    return math.cos(x) if math.isfinite(x) else math.nan


def _tan(x):
    return math.tan(x) if math.isfinite(x) else math.nan


def _asin(x):
    return math.asin(x) if -1 <= x <= 1 else math.nan


def _acos(x):
    return math.acos(x) if -1 <= x <= 1 else math.nan


def _sinh(x):
    return math.copysign(_beyond(math.sinh, abs(x)), x)


def _cosh(x):
    return _beyond(math.cosh, x)


def _acosh(x):
    return math.acosh(x) if x >= 1 else math.nan


def _atanh(x):
    return math.atanh(x) if -1 < x < 1 else math.copysign(math.inf, x) if abs(x) == 1 else math.nan
"""

HELPERS = definitions(_TEXT)
