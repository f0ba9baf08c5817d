"""`cg minimize` where a branch is taken or not, and slopes by several unknowns jump."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.cg import cg

# Programs, starts, conditions, and the least values.
CHOICES = [
    ("if x > y then x - y else y - x", ["x=3", "y=1"], [], 0.0),
    ("(if x > y then x - y else y - x) + x^2 + y^2 - y", ["x=3", "y=1"], [], -0.125),
    ("(if x > 1 then x - 1 else 1 - x) + (y - 2)^2", ["x=3", "y=1"], [], 0.0),
    ("(if x > 1 then x - 1 else 1 - x) + (if y > 2 then y - 2 else 4 - 2*y)", ["x=3", "y=1"], [], 0.0),
    ("where(x > 1, x - 1, 1 - x) + where(y > x, y - x, x - y)", ["x=3", "y=5"], [], 0.0),
    ("sum(where(x > [1, 2, 3], x - [1, 2, 3], [1, 2, 3] - x))", ["x=[3, 3, 3]"], [], 0.0),
    ("where(x + y > 1, (x + y - 1)^2, 3*(1 - x - y)) + x^2 + y^2", ["x=3", "y=1"], [], 0.5),
    ("(if x > y then x - y else y - x) + x^2", ["x=3", "y=1"], ["--st", "x + y >= 4; x <= 3"], 3.0),
    ("(if x > y then x - y else y - x) + x^2", ["x=3", "y=1"], ["--bounds", "x >= 1"], 1.0),
    ("-(if x > y then y - x else x - y) + abs(x + y - 2)", ["x=3", "y=5"], [], 0.0),
    ("if norm(x) < 2 then norm(x - [3, 1])^2 else norm(x - [3, 1])^2 + 5*(norm(x) - 2)", ["x=[3, 3]"], [],
     (10**0.5 - 2)**2),
]  # fmt: skip


@pytest.mark.parametrize("program, start, more, least", CHOICES)
def test_minima_at_choices(program: str, start: list[str], more: list[str], least: float) -> None:
    done = cg("minimize", program, *start, *more, "--format", "json")
    found = json.loads(done.out)
    assert (done.status, found["converged"]) == (0, True), done
    assert found["minimum"] == pytest.approx(least, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize(
    "program",
    [
        "(if x > y then -x else x) + y^2 - x/2",
        "where(x > 0, -x, x) + where(y > 0, -y, 2*y)",
        "where(x + y > 1, 1 - x - y, 2*x + 2*y - 2) + (x - y)^2",
    ],
)
def test_what_falls_from_a_choice_is_no_minimum(program: str) -> None:
    assert cg("minimize", program, "x=0.5", "y=0.5").status == 1


def test_quantiles_by_a_choice_of_each_row(tmp_path: Path) -> None:
    random = np.random.default_rng(3)
    t = np.linspace(0, 10, 1001)
    np.savez(tmp_path / "rows.npz", t=t, y=2 * t + 1 + random.normal(size=len(t)))
    given = ["--vars", str(tmp_path / "rows.npz"), "a=1", "b=0", "--wrt", "a,b", "--format", "json"]
    by_choice = cg("minimize", "r = y - a*t - b; sum(if r > 0 then 0.9*r else -0.1*r)", *given)
    by_maxima = cg("minimize", "r = y - a*t - b; sum(max(0.9*r, -0.1*r))", *given)
    assert by_choice.status == 0, by_choice
    least = [json.loads(done.out)["minimum"] for done in (by_choice, by_maxima)]
    assert least[0] == pytest.approx(least[1], rel=1e-10)
