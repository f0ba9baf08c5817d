"""The algebra of rows that share something: batches, beside which a plain value is the same for every row.

What all rows share gets the sum of their cotangents, so that the reverse pass finds the gradient of the sum
over all rows at once. A cotangent that is a product of arrays is not made for every row and then summed: the
sum is one product of larger matrices.
"""

from __future__ import annotations

from math import prod

import numpy as np

from cgcli.algebras import arrays
from cgcli.algebras.arrays.tensors import plain
from cgcli.algebras.batch import Batch, Deferred
from cgcli.algebras.batch_rules import RULES
from cgcli.algebras.batches import Batches, fitted
from cgcli.annotations import Any
from cgcli.ops.chain import Whole


def _outer(batches: Batches, x: Any, y: Any) -> Any:
    if x.__class__ is Batch and y.__class__ is Batch:
        return _product(*(one.array.reshape(batches.count, 1, prod(one.array.shape[1:])) for one in (x, y)))
    return RULES["outer"](batches, x, y)


def _matmul(batches: Batches, x: Any, y: Any) -> Any:
    if x.__class__ is Batch and y.__class__ is Batch and x.array.ndim == y.array.ndim == 3:
        return _product(np.swapaxes(x.array, 1, 2), y.array)
    return RULES["matmul"](batches, x, y)


def _product(x: Any, y: Any) -> Deferred:
    """x.T @ y of each row."""

    def total() -> Any:
        left, right = (one.reshape(one.shape[0] * one.shape[1], one.shape[2]) for one in (x, y))
        return left.T @ right

    return Deferred(lambda: np.matmul(np.swapaxes(x, 1, 2), y), total)


class Shared(Batches):
    """As `Batches`, with cotangents of plain values that are plain: their sums over the rows."""

    rules = RULES | {"outer": _outer, "matmul": _matmul}

    def settle(self, product: Any, factor: Any, partial: Any, like: Any, node: int, zeroed: Any) -> Any:
        found = super().settle(product, factor, partial, like, node, zeroed)
        if like is None or found.__class__ is not Batch or like.__class__ is Batch:
            return found
        return total(found)

    def settle_whole(self, part: Any, whole: Whole, place: int, adjoint: Any) -> Any:
        if part.__class__ is not Batch or whole.operands[place].__class__ is Batch:
            return super().settle_whole(part, whole, place, adjoint)
        found = total(part)
        if arrays.finite(found):
            return found
        return total(super().settle_whole(part, whole, place, adjoint))


class Quick(Shared):
    """As `Shared`, without a look at what is not finite: an exact 0 does not win. What comes out of it is
    right where it is finite."""

    def settle(self, product: Any, factor: Any, partial: Any, like: Any, node: int, zeroed: Any) -> Any:
        if product.__class__ is not Batch or like is None:
            return super().settle(product, factor, partial, like, node, zeroed)
        found = Batch(self, fitted(product.array, self.shape(like)))
        return found if like.__class__ is Batch else total(found)

    def settle_whole(self, part: Any, whole: Whole, place: int, adjoint: Any) -> Any:
        if part.__class__ is not Batch or whole.operands[place].__class__ is Batch:
            return part
        return total(part)


def total(batch: Batch) -> Any:
    """The sum of the arrays of a batch."""
    held = batch.held
    return plain(held.total() if held.__class__ is Deferred else np.add.reduce(held, 0))
