"""Arrays from outside, through the language and the commands, and out again."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

import cgcli
from cgcli.cli.app import run
from cgcli.render.numbers import json_value, value_text
from tests.cg import Result, cg

Command = Callable[..., Result]


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Command:
    """`cg` inside this process, in an empty folder: what it answers to its arguments."""
    monkeypatch.chdir(tmp_path)

    def answer(*arguments: str) -> Result:
        status = run(list(arguments))
        captured = capsys.readouterr()
        return Result(status, captured.out, captured.err)

    return answer


def value(text: str, **inputs: Any) -> Any:
    return cgcli.evaluate(text, **inputs)["f"]


def same(x: Any, y: Any) -> bool:
    """Equal in shape and in every element, the sign of zero included."""
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    return (
        x.shape == y.shape
        and np.array_equal(x, y, equal_nan=True)
        and bool(np.all((np.signbit(x) == np.signbit(y)) | np.isnan(x)))
    )


# ---------------------------------------------------------------------------- values from files

SQUARE = [[1.0, 2.0], [3.0, 4.0]]

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
    ("m.csv", "1,2\n3\n", "m.csv", "row 2 of `m.csv` has 1 cell, and row 1 has 2"),
    ("m.csv", "a,b\n1,2\n3\n", "m.csv", "row 3 of `m.csv` has 1 cell, and row 1 has 2"),
    ("m.csv", "1,2\n3,x\n", "m.csv", "row 2 of `m.csv` has `x`, which is not a number"),
    ("m.csv", "1,2\n3,\n", "m.csv", "row 2 of `m.csv` has an empty cell"),
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
    ("t.txt", "1", "t.txt", "is not .npy, .npz, .csv or .json"),
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
def test_what_is_printed_can_be_given_again(command: Command, text: str) -> None:
    printed = command("eval", text).out
    assert printed == f"{text}\n"
    assert command("eval", "x", f"x={printed.strip()}").out == printed


def test_json_has_nested_lists(command: Command) -> None:
    line = command("eval", "y = [[1, 1/3], [nan, -inf]]", "--format", "json").out
    assert json.loads(line) == {"output": "y", "line": 1, "value": [[1, 1 / 3], ["NaN", "-Infinity"]]}
    assert json.loads(command("eval", "zeros([0, 2])", "--format", "json").out)["value"] == []
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


# ---------------------------------------------------------------------------- shapes that are declared


def error_of(text: str, **inputs: Any) -> cgcli.CgError:
    with pytest.raises(cgcli.CgError) as caught:
        cgcli.evaluate(text, **inputs)
    return caught.value


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


# ---------------------------------------------------------------------------- as in NumPy

X = np.array([1.5, -2.0, 3.0, 0.25, 7.0])
M = np.arange(12.0).reshape(3, 4)
T = np.arange(24.0).reshape(2, 3, 4)

SUBSCRIPTS = [
    *("x[0]", "x[-1]", "x[4]", "x[:]", "x[1:3]", "x[:-1]", "x[-3:]", "x[::2]", "x[::-1]", "x[4:1:-2]"),
    *("x[3:1]", "x[10:]", "x[-10:10]", "x[:0]", "x[-1:-9:-3]", "x[[0, 2]]", "x[[2, 2, -1]]", "x[[0]]"),
    *("x[[[0, 1], [2, 3]]]", "x[1:][0]", "x[[-5, 4]]"),
    *("m[0]", "m[-1]", "m[1, 2]", "m[1][2]", "m[:, 0]", "m[0, :]", "m[1:, ::2]", "m[::-1, ::-1]"),
    *("m[:, -1:]", "t[:, [2, 0]]"),
    *("m[[0, 2]]", "m[:, [0, 0, 1]]", "m[[0, 1], [2, 3]]", "m[[0, 1], 2]", "m[2, [0, 1]]", "m[1:, [1, 0]]"),
    *("m[[[0], [1]], [[0, 2]]]", "m[3:]", "m[:, 4:]", "m[[2, 2], 1:3]"),
    *("t[1]", "t[1, 2]", "t[1, 2, 3]", "t[:, 1]", "t[:, :, 0]", "t[1:, 0, ::-1]", "t[[1, 0]]"),
    *("t[0, [0, 1]]", "t[[0, 1], :, [0, 1]]", "t[[0, 1], [0, 1]]", "t[:, [0, 1], [0, 1]]", "t[0][:, 1]"),
    *("t[0, :, [1, 2]]", "t[[0, 1], 1:, 2]"),
]  # fmt: skip


@pytest.mark.parametrize("text", SUBSCRIPTS)
def test_subscripts(text: str) -> None:
    expected = eval(text, {"x": X, "m": M, "t": T})
    name = text[0]
    assert same(value(text, **{name: {"x": X, "m": M, "t": T}[name]}), expected)


@pytest.mark.parametrize("text", SUBSCRIPTS)
def test_derivatives_of_subscripts(text: str) -> None:
    """Each element's derivative is the sum of the weights in the places that it went to."""
    name = text[0]
    array = {"x": X, "m": M, "t": T}[name]
    places = np.arange(array.size).reshape(array.shape)
    taken = np.asarray(eval(text, {name: places}))
    weights = 1.0 + np.arange(taken.size).reshape(taken.shape)
    wanted = np.bincount(taken.ravel(), weights.ravel(), array.size).reshape(array.shape)
    found = cgcli.gradient(f"sum(w*{text})", **{name: array, "w": weights})["f"][name]
    assert same(found, wanted)


