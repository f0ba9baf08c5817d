"""Degenerate points of arrays: ties, zeros, singular matrices, branches that are not taken."""

from __future__ import annotations

import json
from itertools import permutations
from math import prod
from typing import Any

import numpy as np
import pytest

import cgcli
from cgcli.ops import ARRAY_OPS
from tests.cg import cg

INF, NAN = np.inf, np.nan

# Programs, inputs, and the gradient by each input, exactly. Every operation on whole arrays that
# states a convention has a line, or is named in ELSEWHERE.
CONVENTIONS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("max(x)", {"x": [1, 3, 3]}, {"x": [0, 0.5, 0.5]}),
    ("sum(max(x, axis=1))", {"x": [[1, 1], [0, 2]]}, {"x": [[0.5, 0.5], [0, 1]]}),
    ("min(x)", {"x": [2, 2, 2, 2]}, {"x": [0.25] * 4}),
    ("median(x)", {"x": [NAN, 1, 2]}, {"x": [NAN] * 3}),
    ("median(x)", {"x": [INF, 1, INF]}, {"x": [1, 0, 0]}),
    ("sum(median(x, axis=1)*[1, 2])", {"x": [[NAN, 1, 2], [1, 2, 4]]}, {"x": [[NAN] * 3, [0, 2, 0]]}),
    ("sum(quantile(x, [0.2, 0.3]))", {"x": [NAN, 1, 2]}, {"x": [NAN] * 3}),
    ("sum(quantile(x, [0.25], axis=0))", {"x": [[NAN, 1], [1, 2]]}, {"x": [[NAN, 0.75], [NAN, 0.25]]}),
    ("norm(x)", {"x": [0, 0]}, {"x": [0, 0]}),
    ("sum(norm(x, axis=1))", {"x": [[0, 0], [3, 4]]}, {"x": [[0, 0], [0.6, 0.8]]}),
    ("norm(x, ord=1)", {"x": [0, -2]}, {"x": [0, -1]}),
    ("norm(x, ord=inf)", {"x": [2, -2, 1]}, {"x": [0.5, -0.5, 0]}),
    ("std(x)", {"x": [2, 2, 2]}, {"x": [0, 0, 0]}),
    ("prod(x)", {"x": [0, 2, 3]}, {"x": [6, 0, 0]}),
    ("prod(x)", {"x": [0, 0, 3]}, {"x": [0, 0, 0]}),
    ("prod(x)", {"x": []}, {"x": []}),
    ("sum(cumprod(x))", {"x": [2, 0, 3]}, {"x": [1, 8, 0]}),
    ("logsumexp(x)", {"x": [-INF, -INF]}, {"x": [0, 0]}),
    ("logsumexp(x)", {"x": [-INF, 0]}, {"x": [0, 1]}),
    ("logsumexp(x)", {"x": [1e4, 1e4]}, {"x": [0.5, 0.5]}),
    ("logsumexp(x)", {"x": [INF, 1, -INF]}, {"x": [1, 0, 0]}),
    ("logsumexp(x)", {"x": [[INF, 1], [2, INF]]}, {"x": [[0.5, 0], [0, 0.5]]}),
    ("sum(logsumexp(x, axis=[0, 2]))", {"x": [[[INF, 1], [2, 2]]]}, {"x": [[[1, 0], [0.5, 0.5]]]}),
    ("softmax(x)[0]", {"x": [INF, 1]}, {"x": [0, 0]}),
    ("std(x)", {"x": [1e-200, 3e-200]}, {"x": [-0.5, 0.5]}),
    ("std(x)", {"x": [1e200, -1e200]}, {"x": [0.5, -0.5]}),
    ("softmax(x)[0]", {"x": [1e4, 1e4]}, {"x": [0.25, -0.25]}),
    ("argmax(x) + 0*sum(x)", {"x": [3, 3]}, {"x": [0, 0]}),
    ("argmin(x) + 0*sum(x)", {"x": [3, 3]}, {"x": [0, 0]}),
    ("det(x)", {"x": [[1, 2], [2, 4]]}, {"x": [[4, -2], [-2, 1]]}),
    ("cofactor(x)[0, 0]", {"x": [[1, 2], [2, 4]]}, {"x": [[0, 0], [0, 1]]}),
    ("cofactor_along(x, y)[0, 0]", {"x": np.diag([2, 2, 3, 5]), "y": np.diag([1, 1, 0, 0])},
     {"x": np.diag([0, 0, 5, 3]), "y": np.diag([0, 15, 10, 6])}),
    ("eigenvectors_along(x, y)[0, 0]", {"x": [[1, 0], [0, 2]], "y": [[0, 0], [0, 0]]},
     {"x": [[0, 0], [0, 0]], "y": [[0, 0], [0, 0]]}),
    ("det(x)", {"x": [[0, 0], [0, 0]]}, {"x": [[0, 0], [0, 0]]}),
    ("eigvalsh(x)[0]", {"x": [[1, 0], [0, 1]]}, {"x": [[0.5, 0], [0, 0.5]]}),
    ("sum(eigvalsh(x))", {"x": [[1, 0, 0], [0, 1, 0], [0, 0, 5]]}, {"x": np.eye(3)}),
    ("cholesky(x)[1, 0]", {"x": [[1, 0], [0, 1]]}, {"x": [[0, 0.5], [0.5, 0]]}),
    ("shared(x, y)[0]", {"x": [1, 3], "y": [0, 0]}, {"x": [0.5, 0.5], "y": [0, 0]}),
    ("sort(x)[1]", {"x": [2, 1, 1]}, {"x": [0, 0, 1]}),
    ("sum(sort(x, axis=0)[0])", {"x": [[1, 1], [1, 0]]}, {"x": [[1, 0], [0, 1]]}),
    ("argsort(x)[2] + 0*sum(x)", {"x": [2, 1, 1]}, {"x": [0, 0, 0]}),
    ("median(x)", {"x": [2, 1, 2]}, {"x": [1, 0, 0]}),
    ("median(x)", {"x": [INF, INF, 1]}, {"x": [1, 0, 0]}),
    ("quantile(x, q)", {"x": [1, 3, 3, 7], "q": 1 / 3}, {"x": [0, 1, 0, 0], "q": 0}),
    ("quantile(x, q)", {"x": [1, 3, 7], "q": 1}, {"x": [0, 0, 1], "q": 8}),
    ("quantile(x, q)", {"x": [5], "q": 0.4}, {"x": [1], "q": 0}),
    ("svdvals(x)[0]", {"x": [[1, 0], [0, 1]]}, {"x": [[0.5, 0], [0, 0.5]]}),
    ("sum(svdvals(x))", {"x": [[2, 0, 0], [0, 0, 0]]}, {"x": [[1, 0, 0], [0, 0, 0]]}),
    ("cond(x)", {"x": [[2]]}, {"x": [[0]]}),
    ("sum(x*uniform([2], seed=3))", {"x": [1, 1]}, {"x": np.random.default_rng(3).random(2)}),
    ("sum(x*normal([2], seed=3))", {"x": [1, 1]}, {"x": np.random.default_rng(3).standard_normal(2)}),
    # A branch that is not taken leaks nothing
    ("sum(where(x > 0, sqrt(x), 0))", {"x": [-1, 4]}, {"x": [0, 0.25]}),
    ("sum(if x > 0 then log(x) else x)", {"x": [0, 2]}, {"x": [1, 0.5]}),
    ("sum(where(x == 0, 1, sin(x)/x))", {"x": [0]}, {"x": [0]}),
    ("where(1, sum(x), sum(log(x)))", {"x": [-1, 0]}, {"x": [1, 1]}),
    ("sum(where(m, X @ w, 0))", {"m": [1, 0], "X": [[1, 2], [NAN, INF]], "w": [3, 4]},
     {"m": [0, 0], "X": [[3, 4], [0, 0]], "w": [1, 2]}),
    ("sum(0*log(x) + x)", {"x": [0, 1]}, {"x": [1, 1]}),
    ("sum(relu(x))", {"x": [-1, 0, 2]}, {"x": [0, 0, 1]}),
    ("sum(abs(x))", {"x": [-1, 0, 2]}, {"x": [-1, 0, 1]}),
    ("sum(clip(x, 0, 1))", {"x": [-1, 0, 0.5, 1]}, {"x": [0, 0.5, 1, 0.5]}),
    ("sum(max(x, y))", {"x": [1, 2], "y": 1}, {"x": [0.5, 1], "y": 0.5}),
]  # fmt: skip

