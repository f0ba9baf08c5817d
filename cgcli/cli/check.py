"""`cg check`: reverse mode against forward mode against a numeric derivative."""

from __future__ import annotations

import sys
from math import isfinite

from cgcli.algebras import floats
from cgcli.cli.session import Session, run, wanted
from cgcli.diagnostics import CgError
from cgcli.evaluation import bind, gradients, magnitude
from cgcli.language.program import Program
from cgcli.numeric import verdict
from cgcli.passes.forward import forward
from cgcli.render.numbers import json_number, number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from cgcli.cli.request import Request

COLUMNS = ("output", "by", "reverse", "forward", "numeric", "verdict")


def command(request: Request) -> int:
    return run(request, answer)


def answer(session: Session, program: Program) -> None:
    """Compare every derivative; raise `CgError` (kind `check`) where modes or numbers disagree."""
    request = session.request
    wrt = wanted(program, request.wrt)
    for name in wrt:
        if name not in program.inputs:
            raise CgError("usage", f"--wrt: `{name}` is not an input, and cannot be varied numerically")
    values = session.values(program)
    rows = compare(program, session.bindings.values, values, wrt)
    _write(request, rows)
    for output, name in zip(program.outputs, program.output_names(), strict=True):
        for row in rows:
            if row[0] == name:
                session.require_finite(program, output, f"d{name}/d{row[1]}", row[2])
    wrong = [row for row in rows if row[5] == "differs"]
    if wrong:
        names = ", ".join(f"d{row[0]}/d{row[1]}" for row in wrong[:5])
        raise CgError("check", f"{len(wrong)} of {len(rows)} derivatives disagree: {names}")


Row = tuple[str, str, float, float, float, str]


def compare(
    program: Program, bindings: dict[str, float], values: Sequence[float], wrt: dict[str, int]
) -> list[Row]:
    """A row a pair of output and input; see `COLUMNS`."""
    graph, inputs = program.graph, bind(program, bindings)
    nodes = list(wrt.values())
    rows: list[Row] = []
    backward = gradients(program, values, nodes)
    ahead = gradients(program, values, nodes, "forward")
    for name, output, exacts, others in zip(
        program.output_names(), program.outputs, backward, ahead, strict=True
    ):
        needed = graph.ancestors([output.node])
        size = magnitude(program, values, output.node)
        for by, exact, other in zip(wrt, exacts, others, strict=True):

            def varied(
                x: float, by: str = by, target: int = output.node, needed: list[int] = needed
            ) -> float:
                return float(forward(graph, floats, {**inputs, by: x}, needed)[target])

            found, numeric = verdict(varied, inputs[by], exact, size)
            if not _agree(exact, other):
                found = "differs"
            rows.append((name, by, exact, other, numeric.value, found))
    return rows


def _agree(reverse: float, forward: float) -> bool:
    """The two exact modes differ by rounding alone."""
    if not isfinite(reverse) or not isfinite(forward):
        return reverse == forward or (reverse != reverse and forward != forward)
    return abs(reverse - forward) <= 1e-9 * max(abs(reverse), abs(forward), 1e-300)


def _write(request: Request, rows: list[Row]) -> None:
    digits = request.digits
    if request.format == "json":
        import json

        for row in rows:
            plain = [json_number(cell, digits) if isinstance(cell, float) else cell for cell in row]
            print(json.dumps(dict(zip(COLUMNS, plain, strict=True)), ensure_ascii=False))
        return
    cells = [[number(cell, digits) if isinstance(cell, float) else cell for cell in row] for row in rows]
    table = [list(COLUMNS), *cells]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for line in table:
        text = "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        sys.stdout.write(text.rstrip() + "\n")
