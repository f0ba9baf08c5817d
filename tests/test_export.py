"""Exported code is run where it is meant to run, and must give what cg gives."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from random import Random

import duckdb
import pytest

from cgcli.algebras import floats
from cgcli.export.c import c
from cgcli.export.python import python
from cgcli.export.sql import sql
from cgcli.language.lowering import lower
from cgcli.language.parser import parse
from cgcli.ops import ELEMENTWISE, Op
from cgcli.passes.forward import forward
from cgcli.passes.shapes import infer
from cgcli.rewrite.static import Static
from cgcli.source import Source
from tests.operations import TABLE

inf, nan = math.inf, math.nan


def static(text: str) -> tuple[Static, Source]:
    source = Source(("<expr>", text))
    program = lower(parse(source), {})
    shapes = infer(program.graph, program.shapes)
    return Static(program.graph, [(o.name, o.node) for o in program.outputs], shapes), source


class Case:
    """A program, points for its inputs, and the values of its outputs there."""

    def __init__(self, name: str, graph: Static, points: Sequence[Sequence[float]]) -> None:
        self.name, self.static = name, graph
        self.points = [[float(x) for x in point] for point in points]
        self.expected = [
            [values[node] for _, node in graph.outputs]
            for values in (
                forward(graph.graph, floats, dict(zip(graph.inputs(), point))) for point in self.points
            )
        ]


def close(found: float, wanted: float, relative: float = 1e-12, absolute: float = 1e-14) -> bool:
    if wanted != wanted or found != found:
        return wanted != wanted and found != found
    if math.isinf(wanted) or math.isinf(found):
        return wanted == found
    return abs(found - wanted) <= absolute + relative * abs(wanted)


def written_call(op: Op, count: int) -> str:
    names = "xyw"[:count]
    if op.function and not (op.symbol and op.arity == 1):
        return f"{op.name}({', '.join(names)})"
    if op.symbol == "!":
        return "x!"
    if count == 1:
        return f"{op.symbol} x"
    return f"x {op.symbol} y"


def operation_cases() -> list[Case]:
    rng = Random(5)
    cases = []
    for op in ELEMENTWISE:
        row = TABLE[op.name]
        graph, _ = static(written_call(op, len(row.domain)))
        points = [tuple(sample(rng) for sample in row.domain) for _ in range(12)]
        points += [*row.points, *(edge[0] for edge in row.edges)]
        cases.append(Case(f"op_{op.name}", graph, points))
    return cases


def differences(case: Case, found: list[list[float]], tolerance: float = 1e-12) -> list[str]:
    assert len(found) == len(case.points)
    return [
        f"{case.name}{tuple(point)} is {have}, not {want}"
        for point, have, want in zip(case.points, found, case.expected)
        if not all(close(a, b, tolerance) for a, b in zip(have, want, strict=True))
    ]


def in_python(cases: list[Case], tmp_path: Path) -> list[list[list[float]]]:
    """One module with all functions, in a process of its own."""
    parts = [python(case.static, case.name) for case in cases]
    calls = [[case.name, case.points] for case in cases]
    parts.append(
        "import json, sys\n"
        "found = []\n"
        "for name, points in json.loads(sys.stdin.read()):\n"
        "    values = [globals()[name](*point) for point in points]\n"
        "    found.append([v if isinstance(v, tuple) else (v,) for v in values])\n"
        "print(json.dumps(found))\n"
    )
    module = tmp_path / "exported.py"
    module.write_text("\n".join(parts))
    done = subprocess.run(
        [sys.executable, "-W", "error", str(module)], input=json.dumps(calls), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)  # type: ignore[no-any-return]


def c_number(x: float) -> str:
    return "NAN" if x != x else ("-" if x < 0 else "") + "INFINITY" if math.isinf(x) else x.hex()


def in_c(cases: list[Case], tmp_path: Path) -> list[list[list[float]]]:
    """One file with all functions, and a main that calls them."""
    parts = [c(case.static, case.name) for case in cases]
    lines = []
    for case in cases:
        count = len(case.static.outputs)
        for point in case.points:
            arguments = [c_number(x) for x in point]
            if count == 1:
                lines.append(f"    out[0] = {case.name}({', '.join(arguments)});")
            else:
                lines.append(f"    {case.name}({', '.join([*arguments, 'out'])});")
            lines += [f'    printf("%a\\n", out[{i}]);' for i in range(count)]
    most = max(len(case.static.outputs) for case in cases)
    parts.append(f"#include <stdio.h>\nint main(void)\n{{\n    double out[{most}];")
    file, program = tmp_path / "exported.c", tmp_path / "exported"
    file.write_text("\n".join([*parts, *lines, "    return 0;\n}\n"]))
    flags = ["-std=c99", "-Wall", "-Wextra", "-pedantic", "-Werror"]
    done = subprocess.run(
        ["gcc", *flags, "-o", str(program), str(file), "-lm"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[:3000]
    printed = subprocess.run([str(program)], capture_output=True, text=True, check=True).stdout.split()
    values = iter([float.fromhex(word) for word in printed])
    return [[[next(values) for _ in case.static.outputs] for _ in case.points] for case in cases]


def in_sql(cases: list[Case], tmp_path: Path) -> list[list[list[float]]]:
    """A table of points a query; the rows in their order."""
    connection = duckdb.connect()
    connection.execute("SET threads = 1")
    found = []
    for case in cases:
        names = ", ".join(f'"{name}" DOUBLE' for name in case.static.inputs()) or "nothing DOUBLE"
        connection.execute(f"CREATE OR REPLACE TABLE data ({names})")
        for point in case.points:
            marks = ", ".join("?" * max(len(point), 1))
            connection.execute(f"INSERT INTO data VALUES ({marks})", point or [0])
        rows = connection.execute(sql(case.static, "data")).fetchall()
        found.append([[float(x) for x in row] for row in rows])
    return found


RUNNERS = {"python": in_python, "c": in_c, "sql": in_sql}


@pytest.mark.parametrize("target", ["python", "c"])
def test_operations(target: str, tmp_path: Path) -> None:
    cases = operation_cases()
    found = RUNNERS[target](cases, tmp_path)
    assert [line for case, values in zip(cases, found) for line in differences(case, values)] == []
