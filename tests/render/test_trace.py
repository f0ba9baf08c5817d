"""`cg trace` says the chain rule as lessons do, where that is what it computes."""

from __future__ import annotations

from random import Random

import pytest

from cgcli.algebras.numbers import floats
from cgcli.ops import OPS
from cgcli.ops.chain import local_partials
from cgcli.ops.lessons import LESSONS
from tests.cg import cg
from tests.operations import TABLE

# The formulas behind the local derivatives; None where the value stands alone.
LOCAL: dict[tuple[str, ...], list[str]] = {
    ("sigmoid(x)", "x=0.5"): ["f*(1 - f)"],
    ("y = sigmoid(x)", "x=0.5"): ["y*(1 - y)"],
    ("tanh(x)", "x=0.5"): ["1 - f^2"],
    ("tanh(x)", "x=20"): ["1/cosh(x)/cosh(x)"],
    ("tanh(x)", "x=[[0.5, 20]]"): ["1 - f^2"],
    ("x^3", "x=2"): ["3*x^2"],
    ("x^0.5", "x=4"): ["0.5*x^(-0.5)"],
    ("x^y", "x=2", "y=3"): ["y*x^(y - 1)", "f*log(x)"],
    ("x^x", "x=2"): ["x*x^(x - 1)", "f*log(x)"],
    ("hypot(x, y)", "x=3", "y=4"): ["x/f", "y/f"],
    ("max(x, y)", "x=3", "y=4"): ["x == f", "y == f"],
    ("max(x, y)", "x=3", "y=3"): [
        "where(x == f, 1/((x == f) + (y == f)), 0)",
        "where(y == f, 1/((x == f) + (y == f)), 0)",
    ],
    ("log10(x)", "x=2"): ["1/(x*log(10))"],
    ("atan2(y, x)", "y=1", "x=2"): ["x/(x^2 + y^2)", "-y/(x^2 + y^2)"],
    ("sqrt(x)", "x=4"): ["1/(2*f)"],
    ("erf(x)", "x=0.5"): ["2/sqrt(pi)*exp(-x^2)"],
    ("erfc(x)", "x=0.5"): ["-(2/sqrt(pi)*exp(-x^2))"],
}


@pytest.mark.parametrize("program", LOCAL, ids=lambda program: " ".join(program))
def test_local_derivatives_are_those_of_lessons(program: tuple[str, ...]) -> None:
    text = program if "[" not in program[1] else (f"f = {program[0]}; sum(f)", *program[1:])
    lines = cg("trace", *text).out.split("gradient\n")[0].splitlines()
    steps = [line.split(" = ")[1:-1] for line in lines if line.startswith("     ") and " = " in line]
    formulas = [" = ".join(step) for step in steps if step]
    assert formulas == LOCAL[program]


@pytest.mark.parametrize("name", LESSONS)
def test_lessons_are_the_rules(name: str) -> None:
    rng, agreed = Random(name), 0
    for _ in range(50):
        operands = [draw(rng) for draw in TABLE[name].domain]
        result = getattr(floats, name)(*operands)
        rules = LESSONS[name]
        lessons = (
            rules(floats, result, *operands)
            if callable(rules)
            else [rule(floats, result, *operands) for rule in rules]
        )
        partials = local_partials(OPS[name], floats, result, operands)
        agreed += all(abs(a - b) <= 1e-6 * abs(b) for a, b in zip(lessons, partials, strict=True))
    assert agreed > 5  # elsewhere they overflow or cancel


LAYER = "b = [0.1, 0.2, 0.3]; z = X @ W + b; loss = sum(tanh(z))"


def test_a_layer_is_told_as_in_lessons() -> None:
    lines = cg("trace", LAYER, "X=[[1, 2], [3, 4]]", "W=[[1, 0, 1], [0, 1, 1]]").out
    assert "dloss/db = sum(dloss/dz, axis=0) = " in lines
    assert "dloss/dW = X.T @ dloss/dv" in lines
    scaled = cg("trace", "sum(x*y)", "x=[[1, 2], [3, 4]]", "y=[[1, 2]]").out
    assert "df/dy = sum(df/dv3*x, axis=0, keepdims=1) = [[4, 6]]" in scaled
