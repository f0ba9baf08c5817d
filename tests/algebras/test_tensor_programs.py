"""Programs on arrays: reverse mode, forward mode and differences agree, and what is masked out
leaves no trace."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cgcli
from cgcli.evaluation.derivatives import along, gradients, hessian, hessian_times
from cgcli.evaluation.specialised import Point
from tests.cg import cg
from tests.points import evaluate

INF, NAN = np.inf, np.nan
INPUTS = {"x": (2, 3), "y": (3,), "A": (3, 3), "s": ()}

Shape = tuple[int, ...]


def fits(left: Shape, right: Shape) -> Shape | None:
    """The shape of an elementwise result, if there is one."""
    try:
        return np.broadcast_shapes(left, right)
    except ValueError:
        return None


def product_shape(left: Shape, right: Shape) -> Shape | None:
    if not left or not right or left[-1] != right[-2:][0]:
        return None
    return np.shape(np.zeros(left) @ np.zeros(right)) if fits(left[:-2], right[:-2]) is not None else None


@st.composite
def programs(draw: Any) -> str:
    """Statements that each use what is there before, and a number made of the last."""
    known: list[tuple[str, Shape]] = [*INPUTS.items()]
    lines: list[str] = []
    for place in range(draw(st.integers(1, 7))):
        name, shape = draw(st.sampled_from(known[-4:]))
        choices: list[tuple[str, Shape]] = [
            (f"tanh({name})", shape), (f"exp(-{name}^2)", shape), (f"0.5*{name} + sin({name})", shape),
            (f"{name}/(1 + {name}^2)", shape),
        ]  # fmt: skip
        stretched = fits(shape, (2, 1, 1))
        if stretched is not None:
            choices.append((f"{name} + 0.1*ones([2, 1, 1])", stretched))
        for other, size in known:
            wide, multiplied = fits(shape, size), product_shape(shape, size)
            if wide is not None:
                choices += [(f"{name}*{other}", wide), (f"{name} - {other}", wide)]
            if multiplied is not None:
                choices += [(f"{name} @ {other}", multiplied)] * 2
        for axis in range(-1, len(shape)) if shape else ():
            rest = tuple(n for i, n in enumerate(shape) if i != axis % len(shape))
            kept = tuple(1 if i == axis % len(shape) else n for i, n in enumerate(shape))
            choices += [
                (f"sum({name}, axis={axis})", rest), (f"mean({name}, axis={axis}, keepdims=1)", kept),
                (f"logsumexp({name}, axis={axis})", rest), (f"softmax({name}, axis={axis})", shape),
                (f"cumsum({name}, axis={axis})", shape), (f"flip({name}, axis={axis})", shape),
                (f"concat({name}, 2*{name}, axis={axis})",
                 tuple(2 * n if i == axis % len(shape) else n for i, n in enumerate(shape))),
            ]  # fmt: skip
        if shape:
            count = int(np.prod(shape))
            choices += [
                (f"{name}.T", shape[::-1]), (f"reshape({name}, [-1])", (count,)),
                (f"reshape({name}, [1, {count}])", (1, count)), (f"{name}[0]", shape[1:]),
                (f"{name}[::-1]", shape), (f"{name}[[0, 0, -1]]", (3, *shape[1:])),
                (f"stack({name}, {name}, axis=-1)", (*shape, 2)), (f"cumprod({name}/2)", (count,)),
            ]  # fmt: skip
        text, shape = draw(st.sampled_from([one for one in choices if np.prod(one[1]) <= 60]))
        lines.append(f"v{place} = {text}")
        known.append((f"v{place}", shape))
    return "; ".join([*lines, f"sum(sin({known[-1][0]})) + 0.01*(sum(x^2) + y @ y + trace(A) + s)"])


def point_of(program: str, inputs: dict[str, Any]) -> tuple[Point, int, dict[str, int]]:
    parsed = cgcli.parse(program)
    return evaluate(parsed, inputs), parsed.outputs[0].node, parsed.inputs


def random_inputs(rng: np.random.Generator) -> dict[str, Any]:
    return {name: rng.uniform(-1, 1, shape) if shape else rng.uniform() for name, shape in INPUTS.items()}


def inner(x: dict[str, Any], y: dict[str, Any]) -> float:
    return float(sum(np.sum(np.multiply(x[name], y[name])) for name in x))


@settings(max_examples=60, deadline=None)
@given(programs(), st.integers(0, 99))
def test_all_ways_agree(program: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    inputs, v, u = random_inputs(rng), random_inputs(rng), random_inputs(rng)
    point, output, wrt = point_of(program, inputs)
    nodes = list(wrt.values())
    reverse = dict(zip(wrt, gradients(point, [output], nodes)[0]))
    forward = dict(zip(wrt, gradients(point, [output], nodes, "forward")[0]))
    scale = max(float(np.max(np.abs(slope))) for slope in reverse.values())
    for name in wrt:
        assert np.shape(reverse[name]) == np.shape(forward[name]) == INPUTS[name]
        np.testing.assert_allclose(reverse[name], forward[name], rtol=0, atol=1e-13 * (1 + scale))
    slope = along(point, [output], {node: v[name] for name, node in wrt.items()})[0]
    assert slope == pytest.approx(inner(reverse, v), rel=1e-12, abs=1e-12 * (1 + scale))

    def moved(step: float) -> float:
        there, at, _ = point_of(program, {name: x + step * v[name] for name, x in inputs.items()})
        return float(there.values[at])

    steps = [(moved(h) - moved(-h)) / (2 * h) for h in (4e-3, 2e-3, 1e-3)]
    once = [(4 * steps[1] - steps[0]) / 3, (4 * steps[2] - steps[1]) / 3]
    numeric, doubt = (16 * once[1] - once[0]) / 15, abs(once[1] - once[0])
    assert slope == pytest.approx(numeric, rel=1e-9, abs=1e-9 * (1 + scale) + doubt)

    by_v = dict(zip(wrt, hessian_times(point, output, nodes, v)))
    by_u = dict(zip(wrt, hessian_times(point, output, nodes, u)))
    bound = sum(float(np.max(np.abs(part))) for part in (*by_v.values(), *by_u.values()))
    assert inner(by_v, u) == pytest.approx(inner(by_u, v), rel=1e-11, abs=1e-12 * (1 + bound))


# What is masked out. Each function of the rows of X is finite on the first, and the second, which
# has nan and inf, is masked: its gradient is 0, and that by the first is what it is without it.

MASKED = [
    "X @ w", "dot(X, w)", "(X @ outer(w, w))[:, 0]", 'einsum("ij,j->i", X, w)', "sum(X*w, axis=1)",
    "sum(X^2, axis=1)", "prod(X, axis=1)", "norm(X, axis=1)", "norm(X, axis=1, ord=1)",
    "norm(X, axis=1, ord=3)", "norm(X, axis=1, ord=inf)", "var(X, axis=1)", "std(X, axis=1)",
    "max(X, axis=1)",
    "min(X, axis=1)", "mean(X, axis=1)", "logsumexp(X, axis=1)", "cumsum(X, axis=1)[:, 1]",
    "sum(log(X), axis=1)",
    "sum(tril(X), axis=1)", "outer(X[:, 0], w)[:, 1]", "cross(X, w)[:, 0]", "X[:, 0]/X[:, 1]",
    "flip(X, axis=1)[:, 0]", "concat(X, X, axis=1)[:, 4]", "sqrt(X[:, 0])*X[:, 1]", "softmax(X)[:, 0]",
    "cumprod(X, axis=1)[:, 1]",
]  # fmt: skip

BAD = [[NAN, INF, 1.0], [-INF, NAN, NAN], [-1.0, 0.0, INF], [INF, INF, INF]]
GOOD = [0.6, 1.7, 0.9]

ROWS = pytest.mark.parametrize("text, bad", [(text, bad) for text in MASKED for bad in BAD])


def masked(text: str, rows: list[list[float]], shown: list[int]) -> tuple[Point, int, list[int]]:
    """The sum of the squares where rows are shown; every row is used."""
    inputs = {"X": np.array(rows), "w": np.array([0.7, -0.4, 1.3])}
    program = f"r = {text}; sum(where({shown}, r^2, 0)) + 0*(sum(where({shown}, X[:, 0], 0)) + sum(w))"
    point, output, wrt = point_of(program, inputs)
    return point, output, [wrt["X"], wrt["w"]]


@ROWS
@pytest.mark.parametrize("mode", ["reverse", "forward"])
def test_masked_rows_leave_no_trace(text: str, bad: list[float], mode: str) -> None:
    point, output, wrt = masked(text, [GOOD], [1])
    by_rows, by_w = gradients(point, [output], wrt)[0]
    point, output, wrt = masked(text, [GOOD, bad], [1, 0])
    found = gradients(point, [output], wrt, mode)[0]
    np.testing.assert_allclose(found[0], [*by_rows, [0, 0, 0]], rtol=1e-13)
    np.testing.assert_allclose(found[1], by_w, rtol=1e-13)


@ROWS
def test_masked_rows_leave_no_trace_in_second_derivatives(text: str, bad: list[float]) -> None:
    point, output, (rows, w) = masked(text, [GOOD], [1])
    alone = hessian(point, output, {"X": rows, "w": w})
    point, output, (rows, w) = masked(text, [GOOD, bad], [1, 0])
    found = hessian(point, output, {"X": rows, "w": w})
    by_rows = np.zeros((2, 3, 2, 3))
    by_rows[0, :, 0] = alone[0][0][0, :, 0]
    both = np.zeros((2, 3, 3))
    both[0] = alone[0][1][0]
    np.testing.assert_allclose(found[0][0], by_rows, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(found[0][1], both, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(found[1][0], np.moveaxis(both, -1, 0), rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(found[1][1], alone[1][1], rtol=1e-12, atol=1e-15)


# What is degenerate besides, in both modes: programs, inputs, the gradient by each input.

POINTS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("eigvalsh(A)[0]", {"A": np.eye(3)}, {"A": np.eye(3) / 3}),
    ("eigvalsh(A)[1]", {"A": np.diag([1.0, 4, 4])}, {"A": np.diag([0, 0.5, 0.5])}),
    ("sum(eigvalsh(A))", {"A": np.diag([1.0, 1, 1, 2])}, {"A": np.eye(4)}),
    ("det(A)", {"A": [[1, 2, 3], [2, 4, 6], [1, 0, 1]]}, {"A": [[4, 4, -4], [-2, -2, 2], [0, 0, 0]]}),
    ("det(A)", {"A": np.zeros((3, 3))}, {"A": np.zeros((3, 3))}),
    ("sum(det(A))", {"A": np.zeros((0, 2, 2))}, {"A": np.zeros((0, 2, 2))}),
    ("norm(x)", {"x": [1e200, 1e200]}, {"x": [0.5**0.5, 0.5**0.5]}),
    ("norm(x)", {"x": [1e-200, 0]}, {"x": [1, 0]}),
    ("norm(x, ord=3)", {"x": [0, 0]}, {"x": [0, 0]}),
    ("norm(x, ord=inf)", {"x": [0, 0]}, {"x": [0, 0]}),
    ("sum(std(x, axis=1))", {"x": [[2, 2], [1, 3]]}, {"x": [[0, 0], [-0.5, 0.5]]}),
    ("sum(max(x, axis=0))", {"x": [[1, 2], [1, 0], [1, 2]]}, {"x": [[1 / 3, 0.5], [1 / 3, 0], [1 / 3, 0.5]]}),
    ("sum(prod(x, axis=1))", {"x": [[0, 2, 0], [0, 2, 3]]}, {"x": [[0, 0, 0], [6, 0, 0]]}),
    ("sum(logsumexp(x, axis=0))", {"x": [[-INF, 0], [-INF, 0]]}, {"x": [[0, 0.5], [0, 0.5]]}),
    ("softmax(x) @ [1, 0, 0]", {"x": [-INF, 0, 0]}, {"x": [0, 0, 0]}),
    ("softmax(x) @ [0, 1, 0]", {"x": [-INF, 0, 0]}, {"x": [0, 0.25, -0.25]}),
    ("softmax(x)[0]", {"x": [-1e4, 1e4]}, {"x": [0, 0]}),
    ("0*(x @ y) + sum(x)", {"x": [1, 2], "y": [INF, NAN]}, {"x": [1, 1], "y": [0, 0]}),
    ("sum(0*(X @ Y)) + sum(X)", {"X": [[1, 2], [3, 4]], "Y": [[INF, NAN], [1, 1]]},
     {"X": np.ones((2, 2)), "Y": np.zeros((2, 2))}),
    ("where(0, sum(inv(A)), sum(A))", {"A": [[1, 0], [0, 2]]}, {"A": np.ones((2, 2))}),
    ("if c then norm(x)/0 else sum(x)", {"c": 0, "x": [0, INF]}, {"c": 0, "x": [1, 1]}),
]  # fmt: skip


@pytest.mark.parametrize("mode", ["reverse", "forward"])
@pytest.mark.parametrize("program, inputs, expected", POINTS, ids=[row[0] for row in POINTS])
def test_degenerate_points(program: str, inputs: Any, expected: Any, mode: str) -> None:
    values = {name: np.array(x, float) if np.ndim(x) else float(x) for name, x in inputs.items()}
    point, output, wrt = point_of(program, values)
    found = dict(zip(wrt, gradients(point, [output], list(wrt.values()), mode)[0]))
    for name, exact in expected.items():
        assert np.shape(found[name]) == np.shape(exact)
        np.testing.assert_allclose(found[name], exact, rtol=2e-15, atol=1e-14)


def test_numbers_that_are_stretched_have_tangents_of_their_result() -> None:
    """`s + ones(2)` moves in both elements with s."""
    for program in ("s + ones(2)", "ones(2) - s", "flip(s + ones(2))", "x + (s + ones([2, 2]))"):
        result = cg("jacobian", program, "--wrt", "s", "s=1", *(["x=[1, 2]"] if "x" in program else []))
        assert (result.status, result.err) == (0, "")
    assert cg("grad", "--mode", "forward", "sum(flip(s + ones(2)))", "s=1").out == "f = 4\ndf/ds = 2\n"


@pytest.mark.parametrize("function", ["det", "logdet", "inv", "cholesky", "eigvalsh", "cofactor"])
def test_matrices_without_elements(function: str) -> None:
    """Nothing but the answer is printed, by the libraries beneath either."""
    result = cg("grad", f"sum({function}(A))", "A=zeros([0, 0])")
    assert (result.status, result.err) == (0, "")
    assert result.out == f"f = {1 if function == 'det' else 0}\ndf/dA = zeros([0, 0])\n"


@pytest.mark.parametrize("element", ["nan", "inf", "-inf"])
@pytest.mark.parametrize("function", ["det", "logdet", "inv", "cholesky", "eigvalsh", "cofactor"])
def test_matrices_that_are_not_finite(function: str, element: str) -> None:
    result = cg("grad", f"sum({function}(A))", f"A=[[{element}, 0, 0], [0, 1, 0], [0, 0, 1]]")
    assert result.status == 1
    assert f"`{function}`: the matrix has an element that is not finite" in result.err
