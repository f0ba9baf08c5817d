"""Cells to numbers: what is a number, what is missing, and what becomes of cells that are not numbers."""

from __future__ import annotations

import re
from math import inf, nan

from cgcli.annotations import Any, Callable, Sequence
from cgcli.diagnostics import CgError, Diagnostic
from cgcli.later import np
from cgcli.ops.constants import BEYOND, Written, literal
from cgcli.shapes import counted

# Below this size every whole number is a double.
WHOLE = 2.0**53

TRUTH = {"true": 1.0, "false": 0.0}

# Cells without a value, in any case.
MISSING = {"", "na", "n/a", "#n/a", "null"}

# Where decimal commas may be, a number whose point is either a decimal one or stands between thousands, and
# one whose point is a decimal one.
EITHER = re.compile(r"[+-]?[1-9]\d{0,2}\.\d{3}")
POINT = re.compile(r"[+-]?(0\d*|\d{4,}|)\.\d*|[+-]?\d*\.(\d{0,2}|\d{4,})")

# A number as it stands in ledgers.
ADORNED = re.compile(
    r"(?:[$€£¥]\s?)?(?P<whole>[+-]?\d+)(?P<thousands>(?:([,.'\s])\d{3}(?!\d))(?:\3\d{3}(?!\d))*)?"
    r"(?P<rest>[.,]\d+)?\s?(?:[$€£¥]|[A-Za-z]{1,4})?"
)

# What becomes of a row with a cell that is missing, or no number: an error where it is neither.
NULL, DROP = "null", "drop"

# Readers of JSON and TOML leave these as text; any other number that is infinite was too large for a double.
NOT_FINITE = {"NaN": nan, "Infinity": inf, "-Infinity": -inf}


def number(cell: str, comma: bool = False) -> float | None:
    """A cell as programs write a number (but `1_000`), a truth, nan or inf; None for anything else. With
    `comma`, a decimal comma is read, too."""
    text = cell.strip()
    if "_" in text or not text.isascii():  # Python would read `2024_01`, which is no number to anybody else
        return None
    if comma and "." not in text:
        text = text.replace(",", ".")
    try:
        return literal(text) if len(text) > 15 or "e" in text.lower() else float(text)
    except ValueError:
        pass
    sign, digits = (-1.0, text[1:]) if text[:1] == "-" else (1.0, text.removeprefix("+"))
    if digits[:2].lower() in ("0x", "0b") and digits[2:].isalnum():
        try:
            return sign * literal(digits)
        except ValueError:
            return None
    return TRUTH.get(text.lower())


def plain_numbers(cells: list[str]) -> Any:
    """All cells as numbers, quickly, where each is a plain one; None where any needs a closer look, as it is
    not finite, or may have lost a digit, or be too small."""
    text = ",".join(cells)
    if "_" in text or not text.isascii():
        return None
    try:
        numbers = np.array(list(map(float, cells)))
    except ValueError:
        return None
    if numbers.size and not max(np.max(numbers), -np.min(numbers)) < WHOLE:
        return None
    is_tiny = any(sign in text and re.search(rf"{sign}\d{{3}}", text) for sign in ("e-", "E-"))
    return None if is_tiny else numbers


def is_missing(cell: Any) -> bool:
    return cell is None or (isinstance(cell, str) and cell.strip().lower() in MISSING)


def as_number(value: Any) -> float | None:
    """A value of JSON or TOML as a number; None where it is none."""
    if isinstance(value, str):
        return NOT_FINITE.get(value)
    if not isinstance(value, (int, float)):
        return None
    try:
        return float(value)
    except OverflowError:
        return inf if value > 0 else -inf


def lost(value: Any, found: float) -> tuple[str, str] | None:
    """Where a number is that was read, and what it is as a double, where that says something else."""
    if isinstance(value, str):
        return None
    if found in (inf, -inf):
        return BEYOND
    if value.__class__ is int and value != found:
        value = literal(str(value))
    return value.lost if value.__class__ is Written else None


def between(number: str) -> tuple[str, str]:
    """Where a number is, and what it is as a double, as `lost` has it."""
    return "between two doubles", f"the nearest of `{number}`"


def odd_ones(array: Any, found: Any) -> list[str]:
    """The whole numbers of an array that are not what they are as doubles."""
    if array.dtype.kind not in "iu":
        return []
    large = abs(found) >= WHOLE
    pairs = zip(array[large].tolist(), found[large].tolist(), strict=True) if large.any() else ()
    return [str(number) for number, near in pairs if number != near]


def no_double(called: str, where: str, found: str, count: int = 1) -> Diagnostic:
    """The warning for numbers that no double holds, of which the first is `where`."""
    message = f"{called} has a number {where}, which is {found}"
    if count > 1:
        message = f"{called} has {count} numbers that no double holds: the first is {where}, and is {found}"
    return Diagnostic("number", message, severity="warning")


