"""Second derivatives at corners: right where there is one, and else nan, which is told."""

from __future__ import annotations

import json
from typing import Any

import mpmath
import numpy as np
import pytest

import cgcli
from cgcli.ops import ELEMENTWISE, OPS
from tests.cg import cg

NAN = np.nan

# Programs, inputs, and the matrix of second derivatives by all inputs' elements.
SMOOTH: list[tuple[str, dict[str, Any], Any]] = [
    ("abs(x)^2", {"x": 0}, [[2]]),
    ("abs(x)^3", {"x": 0}, [[0]]),
    ("abs(x)^1.5", {"x": 0}, [[np.inf]]),
    ("cosh(abs(x))", {"x": 0}, [[1]]),
    ("cos(3*abs(x))", {"x": 0}, [[-9]]),
    ("abs(x - y)^2", {"x": 1, "y": 1}, [[2, -2], [-2, 2]]),
    ("abs(x)*abs(2*x)", {"x": 0}, [[4]]),
    ("copysign(x, -1)^2", {"x": 0}, [[2]]),
    ("relu(x)^3 + (relu(x) + relu(-x))^2", {"x": 0}, [[2]]),
    ("x*elu(x)", {"x": 0}, [[2]]),
    ("elu(x - y)*(x - y)^2", {"x": 1, "y": 1}, [[0, 0], [0, 0]]),
    ("hypot(x, y)^2", {"x": 0, "y": 0}, [[2, 0], [0, 2]]),
    ("hypot(x, 2*y)^2", {"x": 0, "y": 0}, [[2, 0], [0, 8]]),
    ("hypot(x, y)^4 + x*y", {"x": 0, "y": 0}, [[0, 1], [1, 0]]),
    ("(max(x, y) - min(x, y))^2", {"x": 1, "y": 1}, [[2, -2], [-2, 2]]),
    ("max(x, 0)^3", {"x": 0}, [[0]]),
    ("max(x, -x)^2", {"x": 0}, [[2]]),
    ("max(x, x, x - 1)^2", {"x": 3}, [[2]]),
    ("clip(x, x, 3)^2", {"x": 1}, [[2]]),
    ("clip(x, 1, 1)^2", {"x": 3}, [[0]]),
    ("clip(x, y, y)^2", {"x": 3, "y": 1}, [[0, 0], [0, 2]]),
    ("(clip(x, 0, 1) + max(-x, 0))^2", {"x": 0}, [[2]]),
    ("norm(x)^2", {"x": [0, 0]}, 2 * np.eye(2)),
    ("sum(norm(x, axis=1)^2)", {"x": [[0, 0], [3, 4]]}, 2 * np.eye(4)),
    ("norm(x, keepdims=1)[0]^2", {"x": [0, 0]}, 2 * np.eye(2)),
    ("norm(x, ord=inf)^3", {"x": [0, 0]}, np.zeros((2, 2))),
    ("std(x)^2", {"x": [1, 1]}, [[0.5, -0.5], [-0.5, 0.5]]),
    ("std(x, ddof=1)^2", {"x": [1, 1]}, [[1, -1], [-1, 1]]),
    ("(max(x) - min(x))^2", {"x": [1, 1]}, [[2, -2], [-2, 2]]),
    ("sum(sort(x)^2)", {"x": [1, 1, 2]}, 2 * np.eye(3)),
    ("prod(sort(x))", {"x": [3, 3]}, [[0, 1], [1, 0]]),
    ("median(x)^3", {"x": [0, 0, 0]}, np.zeros((3, 3))),
    # jumps that cancel
    ("max(x, 0) + log1p(exp(-abs(x)))", {"x": 0}, [[0.25]]),
    ("y*(max(x, 0) + log1p(exp(-abs(x)))) + x*z", {"x": 0, "y": 3, "z": 1},
     [[0.75, 0.5, 1], [0.5, 0, 0], [1, 0, 0]]),
    ("max(x, y) + log1p(exp(-abs(x - y)))", {"x": 1, "y": 1}, [[0.25, -0.25], [-0.25, 0.25]]),
    ("sum(max(x, 0) + log(1 + exp(-abs(x))))", {"x": [0, 0]}, 0.25 * np.eye(2)),
    ("max(x, 0) - abs(x)/2", {"x": 0}, [[0]]),
    ("relu(x) - relu(-x) + relu(x)^2 + relu(-x)^2", {"x": 0}, [[2]]),
    ("max(x, y) + min(x, y)", {"x": 0, "y": 0}, np.zeros((2, 2))),
    ("max(x, y)*min(x, y)", {"x": 2, "y": 2}, [[0, 1], [1, 0]]),
    ("max(x) + min(x) + sum(x)^2", {"x": [1, 1]}, 2 * np.ones((2, 2))),
]  # fmt: skip

