"""Errors and warnings about rows: an assertion that fails, values that are not finite."""

from __future__ import annotations

from math import prod

from cgcli.annotations import Any, Sequence
from cgcli.control.tree import Print, every
from cgcli.data.batch import Batch
from cgcli.diagnostics import CgError, Diagnostic, abridged
from cgcli.errors import OperationError
from cgcli.evaluation.prepared import Prepared
from cgcli.evaluation.rows import Rows
from cgcli.language.program import Program
from cgcli.later import np
from cgcli.render.numbers import number


class RowFailed(Exception):
    """The error of a row, and which it is."""

    def __init__(self, row: int, error: CgError) -> None:
        super().__init__(row)
        self.row, self.error = row, error


def require_assertions(prepared: Prepared, rows: Rows, batch: Batch, found: Sequence[Any]) -> None:
    """Raise `CgError` for the first row in which an assertion fails."""
    failed: list[tuple[int, int]] = []
    for place, column in enumerate(found):
        holds = np.abs(_flat(column)) > 0
        wrong = np.flatnonzero(~holds.all(axis=1))
        if batch.missing is not None:
            wrong = wrong[~batch.missing[wrong]]
        if len(wrong):
            failed.append((int(wrong[0]), place))
    if failed:
        row, place = min(failed)
        try:
            prepared.at_row(rows.columns, batch.numbers, row)
        except CgError as error:
            error.diagnostic.message += f", in {batch.row(row)}"
            raise
        of = rows.program.assertions[place]  # it holds but for the rounding that is another one in rows
        raise CgError(
            "assert", f"assertion failed in {batch.row(row)}", rows.program.source, of.start, of.end
        )


def row_error(prepared: Prepared, rows: Rows, batch: Batch, error: OperationError) -> CgError:
    """The error for the first row for which an operation has no answer."""
    for row in range(batch.count):
        if batch.missing is None or not batch.missing[row]:
            try:
                prepared.at_row(rows.columns, batch.numbers, row)
            except CgError as found:
                found.diagnostic.message += f", in {batch.row(row)}"
                return found
    return CgError(
        error.kind or "matrix", error.message or "an operation has no answer", rows.program.source, 0
    )


def lost_rows(rows: Rows, batch: Batch, found: Sequence[Any], strict: bool = False) -> tuple[Any, int | None]:
    """How many rows have a result that is not finite although what they read is, or with `strict` whatever
    that is, with the same by the name of a result; and the first of these rows. None where there is none."""
    wrong = [~np.isfinite(_flat(column)).all(axis=1) for column in found]
    wrong = [column if column.any() else None for column in wrong]
    some = [column for column in wrong if column is not None]
    if not some:
        return None, None
    lost = np.logical_or.reduce(some)
    for name in () if strict else rows.names:
        lost &= np.isfinite(_flat(batch.numbers[name])).all(axis=1)
    if batch.missing is not None:
        lost &= ~batch.missing
    if not lost.any():
        return None, None
    labels = zip(rows.labels(False), wrong, strict=True)
    counts = {name: int((column & lost).sum()) for name, column in labels if column is not None}
    return (int(lost.sum()), counts), int(np.flatnonzero(lost)[0])


def row_warning(
    prepared: Prepared, rows: Rows, batch: Batch, found: Sequence[Any], row: int, strict: bool = False
) -> Diagnostic | None:
    """A warning for a row that has a result that is not finite although what it reads is, or with `strict`
    whatever it reads."""
    warning: Diagnostic | None = prepared.at_row(rows.columns, batch.numbers, row).warning
    if warning is None:
        return _result(rows, batch, found, row, strict)
    warning.message += f", in {batch.row(row)}"
    return warning


class Lost:
    """What is lost in all rows together."""

    def __init__(self) -> None:
        self._rows, self._counts, self._is_told = 0, dict[str, int](), False

    def add(self, batch: Batch) -> None:
        self._is_told = self._is_told or batch.warning is not None
        if batch.lost is not None:
            rows, counts = batch.lost
            self._rows += rows
            for name, count in counts.items():
                self._counts[name] = self._counts.get(name, 0) + count

    def note(self) -> Diagnostic | None:
        """What to tell beside the first warning: of how many rows it is one."""
        if not self._is_told or self._rows < 2:
            return None
        found = [f"`{name}` in {count:,}" for name, count in self._counts.items() if count]
        told = f"{self._rows:,} rows have results that are not finite: {abridged(found, 8)}"
        return Diagnostic("nonfinite", told, severity="note")


def unprinted(program: Program) -> Diagnostic | None:
    """What to say of the first `print` of a program: it is not for rows."""
    for part in () if program.tree is None else every(program.tree.body):
        if part.__class__ is Print:
            hint = "a name that has the value is a column: --show NAME"
            told = "`print` says nothing where there are rows"
            return Diagnostic("data", told, program.source, part.start, part.stop, hint, "note")
    return None


def _flat(column: Any) -> Any:
    """A row a row, whatever axes its cell has."""
    return column.reshape(len(column), prod(column.shape[1:]))


def _result(rows: Rows, batch: Batch, found: Sequence[Any], row: int, strict: bool) -> Diagnostic | None:
    """The warning for a derivative that is not finite, where the values are; with `strict` for any result."""
    for (name, by), column in zip(rows.outputs, found, strict=True):
        value = np.ravel(column[row])
        if (strict or by is not None) and not np.isfinite(value).all():
            shown = number(float(value[~np.isfinite(value)][0]))
            what = f"`{name}`" if by is None else f"the derivative d{name}/d{by}"
            message = f"{what} is {shown}, in {batch.row(row)}"
            output = next(o for o, n in zip(rows.program.outputs, rows.program.output_names()) if n == name)
            return Diagnostic(
                "nonfinite", message, rows.program.source, output.start, output.end, severity="warning"
            )
    return None
