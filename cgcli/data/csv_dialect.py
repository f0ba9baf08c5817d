"""How a table of text is written: what separates cells, and what a point in a number means."""

from __future__ import annotations

import csv
import io
import re
from itertools import islice

from cgcli.data.cells import number

# Characters among which the first rows are.
LARGE = 100_000

# What may separate cells: of two that fit, the later.
SEPARATORS = "|,;\t"

SEPARATING = "a comma, `;`, `|` or a tab separates cells"

# So many rows tell how a table is written.
FIRST = 20

# What spreadsheets put before a table, to say what separates its cells.
DECLARED = re.compile(r"""(?i)\s*("?)sep=(.)\1[ \t;,]*(?=[\r\n]|$)""")

# A number with a decimal comma.
COMMA = re.compile(r"\s*[+-]?[0-9]*,[0-9]+([eE][+-]?[0-9]+)?\s*")


class Dialect:
    """What the beginning of a text tells of all of it.

    begin       where the table begins: behind what a spreadsheet has put before it
    separator   of cells
    comma       whether a decimal comma is read
    commas      whether there is one
    """

    __slots__ = ("begin", "comma", "commas", "separator")

    def __init__(self, text: str) -> None:
        declared = DECLARED.match(text)
        self.begin = declared.end() if declared else 0
        text = text[self.begin : self.begin + LARGE]
        self.separator = declared[2] if declared else separator(text)
        self.comma = self.separator == ";"
        self.commas = self.comma and any(COMMA.fullmatch(cell) for row in _first(text, ";") for cell in row)


def is_blank(row: list[str]) -> bool:
    """Whether nothing stands there; between separators cells are missing."""
    return len(row) < 2 and not "".join(row).strip()


def separator(text: str) -> str:
    """What separates cells: `,`, `;`, `|` or a tab, by which most of the first rows have as many cells as the
    first has, and most cells are numbers."""
    best, found = (0, 0.0), ","
    for mark in SEPARATORS:
        rows = _first(text, mark)
        if rows and len(rows[0]) > 1:
            cells = [cell for row in rows for cell in row]
            numbers = sum(number(cell, mark == ";") is not None for cell in cells)
            score = sum(len(row) == len(rows[0]) for row in rows), numbers / len(cells)
            if score >= best:
                best, found = score, mark
    return found


def _first(text: str, mark: str) -> list[list[str]]:
    """The first rows that are not blank; none where a quote goes wrong."""
    reader = csv.reader(io.StringIO(text[:LARGE], newline=""), delimiter=mark)
    try:
        return [row for row in islice(reader, FIRST) if not is_blank(row)]
    except csv.Error:
        return []


def numbers_in(cell: str) -> int:
    """How many numbers, with spaces between them, a cell is; 0 where there is anything else."""
    parts = cell.split()
    return 0 if any(number(part) is None for part in parts) else len(parts)


def foreign(*cells: str) -> str | None:
    """A hint where spaces seem to separate cells."""
    seen = any(" " in cell.strip() and numbers_in(cell) > 1 for cell in cells)
    return f"{SEPARATING}, and here it seems to be a space" if seen else None
