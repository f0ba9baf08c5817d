"""`cg trace`: both passes, step by step."""

from __future__ import annotations

import sys

from cgcli.cli.graph import adjoints_of
from cgcli.cli.report import colored
from cgcli.cli.session import Session, run
from cgcli.evaluation import evaluate, nonfinite_value
from cgcli.language.program import Output, Program
from cgcli.render.numbers import number
from cgcli.render.records import Picture
from cgcli.render.walkthrough import backward_lines, forward_lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cgcli.cli.request import Request


def command(request: Request) -> int:
    return run(request, answer)


def answer(session: Session, program: Program) -> None:
    request = session.request
    values = evaluate(program, session.bindings.values)
    session.warn(nonfinite_value(program, values))
    heading = _heading(request)
    names = program.output_names()
    for name, output in zip(names, program.outputs, strict=True):
        program.graph.names.setdefault(output.node, name)
    heading("forward")
    _write(forward_lines(Picture(program, values), request.digits))
    outputs = program.outputs
    for name, output in zip(names, outputs, strict=True):
        _backward(program, values, name, output, heading, request)


def _backward(
    program: Program,
    values: Sequence[float],
    name: str,
    output: Output,
    heading: Callable[[str], None],
    request: Request,
) -> None:
    label = program.graph.names[output.node]
    alone = Program.only(program, Output(label, output.node, output.start, output.end))
    picture = Picture(alone, values, adjoints_of(alone, list(values)))
    heading(f"backward from {label}")
    _write(backward_lines(picture, label, request.digits))
    inputs = [record for record in picture.records if record.kind == "input"]
    if inputs:
        heading("gradient")
        _write(f"d{label}/d{r.label} = {number(r.adjoints[label], request.digits)}" for r in inputs)


def _heading(request: Request) -> Callable[[str], None]:
    """Prints a heading: bold where there is colour."""
    if not colored(sys.stdout, request.color):
        return lambda text: print(text)
    from rich.console import Console
    from rich.text import Text

    console = Console(file=sys.stdout, force_terminal=True, highlight=False)
    return lambda text: console.print(Text(text, "bold"))


def _write(lines: object) -> None:
    for line in lines:  # type: ignore[attr-defined]
        sys.stdout.write(f"  {line}\n")
