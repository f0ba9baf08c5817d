"""`cg eval`: the value of each output."""

from __future__ import annotations

import sys

from cgcli.cli.session import Session, run
from cgcli.language.program import Program
from cgcli.render.numbers import number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cgcli.cli.request import Request


def command(request: Request) -> int:
    return run(request, answer)


def answer(session: Session, program: Program) -> None:
    request = session.request
    values = session.values(program)
    if request.format == "text":
        lines = []
        for output in program.outputs:
            text = number(values[output.node], request.digits)
            lines.append(text if output.name is None else f"{output.name} = {text}")
        if lines:
            sys.stdout.write("\n".join(lines) + "\n")
    else:
        from cgcli.cli.records import write_values

        write_values(session, program, values)
