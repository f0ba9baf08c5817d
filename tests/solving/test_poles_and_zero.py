"""Poles between roots, which are none and hide none, and roots at 0 beside what rounding leaves."""

from __future__ import annotations

import json
from math import inf

import mpmath
import pytest

from tests.cg import cg

pi, sqrt = mpmath.pi, mpmath.sqrt


def halves(scale: float, high: float) -> list[mpmath.mpf]:
    """What has a cosine of 0, over a scale."""
    found = [(k + mpmath.mpf(1) / 2) * pi / scale for k in range(200)]
    return [x for x in found if x < high]


# By the equation: all roots from 0.01 to 9.
PERIODIC = {
    "tan(x^2)": [sqrt(k * pi) for k in range(1, 26)],
    "1/tan(x^2)": [sqrt(x) for x in halves(1, 81)],
    "1/tan(3*x)": halves(3, 9),
    "1/tan(x)": halves(1, 9),
    "tan(3*x - 1)": [(1 + k * pi) / 3 for k in range(9)],
    "1/sin(x) + 1/cos(x)": [(k - mpmath.mpf(1) / 4) * pi for k in (1, 2, 3)],
    "exp(x)*tan(x)": [pi, 2 * pi],
    "x^3/tan(7*x)": halves(7, 9),
    "1/(1 - tan(x))": halves(1, 9),
    "1/sin(exp(x)/100)": [],
    "1/(x - 1/3)^3": [],
    "gamma(x - 5.5)": [],
}


@pytest.mark.parametrize("program", PERIODIC)
def test_poles_are_no_roots_and_hide_none(program: str) -> None:
    done = cg("solve", program, "--between", "x=0.01:9", "--all", "--format", "json")
    found = json.loads(done.out)["roots"]
    assert [one["at"]["x"] for one in found] == pytest.approx(
        [float(x) for x in PERIODIC[program]], rel=1e-14
    )
    for one in found:
        assert 0 <= one["residual_norm"] < 1e-8
        assert 0 <= one["error"]["x"] < inf


def test_a_well_of_a_square() -> None:
    """An equation with a pole at each multiple of pi that the wave number passes."""
    program = "s = sqrt(100*(1 - E/10)); s/tan(s) + sqrt(100 - s^2)"
    found = json.loads(cg("solve", program, "--between", "E=0:10", "--all", "--format", "json").out)["roots"]
    at = [one["at"]["E"] for one in found]
    waves = [mpmath.findroot(lambda s: s / mpmath.tan(s) + sqrt(100 - s * s), s) for s in (8.4, 5.7, 2.9)]
    assert at == pytest.approx([float(10 * (1 - s * s / 100)) for s in waves], rel=1e-12)


@pytest.mark.parametrize(
    ("program", "told"),
    [
        ("nan*x", "the equation has no finite value between x = -1 and 2"),
        ("x == inf", "the equation has no finite value between x = -1 and 2"),
        ("log(x) + 800", "; in a part of the range the equation has no finite value"),
        ("x^2 + 1", "no root with a change of sign between x = -1 and 2\n"),
    ],
)
def test_values_that_are_not_finite_are_told_of(program: str, told: str) -> None:
    done = cg("solve", program, "--between", "x=-1:2")
    assert done.status == 1
    assert told in done.err


AT_ZERO = [
    ["100*exp(-0.03*x) == 100", "x=150"],
    ["exp(x) == 1", "x=5"],
    ["100*exp(-0.03*x) == 100", "--between", "x=-10:150"],
    ["exp(x) == 1", "--between", "x=-1:3"],
    ["cosh(x) + x == 1", "--between", "x=-1:3", "--all"],
    ["cbrt(x)", "--between", "x=-1:2", "--all"],
]


@pytest.mark.parametrize("arguments", AT_ZERO, ids=" ".join)
def test_a_root_that_may_be_0_is_0(arguments: list[str]) -> None:
    """And not what rounding has left; where it is told from 0, or 0 is no place to look at, it is not."""
    assert cg("solve", *arguments).out.startswith(("x = 0\n", "x = [0]\n"))
    assert cg("solve", "x == 1e-20", "x=1").out.startswith("x = 1e-20\n")
    assert cg("solve", "exp(x) == 1", "--between", "x=1e-30:3").out.startswith("x = 1e-30\n")


# Matrices that are singular, or not positive, somewhere in the range; the roots in b from -4 to 4.
SINGULAR = {
    "inv([[1, 1], [1, b]])[0, 0] == 2": [2],
    "solve([[1, 1], [1, b]], [1, 2])[0] == 3": [0.5],
    "logdet([[2, b], [b, 2]]) == 1": [-sqrt(4 - mpmath.e), sqrt(4 - mpmath.e)],
    "cholesky([[2, b], [b, 2]])[1, 1] == 1": [-sqrt(2), sqrt(2)],
    "det(inv([[1, b], [b, 4]])) == 1": [-sqrt(3), sqrt(3)],
}


@pytest.mark.parametrize("equation", SINGULAR)
def test_points_without_a_value_end_no_search(equation: str) -> None:
    found = cg("solve", equation, "--between", "b=-4:4", "--all", "--format", "json")
    assert found.status == 0, found
    roots = [one["at"]["b"] for one in json.loads(found.out)["roots"]]
    assert roots == pytest.approx([float(x) for x in SINGULAR[equation]], rel=1e-14)


# Steps so small, or so many, that slopes and what is between two points vanish.
STEPS = [
    ("floor(b*x) == inv([[a, 1], [1, b]])[0, 0]*x", "a=1", "b=-2", "x=1e-300"),
    ("floor(b*x) == b^4 + x*0", "b=1", "x=1e300"),
    ("-cosh(3*tanh(b)) == floor(b*x)", "b=2", "x=1e300"),
    ("floor(b*x)", "b=1", "x=1e300"),
]


@pytest.mark.parametrize("line", STEPS)
def test_steps_beyond_doubles_come_to_an_end(line: tuple[str, ...]) -> None:
    found = cg("solve", *line, "--wrt", "b")
    assert found.status in (0, 1), found
    assert found.out.startswith("b = ")


def test_roots_that_fall_together_are_told_of_once() -> None:
    equation = "(x - 0.55)*(x - 1.5)*(x - 1.1)^2/(1 + x^2)*(x - 1.3)^2*(x + 0.4)^3"
    found = cg("solve", equation, "--between", "x=-2.02:2.015", "--all", "--format", "json")
    roots = [one["at"]["x"] for one in json.loads(found.out)["roots"]]
    assert roots == pytest.approx([-0.4, 0.55, 1.5], rel=1e-14)
