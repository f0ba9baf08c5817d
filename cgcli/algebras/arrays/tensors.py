"""Operations on whole arrays, by NumPy: structure, reductions, products.

Values are arrays of at least one axis, or floats; a result without axes is a float. In derivatives that
need more range both may be of NumPy's longest floats (`algebras.wide`), and stay that.
"""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy import longdouble, ndarray

from cgcli.algebras.arrays.blas import product
from cgcli.annotations import Any, Callable
from cgcli.errors import ShapeError
from cgcli.shapes import brief

Axes = int | tuple[int, ...] | None


def plain(x: Any) -> Any:
    """A result without axes as a float."""
    if x.__class__ is ndarray:
        if x.ndim:
            return x
        x = x[()]
    return x if x.__class__ is longdouble else float(x)


def shape(x: Any) -> tuple[int, ...]:
    return tuple(x.shape) if x.__class__ is ndarray else ()


# Structure


def linspace(x: float, y: float, num: int = 50) -> Any:
    if np.isfinite(y - x) or num < 2:
        return np.linspace(x, y, num)
    share = np.linspace(0.0, 1.0, num)[1:-1]
    return np.concatenate(([x], x * (1 - share) + y * share, [y]))


def _key(sizes: tuple[int, ...], operands: tuple[Any, ...], at: tuple[Any, ...]) -> tuple[Any, ...]:
    """NumPy's form of subscripts of an array of these sizes. Raises `ShapeError` for one that is no
    whole number, or outside."""
    given = iter(operands)
    key: list[Any] = []
    for place, (size, subscript) in enumerate(zip(sizes, at)):
        if isinstance(subscript, tuple):
            key.append(slice(*subscript))
        elif subscript is None:
            operand = next(given)
            if operand.__class__ is float and operand.is_integer() and -size <= operand < size:
                key.append(int(operand))
                continue
            if not np.all(np.equal(operand, np.floor(operand)) & np.isfinite(operand)):
                raise ShapeError("a subscript is a whole number", None, "index", place)
            outside = np.extract((np.less(operand, -size)) | (np.greater_equal(operand, size)), operand)
            if outside.size:
                message = f"there is no element {brief(outside[0])}: the axis has {size} elements"
                raise ShapeError(message, None, "index", place)
            key.append(operand.astype(np.intp) if operand.__class__ is ndarray else int(operand))
        else:
            key.append(subscript)
    return tuple(key)


def index(x: Any, *operands: Any, at: tuple[Any, ...]) -> Any:
    if len(at) == x.ndim == 1 and at[0].__class__ is int:
        found = x.item(at[0])
        return found if found.__class__ in (float, longdouble) else float(found)
    return plain(x[_key(x.shape, operands, at)])


def scatter(x: Any, *operands: Any, at: tuple[Any, ...], shape: tuple[int, ...]) -> Any:
    result = np.zeros(shape, np.result_type(x))
    key = _key(shape, operands, at)
    if any(part.__class__ is ndarray for part in key):
        np.add.at(result, key, x)
    else:
        result[key] = x
    return result


def broadcast(x: Any, shape: tuple[int, ...]) -> Any:
    if not shape:
        return plain(x)
    return x if x.__class__ is ndarray and x.shape == shape else np.broadcast_to(x, shape)


# Reductions


