"""Operations in ONNX, beside the functions that it has itself and what definitions make of these. Where its
runtimes have no double precision kernel, and no definition helps, there is none."""

from __future__ import annotations

from math import inf, nan, pi

import numpy as np

from cgcli.algebras.arrays.tensors import WHOLE
from cgcli.annotations import Any, Callable
from cgcli.export.onnx_values import Value, refuse
from cgcli.ops import OPS
from cgcli.ops.products import subscripts as letters_of
from cgcli.shapes import Shape, normal_axes

Axes = int | tuple[int, ...] | None


# Elementwise


def _apart(x: Value, y: Value) -> Value:
    """Whether one is negative and the other is not."""
    return (x < 0.0).number() + (y < 0.0).number() == 1.0


def _signed(x: Value) -> Value:
    """Whether a number has a minus sign, -0 among them."""
    return (x < 0.0) | ((x == 0.0) & (1.0 / x < 0.0))


def _copysign(x: Value, y: Value) -> Value:
    return abs(x) * _signed(y).pick(-1.0, 1.0)  # a runtime may pick -0 as 0


def _mod(x: Value, y: Value) -> Value:
    rest = x.of("Mod", y, fmod=1)
    found = _apart(rest, y).pick(rest + y, rest)
    return (rest == 0.0).pick(_copysign(rest, y), found)


def _floordiv(x: Value, y: Value) -> Value:
    whole = ((x - _mod(x, y)) / y).of("Round")
    ends = (_apart(x, y) & ~(x == 0.0) & (abs(x) < inf)).pick(-1.0, x / y)
    return (y == 0.0).pick(x / y, (abs(y) == inf).pick(ends, whole))


def _atan(x: Value) -> Value:
    """From that of single precision, and the angle that is left: its tangent is (x - t)/(1 + x*t)
    with t the tangent of the first."""
    types = x.model.onnx.TensorProto
    single = x.model.add("Cast", x.number(), shape=x.shape, to=types.FLOAT)
    single = x.model.add("Atan", single, shape=x.shape)
    first = x.model.add("Cast", single, shape=x.shape, to=types.DOUBLE)
    sine, cosine = first.of("Sin"), first.of("Cos")
    found = first + (x * cosine - sine) / (cosine + x * sine)
    return (abs(x) == inf).pick((x < 0.0).pick(-pi / 2, pi / 2), found)


def _atan2(y: Value, x: Value) -> Value:
    high, wide = abs(y), abs(x)
    angle = _atan((high == wide).pick((high == 0.0).pick(0.0, 1.0), high / wide))
    angle = _signed(x).pick(pi - angle, angle)
    return (x.isnan() | y.isnan()).pick(nan, _copysign(angle, y))


# Structure


def shape_of(name: str, *operands: Value, **attributes: Any) -> Shape:
    """The shape of a result, as the operation's entry says."""
    shape: Shape = OPS[name].shape(*(operand.shape for operand in operands), **attributes)  # type: ignore[attr-defined]
    return shape


def _reshaped(x: Value, shape: Shape) -> Value:
    x = x.number()
    if x.shape == shape:
        return x
    # else a size of 0 is that of the operand
    more: dict[str, Any] = {"allowzero": 1} if 0 in shape else {}
    return x.model.add("Reshape", x, x.model.sizes(shape), shape=shape, **more)


def _moved(name: str) -> Callable[..., Value]:
    """An operation that moves elements, or puts zeros between: run on their places instead, which are
    counted from 1 row by row, while 0 stands for a zero."""

    def apply(x: Value, *operands: Value, **attributes: Any) -> Value:
        if operands:
            raise refuse("ONNX cannot express subscripts that are computed")
        if "shape" in attributes:
            attributes["shape"] = Value(x.model, "", attributes["shape"]).sizes
        places = WHOLE[name](np.arange(1.0, x.size + 1).reshape(x.sizes), **attributes)
        places = np.asarray(places).astype(np.int64)
        model, flat = x.model, _reshaped(x, (x.size,))
        if (places == 0).any():
            flat = model.add("Concat", model.constant(np.zeros(1)), flat, shape=(x.size + 1,), axis=0)
        else:
            places = places - 1
        return model.add("Gather", flat, model.constant(places), shape=places.shape, axis=0)

    return apply


