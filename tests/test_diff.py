"""The derivative as a program: true, read back, and as a person would write it; `diff` and `grad`
in the language."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from functools import cache
from itertools import combinations_with_replacement
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from mpmath import mp, mpf

import cgcli
from cgcli import CgError
from cgcli.algebras.numbers import floats
from cgcli.cli.diff import REPEATED
from cgcli.evaluation.static import static_graph
from cgcli.ops import CONSTANT
from cgcli.passes.forward import forward
from cgcli.passes.shapes import infer
from cgcli.render.infix import program_text
from cgcli.rewrite.differentiate import differentiate, readable
from cgcli.rewrite.rules import EXACT
from cgcli.rewrite.simplify import Rewriter
from cgcli.rewrite.static import Static
from tests import textbook
from tests.algebras.mpmath50 import Mpmath50
from tests.cg import cg
from tests.programs import NAMES, programs

inf, nan = math.inf, math.nan


def derived(text: str, wrt: list[str] | None = None, order: int = 1, **known: Any) -> tuple[Static, Any]:
    """What `cg diff` prints, as a graph, and the program that it is the derivative of."""
    program = cgcli.parse(text, tuple(known))
    names = [name for name in program.inputs if name not in known] if wrt is None else wrt
    static = static_graph(program, known).keep(names)
    return differentiate(readable(static, known), names, order), program


def diff(text: str, wrt: list[str] | None = None, order: int = 1, **known: Any) -> str:
    """What `cg diff` prints."""
    found, program = derived(text, wrt, order, **known)
    return program_text(found.graph, found.outputs, program.shapes, REPEATED)


def statements(text: str) -> str:
    """Without the declarations."""
    return "\n".join(line for line in text.splitlines() if not line.startswith("input "))


# Against the truth, at 50 digits

FUNCTIONS = [(*entry, ("x",)) for entry in textbook.ONE] + [(*entry, ("x", "y")) for entry in textbook.TWO]


@cache
def sympy_tools() -> tuple[Callable[[str], Any], dict[str, Any]]:
    import sympy
    from sympy.parsing.sympy_parser import convert_xor, factorial_notation, parse_expr, rationalize
    from sympy.parsing.sympy_parser import standard_transformations as standard

    names = {**textbook.for_sympy(), **{name: sympy.Symbol(name, positive=True) for name in ("x", "y")}}
    rules = (*standard, factorial_notation, convert_xor, rationalize)
    return lambda text: parse_expr(text, local_dict=names, transformations=rules), names


@pytest.mark.parametrize("text, interval, wrt", FUNCTIONS, ids=[entry[0] for entry in FUNCTIONS])
def test_derivatives_of_textbook_functions_are_true_to_50_digits(
    text: str, interval: tuple[float, float], wrt: tuple[str, ...]
) -> None:
    """Orders 1 to 4, all mixed derivatives, against SymPy's derivative at 80 digits."""
    import sympy

    read, names = sympy_tools()
    rng = Random(text)
    tolerance = mpf(10) ** -50
    known: dict[tuple[str, ...], Any] = {(): read(text)}
    symbols = [names[name] for name in wrt]
    for order in range(1, 5):
        found, _ = derived(text, list(wrt), order)
        point = {name: rng.uniform(*interval) for name in wrt}
        chosen = list(combinations_with_replacement(wrt, order))
        with mp.workdps(80):
            nodes = [node for _, node in found.outputs]
            at = {name: mpf(value) for name, value in point.items()}
            values = forward(found.graph, Mpmath50(), at, found.graph.ancestors(nodes))
            ours = [values[node] for node in nodes]
            for by, (label, _), value in zip(chosen, found.outputs, ours, strict=True):
                known[by] = sympy.diff(known[by[:-1]], names[by[-1]])
                truth = sympy.lambdify(symbols, known[by], modules="mpmath")(*map(mpf, point.values()))
                assert abs(value - truth) <= tolerance * max(1, abs(truth)), (label, point)


def test_there_are_a_hundred_textbook_functions() -> None:
    assert len({entry[0] for entry in FUNCTIONS}) >= 100


# As a person would write them


