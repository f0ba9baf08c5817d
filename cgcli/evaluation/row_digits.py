"""Rows of which rounding has left no digit of a result, or decides a step, or whose derivatives are others
than those nearby as an exact 0 won over inf. They are looked for among the first of a table: where numbers
are subtracted that are nearly equal, or inf or a step is met on the way, a few rows are looked at as a
program at a point is (`evaluation.lost`, `evaluation.missed_steps`, `evaluation.unsettled`)."""

from __future__ import annotations

from math import nan

from cgcli.annotations import Any, Iterable, Mapping, Sequence
from cgcli.data.batch import Batch
from cgcli.diagnostics import CgError, Diagnostic
from cgcli.errors import OperationError
from cgcli.evaluation.cancelled import NODES, cancelling, cancels, has_steps, slopes_may_cancel
from cgcli.evaluation.derivatives import gradients
from cgcli.evaluation.prepared import Prepared
from cgcli.evaluation.rows import Rows
from cgcli.evaluation.specialised import Point
from cgcli.later import np
from cgcli.passes.forward import forward
from cgcli.render.numbers import SHORT, number

# So many rows are looked at; of those that subtract what is nearly equal, or whose cells are arrays, so many,
# and of those that are near a step.
FIRST, CLOSER, STEPPED = 1000, 4, 16


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
    meets = bool(rows.wrt) and any(value - value != 0 for value in values)
    graph = rows.left.graph
    if not meets and not cancelling(graph, values) and not _near_steps(rows, values):
        return False
    unread = dict.fromkeys(rows.columns, nan)  # what nothing needs
    point = prepared.point({**unread, **dict(zip(rows.names, row, strict=True))})
    return _lost_at(point, rows.wrt) is not None


def _near_steps(rows: Rows, values: Sequence[Any]) -> Sequence[Any]:
    """Where rows are near a step, or a corner where these matter."""
    slopes = bool(rows.wrt) and any(op.corner is not None for op in set(rows.left.graph.ops))
    if not slopes and not has_steps(rows.left):
        return ()
    from cgcli.evaluation.near_steps import near_corners, near_steps

    near = near_steps(rows.left.graph, values)
    return near + near_corners(rows.left.graph, values) if slopes else near


def _suspects(rows: Rows, batch: Batch, count: int, condition: int | None) -> Sequence[int]:
    """The first few rows to look at."""
    from cgcli.algebras import arrays

    graph = rows.left.graph
    good = np.ones(count, bool) if batch.missing is None else ~batch.missing[:count]
    if any(rows.left.shapes) or any(op.partials is None and op.arity != 0 for op in set(graph.ops)):
        return [] if condition is not None else np.flatnonzero(good)[:CLOSER].tolist()
    columns = {name: batch.numbers[name][:count] for name in rows.names}
    with arrays.quiet():
        values = forward(graph, arrays, {**rows.left.known, **columns})
        if condition is not None:
            good &= np.not_equal(values[rows.left.outputs[condition]], 0)
        found = np.flatnonzero(good & cancelling(graph, values))[:CLOSER].tolist()
        if rows.wrt:
            meets = np.zeros(count, bool)
            for value in values:
                meets |= ~np.isfinite(value)
            for node in rows.left.outputs:
                good &= np.isfinite(values[node])
            found += np.flatnonzero(good & meets)[:CLOSER].tolist()
        near = {at[0] for _, at in _near_steps(rows, values) if at and good[at]}
        found += sorted(near)[:STEPPED]
    return sorted(set(found))


def _lost_at(point: Point, wrt: Iterable[str]) -> Diagnostic | None:
    """A warning for the first value of a program that is lost at a point, or derivative by names."""
    program, names = point.program, list(wrt)
    by: Mapping[str, int] = dict(zip(names, program.nodes(names), strict=True))
    if point.warning is not None:
        return _unsettled_at(point, by) if by else None
    for output, name in zip(program.outputs, program.output_names(), strict=True):
        told: Any = None
        if cancels(point):
            from cgcli.evaluation.lost import lost_value

            told = lost_value(point, output, name)
        if told is None and by and slopes_may_cancel(point, output.node):
            from cgcli.evaluation.lost_slopes import lost_gradient

            (slopes,) = gradients(point, [output.node], list(by.values()))
            told = lost_gradient(point, output, name, by, slopes)
        if told is None and by and any(op.corner is not None for op in set(point.graph.ops)):
            from cgcli.evaluation.missed_corners import missed_corner

            told = missed_corner(point, output.node, list(by.values()))
        if told is not None:
            return told  # type: ignore[no-any-return]
    if has_steps(point):
        from cgcli.evaluation.missed_steps import missed_step

        return missed_step(point)
    return None


def _unsettled_at(point: Point, by: Mapping[str, int]) -> Diagnostic | None:
    """A warning for the first derivative at a point that is another one nearby."""
    from cgcli.evaluation.unsettled import with_limits

    program, nodes = point.program, list(by.values())
    for output, name in zip(program.outputs, program.output_names(), strict=True):
        (slopes,) = gradients(point, [output.node], nodes)
        limits = with_limits(point, output.node, nodes, slopes)
        for one, own, limit in zip(by, slopes, limits, strict=True):
            if own.__class__ is float and own != limit and own - own == 0:
                message = f"an exact 0 has won over inf on the way to d{name}/d{one} = {number(own, SHORT)}"
                hint = f"those nearby say {number(limit, SHORT)}"
                place = program.source, output.start, output.end
                return Diagnostic("convention", message, *place, hint, "warning")
    return None
