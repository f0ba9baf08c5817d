"""`cg hessian`: the second derivatives of an output that is a number, whole or along a direction."""

from __future__ import annotations

from functools import partial

from cgcli.cli.answers import Answer, write
from cgcli.cli.directions import directions
from cgcli.cli.session import Session, run
from cgcli.evaluation.derivative_warnings import second_derivative_warning
from cgcli.evaluation.derivatives import gradients, hessian, hessian_times, require_scalar
from cgcli.evaluation.names import nodes_of, wanted_inputs
from cgcli.evaluation.prepared import Prepared


def answer(session: Session, prepared: Prepared) -> None:
    request = session.request
    wrt = wanted_inputs(prepared.program, request.wrt)
    point = session.point(prepared)
    program, nodes = point.program, nodes_of(point.program, wrt)
    require_scalar(point, program.outputs)
    moves = directions(session, point, "--times", request.along)
    by_name = dict(zip(wrt, nodes, strict=True))
    answers = []
    for output, name in zip(program.outputs, program.output_names(), strict=True):
        zeroed: list[int] = []
        slopes = gradients(point, [output.node], nodes)[0]  # what is infinite has no second derivative
        session.warn_of_derivatives(point, output, dict(zip(nodes, slopes, strict=True)), zeroed)
        found = Answer(output, name, point.values[output.node])
        if moves:
            products = hessian_times(point, output.node, nodes, moves, zeroed)
            for by, product in zip(wrt, products, strict=True):
                found.add(f"d2{name}/d{by}dv", (by,), product)
        else:
            for by, row in zip(wrt, hessian(point, output.node, by_name, zeroed), strict=True):
                for across, block in zip(wrt, row, strict=True):
                    found.add(f"d2{name}/d{by}d{across}", (by, across), block)
        if not session.warned:
            slopes_of = ((label, value) for label, _, value in found.entries)
            session.warn(second_derivative_warning(point, output, slopes_of, nodes, zeroed))
        found.require_finite(session, point)
        answers.append(found)
    write(session, answers, "product" if moves else "hessian", ("wrt",) if moves else ("wrt", "wrt2"))


command = partial(run, answer)
