"""`cg minimize`: figures and their signs, what is said, and what can go wrong."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.cg import cg, executable

ROSENBROCK = "(1 - x)^2 + 100*(y - x^2)^2"


def minimized(program: str, options: str) -> dict[str, Any]:
    done = cg("minimize", program, *shlex.split(options), "--format", "json")
    assert done.out, done
    found: dict[str, Any] = json.loads(done.out)
    assert done.status == (0 if found["converged"] else 1)
    assert ("error" in done.err) == (not found["converged"])
    return found


def test_members() -> None:
    found = minimized(ROSENBROCK, "x=-1 y=1 --st 'x^2 + y^2 <= 2'")
    assert list(found) == ["method", "converged", "reason", "iterations", "evaluations", "minimum", "at",
                           "gradient_norm", "violation", "constraints"]  # fmt: skip
    assert found["at"] == pytest.approx({"x": 1, "y": 1}, rel=1e-15)
    assert list(found["constraints"][0]) == ["constraint", "slack", "multiplier"]


def test_signs_of_multipliers() -> None:
    """f's gradient is the sum of multipliers times gradients of slacks."""
    found = minimized("x^2 + y^2", "x=3 y=0 --st 'x + y >= 2'")
    (one,) = found["constraints"]
    assert one == {"constraint": "x + y >= 2", "slack": pytest.approx(0), "multiplier": pytest.approx(2)}
    (one,) = minimized("x^2 + y^2", "x=3 y=0 --st '2 <= x + y'")["constraints"]
    assert one["multiplier"] == pytest.approx(2)
    (one,) = minimized("x^2 + y^2", "x=3 y=0 --st 'x + y == 2'")["constraints"]
    assert one["multiplier"] == pytest.approx(2)
    (one,) = minimized("x^2 + y^2", "x=3 y=0 --st '2 == x + y'")["constraints"]
    assert one["multiplier"] == pytest.approx(-2)
    (one,) = minimized("-x", "x=1 --st 'x <= 5'")["constraints"]
    assert one == {"constraint": "x <= 5", "slack": pytest.approx(0), "multiplier": pytest.approx(1)}
    both = minimized("(x - 7)^2", "x=1 --st 'x >= 0 and (x) <= 5'")["constraints"]
    assert [one["constraint"] for one in both] == ["x >= 0", "(x) <= 5"]
    low, high = minimized("(x - 7)^2", "x=1 --st '0 <= x <= 5'")["constraints"]
    assert (low["constraint"], high["constraint"]) == ("0 <= x", "x <= 5")
    assert (low["slack"], low["multiplier"]) == (pytest.approx(5), 0)
    assert (high["slack"], high["multiplier"]) == (pytest.approx(0), pytest.approx(4))


def test_bounds_come_last_and_arrays_are_element_by_element() -> None:
    found = minimized("sum((x - [1, 2, 3])^2)", "'x=[0, 0, 0]' --bounds 'x <= 2; x >= 0' --st 'sum(x) <= 4'")
    assert [one["constraint"] for one in found["constraints"]] == ["sum(x) <= 4", "x <= 2", "x >= 0"]
    assert found["at"]["x"] == pytest.approx([1 - 1 / 2, 1.5, 2], rel=1e-14)
    assert found["constraints"][1]["multiplier"] == pytest.approx([0, 0, 1], rel=1e-13)
    assert found["constraints"][2]["slack"] == pytest.approx([0.5, 1.5, 2])
    assert found["gradient_norm"] < 1e-13


# A program, options, and the minimum in full: from a closed form.
EXACT = [
    ("x*log(x)", "x=1", {"x": np.exp(-1)}),
    ("cosh(x - 2) + y^2", "x=0 y=1", {"x": 2, "y": 0}),
    ("x + y", "x=1 y=1 --st 'x*y == 2' --bounds 'x > 0'", {"x": np.sqrt(2), "y": np.sqrt(2)}),
    ("-x*y*z", "x=1 y=1 z=1 --st 'x*y + 2*x*z + 2*y*z <= 12' --bounds 'x > 0; y > 0; z > 0'",
     {"x": 2, "y": 2, "z": 1}),
    ("exp(x) - a*x", "x=0 a=3 --wrt x", {"x": np.log(3)}),
    ("norm(A @ x - b)^2", "'x=[0, 0]' 'A=[[1, 2], [3, 4], [5, 6]]' 'b=[1, 0, 1]' --wrt x",
     {"x": [-2 / 3, 2 / 3]}),
    ("cos(x)", "x=0", {"x": np.pi}),
    ("x", "x=3 --bounds 'x >= -2'", {"x": -2}),
    ("cosh(x) + y^2", "x=1 y=3", {"x": 0, "y": 0}),
]  # fmt: skip


