"""What operations do to batches: arrays that have one more axis in front (`algebras.batches`)."""

from __future__ import annotations

import numpy as np

from cgcli.algebras import arrays
from cgcli.algebras.batch import Batch, raised, stretched
from cgcli.annotations import Any, Callable, Sequence
from cgcli.ops import OPS, ArrayOp
from cgcli.ops.products import LETTERS
from cgcli.ops.products import subscripts as letters_of

Shape = tuple[int, ...]
At = tuple[Any, ...]


def one_by_one(name: str) -> Callable[..., Any]:
    function = getattr(arrays, name)

    def rule(batches: Any, *operands: Any, **attributes: Any) -> Any:
        return batches.each(lambda at: function(*map(at, operands), **attributes)).array

    return rule


def _axes(axis: Any, rank: int) -> Any:
    """Axes of an array where it has one more in front; all others where none is named."""
    if axis is None:
        return tuple(range(1, rank + 1))
    return tuple(map(_axis, axis)) if isinstance(axis, tuple) else _axis(axis)


def _axis(axis: int) -> int:
    return axis if axis < 0 else axis + 1


def _over_axes(name: str, default: None) -> Callable[..., Any]:
    function = getattr(arrays, name)

    def rule(batches: Any, x: Batch, axis: Any = None, **more: Any) -> Any:
        return function(x.array, axis=_axes(axis, x.array.ndim - 1), **more)

    return rule


def _along_axis(name: str, default: int | None) -> Callable[..., Any]:
    """Along one axis; of all elements in a row where none is named."""
    function = getattr(arrays, name)

    def rule(batches: Any, x: Batch, axis: int | None = default) -> Any:
        if axis is None:
            return function(x.array.reshape(batches.count, -1), axis=1)
        return function(x.array, axis=_axis(axis))

    return rule


# How the operations of one array that have an axis take it, by its kind.
WITH_AXIS: dict[str, Callable[..., Any]] = {"axes": _over_axes, "axis": _along_axis}


def _with_axis(op: Any) -> Any:
    axis = op.attributes.get("axis") if isinstance(op, ArrayOp) and op.arity == 1 else None
    return WITH_AXIS[axis.kind](op.name, axis.default) if axis is not None else None


def _joined(function: Callable[..., Any]) -> Callable[..., Any]:
    def rule(batches: Any, *xs: Any, axis: int = 0) -> Any:
        return function([batches.whole(x) for x in xs], _axis(axis))

    return rule


def _side_by_side(at: At) -> bool:
    """Whether the subscripts that are no slices are neighbours; else NumPy puts their axes in front."""
    places = [place for place, one in enumerate(at) if not isinstance(one, tuple)]
    return not places or None not in at or places[-1] - places[0] == len(places) - 1


ALL = (None, None, None)


def _index(batches: Any, x: Any, *operands: Any, at: At) -> Any:
    if _side_by_side(at) and not any(operand.__class__ is Batch for operand in operands):
        return arrays.index(x.array, *operands, at=(ALL, *at))
    if _in_front(batches, at, operands):
        return arrays.index(batches.whole(x), *_subscripts(batches, operands), at=(None, *at))
    return one_by_one("index")(batches, x, *operands, at=at)


def _in_front(batches: Any, at: At, operands: At) -> bool:
    """Whether a subscript more in front, which counts the batch, leaves the axes as they are: where all
    subscripts are numbers, or stand before the slices."""
    places = [place for place, one in enumerate(at) if not isinstance(one, tuple)]
    return places == [*range(len(places))] or not any(map(batches.shape, operands))


def _subscripts(batches: Any, operands: At) -> list[Any]:
    """What counts the batch, and the subscripts of each, with axes to fit."""
    rank = max(len(batches.shape(operand)) for operand in operands)
    counted = np.arange(float(batches.count)).reshape(-1, *(1,) * rank)
    return [counted, *(raised(operand, rank) for operand in operands)]


def _scatter(batches: Any, x: Any, *operands: Any, at: At, shape: Shape) -> Any:
    if _side_by_side(at) and not any(operand.__class__ is Batch for operand in operands):
        return arrays.scatter(x.array, *operands, at=(ALL, *at), shape=(batches.count, *shape))
    if _in_front(batches, at, operands):
        subscripts = _subscripts(batches, operands)
        return arrays.scatter(batches.whole(x), *subscripts, at=(None, *at), shape=(batches.count, *shape))
    return one_by_one("scatter")(batches, x, *operands, at=at, shape=shape)


