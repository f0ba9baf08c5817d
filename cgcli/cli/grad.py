"""`cg grad`: each output and its derivatives."""

from __future__ import annotations

import sys

from cgcli.cli.session import Session, run, wanted
from cgcli.evaluation import gradients
from cgcli.language.program import Program
from cgcli.render.numbers import number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cgcli.cli.request import Request


def command(request: Request) -> int:
    return run(request, answer)


def answer(session: Session, program: Program) -> None:
    request = session.request
    wrt = wanted(program, request.wrt)
    values = session.values(program)
    nodes = list(wrt.values())
    zeroed: list[int] = []
    results = gradients(program, values, nodes, request.mode, zeroed)
    names = program.output_names()
    for output, name, derivatives in zip(program.outputs, names, results, strict=True):
        slopes = dict(zip(nodes, derivatives, strict=True))
        session.warn_of_derivatives(program, values, output, slopes, zeroed)
        for by, derivative in zip(wrt, derivatives, strict=True):
            session.require_finite(program, output, f"d{name}/d{by}", derivative)
    if request.format == "text":
        digits, lines = request.digits, []
        for output, name, derivatives in zip(program.outputs, names, results, strict=True):
            lines.append(f"{name} = {number(values[output.node], digits)}")
            for by, derivative in zip(wrt, derivatives, strict=True):
                lines.append(f"d{name}/d{by} = {number(derivative, digits)}")
        if lines:
            sys.stdout.write("\n".join(lines) + "\n")
    else:
        from cgcli.cli.records import write_gradients

        write_gradients(session, program, values, names, list(wrt), results)
