"""The algebra of batches: many arrays of one shape side by side, on which an operation runs once.

A batch is an array with one more axis in front. Directions and cotangents come in batches, so that
a whole Jacobian or Hessian takes a pass or two; values do not, and stay those of the algebra of
arrays. So rules are here for the operations that derivatives are made of. Any other operation runs
on one array after another.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from cgcli.algebras import arrays
from cgcli.algebras.arrays.tensors import plain
from cgcli.algebras.base import Base, Operators
from cgcli.annotations import Any, Callable, Sequence
from cgcli.ops import Op
from cgcli.ops.chain import Whole
from cgcli.ops.products import LETTERS
from cgcli.ops.products import subscripts as letters_of
from cgcli.shapes import broadcast_axes

Shape = tuple[int, ...]
At = tuple[Any, ...]


class Batch(Operators):
    """Arrays or numbers of one shape, along the first axis of `array`."""

    __slots__ = ("array",)

    def __init__(self, algebra: Batches, array: Any) -> None:
        self.algebra, self.array = algebra, array


class Batches(Base):
    """Operations on batches of `count` arrays. What does not differ among them may be a plain value, of the
    algebra of arrays or one like it."""

    even_from = arrays.even_from

    def __init__(self, count: int, base: Any = arrays) -> None:
        self.count, self.base = count, base

    def constant(self, value: float) -> float:
        return float(value)

    def operation(self, op: Op) -> Callable[..., Any]:
        name, elementwise = op.name, op.partials is not None
        base, rule = getattr(self.base, name), RULES.get(name, _one_by_one(name))

        def operation(*operands: Any, **attributes: Any) -> Any:
            for operand in operands:
                if operand.__class__ is Batch:
                    if elementwise:
                        return self.apply(name, *operands)
                    return Batch(self, rule(self, *operands, **attributes))
            return base(*operands, **attributes)

        return operation

    def shape(self, value: Any) -> Shape:
        """That of each array of a batch."""
        return tuple(value.array.shape[1:]) if value.__class__ is Batch else arrays.shape(value)

    def size(self, value: Any, axis: Any = None) -> float:
        return float(arrays.size(value.array[0] if value.__class__ is Batch else value, axis=axis))

    def finite(self, value: Any) -> bool:
        return arrays.finite(value.array if value.__class__ is Batch else value)

    def whole(self, value: Any) -> Any:
        """A value, or each of a batch, as an array with the axis of the batch in front."""
        if value.__class__ is Batch:
            return value.array
        return np.broadcast_to(np.float64(value), (self.count, *np.shape(value)))

    def aligned(self, *values: Any) -> list[Any]:
        """Arrays that broadcast as the values do, with the axis of the batch before all others."""
        rank = max(len(self.shape(value)) for value in values)
        return [_raised(value, rank) for value in values]

    def apply(self, name: str, *operands: Any) -> Any:
        """An elementwise operation on operands that are not all plain values."""
        return Batch(self, getattr(arrays, name)(*self.aligned(*operands)))

    # The chain rule

    def settle(self, product: Any, factor: Any, partial: Any, like: Any, node: int, zeroed: Any) -> Any:
        if product.__class__ is not Batch:
            return self.base.settle(product, factor, partial, like, node, zeroed)
        if partial.__class__ is float and self.base is not arrays:
            self.base.look(partial, factor, partial, like, node)
        array, factor, partial = self.aligned(product, factor, partial)
        array = arrays.settle(array, factor, partial, None, node, zeroed)
        return Batch(self, array if like is None else _fit(array, self.shape(like)))

    def settle_whole(self, part: Any, whole: Whole, place: int, adjoint: Any) -> Any:
        if part.__class__ is not Batch or self.finite(part):
            array, g, z = (x.array if x.__class__ is Batch else x for x in (part, adjoint, whole.result))
            settled = arrays.settle_whole(array, whole.over(z, whole.operands), place, g)
            return part if part.__class__ is Batch else settled
        return self.each(
            lambda at: arrays.settle_whole(
                at(part), whole.over(at(whole.result), list(map(at, whole.operands))), place, at(adjoint)
            )
        )

    def settle_product(self, part: Any, factors: Sequence[Any], whole: Whole) -> Any:
        if self.finite(part):
            return part
        if part.__class__ is not Batch:
            return arrays.settle_product(part, factors, whole)
        return self.each(lambda at: arrays.settle_product(at(part), list(map(at, factors)), whole))

    def each(self, function: Callable[[Callable[[Any], Any]], Any]) -> Batch:
        """What a function finds for one after the other, which it gets from batches by what it is given."""
        rows = [function(partial(_at, i)) for i in range(self.count)]
        return Batch(self, np.array(rows, dtype=float))


def _at(place: int, value: Any) -> Any:
    """One of a batch."""
    return plain(value.array[place]) if value.__class__ is Batch else value


def _raised(value: Any, rank: int) -> Any:
    """A value, or each of a batch, with axes of size 1 in front up to this rank."""
    if value.__class__ is not Batch:
        return value
    array = value.array
    missing = rank + 1 - array.ndim
    return array.reshape(array.shape[0], *(1,) * missing, *array.shape[1:]) if missing > 0 else array


def _fit(array: Any, target: Shape) -> Any:
    """Each of a batch summed over the axes along which a value of that shape was stretched, and
    stretched along those where it moves with others."""
    have = array.shape[1:]
    if have == target:
        return array
    axes, lead = broadcast_axes(have, target)
    if axes:
        array = np.sum(array, axis=tuple(1 + axis for axis in axes), keepdims=True)
    if lead > 0:
        array = array.reshape(array.shape[0], *array.shape[1 + lead :])
    return _stretched(array, target)


def _stretched(array: Any, shape: Shape) -> Any:
    if array.shape[1:] == shape:
        return array
    missing = len(shape) + 1 - array.ndim
    wide = array.reshape(array.shape[0], *(1,) * missing, *array.shape[1:])
    return np.broadcast_to(wide, (array.shape[0], *shape))


# Rules: what an operation does to arrays with one more axis in front


def _one_by_one(name: str) -> Callable[..., Any]:
    function = getattr(arrays, name)

    def rule(batches: Batches, *operands: Any, **attributes: Any) -> Any:
        return batches.each(lambda at: function(*map(at, operands), **attributes)).array

    return rule


def _axes(axis: Any, rank: int) -> Any:
    """Axes of an array where it has one more in front; all others where none is named."""
    if axis is None:
        return tuple(range(1, rank + 1))
    return tuple(map(_axis, axis)) if isinstance(axis, tuple) else _axis(axis)


def _axis(axis: int) -> int:
    return axis if axis < 0 else axis + 1


def _over_axes(name: str) -> Callable[..., Any]:
    function = getattr(arrays, name)

    def rule(batches: Batches, x: Batch, axis: Any = None, **more: Any) -> Any:
        return function(x.array, axis=_axes(axis, x.array.ndim - 1), **more)

    return rule


def _cumsum(batches: Batches, x: Batch, axis: int | None = None) -> Any:
    if axis is None:
        return np.cumsum(x.array.reshape(batches.count, -1), axis=1)
    return np.cumsum(x.array, axis=_axis(axis))


def _joined(function: Callable[..., Any]) -> Callable[..., Any]:
    def rule(batches: Batches, *xs: Any, axis: int = 0) -> Any:
        return function([batches.whole(x) for x in xs], _axis(axis))

    return rule


def _side_by_side(at: At) -> bool:
    """Whether the subscripts that are no slices are neighbours; else NumPy puts their axes in front."""
    places = [place for place, one in enumerate(at) if not isinstance(one, tuple)]
    return not places or None not in at or places[-1] - places[0] == len(places) - 1


ALL = (None, None, None)


def _index(batches: Batches, x: Any, *operands: Any, at: At) -> Any:
    if _side_by_side(at) and not any(operand.__class__ is Batch for operand in operands):
        return arrays.index(x.array, *operands, at=(ALL, *at))
    return _one_by_one("index")(batches, x, *operands, at=at)


def _scatter(batches: Batches, x: Any, *operands: Any, at: At, shape: Shape) -> Any:
    if _side_by_side(at) and not any(operand.__class__ is Batch for operand in operands):
        return arrays.scatter(x.array, *operands, at=(ALL, *at), shape=(batches.count, *shape))
    return _one_by_one("scatter")(batches, x, *operands, at=at, shape=shape)


def _transpose(batches: Batches, x: Batch, axes: Sequence[int] | None = None) -> Any:
    rank = x.array.ndim - 1
    order = reversed(range(rank)) if axes is None else (axis % rank for axis in axes)
    return np.transpose(x.array, (0, *(axis + 1 for axis in order)))


def _rows_and_columns(batches: Batches, x: Any, y: Any) -> tuple[Any, Any, list[int]]:
    """The operands of a matrix product with vectors made matrices, and the axes that gives."""
    drop = []
    if len(batches.shape(x)) == 1:
        x = batches.reshape(x, shape=(1, *batches.shape(x)))
        drop.append(-2)
    if len(batches.shape(y)) == 1:
        y = batches.reshape(y, shape=(*batches.shape(y), 1))
        drop.append(-1)
    return x, y, drop


def _matmul(batches: Batches, x: Any, y: Any) -> Any:
    if x.__class__ is not Batch and x.ndim == 2 and len(batches.shape(y)) == 1:
        return y.array @ x.T  # one product of matrices instead of many with a vector
    if y.__class__ is not Batch and y.ndim <= 2 and len(batches.shape(x)) == 1:
        return x.array @ y
    left, right, drop = _rows_and_columns(batches, x, y)
    found = np.matmul(*batches.aligned(left, right))
    return np.squeeze(found, tuple(drop)) if drop else found


def _dot(batches: Batches, x: Any, y: Any) -> Any:
    if batches.shape(x) == () or batches.shape(y) == ():
        return batches.apply("mul", x, y).array
    return _matmul(batches, x, y)


def _outer(batches: Batches, x: Any, y: Any) -> Any:
    column, row = batches.reshape(x, shape=(-1, 1)), batches.reshape(y, shape=(1, -1))
    return batches.apply("mul", column, row).array


def _einsum(batches: Batches, *xs: Any, subscripts: str) -> Any:
    terms, result = letters_of(subscripts, list(map(batches.shape, xs)))
    used = "".join((*terms, subscripts))
    spare = next((letter for letter in reversed(LETTERS) if letter not in used), "")
    if not spare:
        return _one_by_one("einsum")(batches, *xs, subscripts=subscripts)
    terms = [spare + term if x.__class__ is Batch else term for term, x in zip(terms, xs, strict=True)]
    operands = [x.array if x.__class__ is Batch else x for x in xs]
    return np.einsum(f"{','.join(terms)}->{spare}{result}", *operands, optimize=True)


def _solve(batches: Batches, x: Any, y: Any) -> Any:
    if x.__class__ is Batch or x.ndim > 2 or len(batches.shape(y)) > 2:
        return _one_by_one("solve")(batches, x, y)
    sides = np.moveaxis(y.array, 0, -1)  # as columns of one right side
    found = arrays.solve(x, np.ascontiguousarray(sides.reshape(len(x), -1) if sides.size else sides))
    return np.moveaxis(found.reshape(sides.shape), -1, 0)


def _recurrence(batches: Batches, x: Any, y: Any) -> Any:
    return arrays.recurrence(batches.whole(x), batches.whole(y))


RULES: dict[str, Callable[..., Any]] = {
    **{name: _over_axes(name) for name in ("sum", "mean", "flip")},
    "cumsum": _cumsum, "index": _index, "scatter": _scatter, "transpose": _transpose,
    "reshape": lambda batches, x, shape: x.array.reshape(batches.count, *shape),
    "broadcast": lambda batches, x, shape: _stretched(x.array, tuple(shape)),
    "concat": _joined(np.concatenate), "stack": _joined(np.stack),
    "array": lambda batches, *xs: np.stack([batches.whole(x) for x in xs], axis=1),
    "tril": lambda batches, x, k=0: np.tril(x.array, k),
    "triu": lambda batches, x, k=0: np.triu(x.array, k),
    "trace": lambda batches, x: np.trace(x.array, axis1=1, axis2=2),
    "matmul": _matmul, "dot": _dot, "outer": _outer, "einsum": _einsum, "solve": _solve,
    "cross": lambda batches, x, y: np.cross(*batches.aligned(x, y)), "recurrence": _recurrence,
}  # fmt: skip
