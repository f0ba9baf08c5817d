"""Columns of Arrow's as numbers."""

from __future__ import annotations

from cgcli.annotations import Any, Collection, Sequence
from cgcli.data.arrow_kinds import flattened, is_time
from cgcli.data.batch import Batch
from cgcli.data.cells import WHOLE, Cells
from cgcli.diagnostics import CgError
from cgcli.later import np, pa, pc


def as_batch(
    cells: Cells,
    found: Any,
    use: Sequence[str],
    keep: Sequence[str],
    source: str,
    start: int,
    forced: Collection[str] = (),
) -> Batch:
    """A record batch, with these columns as numbers, and these as they are; texts of those that are `forced`
    are read. Raises `CgError` (kind `file`)."""
    columns: dict[str, Any] = {}
    gone: dict[str | None, Any] = {}
    for name in use:
        columns[name], marks = numbers(cells, found.column(name), name, start, name in forced)
        if marks is not None:
            gone[name] = marks
    kept = {name: found.column(name) for name in keep}
    return Batch(found.num_rows, columns, gone, kept, source, start)


def numbers(cells: Cells, column: Any, name: str, start: int, forced: bool = False) -> tuple[Any, Any]:
    """A column as doubles, with axes for what cells are arrays of; and where there is none, or None for
    nowhere. `start` is how many rows there are before; texts are read as numbers where that is `forced`.
    Raises `CgError` (kind `file`)."""
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    flat, shape = flattened(column)
    if is_time(column.type if flat is None else flat.type):
        raise CgError(
            "file", f"the column `{name}` of `{cells.path}` has dates or times, which are no numbers"
        )
    called = f"column `{name}`"
    if flat is None:
        cells.refuse("a list of another length", start + shape[0] + 1, called)
    each = int(np.prod(shape))
    doubles = _doubles(cells, flat)
    if doubles is None:
        read = [
            cells.read(
                Text(cell) if cell.__class__ is str and not forced else cell, row // each + 1, called, _hint
            )
            for row, cell in enumerate(flat.to_pylist(), start * each)
        ]
        doubles = np.array(read, float)
        gone = np.isnan(doubles) & np.array([value is None for value in read])
    elif flat.null_count:
        gone = np.asarray(flat.is_null(), bool)
        if cells.bad is None:
            cells.read(None, start + int(np.flatnonzero(gone)[0]) // each + 1, called)
        cells.missing += int(gone.reshape(len(column), -1).any(axis=1).sum())
    else:
        return doubles.reshape(len(column), *shape), None
    gone = gone.reshape(len(column), -1).any(axis=1)
    return doubles.reshape(len(column), *shape), gone if gone.any() else None


class Text(str):
    """A cell of a column of texts, which is no number whatever it says."""

    __slots__ = ()


def _hint(cell: Any) -> str | None:
    return "`--types NAME=float` reads the texts of a column as numbers" if isinstance(cell, Text) else None


def _differ(number: Any, near: float) -> bool:
    """Whether the nearest double says something else than a whole number, or than a decimal, of which 0.10
    is none that has lost a digit."""
    from decimal import Decimal

    return bool(number != near if number.__class__ is int else number != Decimal(repr(near)))


def _doubles(cells: Cells, column: Any) -> Any:
    """The nearest double of each number; None where the type is none of numbers."""
    kind, exact = column.type, column
    if pa.types.is_floating(kind):
        return np.asarray(column.to_numpy(zero_copy_only=False), float)
    if pa.types.is_null(kind):
        return np.full(len(column), np.nan)
    if pa.types.is_boolean(kind):
        column = pc.cast(column, pa.uint8())
    elif pa.types.is_decimal(kind):  # as texts: what PyArrow has directly is not the nearest double
        exact, column = column, pc.cast(column, pa.string())
    elif not pa.types.is_integer(kind):
        return None
    found = np.array(pc.cast(column, pa.float64(), safe=False).to_numpy(zero_copy_only=False), float)
    among = np.abs(found) >= WHOLE if pa.types.is_integer(kind) else np.full(len(found), exact is not column)
    if among.any():
        pairs = zip(exact.filter(pa.array(among)).to_pylist(), found[among].tolist(), strict=True)
        cells.lose([str(number) for number, near in pairs if number is not None and _differ(number, near)])
    return found
