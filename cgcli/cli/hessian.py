"""`cg hessian`: the second derivatives of an output that is a number, whole or along a direction."""

from __future__ import annotations

from cgcli.cli.answers import Answer, write
from cgcli.cli.directions import directions
from cgcli.cli.session import Session, run, wanted_inputs
from cgcli.evaluation.derivatives import gradients, hessian, hessian_times, require_scalar
from cgcli.language.program import Program

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cgcli.cli.request import Request


def command(request: Request) -> int:
    return run(request, answer)


def answer(session: Session, program: Program) -> None:
    request = session.request
    wrt = wanted_inputs(program, request.wrt)
    point = session.point(program)
    require_scalar(point, program.outputs)
    moves = directions(session, point, "--times", request.along)
    answers = []
    for output, name in zip(program.outputs, program.output_names(), strict=True):
        zeroed: list[int] = []
        nodes = list(wrt.values())
        slopes = gradients(point, [output.node], nodes)[0]  # what is infinite has no second derivative
        session.warn_of_derivatives(point, output, dict(zip(nodes, slopes, strict=True)), zeroed)
        found = Answer(output, name, point.values[output.node])
        if moves:
            products = hessian_times(point, output.node, nodes, moves, zeroed)
            for by, product in zip(wrt, products, strict=True):
                found.add(f"d2{name}/d{by}dv", (by,), product)
        else:
            for by, row in zip(wrt, hessian(point, output.node, wrt, zeroed), strict=True):
                for across, block in zip(wrt, row, strict=True):
                    found.add(f"d2{name}/d{by}d{across}", (by, across), block)
        session.warn_of_second_derivatives(point, found, nodes, zeroed)
        found.require_finite(session, point)
        answers.append(found)
    write(session, answers, "product" if moves else "hessian", ("wrt",) if moves else ("wrt", "wrt2"))