@pytest.mark.parametrize("program, options, at", EXACT, ids=[program for program, _, _ in EXACT])
def test_minima_to_the_last_digits(program: str, options: str, at: dict[str, Any]) -> None:
    found = minimized(program, options)
    assert found["converged"]
    for name, value in at.items():
        assert np.abs(found["at"][name]) == pytest.approx(np.abs(value), rel=4e-15, abs=1e-15)


METHODS = ["trust-exact", "trust-krylov", "newton-cg", "bfgs", "l-bfgs-b", "tnc", "slsqp", "trust-constr",
           "interior-point"]  # fmt: skip


@pytest.mark.parametrize("method", METHODS)
def test_every_method(method: str) -> None:
    found = minimized(ROSENBROCK, f"x=-1.2 y=1 --method {method}")
    assert found["method"] == method
    assert found["at"] == pytest.approx({"x": 1, "y": 1}, rel=1e-14)


@pytest.mark.parametrize("method", ["slsqp", "trust-constr", "interior-point"])
def test_every_method_with_constraints(method: str) -> None:
    options = "x=-1 y=1 --st 'x^2 + y^2 <= 1' --bounds '-2 <= x <= 2'"
    found = minimized(ROSENBROCK, f"{options} --method {method}")
    assert found["minimum"] == pytest.approx(0.04567480871950021, rel=1e-12)


def test_no_point_beyond_a_bound_is_evaluated() -> None:
    """The assertion would say so."""
    program = "assert x > 0; assert y >= 0; assert x < 3; (log(x) - 1)^2 + sqrt(y + 1) - 1 + y + x^2"
    for more in ("", "--method slsqp", "--method trust-constr", "--method interior-point", "--method tnc"):
        found = minimized(program, f"x=2 y=1 --bounds '0 < x < 3; y >= 0' {more}")
        assert found["minimum"] == pytest.approx(2, rel=1e-12), more


SENSITIVE = [
    ("(1 - x)^2 + 100*(y - x^2)^2", "x=-1 y=1 --st 'x^2 + y^2 <= r'", {"r": 1.0}),
    ("(x - a)^2 + (y - 2*a)^2*b", "x=0 y=0 --wrt x,y", {"a": 1.5, "b": 2.0}),
    ("-log(x) + c*x", "x=0.1 --wrt x --bounds 'x <= c/3'", {"c": 1.2}),
    ("w @ S @ w", "'w=[0.3, 0.3, 0.4]' 'S=[[4, 1, 0], [1, 9, 2], [0, 2, 16]]' --wrt w "
     "--st 'sum(w) == 1; w @ [5, 8, 12] >= t' --bounds 'w >= 0'", {"t": 8.0}),
]  # fmt: skip


@pytest.mark.parametrize("program, options, held", SENSITIVE, ids=[program for program, _, _ in SENSITIVE])
def test_sensitivity(program: str, options: str, held: dict[str, float]) -> None:
    """Against minima for other values."""

    def at(values: dict[str, float], more: str = "") -> dict[str, Any]:
        return minimized(program, f"{options} {' '.join(f'{k}={v!r}' for k, v in values.items())} {more}")

    names = ",".join(held)
    wrt = "" if "--wrt" in options else "--wrt x,y"
    found = at(held, f"--sensitivity {names} {wrt}")
    for name, value in held.items():
        h = 1e-4 * value
        high, low = (at({**held, name: value + side}, wrt) for side in (h, -h))
        slope = (high["minimum"] - low["minimum"]) / (2 * h)
        assert found["minimum_sensitivity"][name] == pytest.approx(slope, rel=1e-6, abs=1e-9)
        for unknown, parts in found["sensitivity"].items():
            moved = (np.array(high["at"][unknown]) - np.array(low["at"][unknown])) / (2 * h)
            assert np.array(parts[name]) == pytest.approx(moved, rel=1e-6, abs=1e-8)


def test_sensitivity_by_arrays_and_where_there_is_none() -> None:
    found = minimized("sum((x - c)^2*[1, 2])", "'x=[0, 0]' 'c=[3, 4]' --wrt x --sensitivity c")
    assert np.array(found["sensitivity"]["x"]["c"]) == pytest.approx(np.eye(2))
    assert found["minimum_sensitivity"]["c"] == pytest.approx([0, 0])
    found = minimized("(x - y - c)^2", "x=0 y=0 c=1 --wrt x,y --sensitivity c")
    assert found["sensitivity"] == {"x": {"c": None}, "y": {"c": None}}
    assert "singular" in found["reason"]


