"""Nonlinear regression of NIST's reference data: 27 problems, each from two starts.

Data, starts and certified values are those of the Statistical Reference Datasets
(https://www.itl.nist.gov/div898/strd/nls/nls_main.shtml), which have eleven digits.
"""

from __future__ import annotations

import json
from math import log10
from typing import Any

import pytest

from tests.cg import ROOT, cg

FOLDER = ROOT / "tests" / "solving" / "nist"
PROBLEMS: dict[str, Any] = json.loads((FOLDER / "problems.json").read_text())
DIGITS = 10.0


def fitted(name: str, start: str, *options: str, model: str = "") -> dict[str, Any]:
    problem = PROBLEMS[name]
    begin = [f"{p}={x!r}" for p, x in zip(problem["certified"]["parameters"], problem[start], strict=True)]
    model = model or f"{problem['response']} ~ {problem['model']}"
    done = cg("fit", model, "--data", str(FOLDER / f"{name}.csv"), *begin, "--format", "json", *options)
    assert done.status == 0, done
    record: dict[str, Any] = json.loads(done.out)
    return record


def digits(found: float, certified: float) -> float:
    """How many digits agree: the logarithm of the relative error."""
    return -log10(max(abs(found - certified) / abs(certified), 1e-16))


@pytest.mark.parametrize("start", ["start1", "start2"])
@pytest.mark.parametrize("name", PROBLEMS)
def test_certified_values(name: str, start: str) -> None:
    record, certified = fitted(name, start), PROBLEMS[name]["certified"]
    assert record["converged"]
    for parameter, value in certified["parameters"].items():
        found = record["parameters"][parameter]
        assert digits(found["value"], value) >= DIGITS, parameter
        if name != "Lanczos1":  # whose residuals are the rounding of its data
            assert digits(found["error"], certified["standard_deviations"][parameter]) >= 6, parameter
    if name != "Lanczos1":
        assert digits(record["residual_sum"], certified["rss"]) >= DIGITS
    assert record["rows"] == certified["observations"]


@pytest.mark.parametrize("name, start, least", [("MGH17", "start1", 7.5), ("Bennett5", "start2", 9)])
def test_data_that_are_far_from_zero(name: str, start: str, least: float) -> None:
    """Where rounding hides in doubles what steps gain; what is far away has fewer digits to tell."""
    problem = PROBLEMS[name]
    record = fitted(name, start, model=f"y + 1e8 ~ ({problem['model']}) + 1e8")
    for parameter, value in problem["certified"]["parameters"].items():
        assert digits(record["parameters"][parameter]["value"], value) >= least


def test_another_way_does_not_take_longer_than_the_first() -> None:
    assert fitted("MGH10", "start1")["evaluations"] < 1000


@pytest.mark.parametrize("name", ["Misra1a", "Thurber", "MGH09"])
def test_a_tolerance_is_kept(name: str) -> None:
    record, exact = fitted(name, "start1", "--tolerance", "1e-4"), fitted(name, "start1")
    assert record["evaluations"] <= exact["evaluations"]
    for parameter, found in record["parameters"].items():
        assert digits(found["value"], exact["parameters"][parameter]["value"]) >= 4
