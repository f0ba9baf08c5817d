"""Derivatives by the parameters of a function: each varies by itself."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import cgcli
from tests.cg import cg
from tests.programs import SMOOTH_PATTERNS, build

F = "f(a, b) = diff(a*b^2, a); "
V = "input v: [3]; "


@pytest.mark.parametrize(
    "text, inputs, expected",
    [
        (F + "f(x, x)", {"x": 3.0}, 9.0),
        (F + "f(x, 2*x)", {"x": 3.0}, 36.0),
        (F + "f(2*x, x)", {"x": 3.0}, 9.0),
        (F + "f(3, 3)", {}, 9.0),
        (F + "n = 3; f(n, n)", {}, 9.0),
        (F + "f(pi, pi)", {}, math.pi**2),
        (F + "f(f(x, x), x)", {"x": 3.0}, 9.0),
        (F + "f(x, f(x, x))", {"x": 3.0}, 81.0),
        ("g(t) = diff(t^2*x, t); g(x)", {"x": 3.0}, 18.0),
        ("g(t) = diff(t^2*x, x); g(x)", {"x": 3.0}, 27.0),  # by the x that both stand for
        ("g(x) = diff(x^2*y, x); g(y)", {"y": 3.0}, 18.0),
        ("g(t) = diff(t^2*x, t); diff(g(x), x)", {"x": 3.0}, 12.0),
        ("g(t) = diff(t^2*x, t); y = g(x); diff(y, x)", {"x": 3.0}, 12.0),
        ("f(a, b) = diff(a^3*b^2, a, 2); f(x, x)", {"x": 2.0}, 48.0),
        ("f(a, b) = diff(a^3*b^2, a, 1 + 1); f(x, x)", {"x": 2.0}, 48.0),
        ("f(a, b) = diff(diff(a^3*b^2, a), a); f(x, x)", {"x": 2.0}, 48.0),
        ("f(a, b) = diff(diff(a^3*b^2, a), b); f(x, x)", {"x": 2.0}, 48.0),
        ("f(a, b, n) = diff(a^3*b^2, a, n); f(x, x, 2)", {"x": 2.0}, 48.0),
        # through other functions
        (F + "g(s, t) = f(s, t) + diff(s*t, t); g(x, x)", {"x": 3.0}, 12.0),
        (F + "g(s, t) = diff(f(s, t)*s, t); g(x, x)", {"x": 3.0}, 18.0),
        ("h(a, b) = a*b^2; f(a, b) = diff(h(a, b), a); f(x, x)", {"x": 3.0}, 9.0),
        ("h(a, b) = a*b^2; f(a, b) = diff(h(b, a), a); f(x, x)", {"x": 3.0}, 18.0),
        ("p(x) = diff(x^3, x); q(x) = diff(p(x)*x, x); q(x)", {"x": 2.0}, 36.0),
        ("p(t) = diff(t^3, t); q(t) = p(t)*p(x); diff(q(x), x)", {"x": 1.0}, 36.0),
        # a derivative that is there but does not matter
        ("j(a, b) = [diff(a*b, a), diff(b^2, a), diff(b, a)]; j(x, y)", {"x": 3.0, "y": 2.0}, [2, 0, 0]),
        ("j(a, b) = [diff(a*b, a), diff(b^2, a), diff(b, a)]; j(x, x)", {"x": 3.0}, [3, 0, 0]),
        ("j(a, b) = [diff(a*b, a), diff(b^2, a), diff(b, a)]; j(3, 2)", {}, [2, 0, 0]),
        # a value that is a parameter itself
        ("h(t, u) = diff(t*u*diff(u, u), t); y = h(3, 4); y", {}, 4.0),
        ("h(t, u) = diff(t*u*diff(u, u), t); y = h(x, x); y*x", {"x": 3.0}, 9.0),
        # arrays
        (V + "f(a, b) = grad(sum(a*b^2), a); f(v, v)", {"v": [1.0, 2.0, 3.0]}, [1.0, 4.0, 9.0]),
        (V + "f(a, b) = grad(a @ b, a); f(v, 2*v)", {"v": [1.0, 2.0, 3.0]}, [2.0, 4.0, 6.0]),
        (V + "f(a) = grad(a @ v, a); f(v)", {"v": [1.0, 2.0, 3.0]}, [1.0, 2.0, 3.0]),
        (V + "f(a) = grad(a @ v, a); f(v + 1)", {"v": [1.0, 2.0, 3.0]}, [1.0, 2.0, 3.0]),
        (V + "f(a) = grad(sum(a^2), a); f([1, v[1], 3])", {"v": [1.0, 2.0, 3.0]}, [2.0, 4.0, 6.0]),
        (V + "f(a) = diff(3*a, a); f(v)", {"v": [1.0, 2.0, 3.0]}, [3.0, 3.0, 3.0]),
        (V + "f(a) = grad(sum(a^2), a); grad(sum(f(v)^2), v)", {"v": [1.0, 2.0, 3.0]}, [8.0, 16.0, 24.0]),
        (V + "f(a, b) = grad(a @ b^2, a) @ b; grad(f(v, v), v)", {"v": [1.0, 2.0, 3.0]}, [3.0, 12.0, 27.0]),
        ("input M: [m, n]; f(A, B) = grad(sum(A*B), A); f(M, M.T.T)", {"M": [[1.0, 2.0]]}, [[1.0, 2.0]]),
        # a parameter that is an attribute as well
        ("f(n) = diff(n^3, n)*sum(ones(n)); f(2)", {}, 24.0),
        (V + "f(k) = diff(k^2, k)*v[k]; f(2)", {"v": [1.0, 2.0, 3.0]}, 12.0),
        ("input v: [n]; f(k) = diff(k^2, k)*sum(ones(n)); f(n)", {"v": [1.0, 2.0, 3.0]}, 18.0),
    ],
)  # fmt: skip
def test_a_parameter_varies_by_itself(text: str, inputs: dict[str, Any], expected: Any) -> None:
    result = cgcli.evaluate(text, **inputs)
    assert np.allclose(next(iter(result.values())), expected, rtol=1e-13, atol=1e-13)


def test_gradients_are_by_the_inputs_behind_the_parameters() -> None:
    assert cgcli.gradient(F + "f(x, 2*x)", x=3.0) == {"f": {"x": 24.0}}
    assert cgcli.gradient("g(t) = diff(t^2*x, t); g(x)", x=3.0) == {"f": {"x": 12.0}}
    assert cgcli.gradient("g(t) = diff(t^2*x, t); g(y)", x=3.0, y=2.0) == {"f": {"x": 4.0, "y": 6.0}}


ARGUMENTS = ("x", "y", "2*x", "x*y", "x + y", "0.5", "x", "tanh(y)")
CHOICES = st.lists(st.tuples(st.integers(0, 99), st.integers(0, 99), st.booleans()), min_size=1, max_size=8)
POINT = {"x": 0.7, "y": -0.4}


def near(found: float, expected: float) -> bool:
    return math.isclose(found, expected, rel_tol=1e-9, abs_tol=1e-9)


@given(CHOICES, st.sampled_from(ARGUMENTS), st.sampled_from(ARGUMENTS))
@settings(max_examples=150, deadline=None)
def test_the_derivative_is_that_by_an_input_with_the_value_put_in(choices: Any, s: str, t: str) -> None:
    """By values, by the inputs behind them, and in second order, against derivatives by fresh inputs."""
    body = build(choices, ("a", "b", "z"), SMOOTH_PATTERNS) + " + a*b*0"
    values = cgcli.evaluate(f"{s}; {t}; x*y*0", **POINT)
    inner = {"a": values["f1"], "b": values["f2"]}
    fresh = body.replace("z", f"({inner['a']!r})")  # a name outside does not move with a
    value, slopes = cgcli.gradient(fresh, **inner)["f"], cgcli.hessian(fresh, **inner)["f"]["a"]
    assume(all(abs(number) < 1e12 for number in (*value.values(), *slopes.values())))
    known = f"z = {s}\n"
    first = f"{known}f(a, b) = diff({body}, a)\nf({s}, {t}) + x*y*0"
    assert near(cgcli.evaluate(first, **POINT)["f"], value["a"])
    for second, by in ((f"diff({body}, a, 2)", "a"), (f"diff(diff({body}, a), b)", "b")):
        text = f"{known}f(a, b) = {second}\nf({s}, {t}) + x*y*0"
        direct = cgcli.evaluate(second.replace("z", f"({inner['a']!r})") + " + a*b*0", **inner)["f"]
        assume(math.isfinite(direct))  # 0 times inf on the way, which duals leave out
        assert near(cgcli.evaluate(text, **POINT)["f"], slopes[by])
    if "z" not in body:
        along = cgcli.gradient(f"{s} + x*y*0; {t} + x*y*0", **POINT)
        outer = cgcli.gradient(first, **POINT)["f"]
        for name in POINT:
            expected = slopes["a"] * along["f1"][name] + slopes["b"] * along["f2"][name]
            assert near(outer[name], expected)


def test_nothing_of_it_is_left_in_the_graph() -> None:
    for command in ("list", "ascii", "dot", "json"):
        assert "alias" not in cg("graph", "--style", command, F + "f(x, 2*x)").out
    assert cg("graph", "--style", "list", F + "f(x, 2*x)").out == "1  x\n2  v2 = 2*x\n3  f = v2^2\n"
    assert cg("diff", F + "f(x, 2*x)").out == "df_dx = 8*x\n"
    assert " 4 after\n" in cg("plan", F + "f(x, 2*x)").out
    assert cg("export", "--to", "latex", F + "f(x, 2*x)").status == 0
    assert cg("check", F + "f(x, 2*x)", "x=3").status == 0


@pytest.mark.parametrize(
    "text",
    [
        "slope(f, t) = diff(f, t); slope(x^2, x)",
        "slope(f, t) = diff(log(f), t); slope(x^2, x)",
        "slope(f, t) = diff(f, t) + x*0; slope(3^2, 3)",
        "y = x^2; slope(x) = diff(y, x); slope(x)",
    ],
)
def test_what_does_not_contain_the_parameter_is_warned_of(text: str) -> None:
    result = cg("eval", text, "x=3")
    assert (result.status, result.out) == (0, "0\n")
    assert "warning: this is 0: the parameter `" in result.err
    assert cg("eval", "--strict", text, "x=3").status == 3


def test_shapes_that_do_not_match_are_told_by_the_arguments() -> None:
    result = cg("eval", "f(v, w) = grad(sum(v*w), v); f([1, 2, 3], [1, 2])")
    assert "`*`: [1, 2, 3] is [3], [1, 2] is [2]" in result.err
