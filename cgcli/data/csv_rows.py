"""The text of CSV files: rows, and columns as numbers."""

from __future__ import annotations

import csv
import io
import re
from itertools import islice

from cgcli.annotations import Any, Iterator, Sequence
from cgcli.data.cells import Cells, held, is_missing, number, plain_numbers
from cgcli.data.csv_dialect import Dialect, foreign, is_blank, numbers_in
from cgcli.data.schema import NUMBER, TEXT, Schema
from cgcli.diagnostics import CgError
from cgcli.shapes import counted

# Characters from which on a file is worth a second way to read it.
LARGE = 100_000


class CsvTable:
    """A table of text. Raises `CgError` (kind `file`), here or once it is read.

    schema      its columns; those whose first cell is a number are numbers
    cells       what they are read by, and what it has counted
    """

    def __init__(self, path: str, text: str, bad: str | None = None) -> None:
        self.dialect = Dialect(text)
        self._text, self.separator = text[self.dialect.begin :], self.dialect.separator
        self.cells = Cells(path, "line", bad, comma=self.dialect.comma)
        self.cells.commas = self.dialect.commas
        head = [row for _, row in islice(self._rows(strict=False), 2)]
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
        rows = islice(self._rows(self.cells.bad is None), int(self.schema.names is not None), None)
        tables, bads = [np.empty((0, len(places)))], [np.zeros(0, bool)]
        while batch := list(islice(rows, size)):
            columns, bad = read_columns(self.cells, batch, places, self.schema.names)
            tables.append(np.column_stack(columns))
            bads.append(bad)
        return np.concatenate(tables), np.concatenate(bads)

    def _rows(self, strict: bool) -> Iterator[tuple[int, list[str]]]:
        return read_rows(self.cells.path, self._text, self.separator, strict)

    def _plain(self, places: Sequence[int]) -> Any:
        """All rows of a large file of plain numbers, by NumPy: a column of 10^6 rows takes a third of the
        time and half of the memory. None for anything that needs a closer look."""
        text, names = self._text, self.schema.names
        if (
            len(text) < LARGE
            or '"' in text
            or "\n" not in text[:-1]
            or (self.cells.comma and "." in text)
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
        if any(self._number(cell) is not None or numbers_in(cell) for cell in row):
            return False
        return not all(re.fullmatch(r"[^a-zA-Z]*\d[^a-zA-Z]*|", cell) or is_missing(cell) for cell in row)


class Ragged(list[str]):
    """A row of another length than the others: their cells of it, and empty ones where it has fewer."""

    __slots__ = ()


def read_rows(
    path: str, text: str, separator: str, strict: bool, width: int = 0, begin: int = 1
) -> Iterator[tuple[int, list[str]]]:
    """The rows of a text that are not blank, each with the line that it begins on, where the text begins on
    the line `begin`. In a table of one column, a blank line before another row is an empty cell.

    They are of one length: that of the first where there is no `width`. One of another length is `Ragged`, or
    with `strict` raises `CgError` (kind `file`)."""
    before, first = 0, (1, width)
    blanks: list[int] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        for row in reader:
            line, before = begin + before, reader.line_num
            if is_blank(row) and not (row == [""] and first[1] == 1):  # but for an empty cell in quotes
                blanks.append(line)
                continue
            if first[1] == 1:
                yield from ((place, [""]) for place in blanks)
            blanks.clear()
            if not first[1]:
                first = line, len(row)
            if len(row) != first[1]:
                if strict:
                    cells = counted(len(row), "cell")
                    message = f"line {line} of `{path}` has {cells}, and line {first[0]} has {first[1]}"
                    hint = foreign(*row) or "`--bad drop` leaves the row out, `--bad null` gives it no answer"
                    raise CgError("file", message, hint=hint)
                row = Ragged([*row, *[""] * first[1]][: first[1]])
            yield line, row
    except csv.Error as error:
        reason = "a quote is not closed" if "end of data" in str(error) else str(error)
        raise CgError("file", f"`{path}` is not CSV: {reason}") from None


def read_columns(
    cells: Cells, rows: Sequence[tuple[int, list[str]]], places: Sequence[int], names: Sequence[str] | None
) -> tuple[list[Any], Any]:
    """Some columns of rows of `read_rows` as doubles, and which rows have a cell there that is none, or are
    ragged. Raises `CgError` (kind `file`) as `Cells.read` does."""
    import numpy as np

    columns = []
    ragged = np.array([row.__class__ is Ragged for _, row in rows], bool)
    bad = ragged.copy()
    cells.ragged += int(ragged.sum())
    for place in places:
        texts = [row[place] for _, row in rows]
        found = plain_numbers(texts) if cells.is_plain(texts) else None
        if found is None:
            called = f"column `{names[place]}`" if names else f"column {place + 1}"
            read = [
                None if gone else cells.read(text, line, called, foreign)
                for (line, _), text, gone in zip(rows, texts, ragged.tolist(), strict=True)
            ]
            bad |= [number is None for number in read]
            found = np.array(read, float)
        found[ragged] = np.nan
        columns.append(found)
    return columns, bad


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