# Conventions that are errors, or speak of second derivatives and of values; tested below.
ELSEWHERE = {"eigenvectors"}


@pytest.mark.parametrize("text, inputs, gradient", CONVENTIONS)
def test_convention(text: str, inputs: dict[str, Any], gradient: dict[str, Any]) -> None:
    found = cgcli.gradient(text, **inputs)["f"]
    assert set(found) == set(gradient)
    for name, exact in gradient.items():
        np.testing.assert_allclose(found[name], exact, rtol=1e-15, atol=1e-15)
        assert np.shape(found[name]) == np.shape(exact)


def test_every_convention_is_tested() -> None:
    used = {
        program.graph.ops[node].name
        for text, _, _ in CONVENTIONS
        for program in [cgcli.parse(text)]
        for node in range(len(program.graph))
    }
    assert {op.name for op in ARRAY_OPS if op.convention} - used == ELSEWHERE


@pytest.mark.parametrize("name", ["max", "min", "mean", "var", "std", "argmax", "argmin"])
@pytest.mark.parametrize("text", ["{}([])", "{}(zeros([2, 0]), axis=1)"])
def test_an_empty_array_has_no_extreme_and_no_mean(name: str, text: str) -> None:
    with pytest.raises(cgcli.CgError) as caught:
        cgcli.evaluate(text.format(name))
    assert caught.value.diagnostic.kind == "shape"