def _transpose(batches: Any, x: Batch, axes: Sequence[int] | None = None) -> Any:
    rank = x.array.ndim - 1
    order = reversed(range(rank)) if axes is None else (axis % rank for axis in axes)
    return np.transpose(x.array, (0, *(axis + 1 for axis in order)))


def _rows_and_columns(batches: Any, x: Any, y: Any) -> tuple[Any, Any, list[int]]:
    """The operands of a matrix product with vectors made matrices, and the axes that gives."""
    drop = []
    if len(batches.shape(x)) == 1:
        x = batches.reshape(x, shape=(1, *batches.shape(x)))
        drop.append(-2)
    if len(batches.shape(y)) == 1:
        y = batches.reshape(y, shape=(*batches.shape(y), 1))
        drop.append(-1)
    return x, y, drop


def _matmul(batches: Any, x: Any, y: Any) -> Any:
    if x.__class__ is not Batch and x.ndim == 2 and len(batches.shape(y)) == 1:
        return y.array @ x.T  # one product of matrices instead of many with a vector
    if y.__class__ is not Batch and y.ndim <= 2 and len(batches.shape(x)) == 1:
        return x.array @ y
    if y.__class__ is not Batch and y.ndim == 2 and len(batches.shape(x)) == 2:
        rows = x.array.reshape(x.array.shape[0] * x.array.shape[1], len(y))
        return (rows @ y).reshape(*x.array.shape[:2], y.shape[1])
    left, right, drop = _rows_and_columns(batches, x, y)
    found = np.matmul(*batches.aligned(left, right))
    return np.squeeze(found, tuple(drop)) if drop else found


def _dot(batches: Any, x: Any, y: Any) -> Any:
    if batches.shape(x) == () or batches.shape(y) == ():
        return batches.apply("mul", x, y).array
    return _matmul(batches, x, y)


def _outer(batches: Any, x: Any, y: Any) -> Any:
    column, row = batches.reshape(x, shape=(-1, 1)), batches.reshape(y, shape=(1, -1))
    return batches.apply("mul", column, row).array


def _einsum(batches: Any, *xs: Any, subscripts: str) -> Any:
    terms, result = letters_of(subscripts, list(map(batches.shape, xs)))
    used = "".join((*terms, subscripts))
    spare = next((letter for letter in reversed(LETTERS) if letter not in used), "")
    if not spare:
        return one_by_one("einsum")(batches, *xs, subscripts=subscripts)
    terms = [spare + term if x.__class__ is Batch else term for term, x in zip(terms, xs, strict=True)]
    operands = [x.array if x.__class__ is Batch else x for x in xs]
    return np.einsum(f"{','.join(terms)}->{spare}{result}", *operands, optimize=True)


def _solve(batches: Any, x: Any, y: Any) -> Any:
    if x.__class__ is Batch or x.ndim > 2 or len(batches.shape(y)) > 2:
        return one_by_one("solve")(batches, x, y)
    sides = np.moveaxis(y.array, 0, -1)  # as columns of one right side
    found = arrays.solve(x, np.ascontiguousarray(sides.reshape(len(x), -1) if sides.size else sides))
    return np.moveaxis(found.reshape(sides.shape), -1, 0)


def _recurrence(batches: Any, x: Any, y: Any) -> Any:
    return arrays.recurrence(batches.whole(x), batches.whole(y))


RULES: dict[str, Callable[..., Any]] = {
    **{op.name: rule for op in OPS.values() if (rule := _with_axis(op)) is not None},
    "index": _index, "scatter": _scatter, "transpose": _transpose,
    "reshape": lambda batches, x, shape: x.array.reshape(batches.count, *shape),
    "broadcast": lambda batches, x, shape: stretched(x.array, tuple(shape)),
    "concat": _joined(np.concatenate), "stack": _joined(np.stack),
    "array": lambda batches, *xs: np.stack([batches.whole(x) for x in xs], axis=1),
    "tril": lambda batches, x, k=0: np.tril(x.array, k),
    "triu": lambda batches, x, k=0: np.triu(x.array, k),
    "trace": lambda batches, x: np.trace(x.array, axis1=1, axis2=2),
    "matmul": _matmul, "dot": _dot, "outer": _outer, "einsum": _einsum, "solve": _solve,
    "cross": lambda batches, x, y: np.cross(*batches.aligned(x, y)), "recurrence": _recurrence,
}  # fmt: skip
