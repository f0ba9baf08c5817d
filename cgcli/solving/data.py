"""The rows that a fit is made to: kept where they are few, read again each time where they are many."""

from __future__ import annotations

from cgcli.annotations import Any, Iterator, Mapping
from cgcli.data.batch import Batch
from cgcli.diagnostics import CgError, Diagnostic
from cgcli.shapes import shape_text

# Numbers that are kept; more are read again.
KEPT = 2**23

# Rows that are taken at a time.
BLOCK = 2**14


class Data:
    """Columns of a table.

    columns     by the name of an input, that of its column
    shapes      of the cells
    count       how many rows there are, once they have been read
    is_kept     whether they are in memory
    notes       what to tell of the cells that have been read
    """

    def __init__(self, table: Any, columns: Mapping[str, str], bad: str | None) -> None:
        self.table, self.columns, self.count = table, dict(columns), 0
        found = table.shapes(list(columns.values()))
        self.shapes = {name: tuple(found[own]) for name, own in columns.items()}
        self.notes: list[Diagnostic] = []
        self._bad, self._kept, self.is_kept, self._read = bad, [], True, False  # type: ignore[var-annotated]

    def batches(self) -> Iterator[Batch]:
        """The rows, those with missing cells left out. Raises `CgError` (kind `rows`) where there is none."""
        if self._read and self.is_kept:
            yield from self._kept
            return
        count = numbers = 0
        for found in self.table.batches(list(self.columns.values()), [], self._bad):
            batch = found if found.missing is None else found.only(~found.missing)
            if not batch.count:
                continue
            batch.numbers = {name: self._column(batch, name) for name in self.columns}
            count += batch.count
            numbers += sum(column.size for column in batch.numbers.values())
            if not self._read and numbers <= KEPT:
                self._kept.append(batch)
            elif self.is_kept:
                self.is_kept = False
                self._kept.clear()
            yield batch
        if not self._read:
            self.notes = self.table.notes()
        self.count, self._read = count, True
        if not count:
            raise CgError("rows", "there are no rows")

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


def blocks(data: Data | None) -> Iterator[tuple[Batch, int, int]]:
    """Batches of rows, and which of them are to be taken at a time, from one to before the other; one without
    rows where there are no data."""
    if data is None:
        yield Batch(1, {}), 0, 1
        return
    for batch in data.batches():
        for start in range(0, batch.count, BLOCK):
            yield batch, start, min(start + BLOCK, batch.count)
