"""Arrays from files and back: what is read, printed and drawn."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from cgcli.render.numbers import json_value, value_text
from tests.cg import Result, cg
from tests.cli.arrays import SQUARE, Command, error_of, same, value

# (file, what is in it: text, or an array for NumPy to save, or several), place after `@`, value
FILES = [
    ("v.npy", np.arange(3), "v.npy", [0, 1, 2]),
    ("v.npy", np.float32(2.5), "v.npy", 2.5),
    ("v.npy", np.array([True, False]), "v.npy", [1, 0]),
    ("v.npy", np.arange(3, dtype=">f4"), "v.npy", [0, 1, 2]),
    ("v.npy", np.asfortranarray(SQUARE), "v.npy", SQUARE),
    ("v.npy", np.zeros((0, 3)), "v.npy", np.zeros((0, 3))),
    ("v.npy", np.array([-0.0, math.nan, -math.inf]), "v.npy", [-0.0, math.nan, -math.inf]),
    ("z.npz", {"a": np.eye(2), "b": np.arange(3)}, "z.npz:b", [0, 1, 2]),
    ("z.npz", {"a": np.eye(2)}, "z.npz", np.eye(2)),
    ("m.csv", "1,2\n3,4\n", "m.csv", SQUARE),
    ("m.csv", "1, 2\r\n\r\n3, 4", "m.csv", SQUARE),
    ("m.csv", "\ufeff1,2\n3,4\n", "m.csv", SQUARE),
    ("m.csv", "1,2,3\n", "m.csv", [1, 2, 3]),
    ("m.csv", "1\n2\n3\n", "m.csv", [1, 2, 3]),
    ("m.csv", "7\n", "m.csv", 7),
    ("m.csv", "nan,inf\n-inf,-0\n", "m.csv", [[math.nan, math.inf], [-math.inf, -0.0]]),
    ("m.csv", "height,age\n1,2\n3,4\n", "m.csv", SQUARE),
    ("m.csv", 'height,"age, years"\n1,2\n3,4\n', "m.csv:age, years", [2, 4]),
    ("m.csv", "height,age\n1,2\n3,4\n", "m.csv:height", [1, 3]),
    ("m.csv", "height,age\n1,2\n", "m.csv:age", [2]),
    ("m.csv", "height,age\n", "m.csv", np.zeros((0, 2))),
    ("m.csv", "height,age\n", "m.csv:age", []),
    ("m.csv", "height\n", "m.csv", []),
    ("j.json", "[[1, 2], [3, 4]]", "j.json", SQUARE),
    ("j.json", "3", "j.json", 3),
    ("j.json", "[]", "j.json", []),
    ("j.json", "[[], []]", "j.json", np.zeros((2, 0))),
    ("j.json", '["NaN", "Infinity", "-Infinity", -0.0]', "j.json", [math.nan, math.inf, -math.inf, -0.0]),
    ("j.json", '{"a": [1, 2], "b": 3}', "j.json:a", [1, 2]),
    ("j.json", '{"b": [1, 2]}', "j.json", [1, 2]),
    ("a:b.json", "[5]", "a:b.json", [5]),
]


def put(name: str, content: Any) -> None:
    if isinstance(content, str):
        Path(name).write_bytes(content.encode())
    elif isinstance(content, bytes):
        Path(name).write_bytes(content)
    elif isinstance(content, dict):
        np.savez(name, **content)
    else:
        np.save(name, content)


@pytest.mark.parametrize("name, content, place, wanted", FILES)
def test_a_file_gives_its_value(command: Command, name: str, content: Any, place: str, wanted: Any) -> None:
    put(name, content)
    result = command("eval", "x", f"x=@{place}")
    assert result.err == ""
    assert same(value(result.out), wanted)
    assert command("grad", "sum(x)", "x=1", "--along", f"x=@{place}").status == (2 if np.ndim(wanted) else 0)


# What a file may not hold, and what is said of it.
BAD_FILES = [
    ("v.npy", np.array([1 + 2j]), "v.npy", "holds complex numbers, not real ones"),
    ("v.npy", np.eye(2), "v.npy:name", "`v.npy` holds one array, and no names"),
    ("v.npy", np.float64(2), "v.npy:name", "`v.npy` holds one value, and no names"),
    ("z.npz", {}, "z.npz", "`z.npz` holds no values"),
    ("z.npz", {}, "z.npz:a", "`z.npz` holds no values"),
    ("v.npy", np.array(["a"]), "v.npy", "holds text"),
    ("v.npy", np.array(["2026-01-01"], dtype="datetime64[D]"), "v.npy", "datetime64"),
    ("v.npy", np.array([None]), "v.npy", "holds objects"),
    ("v.npy", "1 2 3", "v.npy", "is not an array that NumPy saved"),
    ("v.npy", "", "v.npy", "is not an array that NumPy saved"),
    ("z.npz", "PK\3\4", "z.npz", "is not an array that NumPy saved"),
    ("z.npz", {"a": np.eye(2), "b": np.eye(2)}, "z.npz", "name one, as in @z.npz:NAME"),
    ("z.npz", {"alpha": np.eye(2)}, "z.npz:alhpa", "did you mean `alpha`?"),
    ("z.npz", {"a": np.array([1j])}, "z.npz:a", "`a` in `z.npz` holds complex numbers"),
    ("m.csv", "1,2\n3\n", "m.csv", "line 2 of `m.csv` has 1 cell, and line 1 has 2"),
    ("m.csv", "a,b\n1,2\n3\n", "m.csv", "line 3 of `m.csv` has 1 cell, and line 1 has 2"),
    ("m.csv", "1,2\n3,x\n", "m.csv", "line 2 of `m.csv` has `x` in column 2, which is not a number"),
    ("m.csv", "1,2\n3,\n", "m.csv", "line 2 of `m.csv` has an empty cell"),
    ("m.csv", "a,b\n1,2\n", "m.csv:c", "`m.csv` has no `c`"),
    ("m.csv", "1,2\n", "m.csv:a", "has no header"),
    ("m.csv", "a,b\n", "m.csv:c", "`m.csv` has no `c`"),
    ("m.csv", "\n \n", "m.csv", "`m.csv` is empty"),
    ("m.csv", "", "m.csv:a", "`m.csv` is empty"),
    ("m.csv", b"1,\xff\n", "m.csv", "is not UTF-8"),
    ("j.json", "[[1], [2, 3]]", "j.json", "differ in length"),
    ("j.json", "[1, [2]]", "j.json", "a list among its numbers"),
    ("j.json", '[1, "two"]', "j.json", "text among its numbers"),
    ("j.json", "[null]", "j.json", "null among its numbers"),
    ("j.json", "[" * 10**5 + "]" * 10**5, "j.json", "nested too deeply"),
    ("j.json", '{"a": 1, "b": 2}', "j.json", "it has `a`, `b`"),
    ("j.json", "{}", "j.json", "`j.json` holds no values"),
    ("j.json", "[1, 2]", "j.json:a", "`j.json` holds one array, and no names"),
    ("j.json", "3", "j.json:a", "`j.json` holds one value, and no names"),
    ("t.txt", "1", "t.txt", "is not .npy, .npz, .csv, .tsv or .json"),
    ("v.npy", np.eye(2), "w.npy", "w.npy"),
    ("v.npy", np.eye(2), ".", "`.`"),
    ("v.npy", np.eye(2), "", "the name of a file is missing"),
]


@pytest.mark.parametrize("name, content, place, message", BAD_FILES)
def test_a_file_that_is_wrong(command: Command, name: str, content: Any, place: str, message: str) -> None:
    put(name, content)
    result = command("eval", "x", f"x=@{place}")
    assert (result.status, result.out) == (2, "")
    assert message in result.err
    assert " --> <binding>:1:3\n" in result.err
    seed = command("grad", "2*x", "x=[1, 2]", "--seed", f"@{place}")
    assert seed.status == 2
    assert message in seed.err


def test_json_that_is_wrong_has_its_place_in_the_file(command: Command) -> None:
    put("j.json", "[1,\n2 3]")
    for arguments in (["x", "x=@j.json"], ["x", "--vars", "j.json"]):
        result = command("eval", *arguments)
        assert (result.status, result.out) == (2, "")
        assert result.err.startswith("error: this is not JSON: ")
        assert " --> j.json:2:3\n" in result.err


def test_objects_in_a_file_are_not_run(command: Command, tmp_path: Path) -> None:
    """An array of objects is a pickle, which could do anything when it is read."""

    class Trap:
        def __reduce__(self) -> tuple[Any, ...]:
            return Path.touch, (tmp_path / "sprung",)

    np.save("v.npy", np.array([Trap()], dtype=object), allow_pickle=True)
    np.savez("v.npz", x=np.array([Trap()], dtype=object))
    for arguments in (["x=@v.npy"], ["x=@v.npz"], ["x=@v.npz:x"], ["--vars", "v.npz"]):
        result = command("eval", "x", *arguments)
        assert result.status == 2
        assert "it holds objects" in result.err
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize(
    "name, content",
    [
        ("v.json", '{"A": [[1, 2], [3, 4]], "x": [1, 1], "s": 2, "unused": []}'),
        ("v.toml", "A = [[1, 2], [3, 4]]\nx = [1.0, 1]\ns = 2\n"),
        ("v.npz", {"A": np.array(SQUARE), "x": np.ones(2, dtype=int), "s": np.array(2.0), "y": np.eye(2)}),
    ],
)
def test_vars_hold_arrays(command: Command, name: str, content: Any) -> None:
    put(name, content)
    assert command("eval", "s*A @ x", "--vars", name).out == "[6, 14]\n"
    assert command("eval", "s*A @ x", "x=[0, 1]", "--vars", name).out == "[4, 8]\n"


# ---------------------------------------------------------------------------- values to read back


@given(
    arrays(
        np.float64,
        array_shapes(min_dims=1, max_dims=4, min_side=0, max_side=3),
        elements=st.floats(allow_nan=True, allow_infinity=True, allow_subnormal=True),
    )
)
@settings(max_examples=150, deadline=None)
def test_an_array_reads_back(array: np.ndarray) -> None:
    text = value_text(array)
    assert same(value(text), array)
    flat = json.dumps(json_value(array.ravel()))
    assert same([float(x) for x in json.loads(flat)], array.ravel())


@pytest.mark.parametrize(
    "text", ["[]", "[[1, -0], [nan, -inf]]", "zeros([0, 3])", "zeros([2, 0])", "[[[5]]]"]
)
def test_what_is_printed_can_be_given_again(command: Command, text: str, tmp_path: Path) -> None:
    printed = command("eval", text).out
    assert printed == f"{text}\n"
    assert command("eval", "x", f"x={printed.strip()}").out == printed
    for form in ("text", "json"):
        kept = tmp_path / f"kept.{form}"
        kept.write_text(command("eval", f"y = {text}", "--format", form).out)
        assert command("eval", "y + 0", "--vars", str(kept)).out == printed.replace("-0", "0")


def test_json_has_nested_lists(command: Command) -> None:
    line = command("eval", "y = [[1, 1/3], [nan, -inf]]", "--format", "json").out
    assert json.loads(line) == {"output": "y", "line": 1, "value": [[1, 1 / 3], ["NaN", "-Infinity"]]}
    empty = json.loads(command("eval", "zeros([0, 2])", "--format", "json").out)
    assert (empty["value"], empty["shape"]) == ([], [0, 2])
    assert json.loads(command("eval", "zeros([2, 0])", "--format", "json").out)["value"] == [[], []]
    gradient = json.loads(command("grad", "sum(x^2)", "x=[1, 2]", "--format", "json").out)
    assert gradient["gradient"] == {"x": [2, 4]}
    Path("again.json").write_text(json.dumps({"y": json.loads(line)["value"]}))
    again = command("eval", "y", "--vars", "again.json").out
    assert again == "[[1, 0.3333333333333333], [nan, -inf]]\n"


def test_csv_of_a_large_array_reads_again(command: Command) -> None:
    rows = list(csv.reader(io.StringIO(command("eval", "y = linspace(0, 1, 20001)", "--format", "csv").out)))
    assert len(rows) == 20002
    assert rows[0:3] == [["output", "value"], ["y[0]", "0"], ["y[1]", "5e-05"]]


def test_digits_round_every_element(command: Command) -> None:
    assert command("eval", "[1/3, 2, 12345]", "--digits", "3").out == "[0.333, 2, 12300]\n"


LONG = "x=linspace(0.1, 0.9, 1000)"


@pytest.mark.parametrize("style", ["tree", "ascii", "list", "dot", "mermaid"])
def test_pictures_shorten_long_arrays(command: Command, style: str) -> None:
    digits = None if style == "list" else 6
    short = drawn(command("graph", "sum(x)", LONG, "--style", style))
    assert f"x = [0.1, {value_text(0.1 + 0.8 / 999, digits)}, …, 0.9] [1000]" in short
    whole = drawn(command("graph", "sum(x)", LONG, "--style", style, "--full"))
    assert "…" not in whole
    assert value_text(np.linspace(0.1, 0.9, 1000), digits) in whole


def drawn(result: Result) -> str:
    """A picture in which Mermaid's numbers for characters are characters again."""
    return re.sub("#([0-9]+);", lambda found: chr(int(found[1])), result.out)


