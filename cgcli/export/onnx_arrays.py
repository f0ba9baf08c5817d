"""Operations on whole arrays in ONNX: structure, reductions, products."""

from __future__ import annotations

from math import inf

import numpy as np

from cgcli.algebras.arrays import tensors
from cgcli.export.onnx_elementwise import Elementwise
from cgcli.export.onnx_values import Value, refuse
from cgcli.ops import OPS
from cgcli.shapes import normal_axes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cgcli.shapes import Shape

    Axes = int | tuple[int, ...] | None


def shape_of(name: str, *operands: Value, **attributes: Any) -> Shape:
    """The shape of a result, as the operation's entry says."""
    shape: Shape = OPS[name].shape(*(operand.shape for operand in operands), **attributes)  # type: ignore[attr-defined]
    return shape


def reshaped(x: Value, shape: Shape) -> Value:
    x = x.number()
    if x.shape == shape:
        return x
    target = x.model.constant(np.array(Value(x.model, "", shape).sizes, np.int64))
    return x.model.add("Reshape", x, target, shape=shape)


def taken(x: Value, places: Any) -> Value:
    """Elements of x by their places, counted from 1 row by row; 0 stands for a zero."""
    model, places = x.model, np.asarray(places).astype(np.int64)
    flat = reshaped(x, (x.size,))
    if (places == 0).any():
        flat = model.add("Concat", model.constant(np.zeros(1)), flat, shape=(x.size + 1,), axis=0)
    else:
        places = places - 1
    return model.add("Gather", flat, model.constant(places), shape=places.shape, axis=0)


def moved(name: str) -> Any:
    """An operation that moves elements, or puts zeros between: run on their places instead."""

    def method(self: Any, x: Value, *operands: Value, **attributes: Any) -> Value:
        if operands:
            raise refuse("ONNX cannot express subscripts that are computed")
        places = np.arange(1.0, x.size + 1).reshape(x.sizes)
        if "shape" in attributes:
            attributes["shape"] = Value(x.model, "", attributes["shape"]).sizes
        return taken(x, tensors.WHOLE[name](places, **attributes))

    return method


