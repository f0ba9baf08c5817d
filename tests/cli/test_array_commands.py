"""The commands on programs with arrays, as the installed executable runs them."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from tests.cg import Result, cg

A, X = "A=[[1, 2], [3, 4]]", "x=[1, -1]"


def out(*arguments: str) -> str:
    result = cg(*arguments)
    assert (result.status, result.err) == (0, ""), result
    return result.out


def record(*arguments: str) -> Any:
    return json.loads(out(*arguments, "--format", "json"))


def refused(*arguments: str, status: int = 2) -> str:
    """The first line of the error."""
    result = cg(*arguments)
    assert (result.status, result.out) == (status, ""), result
    return result.err.splitlines()[0].removeprefix("error: ")


# grad


def test_gradients_have_the_shape_of_what_they_are_by() -> None:
    assert out("grad", "sum((A @ x)^2)", A, X) == "f = 2\ndf/dA = [[-2, 2], [-2, 2]]\ndf/dx = [-8, -12]\n"


@pytest.mark.parametrize("mode", ["reverse", "forward"])
def test_wrt_takes_arrays_between(mode: str) -> None:
    text = "y = A @ x; z = exp(y); sum(z*y)"
    found = record("grad", text, A, X, "--wrt", "z,y,A", "--mode", mode)["gradient"]
    y = np.array([-1.0, -1.0])
    assert list(found) == ["z", "y", "A"]
    np.testing.assert_allclose(found["z"], y, rtol=1e-15)
    np.testing.assert_allclose(found["y"], np.exp(y) * (1 + y), atol=1e-16)
    np.testing.assert_allclose(found["A"], np.outer(np.exp(y) * (1 + y), [1, -1]), atol=1e-16)


def test_grad_of_an_array_says_what_there_is_instead() -> None:
    message = refused("grad", "A @ x", A, X, status=3)
    assert message == "the output is an array of shape [2], and only a number has a gradient"
    assert "`y` is an array of shape [2]" in refused("grad", "y = A @ x", A, X, status=3)


def test_csv_of_gradients() -> None:
    assert out("grad", "sum(x)*y", X, "y=2", "--format", "csv") == (
        "output,value,wrt,gradient\nf,0,x[0],2\nf,0,x[1],2\nf,0,y,0\n"
    )


CSV = {
    ("eval", "y = [[1, 2]]; 5"): [",5"],
    ("eval", "[[1, 2]]"): ['"[0,0]",1', '"[0,1]",2'],
    ("eval", "y = [[1, 2]]; z = 2; zeros([2, 0])", "--show", "y,z"): ['"y[0,0]",1', '"y[0,1]",2', "z,2"],
    ("jacobian", "x*y", "x=[1, 2]", "y=3"): [
        *("f[0],3,x[0],3", "f[0],3,x[1],0", "f[1],6,x[0],0", "f[1],6,x[1],3", "f[0],3,y,1", "f[1],6,y,2"),
    ],
    ("hessian", "sum(x^2)*y", "x=[1]", "y=3"): [
        "f,3,x[0],x[0],6",
        "f,3,x[0],y,2",
        "f,3,y,x[0],2",
        "f,3,y,y,0",
    ],
    ("hessian", "sum(x^2)*y", "x=[1]", "y=3", "--times", "y=1"): ["f,3,x[0],2", "f,3,y,0"],
    ("grad", "x*y", "--seed", "[1, 2]", "x=[1, 2]", "y=3"): [
        *("f[0],3,,", "f[1],6,,", "f,,x[0],3", "f,,x[1],6", "f,,y,5"),
    ],
    ("grad", "x^2", "--seed", "2", "x=1"): ["f,1,x,4"],
}


@pytest.mark.parametrize("arguments", CSV, ids=" ".join)
def test_csv_has_a_row_an_element(arguments: tuple[str, ...]) -> None:
    found = out(*arguments, "--format", "csv").splitlines()[1:]
    assert found == CSV[arguments]


# --along: a directional derivative


def test_along_one_input_and_several() -> None:
    assert out("grad", "A @ x", A, X, "--along", "x=[1, 0]") == "f = [-1, -1]\ndf = [1, 3]\n"
    both = ("--along", "x=[1, 0]", "--along", "A=[[0, 1], [0, 0]]")
    assert out("grad", "A @ x", A, X, *both) == "f = [-1, -1]\ndf = [0, 3]\n"
    assert record("grad", "y = A @ x; 2*y", A, X, *both[:2])["along"] == [2, 6]


def test_along_is_the_gradient_times_the_direction() -> None:
    text = "sum(softmax(A @ x) * x) + prod(x)"
    slope = record("grad", text, A, X)["gradient"]
    v, w = np.array([0.3, -2.0]), np.array([[1.0, 0.5], [-1.0, 2.0]])
    along = ("--along", f"x={v.tolist()}", "--along", f"A={w.tolist()}")
    found = record("grad", text, A, X, *along)["along"]
    assert found == pytest.approx(np.sum(slope["x"] * v) + np.sum(slope["A"] * w), rel=1e-13)


def test_along_forms() -> None:
    arguments = ("grad", "a = 2*x; b = sum(x)", X, "--along", "x=[1, 2]")
    assert out(*arguments) == "a = [2, -2]\nda = [2, 4]\nb = 0\ndb = 3\n"
    assert out(*arguments, "--format", "csv") == "output,value,along\na[0],2,2\na[1],-2,4\nb,0,3\n"
    lines = [json.loads(line) for line in out(*arguments, "--format", "json").splitlines()]
    assert [line["along"] for line in lines] == [[2, 4], 3]


ALONG_ERRORS = [
    (["--along", "x=1"], "--along: `x` has the shape [2], its direction is a number"),
    (["--along", "x=[1, 2, 3]"], "--along: `x` has the shape [2], its direction [3]"),
    (["--along", "z=[1, 2]"], "--along: the program has no input `z`"),
    (["--along", "y=[1, 2]"], "--along: the program has no input `y`"),
    (["--along", "x=[1, 2]", "--along", "x=[1, 2]"], "--along gives `x` twice"),
    (["--along", "x=[1, 2"], "`[` was never closed"),
    (["--along", "x"], "this argument is not NAME=VALUE"),
    (["--along", "x=[1, 2]", "--wrt", "x"], "--along and --wrt do not go together"),
    (["--along", "x=[1, 2]", "--seed", "1"], "--along and --seed do not go together"),
]


@pytest.mark.parametrize("options, message", ALONG_ERRORS, ids=[" ".join(one[0]) for one in ALONG_ERRORS])
def test_along_errors(options: list[str], message: str) -> None:
    assert refused("grad", "y = A @ x; sum(y)", A, X, *options) == message


# --seed: a product with the Jacobian from the left


def test_seed_is_a_weighted_sum() -> None:
    text = ("grad", "A @ x", A, X, "--seed", "[2, -1]")
    assert out(*text) == "f = [-1, -1]\nd(seed*f)/dA = [[2, -2], [-1, 1]]\nd(seed*f)/dx = [-1, 0]\n"
    weighted = record("grad", "sum([2, -1] * (A @ x))", A, X)["gradient"]
    assert record(*text)["seeded"] == weighted
    assert record(*text, "--wrt", "x")["seeded"] == {"x": [-1, 0]}


def test_seed_of_a_number_and_of_a_shown_name() -> None:
    assert out("grad", "x^2", "x=3", "--seed", "2") == "f = 9\nd(seed*f)/dx = 12\n"
    shown = out("grad", "p = A @ x; q = 2*p", A, X, "--seed", "[1, 0]", "--show", "p", "--wrt", "x")
    assert shown == "p = [-1, -1]\nd(seed*p)/dx = [1, 2]\n"


SEED_ERRORS = [
    (["--seed", "1"], "`f` has the shape [2], its seed is a number"),
    (["--seed", "[[1, 2]]"], "`f` has the shape [2], its seed [1, 2]"),
    (["--seed", ""], "the value of --seed is missing"),
    (["--seed", "[1, z]"], "the value of --seed cannot depend on a name: `z`"),
    (["--seed", "@none.npy"], "cannot read `none.npy`: No such file or directory"),
]


@pytest.mark.parametrize("options, message", SEED_ERRORS, ids=[" ".join(one[0]) for one in SEED_ERRORS])
def test_seed_errors(options: list[str], message: str) -> None:
    assert refused("grad", "A @ x", A, X, *options) == message


# jacobian


def test_jacobian_in_both_modes_and_forms() -> None:
    arguments = ("jacobian", "[x[0]*x[1], sin(x[0]), 7]", X)
    first = record(*arguments, "--mode", "forward")["jacobian"]["x"]
    assert first == record(*arguments, "--mode", "reverse")["jacobian"]["x"]
    assert first == record(*arguments)["jacobian"]["x"]
    np.testing.assert_allclose(first, [[-1, 1], [np.cos(1), 0], [0, 0]], rtol=1e-15)
    assert out("jacobian", "A @ x", A, X, "--wrt", "x", "--format", "csv") == (
        "output,value,wrt,jacobian\nf[0],-1,x[0],1\nf[0],-1,x[1],2\nf[1],-1,x[0],3\nf[1],-1,x[1],4\n"
    )


def test_the_axes_of_a_jacobian_are_the_output_s_and_then_the_input_s() -> None:
    found = record("jacobian", "outer(x, y)", X, "y=[5, 6, 7]")["jacobian"]
    assert np.shape(found["x"]) == (2, 3, 2)
    assert np.shape(found["y"]) == (2, 3, 3)
    assert found["x"][1][2] == [0, 7]
    assert out("jacobian", "x; y", X, "y=2") == (
        "f1 = [1, -1]\ndf1/dx = [[1, 0], [0, 1]]\ndf1/dy = [0, 0]\nf2 = 2\ndf2/dx = [0, 0]\ndf2/dy = 1\n"
    )


def test_jacobians_of_what_is_empty_or_constant() -> None:
    assert out("jacobian", "2*x", "x=[]") == "f = []\ndf/dx = zeros([0, 0])\n"
    assert out("jacobian", "[1, 2]") == "f = [1, 2]\n"
    assert out("jacobian", "x^2", "x=3") == "f = 9\ndf/dx = 6\n"


# hessian


def test_hessian_blocks_and_products() -> None:
    arguments = ("hessian", "sum(x^3)*y", "x=[1, 2]", "y=2")
    assert out(*arguments) == (
        "f = 18\nd2f/dxdx = [[12, 0], [0, 24]]\nd2f/dxdy = [3, 12]\nd2f/dydx = [3, 12]\nd2f/dydy = 0\n"
    )
    times = ("--times", "x=[1, 0]", "--times", "y=1")
    assert out(*arguments, *times) == "f = 18\nd2f/dxdv = [15, 12]\nd2f/dydv = 3\n"
    assert record(*arguments, *times[:2], "--wrt", "y")["product"] == {"y": 3}


def test_hessian_errors() -> None:
    assert refused("hessian", "x^3", X, status=3).startswith("the output is an array of shape [2]")
    assert refused("hessian", "sum(x)", X, "--times", "x=1") == (
        "--times: `x` has the shape [2], its direction is a number"
    )
    assert refused("hessian", "y = 2*x; sum(y^2)", X, "--wrt", "y") == "--wrt: `y` is not an input"


# Pictures

LONG = f"x={list(range(1000))}"


def test_long_arrays_are_cut_in_pictures_and_whole_on_demand() -> None:
    assert out("graph", "x/10", LONG) == (
        "/ = [0, 0.1, …, 99.9] [1000]\n├── x = [0, 1, …, 999] [1000]\n└── 10\n"
    )
    whole = out("graph", "x/10", LONG, "--full")
    assert "…" not in whole
    assert "99.8, 99.9]\n" in whole
    assert "[0, 1, …, 999] [1000]" in out("trace", "sum(x)", LONG)
    assert "…" not in out("trace", "sum(x)", LONG, "--full")
    assert "…" not in out("eval", "x", LONG)
    assert out("graph", "x", "x=zeros([100, 2])").startswith("x = [[0, 0], [0, 0], …, [0, 0]] [100, 2]")
    assert out("graph", "x", "x=[1, 2, 3, 4, 5, 6]") == "x = [1, 2, 3, 4, 5, 6]\n"


def test_trace_writes_the_rule_of_a_whole_array() -> None:
    assert out("trace", "sum(A @ x)", A, X) == (
        "forward\n"
        "  1  A = [[1, 2], [3, 4]]\n"
        "  2  x = [1, -1]\n"
        "  3  v3 = A @ x = [-1, -1]\n"
        "  4  f = sum(v3) = -2\n"
        "backward from f\n"
        "  4  df/df = 1\n"
        "  3  df/dv3 = broadcast(df/df, [2]) = [1, 1]\n"
        "  2  df/dx = A.T @ df/dv3 = [4, 6]\n"
        "  1  df/dA = outer(df/dv3, x) = [[1, -1], [1, -1]]\n"
        "gradient\n"
        "  df/dA = [[1, -1], [1, -1]]\n"
        "  df/dx = [4, 6]\n"
    )


@pytest.mark.parametrize("style", ["tree", "ascii", "list", "dot", "mermaid", "json"])
def test_graph_shows_values_and_adjoints_of_arrays(style: str) -> None:
    shown = out("graph", "sum(x*x)", X, "--grad", "--style", style)
    wanted = {"mermaid": "#91;2#44; #45;2#93;"}.get(style, "[2, -2]")
    assert wanted in shown


def test_graph_shows_shapes_before_values() -> None:
    assert out("graph", "input A: [m, n]; input x: [n]; sum(A @ x)/n") == (
        "/\n├── sum\n│   └── @ [m]\n│       ├── A [m, n]\n│       └── x [n]\n"
        "└── n: size(axis=1)\n    └── A [m, n]\n"
    )


# What is not finite, assertions, lines


def where(result: Result) -> list[str]:
    return [line for line in result.err.splitlines() if line.startswith(("error", "warning"))]


def test_warnings_name_the_element() -> None:
    result = cg("eval", "log(x) + y", "x=[[1, 2], [-1, 3]]", "y=1")
    assert where(result) == ["warning: log(x) is nan at [1, 0], where x = -1"]
    result = cg("eval", "log(x)", "x=[1, -1]", "--strict")
    assert (result.status, where(result)) == (1, ["error: log(x) is nan at [1], where x = -1"])
    result = cg("jacobian", "sqrt(x)", "x=[0, 1]", "--strict")
    assert result.status == 1
    assert where(result) == ["error: the derivative of sqrt(x) by x is inf at [0], where x = 0"]


def test_no_warning_of_the_branch_not_taken() -> None:
    assert out("eval", "where(x > 0, log(x), 0)", X) == "[0, 0]\n"
    assert out("grad", "sum(where(x > 0, sqrt(x), 0))", "x=[0, 4]") == "f = 2\ndf/dx = [0, 0.25]\n"


def test_assertions_hold_for_every_element() -> None:
    assert out("eval", "assert x < 2; sum(x)", X) == "0\n"
    assert out("eval", "assert x > 0; 1", "x=[]") == "1\n"
    result = cg("eval", "assert x > 0; sum(x)", X)
    assert (result.status, where(result)) == (1, ["error: assertion failed: x > 0"])
    assert "at [1] the left side is -1, the right side 0" in result.err
    result = cg("eval", "assert 0 < x + 2 < [5, 0]; 1", X)
    assert result.status == 1
    assert "at [1] the left side is 1, the right side 0" in result.err


def test_lines_with_arrays() -> None:
    result = cg("grad", "--lines", "-", X, stdin="sum(x)\nx\nx @ [1]\nsum(x^2)\n")
    assert (result.status, result.out) == (1, "f = 0\ndf/dx = [1, 1]\nf = 2\ndf/dx = [2, -2]\n")
    assert [line.split(":")[1].strip() for line in where(result)] == [
        "the output is an array of shape [2], and only a number has a gradient",
        "shapes do not match in `@`",
    ]


CHECKED = {
    "sum(A @ x)": ["ok", "ok"],
    "A @ x": ["ok", "ok"],
    "max(x) + 0*A[0, 0]": ["ok", "ok"],
    "max(x*x) + 0*sum(A)": ["ok", "kink"],
    "det(A) + sum(x)": ["ok", "ok"],
}


@pytest.mark.parametrize("text", CHECKED)
def test_check(text: str) -> None:
    rows = [line.split() for line in out("check", text, A, X).splitlines()[1:]]
    assert {row[1]: row[-1] for row in rows} == dict(zip("Ax", CHECKED[text]))


@pytest.mark.parametrize(
    "text, x, verdict",
    [
        ("sum(x)", "[1e-300, 1e300]", "ok"),
        ("sum(x*[1, 2])", "[1, 1e20]", "ok"),
        ("prod(x)", "[1e-100, 1e100]", "ok"),
        ("sum(x)", "[0, 0]", "ok"),
        ("sum(sin(x))", "[1, 1e15]", "unclear"),
    ],
)
def test_check_of_elements_of_any_size(text: str, x: str, verdict: str) -> None:
    """What is called ok has a numeric derivative that is close."""
    row = record("check", text, f"x={x}")
    assert row["verdict"] == verdict
    assert (row["off"] < 1e-9) == (verdict == "ok")


@pytest.mark.parametrize("text, k", [("x[k]^2", "1"), ("x[k]^2", "[1, 0]"), ("eye(2)[k]*sum(x)", "1")])
def test_check_of_a_subscript_is_unclear(text: str, k: str) -> None:
    """It cannot vary, and a line says so; other inputs are compared."""
    result = cg("check", text, "x=[1, 2]", f"k={k}")
    assert result.status == 0
    rows = {row.split()[1]: row.split()[-1] for row in result.out.splitlines()[1:]}
    assert rows == {"x": "ok", "k": "unclear"}
    assert result.err.startswith("note: `k` cannot vary here: a subscript is a whole number\n --> <expr>:1:")


def test_check_of_nothing_says_so() -> None:
    result = cg("check", "[1, 2]")
    assert (result.status, len(result.out.splitlines())) == (0, 1)
    assert result.err == "note: there is nothing to check: the program has no inputs\n"


@pytest.mark.parametrize(
    "text, x",
    [
        ("1e200*(1e200*(x*1e-300))", "1"),
        ("sum(1e200*(1e200*(x*1e-300)))", "[1, 2]"),
        ("1e-200*((1e200*x)*1e200)*1e-100", "1e-100"),
        ("sum([1, 2]*1e-200*((1e200*x)*1e200)*1e-100)", "[1e-100, 2e-100]"),
    ],
)
def test_check_of_derivatives_that_leave_the_range_on_the_way(text: str, x: str) -> None:
    row = record("check", text, f"x={x}")
    assert row["verdict"] == "ok"
    assert row["reverse"] == row["forward"]
