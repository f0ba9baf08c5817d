"""Exported code where values are at an end of their range, and with arguments that are no floats."""

from __future__ import annotations

import itertools
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cg import cg
from tests.export.runs import RUNNERS, Case, differences, gradient, program_of, static_of

inf, nan = math.inf, math.nan


@pytest.mark.parametrize("target", RUNNERS)
def test_angles_of_infinite_operands(target: str, tmp_path: Path) -> None:
    points = list(itertools.product([inf, -inf, 1.0, -1.0, 0.0, -0.0, 1e300, nan], repeat=2))
    cases = [Case("f", static_of("atan2(y, x)"), points)]
    assert differences(cases, RUNNERS[target](cases, tmp_path)) == []


@pytest.mark.parametrize("target", ["python", "numpy", "c"])
def test_gamma_functions_of_large_and_small_arguments(target: str, tmp_path: Path) -> None:
    at = [1e200, 1e155, 1e100, 1e16, 1e-100, 1e-155, 1e-200, 5e-324, 1e308]
    cases = [
        Case("f", static_of("polygamma(n, x)"), list(itertools.product([1, 2, 3, 19], at))),
        Case("g", static_of("gamma(x)"), [[x] for x in [*at, -5e-324]]),
        Case(
            "h",
            gradient(program_of("log(beta(x, y)) + binomial(x, 1.5)")),
            [[6.3e10, 1.2], [1e15, 0.3], [2e5, 1e-3], [1e6, 3e7], [0.5, 1e6]],
        ),
    ]
    assert differences(cases, RUNNERS[target](cases, tmp_path)) == []


def test_whole_numbers_are_floats_in_python(tmp_path: Path) -> None:
    """Of which 0 has a sign, and a product that is too large is infinite."""
    for text, arguments, wanted in [
        ("digamma(x)*y", "0, 0", "(nan, nan, -inf)"),
        ("x*x*x", "10**200", "(inf, inf)"),
        ("1/-x", "0", "(-inf, inf)"),
    ]:
        code = cg("export", "--to", "python", "--grad", text).out
        done = subprocess.run(
            [sys.executable, "-c", f"{code}\nprint(f({arguments}))"], capture_output=True, text=True
        )
        assert done.stdout.strip() == wanted, (text, done)


def test_the_factorial_before_its_first_pole_in_sql(tmp_path: Path) -> None:
    cases = [Case("f", static_of("x!"), [[-1.0], [-2.0], [0.0], [4.0]])]
    assert differences(cases, RUNNERS["sql"](cases, tmp_path)) == []


# What onnxruntime makes another model of, unless it is written as it is: the transpose of a matrix beside a
# vector, a quotient that is multiplied by an output, one value as several outputs, an input as one.
GRADIENTS: dict[str, list[list[Any]]] = {
    "cbrt(x + y) - 0.125 + sinh(tanh(logaddexp(pi, x))*3) + 2*csc(0.5 + sigmoid(w))": [[1.3, 0.7, 1.1]],
    "acot(pi*(x - x))*x + sech(0)*x": [[2.0]],
    "f(u) = diff(ceil(x), u); asec(1.25 + acot(pi*f(x))^2)*x": [[2.0]],
    "csch(x)": [[0.649], [-2.0]], "acot(x)": [[0.0], [-0.0], [-1.0]],
    "csch(0.5 + sigmoid(x))": [[0.649]], "1/x*y": [[2.0, 3.0]], "x": [[2.0]],
    "y = 1/x; y": [[2.0]], "a = x*y; a": [[2.0, 3.0]], "input x: [1]; x[0]": [[[2.0]]],
    "input x: [3]; input A: [2, 3]; norm(1.5 + logsumexp(A @ x, axis=-1))": [
        [[-0.808, -0.825, -1.162], [[-0.19, 0.061, 0.281], [-1.418, -0.508, 0.715]]]
    ],
    "input x: [2]; input A: [2, 3]; norm(1.5 + logsumexp(x @ A))": [
        [[-0.808, -0.825], [[-0.19, 0.061, 0.281], [-1.418, -0.508, 0.715]]]
    ],
    "input x: [3]; input A: [2, 3]; sum((x @ A.T)^2) + A[0] @ x": [[[1, 2, 3], [[1, 2, 3], [4, 5, 7]]]],
    "input T: [2]; sum(tanh(heaviside(3, T))) + sum(heaviside(-1, T)^T)": [[[1.0, 2.0]]],
    "input T: [2]; sum(tanh(where(0, T, 1))) + sum(log(4, T)*xlogy(0, T))": [[[1.5, 2.0]]],
    "input T: [2]; sum(outer(T, outer(3, T)[1:])) + sum(reshape(T[2:], [0, 4])) + sum(T)": [[[1.5, 2.0]]],
    "input T: [2, 2, 3]; input x: [3]; sum((T @ x)^3)": [
        [[[[1, 2, 3], [4, 5, 7]], [[1, 0, 3], [0, 5, 7]]], [1, 2, -3]]
    ],
}  # fmt: skip


@pytest.mark.parametrize("target", ["numpy", "onnx"])
def test_values_and_gradients(target: str, tmp_path: Path) -> None:
    cases = [
        Case(f"f{place}", gradient(program_of(text)), points)
        for place, (text, points) in enumerate(GRADIENTS.items())
    ]
    assert differences(cases, RUNNERS[target](cases, tmp_path), 1e-11) == []