def size(x: Any, axis: Axes = None) -> float:
    dimensions = np.shape(x)
    axes = range(len(dimensions)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    count = 1
    for place in axes:
        count *= dimensions[place]
    return float(count)


def _reduced(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda x, axis=None, keepdims=False: plain(function(x, axis=axis, keepdims=keepdims))


# A standard deviation below this has squares of deviations that may have lost digits, or vanished.
SMALL = 2.0**-480


def _in_range(
    function: Any, degree: int, least: float, x: Any, axis: Axes = None, keepdims: bool = False, **more: Any
) -> Any:
    """A homogeneous function of this degree. Where it is not finite or below `least`, as sums or squares
    overflow or vanish on the way, that of the elements scaled by a power of 2, which is exact."""
    found = function(x, axis=axis, keepdims=keepdims, **more)
    good = np.isfinite(found) & (np.abs(found) >= least)
    if np.all(good):
        return plain(found)
    top = np.max(np.abs(x), axis=axis, keepdims=True)
    _, powers = np.frexp(np.where(np.isfinite(top), top, 0.0))
    scaled = function(np.ldexp(x, -powers), axis=axis, keepdims=keepdims, **more)
    back = powers if keepdims else np.squeeze(powers, axis)
    return plain(np.where(good, found, np.ldexp(scaled, degree * back)))


def _dispersion(function: Callable[..., Any]) -> Callable[..., Any]:
    """A variance or deviation, without a word of NumPy's where no degree of freedom is left."""

    def apply(x: Any, axis: Axes = None, keepdims: bool = False, ddof: int = 0) -> Any:
        count = size(x, axis)
        if ddof < count:
            return function(x, axis=axis, keepdims=keepdims, ddof=ddof)
        return function(x, axis=axis, keepdims=keepdims) / np.float64(0.0)

    return apply


def norm(x: Any, ord: float | None = None, axis: Axes = None, keepdims: bool = False) -> Any:
    """Scaled by the largest element, so that squares neither overflow nor vanish."""
    sizes = np.abs(x)
    top = np.max(sizes, axis=axis, keepdims=True, initial=0.0)
    if ord == np.inf:
        found = top
    elif ord == 1:
        found = np.sum(sizes, axis=axis, keepdims=True)
    else:
        scale = np.where((top > 0) & np.isfinite(top), top, 1.0)
        scaled = sizes / scale
        if ord is None or ord == 2:
            found = scale * np.sqrt(np.sum(np.square(scaled), axis=axis, keepdims=True))
        else:
            found = scale * np.sum(scaled**ord, axis=axis, keepdims=True) ** (1.0 / ord)
    return plain(found if keepdims else np.squeeze(found, axis))


def logsumexp(x: Any, axis: Axes = None, keepdims: bool = False) -> Any:
    top = np.max(x, axis=axis, keepdims=True, initial=-np.inf)
    base = np.where(np.isfinite(top), top, 0.0)
    found = base + np.log(np.sum(np.exp(x - base), axis=axis, keepdims=True))
    return plain(found if keepdims else np.squeeze(found, axis))


def softmax(x: Any, axis: int = -1) -> Any:
    top = np.max(x, axis=axis, keepdims=True, initial=-np.inf)
    powers = np.exp(x - top)
    if np.any(top == np.inf):  # the limit, where one element is inf; several share
        powers = np.where(top == np.inf, x == np.inf, powers)
    return powers / np.sum(powers, axis=axis, keepdims=True)


def recurrence(x: Any, y: Any) -> Any:
    """r with r[i] = x[i]*r[i - 1] + y[i], along the last axis."""
    result = np.empty(np.shape(y), np.result_type(x, y))
    last: Any = np.zeros(np.shape(y)[:-1])
    for place in range(np.shape(y)[-1]):
        last = x[..., place] * last + y[..., place]
        result[..., place] = last
    return result


def outer(x: Any, y: Any) -> Any:
    return np.multiply.outer(*[one if one.ndim == 1 else one.reshape(-1) for one in map(np.asarray, (x, y))])


def put_back(total: Any, adjoint: Any, operands: Any, at: tuple[Any, ...]) -> None:
    """Add to an array, in place, what an index hands back to it: `scatter` of the adjoint."""
    key = _key(total.shape, operands, at)
    if any(part.__class__ is ndarray for part in key):
        np.add.at(total, key, adjoint)
    else:
        total[key] += adjoint


WHOLE: dict[str, Callable[..., Any]] = {
    "array": lambda *xs: np.array(xs, dtype=float),
    "zeros": lambda shape: plain(np.zeros(shape)), "ones": lambda shape: plain(np.ones(shape)),
    "eye": lambda n, m=None, k=0: np.eye(n, m, k), "linspace": linspace,
    "index": index, "scatter": scatter,
    "transpose": lambda x, axes=None: x if x.__class__ is float else x.transpose(axes),
    "reshape": lambda x, shape: plain(np.reshape(x, shape)), "broadcast": broadcast,
    "concat": lambda *xs, axis=0: np.concatenate(xs, axis), "stack": lambda *xs, axis=0: np.stack(xs, axis),
    "flip": lambda x, axis=None: plain(np.flip(x, axis)),
    "diag": lambda x, k=0: np.diag(x, k), "trace": lambda x: plain(np.trace(x)),
    "tril": lambda x, k=0: np.tril(x, k), "triu": lambda x, k=0: np.triu(x, k),
    # Reductions
    "size": size, "sum": _reduced(np.sum), "prod": _reduced(np.prod),
    "amin": _reduced(np.min), "amax": _reduced(np.max),
    "mean": partial(_in_range, np.mean, 1, 0.0), "var": partial(_in_range, _dispersion(np.var), 2, SMALL**2),
    "std": partial(_in_range, _dispersion(np.std), 1, SMALL),
    "argmin": lambda x, axis=None: plain(np.argmin(x, axis=axis).astype(float)),
    "argmax": lambda x, axis=None: plain(np.argmax(x, axis=axis).astype(float)),
    "norm": norm, "logsumexp": logsumexp, "softmax": softmax,
    "cumsum": lambda x, axis=None: np.cumsum(x, axis=axis),
    "cumprod": lambda x, axis=None: np.cumprod(x, axis=axis), "recurrence": recurrence,
    # Products
    "matmul": lambda x, y: plain(product(x, y)), "dot": lambda x, y: plain(np.dot(x, y)),
    "outer": outer, "cross": np.cross, "kron": lambda x, y: plain(np.kron(x, y)),
    "einsum": lambda *xs, subscripts: plain(np.einsum(subscripts, *xs, optimize=True)),
    # Found by steps
    "found_zero": lambda *xs, body: body.found(*xs), "found_minimizer": lambda *xs, body: body.found(*xs),
}  # fmt: skip
