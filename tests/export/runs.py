"""What the tests of exports share: how each language is run."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import onnx
import onnxruntime

from cgcli.algebras import arrays
from cgcli.algebras.numbers import floats
from cgcli.evaluation.prepared import Prepared
from cgcli.evaluation.static import static_graph
from cgcli.export import export
from cgcli.language.lowering import lower
from cgcli.language.parser import parse
from cgcli.language.program import Program
from cgcli.passes.forward import forward
from cgcli.rewrite.differentiate import with_gradient
from cgcli.rewrite.static import Static
from cgcli.source import Source


def program_of(text: str) -> Program:
    return lower(parse(Source(("<expr>", text))), {})


def static_of(text: str) -> Static:
    program = program_of(text)
    return static_graph(program, {}, given=Prepared(program, {}).default_shapes())


class Case:
    """A program, points for its inputs, and the values of its outputs there."""

    def __init__(self, name: str, static: Static, points: Iterable[Sequence[Any]]) -> None:
        self.name, self.static = name, static
        self.points = [[np.array(x, float) if isinstance(x, list) else float(x) for x in p] for p in points]
        self.expected = [self.values(point) for point in self.points]

    def values(self, point: Sequence[Any]) -> list[Any]:
        graph = self.static.graph
        scalars = not any(shape for shape in self.static.shapes)
        algebra: Any = floats if scalars else arrays
        with algebra.quiet():
            inputs = dict(zip(self.static.inputs(), point, strict=True))
            values = forward(graph, algebra, inputs, self.static.schedule())
        return [values[node] for _, node in self.static.outputs]


def close(found: Any, wanted: Any, relative: float) -> bool:
    found, wanted = np.asarray(found, float), np.asarray(wanted, float)
    if found.shape != wanted.shape:
        return False
    finite = np.isfinite(wanted)
    if not np.array_equal(found[~finite], wanted[~finite], equal_nan=True):
        return False
    gap = np.abs(found[finite] - wanted[finite])
    return bool(np.all(gap <= 1e-14 + relative * np.abs(wanted[finite])))


def differences(cases: list[Case], found: list[list[Any]], relative: float = 1e-12) -> list[str]:
    """Where what was found is not what cg says."""
    lines = []
    for case, rows in zip(cases, found, strict=True):
        for point, have, want in zip(case.points, rows, case.expected, strict=True):
            if not all(close(a, b, relative) for a, b in zip(have, want, strict=True)):
                lines.append(f"{case.name}{tuple(point)} is {have}, not {want}")
    return lines


# Running what is exported

Runner = Callable[[list[Case], Path], list[list[Any]]]


def run_module(parts: list[str], cases: list[Case], tmp_path: Path) -> list[list[Any]]:
    """One module with all functions, in a process of its own."""
    calls = [
        [case.name, [[np.asarray(x).tolist() for x in point] for point in case.points]] for case in cases
    ]
    parts.append(
        "import json, sys\n"
        "found = []\n"
        "for name, points in json.loads(sys.stdin.read()):\n"
        "    values = [globals()[name](*point) for point in points]\n"
        "    values = [v if isinstance(v, tuple) else (v,) for v in values]\n"
        "    found.append([[getattr(x, 'tolist', lambda: x)() for x in v] for v in values])\n"
        "print(json.dumps(found))\n"
    )
    module = tmp_path / "exported.py"
    module.write_text("\n".join(parts))
    done = subprocess.run(
        [sys.executable, "-W", "error", str(module)], input=json.dumps(calls), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)  # type: ignore[no-any-return]


def in_python(cases: list[Case], tmp_path: Path) -> list[list[Any]]:
    return run_module([str(export(case.static, "python", case.name)) for case in cases], cases, tmp_path)


def in_numpy(cases: list[Case], tmp_path: Path) -> list[list[Any]]:
    return run_module([str(export(case.static, "numpy", case.name)) for case in cases], cases, tmp_path)


def c_number(x: float) -> str:
    return "NAN" if x != x else ("-" if x < 0 else "") + "INFINITY" if math.isinf(x) else x.hex()


def in_c(cases: list[Case], tmp_path: Path) -> list[list[Any]]:
    """One file with all functions, and a main that calls them."""
    parts = [str(export(case.static, "c", case.name)) for case in cases]
    lines = []
    for case in cases:
        count = len(case.static.outputs)
        for point in case.points:
            arguments = [c_number(x) for x in point]
            if count == 1:
                lines.append(f"    out[0] = {case.name}({', '.join(arguments)});")
            else:
                lines.append(f"    {case.name}({', '.join([*arguments, 'out'])});")
            lines += [f'    printf("%a\\n", out[{place}]);' for place in range(count)]
    most = max(len(case.static.outputs) for case in cases)
    parts.append(f"#include <stdio.h>\nint main(void)\n{{\n    double out[{most}];")
    file, program = tmp_path / "exported.c", tmp_path / "exported"
    file.write_text("\n".join([*parts, *lines, "    return 0;\n}\n"]))
    flags = ["-std=c99", "-Wall", "-Wextra", "-pedantic", "-Werror"]
    done = subprocess.run(["gcc", *flags, "-o", program, file, "-lm"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[:3000]
    printed = subprocess.run([str(program)], capture_output=True, text=True, check=True).stdout.split()
    values = iter([float.fromhex(word) for word in printed])
    return [[[next(values) for _ in case.static.outputs] for _ in case.points] for case in cases]


def in_sql(cases: list[Case], tmp_path: Path) -> list[list[Any]]:
    """A table of points a query; the rows in their order."""
    connection = duckdb.connect()
    connection.execute("SET max_expression_depth TO 100000")  # of loops that are unrolled
    connection.execute("SET threads = 1")
    found: list[list[Any]] = []
    for case in cases:
        names = ", ".join(f'"{name}" DOUBLE' for name in case.static.inputs()) or "nothing DOUBLE"
        connection.execute(f"CREATE OR REPLACE TABLE data ({names})")
        for point in case.points:
            marks = ", ".join("?" * max(len(point), 1))
            connection.execute(f"INSERT INTO data VALUES ({marks})", point or [0])
        rows = connection.execute(str(export(case.static, "sql"))).fetchall()
        found.append([[float(x) for x in row] for row in rows])
    return found


def in_onnx(cases: list[Case], tmp_path: Path) -> list[list[Any]]:
    found = []
    for case in cases:
        model = export(case.static, "onnx", case.name)
        assert isinstance(model, bytes)
        onnx.checker.check_model(onnx.load_from_string(model), full_check=True)
        session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
        names = list(case.static.inputs())
        feeds = [{n: np.asarray(x, float) for n, x in zip(names, point)} for point in case.points]
        found.append([session.run(None, feed) for feed in feeds])
    return found


RUNNERS: dict[str, Runner] = {
    "python": in_python, "numpy": in_numpy, "c": in_c, "sql": in_sql, "onnx": in_onnx,
}  # fmt: skip


# Arrays: every operation's own example, and programs with inputs

ARRAY_PROGRAMS: dict[str, list[list[Any]]] = {
    "input A: [2, 3]; input b: [3]; A @ b + [1, 2]": [[[[1, 2, 3], [4, 5, 6]], [1, -1, 0.5]]],
    "input A: [m, n]; input b: [n]; sum(exp(A @ b)) + sum(A.T, axis=0)": [[[[1, 2], [0.5, 1]], [1, -1]]],
    "input x: [4]; [x[0], x[-1]*2, max(x[1:3]), x[::-1][0]]": [[[1, 5, 3, 2]]],
    "input x: [2, 3]; input y: [3]; softmax(x*y) + logsumexp(x, axis=1, keepdims=1) - norm(x, axis=0)": [
        [[[1, 5, 3], [0, 0.5, 9]], [1, 2, 3]]
    ],
    "input x: [3, 3]; mean(x, axis=0) + std(x, axis=1) + var(x) + prod(x, axis=0) + cumsum(x, axis=1)": [
        [[[1, 5, 3], [0, 0.5, 9], [7, 1, 2]]]
    ],
    "input x: [2, 2]; concat(x, flip(x), axis=1) @ tril(ones([4, 4])) + stack(1, 2, 3, 4)": [
        [[[1, 5], [3, 0]]]
    ],
    "input x: [3]; input y: [3]; cross(x, y) + kron(x, [2])/outer(x, y)[0] + reshape(diag(x), [9])[:3]": [
        [[1, 2, 3], [5, 7, 9]]
    ],
    "input x: [3]; (if x > 1 then log(x) else x) + (x < 2) + (x > 0 and x < 3)": [[[1, 2, 3]]],
    "input A: [2, 2]; input B: [2, 2]; einsum(\"ij,kj->ik\", A, B) + trace(A@B) + argmax(A)": [
        [[[1, 5], [3, 0]], [[2, 1], [7, 4]]]
    ],
    "input x: [2, 3]; x.T^2 % 3 + transpose(x)//2 + [[1], [2], [3]]": [[[[1, 2, 3], [4, 5, 6]]]],
}  # fmt: skip


def gradient(program: Program) -> Static:
    return with_gradient(static_graph(program, {}), list(program.inputs), program.source)


def text_of(program: str, target: str, **options: str) -> str:
    return str(export(static_of(program), target, **options))
