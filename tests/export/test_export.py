"""Exported code, run: every operation, arrays, whole programs."""

from __future__ import annotations

import math
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import onnxruntime
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cgcli import CgError
from cgcli.evaluation.prepared import Prepared
from cgcli.evaluation.static import static_graph
from cgcli.export import TARGETS, export
from cgcli.language.lowering import lower
from cgcli.language.parser import parse
from cgcli.language.program import Program
from cgcli.ops import ARRAY_OPS, ELEMENTWISE, OPS, Op
from cgcli.rewrite.static import Static
from cgcli.source import Source
from tests.cg import ROOT, cg
from tests.export.runs import ARRAY_PROGRAMS, RUNNERS, Case, differences, gradient, static_of
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
        "erf", "erfc", "erfinv", "erfcx", "ndtr", "log_ndtr", "gelu", "polygamma", "binomial",
    },
    "onnx": BY_ORDER | {
        "erf", "erfc", "erfinv", "erfcx", "ndtr", "log_ndtr", "gelu", "gamma", "lgamma", "factorial",
        "polygamma", "beta", "binomial", "cumprod", "recurrence", "det", "cofactor", "cofactor_along",
        "logdet", "inv", "solve", "cholesky", "eigvalsh", "eigenvectors", "shared",
        "eigenvectors_along",
        "sort", "argsort", "median", "quantile", "svdvals", "cond", "expm", "cov", "uniform", "normal",
    },
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


STRETCHED = {
    'input A: [2, 1, 3]; input B: [1, 3]; einsum("...i,ji->...j", A, B) + einsum("ij,ij->ij", A[0], B)': [
        [[[[3, 1, 2]], [[0, 2, 5]]], [[1, 2, 3]]]
    ],
    "input x: [3]; var(x, ddof=1) + std(x, ddof=2)": [[[3, 1, 5]]],
}
SOLVING = {
    "input x: [4]; input q: []; sort(x) + argsort(x) + median(x) + quantile(x, q) + var(x, ddof=1)": [
        [[3, 1, 2, 8], 0.3],
        [[1, inf, inf, -inf], 0.7],
        [[1, 2, 3, 4], -0.5],
    ],
    "input A: [2, 3]; svdvals(A) + cond(A) + cov(A)[0] + expm(A @ A.T/9) @ normal(2, seed=3)": [
        [[[3, 1, 2], [0, 2, 5]]]
    ],
    'input A: [2, 1, 3]; input B: [1, 3]; einsum("...i,ji->...j", A, B) + uniform([2, 1, 1])': [
        [[[[3, 1, 2]], [[0, 2, 5]]], [[1, 2, 3]]]
    ],
    "input A: [2, 2]; input b: [2]; solve(A, b) + inv(A) + det(A) + logdet(A)": [[[[3, 1], [1, 2]], [1, 4]]],
    "input A: [2, 2]; cholesky(A) + eigvalsh(A) + cofactor(A) + eigenvectors(A)": [[[[3, 1], [1, 2]]]],
    "input A: [2, 2]; eigenvectors_along(A, A) + eigenvectors_along(eye(2), A)": [[[[3, 1], [1, 2]]]],
    "input A: [4, 4]; cofactor_along(A, A + eye(4))": [
        [[[1, 2, 3, 4], [2, 4, 6, 8], [1, 0, 1, 0], [3, 1, 2, 0]]]
    ],
    "input x: [3]; recurrence(x, x) + cumprod(x) + gamma(x) + polygamma(1, x) + beta(x, 2)": [[[1, 2, 3.5]]],
}


@pytest.mark.parametrize("target", ["numpy", "onnx"])
def test_arrays(target: str, tmp_path: Path) -> None:
    wanted = ARRAY_PROGRAMS | STRETCHED | (SOLVING if target == "numpy" else {})
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


# DuckDB takes the square of this to plan a query that long: 20 s for 4,400.
LONGEST_QUERY = 1_000


@cache
def example_cases() -> list[Case]:
    """The programs of examples/ that are of numbers, and their gradients, at their defaults."""
    cases = []
    for place, path in enumerate(sorted((ROOT / "examples").glob("*.cg"))):
        program = lower(parse(Source((path.name, path.read_text()))), {})
        if Prepared(program, {}).default_shapes() or cg("plan", "-f", str(path)).out.startswith("dynamic"):
            continue
        if program.uses_arrays or set(program.inputs) - set(program.defaults) or len(program.inputs) == 0:
            continue
        for prefix, static in (("f", static_graph(program, {})), ("g", gradient(program))):
            if not any(static.shapes[node] for node in static.schedule()):  # where it is unrolled
                cases.append(Case(f"{prefix}{place}", static, [point_of(program, static)]))
    return cases


@pytest.mark.parametrize("target", RUNNERS)
def test_examples(target: str, tmp_path: Path) -> None:
    cases = []
    for case in example_cases():
        nodes = case.static.schedule()
        if target == "sql" and len(nodes) > LONGEST_QUERY:
            continue
        if not {case.static.graph.ops[node].name for node in nodes} & MISSING[target]:
            cases.append(case)
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
