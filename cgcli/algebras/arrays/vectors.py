"""Elementwise functions of arrays: from NumPy, and from SciPy where NumPy has none."""

from __future__ import annotations

from functools import reduce
from math import pi

import numpy as np
from numpy import ndarray

from cgcli.algebras.arrays.tensors import broadcast
from cgcli.algebras.numbers import floats

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


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


def _sinc(x: Any) -> Any:
    """sin(pi*x)/(pi*x), with x reduced so that the zeros are exact."""
    turn = x - 2.0 * np.rint(0.5 * x)
    rest = np.abs(turn)
    sine = np.copysign(np.sin(pi * np.minimum(rest, 1.0 - rest)), turn)
    return np.where(x == 0, 1.0, np.where(sine == 0, 0.0, sine / np.where(x == 0, 1.0, pi * x)))


def _silu(x: Any) -> Any:
    return np.where(x == -np.inf, -0.0, x * _sigmoid(np.where(x == -np.inf, 0.0, x)))


def _truth(compare: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *operands: compare(*operands).astype(float)


VECTORS: dict[str, Callable[..., Any]] = {
    "add": np.add, "sub": np.subtract, "mul": np.multiply, "div": np.divide, "neg": np.negative,
    "floordiv": np.floor_divide, "mod": np.remainder, "pow": _pow,
    "lt": _truth(np.less), "le": _truth(np.less_equal), "gt": _truth(np.greater),
    "ge": _truth(np.greater_equal), "eq": _truth(np.equal), "ne": _truth(np.not_equal),
    "and_": _truth(np.logical_and), "or_": _truth(np.logical_or), "not_": _truth(np.logical_not),
    "where": _where, "mask": lambda c, x: _where(c, x, 0.0),
    "min": lambda *xs: reduce(np.minimum, xs), "max": lambda *xs: reduce(np.maximum, xs),
    "clip": lambda x, lower, upper: np.minimum(np.maximum(x, lower), upper),
    "abs": np.abs, "copysign": np.copysign, "sign": lambda x: np.where(x == 0, x, np.sign(x)),
    "floor": np.floor, "ceil": np.ceil, "round": np.rint, "trunc": np.trunc, "heaviside": np.heaviside,
    "square": np.square, "sqrt": np.sqrt, "cbrt": np.cbrt, "hypot": np.hypot,
    "exp": np.exp, "exp2": np.exp2, "expm1": np.expm1,
    "log": np.log, "log2": np.log2, "log10": np.log10, "log1p": np.log1p,
    "sin": np.sin, "cos": np.cos, "tan": np.tan, "sec": lambda x: 1.0 / np.cos(x),
    "csc": lambda x: 1.0 / np.sin(x), "cot": lambda x: 1.0 / np.tan(x),
    "asin": np.arcsin, "acos": np.arccos, "atan": np.arctan, "atan2": np.arctan2,
    "deg2rad": np.deg2rad, "rad2deg": np.rad2deg, "sinc": _sinc,
    "sinh": np.sinh, "cosh": np.cosh, "tanh": np.tanh,
    "asinh": np.arcsinh, "acosh": np.arccosh, "atanh": np.arctanh,
    "sigmoid": _sigmoid, "softplus": lambda x: np.logaddexp(0.0, x), "logaddexp": np.logaddexp,
    "relu": lambda x: np.maximum(x, 0.0), "silu": _silu,
    "elu": lambda x: np.where(x > 0, x, np.expm1(np.where(x > 0, 0.0, x))),
}  # fmt: skip


# Special functions, from SciPy; imported where one is used, which takes a tenth of a second.


def _special() -> Any:
    import scipy.special

    return scipy.special


def _patched(name: str, outside: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """SciPy's function, but that of floats for the elements where SciPy's is not good."""

    def vector(x: Any) -> Any:
        where = outside(x)
        found = getattr(_special(), {"lgamma": "gammaln"}.get(name, name))(np.where(where, 1.0, x))
        if where.any():
            found[where] = one_by_one(getattr(floats, name))(x[where])
        return found

    return vector


def _gamma(x: Any) -> Any:
    poles = (x <= 0) & (x == np.floor(x)) & np.isfinite(x)
    return np.where(poles, np.where(x == 0, np.copysign(np.inf, x), np.nan), _special().gamma(x))


def _polygamma(n: Any, x: Any) -> Any:
    """(-1)^(n + 1) n! zeta(n + 1, x) for x > 0."""
    if n.__class__ is float and 0 < n < 150 and n == int(n) and np.all(x > 0):
        return (-1.0) ** (n + 1) * floats.factorial(n) * _special().zeta(n + 1, x)
    return one_by_one(floats.polygamma)(n, x)


VECTORS |= {
    "erf": lambda x: _special().erf(x), "erfc": lambda x: _special().erfc(x),
    "erfinv": lambda x: np.copysign(_special().erfinv(x), x), "gamma": _gamma,
    "lgamma": _patched("lgamma", lambda x: (x < 1e-300) | (np.abs(x - 1.5) < 1.0) | np.isinf(x)),
    "digamma": _patched("digamma", lambda x: x <= 0), "polygamma": _polygamma,
    "factorial": lambda x: _gamma(x + 1.0), "logit": lambda x: _special().logit(x),
    "gelu": lambda x: np.where(np.isneginf(x), -0.0, 0.5 * x * _special().erfc(-floats.sqrt(0.5) * x)),
    "xlogy": lambda x, y: _special().xlogy(x, y),
}  # fmt: skip