# Of these there is none: which elements are nan.
CORNERS: list[tuple[str, dict[str, Any], Any]] = [
    ("abs(x)", {"x": 0}, [[1]]),
    ("x*abs(x)", {"x": 0}, [[1]]),
    ("abs(x)*abs(y)", {"x": 0, "y": 0}, [[1, 1], [1, 1]]),
    ("abs(x) + y^2", {"x": 0, "y": 0}, [[1, 1], [1, 0]]),
    ("copysign(x, 1)", {"x": 0}, [[1]]),
    ("relu(x)", {"x": 0}, [[1]]),
    ("max(x, 0) - abs(x)/2.0001", {"x": 0}, [[1]]),
    ("relu(x) - relu(-x) + relu(x)^2", {"x": 0}, [[1]]),
    ("relu(x)^2", {"x": 0}, [[1]]),
    ("x*relu(x) + y", {"x": 0, "y": 0}, [[1, 1], [1, 0]]),
    ("relu(x)*y", {"x": 0, "y": 0}, [[1, 1], [1, 1]]),
    ("elu(x)", {"x": 0}, [[1]]),
    ("sum(elu(x))", {"x": [0, 1]}, [[1, 1], [1, 0]]),
    ("hypot(x, y)", {"x": 0, "y": 0}, [[1, 1], [1, 1]]),
    ("max(x, 0)^2", {"x": 0}, [[1]]),
    ("min(x, y)", {"x": 1, "y": 1}, [[1, 1], [1, 1]]),
    ("clip(x, 0, 1)^2", {"x": 0}, [[1]]),
    ("(clip(x, 0, 1) - 1)^2", {"x": 1}, [[1]]),
    ("norm(x)", {"x": [0, 0]}, np.ones((2, 2))),
    ("norm(x, ord=1)", {"x": [0, 2]}, [[1, 1], [1, 0]]),
    ("norm(x, ord=1)^2", {"x": [0, 2]}, np.ones((2, 2))),
    ("norm(x, ord=inf)^2", {"x": [0, 0]}, np.ones((2, 2))),
    ("norm(x, ord=3)^2", {"x": [0, 0]}, np.ones((2, 2))),
    ("std(x)", {"x": [1, 1]}, np.ones((2, 2))),
    ("max(x)", {"x": [1, 1]}, np.ones((2, 2))),
    ("min(x)^2", {"x": [0, 0]}, np.ones((2, 2))),
    ("sort(x)[0]", {"x": [1, 1, 2]}, [[1, 1, 1], [1, 1, 1], [1, 1, 0]]),
    ("median(x)^2", {"x": [1, 1, 2]}, [[1, 1, 1], [1, 1, 1], [1, 1, 0]]),
    ("quantile(x, 0.3)", {"x": [1, 1]}, np.ones((2, 2))),
    ("eigvalsh(x)[0]", {"x": np.eye(2)}, np.ones((4, 4))),
    ("eigvalsh(x)[0]^2", {"x": np.zeros((2, 2))}, np.ones((4, 4))),
    ("eigvalsh(x)[0]^2 + 2*eigvalsh(x)[1]^2", {"x": np.zeros((2, 2))}, np.ones((4, 4))),
    ("max(eigvalsh(x))", {"x": np.eye(2)}, np.ones((4, 4))),
    ("svdvals(x)[0]", {"x": np.eye(2)}, np.ones((4, 4))),
    ("sum(svdvals(x))", {"x": [[1, 0], [0, 0]]}, np.ones((4, 4))),
    ("cond(x)", {"x": np.eye(2)}, np.ones((4, 4))),
]  # fmt: skip


