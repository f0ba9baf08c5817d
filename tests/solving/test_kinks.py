"""`cg minimize` where derivatives break off, and of what falls without end: how soon, and what is said."""

from __future__ import annotations

import json

import pytest

from tests.cg import cg

# Programs, starts, and the least values: from a kink, and to one.
KINKS = [
    ("abs(x - 1) + y^2", ["x=1", "y=3"], 0.0),
    ("abs(x - 1) + y^2", ["x=1", "y=0"], 0.0),
    ("abs(x - 1) + y^2", ["x=3", "y=3"], 0.0),
    ("(abs(x - 1) - x/2)^2 + y^4", ["x=1", "y=2"], 0.0),
    ("max(x, 0)^2 + relu(y - 1) + y^2", ["x=0", "y=1"], 0.0),
]


@pytest.mark.parametrize("program, start, least", KINKS)
def test_kinks(program: str, start: list[str], least: float) -> None:
    done = cg("minimize", program, *start, "--format", "json")
    found = json.loads(done.out)
    assert (done.status, found["minimum"]) == (0, pytest.approx(least, abs=1e-12))
    assert found["iterations"] < 200


@pytest.mark.parametrize("method", ["auto", "l-bfgs-b", "bfgs", "tnc", "newton-cg"])
@pytest.mark.parametrize("program", ["x", "x + y^2", "y^2 - sqrt(1 + x^2)", "-log(1 + x^2) + y^2", "x*y"])
def test_what_falls_without_end(program: str, method: str) -> None:
    given = ["x=1", *(["y=1"] if "y" in program else [])]
    done = cg("minimize", program, *given, "--method", method, "--format", "json")
    found = json.loads(done.out)
    assert (done.status, found["converged"]) == (1, False)
    assert found["reason"] == "the objective falls without end"
    assert found["iterations"] < 1000


@pytest.mark.parametrize(
    "program, told",
    [
        ("x^3", "the objective falls without end"),
        ("x^4", "second derivatives are 0 here, and decide nothing"),
        ("cosh(x - 2)", "the conditions of first and second order hold"),
        ("(x - 1e-12)^2", "the conditions of first and second order hold"),
    ],
)
def test_what_second_derivatives_say(program: str, told: str) -> None:
    assert told in cg("minimize", program, "x=1").out


def test_a_corner_is_told_of() -> None:
    found = cg("minimize", "max(x^2 + y^2, 4 - x, y + 1)", "x=5", "y=3")
    assert found.status == 1
    assert "has corners, as of `max(x^2 + y^2, 4 - x, y + 1)`" in found.err


@pytest.mark.parametrize(
    "program, start, st, is_told",
    [
        ("(x - 2)^2 + y^2", ["x=-2", "y=-2"], "(1 - x)^3 - y >= 0; x >= 0; y >= 0", True),
        ("x", ["x=1"], "x^2 <= 0", True),
        ("x + y", ["x=1", "y=1"], "(x^2 + y^2 - 2)^2 == 0", True),
        ("x", ["x=1", "y=1"], "x^2 + y^2 <= 1", False),
        ("x + y", ["x=1", "y=1"], "x*y >= 2; x >= 0", False),
    ],
)
def test_constraints_whose_gradient_is_0_are_told_of(
    program: str, start: list[str], st: str, is_told: bool
) -> None:
    found = cg("minimize", program, *start, "--st", st)
    assert ("constraint qualification fails" in found.out) == is_told


@pytest.mark.parametrize(
    "program, start", [("exp(x) - x", "x=600"), ("cosh(x)", "x=700"), ("exp(x) - x", "x=300")]
)
def test_the_end_of_a_slope_that_is_very_steep(program: str, start: str) -> None:
    found = json.loads(cg("minimize", program, start, "--format", "json").out)
    assert (found["converged"], found["minimum"]) == (True, 1)
    assert found["reason"] == "the conditions of first and second order hold"
