"""Exported code is run where it is meant to run, and must give what cg gives."""

from __future__ import annotations

import json
import math
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import numpy as np
import onnx
import onnxruntime
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import cgcli
from cgcli import CgError
from cgcli.algebras import arrays
from cgcli.algebras.numbers import floats
from cgcli.cli.export import command
from cgcli.cli.request import Request
from cgcli.evaluation.prepared import Prepared
from cgcli.evaluation.static import static_graph
from cgcli.export import TARGETS, export
from cgcli.graph import Graph
from cgcli.language.lowering import lower
from cgcli.language.parser import parse
from cgcli.language.program import Program
from cgcli.ops import ARRAY_OPS, ELEMENTWISE, OPS, Op
from cgcli.passes.forward import forward
from cgcli.rewrite.differentiate import with_gradient
from cgcli.rewrite.static import Static
from cgcli.source import Source
from tests.cg import ROOT, cg
from tests.operations import BESIDE, TABLE
from tests.programs import programs

onnxruntime.set_default_logger_severity(4)

inf, nan = math.inf, math.nan

# Derivatives of any order, which are written for the first and the second alone.
BY_ORDER = {"polysinc", "polyerfcx"}

# What the targets leave out, and why: there is no such function, and none can be composed exactly.
MISSING = {
    "python": BY_ORDER,
    "c": BY_ORDER,
    "numpy": BY_ORDER,
    "latex": set(),
    "sql": BY_ORDER | {
        "erf", "erfc", "erfinv", "erfcx", "ndtr", "log_ndtr", "gelu", "digamma", "digammadiff", "polygamma",
        "beta", "binomial",
    },
    "onnx": BY_ORDER | {
        "erf", "erfc", "erfinv", "erfcx", "ndtr", "log_ndtr", "gelu", "gamma", "lgamma", "factorial",
        "digamma", "digammadiff", "polygamma", "beta", "binomial", "cumprod", "recurrence", "det", "cofactor",
        "logdet", "inv", "solve", "cholesky", "eigvalsh", "eigenvectors", "shared",
    },
}  # fmt: skip


def program_of(text: str) -> Program:
    return lower(parse(Source(("<expr>", text))), {})


def static_of(text: str) -> Static:
    return static_graph(program_of(text), {})


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


# Operations


def written_call(op: Op, count: int) -> str:
    names = ", ".join("xyw"[:count])
    if op.function and op.symbol != "!":
        return f"{op.word}({names})"
    return "x!" if op.symbol == "!" else f"{op.symbol} x" if count == 1 else f"x {op.symbol} y"


def operation_cases(target: str) -> list[Case]:
    """Every elementwise operation that the target has, at the points of the table of operations."""
    cases = []
    for op in ELEMENTWISE:
        row, rng = TABLE[op.name], Random(op.name)
        points = [tuple(sample(rng) for sample in row.domain) for _ in range(12)]
        points += [*(point for point in row.points if point not in BESIDE), *(edge[0] for edge in row.edges)]
        if op.name not in MISSING[target]:
            cases.append(Case(f"op_{op.name}", static_of(written_call(op, len(row.domain))), points))
        if op.name in BY_ORDER and (op.name == "polysinc" or "erfc" not in MISSING[target]):
            for order in (1, 2):
                drawn = [(row.domain[1](rng),) for _ in range(12)] + [(inf,), (nan,), (0.25,), (4.0,)]
                cases.append(Case(f"op_{op.name}{order}", static_of(f"{op.name}({order}, x)"), drawn))
    return cases


EXAMPLE = {op.name: op.example.rpartition(" = ")[0] for op in ARRAY_OPS}


@pytest.mark.parametrize("target", TARGETS)
def test_what_is_missing_is_refused_and_nothing_else(target: str) -> None:
    for op in ELEMENTWISE if target in ("python", "c", "sql") else OPS.values():
        is_elementwise = op.name in TABLE
        text = written_call(op, len(TABLE[op.name].domain)) if is_elementwise else EXAMPLE[op.name]
        static = static_of(text)
        if op.name in MISSING[target]:
            with pytest.raises(CgError, match="cannot express"):
                export(static, target)
        else:
            assert export(static, target), op


