"""Sums of a batch of rows in place of the rows, where machine code adds as it computes."""

from __future__ import annotations

from cgcli.annotations import Any
from cgcli.data.batch import Batch

# What is a sum of rows; the others want each row.
SUMMED = ("sum", "mean")


class Sums:
    """The sums of columns, over so many rows, in place of the columns."""

    __slots__ = ("count", "numbers")

    def __init__(self, numbers: list[float], count: int) -> None:
        self.numbers, self.count = numbers, count


def summed(rows: Any, batch: Batch, is_some: bool) -> tuple[Batch, Sums, list[Batch]] | None:
    """The sums of a batch without its rows (`Rows.sums`), and the parts of the batch that are left: there is
    something to tell of them. None where all of it is left."""
    if rows.left is None or (batch.missing is not None and batch.missing.any()):
        return None
    found = rows.sums(batch.numbers, batch.count, is_some)
    if found is None:
        return None
    numbers, count, left = found
    parts = [batch.part(start, stop) for start, stop in left]
    return Batch(batch.count - sum(part.count for part in parts), {}), Sums(numbers, count), parts
