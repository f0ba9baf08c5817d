"""Rows as they pass through a computation: a batch of them, column by column."""

from __future__ import annotations

from cgcli.annotations import Any, Iterable, Mapping
from cgcli.diagnostics import CgError
from cgcli.later import np, pa


class Batch:
    """Some rows of a table, one after the other.

    count       how many
    numbers     columns in use: arrays of doubles with an axis of rows in front
    gone        by the name of a column in use, where its number is missing or no number, as truths; by
                None, where a whole row is none
    missing     where any of these is so, or None for nowhere
    kept        columns that are handed on as they are: lists or arrays
    places      of its rows among those of the batch that they were chosen of, or None where these are all
    spelled     whether what is handed on stands as text in the file, whatever it is
    read        how many rows have been read for these: with those that are left out
    source      the file they stand in, and
    start       how many rows stand before them there
    """

    __slots__ = (
        "count",
        "digits",
        "gone",
        "kept",
        "lost",
        "missing",
        "numbers",
        "places",
        "read",
        "source",
        "spelled",
        "start",
        "warning",
    )

    def __init__(
        self,
        count: int,
        numbers: Mapping[str, Any],
        gone: Mapping[str | None, Any] | None = None,
        kept: Mapping[str, Any] | None = None,
        source: str = "",
        start: int = 0,
        spelled: bool = False,
    ) -> None:
        self.count, self.numbers, self.gone = count, dict(numbers), dict(gone or {})
        self.missing = self.without(self.gone)
        self.warning: Any = None  # of a result that is not finite
        self.digits: Any = None  # a warning of a result of which rounding has left no digit
        self.lost: Any = None  # how many rows have such a result, and by its name how many have which
        self.places: Any = None
        self.read = count
        self.kept, self.source, self.start, self.spelled = dict(kept or {}), source, start, spelled

    def row(self, place: int) -> str:
        """What a row is called in messages."""
        place = place if self.places is None else int(self.places[place])
        return f"row {self.start + place + 1}" + (f" of `{self.source}`" if self.source else "")

    def without(self, names: Iterable[str | None]) -> Any:
        """Which rows have no number in one of these columns: an array of truths, or None for none."""
        found = None
        for name in names:
            marks = self.gone.get(name)
            if marks is not None:
                found = marks if found is None else found | marks
        return found

    def only(self, rows: Any) -> Batch:
        """The rows at these places, or where an array of truths has them."""
        places = np.flatnonzero(rows) if rows.dtype == bool else rows
        kept = {name: _taken(column, places) for name, column in self.kept.items()}
        numbers = {name: column[places] for name, column in self.numbers.items()}
        gone = {name: marks[places] for name, marks in self.gone.items()}
        found = Batch(len(places), numbers, gone, kept, self.source, self.start, self.spelled)
        found.read = self.read
        found.places = places if self.places is None else self.places[places]
        return found

    def part(self, start: int, stop: int) -> Batch:
        """The rows from one place to another."""
        found = self.only(np.arange(start, stop))
        found.read = stop - start
        return found


def nothing_at(column: Any, missing: Any) -> Any:
    """Where a column of numbers has nothing: one of NumPy's masked arrays says so itself, and others have
    nothing where `missing` is true. None for nowhere."""
    marks = getattr(column, "mask", missing)
    return marks if getattr(marks, "shape", ()) else None


def _taken(column: Any, places: Any) -> Any:
    if hasattr(column, "take"):  # an array of NumPy's, or of Arrow's
        return column.take(places)
    return [column[place] for place in places]


def listed(column: Any) -> list[Any]:
    """The cells of a column of any kind. Raises `CgError` (kind `file`) for times that have no text."""
    if isinstance(column, list):
        return column
    if not hasattr(column, "to_pylist"):
        return list(column.tolist())
    try:
        return list(column.to_pylist())
    except ValueError:  # of nanoseconds, which Python's times have not
        try:
            return list(column.cast(pa.string()).to_pylist())
        except pa.ArrowException:
            told = f"cells of the type {column.type} are finer than times that have a text"
            raise CgError("file", told) from None
