"""Random programs on arrays: the modes agree with each other and with numeric derivatives, and what
is printed reads back."""

from __future__ import annotations

import tracemalloc
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings

import cgcli
from cgcli.algebras import arrays
from cgcli.diagnostics import CgError
from cgcli.evaluation.derivatives import along, gradients, hessian_times, jacobian, magnitude
from cgcli.evaluation.differences import derivative
from cgcli.evaluation.prepared import Prepared
from cgcli.evaluation.specialised import Point
from cgcli.language.program import Program
from cgcli.passes.forward import forward
from cgcli.passes.shapes import infer
from cgcli.render.infix import program_text
from cgcli.shapes import resolved, shape_text
from tests.algebras.array_programs import INPUTS, OTHERS, POSITIVE, SMOOTH, array_programs, build, inputs
from tests.points import evaluate
from tests.render.test_printing import nodes_by_kind, unfolded

LARGE = 1e5


def point_of(text: str, values: dict[str, Any]) -> tuple[Point, int]:
    program = cgcli.parse(text)
    point = evaluate(program, {name: values[name] for name in program.inputs})
    return point, program.outputs[0].node


def evaluated(text: str, values: dict[str, Any]) -> Any:
    """None where a matrix has no inverse, or is not finite, as may happen with random numbers. A
    determinant of nan has a value, and no gradient."""
    try:
        point, output = point_of(text, values)
        if point.is_scalar(output):
            gradients(point, [output], list(point.program.inputs.values()))
        return point, output
    except CgError as error:
        if error.diagnostic.kind != "matrix":
            raise
        return None


def tame(point: Point) -> bool:
    return all(np.all(np.abs(value) < LARGE) for value in point.values)


def directions(point: Point, seed: int) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    found = {name: rng.normal(size=np.shape(value)) for name, value in point.inputs.items()}
    return {name: v if v.ndim else float(v) for name, v in found.items()}


def inner(row: list[Any], moves: Mapping[str, Any]) -> float:
    return float(sum(np.sum(slope * v) for slope, v in zip(row, moves.values(), strict=True)))


def bulk(row: list[Any], moves: Mapping[str, Any]) -> float:
    return float(sum(np.sum(np.abs(slope * v)) for slope, v in zip(row, moves.values(), strict=True)))


