"""Programs on arrays as code for NumPy, with their gradients, against the numbers that cg gives."""

from __future__ import annotations

import json
import re
import warnings
from typing import Any

import numpy as np
import pytest

import cgcli
from tests.cg import cg

A = np.array([[1.2, -0.5, 0.3], [0.7, 2.0, -1.1]])
S = np.array([[4.0, 1.0, 0.5], [1.0, 3.0, -0.2], [0.5, -0.2, 5.0]])
V, W = np.array([0.4, -1.3, 2.2]), np.array([1.5, 0.3, -0.7])
STACK = np.stack([S, S.T + np.eye(3)])

PROGRAMS: list[tuple[str, dict[str, Any]]] = [
    ("input x: [n]; input y: [n]; x@y + sum(x*y)*n", {"x": V, "y": W}),
    ("input x: [n]; sum(x[1:]*x[:n-1]) + sum(x[::-1]*x) + x[0]*x[-1] + n", {"x": V}),
    ("input x: [n]; input y: [m]; sum(concat(x, y)^2*concat(y, x))", {"x": V, "y": W[:2]}),
    ("input A: [m, n]; sum(A[0]*A[-1]) + sum(A[:, 1]) + A[1, 2]^2", {"A": A}),
    ('input A: [m, n]; input B: [n, k]; sum(einsum("ij,jk->ik", A, B)^2)', {"A": A, "B": A.T}),
    ('input A: [n, n]; input x: [n]; einsum("i,ij,j->", x, A, x) + einsum("ii->", A)', {"A": S, "x": V}),
    ("input x: [n]; sum(softmax(x)*x) + logsumexp(x)", {"x": V}),
    ("input A: [m, n]; sum(softmax(A, axis=0)*A) + sum(logsumexp(A, axis=1)^2)", {"A": A}),
    ("input A: [n, n]; logdet(A) + det(A) + trace(A)", {"A": S}),
    ("input A: [n, n]; input b: [n]; b@solve(A, b) + sum(inv(A))", {"A": S, "b": V}),
    ("input A: [n, n]; input B: [n, k]; sum(solve(A, B)^2)", {"A": S, "B": A.T}),
    ("input T: [k, n, n]; input B: [k, n, 1]; sum(solve(T, B)) + sum(logdet(T)) + sum(inv(T) @ B)",
     {"T": STACK, "B": np.stack([V, W])[:, :, None]}),
    ("input x: [n]; norm(x) + norm(x, ord=1) + norm(x, ord=3) + norm(x, ord=inf)", {"x": V}),
    ("input x: [n]; norm(0*x) + norm(0*x, ord=3)", {"x": V}),
    ("input A: [m, n]; norm(A) + sum(norm(A, axis=0)) + sum(norm(A, axis=1, keepdims=1)*A)", {"A": A}),
    ("input A: [m, n]; sum(cumsum(A, axis=0)*A) + sum(cumprod(A, axis=1))", {"A": A}),
    ("input A: [m, n]; sum(mean(A, axis=0)^2) + sum(var(A, axis=1)) + std(A) + sum(prod(A, axis=0))",
     {"A": A}),
    ("input A: [m, n]; sum(max(A, axis=0)) + sum(min(A, axis=1)*2) + max(A)*min(A)", {"A": A}),
    ("input x: [3]; prod(x) + prod(x*[0, 1, 2]) + prod(x*[0, 0, 1])", {"x": V}),
    ("input A: [n, n]; sum(cholesky(A)^2) + sum(eigvalsh(A)^3) + det(0*A)", {"A": S}),
    ("input x: [n]; input y: [m]; sum(outer(x, y)^2) + sum(kron(x, y)^3)", {"x": V, "y": W[:2]}),
    ("input x: [3]; input y: [3]; sum(cross(x, y)^2)", {"x": V, "y": W}),
    ("input x: [n]; sum(where(x > 0, x^2, -x)) + sum(max(x, 0.5)) + sum(clip(x, -1, 1)*x)", {"x": V}),
    ("input A: [m, n]; sum(stack(A, A*2, axis=1)^2) + sum(concat(A, A^2, axis=0)*2)", {"A": A}),
    ("input x: [6]; sum(reshape(x, [2, 3]) @ reshape(x, [3, 2])) + sum(flip(x)*x)", {"x": A.ravel()}),
    ("input A: [n, n]; sum(tril(A)*triu(A)) + sum(diag(A)^2) + sum(diag(diag(A)) @ A)", {"A": S}),
    ("input A: [m, n]; input b: [n]; sum(log(1 + exp(A @ b)))/m + b@b/n", {"A": A, "b": V}),
    ("input x: [n]; input k; k*sum(x[[0, 2, 0]]) + x[k]", {"x": V, "k": 2.0}),
    ("input A: [m, n]; input s: [m, 1]; sum(A*s + s) + sum(A/(s^2 + 1), axis=1)@s[:, 0]",
     {"A": A, "s": A[:, :1]}),
    ("input T: [2, m, n]; sum(T.T^2) + sum(transpose(T, [1, 0, 2])*2) + sum(T[0] @ T[1].T)",
     {"T": STACK[:, :2]}),
    ("input x: [n]; sum(ones([n, n]) @ x) + sum(eye(n) @ x) + sum(zeros([n]) + x)", {"x": V}),
    ("input x: [n]; gamma(2 + x[0]^2) + sum(beta(1 + x^2, 2)) + sum(erf(x)) + sum(digamma(3 + x))", {"x": V}),
    ("input x: [n]; sum(x^2) + sum(x)", {"x": np.zeros(0)}),
    ("input x: [0]; sum(x) + prod(x)", {"x": np.zeros(0)}),
]  # fmt: skip


