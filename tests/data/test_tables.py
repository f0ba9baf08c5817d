"""Tables as values: cells that are missing, records, declared shapes; and what cg prints, read again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cgcli.diagnostics import CgError
from tests.cg import cg
from tests.data.files import NAN, read_array, same

AIR = "Ozone,Wind,Day\n41,7.4,mon\nNA,8,tue\n12,,wed\nx,11.5,thu\n18,9,fri\n"
READ_OVER = {
    "null": (
        "2 missing cells and 1 that is no number, read as nan",
        "[41, nan, 12, nan, 18] [7.4, 8, nan, 11.5, 9]",
    ),
    "drop": ("3 of 5 rows of `a.csv` left out: 2 missing cells and 1 that is no number", "[41, 18] [7.4, 9]"),
}


@pytest.mark.parametrize("bad", READ_OVER)
@pytest.mark.parametrize("options", [[], ["--strict"]])
def test_cells_without_numbers(bad: str, options: list[str], tmp_path: Path) -> None:
    """Columns of one file lose the same rows, so that what belongs together stays together."""
    (tmp_path / "a.csv").write_text(AIR)
    note, values = READ_OVER[bad]
    given = ["x=@a.csv:Ozone", "y=@a.csv:Wind", "--bad", bad]
    result = cg(
        "grad", "sum(where(x == x and y == y, x*y, 0))", *given, *options[: bad == "drop"], cwd=tmp_path
    )
    assert (result.status, note in result.err) == (0, True)
    assert result.out.startswith("f = 465.4")
    result = cg("eval", "[x, y]", *given, cwd=tmp_path)
    assert result.out.replace("[[", "[").replace("]]", "]").replace("], [", "] [") == f"{values}\n"


@pytest.mark.parametrize("bad", ["null", "drop"])
def test_records_and_fields(bad: str, tmp_path: Path) -> None:
    (tmp_path / "r.json").write_text(
        '[{"a": 1, "b": [1, 2], "t": "x"}, {"b": [3, 4]}, {"a": null, "b": [5, 6]}]'
    )
    (tmp_path / "r.jsonl").write_text('{"a": 1, "b": [1, 2]}\n\n{"b": [3, 4]}\n{"a": null, "b": [5, 6]}\n')
    for name in ("r.json", "r.jsonl"):
        assert same(read_array(f"{tmp_path}/{name}:a", bad), [1] if bad == "drop" else [1, NAN, NAN])
        assert same(read_array(f"{tmp_path}/{name}:b", bad), [[1, 2], [3, 4], [5, 6]])
        with pytest.raises(CgError, match=r"record 2 of .* has a missing cell, `null`, in `a`"):
            read_array(f"{tmp_path}/{name}:a")
    saved = np.array([(1, 2.5, "x"), (3, 4.5, "y")], dtype=[("a", "i4"), ("b", "f8"), ("t", "U1")])
    np.save(tmp_path / "s.npy", saved)
    assert same(read_array(f"{tmp_path}/s.npy:b"), [2.5, 4.5])
    with pytest.raises(CgError, match=r"did you mean|it has `a`, `b`, `t`"):
        read_array(f"{tmp_path}/s.npy:c")
    np.save(tmp_path / "s.npy", saved[["a", "b"]])
    assert same(read_array(f"{tmp_path}/s.npy"), [[1, 2.5], [3, 4.5]])
    np.save(tmp_path / "s.npy", saved[["a", "b"]][:0])
    assert same(read_array(f"{tmp_path}/s.npy"), np.zeros((0, 2)))
    np.save(tmp_path / "s.npy", np.zeros(2, dtype=[("a", "f8", (3,)), ("b", "f8")]))
    assert same(read_array(f"{tmp_path}/s.npy"), np.zeros((2, 4)))


DECLARED = {
    ("1,2,3\n", ""): {None: [1, 2, 3], 1: [1, 2, 3], 2: [[1, 2, 3]]},
    ("a,b,c\n1,2,3\n", ""): {None: [1, 2, 3], 1: [1, 2, 3], 2: [[1, 2, 3]]},
    ("1\n2\n", ""): {None: [1, 2], 1: [1, 2], 2: [[1], [2]]},
    ("5\n", ""): {None: 5, 1: [5], 2: [[5]]},
    ("a\n5\n", ":a"): {None: [5], 1: [5], 2: [[5]]},
    ("a,b\n5,6\n7,8\n", ":b"): {None: [6, 8], 1: [6, 8], 2: [[6], [8]]},
    ("1,2\n3,4\n", ""): {None: [[1, 2], [3, 4]], 1: [[1, 2], [3, 4]], 2: [[1, 2], [3, 4]]},
}


@pytest.mark.parametrize("text, column", DECLARED)
def test_a_declared_shape_decides_how_one_row_is_read(text: str, column: str, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text(text)
    for rank, value in DECLARED[text, column].items():
        assert same(read_array(f"{tmp_path}/x.csv{column}", rank=rank), value)


def test_declared_shapes_of_programs(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("1,2,3\n")
    lines = "input x: [n, 3]; n\ninput x: [n]; n\nsum(x)\n"
    assert cg("eval", "--lines", "-", "x=@x.csv", stdin=lines, cwd=tmp_path).out == "1\n3\n6\n"
    result = cg("grad", "input x: [n, 3]; sum(x^2)", "x=[[1, 1, 1]]", "--along", "x=@x.csv", cwd=tmp_path)
    assert result.out == "f = 3\ndf = 12\n"
    result = cg("grad", "input x: [n, 3]; x^2", "x=[[1, 1, 1]]", "--seed", "@x.csv", cwd=tmp_path)
    assert result.out.endswith("= [[2, 4, 6]]\n")


def test_digits_that_are_lost_are_told_once(tmp_path: Path) -> None:
    rows = "\n".join(str(2**53 + place) for place in range(10_000))
    for text, told in (("9007199254740993\n1e-999\n1\n", "2 numbers"), (rows, "5000 numbers")):
        (tmp_path / "x.csv").write_text(f"id\n{text}\n")
        result = cg("eval", "size(x)", "x=@x.csv", cwd=tmp_path)
        assert result.status == 0
        assert (
            f"warning: `x.csv` has {told} that no double holds: the first is between two doubles"
            in result.err
        )


@pytest.mark.parametrize("form", ["text", "json"])
def test_what_cg_prints_are_values(form: str) -> None:
    """A loop of the shell trains: each round reads what the one before has printed."""
    program = "input größe: [2]; input b; größe = größe - grad(sum((größe - [1, -2])^2)/4, größe); b = -b/inf"
    printed = '{"output": "größe", "line": 1, "value": [0, 0]}\n{"output": "b", "line": 1, "value": "NaN"}\n'
    for _ in range(3):
        result = cg("eval", program, "--vars", "-", "--format", form, stdin=printed)
        assert result.status == 0, result.err
        printed = result.out
    assert cg("eval", "größe", "--vars", "-", stdin=printed).out == "[0.875, -1.75]\n"
    assert cg("eval", "b", "--vars", "-", stdin=printed).out == "nan\n"


def test_derivatives_that_cg_prints_are_passed_over(tmp_path: Path) -> None:
    for form in ("text", "json"):
        printed = cg("grad", "y = x^2", "x=3", "--format", form).out
        (tmp_path / "p").write_text(printed)
        assert cg("eval", "y + 1", "--vars", "p", cwd=tmp_path).out == "10\n"


NULLS = {
    "[1, null, 3]": ([1, NAN, 3], [1, 3]),
    "[[1, 2], [null, 3], [4, 5]]": ([[1, 2], [NAN, 3], [4, 5]], [[1, 2], [4, 5]]),
    "[[null, 2]]": ([[NAN, 2]], np.zeros((0, 2))),
    '{"x": [null]}': ([NAN], []),
    "[]": ([], []),
    "[[], []]": (np.zeros((2, 0)), np.zeros((2, 0))),
    '["x", null]': ([NAN, NAN], []),
}


@pytest.mark.parametrize("text", NULLS)
def test_nulls_of_lists(text: str, tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text(text)
    for bad, value in zip(("null", "drop"), NULLS[text], strict=True):
        assert same(read_array(f"{tmp_path}/x.json", bad), value)


def test_lists_of_one_file_lose_their_own_elements(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text('{"a": [1, null, 3], "b": [1, 2, null, 4], "c": [{"u": 1}, {"u": 2}]}')
    given = ["a=@x.json:a", "b=@x.json:b", "c=@x.json:c", "--bad", "drop"]
    assert cg("eval", "sum(a); sum(b); c", *given, cwd=tmp_path).out == "4\n7\n[1, 2]\n"
    result = cg("eval", "a*b", *given[:2], *given[3:], cwd=tmp_path)
    assert (result.status, result.out) == (3, "")


def test_one_table_has_many_paths(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("a,b\n1,\n2,3\n")
    given = ["a=@x.csv:a", f"b=@{tmp_path}/x.csv:b", "c=@./x.csv", "--bad", "drop"]
    assert cg("eval", "a; b; c", *given, cwd=tmp_path).out == "[2]\n[3]\n[2, 3]\n"


def test_cells_between_separators_are_missing(tmp_path: Path) -> None:
    """A line with nothing on it is passed over; one with separators is a row."""
    (tmp_path / "x.csv").write_text("a,b\n1,2\n\n,\n3,4\n")
    with pytest.raises(CgError, match=r"line 4 of .* has an empty cell in column `a`"):
        read_array(f"{tmp_path}/x.csv")
    assert same(read_array(f"{tmp_path}/x.csv", "drop"), [[1, 2], [3, 4]])
    assert same(read_array(f"{tmp_path}/x.csv:b", "null"), [2, NAN, 4])


ANSWERS = [
    (["fit", "y ~ a*x + b", "--data", "d.csv", "a=1", "b=0"], "round(a) + round(b)", "3"),
    (["solve", "x^2 == 4", "x=1"], "x", "2"),
    (["solve", "x^2 == 4", "--between", "x=-3:3", "--all"], "x", "[-2, 2]"),
    (["minimize", "(x - 1)^2 + sum((y - [1, 2])^2)", "x=0", "y=[0, 0]"], "round(x + y)", "[2, 3]"),
    (["train", "(y - a*x)^2", "--data", "d.csv", "a=1", "--epochs", "2", "--rate", "0"], "a", "1"),
    (["eval", "r = record(x=1, y=[2, 3]); L = list(r, [inf, 1e300])"], "L[0].y; L[0].x", "[2, 3]\n1"),
    (["eval", "r = record(); L = list(); M = list(list(1), 2)"], "len(L) + M[0][0] + len(M)", "3"),
]


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("line, program, answer", ANSWERS, ids=[line[0] for line, _, _ in ANSWERS])
def test_what_every_command_prints_are_values(
    tmp_path: Path, line: list[str], program: str, answer: str, form: str
) -> None:
    (tmp_path / "d.csv").write_text("x,y\n1,3\n2,5\n3,7\n")
    printed = cg(*line, "--format", form, cwd=tmp_path)
    assert printed.status == 0, printed
    assert cg("eval", program, "--vars", "-", stdin=printed.out).out == f"{answer}\n"


@pytest.mark.parametrize(
    "binding, program, answer",
    [
        ("r=record(x=1, y=[2, 3])", "r.y[1] + r.x", "4"), ("r=list(1, [2, 3])", "r[0] + len(r)", "3"),
        ('r={"x": 1, "t": {"a": [1, [2, 3]]}}', "r.t.a[1] + r.x", "[3, 4]"),
        ("r=list(1, 2)", "r + 1", "[2, 3]"),
    ],
)  # fmt: skip
def test_records_and_lists_are_bound(binding: str, program: str, answer: str) -> None:
    run = f"s = 0; for i in 1..1 {{ s += 1 }}; {program}" if "list(1, [" in binding else program
    assert cg("eval", run, binding).out == f"{answer}\n"


@pytest.mark.parametrize(
    "binding, told",
    [
        ('r={"x": "a"}', "its fields are numbers"), ('r={"x": 1}', "take one of its fields"),
        ("r=record(x=1/3)", "take one of its fields"), ("r={", "`{` opens a block"),
        ("r=record(x=", "`(` was never closed"), ("r={}", "it has no fields"),
    ],
)  # fmt: skip
def test_records_that_cannot_be_bound_are_told(binding: str, told: str) -> None:
    result = cg("eval", "r + 1", binding)
    assert result.status in (2, 3)
    assert told in result.err


ODD = {
    "\n8\n9\n": [8, 9],
    "sep=;\n\n8\n9": [8, 9],
    "sep=,\nx\n8\n9": [8, 9],
    "\n\nx\n8\n\n9\n": [8, NAN, 9],
    'x\r8\r"9\n"\r': [8, 9],
    'x\r"8\n"\r\r9': [8, NAN, 9],
    "\r\nx\r\n8\r\n9": [8, 9],
    '"x" \n"8" \n"9"\t': [8, 9],
}


@pytest.mark.parametrize("text", ODD)
def test_where_the_first_row_is_and_lines_end(text: str, tmp_path: Path) -> None:
    """As a value and as rows."""
    (tmp_path / "x.csv").write_text(text, newline="")
    assert same(read_array(f"{tmp_path}/x.csv", "null"), ODD[text])
    program = "x" if "x" in text.removeprefix("sep") else "1"
    result = cg("eval", program, "--data", "x.csv", "--bad", "null", cwd=tmp_path)
    rows = result.out.splitlines()[1:]
    assert rows == (['""' if x != x else f"{x:g}" for x in ODD[text]] if program == "x" else ["1", "1"])


def test_the_first_row_is_quoted_by_its_line(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("\n\na,b\n1\n")
    for given in (["x", "x=@x.csv"], ["a", "--data", "x.csv"]):
        result = cg("eval", *given, cwd=tmp_path)
        assert (result.status, "line 4 of `x.csv` has 1 cell, and line 3 has 2" in result.err) == (2, True)
