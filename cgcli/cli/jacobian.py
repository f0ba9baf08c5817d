"""`cg jacobian`: the derivative of outputs of any shape, whole."""

from __future__ import annotations

from functools import partial

from cgcli.cli.answers import Answer, write
from cgcli.cli.session import Session, run
from cgcli.evaluation.derivatives import jacobian
from cgcli.evaluation.names import nodes_of, wanted
from cgcli.evaluation.prepared import Prepared


def answer(session: Session, prepared: Prepared) -> None:
    request = session.request
    wrt = wanted(prepared.program, request.wrt)
    point = session.point(prepared)
    program, nodes = point.program, nodes_of(point.program, wrt)
    mode = None if request.mode == "auto" else request.mode
    answers = []
    for output, name in zip(program.outputs, program.output_names(), strict=True):
        zeroed: list[int] = []
        blocks = jacobian(point, output.node, nodes, mode, zeroed)
        slopes = dict(zip(nodes, blocks, strict=True))
        session.warn_of_derivatives(point, output, slopes, zeroed)
        found = Answer(output, name, point.values[output.node])
        for by, block in zip(wrt, blocks, strict=True):
            found.add(f"d{name}/d{by}", (by,), block)
        found.require_finite(session, point)
        answers.append(found)
    write(session, answers, "jacobian", ("wrt",))


command = partial(run, answer)
