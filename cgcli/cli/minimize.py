"""`cg minimize`: the least value of an objective, with bounds and constraints."""

from __future__ import annotations

import cgcli.cli.one_thread  # noqa: F401  before NumPy comes

# isort: split
import numpy as np

from cgcli.annotations import Any
from cgcli.cli.problem import Problem
from cgcli.cli.request import Request
from cgcli.cli.solutions import (
    ending_line,
    finish,
    recorded,
    require_outcome,
    save,
    search,
    tell,
    write_record,
    write_text,
)
from cgcli.diagnostics import CgError
from cgcli.ending import Ended, Ending
from cgcli.evaluation.derivatives import require_number
from cgcli.evaluation.specialised import Specialised
from cgcli.render.numbers import number, value_text
from cgcli.solving.choices import Runs
from cgcli.solving.conditions import Condition, conditions
from cgcli.solving.minimizing import Minimum
from cgcli.solving.objective import objective
from cgcli.solving.optimality import EXACT
from cgcli.solving.search import BOUNDED, CONSTRAINED
from cgcli.solving.sensitivity_of_minima import Sensitivity
from cgcli.solving.smooth import Smooth


@search
def command(request: Request, ending: Ending) -> int:
    """Minimise, and write what has been found; returns the exit status."""
    require_outcome(request)
    problem = Problem(request, {"st": request.st})

    def parts(of: Specialised) -> tuple[int, list[Condition], list[Condition]]:
        output = objective(of.program)
        require_number(of.program, output, of.shapes()[output.node])
        return output.node, _conditions(problem, of, "st"), _conditions(problem, of, "bounds")

    seconds = problem.session.limits().seconds
    with recorded(request, _nothing(problem)):
        ending.limit(seconds)
        smooth = Smooth(problem.prepared, problem.unknowns, parts)
        _require_method(request, smooth)
        _require_finite(problem, smooth)
        found = _best(request, problem, smooth, ending)
    save(request, problem.unknowns.values(found.vector))
    at = found.corners or (smooth, found.point)
    sensitivity = Sensitivity(*at, problem.held, smooth.names) if problem.held else None
    if request.format == "json":
        _write_json(request, problem, smooth, found, sensitivity)
    else:
        _write_text(request, problem, smooth, found, sensitivity)
    return finish(request, found.converged, found.reason, found.ended)


def _conditions(problem: Problem, of: Specialised, option: str) -> list[Condition]:
    """The comparisons of an option."""
    begins = {output.start for outputs in problem.beside.get(option, []) for output in outputs}
    asides = [output for output in of.program.aside if output.start in begins]
    return conditions(of.program, asides, f"--{option}")


def _require_method(request: Request, smooth: Smooth) -> None:
    """Raise `CgError` (kind `usage`) for a method that cannot do what is asked."""
    if request.method == "auto" or request.method in CONSTRAINED:
        return
    if smooth.general:
        told = f"--method {request.method} takes no constraints"
        raise CgError("usage", told, hint=f"{' and '.join(CONSTRAINED)} do")
    if smooth.unknowns.is_bounded and request.method not in BOUNDED:
        told = f"--method {request.method} takes no bounds"
        raise CgError("usage", told, hint=f"{', '.join((*BOUNDED, *CONSTRAINED))} do")


def _best(request: Request, problem: Problem, smooth: Smooth, ending: Ending) -> Minimum:
    """The least of the minima from all starts; where it is ended, the best point so far."""
    best: Minimum | None = None
    count, ended = 0, None

    def watch(step: int, vector: Any, figures: dict[str, float]) -> None:
        ending.check()
        tell(request, count + step, figures)

    for start in problem.unknowns.starts(request.starts, request.random_seed):
        run = Runs(smooth, request.max_steps, request.tolerance, watch)
        try:
            found = run.minimum(start, request.method)
        except Ended as end:
            ended, found = end, run.ended(end)
        count += found.iterations
        if best is None or _is_better(found, best):
            best = found
        if ended is not None:
            best.converged, best.ended, best.reason = False, ended, ended.after(count, "step")
            break
    assert best is not None
    best.iterations, best.evaluations = count, smooth.calls
    return best


def _is_better(found: Minimum, best: Minimum) -> bool:
    ours, theirs = (max(one.point.broken - EXACT, 0.0) for one in (found, best))
    if ours != theirs:
        return ours < theirs
    return (not found.converged, found.point.value) < (not best.converged, best.point.value)