def test_constraints_that_cannot_hold() -> None:
    found = minimized("x + y", "x=0.5 y=0 --st 'x >= 1; x <= 0'")
    assert found["converged"] is False
    assert "`x >= 1` is broken by 0.5" in found["reason"]
    assert found["violation"] == pytest.approx(0.5)
    assert found["at"]["x"] == pytest.approx(0.5)


# What is no minimum, and what the reason says.
NONE = [
    ("-x^2", "x=1", "without end"),
    ("exp(x)", "x=0", "gradient"),
    ("1/x", "x=1", "gradient"),
    ("1/x", "x=1 --bounds 'x > 0'", "gradient"),
    (ROSENBROCK, "x=-1.2 y=1 --max-steps 3", "3 iterations"),
    ("exp(x) + 1e8*y^2 + y", "x=3 y=2", "may have no least value"),
    ("0 - erf(x)", "x=3", "may have no least value"),
    ("sum(softplus(-s*t*a))", "t=[-1,2,3] s=[-1,1,1] a=0 --wrt a", "may have no least value"),
    ("x", "x=0 --st 'x*0 == 1'", "broken by 1"),
]


@pytest.mark.parametrize("program, options, told", NONE, ids=[program for program, _, _ in NONE])
def test_what_has_no_minimum(program: str, options: str, told: str) -> None:
    found = minimized(program, options)
    assert found["converged"] is False
    assert told in found["reason"]


def test_more_steps_than_allowed_are_not_made() -> None:
    for most in (1, 2, 5):
        found = minimized(ROSENBROCK, f"x=-1.2 y=1 --st 'x + y <= 5' --max-steps {most}")
        assert found["iterations"] <= most
        assert found["converged"] is False


def test_several_starts() -> None:
    program, options = "x^4 - 3*x^2 + x", "x=1 --bounds '-3 < x < 3'"
    assert minimized(program, options)["at"]["x"] > 0
    assert minimized(program, options + " --starts 10")["at"]["x"] < -1
    once, again = (minimized(program, options + " --starts 10 --seed 3") for _ in range(2))
    assert once == again


def test_text_and_files(tmp_path: Path) -> None:
    given = ("minimize", ROSENBROCK, "x=-1", "y=1", "--st", "x^2 + y^2 <= 1", "--bounds", "x <= 0.5")
    done = executable(*given, "--out", str(tmp_path / "at.json"))
    assert done.status == 0, done
    assert "at its bound x <= 0.5" in done.out
    (tmp_path / "at.txt").write_text(done.out)
    for name in ("at.json", "at.txt"):
        value = cg("eval", ROSENBROCK, "--vars", str(tmp_path / name))
        assert float(value.out) == pytest.approx(0.25)
    told = cg(*given, "--trace")
    assert told.err.startswith("step 1: objective ")


# What can go wrong: program, options, exit status, what is told.
WRONG = [
    ("[x, x]", "x=1", 3, "an array of shape [2]"),
    ("x; 2*x", "x=1", 3, "there are 2 outputs"),
    ("x^2 + q", "x=1", 3, "the input `q` has no value"),
    ("x^2", "", 3, "the input `x` has no value"),
    ("3 + 1", "", 2, "no unknown"),
    ("x^2", "x=1 --st 'x + 1'", 2, "<st>:1:1"),
    ("x^2", "x=1 --st 'x >'", 2, "<st>:1:"),
    ("x^2", "x=1 --bounds 'z > 1'", 2, "`z`"),
    ("x^2", "x=1 --bounds 'x > 2'", 2, "outside of its bound x > 2"),
    ("x^2", "x=1 --bounds 'x^2 > 0'", 2, "<bounds>"),
    ("x^2", "x=1 --sensitivity z", 2, "no input `z`"),
    ("x^2", "x=1 --method bfgs --bounds 'x > 0'", 2, "takes no bounds"),
    ("x^2", "x=1 --method l-bfgs-b --st 'x > 0'", 2, "takes no constraints"),
    ("log(x)", "x=-1", 1, "log(x) is nan at x = -1"),
    ("assert x > 2; x", "x=1", 1, "assertion failed"),
    ("x^2", "x=1 --tolerance 0", 2, "--tolerance is above 0"),
]


@pytest.mark.parametrize("program, options, status, told", WRONG, ids=[" ".join(row[:2]) for row in WRONG])
def test_what_goes_wrong(program: str, options: str, status: int, told: str) -> None:
    done = cg("minimize", program, *shlex.split(options))
    assert done.status == status, done
    assert told in done.err, done


def test_names_of_the_program_in_constraints() -> None:
    found = minimized("r = x^2 + y^2; s = x + y; -s", "x=0.1 y=0.2 c=2 --wrt x,y --st 'r <= c; s <= 10'")
    assert found["at"] == pytest.approx({"x": 1, "y": 1})
