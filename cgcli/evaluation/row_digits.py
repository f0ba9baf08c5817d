"""Rows of which rounding has left no digit of a result. They are looked for among the first of a table: where
numbers are subtracted that are nearly equal, a few rows are looked at as a program at a point is
(`evaluation.lost`)."""

from __future__ import annotations

from cgcli.annotations import Any, Iterable, Mapping, Sequence
from cgcli.data.batch import Batch
from cgcli.diagnostics import CgError, Diagnostic
from cgcli.errors import OperationError
from cgcli.evaluation.cancelled import NODES, cancelling, cancels, slopes_may_cancel
from cgcli.evaluation.derivatives import gradients
from cgcli.evaluation.prepared import Prepared
from cgcli.evaluation.rows import Rows
from cgcli.evaluation.specialised import Point
from cgcli.passes.forward import forward

# So many rows are looked at; of those that subtract what is nearly equal, or whose cells are arrays, so many.
FIRST, CLOSER = 1000, 4


def lost_in_rows(prepared: Prepared, rows: Rows, batch: Batch, condition: int | None) -> Diagnostic | None:
    """A warning for the first row that is found; of those in which a node is not 0, where there is such a
    `condition` among the outputs."""
    count = min(batch.count, FIRST)
    if rows.left is None or len(rows.left.graph) > NODES or not count or not rows.names:
        return None
    try:
        suspects = _suspects(rows, batch, count, condition)
    except (OperationError, MemoryError):
        return None
    for row in suspects:
        try:
            told = _lost_at(prepared.at_row(rows.columns, batch.numbers, row), rows.wrt)
        except CgError:
            continue
        if told is not None:
            told.message += f", in {batch.row(row)}"
            return told
    return None


def is_lost(prepared: Prepared, rows: Rows, row: Sequence[float], values: Sequence[float]) -> bool:
    """Whether a result of a row of numbers is, with the values of what is left of the program there."""
    if not cancelling(rows.left.graph, values):
        return False
    point = prepared.point(dict(zip(rows.names, row, strict=True)))
    return _lost_at(point, rows.wrt) is not None


def _suspects(rows: Rows, batch: Batch, count: int, condition: int | None) -> Sequence[int]:
    """The first few rows to look at."""
    import numpy as np

    from cgcli.algebras import arrays

    graph = rows.left.graph
    good = np.ones(count, bool) if batch.missing is None else ~batch.missing[:count]
    if any(rows.left.shapes) or any(op.partials is None and op.arity != 0 for op in set(graph.ops)):
        return [] if condition is not None else np.flatnonzero(good)[:CLOSER].tolist()
    columns = {name: batch.numbers[name][:count] for name in rows.names}
    with arrays.quiet():
        values = forward(graph, arrays, {**rows.left.known, **columns})
        good &= cancelling(graph, values)
    if condition is not None:
        good &= np.not_equal(values[rows.left.outputs[condition]], 0)
    return list(np.flatnonzero(good)[:CLOSER].tolist())


def _lost_at(point: Point, wrt: Iterable[str]) -> Diagnostic | None:
    """A warning for the first value of a program that is lost at a point, or derivative by names."""
    program, names = point.program, list(wrt)
    if point.warning is not None:
        return None
    by: Mapping[str, int] = dict(zip(names, program.nodes(names), strict=True))
    for output, name in zip(program.outputs, program.output_names(), strict=True):
        told: Any = None
        if cancels(point):
            from cgcli.evaluation.lost import lost_value

            told = lost_value(point, output, name)
        if told is None and by and slopes_may_cancel(point, output.node):
            from cgcli.evaluation.lost_slopes import lost_gradient

            (slopes,) = gradients(point, [output.node], list(by.values()))
            told = lost_gradient(point, output, name, by, slopes)
        if told is not None:
            return told  # type: ignore[no-any-return]
    return None
