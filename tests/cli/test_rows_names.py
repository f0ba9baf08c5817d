"""What columns of the answer are called, and what they hold."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.cg import cg

NAMES = [  # a program, what is handed on, and what the columns of the answer are called
    ("eval x", "x", "x,f"),
    ("eval x", "f", "f,out"),
    ("grad x^2", "f", "f,out,dout/dx"),
    ("grad x^2", "df/dx", "df/dx,out,dout/dx"),
    ("grad x^2;x", "f", "f,f1,df1/dx,f2,df2/dx"),
    ("eval [x,x]", "f", "f,out[0],out[1]"),
    ("eval f+x", "x", "x,out"),
    ("eval y=0;while\ty<x{y+=1};2*y", "f", "f,out"),
]


@pytest.mark.parametrize("command, kept, names", NAMES)
def test_an_unnamed_output_is_called_unlike_what_is_handed_on(
    command: str, kept: str, names: str, tmp_path: Path
) -> None:
    (tmp_path / "t.csv").write_text("x,f,df/dx\n1,2,3\n")
    done = cg(*command.split(" "), "--data", "t.csv", "--keep", kept, cwd=tmp_path)
    assert done.out.partition("\n")[0] == names, done
    if command.startswith("eval"):
        done = cg(*command.split(" "), "--data", "t.csv", "--by", kept, "--reduce", "sum", cwd=tmp_path)
        assert done.out.partition("\n")[0] == names, done


@pytest.mark.parametrize("options", [[], ["--by", "b"], ["--where", "a > 9"]])
def test_a_count_is_a_whole_number(options: list[str], tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b\n1,2\n2,2\n")
    given = ["eval", "a", "--data", "t.csv", "--reduce", "count", *options]
    assert cg(*given, "--out", "o.parquet", cwd=tmp_path).status == 0
    found = pq.read_table(tmp_path / "o.parquet")["count"]
    count = 0 if "--where" in options else 2
    assert (found.type, found.to_pylist()) == (pa.int64(), [count])
    assert cg(*given, "--format", "json", cwd=tmp_path).out.endswith(f'"count": {count}}}\n')


@pytest.mark.parametrize("ending", ["csv", "jsonl", "npz"])
def test_bytes_that_are_no_text_stay_apart(ending: str, tmp_path: Path) -> None:
    pq.write_table(pa.table({"b": [b"\xff", b"\xfe", b"a"], "x": [1, 2, 3]}), tmp_path / "t.parquet")
    given = ["eval", "x", "--data", "t.parquet", "--keep", "b", "--out", f"o.{ending}"]
    assert cg(*given, cwd=tmp_path).status == 0
    found = cg("eval", "f", "--data", f"o.{ending}", "--keep", "b", cwd=tmp_path)
    assert found.out == "b,out\n\\xff,1\n\\xfe,2\na,3\n"
    grouped = ["eval", "x", "--data", "t.parquet", "--by", "b", "--reduce", "sum"]
    assert cg(*grouped, cwd=tmp_path).out == "b,f\n\\xff,1\n\\xfe,2\na,3\n"