@pytest.mark.parametrize(
    "text, expected",
    [
        ("x^2*sin(x)", "df_dx = 2*x*sin(x) + x^2*cos(x)"),
        ("7", ""),
        ("x", "df_dx = 1"),
        ("3*x - 2", "df_dx = 3"),
        ("x^3 + 2*x^2 - 5*x + 7", "df_dx = 3*x^2 + 4*x - 5"),
        ("1/x", "df_dx = -1/x^2"),
        ("1/x^2", "df_dx = -2/x^3"),
        ("sqrt(x)", "df_dx = 1/(2*sqrt(x))"),
        ("sqrt(x^2 + 1)", "df_dx = x/sqrt(x^2 + 1)"),
        ("exp(x)", "df_dx = exp(x)"),
        ("exp(-x)", "df_dx = -exp(-x)"),
        ("exp(-x^2/2)", "df_dx = -x*exp(-x^2/2)"),
        ("exp(2*x)", "df_dx = 2*exp(2*x)"),
        ("log(x)", "df_dx = 1/x"),
        ("log(3*x)", "df_dx = 1/x"),
        ("x*log(x)", "df_dx = 1 + log(x)"),
        ("sin(x)", "df_dx = cos(x)"),
        ("cos(x)", "df_dx = -sin(x)"),
        ("sin(x)^2", "df_dx = 2*sin(x)*cos(x)"),
        ("sin(x)^2 + cos(x)^2", "df_dx = 0"),
        ("sin(2*pi*x)", "df_dx = 2*pi*cos(2*pi*x)"),
        ("tanh(x)", "df_dx = 1/cosh(x)^2"),
        ("sinh(x)", "df_dx = cosh(x)"),
        ("atan(x)", "df_dx = 1/(1 + x^2)"),
        ("pi*x^2", "df_dx = 2*pi*x"),
        ("e^x", "df_dx = e^x"),
        ("abs(x)", "df_dx = sign(x)"),
        ("x^y", "df_dx = y*x^(y - 1)\ndf_dy = x^y*log(x)"),
        ("x/y", "df_dx = 1/y\ndf_dy = -x/y^2"),
        ("x*y*z", "df_dx = y*z\ndf_dy = x*z\ndf_dz = x*y"),
        ("where(x > 0, sqrt(x), 0)", "df_dx = where(x > 0, 1/(2*sqrt(x)), 0)"),
        ("where(x > 0, x^2, -x)", "df_dx = where(x > 0, 2*x, -1)"),
        ("if x > 0 then x^2 else -x", "df_dx = where(x > 0, 2*x, -1)"),
        ("relu(x)", "df_dx = where(x > 0, 1, 0)"),
        ("log(1 + exp(x))", "df_dx = sigmoid(x)"),
        ("log(1 + exp(-x))", "df_dx = -sigmoid(-x)"),
        ("hypot(x, y)", "v1 = hypot(x, y)\ndf_dx = x/v1\ndf_dy = y/v1"),
        ("gamma(x)", "df_dx = gamma(x)*digamma(x)"),
        ("d = a + b; e = b - c; Y = d*e", "d = a + b\ne = b - c\ndY_da = e\ndY_db = e + d\ndY_dc = -d"),
        ("x*y; x + y", "df1_dx = y\ndf1_dy = x\ndf2_dx = 1\ndf2_dy = 1"),
        ("f(u) = u^2; f(x) + f(y)", "df_dx = 2*x\ndf_dy = 2*y"),
        ("k = 2; x^k", "k = 2\ndf_dx = k*x^(k - 1)"),
        ("floor(x)*x", "df_dx = floor(x)"),
        ("input x; 3", "df_dx = 0"),
        ("slope(t) = diff(t^2*x, t); slope(2) + t", "df_dx = 4\ndf_dt = 1"),
        ("x^x", "df_dx = x^x*(1 + log(x))"),
        ("(a + b)*(b - c)", "df_da = b - c\ndf_db = a + 2*b - c\ndf_dc = -(a + b)"),
        ("((1 - y) - 2)^-2", "df_dy = -2/(1 + y)^3"),
        ("(-x - y)^3", "df_dx = -3*(x + y)^2\ndf_dy = -3*(x + y)^2"),
        ("input pi; pi*deg2rad(x)", "df_dpi = deg2rad(x)\ndf_dx = 0.017453292519943295*pi"),
        (
            "input x: [n]; input y: [n]; sum(max(x, y)^2)",
            "input x: [n]\ninput y: [n]\nv1 = 2*max(x, y)\ndf_dx = where(x > y, v1, 0)\n"
            "df_dy = where(x > y, 0, v1)",
        ),
        ("input x: [n]; sum(clip(x, 0, 1))", "input x: [n]\ndf_dx = where(x > 0 and x < 1, 1, 0)"),
        ("input t: [n]; (-t) @ (t - t)", "input t: [n]\ndf_dt = broadcast(0, [n])"),
        ("x*y/(x + y)", "v1 = (x + y)^2\ndf_dx = y^2/v1\ndf_dy = x^2/v1"),
        ("(x + y)/(x - y)", "v1 = (x - y)^2\ndf_dx = -2*y/v1\ndf_dy = 2*x/v1"),
        ("1/(1 + 1/x)", "df_dx = 1/(x + 1)^2"),
        ("x/(1 + x/k)", "df_dx = 1/(1 + x/k)^2\ndf_dk = x^2/(k + x)^2"),
        ("(x^2 - 1)/(x - 1)", "df_dx = 1"),
        ("sin(x)/(1 + cos(x))", "df_dx = 1/(1 + cos(x))"),
        ("cosh(x)/sinh(x)", "df_dx = -1/sinh(x)^2"),
        ("cosh(x)^(1/3)", "df_dx = sinh(x)/(3*cosh(x)^(2/3))"),
        ("log(abs(x))", "df_dx = 1/x"),
        ("x/abs(x)", "df_dx = 0"),
        ("x*abs(x)", "df_dx = 2*abs(x)"),
        ("abs(x)^3", "df_dx = 3*x*abs(x)"),
        ("x*sign(x)", "df_dx = sign(x)"),
        ("x^-n", "df_dx = -n*x^(-n - 1)\ndf_dn = -x^-n*log(x)"),
        ("x^(2/3)", "df_dx = 2/(3*x^(1/3))"),
        ("x^3/7", "df_dx = 3*x^2/7"),
        ("2^x", "df_dx = log(2)*2^x"),
        ("log10(x)", "df_dx = 1/(x*log(10))"),
        ("erf(x)", "df_dx = 2*exp(-x^2)/sqrt(pi)"),
        ("deg2rad(x)", "df_dx = pi/180"),
        ("rad2deg(x)", "df_dx = 180/pi"),
        (
            "-(y*log(sigmoid(u)) + (1 - y)*log(1 - sigmoid(u)))",
            "df_dy = softplus(-u) - softplus(u)\ndf_du = sigmoid(u) - y",
        ),
        ("det([[a, b], [c, d]])", "df_da = d\ndf_db = -c\ndf_dc = -b\ndf_dd = a"),
        ("x/(x + 1)", "df_dx = 1/(x + 1)^2"),
        ("(x + 1)/(x - 1)", "df_dx = -2/(x - 1)^2"),
        ("x/(x^2 + 1)", "df_dx = (1 - x^2)/(x^2 + 1)^2"),
        ("exp(x)/(1 + exp(x))", "df_dx = sigmoid(x)*sigmoid(-x)"),
        ("log(x)/x", "df_dx = (1 - log(x))/x^2"),
        ("x/sqrt(1 + x^2)", "df_dx = 1/(1 + x^2)^1.5"),
        ("log(x + sqrt(x^2 + 1))", "df_dx = 1/sqrt(x^2 + 1)"),
        ("log(x) + log(x + 1)", "df_dx = 1/x + 1/(1 + x)"),
        ("(x - 1)^3*(x + 2)", "df_dx = (x - 1)^2*(4*x + 5)"),
        ("1/(x + 1) + x/(x + 1) - 1 + x", "df_dx = 1"),
        ("atan(y/x)", "v1 = x^2 + y^2\ndf_dy = x/v1\ndf_dx = -y/v1"),
        ("a*sin(x) + b*sin(x)", "df_da = sin(x)\ndf_dx = (a + b)*cos(x)\ndf_db = sin(x)"),
        ("sinh(x)/cosh(x)", "df_dx = 1/cosh(x)^2"),
        ("log(sigmoid(x))", "df_dx = sigmoid(-x)"),
        ("x^2*sin(x) + sin(x)/x", "df_dx = (2*x - 1/x^2)*sin(x) + (x^2 + 1/x)*cos(x)"),
        (
            "where(x < 0, 0, where(x > 1, 1, 3*x^2 - 2*x^3))",
            "df_dx = where(x < 0 or x > 1, 0, 6*x - 6*x^2)",
        ),
    ],
)
def test_first_derivatives_as_a_person_would_write_them(text: str, expected: str) -> None:
    assert diff(text) == expected


@pytest.mark.parametrize(
    "text, wrt, expected",
    [
        ("input x: [n]; input A: [n, n]; x.T @ A @ x", "x", "(A + A.T) @ x"),
        ("input A: [m, n]; input x: [n]; input b: [m]; norm(A @ x - b)^2", "x", "2*(A.T @ (A @ x - b))"),
        ("input A: [m, n]; input x: [n]; input b: [m]; sum((A @ x - b)^2)", "x", "2*(A.T @ (A @ x - b))"),
        ("input X: [n, n]; logdet(X)", "X", "inv(X).T"),
        ("input X: [n, n]; log(det(X))", "X", "inv(X).T"),
        ("input X: [n, n]; trace(X)", "X", "eye(n)"),
        ("input A: [k, m]; input X: [m, n]; input B: [n, k]; trace(A @ X @ B)", "X", "A.T @ B.T"),
        ("input x: [n]; sum(x^2)", "x", "2*x"),
        ("input x: [n]; norm(x)", "x", "x/norm(x)"),
        ("input x: [n]; norm(x)^2", "x", "2*x"),
        ("input x: [n]; input y: [n]; x @ y", "x", "y"),
        ("input x: [n]; sum(sin(x))", "x", "cos(x)"),
        ("input x: [n]; log(sum(exp(x)))", "x", "softmax(x)"),
        ("input x: [n]; logsumexp(x)", "x", "softmax(x)"),
        ("input x: [n]; mean(x)", "x", "broadcast(1/n, [n])"),
        ("input x: [n]; input c; sum((x - c)^2)", "c", "-2*sum(x - c)"),
        ("input x: [n]; input A: [n, n]; x @ A @ x", "A", "outer(x, x)"),
        ("input X: [m, n]; trace(X.T @ X)", "X", "2*X"),
        ("input X: [m, n]; norm(X)^2", "X", "2*X"),
        ('input A: [n, n]; einsum("ij,ji->", A, A)', "A", "2*A.T"),
        ("input z: [n]; input y: [n]; -sum(y*log(softmax(z)))", "z", "sum(y)*softmax(z) - y"),
        ("input x: [n]; input z: [3]; sum(x)", "z", "broadcast(0, [3])"),
        ("input x: [n]; input z: [m]; sum(x)", "z", "broadcast(0, [m])"),
        (
            "input X: [N, p]; input w: [p]; input y: [N]; sum(log(1 + exp(-y*(X @ w))))", "w",
            "-(X.T @ (y*sigmoid(-y*(X @ w))))",
        ),
    ],
)  # fmt: skip
def test_derivatives_of_arrays_as_a_person_would_write_them(text: str, wrt: str, expected: str) -> None:
    assert statements(diff(text, [wrt])) == f"df_d{wrt} = {expected}"