def matrix(text: str, inputs: dict[str, Any]) -> np.ndarray:
    """Of the command: as one matrix."""
    bound = [f"{name}={np.asarray(value).tolist()}" for name, value in inputs.items()]
    found = json.loads(cg("hessian", text, *bound, "--format", "json").out)["hessian"]
    sizes = {name: np.size(value) for name, value in inputs.items()}
    rows = [[np.reshape(np.array(found[a][b], float), (sizes[a], sizes[b])) for b in inputs] for a in inputs]
    return np.block(rows)


@pytest.mark.parametrize("text, inputs, exact", SMOOTH, ids=lambda x: x if isinstance(x, str) else "")
def test_what_is_smooth_at_a_corner(text: str, inputs: dict[str, Any], exact: Any) -> None:
    np.testing.assert_allclose(matrix(text, inputs), exact, atol=1e-13)


@pytest.mark.parametrize("text, inputs, unknown", CORNERS, ids=lambda x: x if isinstance(x, str) else "")
def test_what_is_not_smooth_there_is_nan_and_told(text: str, inputs: dict[str, Any], unknown: Any) -> None:
    assert np.array_equal(np.isnan(matrix(text, inputs)), np.array(unknown, bool))
    bound = [f"{name}={np.asarray(value).tolist()}" for name, value in inputs.items()]
    told = cg("hessian", text, *bound).err
    assert "is nan" in told
    assert "has a corner" in told
    assert "and no second derivative" in told
    zeros = [f"{name}={np.ones(np.shape(value)).tolist()}" for name, value in inputs.items()]
    times = cg("hessian", text, *bound, "--times", *zeros[:1])
    assert "nan" in times.out
    assert "has a corner" in times.err


def test_every_corner_is_tested() -> None:
    used = {
        program.graph.ops[node].name
        for text, _, _ in CORNERS
        for program in [cgcli.parse(text)]
        for node in range(len(program.graph))
    }
    assert {op.name for op in OPS.values() if op.corner is not None} <= used


@pytest.mark.parametrize("name", sorted(op.name for op in ELEMENTWISE if op.corner is not None))
def test_away_from_corners_nothing_is_doubted(name: str) -> None:
    operands = ["x", "y", "y + 1"][: OPS[name].arity or 2]
    result = cg(
        "hessian", f"{name}({', '.join(operands)})^2", "x=0.3", *(["y=0.1"] if len(operands) > 1 else [])
    )
    assert (result.status, result.err) == (0, "")


# Symmetric functions of eigenvalues, as functions of one; and of all.
OF_EACH = {"l^2": 2, "exp(l)": 1, "l^3 - l": 3, "sqrt(l)": 1, "log(l)": 1, "1/l": 1, "l": 1}


def _matrix_function(text: str, x: Any) -> Any:
    """The sum of a function of the eigenvalues, by mpmath."""
    values = mpmath.eigsy(x, eigvals_only=True)
    functions = {name: getattr(mpmath, name) for name in ("exp", "sqrt", "log")}
    return sum(eval(text.replace("^", "**"), functions | {"l": value}) for value in values)


@pytest.mark.parametrize("text", OF_EACH)
@pytest.mark.parametrize("values", [[1, 1], [2, 2, 2], [1, 3, 1]])
def test_sums_over_equal_eigenvalues(text: str, values: list[float]) -> None:
    """Along random directions; the truth from differences of fourth order at 60 digits."""
    rng = np.random.default_rng(len(values))
    n = len(values)
    turn = np.linalg.qr(rng.normal(size=(n, n)))[0] if n > 2 else np.eye(n)
    x = turn @ np.diag(values) @ turn.T
    x = (x + x.T) / 2
    directions = [(v + v.T) / 2 for v in rng.normal(size=(2, n, n))]
    point = cgcli.prepare(f"l = eigvalsh(x); sum({text})")
    whole = point.hessian(x=x)["f"]["x"]["x"]
    for v in directions:
        found = np.einsum("ij,ijkl,kl", v, whole, v)
        with mpmath.workdps(60):
            h, exact = mpmath.mpf(10) ** -8, mpmath.mpf(0)
            for step, weight in ((0, -30), (1, 16), (-1, 16), (2, -1), (-2, -1)):
                moved = mpmath.matrix(x.tolist()) + step * h * mpmath.matrix(v.tolist())
                exact += weight * _matrix_function(text, moved) / (12 * h * h)
        assert abs(found - float(exact)) <= 1e-9 * max(1, abs(float(exact)))


