"""Jacobians and Hessians of known functions, against mpmath's numeric derivatives at 40 digits."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Any

import numpy as np
import pytest
from mpmath import mp, mpf

import cgcli
from cgcli.evaluation.derivatives import gradients, hessian, hessian_times, jacobian
from cgcli.evaluation.specialised import Point
from cgcli.ops import ELEMENTWISE, Op
from tests.cg import cg
from tests.points import evaluate

DIGITS = 40


@dataclass(frozen=True)
class Case:
    """program     in the language
    reference   the same over mpmath's numbers: arrays are lists of them, or lists of lists
    inputs      where to differentiate
    """

    program: str
    reference: Callable[..., Any]
    inputs: dict[str, Any]


def dot(x: list[Any], y: list[Any]) -> Any:
    return mp.fsum(a * b for a, b in zip(x, y, strict=True))


def times(rows: list[list[Any]], x: list[Any]) -> list[Any]:
    return [dot(row, x) for row in rows]


def softmax(x: list[Any]) -> list[Any]:
    total = mp.fsum(map(mp.exp, x))
    return [mp.exp(a) / total for a in x]


def rosenbrock(x: list[Any], a: Any, b: Any) -> Any:
    return mp.fsum((a - x[i]) ** 2 + b * (x[i + 1] - x[i] ** 2) ** 2 for i in range(len(x) - 1))


def goldstein_price(x: Any, y: Any) -> Any:
    first = 1 + (x + y + 1) ** 2 * (19 - 14 * x + 3 * x**2 - 14 * y + 6 * x * y + 3 * y**2)
    return first * (30 + (2 * x - 3 * y) ** 2 * (18 - 32 * x + 12 * x**2 + 48 * y - 36 * x * y + 27 * y**2))


def ackley(x: list[Any], a: Any, b: Any) -> Any:
    n = len(x)
    mean_cos = mp.fsum(mp.cos(2 * mp.pi * t) for t in x) / n
    return -a * mp.exp(-b * mp.sqrt(dot(x, x) / n)) - mp.exp(mean_cos) + a + mp.e


def griewank(x: list[Any]) -> Any:
    return 1 + dot(x, x) / 4000 - mp.fprod(mp.cos(t / mp.sqrt(i + 1)) for i, t in enumerate(x))


def logistic_loss(A: list[list[Any]], w: list[Any], b: Any, y: list[Any], c: Any) -> Any:
    margins = [-t * (m + b) for t, m in zip(y, times(A, w), strict=True)]
    return mp.fsum(mp.log1p(mp.exp(m)) for m in margins) + c / 2 * dot(w, w)


def gaussian(C: list[list[Any]], x: list[Any], m: list[Any]) -> Any:
    d = [a - b for a, b in zip(x, m, strict=True)]
    solved = list(mp.lu_solve(mp.matrix(C), mp.matrix(d)))
    return -dot(d, solved) / 2 - mp.log(mp.det(mp.matrix(C))) / 2 - len(x) / mpf(2) * mp.log(2 * mp.pi)


def lennard_jones(p: list[Any], q: list[Any], s: Any, depth: Any) -> Any:
    d = [a - b for a, b in zip(p, q, strict=True)]
    ratio = (s**2 / dot(d, d)) ** 3
    return 4 * depth * (ratio**2 - ratio)


# Numbers that have gradients and Hessians.
SCALAR: dict[str, Case] = {
    "Rosenbrock": Case(
        "sum((a - x[:-1])^2 + b*(x[1:] - x[:-1]^2)^2)", rosenbrock,
        {"x": [-1.2, 1.0, 0.7, 1.9], "a": 1.0, "b": 100.0},
    ),
    "Himmelblau": Case(
        "(x^2 + y - 11)^2 + (x + y^2 - 7)^2", lambda x, y: (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2,
        {"x": 2.7, "y": 1.3},
    ),
    "Beale": Case(
        "sum((c - x + x*y^[1, 2, 3])^2)",
        lambda c, x, y: mp.fsum((c[i] - x + x * y ** (i + 1)) ** 2 for i in range(3)),
        {"c": [1.5, 2.25, 2.625], "x": 2.1, "y": 0.4},
    ),
    "Goldstein and Price": Case(
        "u = 1 + (x + y + 1)^2*(19 - 14*x + 3*x^2 - 14*y + 6*x*y + 3*y^2);"
        "u*(30 + (2*x - 3*y)^2*(18 - 32*x + 12*x^2 + 48*y - 36*x*y + 27*y^2))",
        goldstein_price, {"x": 0.3, "y": -0.8},
    ),
    "Branin": Case(
        "(y - 5.1/(4*pi^2)*x^2 + 5*x/pi - 6)^2 + 10*(1 - 1/(8*pi))*cos(x) + 10",
        lambda x, y: (y - mpf(5.1) / (4 * mp.pi**2) * x**2 + 5 * x / mp.pi - 6) ** 2
        + 10 * (1 - 1 / (8 * mp.pi)) * mp.cos(x) + 10,
        {"x": 2.6, "y": 3.1},
    ),
    "McCormick": Case(
        "sin(x + y) + (x - y)^2 - 1.5*x + 2.5*y + 1",
        lambda x, y: mp.sin(x + y) + (x - y) ** 2 - 1.5 * x + 2.5 * y + 1, {"x": -0.5, "y": 1.7},
    ),
    "Ackley": Case(
        "-a*exp(-b*sqrt(mean(x^2))) - exp(mean(cos(2*pi*x))) + a + e", ackley,
        {"x": [0.4, -1.3, 0.8], "a": 20.0, "b": 0.2},
    ),
    "Rastrigin": Case(
        "a*size(x) + sum(x^2 - a*cos(2*pi*x))",
        lambda x, a: a * len(x) + mp.fsum(t**2 - a * mp.cos(2 * mp.pi * t) for t in x),
        {"x": [0.4, -1.3, 0.85], "a": 10.0},
    ),
    "Griewank": Case(
        "1 + sum(x^2)/4000 - prod(cos(x/sqrt([1, 2, 3])))", griewank, {"x": [1.4, -5.3, 8.1]}
    ),
    "quadratic form": Case(
        "x @ A @ x/2 - b @ x + c", lambda x, A, b, c: dot(x, times(A, x)) / 2 - dot(b, x) + c,
        {"x": [1.0, -2.0], "A": [[3.0, 1.0], [0.5, 2.0]], "b": [0.3, 0.7], "c": 2.5},
    ),
    "logistic regression": Case(
        "sum(log1p(exp(-y*(A@w + b)))) + c/2*sum(w^2)",
        lambda y, A, w, b, c: logistic_loss(A, w, b, y, c),
        {"A": [[0.3, 1.2], [-0.8, 0.5], [1.7, -0.4]], "w": [0.6, -1.1], "b": 0.2, "y": [1.0, -1.0, 1.0],
         "c": 0.1},
    ),
    "Gaussian density": Case(
        "-(x - m) @ solve(C, x - m)/2 - log(det(C))/2 - size(x)/2*log(2*pi)",
        lambda x, m, C: gaussian(C, x, m),
        {"x": [0.7, -0.3], "m": [0.1, 0.4], "C": [[2.0, 0.6], [0.5, 1.5]]},
    ),
    "log-sum-exp": Case(
        "t*logsumexp(x/t)", lambda t, x: t * mp.log(mp.fsum(mp.exp(a / t) for a in x)),
        {"x": [0.3, 1.2, -0.5], "t": 0.7},
    ),
    "Lennard-Jones": Case(
        "r = norm(p - q); 4*depth*((s/r)^12 - (s/r)^6)",
        lambda p, q, depth, s: lennard_jones(p, q, s, depth),
        {"p": [0.1, 0.2, -0.3], "q": [1.0, -0.4, 0.5], "s": 1.1, "depth": 0.9},
    ),
    "Dirichlet density": Case(
        "sum((a - 1)*log(x)) - sum(lgamma(a)) + lgamma(sum(a))",
        lambda a, x: dot([t - 1 for t in a], list(map(mp.log, x)))
        - mp.fsum(map(mp.loggamma, a)) + mp.loggamma(mp.fsum(a)),
        {"a": [1.5, 0.8, 2.7], "x": [0.2, 0.5, 0.3]},
    ),
    "Black and Scholes": Case(
        "d = (log(s/k) + (r + v^2/2)*t)/(v*sqrt(t));"
        "s*(1 + erf(d/sqrt(2)))/2 - k*exp(-r*t)*(1 + erf((d - v*sqrt(t))/sqrt(2)))/2",
        lambda s, k, r, v, t: black_scholes(s, k, r, v, t),
        {"s": 42.0, "k": 40.0, "r": 0.1, "v": 0.2, "t": 0.5},
    ),
}  # fmt: skip


def black_scholes(s: Any, k: Any, r: Any, v: Any, t: Any) -> Any:
    d = (mp.log(s / k) + (r + v**2 / 2) * t) / (v * mp.sqrt(t))
    return s * mp.ncdf(d) - k * mp.exp(-r * t) * mp.ncdf(d - v * mp.sqrt(t))


def spherical(r: Any, u: Any, v: Any) -> list[Any]:
    return [r * mp.sin(u) * mp.cos(v), r * mp.sin(u) * mp.sin(v), r * mp.cos(u)]


# Arrays, which have Jacobians.
ARRAYS: dict[str, Case] = {
    "spherical coordinates": Case(
        "[r*sin(u)*cos(v), r*sin(u)*sin(v), r*cos(u)]", spherical, {"r": 2.3, "u": 0.7, "v": -1.1}
    ),
    "softmax": Case(
        "softmax(b*x)", lambda b, x: softmax([b * t for t in x]), {"x": [0.3, 1.2, -0.5, 0.9], "b": 1.7}
    ),
    "Lotka and Volterra": Case(
        "[x[0]*(a - b*x[1]), x[1]*(c*x[0] - d)]",
        lambda x, a, b, c, d: [x[0] * (a - b * x[1]), x[1] * (c * x[0] - d)],
        {"x": [1.4, 0.6], "a": 1.1, "b": 0.4, "c": 0.1, "d": 0.4},
    ),
    "layer": Case(
        "tanh(W @ x + b)*g", lambda W, x, b, g: [g * mp.tanh(m + t) for m, t in zip(times(W, x), b)],
        {"W": [[0.3, -0.8, 0.5], [1.1, 0.2, -0.6]], "x": [0.7, -0.2, 1.3], "b": [0.1, -0.4], "g": 1.5},
    ),
}  # fmt: skip


# The reference


def numbers(value: Any) -> list[float]:
    return list(map(float, np.ravel(np.array(value, dtype=float))))


def rebuilt(case: Case, flat: Sequence[Any]) -> dict[str, Any]:
    """The inputs of a case from all their elements in a row."""
    given = iter(flat)

    def filled(value: Any) -> Any:
        return list(map(filled, value)) if isinstance(value, list) else next(given)

    return {name: filled(value) for name, value in case.inputs.items()}


def reference(case: Case, *by: int, place: int | None = None) -> Any:
    """A derivative by elements of the inputs, by mpmath."""

    def function(*flat: Any) -> Any:
        value = case.reference(**rebuilt(case, flat))
        return value if place is None else value[place]

    point = tuple(mpf(x) for value in case.inputs.values() for x in numbers(value))
    with mp.workdps(DIGITS):
        return float(mp.diff(function, point, [by.count(i) for i in range(len(point))]))


def elements(case: Case) -> range:
    return range(sum(len(numbers(value)) for value in case.inputs.values()))


@cache
def exact_gradient(label: str) -> Any:
    return np.array([reference(SCALAR[label], i) for i in elements(SCALAR[label])])


@cache
def exact_hessian(label: str) -> Any:
    case = SCALAR[label]
    return np.array([[reference(case, i, j) for j in elements(case)] for i in elements(case)])


@cache
def exact_jacobian(label: str) -> Any:
    case = ARRAYS[label]
    rows = range(len(case.reference(**rebuilt(case, [mpf(1) for _ in elements(case)]))))
    return np.array([[reference(case, i, place=row) for i in elements(case)] for row in rows])


# What is tested


def at(case: Case) -> tuple[Point, int, dict[str, int]]:
    """The program at the point, its output, and its inputs in the order of the case."""
    program = cgcli.parse(case.program)
    point = evaluate(program, {name: np.array(x) if isinstance(x, list) else x
                               for name, x in case.inputs.items()})  # fmt: skip
    return point, program.outputs[0].node, {name: program.inputs[name] for name in case.inputs}


def joined(case: Case, blocks: Callable[[str], Any], rows: int = 1) -> Any:
    """Blocks by input side by side: a column for each element of each."""
    return np.hstack([np.reshape(np.array(blocks(name), float), (rows, -1)) for name in case.inputs])


def near(found: Any, exact: Any) -> bool:
    """To 13 digits of the largest element."""
    return bool(np.max(np.abs(found - exact)) <= 1e-13 * max(1.0, np.max(np.abs(exact))))


def whole_hessian(case: Case) -> Any:
    point, output, wrt = at(case)
    blocks = hessian(point, output, wrt)
    sizes = [len(numbers(value)) for value in case.inputs.values()]
    return np.block(
        [[np.reshape(block, (n, m)) for block, m in zip(row, sizes)] for row, n in zip(blocks, sizes)]
    )


def test_there_are_twenty() -> None:
    assert len(SCALAR) + len(ARRAYS) == 20
    for case in (*SCALAR.values(), *ARRAYS.values()):
        assert set(cgcli.parse(case.program).inputs) == set(case.inputs)


@pytest.mark.parametrize("label", SCALAR)
@pytest.mark.parametrize("mode", ["reverse", "forward"])
def test_gradient(label: str, mode: str) -> None:
    point, output, wrt = at(SCALAR[label])
    found = dict(zip(wrt, gradients(point, [output], list(wrt.values()), mode)[0], strict=True))
    assert near(joined(SCALAR[label], found.__getitem__)[0], exact_gradient(label))


@pytest.mark.parametrize("label", SCALAR)
def test_hessian(label: str) -> None:
    found = whole_hessian(SCALAR[label])
    assert near(found, exact_hessian(label))
    assert near(found, found.T)


@pytest.mark.parametrize("label", SCALAR)
def test_hessian_times_a_direction(label: str) -> None:
    """The product is that with the whole matrix; inputs that do not move may be left out."""
    case, rng = SCALAR[label], np.random.default_rng(5)
    point, output, wrt = at(case)
    matrix = whole_hessian(case)
    directions = [rng.normal(size=np.shape(value)) for value in case.inputs.values()]
    for moving in [list(case.inputs), *([name] for name in case.inputs)]:
        direction = {name: v if np.ndim(v) else float(v)
                     for name, v in zip(case.inputs, directions) if name in moving}  # fmt: skip
        flat = np.concatenate(
            [np.ravel(direction.get(name, np.zeros_like(v))) for name, v in zip(case.inputs, directions)]
        )
        found = dict(zip(wrt, hessian_times(point, output, list(wrt.values()), direction), strict=True))
        assert all(np.shape(found[name]) == np.shape(case.inputs[name]) for name in wrt)
        assert near(joined(case, found.__getitem__)[0], matrix @ flat)


@pytest.mark.parametrize("label", ARRAYS)
@pytest.mark.parametrize("mode", ["reverse", "forward", None])
def test_jacobian(label: str, mode: str | None) -> None:
    point, output, wrt = at(ARRAYS[label])
    exact = exact_jacobian(label)
    found = dict(zip(wrt, jacobian(point, output, list(wrt.values()), mode), strict=True))
    for name, block in found.items():
        assert np.shape(block) == (len(exact), *np.shape(ARRAYS[label].inputs[name]))
    assert near(joined(ARRAYS[label], found.__getitem__, len(exact)), exact)


# The executable


def run(command: str, case: Case, *options: str) -> Any:
    bindings = [f"{name}={json.dumps(value)}" for name, value in case.inputs.items()]
    result = cg(command, "--format", "json", *options, case.program, *bindings)
    assert (result.status, result.err) == (0, "")
    return json.loads(result.out)


@pytest.mark.parametrize("label", ["Himmelblau", "Rosenbrock", "quadratic form", "log-sum-exp"])
def test_command_hessian(label: str) -> None:
    case = SCALAR[label]
    blocks = run("hessian", case)["hessian"]
    assert list(map(set, (blocks, *blocks.values()))) == [set(case.inputs)] * (1 + len(case.inputs))
    n = [len(numbers(value)) for value in case.inputs.values()]
    rows = [joined(case, blocks[name].__getitem__, size) for name, size in zip(case.inputs, n)]
    assert near(np.vstack(rows), exact_hessian(label))


@pytest.mark.parametrize("label", ARRAYS)
def test_command_jacobian(label: str) -> None:
    blocks = run("jacobian", ARRAYS[label])["jacobian"]
    exact = exact_jacobian(label)
    assert near(joined(ARRAYS[label], blocks.__getitem__, len(exact)), exact)


# Elementwise operations, at the points where rules change

PLACES = [-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 3.0]


@pytest.mark.parametrize("op", [op for op in ELEMENTWISE if op.arity in (2, 3)], ids=lambda op: op.name)
def test_second_derivatives_do_not_depend_on_their_order(op: Op) -> None:
    names = "xyw"[: op.arity]
    text = f"x {op.symbol} y" if op.symbol and not op.function else f"{op.word}({', '.join(names)})"
    program = cgcli.parse(text)
    seen = 0
    for place in product(PLACES, repeat=len(names)):
        point = evaluate(program, dict(zip(names, place, strict=True)))
        blocks = np.array(hessian(point, program.outputs[0].node, program.inputs))
        finite = np.isfinite(blocks) & np.isfinite(blocks.T)
        seen += bool(finite.all())
        wrong = f"{text} at {place}"
        np.testing.assert_allclose(blocks[finite], blocks.T[finite], rtol=1e-12, atol=1e-15, err_msg=wrong)
    assert seen >= len(PLACES) or op.name in (
        "polygamma",
        "polysinc",
        "polyerfcx",
    )  # whose order has no derivative


def test_second_derivatives_of_a_power_at_exponent_zero() -> None:
    """By x and y x^(y - 1) (1 + y log(x)) = 1/x."""
    result = cg("hessian", "x^y", "x=4", "y=0")
    assert result.out.splitlines()[2:4] == ["d2f/dxdy = 0.25", "d2f/dydx = 0.25"]
