"""The Python functions: the answers and the rules of the commands, and what only Python has."""

from __future__ import annotations

import copy
import json
import math
import pickle
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize

import cgcli
from cgcli import CgError
from tests.cg import ROOT, cg

EXAMPLES = sorted((ROOT / "examples").glob("*.cg"))
NOT_FINITE = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


def printed(*arguments: str) -> dict[str, dict[str, Any]]:
    """What a command prints as JSON, by output."""
    lines = map(json.loads, cg(*arguments, "--format", "json").out.splitlines())
    return {line["output"] or "f": line for line in lines}


def same(found: Any, wanted: Any) -> bool:
    """Equal in every bit but the sign of 0, which JSON does not keep."""
    if isinstance(wanted, dict):
        return list(found) == list(wanted) and all(same(found[name], wanted[name]) for name in wanted)
    return np.array_equal(found, np.array(plain(wanted), dtype=float), equal_nan=True)


def plain(value: Any) -> Any:
    return [plain(part) for part in value] if isinstance(value, list) else NOT_FINITE.get(value, value)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_examples_have_the_answers_of_the_commands(path: Path) -> None:
    text = path.read_text("utf-8")
    values = {name: line["value"] for name, line in printed("eval", "-f", str(path)).items()}
    matrices = {name: line["jacobian"] for name, line in printed("jacobian", "-f", str(path)).items()}
    found = cgcli.evaluate(text)
    assert same(list(found.values()), list(values.values())) or same(found, values)
    assert same(cgcli.jacobian(text), matrices)
    if all(np.ndim(value) == 0 for value in found.values()):
        slopes = {name: line["gradient"] for name, line in printed("grad", "-f", str(path)).items()}
        assert same(cgcli.gradient(text), slopes)


PROGRAMS = [
    ("x^2*y", {"x": 3.0, "y": 2.0}),
    ("d = a + b; e = b - c; d * e; sin(d)", {"a": 2.0, "b": 1.0, "c": 0.5}),
    ("input x = 1/3; x^3", {}),
    ("e^2 * pi", {"e": 3.0}),
    ("log(x) + sqrt(x)", {"x": 0.0}),
    ("x/x + relu(x)*abs(x) + max(x, y, 0)", {"x": 0.0, "y": 0.0}),
    ("diff(x^5, x, 2) + grad(sin(x)*y, x)", {"x": 0.5, "y": 2.0}),
    ("norm(x)^2 + prod(x)", {"x": [1.0, 0.0, -2.0]}),
    ("input W: [m, n]; input v: [n]; sum(tanh(W @ v))", {"W": [[1.0, 2.0], [3.0, 4.0]], "v": [0.5, -0.25]}),
    ("where(x > 0, log(x), 0); sum(softmax([x, y]) * [1, 2])", {"x": -1.0, "y": 700.0}),
]


@pytest.mark.parametrize("text, inputs", PROGRAMS, ids=[text for text, _ in PROGRAMS])
def test_programs_have_the_answers_of_the_commands(text: str, inputs: dict[str, Any]) -> None:
    bindings = [f"{name}={json.dumps(value)}" for name, value in inputs.items()]
    slopes = {name: line["gradient"] for name, line in printed("grad", text, *bindings).items()}
    values = {name: line["value"] for name, line in printed("grad", text, *bindings).items()}
    second = {name: line["hessian"] for name, line in printed("hessian", text, *bindings).items()}
    matrices = {name: line["jacobian"] for name, line in printed("jacobian", text, *bindings).items()}
    assert same(cgcli.evaluate(text, **inputs), values)
    assert same(cgcli.gradient(text, **inputs), slopes)
    found = cgcli.value_and_gradient(text, **inputs)
    assert same(found[0], values)
    assert same(found[1], slopes)
    assert same(cgcli.jacobian(text, **inputs), matrices)
    assert same(cgcli.hessian(text, **inputs), second)


@pytest.mark.parametrize("size", [9_999, 10_000])
def test_large_values_are_computed_by_the_rules_of_the_commands(size: int, tmp_path: Path) -> None:
    x = np.linspace(-3, 2, size)
    np.save(tmp_path / "x.npy", x)
    text = "y = x * x * x; sum(y + 2*y); mean(exp(x)/exp(x))"
    lines = printed("grad", text, f"x=@{tmp_path}/x.npy")
    assert same(cgcli.gradient(text, x=x), {name: line["gradient"] for name, line in lines.items()})
    assert same(cgcli.evaluate(text, x=x), {name: line["value"] for name, line in lines.items()})


