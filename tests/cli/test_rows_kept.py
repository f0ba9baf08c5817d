"""Columns that are handed on, and what is told beside rows, through the executable."""

from __future__ import annotations

import gzip
import math
import re
import subprocess
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.cg import CG, cg
from tests.documents import README


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


PIPES = [  # how standard input is called, and what says what it holds
    ("-", []),
    ("/dev/stdin", []),
    ("-", ["--data-format", "csv"]),
    ("-", ["--data-format", "parquet"]),
    ("/dev/stdin", ["--data-format", "parquet"]),
    ("-", ["--data-format", "arrow"]),
]


@pytest.mark.parametrize("piped", [True, False])
@pytest.mark.parametrize("path, options", PIPES)
def test_standard_input_and_pipes_hold_any_table(
    path: str, options: list[str], piped: bool, tmp_path: Path
) -> None:
    form = options[-1] if options else "csv"
    table = tmp_path / f"t.{form}"
    source = tmp_path / "s.csv"
    source.write_text("x,k\n1,2\n3,4\n")
    assert cg("eval", "x", "--data", str(source), "--keep", "k", "--out", str(table)).status == 0
    command = f"cat {table} | {CG}" if piped else f"{CG}"
    rest = "" if piped else f" < {table}"
    done = subprocess.run(
        ["bash", "-c", f"{command} eval k+f --data {path} {' '.join(options)}{rest}"],
        capture_output=True, text=True,
    )  # fmt: skip
    assert (done.stdout, done.stderr) == ("out\n3\n7\n", "")


@pytest.mark.parametrize("form", ["parquet", "arrow", "npz", "csv.gz"])
def test_what_is_no_text_is_told_by_its_beginning(form: str, tmp_path: Path) -> None:
    table, csv = tmp_path / f"t.{form}", tmp_path / "t.csv"
    csv.write_text("x\n1\n")
    assert cg("eval", "x", "--data", str(csv), "--out", str(table)).status == 0
    csv.write_bytes(table.read_bytes())
    found = cg("eval", "f", "--data", str(csv))
    assert (found.status, f"its name should end in .{form.split('.')[-1]}" in found.err) == (2, True), found


def test_a_file_whose_name_does_not_say_what_it_holds(tmp_path: Path) -> None:
    (tmp_path / "t.txt").write_text("x\n1\n2\n")
    wanted = ["eval", "x", "--data", str(tmp_path / "t.txt")]
    found = cg(*wanted)
    assert (found.status, "`--data-format csv` says what it holds" in found.err) == (2, True)
    assert out(cg(*wanted, "--data-format", "csv")) == ["f", "1", "2"]


@pytest.mark.parametrize("ending", ["parquet", "arrow"])
def test_columns_without_rows_have_types(ending: str, tmp_path: Path) -> None:
    given = pa.table({"x": pa.array([], pa.float64()), "k": pa.array([], pa.int32())})
    source, table = str(tmp_path / "t.parquet"), str(tmp_path / f"o.{ending}")
    pq.write_table(given, source)
    (tmp_path / "t.csv").write_text("x,k\n")
    for path, kept in ((source, "int32"), (str(tmp_path / "t.csv"), "string")):
        assert out(cg("grad", "x^2", "--data", path, "--keep", "k", "--out", table)) == []
        found = pq.read_schema(table) if ending == "parquet" else pa.ipc.open_file(table).schema
        assert [str(kind) for kind in found.types] == [kept, "double", "double"]


EXACT = [  # cells that no double holds, or one does, and what is warned of
    (pa.array([2**53, 2**53 - 1]), None),
    (pa.array([2**53 + 1]), "`9007199254740993`"),
    (pa.array([-(2**53) - 1]), "`-9007199254740993`"),
    (pa.array([2**63 + 1], pa.uint64()), "`9223372036854775809`"),
    (pa.array([Decimal("0.10"), Decimal("19.99")]), None),
    (pa.array([Decimal("0.12345678901234567890")]), "`0.12345678901234567890`"),
]


@pytest.mark.parametrize("column, told", EXACT, ids=[str(one) for _, one in EXACT])
def test_digits_that_are_lost_are_told(column: Any, told: str | None, tmp_path: Path) -> None:
    path = str(tmp_path / "t.parquet")
    pq.write_table(pa.table({"x": column}), path)
    found = cg("eval", "x", "--data", path)
    assert found.status == 0
    assert (told or "") in found.err
    assert ("nearest of" in found.err) == (told is not None)


@pytest.mark.parametrize("ending", ["parquet", "arrow", "npz", "jsonl"])
def test_rows_without_a_number_to_group_by_are_one_group(ending: str, tmp_path: Path) -> None:
    source, table = tmp_path / "t.csv", str(tmp_path / f"t.{ending}")
    source.write_text("x,y\n1,nan\n2,0\n4,nan\n8,0\n16,nan\n")
    assert cg("eval", "x; y", "--data", str(source), "--out", table).status == 0
    assert out(cg("eval", "s = f1", "--data", table, "--by", "f2", "--reduce", "sum"))[1:] in (
        ["nan,21", "0,10"],
        ["NaN,21", "0,10"],  # as JSON has it
    )


def test_pipelines_of_the_readme(tmp_path: Path) -> None:
    """Line by line as they stand there."""
    (tmp_path / "trades").mkdir()
    for day in (1, 2):
        rows = {"id": [day], "spot": [2.0 * day], "strike": [1.0]}
        pq.write_table(pa.table(rows), tmp_path / f"trades/{day}.parquet")
    (tmp_path / "greeks.cg").write_text("spot*ndtr(log(spot/strike))\n")
    (tmp_path / "log.csv.gz").write_bytes(gzip.compress(b"energy,time\n1,2\nx,3\n,4\n5,8\n"))
    lines = re.findall(r"(?m)^.*cg .*--out (?:greeks.parquet|power.csv)$", README.read_text())
    assert len(lines) == 2
    for line in lines:
        whole = f'export PATH="{Path(CG).parent}:$PATH"; {line}'
        done = subprocess.run(["bash", "-c", whole], cwd=tmp_path, capture_output=True, text=True)
        assert (done.returncode, done.stdout) == (0, ""), (line, done)
    greeks = pq.read_table(tmp_path / "greeks.parquet")
    assert greeks.column_names[:3] == ["id", "f", "df/dspot"]
    assert greeks["id"].to_pylist() == [1, 2]
    assert (tmp_path / "power.csv").read_text() == "f\n0.5\n0.625\n"