@pytest.mark.parametrize(
    "text, order, expected",
    [
        ("x^2", 2, "d2f_dx2 = 2"),
        ("x^2", 3, "d3f_dx3 = 0"),
        ("sin(x)", 4, "d4f_dx4 = sin(x)"),
        ("exp(2*x)", 3, "d3f_dx3 = 8*exp(2*x)"),
        ("log(x)", 2, "d2f_dx2 = -1/x^2"),
        ("log(x)", 3, "d3f_dx3 = 2/x^3"),
        ("log(x)", 4, "d4f_dx4 = -6/x^4"),
        ("1/x", 3, "d3f_dx3 = -6/x^4"),
        ("x^3*y^2", 2, "d2f_dx2 = 6*x*y^2\nd2f_dxdy = 6*x^2*y\nd2f_dy2 = 2*x^3"),
        ("x^2*y*z", 3,
         "d3f_dx3 = 0\nd3f_dx2dy = 2*z\nd3f_dx2dz = 2*y\nd3f_dxdy2 = 0\nd3f_dxdydz = 2*x\nd3f_dxdz2 = 0\n"
         "d3f_dy3 = 0\nd3f_dy2dz = 0\nd3f_dydz2 = 0\nd3f_dz3 = 0"),
        ("x1^2*x2", 2, "d2f_dx1dx1 = 2*x2\nd2f_dx1dx2 = 2*x1\nd2f_dx2dx2 = 0"),
        ("p = x*y; q = x + y", 2,
         "d2p_dx2 = 0\nd2p_dxdy = 1\nd2p_dy2 = 0\nd2q_dx2 = 0\nd2q_dxdy = 0\nd2q_dy2 = 0"),
        ("exp(-x^2)", 2, "d2f_dx2 = (4*x^2 - 2)*exp(-x^2)"),
        ("exp(-x^2)", 3, "d3f_dx3 = 4*x*(3 - 2*x^2)*exp(-x^2)"),
        ("x^2*exp(x)", 3, "d3f_dx3 = (x^2 + 6*x + 6)*exp(x)"),
        ("exp(x)*sin(x)", 4, "d4f_dx4 = -4*exp(x)*sin(x)"),
        ("x*exp(-x)", 4, "d4f_dx4 = (x - 4)*exp(-x)"),
        ("log(x)/x", 2, "d2f_dx2 = (2*log(x) - 3)/x^3"),
        (
            "x^n", 2,
            "d2f_dx2 = n*(n - 1)*x^(n - 2)\nd2f_dxdn = x^(n - 1)*(n*log(x) + 1)\nd2f_dn2 = x^n*log(x)^2",
        ),
        ("1/(1 + x^2)", 2, "d2f_dx2 = (6*x^2 - 2)/(1 + x^2)^3"),
        ("sqrt(1 - x^2)", 3, "d3f_dx3 = -3*x/(1 - x^2)^2.5"),
        ("(x - 1)*(x - 2)*(x - 3)", 2, "d2f_dx2 = 6*x - 12"),
        ("x/(x^2 + 1)", 4, "d4f_dx4 = x*(24*x^4 - 240*x^2 + 120)/(x^2 + 1)^5"),
        ("tan(x)", 2, "d2f_dx2 = 2*tan(x)/cos(x)^2"),
        ("relu(x)^2", 2, "d2f_dx2 = where(x > 0, 2, 0)"),
    ],
)  # fmt: skip
def test_higher_derivatives_as_a_person_would_write_them(text: str, order: int, expected: str) -> None:
    assert diff(text, order=order) == expected


@pytest.mark.parametrize(
    "text", ["1/(1 + x^2)", "1/x^12 - 1/x^6", "(x^2 + 1)/(x^3 - 7)", "log(1 + x^2)", "x^x"]
)
@pytest.mark.parametrize("order", [2, 3])
def test_no_power_of_a_power_is_left(text: str, order: int) -> None:
    """A power that several places use is a factor like any other."""
    found, _ = derived(text, order=order)
    graph = found.graph
    for node in found.schedule():
        if graph.ops[node].name == "pow":
            base, exponent = graph.args[node]
            whole = graph.ops[exponent].name == "constant"
            assert not (whole and graph.ops[base].name == "pow"), diff(text, order=order)
        if graph.ops[node].name == "mul":
            assert len(set(graph.args[node])) == 2, diff(text, order=order)


def test_inputs_with_values_are_replaced_by_them() -> None:
    assert diff("a*x^2", a=3.0) == "df_dx = 6*x"
    assert diff("pi*x", pi=3.0) == "df_dx = 3"
    text = "input A: [2, 2]; input x: [2]; A @ x @ [1, 1]"
    assert diff(text, ["x"], A=np.eye(2) * 2) == "A = [[2, 0], [0, 2]]\ndf_dx = A.T @ [1, 1]"
    assert cg("diff", "a*x^2 + b", "a=3", "b=1").out == "df_dx = 6*x\n"


def test_the_command_prints_what_the_functions_make() -> None:
    assert cg("diff", "x^2*sin(x)").out == "df_dx = 2*x*sin(x) + x^2*cos(x)\n"
    assert cg("diff", "x^3*y^2", "--order", "2", "--wrt", "y").out == "d2f_dy2 = 2*x^3\n"
    assert cg("diff", "x*y; x + y", "--wrt", "y").out == "df1_dy = x\ndf2_dy = 1\n"
    assert cg("diff", "d = a*b; e = d + 1; e^2", "--show", "d").out == "dd_da = b\ndd_db = a\n"
    assert cg("diff", "--lines", "-", stdin="x^2\nx^3\n").out == "df_dx = 2*x\ndf_dx = 3*x^2\n"
    assert cg("diff", "assert x > 0; x^2").out == "df_dx = 2*x\n"


def test_json_is_an_object_a_derivative_each_a_program_of_its_own() -> None:
    result = cg("diff", "--format", "json", "d = x*y; d^2 + sin(d)")
    records = [json.loads(line) for line in result.out.splitlines()]
    assert [record["output"] for record in records] == ["df_dx", "df_dy"]
    for record, name in zip(records, "xy"):
        value = cgcli.evaluate(record["program"], x=0.5, y=0.25)[record["output"]]
        assert value == pytest.approx(cgcli.gradient("d = x*y; d^2 + sin(d)", x=0.5, y=0.25)["f"][name])


@pytest.mark.parametrize(
    "arguments, status, said",
    [
        (["input x: [n]; exp(x)"], 3, ["`f` is an array of shape [n]", "take sum(...) of it", "<expr>:1:15"]),
        (["--order", "2", "input x: [n]; sum(x^2)"], 3, ["`df_dx` is an array of shape [n]"]),
        (["x^2*y", "--wrt", "z"], 2, ["--wrt: the program has no name `z`"]),
        (["alpha^2", "--wrt", "alpa"], 2, ["alpha"]),
        (["d = x^2; d*y", "--wrt", "d"], 2, ["--wrt: `d` is not an input"]),
        (["a*x^2", "a=3", "--wrt", "a"], 2, ["--wrt: `a` has a value"]),
        (["x.T @ A @ x"], 3, ["`input x: [n]`", "<expr>:1:1"]),
        (["norm(A @ x - b)^2"], 3, ["input A: [n]"]),
        (["x^2", "--order", "0"], 2, ["order"]),
        (["x^2", "--order", "21"], 2, ["order"]),
        (["x^2", "q=3"], 2, ["q"]),
        (["x^2 +"], 3, ["<expr>"]),
        (["input A: [2, 3]; input x: [2]; sum(A @ x)"], 3, ["3", "2", "<expr>:1:38"]),
    ],
)
def test_errors(arguments: list[str], status: int, said: list[str]) -> None:
    result = cg("diff", *arguments)
    assert (result.status, result.out) == (status, ""), result
    for text in said:
        assert text in result.err, result
    assert "Traceback" not in result.err