@pytest.mark.parametrize(
    "text, inputs, wanted",
    [
        ("x[i]", {"i": 2}, 3.0),
        ("x[i]", {"i": -1}, 7.0),
        ("x[i + 1]", {"i": 0}, -2.0),
        ("x[i]", {"i": [0, 0, 4]}, [1.5, 1.5, 7.0]),
        ("x[i]", {"i": [[0], [-5]]}, [[1.5], [1.5]]),
        ("x[i]", {"i": []}, []),
        ("x[argmax(x)]", {}, 7.0),
        ("x[size(x) - 1]", {}, 7.0),
        ("x[i:]", {}, None),
    ],
)
def test_subscripts_may_be_computed(text: str, inputs: dict[str, Any], wanted: Any) -> None:
    if wanted is None:
        assert error_of(text, x=X, i=1).diagnostic.kind == "index"
    else:
        assert same(value(text, x=X, **inputs), wanted)


@pytest.mark.parametrize("i", [5, -6, 0.5, math.nan, math.inf, 1e300, [0, 5], [0.5], [math.nan], [[0, -6]]])
def test_computed_subscripts_that_are_outside(i: Any) -> None:
    error = error_of("y = x; 2*y[i]", x=X, i=i)
    assert error.diagnostic.kind == "index"
    assert " --> <text>:1:12\n" in str(error)


def test_duplicates_add_up_in_the_derivative() -> None:
    assert same(cgcli.gradient("sum(x[i]^2)", x=[1, 2, 3], i=[0, 0, 2])["f"]["x"], [4, 0, 6])
    assert same(cgcli.gradient("sum(x[[1, 1, 1]])", x=[1, 2])["f"]["x"], [0, 3])


BROADCASTS = [
    *("x + 1", "1 - x", "m*x[:4]", "m + m[:, :1]", "m[:1]*m[:, :1]", "t*m", "t - t[:, :1, :]", "-m", "2*t"),
    *("m.T", "x.T", "t.T", "m.T.T", "(m.T @ m)", "m @ x[:4]", "x[:3] @ m", "x @ x", "t @ m.T", "m @ t[0].T"),
    *("x > 1", "m <= 3", "x == x", "m[:1] < m[:, :1]"),
]


@pytest.mark.parametrize("text", BROADCASTS)
def test_operators_broadcast(text: str) -> None:
    expected = eval(text, {"x": X, "m": M, "t": T})
    used = {name: array for name, array in (("x", X), ("m", M), ("t", T)) if name in text}
    assert same(value(text, **used), np.asarray(expected, dtype=float))