@pytest.mark.parametrize("target", RUNNERS)
def test_operations(target: str, tmp_path: Path) -> None:
    cases = operation_cases(target)
    assert differences(cases, RUNNERS[target](cases, tmp_path)) == []


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
SOLVING = {
    "input A: [2, 2]; input b: [2]; solve(A, b) + inv(A) + det(A) + logdet(A)": [[[[3, 1], [1, 2]], [1, 4]]],
    "input A: [2, 2]; cholesky(A) + eigvalsh(A) + cofactor(A) + eigenvectors(A)": [[[[3, 1], [1, 2]]]],
    "input x: [3]; recurrence(x, x) + cumprod(x) + gamma(x) + polygamma(1, x) + beta(x, 2)": [[[1, 2, 3.5]]],
}


@pytest.mark.parametrize("target", ["numpy", "onnx"])
def test_arrays(target: str, tmp_path: Path) -> None:
    wanted = ARRAY_PROGRAMS | (SOLVING if target == "numpy" else {})
    cases = [Case(f"f{i}", static_of(text), points) for i, (text, points) in enumerate(wanted.items())]
    for place, text in enumerate(EXAMPLE.values()):
        if not {op.name for op in static_of(text).graph.ops} & MISSING[target]:
            cases.append(Case(f"g{place}", static_of(text), [[]]))
    assert differences(cases, RUNNERS[target](cases, tmp_path), 1e-11) == []


# Whole programs


def point_of(program: Program, static: Static) -> list[Any]:
    """The defaults of a program."""
    known = Prepared(program, {}).known
    return [known[name] for name in static.inputs()]


def gradient(program: Program) -> Static:
    return with_gradient(static_graph(program, {}), list(program.inputs), program.source)


@pytest.mark.parametrize("target", RUNNERS)
def test_examples(target: str, tmp_path: Path) -> None:
    """The programs of examples/, and their gradients."""
    cases = []
    for place, path in enumerate(sorted((ROOT / "examples").glob("*.cg"))):
        program = lower(parse(Source((path.name, path.read_text()))), {})
        if program.uses_arrays or set(program.inputs) - set(program.defaults) or len(program.inputs) == 0:
            continue
        for prefix, static in (("f", static_graph(program, {})), ("g", gradient(program))):
            if not {static.graph.ops[node].name for node in static.schedule()} & MISSING[target]:
                cases.append(Case(f"{prefix}{place}", static, [point_of(program, static)]))
    assert len(cases) > 20
    assert differences(cases, RUNNERS[target](cases, tmp_path), 1e-11) == []


POINTS = [[0.7, -1.3, 2.5, 0.0, 1.0], [-2.0, 0.25, 3.0, 1e3, -0.5], [inf, 1.0, -1.0, nan, 4.0]]


