"""`cg graph`: pictures of the graph."""

from __future__ import annotations

import sys

from cgcli.cli.report import colored
from cgcli.cli.session import Session
from cgcli.evaluation.prepared import Prepared
from cgcli.render.numbers import PICTURE_DIGITS, SHORT, Form
from cgcli.render.records import Picture, listed_nodes
from cgcli.render.styles import draw_dot, draw_json, draw_list, draw_mermaid, draw_tree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from cgcli.cli.request import Request
    from cgcli.render.styles import Line

STYLES = {"list": draw_list, "dot": draw_dot, "mermaid": draw_mermaid, "json": draw_json}


def answer(session: Session, prepared: Prepared) -> None:
    request = session.request
    if request.grad or len(prepared.known) == len(prepared.program.inputs):
        point = session.point(prepared)
        program = point.program
        shapes = point.shapes() if program.uses_arrays else None
        active = listed_nodes(program.graph)
        found = session.root_adjoints(point, active) if request.grad else None
        picture = Picture(program, point.values, shapes, found)
    else:
        picture = Picture(*prepared.partial())
    digits = request.digits
    if request.style not in ("list", "json"):
        digits = digits or PICTURE_DIGITS
    form = Form(digits, None if request.full else SHORT)
    if request.style in STYLES:
        for line in STYLES[request.style](picture, form):
            sys.stdout.write(line + "\n")
    else:
        plain = request.style == "ascii" or not (sys.stdout.encoding or "").lower().startswith("utf")
        _print_lines(draw_tree(picture, form, request.depth, "ascii" if plain else "tree"), request)


def _print_lines(lines: Iterable[Line], request: Request) -> None:
    """Write each line as it comes: the whole of a deep tree is as large as the square of its depth."""
    if not colored(sys.stdout, request.color):
        for line in lines:
            sys.stdout.write("".join(text for text, _ in line).rstrip() + "\n")
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(file=sys.stdout, force_terminal=True, highlight=False)
    for line in lines:
        console.print(Text.assemble(*line), soft_wrap=True)
