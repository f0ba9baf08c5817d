"""Rows of files as values of inputs: tables of text, records of JSON, and what NumPy saved with fields."""

from __future__ import annotations

import os
from math import prod

from cgcli.annotations import Any
from cgcli.data.cells import DROP, Cells, told, told_rows
from cgcli.data.files import native, open_whole
from cgcli.data.values import as_value, flattened, place_of
from cgcli.diagnostics import CgError, Diagnostic
from cgcli.later import np
from cgcli.shapes import counted


class Reading:
    """How the values of one run are read, and what is found on the way.

    bad         what becomes of cells that are missing, or no numbers (`Cells.bad`)
    warnings    of numbers that no double holds, and of cells
    rows        what has been read of tables
    """

    def __init__(self, bad: str | None, warnings: list[Diagnostic]) -> None:
        self.bad, self.warnings = bad, warnings
        self.rows: list[Rows] = []

    def dropped(self, source: str) -> Any:
        """Which rows of a source go, as a cell that was read of them is none; None where all stay. Columns of
        one table lose the same rows."""
        found = None
        for rows in self.rows:
            if rows.source == source and rows.bad is not None:
                found = rows.bad if found is None else found | rows.bad
        return found

    def counts(self) -> list[Diagnostic]:
        """What has become of cells that are missing or no numbers, file by file."""
        notes = []
        for source in dict.fromkeys(rows.source for rows in self.rows):
            read = [rows.cells for rows in self.rows if rows.source == source]
            path = read[0].path
            missing, other = sum(cells.missing for cells in read), sum(cells.other for cells in read)
            ragged = max(cells.ragged for cells in read)
            if not missing + other + ragged:
                continue
            parts = [told(missing, other)] if missing + other else []
            what = " and ".join([*parts, *([told_rows(ragged)] if ragged else [])])
            message = f"`{path}` has {what}, read as nan"
            if self.bad == DROP:
                gone = self.dropped(source)
                lines = f"{int(gone.sum())} of {counted(len(gone), 'row')}"
                message = f"{lines} of `{path}` left out: {what}"
                if gone.all():
                    raise CgError("rows", message, hint="nothing is left of it")
            notes.append(Diagnostic("data", message, severity="note"))
        return notes


class Rows:
    """What an input gets of a table: some of its columns.

    table       an array whose first axis has the rows
    bad         which rows have a cell that is none, and are to go; None where all stay
    cells       what they were read by
    source      the table, whatever its path is written as; of a list in a file, that list
    is_column   whether one column was asked for, which is a vector however many rows it has; None where the
                array stays as it is
    """

    def __init__(self, reading: Reading, cells: Cells, table: Any, bad: Any, is_column: bool | None) -> None:
        self.cells, self.table, self.is_column = cells, table, is_column
        real = os.fsdecode(os.path.realpath(native(cells.path)))
        self.source = f"a list: {id(self)}" if is_column is None else real
        self.bad, self.reading = bad if reading.bad == DROP else None, reading
        reading.rows.append(self)
        reading.warnings += cells.warnings()

    def value(self, rank: int | None = None) -> Any:
        """The value, without rows that go. A declared rank decides how one row or column is taken; else it is
        a vector, and a single cell a number."""
        table, gone = self.table, self.reading.dropped(self.source)
        if gone is not None:
            table = table[~gone]
        if table.ndim != 2 or rank == 2 or self.is_column is None:
            return table
        if table.shape[1] == 1:
            single = len(table) == 1 and not self.is_column and rank is None
            return float(table[0, 0]) if single else table[:, 0].copy()
        return table[0] if len(table) == 1 else table


def read_csv(path: str, column: str, reading: Reading) -> Rows:
    """A table of text, or a column of it. A first row that is not numbers is a header; `column` names one
    of it. Raises `CgError` (kind `file`)."""
    from cgcli.data.csv_file import CsvFile

    if os.path.isfile(native(path)):
        open_whole(path, 2.0).close()
    file = CsvFile(path, 0)  # of one column NumPy makes as much as PyArrow, without its import
    places = [place_of(path, file.header, column)] if column else range(file.width)
    return Rows(reading, file.read, *file.table(places, reading.bad), bool(column))


def read_lists(path: str, name: str, value: list[Any], reading: Reading) -> Any:
    """Nested lists of JSON, in which elements may be missing, or text; `--bad drop` leaves out their rows, or
    elements of a vector. Raises `CgError` (kind `file`)."""
    shape, elements = flattened(f"`{path}`", value)
    if not any(element is None or isinstance(element, str) for element in elements):
        return as_value(path, name, value, reading.warnings)
    cells = Cells(path, "element", reading.bad, spelled=False)
    called = f"`{name}`" if name else "the list"
    found = [cells.read(element, place, called) for place, element in enumerate(elements, 1)]
    bad = np.array([element is None for element in found]).reshape(shape[0], prod(shape[1:])).any(axis=1)
    return Rows(reading, cells, np.array(found, float).reshape(shape), bad, None)


def is_records(value: Any) -> bool:
    """Whether JSON holds records: objects that have names for their values."""
    return isinstance(value, list) and bool(value) and all(isinstance(one, dict) for one in value)


def read_records(path: str, records: list[dict[str, Any]], column: str, reading: Reading) -> Any:
    """All columns of records, or one; a value that a record has not is missing. A column of lists is an
    array. Raises `CgError` (kind `file`)."""
    names = list(dict.fromkeys(name for record in records for name in record))
    wanted = [names[place_of(path, names, column)]] if column else names
    if column and any(isinstance(record.get(column), list) for record in records):
        return as_value(path, column, [record.get(column) for record in records], reading.warnings)
    cells = Cells(path, "record", reading.bad, spelled=False)
    found = [
        [cells.read(record.get(name), place, f"`{name}`") for name in wanted]
        for place, record in enumerate(records, 1)
    ]
    bad = np.array([None in row for row in found])
    return Rows(reading, cells, np.array(found, float).reshape(len(found), len(wanted)), bad, bool(column))


def read_fields(path: str, saved: Any, column: str, reading: Reading) -> Any:
    """All fields of an array that NumPy saved with fields, or one. Raises `CgError` (kind `file`)."""
    names = list(saved.dtype.names)
    if column:
        return as_value(path, column, saved[names[place_of(path, names, column)]], [])
    columns = [as_value(path, name, np.atleast_1d(saved[name]), []) for name in names]
    table = np.concatenate([one.reshape(len(one), prod(one.shape[1:])) for one in columns], axis=1)
    return Rows(reading, Cells(path, "row"), table, None, False)
