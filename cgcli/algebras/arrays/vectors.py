"""Elementwise functions of arrays: from NumPy, and from SciPy where NumPy has none."""

from __future__ import annotations

import math
from functools import reduce
from math import pi

import numpy as np
from numpy import ndarray

from cgcli.algebras.arrays.tensors import broadcast
from cgcli.algebras.numbers import floats
from cgcli.annotations import Any, Callable


def one_by_one(scalar: Callable[..., float]) -> Callable[..., Any]:
    """A function of arrays from one of floats, for those that no library has: slow and exact."""

    def vector(*operands: Any) -> Any:
        arrays = np.broadcast_arrays(*operands)
        values = [scalar(*map(float, row)) for row in zip(*(a.ravel() for a in arrays))]
        return np.array(values, float).reshape(arrays[0].shape)

    return vector


def _where(c: Any, x: Any, y: Any) -> Any:
    if c.__class__ is not ndarray:
        return _fit_pair(x, y) if c else _fit_pair(y, x)
    return np.where(c != 0, np.asarray(x, float), np.asarray(y, float))


def _fit_pair(chosen: Any, other: Any) -> Any:
    """The branch taken, in the shape of both."""
    return broadcast(chosen, shape=np.broadcast_shapes(np.shape(chosen), np.shape(other)))


def _pow(x: Any, y: Any) -> Any:
    if y.__class__ is float and y == 2.0:
        return np.square(x)
    if y.__class__ is float and y == 0.5:  # NumPy would take the root, which is another function at -inf
        y = np.full(x.shape, y)
    return np.power(x, y)


def _sigmoid(x: Any) -> Any:
    small = np.exp(-np.abs(x))
    return np.where(x >= 0, 1.0, small) / (1.0 + small)


def _silu(x: Any) -> Any:
    x = np.maximum(x, -800.0)  # where it has vanished
    half = np.exp(0.5 * np.minimum(x, 0.0))
    return np.where(x > -700, x * _sigmoid(x), x * half * half)


def _logaddexp(x: Any, y: Any) -> Any:
    """NumPy's, but that of floats where the terms cancel."""
    found = np.logaddexp(x, y)
    near = np.abs(found) < 0.5 * np.abs(np.maximum(x, y))
    if near.any():
        x, y = (np.broadcast_to(one, found.shape)[near] for one in (x, y))
        found[near] = one_by_one(floats.logaddexp)(x, y)
    return found


