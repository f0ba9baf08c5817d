"""Every derivative convention of the language, in both modes."""

from __future__ import annotations

import json
from math import inf, isnan, nan

import pytest

import cgcli
from cgcli.evaluation.derivatives import gradients
from cgcli.ops import ELEMENTWISE
from tests.cg import cg
from tests.points import evaluate

HALF, THIRD = 0.5, 1 / 3

# (program, inputs, derivatives by the inputs)
CONVENTIONS = [
    ("abs(x)", {"x": 0}, {"x": 0}),
    ("relu(x)", {"x": 0}, {"x": 0}),
    ("max(x, y)", {"x": 1, "y": 1}, {"x": HALF, "y": HALF}),
    ("min(x, y)", {"x": 1, "y": 1}, {"x": HALF, "y": HALF}),
    ("max(x, y, z)", {"x": 1, "y": 1, "z": 1}, {"x": THIRD, "y": THIRD, "z": THIRD}),
    ("max(x, y, z)", {"x": 1, "y": 2, "z": 2}, {"x": 0, "y": HALF, "z": HALF}),
    ("max(x, x)", {"x": 3}, {"x": 1}),
    ("clip(x, lo, hi)", {"x": 1, "lo": 1, "hi": 3}, {"x": HALF, "lo": HALF, "hi": 0}),
    ("clip(x, lo, hi)", {"x": 3, "lo": 1, "hi": 3}, {"x": HALF, "lo": 0, "hi": HALF}),
    ("clip(x, lo, hi)", {"x": 2, "lo": 1, "hi": 3}, {"x": 1, "lo": 0, "hi": 0}),
    ("clip(x, lo, hi)", {"x": 2, "lo": 2, "hi": 2}, {"x": THIRD, "lo": THIRD, "hi": THIRD}),
    ("clip(x, lo, hi)", {"x": 1, "lo": 5, "hi": 1}, {"x": 0, "lo": 0, "hi": 1}),
    ("clip(x, 0, x)", {"x": 2}, {"x": 1}),
    ("hypot(x, y)", {"x": 0, "y": 0}, {"x": 0, "y": 0}),
    ("sqrt(x)", {"x": 0}, {"x": inf}),
    ("cbrt(x)", {"x": 0}, {"x": inf}),
    ("sign(x)", {"x": 0}, {"x": 0}),
    ("floor(x)", {"x": 2}, {"x": 0}),
    ("ceil(x)", {"x": 2}, {"x": 0}),
    ("round(x)", {"x": 2.5}, {"x": 0}),
    ("trunc(x)", {"x": 2}, {"x": 0}),
    ("x//y", {"x": 4, "y": 2}, {"x": 0, "y": 0}),
    ("x%y", {"x": 4, "y": 2}, {"x": 1, "y": -2}),
    *(
        (f"x {relation} y", {"x": 1, "y": 1}, {"x": 0, "y": 0})
        for relation in ("<", "<=", ">", ">=", "==", "!=")
    ),
    ("x and y", {"x": 1, "y": 0}, {"x": 0, "y": 0}),
    ("x or y", {"x": 1, "y": 0}, {"x": 0, "y": 0}),
    ("not x", {"x": 0}, {"x": 0}),
    ("x^0", {"x": 0}, {"x": 0}),
    ("x^1", {"x": 0}, {"x": 1}),
    ("x^2", {"x": 0}, {"x": 0}),
    ("x^3", {"x": 0}, {"x": 0}),
    ("x^0.5", {"x": 0}, {"x": inf}),
    ("x^y", {"x": 0, "y": 2}, {"x": 0, "y": 0}),
    ("x^y", {"x": 0, "y": 0.5}, {"x": inf, "y": 0}),
    ("x^2", {"x": -3}, {"x": -6}),
    ("x^-1", {"x": -2}, {"x": -0.25}),
    ("copysign(x, y)", {"x": 0, "y": -1}, {"x": 0, "y": 0}),
    ("heaviside(x, h)", {"x": 0, "h": 0.5}, {"x": 0, "h": 1}),
    ("heaviside(x, h)", {"x": 1, "h": 0.5}, {"x": 0, "h": 0}),
    ("where(c, a, b)", {"c": 1, "a": 2, "b": 3}, {"c": 0, "a": 1, "b": 0}),
    ("where(c, a, b)", {"c": 0, "a": 2, "b": 3}, {"c": 0, "a": 0, "b": 1}),
    ("if c then log(a) else b", {"c": 0, "a": 0, "b": 3}, {"c": 0, "a": 0, "b": 1}),
    ("asin(x)", {"x": 1}, {"x": inf}),
    ("acos(x)", {"x": 1}, {"x": -inf}),
    ("acosh(x)", {"x": 1}, {"x": inf}),
    ("asec(x)", {"x": 1}, {"x": inf}),
    ("asec(x)", {"x": -1}, {"x": inf}),
    ("acsc(x)", {"x": -1}, {"x": -inf}),
    ("acot(x)", {"x": 0}, {"x": -1}),
    ("asech(x)", {"x": 1}, {"x": -inf}),
    ("acsch(x)", {"x": 0}, {"x": -inf}),
    ("acoth(x)", {"x": -1}, {"x": -inf}),
    ("root(x, y)", {"x": 0, "y": 3}, {"x": inf, "y": 0}),
    ("root(x, y)", {"x": 0, "y": 1}, {"x": 1, "y": 0}),
    ("logaddexp(x, y)", {"x": inf, "y": inf}, {"x": HALF, "y": HALF}),
    ("logaddexp(x, y)", {"x": -inf, "y": -inf}, {"x": 0, "y": 0}),
    ("logaddexp(x, y)", {"x": inf, "y": -inf}, {"x": 1, "y": 0}),
    ("logaddexp(x, y)", {"x": 2, "y": inf}, {"x": 0, "y": 1}),
    ("xlogy(x, y)", {"x": 0, "y": 0}, {"x": -inf, "y": 0}),
]


