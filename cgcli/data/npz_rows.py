"""NumPy's archives as tables: each array is a column, its first axis the rows."""

from __future__ import annotations

from functools import partial

from cgcli.annotations import Any, Iterator, Sequence
from cgcli.data.batch import Batch
from cgcli.data.cells import Cells, odd_ones
from cgcli.data.named import archive, from_numpy
from cgcli.data.values import as_value
from cgcli.diagnostics import CgError
from cgcli.later import np

# Numbers of a batch, all columns together.
SIZE = 2**20


class NpzFile:
    """The arrays of an archive, read when they are asked for."""

    def __init__(self, path: str) -> None:
        self.path, self._archive = path, archive(path)
        self.names: list[str] = list(self._archive)
        if not self.names:
            raise CgError("file", f"`{path}` is empty")
        self._read: dict[str, Any] = {}
        self.read = Cells(path, "row")
        self.count = len(self._column(self.names[0]))

    def shapes(self, names: Sequence[str]) -> dict[str, tuple[int, ...]]:
        """The shapes of the cells of some columns."""
        return {name: self._column(name).shape[1:] for name in names}

    def batches(self, use: Sequence[str], keep: Sequence[str], bad: str | None) -> Iterator[Batch]:
        columns = {name: self._column(name) for name in (*use, *keep)}
        counts = {name: len(column) for name, column in columns.items()} or {"": self.count}
        first = next(iter(counts))
        for name, count in counts.items():
            if count != counts[first]:
                told = f"`{first}` has {counts[first]} rows in `{self.path}`, and `{name}` has {count}"
                raise CgError("file", told)
        numbers = {name: as_value(self.path, name, columns[name], []) for name in use}
        for name in use:
            self.read.lose(odd_ones(columns[name], numbers[name]))
        row = sum(max(1, int(np.prod(column.shape[1:]))) for column in numbers.values())
        step = max(1, SIZE // max(1, row))
        for start in range(0, counts[first], step):
            part = {name: column[start : start + step] for name, column in numbers.items()}
            kept = {name: _handed_on(columns[name][start : start + step]) for name in keep}
            yield Batch(min(step, counts[first] - start), part, None, kept, self.path, start)

    def _column(self, name: str) -> Any:
        if name not in self._read:
            found = from_numpy(self.path, partial(self._archive.__getitem__, name))
            if not found.ndim:
                raise CgError("file", f"`{name}` of `{self.path}` is a number, and has no rows")
            self._read[name] = found
        return self._read[name]


def _handed_on(column: Any) -> Any:
    """A column as it is, or as texts where it has no numbers."""
    if column.dtype.kind in "iufb":
        return column
    is_bytes = column.dtype.kind == "S"
    return (np.char.decode(column, "utf-8", "backslashreplace") if is_bytes else column.astype(str)).tolist()
