"""The passes: forward, tangent and reverse agree, with each other, with numeric derivatives, and
with the derivative as a graph."""

from __future__ import annotations

from math import isfinite, isnan

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import cgcli
from cgcli.algebras.numbers import floats
from cgcli.algebras.symbols import Symbols
from cgcli.evaluation.derivatives import gradients as gradients_of
from cgcli.evaluation.derivatives import magnitude
from cgcli.evaluation.differences import verdict
from cgcli.graph import Graph
from cgcli.language.program import Program
from cgcli.ops import INPUT
from cgcli.passes.forward import forward, tangent
from cgcli.passes.reverse import reverse
from tests.points import evaluate
from tests.programs import NAMES, programs

values_of_inputs = st.fixed_dictionaries(
    {name: st.floats(-2, 2).map(lambda x: round(x, 3)) for name in NAMES}
)


def gradients(text: str, bindings: dict[str, float], mode: str) -> dict[str, float]:
    program = cgcli.parse(text)
    point = evaluate(program, bindings)
    row = gradients_of(point, [program.outputs[0].node], list(program.inputs.values()), mode)[0]
    return dict(zip(program.inputs, row, strict=True))


def close(a: float, b: float, tolerance: float, floor: float = 1e-12) -> bool:
    return abs(a - b) <= tolerance * max(abs(a), abs(b)) + floor


@given(programs(smooth=True), values_of_inputs)
@settings(max_examples=400, deadline=None)
def test_modes_and_numbers_agree_on_smooth_programs(text: str, bindings: dict[str, float]) -> None:
    program = cgcli.parse(text)
    inputs = {name: bindings[name] for name in program.inputs}
    point = evaluate(program, inputs)
    value = point.values[program.outputs[0].node]
    assume(isfinite(value) and abs(value) < 1e6)
    size = magnitude(point, program.outputs[0].node)
    backward = gradients(text, inputs, "reverse")
    ahead = gradients(text, inputs, "forward")
    for name, exact in backward.items():
        assume(isfinite(exact) and abs(exact) < 1e6)
        assert close(exact, ahead[name], 1e-9, 1e-9)
        found, _ = verdict(
            lambda x, name=name: forward(program.graph, floats, {**inputs, name: x})[program.outputs[0].node],
            inputs[name], exact, size,
        )  # fmt: skip
        assert found != "differs"


@given(programs(), values_of_inputs)
@settings(max_examples=400, deadline=None)
def test_modes_agree_at_kinks_and_poles_too(text: str, bindings: dict[str, float]) -> None:
    inputs = {name: bindings[name] for name in cgcli.parse(text).inputs}
    backward = gradients(text, inputs, "reverse")
    ahead = gradients(text, inputs, "forward")
    for name in inputs:
        if isfinite(backward[name]) and isfinite(ahead[name]) and abs(backward[name]) < 1e9:
            assert close(backward[name], ahead[name], 1e-6, 1e-6)


def symbolic_gradient(program: Program, output: int) -> tuple[Graph, dict[str, int]]:
    """The reverse pass over symbols: the gradient as nodes of a graph, from the same rules."""
    graph = program.graph
    derivatives = Graph()
    symbols = Symbols(derivatives)
    inputs = {name: symbols.symbol(derivatives.input(name)) for name in program.inputs}
    primals = forward(graph, symbols, inputs)
    active = graph.dependents(program.inputs.values())
    adjoints = reverse(graph, symbols, primals, {output: 1.0}, active)
    wanted = {
        name: 0.0 if node > output or adjoints[node] is None else adjoints[node]
        for name, node in program.inputs.items()
    }
    return derivatives, {name: symbols.node(value) for name, value in wanted.items()}


@given(programs(smooth=True), values_of_inputs)
@settings(max_examples=300, deadline=None)
def test_the_derivative_as_a_graph_has_the_same_values(text: str, bindings: dict[str, float]) -> None:
    program = cgcli.parse(text)
    inputs = {name: bindings[name] for name in program.inputs}
    assume(all(map(isfinite, evaluate(program, inputs).values)))
    derivatives, nodes = symbolic_gradient(program, program.outputs[0].node)
    values = forward(derivatives, floats, inputs)
    for name, exact in gradients(text, inputs, "reverse").items():
        assume(isfinite(exact))
        assert close(values[nodes[name]], exact, 1e-9, 1e-9)


