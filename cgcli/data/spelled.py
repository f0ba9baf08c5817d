"""Columns of text files that are handed on to where cells have types: numbers become numbers."""

from __future__ import annotations

import re

from cgcli.annotations import Any, Collection
from cgcli.data.batch import Batch
from cgcli.data.cells import MISSING, is_missing
from cgcli.diagnostics import CgError
from cgcli.later import np, pa, pc

# Numbers that say nothing beside their value: `007` and `+49` do, and have more digits than doubles in them
# those that are longer than these.
WHOLE = r"-?(0|[1-9][0-9]{0,17})"
NUMBER = r"-?(((0|[1-9][0-9]{0,15})(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?|nan|NaN|inf|Infinity)"
PATTERNS = {int: WHOLE, float: NUMBER}


class Spelled:
    """What the cells of columns become, as all those of the first batch have it: whole numbers, numbers, or
    else what they are.

    texts       columns that are handed on as texts, whatever they hold
    """

    def __init__(self, texts: Collection[str] = ()) -> None:
        self._kinds: dict[str, Any] = dict.fromkeys(texts, str)

    def handed(self, name: str, batch: Batch, used: str | None = None) -> Any:
        """A column of a batch with its type; one that is read as numbers, and `used` by that name, has
        these."""
        column = batch.kept[name]
        texts = isinstance(column, list) and all(cell.__class__ is str for cell in column[:1])
        if used is not None and (texts or str(getattr(column, "type", "")) == "string"):
            marks = batch.without((None, name))
            return np.ma.array(batch.numbers[used], mask=np.ma.nomask if marks is None else marks)
        return self.typed(name, column, batch) if batch.spelled else column

    def typed(self, name: str, column: Any, batch: Batch | None = None) -> Any:
        """A column of texts with its type. Raises `CgError` (kind `file`) for a cell that has another one
        than those of the batches before."""
        if name not in self._kinds:
            self._kinds[name] = _kind(column if isinstance(column, list) else column.to_pylist())
        kind = self._kinds[name]
        if kind is str:
            return column
        found = None if isinstance(column, list) else _quickly(column, kind)
        if found is not None:
            return found
        read, cells = [], column if isinstance(column, list) else column.to_pylist()
        for row, cell in enumerate(cells):
            if not is_missing(cell) and not re.fullmatch(PATTERNS[kind], cell.strip()):
                where = f"{batch.row(row)} has " if batch else ""
                what = "whole numbers" if kind is int else "numbers"
                told = f"{where}`{cell[:40]}` in column `{name}`, whose cells before are {what}"
                hint = f"`--types {name}=text` hands it on as it stands"
                raise CgError("file", told, hint=hint)
            read.append(None if is_missing(cell) else kind(cell))
        return read


def _kind(cells: list[str | None]) -> Any:
    some = [cell.strip() for cell in cells if cell is not None and not is_missing(cell)]
    for kind, pattern in PATTERNS.items():
        matches = re.compile(pattern).fullmatch
        if some and all(map(matches, some)):
            return kind
    return str


def _quickly(column: Any, kind: Any) -> Any:
    """By PyArrow; None where a cell is no such number."""
    gone = pc.is_in(pc.utf8_lower(column), value_set=pa.array(sorted(MISSING)))
    fits = pc.match_substring_regex(column, f"^{PATTERNS[kind]}$")
    if not pc.all(pc.or_(gone, fits), min_count=0).as_py():
        return None
    numbers = pc.if_else(gone, None, column)
    try:
        return numbers.cast(pa.int64() if kind is int else pa.float64())
    except pa.ArrowInvalid:
        return None
