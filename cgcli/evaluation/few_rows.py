"""A few rows of plain numbers, one after the other, which need none of what many rows do."""

from __future__ import annotations

from cgcli.annotations import Any, Sequence
from cgcli.errors import OperationError
from cgcli.evaluation.row_digits import is_lost
from cgcli.evaluation.row_function import RowFunction


def few(
    function: RowFunction, numbers: Sequence[list[float]], kept: Sequence[list[Any]]
) -> list[list[Any]] | None:
    """The columns of the answer for a few rows of plain numbers, row by row, without NumPy. None where
    there is none, or something is to be told of one: an assertion that fails, a result that is not finite
    or lost."""
    prepared, rows = function.prepared, function.rows
    outputs, checks = len(rows.outputs), len(prepared.program.assertions)
    answers, places = [], []
    for place, row in enumerate(zip(*numbers, strict=True)):
        try:
            values, found = rows.row(row)
        except OperationError:
            return None
        if any(x - x != 0 for x in found) or not all(found[outputs : outputs + checks]):
            return None
        if function.options.where is None or found[outputs + checks]:
            if is_lost(prepared, rows, row, values):
                return None
            answers.append(found[:outputs])
            places.append(place)
    if not answers:
        return None
    typed = {} if function.flat else dict(zip(function.read, numbers, strict=True))
    whole = []
    for name, column in zip(function.kept, kept, strict=True):
        whole.append(typed.get(name) or (column if function.flat else function.spelled.typed(name, column)))
    own = [[column[place] for place in places] for column in whole]
    return own + [[row[at] for row in answers] for at in range(outputs)]
