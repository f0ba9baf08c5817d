"""The numbers of a CSV file."""

from __future__ import annotations

import csv
import io
import re
from math import inf, isinf

from cgcli.cli.values import as_value, member
from cgcli.diagnostics import CgError, Diagnostic
from cgcli.shapes import counted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# Characters from which on a file is worth a second way to read it.
LARGE = 100_000

TRUTH = {"true": 1.0, "false": 0.0}

# What separates the cells of files that are called CSV, besides commas and spaces.
FOREIGN = {";": "`;`", "\t": "a tab", "|": "`|`"}


def read_csv(path: str, text: str, column: str, warnings: list[Diagnostic]) -> Any:
    """A matrix, or a vector where there is one row or one column. A first row that is not numbers is
    a header; `column` names one of it. Raises `CgError` (kind `file`)."""
    plain = _plain(text, column)
    if plain is not None:
        return plain
    rows = _rows(path, text)
    header = None if _has_numbers(rows[0]) else [cell.strip() for cell in rows[0]]
    first = 1
    if header is not None:
        if len(rows) == 1 and not all(re.match(r"[^\W\d]", cell) for cell in header):
            raise CgError("file", f"`{path}` has no row of numbers", hint=_foreign(rows[0]))
        rows, first = rows[1:], 2
    if column:
        if header is None:
            raise CgError("file", f"`{path}` has no header that names columns")
        member(path, dict.fromkeys(header), column)
        if header.count(column) > 1:
            raise CgError("file", f"`{path}` has {header.count(column)} columns that are called `{column}`")
        place = header.index(column)
        rows = [row[place : place + 1] for row in rows]
    table = [[_number(path, number, cell) for cell in row] for number, row in enumerate(rows, first)]
    if header is not None and not table and not column and len(header) > 1:  # no rows of so many columns
        import numpy as np

        return np.zeros((0, len(header)))
    if table and len(table[0]) == 1:
        cells = [row[0] for row in table]
        return as_value(path, "", cells if column or len(cells) > 1 else cells[0], warnings)
    return as_value(path, "", table[0] if len(table) == 1 else table, warnings)


def _plain(text: str, column: str) -> Any:
    """The same of a large file of plain numbers, by NumPy: a column of 10^6 rows takes a third of the time
    and half of the memory. None for anything that needs a closer look."""
    if len(text) < LARGE or '"' in text or "\n" not in text:
        return None
    import numpy as np

    first = text[: text.index("\n")].split(",")
    header = None if _has_numbers(first) else [cell.strip() for cell in first]
    if (column and (header is None or header.count(column) != 1)) or not _is_regular(text, len(first)):
        return None
    try:
        table = np.loadtxt(
            io.StringIO(text), delimiter=",", comments=None, skiprows=int(header is not None),
            usecols=header.index(column) if column and header else None, ndmin=2,
        )  # fmt: skip
    except ValueError:
        return None
    if len(table) < 2 or not np.all(np.isfinite(table)):
        return None
    return table[:, 0].copy() if table.shape[1] == 1 else table


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


def _rows(path: str, text: str) -> list[list[str]]:
    """The rows that are not blank, which are of one length."""
    try:
        found = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        reason = "a quote is not closed" if "end of data" in str(error) else str(error)
        raise CgError("file", f"`{path}` is not CSV: {reason}") from None
    rows = [row for row in found if any(cell.strip() for cell in row)]
    if not rows:
        raise CgError("file", f"`{path}` is empty")
    for number, row in enumerate(rows, 1):
        if len(row) != len(rows[0]):
            cells = counted(len(row), "cell")
            message = f"row {number} of `{path}` has {cells}, and row 1 has {len(rows[0])}"
            raise CgError("file", message, hint=_foreign([*rows[0], *row]))
    return rows


def _has_numbers(row: list[str]) -> bool:
    """Whether a row is no header: a cell is a number, or several that something else separates."""
    return any(map(_numbers, row))


def _numbers(cell: str) -> int:
    """How many numbers, with `;` and the like between them, a cell is; 0 where there is anything else."""
    parts = [part for part in re.split(r"[;|\s]+", cell) if part]
    return len(parts) if all(map(_reads, parts)) else 0


def _reads(text: str) -> bool:
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


def _number(path: str, row: int, cell: str) -> float | str:
    """A cell as a number; an infinite one that is spelled so is text (`values.NOT_FINITE`)."""
    text = cell.strip()
    if text.isascii() and _reads(text):
        if text.lower() in TRUTH:
            return TRUTH[text.lower()]
        value = float(text)
        if isinf(value) and "inf" in text.lower():
            return "Infinity" if value == inf else "-Infinity"
        return value
    if not text:
        raise CgError("file", f"row {row} of `{path}` has an empty cell")
    shown = " ".join(text.split())
    raise CgError(
        "file", f"row {row} of `{path}` has `{shown}`, which is not a number", hint=_foreign([cell])
    )
