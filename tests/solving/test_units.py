"""`cg minimize` in whatever units its unknowns are: the same minimum."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.cg import cg

# Programs of x and y, where these begin, conditions, and the least values.
PROBLEMS = [
    ("100*(y - x^2)^2 + (1 - x)^2", (-1.2, 1.0), [], 0.0),
    ("cosh(x - 1) + cosh(y + x)", (5.0, -3.0), [], 2.0),
    ("x^2 + y^2 + x*y - 3*x", (0.0, 0.0), [], -3.0),
    ("(x - 2)^2 + (y - 1)^2", (0.0, 0.0), ["--st", "x + y <= 2; y >= x^2"], 1.0),
    ("x*y", (1.0, 2.0), ["--st", "x^2 + y^2 == 2; x >= 0.1"], 0.1 * 1.99**0.5),
    ("-x*y", (0.5, 0.5), ["--st", "x + 2*y <= 4; x >= 0; y >= 0"], -2.0),
    ("abs(x - 1) + 2*abs(y + x - 3)", (5.0, 5.0), [], 0.0),
    ("max(x^2 + y^4, (2 - x)^2 + (2 - y)^2, 2*exp(y - x))", (1.0, -0.1), [], 1.952224493870659),
    ("x + y + 1/(x*y)", (1.0, 3.0), ["--bounds", "u >= 1e-30; v >= 1e-30"], 3.0),
]

UNITS = [(1e-6, 1.0), (1e6, 1.0), (1e-4, 1e4), (1e4, 1e-4), (1e8, 1e8), (1e-8, 1e-8), (1.0, 1e8)]


@pytest.mark.parametrize("units", UNITS)
@pytest.mark.parametrize("program, start, more, least", PROBLEMS)
def test_minima_in_other_units(
    program: str, start: tuple[float, float], more: list[str], least: float, units: tuple[float, float]
) -> None:
    given = [f"{name}={at / unit!r}" for name, at, unit in zip("uv", start, units, strict=True)]
    whole = f"x = {units[0]!r}*u; y = {units[1]!r}*v; {program}"
    done = cg("minimize", whole, *given, *more, "--format", "json")
    assert done.status == 0, done
    assert json.loads(done.out)["minimum"] == pytest.approx(least, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("width", [1e-3, 100.0, 1e4])
def test_a_line_by_absolute_values_over_a_range_of_any_size(width: float, tmp_path: Path) -> None:
    random = np.random.default_rng(5)
    x = np.linspace(0, 1, 5001)
    y = 20 * x + 1 + random.normal(size=len(x))
    slopes = []
    for at in (1.0, width):
        np.savez(tmp_path / "line.npz", x=x * at, y=y)
        given = ["--vars", str(tmp_path / "line.npz"), "a=1", "b=0", "--wrt", "a,b", "--format", "json"]
        done = cg("minimize", "sum(abs(y - a*x - b))", *given)
        assert done.status == 0, done
        slopes.append(json.loads(done.out)["at"]["a"] * at)
    assert slopes[1] == pytest.approx(slopes[0], rel=1e-10)
