"""`cg trace`: both passes, step by step."""

from __future__ import annotations

import sys

from cgcli.cli.report import colored
from cgcli.cli.session import Session
from cgcli.evaluation.prepared import Prepared
from cgcli.render.numbers import SHORT, Form
from cgcli.render.records import Picture, listed_nodes
from cgcli.render.walkthrough import Walkthrough

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from cgcli.cli.request import Request


def answer(session: Session, prepared: Prepared) -> None:
    request = session.request
    point = session.point(prepared)
    program = point.program
    shapes = point.shapes() if program.uses_arrays else None
    found = session.root_adjoints(point, listed_nodes(program.graph))
    picture = Picture(program, point.values, shapes, found)
    form = Form(request.digits, None if request.full else SHORT)
    story = Walkthrough(picture, point.algebra, form)
    heading = _heading(request)
    heading("forward")
    _write(story.forward_lines())
    for node in found:
        label = picture.labels.get(node)
        if label is None:  # a plain number: there is no way back from it
            continue
        heading(f"backward from {label}")
        _write(story.backward_lines(label))
        gradient = [r for r in picture.records if r.kind == "input" and label in r.adjoints]
        if gradient:
            heading("gradient")
            _write(f"d{label}/d{r.label} = {form.text(r.adjoints[label])}" for r in gradient)


def _heading(request: Request) -> Callable[[str], None]:
    """Prints a heading: bold where there is colour."""
    if not colored(sys.stdout, request.color):
        return lambda text: print(text)
    from rich.console import Console
    from rich.text import Text

    console = Console(file=sys.stdout, force_terminal=True, highlight=False)
    return lambda text: console.print(Text(text, "bold"))


def _write(lines: Iterable[str]) -> None:
    for line in lines:
        sys.stdout.write(f"  {line}\n")
