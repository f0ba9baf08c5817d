"""Groups of rows: those that have the same cells in some columns."""

from __future__ import annotations

from math import nan

import numpy as np

from cgcli.annotations import Any, Sequence
from cgcli.data.batch import Batch, listed
from cgcli.diagnostics import CgError

# The number of a cell takes so many bits beside that of the cells before it.
BITS = 31


class Groups:
    """The groups by the cells of some columns, numbered as they first appear. Every nan is the same cell.

    count   how many there are
    """

    def __init__(self) -> None:
        self.count = 0
        self._cells: list[dict[Any, int]] = []  # by column: the number of each cell
        self._pairs: list[Numbers] = []  # of a group of the columns before, and a cell of the next

    def of(self, batch: Batch, columns: Sequence[tuple[str, Any]]) -> Any:
        """The group of each row of a batch, of which there are the columns of these names. Raises `CgError`
        (kind `file`) for cells by which there are no groups."""
        if not self._cells:
            self._cells = [{} for _ in columns]
            self._pairs = [Numbers() for _ in columns[1:]]
        found = np.zeros(batch.count, int)
        self.count = max(self.count, min(batch.count, 1))
        for place, (name, column) in enumerate(columns):
            cells = self._cells[place]
            numbers = _numbered(cells, batch, name, column)
            if place == 0:
                found, self.count = numbers, len(cells)
            else:
                pairs = self._pairs[place - 1]
                found = pairs.of(found << BITS | numbers)
                self.count = len(pairs.codes)
        return found

    def columns(self) -> list[list[Any]]:
        """The cells that groups have in common: a list of each column."""
        found, at = [], np.arange(self.count)
        for cells, pairs in zip(self._cells[::-1], [*self._pairs[::-1], None], strict=False):
            codes = at if pairs is None else np.array(pairs.codes, int)[at]
            at = codes >> BITS
            own = [*cells]
            found.append([own[number] for number in (codes & (1 << BITS) - 1).tolist()])
        return found[::-1]


class Numbers:
    """Whole numbers, numbered as they first appear.

    codes       which they are, by their numbers
    """

    def __init__(self) -> None:
        self.codes: list[int] = []
        self._sorted = np.zeros(0, int)
        self._numbers = np.zeros(0, int)  # of those that are sorted

    def of(self, codes: Any) -> Any:
        """The number of each."""
        at = self._places(codes)
        fresh = codes[self._sorted[at] != codes] if len(self._sorted) else codes
        if len(fresh):
            new, first = np.unique(fresh, return_index=True)
            numbers = np.empty(len(new), int)
            order = np.argsort(first)
            numbers[order] = np.arange(len(self.codes), len(self.codes) + len(new))
            self.codes += new[order].tolist()
            between = np.searchsorted(self._sorted, new)
            self._sorted = np.insert(self._sorted, between, new)
            self._numbers = np.insert(self._numbers, between, numbers)
            at = self._places(codes)
        return self._numbers[at]

    def _places(self, codes: Any) -> Any:
        return np.minimum(np.searchsorted(self._sorted, codes), len(self._sorted) - 1)


def _numbered(numbers: dict[Any, int], batch: Batch, name: str, column: Any) -> Any:
    """The number of each cell of a column; those of new ones are added."""
    if hasattr(column, "dictionary_encode"):  # an array of Arrow's
        if hasattr(column, "dictionary_decode"):  # with cells that no row may have
            column = column.dictionary_decode()
        try:
            encoded = column.dictionary_encode("encode")
        except NotImplementedError:
            pass
        else:
            cells = _cells(batch, name, encoded.dictionary)
            own = np.array([numbers.setdefault(cell, len(numbers)) for cell in cells], int)
            return own[encoded.indices.to_numpy(zero_copy_only=False)]
    cells = _cells(batch, name, column)
    return np.fromiter((numbers.setdefault(cell, len(numbers)) for cell in cells), int, len(cells))


def _cells(batch: Batch, name: str, column: Any) -> list[Any]:
    cells: list[Any] = [*listed(column)]
    for row, cell in enumerate(cells):
        if cell != cell and cell.__class__ is float:
            cells[row] = nan
        if cell.__class__ in (list, dict):
            what = "a list" if cell.__class__ is list else "an object"
            told = f"{batch.row(row)} has {what} in column `{name}`, by which there are no groups"
            raise CgError("file", told)
    return cells