@pytest.mark.parametrize("word", ["sum", "prod", "mean", "var", "std", "min", "max"])
@pytest.mark.parametrize("axis", [0, 1, -1, (0, 1), (0, 2), (-1, 0), None])
@pytest.mark.parametrize("keepdims", [0, 1])
def test_reductions_along_axes(word: str, axis: Any, keepdims: int) -> None:
    given = "" if axis is None else f", axis={list(axis) if isinstance(axis, tuple) else axis}"
    found = value(f"{word}(t{given}, keepdims={keepdims})", t=T)
    wanted = getattr(np, word)(T, axis=axis, keepdims=bool(keepdims))
    assert np.shape(found) == np.shape(wanted)
    assert np.allclose(found, wanted, rtol=1e-14)


def test_conditions_are_taken_element_by_element() -> None:
    assert same(value("where(x > 1, x, 0)", x=X), np.where(X > 1, X, 0))
    assert same(value("x > 1 and x < 5", x=X), (X > 1) & (X < 5))
    assert same(value("1 < x < 5", x=X), (X > 1) & (X < 5))
    assert same(value("not (x > 1)", x=X), ~(X > 1))
    assert same(value("if x > 1 then x else -x", x=X), np.where(X > 1, X, -X))
    assert same(value("if s then x else 2*x", x=X, s=0), 2 * X)


def test_asserts_hold_for_every_element() -> None:
    assert value("assert x > 0; sum(x)", x=[1, 2]) == 3
    error = error_of("assert x > 0; sum(x)", x=[1, -2])
    assert error.diagnostic.kind == "assert"
    assert "[1, -2]" in str(error)
    assert value("assert x > 0; 1", x=[]) == 1
    assert error_of("assert x > 0; 1", x=[math.nan, 1]).diagnostic.kind == "assert"


# ---------------------------------------------------------------------------- commands


def test_grad_of_arrays(command: Command) -> None:
    assert command("grad", "sum(x^2)*y", "x=[1, 2]", "y=3").out == "f = 15\ndf/dx = [6, 12]\ndf/dy = 5\n"
    forward = command("grad", "sum(x^2)*y", "x=[1, 2]", "y=3", "--mode", "forward")
    assert forward.out == "f = 15\ndf/dx = [6, 12]\ndf/dy = 5\n"


def test_an_intermediate_array_can_be_differentiated_by(command: Command) -> None:
    out = command("grad", "y = A @ x; sum(y^2)", "A=[[1, 2], [3, 4]]", "x=[1, 1]", "--wrt", "y,x").out
    assert out == "f = 58\ndf/dy = [6, 14]\ndf/dx = [48, 68]\n"
    out = command("jacobian", "y = 2*x; y^2", "x=[1, 2]", "--wrt", "y").out
    assert out == "f = [4, 16]\ndf/dy = [[4, 0], [0, 8]]\n"
    out = command("grad", "y = 2*x; sum(y^2)", "x=[1, 2]", "--wrt", "y", "--mode", "forward").out
    assert out == "f = 20\ndf/dy = [4, 8]\n"


def test_along_directions(command: Command) -> None:
    program = ["grad", "sum(x^2)*y; y*x", "x=[1, 2]", "y=3"]
    out = command(*program, "--along", "x=[1, 0]", "--along", "y=10").out
    assert out == "f1 = 15\ndf1 = 56\nf2 = [3, 6]\ndf2 = [13, 20]\n"
    assert command(*program, "--along", "y=1").out == "f1 = 15\ndf1 = 5\nf2 = [3, 6]\ndf2 = [1, 2]\n"
    Path("v.json").write_text("[1, 0]")
    record = json.loads(command(*program, "--along", "x=@v.json", "--format", "json").out.splitlines()[1])
    assert record == {"output": "f2", "line": 1, "value": [3, 6], "along": [3, 0]}


