"""Numbers of rows that no double holds, or which doubles cannot tell apart: said, whatever they stand in."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet as pq
import pytest

from tests.cg import CG, cg

WHOLE = {
    "uint64": [2**64 - 1, 5, 2**53 + 1, 2**63],
    "int64": [-(2**63), 5, -(2**53) - 1, 2**63 - 1],
}


@pytest.mark.parametrize("ending", ["npz", "parquet", "arrow", "csv", "jsonl"])
@pytest.mark.parametrize("kind", WHOLE)
def test_whole_numbers_between_doubles_are_told_once_and_counted(
    kind: str, ending: str, tmp_path: Path
) -> None:
    cells, path = WHOLE[kind], tmp_path / f"t.{ending}"
    if ending == "npz":
        np.savez(path, x=np.array(cells, kind))
    elif ending == "parquet":
        pq.write_table(pa.table({"x": pa.array(cells, kind)}), path)
    elif ending == "arrow":
        pyarrow.feather.write_feather(pa.table({"x": pa.array(cells, kind)}), path)
    else:
        wrapped = ["x", *map(str, cells)] if ending == "csv" else [f'{{"x": {cell}}}' for cell in cells]
        path.write_text("\n".join(wrapped) + "\n")
    found = cg("eval", "x", "--data", path.name, cwd=tmp_path)
    assert [float(line) for line in found.out.splitlines()[1:]] == [float(cell) for cell in cells]
    assert found.err.startswith(f"warning: `{path.name}` has 2 numbers that no double holds: the first is")
    assert found.err.count("warning") == 1


@pytest.mark.parametrize(
    ("points", "status", "told"),
    [
        ("1e16:1e16+4:1", 2, "doubles are 2 apart there, and steps of 1 are smaller"),
        ("-1e16-4:-1e16:1", 2, "steps of 1 are smaller"),
        ("1e16:1e16+4:2", 0, "x,f\n1e+16,1e+16\n1.0000000000000002e+16,"),
        ("1e16:1e16:1", 0, "x,f\n1e+16,1e+16\n"),
        ("0:1e-323:5e-324", 0, "x,f\n0,0\n5e-324,5e-324\n1e-323,1e-323\n"),
        ("1:0:-0.5", 0, "x,f\n1,1\n0.5,0.5\n0,0\n"),
        ("1:0:0.1", 2, "do not lead to 0"),
        ("0:1:0", 2, "the step is 0"),
    ],
)
def test_points_of_a_range_are_apart(points: str, status: int, told: str) -> None:
    found = cg("eval", "x", "--over", f"x={points}")
    assert (found.status, told in found.out + found.err) == (status, True), found


@pytest.mark.parametrize(
    ("text", "rows"), [("x\n", 0), ("x\n1", 1), ("x,y\n1,2\n3,4", 2), ("\ufeffx\n1\n2\n", 2)]
)
def test_a_plan_tells_of_how_many_rows(text: str, rows: int, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(text)
    found = cg("plan", "x", "--data", "t.csv", cwd=tmp_path)
    assert f"rows        about {rows}\n" in found.out


def test_a_file_that_is_packed_otherwise_is_unpacked_before(tmp_path: Path) -> None:
    (tmp_path / "t.csv.bz2").write_bytes(b"BZh9")
    found = cg("eval", "x", "--data", "t.csv.bz2", cwd=tmp_path)
    assert (found.status, "comes in by a pipe: `bzcat t.csv.bz2 | cg ...`" in found.err) == (2, True), found


def test_a_file_that_becomes_shorter_while_it_is_read_is_an_error(tmp_path: Path) -> None:
    source, target = tmp_path / "t.csv", tmp_path / "o.csv"
    source.write_text("x\n" + f"{'1' * 40}\n" * 1_500_000)
    job = subprocess.Popen(
        [CG, "eval", "sin(x)", "--data", source, "--out", target, "--threads", "1"],
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    deadline = time.monotonic() + 60
    while not any(path.stat().st_size for path in tmp_path.glob(".o.csv*")):
        assert job.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.002)
    os.truncate(source, 100)
    _, told = job.communicate()
    assert (job.returncode, target.exists()) == (2, False), told
    assert f"`{source}` has become shorter while it was read" in told


def test_a_table_may_have_no_columns(tmp_path: Path) -> None:
    pq.write_table(pa.table({}), tmp_path / "t.parquet")
    assert cg("eval", "1", "--data", "t.parquet", cwd=tmp_path).out == "f\n"
    found = cg("eval", "x", "--data", "t.parquet", cwd=tmp_path)
    assert (found.status, "give it one: x=VALUE; there are no columns" in found.err) == (3, True), found
