"""`cg grad`: each output and its derivatives."""

from __future__ import annotations

from functools import partial

from cgcli.cli.answers import Answer, write
from cgcli.cli.session import Session, run
from cgcli.evaluation.derivatives import gradients, require_scalar
from cgcli.evaluation.names import nodes_of, wanted
from cgcli.evaluation.prepared import Prepared


def answer(session: Session, prepared: Prepared) -> None:
    request = session.request
    if request.along or request.seed is not None:
        from cgcli.cli.directions import answer_along, answer_seed

        return answer_along(session, prepared) if request.along else answer_seed(session, prepared)
    wrt = wanted(prepared.program, request.wrt)
    point = session.point(prepared, rewrite=True)
    program, nodes = point.program, nodes_of(point.program, wrt)
    require_scalar(point, program.outputs, ", or `cg jacobian`, or weights with --seed")
    outputs = [output.node for output in program.outputs]
    zeroed: list[int] = []
    values = [point.values[output] for output in outputs]
    results = gradients(point, outputs, nodes, request.mode or "reverse", zeroed, spend=True)
    answers = []
    told = zip(program.outputs, program.output_names(), values, results, strict=True)
    for output, name, value, derivatives in told:
        session.warn_of_derivatives(point, output, dict(zip(nodes, derivatives, strict=True)), zeroed)
        found = Answer(output, name, value)
        for by, derivative in zip(wrt, derivatives, strict=True):
            found.add(f"d{name}/d{by}", (by,), derivative)
        found.require_finite(session, point)
        answers.append(found)
    write(session, answers, "gradient", ("wrt",))


command = partial(run, answer)
