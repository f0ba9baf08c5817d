"""`cg fit`: the parameters of models, fitted to data."""

from __future__ import annotations

import cgcli.cli.one_thread  # noqa: F401  before NumPy comes

# isort: split
from cgcli.annotations import Any
from cgcli.cli.fit_answer import FitAnswer, nothing, require_residuals
from cgcli.cli.problem import Problem
from cgcli.cli.request import Request
from cgcli.cli.solutions import finish, recorded, require_outcome, save, search, write_record, write_text
from cgcli.cli.table import ending_for
from cgcli.cli.watching import Steps
from cgcli.diagnostics import CgError, Diagnostic
from cgcli.ending import Ended, Ending
from cgcli.evaluation.warnings import of_one_row
from cgcli.shapes import counted


@search
def command(request: Request, ending: Ending) -> int:
    """Fit, and write what is found; returns the exit status."""
    _require_sense(request)
    with recorded(request, nothing(None, "")):
        problem = Problem(request, {"sigma": request.sigma}, models=True)
    _require_models(problem)
    seconds = problem.session.limits().seconds
    with recorded(request, nothing(problem.unknowns, "")):
        ending.limit(seconds)
        fit = _fit(request, problem)
    return _Run(request, problem, fit, ending).status()


def _fit(request: Request, problem: Problem) -> Any:
    from cgcli.solving.data import Data
    from cgcli.solving.fitting import Fit

    data = None
    if problem.table is not None:
        data = Data(problem.table, problem.columns, request.bad)
    sigmas = [output for outputs in problem.beside.get("sigma", []) for output in outputs]
    return Fit(problem.prepared, problem.unknowns, data, sigmas, request.loss)


def _require_sense(request: Request) -> None:
    """Raise `CgError` (kind `usage`) for options that make no sense."""
    require_outcome(request)
    if request.predict is not None:
        ending_for(request.predict, "predict")
    if request.plot is not None:
        from cgcli.cli.plot import require

        require(request.plot)
    if not 0 < request.interval < 1:
        raise CgError("usage", f"--interval is a chance between 0 and 1, and not {request.interval:g}")
    if request.over and request.predict is None:
        raise CgError("usage", "--over is for the table of --predict", hint="data are those of --data")


def _require_models(problem: Problem) -> None:
    """Raise `CgError` for a program that has no models, or something else beside them."""
    program, models = problem.program, 0
    for statement in program.statements:
        models += statement.kind == "model"
    for statement in program.statements:
        if statement.kind == "output" and statement.start <= len(problem.source.text):
            told = "this states no model" if models else "the program has no `~`"
            hint = "a model is stated as in: y ~ a*x + b"
            raise CgError("syntax", told, program.source, statement.start, statement.stop, hint)
    if not models:
        raise CgError(
            "syntax", "the program has no `~`", program.source, 0, hint="a model is stated as in: y ~ a*x + b"
        )
    given = len(problem.beside.get("sigma", []))
    if given not in (0, 1, models):
        raise CgError("usage", f"--sigma is given {given} times for {counted(models, 'model')}")
    for outputs in problem.beside.get("sigma", []):
        if len(outputs) > 1:
            place = outputs[1].start, outputs[1].end
            raise CgError(
                "usage", "--sigma takes one expression; repeat it for several", program.source, *place
            )


class _Run:
    """A fit, from its start to what is written of it."""

    def __init__(self, request: Request, problem: Problem, fit: Any, ending: Ending) -> None:
        self.request, self.problem, self.fit, self.unknowns = request, problem, fit, problem.unknowns
        self.ending = ending

    def status(self) -> int:
        from cgcli.solving.inspection import require_assertions, require_finite, require_once
        from cgcli.solving.statistics import Figures

        request, fit, unknowns = self.request, self.fit, self.unknowns
        with recorded(request, nothing(unknowns, "")):
            unknowns.require_finite()
            require_once(fit)
            require_finite(fit, unknowns.start, slopes=not fit.has_many)
            require_residuals(fit)
        if fit.data is not None:
            sketch = fit.models.sketch
            note = of_one_row(sketch.program, sketch.shapes, sketch.cells)
            self.problem.session.warn(*fit.data.notes, note)
        if fit.idle:
            told = f"residuals that do not count, as their --sigma is inf: {fit.idle}"
            self.problem.session.warn(Diagnostic("data", told, severity="note"))
        with recorded(request, nothing(unknowns, "")):
            outcome = self._found()
        figures = Figures(fit, outcome.vector, request.interval, outcome.triangle)
        answer = FitAnswer(fit, outcome, figures, self._sensitivity(outcome.vector, figures.free))
        if request.format == "json":
            write_record(request, answer.record())
        else:
            write_text(request, answer.lines(), answer.comments(request.digits))
        require_assertions(fit, outcome.vector)
        save(request, unknowns.values(outcome.vector))
        if request.predict is not None and outcome.ended is None:
            from cgcli.cli.predict import write_predictions

            write_predictions(self.problem, fit, figures, outcome.vector)
        if request.plot is not None and outcome.ended is None:
            from cgcli.cli.plot import plot

            plot(self.problem, fit, figures, outcome.vector)
        return finish(request, not answer.problems, answer.reason, outcome.ended)

    def _found(self) -> Any:
        """What the search finds; where it is ended, the best point so far."""
        from cgcli.solving.fitting import search
        from cgcli.solving.least_squares import STEPS
        from cgcli.solving.outcome import Outcome

        request, fit, unknowns = self.request, self.fit, self.unknowns
        steps = Steps(request, self.ending, unknowns.labels(), compares=not fit.has_many)
        starts = unknowns.starts(request.starts, request.random_seed)
        try:
            return search(fit, starts, request.max_steps or STEPS, request.tolerance, steps)
        except Ended as end:
            vector, told = steps.best(end), end.after(steps.count, "step")
            outcome = Outcome(vector, "lm", False, told, steps.count, steps.count)
            outcome.ended, outcome.triangle = end, fit.triangle(vector)
            return outcome

    def _sensitivity(self, vector: Any, free: Any) -> dict[str, dict[str, Any]]:
        """By unknown and by what is held fixed."""
        held, fit = self.problem.held, self.fit
        if not held:
            return {}
        from cgcli.solving.curvature import Curvature, sensitivity

        curvature = Curvature(fit.prepared, fit.unknowns, fit.data, fit.sigmas, fit.loss, held)
        return sensitivity(curvature, vector, free)