# What to differentiate by

BY = [
    ("d = a*b; d^2", None, ["a", "b"]),
    ("d = a*b; d^2", "b", ["b"]),
    ("d = a*b; d^2", "d, a", ["d", "a"]),
    ("d = a*b; d^2", ["b", "d"], ["b", "d"]),
    ("d = a*b; d^2", ("a", "a"), ["a"]),
    ("d = a*b; d^2", (name for name in "ba"), ["b", "a"]),
]


@pytest.mark.parametrize("text, wrt, names", BY)
def test_what_to_differentiate_by(text: str, wrt: Any, names: list[str]) -> None:
    chosen = list(wrt) if wrt is not None and not isinstance(wrt, str) else wrt
    slopes = {"a": 36.0, "b": 24.0, "d": 12.0}
    wanted = {"f": {name: slopes[name] for name in names}}
    assert cgcli.gradient(text, wrt=chosen, a=2, b=3) == wanted
    assert cgcli.value_and_gradient(text, wrt=chosen, a=2, b=3) == ({"f": 36.0}, wanted)
    assert cgcli.jacobian(text, wrt=chosen, a=2, b=3) == wanted
    prepared = cgcli.prepare(text)
    for _ in range(2):
        assert prepared.gradient(wrt=chosen, a=2, b=3) == wanted
    if "d" not in names:
        second = cgcli.hessian(text, wrt=chosen, a=2, b=3)["f"]
        assert list(second) == names
        assert all(list(row) == names for row in second.values())


def test_an_input_that_is_called_wrt() -> None:
    assert cgcli.evaluate("wrt^2 * x", wrt=3, x=2) == {"f": 18.0}
    assert cgcli.gradient("wrt^2 * x", {"wrt": 3}, x=2) == {"f": {"wrt": 12.0, "x": 9.0}}
    assert cgcli.gradient("wrt^2 * x", {"wrt": 3, "x": 2}, wrt="wrt") == {"f": {"wrt": 12.0}}
    assert cgcli.prepare("wrt^2 * x", wrt=3).gradient(x=2) == {"f": {"x": 9.0}}


# Prepared programs


def test_a_prepared_program_is_asked_at_many_points() -> None:
    prepared = cgcli.prepare("y = a*x^2 + sum(v); y", a=2)
    assert prepared.inputs == ("x", "v")
    assert prepared.outputs == ("f",)
    for x in (0.0, 1.5, -2):
        assert prepared.evaluate(x=x, v=1) == {"f": 2 * x * x + 1}
        assert prepared.gradient(x=x, v=[1, 2])["f"]["x"] == 4 * x
        assert prepared.gradient(v=[1, 2, 3], x=x)["f"]["v"].tolist() == [1, 1, 1]
        assert prepared.value_and_gradient({"x": x}, v=1, wrt="a") == (
            {"f": 2 * x * x + 1},
            {"f": {"a": x * x}},
        )
        assert prepared.hessian(x=x, v=1, wrt="x") == {"f": {"x": {"x": 4.0}}}
        assert prepared.jacobian(x=[x, 1], v=1, wrt="x")["f"]["x"].tolist() == [[4 * x, 0], [0, 4]]


def test_defaults_are_computed_once_and_can_be_replaced() -> None:
    prepared = cgcli.prepare("input A = inv([[2, 0], [0, 4]]); x * sum(A)")
    assert prepared.evaluate(x=2) == {"f": 1.5}
    assert prepared.evaluate(x=2, A=[1, 1]) == {"f": 4.0}
    assert prepared.evaluate(x=4) == {"f": 3.0}


def test_what_is_given_is_copied() -> None:
    a = np.array([1.0, 2.0])
    prepared = cgcli.prepare("sum(a * x)", a=a)
    a[:] = 0
    assert prepared.evaluate(x=1) == {"f": 3.0}


def test_programs_asked_in_turn_do_not_mix() -> None:
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=(2, 80, 80))
    product, solved = cgcli.prepare("sum((A @ B)^2)"), cgcli.prepare("sum(inv(A) @ B)", A=a)
    alone = product.value_and_gradient(A=a, B=b)[1]["f"]["A"], solved.gradient(B=b)["f"]["B"]
    for _ in range(2):
        assert np.array_equal(product.value_and_gradient(A=a, B=b)[1]["f"]["A"], alone[0])
        assert np.array_equal(solved.gradient(B=b)["f"]["B"], alone[1])