def test_seeds(command: Command) -> None:
    out = command("grad", "y = A @ x", "A=[[1, 2], [3, 4]]", "x=[1, 1]", "--seed", "[1, 10]").out
    assert out == "y = [3, 7]\nd(seed*y)/dA = [[1, 1], [10, 10]]\nd(seed*y)/dx = [31, 42]\n"
    out = command("grad", "x^2", "x=3", "--seed", "1/2").out
    assert out == "f = 9\nd(seed*f)/dx = 3\n"
    Path("v.csv").write_text("0\n1\n")
    assert "d(seed*f)/dx = [0, 4]\n" in command("grad", "x^2", "x=[1, 2]", "--seed", "@v.csv").out


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["--seed", "1"], "`f` has the shape [2], its seed is a number"),
        (["--seed", "[1, 2, 3]"], "`f` has the shape [2], its seed [3]"),
        (["--seed", "[[1, 2]]"], "`f` has the shape [2], its seed [1, 2]"),
        (["--seed", "k"], "the value of --seed cannot depend on a name: `k`"),
        (["--seed", "@nowhere.npy"], "nowhere.npy"),
        (["--along", "x=1"], "`x` has the shape [2], its direction is a number"),
        (["--along", "x=[1, 2]", "--seed", "[1, 2]"], "--along and --seed do not go together"),
        (["--along", "x=[1, 2]", "--wrt", "x"], "--along and --wrt do not go together"),
        (["--along", "y=1"], "the program has no input `y`"),
        (["--along", "x=[1, 2]", "--along", "x=[1, 2]"], "gives `x` twice"),
        ([], "only a number has a gradient"),
    ],
)
def test_directions_and_seeds_that_are_wrong(command: Command, arguments: list[str], message: str) -> None:
    result = command("grad", "x^2", "x=[1, 2]", *arguments)
    assert result.status == (2 if arguments else 3)
    assert message in result.err


@pytest.mark.parametrize("mode", ["auto", "reverse", "forward"])
def test_jacobians(command: Command, mode: str) -> None:
    program = ["jacobian", "outer(x, [s, s^2])", "x=[1, 2]", "s=3", "--mode", mode]
    assert command(*program).out == (
        "f = [[3, 9], [6, 18]]\ndf/dx = [[[3, 0], [9, 0]], [[0, 3], [0, 9]]]\ndf/ds = [[1, 6], [2, 12]]\n"
    )
    record = json.loads(command(*program, "--format", "json", "--wrt", "s").out)
    assert record["jacobian"] == {"s": [[1, 6], [2, 12]]}
    assert command("jacobian", "x^2", "x=3", "--mode", mode).out == "f = 9\ndf/dx = 6\n"
    assert command("jacobian", "x", "x=[]", "--mode", mode).out == "f = []\ndf/dx = zeros([0, 0])\n"


def test_hessians(command: Command) -> None:
    program = ["hessian", "s*x @ A @ x", "A=[[1, 2], [3, 4]]", "x=[1, 1]", "s=2", "--wrt", "x,s"]
    assert command(*program).out == (
        "f = 20\nd2f/dxdx = [[4, 10], [10, 16]]\nd2f/dxds = [7, 13]\nd2f/dsdx = [7, 13]\nd2f/dsds = 0\n"
    )
    out = command(*program, "--times", "x=[1, 0]").out
    assert out == "f = 20\nd2f/dxdv = [4, 10]\nd2f/dsdv = 7\n"
    out = command(*program, "--times", "x=[1, 0]", "--times", "s=1").out
    assert out == "f = 20\nd2f/dxdv = [11, 23]\nd2f/dsdv = 7\n"


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["2*x", "x=[1, 2]"], "only a number has a gradient"),
        (["sum(x)", "x=[1, 2]", "--times", "x=1"], "`x` has the shape [2], its direction is a number"),
        (["sum(x)", "x=[1, 2]", "--times", "y=1"], "the program has no input `y`"),
        (["sum(x)", "x=[1, 2]", "--wrt", "y"], "`y`"),
    ],
)
def test_hessians_that_are_wrong(command: Command, arguments: list[str], message: str) -> None:
    result = command("hessian", *arguments)
    assert result.status in (2, 3)
    assert message in result.err


def test_strict_says_which_element(command: Command) -> None:
    result = command("eval", "--strict", "log(A)", "A=[[1, 2], [0, 1]]")
    assert result.status == 1
    assert result.err.startswith("error: log(A) is -inf at [1, 0], where A = 0\n")
    result = command("grad", "--strict", "sum(sqrt(x))", "x=[1, 0]")
    assert result.status == 1
    assert "inf" in result.err
    assert command("eval", "--strict", "log(x)", "x=[1, 2]").status == 0
    assert command("eval", "log(x)", "x=[1, 0]").out == "[0, -inf]\n"


