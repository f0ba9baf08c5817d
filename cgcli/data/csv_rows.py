"""The text of CSV files: rows, and columns as numbers."""

from __future__ import annotations

import csv
import io
import re

from cgcli.annotations import Any, Iterator, Sequence
from cgcli.data.cells import Cells, is_missing, number, plain_numbers
from cgcli.data.csv_dialect import Dialect, foreign, is_blank, numbers_in
from cgcli.diagnostics import CgError
from cgcli.later import np
from cgcli.shapes import counted


def header_of(path: str, text: str, dialect: Dialect) -> tuple[list[str] | None, tuple[int, int]]:
    """The names of the columns of a table that begins so, or None where they have none; the line of the first
    row, and how many columns there are. Raises `CgError` (kind `file`) where there is no row."""
    line, row = next(read_rows(path, text, dialect.separator, strict=False), (0, []))
    if not line:
        raise CgError("file", f"`{path}` is empty")
    return [cell.strip() for cell in row] if _is_header(row, dialect.comma) else None, (line, len(row))


def _is_header(row: list[str], comma: bool) -> bool:
    """Whether a row names columns: no cell is a number, or several that something else separates, and not
    all are missing, or digits without a letter, which somebody may take for a number."""
    if any(number(cell, comma) is not None or numbers_in(cell) for cell in row):
        return False
    return not all(re.fullmatch(r"[^a-zA-Z]*\d[^a-zA-Z]*|", cell) or is_missing(cell) for cell in row)


class Ragged(list[str]):
    """A row of another length than the others: their cells of it, and empty ones where it has fewer."""

    __slots__ = ()


def read_rows(
    path: str, text: str, separator: str, strict: bool, first: tuple[int, int] = (1, 0), begin: int = 1
) -> Iterator[tuple[int, list[str]]]:
    """The rows of a text that are not blank, each with the line that it begins on, where the text begins on
    the line `begin`. In a table of one column, a blank line between rows is an empty cell.

    They are of one length: that of the `first` row, which is known with its line where text goes on. One of
    another length is `Ragged`, or with `strict` raises `CgError` (kind `file`)."""
    before = 0
    blanks: list[int] = []
    text = _with_blanks_quoted(text, separator)
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
        raise _no_csv(path, str(error), text, before, begin, reader.line_num) from None


def _with_blanks_quoted(text: str, separator: str) -> str:
    """A text in which blanks between a closing quote and the end of its cell are part of the cell, as they
    are to PyArrow."""
    blank = "[ ]" if separator == "\t" else "[ \t]"
    behind = rf"({blank}+)(?=[{re.escape(separator)}\r\n]|\Z)"
    if re.search(f'"{behind}', text) is None:
        return text
    cell = re.compile(rf'("(?:[^"]|"")*)"{behind}|"(?:[^"]|"")*"|[^{re.escape(separator)}\r\n]+')
    return cell.sub(lambda found: found[0] if found[1] is None else f'{found[1]}{found[2]}"', text)


def _no_csv(path: str, reason: str, text: str, before: int, begin: int, last: int) -> CgError:
    """What is wrong with the row behind so many lines of a text, which was read up to its line `last`; the
    text begins on the line `begin`."""
    opened, within = before, False
    for place, line in enumerate(io.StringIO(text, newline="")):
        if place >= before and line.count('"') % 2:
            within = not within
            opened = place if within else opened
        if place + 1 == last:
            break
    row = begin + before
    if "expected after" in reason:
        told = f"`{path}` is not CSV: in line {begin + last - 1} more text stands behind a closing quote"
        hint = "a quote within a cell in quotes is doubled"
        if begin + last - 1 > row:
            hint += f"; or the one that line {row} opens is not closed there"
        return CgError("file", told, hint=hint)
    if "end of data" in reason or within:
        told = f"`{path}` is not CSV: a quote is not closed, which line {begin + opened} opens"
        return CgError("file", told, hint="a quote within a cell in quotes is doubled")
    return CgError("file", f"line {row} of `{path}` is not CSV: {reason}")


def read_columns(
    cells: Cells, rows: Sequence[tuple[int, list[str]]], places: Sequence[int], names: Sequence[str] | None
) -> tuple[list[Any], dict[int | None, Any]]:
    """Some columns of rows of `read_rows` as doubles, and of each which rows have a cell there that is none;
    by None, which are ragged. Raises `CgError` (kind `file`) as `Cells.read` does."""
    columns: list[Any] = []
    ragged = np.array([row.__class__ is Ragged for _, row in rows], bool)
    gone: dict[int | None, Any] = {None: ragged} if ragged.any() else {}
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
            marks = np.array([number is None for number in read], bool) & ~ragged
            if marks.any():
                gone[place] = marks
            found = np.array(read, float)
        found[ragged] = np.nan
        columns.append(found)
    return columns, gone
