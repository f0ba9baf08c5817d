"""`cg eval`: the value of each output."""

from __future__ import annotations

from cgcli.cli.answers import Answer, write
from cgcli.cli.session import Session
from cgcli.evaluation.prepared import Prepared


def answer(session: Session, prepared: Prepared) -> None:
    point = session.point(prepared, rewrite=True)
    values, outputs = point.values, point.program.outputs
    answers = [Answer(output, output.name, values[output.node]) for output in outputs]
    write(session, answers, "value")