class Arrays(Elementwise):
    """The algebra of values of a model, on whole arrays."""

    def array(self, *xs: Value) -> Value:
        return self.stack(*xs, axis=0)

    def concat(self, *xs: Value, axis: int = 0) -> Value:
        shape = shape_of("concat", *xs, axis=axis)
        return xs[0].model.add("Concat", *[x.number() for x in xs], shape=shape, axis=axis % len(shape))

    def stack(self, *xs: Value, axis: int = 0) -> Value:
        place = axis % (len(xs[0].shape) + 1)
        axes = xs[0].model.constant(np.array([place], np.int64))
        wide = [
            x.model.add("Unsqueeze", x.number(), axes, shape=(*x.shape[:place], 1, *x.shape[place:]))
            for x in xs
        ]
        return self.concat(*wide, axis=place)

    def linspace(self, x: Value, y: Value, num: int = 50) -> Value:
        return x + (y - x) * x.model.constant(np.linspace(0.0, 1.0, num))

    def transpose(self, x: Value, axes: tuple[int, ...] | None = None) -> Value:
        if not x.shape:  # a list without elements has no type
            return x
        order = axes or tuple(range(len(x.shape)))[::-1]
        perm = [place % len(order) for place in order]
        return x.model.add("Transpose", x.number(), shape=tuple(x.shape[i] for i in perm), perm=perm)

    def reshape(self, x: Value, shape: Shape) -> Value:
        return reshaped(x, shape_of("reshape", x, shape=shape))

    def broadcast(self, x: Value, shape: Shape) -> Value:
        target = x.model.constant(np.array(Value(x.model, "", shape).sizes, np.int64))
        return x.model.add("Expand", x.number(), target, shape=shape)

    flip, diag, tril, triu = moved("flip"), moved("diag"), moved("tril"), moved("triu")
    index, scatter = moved("index"), moved("scatter")

    def trace(self, x: Value) -> Value:
        return self.sum(self.diag(x))

    # Reductions

    def _reduced(self, kind: str, x: Value, axis: Axes, keepdims: bool) -> Value:
        x, shape = x.number(), shape_of("sum", x, axis=axis, keepdims=keepdims)
        axes = list(normal_axes(axis, len(x.shape)))
        if not axes:
            return x
        if kind == "ReduceSum":
            where = x.model.constant(np.array(axes, np.int64))
            return x.model.add(kind, x, where, shape=shape, keepdims=int(keepdims))
        return x.model.add(kind, x, shape=shape, axes=axes, keepdims=int(keepdims))

    def sum(self, x: Value, axis: Axes = None, keepdims: bool = False) -> Value:
        return self._reduced("ReduceSum", x, axis, keepdims)

    def mean(self, x: Value, axis: Axes = None, keepdims: bool = False) -> Value:
        return self._reduced("ReduceMean", x, axis, keepdims)

    def prod(self, x: Value, axis: Axes = None, keepdims: bool = False) -> Value:
        return self._reduced("ReduceProd", x, axis, keepdims)

    def amin(self, x: Value, axis: Axes = None, keepdims: bool = False) -> Value:
        return -self.amax(-x, axis, keepdims)

    def amax(self, x: Value, axis: Axes = None, keepdims: bool = False) -> Value:
        """Runtimes pass over nan, which a sum does not."""
        found = self._reduced("ReduceMax", x, axis, keepdims)
        doubt = self.sum(x.isnan(), axis, keepdims)
        return (doubt > 0.0).pick(float("nan"), found)

    def var(self, x: Value, axis: Axes = None, keepdims: bool = False, ddof: int = 0) -> Value:
        rest = x - self.mean(x, axis, True)
        if ddof:
            return self.sum(rest * rest, axis, keepdims) / (self.size(x, axis) - float(ddof))
        return self.mean(rest * rest, axis, keepdims)

    def std(self, x: Value, axis: Axes = None, keepdims: bool = False, ddof: int = 0) -> Value:
        return self.var(x, axis, keepdims, ddof).of("Sqrt")

    def _place(self, kind: str, x: Value, axis: int | None) -> Value:
        if axis is None:
            x, axis = reshaped(x, (x.size,)), 0
        shape = shape_of("argmax", x, axis=axis)
        found = x.model.add(kind, x.number(), shape=shape, axis=axis, keepdims=0)
        return x.model.add("Cast", found, shape=shape, to=x.model.onnx.TensorProto.DOUBLE)

    def argmin(self, x: Value, axis: int | None = None) -> Value:
        return self._place("ArgMin", x, axis)

    def argmax(self, x: Value, axis: int | None = None) -> Value:
        return self._place("ArgMax", x, axis)

    def norm(self, x: Value, ord: float | None = None, axis: Axes = None, keepdims: bool = False) -> Value:
        sizes = abs(x)
        if ord == 1:
            return self.sum(sizes, axis, keepdims)
        if ord == inf:
            return self.amax(sizes, axis, keepdims)
        top = self.amax(sizes, axis, True)
        scale = ((top > 0.0) & (top < inf)).pick(top, 1.0)
        power = 2.0 if ord is None else ord
        ratio = sizes / scale
        total = self.sum(ratio * ratio if power == 2 else ratio**power, axis, True)
        root = total.of("Sqrt") if power == 2 else total ** (1 / power)
        return reshaped(scale * root, shape_of("sum", x, axis=axis, keepdims=keepdims))

    def logsumexp(self, x: Value, axis: Axes = None, keepdims: bool = False) -> Value:
        top = self.amax(x, axis, True)
        base = (abs(top) < inf).pick(top, 0.0)
        found = base + self.sum((x - base).of("Exp"), axis, True).of("Log")
        return reshaped(found, shape_of("sum", x, axis=axis, keepdims=keepdims))

    def softmax(self, x: Value, axis: int = -1) -> Value:
        powers = (x - self.amax(x, axis, True)).of("Exp")
        return powers / self.sum(powers, axis, True)

    def size(self, x: Value, axis: Axes = None) -> Value:
        return x.model.constant(np.float64(tensors.size(np.empty(x.sizes), axis)))

    def cumsum(self, x: Value, axis: int | None = None) -> Value:
        if axis is None:
            x, axis = reshaped(x, (x.size,)), 0
        return x.model.add("CumSum", x.number(), x.model.constant(np.int64(axis)), shape=x.shape)

    # Products

    def matmul(self, x: Value, y: Value) -> Value:
        """Of a matrix and a vector as of matrices: a runtime takes the transpose of one for itself beside
        a vector."""
        shape, last = shape_of("matmul", x, y), x.model.constant(np.array([-1]))
        if len(x.shape) < 2 or len(y.shape) != 1:
            return x.model.add("MatMul", x.number(), y.number(), shape=shape)
        column = x.model.add("Unsqueeze", y.number(), last, shape=(*y.shape, 1))
        return x.model.add(
            "Squeeze", x.model.add("MatMul", x.number(), column, shape=(*shape, 1)), last, shape=shape
        )

    def dot(self, x: Value, y: Value) -> Value:
        return self.matmul(x, y) if x.shape and y.shape else x * y

    def outer(self, x: Value, y: Value) -> Value:
        return reshaped(x, (x.size, 1)) * reshaped(y, (1, y.size))

    def cross(self, x: Value, y: Value) -> Value:
        def turned(v: Value, order: list[int]) -> Value:
            return v.model.add(
                "Gather", v.number(), v.model.constant(np.array(order)), shape=v.shape, axis=len(v.shape) - 1
            )

        after, before = [1, 2, 0], [2, 0, 1]
        return turned(x, after) * turned(y, before) - turned(x, before) * turned(y, after)

    def kron(self, x: Value, y: Value) -> Value:
        rank = max(len(x.shape), len(y.shape))
        left = (1,) * (rank - len(x.shape)) + x.sizes
        right = (1,) * (rank - len(y.shape)) + y.sizes
        wide = reshaped(x, tuple(size for a in left for size in (a, 1))) * reshaped(
            y, tuple(size for b in right for size in (1, b))
        )
        return reshaped(wide, tuple(a * b for a, b in zip(left, right)))

    def einsum(self, *xs: Value, subscripts: str) -> Value:
        shape = shape_of("einsum", *xs, subscripts=subscripts)
        return xs[0].model.add("Einsum", *[x.number() for x in xs], shape=shape, equation=subscripts)
