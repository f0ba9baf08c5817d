"""Arrays in programs: subscripts, operators, reductions, derivatives."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import cgcli
from tests.cg import cg
from tests.cli.arrays import SQUARE, SUBSCRIPTS, Command, M, T, X, error_of, same, value


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
    assert "at [1] the left side is -2, the right side 0" in str(error)
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


# Sizes, axes and slices from inputs that have a value

SIZED = [
    ("i = linspace(1, n, num=n); sum(i^2)", {"n": 10}, 385),
    ("x[1:n]", {"x": [1, 2, 3, 4], "n": 3}, [2, 3]),
    ("x[:len - 1:k]", {"x": [1, 2, 3, 4, 5], "len": 5, "k": 2}, [1, 3]),
    ("zeros([n, n + 1])", {"n": 2}, np.zeros((2, 3))),
    ("reshape(x, s)", {"x": [1, 2, 3, 4], "s": [2, 2]}, [[1, 2], [3, 4]]),
    ("sum(A, axis=k)", {"A": [[1, 2], [3, 4]], "k": 0}, [4, 6]),
    ("f(m) = eye(m)*m; f(n/2)", {"n": 4}, [[2, 0], [0, 2]]),
    ("x[n] + x[n:][0]", {"x": [1, 2, 3, 4], "n": 2}, 6),
    ("var(x, ddof=d)", {"x": [1, 3], "d": 1}, 2),
]


@pytest.mark.parametrize("text, inputs, value", SIZED)
def test_sizes_from_outside(text: str, inputs: dict[str, Any], value: Any, tmp_path: Path) -> None:
    """Bound, from a file, as defaults, and from Python."""
    bound = [f"{name}={given}" for name, given in inputs.items()]
    defaults = "; ".join(f"input {name} = {given}" for name, given in inputs.items())
    (tmp_path / "v.json").write_text(json.dumps(inputs))
    for arguments in ([text, *bound], [text, "--vars", "v.json"], [f"{defaults}; {text}"]):
        result = cg("eval", *arguments, "--format", "json", cwd=tmp_path)
        assert same(json.loads(result.out)["value"], value)
    assert same(cgcli.evaluate(text, **inputs)["f"], value)
    assert same(cgcli.prepare(text, **inputs).evaluate()["f"], value)


def test_a_default_that_another_value_replaces_is_no_size() -> None:
    assert cg("eval", "input n = 2; sum(linspace(1, 1, num=n))", "n=5").out == "5\n"
    assert (
        cg("eval", "--lines", "-", "n=3", stdin="sum(ones(n))\ninput n = 4; n*sum(ones(n))\n").out == "3\n9\n"
    )
    with pytest.raises(cgcli.CgError, match="the input `n`, which has no value"):
        cgcli.prepare("input n = 2; sum(ones(n))")


def test_a_size_has_no_derivative() -> None:
    assert cg("grad", "sum(ones(n)) + n", "n=3").out == "f = 6\ndf/dn = 1\n"
    assert cg("check", "sum(linspace(0, n, num=n))", "n=3").status == 0
    assert cg("diff", "input x: [3]; sum(x[:n]^2)", "n=2").status == 0
