"""Values and gradients as JSON objects, one a line, and as CSV."""

from __future__ import annotations

import csv
import json
import sys

from cgcli.cli.session import Session
from cgcli.language.program import Output, Program
from cgcli.render.numbers import json_number, number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def write_values(session: Session, program: Program, values: Sequence[float]) -> None:
    digits = session.request.digits
    if session.request.format == "json":
        for output in program.outputs:
            record = _record(program, output, output.name)
            record["value"] = json_number(values[output.node], digits)
            print(json.dumps(record, ensure_ascii=False))
        return
    rows = csv.writer(sys.stdout, lineterminator="\n")
    _header(session, rows, ("output", "value"))
    for output in program.outputs:
        rows.writerow((output.name or "", number(values[output.node], digits)))


def write_gradients(
    session: Session,
    program: Program,
    values: Sequence[float],
    names: Sequence[str],
    wrt: Sequence[str],
    results: Sequence[Sequence[float]],
) -> None:
    digits = session.request.digits
    answers = zip(program.outputs, names, results, strict=True)
    if session.request.format == "json":
        for output, name, derivatives in answers:
            record = _record(program, output, name)
            record["value"] = json_number(values[output.node], digits)
            record["gradient"] = {
                by: json_number(derivative, digits) for by, derivative in zip(wrt, derivatives, strict=True)
            }
            print(json.dumps(record, ensure_ascii=False))
        return
    rows = csv.writer(sys.stdout, lineterminator="\n")
    _header(session, rows, ("output", "value", "wrt", "gradient"))
    for output, name, derivatives in answers:
        value = number(values[output.node], digits)
        for by, derivative in zip(wrt, derivatives, strict=True):
            rows.writerow((name, value, by, number(derivative, digits)))
        if not wrt:
            rows.writerow((name, value, "", ""))


def _record(program: Program, output: Output, name: str | None) -> dict[str, object]:
    return {"output": name, "line": program.source.line(output.start)}


def _header(session: Session, rows: object, names: tuple[str, ...]) -> None:
    if not session.started:
        rows.writerow(names)  # type: ignore[attr-defined]
        session.started = True
