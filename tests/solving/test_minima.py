"""Least values that are known: of problems with constraints, and of such without."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.cg import cg
from tests.solving import hock_schittkowski, more_garbow_hillstrom

# From their starts another minimum is nearer, or the constraints have no gradient at the least one.
OTHERS = {2, 13, 16, 20, 55}


def minimized(program: str, start: dict[str, Any], *options: str) -> tuple[int, dict[str, Any]]:
    given = [f"{name}={value}" for name, value in start.items()]
    done = cg("minimize", program, *given, *options, "--format", "json")
    assert "Traceback" not in done.err
    assert done.out, done
    return done.status, json.loads(done.out)


def within(problem: hock_schittkowski.Problem) -> dict[str, Any]:
    """The start, at the nearest point within the bounds."""
    start = problem.start
    found = dict(start) if isinstance(start, dict) else {f"x{i}": x for i, x in enumerate(start, 1)}
    for bound in problem.bounds.split("; ") if problem.bounds else []:
        parts = bound.split()
        if len(parts) == 5:
            sides = [(parts[2], ">=", parts[0]), (parts[2], "<=", parts[4])]
        else:
            sides = [(parts[0], parts[1], parts[2])]
        for name, relation, text in sides:
            if name in found and not isinstance(found[name], list):
                found[name] = (max if relation == ">=" else min)(found[name], float(text))
    return found


@pytest.mark.parametrize("problem", hock_schittkowski.PROBLEMS, ids=lambda problem: str(problem.number))
def test_with_constraints(problem: hock_schittkowski.Problem) -> None:
    options = [*(["--st", problem.constraints] if problem.constraints else [])]
    options += ["--bounds", problem.bounds] if problem.bounds else []
    status, found = minimized(problem.objective, within(problem), *options)
    if problem.number in OTHERS:
        assert found["minimum"] >= problem.least - 1e-4
        return
    assert found["minimum"] == pytest.approx(problem.least, rel=1e-6, abs=1e-6)
    assert (status, found["converged"]) == (0, True)
    assert found["violation"] <= 1e-9 * max(1.0, abs(problem.least))
    for one in found["constraints"]:
        if "==" not in one["constraint"]:
            pulls = one["multiplier"] if isinstance(one["multiplier"], list) else [one["multiplier"]]
            assert all(pull >= 0 for pull in pulls)


def test_nearly_all_are_the_best_known() -> None:
    assert len(OTHERS) <= 0.05 * len(hock_schittkowski.PROBLEMS)
    assert len(hock_schittkowski.PROBLEMS) >= 100


@pytest.mark.parametrize("problem", more_garbow_hillstrom.PROBLEMS, ids=lambda problem: problem.name)
def test_without_constraints(problem: more_garbow_hillstrom.Problem) -> None:
    status, found = minimized(problem.program, problem.start)
    assert (status, found["converged"], found["violation"]) == (0, True, 0)
    assert any(found["minimum"] == pytest.approx(least, rel=1e-6, abs=1e-12) for least in problem.least)


PINNED = [
    ("(x - 1)^2 + (y - 2)^2", {"x": 3, "y": 0}, ["--bounds", "3 <= x <= 3"], [4, 0]),
    ("x^2 + 2*y^2", {"x": 3, "y": 1}, ["--st", "x + y <= 1; x + y >= 1"], [0, 4 / 3]),
    ("x^2 + 2*y^2", {"x": 3, "y": 1}, ["--st", "x + y <= 1; 2*x + 2*y >= 2"], [0, 2 / 3]),
]


@pytest.mark.parametrize(("program", "start", "options", "pulls"), PINNED)
def test_of_opposite_conditions_one_pulls(
    program: str, start: dict[str, Any], options: list[str], pulls: list[float]
) -> None:
    status, found = minimized(program, start, *options)
    assert status == 0
    assert [one["multiplier"] for one in found["constraints"]] == pytest.approx(pulls, abs=1e-6)


AT_ZERO = [
    ("exp(x) - x", {"x": 1}, {"x": 0}),
    ("sqrt(x^2 + y^2)", {"x": 1, "y": 1}, {"x": 0, "y": 0}),
    ("x^2 + (y - 1)^2", {"x": 3, "y": 1}, {"x": 0, "y": 1}),
    ("(x - 1e-17)^2*1e34", {"x": 1}, {"x": 1e-17}),
]


@pytest.mark.parametrize(("program", "start", "right"), AT_ZERO)
def test_a_minimum_at_0_is_at_0(program: str, start: dict[str, Any], right: dict[str, float]) -> None:
    """And not at what rounding has left."""
    assert minimized(program, start)[1]["at"] == right
