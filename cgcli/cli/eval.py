"""`cg eval`: the value of each output."""

from __future__ import annotations

from cgcli.cli.answers import Answer, write
from cgcli.cli.session import Session, run
from cgcli.language.program import Program

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cgcli.cli.request import Request


def command(request: Request) -> int:
    return run(request, answer)


def answer(session: Session, program: Program) -> None:
    values = session.point(program).values
    answers = [Answer(output, output.name, values[output.node]) for output in program.outputs]
    write(session, answers, "value")
