"""Fits to few rows, to rows that are met exactly, and from starts that lie far away."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import optimize

from tests.cg import cg

MODELS: dict[str, Any] = {
    "a*exp(b*x)": lambda x, a, b: a * np.exp(b * x),
    "a*x^2 + b": lambda x, a, b: a * x**2 + b,
    "a/(1 + b*x)": lambda x, a, b: a / (1 + b * x),
    "a*exp(-b*x) + c": lambda x, a, b, c: a * np.exp(-b * x) + c,
}


def table(path: Path, **columns: Any) -> str:
    rows = zip(*(np.asarray(column, float).tolist() for column in columns.values()), strict=True)
    path.write_text("\n".join([",".join(columns), *(",".join(map(repr, row)) for row in rows)]) + "\n")
    return str(path)


def record(*arguments: str, status: int = 0) -> dict[str, Any]:
    done = cg("fit", *arguments, "--format", "json")
    assert done.status == status, done
    found: dict[str, Any] = json.loads(done.out)
    return found


@pytest.mark.parametrize("rows", [3, 4, 5, 9])
@pytest.mark.parametrize("model", MODELS)
def test_few_rows(model: str, rows: int, tmp_path: Path) -> None:
    function = MODELS[model]
    count = function.__code__.co_argcount - 1
    random = np.random.default_rng(rows)
    x = np.linspace(0.5, 3, rows)
    true = np.array([1.5, 0.6, 0.4][:count])
    y = function(x, *true) + 0.02 * random.normal(size=rows)
    data = table(tmp_path / "d.csv", x=x, y=y)
    found = record(f"y ~ {model}", "--data", data, *(f"{name}=1" for name in "abc"[:count]))
    best = optimize.least_squares(lambda p: y - function(x, *p), true, xtol=1e-15, ftol=1e-15, gtol=1e-15)
    values = [parameter["value"] for parameter in found["parameters"].values()]
    assert values == pytest.approx(best.x, rel=1e-6)
    assert found["dof"] == rows - count
    if found["dof"]:
        covariance = np.linalg.inv(best.jac.T @ best.jac) * 2 * best.cost / found["dof"]
        errors = [parameter["error"] for parameter in found["parameters"].values()]
        assert errors == pytest.approx(np.sqrt(np.diag(covariance)), rel=1e-4)


def test_rows_that_are_met_exactly(tmp_path: Path) -> None:
    data = table(tmp_path / "d.csv", x=[1, 2, 3, 4], y=[2, 4, 6, 8])
    found = record("y ~ a*x", "--data", data, "a=1")
    assert found["parameters"]["a"] == {"value": 2, "error": 0, "interval": [2, 2], "bound": None}
    assert (found["residual_sum"], found["r_squared"], found["aic"]) == (0, 1, "-Infinity")
    found = record("y ~ a*x + b", "--data", data, "a=1", "b=5")
    assert found["parameters"]["b"]["value"] == pytest.approx(0, abs=1e-13)


def test_data_that_do_not_vary(tmp_path: Path) -> None:
    data = table(tmp_path / "d.csv", x=[1, 2, 3], y=[5, 5, 5])
    found = record("y ~ a", "--data", data, "a=1")
    assert (found["parameters"]["a"]["value"], found["r_squared"]) == (5, None)


@pytest.mark.parametrize("size", [1e300, 1e-300])
def test_squares_beyond_the_range(size: float, tmp_path: Path) -> None:
    data = table(tmp_path / "d.csv", x=[size, 2 * size], y=[2 * size, 4.1 * size])
    found = record("y ~ a*x", "--data", data, "a=1", status=1)
    assert "whose square no double holds" in found["reason"]


def test_what_is_not_known_at_all_does_not_count(tmp_path: Path) -> None:
    """An infinite standard deviation, or a weight of 0, is the row left out."""
    x, y, weights = [1, 2, 3, 4, 5], [2.1, 3.9, 6.2, 8.3, 9.6], [1, 0, 2, 0.5, 1]
    data = table(tmp_path / "d.csv", x=x, y=y, w=weights)
    fewer = table(tmp_path / "e.csv", x=x[:1] + x[2:], y=y[:1] + y[2:], w=weights[:1] + weights[2:])
    for more in ([], ["--loss", "huber"]):
        fit = "y ~ a*x + b", "a=1", "b=1", "--sigma", "1/sqrt(w)", *more
        found, expected = record(*fit, "--data", data), record(*fit, "--data", fewer)
        for key in ("rows", "dof", "sigma", "r_squared", "p_value", "aic", "bic"):
            assert found[key] == pytest.approx(expected[key], rel=1e-9), key
        errors = [[one["parameters"][name]["error"] for name in "ab"] for one in (found, expected)]
        assert errors[0] == pytest.approx(errors[1], rel=1e-9)
    told = "note: residuals that do not count, as their --sigma is inf: 1\n"
    assert cg("fit", *fit, "--data", data).err == told


NO_SIGMA = [
    ("inf", "--sigma is inf everywhere"),
    ("1e200", "no datum is more than 9.6e-200, whose square no double holds"),
    ("1e-200", "data and model are 3.6e+200 apart at the start, whose square no double holds"),
    ("1e160*x", "no datum is more than"),
]


@pytest.mark.parametrize("sigma, told", NO_SIGMA)
def test_a_sigma_beyond_the_range(sigma: str, told: str, tmp_path: Path) -> None:
    data = table(tmp_path / "d.csv", x=[1, 2, 3, 4, 5], y=[2.1, 3.9, 6.2, 8.3, 9.6])
    found = record("y ~ a*x + b", "--data", data, "a=1", "b=1", "--sigma", sigma, status=1)
    assert told in found["reason"]


FAR = [
    ("a*exp(-b*x)", ["a=1000", "b=10"]),
    ("a*exp(-b*x)", ["a=0", "b=0"]),
    ("a*exp(-b*x)", ["a=-5", "b=3"]),
    ("a*x/(b + x)", ["a=1e4", "b=1e4"]),
    ("a*x/(b + x)", ["a=1e-3", "b=1e-3"]),
    ("a*x^b", ["a=0.01", "b=5"]),
    ("a*(1 - exp(-b*x))", ["a=1", "b=50"]),
]


@pytest.mark.parametrize("model, start", FAR, ids=[f"{model} {' '.join(start)}" for model, start in FAR])
def test_starts_that_are_far_away(model: str, start: list[str], tmp_path: Path) -> None:
    x = np.linspace(0.25, 5, 20)
    y = eval(model.replace("^", "**").replace("exp", "np.exp"), {"np": np, "x": x, "a": 3.0, "b": 0.7})
    data = table(tmp_path / "d.csv", x=x, y=y + 0.01 * np.sin(37 * x))
    found = record(f"y ~ {model}", "--data", data, *start)
    assert found["parameters"]["a"]["value"] == pytest.approx(3, rel=0.05)
    assert found["parameters"]["b"]["value"] == pytest.approx(0.7, rel=0.05)


def test_starts_that_lead_nowhere_are_left_once_another_one_is_better() -> None:
    """Waves that a step of 1 between points does not tell from lines: their amplitude has no end."""
    data = ("x=[1, 2, 3, 4, 5, 6, 7]", "y=[0.1, 0.9, 0.3, -0.8, -0.6, 0.5, 0.9]")
    found = record("y ~ a*sin(w*x)", *data, "a=1", "w=9", "--wrt", "a,w", "--starts", "20", "--seed", "1")
    assert abs(found["parameters"]["a"]["value"]) == pytest.approx(0.7611612608818229, rel=1e-12)
    assert found["evaluations"] < 5000


PEAK = "a/b*exp(-0.5*((x - m)/b)^2)"
FLAT = [[3, 30, 1500], [3, 30, 1580], [1e-3, 1e-3, 0.5], [1, 10, 1e9], [1e-300, 10, 1400]]


@pytest.mark.parametrize("start", FLAT)
def test_starts_from_which_nothing_is_seen_come_to_an_end(start: list[float], tmp_path: Path) -> None:
    """A peak that is elsewhere: derivatives vanish, or their squares do."""
    x = np.arange(400.0, 500.0, 4)
    data = table(tmp_path / "d.csv", x=x, y=0.3 * np.exp(-(((x - 451) / 6) ** 2)))
    given = [f"{name}={value!r}" for name, value in zip("abm", start, strict=True)]
    found = record(f"y ~ {PEAK}", "--data", data, *given, "--max-steps", "100", status=1)
    assert not found["converged"] or found["undetermined"]


@pytest.mark.long
def test_many_starts_find_the_frequency(tmp_path: Path) -> None:
    x = np.linspace(0, 10, 80)
    data = table(tmp_path / "d.csv", x=x, y=2 * np.sin(3.3 * x + 0.4) + 0.01 * np.cos(40 * x))
    model = ("y ~ a*sin(w*x) + b*cos(w*x)", "--data", data, "a=1", "b=1", "w=8", "--bounds", "0 < w < 10")
    found = record(*model, "--starts", "30")
    assert found["parameters"]["w"]["value"] == pytest.approx(3.3, rel=1e-3)


def test_a_start_from_which_parameters_run_away_ends_none_of_the_others(tmp_path: Path) -> None:
    t = np.round(np.arange(60) / 6, 3)
    y = 2 * np.exp(-0.3 * t) * np.cos(2 * t + 0.5) + 0.05 * np.sin(37 * np.arange(60) ** 2)
    data = table(tmp_path / "d.csv", t=t, y=np.round(y, 4))
    model = ("y ~ A*exp(-k*t)*cos(w*t + p)", "--data", data, "A=1", "k=0.1", "w=5", "p=0")
    found = record(*model, "--starts", "20", "--bounds", "k > 0; A > 0")
    assert found["residual_sum"] < 0.1


def test_squares_that_vanish_are_no_fit() -> None:
    found = cg("fit", "y ~ exp(-a*x)", "x=[1, 2, 3]", "y=[0, 0, 0]", "a=1", "--wrt", "a")
    assert (found.status, "below the least double" in found.err) == (1, True)


def test_a_bound_that_is_not_allowed_itself(tmp_path: Path) -> None:
    data = table(tmp_path / "d.csv", x=[1, 2, 3], y=[-2, -4, -6.1])
    found = record("y ~ a*x + log(1 + 0*a)", "--data", data, "a=1", "--bounds", "a > 0")
    assert found["parameters"]["a"]["bound"] == "a > 0"
    assert 0 < found["parameters"]["a"]["value"] < 1e-300


def test_data_that_are_nan_are_told_of() -> None:
    found = cg("fit", "y ~ a*x", "x=[1, 2, 3]", "y=[1, 2, nan]", "a=1", "--wrt", "a")
    assert (found.status, "error: the data of `~` are nan in element 2" in found.err) == (1, True)


@pytest.mark.parametrize("unit", [1e-40, 1e-20, 1e20, 1e40])
@pytest.mark.parametrize("step", [1e-20, 1.0])
def test_a_start_that_knows_nothing_of_units(unit: float, step: float) -> None:
    """From a = 1, wherever the data are: the same digits in each unit."""
    heights = [5, 3.1, 1.8, 1.1, 0.7, 0.4, 0.25, 0.15]
    given = [f"t={[step * place for place in range(8)]}", f"y={[unit * height for height in heights]}"]
    start = ["a=1", f"b={1 / step!r}", "--wrt", "a,b"]
    found = record("y ~ a*exp(-b*t)", *given, *start)
    assert found["parameters"]["a"]["value"] / unit == pytest.approx(5.0178518728009145, rel=1e-12)
    assert found["parameters"]["b"]["value"] * step == pytest.approx(0.5006629816481328, rel=1e-12)


@pytest.mark.parametrize(
    ("model", "y", "zeros"),
    [
        ("a*x + b", "[1,2,3,4]", "b"),
        ("a*x + b + c*x^2", "[1,2,3,4]", "bc"),
        ("a + b*(x==1) - b*(x==4)", "[-1,1,-1,1]", "a"),
        ("a*x + b", "[-1e15,1e15,3e15,5e15]", ""),
        ("a*x + b", "[1e-25,2e-25,3e-25,5e-25]", ""),
    ],
)
def test_parameters_that_the_data_do_not_tell_from_0_are_0(model: str, y: str, zeros: str) -> None:
    names = [name for name in "abc" if f"{name}*" in model or f"{name} " in f"{model} "]
    starts = [f"{name}=1" for name in names]
    found = cg("fit", f"y ~ {model}", "x=[1,2,3,4]", f"y={y}", *starts, "--wrt", ",".join(names)).out
    assert {line[0] for line in found.splitlines() if " = 0 " in line} == {*zeros}


@pytest.mark.parametrize("text, given, told", [
    ("x ~ a/(b + x); y ~ c*x", ["x=-1", "y=[]"], "a/(b + x) is nan"),
    ("x ~ a + b; y ~ c*x", ["x=-1", "y=[]"], "fewer residuals (1) than parameters (3)"),
    ("y ~ a*x + b + c", ["x=[]", "y=[]"], "there are no rows"),
])  # fmt: skip
def test_models_of_no_rows(text: str, given: list[str], told: str) -> None:
    found = cg("fit", text, *given, "a=0", "b=1", "c=3", "--wrt", "a,b,c")
    assert found.status in (1, 2, 3)
    assert told in found.err
