"""`cg graph`: pictures of the graph; and `cg trace`: both passes, step by step."""

from __future__ import annotations

import sys

from cgcli.annotations import Any, Callable, Iterable, Mapping, Sequence
from cgcli.cli.report import broken, print_lines, room
from cgcli.cli.request import Request
from cgcli.cli.session import Session
from cgcli.diagnostics import CgError
from cgcli.evaluation.prepared import Prepared
from cgcli.evaluation.specialised import Point
from cgcli.language.program import Program
from cgcli.render.numbers import PICTURE_DIGITS, SHORT, Form
from cgcli.render.records import Picture, listed_nodes
from cgcli.render.styles import draw_dot, draw_json, draw_list, draw_mermaid, draw_tree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cgcli.evaluation.statements import Statements

STYLES = {"list": draw_list, "dot": draw_dot, "mermaid": draw_mermaid, "json": draw_json}


def graph(session: Session, prepared: Prepared) -> None:
    request = session.request
    statements = None if request.expand else _watched(prepared, values=False)
    if request.grad or len(prepared.known) == len(prepared.program.inputs):
        _, picture, _ = _at_a_point(session, prepared, request.grad, statements)
    else:
        picture = _drawn(statements, *prepared.partial())
    digits = request.digits
    if request.style not in ("list", "json"):
        digits = digits or PICTURE_DIGITS
    form = Form(digits, None if request.full else SHORT)
    if request.style in STYLES:
        for line in STYLES[request.style](picture, form):
            sys.stdout.write(line + "\n")
    else:
        plain = request.style == "ascii" or not (sys.stdout.encoding or "").lower().startswith("utf")
        lines = draw_tree(picture, form, request.depth, "ascii" if plain else "tree")
        print_lines(broken(lines, room()), request)


def trace(session: Session, prepared: Prepared) -> None:
    from cgcli.render.walkthrough import Walkthrough

    request, program, statements = session.request, prepared.program, _watched(prepared, values=True)
    form = Form(request.digits, None if request.full else SHORT)
    try:
        point, picture, found = _at_a_point(session, prepared, True)
    except CgError as error:
        is_limit = error.diagnostic.kind in ("stopped", "interrupted")
        if statements is not None and not statements.has_ended and not is_limit:
            _up_to_the_end(statements, request, program, form)
        raise
    if statements is None:
        story = Walkthrough(picture, point.algebra, form)
    else:
        story = Walkthrough(picture, point.algebra, form, statements.number, len(statements.all))
    # a plain number has no label: there is no way back from it
    labels = [picture.labels[node] for node in found if node in picture.labels]
    inputs = [record for record in picture.records if record.kind == "input"]
    if request.format == "json":
        from cgcli.cli import trace_steps

        _write(trace_steps.forward_records(story, statements, program.source), "")
        for label in labels:
            _write(trace_steps.backward_records(story, label), "")
            _write(
                [trace_steps.gradient_record(story, label, [r for r in inputs if label in r.adjoints])], ""
            )
        return
    heading = _heading(request)
    heading("forward")
    if statements is None:
        _write(story.forward_lines())
    else:
        from cgcli.cli.trace_steps import forward_lines

        _write(forward_lines(story, statements, program.source))
    for label in labels:
        heading(f"backward from {label}")
        _write(story.backward_lines(label))
        gradient = [record for record in inputs if label in record.adjoints]
        if gradient:
            heading("gradient")
            _write(f"d{label}/d{r.label} = {form.text(r.adjoints[label])}" for r in gradient)


def _watched(prepared: Prepared, values: bool) -> Statements | None:
    """What will be executed of a program that runs; None of others."""
    if prepared.program.tree is None:
        return None
    from cgcli.evaluation.statements import Statements

    prepared.watch = found = Statements(prepared.program, values)
    return found


def _drawn(
    statements: Statements | None,
    program: Program,
    values: Sequence[Any],
    shapes: Sequence[Any] | None,
    adjoints: Mapping[int, Mapping[int, Any]] | None = None,
) -> Picture:
    """The picture, with the loops of what was executed folded, if there is any."""
    if statements is None or not statements.all or program.derives:
        return Picture(program, values, shapes, adjoints)
    from cgcli.evaluation.folding import folded

    return Picture(*folded(program, statements, values, shapes, adjoints or {}))


def _up_to_the_end(statements: Statements, request: Request, program: Program, form: Form) -> None:
    """What was executed before a run could not go on; nothing, where it had not begun."""
    from cgcli.cli.trace_steps import failed_lines

    as_json = request.format == "json"
    if statements.all and not as_json:
        _heading(request)("forward")
    _write(failed_lines(statements, program.source, form, as_json), "" if as_json else "  ")
    sys.stdout.flush()


def _at_a_point(
    session: Session, prepared: Prepared, grad: bool, statements: Statements | None = None
) -> tuple[Point, Picture, dict[int, dict[int, Any]]]:
    """The program at a point, its picture, and with `grad` the adjoints of each output (`Program.roots`), by
    node; warns as `cg grad` does. Of the loops of statements it shows that they are there."""
    from cgcli.evaluation.derivatives import adjoints, require_scalar

    point = session.point(prepared)
    program = point.program
    shapes = point.shapes() if program.uses_arrays else None
    roots = [root for _, root in program.roots()] if grad else []
    require_scalar(point, roots)
    active = listed_nodes(program.graph)
    found = {}
    for root in roots:
        zeroed: list[int] = []
        found[root.node] = of = adjoints(point, root.node, active, zeroed)
        slopes = {node: of[node] for node in program.inputs.values() if node in of}
        session.warn_of_derivatives(point, root, slopes, zeroed)
    return point, _drawn(statements, program, point.values, shapes, found), found


def _heading(request: Request) -> Callable[[str], None]:
    """Prints a heading: bold where there is colour."""
    return lambda text: print_lines([[(text, "bold")]], request)


def _write(lines: Iterable[str], margin: str = "  ") -> None:
    for line in lines:
        sys.stdout.write(f"{margin}{line}\n")
