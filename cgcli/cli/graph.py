"""`cg graph`: pictures of the graph."""

from __future__ import annotations

import sys

from cgcli.algebras import floats
from cgcli.cli.report import colored
from cgcli.cli.session import Session, run
from cgcli.evaluation import known_inputs
from cgcli.language.program import Program
from cgcli.passes.forward import forward
from cgcli.render.records import Picture, listed_nodes
from cgcli.render.styles import draw_dot, draw_json, draw_list, draw_mermaid, draw_tree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from rich.tree import Tree

    from cgcli.cli.request import Request

STYLES = {"list": draw_list, "dot": draw_dot, "mermaid": draw_mermaid, "json": draw_json}


def command(request: Request) -> int:
    return run(request, answer)


def answer(session: Session, program: Program) -> None:
    request = session.request
    if request.grad:
        values = session.values(program)
        picture = Picture(
            program, values, session.root_adjoints(program, values, listed_nodes(program.graph))
        )
    else:
        picture = Picture(program, _known_values(session, program))
    if request.style in STYLES:
        for line in STYLES[request.style](picture, request.digits):
            sys.stdout.write(line + "\n")
    else:
        _print_trees(draw_tree(picture, request.digits, request.depth), request)


def _known_values(session: Session, program: Program) -> list[float | None]:
    """The values of the nodes that depend only on inputs which have one."""
    graph = program.graph
    known = known_inputs(program, session.bindings.values)
    if len(known) == len(program.inputs):
        return list(session.values(program))
    unknown = graph.dependents(node for name, node in program.inputs.items() if name not in known)
    values = forward(graph, floats, known, [node for node in range(len(graph)) if not unknown[node]])
    return [None if missing else value for value, missing in zip(values, unknown, strict=True)]


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
