"""`--fast`, and exact rules over large data."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cgcli
from cgcli.algebras.numbers import floats
from cgcli.passes.forward import forward
from tests.cg import cg
from tests.programs import NAMES, programs

# The gradient and the value by the faster program


@given(programs(smooth=True), st.fixed_dictionaries({n: st.floats(-2, 2) for n in NAMES}))
@settings(max_examples=60, deadline=None)
def test_fast_agrees_up_to_rounding(text: str, point: dict[str, float]) -> None:
    from cgcli.evaluation.prepared import Prepared

    program = cgcli.parse(text)
    inputs = {name: round(point[name], 3) for name in program.inputs}
    at = forward(program.graph, floats, inputs)
    if not all(abs(x) < 1e4 for x in at):
        return
    quick = Prepared(cgcli.parse(text), {}, fast=True).point(inputs, rewrite=True).program
    assert list(quick.inputs) == list(program.inputs)
    value, exact = cgcli.evaluate(quick, **inputs)["f"], cgcli.evaluate(program, **inputs)["f"]
    assert value == pytest.approx(exact, rel=1e-8, abs=1e-8)
    ours, theirs = cgcli.gradient(quick, **inputs)["f"], cgcli.gradient(program, **inputs)["f"]
    for name in inputs:
        assert ours[name] == pytest.approx(theirs[name], rel=1e-6, abs=1e-6)


@pytest.mark.parametrize(
    "text, bindings, exact",
    [
        ("log(1 + exp(x))", ["x=800"], "800"),
        ("log(1 + x)", ["x=1e-20"], "1e-20"),
        ("exp(x) - 1", ["x=1e-20"], "1e-20"),
        ("1 - sigmoid(x)", ["x=50"], "1.928749847963918e-22"),
        ("sqrt(x^2 + y^2)", ["x=1e200", "y=0"], "1e+200"),
        ("log(exp(x) + exp(y))", ["x=1000", "y=1000"], "1000.6931471805599"),
        ("log(sum(exp(v)))", ["v=[1000, 1000]"], "1000.6931471805599"),
    ],
)
def test_fast_is_more_accurate_where_the_program_was_not(text: str, bindings: list[str], exact: str) -> None:
    if "v" in text:
        text = "input v: [n]; " + text
    result = cg("eval", "--fast", "--strict", text, *bindings)
    assert (result.status, result.out, result.err) == (0, exact + "\n", ""), result


@pytest.mark.parametrize(
    "text, bindings",
    [
        ("v @ v + sum(v)", ["v=[1, 2, 3]"]),  # shapes are not declared
        ("log(sum(exp(v)))", ["v=[1, 2, 3]"]),
        ("exp(v)/sum(exp(v))", ["v=[1, 2, 3]"]),
        ("exp(v)/sum(exp(v))", ["v=[[1, 2], [3, 4]]"]),
        ("v.T.T + v - v", ["v=[[1, 2], [3, 4]]"]),
        ("eye(2) @ v", ["v=[[1, 2], [3, 4]]"]),
        ("input v: [n, n]; eye(2) @ v", ["v=[[1, 2], [3, 4]]"]),
        ("sqrt(sum(v^2))", ["v=[3, 4]"]),
        ("x*sqrt(x^2)", ["x=[3, -4]"]),
        ("assert v[0] > 0; v*1", ["v=[3, 4]"]),
        ("input x = 3; x + x", []),
        ("zeros([2, 2]) + x", ["x=1"]),
        ("linspace(0, 1, 3)*x", ["x=2"]),
        ("a = x + 0; b = -(-a); b", ["x=2"]),
    ],
)
def test_fast_changes_no_answer_and_breaks_on_nothing(text: str, bindings: list[str]) -> None:
    plain, fast = cg("eval", text, *bindings), cg("eval", "--fast", text, *bindings)
    assert fast.status == plain.status == 0, fast
    assert fast.out.split(" = ")[0] == plain.out.split(" = ")[0] or "=" not in plain.out
    ours, theirs = (json.loads(one.out.split(" = ")[-1]) for one in (fast, plain))
    assert np.allclose(ours, theirs, rtol=1e-14)


@pytest.mark.parametrize(
    "text", ["sum(sin(exp(x))*cos(exp(x)) + exp(x)*1)", "y = x - 0; [sum(y), sum(--x), log(1 + x[0])]"]
)
def test_exact_rules_change_no_bit_of_large_data(text: str, tmp_path: Path) -> None:
    x = np.random.default_rng(5).normal(size=20_000)
    np.save(tmp_path / "x.npy", x)
    found = json.loads(cg("eval", text, f"x=@{tmp_path}/x.npy", "--format", "json").out)["value"]
    exact = cgcli.evaluate(text, x=x)["f"]
    assert found == np.asarray(exact).tolist()


def test_values_that_are_not_finite_keep_their_place_in_large_data(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.ones(20_000))
    result = cg("eval", "sum(x)*log(-1)", f"x=@{tmp_path}/x.npy")
    assert result.err.startswith("warning: log(-1) is nan")