def _concat(*xs: Value, axis: int = 0) -> Value:
    shape = shape_of("concat", *xs, axis=axis)
    return xs[0].model.add("Concat", *[x.number() for x in xs], shape=shape, axis=axis % len(shape))


def stack(*xs: Value, axis: int = 0) -> Value:
    place = axis % (len(xs[0].shape) + 1)
    axes = xs[0].model.constant(np.array([place], np.int64))
    wide = [
        x.model.add("Unsqueeze", x.number(), axes, shape=(*x.shape[:place], 1, *x.shape[place:])) for x in xs
    ]
    return _concat(*wide, axis=place)


def _transpose(x: Value, axes: tuple[int, ...] | None = None) -> Value:
    if not x.shape:  # a list without elements has no type
        return x
    order = axes or tuple(range(len(x.shape)))[::-1]
    perm = [place % len(order) for place in order]
    return x.model.add("Transpose", x.number(), shape=tuple(x.shape[i] for i in perm), perm=perm)


# Reductions


def _reduced(kind: str) -> Callable[..., Value]:
    def apply(x: Value, axis: Axes = None, keepdims: bool = False) -> Value:
        x, shape = x.number(), shape_of("sum", x, axis=axis, keepdims=keepdims)
        axes = list(normal_axes(axis, len(x.shape)))
        if not axes:
            return x
        if kind == "ReduceSum":
            where = x.model.constant(np.array(axes, np.int64))
            return x.model.add(kind, x, where, shape=shape, keepdims=int(keepdims))
        return x.model.add(kind, x, shape=shape, axes=axes, keepdims=int(keepdims))

    return apply


_sum, _mean, _prod, _top = map(_reduced, ("ReduceSum", "ReduceMean", "ReduceProd", "ReduceMax"))


def _amax(x: Value, axis: Axes = None, keepdims: bool = False) -> Value:
    """Runtimes pass over nan, which a sum does not."""
    doubt = _sum(x.isnan(), axis, keepdims)
    return (doubt > 0.0).pick(nan, _top(x, axis, keepdims))


def _size(x: Value, axis: Axes = None) -> Value:
    return x.model.constant(np.float64(WHOLE["size"](np.empty(x.sizes), axis)))


def _var(x: Value, axis: Axes = None, keepdims: bool = False, ddof: int = 0) -> Value:
    rest = x - _mean(x, axis, True)
    if ddof:
        return _sum(rest * rest, axis, keepdims) / (_size(x, axis) - float(ddof))
    return _mean(rest * rest, axis, keepdims)


def _place(kind: str) -> Callable[..., Value]:
    def apply(x: Value, axis: int | None = None) -> Value:
        if axis is None:
            x, axis = _reshaped(x, (x.size,)), 0
        shape = shape_of("argmax", x, axis=axis)
        found = x.model.add(kind, x.number(), shape=shape, axis=axis, keepdims=0)
        return x.model.add("Cast", found, shape=shape, to=x.model.onnx.TensorProto.DOUBLE)

    return apply


def _norm(x: Value, ord: float | None = None, axis: Axes = None, keepdims: bool = False) -> Value:
    sizes = abs(x)
    if ord == 1:
        return _sum(sizes, axis, keepdims)
    if ord == inf:
        return _amax(sizes, axis, keepdims)
    top = _amax(sizes, axis, True)
    scale = ((top > 0.0) & (top < inf)).pick(top, 1.0)
    power = 2.0 if ord is None else ord
    ratio = sizes / scale
    total = _sum(ratio * ratio if power == 2 else ratio**power, axis, True)
    root = total.of("Sqrt") if power == 2 else total ** (1 / power)
    return _reshaped(scale * root, shape_of("sum", x, axis=axis, keepdims=keepdims))


def _logsumexp(x: Value, axis: Axes = None, keepdims: bool = False) -> Value:
    top = _amax(x, axis, True)
    base = (abs(top) < inf).pick(top, 0.0)
    found = base + _sum((x - base).of("Exp"), axis, True).of("Log")
    return _reshaped(found, shape_of("sum", x, axis=axis, keepdims=keepdims))


def _softmax(x: Value, axis: int = -1) -> Value:
    powers = (x - _amax(x, axis, True)).of("Exp")
    return powers / _sum(powers, axis, True)


def _cumsum(x: Value, axis: int | None = None) -> Value:
    if axis is None:
        x, axis = _reshaped(x, (x.size,)), 0
    return x.model.add("CumSum", x.number(), x.model.constant(np.int64(axis)), shape=x.shape)