# Names


@pytest.mark.parametrize(
    "text, point",
    [
        ("x*df_dx^2*y", {"x": 2.0, "df_dx": 3.0, "y": 5.0}),
        ("df_dx = x^2; df_dx*y", {"x": 2.0, "y": 5.0}),
        ("df_dy = x^2*y; df_dy*sin(df_dy)", {"x": 0.7, "y": 0.4}),
        ("v1*v2*sin(v1*v2)", {"v1": 2.0, "v2": 3.0}),
        ("v1 = x*y; v2 = sin(v1); v2^2*v1", {"x": 2.0, "y": 3.0}),
        ("a = x*y; a = a*sin(a); a^2", {"x": 0.5, "y": 0.6}),
        ("e = b - c; d = e*b; d*exp(e)", {"b": 0.5, "c": 0.25}),
        ("pi = x^2; pi*sin(pi)", {"x": 0.5}),
        ("u = e*x; w = u^e; w*u", {"x": 0.5}),
        ("input e; e^2*x", {"e": 0.5, "x": 2.0}),
        ("input pi = 3; x*pi^2", {"x": 2.0, "pi": 4.0}),
        ("été*x1^2", {"été": 2.0, "x1": 3.0}),
        ("f = x^2; f*y", {"x": 2.0, "y": 3.0}),
        ("d2f_dx2 = x; d2f_dx2^3", {"x": 2.0}),
        ("k = 3; x^k + k*x", {"x": 2.0}),
        ("one = 1; zero = 0; one*x^2 + zero*x", {"x": 2.0}),
    ],
)
def test_names_of_the_program_and_of_derivatives_do_not_mix(text: str, point: dict[str, float]) -> None:
    found, program = derived(text)
    printed = program_text(found.graph, found.outputs, program.shapes, REPEATED)
    labels = [label or "" for label, _ in found.outputs]
    called = "out" if "f" in program.names else "f"
    assert [label.rstrip("_") for label in labels] == [f"d{called}_d{name}" for name in program.inputs]
    again = cgcli.parse(printed, tuple(point))
    ready = cgcli.evaluate(cgcli.parse(text, tuple(point)), **point)
    gradient = cgcli.gradient(cgcli.parse(text, tuple(point)), **point)[next(iter(ready))]
    values = cgcli.evaluate(again, **{name: x for name, x in point.items() if name in again.inputs})
    for label, name in zip(labels, program.inputs, strict=True):
        node = values.get(label)
        assert node == pytest.approx(gradient[name], rel=1e-12), printed


# Reading back


def same_graph(static: Static, declared: Any, repeat: int = REPEATED) -> None:
    """The graph printed and read back is the same, up to how numbers with a sign are written."""
    printed = program_text(static.graph, static.outputs, declared, repeat)
    again = cgcli.parse(printed)
    names = dict(again.names)
    bare = iter([output.node for output in again.outputs if output.name is None])
    nodes = [names[name] if name else next(bare) for name, _ in static.outputs]
    shapes = infer(again.graph, {name: (declared or {}).get(name, ()) for name in again.inputs})
    back = Static(again.graph, [(name, node) for (name, _), node in zip(static.outputs, nodes)], shapes)
    assert graph_of(back) == graph_of(static), printed


def graph_of(static: Static) -> list[int]:
    """Each output as a hash of its expression, in which `-1` is a number."""
    graph = static.graph
    hashes: dict[int, int] = {}
    for node in static.schedule():
        args = graph.args[node]
        if graph.ops[node].name == "neg" and graph.ops[args[0]] is CONSTANT:
            hashes[node] = hash(("constant", repr(-graph.attrs[args[0]]), ()))
        else:
            operands = tuple(hashes[arg] for arg in args)
            hashes[node] = hash((graph.ops[node].name, repr(graph.attrs.get(node)), operands))
    return [hashes[node] for _, node in static.outputs]


@given(programs())
@settings(max_examples=100, deadline=None)
def test_rewritten_programs_read_back_as_the_same_graph(text: str) -> None:
    program = cgcli.parse(text)
    static = static_graph(program, {})
    same_graph(Rewriter(static, {EXACT}).run(), program.shapes)
    same_graph(readable(static), program.shapes)


@given(programs(smooth=True), st.integers(1, 2))
@settings(max_examples=60, deadline=None)
def test_derivatives_read_back_as_the_same_graph(text: str, order: int) -> None:
    found, program = derived(text, order=order)
    assume(found.outputs)
    same_graph(found, program.shapes)
    same_graph(found, program.shapes, repeat=0)


@given(programs())
@settings(max_examples=60, deadline=None)
def test_derivatives_of_every_program_read_back(text: str) -> None:
    found, program = derived(text)
    assume(found.outputs)
    same_graph(found, program.shapes)


ARRAY_PROGRAMS = {
    "input x: [n]; input A: [n, n]; x.T @ A @ x": "x A",
    "input A: [m, n]; input x: [n]; input b: [m]; norm(A @ x - b)^2": "A x b",
    "input X: [n, n]; logdet(X)": "X",
    "input X: [n, n]; det(X)": "X",
    "input X: [n, n]; trace(X)*sum(X)": "X",
    "input X: [n, n]; trace(X)": "X",
    "input x: [n]; sum(x)": "x",
    "input x: [n]; 3*size(x)": "x",
    "input X: [n, n]; trace(inv(X))": "X",
    "input A: [k, m]; input X: [m, n]; input B: [n, k]; trace(A @ X @ B)": "A X B",
    "input x: [n]; mean(x)*var(x)": "x",
    "input x: [n]; std(x)": "x",
    "input x: [n]; softmax(x)[0]*logsumexp(x)": "x",
    "input x: [n]; prod(x)": "x",
    "input x: [n]; max(x) + min(x)*norm(x)": "x",
    "input x: [3]; x[1:3] @ x[0:2] + x[-1]^2": "x",
    "input x: [4]; sum(x[::2]*x[1::2])": "x",
    "input A: [3, 4]; sum(A[1:, 0]) + sum(A[:, 1:3]^2) + A[-1, -1]*A[0][2]": "A",
    "input x: [3]; cumsum(x) @ x": "x",
    "input x: [3]; cumprod(x) @ x": "x",
    "input A: [2, 3]; input B: [3, 4]; sum(einsum(\"ij,jk->ik\", A, B)^2)": "A B",
    "input A: [3, 3]; einsum(\"ii->\", A)*sum(einsum(\"ij->ji\", A)*A)": "A",
    "input X: [N, p]; input w: [p]; input y: [N]; sum(log(1 + exp(-y*(X @ w))))/N": "w X y",
    "input X: [N, p]; input w: [p]; mean(softmax(X)*w)": "X w",
    "input A: [n, n]; input b: [n]; sum(solve(A, b))": "A b",
    "input A: [n, n]; input b: [n]; b @ inv(A) @ b": "A b",
    "input A: [3, 3]; sum(cholesky(A @ A.T + 3*eye(3)))": "A",
    "input A: [3, 3]; sum(eigvalsh(A + A.T)^2)": "A",
    "input A: [2, 3]; sum(A, axis=0) @ [1, 2, 3] + sum(mean(A, axis=1, keepdims=1)*A)": "A",
    "input A: [2, 3]; sum(max(A, axis=0)) + sum(norm(A, ord=3, axis=0)) + sum(norm(A, axis=1))": "A",
    "input x: [n]; input y: [n]; sum(outer(x, y)^2)": "x y",
    "input x: [2]; input y: [3]; kron(x, y) @ [1, 2, 3, 4, 5, 6]": "x y",
    "input x: [3]; input y: [3]; cross(x, y) @ (x*y)": "x y",
    "input x: [3]; input y: [2]; sum(concat(x, y)^3) + sum(stack(x, x^2, axis=1)^2)": "x y",
    "input x: [3]; sum(tril(outer(x, x))) + sum(triu(outer(x, x), k=1)) + sum(diag(x)^2)": "x",
    "input x: [n]; input c; sum((x - c)^2)": "x c",
    "input x: [6]; sum(reshape(x, [2, 3])^2 @ [1, 2, 3])": "x",
    "input A: [2, 3, 4]; sum(transpose(A, axes=[2, 0, 1])^2)*sum(flip(A, axis=1)*A)": "A",
    "input x: [n]; input W: [n, n]; sum(tanh(W @ x)^2)": "x W",
    "input x: [n]; sum(where(x > 0, sqrt(x), -x))": "x",
    "input x: [n]; input y: [m]; concat(x, y) @ concat(x^2, y^2)": "x y",
    "input x: [n]; size(x)*sum(x)": "x",
    "input x: [n]; dot(x, sin(x)) + sum(clip(x, 0, 1))": "x",
}  # fmt: skip

