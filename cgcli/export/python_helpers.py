"""Small functions of Python's that an exported one may need: those of `math` with IEEE 754's answers where
it raises, and those that it does not have.

They are doubles throughout: where cg carries more digits, these may be off by a few units in the
last place, and by more next to a zero of the function.
"""

from __future__ import annotations

from cgcli.export.functions import guarded
from cgcli.export.helpers import functions

_TEXT = '''
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


def _round(x):
    return math.copysign(round(x), x) if math.isfinite(x) else x


def _gamma(x):
    if x == 0:
        return math.copysign(math.inf, x)
    try:
        return math.gamma(x)
    except OverflowError:
        return math.copysign(math.inf, x)
    except ValueError:
        return math.nan


def _lgamma(x):
    try:
        return math.lgamma(x)
    except (OverflowError, ValueError):
        return math.inf


def _pole(x):
    return x <= 0 and x % 1 == 0


def _zeta(n, x):
    """n! zeta(n + 1, x) for x > 0: the first terms, then Euler and Maclaurin's formula."""
    s, start, total = n + 1.0, x, 0.0
    while x < 10 + s:
        total += (start / x) ** s
        x += 1.0
    rising = s / x
    tail = x / n + 0.5
    for k, b in enumerate((1 / 12, -1 / 720, 1 / 30240, -1 / 1209600, 1 / 47900160)):
        tail += rising * b
        rising *= (s + 2 * k + 1) * (s + 2 * k + 2) / (x * x)
    total += (start / x) ** s * tail
    if n < 20:  # in steps that stay within range where the result does
        root = _pow(start, -0.5 * n)
        return total / start * _gamma(s) * root * root
    return total * _exp(_lgamma(s) - s * math.log(start))


def _polygamma(n, x):
    """(-1)^(n + 1) n! zeta(n + 1, x); below 0 by the recurrence, or from the whole lattice."""
    if n == 0:
        return _digamma(x)
    if not 0 < n < 1e6 or n % 1 or x != x or x == -math.inf:
        return math.nan
    sign = -1.0 if n % 2 == 0 else 1.0
    if x == math.inf:
        return sign * 0.0
    if _pole(x):
        return math.inf if n % 2 else math.copysign(math.inf, -x) if x == 0 else math.nan
    if x > 0:
        return sign * _zeta(n, x)
    if x > -20 and n < 20:
        steps = math.ceil(-x)
        near = sum(_pow(x + k, -n - 1.0) for k in range(steps))
        return sign * (_gamma(n + 1.0) * near + _zeta(n, x + steps or 1.0))
    part = x - math.floor(x)
    return sign * (_zeta(n, part) + sign * (_zeta(n, 1.0 - part) - _zeta(n, 1.0 - x)))


def _gamma_sign(x):
    return -1.0 if x < 0 and math.floor(x) % 2 else 1.0


def _lgamma_step(x, y):
    """lgamma(x + y) - lgamma(x) for large x and x + y: the difference of Stirling's series."""
    z = x + y
    p, q = 1 / x, 1 / z
    rest = (q - p) / 12 - (q**3 - p**3) / 360 + (q**5 - p**5) / 1260
    return (x - 0.5) * math.log1p(y / x) + y * (math.log(z) - 1.0) + rest


def _binomial(x, y):
    """gamma(x + 1)/(gamma(y + 1)*gamma(x - y + 1)); whole numbers by the product."""
    if not math.isfinite(x) or not math.isfinite(y) or x < 0 and _pole(x):
        return math.nan
    if y % 1 == 0 and (y < 0 or x % 1 == 0 and y > x):
        return 0.0
    if y % 1 == 0 and x % 1 == 0:
        y = min(y, x - y)
    if y % 1 == 0 and y < 1000:
        total = 1.0
        for k in range(1, int(y) + 1):
            total = total * (x - y + k) / k
        return total
    if x - y < 0 and _pole(x - y):
        return 0.0
    if max(abs(x), abs(y), abs(x - y)) < 100:
        return _gamma(x + 1.0) / _gamma(y + 1.0) / _gamma(x - y + 1.0)
    if abs(y) < x / 2:
        return _gamma_sign(y + 1.0) * _exp(_lgamma_step(x - y + 1.0, y) - _lgamma(y + 1.0))
    sign = _gamma_sign(x + 1.0) * _gamma_sign(y + 1.0) * _gamma_sign(x - y + 1.0)
    return sign * _exp(_lgamma(x + 1.0) - _lgamma(y + 1.0) - _lgamma(x - y + 1.0))
'''

PYTHON_HELPERS = guarded() | functions(_TEXT)
