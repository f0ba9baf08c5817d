"""The rows of files, in order or in parts whose order is drawn."""

from __future__ import annotations

from cgcli.annotations import Any, Callable, Iterator
from cgcli.data.batch import Batch
from cgcli.data.prefetch import ahead
from cgcli.evaluation.row_function import RowFunction


def reader(function: RowFunction, table: Any, bad: str | None) -> Callable[[Any], Iterator[Batch]]:
    """Reads a table, each time from its beginning (`training.order.Rows`); of batches the function says what
    is in use. What is met in cells is known to the table of the last time that all was read in order."""

    def read(random: Any) -> Iterator[Batch]:
        for batch in ahead(_parts(random)):
            yield function.read_in(batch)

    def _parts(random: Any) -> Iterator[Batch]:
        if random is None:
            table.read.clear()
            yield from table.batches(function.read, [], bad)
            return
        pieces = table.pieces()
        for place in random.permutation(len(pieces)):
            batches, _ = pieces[place].batches(function.read, [], bad)
            yield from batches

    return read