SIZES = {"n": 3, "m": 2, "k": 4, "N": 5, "p": 3}


@pytest.mark.parametrize("text, wrt", ARRAY_PROGRAMS.items())
def test_derivatives_of_arrays_read_back_as_the_same_graph(text: str, wrt: str) -> None:
    found, program = derived(text, wrt.split())
    same_graph(found, program.shapes)
    same_graph(found, program.shapes, repeat=0)
    for output in found.outputs:  # each alone, as in JSON
        same_graph(Static(found.graph, [output], found.shapes), program.shapes)


@pytest.mark.parametrize("text, wrt", ARRAY_PROGRAMS.items())
def test_derivatives_of_arrays_have_the_values_of_the_gradient(text: str, wrt: str) -> None:
    program = cgcli.parse(text)
    rng = np.random.default_rng(5)
    point = {}
    for name, shape in program.shapes.items():
        sizes = [SIZES[str(size)] if not isinstance(size, int) else size for size in shape]
        square = len({*sizes}) < len(sizes) == 2
        point[name] = rng.uniform(0.3, 1.5, size=sizes) + (3 * np.eye(sizes[0]) if square else 0)
    for name in program.inputs:
        point.setdefault(name, 0.7)
    gradient = cgcli.gradient(text, **point)["f"]
    printed = diff(text, wrt.split())
    again = cgcli.parse(printed)
    values = cgcli.evaluate(again, **{name: x for name, x in point.items() if name in again.inputs})
    for name in wrt.split():
        result = values[f"df_d{name}"]
        assert np.shape(result) == np.shape(gradient[name]), printed
        assert np.allclose(result, gradient[name], rtol=1e-10, atol=1e-10), printed


# Values

away_from_zero = st.one_of(st.floats(0.01, 2), st.floats(-2, -0.01)).map(lambda x: round(x, 3))
moderate = st.fixed_dictionaries(dict.fromkeys(NAMES, away_from_zero))


