"""What options say of how far a search goes: steps, tolerances, time; and data that are to count once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cg import cg

LINE = "x,y\n0,1\n1,3\n2,5.1\n3,6.9\n"
DECAY = "examples/decay.csv"
ROSENBROCK = "(1 - x)^2 + 100*(y - x^2)^2"


@pytest.fixture
def line(tmp_path: Path) -> str:
    path = tmp_path / "line.csv"
    path.write_text(LINE)
    return str(path)


SEARCHES = [
    ["fit", "y ~ a*x + b", "--data", "LINE", "a=1", "b=1"],
    ["fit", "y ~ a*exp(-b*t) + c", "--data", DECAY, "a=1", "b=1", "c=0"],
    ["fit", "y ~ a*exp(-b*t) + c", "--data", DECAY, "a=1", "b=1", "c=0", "--loss", "cauchy"],
    ["solve", "x^2 == 2", "x=1"],
    ["solve", "x^2 + 1 == 0", "x=3"],
    ["solve", "exp(x) == 1e-5*x^2", "x=3"],
    ["solve", "x^3 == 1e9*x + 1", "x=1", "--method", "hybr"],
    ["minimize", ROSENBROCK, "x=-1", "y=1"],
    ["minimize", ROSENBROCK, "x=-1", "y=1", "--st", "x + y <= 1"],
]  # fmt: skip


@pytest.mark.parametrize("most", [1, 2, 3, 5, 8, 30])
@pytest.mark.parametrize("given", SEARCHES, ids=" ".join)
def test_there_are_no_more_steps_than_are_allowed(given: list[str], most: int, line: str) -> None:
    given = [line if one == "LINE" else one for one in given]
    done = cg(*given, "--max-steps", str(most), "--format", "json")
    found = json.loads(done.out)
    assert found["iterations"] <= most
    assert done.status == (not found["converged"])
    if not found["converged"] and found["iterations"] == most:
        assert "--max-steps allows more" in found["reason"]
        assert "1 iterations" not in found["reason"]


@pytest.mark.parametrize("tolerance", [1e9, 1.0, 0.1, 1e-3, 1e-6, 1e-12, 1e-300])
@pytest.mark.parametrize(
    "given", [["x^2 == 2", "x=1"], ["x + sin(x) == 1", "x=5"], ["x*y == 2; x + y == 3", "x=9", "y=1"]]
)
def test_a_tolerance_costs_no_steps_and_is_met(given: list[str], tolerance: float) -> None:
    plain, found = (
        json.loads(cg("solve", *given, "--format", "json", *more).out)
        for more in ([], ["--tolerance", str(tolerance)])
    )
    assert found["converged"]
    assert found["iterations"] <= plain["iterations"]
    for name, value in plain["at"].items():
        assert found["at"][name] == pytest.approx(value, rel=max(tolerance, 1e-15))


@pytest.mark.long
@pytest.mark.parametrize(
    "equation", ["exp(x)", "1/x", "x^2 + 1", "atan(x) == 2", "(x - 1)^2 + 1e-3", "x == x + 1"]
)
def test_a_tolerance_makes_no_root(equation: str) -> None:
    for tolerance in ("1", "0.01", "1e-6"):
        done = cg("solve", equation, "x=3", "--tolerance", tolerance)
        assert done.status == 1, done


@pytest.mark.long
def test_of_very_many_starts_the_first_counts_when_the_time_is_over(line: str) -> None:
    done = cg("fit", "y ~ a*x + b", "--data", line, "a=1", "b=1", "--starts", "100000", "--timeout", "3")
    assert done.status == 1
    assert "--timeout 3 reached after" in done.err
    assert done.out.startswith("a = 1.98 ")


@pytest.mark.parametrize("value", ["nan", "0", "-1", "-inf"])
@pytest.mark.parametrize("given", [["solve", "x == 2"], ["minimize", "x^2"]], ids=" ".join)
def test_a_tolerance_is_above_0(given: list[str], value: str) -> None:
    done = cg(*given, "x=1", f"--tolerance={value}")
    assert (done.status, done.out, done.err) == (2, "", "error: --tolerance is above 0\n")


ONCE = [
    ("y ~ a*x + b", ["a=[1,1]", "b=1"], 3, "would count 2 times: the model is [2]"),
    ("y ~ a; y ~ b*x", ["a=[1,2,3]", "b=1"], 3, "would count 3 times: the model is [3]"),
    ("y ~ a*x + b", ["a=1", "b=1", "--sigma", "[1, 2]"], 2, "would count 2 times: --sigma is [2]"),
    ("[x, y] ~ a*x + [[b], [b]]", ["a=1", "b=1"], 3, "data of the shape [2] would count 2 times"),
    ("z ~ a*[x, x] + b", ["z=1", "a=1", "b=1", "--wrt", "a,b"], 3, "would count 2 times"),
]  # fmt: skip


@pytest.mark.parametrize("model, more, status, told", ONCE, ids=[model for model, *_ in ONCE])
def test_data_count_once(model: str, more: list[str], status: int, told: str, line: str) -> None:
    done = cg("fit", model, "--data", line, *more)
    assert (done.status, done.out) == (status, "")
    assert told in done.err


@pytest.mark.parametrize(
    "model, more, rows",
    [
        ("y ~ a", ["a=[1]"], 4),
        ("0 ~ [y - a*x - b, x - c]", ["a=1", "b=1", "c=1"], 8),
        ("[x, y] ~ a", ["a=1"], 8),
        ("y ~ a*x + b", ["a=1", "b=1", "--sigma", "0.1"], 4),
    ],
)
def test_data_that_meet_fewer_numbers_are_no_mistake(
    model: str, more: list[str], rows: int, line: str
) -> None:
    done = cg("fit", model, "--data", line, *more, "--format", "json")
    assert done.status == 0
    assert json.loads(done.out)["rows"] == rows


@pytest.mark.parametrize("condition", ["x == 2", "x > 2", "x > 2 and x < 3", "not x"])
def test_a_condition_is_no_objective(condition: str, line: str) -> None:
    for given in (["minimize", condition, "x=1"], ["train", f"a > 0 or {condition}", "--data", line, "a=1"]):
        done = cg(*given)
        assert (done.status, done.out) == (3, "")
        assert "a condition has nothing to make small" in done.err


@pytest.mark.parametrize(
    "rows, told",
    [
        ("1,2\n", "1 row, no degrees of freedom"),
        ("1,2\n2,4\n", "2 rows, 0 degrees of freedom"),
        ("1,2\n2,4\n3,7\n", "3 rows, 1 degree of freedom, sigma"),
    ],
)
def test_one_is_singular(rows: str, told: str, tmp_path: Path) -> None:
    path = tmp_path / "d.csv"
    path.write_text(f"x,y\n{rows}")
    assert told in cg("fit", "y ~ a*x + b", "--data", str(path), "a=1", "b=1").out


@pytest.mark.parametrize(
    "equation, told",
    [("floor(x) == 1", "both sides are equal there"), ("x^2 == 2", "from one double to the next")],
)
def test_a_root_within_a_flat_range_changes_no_sign(equation: str, told: str) -> None:
    found = json.loads(cg("solve", equation, "--between", "x=0:5", "--format", "json").out)
    assert found["converged"]
    assert told in found["reason"]
