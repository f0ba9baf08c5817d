"""`cg fit` where rounding is seen in parameters: against exact rationals, what is claimed and what is."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from tests.cg import cg

HEIGHTS = [800.3, 845.1, 889.9, 935.6, 981.0]


def polynomial(xs: list[float], ys: list[float], size: int) -> tuple[list[Fraction], Fraction]:
    """The coefficients for which the sum of squares is least, and that sum, exactly."""
    rows = [[Fraction(x) ** power for power in range(size)] for x in xs]
    whole = [
        [sum(row[i] * row[j] for row in rows) for j in range(size)]
        + [sum(row[i] * Fraction(y) for row, y in zip(rows, ys, strict=True))]
        for i in range(size)
    ]
    for i in range(size):
        whole[i] = [x / whole[i][i] for x in whole[i]]
        for j in range(size):
            if j != i:
                whole[j] = [x - whole[j][i] * y for x, y in zip(whole[j], whole[i], strict=True)]
    found = [row[-1] for row in whole]
    off = [
        Fraction(y) - sum(c * x for c, x in zip(found, row, strict=True))
        for row, y in zip(rows, ys, strict=True)
    ]
    return found, sum((x * x for x in off), Fraction(0))


def fitted(folder: Path, model: str, xs: list[float], ys: list[float], *options: str) -> dict[str, Any]:
    data = folder / "far.csv"
    data.write_text("x,y\n" + "".join(f"{x!r},{y!r}\n" for x, y in zip(xs, ys, strict=True)))
    done = cg("fit", model, "--data", str(data), *options, "--format", "json")
    assert done.status == 0, done
    found: dict[str, Any] = json.loads(done.out)
    return found


CASES = [("y ~ m*x + b", "bm", 4, offset) for offset in (0.0, *(10.0**k for k in range(2, 13)))]
CASES += [("y ~ q*x^2 + m*x + b", "bmq", 5, offset) for offset in (0.0, 1e2, 1e3, 1e4, 1e5, 1e6)]
CASES += [("y ~ (m*x*(x + 1) + b*(x + 1))/(x + 1)", "bm", 4, 1e10)]


@pytest.mark.parametrize("model, names, count, offset", CASES)
def test_claims_are_true(tmp_path: Path, model: str, names: str, count: int, offset: float) -> None:
    xs = [offset + i for i in range(1, count + 1)]
    starts = [f"{name}=1" for name in names]
    found = fitted(tmp_path, model, xs, HEIGHTS[:count], *starts)
    expected, least = polynomial(xs, HEIGHTS[:count], len(names))
    claim = float(found["reason"].split()[-3])
    for name, true in zip(names, expected, strict=True):
        value = Fraction(found["parameters"][name]["value"])
        assert abs(value - true) <= claim * abs(true)
    assert claim <= 1e-12
    assert found["residual_sum"] >= least * (1 - Fraction(1, 10**14))


def test_where_there_are_no_fractions_the_claim_is_what_rounding_leaves(tmp_path: Path) -> None:
    xs = [1e9 + i for i in range(4)]
    found = fitted(tmp_path, "y ~ m*x + b*exp(0*x)", xs, HEIGHTS[:4], "m=1", "b=1")
    expected = polynomial(xs, HEIGHTS[:4], 2)[0]
    claim = float(found["reason"].split()[-3])
    assert 1e-12 < claim < 1e-7
    for name, true in zip("bm", expected, strict=True):
        assert abs(Fraction(found["parameters"][name]["value"]) - true) <= claim * abs(true)


@pytest.mark.parametrize("offset", [1e8, 1e12])
def test_lines_far_away_converge(tmp_path: Path, offset: float) -> None:
    """Thirty rows, of which rounding hides what each step gains."""
    xs = [offset + i for i in range(30)]
    ys = [3 + 2 * x + (i * 37 % 11) / 20 for i, x in enumerate(xs)]
    found = fitted(tmp_path, "y ~ m*x + b", xs, ys, "m=1", "b=1")
    for name, true in zip("bm", polynomial(xs, ys, 2)[0], strict=True):
        assert abs(Fraction(found["parameters"][name]["value"]) / true - 1) < 1e-14


def test_an_error_many_times_the_value_is_no_part_of_it(tmp_path: Path) -> None:
    data = tmp_path / "flat.csv"
    data.write_text("x,y\n-1,0.001\n0,-0.002\n1,0.001\n")
    found = cg("fit", "y ~ a*x + b", "--data", str(data), "a=1", "b=1").out.splitlines()
    assert "# +- 0.0017  95 %" in found[0]
