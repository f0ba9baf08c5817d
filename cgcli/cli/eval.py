"""`cg eval`: the value of each output."""

from __future__ import annotations

from cgcli.cli.answers import Answer, write
from cgcli.cli.session import Session
from cgcli.evaluation.prepared import Prepared


def answer(session: Session, prepared: Prepared) -> None:
    if prepared.program.tree is not None and not prepared.program.derives:
        return _run(session, prepared)
    point = session.point(prepared, rewrite=True)
    values, outputs = point.values, point.program.outputs
    for output in outputs:
        session.warn_of_lost(point, output, output.name or "the result")
    answers = [Answer(output, output.name, values[output.node]) for output in outputs]
    write(session, answers, "value")


def _run(session: Session, prepared: Prepared) -> None:
    """The values of a program that runs."""
    found = prepared.evaluated()
    session.warn(found.warning)
    session.tell_interpreted(found.reason)
    point = None if session.warned else prepared.short_run(found.spent)
    if point is not None:
        for output in point.program.outputs:
            session.warn_of_lost(point, output, output.name or "the result")
    for output, value in found.values:
        session.require_finite(found, output, output.name or "the result", value)
    write(session, [Answer(output, output.name, value) for output, value in found.values], "value")
