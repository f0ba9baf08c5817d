"""The digits that `cg check` trusts, against those that there are, by the same graph over numbers of 200
digits."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from mpmath import mp, mpf

import cgcli
from cgcli.evaluation.rounding import FULL
from cgcli.evaluation.specialised import Point
from cgcli.language.lowering import lower
from cgcli.language.parser import parse
from cgcli.passes.derive import derive
from cgcli.passes.forward import forward
from cgcli.source import Source
from tests.algebras.mpmath50 import MPMATH50
from tests.cg import cg
from tests.points import evaluate

PRECISE = 200


def truth(text: str, inputs: dict[str, float]) -> tuple[Any, dict[str, Any]]:
    """The value of a program of numbers, and its derivatives."""
    program = evaluate(lower(parse(Source(("truth", text)))), inputs).program
    graph, output = program.graph.copy(), program.outputs[0].node
    slopes = derive(graph, None, output, list(program.inputs.values()))
    with mp.workdps(PRECISE):
        exact = {name: mpf(value) for name, value in inputs.items()}
        values = forward(graph, MPMATH50, exact, graph.ancestors([output, *slopes]))
        return +values[output], {name: +values[x] for name, x in zip(program.inputs, slopes, strict=True)}


def digits(found: Any, exact: Any) -> float:
    """How many of them are right."""
    if isinstance(found, str) or not mp.isfinite(exact):  # not finite
        return math.inf
    with mp.workdps(PRECISE):
        error = abs(mpf(found) - exact)
        if error <= max(abs(exact) * mpf(2) ** -53, mpf(2) ** -1074):
            return FULL
        return max(0.0, float(-mp.log10(error / abs(found)))) if found else 0.0


def checked(text: str, inputs: dict[str, Any]) -> list[dict[str, Any]]:
    bound = [f"{name}={value!r}" for name, value in inputs.items()]
    result = cg("check", text, *bound, "--format", "json", "--digits", "17")
    assert result.status in (0, 1), result
    return [json.loads(line) for line in result.out.splitlines()]


def steps(start: str, step: str, count: int) -> str:
    return f"y = {start}\n" + f"y = {step}\n" * count + "y"


RUMP = "333.75*y^6 + x^2*(11*x^2*y^2 - y^6 - 121*y^4 - 2) + 5.5*y^8 + x/(2*y)"
EXP_20 = " + ".join(f"(-x)^{n}/{math.factorial(n)}" for n in range(2, 100))
EXPANDED = "x^7 - 7*x^6 + 21*x^5 - 35*x^4 + 35*x^3 - 21*x^2 + 7*x - 1"

CASES = [
    ("(1 - cos(x))/x^2", {"x": 1e-6}),
    ("(1 - cos(x))/x^2", {"x": 1e-4}),
    ("(x - sin(x))/x^3", {"x": 1e-5}),
    (RUMP, {"x": 77617.0, "y": 33096.0}),
    (steps("x", "3.75*y*(1 - y)", 30), {"x": 0.4}),
    (steps("x", "3.75*y*(1 - y)", 60), {"x": 0.4}),
    (steps("x", "4*y*(1 - y)", 30), {"x": 0.1}),
    ("sqrt(x + 1) - sqrt(x)", {"x": 1e10}),
    (" + ".join(f"sin({k}*x)" for k in range(1, 1001)), {"x": 1.3}),
    (EXPANDED, {"x": 1.02}),
    ("(x - 1)*(x - 2)*(x - 3) - (x^3 - 6*x^2 + 11*x - 6)", {"x": 1.1}),
    ("log(1 + x)", {"x": 1e-10}),
    ("log(1 + x)/x", {"x": 3e-13}),
    ("exp(x) - 1", {"x": 1e-10}),
    ("(exp(x) - 1)/x", {"x": 1e-8}),
    ("(x^2 + y^2 + z^2)/3 - ((x + y + z)/3)^2", {"x": 1e6 + 1, "y": 1e6 + 2, "z": 1e6 + 4}),
    ("(-b + sqrt(b^2 - 4*a*c))/(2*a)", {"a": 1.0, "b": 1e7, "c": 1.0}),
    ("x^2 - y^2", {"x": 1e8 + 1, "y": 1e8}),
    (steps("x", "y*1.1*x", 60), {"x": 0.9}),
    (steps("1", "y*(x + 0.1)/(x + 0.2)", 40), {"x": 0.7}),
    (f"1 - x + {EXP_20}", {"x": 20.0}),
    ("0.1*x + 0.2*x - 0.3*x", {"x": 3.0}),
    ("sin(pi*x) + cos(e*x) - tan(tau*x)", {"x": 1e5}),
    ("tan(x) - sin(x)", {"x": 1e-4}),
    ("asin(x) - acos(x) + 2*atan(x) - asinh(x)*acosh(1 + x)/atanh(x)", {"x": 0.6}),
    ("sigmoid(x) - 0.5 - tanh(x/2)/2.1 + sinh(x)/cosh(x) - log2(1 + x)*log10(2 + x)", {"x": 0.01}),
    ("x^2.5 - x^2*sqrt(x) + exp2(x)", {"x": 7.1}),
    ("f = x^3; diff(f, x) - 3*x^2 + log1p(x) - x", {"x": 1e-6}),
]  # fmt: skip


# Of functions whose errors are bounded, not known.
BOUNDED = [
    ("erf(x) - x*2/sqrt(pi)", {"x": 1e-3}),
    ("lgamma(x + 1) - log(gamma(x + 1)*x)", {"x": 5.3}),
    ("hypot(x, y) - x", {"x": 1e4, "y": 3.0}),
    ("cbrt(x + 1) - cbrt(x)", {"x": 1e9}),
    ("softplus(x) - x + digamma(x)*1e-20", {"x": 30.0}),
    ("logaddexp(x, y) - y", {"x": 1.0, "y": 20.0}),
    ("acsc(x)*x - 1", {"x": 300.0}),
]


def both(text: str, inputs: dict[str, float]) -> list[tuple[float, float]]:
    """The digits that are told, and those that there are: of the value, and of each derivative."""
    value, slopes = truth(text, inputs)
    point = evaluate(lower(parse(Source(("found", text)))), inputs)
    found = point.values[point.program.outputs[0].node]
    rows = checked(text, inputs)
    pairs = [(row["digits"], digits(row["reverse"], slopes[row["by"]])) for row in rows]
    return [(rows[0]["value_digits"], digits(found, value)), *pairs]


def named(cases: list[Any]) -> dict[str, Any]:
    return {"argvalues": cases, "ids": [text.replace("\n", "; ")[:40] for text, _ in cases]}


@pytest.mark.parametrize("text, inputs", **named(CASES))
def test_digits(text: str, inputs: dict[str, float]) -> None:
    for told, there in both(text, inputs):
        assert abs(told - there) <= 1


@pytest.mark.parametrize("text, inputs", **named(BOUNDED))
def test_bounds(text: str, inputs: dict[str, float]) -> None:
    for told, there in both(text, inputs):
        assert there - 3 <= told <= there + 0.1


BINARY, UNARY = ("({} + {})", "({} - {})", "({})*({})", "({})/({})"), (
    "sin({})", "cos({})", "exp({})", "log(abs({}))", "sqrt(abs({}))", "({})^2", "({})^3", "tanh({})",
    "atan({})", "log1p(abs({}))", "expm1({})", "tan({})", "sinh({})", "0.1*({})", "erf({})", "hypot({}, 2)",
)  # fmt: skip
LEAVES = st.sampled_from(["x", "y", "1", "0.3", "pi", "1e5", "x"])
PROGRAMS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.tuples(st.sampled_from(BINARY), inner, inner), st.tuples(st.sampled_from(UNARY), inner)
    ).map(lambda parts: parts[0].format(*parts[1:])),
    max_leaves=12,
)
NUMBERS = st.floats(1e-8, 1e6) | st.floats(0.1, 10)


def tame(point: Point) -> bool:
    """Whether values are in range, and no rounded one is on the kink of abs by chance."""
    kinks = [value for op, value in zip(point.graph.ops, point.values) if op.name == "abs"]
    return all(kinks) and all(abs(value) < 1e100 for value in point.values)


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(PROGRAMS, NUMBERS, NUMBERS)
def test_no_more_digits_than_there_are(text: str, x: float, y: float) -> None:
    text = f"{text} + 0*x*y"
    inputs = {"x": x, "y": y}
    assume(tame(evaluate(lower(parse(Source(("found", text)))), inputs)))
    for told, there in both(text, inputs):
        if told is not None:
            assert told <= there + 0.3


ARRAYS = [
    ("sum(sin(k*x))", {"k": list(range(1, 3001)), "x": 1.3}, 11.0),
    ("sum(x)", {"x": [1e16, 1.0, -1e16, 3.0]}, 0.0),
    ("x @ y", {"x": [1e8, 1.0, -1e8], "y": [1e8 + 1, 0.3, 1e8 + 1]}, 0.0),
    ("x @ y", {"x": [1e8 + 1, 1.0, -1e8], "y": [1e8 - 1, 0.3, 1e8]}, 0.6),
    ("var(x)", {"x": [1e8, 1e8 + 1, 1e8 + 3]}, 15.0),
    ("mean(x^2) - mean(x)^2", {"x": [1e6, 1e6 + 1, 1e6 + 3]}, 4.0),
    ("sum(exp(x) - 1)", {"x": [1e-10, 2e-10, -1e-10]}, 7.0),
    ("det(A)", {"A": [[1.0, 2.0], [3.0, 4.0]]}, 15.0),
    ("sum(solve(A, [1, 2]))", {"A": [[1.0, 1.0], [1.0, 1.0 + 1e-8]]}, 8.0),
    ("softmax(x)", {"x": [1.0, 2.0, 30.0]}, 15.5),
]  # fmt: skip


@pytest.mark.parametrize("text, inputs, there", ARRAYS, ids=[text for text, *_ in ARRAYS])
def test_arrays(text: str, inputs: dict[str, Any], there: float) -> None:
    assert abs(checked(text, inputs)[0]["value_digits"] - there) <= 1


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(PROGRAMS, st.lists(NUMBERS, min_size=1, max_size=6), NUMBERS)
def test_no_more_digits_of_arrays_than_there_are(text: str, xs: list[float], y: float) -> None:
    text, total = f"({text}) + 0*x*y", mpf(0)
    for x in xs:
        assume(tame(evaluate(lower(parse(Source(("found", text)))), {"x": x, "y": y})))
        with mp.workdps(PRECISE):
            total += truth(text, {"x": x, "y": y})[0]
    found = evaluate(lower(parse(Source(("found", f"sum({text})")))), {"x": np.array(xs), "y": y})
    told = checked(f"sum({text})", {"x": xs, "y": y})[0]["value_digits"]
    if told is not None:
        assert told <= digits(found.values[found.program.outputs[0].node], total) + 0.3


@pytest.mark.parametrize("size", [3, 6, 9, 11])
@pytest.mark.parametrize(
    "text", ["sum(solve(A, ones(n)))", "det(A)", "logdet(A)", "sum(inv(A))", "A[0] @ A[1]"]
)
def test_no_more_digits_of_matrices_than_there_are(text: str, size: int) -> None:
    """Of matrices that are ever nearer to singular ones."""
    matrix = [[1 / (i + j + 1) for j in range(size)] for i in range(size)]
    program = text.replace("n)", f"{size})")
    found = evaluate(lower(parse(Source(("found", program)))), {"A": np.array(matrix)})
    with mp.workdps(PRECISE):
        exact, ones = mp.matrix([[mpf(x) for x in row] for row in matrix]), mp.ones(size, 1)
        value = {
            "sum(s": lambda: sum(mp.lu_solve(exact, ones)), "det(A": lambda: mp.det(exact),
            "logde": lambda: mp.log(mp.det(exact)), "sum(i": lambda: sum(exact**-1),
            "A[0] ": lambda: mp.fdot(exact[0, :], exact[1, :]),
        }[text[:5]]()  # fmt: skip
        told = checked(program, {"A": matrix})[0]["value_digits"]
        there = digits(found.values[found.program.outputs[0].node], value)
    assert there - 4 <= told <= there + 0.3


# Programs that are right, at points where one looks twice: 0 by rounding, ties, and the exact 0.
RIGHT = [
    ("logdet(A)", "A=[[1, 0], [0, 1]]", "ok"),
    ("det(A) - 1", "A=[[1, 0], [0, 1]]", "ok"),
    ("trace(A) - 2", "A=[[1, 0], [0, 1]]", "ok"),
    ("cov([x, x + 1, x + 3])", "x=1e8", "ok"),
    ("var([x, x + 1, x + 3])", "x=1e8", "ok"),
    ("std([x, x + 1, x + 3])", "x=1e8", "ok"),
    ("cov(x)", "x=[1e8, 1.00000001e8, 1.00000005e8]", "ok"),
    ("logsumexp(x)", "x=[0, 0]", "ok"),
    ("median(x)", "x=[0, 0, 0]", "kink"),
    ("quantile(x, 0.3)", "x=[1, 1]", "kink"),
    ("max(x)", "x=[1, 1, 0]", "kink"),
    ("cond(A)", "A=[[1, 0], [0, 1]]", "kink"),
    ("eigvalsh(A)[0]", "A=[[1, 0], [0, 1]]", "kink"),
    ("norm(x)", "x=[0, 0]", "kink"),
    # remainders of whole numbers, which are exact however much an error of one would grow
    ("r = 7; s = 0; for i in 1..30 { r = (1103*r + 12345) % 65536; s += exp(-x*r/65536) }; s", "x=0.8", "ok"),
    ("r = -7; s = 0; for i in 1..30 { r = (-1103*r - 12345) % 6553; s += sin(x*r) }; s", "x=0.8", "ok"),
]


@pytest.mark.parametrize("text, bound, verdict", RIGHT)
def test_what_is_right_is_not_doubted(text: str, bound: str, verdict: str) -> None:
    result = cg("check", text, bound)
    assert (result.status, result.out.split()[-1]) == (0, verdict), result.out


@pytest.mark.parametrize("x", ["1e-6", "1e-7", "3e-5"])
def test_a_derivative_without_digits_is_lost(x: str) -> None:
    assert cg("check", "(1-cos(x))/x^2", f"x={x}").out.split()[-1] == "lost"


@pytest.mark.parametrize("matrix", [
    [[-30, 3], [-3, -30]], [[0, 30], [-30, 0]], [[1, 2], [3, 4]], [[20, 1], [5, 17]], [[-40, 1], [0, -40]],
])  # fmt: skip
def test_digits_of_the_exponential_of_a_matrix(matrix: list[list[float]]) -> None:
    """Within one digit of the truth, by mpmath."""
    with mp.workdps(60):
        exact = mp.expm(mp.matrix(matrix), method="taylor")
    for place in ((0, 0), (0, 1)):
        bound = {"A": matrix}
        found = cgcli.evaluate(f"expm(A)[{place[0]}, {place[1]}]", bound)["f"]
        told = checked(f"expm(A)[{place[0]}, {place[1]}]", bound)[0]["value_digits"]
        off = abs(float((mpf(found) - exact[place]) / exact[place]))
        there = min(-np.log10(off), 15.95) if off else 15.95
        assert abs(told - there) <= 1 or told <= there
        assert told >= 12
