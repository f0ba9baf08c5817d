"""Derivatives inside programs: what the commands say of the same function at the same point."""

from __future__ import annotations

from math import isfinite
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import cgcli
from cgcli.ops import ALIAS, DIFFERENTIATIONS
from cgcli.passes.expand import expand
from cgcli.passes.shapes import infer
from tests.cg import cg
from tests.checker import check
from tests.cost import lines_run
from tests.points import evaluate
from tests.programs import NAMES, programs

POINT: dict[str, Any] = {
    "x": 0.7,
    "y": -1.3,
    "v": [0.5, -1.25, 2.0],
    "w": [1.5, 0.25, -0.75],
    "A": [[2.0, -0.5, 0.25], [0.5, 1.5, -1.0], [0.75, 0.25, 3.0]],
    "B": [[1.0, 0.5], [-0.25, 2.0], [0.5, -1.5]],
}

# Numbers, by numbers and arrays; and arrays.
NUMBERS = [
    ("x^3*sin(x)", "x"),
    ("x^3*y^2 + exp(x*y)", "x"),
    ("atan2(x, y)*x", "y"),
    ("sum(v^3)", "v"),
    ("v @ A @ v", "v"),
    ("(v @ w)^2", "w"),
    ("norm(A @ v)^2*x", "v"),
    ("logsumexp(v*x)", "v"),
    ("prod(v)", "v"),
    ("log(det(A))", "A"),
    ("sum(inv(A))", "A"),
    ("trace(A @ A @ A)", "A"),
    ("sum((B @ [x, y])^2)", "B"),
    ("v[0]^2*v[1] + sin(v[2])", "v"),
    ("sum(100*(v[1:] - v[:-1]^2)^2 + (1 - v[:-1])^2)", "v"),
    ("sum(relu(v)^3)", "v"),
    ("max(v[0]*v[1], v[2])*v[0]", "v"),
    ("sum(softmax(v)*w)", "v"),
    ("f(t) = t^2*x; f(y)*f(x)", "x"),
    ("u = tanh(A @ v); u @ u", "v"),
    ("grad(v @ A @ v, v) @ w", "v"),
    ("diff(x^4*y, x)*y", "y"),
    ("sum(grad(sum(v^3), v)^2)", "v"),
    ("det(hessian(sum(v^3) + prod(v), v))", "v"),
    ("sum(jacobian(sin(v)*sum(v), v) @ w)", "v"),
]
ARRAYS = [
    ("[x*y, x + y, x^y^2]", "x"),
    ("x*v", "x"),
    ("v^2*x", "v"),
    ("A @ v", "v"),
    ("A @ v", "A"),
    ("softmax(v)", "v"),
    ("outer(v, w)", "v"),
    ("inv(A)", "A"),
    ("B.T", "B"),
    ("B @ [x, y]", "y"),
    ("[v[0]*v[1], v[1]*v[2]]", "v"),
    ("[[x, y], [y*x, x]]", "x"),
    ("cumsum(v)*w", "v"),
    ("[v, w*v, [x, y, x]]", "v"),
    ("f(t) = sin(t)*w; f(v + w)", "v"),
    ("grad(prod(v), v)", "v"),
    ("diff(sin(v)*x, x)", "v"),
    ("jacobian(A @ v, v) @ v", "v"),
    ("v[1:]*v[:-1]", "v"),
    ("zeros(0)*x", "x"),
]


def inside(kind: str, text: str, by: str) -> Any:
    """The derivative of the last expression of a text, as a program says it."""
    *before, last = text.split("; ")
    return cgcli.evaluate("; ".join([*before, f"{kind}({last}, {by})"]), **used(text, by))["f"]


def used(text: str, by: str) -> dict[str, Any]:
    names = {*cgcli.parse(text).inputs, by}
    return {name: value for name, value in POINT.items() if name in names}


