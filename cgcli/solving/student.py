"""Quantiles of Student's t and of the normal distribution, without SciPy: importing its special functions
takes longer than most fits."""

from __future__ import annotations

from math import exp, isfinite, lgamma, log, log1p, pi, sqrt

from cgcli.algebras.numbers import floats
from cgcli.annotations import Callable

# Terms of a continued fraction, of which far fewer are needed as a rule.
TERMS = 10_000

# From so many degrees of freedom on, an expansion about the normal distribution has all digits.
MANY = 1000

# Below this a factor of a continued fraction counts as 0.
TINY = 1e-300


def tail(t: float, dof: float) -> float:
    """The chance of more than t > 0: half the regularised incomplete beta function at dof/(dof + t^2)."""
    x = dof / (dof + t * t)
    return 0.5 * _beta(dof / 2, 0.5, x, t * t / (dof + t * t))


def normal(upper: float) -> float:
    """The z above which a normal distribution has the chance `1 - upper`, at least a half."""
    chance = 1 - upper
    if chance >= 0.5:
        return 0.0
    z = sqrt(-2 * log(2 * chance)) if chance < 0.1 else 0.5
    return _newton(z, chance, lambda z: floats.ndtr(-z), lambda z: exp(-0.5 * z * z) / sqrt(2 * pi))


def _newton(
    x: float, chance: float, tail: Callable[[float], float], density: Callable[[float], float]
) -> float:
    """Where a tail has a chance: Newton's method on its logarithm, over that of x, in which the tails of both
    distributions are nearly straight."""
    for _ in range(50):
        above = tail(x)
        step = above / (x * density(x)) * log(above / chance)
        if not isfinite(step):
            break
        x *= exp(min(step, 50.0))
        if abs(step) <= 1e-15:
            break
    return x


def _expanded(z: float, dof: float) -> float:
    """Student's t from the normal distribution: M. Abramowitz and I. A. Stegun, Handbook of Mathematical
    Functions (1964), 26.7.5."""
    w = z * z
    return z * (
        1
        + (w + 1) / (4 * dof)
        + ((5 * w + 16) * w + 3) / (96 * dof**2)
        + (((3 * w + 19) * w + 17) * w - 15) / (384 * dof**3)
        + ((((79 * w + 776) * w + 1482) * w - 1920) * w - 945) / (92160 * dof**4)
    )


def quantile(upper: float, dof: float) -> float:
    """The t above which there is the chance `1 - upper`, at least a half."""
    chance = 1 - upper
    if chance >= 0.5:
        return 0.0
    start = normal(upper)
    if dof >= MANY:
        return _expanded(start, dof)
    return _newton(start, chance, lambda t: tail(t, dof), lambda t: exp(_density(t, dof)))


def _density(t: float, dof: float) -> float:
    """The logarithm of the density."""
    return lgamma((dof + 1) / 2) - lgamma(dof / 2) - 0.5 * log(pi * dof) - (dof + 1) / 2 * log1p(t * t / dof)


def _beta(a: float, b: float, x: float, rest: float) -> float:
    """The regularised incomplete beta function, `rest` being 1 - x: by its continued fraction (NIST Digital
    Library of Mathematical Functions, 8.17.22), on the side on which that is short."""
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log(rest)) if x and rest else 0.0
    if x < (a + 1) / (a + b + 2):
        return front * _fraction(a, b, x) / a
    return 1 - front * _fraction(b, a, rest) / b


def _fraction(a: float, b: float, x: float) -> float:
    """Lentz's method."""
    c, d = 1.0, 1 / _apart(1 - (a + b) * x / (a + 1))
    found = d
    for m in range(1, TERMS):
        for term in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1 / _apart(1 + term * d)
            c = _apart(1 + term / c)
            found *= c * d
        if abs(c * d - 1) < 1e-16:
            break
    return found


def _apart(value: float) -> float:
    return value if abs(value) > TINY else TINY
