"""Tables read in batches: two readers of CSV give the same rows and the same errors."""

from __future__ import annotations

import csv
import datetime
import decimal
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cgcli.data import csv_file
from cgcli.data.dataset import Table
from cgcli.diagnostics import CgError


def read(
    path: Path | str, use: list[str], keep: list[str], bad: str | None = None, forced: tuple[str, ...] = ()
) -> tuple[dict[str, list[Any]], dict[str, list[Any]], list[bool]]:
    """All rows of a table: numbers, columns that are handed on, and which rows lack a number."""
    table = Table([str(path)], None, 2, forced)
    numbers: dict[str, list[Any]] = {name: [] for name in use}
    kept: dict[str, list[Any]] = {name: [] for name in keep}
    missing: list[bool] = []
    for batch in table.batches(use, keep, bad):
        for name in use:
            numbers[name] += batch.numbers[name].tolist()
        for name in keep:
            column = batch.kept[name]
            kept[name] += column if isinstance(column, list) else column.tolist()
        missing += [False] * batch.count if batch.missing is None else batch.missing.tolist()
    return numbers, kept, missing


@pytest.fixture(params=["python", "pyarrow"])
def reader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both readers of CSV; small parts, so that there are several."""
    monkeypatch.setattr(csv_file, "LARGE", 0 if request.param == "pyarrow" else 2**60)
    monkeypatch.setattr(csv_file, "PART", 64)
    return str(request.param)


# A text, the columns in use, and the numbers; None is a cell that is missing or no number.
TABLES: list[tuple[str, dict[str, list[float | None]]]] = [
    ("x,y\n1,2\n3,4\n", {"x": [1, 3], "y": [2, 4]}),
    ("x,y\r\n1,2\r\n3,4", {"x": [1, 3], "y": [2, 4]}),
    ("x,y\r1,2\r3,4\r", {"x": [1, 3]}),
    ("\ufeffx,y\n1,2\n", {"x": [1]}),
    ("x;y\n1,5;2\n-3,25;4\n", {"x": [1.5, -3.25], "y": [2, 4]}),
    ("x\ty\n1\t2\n", {"y": [2]}),
    ('day|x|town\n1988-01-01|1.5|New York, NY\n1988-01-02||"a|b"\n', {"x": [1.5, None]}),
    ("x,y|z\n1,2|3\n4,5|6\n", {"x": [1, 4]}),
    ('name,x\n"a, b",1\n"two\nlines",2\n"""q""",3\n', {"x": [1, 2, 3]}),
    ("x,y\n\n1,2\n\n\n3,4\n  \n5,6\n", {"x": [1, 3, 5]}),
    ("x,y\n 1 ,2\n\t3,4\n", {"x": [1, 3]}),
    ("x\n1e3\n-2.5E-3\n.5\n5.\n+4\n0x10\ntrue\nFALSE\n", {"x": [1000, -0.0025, 0.5, 5, 4, 16, 1, 0]}),
    ("x\nnan\ninf\n-Infinity\n+inf\n", {"x": [np.nan, np.inf, -np.inf, np.inf]}),
    ("x,y\nNA,1\n,2\nn/a,3\n#N/A,4\nNULL,5\n7,6\n", {"x": [None, None, None, None, None, 7]}),
    ("x,y\nabc,1\n2024-01-02,2\n1_000,3\n12:30,4\n7,5\n", {"x": [None, None, None, None, 7]}),
    ("x\n0.1\n1e-400\n1e400\n9007199254740993\n", {"x": [0.1, 0, np.inf, 9007199254740992]}),
    ("a b,größe,if\n1,2,3\n", {"a b": [1], "größe": [2], "if": [3]}),
    ("x," * 30 + "z\n" + "1," * 30 + "2\n", {"z": [2]}),
    ("x\n" + "1.25\n" * 500, {"x": [1.25] * 500}),
    ('x,"a\nb"\n1,2\n', {"a\nb": [2]}),
    ("x,y\n1,2\n3\n4,5,6\n7,8\n", {"x": [1, None, None, 7], "y": [2, None, None, 8]}),
    ("x,y\n" + "1,2\n" * 40 + "3\n" + "4,5\n" * 40, {"x": [1] * 40 + [None] + [4] * 40}),
    ("x\n1\n\n3\n\n\n", {"x": [1, None, 3]}),
    ("x\n1\n" + "\n" * 100 + "3\r\n \r\n4\n", {"x": [1, *[None] * 100, 3, None, 4]}),
    ('\n\nx\n\n1\n""\n', {"x": [None, 1, None]}),
    ("sep=;\nx;y\n1,5;2\n3;4\n", {"x": [1.5, 3], "y": [2, 4]}),
    ('"sep=|"\r\nx|y\r\n1.5|2\r\n', {"x": [1.5], "y": [2]}),
    ("\ufeffSEP=,\nx,y\n1,2\n", {"x": [1]}),
    ("x;y\n1.299;2\n2.5;3\n4.125;4\n", {"x": [1.299, 2.5, 4.125], "y": [2, 3, 4]}),
    ("x;y\n1.299;2,5\n3,5;4\n", {"x": [None, 3.5], "y": [2.5, 4]}),
    ("x;y\n" + "0.299;2\n" * 40 + "1,5;2\n1.299;3\n", {"x": [*[0.299] * 40, 1.5, None]}),
]


@pytest.mark.parametrize("text, right", TABLES)
def test_tables(text: str, right: dict[str, list[float | None]], tmp_path: Path, reader: str) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(text.encode())
    numbers, _, missing = read(path, [*right], [], "null")
    for row, gone in enumerate(missing):
        assert gone == any(column[row] is None for column in right.values())
    for name, column in right.items():
        wanted = [np.nan if cell is None else float(cell) for cell in column]
        assert np.array_equal(numbers[name], wanted, equal_nan=True)


ERRORS = [
    ("x,y\n1,2\nNA,4\n", "x", "line 3 of `T` has a missing cell, `NA`, in column `x`"),
    ("x,y\n1,2\n\n,4\n", "x", "line 4 of `T` has an empty cell in column `x`"),
    ('x,y\n"1\n",2\nabc,4\n', "x", "line 4 of `T` has `abc` in column `x`, which is not a number"),
    ("x,y\n" + "1,2\n" * 100 + "3\n", "x", "line 102 of `T` has 1 cell, and line 1 has 2"),
    ("x,x\n1,2\n", "x", "`T` has 2 columns that are called `x`"),
    ('x,y\n"1,2\n', "x", "a quote is not closed"),
    ('x,y\n1,"2"\n' + "1,2\n" * 60 + '"3"4,5\n', "x", "in line 63 more text stands behind a closing quote"),
    ("x,y\n" + '"1","2"\n' * 60 + '5,"3"4"\n', "x", "in line 62 more text stands behind a closing quote"),
    ("", "x", "`T` is empty"),
    ("x,y\n1,2\n2024-01-02,1\n", "x", "line 3 of `T` has `2024-01-02` in column `x`"),
    ("x,y\n1,2\n3,4,5\n", "x", "line 3 of `T` has 3 cells, and line 1 has 2"),
    ("x\n1\n\n3\n", "x", "line 3 of `T` has an empty cell in column `x`"),
    ("sep=;\nx;y\n1;2\n;4\n", "x", "line 4 of `T` has an empty cell in column `x`"),
    ("x;y\n1,5;2\n1.299;4\n", "x", "line 3 of `T` has `1.299` in column `x`, which may have one of two"),
]

# A text, what is done with cells that are none, and what is told of them.
TOLD = [
    ("x,y\n1,2\n3\n4,5,6\n7,8\n", "drop", ["`T` has 2 rows of another length, left out"]),
    ("x,y\n1,2\n3\n", "null", ["`T` has 1 row of another length, without an answer"]),
    (
        "x,y\n1,2\n3\nNA,4\n", "drop",
        ["`T` has 1 missing cell, left out with its row, and 1 row of another length, left out"],
    ),
    ("x\n1\n\n3\n\n", "drop", ["`T` has 1 missing cell, left out with its row"]),
    ("x\n1\n\n\n", None, []),
    ("x;y\n1.299;2\n", None, ["`T` has `1.299`, whose point is read as a decimal one"]),
    (
        "x;y\n" + "1.299;2\n" * 40 + "1,5;2\n", None,
        ["`T` has `1.299`, whose point is read as a decimal one"],
    ),
    ("x;y\n1.299;2\n2.5;3\n", None, []),
    ("x;y\n0.299;2\n", None, []),
]  # fmt: skip


@pytest.mark.parametrize("text, bad, messages", TOLD)
def test_what_is_told_of_cells(
    text: str, bad: str | None, messages: list[str], tmp_path: Path, reader: str
) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(text.encode())
    table = Table([str(path)])
    for _ in table.batches(["x"], [], bad):
        pass
    assert [note.message.replace(f"`{path}`", "`T`") for note in table.notes()] == messages


@pytest.mark.parametrize("text, name, message", ERRORS)
def test_errors_name_the_place(text: str, name: str, message: str, tmp_path: Path, reader: str) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(text.encode())
    with pytest.raises(CgError) as error:
        read(path, [name], [])
    assert message.replace("`T`", f"`{path}`") in str(error.value)


def test_columns_that_are_handed_on_stay_as_they_stand(tmp_path: Path, reader: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text('id,x\n 007 ,1\n"a, ""b""",2\nNA,3\n,4\n')
    _, kept, _ = read(path, ["x"], ["id", "x"])
    assert kept["id"] == [" 007 ", 'a, "b"', "NA", ""]
    assert kept["x"] == ["1", "2", "3", "4"]