def near(found: Any, expected: Any) -> None:
    assert np.shape(found) == np.shape(expected)
    assert np.allclose(found, expected, rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("text, by", NUMBERS)
def test_the_derivatives_of_a_number_are_those_of_the_commands(text: str, by: str) -> None:
    first = cgcli.gradient(text, **used(text, by))["f"][by]
    second = cgcli.hessian(text, **used(text, by))["f"][by][by]
    near(inside("grad", text, by), first)
    near(inside("jacobian", text, by), first)
    near(inside("hessian", text, by), second)
    near(inside("diff", text, by), first)
    *before, last = text.split("; ")
    twice = "; ".join([*before, f"jacobian(grad({last}, {by}), {by})"])
    near(cgcli.evaluate(twice, **used(text, by))["f"], second)


@pytest.mark.parametrize("text, by", [*ARRAYS, *NUMBERS])
def test_a_jacobian_is_that_of_the_command(text: str, by: str) -> None:
    near(inside("jacobian", text, by), cgcli.jacobian(text, **used(text, by))["f"][by])


@pytest.mark.parametrize("text, by", [*ARRAYS, *NUMBERS])
def test_what_is_differentiated_again_is_a_program_like_others(text: str, by: str) -> None:
    """Reverse and forward mode of a program with a derivative inside, and its second derivatives."""
    *before, last = text.split("; ")
    whole = "; ".join([*before, f"sum(sin(jacobian({last}, {by})))"])
    bindings = [f"{name}={np.asarray(value).tolist()}" for name, value in used(text, by).items()]
    assert cg("check", whole, *bindings).status == 0


@given(programs(), st.fixed_dictionaries({name: st.sampled_from((-1.5, 0.0, 0.3, 1.0)) for name in NAMES}))
@settings(max_examples=200, deadline=None)
def test_any_program_of_numbers_at_kinks_too(text: str, values: dict[str, float]) -> None:
    *before, last = (text + " + 0*a*b").split("\n")
    inputs = {name: values[name] for name in cgcli.parse(text + " + 0*a*b").inputs}
    first = cgcli.gradient(text + " + 0*a*b", **inputs)["f"]["a"]
    matrix = cgcli.hessian(text + " + 0*a*b", **inputs)["f"]
    second, other = matrix["a"], matrix["b"]["a"]  # by a and b in the other order: nan at 0^a, with a warning
    assume(all(isfinite(number) and abs(number) < 1e9 for number in (first, other, *second.values())))
    kinds = f"grad({last}, a); hessian({last}, a); diff({last}, a, 2); diff(grad({last}, b), a)"
    found = cgcli.evaluate("\n".join([*before, kinds]), **inputs).values()
    assert np.allclose(list(found), [first, second["a"], second["a"], second["b"]], rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("kind", DIFFERENTIATIONS)
@pytest.mark.parametrize("text, by", NUMBERS[:18])
def test_a_function_differentiates_by_its_parameter(text: str, by: str, kind: str) -> None:
    """At an argument that is computed, and where the name means something else outside."""
    given = used(text, by)
    if "; " in text or (kind == "diff" and by not in ("x", "y")):
        return
    inputs = {name: value for name, value in given.items() if name != by}
    point = np.asarray(given[by]).tolist()
    called = cgcli.evaluate(f"d({by}) = {kind}({text}, {by}); d(2*{point}/2)", **inputs)["f"]
    near(called, inside(kind, text, by))


@pytest.mark.parametrize(
    "text, expected",
    [
        ("f(a) = hessian(sum(a^3), a); f([1, 2])", [[6, 0], [0, 12]]),
        ("f(a, b) = jacobian(a*b, a); f(v, v)", np.diag([0.5, -1.25, 2.0])),
        ("f(a, b) = jacobian(a*sum(b), b); f(v, v)", np.tile([[0.5], [-1.25], [2.0]], 3)),
        ("g = x*y; diff(g*y, g)", -1.3),  # by what a derivative is, which is y
        ("g = diff(x*y, x); diff(g*y, g)", -1.3),
        ("g = grad(sum(v^2), v); jacobian(g*v, g)", np.diag([0.5, -1.25, 2.0])),
        ("g = diff(x^2, x); h = diff(x^2, x); diff(g*h, g)", 1.4),
        ("diff(x + v, x)", [1, 1, 1]),
        ("diff(v, x)", [0, 0, 0]),
        ("diff(sum(v), v, 1)", [1, 1, 1]),
        ("diff([x, x^2], x)", [1, 1.4]),
        ("diff(A @ v*x^2, x, 2)", 2 * np.array(POINT["A"]) @ POINT["v"]),
        ("jacobian(x, v)", [0, 0, 0]),
        ("jacobian(v, v[1:]*1)", None),
        ("hessian(x, x)", 0),
        ("hessian(sum(w), v)", np.zeros((3, 3))),
        ("h = hessian(v @ A @ v, v); h - h.T", np.zeros((3, 3))),
        ("jacobian(zeros(0), v)", np.zeros((0, 3))),
        ("f(t) = t^3 - 2; n(t) = t - f(t)/diff(f(t), t); n(n(n(n(n(1)))))", 2 ** (1 / 3)),
    ],
)
def test_values(text: str, expected: Any) -> None:
    if expected is None:
        with pytest.raises(cgcli.CgError, match="differentiates by a name"):
            cgcli.evaluate(text, **used(text, "v"))
        return
    inputs = {name: POINT[name] for name in cgcli.parse(text).inputs}
    near(cgcli.evaluate(text, **inputs)["f"], expected)


def test_nothing_of_it_is_left_in_the_graph() -> None:
    text = (
        "f(a, b) = diff(a*b^2, a); y = f(v[0], 2*v[0]); assert f(3, 3) == 9; [f(y, y), sum(hessian(y, v)), 1]"
    )
    point = evaluate(cgcli.parse(text), {"v": np.array([1.0, 2.0])})
    assert not {ALIAS, *DIFFERENTIATIONS.values()} & set(point.graph.ops)
    assert point.program.names.keys() == cgcli.parse(text).names.keys()


def test_a_derivative_by_a_parameter_costs_what_the_function_does() -> None:
    """However much the argument is computed from; and each of many derivatives costs what it needs."""
    sizes = []
    for count in (100, 200):
        steps = "".join(f"y{i + 1} = n(y{i})\n" for i in range(count))
        program = cgcli.parse(f"f(t) = t^3 - 2\nn(t) = t - f(t)/diff(f(t), t)\ny0 = x\n{steps}y{count}")
        point = evaluate(program, {"x": 1.5})
        assert point.values[point.program.outputs[0].node] == pytest.approx(2 ** (1 / 3))
        run = lines_run(lambda program=program: evaluate(program, {"x": 1.5}))  # type: ignore[misc]
        sizes.append((len(point.graph), run))
    assert sizes[1][0] < 2.1 * sizes[0][0]
    assert sizes[1][1] < 2.1 * sizes[0][1]


@pytest.mark.parametrize(
    "text, said, place",
    [
        ("grad(v^2, v)", "`grad`: a number is differentiated, and this is an array of shape [3]", 1),
        ("x + hessian(v^2, v)", "`hessian`: a number is differentiated", 5),
        ("diff(v*sum(v), v)", "`diff`: a number is differentiated, and this is an array of shape [3]", 1),
        ("diff(sum(v)^2, v, 2)", "`diff`: a number is differentiated, and this is an array of shape [3]", 1),
        ("diff(A @ w*v, A)", "`diff`: a number is differentiated, and this is an array of shape [3]", 1),
        ("hessian(x^2, x, 2)", "`hessian` cannot be called so", 1),
        ("jacobian(v)", "`jacobian` cannot be called so", 1),
        ("jacobian(v, x=v)", "`jacobian` cannot be called so", 1),
        ("1 + jacobian(v, 2*v)", "`jacobian` differentiates by a name", 5),
        ("hessian(x*pi, pi)", "`pi` is a constant", 1),
        ("x*diff(sum(A @ [x, y]), x)", "shapes do not match in `@`", 14),
    ],
)
def test_errors_are_at_their_place(text: str, said: str, place: int) -> None:
    with pytest.raises(cgcli.CgError) as caught:
        cgcli.evaluate(
            "0*x*y*v[0]; " + text, **{name: POINT[name] for name in "xyvwA" if name in text + "xyv"}
        )
    assert said in str(caught.value)
    assert f"<text>:1:{place + 12}\n" in str(caught.value)


@pytest.mark.parametrize("text, by", [*ARRAYS, *NUMBERS])
def test_what_comes_out_is_a_graph(text: str, by: str) -> None:
    *before, last = text.split("; ")
    program = cgcli.parse("; ".join([*before, f"jacobian({last}, {by})", f"diff(sum({last}), {by})"]))
    given = {name: np.shape(value) for name, value in used(text, by).items()}
    graph, place, _ = expand(program.graph, infer(program.graph, given))
    check(graph, infer(graph, given))
    for node, name in program.graph.names.items():
        assert name in program.inputs or graph.names[place[node]] == name


@pytest.mark.long
@pytest.mark.parametrize(
    "step",
    ["relu({})*x", "max({}, 0.5)*x", "clip({}, 0, 9)*x", "abs({})*x", "{}^x", "where({} > 0, {}, x)*x"],
)
@pytest.mark.parametrize("call", ["grad(y{}, x)", "diff(y{}, x, 1)", "f(t) = grad(t*y{}, t); f(x)"])
def test_long_chains_have_their_derivatives_in_linear_time(step: str, call: str) -> None:
    sizes = []
    for count in (600, 1200):
        lines = [f"y{i + 1} = {step.replace('{}', f'y{i}')}" for i in range(count)]
        text = "\n".join(["y0 = x", *lines, call.format(count)])
        sizes.append(len(evaluate(cgcli.parse(text), {"x": 1.0}).graph))
    assert sizes[1] - sizes[0] < 20 * 600


def test_an_exact_zero_wins() -> None:
    text = "diff(x*(1-x^1.1),x,2); diff(x*(1-x^2.3),x,3); diff(x*sqrt(x),x)"
    assert list(cgcli.evaluate(text, x=0.0).values()) == [0.0, 0.0, 0.0]
    assert cgcli.evaluate("h(t) = hessian(t^2*sqrt(t), t); h(x)", x=0.0)["f"] == 0.0


def test_a_derivative_that_would_be_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cgcli.passes.expand.LIMIT", 1000)
    point = {"v": np.linspace(1, 2, 300), "x": 0.5}
    for text in ("jacobian(sin(v)*cos(v) + v @ v, v)", "diff(sin(x)^x, x, 9)", "hessian(sum(v^v), v)"):
        inputs = {name: point[name] for name in cgcli.parse(text).inputs}
        with pytest.raises(cgcli.CgError, match=r"this derivative would take [0-9,]+ nodes") as caught:
            cgcli.evaluate(text, **inputs)
        assert caught.value.diagnostic.kind == "limit"
        assert "<text>:1:1\n" in str(caught.value)


@pytest.mark.parametrize(
    "text, printed",
    [
        ("diff(max(x, y)^2, x)", "df_dx = where(x > y, 2, 0)\n"),
        ("diff(hypot(x, y), x)", "df_dx = y^2/(x^2 + y^2)^1.5\n"),
        ("diff(x^y, x)*x", "df_dx = y^2*x^(y - 1)\n"),
        ("jacobian([x*y, x^2], x)[1]", "df_dx = 2\n"),
        ("hessian(x^3*y, x)", "df_dx = 6*y\n"),
    ],
)
def test_they_are_read_as_others_are(text: str, printed: str) -> None:
    """Without the guards and the products in which a 0 wins, which values need."""
    assert cg("diff", text, "--wrt", "x").out == printed


@pytest.mark.parametrize("target", ["python", "numpy", "c", "sql", "latex"])
def test_they_are_exported(target: str) -> None:
    text = "diff(x*sqrt(x)*max(x, y), x) + hessian(hypot(x, y), x)"
    assert cg("export", "--to", target, text).status == 0
    assert cg("export", "--to", target, "--grad", text).status == 0