@pytest.mark.parametrize(
    "text, value",
    [("sum([])", 0), ("prod([])", 1), ("norm([])", 0), ("logsumexp([])", -INF), ("det(zeros([0, 0]))", 1)],
)
def test_what_an_empty_array_has(text: str, value: float) -> None:
    assert cgcli.evaluate(text) == {"f": value}


@pytest.mark.parametrize(
    "text, value",
    [
        ("softmax([inf, 1])", [1, 0]),
        ("softmax([[inf, inf], [1, 1]])", [[0.5, 0.5], [0.5, 0.5]]),
        ("softmax([inf, nan])", [NAN, NAN]),
        ("std([1e-200, 3e-200])", 1e-200),
        ("std([[1e-200, 3e-200], [1, 3], [2, 2], [-1e200, 1e200]], axis=1)", [1e-200, 1, 0, 1e200]),
        ("std([5e-324, 1.5e-323])", 5e-324),
        ("std([1e308, 1.5e308])", 2.5e307),
        ("std([inf, 1])", NAN),
        ("var([1e308, 1e308])", 0),
        ("var([1e-160, 3e-160])", 1e-320),
        ("mean([1e308, 1.5e308])", 1.25e308),
        ("mean([1e300, -1e300, 3e-200])", 1e-200),
        ("cholesky([[1e308, 0], [0, 1e308]])", [[1e154, 0], [0, 1e154]]),
        ("eigvalsh([[1e308, 0], [0, 1.5e308]])", [1e308, 1.5e308]),
        ("eigvalsh([[5e-324, 0], [0, 5e-324]])", [5e-324, 5e-324]),
        ("eigvalsh([[1.5e308, 5e307], [5e307, 1.5e308]])", [1e308, INF]),
        ("linspace(-1e308, 1e308, 3)", [-1e308, 0.0, 1e308]),
        ("linspace(0, inf, 3)", [0.0, INF, INF]),
    ],
)
def test_values_at_the_ends_of_the_range(text: str, value: Any) -> None:
    np.testing.assert_allclose(cgcli.evaluate(text)["f"], value, rtol=1e-15)


def test_a_mean_deviation_of_ordinary_numbers_is_that_of_numpy() -> None:
    x = np.random.default_rng(1).normal(size=(7, 5)) * 10.0 ** np.arange(-60, 75, 30)
    found = cgcli.evaluate("mean(x, axis=0); var(x, axis=0); std(x, axis=1)", x=x)
    assert np.array_equal(found["f1"], np.mean(x, axis=0))
    assert np.array_equal(found["f2"], np.var(x, axis=0))
    assert np.array_equal(found["f3"], np.std(x, axis=1))