@pytest.mark.parametrize(
    "text, instead",
    [
        ("sum(eigvalsh(x))", "trace(x)"),
        ("sum(eigvalsh(x)^2)", "sum(x*x)"),
        ("prod(eigvalsh(x))", "det(x)"),
        ("sum(log(eigvalsh(x)))", "logdet(x)"),
        ("sum(exp(eigvalsh(x)))", "trace(expm(x))"),
        ("norm(eigvalsh(x))", "norm(x)"),
        ("var(eigvalsh(x))", "sum(x*x)/size(x, axis=0) - (trace(x)/size(x, axis=0))^2"),
        ("sum(svdvals(x)^2)", "sum(x*x)"),
        ("prod(svdvals(x))", "det(x)"),
        ("eigvalsh(x) @ eigvalsh(x)", "sum(x*x)"),
    ],
)
@pytest.mark.parametrize("x", [2 * np.eye(2), np.diag([1.0, 3, 1]), np.diag([2.0, 2, 2, 5])])
def test_symmetric_functions_of_eigenvalues_are_functions_of_the_matrix(
    text: str, instead: str, x: Any
) -> None:
    """Along symmetric directions, for which the program on the right is the same."""
    rng = np.random.default_rng(3)
    v = rng.normal(size=x.shape)
    moves = f"x={(v + v.T).tolist()}"
    found, right = (
        json.loads(cg("hessian", one, f"x={x.tolist()}", "--times", moves, "--format", "json").out)[
            "product"
        ]["x"]
        for one in (text, instead)
    )
    right = (np.array(right) + np.transpose(right)) / 2
    np.testing.assert_allclose(found, right, atol=1e-12)


@pytest.mark.parametrize("x", [np.zeros((2, 3)), [[1.0, 0, 0, 0], [0, 1, 0, 0]], [[0.0, 0], [0, 1]]])
def test_squares_of_singular_values_are_smooth(x: Any) -> None:
    size = np.size(x)
    np.testing.assert_allclose(matrix("sum(svdvals(x)^2)", {"x": x}), 2 * np.eye(size), atol=1e-13)


def alone(table: Any) -> list[Any]:
    """The rows of a table whose programs have one input, with the shape that its second derivatives have."""
    return [
        (text, given["x"], np.shape(given["x"]) * 2, last)
        for text, given, last in table
        if set(given) == {"x"}
    ]


@pytest.mark.parametrize("text, x, shape, exact", alone(SMOOTH))
def test_what_is_smooth_inside_programs(text: str, x: Any, shape: Any, exact: Any) -> None:
    program = f"a = hessian({text}, x); b = jacobian(grad({text}, x), x); c = 2*a; a; b; c"
    result = cg("eval", program, f"x={np.asarray(x).tolist()}", "--format", "json")
    if np.all(np.isfinite(exact)):
        assert result.err == ""
    a, b, c = (np.array(json.loads(line)["value"], float) for line in result.out.splitlines())
    for found in (a, b, c / 2):
        np.testing.assert_allclose(found, np.reshape(exact, shape), atol=1e-13)


@pytest.mark.parametrize("text, x, shape, unknown", alone(CORNERS))
def test_what_is_not_smooth_inside_programs(text: str, x: Any, shape: Any, unknown: Any) -> None:
    result = cg("eval", f"hessian({text}, x)", f"x={np.asarray(x).tolist()}", "--format", "json")
    found = np.array(json.loads(result.out)["value"], float)
    assert np.array_equal(np.isnan(found), np.reshape(np.array(unknown, bool), shape))
    assert "is nan" in result.err
    assert "has a corner" in result.err