def _require_finite(problem: Problem, smooth: Smooth) -> None:
    """Raise `CgError` (kind `nonfinite`) where the objective or a constraint has no value at the start, with
    the first place at which that arose; and for an assertion that fails there."""
    problem.unknowns.require_finite()
    point = problem.prepared.point()
    start = problem.unknowns.start
    if np.isfinite(smooth.value(start)) and np.isfinite(smooth.slack(start)).all():
        return
    if point.warning is not None:
        error = CgError.of(point.warning)
        error.diagnostic.message += ", at the start"
        raise error
    value, left = smooth.value(start), smooth.slack(start)
    for slack in smooth.slacks:
        if np.isfinite(value) and not np.isfinite(left[slack.part]).all():
            condition, source = slack.condition, problem.program.source
            told = f"the two sides of `{condition.text}` are not finite at the start"
            raise CgError("nonfinite", told, source, condition.start, condition.end)
    output = objective(problem.program)
    raise CgError(
        "nonfinite", "the objective is not finite at the start", problem.source, output.start, output.end
    )


# What is written


def _nothing(problem: Problem) -> dict[str, Any]:
    """The record where nothing could be done."""
    unknowns = problem.unknowns
    return {
        "method": problem.request.method, "converged": False, "reason": "", "iterations": 0, "evaluations": 0,
        "minimum": None, "at": unknowns.values(unknowns.start), "gradient_norm": None, "violation": None,
        "constraints": [],
    }  # fmt: skip


def _write_json(
    request: Request, problem: Problem, smooth: Smooth, found: Minimum, sensitivity: Sensitivity | None
) -> None:
    point = found.point
    record: dict[str, Any] = {
        "method": found.method, "converged": found.converged, "reason": found.reason,
        "iterations": found.iterations, "evaluations": found.evaluations, "minimum": point.value,
        "at": problem.unknowns.values(found.vector), "gradient_norm": point.norm,
        "violation": point.violation,
        "constraints": [
            {
                "constraint": slack.condition.text,
                "slack": _shaped(point.slack[slack.part], slack.shape),
                "multiplier": _shaped(point.multipliers[slack.part], slack.shape),
            }
            for slack in smooth.slacks
        ],
    }  # fmt: skip
    if sensitivity is not None:
        record["sensitivity"] = sensitivity.unknowns
        record["minimum_sensitivity"] = sensitivity.minimum
        if sensitivity.reason:
            record["reason"] += f"; {sensitivity.reason}"
    write_record(request, record)


def _shaped(part: Any, shape: Any) -> Any:
    return part.reshape(shape) if shape else float(part[0])


def _write_text(
    request: Request, problem: Problem, smooth: Smooth, found: Minimum, sensitivity: Sensitivity | None
) -> None:
    point, digits = found.point, request.digits
    texts = problem.unknowns.bound_at(found.vector)
    places = problem.unknowns.places()
    lines = []
    for name, value in problem.unknowns.values(found.vector).items():
        at = [texts[place] for place in np.ravel(places[name]) if texts[place] is not None]
        said = f"at its bound {at[0]}" if at else ""
        lines.append((name, value, said if np.ndim(value) == 0 else ""))
    comments = [f"minimum {number(point.value, digits)}"]
    for slack in smooth.slacks:
        comments.append(f"{slack.condition.text}: {_standing(point, slack, digits or 6)}")
    if sensitivity is not None:
        comments += sensitivity.lines(lambda value: value_text(value, digits))
        if sensitivity.reason:
            comments.append(sensitivity.reason)
    comments.append(ending_line(found, found.reason, f" of {found.method}"))
    write_text(request, lines, comments)


def _standing(point: Any, slack: Any, digits: int) -> str:
    """How a constraint stands: what is left of it, or what pulls at it."""
    left, pull = point.slack[slack.part], point.multipliers[slack.part]
    worst = float(point.breaches()[slack.part].max(initial=0.0))
    if worst > EXACT * float(point.scale[slack.part].max(initial=0.0)):
        return f"broken by {number(worst, digits)}"
    if not slack.shape:
        if slack.is_equation or pull[0] != 0:
            return f"multiplier {number(float(pull[0]), digits)}"
        return f"slack {number(float(left[0]), digits)}"
    if slack.is_equation:
        return f"multipliers {value_text(pull.reshape(slack.shape), digits)}"
    active = int(np.count_nonzero(pull))
    if not active:
        return f"the least slack is {number(float(left.min()), digits)}"
    pulls = value_text(pull.reshape(slack.shape), digits)
    return f"{active} of {pull.size} hold with equality, multipliers {pulls}"
