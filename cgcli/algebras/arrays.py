"""The algebra of arrays: what each operation does to NumPy arrays of doubles.

A value is an array of at least one axis, or a float; operations on floats alone are those of the
algebra of floats. Arrays are never written to once made: they may be views of one another.
Elementwise functions come from NumPy, and from SciPy where NumPy has none; they are reached as
attributes of this module, and made when first asked for.
"""

from __future__ import annotations

from functools import reduce
from math import copysign, factorial, pi

import numpy as np
from numpy import ndarray

from cgcli.algebras import floats
from cgcli.algebras.matrices import (
    cholesky,
    cofactor,
    det,
    eigenvectors,
    eigvalsh,
    forget,
    inv,
    logdet,
    shared,
    solve,
)
from cgcli.algebras.tensors import (
    amax,
    amin,
    argmax,
    argmin,
    array,
    broadcast,
    concat,
    cross,
    cumprod,
    cumsum,
    diag,
    dot,
    einsum,
    eye,
    flip,
    index,
    kron,
    linspace,
    logsumexp,
    matmul,
    mean,
    norm,
    ones,
    outer,
    prod,
    recurrence,
    reshape,
    scatter,
    shape,
    size,
    softmax,
    stack,
    std,
    sum,
    trace,
    transpose,
    tril,
    triu,
    var,
    zeros,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

__all__ = [
    "amax", "amin", "argmax", "argmin", "array", "broadcast", "chain", "cholesky", "cofactor", "concat",
    "constant", "cross", "cumprod", "cumsum", "det", "diag", "dot", "eigenvectors", "eigvalsh", "einsum",
    "eye", "finite", "flip", "forget", "holds", "index", "inv", "kron", "largest", "linspace", "logdet",
    "logsumexp", "matmul", "mean", "norm", "ones", "outer", "prod", "recurrence", "reshape", "room",
    "scatter", "settle", "shape", "shared", "size", "softmax", "solve", "stack", "std", "sum", "trace",
    "transpose", "tril", "triu", "var", "zeros",
]  # fmt: skip


def quiet() -> Any:
    """A context without NumPy's warnings: results that are not finite are found and named later."""
    return np.errstate(all="ignore")


def room(count: int) -> list[Any]:
    """A place for so many values."""
    return [None] * count


def constant(value: float) -> float:
    return value


def finite(x: Any) -> bool:
    return bool(np.all(np.isfinite(x)))


def largest(x: Any) -> float:
    """The size of its largest element."""
    return float(np.max(np.abs(x), initial=0.0))


def holds(x: Any) -> bool:
    """Whether all of it is true, as an assertion sees it."""
    return bool(np.all(np.not_equal(x, 0)))


# The chain rule


def chain(factor: Any, partial: Any) -> Any:
    """A product of the chain rule, elementwise: an exact 0 wins over inf and nan."""
    return settle(factor * partial, factor, partial, None, -1, None)


def settle(product: Any, factor: Any, partial: Any, like: Any, node: int, zeroed: list[int] | None) -> Any:
    """A product of the chain rule as the derivative of `like`, or of one with the shape it has.

    Where it is nan, it is 0 if a factor is exactly 0. It is summed over axes along which the
    operand was stretched, and stretched along those where it moves with others.
    """
    if product.__class__ is ndarray:
        square = np.vdot(product, product)
        if square != square:
            lost = np.isnan(product) & (np.equal(factor, 0) | np.equal(partial, 0))
            if lost.any():
                product = np.where(lost, 0.0, product)
                if zeroed is not None:
                    zeroed.append(node)
    elif product != product:
        product = floats.settle(product, factor, partial, 0.0, node, zeroed)
    return product if like is None else _fit(product, shape(like))


def _fit(x: Any, target: tuple[int, ...]) -> Any:
    have = shape(x)
    if have == target:
        return x
    lead = len(have) - len(target)
    stretched = list(range(max(lead, 0)))
    for place, wanted in enumerate(target):
        if wanted == 1 and lead + place >= 0 and have[lead + place] != 1:
            stretched.append(lead + place)
    if stretched:
        x = np.sum(x, axis=tuple(stretched), keepdims=True)
    if lead > 0:
        x = np.reshape(x, np.shape(x)[lead:])
    return broadcast(x, shape=target)


# Elementwise operations


def __getattr__(name: str) -> Callable[..., Any]:
    """An elementwise operation: that of floats where all operands are, else that of arrays."""
    scalar = getattr(floats, name, None)
    if scalar is None or name.startswith("_") or not callable(scalar):
        raise AttributeError(name)
    vector = _VECTORS.get(name) or _SPECIAL.get(name) or _one_by_one(scalar)

    def apply(*operands: Any) -> Any:
        for operand in operands:
            if operand.__class__ is ndarray:
                return vector(*operands)
        return scalar(*operands)

    globals()[name] = apply
    return apply


def _one_by_one(scalar: Callable[..., float]) -> Callable[..., Any]:
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
    return np.power(x, y)


def _sigmoid(x: Any) -> Any:
    small = np.exp(-np.abs(x))
    return np.where(x >= 0, 1.0, small) / (1.0 + small)


def _sinc(x: Any) -> Any:
    """sin(pi*x)/(pi*x), with x reduced so that the zeros are exact."""
    rest = np.abs(x - 2.0 * np.rint(0.5 * x))
    sine = np.copysign(np.sin(pi * np.minimum(rest, 1.0 - rest)), x - 2.0 * np.rint(0.5 * x))
    return np.where(x == 0, 1.0, np.where(np.isinf(x), 0.0, sine / np.where(x == 0, 1.0, pi * x)))


def _silu(x: Any) -> Any:
    return np.where(x == -np.inf, 0.0, x * _sigmoid(np.where(x == -np.inf, 0.0, x)))


def _truth(compare: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *operands: compare(*operands).astype(float)


_VECTORS: dict[str, Callable[..., Any]] = {
    "add": np.add, "sub": np.subtract, "mul": np.multiply, "div": np.divide, "neg": np.negative,
    "floordiv": np.floor_divide, "mod": np.remainder, "pow": _pow,
    "lt": _truth(np.less), "le": _truth(np.less_equal), "gt": _truth(np.greater),
    "ge": _truth(np.greater_equal), "eq": _truth(np.equal), "ne": _truth(np.not_equal),
    "and_": _truth(np.logical_and), "or_": _truth(np.logical_or), "not_": _truth(np.logical_not),
    "where": _where, "min": lambda *xs: reduce(np.minimum, xs), "max": lambda *xs: reduce(np.maximum, xs),
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
    "elu": lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0.0))),
}  # fmt: skip


