"""Many arrays of one shape side by side, as one value."""

from __future__ import annotations

import numpy as np

from cgcli.algebras.arrays.tensors import plain
from cgcli.algebras.base import Operators
from cgcli.annotations import Any, Callable


class Batch(Operators):
    """Arrays or numbers of one shape, along the first axis of `array`; which may be given as a `Deferred`."""

    __slots__ = ("held",)

    def __init__(self, algebra: Any, array: Any) -> None:
        self.algebra, self.held = algebra, array

    @property
    def array(self) -> Any:
        if self.held.__class__ is Deferred:
            self.held = self.held.rows()
        return self.held


class Deferred:
    """A batch that is not made yet: it may be wanted whole, or as the sum of its arrays, which takes less.
    Functions of nothing for each."""

    __slots__ = ("rows", "total")

    def __init__(self, rows: Callable[[], Any], total: Callable[[], Any]) -> None:
        self.rows, self.total = rows, total


def at_place(place: int, value: Any) -> Any:
    """One of a batch."""
    return plain(value.array[place]) if value.__class__ is Batch else value


def raised(value: Any, rank: int) -> Any:
    """A value, or each of a batch, with axes of size 1 in front up to this rank."""
    if value.__class__ is not Batch:
        return value
    array = value.array
    missing = rank + 1 - array.ndim
    return array.reshape(array.shape[0], *(1,) * missing, *array.shape[1:]) if missing > 0 else array


def stretched(array: Any, shape: tuple[int, ...]) -> Any:
    if array.shape[1:] == shape:
        return array
    missing = len(shape) + 1 - array.ndim
    wide = array.reshape(array.shape[0], *(1,) * missing, *array.shape[1:])
    return np.broadcast_to(wide, (array.shape[0], *shape))
