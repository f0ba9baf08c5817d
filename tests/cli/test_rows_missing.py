"""Cells that are missing: what is handed on of their rows, and which rows a condition keeps."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.cg import cg

A, B, C = [1.5, None, 4.0], [2.0, 3.0, None], ["x", "y", None]


@pytest.fixture
def tables(tmp_path: Path) -> Path:
    """The same table in several forms, with a decimal comma, too."""
    table = pa.table({"a": A, "b": B, "c": C})
    pq.write_table(table, tmp_path / "t.parquet")
    with pa.ipc.new_file(str(tmp_path / "t.arrow"), table.schema) as file:
        file.write_table(table)
    rows = table.to_pylist()
    (tmp_path / "t.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    lines = [",".join("" if row[name] is None else str(row[name]) for name in "abc") for row in rows]
    (tmp_path / "t.csv").write_text("\n".join(["a,b,c", *lines]) + "\n")
    (tmp_path / "comma.csv").write_text("a;b;c\n1,5;2;x\n;3,0;y\n4;NA;\n")
    return tmp_path


def read(path: Path) -> dict[str, list[Any]]:
    """The numbers and texts of a file, by column; None where there is nothing."""
    if path.suffix == ".jsonl":
        rows = [json.loads(line) for line in path.read_text().splitlines()]
        return {name: [row[name] for row in rows] for name in rows[0]}
    if path.suffix == ".npz":
        found = {name: column.tolist() for name, column in np.load(path).items()}
        return {name: [None if x != x or x == "" else x for x in column] for name, column in found.items()}
    table = pq.read_table(path) if path.suffix == ".parquet" else pa.ipc.open_file(str(path)).read_all()
    return table.to_pydict()  # type: ignore[no-any-return]


@pytest.mark.parametrize("command, columns", [("eval", ["f"]), ("grad", ["f", "df/da", "df/db"])])
@pytest.mark.parametrize("sink", [".parquet", ".arrow", ".jsonl", ".npz"])
@pytest.mark.parametrize("source", ["t.csv", "comma.csv", "t.parquet", "t.arrow", "t.jsonl"])
def test_good_cells_of_rows_without_an_answer_are_handed_on(
    tables: Path, source: str, sink: str, command: str, columns: list[str]
) -> None:
    out = tables / f"o{sink}"
    done = cg(
        command, "a*b", "--data", str(tables / source), "--bad", "null", "--keep", "all", "--out", str(out)
    )
    assert (done.status, "2 missing cells, without an answer" in done.err) == (0, True), done
    found = read(out)
    assert (found["a"], found["b"]) == (A, B)
    assert [x or None for x in found["c"]] == C
    assert [found[name][0] for name in columns] == [3.0, 2.0, 1.5][: len(columns)]
    assert [found[name][1:] for name in columns] == [[None, None]] * len(columns)


CONDITIONS = [  # a program, a condition, and the places of the rows that it keeps
    ("a", "b > 2", [1]),  # whatever else is missing
    ("a*b", "b > 2", [1]),
    ("a", "b > 0", [0, 1]),
    ("a", "a > 0 and b > 0", [0]),
    ("a*b", "a > 1", [0, 2]),
    ("a*b", "not (b > 2)", [0]),
    ("s = 2*b; a", "s > 4", [1]),
    ("b = 1; a", "b > 0", [0, 1, 2]),
    ("a*b", "1 > 0", [0, 1, 2]),
    ("a*b", "0 > 1", []),
    ("y = 0; while y < a { y += 1 }; y", "b > 2", [1]),
    ("y = 0; while y < a { y += 1 }; y", "a > 1", [0, 2]),
    ("y = 0; while y < a { y += b }; y", "y > 1", [0]),  # what it sets has no value there
]


@pytest.mark.parametrize("engine", ["plain", "kernel"])
@pytest.mark.parametrize("source", ["t.csv", "t.parquet", "t.jsonl"])
@pytest.mark.parametrize("program, where, kept", CONDITIONS)
def test_a_condition_asks_for_its_own_columns_alone(
    tables: Path, source: str, program: str, where: str, kept: list[int], engine: str
) -> None:
    data = ["--data", str(tables / source), "--where", where, "--engine", engine]
    done = cg("eval", program, *data, "--bad", "null", "--keep", "c")
    assert done.status == 0, done
    cells = [line.split(",")[0] or None for line in done.out.splitlines()[1:]]
    assert cells == [C[place] for place in kept]


UNASKED = [  # a program that has no answer in row 1, a condition, and the rows that are kept; None: an error
    ("inv([[a, 1], [1, 1]])", "a > 1", 2),
    ("inv([[a, 1], [1, 1]])", "a > 0", None),
    ("m = inv([[a, 1], [1, 1]]); m", "m[0, 0] > 0", None),
    ("m = a + 1; inv([[a, 1], [1, 1]])", "m > 2", 2),
    ("y = 0; while y >= 0 and a < 2 { y += 1 }; y", "a > 1", 2),
    ("y = 0; while y >= 0 and a < 2 { y += 1 }; y", "y > 1", None),
    ("y = 0; while y >= 0 and a < 2 { y += 1 }; y", "a > 5", 0),
    ("zero(s^2 + 2 - a, s, 1)", "a > 2", 1),
]


@pytest.mark.parametrize("engine", ["plain", "kernel"])
@pytest.mark.parametrize("program, where, count", UNASKED)
def test_what_a_condition_leaves_out_need_have_no_answer(
    program: str, where: str, count: int | None, engine: str, tmp_path: Path
) -> None:
    (tmp_path / "t.csv").write_text("a\n1\n2\n3\n")
    given = [program, "--data", "t.csv", "--where", where, "--max-ops", "1000", "--engine", engine]
    done = cg("eval", *given, cwd=tmp_path)
    assert (done.status == 0, done.out.count("\n")) == ((False, 0) if count is None else (True, 1 + count)), (
        done
    )
    counted = cg("eval", *given, "--reduce", "count", cwd=tmp_path)
    assert counted.out == ("" if count is None else f"count\n{count}\n")