@pytest.mark.parametrize(
    "text, value",
    [
        ("diff(abs(x)^2, x, 2)", 2),
        ("diff(diff(abs(x)^2, x), x)", 2),
        ("diff(diff(hypot(x, y)^2, x), y)", 0),
        ("diff(diff(abs(x - y)^2, x), y)", -2),
        ("sum(diff(abs([1, 2]*x)^2, x, 2))", 10),
        ("sum(diff(abs(v)^2, v, 2))", 4),
        ("f(t) = diff(abs(t)^2, t, 2); f(x)", 2),
        ("a = abs(x); diff(diff(where(x, pi, a), a), x)", 0),
        ("a = abs(x); diff(diff(x*a^2, a), x)", 0),
        ("a = abs(v); sum(jacobian(grad(sum(a^2*v), a), v))", 4),
    ],
)
def test_second_derivatives_in_other_words(text: str, value: float) -> None:
    program = cgcli.parse(text)
    given = {name: at for name, at in {"x": 0.0, "y": 0.0, "v": [0.0, 1.0]}.items() if name in program.inputs}
    assert cgcli.evaluate(program, given)["f"] == value


@pytest.mark.parametrize("text", ["diff(abs(x)^4, x, 3)", "grad(sum(grad(norm([x, 0])^2, x)), x)"])
def test_higher_derivatives_at_corners_are_nan_and_told(text: str) -> None:
    result = cg("eval", text, "x=0")
    assert result.out == "nan\n"
    assert "has a corner where it is 0, and no second derivative" in result.err


def test_a_derivative_of_a_derivative_at_a_corner_is_told() -> None:
    result = cg("grad", "sum(grad(norm(x)^2, x))", "x=[0, 0]")
    assert "norm(x) has a corner where it is 0, and no second derivative" in result.err
    assert cg("grad", "sum(grad(norm(x)^2, x))", "x=[0, 1]").err == ""


@pytest.mark.parametrize("engine", ["plain", "kernel"])
@pytest.mark.parametrize(
    "program, answer",
    [
        (("eval", "diff(abs(x)^2, x, 2)"), "x,f\n-1,2\n0,2\n1,2\n"),
        (("eval", "y = diff(abs(x)^2, x, 2); assert y > 1; y/2"), "x,f\n-1,1\n0,1\n1,1\n"),
        (("eval", "diff(x^3, x, 2)"), "x,f\n-1,-6\n0,0\n1,6\n"),
        (("eval", "diff(max(x, x)^2 + clip(x, x, 3)^2, x, 2)"), "x,f\n-1,4\n0,4\n1,4\n"),
        (("eval", "diff(max(x, 0)^2, x, 2)"), "x,f\n-1,0\n0,nan\n1,2\n"),
        (("grad", "x*diff(abs(x)^2, x, 2)"), "x,f,df/dx\n-1,-2,2\n0,0,2\n1,2,2\n"),
        (("eval", "diff(abs(x)^2, x, 2)", "--reduce", "sum", "--where", "x >= 0"), "f\n4\n"),
    ],
)
def test_rows_that_meet_a_corner(program: tuple[str, ...], answer: str, engine: str) -> None:
    result = cg(*program, "--over", "x=-1:1:1", "--engine", engine)
    assert result.out == answer
    assert ("has a corner" in result.err) == ("nan" in answer)


@pytest.mark.parametrize("text, bound, found", [
    ("b^x", ["b=0", "x=0"], {"b": {"b": 0, "x": "NaN"}, "x": {"b": "NaN", "x": "Infinity"}}),
    ("x^y", ["x=0", "y=1"], {"x": {"x": 0, "y": "-Infinity"}, "y": {"x": "-Infinity", "y": 0}}),
])  # fmt: skip
def test_second_derivatives_are_the_same_both_ways_or_nan(text: str, bound: list[str], found: Any) -> None:
    assert json.loads(cg("hessian", text, *bound, "--format", "json").out)["hessian"] == found


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("text", ["relu(x) + exp(y)", "abs(x)*exp(y)", "max(x, 0)^2 + exp(y) + max(y, 0)"])
@pytest.mark.parametrize("command", ["hessian", "hessian --times x=1", "hessian --wrt y", "check"])
def test_corners_beside_what_overflows(command: str, text: str) -> None:
    result = cg(*command.split(), text, "x=0", "y=1e300")
    assert result.status in (0, 1)
    assert "exp(y) is inf" in result.err
