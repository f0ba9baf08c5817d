"""`cg minimize` where first and second derivatives are 0, or there are none: minima, and what is none."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.cg import cg


def minimized(program: str, start: str, *options: str) -> tuple[int, dict[str, Any]]:
    done = cg("minimize", program, *start.split(), *options, "--format", "json")
    return done.status, json.loads(done.out)


# Maxima, saddles, inflections and kinks below which there is no end.
BOTTOMLESS = [
    ("-x^4", "x=0"),
    ("x^3", "x=0"),
    ("x^3", "x=1"),
    ("x^5", "x=0"),
    ("x^5", "x=1"),
    ("(x - 1)^3", "x=2"),
    ("x^3 + y^2", "x=0 y=0"),
    ("x^3 + y^2", "x=1 y=1"),
    ("x^4 - y^4", "x=0 y=0"),
    ("x^3 - 3*x*y^2", "x=0 y=0"),
    ("x^2*y", "x=0 y=0"),
    ("x*y*z", "x=0 y=0 z=0"),
    ("-(x^2 + y^2)^2", "x=0 y=0"),
    ("x^2*y^2 - x^4", "x=0 y=0"),
    ("-sum(x^4)", "x=[0,0,0,0,0,0,0,0]"),
    ("sum(x^3)", "x=zeros(2000)"),
    ("-abs(x)", "x=0"),
    ("min(x, -x)", "x=0"),
    ("max(-x^2, -abs(x))", "x=0"),
    ("x*abs(x)", "x=0"),
    ("x*abs(x)", "x=1"),
    ("relu(x) - 2*relu(-x)", "x=0"),
    ("floor(x)", "x=3.5"),
    ("1e-200*x^3", "x=0"),
]


@pytest.mark.parametrize("program, start", BOTTOMLESS)
def test_what_is_no_minimum_and_has_none(program: str, start: str) -> None:
    status, found = minimized(program, start)
    assert (status, found["converged"], found["reason"]) == (1, False, "the objective falls without end")


# From such a point to a minimum: where it is, and its value.
LOWER = [
    ("-x^4", "x=0", ["--bounds", "-1 <= x <= 2"], {"x": 2}, -16),
    ("-x^4", "x=0", ["--st", "-1 <= x; x <= 2"], {"x": 2}, -16),
    ("x^3", "x=0", ["--bounds", "-3 <= x <= 2"], {"x": -3}, -27),
    ("-abs(x)", "x=0", ["--bounds", "-1 <= x <= 2"], {"x": 2}, -2),
    ("sin(x)^3", "x=0", [], {"x": -1.5707963267948966}, -1),
    ("x^4 - x^3", "x=0", [], {"x": 0.75}, -0.10546875),
    ("x^4 - x^3", "x=-1", [], {"x": 0.75}, -0.10546875),
    ("x^4 - x^3", "x=-1e4", [], {"x": 0.75}, -0.10546875),
    ("1e12*x^4 - 1e9*x^3", "x=0", [], {"x": 0.75e-3}, -0.10546875),
    ("-x^4 + x^6 + y^2", "x=0 y=0", [], {"y": 0}, -4 / 27),
    ("x^2*y + y^4 + x^4", "x=0 y=0", [], {}, -1 / 64),
    ("-exp(-x^2)", "x=100", [], {"x": 0}, -1),
    ("1 - exp(-x^2)", "x=30", [], {"x": 0}, 0),
    ("sign(x)", "x=1", [], {}, -1),
    ("x^3 - y", "x=0 y=0", ["--st", "y^2 <= 1; x >= -2"], {"x": -2, "y": 1}, -9),
]


@pytest.mark.parametrize("program, start, options, at, least", LOWER)
def test_lower_values_are_followed(
    program: str, start: str, options: list[str], at: dict[str, float], least: float
) -> None:
    status, found = minimized(program, start, *options)
    assert (status, found["converged"]) == (0, True)
    assert found["minimum"] == pytest.approx(least, rel=1e-12, abs=1e-300)
    for name, value in at.items():
        assert found["at"][name] == pytest.approx(value, rel=1e-7, abs=1e-12)


@pytest.mark.parametrize(
    "program", ["exp(x) + y^2", "exp(x) + (y - 1)^4", "exp(2*x + 1) + 1 + y^2", "exp(-x^2) + y^2"]
)
def test_what_becomes_less_than_any_double_has_no_minimum(program: str) -> None:
    status, found = minimized(program, "x=0.5 y=0.5")
    assert (status, found["converged"]) == (1, False), found
    assert "may have no least value" in found["reason"]


@pytest.mark.parametrize("program", ["relu(x)^8 + y^2", "relu(x)^2 + y^2", "sqrt(abs(x)) + y^2"])
def test_minima_beside_slopes_of_other_sizes(program: str) -> None:
    status, found = minimized(program, "x=3 y=1")
    assert (status, found["converged"]) == (0, True), found
    assert found["minimum"] < 1e-7


# Minima of which derivatives do not say that they are: no more is told than what has been seen.
FLAT = [
    ("x^4", "x=1", "no lower value was found nearby"),
    ("x^4", "x=0", "no lower value was found nearby"),
    ("x^8 + y^2", "x=1 y=2", "no lower value was found nearby"),
    ("(x^2 - 2)^4", "x=3", "no lower value was found nearby"),
    ("(x + y - 1)^2", "x=3 y=0.3", "no lower value was found nearby, and it is flat along a direction"),
    ("x^2 + 0*y", "x=3 y=2", "no lower value was found nearby, and it is flat along a direction"),
    ("sign(x)", "x=-1", "no lower value was found nearby, and it is flat"),
    ("x*0", "x=1", "no lower value was found nearby, and it is flat"),
    ("sum(x^4)", "x=ones(2000)*0", "the gradient is 0; no lower value was found nearby"),
    ("log(1 + x^2)", "x=1e10", "the conditions of first and second order hold"),
    ("sqrt(1 + x^2)", "x=1e10", "the conditions of first and second order hold"),
    ("(x - 1e8)^2", "x=1", "the conditions of first and second order hold"),
]


@pytest.mark.parametrize("program, start, told", FLAT)
def test_what_is_told_of_a_minimum(program: str, start: str, told: str) -> None:
    status, found = minimized(program, start)
    assert (status, found["converged"]) == (0, True)
    assert found["reason"].endswith(told)


@pytest.mark.parametrize("start", ["x=5e-324", "x=1e308", "x=-5e-324", "x=0"])
@pytest.mark.parametrize("program", ["relu(x - 2)*0", "x*0", "sign(x)*0 + relu(-x)*0"])
def test_values_around_ends_of_the_range_are_looked_at_once(program: str, start: str) -> None:
    status, found = minimized(program, start)
    assert (status, found["minimum"]) == (0, 0)


# Where slopes have no end, or jump by a branch: programs, starts, bounds, where minima are, what is told.
NOT_SMOOTH = [
    ("sqrt(x)", 1, "", 0.0, "the derivatives are not finite"),
    ("sqrt(x) - x", 0.1, "0 <= x <= 3", 0.0, "the derivatives are not finite"),
    ("asin(x)", 0, "", -1.0, "the derivatives are not finite"),
    ("if x > 0 then x else -x", 1, "", 0.0, "the slope jumps through 0"),
    ("if x > 2 { r = x - 2 } else { r = 4 - 2*x }; r", 0, "", 2.0, "the slope jumps through 0"),
    ("if x > 2 then x - 2 else 5 - x", 1, "", 2.0, "the slope jumps through 0"),
    ("r = 0; for i in 1..3 { if x > i { r += x - i } else { r += i - x } }; r", 0.3, "", 2.0, "jumps"),
    ("if x > 2 then (x - 1)^2 else exp(2 - x)", 7, "", 2.0, "the slope jumps through 0"),
]


@pytest.mark.parametrize("program, start, bounds, least, told", NOT_SMOOTH)
def test_minima_where_slopes_end_or_jump(
    program: str, start: float, bounds: str, least: float, told: str
) -> None:
    given = [f"x={start}", *(["--bounds", bounds] if bounds else []), "--format", "json"]
    done = cg("minimize", program, *given)
    found = json.loads(done.out)
    assert (done.status, found["converged"]) == (0, True), done
    assert found["at"]["x"] == pytest.approx(least, abs=1e-12)
    assert told in found["reason"]
    assert "flat" not in found["reason"]


@pytest.mark.parametrize(
    "program, start",
    [("if x > 2 then x - 2 else x - 1", 3), ("if x > 0 then x else 2*x", 1), ("if x > 0 then -x else x", 1)],
)
def test_no_minimum_where_a_slope_jumps_otherwise(program: str, start: float) -> None:
    assert cg("minimize", program, f"x={start}").status == 1


def test_starts_lie_on_both_sides_of_0() -> None:
    """The least value of problem 2 of Hock and Schittkowski is on the other side than the start."""
    given = ["x=-2", "y=1.5", "--bounds", "y >= 1.5", "--starts", "10", "--format", "json"]
    found = json.loads(cg("minimize", "100*(y - x^2)^2 + (1 - x)^2", *given).out)
    assert found["minimum"] == pytest.approx(0.0504261879)