def test_pictures_shorten_every_axis(command: Command) -> None:
    out = command("graph", "sum(A)", "A=reshape(linspace(1, 30, 30), [5, 6])", "--style", "ascii").out
    assert "A = [[1, 2, …, 6], [7, 8, …, 12], …, [25, 26, …, 30]] [5, 6]\n" in out
    assert "x = [1, 2, 3]\n" in command("graph", "sum(x)", "x=[1, 2, 3]", "--style", "ascii").out


def test_a_trace_shortens_long_arrays(command: Command) -> None:
    short = command("trace", "sum(x^2)", LONG)
    assert "df/dx = df/dv2 * (2*x) = [0.2, 0.20160160160160162, …, 1.8] [1000]" in short.out
    whole = command("trace", "sum(x^2)", LONG, "--full").out
    assert "…" not in whole
    assert len(whole) > 50_000
    assert len(short.out) < 1000


def test_answers_are_never_shortened(command: Command) -> None:
    assert value(command("eval", "x", LONG).out).shape == (1000,)
    assert command("grad", "sum(x)", LONG).out.count("1, 1") > 400


@pytest.mark.parametrize(
    "text",
    [
        "input A: [m, n]; input x: [m]; A @ x",
        "input x: [n]; x + [1, 2]; x + zeros([n, n + 1])",
        "input x: [n]; reshape(x, [n + 1])",
        "input x: [n]; x[1:] + x",
        "input A: [m, n]; inv(A)",
        "input A: [m, n]; trace(A.T @ A) + det(A @ A.T) + sum(eye(m) @ eye(n))",
        "input x: [3]; x[3]",
        "input x: [n]; x[0, 0]",
        "input x: [n]; sum(x, axis=1)",
        "input x: []; x[0]",
    ],
)
def test_shapes_are_checked_before_any_value_is_bound(command: Command, text: str) -> None:
    result = command("graph", text)
    assert (result.status, result.out) == (3, "")
    assert result.err.startswith("error: ")
    assert " --> <expr>:1:" in result.err


