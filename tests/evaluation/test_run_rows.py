"""Rows of programs that run by what is in them."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from cgcli.kernels.machine import lanes
from tests.cg import cg
from tests.control.table import PROGRAMS as ROWS_OF

HALVES = "y = x; k = 0\nwhile y > 1 { y = y*a; k = k + 1 }\ny; k"


@pytest.mark.parametrize("engine", ["auto", "plain", "kernel"])
def test_each_row_has_its_own_path(engine: str) -> None:
    found = cg("grad", HALVES, "a=0.5", "--over", "x=1:5:2", "--wrt", "a,x", "--engine", engine)
    assert found.out == (
        "x,f1,df1/da,df1/dx,f2,df2/da,df2/dx\n1,1,0,1,0,0,0\n3,0.75,3,0.25,2,0,0\n5,0.625,3.75,0.125,3,0,0\n"
    )
    assert cg("eval", HALVES, "a=0.5", "--over", "x=1:5:2", "--engine", engine).out == (
        "x,f1,f2\n1,1,0\n3,0.75,2\n5,0.625,3\n"
    )


@pytest.mark.parametrize("engine", ["auto", "kernel"])
def test_rows_are_kept_by_what_the_program_finds(engine: str) -> None:
    found = cg("eval", HALVES, "a=0.5", "--over", "x=1:5:1", "--where", "k > 2", "--engine", engine)
    assert found.out == "x,f1,f2\n5,0.625,3\n"


@pytest.mark.parametrize("engine", ["auto", "kernel"])
@pytest.mark.parametrize(
    "text, told",
    [
        (
            "y = x; for i in 1..x { y = y + 1 }\ny",
            "the end of a range is a whole number, and this is 1.5, in row 2",
        ),
        ("y = x; while y > 1 { y = y + 1 }\ny", "it has taken more than 1,000 operations, in row 2"),
        (
            "y = x; while y > 9 { z = y; y = 0 }\ny; y + (if x > 1 then z else 0)",
            "`z` has no value on the path taken, in row 2",
        ),
        ("y = x; while y > 9 { y = 0 }\nassert x < 1.5\ny", "assertion failed: x < 1.5, in row 2"),
        (
            "xs = list(); while len(xs) < x { xs = append(xs, 1) }\nxs",
            "the output is an array of shape [2], and its column has arrays of shape [1], in row 2",
        ),
        (
            "xs = list(); while len(xs) < x { xs = append(xs, 1) }\nif x < 1.4 then 1 else xs",
            "the output is an array of shape [2], and its column has numbers, in row 2",
        ),
        (
            "t = list(); while len(t) < x { t = append(t, [1, 2]) }\nif x > 1.4 then t[0] else append(t, 1)",
            "the output is a list whose items make no array, and a column has numbers or arrays, in row 1",
        ),
        (
            "y = x; while y > 9 { y = 0 }\nrecord(a=y)",
            "the output is a record, and a column has numbers or arrays, in row 1",
        ),
    ],
)
def test_errors_name_their_row(text: str, told: str, engine: str) -> None:
    found = cg("eval", text, "--over", "x=1:2:0.5", "--max-ops", "1000", "--engine", engine)
    assert told in found.err
    assert found.status in (1, 3)


def test_files_of_rows(tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("rows") / "t.csv"
    path.write_text("x,b\n" + "".join(f"{1 + place % 7},{0.1 + place % 5 / 9}\n" for place in range(400)))
    text = "y = x; while y > 1e-3 { y = y*b*0.9 }\ny + x"
    plain, auto = (cg("grad", text, "--data", str(path), "--engine", engine) for engine in ("plain", "auto"))
    assert plain.out.count("\n") == 401
    assert repr(plain) == repr(auto)
    told = cg("plan", text, "--data", str(path)).out
    assert ("row by row, machine code" if lanes() else "row by row, interpreted") in told


RECURSIVE = (
    "f(p, k) { if k < 1 { return p }\nt = f(p*0.5 + 0.1, k - 1)\nif t > p { return t*p }\nreturn t - p }\n"
)


@pytest.mark.parametrize("command", ["eval", "grad"])
def test_calls_and_missing_cells(command: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Row by row to the bit, in threads too; what has no value has no answer."""
    path = tmp_path_factory.mktemp("rows") / "t.csv"
    cells = [
        ["", "0", "nan", "1e30"][place // 9 % 4] if place % 9 == 0 else f"{place % 31 / 7}"
        for place in range(900)
    ]
    path.write_text("x,b\n" + "".join(f"{cell},{place % 5}\n" for place, cell in enumerate(cells)))
    text = RECURSIVE + "y = f(x, b) + f(b, 3)\nwhile y > 2 { y = sqrt(y)*0.9 }\ny; y/x"
    given = [command, text, "--data", str(path), "--bad", "null", "--engine"]
    plain, auto = (cg(*given, engine) for engine in ("plain", "auto"))
    assert plain.status == 0
    assert repr(auto) == repr(plain)


@pytest.mark.skipif(not lanes(), reason="there is nothing that compiles")
def test_many_rows_in_threads() -> None:
    text = RECURSIVE + "y = f(x, 4)\nwhile y > 1e-3 { y = y*0.7 }\ny"
    one, two = (cg("grad", text, "--over", "x=0:3:0.0001", "--threads", count) for count in ("1", "2"))
    assert one.status == 0
    assert len(one.out.split("\n")) == 30_003
    assert repr(one) == repr(two)
    few = cg("grad", text, "--over", "x=0:3:0.1", "--engine", "plain")
    assert few.out.split("\n")[11] == one.out.split("\n")[10_001]


@pytest.mark.parametrize("name", ROWS_OF)
def test_rows_are_the_program_at_each(name: str) -> None:
    """Value and gradient of the programs of `tests/control`, by rows and one after the other."""
    program, inputs, _ = ROWS_OF[name]
    first, start = next(iter(inputs.items()))
    rest = [f"{other}={value}" for other, value in inputs.items() if other != first]
    points = [start, start * 1.03]
    engine = ("plain", "python", "kernel")[len(name) % 3]
    over = ("--over", f"{first}={points}", "--wrt", first, "--engine", engine)
    _, *rows = cg("grad", program, *rest, *over).out.splitlines()
    for point, row in zip(points, rows, strict=True):
        alone = cg("grad", program, *rest, f"{first}={point}", "--wrt", first).out.splitlines()
        wanted = [float(line.split(" = ")[1]) for line in alone]
        assert [*map(float, row.split(","))] == pytest.approx([point, *wanted], rel=1e-13)


@pytest.mark.parametrize("engine", ["auto", "plain", "kernel"])
@pytest.mark.parametrize(
    "text, rows",
    [
        ("sum(linspace(0, x, n)^2)", ["2,2,4,4", "2,3,5,5"]),
        ("sum(x*zeros(n)) + size(ones([n, 2]))", ["2,2,4,0", "2,3,6,0"]),
        ("v = [1, 2, 4, 8]; x*sum(v[1:n])", ["2,2,4,2", "2,3,12,6"]),
    ],
)
def test_columns_are_sizes(text: str, rows: list[str], engine: str) -> None:
    """A program without control flow, too, whose sizes each row has its own of."""
    found = cg("grad", text, "--over", "x=[2]", "--over", "n=2:3:1", "--wrt", "x", "--engine", engine)
    assert found.out.splitlines()[1:] == rows


def test_a_size_that_is_none_names_its_row() -> None:
    found = cg("eval", "sum(linspace(0, 1, n))", "--over", "n=2:3:0.5")
    assert "whole number from 0, in row 2" in found.err
    assert found.status == 3


ARRAYS = {
    "a vector": "v = [x, 0]; while v[0] > 0.3 { v = v/2 + [0, 1] }\nv",
    "a matrix, and a number": "A = eye(2); k = 0; while k < x { A = A @ [[1, x], [0, 1]]; k += 1 }\nA; k",
    "a list": "t = list(x); while len(t) < 3 { t = append(t, t[-1]*2 + (x > 1)) }\nt",
    "one that differentiates": "y = x; while y > 1 { y /= 2 }\n[diff(x^3 + y, x), y]",
}


@pytest.mark.parametrize("engine", ["auto", "plain", "kernel", "python"])
@pytest.mark.parametrize("name", ARRAYS)
def test_arrays_are_a_column_an_element(name: str, engine: str) -> None:
    text = ARRAYS[name]
    found = cg("eval", text, "--over", "x=0.5:2:0.5", "--engine", engine, "--format", "json")
    rows = [json.loads(line) for line in found.out.splitlines()]
    assert len(rows) == 4
    for row in rows:
        alone = cg("eval", text, f"x={row.pop('x')}", "--format", "json").out
        assert list(row.values()) == [json.loads(line)["value"] for line in alone.splitlines()], found
    head, *lines = cg("eval", text, "--over", "x=0.5:2:0.5", "--engine", engine).out.splitlines()
    assert "[0]" in head or "[0,0]" in head
    assert [len(next(csv.reader([line]))) for line in lines] == [len(next(csv.reader([head])))] * 4
    total = cg("eval", text, "--over", "x=0.5:2:0.5", "--reduce", "sum").out.splitlines()
    assert total[0].split(",") == head.split(",")[1:]


def test_a_derivative_of_a_row_is_that_of_a_number() -> None:
    found = cg("grad", ARRAYS["a vector"], "--over", "x=0.5:2:0.5")
    assert "is an array of shape [2], and only a number has a gradient, in row 1" in found.err
    assert found.status == 3


def test_without_rows_the_column_is_one(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("x\n")
    assert cg("eval", ARRAYS["a vector"], "--data", "t.csv", cwd=tmp_path).out == "f\n"
