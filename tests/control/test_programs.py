"""Values and derivatives of programs that run: the modes against one another and against mpmath."""

from __future__ import annotations

import json
from typing import Any

import pytest
from mpmath import mp

from tests.cg import cg
from tests.control.table import PROGRAMS


def answer(*arguments: str) -> Any:
    done = cg(*arguments, "--format", "json")
    assert (done.status, done.err) == (0, "")
    return json.loads(done.out)


def bound(inputs: dict[str, float]) -> list[str]:
    return [f"{name}={value!r}" for name, value in inputs.items()]


@pytest.mark.parametrize("name", PROGRAMS)
def test_values_and_derivatives(name: str) -> None:
    program, inputs, function = PROGRAMS[name]
    values = bound(inputs)
    with mp.workdps(50):
        points = [mp.mpf(x) for x in inputs.values()]
        exact = function(*points)
        order = [tuple(int(one == other) for other in inputs) for one in inputs]
        slopes = {one: mp.diff(function, points, n) for one, n in zip(inputs, order, strict=True)}
        assert answer("eval", program, *values)["value"] == pytest.approx(float(exact), rel=1e-13)
        backward = answer("grad", program, *values)
        assert backward["value"] == pytest.approx(float(exact), rel=1e-13)
        onward = answer("grad", "--mode", "forward", program, *values)
        for one, slope in slopes.items():
            assert backward["gradient"][one] == pytest.approx(float(slope), rel=1e-11, abs=1e-12)
            assert onward["gradient"][one] == pytest.approx(float(slope), rel=1e-11, abs=1e-12)


# Where a step of mpmath's numeric derivative would cross to another path, the second one is left aside.
BENT = {
    *("Newton's square root", "the arithmetic-geometric mean", "a size from a value"),
    *("a root by halving, then Newton", "the largest eigenvalue, by powers"),
}


@pytest.mark.parametrize("name", [name for name in PROGRAMS if name not in BENT])
def test_second_derivatives(name: str) -> None:
    program, inputs, function = PROGRAMS[name]
    by = next(iter(inputs))
    with mp.workdps(60):
        points = [mp.mpf(x) for x in inputs.values()]
        exact = mp.diff(function, points, tuple(2 * (one == by) for one in inputs))
    found = answer("hessian", program, *bound(inputs), "--wrt", by)["hessian"][by][by]
    assert found == pytest.approx(float(exact), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("name", PROGRAMS)
def test_checked_and_drawn(name: str) -> None:
    """`check` finds the same, and every picture of what ran can be drawn."""
    program, inputs, _ = PROGRAMS[name]
    values = bound(inputs)
    assert cg("check", program, *values).status == 0
    for style in ("list", "json", "dot"):
        assert cg("graph", "--grad", "--style", style, program, *values).status == 0
    assert "backward" in cg("trace", program, *values).out


def test_a_check_takes_the_path_of_each_point() -> None:
    """At 2 the number of halvings changes: the derivative of the path taken is one-sided there."""
    program = "y = x; while y > 1 { y = y/2 }; y"
    assert cg("check", program, "x=3").out.split()[-1] == "ok"
    assert cg("check", program, "x=2").out.split()[-1] == "jump"