def test_lines_of_arrays() -> None:
    lines = "x = [1, 2]; sum(x)\n[1, 2] + [1, 2, 3]\nassert [1, -1] > 0; 1\n[[1, 2], [2, 4]] @ [1, 1]\n"
    lines += "inv([[1, 2], [2, 4]])\nzeros([0, 2])\n"
    result = cg("eval", "--lines", "-", stdin=lines)
    assert result.status == 1
    assert result.out == "3\n[3, 6]\nzeros([0, 2])\n"
    assert result.err.count("error: ") == 3
    result = cg("eval", "--lines", "-", "--format", "json", stdin=lines)
    assert [json.loads(line)["value"] for line in result.out.splitlines()] == [3, [3, 6], []]
    kinds = [json.loads(line)["error"]["kind"] for line in result.err.splitlines()]
    assert kinds == ["shape", "assert", "matrix"]


@pytest.mark.parametrize(
    "text, x, verdict",
    [
        ("sum(x^2)", "[1, 2]", "ok"),
        ("sum(abs(x))", "[0, 1]", "kink"),
        ("max(x)", "[2, 2, 1]", "kink"),
        ("max(x)", "[2, 3, 1]", "ok"),
        ("logdet(eye(2) + outer(x, x))", "[1, 2]", "ok"),
        ("x[0]*x[[1, 1]] @ x", "[3, 4]", "ok"),
    ],
)
def test_check_of_arrays(command: Command, text: str, x: str, verdict: str) -> None:
    result = command("check", text, f"x={x}", "--format", "json")
    assert result.status == 0
    assert json.loads(result.out)["verdict"] == verdict


# ---------------------------------------------------------------------------- from Python


def test_evaluate_and_gradient_take_lists_and_arrays() -> None:
    for x in ([1, 2], (1.0, 2.0), np.array([1, 2]), np.array([1, 2], dtype=np.float32)):
        assert same(cgcli.evaluate("y = 2*x; sum(y)", x=x)["f"], 6)
        assert same(cgcli.gradient("y = 2*x; z = sum(y^2)", x=x)["z"]["x"], [8, 16])
    assert same(cgcli.evaluate("A @ x", A=SQUARE, x=[1, 1])["f"], [3, 7])
    assert cgcli.gradient("x^2", x=np.float64(3)) == {"f": {"x": 6.0}}
    assert type(cgcli.evaluate("x", x=np.array(3))["f"]) is float


@pytest.mark.parametrize("value", ["1", b"1", None, ["1", "2"], [None], [[1], [2, 3]], 1j, [1j], {}, {1}])
def test_what_is_no_number_is_refused(value: Any) -> None:
    with pytest.raises(cgcli.CgError, match=r"`x` is not a number or an array|rows of `x` differ in length"):
        cgcli.evaluate("2*x", x=value)


def test_inputs_are_copied() -> None:
    x = np.array([1.0, 2.0])
    found = cgcli.evaluate("x", x=x)["f"]
    x[0] = 100
    assert same(found, [1, 2])


def test_a_program_runs_again_with_other_shapes() -> None:
    program = cgcli.parse("input A: [n, n]; input b: [n]; solve(A, b)")
    assert same(cgcli.evaluate(program, A=np.eye(2), b=[1, 2])["f"], [1, 2])
    assert same(cgcli.evaluate(program, A=2 * np.eye(3), b=[2, 4, 6])["f"], [1, 2, 3])
    matrix = np.array([[2.0, 0.0], [0.0, 2.0]])
    assert same(cgcli.evaluate(program, A=matrix, b=[2, 4])["f"], [1, 2])
    matrix[:] = [[4.0, 0.0], [0.0, 4.0]]
    assert same(cgcli.evaluate(program, A=matrix, b=[4, 8])["f"], [1, 2])


@pytest.mark.parametrize("bad", [["a"], [[1], [2, 3]], [[None, 1], 2], [1j], {"a": 1}, object(), [[1, [2]]]])
def test_python_values_that_are_no_arrays(bad: Any) -> None:
    with pytest.raises(cgcli.CgError) as error:
        cgcli.evaluate("x", x=bad)
    assert error.value.diagnostic.kind == "binding"


def test_gradient_of_an_array_is_an_error() -> None:
    with pytest.raises(cgcli.CgError) as error:
        cgcli.gradient("2*x", x=[1, 2])
    assert error.value.diagnostic.kind == "shape"