CELLS = st.one_of(
    st.floats(allow_nan=False, width=64).map(repr),
    st.integers(-(2**60), 2**60).map(str),
    st.sampled_from(
        ["", "NA", "abc", "true", "0x1f", " 1 ", "1_0", "inf", "-nan", "1e", "é", "1,5", "a\nb", '"', "'"]
    ),
)


@given(
    rows=st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=30),
    header=st.sampled_from([["x", "y", "z"], ["a b", "x,y", "z"], ["é", "1a", "if"], ["x", 'q"', "z\n2"]]),
    end=st.sampled_from(["\n", "\r\n"]),
    bom=st.booleans(),
)
def test_both_readers_agree_on_any_table(
    rows: list[tuple[str, ...]],
    header: list[str],
    end: str,
    bom: bool,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    stream = io.StringIO(newline="")
    csv.writer(stream, lineterminator=end).writerows([header, *rows])
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes((b"\xef\xbb\xbf" if bom else b"") + stream.getvalue().encode())
    found: list[Any] = []
    for large in (2**60, 0):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(csv_file, "LARGE", large)
            patch.setattr(csv_file, "PART", 50)
            try:
                numbers, kept, missing = read(path, [header[0], header[2]], [header[1]], "null")
                found.append(
                    (kept, missing, {name: np.array(column).tobytes() for name, column in numbers.items()})
                )
            except CgError as error:
                found.append(str(error))
    assert found[0] == found[1]
    if not isinstance(found[0], str):
        assert len(found[0][1]) == sum(any(cell.strip() for cell in row) for row in rows)


# Parquet and Arrow


def written(path: Path, table: pa.Table) -> Path:
    if path.suffix == ".parquet":
        pq.write_table(table, path)
    else:
        with pyarrow.ipc.new_file(str(path), table.schema) as file:
            file.write_table(table)
    return path


COLUMNS: list[tuple[pa.Array, list[float | None]]] = [
    (pa.array([1.5, None, float("nan")]), [1.5, None, float("nan")]),
    (pa.array([1, 2, None], pa.int8()), [1, 2, None]),
    (pa.array([2**53 + 1, 5, -(2**60)], pa.int64()), [2.0**53, 5, -(2.0**60)]),
    (pa.array([2**64 - 1, 5, 0], pa.uint64()), [2.0**64, 5, 0]),
    (pa.array([0.1, 0.5, 2], pa.float32()), [float(np.float32(0.1)), 0.5, 2]),
    (pa.array([True, False, None]), [1, 0, None]),
    (pa.array([decimal.Decimal("0.10"), None, decimal.Decimal("2.50")]), [0.1, None, 2.5]),
    (pa.array([1.0, 2.0, 1.0]).dictionary_encode(), [1, 2, 1]),
    (pa.array([None, None, None], pa.null()), [None, None, None]),
    (pa.array(["1", "x", None]), [None, None, None]),
]


@pytest.mark.parametrize("ending", ["parquet", "arrow"])
@pytest.mark.parametrize("column, right", COLUMNS, ids=[str(column.type) for column, _ in COLUMNS])
def test_types(ending: str, column: pa.Array, right: list[float | None], tmp_path: Path) -> None:
    if ending == "parquet" and column.type == pa.dictionary(pa.int32(), pa.float64()):
        column = column.dictionary_decode()  # which Parquet does not have for numbers
    path = written(tmp_path / f"t.{ending}", pa.table({"x": column}))
    numbers, _, missing = read(path, ["x"], [], "null")
    assert missing == [cell is None for cell in right]
    wanted = [np.nan if cell is None else float(cell) for cell in right]
    assert np.array_equal(numbers["x"], wanted, equal_nan=True)


def test_texts_are_numbers_where_that_is_forced(tmp_path: Path) -> None:
    path = written(tmp_path / "t.parquet", pa.table({"x": pa.array(["1", "0x10", "NA"])}))
    numbers, _, missing = read(path, ["x"], [], "null", ("x",))
    assert numbers["x"][:2] == [1, 16]
    assert missing == [False, False, True]


@pytest.mark.parametrize(
    "value", [datetime.date(2020, 1, 1), datetime.datetime(2020, 1, 1), datetime.time(1)]
)
def test_dates_and_times_are_errors(value: Any, tmp_path: Path) -> None:
    path = written(tmp_path / "t.parquet", pa.table({"x": pa.array([value])}))
    for bad in (None, "null", "drop"):
        with pytest.raises(CgError, match="dates or times"):
            read(path, ["x"], [], bad)


@pytest.mark.parametrize(
    "kind", [pa.list_(pa.float64()), pa.list_(pa.float64(), 2), pa.large_list(pa.int32())]
)
def test_lists_are_arrays(kind: pa.DataType, tmp_path: Path) -> None:
    path = written(tmp_path / "t.parquet", pa.table({"v": pa.array([[1, 2], None, [3, 4]], kind)}))
    assert Table([str(path)]).shapes(["v"]) == {"v": (2,)}
    numbers, _, missing = read(path, ["v"], [], "null")
    assert missing == [False, True, False]
    assert [numbers["v"][0], numbers["v"][2]] == [[1, 2], [3, 4]]


def test_a_list_of_another_length_is_an_error(tmp_path: Path) -> None:
    path = written(tmp_path / "t.parquet", pa.table({"v": pa.array([[1.0, 2], [1]])}))
    with pytest.raises(CgError, match=r"row 2 of `.*` has a list of another length in column `v`"):
        read(path, ["v"], [])


@pytest.mark.parametrize("name", ["t.parquet", "t.arrow", "t.npz", "t.csv.gz", "t.csv.zst", "t.jsonl.gz"])
def test_what_is_no_such_file_is_an_error(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"this is something else entirely\n" * 3)
    with pytest.raises(CgError) as error:
        read(tmp_path / name, ["x"], [])
    assert error.value.status == 2


def test_json_lines(tmp_path: Path) -> None:
    rows = [{"x": 1, "v": [1, 2], "s": "a"}, {"v": [3, 4], "x": 2.5}, {"x": "NaN", "v": [5, 6], "s": None}]
    path = tmp_path / "t.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)) + "\n\n")
    numbers, kept, missing = read(path, ["x", "v"], ["s"])
    assert numbers["v"] == [[1, 2], [3, 4], [5, 6]]
    assert kept["s"] == ["a", None, None]
    assert not any(missing)
    path.write_text('{"x": 1}\n{"x": }\n')
    with pytest.raises(CgError, match=r"line 2 of .* is not JSON"):
        read(path, ["x"], [])


def test_texts_of_json_are_no_numbers_unless_that_is_forced(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text('{"x": "5"}\n{"x": "NaN"}\n')
    with pytest.raises(CgError, match=r"line 1 of .* has `5` in `x`, which is not a number"):
        read(path, ["x"], [])
    assert read(path, ["x"], [], None, ("x",))[0]["x"][0] == 5


def test_files_are_one_table_by_name(tmp_path: Path) -> None:
    (tmp_path / "b.csv").write_text("y,x\n3,4\n")
    (tmp_path / "a.csv").write_text("x,y\n1,2\n")
    for name in (str(tmp_path), str(tmp_path / "*.csv")):
        assert read(name, ["x"], [])[0] == {"x": [1, 4]}
    (tmp_path / "c.csv").write_text("z\n3\n")
    with pytest.raises(CgError, match="has no column `x`"):
        read(str(tmp_path), ["x"], [])


@pytest.mark.parametrize("rows, name", [(100_000, "pyarrow"), (400_000, "pyarrow"), (10_000, "python")])
def test_large_files_are_read_by_pyarrow(rows: int, name: str, tmp_path: Path) -> None:
    """Those of more than a megabyte, however much of the first part is left when it is cut between rows."""
    path = tmp_path / "t.csv"
    path.write_text("x,y\n" + "0.125,-2.5e3\n" * rows)
    code = (
        "import sys; from cgcli.data.dataset import Table; table = Table([sys.argv[1]], None, 1, ());"
        "print(sum(batch.numbers['x'].sum() for batch in table.batches(['x'], [], None)));"
        "print('pyarrow' if 'pyarrow.csv' in sys.modules else 'python')"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [str(0.125 * rows), name]


def _strings(offsets: list[int], text: bytes) -> pa.Array:
    return pa.Array.from_buffers(
        pa.string(), len(offsets) - 1, [None, pa.py_buffer(np.array(offsets, np.int32)), pa.py_buffer(text)]
    )


BROKEN = [_strings([0, 2, 3], b"\xff\xfea"), _strings([0, 10**8, 5], b"hello"), _strings([0, 5, 2], b"hello")]


@pytest.mark.parametrize("column", BROKEN, ids=["no text", "beyond the end", "backwards"])
def test_texts_that_are_none_are_errors(column: pa.Array, tmp_path: Path) -> None:
    path = tmp_path / "t.arrow"
    with pa.ipc.new_file(path, pa.schema([("x", pa.float64()), ("t", pa.string())])) as file:
        file.write_batch(pa.record_batch([pa.array([1.0, 2.0]), column], names=["x", "t"]))
    with pytest.raises(CgError, match="cannot be read to its end"):
        read(path, ["x"], ["t"])
    assert read(path, ["x"], [])[0] == {"x": [1, 2]}


def test_names_that_are_no_text_are_errors(tmp_path: Path) -> None:
    path = tmp_path / "t.arrow"
    with pa.ipc.new_file(path, pa.schema([("größe", pa.float64())])) as file:
        file.write_batch(pa.record_batch([pa.array([1.0])], names=["größe"]))
    path.write_bytes(path.read_bytes().replace("ö".encode(), b"\xc3a"))
    with pytest.raises(CgError, match="is not an Arrow file"):
        read(path, ["x"], [])
