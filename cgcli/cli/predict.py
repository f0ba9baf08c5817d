"""`--predict`: a table of a fit and of its bands."""

from __future__ import annotations

import contextlib

from cgcli.annotations import Any, Iterator
from cgcli.cli.problem import Problem
from cgcli.cli.table import output_to
from cgcli.diagnostics import CgError
from cgcli.evaluation.binding import require_known
from cgcli.evaluation.rows import places
from cgcli.language.scanner import quoted


def write_predictions(problem: Problem, fit: Any, figures: Any, vector: Any) -> None:
    """Write a row for each row of the data, or of `--over`."""
    request = problem.request
    values = problem.unknowns.values(vector)
    how = _over if request.over else _of_rows if fit.data is not None else _whole
    names, parts = how(problem, fit, figures, values)
    with contextlib.ExitStack() as stack:
        sink = output_to(stack, request, "predict", names)
        for columns in parts:
            sink.write(columns, None)
        sink.close()


# The names of the columns, and blocks of them.
Made = tuple[list[str], Iterator[list[Any]]]


def _of_rows(problem: Problem, fit: Any, figures: Any, values: Any) -> Made:
    from cgcli.solving.data import blocks
    from cgcli.solving.predictions import columns, predicted

    models, data = fit.models, fit.data
    shapes = models.shapes

    def made() -> Iterator[list[Any]]:
        for batch, start, stop in blocks(data):
            rows = {name: batch.numbers[name][start:stop] for name in data.columns}
            own = [part for column in rows.values() for part in column.reshape(stop - start, -1).T]
            yield [*own, *predicted(models, figures, values, rows, stop - start, shapes, True)]

    used = [own + at for name, own in data.columns.items() for at in places(data.shapes[name])]
    return [*used, *columns(shapes, True)], made()


def _whole(problem: Problem, fit: Any, figures: Any, values: Any) -> Made:
    """Arrays that are bound whole."""
    from cgcli.solving.predictions import columns

    told = "--predict writes a row for each element of models that are vectors of one length"
    given, found = of_vectors(problem, fit, figures, values, told)
    names = [*given, *columns([()] * fit.models.count, True)]
    return names, iter([[*given.values(), *found]])


def of_vectors(
    problem: Problem, fit: Any, figures: Any, values: Any, told: str
) -> tuple[dict[str, Any], list[Any]]:
    """Of models of arrays that are bound whole a row for each element of a vector: the vectors there are by
    name, and what is predicted. Raises `CgError`, which says what is `told`, where models are no vectors."""
    from cgcli.solving.predictions import predicted

    count = fit.rows // fit.models.count
    if any(shape != (count,) for shape in fit.models.shapes):
        raise CgError("usage", told)
    known, unknowns = problem.prepared.known, problem.unknowns.names
    given = {
        name: value
        for name, value in known.items()
        if name not in unknowns and getattr(value, "shape", None) == (count,)
    }
    return given, predicted(fit.models, figures, values, {}, 1, [()] * fit.models.count, True)


def _over(problem: Problem, fit: Any, figures: Any, values: Any) -> Made:
    """The points of a grid."""
    from cgcli.cli.sources import grid_of
    from cgcli.solving.models import Models
    from cgcli.solving.predictions import columns, predicted

    grid = grid_of(problem.request, problem.session.bindings)
    program = problem.program
    inputs = {quoted(name): name for name in grid.names}
    for name in inputs:
        if name not in program.inputs or name in problem.unknowns.names:
            raise CgError("usage", f"--over: `{name}` is no column of the model")
    known = dict.fromkeys((*problem.prepared.known, *inputs), 0.0)
    needed = program.graph.ancestors([output.node for output in program.outputs[1::2]])
    absent = [name for name, node in program.inputs.items() if node in needed and name not in known]
    if absent:
        hint = f"give it points, too: --over {absent[0]}=..."
        raise CgError("usage", f"--over gives no `{absent[0]}`, which the model needs", hint=hint)
    require_known(program, known | dict.fromkeys(program.inputs, 0.0))
    models = Models(
        problem.prepared, problem.unknowns, dict.fromkeys(inputs, ()), fit.sigmas, right_alone=True
    )
    shapes = models.shapes

    def made() -> Iterator[list[Any]]:
        for batch in grid.batches(grid.names, [], None):
            rows = {name: batch.numbers[own] for name, own in inputs.items()}
            yield [*rows.values(), *predicted(models, figures, values, rows, batch.count, shapes, False)]

    return [*grid.names, *columns(shapes, False)], made()
