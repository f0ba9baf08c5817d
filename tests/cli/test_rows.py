"""`cg eval` and `cg grad` over rows, as they are typed."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import subprocess
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import cgcli
from cgcli.kernels.machine import lanes
from tests.cg import CG, Result, cg, hears_interrupts

TABLE = "id,x,y,group\na,1,2,u\nb,3,4,v\nc,5,6,u\n"


@pytest.fixture
def table(tmp_path: Path) -> str:
    path = tmp_path / "t.csv"
    path.write_text(TABLE)
    return str(path)


def out(result: Result) -> list[str]:
    assert result.status == 0, result
    return result.out.splitlines()


ANSWERS = [
    (["eval", "x*y"], "f;2;12;30"),
    (["eval", "p = x + y; q = x*y"], "p,q;3,2;7,12;11,30"),
    (["eval", "x*y", "--keep", "id"], "id,f;a,2;b,12;c,30"),
    (["eval", "x*y", "--keep", "all"], "id,x,y,group,f;a,1,2,u,2;b,3,4,v,12;c,5,6,u,30"),
    (["grad", "x*y"], "f,df/dx,df/dy;2,2,1;12,4,3;30,6,5"),
    (["grad", "a*x^2", "a=3"], "f,df/dx;3,6;27,18;75,30"),
    (["grad", "a*x^2", "a=3", "--wrt", "a"], "f,df/da;3,1;27,9;75,25"),
    (["eval", "x + y", "y=10"], "f;11;13;15"),
    (["eval", "input y = 1; x + y"], "f;3;7;11"),
    (["eval", "y = 2*x; y + 1"], "f;3;7;11"),
    (["eval", "x", "--where", "y > 2"], "f;3;5"),
    (["eval", "x", "--where", "log(x - 2) > -9"], "f;3;5"),
    (["eval", "z = x^2; w = z + 1", "--where", "z > 1"], "w;10;26"),
    (["eval", "x*y", "--reduce", "sum"], "f;44"),
    (["eval", "x*y", "--reduce", "mean"], "f;14.666666666666666"),
    (["eval", "x", "--reduce", "min"], "f;1"),
    (["eval", "x; y", "--reduce", "max"], "f1,f2;5,6"),
    (["eval", "x", "--reduce", "count", "--where", "x > 1"], "count;2"),
    (["eval", "x*y", "--reduce", "sum", "--by", "group"], "group,f;u,32;v,12"),
    (["eval", "x", "--reduce", "count", "--by", "group"], "group,count;u,2;v,1"),
    (["grad", "a*x^2 + b", "a=2", "b=1", "--reduce", "sum"], "f,df/da,df/db;73,35,3"),
    (["grad", "a*x^2", "a=2", "--reduce", "mean", "--by", "group"], "group,f,df/da;u,26,13;v,18,9"),
    (["grad", "(a*x - 3)^2", "a=1", "--reduce", "min"], "f,df/da;0,0"),
    (["eval", "[x, 2*y]"], "f[0],f[1];1,4;3,8;5,12"),
    (["grad", "sum(W*[x, y])", "W=[1, 2]", "--wrt", "W", "--reduce", "sum"], "f,df/dW[0],df/dW[1];33,9,12"),
    (["eval", "2"], "f;2;2;2"),
    (["eval", "u = x; v = y", "--show", "u"], "u;1;3;5"),
    (["eval", "1/x", "--digits", "3"], "f;1;0.333;0.2"),
]


@pytest.mark.parametrize("engine", ["auto", "kernel", "plain"])
@pytest.mark.parametrize("arguments, right", ANSWERS, ids=[" ".join(arguments) for arguments, _ in ANSWERS])
def test_answers(arguments: list[str], right: str, engine: str, table: str) -> None:
    found = out(cg(*arguments, "--data", table, "--engine", engine))
    assert ";".join(found).replace('"', "") == right


RANGES = [
    (["eval", "x^2", "--over", "x=0:1:0.25"], "x,f;0,0;0.25,0.0625;0.5,0.25;0.75,0.5625;1,1"),
    (["eval", "x", "--over", "x=0:0.3:0.1"], "x,f;0,0;0.1,0.1;0.2,0.2;0.3,0.3"),
    (["eval", "x", "--over", "x=0:1:0.4"], "x,f;0,0;0.4,0.4;0.8,0.8"),
    (["eval", "x", "--over", "x=3:1:-1"], "x,f;3,3;2,2;1,1"),
    (["eval", "x", "--over", "x=[1, 4]"], "x,f;1,1;4,4"),
    (["eval", "x*y", "--over", "x=1:2:1", "--over", "y=[3, 5]"], "x,y,f;1,3,3;1,5,5;2,3,6;2,5,10"),
    (["eval", "cos(x)", "--over", "x=0:2pi:pi"], "x,f;0,1;3.141592653589793,-1;6.283185307179586,1"),
    (["grad", "a*x", "--over", "x=1:3:1", "a=2", "--reduce", "sum"], "f,df/da;12,6"),
    (["eval", "a*x", "--over", "x=1:3:1", "a=2", "--reduce", "sum", "--by", "x"], "x,f;1,2;2,4;3,6"),
]


@pytest.mark.parametrize("arguments, right", RANGES, ids=[" ".join(arguments) for arguments, _ in RANGES])
def test_ranges(arguments: list[str], right: str) -> None:
    assert ";".join(out(cg(*arguments))) == right


ERRORS = [
    (["eval", "z"], 3, "give it one: z=VALUE; the columns are `id`, `x`, `y`, `group`"),
    (["eval", "grop"], 3, "did you mean `group`?"),
    (["eval", "x", "--keep", "idd"], 2, "--keep: there is no column `idd`"),
    (["eval", "x", "--where", "q"], 3, "<where>:1:1"),
    (["eval", "x", "--where", "x >"], 3, "<where>:1:"),
    (["eval", "id"], 2, "line 2 of `T` has `a` in column `id`, which is not a number"),
    (["eval", "assert x < 4; x"], 1, "assertion failed: x < 4, in row 3 of `T`"),
    (["eval", "x", "--by", "group"], 2, "needs --reduce"),
    (["eval", "x", "--over", "x=1:2:1"], 2, "not both"),
    (["eval", "x", "--lines"], 2, "--lines does not go with rows"),
    (["grad", "[x, y]"], 3, "only a number has a gradient"),
    (["grad", "a*x", "a=1", "--wrt", "x", "--reduce", "sum"], 2, "`x` is a column"),
    (["eval", "x", "--keep", "x,y", "--reduce", "sum"], 2, "--keep does not go with --reduce"),
    (["eval", "f = x", "--keep", "id", "--out", "t.xls"], 2, "does not end in"),
    (["eval", "x", "--types", "x=int"], 2, "is neither NAME=float nor"),
    (["eval", "y = x; y", "y=2"], 2, "is given a value by the program"),
    (["eval", "1/(x - 1)", "--strict"], 1, "1/(x - 1) is inf at x - 1 = 0, in row 1 of `T`"),
]


@pytest.mark.parametrize("arguments, status, message", ERRORS, ids=[" ".join(row[0]) for row in ERRORS])
def test_errors(arguments: list[str], status: int, message: str, table: str) -> None:
    found = cg(*arguments, "--data", table)
    assert found.status == status, found
    assert message.replace("`T`", f"`{table}`") in found.err


def test_options_of_rows_without_rows() -> None:
    for given in (
        ["--keep", "x"],
        ["--where", "x"],
        ["--reduce", "sum"],
        ["--out", "o.csv"],
        ["--threads", "2"],
    ):
        found = cg("eval", "x", "x=1", *given)
        assert (found.status, "--data FILE" in found.err) == (2, True)


RANGE_ERRORS = [
    (["eval", "x", "--over", "x=0:1"], "a range is START:STOP:STEP"),
    (["eval", "x", "--over", "x=0:1:0"], "the step is 0"),
    (["eval", "x", "--over", "x=0:1:-1"], "do not lead to 1"),
    (["eval", "x", "--over", "x=0:inf:1"], "finite numbers"),
    (["eval", "x", "--over", "x=0:1e300:1e-300"], "more than"),
    (["eval", "x", "--over", "x=3"], "a range or a vector"),
    (["eval", "x", "--over", "y=0:1:1"], "does not use `y`"),
    (["eval", "x", "--over", "x=0:1:1", "--over", "x=[1]"], "gives `x` values twice"),
    (["eval", "x", "--over", "x=0:1:1", "x=2"], "has a value from --over, and another one"),
]


@pytest.mark.parametrize("arguments, message", RANGE_ERRORS, ids=[row[0][-1] for row in RANGE_ERRORS])
def test_errors_of_ranges(arguments: list[str], message: str) -> None:
    found = cg(*arguments)
    assert found.status == 2, found
    assert message in found.err


def test_cells_that_are_none(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("x,y\n1,2\nNA,3\nabc,4\n5,6\n")
    found = cg("eval", "x + y", "--data", str(path), "--bad", "null", "--keep", "y")
    assert out(found) == ["y,f", "2,3", "3,", "4,", "6,11"]
    assert "1 missing cell and 1 that is no number" in found.err
    found = cg("grad", "x*y", "--data", str(path), "--bad", "drop")
    assert out(found) == ["f,df/dx,df/dy", "2,2,1", "30,6,5"]
    found = cg("eval", "x + y", "--data", str(path), "--bad", "null", "--format", "json")
    assert [json.loads(line)["f"] for line in out(found)] == [3, None, None, 11]
    found = cg("eval", "x", "--data", str(path), "--bad", "null", "--reduce", "sum")
    assert out(found) == ["f", "6"]


def test_a_missing_cell_of_a_column_that_is_not_in_use_is_nothing(table: str) -> None:
    assert cg("eval", "y", "--data", table).err == ""


@pytest.mark.parametrize("how, value", [("sum", ""), ("mean", ""), ("min", ""), ("max", ""), ("count", 6)])
@pytest.mark.parametrize("by", [[], ["--by", "g"]])
def test_totals_that_are_not_finite(how: str, value: object, by: list[str], tmp_path: Path) -> None:
    """No library tells of them."""
    path = tmp_path / "t.csv"
    path.write_text("x,g\n" + "inf,1\n-inf,1\n1e300,1\n-1e300,1\n0,1\nnan,1\n")
    found = cg("eval", "x^3 + 0*log(x)", "--data", str(path), "--reduce", how, *by, "--format", "json")
    assert json.loads(out(found)[-1])["count" if how == "count" else "f"] == (value or "NaN")
    slopes = ["grad", "a*x^3", "a=1e10", "--wrt", "a", "--data", str(path)]
    assert out(cg(*slopes, "--reduce", how, *by))


@pytest.mark.parametrize("of", ["x", "y"])
@pytest.mark.parametrize("text", ["log(y - 4) + diff(x < 1, x)", "t = x^2; log(y - 4) + diff(y, x)"])
def test_a_column_that_nothing_needs(text: str, of: str, table: str) -> None:
    found = cg("eval", text, "--data", table, "--keep", of)
    assert out(found)[0] == f"{of},f"
    assert found.err.startswith("warning: log(y - 4) is nan at y - 4 = -2, in row 1 of")
    found = cg("eval", f"assert y > 2; {text}", "--data", table, "--keep", of)
    assert (found.status, "in row 1 of" in found.err) == (1, True)


@pytest.mark.parametrize("engine", ["auto", "kernel", "python", "plain"])
@pytest.mark.parametrize("text, f", [
    ("max(x, 1) + grad(a, y)", 4), ("abs(x) + diff(a*y, a) - y", 4), ("floor(x) + grad(a, y)", 4),
    ("x - 3.9999999999 + grad(a, y)", 1e-10), ("if x == 4 then 1 else grad(a, y)", 1),
])  # fmt: skip
def test_columns_that_only_a_derivative_of_0_names(text: str, f: float, engine: str, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a,x,y\n2,4,5\n")
    for command in ("eval", "grad"):
        found = cg(command, text, "--data", str(path), "--engine", engine)
        assert found.status == 0
        assert float(out(found)[1].split(",")[0]) == pytest.approx(f)


@pytest.mark.parametrize("engine", ["auto", "kernel", "python", "plain"])
def test_tables_without_rows(engine: str, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("x,g\n")
    line = ["--data", str(path), "--engine", engine]
    assert out(cg("grad", "x^2", *line)) == ["f,df/dx"]
    assert out(cg("eval", "x", *line, "--reduce", "sum")) == ["f", "0"]
    assert out(cg("eval", "x", *line, "--reduce", "count")) == ["count", "0"]
    assert out(cg("eval", "x", *line, "--reduce", "mean", "--by", "g")) == ["g,f"]
    for how in ("mean", "min", "max"):
        found = cg("eval", "x", *line, "--reduce", how)
        assert (found.status, f"there are no rows, and so no {how}" in found.err) == (1, True)
    cg("eval", "x", *line, "--out", str(tmp_path / "o.parquet"))
    assert pq.read_table(tmp_path / "o.parquet").column_names == ["f"]


def test_names_between_backquotes(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("petal length,unit (€),if\n2,3,4\n")
    program = "`petal length`*`unit (€)` + `if`"
    found = out(cg("grad", program, "--data", str(path), "--wrt", "petal length", "--keep", "petal length"))
    assert found == ["petal length,f,df/dpetal length", "2,10,3"]
    assert out(cg("eval", program, "`petal length`=2", "`unit (€)`=3", "`if`=4")) == ["10"]
    assert out(cg("diff", "`a b`^2")) == ["`df_da b` = 2*`a b`"]
    assert out(cg("eval", "`x` + x", "x=1")) == ["2"]


def test_a_column_called_like_a_constant_is_used_with_a_warning(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("e,x\n2,3\n")
    found = cg("eval", "e*x", "--data", str(path))
    assert out(found) == ["f", "6"]
    assert "`e` is the column of that name here" in found.err


def test_stdin_is_a_table_too() -> None:
    assert out(cg("eval", "x*y", "--data", "-", stdin=TABLE)) == ["f", "2", "12", "30"]
    found = cg("eval", "x", "--data", "-", "--data-format", "jsonl", stdin='{"x": 1}\n{"x": 2}\n')
    assert out(found) == ["f", "1", "2"]


@pytest.mark.parametrize(
    "ending", ["csv", "tsv", "jsonl", "parquet", "arrow", "npz", "csv.gz", "tsv.zst", "jsonl.gz", "jsonl.zst"]
)
def test_what_is_written_is_read_again(ending: str, table: str, tmp_path: Path) -> None:
    path = str(tmp_path / f"o.{ending}")
    assert cg("grad", "[x, y] @ [y, 1]", "--data", table, "--keep", "x,y", "--out", path).out == ""
    found = out(cg("eval", "input `f`; `df/dx` + `f`*x", "--data", path))
    assert found == ["out", "6", "52", "186"]


def test_parquet_keeps_types(table: str, tmp_path: Path) -> None:
    path = str(tmp_path / "o.parquet")
    cg("eval", "[x, y]", "--data", table, "--keep", "id", "--out", path)
    found = pq.read_table(path)
    assert str(found.schema.field("id").type) == "string"
    assert found.column("f").to_pylist() == [[1, 2], [3, 4], [5, 6]]


def test_arrays_of_npz_are_rows(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=np.arange(6.0).reshape(3, 2), y=np.array([1, 2, 3]))
    path = str(tmp_path / "a.npz")
    assert out(cg("grad", "input x: [2]; sum(x^2)*y", "--data", path)) == [
        "f,df/dx[0],df/dx[1],df/dy", "1,0,2,1", "26,8,12,13", "123,24,30,41",
    ]  # fmt: skip
    found = cg("eval", "input x: [3]; sum(x)", "--data", path)
    assert (found.status, "declared [3]" in found.err) == (2, True)


def test_a_file_is_whole_or_not_there(table: str, tmp_path: Path) -> None:
    path = tmp_path / "o.csv"
    path.write_text("old\n")
    assert cg("eval", "assert x < 4; x", "--data", table, "--out", str(path)).status == 1
    assert path.read_text() == "old\n"
    assert sorted(os.listdir(tmp_path)) == ["o.csv", "t.csv"]
    found = cg("eval", "x", "--data", table, "--out", table)
    assert (found.status, "cannot be written at the same time" in found.err) == (2, True)
    found = cg("eval", "x", "--data", table, "--out", str(tmp_path / "none" / "o.csv"))
    assert (found.status, "cannot write" in found.err) == (2, True)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_who_is_stopped_leaves_no_half_file(number: int, tmp_path: Path) -> None:
    path = tmp_path / "o.csv"
    command = [CG, "eval", "sin(x)*y", "--over", "x=0:1000:0.001", "--over", "y=0:100:1", "--out", str(path)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, preexec_fn=hears_interrupts) as process:
        deadline = time.monotonic() + 60
        while not os.listdir(tmp_path) and time.monotonic() < deadline:
            time.sleep(0.01)
        process.send_signal(number)
        _, told = process.communicate(timeout=60)
    assert process.returncode != 0
    assert not path.exists()
    assert b"Traceback" not in told
    assert number == signal.SIGKILL or os.listdir(tmp_path) == []


def test_head_ends_it() -> None:
    command = f"{CG} eval x --over x=0:1e9:1 | head -3"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == ("x,f\n0,0\n1,1\n", "")


def test_on_a_terminal_columns_are_aligned_and_cut(tmp_path: Path) -> None:
    master, slave = pty.openpty()
    program = "a1 = x; a2 = 10*x; " + "; ".join(f"column{i} = x*{i}" for i in range(12))
    environment = {**os.environ, "COLUMNS": "40", "TERM": "xterm"}
    with subprocess.Popen(
        [CG, "eval", program, "--over", "x=9:10:1"], stdout=slave, env=environment
    ) as process:
        process.wait(60)
    os.close(slave)
    text = b""
    while select.select([master], [], [], 0.2)[0]:
        try:
            text += os.read(master, 10_000)
        except OSError:
            break
    os.close(master)
    lines = text.decode().splitlines()
    assert [line.split()[:3] for line in lines[:3]] == [
        ["x", "a1", "a2"],
        ["9", "9", "90"],
        ["10", "10", "100"],
    ]
    assert all(len(line) <= 40 for line in lines[:3])
    assert "not shown" in lines[3]


def test_plan_says_what_becomes_of_rows(table: str) -> None:
    found = out(cg("plan", "sin(x)*a", "--data", table, "a=2", "--grad"))
    told = dict(line.split(None, 1) for line in found)
    assert told["columns"] == "x (of 4)"
    assert told["answer"] == "f, df/dx"
    record = json.loads(cg("plan", "gamma(x)", "--data", table, "--style", "json", "--engine", "kernel").out)
    assert (record["engine"], record["reason"]) == ("plain", "kernels have no `gamma`")


def test_the_function_of_record_batches_gives_the_same_rows(table: str) -> None:
    import pickle

    import pyarrow.csv as pc

    whole = pc.read_csv(table)
    rows = pickle.loads(
        pickle.dumps(cgcli.Rows("a*x*y", whole.schema, {"a": 2}, derivatives=True, keep=["id"]))
    )
    found = pa.Table.from_batches(rows(whole.to_batches()), rows.schema)
    assert found.column_names == ["id", "f", "df/dx", "df/dy"]
    assert found.to_pylist()[1] == {"id": "b", "f": 24.0, "df/dx": 8.0, "df/dy": 6.0}


def test_the_function_of_record_batches_makes_totals() -> None:
    """In memory as well, and by machine code where there are many rows, of whose number nothing is known."""
    rng, count = np.random.default_rng(4), 300_000
    x, g = rng.normal(size=count), rng.choice(["u", "v"], count)
    whole = pa.table({"x": x, "g": g})
    for by in ([], ["g"]):
        rows = cgcli.Rows("(x - a)^2", whole.schema, {"a": 0.5}, derivatives=True, reduce="mean", by=by)
        (found,) = rows(whole.to_batches(max_chunksize=100_000))
        assert found.schema == rows.schema
        assert found.schema.names == [*by, "f", "df/da"]
        for row in found.to_pylist():
            part = x if not by else x[g == row["g"]]
            assert row["f"] == pytest.approx(np.mean((part - 0.5) ** 2), rel=1e-13)
            assert row["df/da"] == pytest.approx(-2 * np.mean(part - 0.5), rel=1e-12)
        engine = rows._function.rows
        assert bool(engine.kernel() if by else engine._totals) == bool(lanes())
