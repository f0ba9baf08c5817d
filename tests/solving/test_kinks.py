"""`cg minimize` where derivatives break off, and of what falls without end: how soon, and what is said."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import optimize

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
    found = cg("minimize", "sort([x^2 + y^2, 4 - x, y + 1])[2]", "x=5", "y=3")
    assert found.status == 1
    assert "has corners, as of `sort([x^2 + y^2, 4 - x, y + 1])`" in found.err


# Programs whose least values lie at corners, starts, what more is given, and these values: by hand, and from
# L. Luksan and J. Vlcek, "Test problems for nonsmooth unconstrained and linearly constrained optimization"
# (2000).
CORNERS = [
    ("(x - 3)^2 + abs(y)", ["x=1", "y=2"], [], 0.0),
    ("max(x, -x, 0.5*x + 1)", ["x=3"], [], 2 / 3),
    ("max([x, -x, 0.5*x + 1])", ["x=3"], [], 2 / 3),
    ("max(x^2 + y^2, 4 - x, y + 1)", ["x=5", "y=3"], [], (9 - 17**0.5) / 2),
    ("-min(x + 2*y, 3 - x, 4 - y)", ["x=0", "y=0"], [], -2.75),
    ("-min([x + 2*y, 3 - x, 4 - y])", ["x=0", "y=0"], [], -2.75),
    ("abs(x - 1) + 2*abs(x - 2) + abs(x - 7)", ["x=5"], [], 6.0),
    ("norm(x - [1, 2, 7], ord=1) + x[0]^2", ["x=[5, 5, 5]"], [], 0.75),
    ("max(abs(x - [1, 2, 7])) + sum(x)^2", ["x=[5, 5, 5]"], [], 10 / 3 - 1 / 36),
    ("max(2*abs(x - 1) + 1, y) + abs(y - 3)", ["x=4", "y=0"], [], 3.0),
    ("sum(relu(1 - x*[1, -2, 3])) + x^2/2", ["x=2"], [], 7 / 3 + 1 / 18),
    ("abs(x^2 - 2) + abs(x*y - 1)", ["x=1", "y=1"], [], 0.0),
    ("10*abs(y - x^2) + abs(1 - x)", ["x=-1.2", "y=1"], [], 0.0),
    ("abs(x) + abs(y) + x^2/4", ["x=1", "y=-2"], ["--st", "x + 2*y == 2"], 1.0),
    ("(x - 2)^2 + (y - 1)^2", ["x=0", "y=0"], ["--st", "abs(x) + abs(y) <= 1"], 2.0),
    ("abs(x) + abs(y - 3)", ["x=1", "y=1"], ["--bounds", "x >= 0.5; y <= 2"], 1.5),
    ("max(x^2 + y^4, (2 - x)^2 + (2 - y)^2, 2*exp(y - x))", ["x=1", "y=-0.1"], [], 1.952224493870659),
    ("max(x^4 + y^2, (2 - x)^2 + (2 - y)^2, 2*exp(y - x))", ["x=2", "y=2"], [], 2.0),
    ("max(5*x + y, -5*x + y, x^2 + y^2 + 4*y)", ["x=1", "y=1"], [], -3.0),
    ("max(-x - y, -x - y + (x^2 + y^2 - 1))", ["x=-0.5", "y=-0.5"], [], -(2**0.5)),
    ("-x + 20*max(x^2 + y^2 - 1, 0)", ["x=0.8", "y=0.6"], [], -1.0),
    ("-x + 2*(x^2 + y^2 - 1) + 1.75*abs(x^2 + y^2 - 1)", ["x=-1", "y=-1"], [], -1.0),
    ("max(x^2 + (y - 1)^2 + y - 1, -x^2 - (y - 1)^2 + y + 1)", ["x=-1.5", "y=2"], [], 0.0),
]


@pytest.mark.parametrize("program, start, more, least", CORNERS)
def test_minima_at_corners(program: str, start: list[str], more: list[str], least: float) -> None:
    done = cg("minimize", program, *start, *more, "--format", "json")
    found = json.loads(done.out)
    assert (done.status, found["converged"]) == (0, True), done
    assert found["minimum"] == pytest.approx(least, rel=1e-10, abs=1e-10)
    assert found["violation"] <= 1e-10


def linear_program(kind: str, a: Any, y: Any) -> float:
    """The least sum, or the least maximum, of absolute values."""
    rows, size = a.shape
    more = np.eye(rows) if kind == "sum" else np.ones((rows, 1))
    costs = np.concatenate([np.zeros(size), np.ones(more.shape[1])])
    both = np.block([[a, -more], [-a, -more]])
    found = optimize.linprog(costs, both, np.concatenate([y, -y]), bounds=[(None, None)] * len(costs))
    return float(found.fun)


@pytest.mark.parametrize("kind", ["sum", "max"])
@pytest.mark.parametrize("rows, size", [(9, 2), (40, 3), (400, 2)])
def test_lines_by_absolute_values(kind: str, rows: int, size: int) -> None:
    random = np.random.default_rng(rows)
    a = np.stack([np.sort(random.uniform(0, 10, rows)) ** power for power in range(size)], axis=1)
    y = a @ random.normal(size=size) + random.standard_t(1.5, size=rows)
    given = [f"{name}={json.dumps(value.tolist())}" for name, value in (("a", a), ("y", y))]
    start = f"w=zeros({size})"
    done = cg("minimize", f"{kind}(abs(y - a @ w))", *given, start, "--wrt", "w", "--format", "json")
    assert done.status == 0, done
    assert json.loads(done.out)["minimum"] == pytest.approx(linear_program(kind, a, y), rel=1e-10)


# What is summed over many rows, and the least share of residuals below 0 that is right.
MANY_CORNERS = [
    ("sum(abs(y - a*t - b))", 0.5),
    ("norm(y - a*t - b, ord=1)", 0.5),
    ("sum(max(0.9*(y - a*t - b), -0.1*(y - a*t - b)))", 0.9),
    ("sum(relu(y - a*t - b) + 3*relu(a*t + b - y))", 0.25),
    ("sum(abs(y - a*exp(t/50) - b))", 0.5),
]


@pytest.mark.parametrize("program, share", MANY_CORNERS)
def test_more_corners_than_there_are_unknowns_for(program: str, share: float, tmp_path: Path) -> None:
    """By the definition of quantiles so many residuals are below 0; as many are 0 as there are unknowns."""
    random = np.random.default_rng(5)
    t = np.linspace(0, 10, 5001)
    y = 2 * t + 1 + random.normal(size=len(t))
    np.savez(tmp_path / "lines.npz", t=t, y=y)
    given = ["--vars", str(tmp_path / "lines.npz"), "a=1", "b=0", "--wrt", "a,b", "--format", "json"]
    done = cg("minimize", program, *given)
    assert done.status == 0, done
    at = json.loads(done.out)["at"]
    left = y - at["a"] * (np.exp(t / 50) if "exp" in program else t) - at["b"]
    on = np.abs(left) < 1e-9
    assert on.sum() == 2
    assert (left[~on] < 0).sum() <= share * len(t) <= (left[~on] < 0).sum() + 2


def test_how_a_minimum_at_a_corner_moves() -> None:
    """That of max(x^2, a - x) is where both are equal."""
    given = ["max(x^2, a - x)", "x=3", "a=2", "--wrt", "x", "--sensitivity", "a", "--format", "json"]
    found = json.loads(cg("minimize", *given).out)
    assert found["at"]["x"] == pytest.approx(1)
    assert found["sensitivity"]["x"]["a"] == pytest.approx(1 / 3)
    assert found["minimum_sensitivity"]["a"] == pytest.approx(2 / 3)


def test_a_multiplier_beside_a_corner() -> None:
    found = json.loads(
        cg("minimize", "abs(x) + abs(y)", "x=1", "y=1", "--st", "x + 2*y >= 4", "--format", "json").out
    )
    assert found["constraints"][0]["multiplier"] == pytest.approx(0.5)
    assert found["at"] == pytest.approx({"x": 0, "y": 2}, abs=1e-12)


def test_a_method_that_is_asked_for_is_kept() -> None:
    found = json.loads(
        cg("minimize", "(x - 3)^2 + abs(y)", "x=1", "y=2", "--method", "bfgs", "--format", "json").out
    )
    assert (found["converged"], found["method"]) == (True, "bfgs")


@pytest.mark.parametrize("program", ["-abs(x)", "x - 2*abs(x)", "min(x, 2*x)", "abs(x) - x/2 - abs(x - 1)*2"])
def test_what_falls_from_a_corner_is_no_minimum(program: str) -> None:
    assert cg("minimize", program, "x=0").status == 1


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


@pytest.mark.parametrize(
    "arguments, told",
    [
        (["3*(x*nan)^2"], "the objective is not finite at the start\n --> <expr>:1:1"),
        (["y = 3; x^2*inf + y*x"], "the objective is not finite at the start\n --> <expr>:1:8"),
        (["x^2", "--st", "x >= nan"], "`x >= nan` are not finite at the start\n --> <st>:1:1"),
    ],
)
def test_a_start_without_a_value_is_told_of_at_its_place(arguments: list[str], told: str) -> None:
    found = cg("minimize", *arguments, "x=1")
    assert (found.status, told in found.err) == (1, True), found


@pytest.mark.parametrize("width", [1.0, 1e4, 1e-3])
def test_the_greatest_of_many_rows_is_least(width: float, tmp_path: Path) -> None:
    """Of three points that are as far off, two lie on one side (Chebyshev)."""
    random = np.random.default_rng(7)
    t = np.linspace(0, width, 20_001)
    y = 20 * t / width + 1 + random.normal(size=len(t))
    np.savez(tmp_path / "rows.npz", t=t, y=y)
    given = ["--vars", str(tmp_path / "rows.npz"), "a=1", "b=0", "--wrt", "a,b", "--format", "json"]
    done = cg("minimize", "max(abs(y - a*t - b))", *given)
    assert done.status == 0, done
    at = json.loads(done.out)["at"]
    left = y - at["a"] * t - at["b"]
    far = np.flatnonzero(np.abs(left) >= np.abs(left).max() * (1 - 1e-9))
    assert np.sign(left[far]).tolist() in ([1, -1, 1], [-1, 1, -1])
