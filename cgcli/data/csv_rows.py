"""CSV files: numbers as batches of columns, and tables written."""

from __future__ import annotations

import csv
import io
import re
from itertools import islice
from math import isinf

from cgcli.data.schema import NUMBER, TEXT, Schema
from cgcli.data.values import no_double
from cgcli.diagnostics import CgError, Diagnostic
from cgcli.ops.constants import BEYOND
from cgcli.shapes import counted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any, TextIO

# Characters from which on a file is worth a second way to read it.
LARGE = 100_000

TRUTH = {"true": 1.0, "false": 0.0}

# What separates the cells of files that are called CSV, besides commas and spaces.
FOREIGN = {";": "`;`", "\t": "a tab", "|": "`|`"}


def read_csv(path: str, text: str, column: str, warnings: list[Diagnostic]) -> Any:
    """A matrix, or a vector where there is one row or one column. A first row that is not numbers is
    a header; `column` names one of it. Raises `CgError` (kind `file`)."""
    import numpy as np

    table = CsvTable(path, text)
    places = [table.schema.place(path, column)] if column else range(len(table.schema))
    parts = [np.column_stack(batch) for batch in table.batches(places)]
    cells = parts[0] if len(parts) == 1 else np.concatenate([np.empty((0, len(places))), *parts])
    if table.infinite:
        warnings.append(no_double(f"`{path}`", *BEYOND))
    if cells.shape[1] == 1:
        return cells[:, 0].copy() if column or len(cells) != 1 else float(cells[0, 0])
    return cells[0] if len(cells) == 1 else cells


class CsvTable:
    """The rows of a text, in batches. Raises `CgError` (kind `file`), here or in a batch.

    schema      its columns; those whose first cell is a number are numbers
    infinite    whether a number that was read is beyond the largest double
    """

    def __init__(self, path: str, text: str) -> None:
        self._path, self._text, self.infinite = path, text, False
        head = list(islice(self._rows(), 2))
        if not head:
            raise CgError("file", f"`{path}` is empty")
        names = None if _has_numbers(head[0]) else [cell.strip() for cell in head[0]]
        if names and len(head) == 1 and not all(re.match(r"[^\W\d]", cell) for cell in names):
            raise CgError("file", f"`{path}` has no row of numbers", hint=_foreign(head[0]))
        self.schema = Schema(names, [NUMBER if _reads(cell.strip()) else TEXT for cell in head[-1]])

    def batches(self, places: Sequence[int], size: int = 2**16) -> Iterator[list[Any]]:
        """The numbers of some columns, arrays of at most so many rows each."""
        import numpy as np

        plain = self._plain(places)
        if plain is not None:
            yield list(plain.T)
            return
        first = 1 if self.schema.names is None else 2
        rows = islice(self._rows(), first - 1, None)
        while batch := list(islice(rows, size)):
            numbers = [
                [self._number(row, cells[p]) for p in places] for row, cells in enumerate(batch, first)
            ]
            yield list(np.array(numbers).T)
            first += len(batch)

    def _rows(self) -> Iterator[list[str]]:
        """The rows that are not blank, which are of one length."""
        path, number = self._path, 0
        first: list[str] = []
        try:
            for row in csv.reader(io.StringIO(self._text, newline=""), strict=True):
                if not any(cell.strip() for cell in row):
                    continue
                number, first = number + 1, first or row
                if len(row) != len(first):
                    cells = counted(len(row), "cell")
                    message = f"row {number} of `{path}` has {cells}, and row 1 has {len(first)}"
                    raise CgError("file", message, hint=_foreign([*first, *row]))
                yield row
        except csv.Error as error:
            reason = "a quote is not closed" if "end of data" in str(error) else str(error)
            raise CgError("file", f"`{path}` is not CSV: {reason}") from None

    def _plain(self, places: Sequence[int]) -> Any:
        """All rows of a large file of plain numbers, by NumPy: a column of 10^6 rows takes a third of the
        time and half of the memory. None for anything that needs a closer look."""
        text, names = self._text, self.schema.names
        if (
            len(text) < LARGE
            or '"' in text
            or "\n" not in text[:-1]
            or not _is_regular(text, len(self.schema))
        ):
            return None
        import numpy as np

        try:
            table = np.loadtxt(
                io.StringIO(text), delimiter=",", comments=None, skiprows=int(names is not None),
                usecols=places, ndmin=2,
            )  # fmt: skip
        except ValueError:
            return None
        return table if np.all(np.isfinite(table)) else None

    def _number(self, row: int, cell: str) -> float:
        """A cell as a number."""
        text, path = cell.strip(), self._path
        if text.isascii() and _reads(text):
            if text.lower() in TRUTH:
                return TRUTH[text.lower()]
            value = float(text)
            self.infinite |= isinf(value) and "inf" not in text.lower()
            return value
        if not text:
            raise CgError("file", f"row {row} of `{path}` has an empty cell")
        shown = " ".join(text.split())
        message = f"row {row} of `{path}` has `{shown}`, which is not a number"
        raise CgError("file", message, hint=_foreign([cell]))


class CsvWriter:
    """Writes a table: a header, then rows as they come; `form` is what numbers are written with."""

    def __init__(self, stream: TextIO, schema: Schema, form: Callable[[Any], str], header: bool) -> None:
        self._rows = csv.writer(stream, lineterminator="\n")
        self._form, self._kinds = form, schema.kinds
        if header and schema.names is not None:
            self._rows.writerow(schema.names)

    def write(self, row: Sequence[Any]) -> None:
        """One row; None is an empty cell."""
        cells = zip(row, self._kinds, strict=True)
        self._rows.writerow(
            "" if cell is None else self._form(cell) if kind == NUMBER else cell for cell, kind in cells
        )


def _is_regular(text: str, columns: int) -> bool:
    """Whether every row has so many cells, and none is blank."""
    import numpy as np

    characters = np.frombuffer(text.encode(), np.uint8)
    ends = np.flatnonzero(characters == ord("\n"))
    if len(characters) - 1 != ends[-1]:
        ends = np.append(ends, len(characters))
    commas = np.searchsorted(np.flatnonzero(characters == ord(",")), ends)
    lengths = np.diff(ends, prepend=-1)
    return bool(np.all(np.diff(commas, prepend=0) == columns - 1) and np.all(lengths > 1))


def _has_numbers(row: list[str]) -> bool:
    """Whether a row is no header: a cell is a number, or several that something else separates."""
    return any(map(_numbers, row))


def _numbers(cell: str) -> int:
    """How many numbers, with `;` and the like between them, a cell is; 0 where there is anything else."""
    parts = [part for part in re.split(r"[;|\s]+", cell) if part]
    return len(parts) if all(map(_reads, parts)) else 0


def _reads(text: str) -> bool:
    if "_" in text:  # Python would read `2024_01`, which is no number to anybody else
        return False
    try:
        float(text)
    except ValueError:
        return text.lower() in TRUTH
    return True


def _foreign(cells: list[str]) -> str | None:
    """A hint where something else than a comma seems to separate cells."""
    text = ",".join(cell.strip() for cell in cells)
    seen = next((name for mark, name in FOREIGN.items() if mark in text), None)
    if seen is None and any(" " in cell.strip() and _numbers(cell) > 1 for cell in cells):
        seen = "a space"
    return seen and f"a comma separates cells, and here it seems to be {seen}"