@pytest.mark.parametrize("text", ["inv(A)", "solve(A, [1, 1])", "cofactor(A) @ A + inv(A)"])
@pytest.mark.parametrize("delta, number", [(0.0, "infinite"), (2.0**-52, "about 1.8e+16")])
def test_singular_matrices_are_errors_with_their_condition(text: str, delta: float, number: str) -> None:
    with pytest.raises(cgcli.CgError) as caught:
        cgcli.evaluate(text, A=[[1, 1], [1, 1 + delta]])
    assert caught.value.status == 1
    assert f"its condition number is {number}" in str(caught.value)


@pytest.mark.parametrize(
    "x, value",
    [
        ([[1, 2], [2, 4]], INF),
        ([[1, 2, 3], [4, 5, 6], [7, 8, 9]], INF),
        ([[1, 2, 3], [2, 4, 6]], INF),
        ([[1, 2], [2, 4], [3, 6]], INF),
        ([[0.1, 0.3], [0.2, 0.6]], INF),
        ([[1e-300, 3e-300], [1e300, 3e300]], INF),
        (np.outer(np.arange(1.0, 41), np.arange(1.0, 41)), INF),
        ([[1, 0], [0, 1e-17]], 1e17),
        ([[2.0**900, 0, 0], [0, 1, 0]], 2.0**900),
    ],
)
def test_the_condition_of_a_matrix_that_lacks_rank(x: Any, value: float) -> None:
    assert cgcli.evaluate("cond(x)", x=x)["f"] == value
    if value == INF and np.shape(x)[0] == np.shape(x)[1]:
        assert cgcli.evaluate("logdet(x)", x=x)["f"] in (-INF,) or np.max(np.abs(x)) == 1e300


def test_an_ill_conditioned_matrix_is_solved() -> None:
    found = cgcli.evaluate("solve(A, A @ [1, 2])", A=[[1, 1], [1, 1 + 1e-8]])["f"]
    np.testing.assert_allclose(found, [1, 2], rtol=1e-6)


def test_a_matrix_that_is_not_positive_definite_is_an_error() -> None:
    with pytest.raises(cgcli.CgError, match="least eigenvalue is -1"):
        cgcli.evaluate("cholesky(A)", A=[[1, 2], [2, 1]])


def test_logdet_outside_of_its_domain() -> None:
    assert cgcli.evaluate("logdet(A)", A=[[1, 1], [1, 1]])["f"] == -INF
    assert np.isnan(cgcli.evaluate("logdet(A)", A=[[0, 1], [1, 0]])["f"])


def test_eigenvectors_have_a_sign() -> None:
    found = cgcli.evaluate("eigenvectors(A)", A=[[2, -1], [-1, 2]])["f"]
    assert np.all(np.max(found, axis=0) > 0)


def test_second_derivatives_at_equal_eigenvalues_are_not_finite() -> None:
    from cgcli.evaluation.derivatives import hessian
    from tests.points import evaluate

    program = cgcli.parse("eigvalsh(A)[0]")
    point = evaluate(program, {"A": np.eye(2)})
    assert not np.all(np.isfinite(hessian(point, program.outputs[0].node, program.inputs)[0][0]))


# Where 0 meets inf


ZERO_MEETS_INF: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("w @ (A @ x)", {"w": [0, 1], "A": [[INF, 1], [1, 2]], "x": [1, 1]}, {"x": [1, 2]}),
    ("sqrt(x @ x)", {"x": [0, 0]}, {"x": [0, 0]}),
    ("(x @ x)^0.5", {"x": [0, 0]}, {"x": [0, 0]}),
    ("sqrt(norm(x))", {"x": [0, 0]}, {"x": [0, 0]}),
    ("sqrt(prod(x))", {"x": [0, 0]}, {"x": [0, 0]}),
    ("sqrt(var(x))", {"x": [1, 1]}, {"x": [0, 0]}),
    ("sqrt(x @ eye(2) @ x)", {"x": [0, 0]}, {"x": [0, 0]}),
    ('sum(sqrt(einsum("ij,ij->i", X, X)))', {"X": [[0, 0], [3, 4]]}, {"X": [[0, 0], [0.6, 0.8]]}),
    ("sum(sqrt(outer(x, y)))", {"x": [0, 4], "y": [0, 1]}, {"x": [INF, 0.25], "y": [INF, 1]}),
]


