"""Parts of CSV files read by PyArrow: plain numbers at once, and cells beside them one by one."""

from __future__ import annotations

import re

from cgcli.annotations import Any, Sequence
from cgcli.data.arrow import arrow
from cgcli.data.cells import MISSING, WHOLE, Cells, number
from cgcli.later import np, pc

# What is smaller may have been a number that no double holds.
TINY = 1e-300

# Cells that are missing, as they are mostly written; others are found by a closer look.
EMPTY = sorted({word for cell in MISSING for word in (cell, cell.upper(), cell.title())})

# Numbers that no closer look is needed for, unless they are large.
PLAIN = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,2})?$"

# A number with a decimal comma, and the same with a point.
COMMA, POINT = r"^([ \t]*[+-]?[0-9]*),([0-9]+([eE][+-]?[0-9]+)?[ \t]*)$", r"\1.\2"


class Columns:
    """What is read of a part.

    count       of its rows
    numbers     of columns, as arrays of doubles: nan where a cell is missing or odd
    kept        columns as they stand, Arrow's
    gone        where cells are missing, by the place among the numbers
    odd         cells that need a closer look: places among the numbers, rows, and texts
    """

    def __init__(self, count: int, numbers: list[Any], kept: list[Any]) -> None:
        self.count, self.numbers, self.kept = count, numbers, kept
        self.gone: dict[int, Any] = {}
        self.odd: list[tuple[int, int, str]] = []

    def settle(self, cells: Cells) -> None:
        """Look closer at odd cells, of which `cells` is told as of those that are missing."""
        for marks in self.gone.values():
            cells.missing += int(marks.sum())
        for place, row, text in self.odd:
            found = cells.read(text, 0, "")
            if found is None:
                self.gone.setdefault(place, np.zeros(self.count, bool))[row] = True
            else:
                self.numbers[place][row] = found


def _around_cells(part: bytes, separator: str) -> bool:
    """Whether quotes stand around whole cells, or doubled within: PyArrow reads `"3"4` as 34."""
    characters = np.frombuffer(part, np.uint8)
    quotes = np.flatnonzero(characters == ord('"'))
    may = np.isin(np.arange(256), [*f'{separator}\r\n"'.encode()])
    begins, ends = quotes[::2], quotes[1::2] + 1
    begins, ends = begins[int(begins[0] == 0) :], ends[: len(ends) - int(quotes[-1] == len(part) - 1)]
    return len(quotes) % 2 == 0 and bool(may[characters[begins - 1]].all() and may[characters[ends]].all())


class Layout:
    """How the cells of a file stand: its path, what separates them, how many a row has; and which are read,
    the first so many as numbers, and these with a decimal comma."""

    def __init__(self, path: str, separator: str, width: int, places: Sequence[int], use: int) -> None:
        self.path, self.separator, self.width, self.use = path, separator, width, use
        self.places = [str(place) for place in places]

    def read(self, part: bytes, comma: bool, bad: str | None) -> Columns | None:
        """The columns of a part; None where rows are no plain ones, or with `bad` as in `Cells` a cell is an
        error."""
        if b'"' in part and not _around_cells(part, self.separator):
            return None
        found = self._quickly(part, comma, bad is not None) or self._closely(part, comma, bad is not None)
        is_blank = self.width == 1 and part[len(part.rstrip()) :].count(b"\n") > 1
        return None if found is not None and found.gone and is_blank else found  # blank lines end the file

    def _table(self, part: bytes, comma: bool, kind: Any) -> Any:
        """The columns, those of numbers of this kind; None where that cannot be read."""
        pa, pc = arrow(self.path), arrow(self.path, "csv")
        names = [str(place) for place in range(self.width)]
        kinds = dict.fromkeys(self.places[: self.use], kind)
        kinds |= dict.fromkeys(self.places[self.use :], pa.string())
        try:
            table = pc.read_csv(
                pa.BufferReader(part),
                pc.ReadOptions(use_threads=False, block_size=len(part) + 1, column_names=names),
                pc.ParseOptions(
                    delimiter=self.separator, newlines_in_values=b'"' in part,
                    ignore_empty_lines=self.width > 1,
                ),
                pc.ConvertOptions(
                    include_columns=list(dict.fromkeys(self.places)), column_types=kinds,
                    null_values=EMPTY, decimal_point="," if comma else ".",
                ),
            )  # fmt: skip
        except pa.ArrowException:
            return None
        return table.num_rows, [table.column(place).combine_chunks() for place in self.places]

    def _quickly(self, part: bytes, comma: bool, may_miss: bool) -> Columns | None:
        """Where each number is plain, or missing."""
        pa = arrow(self.path)
        if (read := self._table(part, comma, pa.float64())) is None:
            return None
        count, columns = read
        try:  # a column may be both
            numbers = [column.cast(pa.float64()) for column in columns[: self.use]]
        except pa.ArrowException:
            return None
        filled = [column.fill_null(0.0) if column.null_count else column for column in numbers]
        found = Columns(count, [one.to_numpy(zero_copy_only=False) for one in filled], columns[self.use :])
        if not are_held(found.numbers, part):
            return None
        for place, column in enumerate(numbers):
            if column.null_count:
                found.gone[place] = np.asarray(column.is_null())
                found.numbers[place] = np.where(found.gone[place], np.nan, found.numbers[place])
        return found if may_miss or not found.gone else None

    def _closely(self, part: bytes, comma: bool, may_miss: bool) -> Columns | None:
        """Where some numbers are not plain, or are none."""
        pa = arrow(self.path)
        if (comma and b"." in part) or (read := self._table(part, False, pa.string())) is None:
            return None
        count, columns = read
        found = Columns(count, [], columns[self.use :])
        for place, column in enumerate(columns[: self.use]):
            text = pc.utf8_trim_whitespace(column)
            text = pc.replace_substring(text, ",", ".") if comma else text
            gone = np.asarray(pc.is_in(pc.utf8_lower(text), value_set=pa.array(sorted(MISSING))))
            plain = pc.match_substring_regex(text, PLAIN)
            numbers = pc.if_else(plain, text, None).cast(pa.float64()).to_numpy(zero_copy_only=False).copy()
            odd = np.flatnonzero(~gone & ~(np.abs(numbers) < WHOLE))
            texts = column.take(pa.array(odd)).to_pylist()
            if not may_miss and (gone.any() or any(number(one, comma) is None for one in texts)):
                return None
            if gone.any():
                found.gone[place] = gone
            found.numbers.append(numbers)
            found.odd += [(place, row, one) for row, one in zip(odd.tolist(), texts, strict=True)]
        return found


def with_points(column: Any) -> Any:
    """A column of Arrow's, whose numbers with a decimal comma have a point instead."""
    return pc.replace_substring_regex(column, COMMA, POINT)


def are_held(arrays: Sequence[Any], part: bytes) -> bool:
    """Whether doubles are finite, and say what is written: none may have lost a digit, or be too small."""
    if not all(np.min(array, initial=0) > -WHOLE and np.max(array, initial=0) < WHOLE for array in arrays):
        return False
    tiny = (b"e" in part or b"E" in part) and any(np.any(np.abs(array) < TINY) for array in arrays)
    return not (tiny and re.search(rb"[eE]-\d{3}", part))
