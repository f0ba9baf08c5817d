"""`cg graph`: pictures of the graph."""

from __future__ import annotations

import sys
from functools import partial

from cgcli.cli.report import colored
from cgcli.cli.session import Session, run
from cgcli.evaluation.prepared import Prepared
from cgcli.render.numbers import SHORT, Form
from cgcli.render.records import Picture, listed_nodes
from cgcli.render.styles import draw_dot, draw_json, draw_list, draw_mermaid, draw_tree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from rich.tree import Tree

    from cgcli.cli.request import Request

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
    form = Form(request.digits, None if request.full else SHORT)
    if request.style in STYLES:
        for line in STYLES[request.style](picture, form):
            sys.stdout.write(line + "\n")
    else:
        _print_trees(draw_tree(picture, form, request.depth), request)


def _print_trees(trees: list[Tree], request: Request) -> None:
    import io

    from rich.console import Console

    class Plain(io.StringIO):
        encoding = "ascii" if request.style == "ascii" else sys.stdout.encoding

    text = Plain()
    color = colored(sys.stdout, request.color)
    console = Console(file=text, force_terminal=color, no_color=not color, width=100_000, highlight=False)
    for tree in trees:
        console.print(tree, soft_wrap=True, overflow="ignore", no_wrap=True, crop=False)
    for line in text.getvalue().splitlines():
        sys.stdout.write(line.rstrip() + "\n")


command = partial(run, answer)