class Cells:
    """Turns the cells of a table into numbers, one after the other.

    path        of the table, for messages, and what its rows are called
    bad         what becomes of a cell that is missing or no number: with `NULL` and `DROP` it is nan
    comma       whether a decimal comma is read, and
    commas      whether there was one
    points      whether a number had a point that can be no other than a decimal one
    either      the first that has another point
    ragged      how many rows have another length
    spelled     whether numbers stand there as text, as they do in CSV
    missing     how many cells were missing, and
    other       how many others are no numbers
    lost        how many numbers no double holds, and the first of them
    """

    def __init__(
        self, path: str, unit: str, bad: str | None = None, comma: bool = False, spelled: bool = True
    ) -> None:
        self.path, self.unit, self.bad, self.comma, self.spelled = path, unit, bad, comma, spelled
        self.missing = self.other = self.lost = self.ragged = 0
        self.commas, self.points, self.either = False, False, ""
        self.first = ("", "")

    def read(self, cell: Any, row: int, column: str, hint: Callable[..., Any] | None = None) -> float | None:
        """A number, or None for a cell that has none. Raises `CgError` (kind `file`), with row and column,
        where that is an error; `hint` says what may be wrong with a cell that is no number."""
        is_text = cell.__class__ is str
        text = is_text and self.spelled and cell not in NOT_FINITE
        value = number(cell, self.comma) if text else as_number(cell)
        if text and self.comma and value is not None and self._is_either(cell.strip()):
            value, hint = None, _either
        if value is not None:
            if abs(float(value)) >= WHOLE or value.__class__ is Written or cell.__class__ is Written:
                told = lost(value if is_text else cell, value)
                if told and not (is_text and "inf" in cell.lower()):
                    self.first = self.first if self.lost else told
                    self.lost += 1
            return float(value)
        if self.bad is None:
            raise self._error(cell, row, column, hint(cell) if hint else None)
        if is_missing(cell):
            self.missing += 1
        else:
            self.other += 1
        return None

    def lose(self, odd: Sequence[str]) -> None:
        """Some numbers are read that lie between two doubles."""
        if odd:
            self.first = self.first if self.lost else between(odd[0])
            self.lost += len(odd)

    def is_plain(self, cells: list[str]) -> bool:
        """Whether points in numbers need no closer look."""
        return not self.comma or (self.points and not self.commas) or not any("." in cell for cell in cells)

    def _is_either(self, cell: str) -> bool:
        """Whether nobody knows what the point in a number means, as others have a decimal comma."""
        self.commas = self.commas or "," in cell
        self.points = self.points or POINT.fullmatch(cell) is not None
        if not EITHER.fullmatch(cell):
            return False
        self.either = self.either or ("" if self.commas else cell)
        return self.commas

    def refuse(self, what: str, row: int, column: str) -> None:
        """Raise `CgError` (kind `file`) for something else than a cell."""
        raise CgError("file", f"{self.unit} {row} of `{self.path}` has {what} in {column}")

    def _error(self, cell: Any, row: int, column: str, hint: str | None) -> CgError:
        text = " ".join(cell.split()) if isinstance(cell, str) else "null" if cell is None else str(cell)
        shown = f"`{text[:40]}`" if text else "an empty cell"
        if is_missing(cell) and text:
            shown = f"a missing cell, {shown},"
        message = f"{self.unit} {row} of `{self.path}` has {shown} in {column}"
        if not is_missing(cell):
            message += ", which may have one of two meanings" if hint and "decimal comma" in hint else ""
            message += "" if hint and "decimal comma" in hint else ", which is not a number"
        if hint is None:
            bare = adorned(cell) if isinstance(cell, str) else ""
            hint = f"{bare}`--bad null` reads nan, `--bad drop` leaves the row out"
        return CgError("file", message, hint=hint)

    def warnings(self) -> list[Diagnostic]:
        """Of numbers that no double holds, and of a point that may have another meaning."""
        found = [no_double(f"`{self.path}`", *self.first, count=self.lost)] if self.lost else []
        if self.either and (self.commas or not self.points):
            message = f"`{self.path}` has `{self.either}`, whose point is read as a decimal one"
            hint = f"where it stands between thousands, it is `{self.either.replace('.', '')}`"
            found.append(Diagnostic("number", message, hint=hint, severity="warning"))
        return found


def adorned(cell: str) -> str:
    """The begin of a hint at a cell that is a number with separators of thousands, a currency or a unit."""
    found = ADORNED.fullmatch(cell.strip())
    if found is None:
        return ""
    whole, thousands, rest = found["whole"], found["thousands"] or "", found["rest"] or ""
    if thousands and rest[:1] == thousands[0]:  # as in 1.234.567
        return ""
    bare = whole + re.sub(r"[,.'\s]", "", thousands) + rest.replace(",", ".")
    return f"a number stands alone, as `{bare}`; "


def _either(cell: str) -> str:
    whole, comma = (cell.strip().replace(".", mark) for mark in ("", ","))
    return f"other numbers have a decimal comma: write `{whole}`, or `{comma}`"


def told(missing: int, other: int) -> str:
    """`2 missing cells and 1 that is no number`."""
    parts = [counted(missing, "missing cell")] if missing else []
    if other:
        count = str(other) if missing else counted(other, "cell")
        parts.append(f"{count} that {'is no number' if other == 1 else 'are no numbers'}")
    return " and ".join(parts)


def told_rows(ragged: int) -> str:
    return f"{counted(ragged, 'row')} of another length"
