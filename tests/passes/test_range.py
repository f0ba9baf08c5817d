"""First and second derivatives that are doubles, where what they are computed from is none: against mpmath,
in both modes, by commands and inside programs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import isfinite
from typing import Any

import numpy as np
import pytest
from mpmath import mp, mpf

import cgcli
from cgcli.evaluation.derivatives import gradients, hessian, jacobian
from cgcli.evaluation.widening import NODES
from tests.cg import cg
from tests.points import evaluate


def norm(*xs: Any) -> Any:
    return mp.sqrt(mp.fsum(x * x for x in xs))


def logsumexp(*xs: Any) -> Any:
    return mp.log(mp.fsum(map(mp.exp, xs)))


def log_ndtr(x: Any) -> Any:
    return mp.log(mp.erfc(-x / mp.sqrt(2)) / 2)


ENDS = [(1e-300,), (1e-160,), (1e160,), (1e300,), (1 - 2.0**-53,), (1 + 2.0**-52,)]
TAILS = [(700.0,), (-700.0,), (40.0,), (-40.0,)]
PAIRS = [(1e-300, 1e-160), (1e160, 1e300), (1e-160, 1e300), (1e300, 1e-160), (1e160, 1e160), (3e-300, 1e-300)]
EXPONENTS = [(700.0, -700.0), (700.0, 690.0), (-700.0, -700.0)]

Points = Sequence[tuple[float, ...]]

# Programs over x and y, the same over mpmath's numbers, and where.
PROGRAMS: dict[str, tuple[Callable[..., Any], Points]] = {
    "x/y": (lambda x, y: x / y, PAIRS),
    "1/(1e200*x)": (lambda x: 1 / (mpf(1e200) * x), [(1.0,), *ENDS]),
    "x/(1e200*y)*1e100": (lambda x, y: x / (mpf(1e200) * y) * mpf(1e100), PAIRS),
    "1/(1/x)": (lambda x: x, ENDS),
    "x^2/x": (lambda x: x, ENDS[:4]),
    "(x^3 - x^2)/x": (lambda x: x * x - x, ENDS[:4]),
    "x*y^2/(x*y)": (lambda x, y: y, PAIRS),
    "log(x)": (mp.log, ENDS),
    "log2(x)": (lambda x: mp.log(x, 2), ENDS),
    "log10(x)": (mp.log10, ENDS),
    "log1p(x)": (mp.log1p, ENDS),
    "log(x*y)": (lambda x, y: mp.log(x * y), PAIRS),
    "logit(x)": (lambda x: mp.log(x / (1 - x)), [(1e-300,), (1e-160,), (1 - 2.0**-53,)]),
    "lgamma(x)": (mp.loggamma, ENDS),
    "log(gamma(x))": (mp.loggamma, [(200.0,), (1e-160,)]),
    "log(erfc(x))": (lambda x: mp.log(mp.erfc(x)), [(20.0,), (26.0,), (50.0,)]),
    "log(ndtr(x))": (log_ndtr, [(-20.0,), (-38.0,), (-60.0,)]),
    "log_ndtr(x)": (log_ndtr, [(-20.0,), (-38.0,), (-60.0,)]),
    "logaddexp(x, y)": (logsumexp, EXPONENTS),
    "log(exp(x) + exp(y))": (logsumexp, [*EXPONENTS, (800.0, 800.0)]),
    "log(sigmoid(x))": (lambda x: -mp.log1p(mp.exp(-x)), [*TAILS, (-800.0,)]),
    "softplus(x)": (lambda x: mp.log1p(mp.exp(x)), TAILS),
    "sigmoid(x)": (lambda x: 1 / (1 + mp.exp(-x)), TAILS),
    "tanh(x)": (mp.tanh, [(300.0,), (-300.0,), *ENDS]),
    "hypot(x, y)": (norm, PAIRS),
    "sqrt(x^2 + y^2)": (norm, PAIRS),
    "x^3": (lambda x: x**3, ENDS),
    "x^0.5": (mp.sqrt, ENDS),
    "x^-2": (lambda x: x**-2, ENDS),
    "(x/y)^2": (lambda x, y: (x / y) ** 2, PAIRS),
    "x*y": (lambda x, y: x * y, PAIRS),
    "x*y/(x + y)": (lambda x, y: x * y / (x + y), PAIRS),
    "atan2(x, y)": (mp.atan2, PAIRS),
    "asinh(x)": (mp.asinh, ENDS),
    "1/sqrt(x)": (lambda x: 1 / mp.sqrt(x), ENDS),
    "exp(log(x))": (lambda x: x, ENDS),
    "log(exp(x))": (lambda x: x, [(700.0,), (-700.0,), (-800.0,), (800.0,)]),
    "beta(x, y)": (mp.beta, [(400.0, 300.0)]),
    "log(beta(x, y))": (lambda x, y: mp.log(mp.beta(x, y)), [(400.0, 300.0)]),
    "binomial(x, y)": (mp.binomial, [(1000.0, 450.0)]),
    "log(prod([x, y]))": (lambda x, y: mp.log(x * y), PAIRS),
    "prod([x, y])": (lambda x, y: x * y, PAIRS),
    "cumprod([x, y])[1]": (lambda x, y: x * y, PAIRS),
    "logsumexp([x, y])": (logsumexp, EXPONENTS),
    "softmax([x, y])[1]": (lambda x, y: 1 / (1 + mp.exp(x - y)), EXPONENTS),
    "log(softmax([x, y]))[0]": (lambda x, y: -mp.log1p(mp.exp(y - x)), [*EXPONENTS, (0.0, 800.0)]),
    "norm([x, y])": (norm, PAIRS),
    "norm([x, y], ord=3)": (lambda x, y: mp.cbrt(x**3 + y**3), PAIRS),
    "std([x, y])": (lambda x, y: abs(x - y) / 2, PAIRS[:4]),
    "var([x, y])": (lambda x, y: (x - y) ** 2 / 4, PAIRS[:4]),
    "det([[x, 1], [1, y]])": (lambda x, y: x * y - 1, PAIRS),
    "log(det([[x, 0], [0, y]]))": (lambda x, y: mp.log(x * y), PAIRS),
    "logdet([[x, 0], [0, y]])": (lambda x, y: mp.log(x * y), PAIRS),
    "inv([[x, 0], [0, y]])[0, 0]": (lambda x, y: 1 / x, PAIRS),
}  # fmt: skip


# Of which terms of derivatives cancel.
CANCEL = {
    "hypot(x, y)", "sqrt(x^2 + y^2)", "norm([x, y])", "norm([x, y], ord=3)", "x*y/(x + y)", "exp(log(x))",
    "log(x*y)", "log(prod([x, y]))", "log(det([[x, 0], [0, y]]))", "logdet([[x, 0], [0, y]])", "1/(1/x)",
}  # fmt: skip


def derivative(function: Callable[..., Any], point: tuple[float, ...], digits: int, *by: int) -> Any:
    """By mpmath, in parts of the operands: their sizes are worlds apart."""

    def scaled(*steps: Any) -> Any:
        return function(*(mpf(x) * (1 + step) if x else step for x, step in zip(point, steps, strict=True)))

    orders = tuple(by.count(place) for place in range(len(point)))
    with mp.workdps(digits):
        found = mp.diff(scaled, tuple(mpf(0) for _ in point), orders)
        for place in by:
            found = found / (mpf(point[place]) or 1)
    return mp.re(found)


def agree(found: float, exact: Any, noise: Any = 0) -> bool:
    """To ten digits, where it is a double, or as near as rounding allows of terms that cancel."""
    if abs(exact) >= mpf(2) ** 1024 or (noise >= mpf(2) ** 990 and not isfinite(found)):
        return not isfinite(found)
    return isfinite(found) and abs(found - exact) <= 1e-10 * abs(exact) + noise + mpf(1e-306)


@pytest.mark.long
@pytest.mark.parametrize("text", PROGRAMS)
def test_derivatives_are_found_where_they_are_doubles(text: str) -> None:
    function, points = PROGRAMS[text]
    digits = 80 if any(name in text for name in ("gamma", "beta", "binomial", "erf", "ndtr")) else 1300
    program = cgcli.parse(text)
    names, output = "xy"[: len(points[0])], program.outputs[0].node
    wrt = {name: program.inputs[name] for name in names}
    for place in points:
        inputs = dict(zip(names, place, strict=True))
        point = evaluate(program, inputs)
        rows = [gradients(point, [output], list(wrt.values()), mode)[0] for mode in ("reverse", "forward")]
        rows.append(jacobian(point, output, list(wrt.values())))
        rows.append([cgcli.evaluate(f"diff({text}, {name})", **inputs)["f"] for name in names])
        whole = hessian(point, output, wrt)
        pairs = [(i, j) for i in range(len(names)) for j in range(len(names))]
        slopes = [derivative(function, place, digits, i) for i in range(len(names))]
        curved = {(i, j): derivative(function, place, digits, i, j) for i, j in pairs if i <= j}
        curved |= {(j, i): exact for (i, j), exact in curved.items()}
        parts = [slope * mpf(x) for slope, x in zip(slopes, place, strict=True)]
        parts += [curved[i, j] * mpf(place[i]) * mpf(place[j]) for i, j in pairs]
        noise = mpf(2) ** -40 * max(map(abs, parts)) if text in CANCEL else mpf(0)
        for i, exact in enumerate(slopes):
            off = noise / (abs(mpf(place[i])) or 1)
            assert all(agree(row[i], exact, off) for row in rows), (place, i, exact, [row[i] for row in rows])
        for i, j in pairs:
            off = noise / (abs(mpf(place[i]) * mpf(place[j])) or 1)
            inside = cgcli.evaluate(f"diff(diff({text}, {names[i]}), {names[j]})", **inputs)["f"]
            for found in (whole[i][j], inside):
                assert agree(found, curved[i, j], off), (place, i, j, found, curved[i, j])


@pytest.mark.parametrize("text, inputs, exact", [
    ("sum(1/(1e200*x))", {"x": [1.0, 2.0]}, [-1e-200, -2.5e-201]),
    ("log(prod(x))", {"x": [1e-200, 1e-200, 1e300, 1e300]}, [1e200, 1e200, 1e-300, 1e-300]),
    ("sum(log(softmax(x))*[0, 1])", {"x": [1000.0, 0.0]}, [-1.0, 1.0]),
    ("log(softmax(x))[0]", {"x": [37.42994775023705, 0.0]}, [5.551115123125776e-17, -5.551115123125776e-17]),
    ("norm(x)/1e200", {"x": [3e-200, 4e-200]}, [6e-201, 8e-201]),
    ("sqrt(sum(x^2))", {"x": [3e200, 4e200]}, [0.6, 0.8]),
    ("sqrt(x @ x)", {"x": [3e-200, 4e-200]}, [0.6, 0.8]),
    ("log(det(diag(x)))", {"x": [1e-200, 1e-200, 1e-200]}, [1e200, 1e200, 1e200]),
    ("t = cumprod(x); log(t[-1])", {"x": [1e200, 1e200, 1e-300]}, [1e-200, 1e-200, 1e300]),
])  # fmt: skip
def test_gradients_of_arrays(text: str, inputs: dict[str, Any], exact: list[float]) -> None:
    program = cgcli.parse(text)
    point = evaluate(program, {name: np.array(value) for name, value in inputs.items()})
    output, by = program.outputs[0].node, program.inputs["x"]
    for mode in ("reverse", "forward"):
        np.testing.assert_allclose(gradients(point, [output], [by], mode)[0][0], exact, rtol=1e-12)
    np.testing.assert_allclose(jacobian(point, output, [by])[0], exact, rtol=1e-12)


def test_second_derivatives_of_arrays() -> None:
    found = cgcli.hessian("logsumexp(z)", z=[40, 0])["f"]["z"]["z"]
    small = 4.248354255291589e-18
    np.testing.assert_allclose(found, [[small, -small], [-small, small]], rtol=1e-14)
    found = cgcli.hessian("log(prod(x))", x=[1e-100, 1e-100, 1e100])["f"]["x"]["x"]
    np.testing.assert_allclose(np.diag(found), [-1e200, -1e200, -1e-200], rtol=1e-12)
    found = cgcli.hessian("log(softmax(z))[1]", z=[40.0, 0.0])["f"]["z"]["z"]
    np.testing.assert_allclose(found, [[-small, small], [small, -small]], rtol=1e-14)
    found = cgcli.evaluate("hessian(log(softmax(z))[1], z)", z=[40.0, 0.0])["f"]
    np.testing.assert_allclose(found, [[-small, small], [small, -small]], rtol=1e-14)
    for inside in ("p = softmax(z); grad(log(p)[1], z)", "jacobian(log(softmax(z)), z)[1]"):
        assert np.array_equal(cgcli.evaluate(inside, z=[1000.0, 0.0])["f"], [-1, 1])


@pytest.mark.parametrize("text, bound, line", [
    ("1/(1e200*x)", ["x=1"], "df/dx = -1e-200"),
    ("diff(1/(1e200*x), x)", ["x=1"], "df/dx = 2e-200"),
    ("s = sigmoid(x); log(s)", ["x=-40", "--wrt", "s"], "df/ds = 2.3538526683702e+17"),
    ("x^2", ["x=0"], "df/dx = 0"),
])  # fmt: skip
def test_what_the_command_prints(text: str, bound: list[str], line: str) -> None:
    for mode in ("reverse", "forward"):
        result = cg("grad", text, *bound, "--mode", mode)
        assert result.out.splitlines()[-1] == line
        assert result.err == ""


def test_what_vanishes_in_a_long_program_is_let_go() -> None:
    text = "t0 = x\n" + "\n".join(f"t{i} = t{i - 1}*0.5" for i in range(1, NODES))
    assert cgcli.gradient(text, x=1.0)[f"t{NODES - 1}"]["x"] == 0.0
