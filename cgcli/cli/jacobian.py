"""`cg jacobian`: the derivative of outputs of any shape, whole."""

from __future__ import annotations

from cgcli.cli.answers import Answer, write
from cgcli.cli.session import Session, run, wanted
from cgcli.evaluation.derivatives import jacobian
from cgcli.language.program import Program

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cgcli.cli.request import Request


def command(request: Request) -> int:
    return run(request, answer)


def answer(session: Session, program: Program) -> None:
    request = session.request
    wrt = wanted(program, request.wrt)
    point = session.point(program)
    mode = None if request.mode == "auto" else request.mode
    answers = []
    for output, name in zip(program.outputs, program.output_names(), strict=True):
        zeroed: list[int] = []
        blocks = jacobian(point, output.node, list(wrt.values()), mode, zeroed)
        slopes = dict(zip(wrt.values(), blocks, strict=True))
        session.warn_of_derivatives(point, output, slopes, zeroed)
        found = Answer(output, name, point.values[output.node])
        for by, block in zip(wrt, blocks, strict=True):
            found.add(f"d{name}/d{by}", (by,), block)
        found.require_finite(session, point)
        answers.append(found)
    write(session, answers, "jacobian", ("wrt",))