@pytest.mark.parametrize("text, inputs, gradient", ZERO_MEETS_INF)
def test_an_exact_zero_wins_in_products_of_arrays_and_is_told(
    text: str, inputs: dict[str, Any], gradient: dict[str, Any]
) -> None:
    bound = [f"{name}={np.asarray(value).tolist()}" for name, value in inputs.items()]
    wrt = ",".join(gradient)
    for mode in ("reverse", "forward"):
        result = cg("grad", text, *bound, "--wrt", wrt, "--mode", mode, "--format", "json")
        found = json.loads(result.out)["gradient"]
        for name, expected in gradient.items():
            value = np.array([[float(x) for x in np.ravel(row)] for row in found[name]]).ravel()
            np.testing.assert_allclose(value, np.ravel(expected), rtol=1e-15)
        assert "multiplies 0 by inf" in result.err or "is inf at" in result.err


@pytest.mark.parametrize("text", ["abs(x)^1.5", "sum(abs([x, 1])^1.5)", "norm([x, x])^1.5"])
def test_a_zero_that_wins_in_a_second_derivative_is_told(text: str) -> None:
    result = cg("hessian", text, "x=0")
    assert result.out.splitlines()[-1] == "d2f/dxdx = inf"
    assert "the chain rule multiplies 0 by inf in" in result.err


@pytest.mark.parametrize(
    "text",
    [
        "x^2",
        "x^3",
        "relu(x)^3",
        "hypot(x, 1)",
        "where(x > 0, sqrt(x), x^2)",
        "sum([x, x]^2)",
        "x^0",
    ],
)
def test_smooth_second_derivatives_are_not_doubted(text: str) -> None:
    assert cg("hessian", text, "x=0").err == ""


def test_units_do_not_make_a_matrix_singular() -> None:
    """Rows and columns in whatever units: the same numbers, over these."""
    rng = np.random.default_rng(1)
    for _ in range(20):
        matrix, right = rng.normal(size=(4, 4)), rng.normal(size=4)
        rows, columns = 10.0 ** rng.integers(-120, 120, 4), 10.0 ** rng.integers(-20, 20, 4)
        expected = np.linalg.solve(matrix, right) / columns
        scaled = {"A": matrix * rows[:, np.newaxis] * columns, "b": right * rows}
        for text in ("solve(A, b)", "inv(A) @ b", "solve(A.T.T, b)"):
            np.testing.assert_allclose(cgcli.evaluate(text, **scaled)["f"], expected, rtol=1e-9)
        scaled["A"] = np.ascontiguousarray(scaled["A"].T)
        np.testing.assert_allclose(cgcli.evaluate("solve(A.T, b)", **scaled)["f"], expected, rtol=1e-9)


def test_the_gradient_of_a_density_with_small_and_large_variances() -> None:
    found = cgcli.gradient("logdet(S) + x @ inv(S) @ x", S=np.diag([1e-12, 1e8]), x=[1e-6, 1e4])["f"]
    np.testing.assert_allclose(found["x"], [2e6, 2e-4], rtol=1e-14)
    np.testing.assert_allclose(np.diag(found["S"]), [0, 0], atol=1e-3)


def test_diagonal_matrices_are_inverted_exactly() -> None:
    found = cgcli.evaluate("inv(2*eye(40)); solve(2*eye(40), ones(40))")
    assert np.array_equal(found["f1"], 0.5 * np.eye(40))
    assert np.array_equal(found["f2"], np.full(40, 0.5))


@pytest.mark.parametrize("text", ["norm([x, x])", "abs(x)", "x*norm([x, x])"])
def test_a_corner_has_no_second_derivative_and_says_so(text: str) -> None:
    assert "has a corner where it is 0, and no second derivative" in cg("hessian", text, "x=0").err
    assert cg("hessian", text.replace("x, x", "x, 2*x"), "x=3").err == ""


def test_the_gradient_of_a_determinant_of_a_badly_scaled_matrix() -> None:
    matrix = [[2, 1e20, 1], [1e20, 3e40, 1e20], [1, 1e20, 2]]
    found = cgcli.gradient("det(A)", A=matrix)["f"]["A"]
    expected = [[5e40, -1e20, -2e40], [-1e20, 3, -1e20], [-2e40, -1e20, 5e40]]
    np.testing.assert_allclose(found, expected, rtol=1e-14)


