"""Types of Arrow's columns."""

from __future__ import annotations

from math import prod

from cgcli.annotations import Any
from cgcli.later import np, pa, pc


def is_time(kind: Any) -> bool:
    return bool(pa.types.is_temporal(kind))


def is_list(kind: Any) -> bool:
    t = pa.types
    return bool(t.is_list(kind) or t.is_large_list(kind) or t.is_fixed_size_list(kind))


def cell_shape(column: Any) -> tuple[int, ...]:
    """The shape of the first cell of a column that has one: lists are axes."""
    shape: list[int] = []
    while is_list(column.type):
        column = column.drop_null()
        if not len(column):
            return (*shape, 0)
        first = column[0].values
        shape.append(len(first))
        column = first
    return tuple(shape)


def flattened(column: Any) -> tuple[Any, tuple[int, ...]]:
    """What the lists of a column hold, one after the other, and the shape of a cell: lists of one length are
    an axis, and where one is missing so are its elements. None, and the row, where lists differ in length."""
    shape: list[int] = []
    each = 1
    while is_list(column.type):
        lengths = np.asarray(pc.fill_null(pc.list_value_length(column), -1))
        present = lengths[lengths >= 0]
        size = int(present[0]) if len(present) else 0
        odd = np.flatnonzero((lengths >= 0) & (lengths != size))
        if len(odd):
            return None, (int(odd[0]) // each,)
        if column.null_count:
            lists = [[None] * size if one is None else one for one in column.to_pylist()]
            column = pa.array(lists, type=pa.list_(column.type.value_type))
        column = column.flatten()
        shape.append(size)
        each = prod(shape)
    return column, tuple(shape)