@pytest.mark.parametrize(
    "text, shape",
    [
        ("input A: [m, n]; input x: [n]; A @ x", "[m]"),
        ("input A: [m, n]; A.T @ A", "[n, n]"),
        ("input x: [n]; x[1:] - x[:-1]", "[n - 1]"),
        ("input x: [n]; x[1:-1]", "[n - 2]"),
        ("input x: [n]; outer(x, x)", "[n, n]"),
        ("input x: [n]; concat(x, [1, 2], x)", "[2*n + 2]"),
        ("input A: [m, n]; reshape(A, m*n)", "[m*n]"),
        ("input A: [m, n]; reshape(A, [1, n, m])", "[1, n, m]"),
        ("input x: [n]; x + reshape(x, [n, 1])", "[n, n]"),
        ("input x: [n]; x + zeros([n, 1])", "[n, n]"),
        ("input x: [n]; linspace(0, 1, n + 1)", "[n + 1]"),
        ("input x: [n]; eye(n, 2).T", "[2, n]"),
        ("input x: [n]; grad(sum(x^2), x)", "[n]"),
        ("input x: [n]; x[-1]*[x[0], 2]", "[2]"),
        ("input A: [m, n]; sum(A, axis=0)", "[n]"),
        ("input A: [m, n]; sum(A, axis=-1, keepdims=1)", "[m, 1]"),
        ('input A: [m, n]; einsum("ij,kj->ik", A, A)', "[m, m]"),
    ],
)
def test_pictures_without_values_have_shapes(command: Command, text: str, shape: str) -> None:
    first = command("graph", text, "--style", "ascii").out.splitlines()[0]
    assert first.endswith(f" {shape}")