@given(programs(smooth=True), moderate)
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
def test_the_derivative_as_a_program_has_the_values_of_the_gradient(
    text: str, point: dict[str, float]
) -> None:
    program = cgcli.parse(text)
    inputs = {name: point[name] for name in program.inputs}
    assume(inputs)
    values = forward(program.graph, floats, inputs)
    assume(all(1e-5 < abs(x) < 1e5 for node, x in enumerate(values) if program.graph.args[node]))
    gradient = cgcli.gradient(program, **inputs)["f"]
    again = cgcli.parse(diff(text))
    found = cgcli.evaluate(again, **{name: x for name, x in inputs.items() if name in again.inputs})
    for name, exact in gradient.items():
        assume(abs(exact) < 1e8)
        assert found[f"df_d{name}"] == pytest.approx(exact, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize(
    "text, x",
    [
        ("where(x > 0, sqrt(x), 0)", -1), ("where(x > 0, sqrt(x), 0)", 0), ("where(x > 0, log(x), x)", 0),
        ("where(x > 0, log(x), x)", -2), ("if x != 0 then sin(x)/x else 1", 0),
        ("where(x < 0, (-x)^0.5, x^2)", 3),
        ("where(x < 0, (-x)^0.5, x^2)", 0), ("where(x >= 0, x, 1/0*x)", 2), ("where(x > 0, x*log(x), 0)", -1),
        ("where(x > 0, x*log(x), 0)", 0), ("where(x, sin(x)^2/x, 0)", 0), ("where(x, x*log(x), 0)", 0),
        ("where(x, x/x^2, 0)", 0), ("where(x == 0 and 1 > 0, 0, x*log(x))", 0),
        ("y = x^2; where(y, y*log(y), 0)", 0), ("where(x > 0, where(x < 1, sqrt(1 - x), 7), 1/x)", 2),
        ("where(not (x > 0), x, log(x))", -1), ("where(x > 0 and x < 1, log(x)*log(1 - x), 0)", 5),
        ("where(x > 0, exp(x*1000), x)", -2), ("x*(x > 0) + sqrt(abs(x))*(x < 0)", 2),
        ("abs(x)", 0), ("abs(x)", -2), ("abs(x)", -0.0), ("abs(sin(x))", 0), ("relu(x)", 0), ("relu(x)", -1),
        ("relu(x)", 2), ("relu(x^2)", 0), ("max(x, 0)", 2), ("max(x, 0)", -2),
        ("max(x, 1, x)", 1), 
        ("clip(x, 0, 1)", 0.5), ("clip(x, 0, 1)", -3), ("clip(x, 1, 0)", 0.5),
        ("sqrt(x)", 0), ("cbrt(x)", 0), ("sign(x)*x", 0),
        ("floor(x)*x", 2),
        ("round(x)*x", 0.5), ("x % 2", 4), ("x // 2*x", 4),
        ("copysign(x, -1)", 0),
        ("copysign(x, -1)", 2),
        ("heaviside(x, 0.5)*x", 0), ("x^0", 0), ("x^1", 0), ("x^2", 0), ("x^3", 0),
        ("elu(x)", 0), ("elu(x)", -1),
        ("log(x)", 0), ("1/x", 0), ("x*abs(x)", 0), ("softplus(x)", -800), ("sigmoid(x)", 800),
        ("tanh(x)", 900),
        ("exp(-x^2)", 40), ("x*exp(-x)", 800), ("silu(x)", -900), ("gelu(x)", -50),
    ],
)  # fmt: skip
def test_kinks_and_branches_not_taken(text: str, x: float) -> None:
    """The derivative as a program follows the conventions of `cg grad` there."""
    exact = cgcli.gradient(text, x=x)["f"]["x"]
    printed = diff(text)
    again = cgcli.parse(printed)
    value = cgcli.evaluate(again, **({"x": x} if "x" in again.inputs else {}))["df_dx"]
    assert value == pytest.approx(exact, rel=1e-12, nan_ok=True), printed


@pytest.mark.parametrize(
    "text, point",
    [
        ("(-x - y)^2*(-2*x - z*x)^(-2)*sqrt(3*x)", {"x": 1.3, "y": 2.0, "z": 0.7}),
        ("(-x - y)^3*sin(x)", {"x": 1.0, "y": 2.0}),
        ("x/((-1) - y)", {"x": 1.0, "y": 2.0}),
        ("min(max(y, 1), y)", {"y": 2.4}),
        ("max(x, max(y, x))", {"x": 2.0, "y": 1.0}),
        ("sqrt(cosh(x))", {"x": -1.0}),
        ("relu(y)^x", {"x": 2.0, "y": -1.0}),
        ("hypot(relu(x), relu(y))", {"x": -2.0, "y": -1.0}),
        ("(1e10*x*y)^40 + sin(1e10*x*y)", {"x": 1e-10, "y": 1.0}),
        ("(1e150*x*(1 + y))^3*y", {"x": 1e-100, "y": 1.0}),
    ],
)
def test_printed_derivatives_where_brackets_and_choices_meet(text: str, point: dict[str, float]) -> None:
    again = cgcli.parse(diff(text))
    found = cgcli.evaluate(again, **{name: point[name] for name in again.inputs})
    exact = cgcli.gradient(text, **point)["f"]
    assert found == pytest.approx({f"df_d{name}": exact[name] for name in point}, rel=1e-12)


def test_sums_of_arrays_that_are_stretched_come_to_an_end() -> None:
    declared = "input x: [3]; input y: [3]; input A: [3, 3]"
    assert diff(f"{declared}; (y - A@x + x + 0*x)@(y + y - A@x)").count("df_d") == 3


def test_many_derivatives_that_are_0_are_counted() -> None:
    names = [f"x{i}" for i in range(6)]
    text = " + ".join(f"{name}^3" for name in names)
    printed = cg("diff", text, "--order", "2").out.splitlines()
    assert printed == [
        *(f"d2f_d{name}d{name} = 6*{name}" for name in names), "# the other 15 derivatives are 0"
    ]  # fmt: skip
    assert cg("diff", " + ".join(names), "--order", "2").out == "# all 21 derivatives are 0\n"
    assert len(cg("diff", text, "--order", "2", "--format", "json").out.splitlines()) == 21
    assert cg("diff", "x + " + text, "--wrt", "x,x0", "--order", "2").out.count("= 0") == 2


@pytest.mark.parametrize(
    "text, x, printed, sides",
    [
        ("max(x, 0)", 0, "where(x > 0, 1, 0)", (0, 1)),
        ("max(0, x)", 0, "where(x >= 0, 1, 0)", (0, 1)),
        ("max(x, x^2)", 1, "where(x > x^2, 1, 2*x)", (1, 2)),
        ("min(x, 2*x)", 0, "where(x < 2*x, 1, 2)", (1, 2)),
        ("min(3*x, 3*min(x, 5))", 1, "where(3*x < 3*min(x, 5), 3, where(x < 5, 3, 0))", (3, 3)),
        ("min(x, 1)", 1, "where(x < 1, 1, 0)", (0, 1)),
        ("clip(x, 0, 1)", 0, "where(x > 0 and x < 1, 1, 0)", (0, 1)),
        ("clip(x, 0, 1)", 1, "where(x > 0 and x < 1, 1, 0)", (0, 1)),
        ("clip(2, x, 3)", 2, "where(x >= 2 and x < 3, 1, 0)", (0, 1)),
    ],
)
def test_at_a_tie_the_printed_derivative_is_that_of_a_side(
    text: str, x: float, printed: str, sides: tuple[float, float]
) -> None:
    """Where `cg grad` gives a share to each."""
    assert diff(text) == f"df_dx = {printed}"
    assert cgcli.evaluate(f"x = {x}; {printed}")["f"] in sides
    assert cgcli.gradient(text, x=float(x))["f"]["x"] == sum(sides) / 2
    for near in (x - 0.25, x + 0.25):
        exact = cgcli.gradient(text, x=near)["f"]["x"]
        assert cgcli.evaluate(f"x = {near}; {printed}")["f"] == exact


def test_the_printed_derivative_evaluates_as_the_gradient_does_by_commands() -> None:
    for text, bindings in (
        ("x^2*sin(x*y) + log(1 + exp(y))", ["x=0.7", "y=-1.3"]),
        ("input A: [n, n]; input x: [n]; x @ A @ x + norm(x)", ["A=[[1, 2], [3, 4]]", "x=[0.5, 0.25]"]),
    ):
        printed = cg("diff", text).out
        values = cg("eval", "-", *bindings, stdin=printed).out.splitlines()
        found = [line.split(" = ", 1)[1] for line in values]
        exact = [line.split(" = ", 1)[1] for line in cg("grad", text, *bindings).out.splitlines()][1:]
        for ours, theirs in zip(found, exact, strict=True):
            assert np.allclose(json.loads(ours), json.loads(theirs), rtol=1e-14)


# diff and grad in the language


@pytest.mark.parametrize(
    "text, inputs, expected",
    [
        ("y = x^2 - 2; x - y/diff(y, x)", {"x": 1.0}, 1.5),  # Newton's step
        ("f(x) = x^2 - 2; x - f(x)/diff(f(x), x)", {"x": 1.0}, 1.5),
        ("y = x^2 - 2; x - y/grad(y, x)", {"x": 1.0}, 1.5),
        ("diff(x^5, x, 2)", {"x": 2.0}, 160.0),
        ("diff(x^5, x, 3)", {"x": 2.0}, 240.0),
        ("diff(x^5, x, 1 + 2)", {"x": 2.0}, 240.0),
        ("diff(diff(x^5, x), x)", {"x": 2.0}, 160.0),
        ("diff(diff(x^2*y^3, x), y)", {"x": 2.0, "y": 3.0}, 108.0),
        ("newton(u) = u^2 - diff(u^3, u); newton(x)", {"x": 2.0}, -8.0),
        ("g(u) = diff(u^2*x, x); g(y)", {"x": 2.0, "y": 3.0}, 9.0),
        ("d = x*y; diff(d^2, d)", {"x": 2.0, "y": 3.0}, 12.0),
        ("d = x*y; diff(d^2*x, x)", {"x": 2.0, "y": 3.0}, 108.0),
        ("diff(7, x) + x", {"x": 2.0}, 2.0),
        ("diff(y^2, x) + x", {"x": 2.0, "y": 3.0}, 2.0),
        ("diff(x, x)", {"x": 2.0}, 1.0),
        ("diff(sin(x)*exp(x), x, 4) + 4*sin(x)*exp(x)", {"x": 0.5}, 0.0),
        ("input v: [3]; grad(sum(v^2), v)", {"v": [1.0, 2.0, 3.0]}, [2.0, 4.0, 6.0]),
        ("input v: [n]; grad(sum(v^2), v)", {"v": [1.0, 2.0, 3.0]}, [2.0, 4.0, 6.0]),
        ("input v: [n]; grad(norm(v), v)", {"v": [3.0, 4.0]}, [0.6, 0.8]),
        ("input v: [n]; grad(norm(v), v)", {"v": [0.0, 0.0]}, [0.0, 0.0]),
        ("input v: [n]; input A: [n, n]; grad(v @ A @ v, v)",
         {"v": [1.0, 2.0], "A": [[1.0, 2.0], [3.0, 4.0]]}, [12.0, 21.0]),
        ("input v: [n]; grad(v @ v, v) @ v", {"v": [1.0, 2.0]}, 10.0),
        ("input v: [2]; w = 2*v; grad(sum(w^2), w)", {"v": [1.0, 2.0]}, [4.0, 8.0]),
        ("w = x*sum(v^2); diff(w, x)", {"x": 2.0, "v": [1.0, 2.0]}, 5.0),
        ("diff(sin(x), x)", {"x": [0.0, 1.0]}, [1.0, math.cos(1.0)]),  # elementwise
        ("diff(x^3, x, 2)", {"x": [1.0, 2.0]}, [6.0, 12.0]),
        ("diff(x^2*y, x)", {"x": 3.0, "y": [1.0, 2.0]}, [6.0, 12.0]),
        ("diff(where(x > 0, sqrt(x), 0), x)", {"x": -1.0}, 0.0),
        ("diff(abs(x), x)", {"x": 0.0}, 0.0),
        ("diff(relu(x), x)", {"x": 0.0}, 0.0),
        ("diff(hypot(x, y), x)", {"x": 0.0, "y": 0.0}, 0.0),
        ("diff(x^y, y)", {"x": 0.0, "y": 2.0}, 0.0),
        ("diff(x^y, x)", {"x": 0.0, "y": 0.0}, 0.0),
        ("diff(max(x, y), x)", {"x": 1.0, "y": 1.0}, 0.5),
        ("diff(sqrt(x), x)", {"x": 0.0}, inf),
        ("input x = 2; diff(x^3, x)", {}, 12.0),
        ("f(t) = t^3; slope(t) = diff(f(t), t); slope(3)", {}, 27.0),
        ("f(t) = t^3; slope(t) = diff(f(t), t); slope(x + 1)", {"x": 2.0}, 27.0),
        ("slope(t) = diff(t^2, t); slope(pi)", {}, 2 * math.pi),
        ("f(t) = t^2 - 2; step(t) = t - f(t)/diff(f(t), t); step(step(1))", {}, 17 / 12),
        ("a = 3; slope(t) = diff(t^3, t); slope(a)", {}, 27.0),
        ("f(t) = t*t*t; bend(t) = diff(f(t), t, 2); bend(5)", {}, 30.0),
        ("bend(t) = diff(exp(t^2), t, 2); bend(0.5)", {}, 3 * math.exp(0.25)),
        ("slope(t) = diff(1/t, t); bend(u) = diff(slope(u), u); bend(2)", {}, 0.25),
        ("bend(t) = diff(diff(log(t), t), t); bend(2)", {}, -0.25),
        ("bend(e) = diff(e^3, e, 2); bend(3)", {}, 18.0),
        ("diff(f, x) = f*x; diff(2, 3)", {}, 6.0),  # a function of the user's
    ],
)  # fmt: skip
def test_derivatives_in_the_language(text: str, inputs: dict[str, Any], expected: Any) -> None:
    result = cgcli.evaluate(text, **inputs)["f"]
    assert np.shape(result) == np.shape(expected)
    assert np.allclose(result, expected, rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize(
    "text, inputs, kind, said",
    [
        ("diff(x^2)", {"x": 2}, "arity", "diff(f, x)"),
        ("diff()", {}, "arity", "diff(f, x)"),
        ("diff(x*y, x, y)", {"x": 2, "y": 3}, "arity", "diff(diff(f, x), y)"),
        ("grad(x^2, x, 2)", {"x": 2}, "arity", "grad(f, x)"),
        ("diff(x^2, x, 1, 1)", {"x": 2}, "arity", "diff(f, x)"),
        ("diff(x^2, 2)", {"x": 2}, "arity", "by a name, and here stands 2"),
        ("diff(x^2, x + 1)", {"x": 2}, "arity", "by a name"),
        ("diff(x^2, x, 1.5)", {"x": 2}, "arity", "whole number"),
        ("diff(x^2, x, 0)", {"x": 2}, "arity", "whole number"),
        ("diff(x^2, x, 21)", {"x": 2}, "arity", "1 to 20"),
        ("diff(x^2, x, n)", {"x": 2, "n": 2}, "arity", "whole number"),
        ('diff("x", x)', {"x": 2}, "arity", "diff(f, x)"),
        ("diff(x^2, x, order=2)", {"x": 2}, "arity", "diff(f, x)"),
        ("input v: [3]; diff(v*sum(v), v)", {"v": [1, 2, 3]}, "shape", "an array of shape [3]"),
        ("input v: [n]; grad(softmax(v), v)", {"v": [1, 2, 3]}, "shape", "take sum(...) of it"),
        ("grad(v^2, v)", {"v": [1, 2, 3]}, "shape", "an array of shape [3]"),
    ],
)  # fmt: skip
def test_errors_of_derivatives_in_the_language(text: str, inputs: Any, kind: str, said: str) -> None:
    with pytest.raises(CgError) as caught:
        cgcli.evaluate(text, **inputs)
    assert caught.value.diagnostic.kind == kind
    assert said in str(caught.value)
    assert "<text>:1:" in str(caught.value)


@pytest.mark.parametrize(
    "text, function",
    [
        ("diff(x^2*sin(x), x)", lambda x: x**2 * mp.sin(x)),
        ("diff(exp(-x^2), x, 2)", lambda x: mp.exp(-(x**2))),
        ("diff(log(1 + x^2)/x, x, 3)", lambda x: mp.log(1 + x**2) / x),
        ("diff(gamma(x), x)", mp.gamma),
        ("diff(erf(x)*x, x, 2)", lambda x: mp.erf(x) * x),
        ("diff(tanh(x)^2, x, 2)", lambda x: mp.tanh(x) ** 2),
        ("diff(x^x, x, 2)", lambda x: x**x),
        ("diff(sqrt(x + sqrt(x)), x, 2)", lambda x: mp.sqrt(x + mp.sqrt(x))),
        ("diff(atan(x)/acosh(x + 2), x)", lambda x: mp.atan(x) / mp.acosh(x + 2)),
    ],
)
def test_the_gradient_of_a_derivative_is_the_next_one(text: str, function: Callable[[Any], Any]) -> None:
    order = int(text[-2]) if text[-2].isdigit() else 1
    for x in (0.7, 1.3):
        with mp.workdps(40):
            value, slope = (mp.diff(function, mpf(x), n) for n in (order, order + 1))
        assert cgcli.evaluate(text, x=x)["f"] == pytest.approx(float(value), rel=1e-11)
        assert cgcli.gradient(text, x=x)["f"]["x"] == pytest.approx(float(slope), rel=1e-10)


def test_values_of_a_command_give_their_shapes_to_derivatives(tmp_path: Path) -> None:
    assert cg("eval", "grad(sum(x^2), x)", "x=[1, 2]").out == "[2, 4]\n"
    assert cg("eval", "grad(norm(A @ x)^2, x)", "A=[[1, 2], [3, 4]]", "x=[1, 2]").out == "[76, 108]\n"
    (tmp_path / "x.json").write_text('{"x": [1, 2, 3]}')
    result = cg("eval", "x - grad(sum(x^2), x)", "--vars", "x.json", cwd=tmp_path)
    assert result.out == "[-1, -2, -3]\n"
    assert "and this is an array of shape [2]" in cg("eval", "grad(x^2, x)", "x=[1, 2]").err


def test_values_in_python_give_their_shapes_to_derivatives() -> None:
    text = "grad(sum(x^2*y), x)"
    assert cgcli.evaluate(text, x=[1, 2], y=np.float64(3))["f"].tolist() == [6.0, 12.0]
    assert cgcli.evaluate("w = sum(v)*x; diff(w, v)", v=np.array([1, 2]), x=2)["f"].tolist() == [2.0, 2.0]
    assert cgcli.gradient(f"sum({text})", x=[1, 2], y=3)["f"]["x"].tolist() == [6.0, 6.0]
    assert cgcli.jacobian(text, x=[1, 2], y=3)["f"]["y"].tolist() == [2.0, 4.0]
    program = cgcli.parse("grad(sum(x^2), x)")  # before there are values
    assert cgcli.evaluate(program, x=[1, 2])["f"].tolist() == [2.0, 4.0]
    assert cgcli.evaluate(program, x=3)["f"] == 6.0


def test_commands_on_programs_with_derivatives() -> None:
    assert cg("grad", "diff(x^3, x)", "x=2").out == "f = 12\ndf/dx = 12\n"
    assert cg("diff", "diff(x^3, x)*y").out == "df_dx = 6*x*y\ndf_dy = 3*x^2\n"
    assert cg("check", "diff(x^3*sin(x), x)", "x=2").status == 0
    assert cg("graph", "diff(x^3, x)").status == 0
    assert cg("eval", "--fast", "diff(x^3, x)", "x=2").out == "12\n"
    assert cg("eval", "diff(1/x, x)", "x=0").status == 0


# Long programs


def test_a_deep_chain_has_a_derivative_without_recursion() -> None:
    depth = 20_000
    text = "\n".join(["y0 = x", *(f"y{i} = sin(y{i - 1})" for i in range(1, depth))])
    found, program = derived(text)
    assert len(found.schedule()) < 4 * depth
    assert len(program_text(found.graph, found.outputs, program.shapes, REPEATED)) < 60 * depth


def test_a_deep_expression_has_a_derivative_without_recursion() -> None:
    depth = 30_000
    text = "sin(" * depth + "x" + ")" * depth
    found, program = derived(text)
    assert len(found.schedule()) < 4 * depth
    printed = program_text(found.graph, found.outputs, program.shapes, REPEATED)
    assert cgcli.parse(printed).inputs.keys() == {"x"}


def test_a_wide_sum_has_its_derivatives() -> None:
    width = 2_000
    found, _ = derived(" + ".join(f"x{i}^2" for i in range(width)))
    assert len(found.outputs) == width
    found, _ = derived(" + ".join(["x"] * 50_000))
    assert program_text(found.graph, found.outputs) == "df_dx = 50000"


def test_the_product_of_a_thousand_variables() -> None:
    """Speelpenning's: as long as the product, not as its square."""
    lengths, counts = [], []
    for count in (500, 1000):
        found, program = derived("*".join(f"x{i}" for i in range(count)))
        printed = program_text(found.graph, found.outputs, program.shapes, REPEATED)
        lengths.append(len(printed))
        counts.append(sum(1 for node in found.schedule() if found.graph.args[node]))
        assert len(found.outputs) == count
    assert counts[1] <= 4 * 1000
    assert counts[1] <= 2.1 * counts[0]
    assert lengths[1] <= 2.3 * lengths[0]


def test_nested_functions_grow_with_the_depth() -> None:
    lengths = []
    for depth in (100, 200):
        text = "\n".join(["y0 = x", *(f"y{i} = sin(y{i - 1})*cos(y{i - 1})" for i in range(1, depth + 1))])
        lengths.append(len(diff(text)))
    assert lengths[1] <= 2.2 * lengths[0]


@pytest.mark.parametrize(
    "text, expected",
    [("x", "[1, 1]"), ("3*x", "[3, 3]"), ("x^2", "[2, 4]"), ("7", "[0, 0]"), ("x^3 + x, x, 2", "[6, 12]")],
)
def test_diff_of_arrays_is_element_by_element(text: str, expected: str) -> None:
    call = text if text.count(",") == 2 else f"{text}, x"
    assert cg("eval", f"input x: [n]; diff({call})", "x=[1, 2]").out == expected + "\n"


def test_a_second_derivative_by_an_array_is_refused_at_its_place() -> None:
    result = cg("diff", "input x: [3]; sum(x^3)", "--wrt", "x", "--order", "2")
    assert result.status == 3
    assert "1 | input x: [3]; sum(x^3)\n  |               ^^^^^^^^\n" in result.err


def test_high_orders_stay_short() -> None:
    """Without common factors, the text of the twentieth derivative is that of 1.7 million characters."""
    result = diff("exp(-x^2)", order=20)
    assert len(result) < 400
    x = mp.mpf("0.75")
    truth = mp.hermite(20, x) * mp.exp(-(x**2))
    assert abs(cgcli.evaluate(result, x=0.75)["d20f_dx20"] / truth - 1) < 1e-12


def test_a_name_given_twice_is_one() -> None:
    assert cg("diff", "x^2", "--wrt", "x,x").out == "df_dx = 2*x\n"


UNKNOWN = "input x: [n]; input y: [m]; input s: []; "  # x[:m] has m elements, or n, if that is less


@pytest.mark.parametrize("text", ["sum(x[:m]*s)", "x[:m]*s", "sum(x[:m])^2*sum(s*x[:m])"])
@pytest.mark.parametrize("command", [("diff",), ("export", "--to", "python", "--grad")])
def test_a_shape_that_is_not_known_is_not_taken_for_a_number(command: tuple[str, ...], text: str) -> None:
    result = cg(*command, UNKNOWN + text, "--wrt", "s")
    assert (result.status, result.out) == (3, "")
    assert result.err.startswith("error: the derivative needs this shape, which is not known")
    result = cg(command[0], *command[1:3], UNKNOWN + f"jacobian({text}, s)")
    assert result.status == 3
    assert "which is not known before values are" in result.err
    assert "give values to the arrays in it" in result.err
    point = ("x=[1, 2, 3]", "y=[1, 1]", "s=2")
    inside, outside = (
        cg("eval", UNKNOWN + f"jacobian({text}, s)", *point),
        cg("jacobian", UNKNOWN + text, *point),
    )
    assert f"df/ds = {inside.out}" in outside.out


def test_a_sum_over_all_is_a_number_whatever_its_operand() -> None:
    out = cg("diff", UNKNOWN + "sum(x[:m])*s^2", "--wrt", "s").out
    assert out == "input x: [n]\ninput y: [m]\ninput s: []\ndf_ds = 2*s*sum(x[:m])\n"
    for mode in ("reverse", "forward"):
        done = cg(
            "grad", "--mode", mode, UNKNOWN + "sum(x[:m])*s^2", "x=[1, 2, 3]", "y=[1, 1]", "s=2", "--wrt", "s"
        )
        assert done.out == "f = 12\ndf/ds = 12\n"


def test_names_of_sizes_are_not_given_to_nodes() -> None:
    text = cg("diff", "input x: [v1]; sum(tanh(x + 1)^2*sin(tanh(x + 1)))", "--wrt", "x").out
    assert "\nv_1 = tanh(x + 1)\n" in text
    assert cg("eval", text, "x=[0, 1]").status == 0


@pytest.mark.parametrize(
    "text, order",
    [("0^x", 1), ("(x - x)^x + x", 2), ("a = 0; a^x", 1), ("a = y*x; b = x + y/a; sqrt(b^2 + 3)", 3)],
)
def test_programs_that_lose_a_factor_have_derivatives(text: str, order: int) -> None:
    assert cgcli.parse(diff(text, order=order))


def test_derivatives_without_overflow_or_nan_where_the_function_is_flat() -> None:
    assert cgcli.evaluate(diff("tanh(x)", order=2), x=800.0)["d2f_dx2"] == 0
    assert cgcli.evaluate(diff("sqrt(max(x, 0))"), x=-1.0)["df_dx"] == 0
    assert cgcli.evaluate(diff("exp(x)/(1 + exp(x))"), x=360.0)["df_dx"] == pytest.approx(math.exp(-360))


@pytest.mark.parametrize(
    "text, expected",
    [
        ("clip(x, y, x)", "df_dx = 1\ndf_dy = 0"),
        ("lgamma(clip(x, y, x) + 3)", "df_dx = digamma(x + 3)\ndf_dy = 0"),
        ("clip(x, y, y)", "df_dx = 0\ndf_dy = 1"),
        ("clip(y, y, z)", "df_dy = where(y < z, 1, 0)\ndf_dz = where(y < z, 0, 1)"),
        ("max(x, x, x)", "df_dx = 1"),
        ("max(max(x, y), x)", "df_dx = where(x > y, 1, 0)\ndf_dy = where(x > y, 0, 1)"),
        ("dot([x, y], [0, 0]) != pi", "df_dx = 0\ndf_dy = 0"),
        ("relu(relu(x)*2)", "df_dx = where(2*relu(x) > 0 and x > 0, 2, 0)"),
        ("norm(relu([x, -1]))", "v1 = relu([x, -1])\nv2 = norm(v1)\n"
         "df_dx = where([x, -1] > 0 and v2 != 0, v1/v2, 0)[0]"),
        ("where(x == 0, 0, sin(x)/x)", "df_dx = where(x == 0, 0, cos(x)/x - sin(x)/x^2)"),
    ],
)  # fmt: skip
def test_masks_join_and_guards_of_users_stay(text: str, expected: str) -> None:
    assert diff(text) == expected
