"""Columns that are handed on, and what is told beside rows, through the executable."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from tests.cg import cg


def out(result: Any) -> list[str]:
    assert result.status == 0, result
    return list(result.out.splitlines())


KINDS = [  # cells that are handed on, options, and what they are where cells have types
    (["1", "-2", "30"], [], [1, -2, 30]),
    (["1", "", "NA"], [], [1, None, None]),
    (["1", "2.5", "1e3"], [], [1.0, 2.5, 1000.0]),
    (["1.5", "nan", "-inf"], [], [1.5, math.nan, -math.inf]),
    (["007", "010", "100"], [], ["007", "010", "100"]),
    (["+49", "1", "2"], [], ["+49", "1", "2"]),
    (["12345678901234567890", "1", "2"], [], ["12345678901234567890", "1", "2"]),
    (["2020-01-01", "1", "2"], [], ["2020-01-01", "1", "2"]),
    (["a", "1", ""], [], ["a", "1", ""]),
    (["", "", ""], [], ["", "", ""]),
    (["1", "2", "3"], ["--types", "k=text"], ["1", "2", "3"]),
]


@pytest.mark.parametrize("engine", ["plain", "kernel"])  # few rows are read in another way
@pytest.mark.parametrize("cells, options, kinds", KINDS)
def test_what_is_handed_on_has_a_type(
    cells: list[str], options: list[str], kinds: list[Any], engine: str, tmp_path: Path
) -> None:
    path = tmp_path / "k.csv"
    path.write_text("x,k\n" + "".join(f"{place},{cell}\n" for place, cell in enumerate(cells)))
    table = str(tmp_path / "o.parquet")
    rest = ["--engine", engine, *options]
    assert out(cg("eval", "x^2", "--data", str(path), "--keep", "k", "--out", table, *rest)) == []
    assert str(pq.read_table(table).column("k").to_pylist()) == str(kinds)
    found = out(cg("eval", "x^2", "--data", str(path), "--keep", "k", *rest))
    assert found[1:] == [f"{cell},{place**2}" for place, cell in enumerate(cells)]


def test_a_cell_of_another_type_than_before_is_an_error(tmp_path: Path) -> None:
    rows = [f"{place},{place}" for place in range(300_000)]
    rows[250_000] = "1,abc"
    path = tmp_path / "k.csv"
    path.write_text("x,k\n" + "\n".join(rows))
    wanted = ["eval", "x", "--data", str(path), "--keep", "k", "--out", str(tmp_path / "o.parquet")]
    found = cg(*wanted)
    assert (found.status, f"row 250001 of `{path}` has `abc` in column `k`" in found.err) == (2, True)
    assert cg(*wanted, "--types", "k=text").status == 0


def test_further_results_that_are_not_finite_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "w.csv"
    path.write_text("x,y\n0,-1\n-1,0\n2,3\n-2,1\n")
    told = cg("eval", "log(x); sqrt(y)", "--data", str(path)).err.splitlines()
    assert (told[0], told[-1]) == (
        f"warning: log(x) is -inf at x = 0, in row 1 of `{path}`",
        "note: 3 rows have results that are not finite: `f1` in 3, `f2` in 1",
    )
    for program in ("print(x); x", "if x > 0 { print(x) }; x"):
        assert (
            "note: `print` says nothing where there are rows" in cg("eval", program, "--data", str(path)).err
        )
