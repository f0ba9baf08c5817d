"""`cg diff` and derivatives in programs: values, kinks, errors, commands."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from mpmath import mp, mpf

import cgcli
from cgcli import CgError
from cgcli.algebras.numbers import floats
from cgcli.passes.forward import forward
from tests.cg import cg
from tests.programs import NAMES, programs
from tests.rewrite.diffs import diff, inf

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
        ("x*sinc(x^2*(3*floor(x) - 3))", 1.5), ("x*sinc(x*lgamma(0.5 + sigmoid(floor(x))))", 0.5),
        ("x*sinc(x*(floor(x)/2 - 0.5))", 1.5), ("x*sinc(x*(0.5*(2 + 1/(1 + floor(x))) - 1.5))", 0.5),
        ("g(u, v) = diff(max(u, v), u); x*g(x^2, x^2)", 2), ("g(u, v) = diff(min(u, v), v); x*g(x, x)", 2),
        ("g(u, v) = diff(clip(u, v, 9), u); x*g(x^2, x^2)", 2),
        ("g(u, v) = diff(clip(u, v, v), u); x*g(x, x)", 2),
        ("clip(x, 0, 1)", 0.5), ("clip(x, 0, 1)", -3), ("clip(x, 1, 0)", 0.5),
        ("sqrt(x)", 0), ("cbrt(x)", 0), ("sign(x)*x", 0), ("cbrt(x*relu(1 - x))^(2/3)", 2),
        ("sqrt(x*relu(x))", -1), ("sqrt(x // 1*x)", 0.5), ("(x*max(x, 0))^0.3", -2),
        ("floor(x)*x", 2), ("x*sinc((x <= 1)/(1 + x^2))", 2), ("sqrt((x > 0)*x)", -1),
        ("x*sinc(2*min(3, (x <= 1 or x > 5)*x))", 2), ("x*sinc(x*heaviside(x, 0.5))", -2),
        ("x*(x > 0)^x", 0.5), ("x*sinc(x*(not x))", 2), ("x*sinc(x*(x == 1))", 2),
        ("x*sinc((x != 1) - 1)", 2), ("x*sinc(atan2(trunc(x), x))", 0.5), ("x*sinc((x > 1)^x)", 0.5),
        ("x*sinc(xlogy(not x, x^2 + 1))", 2), ("x*sinc(copysign(x > 1, x))", 0.5),
        ("x*sinc((x > 1) % x)", 0.5),
        ("sign(x // 2)^2*x", 1), ("sign(relu(x))^2*x", -1), ("sign(x > 1)^2*x", 0.5),
        ("sign(max(x - 3, 0) + 0)^4/(1 + x^2)", 1), ("sign(where(x < 2, 0, x))^2*sin(x)", 1),
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
        ("x^(y - 1)*x^y*x^2*sin(x)", {"x": 1.3, "y": 0.7}),
        ("sin(x^(y - 1)*x^y)*x^2*x^y", {"x": 1.3, "y": 0.7}),
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