def test_a_second_derivative_is_the_reverse_pass_over_the_first() -> None:
    program = cgcli.parse("x^3 * sin(x)")
    first, nodes = symbolic_gradient(program, program.outputs[0].node)
    values = forward(first, floats, {"x": 2.0})
    inputs = [node for node in range(len(first)) if first.ops[node] is INPUT]
    second = reverse(first, floats, values, {nodes["x"]: 1.0}, first.dependents(inputs))
    # d2/dx2 x^3 sin x = (6x - x^3) sin x + 6x^2 cos x
    exact = (12 - 8) * floats.sin(2.0) + 24 * floats.cos(2.0)
    assert second[inputs[0]] == pytest.approx(exact, rel=1e-14)


def test_reverse_over_a_part_of_the_graph_equals_reverse_over_all() -> None:
    program = cgcli.parse("u = a*b; v = sin(u) + a; w = v*b; z = u/w; z")
    graph, output = program.graph, program.names["w"]
    values = evaluate(program, {"a": 0.7, "b": 1.3}).values
    active = graph.dependents(range(len(graph)))
    whole = reverse(graph, floats, values, {output: 1.0}, active)
    part = reverse(graph, floats, values, {output: 1.0}, active, graph.ancestors([output]))
    assert {node: adjoint for node, adjoint in part.items() if adjoint is not None} == {
        node: adjoint for node, adjoint in enumerate(whole) if adjoint is not None
    }


@given(programs(), values_of_inputs)
@settings(max_examples=200, deadline=None)
def test_a_program_in_two_pieces_has_the_gradients_of_the_whole(
    text: str, bindings: dict[str, float]
) -> None:
    """Backward through the later statements, in which names given before are inputs, and on from the
    adjoints of these, several at once: bit for bit, as the adjoint that a node begins with comes first in
    its sum."""
    whole, first, second = map(cgcli.parse, (text, *text.split("\n", 1)))
    inputs = {name: bindings[name] for name in whole.inputs}
    values = forward(first.graph, floats, inputs)
    given = inputs | {"t0": values[first.names["t0"]]}
    active = second.graph.dependents(second.inputs.values())
    output = second.outputs[0].node
    after = reverse(second.graph, floats, forward(second.graph, floats, given), {output: 1.0}, active)
    slots = {name: after[node] for name, node in second.inputs.items() if after[node] is not None}
    seeds = {first.names[name]: adjoint for name, adjoint in slots.items() if name in first.names}
    before = reverse(first.graph, floats, values, seeds, first.graph.dependents(first.inputs.values()))
    root, active = whole.outputs[0].node, whole.graph.dependents(whole.inputs.values())
    slopes = reverse(whole.graph, floats, forward(whole.graph, floats, inputs), {root: 1.0}, active)
    for name, place in whole.inputs.items():
        node, slope = first.inputs.get(name, len(before)), slopes[place] if place < len(slopes) else None
        found = before[node] if node < len(before) else slots.get(name)
        assert repr(found or 0.0) == repr(slope or 0.0), name


def test_tangent_along_a_direction_is_the_gradient_times_it() -> None:
    program = cgcli.parse("sin(a*b) + a^2")
    values = evaluate(program, {"a": 0.7, "b": 1.3}).values
    output = program.outputs[0].node
    seeds = {program.inputs["a"]: 2.0, program.inputs["b"]: -3.0}
    along = tangent(program.graph, floats, values, seeds)[output]
    by = gradients("sin(a*b) + a^2", {"a": 0.7, "b": 1.3}, "reverse")
    assert along == pytest.approx(2 * by["a"] - 3 * by["b"], rel=1e-14)


@pytest.mark.parametrize("mode", ["reverse", "forward"])
@pytest.mark.parametrize(
    "text, x, exact",
    [
        ("where(x > 0, sqrt(x), 0)", -1, 0),
        ("where(x > 0, log(x), x)", 0, 1),
        ("if x != 0 then sin(x)/x else 1", 0, 0),
        ("where(x >= 0, x, 1/0*x)", 2, 1),
        ("where(x < 0, (-x)^0.5, x^2)", 0, 0),
        ("0*log(x) + x", 0, 1),
        ("sqrt(x^2)", 0, 0),
    ],
)
def test_a_branch_not_taken_leaks_neither_nan_nor_inf(text: str, x: float, exact: float, mode: str) -> None:
    assert gradients(text, {"x": x}, mode)["x"] == exact


def test_nan_that_belongs_to_the_gradient_stays() -> None:
    assert isnan(gradients("x^y", {"x": -1, "y": 2}, "reverse")["y"])
