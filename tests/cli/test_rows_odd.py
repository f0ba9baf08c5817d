"""Rows that are not what they seem, and libraries that are not there."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.cg import cg


@pytest.fixture
def odd(tmp_path: Path) -> Path:
    """Files that are not as a first batch says, or as their names say."""
    lists = [pa.table({"x": [[1.0, 2.0]]}), pa.table({"x": [[1.0, 2.0, 6.0]]})]
    for place, part in enumerate(lists):
        for folder, table in (("lists", part), ("mixed", pa.table({"x": [1.0]}) if place else part)):
            (tmp_path / folder).mkdir(exist_ok=True)
            pq.write_table(table, tmp_path / folder / f"{place}.parquet")
        (tmp_path / "json").mkdir(exist_ok=True)
        (tmp_path / "json" / f"{place}.jsonl").write_text(json.dumps(part.to_pylist()[0]) + "\n")
        (tmp_path / "arrays").mkdir(exist_ok=True)
        np.savez(tmp_path / "arrays" / f"{place}.npz", x=np.ones((1, 2 + place)))
    with pq.ParquetWriter(tmp_path / "groups.parquet", lists[0].schema) as file:
        for part in lists:
            file.write_table(part)
    pq.write_table(pa.table([[1.0], [2.0]], names=["x", "x"]), tmp_path / "twice.parquet")
    np.savez(tmp_path / "objects.npz", x=np.array([1, "a"], object))
    np.savez(tmp_path / "texts.npz", x=np.array(["a"]))
    np.savez(tmp_path / "empty.npz")
    np.savez(tmp_path / "torn.npz", x=np.arange(1000.0))
    torn = bytearray((tmp_path / "torn.npz").read_bytes())
    torn[2000:3000] = bytes(1000)
    (tmp_path / "torn.npz").write_bytes(torn)
    return tmp_path


@pytest.mark.parametrize(
    "name, told",
    [
        ("lists", "row 1 of `*` has [3] in column `x`, and rows before have [2]"),
        ("mixed", "row 1 of `*` has numbers in column `x`, and rows before have [2]"),
        ("json", "row 1 of `*` has [3] in column `x`, and rows before have [2]"),
        ("arrays", "row 1 of `*` has [3] in column `x`, and rows before have [2]"),
        ("groups.parquet", "row 2 of `*` has [3] in column `x`, and rows before have [2]"),
        ("twice.parquet", "`*` has 2 columns that are called `x`"),
        ("objects.npz", "`*` is not an array that NumPy saved"),
        ("torn.npz", "`*` is not an array that NumPy saved"),
        ("empty.npz", "`*` is empty"),
        ("texts.npz", "`x` in `*` holds text, not numbers"),
    ],
)
@pytest.mark.parametrize("keep", [[], ["--keep", "x"], ["--keep", "x", "--out", "o.parquet"]])
def test_rows_that_are_not_as_the_first_are_errors(
    name: str, told: str, keep: list[str], odd: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(odd)
    found = cg("eval", "mean(x)", *keep, "--data", name)
    begin, _, end = told.partition("*")
    assert found.status == 2, found
    assert begin in found.err
    assert end in found.err
    found = cg("eval", "2", *keep, "--data", name)
    assert "a fault of cg" not in found.err  # lists of any length may stand in one file


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
@pytest.mark.parametrize("column", [["a", "é"], [b"a", "é".encode()], [1 + 2j, 3], [1, 2], [True, False]])
def test_arrays_of_anything_are_handed_on(column: list[object], ending: str, tmp_path: Path) -> None:
    np.savez(tmp_path / "t.npz", x=np.arange(2.0), s=np.array(column))
    path = str(tmp_path / f"o.{ending}")
    found = cg("eval", "x", "--keep", "s", "--data", str(tmp_path / "t.npz"), "--out", path)
    assert found.status == 0, found
    if ending == "csv":
        first, second = {str: "aé", bytes: "aé", int: "12", bool: ("true", "false")}.get(
            type(column[0]), ("(1+2j)", "(3+0j)")
        )
        assert Path(path).read_text() == f"s,f\n{first},0\n{second},1\n"


def test_objects_are_handed_on_as_json_has_them(tmp_path: Path) -> None:
    rows = [{"s": {"a": True, "é": None}, "x": 1}, {"s": {"b": ['"']}, "x": 2}]
    (tmp_path / "t.jsonl").write_text("\n".join(map(json.dumps, rows)))
    found = cg("eval", "x", "--keep", "s", "--data", "t.jsonl", cwd=tmp_path)
    cells = [row[0] for row in csv.reader(found.out.splitlines())][1:]
    assert [*map(json.loads, cells)] == [row["s"] for row in rows]


@pytest.mark.parametrize("ending", ["csv", "parquet", "arrow", "npz"])
def test_cells_of_several_types_are_handed_on_or_refused(ending: str, tmp_path: Path) -> None:
    rows = [{"x": row, "s": row if row % 2 else "a,b"} for row in range(20_000)]
    (tmp_path / "t.jsonl").write_text("\n".join(map(json.dumps, rows)))
    path = tmp_path / f"o.{ending}"
    found = cg("eval", "x", "--keep", "s", "--data", str(tmp_path / "t.jsonl"), "--out", str(path))
    if ending in ("csv", "npz"):
        assert found.status == 0
        assert ending == "npz" or path.read_text().splitlines()[-2:] == ['"a,b",19998', "19999,19999"]
    else:
        assert (found.status, "column `s` has cells of several types" in found.err) == (2, True)


MISSING = [
    ("pyarrow", ["--data", "t.parquet"], "`t.parquet` needs PyArrow, which is not installed"),
    ("pyarrow", ["--data", "t.csv.zst"], "`t.csv.zst` needs PyArrow, which is not installed"),
    ("pyarrow", ["--data", "t.csv", "--out", "o.parquet"], "`o.parquet` needs PyArrow"),
    ("pyarrow", ["--data", "t.csv", "--out", "o.csv"], ""),
    ("llvmlite", ["--data", "t.csv", "--engine", "kernel"], ""),
    ("distributed", ["--data", "t.csv", "--on", "dask"], "--on dask needs Dask, which is not installed"),
    ("pyspark", ["--data", "t.csv", "--on", "spark"], "--on spark needs Spark, which is not installed"),
]


@pytest.mark.parametrize("module, more, told", MISSING)
def test_what_is_not_installed(
    module: str, more: list[str], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "t.csv").write_text("x\n1\n")
    for name in ("t.parquet", "t.csv.zst"):
        (tmp_path / name).write_bytes(b"")
    start = f"import sys; sys.modules[{module!r}] = None; from cgcli.__main__ import main; main()"
    done = subprocess.run([sys.executable, "-c", start, "eval", "x", *more], capture_output=True, text=True)
    assert (done.returncode, told in done.stderr) == (2 if told else 0, True), done
    assert ("pip install" in done.stderr) == bool(told)


ROW_ERRORS = [
    (["eval", "inv([[x,1],[1,1]])"], 1, "the matrix is singular: its condition number is infinite, in row 2"),
    (
        ["grad", "sum(inv([[x,1],[1,1]]))"],
        1,
        "the matrix is singular: its condition number is infinite, in row 2",
    ),
    (["eval", "cholesky([[x,0],[0,1]])"], 1, "in row 1"),
    (
        ["eval", "eigvalsh([[1,x],[0,1]])"],
        1,
        "the matrix is not symmetric: [0, 1] is 1, and [1, 0] is 0, in row 2",
    ),
    (["eval", "svdvals([[1/x,1],[1,1]])"], 1, "not finite, in row 1"),
    (["eval", "[5,6][3*x]"], 3, "there is no element 3: the axis has 2 elements, in row 2"),
]


@pytest.mark.parametrize("line, status, message", ROW_ERRORS, ids=[row[0][1] for row in ROW_ERRORS])
def test_what_an_operation_cannot_do_is_an_error_of_its_row(
    line: list[str], status: int, message: str
) -> None:
    found = cg(*line, "--over", "x=0:1:1")
    assert (found.status, message in found.err) == (status, True), found


WHERE = [
    ("x > 0; x < 2", 2, "--where takes one condition, and `x > 0; x < 2` has 2"),
    ("assert x > 0", 2, "--where takes one condition, and `assert x > 0` has none"),
    ("p = x > 0", 2, "has none"), ("", 2, "has none"),
    ("[x > 0, x < 2]", 3, "the condition is an array of shape [2], and each row has one truth"),
]  # fmt: skip


@pytest.mark.parametrize("engine", ["plain", "kernel"])
@pytest.mark.parametrize("where, status, told", WHERE)
@pytest.mark.parametrize("text", ["x", "s = 0; for i in 1..x { s += i }; s"])
def test_a_condition_is_one_truth_of_a_row(
    text: str, where: str, status: int, told: str, engine: str, tmp_path: Path
) -> None:
    (tmp_path / "t.csv").write_text("x\n1\n2\n")
    found = cg("eval", text, "--where", where, "--data", "t.csv", "--engine", engine, cwd=tmp_path)
    assert (found.status, found.out, told in found.err) == (status, "", True), found


def test_groups_by_lists_are_those_of_their_elements(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text('{"x":[1,2],"y":1}\n{"x":[1,2],"y":2}\n{"x":[1,3],"y":3}\n')
    line = ["eval", "y", "--data", str(path), "--reduce", "sum", "--by", "x"]
    assert cg(*line).out == "x[0],x[1],f\n1,2,3\n1,3,3\n"
    assert cg(*line, "--where", "y > 5").out == "x[0],x[1],f\n"
    path.write_text('{"x":{"a":1},"y":1}\n')
    found = cg(*line)
    assert (found.status, "has an object in column `x`, by which there are no groups" in found.err) == (
        2,
        True,
    )


def test_cells_without_elements_are_one_group(tmp_path: Path) -> None:
    np.savez(tmp_path / "t.npz", x=np.ones((3, 0)), y=np.ones(3))
    found = cg("eval", "y", "--data", str(tmp_path / "t.npz"), "--reduce", "count", "--by", "x")
    assert (found.status, found.out) == (0, "count\n3\n")


def test_a_row_without_a_number_is_not_computed(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text('{"A":[[1,1],[1,2]]}\n{"A":null}\n{"A":[[1,0],[0,1]]}\n')
    found = cg("eval", "inv(A)", "--data", str(path), "--bad", "null")
    assert found.out.splitlines()[1:] == ["2,-1,-1,1", ",,,", "1,0,0,1"]


def test_ranges_of_names_between_backquotes() -> None:
    assert cg("eval", "`a b`*2", "--over", "`a b`=0:1:1").out.splitlines() == ["a b,f", "0,0", "1,2"]
    found = cg("eval", "x", "--over", "x=1:2:1", "--keep", "zz")
    assert (found.status, "--keep is for columns of files" in found.err) == (2, True)


CELLS = st.sampled_from(
    [
        *("1", "-0.5", "2", "3e-5", "0", "-0", "", "NA", "nan", "inf", "0x10", "1_000", "9007199254740993"),
        *("1e-310", "true", " 4 ", '"5"', "a", "1e999", "7.25", "0.1", "-3", "12345.678901234567"),
    ]
)
PROGRAMS = [
    ("grad", "a*x^2 - x/a"), ("eval", "assert x > -1; y = sqrt(abs(x)); a"),
    ("grad", "x^2 + sin(a)", "--where", "x > 0"), ("eval", "log(x)", "--keep", "all"),
    ("grad", "f = 2*x", "--wrt", "x", "--keep", "t", "--format", "json"), ("eval", "x*a", "--bad", "null"),
    ("eval", "x + a", "--bad", "drop"), ("grad", "x^a", "--strict"),
]  # fmt: skip


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(
    rows=st.lists(st.tuples(CELLS, CELLS, st.sampled_from(["p", '"q,r"', ""])), max_size=5),
    program=st.sampled_from(PROGRAMS),
)
def test_few_rows_are_answered_as_many_are(
    rows: list[tuple[str, ...]], program: tuple[str, ...], tmp_path: Path
) -> None:
    """Files of few rows are read and computed without NumPy."""
    table = "a,x,t\n" + "".join(",".join(row) + "\n" for row in rows)
    path = tmp_path / "t.csv"
    for text in (table, ("\ufeff" + table).replace("\n", "\r\n")):
        path.write_text(text, newline="")
        few, many = (cg(*program, "--data", str(path), "--engine", engine) for engine in ("plain", "kernel"))
        assert (few.status, few.err) == (many.status, many.err)
        cells = [text.replace("\n", ",\n,").split(",") for text in (few.out, many.out)]
        assert len(cells[0]) == len(cells[1])
        for one, other in zip(*cells, strict=True):
            try:
                assert float(one) == pytest.approx(float(other), rel=1e-15, abs=1e-300, nan_ok=True)
            except ValueError:
                assert one == other


@pytest.mark.parametrize("more", [(), ("--engine", "kernel")])
@pytest.mark.parametrize("ending", ["csv", "tsv", "jsonl", "parquet"])
def test_decimal_commas_that_are_handed_on_are_read_again(
    ending: str, more: tuple[str, ...], tmp_path: Path
) -> None:
    (tmp_path / "t.csv").write_text("a;b;t\n1,5;2;x,y\n-3,25e1;4;1,2,3\n")
    out = f"o.{ending}"
    first = cg("eval", "a + b", "--data", "t.csv", "--keep", "all", "--out", out, *more, cwd=tmp_path)
    assert (first.status, first.err) == (0, "")
    again = cg("eval", "y = a*b", "--data", out, cwd=tmp_path)
    assert (again.out, again.err) == ("y\n3\n-130\n", "")


@pytest.mark.parametrize("text", ["assert x < 1; x", "y = x; assert y < 1", "eye(x - 5)"])
def test_an_error_in_the_first_rows_leaves_nothing_on_stdout(text: str) -> None:
    found = cg("eval", text, "--over", "x=3:4:1")
    assert found.out == ""
    assert found.status in (1, 3)


def test_a_table_that_is_none_is_told_how() -> None:
    found = cg("eval", "x", "--data", "t.json")
    assert "an object a line is .jsonl" in found.err or "t.json" in found.err


@pytest.mark.parametrize("option, value", [
    ("--where", "x > 0"), ("--out", "o.csv"), ("--keep", "a"), ("--by", "a"), ("--reduce", "sum"),
    ("--types", "x=float"), ("--threads", "2"), ("--data-format", "csv"), ("--on", "dask"),
])  # fmt: skip
def test_an_option_for_rows_without_rows_is_named(option: str, value: str) -> None:
    found = cg("eval", "x", "x=1", option, value)
    assert (found.status, found.err.splitlines()[0]) == (
        2, f"error: {option} is for rows, and there are none"
    )  # fmt: skip


@pytest.mark.parametrize(
    "how, answer",
    [("sum", "b,;a,3;c,5"), ("mean", "b,;a,1.5;c,5"), ("min", "b,;a,1;c,5"), ("count", "b,0;a,2;c,1")],
)
def test_a_group_whose_cells_are_all_missing_has_no_answer(tmp_path: Path, how: str, answer: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text("k,v\nb,\na,1\nb,NA\nc,5\na,2\n")
    line = ("eval", "v", "--data", str(path), "--reduce", how, "--by", "k")
    assert ";".join(cg(*line, "--bad", "null").out.splitlines()[1:]) == answer
    assert ";".join(cg(*line, "--bad", "drop").out.splitlines()[1:]) == answer.partition(";")[2]
    alone = cg("eval", "v", "--data", str(path), "--reduce", how, "--bad", "null", "--where", "1 > 2")
    assert alone.status == (1 if how in ("mean", "min") else 0)


def test_an_error_in_the_first_rows_leaves_no_header(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text('x,y\n1,"2\n3,4\n')
    found = cg("eval", "x", "--data", str(path))
    assert (found.status, found.out) == (2, "")
    assert "a quote is not closed" in found.err


@pytest.mark.parametrize(
    ("program", "hint"),
    [
        ("unit*2", "stands between backquotes: `unit price`"),
        ("price*2", "stands between backquotes: `unit price`"),
        ("unit price*2", "stands between backquotes: `unit price`"),
        ("z*2", "the columns are `unit price`, `y`"),
    ],
)
def test_a_column_with_a_space_is_offered_in_backquotes(program: str, hint: str, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("unit price,y\n1,2\n")
    found = cg("eval", program, "--data", str(path))
    assert found.status == 3
    assert hint in found.err


def test_folders_without_tables_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    found = cg("eval", "x", "--data", str(tmp_path))
    assert (found.status, "has no file that ends in .csv" in found.err) == (2, True)
    (tmp_path / "in" / "a.csv").write_text("x\n1\n")
    found = cg("eval", "x", "--data", str(tmp_path))
    assert f"--data '{tmp_path}/**/*.csv'" in found.err
    assert cg("eval", "x", "--data", f"{tmp_path}/**/*.csv").out == "f\n1\n"


@pytest.mark.parametrize(
    ("text", "bad", "out", "err"),
    [
        ("x,y\n1,2\n3\n4,5\n", "drop", "14", "left out: 1 row of another length"),
        ("x\n1\n\n3\n", "drop", "4", "left out: 1 missing cell"),
        ("sep=;\nx;y\n1,5;2\n", None, "1.5", ""),
        (
            "x;y\n1.299;2\n3.125;2\n",
            None,
            "4.4239999999999995",
            "`1.299`, whose point is read as a decimal",
        ),
        ("x;y\n1.299;2\n3,5;2\n", None, "", "write `1299`, or `1,299`"),
    ],
)
def test_values_of_tables_are_read_as_rows_are(
    text: str, bad: str | None, out: str, err: str, tmp_path: Path
) -> None:
    path = tmp_path / "t.csv"
    path.write_text(text)
    name = ":y" if "4,5" in text else ":x"
    found = cg(
        "eval",
        "sum(2*v)/2*k",
        f"v=@{path}{name}",
        f"k={2 if name == ':y' else 1}",
        *(["--bad", bad] if bad else []),
    )
    assert found.out.strip() == out
    assert err in found.err


def test_long_pipes_and_packed_files_give_the_rows_of_a_file(tmp_path: Path) -> None:
    """Whose number nobody knows before, and which are many."""
    import gzip

    text = "x\n" + "".join(f"{0.1 + i * 1e-5}\n" for i in range(220_000))
    path = tmp_path / "t.csv"
    path.write_text(text)
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress(text.encode(), 1))
    right = cg("eval", "ndtr(x)", "--data", str(path)).out
    assert right.count("\n") == 220_001
    assert cg("eval", "ndtr(x)", "--data", f"{path}.gz").out == right
    assert cg("eval", "ndtr(x)", "--data", "-", stdin=text).out == right
    assert "rows        many\n" in cg("plan", "ndtr(x)", "--data", f"{path}.gz").out


def test_columns_may_be_called_as_functions_are(tmp_path: Path) -> None:
    """In rows, in programs that run, in fits and in training."""
    path = tmp_path / "t.csv"
    path.write_text("size,y\n1,2\n2,4\n3,6\n")
    data = ("--data", str(path))
    assert cg("eval", "2*size", *data).out == "f\n2\n4\n6\n"
    assert cg("grad", "s = beta; while s > 1 { s /= 2 }\ns", "--over", "beta=1:3:1").out.endswith(
        "3,0.75,0.25\n"
    )
    assert cg("fit", "y ~ a*size", *data, "a=1").out.startswith("a = 2")
    assert cg("train", "(y - a*size)^2", *data, "a=1", "--wrt", "a", "--epochs", "1").status == 0
    assert cg("solve", "gamma^2 == 2", "--between", "gamma=0:2").out.startswith("gamma = 1.414213562373095")