def result(code: str, values: dict[str, Any]) -> dict[str, Any]:
    """What the function of a module returns, by the names that it tells; no warning is given."""
    scope: dict[str, Any] = {}
    exec(code, scope)
    heading = re.search(r"def f\((.*)\):\n *\"\"\"Return \((.*)\)\.", code)
    assert heading is not None, code
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = scope["f"](*[values[name] for name in heading[1].split(", ") if name])
    return dict(zip(heading[2].split(", "), found, strict=True))


def check(found: dict[str, Any], text: str, values: dict[str, Any], by: list[str]) -> None:
    program = cgcli.parse(text)
    wanted = {"f": cgcli.evaluate(program, **values)["f"]}
    gradient = cgcli.gradient(program, **values)["f"]
    wanted |= {f"df_d{name}": gradient[name] for name in by}
    assert list(found) == list(wanted)
    for name, value in wanted.items():
        assert np.shape(found[name]) == np.shape(value), name
        assert np.allclose(found[name], value, rtol=1e-10, atol=1e-13, equal_nan=True), name


@pytest.mark.parametrize("text, values", PROGRAMS, ids=[text for text, _ in PROGRAMS])
def test_gradients_of_array_programs(text: str, values: dict[str, Any]) -> None:
    done = cg("export", "--to", "numpy", "--grad", text)
    assert done.status == 0, done
    check(result(done.out, values), text, values, list(values))


SEVERAL = [(text, values) for text, values in PROGRAMS if len(values) > 1]


@pytest.mark.parametrize("text, values", SEVERAL, ids=[text for text, _ in SEVERAL])
def test_an_array_with_a_value_is_data(text: str, values: dict[str, Any]) -> None:
    """It settles the sizes that have names for the other inputs, and is no parameter."""
    *free, bound = values
    given = f"{bound}={json.dumps(np.asarray(values[bound]).tolist())}"
    done = cg("export", "--to", "numpy", "--grad", text, given)
    assert done.status == 0, done
    check(result(done.out, values), text, values, free)


def test_data_are_written_as_they_are() -> None:
    code = cg("export", "--to", "numpy", "x@y*k", "x=[1, 2]", "y=[1, -inf]").out
    assert "x = np.array([1.0, 2.0])\n" in code
    assert "y = np.array([1.0, -np.inf])\n" in code
    assert "def f(k):" in code
