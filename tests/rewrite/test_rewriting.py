"""The rules are used, on programs that nobody thought of too."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from mpmath import mp, mpf

import cgcli
from cgcli.algebras import arrays
from cgcli.algebras.numbers import floats
from cgcli.evaluation.static import static_graph
from cgcli.graph import Graph
from cgcli.language.program import Program
from cgcli.ops import INPUT
from cgcli.passes.forward import forward
from cgcli.passes.shapes import infer
from cgcli.rewrite.rewriter import RULES, Rewriter
from cgcli.rewrite.rules import BUILT_IN, EXACT, FOLD, PATTERNS, PRUNE, ROUNDING, SHARE, Rule
from cgcli.rewrite.static import Static
from tests.algebras.mpmath50 import MPMATH50
from tests.programs import NAMES, programs
from tests.render.test_printing import unfolded
from tests.rewrite.rules import ALL, SPECIALS, bits, collector, named, side, value

# That the rules are used


def result_of(rewriter: Rewriter) -> list[int]:
    done = rewriter.run()
    return unfolded(done.graph, [node for _, node in done.outputs])


def label_closure(label: str) -> set[str]:
    return {EXACT, label}


@pytest.mark.parametrize("rule", PATTERNS, ids=map(named, PATTERNS))
def test_a_rule_fires_and_gives_what_it_says(rule: Rule) -> None:
    rewriter = Rewriter(side(rule, rule.before), label_closure(rule.label))
    found = result_of(rewriter)
    assert rule in rewriter.fired
    assert found == result_of(Rewriter(side(rule, rule.after), label_closure(rule.label)))
    assert sum(map(len, rewriter.fired.values())) <= 6


@pytest.mark.parametrize("rule", BUILT_IN, ids=map(named, BUILT_IN))
def test_what_the_engine_knows_fires_and_gives_what_it_says(rule: Rule) -> None:
    before, after = side(rule, rule.before), side(rule, rule.after)
    before.written = after.written = 0  # what somebody has written keeps its brackets
    rewriter = engine(before, rule)
    found = result_of(rewriter)
    assert rule in rewriter.fired
    assert found == result_of(engine(after, rule))


def engine(static: Static, rule: Rule) -> Rewriter:
    return Rewriter(static, ALL) if rule.label == EXACT else collector(static)


@pytest.mark.parametrize("rule", RULES, ids=map(named, RULES))
def test_both_sides_of_a_rule_are_written_alike(rule: Rule) -> None:
    before, after = side(rule, rule.before), side(rule, rule.after)
    before.written = after.written = 0
    assert result_of(collector(before)) == result_of(collector(after))


def test_rules_are_not_applied_where_their_label_is_not_asked_for() -> None:
    for text in ("log(1 + x)", "x + 0", "0*x", "x/x", "x - x", "sqrt(x^2)", "x + 2*x", "x*x^2", "x^0.5"):
        program = cgcli.parse(text)
        static = static_graph(program, {})
        rewriter = Rewriter(static, {EXACT})
        assert result_of(rewriter) == unfolded(static.graph, [static.outputs[0][1]]), text


# Letters stand for any value: arrays of every shape


@pytest.mark.parametrize(
    "text",
    [
        "input V: [2, 3]; exp(V)/sum(exp(V))",
        "input A: [2, 2, 2]; transpose(A.T, axes=[1, 0, 2])",
        "input A: [2, 2, 2]; transpose(transpose(A, axes=[1, 0, 2]))",
        "input V: [2, 3]; log(sum(exp(V)))",
        "input V: [2, 3]; log(sum(exp(V), axis=0))",
        "input V: [2, 3]; sqrt(sum(V^2))",
        "input V: [2, 3]; sqrt(sum(V^2, axis=1))",
        "input V: [2, 3]; norm(V)^2",
        "input V: [2, 3]; norm(V, axis=0)^2",
        "input v: [3]; norm(v, ord=3)^2",
        "input v: [3]; exp(v)/sum(exp(v), keepdims=1)",
        "input A: [2, 2]; input B: [2, 2]; (inv(A + 5*eye(2))) @ B",
        "input A: [3, 2, 2]; input b: [2]; inv(A + 5*eye(2)) @ b",
        "input A: [3, 2, 2]; input B: [2, 4]; inv(A + 5*eye(2)) @ B",
        "input A: [2, 2]; input B: [2, 2]; input x: [2]; A @ x + B @ x",
        "input A: [2, 2]; input B: [3, 2, 2]; input x: [2]; A @ x + B @ x",
        "input v: [3]; input w: [3]; v^0 + w^1",
        "input v: [3]; v/v + (v - v)",
        "input v: [3]; input s: []; v*s/v",
        "input v: [3]; input s: []; v + s - v",
        "input v: [3]; where(1, 2, v)",
        "input v: [3]; input s: []; where(v > 0, s, s)",
        "input s: []; broadcast(s, [3])*[1, 2, 3]",
        "input s: [1]; broadcast(s, [3])*[1, 2, 3]",
        "input v: [3]; broadcast(v, [2, 3]) + v",
        "input v: [3]; broadcast(v, [2, 3])*[[1, 2, 3], [4, 5, 6]]",
        "input v: [2]; eye(2) @ v",
        "input A: [2, 3]; eye(2) @ A + A @ eye(3)",
        "input v: [2]; eye(2, m=3).T @ v",
        "input v: [3]; [v, 2*v][1][0] + [v, v][0, 1] + [v, v][-1, 2]",
        "input v: [3]; [v, 2*v][0:1]",
        "input v: [3]; input A: [3, 2]; v @ A",
        "input A: [2, 3]; input v: [3]; input s: []; A @ (2*s*v) + A @ (-v)",
        "input A: [2, 3]; input B: [2, 3]; (2*A)*(3*B)/6 - A*B",
        "input v: [3]; size(v)*mean(v) - sum(v)",
        "input A: [2, 3]; size(A, axis=1)*A.T.T",
        "input v: [4]; reshape(reshape(v, [2, 2]), [4]) + v",
        "input v: [3]; sum(sum(v)) + sum(3)",
        "input v: [3]; max(v) + max(v, v)",
    ],
)
def test_letters_that_stand_for_arrays(text: str) -> None:
    """Every label, by every engine, at random arrays: the same values in the same shape."""
    program = cgcli.parse(text)
    rng = np.random.default_rng(8)
    inputs: dict[str, Any] = {}
    for name in program.inputs:
        shape = program.shapes[name]
        inputs[name] = rng.uniform(0.5, 2.0, size=shape) if shape else 1.7
    static = static_graph(program, {})
    expected = value(static, inputs, arrays)
    for found in (
        Rewriter(static_graph(program, {}), {EXACT}).run(),
        Rewriter(static_graph(program, {}), {EXACT, ROUNDING}).run(),
        collector(static_graph(program, {})).run(),
    ):
        result = value(found, inputs, arrays)
        assert np.shape(result) == np.shape(expected)
        assert np.allclose(result, expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    "text",
    ["(1e200*x)^2", "(1e-200*x)^2", "(1e200*x)*(1e200*x)", "x/1e-310", "(1e-320*x)/2", "1e308*x + 1e308*x",
     "2^x*0", "x*inf", "x - inf", "nan*x", "x/0", "x^inf", "(2*x)^64", "(1e10*x)^40", "(1e-10*x)^40", "x^1e9",
     "1e300*(1e300*x)", "x*1e-200*1e-200", "(1e200*x)^-2", "0^-1*x", "(0*x)^-1", "sqrt(-x)^2",
     "(x - x)/(x - x)"],
)  # fmt: skip
def test_numbers_at_the_ends_of_their_range(text: str) -> None:
    program = cgcli.parse(text)
    expected = cgcli.evaluate(program, x=0.75)["f"]
    found = collector(static_graph(program, {})).run()
    result = value(found, {"x": 0.75})
    if math.isfinite(expected) and expected:
        assert result == pytest.approx(expected, rel=1e-12)


# The engine on programs that nobody thought of


def outputs_of(static: Static) -> list[int]:
    return [node for _, node in static.outputs]


special = st.sampled_from([*SPECIALS, 0.3, -1.7])


@given(programs(), st.fixed_dictionaries(dict.fromkeys(NAMES, st.lists(special, min_size=8, max_size=8))))
@settings(max_examples=200, deadline=None)
@example(
    "t = -x1 - -a\nwhere(not x1, -(-a), b) + t*-1", {n: SPECIALS[i : i + 8] for i, n in enumerate(NAMES)}
)
def test_exact_rewriting_keeps_every_bit(text: str, columns: dict[str, list[float]]) -> None:
    program = cgcli.parse(text)
    names = list(program.inputs)
    static = static_graph(program, {})
    done = Rewriter(static, {EXACT}).run()
    for row in range(4):
        inputs = {name: columns[name][row] for name in names}
        before = forward(static.graph, floats, inputs)
        after = forward(done.graph, floats, inputs)
        assert bits([before[n] for n in outputs_of(static)]) == bits([after[n] for n in outputs_of(done)])
    if names:
        shapes = infer(program.graph, dict.fromkeys(names, (8,)))
        static = Static(program.graph, static.outputs, shapes)
        done = Rewriter(static, {EXACT}).run()
        with arrays.quiet():
            inputs = {name: np.array(columns[name]) for name in names}
            before = forward(static.graph, arrays, inputs)
            after = forward(done.graph, arrays, inputs)
        for old, new in zip(outputs_of(static), outputs_of(done), strict=True):
            assert bits(before[old]) == bits(after[new])


def tame(program: Program, inputs: dict[str, float]) -> bool:
    """Whether all values on the way are of a size at which nothing overflows, and none is 0."""
    found = forward(program.graph, floats, inputs)
    return all(
        math.isfinite(x) and 1e-6 < abs(x) < 1e6
        for node, x in enumerate(found)
        if program.graph.args[node] or program.graph.ops[node] is INPUT
    )


moderate = st.fixed_dictionaries({name: st.floats(-2, 2).map(lambda x: round(x, 3)) for name in NAMES})


@given(programs(smooth=True), moderate)
@settings(max_examples=200, deadline=None)
def test_rewriting_by_all_rules_keeps_the_value_up_to_rounding(text: str, point: dict[str, float]) -> None:
    """Run at 40 digits, so that only numbers folded beforehand are rounded."""
    program = cgcli.parse(text)
    inputs = {name: point[name] for name in program.inputs}
    assume(tame(program, inputs))
    static = static_graph(program, {})
    with mp.workdps(40):
        given_ = {name: mpf(x) for name, x in inputs.items()}
        expected = forward(static.graph, MPMATH50, given_)[outputs_of(static)[0]]
        for done in (Rewriter(static, {EXACT, ROUNDING}).run(), collector(static).run()):
            result = forward(done.graph, MPMATH50, given_, done.schedule())[outputs_of(done)[0]]
            assert abs(result - expected) <= mpf(10) ** -10 * max(1, abs(expected))


def engines(static: Static) -> Iterator[tuple[str, Callable[[Static], Rewriter]]]:
    yield "exact", lambda s: Rewriter(s, {EXACT})
    yield "fast", lambda s: Rewriter(s, {EXACT, ROUNDING})
    yield "readable", collector


@given(programs())
@settings(max_examples=150, deadline=None)
def test_rewriting_twice_is_rewriting_once_and_makes_few_nodes(text: str) -> None:
    static = static_graph(cgcli.parse(text), {})
    for name, engine in engines(static):
        once = engine(static).run()
        assert len(once.graph) <= 4 * len(static.graph) + 20
        assert set(once.inputs()) <= set(static.inputs())
        if name != "readable":
            twice = engine(once).run()
            assert unfolded(once.graph, outputs_of(once)) == unfolded(twice.graph, outputs_of(twice)), name


@given(programs())
@settings(max_examples=150, deadline=None)
def test_writing_readably_twice_is_writing_once(text: str) -> None:
    static = static_graph(cgcli.parse(text), {})
    once = collector(static).run()
    twice = collector(once).run()
    assert unfolded(once.graph, outputs_of(once)) == unfolded(twice.graph, outputs_of(twice))


def test_equal_nodes_are_one_and_unused_ones_none() -> None:
    program = cgcli.parse("unused = cos(x); a = sin(x); b = sin(x); a*b + 2*3")
    rewriter = Rewriter(static_graph(program, {}), {EXACT})
    done = rewriter.run()
    names = [done.graph.ops[node].name for node in done.schedule()]
    assert names.count("sin") == 1
    assert "cos" not in names
    assert {FOLD, SHARE, PRUNE} <= set(rewriter.fired)


@pytest.mark.parametrize("kind", [lambda static: Rewriter(static, ALL), collector], ids=["rules", "terms"])
@pytest.mark.parametrize(
    "text",
    [
        "\n".join(["y0 = x", *(f"y{i} = -y{i - 1}" for i in range(1, 2_001))]),
        "\n".join(["y0 = x", *(f"y{i} = y{i - 1} + x" for i in range(1, 2_001))]),
        "\n".join(["y0 = x", *(f"y{i} = y{i - 1}*x" for i in range(1, 2_001))]),
        "\n".join(["y0 = x", *(f"y{i} = sqrt(y{i - 1})" for i in range(1, 2_001))]),
        " + ".join(f"x{i}" for i in range(2_000)),
        " + ".join(f"x{i % 7}*x{i % 5}" for i in range(2_000)),
        "*".join(f"x{i}" for i in range(2_000)),
    ],
    ids=["signs", "sums", "products", "roots", "wide sum", "like terms", "wide product"],
)
def test_nodes_made_are_a_small_multiple_of_those_there_were(
    text: str, kind: Callable[[Static], Rewriter]
) -> None:
    static = static_graph(cgcli.parse(text), {})
    assert len(kind(static).run().graph) <= 4 * len(static.graph)


def test_the_graph_that_is_rewritten_stays_as_it_was() -> None:
    program = cgcli.parse("a = x*x + 0; b = sin(-a); b + x*1")
    static = static_graph(program, {})
    before = copy_of(static.graph)
    Rewriter(static, ALL).run()
    collector(static, {"x": 2.0}).run()
    assert copy_of(static.graph) == before


def copy_of(graph: Graph) -> tuple[Any, ...]:
    return list(graph.ops), list(graph.args), dict(graph.attrs), dict(graph.names)


def test_known_inputs_are_replaced_by_their_values() -> None:
    program = cgcli.parse("input v: [2]; a*x + v @ v")
    known = {"a": 3.0, "v": np.array([1.0, 2.0])}
    done = Rewriter(static_graph(program, known), {EXACT}, known).run()
    assert list(done.inputs()) == ["x"]
    assert value(done, {"x": 2.0}, arrays) == 11.0
