"""The text of CSV files: what separates cells, rows, and columns as numbers."""

from __future__ import annotations

import csv
import io
import re
from itertools import islice

from cgcli.annotations import Any, Iterator, Sequence
from cgcli.data.cells import Cells, held, is_missing, number, plain_numbers
from cgcli.data.schema import NUMBER, TEXT, Schema
from cgcli.diagnostics import CgError
from cgcli.shapes import counted

# Characters from which on a file is worth a second way to read it, and of which the first rows are part.
LARGE = 100_000

# What may separate cells: of two that fit, the later.
SEPARATORS = ",;\t"

# So many rows tell how a table is written.
FIRST = 20


class CsvTable:
    """A table of text. Raises `CgError` (kind `file`), here or once it is read.

    schema      its columns; those whose first cell is a number are numbers
    cells       what they are read by, and what it has counted
    """

    def __init__(self, path: str, text: str, bad: str | None = None) -> None:
        self._text, self.separator = text, separator(text)
        self.cells = Cells(path, "line", bad, comma=self.separator == ";")
        head = [row for _, row in islice(self._rows(), 2)]
        if not head:
            raise CgError("file", f"`{path}` is empty")
        names = [cell.strip() for cell in head[0]] if self._is_header(head[0]) else None
        kinds = [TEXT if self._number(cell) is None else NUMBER for cell in head[-1]]
        self.schema = Schema(names, kinds)

    def numbers(self, places: Sequence[int], size: int = 2**16) -> tuple[Any, Any]:
        """The numbers of some columns, a row a row, read so many rows at once; and which rows have a cell
        that is none, or None where all are good."""
        import numpy as np

        plain = self._plain(places)
        if plain is not None:
            return plain, None
        rows = islice(self._rows(), int(self.schema.names is not None), None)
        tables, bads = [np.empty((0, len(places)))], [np.zeros(0, bool)]
        while batch := list(islice(rows, size)):
            columns, bad = read_columns(self.cells, batch, places, self.schema.names)
            tables.append(np.column_stack(columns))
            bads.append(bad)
        return np.concatenate(tables), np.concatenate(bads)

    def _rows(self) -> Iterator[tuple[int, list[str]]]:
        return read_rows(self.cells.path, self._text, self.separator)

    def _plain(self, places: Sequence[int]) -> Any:
        """All rows of a large file of plain numbers, by NumPy: a column of 10^6 rows takes a third of the
        time and half of the memory. None for anything that needs a closer look."""
        text, names = self._text, self.schema.names
        if (
            len(text) < LARGE
            or '"' in text
            or "\n" not in text[:-1]
            or not _is_regular(text, self.separator, len(self.schema))
        ):
            return None
        import numpy as np

        try:
            table = np.loadtxt(
                io.StringIO(text), delimiter=self.separator, comments=None,
                skiprows=int(names is not None), usecols=places, ndmin=2,
            )  # fmt: skip
        except ValueError:
            return None
        return table if held(table, text) else None

    def _number(self, cell: str) -> float | None:
        return number(cell, self.cells.comma)

    def _is_header(self, row: list[str]) -> bool:
        """Whether a row names columns: no cell is a number, or several that something else separates, and
        not all are missing, or digits without a letter, which somebody may take for a number."""
        if any(self._number(cell) is not None or _numbers(cell) for cell in row):
            return False
        return not all(re.fullmatch(r"[^a-zA-Z]*\d[^a-zA-Z]*|", cell) or is_missing(cell) for cell in row)


def read_rows(
    path: str, text: str, separator: str, width: int = 0, begin: int = 1
) -> Iterator[tuple[int, list[str]]]:
    """The rows of a text that are not blank, each with the line that it begins on, where the text begins on
    the line `begin`. They are of one length: that of the first where there is no `width`."""
    before, first = 0, (1, width)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        for row in reader:
            line, before = begin + before, reader.line_num
            if _is_blank(row):
                continue
            if not first[1]:
                first = line, len(row)
            if len(row) != first[1]:
                cells = counted(len(row), "cell")
                message = f"line {line} of `{path}` has {cells}, and line {first[0]} has {first[1]}"
                raise CgError("file", message, hint=_foreign(*row))
            yield line, row
    except csv.Error as error:
        reason = "a quote is not closed" if "end of data" in str(error) else str(error)
        raise CgError("file", f"`{path}` is not CSV: {reason}") from None


def read_columns(
    cells: Cells, rows: Sequence[tuple[int, list[str]]], places: Sequence[int], names: Sequence[str] | None
) -> tuple[list[Any], Any]:
    """Some columns of rows of `read_rows` as doubles, and which rows have a cell there that is none. Raises
    `CgError` (kind `file`) as `Cells.read` does."""
    import numpy as np

    columns, bad = [], np.zeros(len(rows), bool)
    for place in places:
        texts = [row[place] for _, row in rows]
        found = plain_numbers(texts)
        if found is None:
            called = f"column `{names[place]}`" if names else f"column {place + 1}"
            read = [cells.read(text, line, called, _foreign) for (line, _), text in zip(rows, texts)]
            bad |= [number is None for number in read]
            found = np.array(read, float)
        columns.append(found)
    return columns, bad


def _is_blank(row: list[str]) -> bool:
    """Whether nothing stands there; between separators cells are missing."""
    return len(row) < 2 and not "".join(row).strip()


def separator(text: str) -> str:
    """What separates cells: `,`, `;` or a tab, by which most of the first rows have as many cells as the
    first has, and most cells are numbers."""
    best, found = (0, 0.0), ","
    for mark in SEPARATORS:
        reader = csv.reader(io.StringIO(text[:LARGE], newline=""), delimiter=mark)
        try:
            rows = [row for row in islice(reader, FIRST) if not _is_blank(row)]
        except csv.Error:
            continue
        if rows and len(rows[0]) > 1:
            cells = [cell for row in rows for cell in row]
            numbers = sum(number(cell, mark == ";") is not None for cell in cells)
            score = sum(len(row) == len(rows[0]) for row in rows), numbers / len(cells)
            if score >= best:
                best, found = score, mark
    return found


def _is_regular(text: str, separator: str, columns: int) -> bool:
    """Whether every row has so many cells, and none is blank."""
    import numpy as np

    characters = np.frombuffer(text.encode(), np.uint8)
    ends = np.flatnonzero(characters == ord("\n"))
    if len(characters) - 1 != ends[-1]:
        ends = np.append(ends, len(characters))
    marks = np.searchsorted(np.flatnonzero(characters == ord(separator)), ends)
    lengths = np.diff(ends, prepend=-1)
    return bool(np.all(np.diff(marks, prepend=0) == columns - 1) and np.all(lengths > 1))


def _numbers(cell: str) -> int:
    """How many numbers, with `|` or spaces between them, a cell is; 0 where there is anything else."""
    parts = [part for part in re.split(r"[|\s]+", cell) if part]
    return 0 if any(number(part) is None for part in parts) else len(parts)


def _foreign(*cells: str) -> str | None:
    """A hint where something else seems to separate cells."""
    seen = "`|`" if any("|" in cell for cell in cells) else None
    if seen is None and any(" " in cell.strip() and _numbers(cell) > 1 for cell in cells):
        seen = "a space"
    return seen and f"a comma, `;` or a tab separates cells, and here it seems to be {seen}"
