"""Roots between poles, and poles halfway between roots: those are no roots, and hide none."""

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