def test_named_sizes_are_numbers() -> None:
    shapes = "input A: [m, n]; input x: [n]; "
    inputs: dict[str, Any] = {"A": np.ones((2, 3)), "x": [1, 2, 3]}
    assert value(shapes + "m*n + sum(A @ x)", **inputs) == 18
    assert value("input x: [n]; sum(x)/n", x=[1, 2, 6]) == 3
    assert same(value("input x: [n]; x + eye(n)", x=[1, 2]), [[2, 2], [1, 3]])
    assert same(value("input x: [n]; zeros([n, 2])", x=[1, 2, 3]), np.zeros((3, 2)))
    assert same(value("input x: [n]; zeros([2*n - 1, n*n])", x=[1, 2]), np.zeros((3, 4)))
    assert value("input x: [n]; x[n - 1]", x=[1, 2, 6]) == 6
    assert same(value("input x: [n]; x[:n - 1]", x=[1, 2, 6]), [1, 2])
    assert same(value("input x: [n]; reshape(x, [n, 1])", x=[1, 2]), [[1], [2]])
    assert same(value("input x: [n]; f(v) = sum(v)/n; f(x)*x", x=[1, 3]), [2, 6])


def test_equal_names_are_equal_sizes() -> None:
    shapes = "input A: [m, n]; input x: [n]; "
    error = error_of(shapes + "A @ x", A=np.ones((2, 3)), x=[1, 2])
    assert error.diagnostic.message == "`n` is 3 in `A` and 2 in `x`"
    error = error_of("input A: [n, n]; A", A=np.ones((2, 3)))
    assert error.diagnostic.message == "`n` is 2 and 3 in `A`"
    assert value(shapes + "1", A=np.ones((0, 0)), x=[]) == 1