@pytest.mark.parametrize(
    "text", ["outer(x, y)", "dot(x, y)", "kron(x, y)", "einsum('ij,->ij', x, y)", "x*y", "x^y"]
)
@pytest.mark.parametrize("element", [1.0, np.inf, np.nan, 0.0])
def test_numbers_are_floats(text: str, element: float) -> None:
    """Of Python, not of NumPy, which would warn where inf is subtracted."""
    values, slopes = cgcli.prepare(f"sum({text})").value_and_gradient(x=np.array([[element, 1.0]]), y=2.0)
    assert type(values["f"]) is float
    assert type(slopes["f"]["y"]) is float


def test_parsed_programs_are_prepared_too() -> None:
    program = cgcli.parse("e*x", bound=["e"])
    assert cgcli.prepare(program).gradient(e=2, x=3) == {"f": {"e": 3.0, "x": 2.0}}


# Packed vectors

SHAPES = st.dictionaries(
    st.sampled_from(["a", "b", "c", "d", "e"]),
    st.lists(st.integers(0, 3), max_size=3).map(tuple),
    min_size=1,
)


@given(SHAPES, st.data())
def test_what_is_packed_is_unpacked(shapes: dict[str, tuple[int, ...]], data: st.DataObject) -> None:
    numbers = st.floats(allow_nan=False)
    values = {
        name: np.array(
            data.draw(st.lists(numbers, min_size=math.prod(shape), max_size=math.prod(shape)))
        ).reshape(shape)
        for name, shape in shapes.items()
    }
    prepared = cgcli.prepare("; ".join(f"2*{name}" for name in sorted(shapes)), shapes)
    vector = prepared.pack(values)
    assert vector.shape == (sum(map(np.size, values.values())),)
    assert list(prepared.inputs) == sorted(shapes)
    found = prepared.unpack(vector)
    assert list(found) == sorted(shapes)
    assert all(np.array_equal(found[name], values[name]) for name in shapes)
    assert all(type(found[name]) is (np.ndarray if shapes[name] else float) for name in shapes)
    assert np.array_equal(prepared.pack(found), vector)
    assert np.array_equal(vector, np.concatenate([values[name].ravel() for name in sorted(shapes)]))


def test_shapes_are_those_that_are_declared_or_follow_from_what_is_known() -> None:
    text = "input A: [m, n]; input x: [n]; input c = [1, 2]; sum((A @ x)^2) + b + sum(c)"
    prepared = cgcli.prepare(text, A=[[1, 2, 3], [4, 5, 6]])
    vector = prepared.pack(x=[1, 2, 3], b=4)
    assert prepared.inputs == ("x", "c", "b")
    assert vector.tolist() == [1, 2, 3, 1, 2, 4]
    assert {name: np.shape(value) for name, value in prepared.unpack(vector).items()} == {
        "x": (3,), "c": (2,), "b": (),
    }  # fmt: skip


def test_an_objective_is_what_scipy_minimises() -> None:
    prepared = cgcli.prepare("(1 - x)^2 + 100*sum((y - x^2)^2)", {"y": (2,)})
    start = prepared.pack(x=-1, y=[1, 2])
    value, slope = prepared.objective(start)
    values, slopes = prepared.value_and_gradient(prepared.unpack(start))
    assert value == values["f"]
    assert slope.tolist() == [slopes["f"]["x"], *slopes["f"]["y"]]
    found = minimize(prepared.objective, start, jac=True, tol=1e-12)
    assert found.x == pytest.approx([1, 1, 1], abs=1e-6)


COPIES = [
    ("a*x^2", {"a": 2}, {"x": 3}), ("e*x", {"e": 2}, {"x": 3}),
    ("t.a*sum(w)", {"t": {"a": 2}}, {"w": [1, 2]}),
    ("s = list(); while len(s) < 3 { s = append(s, x) }; s[1] + k", {"k": 1}, {"x": 5}),
]  # fmt: skip


