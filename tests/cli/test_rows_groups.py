"""One row a group: which rows are of which group, whatever the cells are, and what becomes of numbers."""

from __future__ import annotations

import datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from tests.cg import cg

NAN = float("nan")
DAY = datetime.date(2024, 1, 1)

# Cells of a column, and those by which there are groups, in their order and as they are printed.
CELLS: dict[str, tuple[Any, list[int], list[str]]] = {
    "texts": (pa.array(["v", "u", None, "v"]), [0, 1, 2, 0], ["v", "u", ""]),
    "large texts": (pa.array(["v", "", "v"], pa.large_string()), [0, 1, 0], ["v", ""]),
    "numbers, each nan the same": (pa.array([NAN, 0.0, -0.0, -NAN]), [0, 1, 1, 0], ["nan", "0"]),
    "half floats": (pa.array(np.array([1, 2, 1], np.float16)), [0, 1, 0], ["1", "2"]),
    "whole numbers": (pa.array([2**63, 1, 2**63], pa.uint64()), [0, 1, 0], ["9223372036854775808", "1"]),
    "truths": (pa.array([False, True, False]), [0, 1, 0], ["false", "true"]),
    "none at all": (pa.nulls(3), [0, 0, 0], [""]),
    "dictionaries with the same twice": (
        pa.DictionaryArray.from_arrays(pa.array([3, 1, 2, None]), pa.array(["z", "u", "v", "v"])),
        [0, 1, 0, 2],
        ["v", "u", ""],
    ),
    "days": (pa.array([DAY, None, DAY]), [0, 1, 0], ["2024-01-01", ""]),
    "decimals": (pa.array([Decimal("1.50"), Decimal("2.00"), Decimal("1.50")]), [0, 1, 0], ["1.50", "2.00"]),
    "bytes": (pa.array([b"b", b"a", b"b"]), [0, 1, 0], ["b", "a"]),
}  # fmt: skip


@pytest.mark.parametrize("kind", CELLS)
@pytest.mark.parametrize("group", [2, 100])
def test_groups_of_any_cells(kind: str, group: int, tmp_path: Path) -> None:
    cells, groups, printed = CELLS[kind]
    numbers = np.arange(len(cells)) + 1.0
    pq.write_table(pa.table({"g": cells, "x": numbers}), tmp_path / "t.parquet", row_group_size=group)
    found = cg("eval", "x", "--data", "t.parquet", "--reduce", "sum", "--by", "g", cwd=tmp_path)
    sums = [sum(numbers[row] for row, own in enumerate(groups) if own == g) for g in range(len(printed))]
    assert found.out.splitlines() == ["g,f", *(f"{p},{s:g}" for p, s in zip(printed, sums, strict=True))]


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
@pytest.mark.parametrize("by", ["g", "k", "g,k", "k,g,many"])
def test_sums_are_exact_but_for_one_rounding(by: str, suffix: str, tmp_path: Path) -> None:
    rng, count = np.random.default_rng(3), 6_000
    columns = {
        "g": [f"t{i}" for i in rng.integers(0, 5, count)],
        "k": rng.integers(-3, 3, count).tolist(),
        "many": rng.integers(0, 50_000, count).tolist(),
        "x": (rng.normal(size=count) * 10.0 ** rng.integers(-5, 20, count)).tolist(),
    }
    path = tmp_path / f"t.{suffix}"
    if suffix == "csv":
        pyarrow.csv.write_csv(pa.table(columns), path)
    else:
        pq.write_table(pa.table(columns), path, row_group_size=999)
    names = by.split(",")
    right: dict[tuple[str, ...], list[float]] = {}
    for row in range(count):
        right.setdefault(tuple(str(columns[name][row]) for name in names), []).append(columns["x"][row])
    line = ["--data", str(path), "--by", by, "--reduce"]
    for how in ("sum", "mean", "min", "max", "count"):
        found = cg("eval", "x", *line, how)
        _, *rows = (row.split(",") for row in found.out.splitlines())
        assert [tuple(row[:-1]) for row in rows] == [*right], how
        for row, own in zip(rows, right.values(), strict=True):
            exact = sum(map(Fraction, own))
            one = {"sum": exact, "mean": exact / len(own), "count": len(own)}.get(how)
            one = {"min": min(own), "max": max(own)}[how] if one is None else one
            assert abs(Fraction(row[-1]) - one) <= 3e-16 * abs(one), (how, row)


@pytest.mark.parametrize("how", ["sum", "mean"])
@pytest.mark.parametrize("by", [[], ["--by", "g"]])
def test_what_rounding_loses_is_kept(how: str, by: list[str], tmp_path: Path) -> None:
    cells = ["1e16", "1", "-1e16", "1", "1e100", "1", "-1e100", "1"] * 50
    (tmp_path / "t.csv").write_text("g,x\n" + "".join(f"u,{cell}\n" for cell in cells[:200]))
    found = cg("eval", "x", "--data", "t.csv", "--reduce", how, *by, "--where", "abs(x) < 1e50", cwd=tmp_path)
    total = {"sum": "100", "mean": f"{100 / 150!r}"}[how]
    assert found.out.splitlines()[1].split(",")[-1] == total


@pytest.mark.parametrize("how", ["min", "max"])
def test_an_extreme_has_the_derivative_of_the_first_row_that_has_it(how: str, tmp_path: Path) -> None:
    rows = ["u,2,1", "v,nan,2", "u,2,3", "v,1,4", "w,inf,5", "w,inf,6", "u,2,7"]
    (tmp_path / "t.csv").write_text("g,x,y\n" + "\n".join(rows) + "\n")
    line = ["grad", "x + a*y", "a=0", "--data", "t.csv", "--reduce", how, "--by", "g"]
    assert cg(*line, cwd=tmp_path).out.splitlines() == ["g,f,df/da", "u,2,1", "v,nan,2", "w,inf,5"]
