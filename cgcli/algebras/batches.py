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
from cgcli.algebras.base import Base
from cgcli.algebras.batch import Batch, at_place, raised, stretched
from cgcli.algebras.batch_rules import RULES, one_by_one
from cgcli.annotations import Any, Callable, Mapping, Sequence
from cgcli.ops import Op
from cgcli.ops.chain import Whole
from cgcli.shapes import broadcast_axes

Shape = tuple[int, ...]


class Batches(Base):
    """Operations on batches of `count` arrays. What does not differ among them may be a plain value, of the
    algebra of arrays or one like it."""

    even_from = arrays.even_from
    rules: Mapping[str, Callable[..., Any]] = RULES

    def __init__(self, count: int, base: Any = arrays) -> None:
        self.count, self.base = count, base

    def constant(self, value: float) -> float:
        return float(value)

    def operation(self, op: Op) -> Callable[..., Any]:
        name, elementwise = op.name, op.partials is not None
        base, rule = getattr(self.base, name), self.rules.get(name) or one_by_one(name)

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
        return [raised(value, rank) for value in values]

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
        return Batch(self, array if like is None else fitted(array, self.shape(like)))

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
        rows = [function(partial(at_place, i)) for i in range(self.count)]
        return Batch(self, np.array(rows, dtype=float))


def fitted(array: Any, target: Shape) -> Any:
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
    return stretched(array, target)
