"""The rows of a table in an order drawn for each epoch, a few at a time.

What fits in memory is read once, and shuffled whole. Of what does not, the parts of files that can be read
apart come in an order drawn anew, and as many rows as fit are shuffled together. The order depends on
nothing but the seed, the epoch and the rows.
"""

from __future__ import annotations

from math import prod

import numpy as np

from cgcli.annotations import Any, Callable, Iterator, Mapping
from cgcli.data.batch import Batch
from cgcli.data.prefetch import ahead
from cgcli.evaluation.row_function import RowFunction

# Numbers that are kept in memory: 512 MB of them.
NUMBERS = 2**26

# Some rows: the columns, by the names of inputs, and how many rows there are.
Some = tuple[dict[str, Any], int]


class Rows:
    """The rows that are trained on.

    count       how many there are: of those that do not fit in memory, once all have been read
    whole       all of them, or None where they do not fit
    """

    def __init__(
        self,
        read: Callable[[Any], Iterator[Batch]],
        cells: Mapping[str, tuple[int, ...]],
        seed: int,
        buffer: int | None = None,
    ) -> None:
        """`read(random)` gives the rows, those of files in an order that it draws, or as they stand for
        None; `cells` has the shapes of their cells. With `buffer` so many rows are shuffled together,
        whether all would fit or not."""
        self._read, self._cells, self.seed = read, dict(cells), seed
        fitting = max(1, NUMBERS // max(1, sum(map(prod, self._cells.values()))))
        self.count, self.buffer = 0, buffer or fitting
        self.whole: dict[str, Any] | None = None
        if buffer is None:
            self._fill(fitting)

    def _fill(self, fitting: int) -> None:
        """Read what there is, if it fits."""
        parts: list[Batch] = []
        count = 0
        for batch in self._read(None):
            parts.append(batch)
            count += batch.count
            if count > fitting:
                return
        self.whole, self.count = _joined([part.numbers for part in parts], self._cells), count

    def steps(self, epoch: int, size: int) -> Iterator[Some]:
        """All rows once, so many at a time; the last may be fewer."""
        random = np.random.default_rng((self.seed, epoch))
        if self.whole is not None:
            order = random.permutation(self.count)
            for start in range(0, self.count, size):
                places = order[start : start + size]
                yield {name: column[places] for name, column in self.whole.items()}, len(places)
            return
        seen = 0
        for columns, count in _regrouped(self._read(random), self._cells, max(self.buffer // size, 1) * size):
            order = random.permutation(count)
            for start in range(0, count, size):
                places = order[start : start + size]
                yield {name: column[places] for name, column in columns.items()}, len(places)
            seen += count
        self.count = seen

    def all(self) -> Iterator[Some]:
        """All rows in the order in which they stand."""
        if self.whole is not None:
            yield self.whole, self.count
            return
        count = 0
        for batch in self._read(None):
            yield batch.numbers, batch.count
            count += batch.count
        self.count = count


def _regrouped(batches: Iterator[Batch], cells: Mapping[str, tuple[int, ...]], size: int) -> Iterator[Some]:
    """The same rows, so many together; the last may be fewer."""
    waiting: list[dict[str, Any]] = []
    held = 0
    for batch in batches:
        start = 0
        while held + batch.count - start >= size:
            stop = start + size - held
            waiting.append({name: column[start:stop] for name, column in batch.numbers.items()})
            yield _joined(waiting, cells), size
            waiting, held, start = [], 0, stop
        if start < batch.count:
            waiting.append({name: column[start:] for name, column in batch.numbers.items()})
            held += batch.count - start
    if held:
        yield _joined(waiting, cells), held


def _joined(parts: list[dict[str, Any]], cells: Mapping[str, tuple[int, ...]]) -> dict[str, Any]:
    if len(parts) == 1:
        return parts[0]
    none = {name: np.empty((0, *shape)) for name, shape in cells.items()}
    return {name: np.concatenate([part[name] for part in (none, *parts)]) for name in cells}


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