@pytest.mark.parametrize("text, known, inputs", COPIES)
@pytest.mark.parametrize("copied", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_prepared_programs_are_copied(text: str, known: Any, inputs: Any, copied: Callable[..., Any]) -> None:
    """By text and values, before they have been asked, and after; limits, too. A parsed program, too."""
    program = cgcli.parse(text, known)
    other = copied(program)
    assert repr(cgcli.gradient(other, known | inputs)) == repr(cgcli.gradient(program, known | inputs))
    for made in (text, program):
        prepared = cgcli.prepare(made, **known).limit(max_ops=1000)
        for _ in range(2):
            found = copied(prepared)
            assert repr(found.gradient(inputs)) == repr(prepared.gradient(inputs))
            assert found.inputs == prepared.inputs
    with pytest.raises(CgError, match="more than 2 operations"):
        copied(cgcli.prepare("s = 0; while s < 9 { s += x }; s").limit(max_ops=2)).evaluate(x=1)


@pytest.mark.parametrize("ask", [cgcli.evaluate, cgcli.gradient, cgcli.jacobian, cgcli.hessian])
def test_what_programs_print_goes_to_standard_error(ask: Any, capsys: pytest.CaptureFixture[str]) -> None:
    ask('s = 0; for i in 1..2 { s += x^2; print(s, "sum") }; s', x=3)
    assert capsys.readouterr() == ("", "<text>:1:34: 9 sum\n<text>:1:34: 18 sum\n")


@pytest.mark.parametrize(
    "limits, hint", [({"max_ops": 1e4}, "max_ops=..."), ({"timeout": 0.1}, "timeout=...")]
)
def test_loops_are_stopped(limits: Any, hint: str) -> None:
    prepared = cgcli.prepare("s = 0; while s >= 0 { s += x }; s").limit(**limits)
    for ask in (prepared.evaluate, prepared.gradient, prepared.hessian):
        with pytest.raises(CgError, match="it has taken") as caught:
            ask(x=1)
        assert f"`limit({hint})`" in str(caught.value)
    with pytest.raises(ValueError, match="above 0"):
        prepared.limit(max_ops=0)


def test_version() -> None:
    assert cg("--version").out == f"cg {cgcli.__version__}\n"


# Errors

ERRORS: list[tuple[Callable[[], Any], str, str]] = [
    (lambda: cgcli.parse("2 +"), "syntax", "operand"),
    (lambda: cgcli.evaluate("x + sinn(y)", x=1, y=1), "name", "unknown function `sinn`"),
    (lambda: cgcli.evaluate("x*y", x=1), "unbound", "the input `y` has no value"),
    (lambda: cgcli.evaluate("x", y=1), "binding", "no input `y`"),
    (lambda: cgcli.evaluate("y = 2; y*x", y=1, x=1), "binding", "given a value by the program"),
    (lambda: cgcli.evaluate("x", {"x": 1}, x=1), "binding", "`x` is given a value twice"),
    (lambda: cgcli.evaluate("x", x="two"), "binding", "not a number or an array"),
    (lambda: cgcli.evaluate("x", x=[[1], [2, 3]]), "binding", "differ in length"),
    (lambda: cgcli.evaluate("x", x=np.ma.masked), "binding", "masked"),
    (lambda: cgcli.evaluate("sin + x", x=1), "unbound", "`sin` is a function"),
    (lambda: cgcli.evaluate("assert x > 2; x", x=1), "assert", "assertion failed"),
    (lambda: cgcli.evaluate("x @ y", x=[1, 2], y=[1, 2, 3]), "shape", "shapes do not match"),
    (lambda: cgcli.evaluate("inv(x)", x=[[0, 0], [0, 0]]), "matrix", "singular"),
    (lambda: cgcli.gradient("2*x", x=[1, 2]), "shape", "only a number has a gradient"),
    (lambda: cgcli.gradient("x", x=1, wrt="y"), "usage", "wrt: the program has no name `y`"),
    (lambda: cgcli.gradient("pi*x", x=1, wrt="pi"), "usage", "does not vary"),
    (lambda: cgcli.gradient("x", x=1, wrt=2), "usage", "`wrt` takes names"),
    (lambda: cgcli.gradient("x", x=1, wrt=[]), "usage", "`wrt` takes names"),
    (lambda: cgcli.value_and_gradient("2*x", x=[1, 2]), "shape", "only a number has a gradient"),
    (lambda: cgcli.value_and_gradient("x", x=1, wrt="y"), "usage", "wrt: the program has no name `y`"),
    (lambda: cgcli.jacobian("x", x=1, wrt=["x", "y"]), "usage", "wrt: the program has no name `y`"),
    (lambda: cgcli.hessian("y = 2*x; y", x=1, wrt="y"), "usage", "wrt: `y` is not an input"),
    (lambda: cgcli.hessian("2*x", x=[1, 2]), "shape", "only a number has a gradient"),
    (lambda: cgcli.prepare("x +"), "syntax", "operand"),
    (lambda: cgcli.prepare("x", y=2), "binding", "no input `y`"),
    (lambda: cgcli.prepare("x", {"y": (2,)}), "binding", "no input `y`"),
    (lambda: cgcli.prepare("x*y", x=2).evaluate(x=3, y=1), "binding", "since the program was prepared"),
    (lambda: cgcli.prepare("x*y").evaluate(x=3), "unbound", "`y` has no value"),
    (lambda: cgcli.prepare("x*y").gradient(x=3, z=1), "binding", "no input `z`"),
    (lambda: cgcli.prepare("x*y").pack(x=3), "unbound", "`y` has no value"),
    (lambda: cgcli.prepare("x*y").pack(x=3, y=[1]), "binding", "`y` is a number"),
    (lambda: cgcli.prepare("x*y").unpack([1, 2, 3]), "binding", "the vector has the shape [2]"),
    (lambda: cgcli.prepare("x*y").unpack("text"), "binding", "no vector of numbers"),
    (lambda: cgcli.prepare("input x: [n]; sum(x)").pack(x=[1]), "shape", "`x` is not known"),
    (lambda: cgcli.prepare("x; y").objective([1, 2]), "usage", "the program has 2"),
    (lambda: cgcli.prepare("2*x", {"x": [2]}).objective([1, 2]), "shape", "only a number"),
]  # fmt: skip


@pytest.mark.parametrize("call, kind, message", ERRORS)
def test_errors(call: Callable[[], Any], kind: str, message: str) -> None:
    with pytest.raises(CgError) as caught:
        call()
    assert caught.value.diagnostic.kind == kind
    assert message in str(caught.value)


def test_what_is_no_program() -> None:
    for call in (cgcli.evaluate, cgcli.gradient, cgcli.prepare):
        with pytest.raises(TypeError, match="a program is a text"):
            call(3)  # type: ignore[operator]
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        cgcli.nothing  # noqa: B018


@pytest.mark.parametrize(
    "text, inputs, value, slopes",
    [
        ("t.a*u", {"t": {"a": 3}, "u": 2}, 6.0, {"u": 3.0}),
        ("u*t.a[1] + t.b.c", {"t": {"a": (1, np.int64(2)), "b": {"c": np.ones(())}}, "u": 1}, 3.0,
         {"u": 2.0}),
        ("s = 0; for x in xs { s += w*len(x)*x[0] }; s", {"xs": [[1, 2], [3]], "w": 2}, 10.0, {"w": 5.0}),
        ("s = 0; for x in xs { s += w*sum(x.v) }; s", {"xs": [{"v": np.ones(2)}], "w": 2}, 4.0, {"w": 2.0}),
    ],
)  # fmt: skip
def test_dicts_and_lists_are_records_and_lists(text: str, inputs: Any, value: float, slopes: Any) -> None:
    assert cgcli.evaluate(text, inputs) == {"f": value} or cgcli.evaluate(text, inputs) == {"s": value}
    program = cgcli.parse(text)
    assert [*cgcli.gradient(program, inputs).values()] == [slopes]
    known = {name: inputs[name] for name in inputs if name not in slopes}
    rest = {name: inputs[name] for name in slopes}
    assert [*cgcli.prepare(text, **known).value_and_gradient(rest)[1].values()] == [slopes]


@pytest.mark.parametrize(
    "text, value, message",
    [
        ("x + 1", {"a": 1}, "not a number or an array"),
        ("x + 1", [[1], [2, 3]], "differ in length: 1 and 2"),
        ("x.a", {"a": "b"}, "not a number or an array"),
        ("x.a", {"a": None}, "not a number or an array"),
        ("x.a", {"b": 1}, "has no field `a`"),
        ("x.a", 3, "only a record has fields"),
    ],
)
def test_what_is_no_record_is_an_error(text: str, value: Any, message: str) -> None:
    with pytest.raises(cgcli.CgError, match=re.escape(message)):
        cgcli.evaluate(text, x=value)
