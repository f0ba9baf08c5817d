"""`cg diff`: names, and what is printed read back as the same graph."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import cgcli
from cgcli.evaluation.static import static_graph
from cgcli.ops import CONSTANT
from cgcli.passes.shapes import infer
from cgcli.render.infix import program_text
from cgcli.rewrite.differentiate import REPEATED, readable
from cgcli.rewrite.rewriter import Rewriter
from cgcli.rewrite.rules import EXACT
from cgcli.rewrite.static import Static
from tests.programs import programs
from tests.rewrite.diffs import derived, diff

# Names


@pytest.mark.parametrize(
    "text, point",
    [
        ("x*df_dx^2*y", {"x": 2.0, "df_dx": 3.0, "y": 5.0}),
        ("df_dx = x^2; df_dx*y", {"x": 2.0, "y": 5.0}),
        ("df_dy = x^2*y; df_dy*sin(df_dy)", {"x": 0.7, "y": 0.4}),
        ("v1*v2*sin(v1*v2)", {"v1": 2.0, "v2": 3.0}),
        ("v1 = x*y; v2 = sin(v1); v2^2*v1", {"x": 2.0, "y": 3.0}),
        ("a = x*y; a = a*sin(a); a^2", {"x": 0.5, "y": 0.6}),
        ("e = b - c; d = e*b; d*exp(e)", {"b": 0.5, "c": 0.25}),
        ("pi = x^2; pi*sin(pi)", {"x": 0.5}),
        ("u = e*x; w = u^e; w*u", {"x": 0.5}),
        ("input e; e^2*x", {"e": 0.5, "x": 2.0}),
        ("input pi = 3; x*pi^2", {"x": 2.0, "pi": 4.0}),
        ("été*x1^2", {"été": 2.0, "x1": 3.0}),
        ("f = x^2; f*y", {"x": 2.0, "y": 3.0}),
        ("d2f_dx2 = x; d2f_dx2^3", {"x": 2.0}),
        ("k = 3; x^k + k*x", {"x": 2.0}),
        ("one = 1; zero = 0; one*x^2 + zero*x", {"x": 2.0}),
    ],
)
def test_names_of_the_program_and_of_derivatives_do_not_mix(text: str, point: dict[str, float]) -> None:
    found, program = derived(text)
    printed = program_text(found.graph, found.outputs, program.shapes, REPEATED)
    labels = [label or "" for label, _ in found.outputs]
    called = "out" if "f" in program.names else "f"
    assert [label.rstrip("_") for label in labels] == [f"d{called}_d{name}" for name in program.inputs]
    again = cgcli.parse(printed, tuple(point))
    ready = cgcli.evaluate(cgcli.parse(text, tuple(point)), **point)
    gradient = cgcli.gradient(cgcli.parse(text, tuple(point)), **point)[next(iter(ready))]
    values = cgcli.evaluate(again, **{name: x for name, x in point.items() if name in again.inputs})
    for label, name in zip(labels, program.inputs, strict=True):
        node = values.get(label)
        assert node == pytest.approx(gradient[name], rel=1e-12), printed


# Reading back


def same_graph(static: Static, declared: Any, repeat: int = REPEATED) -> None:
    """The graph printed and read back is the same, up to how numbers with a sign are written."""
    printed = program_text(static.graph, static.outputs, declared, repeat)
    again = cgcli.parse(printed)
    names = dict(again.names)
    bare = iter([output.node for output in again.outputs if output.name is None])
    nodes = [names[name] if name else next(bare) for name, _ in static.outputs]
    shapes = infer(again.graph, {name: (declared or {}).get(name, ()) for name in again.inputs})
    back = Static(again.graph, [(name, node) for (name, _), node in zip(static.outputs, nodes)], shapes)
    assert graph_of(back) == graph_of(static), printed


def graph_of(static: Static) -> list[int]:
    """Each output as a hash of its expression, in which `-1` is a number."""
    graph = static.graph
    hashes: dict[int, int] = {}
    for node in static.schedule():
        args = graph.args[node]
        if graph.ops[node].name == "neg" and graph.ops[args[0]] is CONSTANT:
            hashes[node] = hash(("constant", repr(-graph.attrs[args[0]]), ()))
        else:
            operands = tuple(hashes[arg] for arg in args)
            hashes[node] = hash((graph.ops[node].name, repr(graph.attrs.get(node)), operands))
    return [hashes[node] for _, node in static.outputs]


@given(programs())
@settings(max_examples=100, deadline=None)
def test_rewritten_programs_read_back_as_the_same_graph(text: str) -> None:
    program = cgcli.parse(text)
    static = static_graph(program, {})
    same_graph(Rewriter(static, {EXACT}).run(), program.shapes)
    same_graph(readable(static), program.shapes)


@given(programs(smooth=True), st.integers(1, 2))
@settings(max_examples=60, deadline=None)
def test_derivatives_read_back_as_the_same_graph(text: str, order: int) -> None:
    found, program = derived(text, order=order)
    assume(found.outputs)
    same_graph(found, program.shapes)
    same_graph(found, program.shapes, repeat=0)


@given(programs())
@settings(max_examples=60, deadline=None)
def test_derivatives_of_every_program_read_back(text: str) -> None:
    found, program = derived(text)
    assume(found.outputs)
    same_graph(found, program.shapes)


ARRAY_PROGRAMS = {
    "input x: [n]; input A: [n, n]; x.T @ A @ x": "x A",
    "input A: [m, n]; input x: [n]; input b: [m]; norm(A @ x - b)^2": "A x b",
    "input X: [n, n]; logdet(X)": "X",
    "input X: [n, n]; det(X)": "X",
    "input X: [n, n]; trace(X)*sum(X)": "X",
    "input X: [n, n]; trace(X)": "X",
    "input x: [n]; sum(x)": "x",
    "input x: [n]; 3*size(x)": "x",
    "input X: [n, n]; trace(inv(X))": "X",
    "input A: [k, m]; input X: [m, n]; input B: [n, k]; trace(A @ X @ B)": "A X B",
    "input x: [n]; mean(x)*var(x)": "x",
    "input x: [n]; std(x)": "x",
    "input x: [n]; softmax(x)[0]*logsumexp(x)": "x",
    "input x: [n]; prod(x)": "x",
    "input x: [n]; max(x) + min(x)*norm(x)": "x",
    "input x: [3]; x[1:3] @ x[0:2] + x[-1]^2": "x",
    "input x: [4]; sum(x[::2]*x[1::2])": "x",
    "input A: [3, 4]; sum(A[1:, 0]) + sum(A[:, 1:3]^2) + A[-1, -1]*A[0][2]": "A",
    "input x: [3]; cumsum(x) @ x": "x",
    "input x: [3]; cumprod(x) @ x": "x",
    "input A: [2, 3]; input B: [3, 4]; sum(einsum(\"ij,jk->ik\", A, B)^2)": "A B",
    "input A: [3, 3]; einsum(\"ii->\", A)*sum(einsum(\"ij->ji\", A)*A)": "A",
    "input X: [N, p]; input w: [p]; input y: [N]; sum(log(1 + exp(-y*(X @ w))))/N": "w X y",
    "input X: [N, p]; input w: [p]; mean(softmax(X)*w)": "X w",
    "input A: [n, n]; input b: [n]; sum(solve(A, b))": "A b",
    "input A: [n, n]; input b: [n]; b @ inv(A) @ b": "A b",
    "input A: [3, 3]; sum(cholesky(A @ A.T + 3*eye(3)))": "A",
    "input A: [3, 3]; sum(eigvalsh(A + A.T)^2)": "A",
    "input A: [2, 3]; sum(A, axis=0) @ [1, 2, 3] + sum(mean(A, axis=1, keepdims=1)*A)": "A",
    "input A: [2, 3]; sum(max(A, axis=0)) + sum(norm(A, ord=3, axis=0)) + sum(norm(A, axis=1))": "A",
    "input x: [n]; input y: [n]; sum(outer(x, y)^2)": "x y",
    "input x: [2]; input y: [3]; kron(x, y) @ [1, 2, 3, 4, 5, 6]": "x y",
    "input x: [3]; input y: [3]; cross(x, y) @ (x*y)": "x y",
    "input x: [3]; input y: [2]; sum(concat(x, y)^3) + sum(stack(x, x^2, axis=1)^2)": "x y",
    "input x: [3]; sum(tril(outer(x, x))) + sum(triu(outer(x, x), k=1)) + sum(diag(x)^2)": "x",
    "input x: [n]; input c; sum((x - c)^2)": "x c",
    "input x: [6]; sum(reshape(x, [2, 3])^2 @ [1, 2, 3])": "x",
    "input A: [2, 3, 4]; sum(transpose(A, axes=[2, 0, 1])^2)*sum(flip(A, axis=1)*A)": "A",
    "input x: [n]; input W: [n, n]; sum(tanh(W @ x)^2)": "x W",
    "input x: [n]; sum(where(x > 0, sqrt(x), -x))": "x",
    "input x: [n]; input s; sum(min(x + s, x)) + sum(where(x > s, x, x))": "x s",
    "input x: [n]; input s; sum(max(x*s, s*x + 1)) + sum(clip(x, x - s, x + s))": "x s",
    "input x: [n]; input y: [m]; concat(x, y) @ concat(x^2, y^2)": "x y",
    "input x: [n]; size(x)*sum(x)": "x",
    "input x: [n]; dot(x, sin(x)) + sum(clip(x, 0, 1))": "x",
}  # fmt: skip

SIZES = {"n": 3, "m": 2, "k": 4, "N": 5, "p": 3}


@pytest.mark.parametrize("text, wrt", ARRAY_PROGRAMS.items())
def test_derivatives_of_arrays_read_back_as_the_same_graph(text: str, wrt: str) -> None:
    found, program = derived(text, wrt.split())
    same_graph(found, program.shapes)
    same_graph(found, program.shapes, repeat=0)
    for output in found.outputs:  # each alone, as in JSON
        same_graph(Static(found.graph, [output], found.shapes), program.shapes)


@pytest.mark.parametrize("text, wrt", ARRAY_PROGRAMS.items())
def test_derivatives_of_arrays_have_the_values_of_the_gradient(text: str, wrt: str) -> None:
    program = cgcli.parse(text)
    rng = np.random.default_rng(5)
    point = {}
    for name, shape in program.shapes.items():
        sizes = [SIZES[str(size)] if not isinstance(size, int) else size for size in shape]
        square = len({*sizes}) < len(sizes) == 2
        point[name] = rng.uniform(0.3, 1.5, size=sizes) + (3 * np.eye(sizes[0]) if square else 0)
    for name in program.inputs:
        point.setdefault(name, 0.7)
    gradient = cgcli.gradient(text, **point)["f"]
    printed = diff(text, wrt.split())
    again = cgcli.parse(printed)
    values = cgcli.evaluate(again, **{name: x for name, x in point.items() if name in again.inputs})
    for name in wrt.split():
        result = values[f"df_d{name}"]
        assert np.shape(result) == np.shape(gradient[name]), printed
        assert np.allclose(result, gradient[name], rtol=1e-10, atol=1e-10), printed


ROOTS = ["root(x, 3)", "root(x, 4)", "root(x, 7)", "2*root(x, 3)", "cbrt(x)^4"]


@pytest.mark.parametrize("text", ROOTS)
@pytest.mark.parametrize("x", [0.0, 1e-300, 32.0])
def test_roots_read_back_where_their_operand_is_0(text: str, x: float) -> None:
    found, program = derived(text)
    printed = program_text(found.graph, found.outputs, program.shapes, REPEATED)
    again = cgcli.parse(printed, ("x",))
    (value,) = cgcli.evaluate(again, **dict.fromkeys(again.inputs, x)).values()
    exact = cgcli.gradient(text, x=x)["f"]["x"]
    assert value == pytest.approx(exact, rel=1e-14)