def test_singular_values_have_a_corner_where_they_are_0() -> None:
    result = cg("hessian", "sum(svdvals(x))", "x=[[0, 0], [0, 1]]")
    assert "svdvals(x) has a corner where singular values are equal or 0, and no second" in result.err


@pytest.mark.parametrize("x", [[3.0, 1, 2, 2], [1.0, 1, 1], [[2.0, 1], [0, 5]]])
def test_quantiles_are_those_of_numpy(x: Any) -> None:
    levels = [0, 0.1, 0.25, 1 / 3, 0.5, 0.9, 1]
    found = cgcli.evaluate("quantile(x, q); median(x); quantile(x, q, axis=0)", x=x, q=levels)
    assert np.array_equal(found["f1"], np.quantile(x, levels))
    assert found["f2"] == np.median(x)
    assert np.array_equal(found["f3"], np.quantile(x, levels, axis=0))


@pytest.mark.parametrize("gap, passes", [(1e-9, True), (1e-6, False)])
def test_a_matrix_is_symmetric_up_to_rounding(gap: float, passes: bool) -> None:
    for text in ("cholesky(A)", "eigvalsh(A)", "eigenvectors(A)", "A0 = A; cholesky(A0 + zeros([3, 2, 2]))"):
        if passes:
            cgcli.evaluate(text, A=[[2, 1 + gap], [1, 2]])
            continue
        with pytest.raises(cgcli.CgError, match="the matrix is not symmetric") as caught:
            cgcli.evaluate(text, A=[[2, 1 + gap], [1, 2]])
        assert caught.value.status == 1


def _determinant(x: np.ndarray) -> float:
    """Of a matrix of whole numbers, exactly."""
    total = 0
    for order in permutations(range(len(x))):
        swaps = sum(order[j] > order[i] for i in range(len(x)) for j in range(i))
        total += (-1) ** swaps * prod(int(x[place]) for place in enumerate(order))
    return float(total)


@pytest.mark.parametrize("n, rank", [(n, rank) for n in (2, 3, 4, 5) for rank in range(n + 1)])
def test_second_derivatives_of_determinants_of_every_rank(n: int, rank: int) -> None:
    """By two elements the determinant without their rows and columns, with a sign."""
    rng = np.random.default_rng(n + 10 * rank)
    x = (rng.integers(-3, 4, (n, rank)) @ rng.integers(-3, 4, (rank, n))).astype(float)
    exact = np.zeros((n, n, n, n))
    for i, j, k, m in np.ndindex(exact.shape):
        if i != k and j != m:
            rest = np.delete(np.delete(x, [i, k], 0), [j, m], 1)
            sign = (-1) ** (i + j + k + m) * (1 if (k > i) == (m > j) else -1)
            exact[i, j, k, m] = sign * _determinant(rest)
    size = max(1.0, np.max(np.abs(x))) ** (n - 2)
    found = cgcli.hessian("det(x)", x=x)["f"]["x"]["x"]
    times = cgcli.evaluate("cofactor_along(x, y)", x=x, y=np.ones((n, n)))["f"]
    np.testing.assert_allclose(times, exact.sum((2, 3)), atol=1e-13 * size * n**3)
    inside = cgcli.evaluate("hessian(det(x), x); jacobian(grad(det(x), x), x)", x=x)
    for one in (found, *inside.values()):
        np.testing.assert_allclose(one, exact, atol=1e-13 * size * n)


@pytest.mark.parametrize("text", ["eigvalsh(x)[0]*eigvalsh(x)[1]^2", "max(eigvalsh(x))", "eigvalsh(x)[0]^2"])
@pytest.mark.parametrize("x", ["[[1, 0], [0, 1]]", "[[2, 0, 0], [0, 3, 0], [0, 0, 3]]"])
def test_second_derivatives_at_equal_eigenvalues_are_nan_and_told(text: str, x: str) -> None:
    result = cg("hessian", text, f"x={x}")
    assert ("nan" in result.out) == ("is nan" in result.err)
    assert "nan" in result.out or (text[0] == "e" and "3" in x)
