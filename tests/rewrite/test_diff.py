"""`cg diff`: derivatives true to 50 digits, and as a person would write them."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from itertools import combinations_with_replacement
from random import Random
from typing import Any

import numpy as np
import pytest
from mpmath import mp, mpf

import cgcli
from cgcli.passes.forward import forward
from tests import textbook
from tests.algebras.mpmath50 import Mpmath50
from tests.cg import cg
from tests.rewrite.diffs import derived, diff


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


@pytest.mark.long
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
        ("atan(abs(x))", "df_dx = sign(x)/(1 + x^2)"),
        (
            "(x - sqrt(0.5))/(sinh(x) - exp(a + x))",
            "v1 = x - 1/sqrt(2)\nv2 = exp(a + x)\nv3 = sinh(x) - v2\nv4 = v3^2\n"
            "df_dx = 1/v3 + v1*(v2 - cosh(x))/v4\ndf_da = v1*v2/v4",
        ),
        ("1/(1 + abs(x)^4)", "df_dx = -4*x^3/(1 + x^4)^2"),
        ("y = abs(x); 1/(1 + y^2)", "y = abs(x)\ndf_dx = -2*x/(1 + y^2)^2"),
        ("cos(x)", "df_dx = -sin(x)"),
        ("sin(x)^2", "df_dx = sin(2*x)"),
        ("sin(x)^2 + cos(x)^2", "df_dx = 0"),
        ("sin(2*pi*x)", "df_dx = 2*pi*cos(2*pi*x)"),
        ("sin(2*x) + sin(x)*cos(x)", "df_dx = 3*cos(2*x)"),
        ("sin(2*x)/2 - sin(x)*cos(x)", "df_dx = 0"),
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
        ("input x: []; x*(mean(x) + var(x) + max(x))", "input x: []\ndf_dx = 4*x"),
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
        ("tan(x)", 3, "d3f_dx3 = (6*tan(x)^2 + 2)/cos(x)^2"),
        ("tan(x)", 6, "d6f_dx6 = (720*tan(x)^5 + 960*tan(x)^3 + 272*tan(x))/cos(x)^2"),
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