def test_declared_sizes_are_the_sizes_of_values() -> None:
    assert error_of("input x: [3]; x", x=[1, 2]).diagnostic.kind == "binding"
    assert error_of("input x: [n, 2]; x", x=[1, 2]).diagnostic.kind == "binding"
    assert error_of("input x: []; x", x=[1]).diagnostic.kind == "binding"
    assert error_of("input x: [1]; x", x=1).diagnostic.kind == "binding"
    assert value("input x: []; x", x=3) == 3
    assert same(value("input x: [0]; x", x=[]), [])


def test_defaults_of_arrays() -> None:
    text = "input A: [2, 2] = [[1, 2], [3, 4]]; input b: [2] = ones(2); A @ b"
    assert same(value(text), [3, 7])
    assert same(value(text, b=[1, 0]), [1, 3])
    assert same(value("input b: [n] = [1, 2]; n*b"), [2, 4])
    assert same(value("input b: [n] = [1, 2]; n*b", b=[1, 1, 1]), [3, 3, 3])


@pytest.mark.parametrize("matrix", ["[[2, 0], [0, 4]]", "[[0, 4], [2, 0]]", "[[2, 0], [0, -4]]"])
def test_an_inverse_has_no_minus_before_0(matrix: str) -> None:
    assert "-0," not in cg("eval", f"inv({matrix})").out.replace("]", ",")


def test_the_derivative_by_a_number_that_a_sum_of_products_stretches() -> None:
    """NumPy's own kind of number is a number."""
    result = cg("grad", 'sum(einsum("...i,...->i...", polygamma(s, [1, -2, 0.5]), s))', "s=-0.126")
    assert (result.status, result.out) == (0, "f = nan\ndf/ds = nan\n")