def _truth(compare: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *operands: compare(*operands).astype(float)


# Of these the definition would lose digits that floats keep.
ALONE = {"digammadiff"}


# Elements that are looked at together.
BLOCK = 2**14


def _circular(name: str) -> Callable[[Any], Any]:
    """NumPy's function, but that of floats beside multiples of pi/2 (see `algebras.numbers.floats`)."""
    plain, better = getattr(np, name), one_by_one(getattr(floats, name))

    def mend(found: Any, x: Any) -> None:
        small = np.abs(found)
        near = (small < 1e-10) | (small > 1e10) if name == "tan" else small < 1e-10
        if near.any():
            near &= np.abs(x) >= 3
            found[near] = better(x[near])

    def vector(x: Any) -> Any:
        found = plain(x)
        if x.size <= BLOCK or not (x.flags.c_contiguous and found.flags.c_contiguous):
            mend(found, x)
            return found
        rows, of = found.reshape(-1), x.reshape(-1)
        for start in range(0, x.size, BLOCK):  # so that what is compared takes no memory to speak of
            mend(rows[start : start + BLOCK], of[start : start + BLOCK])
        return found

    return vector


# Beside those of NumPy's that have the same name there.
VECTORS: dict[str, Callable[..., Any]] = {
    "add": np.add, "sub": np.subtract, "mul": np.multiply, "div": np.divide, "neg": np.negative,
    "floordiv": np.floor_divide, "mod": np.remainder, "pow": _pow,
    "lt": _truth(np.less), "le": _truth(np.less_equal), "gt": _truth(np.greater),
    "ge": _truth(np.greater_equal), "eq": _truth(np.equal), "ne": _truth(np.not_equal),
    "and_": _truth(np.logical_and), "or_": _truth(np.logical_or), "not_": _truth(np.logical_not),
    "where": _where, "mask": lambda c, x: _where(c, x, 0.0),
    "min": lambda *xs: reduce(np.minimum, xs), "max": lambda *xs: reduce(np.maximum, xs),
    "clip": lambda x, lower, upper: np.minimum(np.maximum(x, lower), upper),
    **{name: _circular(name) for name in ("sin", "cos", "tan")},
    "sign": lambda x: np.where(x == 0, x, np.sign(x)), "round": np.rint,
    "sigmoid": _sigmoid, "softplus": lambda x: np.logaddexp(0.0, x), "relu": lambda x: np.maximum(x, 0.0),
    "silu": _silu, "logaddexp": _logaddexp,
}  # fmt: skip

# Those that NumPy has for floats of any length.
ANY_LENGTH = frozenset(VECTORS)


# Special functions, from SciPy; imported where one is used, which takes a tenth of a second.


def _special() -> Any:
    import scipy.special

    return scipy.special


def _scipy(name: str) -> Callable[..., Any]:
    return lambda *operands: getattr(_special(), name)(*operands)


def _patched(
    plain: Callable[[Any], Any], outside: Callable[[Any], Any], better: Callable[[Any], Any]
) -> Callable[[Any], Any]:
    """A function, but another for the elements where it is not good."""

    def vector(x: Any) -> Any:
        where = outside(x)
        found = plain(np.where(where, 1.0, x))
        if where.any():
            found[where] = better(x[where])
        return found

    return vector


def _gauss(x: Any, factor: float) -> Any:
    """exp(factor*x^2); the rounding of the square, which exp magnifies, is put right (T. J. Dekker, Numer.
    Math. 18 (1971) 224-242)."""
    x = np.clip(x, -40.0, 40.0)
    high = 134217729.0 * x
    high = high - (high - x)
    low, square = x - high, x * x
    rest = ((high * high - square) + 2.0 * high * low) + low * low
    return np.exp(factor * square) * (1.0 + factor * rest)


# From here on SciPy's erfc has fewer digits than that of the C library, and from here on none are left.
FEWER, NONE = 0.3, 28.0


def _erfc(x: Any) -> Any:
    found = _special().erfc(x)
    far = (x > FEWER) & (x < NONE)
    if far.any():
        found[far] = np.fromiter(map(math.erfc, x[far].tolist()), float)
    return found


def _erfcx(x: Any) -> Any:
    """By erfc where that and exp(x^2) are far from the ends of the range, where SciPy's has fewer digits."""
    found = np.where(x < 0, 2.0 * _gauss(x, 1.0), _special().erfcx(x))
    near = np.abs(x) < 5.0
    if near.any():
        found[near] = _gauss(x[near], 1.0) * _erfc(x[near])
    return np.where(x < -27.0, np.inf, found)


def _polyerfcx(n: Any, x: Any) -> Any:
    """As in `algebras.numbers.special`: by the recurrence, and by the continued fraction from x = 1 on."""
    if n.__class__ is not float or not 0 <= n <= 20 or n != int(n):
        return one_by_one(floats.polyerfcx)(n, x)
    order = int(n)
    before, found = 2.0 / floats.sqrt(pi), VECTORS["erfcx"](x)
    quotient, far = 0.0, before
    for k in range(1, order + 1):
        before, found = found, (before - 2.0 * x * found) / (2 * k)
    for k in range(order + 200, -1, -1):
        quotient = 1.0 / (2.0 * x + 2.0 * (k + 1) * quotient)
        if k <= order:
            far = far * quotient
    return (-2.0) ** order * floats.factorial(n) * np.where(x < 1.0, found, far)


def _gamma(x: Any) -> Any:
    poles = (x <= 0) & (x == np.floor(x)) & np.isfinite(x)
    return np.where(poles, np.where(x == 0, np.copysign(np.inf, x), np.nan), _special().gamma(x))


def _polygamma(n: Any, x: Any) -> Any:
    """(-1)^(n + 1) n! zeta(n + 1, x) for x > 0."""
    if n.__class__ is float and 0 < n < 150 and n == int(n) and np.all(x > 0):
        return (-1.0) ** (n + 1) * floats.factorial(n) * _special().zeta(n + 1, x)
    return one_by_one(floats.polygamma)(n, x)


SQRT_HALF = 0.7071067811865476

VECTORS |= {
    **{name: _scipy(name) for name in ("erf", "logit", "xlogy")}, "gamma": _gamma,
    "erfc": _erfc, "erfcx": _erfcx,
    "polyerfcx": _polyerfcx, "norm_pdf": lambda x: _gauss(x, -0.5) / floats.sqrt(2.0 * pi),
    "ndtr": _patched(
        lambda x: 0.5 * _erfc(-SQRT_HALF * x), lambda x: x < -1.0,
        lambda x: 0.5 * _gauss(x, -0.5) * _erfcx(-SQRT_HALF * x),
    ),
    "erfinv": lambda x: np.copysign(_special().erfinv(x), x),
    "lgamma": _patched(
        _scipy("gammaln"), lambda x: (x < 1e-300) | (np.abs(x - 1.5) < 1.0) | np.isinf(x),
        one_by_one(floats.lgamma),
    ),
    "digamma": _patched(_scipy("digamma"), lambda x: x <= 0, one_by_one(floats.digamma)),
    "polygamma": _polygamma,
}  # fmt: skip
