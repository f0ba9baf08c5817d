"""What is printed reads back; large tables, batches."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

import cgcli
from cgcli.data import csv_file
from cgcli.data.csv_sink import CsvSink
from cgcli.data.tables import Reading, read_csv
from cgcli.diagnostics import CgError
from cgcli.render.numbers import json_value, value_text
from tests.cg import cg
from tests.data.files import INF, NAN, same

# Printed

ARRAYS = npst.arrays(
    np.float64,
    npst.array_shapes(min_dims=1, max_dims=4, min_side=0, max_side=4),
    elements=st.one_of(st.floats(), st.sampled_from([0.0, -0.0, INF, -INF, NAN, 1.0, 1e16, 5e-324])),
)


@settings(max_examples=300, deadline=None)
@given(ARRAYS)
def test_what_is_printed_reads_back(x: Any) -> None:
    assert same(cgcli.evaluate(value_text(x))["f"], x)


@settings(max_examples=100, deadline=None)
@given(ARRAYS)
def test_json_reads_back(x: Any) -> None:
    """As far as nested lists can say it: of the axes after one of size 0 they say nothing."""
    written = json.loads(json.dumps(json_value(x), allow_nan=False))
    found = np.array(np.vectorize(float, otypes=[float])(written) if np.size(written) else written)
    assert same(found, x if x.size else np.array(x.tolist()))


@pytest.mark.parametrize("name, text", [
    ("v.txt", "x = [1, -0]\ny = -0\n"), ("v.toml", "x = [1,-0] # -0\ny=-0"),
    ("v.toml", 'd = 2024-01-01\n"a-0" = 0\nx=[1,-0]\ny=-0'),
    ("v.json", '{"x": [1, -0], "y": -0}'), ("v.txt", "t = record(x=[1, -0], y=-0)\n"),
    ("v.txt", "t = record(x=list(1, -0), y=-0)\n"),
])  # fmt: skip
def test_the_sign_of_a_0_is_read_in_all_forms(name: str, text: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text)
    program = "[1/t.x[1], 1/t.y]" if text.startswith("t") else "input x: [2]; input y; [1/x[1], 1/y]"
    assert cg("eval", program, "--vars", str(tmp_path / name)).out == "[-inf, -inf]\n"


@pytest.mark.parametrize("name, text", [
    ("t.csv", "x,k\n-0,1\n-0.0,1\n"), ("t.jsonl", '{"x": -0, "k": 1}\n{"x": -0.0, "k": 1}\n'),
])  # fmt: skip
def test_the_sign_of_a_0_is_read_in_rows(name: str, text: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text)
    found = cg("eval", "1/x", "--data", str(tmp_path / name), "--keep", "k")
    assert found.out == "k,f\n1,-inf\n1,-inf\n"


def test_the_executable_prints_what_it_reads() -> None:
    rng = np.random.default_rng(3)
    shapes = [(0,), (1,), (5,), (2, 3), (0, 2), (2, 0, 3), (1, 1, 1), (2, 2, 2, 2)]
    values = [rng.choice([NAN, INF, -0.0, 1e-320, 0.1, 2.0, -1 / 3], size=shape) for shape in shapes]
    lines = "".join(f"{value_text(x)}\n" for x in values)
    result = cg("eval", "--lines", "-", stdin=lines)
    assert (result.status, result.out) == (0, lines)
    again = cg("eval", "--lines", "-", stdin=result.out.replace(" ", ""))
    assert again.out == lines


def test_csv_of_arrays() -> None:
    result = cg("eval", "a = x; b = 2*x", "x=[[1, nan], [-0, 3]]", "--format", "csv")
    found = list(csv.reader(io.StringIO(result.out)))
    elements = [f"{name}[{i},{j}]" for name in "ab" for i in (0, 1) for j in (0, 1)]
    values = ["1", "nan", "-0", "3", "2", "nan", "-0", "6"]
    assert found == [["output", "value"], *map(list, zip(elements, values, strict=True))]


def test_digits_round_every_element() -> None:
    assert cg("eval", "x/3", "x=[1, 2000, 3]", "--digits", "3").out == "[0.333, 667, 1]\n"
    assert json.loads(cg("eval", "x/3", "x=[1, 2000, 3]", "--digits", "3", "--format", "json").out)[
        "value"
    ] == [0.333, 667, 1]


@pytest.mark.parametrize("given", [
    ["eval", "σ = x; τ = 2*x", "x=0.25"], ["solve", "σ*4 == 1", "σ=1"],
    ["fit", "y ~ σ*4", "y=[1, 1]", "σ=1", "--wrt", "σ"],
    ["minimize", "(σ*4 - 1)^2", "σ=1"],
    ["train", "(σ - x)^2", "--data", "x.csv", "σ=0.25", "--epochs", "1", "--rate", "0"],
], ids=lambda given: given[0])  # fmt: skip
def test_names_of_any_letters_are_printed_as_they_are_read(given: list[str], tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("x\n1\n")
    found = cg(*given, cwd=tmp_path)
    assert "\nσ = 0.25" in f"\n{found.out}", found
    (tmp_path / "v.txt").write_text(found.out)
    assert cg("eval", "σ*4", "--vars", "v.txt", cwd=tmp_path).out == "1\n"


LARGE_FILES = {
    "header": ("a,b\n", "{0},{1}\n", ":b"),
    "no header": ("", "{0},{1}\n", ""),
    "one column": ("", "{0}\n", ""),
    "one named column": ("a\n", "{0}\n", ":a"),
    "windows": ("a,b\r\n", "{0},{1}\r\n", ":a"),
    "spaces": ("a , b\n", " {0} , {1} \n", ":b"),
    "text beside": ("name,é\n", "x{0},{1}\n", ":é"),
    "quotes": ('"a","b"\n', '"{0}",{1}\n', ":a"),
    "blank lines": ("a,b\n", "{0},{1}\n\n", ":b"),
    "not finite": ("a,b\n", "{0},nan\n", ":b"),
}


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], Any]:
    """Reads a column of a text in a file."""
    monkeypatch.chdir(tmp_path)

    def read(text: str, column: str) -> Any:
        Path("x.csv").write_text(text, newline="")
        return read_csv("x.csv", column, Reading(None, [])).value()

    return read


@pytest.mark.long
@pytest.mark.parametrize("name", LARGE_FILES)
@pytest.mark.parametrize("ending", [True, False])
def test_large_files_are_read_as_small_ones(table: Any, name: str, ending: bool) -> None:
    head, row, column = LARGE_FILES[name]
    rows = [row.format(place / 7, -place * 1e-5) for place in range(70_000)]
    text = head + "".join(rows)
    assert len(text) > csv_file.LARGE
    text = text if ending else text.rstrip()
    large = table(text, column[1:])
    parts = [table(head + "".join(rows[i : i + 9000]), column[1:]) for i in range(0, len(rows), 9000)]
    assert np.array_equal(large, np.concatenate(parts), equal_nan=True)


@pytest.mark.parametrize("bad", ["1\n", "1,2,3\n", "1,two\n", "1,\n", "1;2\n"])
def test_a_bad_row_of_a_large_file_is_found(table: Any, bad: str) -> None:
    text = "a,b\n" + "0.123456789,2.5\n" * 70_000 + bad + "1,2\n"
    for column in ("", "b"):
        with pytest.raises(CgError, match="line 70002"):
            table(text, column)


def test_one_bad_row_beside_another(table: Any) -> None:
    text = "a,b\n" + "0.123456789,2.5\n" * 70_000 + "1\n1,2,3\n"
    with pytest.raises(CgError, match=r"line 70002 of `x\.csv` has 1 cell"):
        table(text, "a")


@pytest.mark.parametrize("header", ["", "b,name,a\n"])
def test_a_table_is_read_in_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, header: str) -> None:
    monkeypatch.setattr(csv_file, "PART", 64)
    path = tmp_path / "x.csv"
    path.write_text(header + "".join(f"{row},x{row},{row / 7}\n" for row in range(10)))
    found = csv_file.CsvFile(str(path))
    assert (found.header, found.width) == (header.strip().split(",") if header else None, 3)
    numbers, bad = found.table([2, 0], None)
    assert same(numbers, np.column_stack([np.arange(10) / 7, np.arange(10)]))
    assert bad is None


@given(
    st.lists(
        st.tuples(st.text(st.characters(exclude_characters="\r")), st.none() | st.floats(allow_nan=False))
    )
)
def test_a_table_that_is_written_reads_back(rows: list[tuple[str, float | None]]) -> None:
    stream = io.StringIO()
    CsvSink(stream, ["name", "x"], repr).write([[name for name, _ in rows], [x for _, x in rows]], None)
    found = list(csv.reader(io.StringIO(stream.getvalue(), newline="")))
    assert found[0] == ["name", "x"]
    assert [(name, float(x) if x else None) for name, x in found[1:]] == rows