def test_the_rules_make_what_they_say() -> None:
    """Each rule of the generator takes some operands, and their result has the shape it gives."""
    for count, rule in SMOOTH + OTHERS:
        leaves = [(name, shape) for name, shape in INPUTS.items()]
        made = 0
        for place in range(len(leaves) ** count):
            operands = [leaves[place // len(leaves) ** i % len(leaves)] for i in range(count)]
            found = rule(operands, 0)
            if found is not None:
                made += 1
                program = cgcli.parse(f"input x: [n]\n{POSITIVE}{found[0]}")
                graph = program.graph.with_attributes(resolved(program.graph.attrs, {"n": 3}))
                shapes = infer(graph, INPUTS)
                assert shapes[program.outputs[0].node] == found[1], found
        assert made, rule([leaves[0]] * count, 0)


@given(array_programs(smooth=True), inputs())
@settings(max_examples=250, deadline=None)
def test_modes_and_numbers_agree(text: str, values: dict[str, Any]) -> None:
    point, output = point_of(text, values)
    assume(tame(point) and point.inputs)
    program, moves = point.program, directions(point, 1)
    row = gradients(point, [output], list(program.inputs.values()))[0]
    assert [np.shape(slope) for slope in row] == [np.shape(value) for value in point.inputs.values()]
    found, size = inner(row, moves), bulk(row, moves)
    assume(size < LARGE)
    ahead = along(point, [output], {program.inputs[name]: v for name, v in moves.items()})[0]
    assert abs(found - ahead) <= 1e-11 * size + 1e-13

    def value(t: float) -> float:
        near = {name: x + t * moves[name] for name, x in point.inputs.items()}
        with arrays.quiet():
            return float(forward(point.graph, arrays, near)[output])

    numeric = derivative(value, 0.0, magnitude=magnitude(point, output))
    assert numeric.error < np.inf
    assert abs(found - numeric.value) <= 1e-8 * size + 20 * numeric.error + 1e-11


@given(array_programs(), inputs())
@settings(max_examples=250, deadline=None)
def test_forward_is_reverse_at_kinks_too(text: str, values: dict[str, Any]) -> None:
    found = evaluated(text, values)
    assume(found is not None)
    point, output = found
    nodes = list(point.program.inputs.values())
    backward = gradients(point, [output], nodes)[0]
    ahead = gradients(point, [output], nodes, "forward")[0]
    for one, other in zip(backward, ahead, strict=True):
        finite = np.isfinite(one) & np.isfinite(other)
        size = np.max(np.abs(np.where(finite, one, 0)), initial=0.0)
        gap = np.abs(np.where(finite, one, 0) - np.where(finite, other, 0))
        assert size > LARGE or np.all(gap <= 1e-8 * size + 1e-10)


@given(array_programs(), inputs())
@settings(max_examples=100, deadline=None)
def test_values_that_are_let_go_make_no_difference(text: str, values: dict[str, Any]) -> None:
    found = evaluated(text, values)
    assume(found is not None)
    point, output = found
    nodes, before = list(point.program.inputs.values()), list(point.values)
    kept = gradients(point, [output, output], nodes)[0]
    for row in gradients(point, [output, output], nodes, spend=True):
        assert all(map(equal, row, kept))
    point.restore()
    assert all(map(equal, point.values, before))


def equal(one: Any, other: Any) -> bool:
    return np.shape(one) == np.shape(other) and np.array_equal(one, other, equal_nan=True)


def test_a_gradient_takes_no_more_memory_than_values_and_adjoints() -> None:
    """Of a chain of one array after another, at most two adjoints are live at once; the input is copied."""
    steps, size = 20, 10**5
    text = "input x: [n]; h0 = x; " + "".join(f"h{i + 1} = sin(h{i}); " for i in range(steps))
    program, x = cgcli.parse(text + f"sum(h{steps})"), np.linspace(-1, 1, size)
    cgcli.gradient(program, x=x)
    tracemalloc.start()
    cgcli.gradient(program, x=x)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert 8 * size * (1 + steps) < peak < 8 * size * (1 + steps + 2) + 50_000


@given(array_programs(smooth=True), inputs())
@settings(max_examples=40, deadline=None)
def test_second_derivatives_are_symmetric_and_those_of_the_gradient(
    text: str, values: dict[str, Any]
) -> None:
    point, output = point_of(text, values)
    assume(tame(point) and point.inputs)
    nodes = list(point.program.inputs.values())
    v, w = directions(point, 1), directions(point, 2)
    left, right = (hessian_times(point, output, nodes, moves) for moves in (v, w))
    size = max(bulk(left, w), bulk(right, v))
    assume(size < LARGE)
    assert abs(inner(left, w) - inner(right, v)) <= 1e-10 * size + 1e-11

    def slope(t: float) -> float:
        near, _ = point_of(text, {name: x + t * v[name] for name, x in point.inputs.items()})
        return inner(gradients(near, [output], nodes)[0], w)

    row = gradients(point, [output], nodes)[0]
    numeric = derivative(slope, 0.0, magnitude=magnitude(point, output) + bulk(row, w))
    assert abs(inner(left, w) - numeric.value) <= 1e-7 * size + 50 * numeric.error + 1e-9


def said_before(program: Program) -> Any:
    """The shapes without values; None where it is refused that n and 3 may be the same."""
    try:
        return Prepared(program, {}).partial()[2]
    except CgError as error:
        if "n" not in str(error).splitlines()[0]:
            raise
        return None


@given(array_programs(), inputs())
@settings(max_examples=250, deadline=None)
def test_shapes_are_known_before_values(text: str, values: dict[str, Any]) -> None:
    """What is said of shapes with names holds of the values."""
    program = cgcli.parse(text)
    found = evaluated(text, values)
    assume(found is not None)
    point = found[0]
    told = infer(point.graph, {name: np.shape(values[name]) for name in program.inputs})
    known = said_before(program)
    assume(known is not None)
    for node, value in enumerate(point.values):
        assert told[node] == np.shape(value)
        named = known[node]
        if named is not None:
            assert tuple(s if isinstance(s, int) else s.at({"n": 3}) for s in named) == told[node]


@given(array_programs())
@settings(max_examples=300, deadline=None)
def test_printing_and_reading_back_gives_the_same_graph(text: str) -> None:
    first = cgcli.parse(text)
    printed = program_text(first.graph, [(o.name, o.node) for o in first.outputs], first.shapes)
    again = cgcli.parse(printed)
    ours, theirs = [o.node for o in first.outputs], [o.node for o in again.outputs]
    assert nodes_by_kind(first.graph, ours) == nodes_by_kind(again.graph, theirs)
    assert unfolded(first.graph, ours) == unfolded(again.graph, theirs)
    assert program_text(again.graph, [(o.name, o.node) for o in again.outputs], again.shapes) == printed


@pytest.mark.parametrize(
    "text",
    ["sum(s + x)", "mean(2*s - x)", "x @ (s + x)", "sum(concat(s + x, x))", "sum([x, x - s])", "prod(s + x)",
     "sum(tril(B - s))", "max(s + x)", "sum(where(s > 0, s, x))", "det(B + s)", "sum((s + x)[::2], axis=0)",
     "sum(cumsum(-s + x))", "sum((s + x)[[0, 0]])", "sum(outer(x + s, y + s))", "norm(A - s)"],
)  # fmt: skip
def test_a_number_that_is_stretched_moves_every_element(text: str) -> None:
    rng = np.random.default_rng(0)
    values = {"s": 0.7, **{name: rng.uniform(1, 2, shape) for name, shape in INPUTS.items() if shape}}
    point, output = point_of(text, values)
    nodes = list(point.program.inputs.values())
    for one, other in zip(
        gradients(point, [output], nodes)[0], gradients(point, [output], nodes, "forward")[0]
    ):
        np.testing.assert_allclose(one, other, rtol=1e-12)
    v, w = directions(point, 1), directions(point, 2)
    left, right = (hessian_times(point, output, nodes, moves) for moves in (v, w))
    assert inner(left, w) == pytest.approx(inner(right, v), rel=1e-10, abs=1e-12)
    array = text[text.index("(") + 1 : -1] if text.startswith("sum") and "axis" not in text else text
    point, output = point_of(array, values)
    nodes = list(point.program.inputs.values())
    for one, other in zip(
        jacobian(point, output, nodes, "reverse"), jacobian(point, output, nodes, "forward")
    ):
        assert np.shape(one) == np.shape(other)
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize(
    "text",
    ["eye(n) @ x", "zeros([n, n]) @ x", "x + linspace(0, 1, n)", "ones(n)*2", "broadcast(2, [n]) + x",
     'scatter("0", 5, shape=[n]) + x'],
)  # fmt: skip
def test_what_only_a_size_is_missing_for_is_not_known_before(text: str) -> None:
    """Neither the value nor a shape that may be another when the size is there."""
    program = cgcli.parse(f"input x: [n]; {text}")
    _, values, shapes = Prepared(program, {}).partial()
    output = program.outputs[0].node
    assert values[output] is None
    point = evaluate(program, {"x": np.ones(3)})
    if shapes[output] is not None:
        sizes = tuple(s if isinstance(s, int) else s.at({"n": 3}) for s in shapes[output])
        assert sizes == np.shape(point.values[output])


@pytest.mark.parametrize("text", ["[1, 2, 3][n - 1:]", "[1, 2, 3][:n - 1]", "[1][:n - 1] + 1", "[1, 2][:n]"])
def test_a_slice_with_a_named_bound_may_end_before(text: str) -> None:
    """Of an array of 3, `[:n]` has n elements only where n is at most 3: that is not known before."""
    program = cgcli.parse(f"input x: [n]; {text}")
    shapes = said_before(program)
    shape = None if shapes is None else shapes[program.outputs[0].node]
    for n in (1, 2, 3, 7):
        found = evaluate(program, {"x": np.ones(n)}).values[program.outputs[0].node]
        assert (
            shape is None or tuple(s if isinstance(s, int) else s.at({"n": n}) for s in shape) == found.shape
        )


WRITTEN = [
    "x[0]", "x[-1]", "x[1:]", "x[:-1]", "x[::2]", "x[::-1]", "x[1:5:2]", "x[:]", "A[0, 1]", "A[:, 0]",
    "A[1:, :-1]", "x[i]", "x[i + 1]", "A[i, :, j]", "x[[0, 2]]", "A.T", "A.T @ x", "(A @ x).T", "(A + B).T",
    "-A.T", "A.T[0]", "A @ B @ x", "A @ (B @ x)", "2*A @ x", "A @ x*2", "A @ (x*2)", "(A @ x)^2",
    "-(A @ x)", "-A @ x", "(2).T",
    "sum(x)", "sum(x, axis=0)", "sum(A, axis=[0, 1])", "sum(A, axis=-1, keepdims=1)",
    "norm(x, ord=1, axis=0)", "norm(x, ord=inf, axis=0)", "[1, x, 2]", "[[1, 2], [3, x]]", "[]", "[x]",
    "zeros([2, 3])", "zeros([2])", "eye(3)", "eye(2, m=3)", "eye(2, k=-1)", "linspace(0, 1)",
    "linspace(a, b, num=5)", "reshape(x, [2, -1])", "concat(x, y)", "concat(x, y, axis=1)",
    "stack(x, y, axis=-1)", "diag(x, k=1)", "tril(A, k=-1)", 'einsum("ij,jk->ik", A, B)',
    "transpose(A, axes=[1, 0, 2])", "flip(x, axis=0)", "max(x)", "max(x, axis=0)", "max(x, y)",
    "min(x, y, z)", "cumsum(x, axis=0)", "softmax(x)", "softmax(x, axis=0)", "solve(A, x)", "x![0]",
    "x[0]!", "x[0]^2", "2^x[0]", "(x^2)[0]", "(x + y)[0]", "[1, 2][0]", "sum(x)[0]", "A[0][1]",
    'scatter("1:", x, shape=[3])', 'scatter("_, 0", x, y, shape=[3, 2])', "broadcast(x, [2, 3])",
    "size(A, axis=0)",
]  # fmt: skip


@pytest.mark.parametrize("text", WRITTEN)
def test_text_is_printed_as_a_person_writes_it(text: str) -> None:
    program = cgcli.parse(text)
    printed = program_text(program.graph, [(None, program.outputs[0].node)])
    assert printed == text
    again = cgcli.parse(printed)
    outputs = [program.outputs[0].node], [again.outputs[0].node]
    assert unfolded(program.graph, outputs[0]) == unfolded(again.graph, outputs[1])


def test_the_generator_makes_enough_of_everything() -> None:
    """Every rule is met within a thousand choices."""
    leaves = [(name, shape) for name, shape in INPUTS.items()]
    made = [build([(which, leaf)], leaves, SMOOTH + OTHERS) for which in range(100) for leaf in range(1, 8)]
    assert len({shape_text(stack[0][1]) for stack in made}) > 10