# Products


def _matmul(x: Value, y: Value) -> Value:
    """Of a matrix and a vector as of matrices: a runtime takes the transpose of one for itself beside
    a vector."""
    shape, last = shape_of("matmul", x, y), x.model.constant(np.array([-1]))
    if len(x.shape) < 2 or len(y.shape) != 1:
        return x.model.add("MatMul", x.number(), y.number(), shape=shape)
    column = x.model.add("Unsqueeze", y.number(), last, shape=(*y.shape, 1))
    found = x.model.add("MatMul", x.number(), column, shape=(*shape, 1))
    return x.model.add("Squeeze", found, last, shape=shape)


def _cross(x: Value, y: Value) -> Value:
    def turned(v: Value, order: list[int]) -> Value:
        places, last = v.model.constant(np.array(order)), len(v.shape) - 1
        return v.model.add("Gather", v.number(), places, shape=v.shape, axis=last)

    after, before = [1, 2, 0], [2, 0, 1]
    return turned(x, after) * turned(y, before) - turned(x, before) * turned(y, after)


def _kron(x: Value, y: Value) -> Value:
    rank = max(len(x.shape), len(y.shape))
    left = (1,) * (rank - len(x.shape)) + x.sizes
    right = (1,) * (rank - len(y.shape)) + y.sizes
    rows = _reshaped(x, tuple(size for a in left for size in (a, 1)))
    columns = _reshaped(y, tuple(size for b in right for size in (1, b)))
    return _reshaped(rows * columns, tuple(a * b for a, b in zip(left, right)))


def _einsum(*xs: Value, subscripts: str) -> Value:
    """Each axis with a letter, and none that is stretched: runtimes do not do that."""
    shape = shape_of("einsum", *xs, subscripts=subscripts)
    terms, result = letters_of(subscripts, [x.shape for x in xs])
    wide = {letter for term, x in zip(terms, xs) for letter, size in zip(term, x.shape) if size != 1}
    operands = []
    for place, x in enumerate(xs):
        kept = [size != 1 or letter not in wide for letter, size in zip(terms[place], x.shape)]
        operands.append(_reshaped(x.number(), tuple(size for size, keep in zip(x.shape, kept) if keep)))
        terms[place] = "".join(letter for letter, keep in zip(terms[place], kept) if keep)
    equation = f"{','.join(terms)}->{result}"
    return xs[0].model.add("Einsum", *operands, shape=shape, equation=equation)


def _linspace(x: Value, y: Value, num: int = 50) -> Value:
    x.model.room((num,))
    return x + (y - x) * x.model.constant(np.linspace(0.0, 1.0, num))


FORMS: dict[str, Callable[..., Value]] = {
    "ne": lambda x, y: ~(x == y), "where": Value.pick, "copysign": _copysign, "mod": _mod,
    "floordiv": _floordiv, "atan": _atan, "atan2": _atan2,
    # Structure
    **{name: _moved(name) for name in ("flip", "diag", "tril", "triu", "index", "scatter")},
    "concat": _concat, "stack": stack, "transpose": _transpose,
    "linspace": _linspace,
    "reshape": lambda x, shape: _reshaped(x, shape_of("reshape", x, shape=shape)),
    "broadcast": lambda x, shape: x.model.add("Expand", x.number(), x.model.sizes(shape), shape=shape),
    "size": _size,
    # Reductions
    "sum": _sum, "mean": _mean, "prod": _prod, "amax": _amax, "var": _var, "norm": _norm,
    "amin": lambda x, axis=None, keepdims=False: -_amax(-x, axis, keepdims),
    "std": lambda x, axis=None, keepdims=False, ddof=0: _var(x, axis, keepdims, ddof).of("Sqrt"),
    "trace": lambda x: _sum(FORMS["diag"](x)), "argmin": _place("ArgMin"), "argmax": _place("ArgMax"),
    "logsumexp": _logsumexp, "softmax": _softmax, "cumsum": _cumsum,
    # Products
    "matmul": _matmul, "dot": lambda x, y: _matmul(x, y) if x.shape and y.shape else x * y,
    "outer": lambda x, y: _reshaped(x, (x.size, 1)) * _reshaped(y, (1, y.size)),
    "cross": _cross, "kron": _kron, "einsum": _einsum,
}  # fmt: skip
