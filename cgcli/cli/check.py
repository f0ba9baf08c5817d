"""`cg check`: reverse mode against forward mode against a numeric derivative, and digits that are lost."""

from __future__ import annotations

import sys

from cgcli.cli.report import report, room
from cgcli.cli.request import Request
from cgcli.cli.session import Session
from cgcli.diagnostics import CgError, Diagnostic
from cgcli.evaluation.check import COLUMNS, Row, compare, none_left, value_digits
from cgcli.evaluation.names import wanted_inputs
from cgcli.evaluation.prepared import Prepared
from cgcli.later import json
from cgcli.render.numbers import json_number, number


def answer(session: Session, prepared: Prepared) -> None:
    """Compare every derivative; raise `CgError` (kind `check`) where modes or numbers disagree."""
    request = session.request
    wrt = wanted_inputs(prepared.program, request.wrt)
    point = session.point(prepared)
    program = point.program
    by = dict(zip(wrt, program.nodes(wrt), strict=True))
    fixed: dict[str, CgError] = {}
    outputs = dict(zip(program.output_names(), program.outputs, strict=True))
    rows = [row for name, output in outputs.items() for row in compare(point, name, output, by, fixed)]
    _write(request, rows)
    sys.stdout.flush()
    if not rows:
        for name, output in outputs.items():
            if none_left(value_digits(point, output)):
                raise CgError("check", f"rounding has left no digit of {name}")
        lacks = "inputs" if program.outputs else "outputs"
        _note(request, f"there is nothing to check: the program has no {lacks}")
    for name, error in fixed.items():
        _note(request, f"`{name}` cannot vary here: {error.diagnostic.message}", error.diagnostic)
    if request.strict:
        for name, one, slope, *_ in rows:
            session.require_finite(point, outputs[name], f"d{name}/d{one}", slope)
    told = []
    wrong = [f"d{row[0]}/d{row[1]}" for row in rows if row[-1] == "differs"]
    if wrong:
        told.append(f"{len(wrong)} of {len(rows)} derivatives disagree: {', '.join(wrong[:5])}")
    lost = [row for row in rows if row[-1] == "lost"]
    if lost:
        doubtful = [row[0] if none_left(row[-2]) else f"d{row[0]}/d{row[1]}" for row in lost]
        told.append(f"rounding has left no digit of {', '.join([*dict.fromkeys(doubtful)][:5])}")
    if told:
        raise CgError("check", "; ".join(told))


def _note(request: Request, message: str, at: Diagnostic | None = None) -> None:
    source, start, end = (at.source, at.start, at.end) if at else (None, -1, -1)
    report(Diagnostic("check", message, source, start, end, severity="note"), request)


def _write(request: Request, rows: list[Row]) -> None:
    digits = request.digits
    if request.format == "json":
        for row in rows:
            plain = [json_number(cell, digits) if isinstance(cell, float) else cell for cell in row]
            plain[6:8] = [None if cell is None else round(cell, 1) for cell in row[6:8]]
            print(json.dumps(dict(zip(COLUMNS, plain, strict=True)), ensure_ascii=False))
        return
    cells = [
        [
            *row[:2],
            *(number(cell, digits) for cell in row[2:5]),
            f"{row[5]:.0e}" if row[5] else "0",
            *("?" if cell is None else f"{cell:.1f}" for cell in row[6:8]),
            row[8],
        ]
        for row in rows
    ]
    table = [list(COLUMNS), *cells]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    columns = room()
    if columns is not None and sum(widths) + 2 * (len(widths) - 1) > columns:
        _write_in_blocks(cells)
        return
    for line in table:
        text = "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        sys.stdout.write(text.rstrip() + "\n")


def _write_in_blocks(rows: list[list[str]]) -> None:
    """Each row in lines of their own, for a terminal that is too narrow for the table."""
    width = max(map(len, COLUMNS))
    for output, by, *cells in rows:
        sys.stdout.write(f"{output} by {by}: {cells[-1]}\n")
        for name, cell in zip(COLUMNS[2:-1], cells, strict=False):
            sys.stdout.write(f"  {name:<{width}}  {cell}\n")