# Special functions, from SciPy; imported where one is used, which takes a tenth of a second.


def _special() -> Any:
    import scipy.special

    return scipy.special


def _at_poles(found: Any, x: Any, value: Any) -> Any:
    """A function that is something else at 0 and the negative integers."""
    return np.where((x <= 0) & (x == np.floor(x)) & np.isfinite(x), value, found)


def _gamma(x: Any) -> Any:
    return _at_poles(_special().gamma(x), x, np.where(x == 0, np.copysign(np.inf, x), np.nan))


def _digamma(x: Any) -> Any:
    return _at_poles(_special().digamma(x), x, np.nan)


def _polygamma(n: Any, x: Any) -> Any:
    """(-1)^(n + 1) n! zeta(n + 1, x) for x > 0."""
    if n.__class__ is float and 0 < n < 150 and n == int(n) and np.all(x > 0):
        return copysign(float(factorial(int(n))), (-1) ** (int(n) + 1)) * _special().zeta(n + 1, x)
    return _one_by_one(floats.polygamma)(n, x)


def _beta(x: Any, y: Any) -> Any:
    if np.all(np.greater(x, 0)) and np.all(np.greater(y, 0)):
        return _special().beta(x, y)
    return _one_by_one(floats.beta)(x, y)


_SPECIAL: dict[str, Callable[..., Any]] = {
    "erf": lambda x: _special().erf(x), "erfc": lambda x: _special().erfc(x),
    "erfinv": lambda x: _special().erfinv(x), "gamma": _gamma,
    "lgamma": lambda x: _special().gammaln(x), "digamma": _digamma, "polygamma": _polygamma,
    "factorial": lambda x: _gamma(x + 1.0), "beta": _beta, "logit": lambda x: _special().logit(x),
    "gelu": lambda x: np.where(np.isneginf(x), 0.0, 0.5 * x * _special().erfc(-floats.sqrt(0.5) * x)),
    "xlogy": lambda x, y: _special().xlogy(x, y),
}  # fmt: skip
