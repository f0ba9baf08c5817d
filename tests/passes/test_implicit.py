"""Numbers that an equation or a minimum defines: their values and derivatives, beside mpmath in 40 digits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest
from mpmath import mp, mpf

import cgcli
from tests.cg import cg

mp.dps = 40

# A program of a and b; what is 0, or the derivative of what is least; a root of it to begin with; a and b.
CASES: list[tuple[str, Callable[[Any, Any, Any], Any], float, float, float]] = [
    ("zero(x^2 - a*b, x, 1)", lambda x, a, b: x**2 - a * b, 1.4, 2.0, 1.0),
    ("zero(x^2 - a*b, x, -3)", lambda x, a, b: x**2 - a * b, -1.4, 2.0, 1.0),
    ("zero(cos(a*x) - b*x, x, 0.5)", lambda x, a, b: mpmath.cos(a * x) - b * x, 0.7, 1.0, 1.0),
    ("zero(x*exp(x) - a - b, x, 0)", lambda x, a, b: x * mpmath.exp(x) - a - b, 1.0, 2.0, 1.5),
    ("zero(atan(x - a)*b + 0.1, x, 5)", lambda x, a, b: mpmath.atan(x - a) * b + mpf(0.1), 1.9, 2.0, 1.0),
    ("minimizer(x - a*log(x) + b*x^2, x, 3)", lambda x, a, b: 1 - a / x + 2 * b * x, 0.5, 1.0, 0.7),
    ("minimizer(cosh(x - a) + b*x, x, 9)", lambda x, a, b: mpmath.sinh(x - a) + b, 0.1, 0.5, 0.4),
    ("minimizer(x^4 - a*x^2 + b*x, x, -0.1)", lambda x, a, b: 4 * x**3 - 2 * a * x + b, -1.1, 2.0, 0.3),
    ("g = a + b; zero(x^3 + g*x - g, x, a)", lambda x, a, b: x**3 + (a + b) * x - a - b, 0.8, 1.0, 2.0),
    ("f(x, y) = x^2*y; zero(f(t, b) + t - a, t, 1)", lambda x, a, b: x**2 * b + x - a, 0.7, 1.5, 2.0),
    ("h(p) = zero(exp(s) - p*s - b, s, 2); h(a)", lambda x, a, b: mpmath.exp(x) - a * x - b, 1.9, 3.0, 1.0),
    ("zero(x - zero(y^2 - a*x, y, 1) - b, x, 2)", lambda x, a, b: (x - b) ** 2 - a * x, 4.0, 2.0, 1.0),
    ("zero(diff(t^3 - a*t^2*b, t), t, 3)", lambda x, a, b: 3 * x - 2 * a * b, 1.0, 1.5, 1.0),
]  # fmt: skip


@pytest.mark.parametrize("text, truth, near, a, b", CASES, ids=[case[0] for case in CASES])
def test_values_and_derivatives(text: str, truth: Any, near: float, a: float, b: float) -> None:
    def root(a: Any, b: Any) -> Any:
        return mpmath.findroot(lambda x: truth(x, a, b), near)

    if "diff" in text:  # at t = 0 there is another one
        text += " + 0"
    found = cgcli.evaluate(text, a=a, b=b)["f"]
    assert found == pytest.approx(float(root(a, b)), rel=4e-15)
    slopes = cgcli.gradient(text, a=a, b=b)["f"]
    matrix = cgcli.hessian(text, a=a, b=b)["f"]
    for name, order in (("a", (1, 0)), ("b", (0, 1))):
        assert slopes[name] == pytest.approx(float(mpmath.diff(root, (a, b), order)), rel=1e-12, abs=1e-14)
        for other, more in (("a", (1, 0)), ("b", (0, 1))):
            both = (order[0] + more[0], order[1] + more[1])
            wanted = float(mpmath.diff(root, (a, b), both))
            assert matrix[name][other] == pytest.approx(wanted, rel=1e-9, abs=1e-11)
    forward = cg("grad", text, f"a={a}", f"b={b}", "--mode", "forward")
    assert forward.status == 0
    assert cg("check", text, f"a={a}", f"b={b}").status == 0


def test_implied_volatility_and_its_derivatives() -> None:
    text = (
        "d(s) = (log(S/100) + 0.05 + s^2/2)/s; "
        "zero(S*ndtr(d(s)) - 100*exp(-0.05)*ndtr(d(s) - s) - price, s, 0.2)"
    )
    found = cgcli.gradient(text, S=100.0, price=10.4505835721856)["f"]
    assert cgcli.evaluate(text, S=100.0, price=10.4505835721856)["f"] == pytest.approx(0.2, rel=1e-12)
    assert found["price"] == pytest.approx(1 / 37.52403469169379, rel=1e-10)  # one over vega
    assert found["S"] == pytest.approx(-0.6368306511756191 / 37.52403469169379, rel=1e-10)


def test_rows_and_other_commands(tmp_path: Any) -> None:
    (tmp_path / "t.csv").write_text("a,y\n1,0.9\n2,1.3\n3,1.5\n")
    text = "zero(z^3 + z - 2*a, z, 1)"
    rows = cg("grad", text, "--data", "t.csv", cwd=tmp_path).out.splitlines()
    assert rows[0] == "f,df/da"
    for row, a in zip(rows[1:], (1.0, 2.0, 3.0), strict=True):
        value, slope = map(float, row.split(","))
        assert value**3 + value == pytest.approx(2 * a, rel=1e-14)
        assert slope == pytest.approx(2 / (3 * value**2 + 1), rel=1e-13)
    fit = cg("fit", "y ~ zero(z^3 + z - c*a, z, 1)", "c=1", "--data", "t.csv", cwd=tmp_path)
    assert fit.status == 0
    assert cg("solve", f"{text} == 2", "a=1").out.startswith("a = 5\n")
    assert cg("trace", text, "a=1").status == cg("graph", text, "a=1").status == 0
    assert cg("plan", text).status == 0
    for target in ("python", "c", "numpy", "latex", "sql"):
        done = cg("export", "--to", target, text)
        assert (done.status, "found by steps" in done.err) == (3, True), done
    done = cg("diff", text)
    assert (done.status, "found by steps" in done.err) == (3, True)
    assert cg("ops", "zero", "minimizer").status == 0


WRONG = [
    ("zero(x^2 + 1, x, 1)", 1, "no zero was found near 1"),
    ("minimizer(-x^2, x, 1)", 1, "no minimum was found near 1"),
    ("zero(x^2 - 2, x)", 3, "it is zero(f, x, start)"),
    ("zero(x^2 - 2, 3, 1)", 3, "it is zero(f, x, start)"),
    ("zero(x^2 - 2, x, 1, 2)", 3, "it is zero(f, x, start)"),
    ("zero([1, 2]*x, x, 1)", 3, "as many equations as unknowns are sought: [2] is to be 0, by a number"),
    ("zero(y^2 - 2, x, 1)", 3, "the input `y` has no value"),
    ("for i in 1..3 { s = zero(if x > i then x - 3 else x, x, 1) }; s", 3, "without branches and loops"),
    (
        "g(x) { if x > 1 { return x }; return 0 }; for i in 1..3 { s = zero(g(x), x, i) }; s",
        3,
        "without branches",
    ),
    ("for i in 1..3 { s = zero(x^2 - i, 3, 1) }; s", 3, "it is zero(f, x, start)"),
    ("for i in 1..3 { s = zero(x^2 + i, x, 1) }; s", 1, "no zero was found near 1"),
    ("for i in 0..3 { s = zero(x^2 + i, x, 1) }; s", 1, "several zeros fall together there, at 0"),
]


@pytest.mark.parametrize("text, status, told", WRONG, ids=[text for text, _, _ in WRONG])
def test_what_goes_wrong(text: str, status: int, told: str) -> None:
    done = cg("eval", text)
    assert (done.status, told in done.err) == (status, True), done


def test_a_function_of_the_program_has_the_name_first() -> None:
    assert cgcli.evaluate("zero(a, b, c) = a + b + c; zero(1, 2, 3)")["f"] == 6


def test_the_name_means_what_it_did_outside() -> None:
    assert cgcli.evaluate("x = 5; y = zero(x^2 - 4, x, 1); x + y")["f"] == pytest.approx(7)
    found = cgcli.gradient("zero(x^2 - 4*x0, x, 1) + x", x=3.0, x0=1.0)["f"]
    assert found == pytest.approx({"x0": 1, "x": 1})


def test_examples() -> None:
    for text, value in (("zero(x^2 - 2, x, 1)", np.sqrt(2)), ("minimizer(x - log(x), x, 2)", 1.0)):
        assert cgcli.evaluate(text)["f"] == pytest.approx(value, rel=4e-16)


# Vectors: a program of a and b, the residuals of which it is the zero, and a root of these to begin with.
VECTORS: list[tuple[str, Callable[..., list[Any]], list[float]]] = [
    (
        "zero([x[0]^2 + x[1] - a, x[0] - b*x[1]], x, [1, 1])",
        lambda a, b, x, y: [x**2 + y - a, x - b * y],
        [1.0, 1.0],
    ),
    (
        "zero([exp(x[0]) - a*x[1], x[0] + x[1]^3 - b], x, [0, 1])",
        lambda a, b, x, y: [mpmath.exp(x) - a * y, x + y**3 - b],
        [0.2, 1.0],
    ),
    (
        "minimizer((x[0] - a)^2 + (x[1] - a*b)^2 + x[0]^2*x[1]^2/4, x, [2, 1])",
        lambda a, b, x, y: [2 * (x - a) + x * y**2 / 2, 2 * (y - a * b) + x**2 * y / 2],
        [1.0, 1.0],
    ),
    (
        "zero(x^3 + a*x - [b, 2*b], x, [1, 1])",
        lambda a, b, x, y: [x**3 + a * x - b, y**3 + a * y - 2 * b],
        [1.0, 1.0],
    ),
]  # fmt: skip


@pytest.mark.parametrize("text, residuals, near", VECTORS, ids=[case[0] for case in VECTORS])
def test_vectors(text: str, residuals: Any, near: list[float]) -> None:
    a, b = 1.3, 0.9

    def root(place: int) -> Callable[[Any, Any], Any]:
        return lambda a, b: mpmath.findroot(lambda x, y: residuals(a, b, x, y), near)[place]

    found = cgcli.evaluate(text, a=a, b=b)["f"]
    slopes = cgcli.jacobian(text, a=a, b=b)["f"]
    for place in (0, 1):
        assert found[place] == pytest.approx(float(root(place)(mpf(a), mpf(b))), rel=4e-15)
        for name, order in (("a", (1, 0)), ("b", (0, 1))):
            wanted = float(mpmath.diff(root(place), (mpf(a), mpf(b)), order))
            assert slopes[name][place] == pytest.approx(wanted, rel=1e-10)
    assert cg("check", f"sum({text})", f"a={a}", f"b={b}").status == 0


# Zeros that fall together, which rounding leaves a slope, and others beside which there is another one.
NEARLY_TOGETHER = [
    "zero(exp(x) - 1 - x + 0*a, x, 1)",
    "zero(exp(x - 1.1) - (x - 0.1)*a/2, x, 3)",
    "zero(cos(x) + a/2, x, 3)",
    "zero((x - a/2)^3, x, 3)",
    "zero(x^3 - 3*x^2 + 3*x - a/2, x, 3)",
    "zero(x^2 - 2.2*x + 1.21*a/2, x, 0)",
    "zero(x - sin(x) + 0*a, x, 1)",
]
APART = [
    ("zero((x - 1)*(x - 1.0000001), x, 3)", 1.0000001),
    ("zero(x^2 - 1e-20, x, 1)", 1e-10),
    ("zero(x^2 - 1e-26, x, 1)", 1e-13),
    ("zero(x^4 - 1e-12, x, 1)", 1e-3),
    ("zero(exp(5*x) - 1e-30, x, 1)", -13.815510557964274),
    ("zero(tan(x) - 1e6, x, 1)", 1.5707953267948966),
    ("zero(1 - sum(exp(-x*[1, 2])), x, 3)", 0.48121182505960347),
    ("minimizer(x^4 + 1e-3*(x - 1)^2, x, 3)", 0.07727068707),
    ("minimizer((x - 1e7)^2 + 1e10, x, 3)", 1e7),
]


@pytest.mark.parametrize("text, value", APART)
def test_zeros_that_are_close_are_told_apart(text: str, value: float) -> None:
    assert cgcli.evaluate(text)["f"] == pytest.approx(value, rel=1e-9)


def test_numbers_are_sought_in_rows() -> None:
    assert cg("eval", "zero(x^2 - a, x, 1) - 1", "--over", "a=1:9:8").out.split() == ["a,f", "1,0", "9,2"]


@pytest.mark.parametrize(
    "text, told",
    [
        ("zero((x - a)^2, x, 1)", "several zeros fall together there"),
        ("zero(x^2 - (a - 2), x, 1)", "several zeros fall together there, at 0"),
        ("zero(x^2*(x - a)^3, x, 5)", "several zeros fall together there, at 2"),
        ("minimizer(x^3 + a, x, 1)", "no minimum was found near 1"),
        ("minimizer((x - a)^5, x, 3)", "no minimum was found near 3"),
        *((text, "several zeros fall together there") for text in NEARLY_TOGETHER),
        ("minimizer(cosh(x)^2 - x^2 + 0*a, x, 3)", "the second derivative is 0 at the minimum near 3"),
        ("minimizer((x - a)^6 + 1, x, 1)", "the second derivative is 0 at the minimum near 1, at 2"),
        ("zero((x - [a, 1])^2*x, x, [2, 1])", "several zeros fall together there"),
        ("zero(x^2 + [a, 1], x, [1, 1])", "no zero was found near the start"),
        ("zero([x[0] + x[1] - a, x[0] + x[1] - 1], x, [1, 1])", "no zero was found near the start"),
        ("zero([x[0] + x[1] - a, x[0] + x[1] - 2], x, [1, 1])", "several zeros fall together there"),
        ("minimizer(x[0]^2 - a*x[1]^2, x, [1, 1])", "no minimum was found near the start"),
        ("zero(sum(x^2) - a, x, [1, 1])", "as many equations as unknowns are sought"),
        ("minimizer(x^2, x, [1, a])", "a number is least, and this is an array of shape [2]"),
    ],
)
def test_what_is_not_found(text: str, told: str) -> None:
    found = cg("eval", text, "a=2")
    assert found.status in (1, 3)
    assert told in found.err


# Programs that run, of a, and what they are, of a.
RUNNING: list[tuple[str, Callable[[Any], Any]]] = [
    (
        "s = 0; for k in [1, 2, 3] { s += zero(x^2 - a*k, x, 1) }; s",
        lambda a: sum(mpmath.sqrt(a * k) for k in (1, 2, 3)),
    ),
    (
        "f(b) = zero(x^3 - b, x, 1); s = 0; for k in [1, 2] { s += f(a*k) }; s",
        lambda a: mpmath.cbrt(a) + mpmath.cbrt(2 * a),
    ),
    (
        "g(n) { if n < 1 { return 0 }; return zero(x^2 - n*a, x, 1) + g(n - 1) }; g(2)",
        lambda a: mpmath.sqrt(a) + mpmath.sqrt(2 * a),
    ),
    (
        "d(x, b) = x^3 - b; x = 8; for k in [1, 2] { x = zero(d(t, a*x), t, x) }; x",
        lambda a: mpmath.cbrt(a * mpmath.cbrt(8 * a)),
    ),
    ("s = 0; for k in [1, 2] { s += zero(x - zero(y^2 - a*x, y, 1), x, 2*k) }; s", lambda a: 2 * a),
    (
        "g(x, b) { c = x^2; return c - b }; h(x) { while x < 1 { x = 2*x }; return x }; "
        "s = h(3); for k in [1, 2] { s += zero(g(x, a*k), x, 1) }; s",
        lambda a: 3 + mpmath.sqrt(a) + mpmath.sqrt(2 * a),
    ),
    ("v = [zero(x^2 - a*k, x, 1) for k in [1, 2]]; sum(v)", lambda a: mpmath.sqrt(a) + mpmath.sqrt(2 * a)),
    ("s = 1; while s < 5 { s += minimizer((t - s)^2 + a*t^2, t, s) }; s", lambda a: (1 + 1 / (1 + a)) ** 6),
    (
        "s = [0, 0]; for k in [1, 2] { s = s + zero([x[0] - x[1], x[0]*x[1] - a*k], x, [1, 1]) }; s[0]",
        lambda a: mpmath.sqrt(a) + mpmath.sqrt(2 * a),
    ),
]


@pytest.mark.parametrize("text, truth", RUNNING, ids=[case[0] for case in RUNNING])
def test_in_programs_that_run(text: str, truth: Any) -> None:
    a = 1.7
    assert cgcli.evaluate(text, a=a)["f"] == pytest.approx(float(truth(mpf(a))), rel=1e-14)
    assert cgcli.gradient(text, a=a)["f"]["a"] == pytest.approx(float(mpmath.diff(truth, mpf(a))), rel=1e-12)
    second = cgcli.hessian(text, a=a)["f"]["a"]["a"]
    assert second == pytest.approx(float(mpmath.diff(truth, mpf(a), 2)), rel=1e-9, abs=1e-12)
    rows = cg("grad", text, "--over", "a=1.7:1.7:1").out.splitlines()[1].split(",")
    assert float(rows[1]) == pytest.approx(float(truth(mpf(a))), rel=1e-14)
    for command in ("trace", "graph", "plan", "check"):
        assert cg(command, text, f"a={a}").status == 0, command
    assert cg("debug", text, f"a={a}", stdin="step\nstep\ncontinue\n").status == 0


@pytest.mark.parametrize("rows", [2, 400])
def test_derivatives_in_loops_that_depend_on_a_row(rows: int) -> None:
    text = "s = 1; while s < 5 { s += s + diff(a*s^2, s)/100 }; s"
    points = np.linspace(1, 2, rows)
    found = cg("grad", text, "--over", f"a=linspace(1, 2, num={rows})").out.splitlines()[1:]
    for line, a in zip(found[:: rows // 2], points[:: rows // 2], strict=True):
        wanted = cgcli.gradient(text, a=float(a))["f"]["a"]
        assert float(line.split(",")[2]) == pytest.approx(wanted, rel=1e-14)
