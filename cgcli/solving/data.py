"""The rows that a fit is made to: kept where they are few, read again each time where they are many."""

from __future__ import annotations

from cgcli.annotations import Any, Callable, Iterator, Mapping
from cgcli.data.batch import Batch
from cgcli.data.prefetch import ahead, in_order
from cgcli.diagnostics import CgError, Diagnostic
from cgcli.shapes import shape_text

# Numbers that are kept; more are read again.
KEPT = 2**23

# Rows that are taken at a time.
BLOCK = 2**15


# Rows of a sample, at least where there are as many.
SAMPLE = 2**14


class Few:
    """Rows that are kept.

    shapes      of the cells of columns
    count       how many rows there are
    """

    def __init__(self, shapes: Mapping[str, tuple[int, ...]]) -> None:
        self.shapes, self.count, self._kept = dict(shapes), 0, list[Batch]()

    def keep(self, batch: Batch) -> None:
        self.count += batch.count
        self._kept.append(batch)

    def clear(self) -> None:
        self.count, self._kept = 0, []

    def batches(self) -> Iterator[Batch]:
        yield from self._kept

    def thinned(self, step: int) -> Few:
        """Each of so many rows."""
        found, offset = Few(self.shapes), 0
        for batch in self._kept:
            first = -offset % step
            offset += batch.count
            if first < batch.count:
                numbers = {name: column[first::step].copy() for name, column in batch.numbers.items()}
                found.keep(Batch(len(range(first, batch.count, step)), numbers, None, None, batch.source))
        return found


class Data:
    """Columns of a table.

    columns     by the name of an input, that of its column
    shapes      of the cells
    count       how many rows there are, or about so before they have been read
    is_kept     whether they are in memory
    sample      some of them, evenly spread, once they have been read
    notes       what to tell of the cells that have been read
    """

    def __init__(self, table: Any, columns: Mapping[str, str], bad: str | None) -> None:
        self.table, self.columns = table, dict(columns)
        self.count = BLOCK + 1 if table.count is None else int(table.count)
        found = table.shapes(list(columns.values()))
        self.shapes = {name: tuple(found[own]) for name, own in columns.items()}
        self.notes: list[Diagnostic] = []
        self._bad, self._kept, self.is_kept, self._read = bad, Few(self.shapes), True, False
        self.sample, self._step = Few(self.shapes), 1

    def batches(self) -> Iterator[Batch]:
        """The rows, those with missing cells left out. Raises `CgError` (kind `rows`) where there is none."""
        if self._read and self.is_kept:
            yield from self._kept.batches()
            return
        count = numbers = 0
        batches = self.table.batches(list(self.columns.values()), [], self._bad)
        if self.count > BLOCK:  # which are read while others are computed with
            batches = ahead(batches)
        for found in batches:
            batch = found if found.missing is None else found.only(~found.missing)
            if not batch.count:
                continue
            batch.numbers = {name: self._column(batch, name) for name in self.columns}
            count += batch.count
            numbers += sum(column.size for column in batch.numbers.values())
            if not self._read:
                self._keep(batch, numbers)
            yield batch
        if not self._read:
            self.notes = self.table.notes()
        self.count, self._read = count, True
        if not count:
            raise CgError("rows", "there are no rows")

    def _keep(self, batch: Batch, numbers: int) -> None:
        """A batch, where all together have not become too many; and some of its rows."""
        if numbers <= KEPT:
            self._kept.keep(batch)
        else:
            self.is_kept = False
            self._kept.clear()
        one = Few(self.shapes)
        one.keep(batch)
        for part in one.thinned(self._step).batches():
            self.sample.keep(part)
        if self.sample.count > 4 * SAMPLE:
            self._step, self.sample = 2 * self._step, self.sample.thinned(2)

    def _column(self, batch: Batch, name: str) -> Any:
        """The cells of a column. Raises `CgError` (kind `file`) for cells of another shape."""
        column, shape = batch.numbers[self.columns[name]], self.shapes[name]
        if column.shape[1:] != shape:
            here, others = (shape_text(one) if one else "numbers" for one in (column.shape[1:], shape))
            told = (
                f"{batch.row(0)} has {here} in column `{self.columns[name]}`, and rows before have {others}"
            )
            raise CgError("file", told)
        return column


def blocks(data: Data | Few | None) -> Iterator[tuple[Batch, int, int]]:
    """Batches of rows, and which of them are to be taken at a time, from one to before the other; one without
    rows where there are no data."""
    if data is None:
        yield Batch(1, {}), 0, 1
        return
    for batch in data.batches():
        for start in range(0, batch.count, BLOCK):
            yield batch, start, min(start + BLOCK, batch.count)


def each(function: Callable[[Any], Any], items: Iterator[Any], many: bool) -> Iterator[Any]:
    """What a function makes of each item, in order; of many in threads, where NumPy is as silent as here."""
    if not many:
        yield from map(function, items)
        return
    from concurrent.futures import ThreadPoolExecutor
    from contextvars import copy_context

    from cgcli.evaluation.rows import processors

    threads = processors()
    with ThreadPoolExecutor(threads) as pool:
        yield from in_order(lambda item: pool.submit(copy_context().run, function, item), items, threads + 1)