@pytest.mark.parametrize("mode", ["reverse", "forward"])
@pytest.mark.parametrize("text, inputs, expected", CONVENTIONS, ids=[f"{c[0]} {c[1]}" for c in CONVENTIONS])
def test_convention(text: str, inputs: dict[str, float], expected: dict[str, float], mode: str) -> None:
    program = cgcli.parse(text)
    point = evaluate(program, inputs)
    found = gradients(point, [program.outputs[0].node], list(program.inputs.values()), mode)[0]
    assert dict(zip(program.inputs, found, strict=True)) == expected


def test_every_convention_of_the_table_is_tested() -> None:
    """An operation that states a convention occurs above, or in a test of its own below."""
    tested = {program.graph.ops[node].name for text, _, _ in CONVENTIONS
              for program in [cgcli.parse(text)] for node in range(len(program.graph))}  # fmt: skip
    stated = {op.name for op in ELEMENTWISE if op.convention}
    assert stated - tested == {"atan2", "polygamma", "polysinc", "polyerfcx"}


def test_no_derivative_is_nan() -> None:
    assert isnan(cgcli.gradient("atan2(x, y)", x=0, y=0)["f"]["x"])
    for family in ("polygamma", "polysinc", "polyerfcx"):
        assert isnan(cgcli.gradient(f"{family}(n, x)", n=1, x=2)["f"]["n"])


@pytest.mark.parametrize("n, k, exact", [
    (5, 6, (1 / 6, -1 / 6)), (5, 8, (1 / 168, -1 / 168)), (2, 4, (-1 / 12, 1 / 12)),
    (5, -1, (0, 1 / 6)), (5, -2, (0, -1 / 42)),
    # where n - k loses digits of n, by mpmath
    (5, 1e17, (1.2e-100, -1.2e-100)),
    (3, 2.0**60, (3.3958796545600172e-72, -3.3958796545600172e-72)),
    (1e17, 1e17 - 16, (1.7368827697980118e260, -1.7368827697980118e260)),
    (0.3, 100, (0.0014447725678229494, 0.0013352368812735729)),
    (0.3, 1e6, (4.2864291450329942e-8, 8.3606355894639568e-9)),
    (0.3, 3e15, (5.8739097847682342e-20, 3.9992755800601667e-21)),
    (0.3, 1e17, (6.7981263097010182e-22, 4.1902406187963725e-23)),
    (-0.5, 1e17, (-7.3340804686109893e-8, -8.9206205807638555e-27)),
    (-3.5, 2.0**53 + 2, (-8.2557864952228608e40, 6.4305549775097535e23))])  # fmt: skip
def test_a_pole_that_cancels(n: float, k: float, exact: tuple[float, float]) -> None:
    program = cgcli.parse("binomial(n, k)")
    point = evaluate(program, {"n": float(n), "k": float(k)})
    for mode in ("reverse", "forward"):
        found = gradients(point, [program.outputs[0].node], list(program.inputs.values()), mode)[0]
        assert found == pytest.approx(exact, rel=1e-13, abs=1e-300)


def test_second_derivatives_where_a_difference_loses_digits() -> None:
    found = cgcli.hessian("binomial(n, k)", n=0.3, k=1e17)["f"]
    exact = {"n": -2.49178877962987e-20, "k": -1.82850237193574e-21}
    assert found["n"] == pytest.approx(exact, rel=1e-13)
    assert found["k"]["k"] == pytest.approx(1.81187317154366e-22, rel=1e-13)


def test_second_derivatives_of_a_power_at_a_corner() -> None:
    for y, exact in ((1, -inf), (2, 0), (1.5, 0), (0.3, -inf)):
        found = cgcli.hessian("x^y", x=0.0, y=y)["f"]
        inside = cgcli.evaluate("diff(diff(x^y, x), y); diff(diff(x^y, y), x)", x=0.0, y=float(y))
        assert found["x"]["y"] == found["y"]["x"] == exact
        assert list(inside.values()) == [exact, exact]
    assert cgcli.hessian("xlogy(x, y)", x=0.0, y=0.0)["f"]["x"]["y"] == inf
    assert cgcli.hessian("xlogy(x, y)", x=0.0, y=0.0)["f"]["y"]["x"] == inf


@pytest.mark.parametrize(
    "text",
    [
        "max(x, y)",
        "min(x, y)",
        "max(x, y, 2)",
        "clip(x, y, 3)",
        "clip(2, y, x)",
        "max([x, y])",
        "min([y, x])",
    ],
)
def test_choices_of_nan_have_no_derivative(text: str) -> None:
    """By the commands, inside programs, and in rows alike."""
    x, y = "x=nan", "y=1"
    expected = [nan, nan]
    for command in ("grad", "grad --mode forward"):
        found = json.loads(cg(*command.split(), text, x, y, "--format", "json").out)["gradient"]
        assert [float(found[name]) for name in "xy"] == pytest.approx(expected, nan_ok=True)
    inside = cg("eval", f"diff({text}, x); diff({text}, y)", x, y).out.split()
    assert inside == ["nan", "nan"]
    for engine in ("plain", "kernel"):
        rows = cg("grad", text, "--over", "x=[nan]", "--over", "y=[1]", "--engine", engine).out
        assert rows.splitlines()[1].split(",")[-2:] == ["nan", "nan"]