@pytest.mark.parametrize("target", RUNNERS)
@given(texts=st.lists(programs(), min_size=40, max_size=40))
@settings(max_examples=4, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_random_programs(target: str, tmp_path: Path, texts: list[str]) -> None:
    """Without copysign: the sign of a nan is not the same everywhere."""
    cases = []
    for place, text in enumerate(text for text in texts if "copysign" not in text):
        static = static_of(text)
        if not {static.graph.ops[node].name for node in static.schedule()} & MISSING[target]:
            count = len(static.inputs())
            cases.append(Case(f"f{place}", static, [point[:count] for point in POINTS]))
    if cases:
        assert differences(cases, RUNNERS[target](cases, tmp_path), 1e-9) == []


# Text


def deep(count: int, shared: bool) -> Static:
    """A chain of operations; with `shared` each uses the one before twice."""
    graph = Graph()
    node = first = graph.input("x")
    half = graph.constant(0.5)
    for place in range(count):
        if shared:
            node = graph.add(OPS["mul"], (graph.add(OPS["add"], (node, node)), half))
        elif place % 2:
            node = graph.add(OPS["sin"], (node,))
        else:
            node = graph.add(OPS["sub"], (first, node))
    return Static(graph, [(None, node)], [()] * len(graph))


@pytest.mark.parametrize("target", TARGETS)
def test_text_grows_with_the_graph(target: str) -> None:
    small, large = (len(export(deep(count, True), target)) for count in (1000, 4000))
    assert large < 5 * small
    small, large = (len(export(deep(count, False), target)) for count in (10_000, 40_000))
    assert large < 5 * small


@pytest.mark.parametrize("target", ["python", "numpy", "c"])
def test_deep_graphs_run(target: str, tmp_path: Path) -> None:
    cases = [
        Case("f", deep(20_000 if target == "c" else 100_000, False), [[0.5]]),
        Case("g", deep(2000, True), [[0.5]]),
    ]
    assert differences(cases, RUNNERS[target](cases, tmp_path)) == []


def text_of(program: str, target: str, **options: str) -> str:
    return str(export(static_of(program), target, **options))


def test_names_of_the_program_survive() -> None:
    text = text_of("speed = a + b; lambda = speed*speed; exp_ = lambda + sin(v1); exp_*exp_", "python")
    assert "def f(a, b, v1):" in text
    for line in ("speed = a + b", "lambda_ = speed*speed", "exp_ = lambda_ + _sin(v1)", "return exp_*exp_"):
        assert f"    {line}\n" in text
    text = text_of("exp = a + été; β = exp*exp; log(exp)*β + double", "c")
    assert "double f(double a, double ete, double double_)" in text
    assert "exp_ = a + ete;" in text
    assert "beta = exp_*exp_;" in text
    text = text_of("x1 = α/2; Y = x1*x1; f_max = sqrt(e)*x1; f_max + Y*Y", "latex")
    assert r"x_{1} &= \frac{\alpha}{2} \\" in text
    assert r"Y &= x_{1} \cdot x_{1} \\" in text
    assert r"f_{\mathit{max}} &= \sqrt{\mathrm{e}} \cdot x_{1} \\" in text


def test_names_are_used_once(tmp_path: Path) -> None:
    """Of Python's builtins, of helpers, of letters that are one in the target, of fresh names."""
    texts = [
        "_sin = x + 1; math = sin(_sin)*2; v1 = math^2; f = v1 + exp(v1)*v1; min = f + f; min*_sin",
        "ß = x*2; ss = ß + x; e_ = ss*ß; double = e_ + 1; double_ = double*2; double_ + ss + e_*double",
        "f_max = max(x, 1); cg_max = max(f_max, 2); t0 = cg_max + f_max; t1 = t0^2; data = t1 + t0; data*t1",
    ]
    for target, run in RUNNERS.items():
        cases = [Case(f"f{place}", static_of(text), [[0.5], [3.0]]) for place, text in enumerate(texts)]
        cases.append(Case("f", static_of("ﬁ = x*2; fi = x + ﬁ*ﬁ; ﬁ + fi*fi"), [[0.5]]))
        assert differences(cases, run(cases, tmp_path)) == [], target


def test_columns_have_quotes_where_they_must(tmp_path: Path) -> None:
    cases = [Case("f", static_of("été = order + 1; group = été*été; select*group + group"), [[1.0, 2.0]])]
    assert differences(cases, in_sql(cases, tmp_path)) == []
    assert 'FROM "my data"' in text_of("x + 1", "sql", table="my data")
    assert "FROM main.data" in text_of("x + 1", "sql", table="main.data")
    with pytest.raises(CgError, match="takes for one"):
        text_of("a + A", "sql")


def test_null_gives_null() -> None:
    connection = duckdb.connect()
    connection.execute("CREATE TABLE data (x DOUBLE, y DOUBLE)")
    connection.execute("INSERT INTO data VALUES (NULL, 2), (1, NULL)")
    shown = ["min(x, y)", "max(x, y)", "where(x > y, 1, 2)", "log(x)*y", "x // y", "x % y", "clip(x, y, 3)"]
    shown += ["sign(x)*y", "expm1(x) + y", "hypot(x, y)", "copysign(x, y)", "xlogy(x, y)", "(x < y) + 1"]
    for expression in shown:
        assert connection.execute(text_of(expression, "sql")).fetchall() == [(None,), (None,)], expression


def test_null_is_what_it_is_in_sql_where_another_operand_decides() -> None:
    connection = duckdb.connect()
    connection.execute("CREATE TABLE data (x DOUBLE, y DOUBLE)")
    connection.execute("INSERT INTO data VALUES (NULL, 2)")
    for text, wanted in [
        ("x or 1", 1.0), ("x or y", 1.0), ("x and 0", 0.0), ("x and y", None), ("x or 0", None),
        ("x^0 + y", None), ("where(x > 0, 1, 1)", None), ("0*x", None), ("3 + 4", 7.0),
    ]:  # fmt: skip
        assert connection.execute(text_of(text, "sql")).fetchall() == [(wanted,)], text
    query = cg("export", "--to", "sql", "--grad", "2*x + y").out
    assert connection.execute(query).fetchall() == [(None, 2.0, 1.0)]


def test_rows_of_a_table_stay_whole() -> None:
    """The columns that are no inputs come first; what the query names itself does not meet them."""
    connection = duckdb.connect()
    connection.execute("CREATE TABLE data (id INT, x DOUBLE, region TEXT, v1 INT, t0 INT, f INT)")
    connection.execute("INSERT INTO data VALUES (7, 2, 'north', 8, 9, 10)")
    result = connection.execute(cg("export", "--to", "sql", "d = sin(x)*0 + x; d^2 + d").out)
    names = [column[0] for column in result.description or []]
    assert names == ["id", "region", "v1", "t0", "f", "f"]
    assert result.fetchall() == [(7, "north", 8, 9, 10, 6.0)]
    assert connection.execute(cg("export", "--to", "sql", "1 + 1").out).fetchall() == [
        (7, 2.0, "north", 8, 9, 10, 2.0)
    ]
    connection.execute("CREATE OR REPLACE TABLE data (t_row INT, other TEXT)")
    connection.execute("INSERT INTO data VALUES (1, 'a')")
    assert connection.execute(cg("export", "--to", "sql", "t_row + 1").out).fetchall() == [("a", 2.0)]


def test_assertions_are_left_out_and_told() -> None:
    for target, comment in (("python", "#"), ("numpy", "#"), ("c", "//"), ("sql", "--"), ("latex", "%")):
        done = cg("export", "--to", target, "assert x > 0; x^2")
        assert done.out.startswith(f"{comment} not checked: assert x > 0\n"), target
        assert done.err.startswith("note: assertions are left out")


ENDLESS = [
    "x*(1/0)",
    "x + 5//0",
    "x + 5%0",
    "x + 0^-1",
    "x + 10^400",
    "x*(-8)^(1/3)",
    "x*log(0 - 1) + exp(1e3)",
]


@pytest.mark.parametrize("target", RUNNERS)
def test_constants_are_what_eval_gives(target: str, tmp_path: Path) -> None:
    """Where Python raises, or gives a complex number."""
    cases = [Case(f"f{i}", static_of(text), [[1.5], [-2.0]]) for i, text in enumerate(ENDLESS)]
    assert differences(cases, RUNNERS[target](cases, tmp_path)) == []


def test_whole_numbers_and_decimals_of_a_table_are_doubles() -> None:
    connection = duckdb.connect()
    connection.execute("CREATE TABLE data AS SELECT 2147483647 AS n, 0.1 AS d")
    assert connection.execute(text_of("n*n + 0.1 + 0.2; d + 0.2; 1/3 + d*0", "sql")).fetchall() == [
        (2147483647.0**2 + 0.1 + 0.2, 0.1 + 0.2, 1 / 3)
    ]


def test_a_branch_that_is_not_taken_does_no_harm(tmp_path: Path) -> None:
    texts = [
        "if x > 0 then sqrt(x)*log(x) else 1/x",
        "s = log(x); (if x > 0 then s else 0) + (if x > 1 then s*s else gamma(x))",
        "where(x > 0, x^0.5, acosh(x)) + where(x < 2, exp(1000*x), asin(x)//0)",
    ]
    for target, run in RUNNERS.items():
        wanted = [text for text in texts if target != "onnx" or "gamma" not in text]
        cases = [Case(f"f{i}", static_of(text), [[4.0], [0.0], [-1.0]]) for i, text in enumerate(wanted)]
        assert differences(cases, run(cases, tmp_path)) == [], target
    branch = text_of("if x > 0 then sqrt(x) else -x", "python").splitlines()[-1]
    assert branch == "    return _sqrt(x) if x > 0.0 else -x"  # its own branch is written in it


def test_several_outputs_are_named_in_order() -> None:
    text = text_of("s = a + b; p = a*b", "c")
    assert "/* out: s, p */\nvoid f(double a, double b, double out[2])" in text
    assert '"""Return (s, p)."""' in text_of("s = a + b; p = a*b", "numpy")
    assert "a + b AS f1" in text_of("a + b; a*b", "sql")


def test_sizes_with_names_come_from_the_inputs() -> None:
    program = program_of("input A: [m, n]; input b: [n]; sum(A @ b)")
    text = str(export(gradient(program), "numpy"))
    assert "m = A.shape[0]" in text
    scope: dict[str, Any] = {}
    exec(text, scope)
    value, by_matrix, by_vector = scope["f"]([[1, 2], [3, 4], [5, 6]], [1, -1])
    assert value == -3
    assert by_matrix.tolist() == [[1, -1]] * 3
    assert by_vector.tolist() == [9, 12]


@pytest.mark.parametrize(
    "target, program, message",
    [
        ("sql", "1 + erf(x)", "SQL cannot express `erf`\n --> <expr>:1:5"),
        ("onnx", "2*gamma(x)", "ONNX cannot express `gamma`\n --> <expr>:1:3"),
        ("c", "1 + sum([x, 2])", "`[]` works on arrays, and C has numbers only here\n --> <expr>:1:9"),
        ("python", "input A: [2]; A + 1", "the input `A` is an array, and Python has numbers only"),
        ("onnx", "input A: [n]; flip(A)", "ONNX needs sizes that are numbers here"),
        ("onnx", "input A: [3]; A[k]", "ONNX cannot express subscripts that are computed"),
    ],
)
def test_what_cannot_be_expressed(target: str, program: str, message: str) -> None:
    whole = program_of(program)
    with pytest.raises(CgError) as error:
        export(static_graph(whole, {}), target, source=whole.source)
    assert message in str(error.value)
    assert (error.value.diagnostic.kind, error.value.status) == ("export", 3)


@pytest.mark.parametrize("target, name", [("c", "exp"), ("c", "a-b"), ("python", "class"), ("numpy", "2f")])
def test_names_of_functions_are_checked(target: str, name: str) -> None:
    with pytest.raises(CgError, match="cannot be the name of a function"):
        text_of("x + 1", target, name=name)


# LaTeX


def test_latex_compiles(tmp_path: Path) -> None:
    """Every operation and the examples; without a TeX engine, that all is closed which is opened."""
    texts = [op.example.rpartition(" = ")[0] for op in OPS.values()]
    texts += [path.read_text() for path in (ROOT / "examples").glob("*.cg")]
    texts += [*ARRAY_PROGRAMS, "0.5e-7*x_1_2 - (-y)^-2 - -3*Ω", "not x and (y or z) == w"]
    formulas = [text_of(text, "latex") for text in texts]
    for formula in formulas:
        assert formula.count("{") == formula.count("}")
        assert len(re.findall(r"\\left\b", formula)) == len(re.findall(r"\\right\b", formula))
        assert sorted(re.findall(r"\\begin\{(\w+)", formula)) == sorted(re.findall(r"\\end\{(\w+)", formula))
    engine = shutil.which("pdflatex")
    if engine is not None:
        head = "\\documentclass{article}\\usepackage{amsmath}\\begin{document}\n"
        (tmp_path / "formulas.tex").write_text(head + "\n".join(formulas) + "\\end{document}\n")
        command = [engine, "-halt-on-error", "-interaction=nonstopmode", "formulas.tex"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout[-2000:]


# The command


def run_command(capfdbinary: pytest.CaptureFixture[bytes], *arguments: str, **options: Any) -> bytes:
    request = Request(list(arguments), command="export", **options)
    assert command(request) == 0
    return capfdbinary.readouterr().out


def test_the_command_writes_gradients(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    text = run_command(capfdbinary, "x^2*sin(y)", to="python", grad=True).decode()
    scope: dict[str, Any] = {}
    exec(text, scope)
    assert '"""Return (f, df_dx, df_dy)."""' in text
    found = scope["f"](3.0, 0.5)
    assert close(found, [9 * math.sin(0.5), 6 * math.sin(0.5), 9 * math.cos(0.5)], 1e-15)
    text = run_command(capfdbinary, "x^2*sin(y)", to="c", grad=True, wrt=["y"]).decode()
    assert "out: f, df_dy" in text
    text = run_command(capfdbinary, "x^2*sin(y)", to="c", grad=True, wrt=["y", "x", "y"]).decode()
    assert "out: f, df_dy, df_dx " in text  # each name once


def test_values_become_constants(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    text = run_command(capfdbinary, "input k = 2; k*x + y", "y=3", to="c", name="line").decode()
    assert "double line(double k, double x)\n{\n    return k*x + 3.0;\n}" in text
    text = run_command(capfdbinary, "A @ x + y", "A=[[1, 2], [3, 4]]", "x=[1, 2]", to="numpy").decode()
    assert "def f(y):" in text


@pytest.mark.parametrize(
    "options, message",
    [
        (["--to", "c", "--wrt", "q"], "--wrt: nothing is differentiated without --grad"),
        (["--to", "dot", "--wrt", "x"], "--wrt: nothing is differentiated without --grad"),
        (["--to", "dot", "--grad"], "--grad: a picture has no derivatives"),
        (["--to", "c", "--grad", "--wrt", "q"], "--wrt: the program has no name `q`"),
        (["--to", "sql", "--name", "g"], "--name: a query has no name"),
        (["--to", "mermaid", "--name", "g"], "--name: a picture has no name"),
        (["--to", "latex", "--name", "a}b"], "--name: `a}b` is not a name"),
        (["--to", "onnx", "--name", ""], "--name: `` is not a name"),
        (["--to", "c", "--table", "g"], "--table: only sql reads a table, and c is written"),
        (["--to", "sql", "--table", " "], "--table: the name of a table is not empty"),
    ],
)
def test_an_option_without_a_meaning_is_refused(options: list[str], message: str) -> None:
    done = cg("export", *options, "x^2 + y")
    assert (done.status, done.out) == (2, "")
    assert message in done.err


def test_the_command_writes_files(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    path = str(tmp_path / "model.onnx")
    assert run_command(capfdbinary, "x + 1", to="onnx", output=path) == b""
    assert onnx.load(path).graph.name == "f"
    assert run_command(capfdbinary, "x + 1", to="onnx") == Path(path).read_bytes()
    with pytest.raises(CgError, match="cannot write"):
        run_command(capfdbinary, "x + 1", to="c", output=str(tmp_path / "no" / "f.c"))


def test_pictures_are_those_of_graph(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    for style in ("dot", "mermaid"):
        drawn = cg("graph", "--style", style, "d = a + b; d*d", "a=1").out
        assert run_command(capfdbinary, "d = a + b; d*d", "a=1", to=style).decode() == drawn


def test_the_package_onnx_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(CgError) as error:
        export(static_of("x + 1"), "onnx")
    assert "pip install 'cgcli[onnx]'" in str(error.value)


@pytest.mark.parametrize(
    "text, x, expected",
    [
        ("1/(1 + exp(-x))", -1000.0, (0.0, 0.0)),
        ("log(1 + exp(x))", 800.0, (math.inf, 1.0)),
        ("log(1 + exp(x))", -800.0, (0.0, 0.0)),
    ],
)
def test_the_gradient_does_not_overflow_where_the_value_does(
    text: str, x: float, expected: tuple[float, float]
) -> None:
    """The value is that of `cg eval`, bit for bit."""
    program = cgcli.parse(text)
    assert cgcli.evaluate(text, x=x)["f"] == expected[0]
    namespace: dict[str, Any] = {}
    exec(str(export(gradient(program), "python")), namespace)
    assert namespace["f"](x) == expected


def test_inputs_that_no_output_needs_stay_arguments_of_a_gradient() -> None:
    program = cgcli.parse("input x: [n]; input z: [m]; sum(x^2)")
    static = static_graph(program, {}).keep(program.inputs)
    namespace: dict[str, Any] = {}
    exec(str(export(with_gradient(static, list(program.inputs)), "numpy")), namespace)
    value, by_x, by_z = namespace["f"]([1.0, 2.0], [3.0, 4.0, 5.0])
    assert (value, by_x.tolist(), by_z.tolist()) == (5.0, [2.0, 4.0], [0.0, 0.0, 0.0])
