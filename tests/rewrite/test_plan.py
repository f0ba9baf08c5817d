"""`cg plan`: buffers, schedules, costs."""

from __future__ import annotations

import json
import math
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cgcli
from cgcli.algebras import arrays
from cgcli.algebras.numbers import floats
from cgcli.evaluation.static import static_graph
from cgcli.kernels.machine import lanes
from cgcli.ops import CONSTANT, INPUT
from cgcli.passes.forward import forward
from cgcli.rewrite.plan import Plan
from cgcli.rewrite.rules import ASSUMING, EXACT
from tests.cg import cg
from tests.programs import NAMES, programs

inf, nan = math.inf, math.nan


def plan_of(text: str, fast: bool = False, **known: Any) -> Plan:
    return Plan(static_graph(cgcli.parse(text), known), fast, known)


def simulate(plan: Plan, inputs: dict[str, Any], algebra: Any = floats) -> list[Any]:
    """Run the schedule with its results in the buffers that it names, and read the outputs at the end.

    A buffer knows whose value it holds: reading anything else from it is a failure."""
    graph = plan.static.graph
    functions = {node: getattr(algebra, graph.ops[node].name) for node, _ in plan.steps}
    home = dict(plan.steps)
    buffers: dict[int, tuple[int, Any]] = {}
    sizes: dict[int, Any] = {}

    def read(node: int) -> Any:
        if graph.ops[node] is CONSTANT:
            return graph.attrs[node]
        if graph.ops[node] is INPUT:
            return inputs[graph.attrs[node]]
        holder, value = buffers[home[node]]
        assert holder == node, "the value was overwritten while it was needed"
        return value

    for node, buffer in plan.steps:
        assert 1 <= buffer <= plan.buffers
        operands = [read(arg) for arg in graph.args[node]]
        options = graph.attrs.get(node, {})
        value = functions[node](*operands, **options)
        assert np.shape(sizes.setdefault(buffer, value)) == np.shape(value), "a buffer has one size"
        buffers[buffer] = node, value
    assert len(buffers) == plan.buffers
    return [read(node) for _, node in plan.static.outputs]


def bits(x: Any) -> list[str]:
    return ["nan" if one != one else float(one).hex() for one in np.ravel(x)]


values = st.sampled_from([0.0, -0.0, 1.0, -2.5, 0.3, 700.0, 1e300, -1e-310, inf, -inf, nan])


@given(programs(), st.fixed_dictionaries(dict.fromkeys(NAMES, values)))
@settings(max_examples=150, deadline=None)
def test_running_in_the_buffers_gives_the_values_bit_for_bit(text: str, point: dict[str, float]) -> None:
    program = cgcli.parse(text)
    inputs = {name: point[name] for name in program.inputs}
    plan = plan_of(text)
    expected = forward(program.graph, floats, inputs)
    assert bits(simulate(plan, inputs)) == bits([expected[output.node] for output in program.outputs])
    assert plan.buffers <= len(plan.steps)


@pytest.mark.parametrize("fast", [False, True])
@pytest.mark.parametrize(
    "text",
    [
        "d = a + b; e = b - c; Y = d*e",
        "a; a + b; a*b; (a + b)*(a*b)",
        "p = a*b; q = sin(p); r = cos(p); q; r; p",
        "x = a + b; y = x + x; z = y*y; z - x",
        "a",
        "3",
        "a; a",
        "y = a + b; y; y",
        "where(a > 0, a*b, b) + max(a, b, c)",
    ],
)
def test_every_output_is_alive_at_the_end(text: str, fast: bool) -> None:
    program = cgcli.parse(text)
    inputs = {name: 0.25 * (i + 1) for i, name in enumerate(program.inputs)}
    expected = forward(program.graph, floats, inputs)
    found = simulate(plan_of(text, fast), inputs)
    assert found == pytest.approx([expected[output.node] for output in program.outputs], rel=1e-15)


@pytest.mark.parametrize(
    "text",
    [
        "input A: [2, 2]; input x: [2]; x @ A @ x + norm(x)",
        "input A: [2, 2]; input x: [2]; B = A @ A.T; B @ x; B; solve(B + eye(2), x)",
        "input x: [2]; softmax(x)*x + x[0]*x[::-1]; concat(x, x^2)",
        'input A: [2, 2]; input x: [2]; einsum("ij,j->i", A, x) + sum(A, axis=1)',
        "input A: [2, 2]; input x: [2]; v = A @ A @ x; B = A*2; sum(B @ v)*sum(B)",
        "input A: [n, n]; input x: [n]; v = A @ A @ x; B = A*2; sum(B @ v)*sum(B) + v",
    ],
)
def test_running_arrays_in_the_buffers(text: str) -> None:
    program = cgcli.parse(text)
    inputs = {"A": np.array([[1.0, 2.0], [0.5, 3.0]]), "x": np.array([0.25, -4.0])}
    expected = forward(program.graph, arrays, inputs)
    found = simulate(plan_of(text), inputs, arrays)
    for ours, output in zip(found, program.outputs, strict=True):
        assert np.array_equal(ours, expected[output.node])


@given(programs())
@settings(max_examples=100, deadline=None)
def test_a_schedule_computes_operands_first_and_each_once(text: str) -> None:
    plan = plan_of(text)
    graph, done = plan.static.graph, set()
    for node, _ in plan.steps:
        assert node not in done
        for arg in graph.args[node]:
            assert arg in done or not graph.args[arg]
        done.add(node)
    assert sum(plan.operations.values()) == len(plan.steps)
    assert all(node in done or not graph.args[node] for _, node in plan.static.outputs)
    assert all(rule.label == EXACT for rule in plan.fired)


@pytest.mark.parametrize(
    "text, most",
    [
        ("x + 1", 1),
        ("sin(cos(exp(x)))", 1),
        ("\n".join(["y0 = x", *(f"y{i} = sin(y{i - 1})" for i in range(1, 500))]), 1),
        ("\n".join(["y0 = x", *(f"y{i} = sin(y{i - 1})*cos(y{i - 1})" for i in range(1, 500))]), 2),
        (" + ".join(f"sin(x{i})" for i in range(500)), 2),
        ("(a*b + c*d)*(e*f + g*h)", 3),
        ("\n".join([*(f"y{i} = sin({i}*x)" for i in range(50)), *(f"y{i}" for i in range(50))]), 51),
    ],
)
def test_buffers_are_as_few_as_the_order_allows(text: str, most: int) -> None:
    assert plan_of(text).buffers <= most


def test_a_buffer_is_used_again_for_the_same_shape_alone() -> None:
    plan = plan_of("input A: [n, n]; input x: [n]; v = A @ x; B = 2*A; C = B + A; w = C @ v; w + x")
    assert [buffer for _, buffer in plan.steps] == [1, 2, 2, 1, 1]
    plan = plan_of("input x: [n]; input y: [k]; sum(sin(cos(x[k-1:]))) + sum(y)")
    assert [buffer for _, buffer in plan.steps] == [1, 2, 3, 4, 5, 5]  # the size of the slice is not known


ARITHMETIC = [
    "a + b",
    "a*b",
    "a/b",
    "d = a + b; e = b - c; Y = d*e",
    "(a + b)*(b - c)/(a*c)",
    "((a*b + c)*d + e1)*f + g",
    "a/b/c/d",
    "(a - b)*(a + b)*(a*b - 1)",
    "(a + b)/(c + d) - a*b*c*d",
    "*".join(f"x{i}" for i in range(200)),
    " + ".join(f"x{i}*x{i + 1}" for i in range(200)),
    " + ".join(f"(1 - x{i})^2 + 100*(x{i + 1} - x{i}^2)^2" for i in range(49)),
    "\n".join(["y0 = x", *(f"y{i} = y{i - 1}*x + c{i}" for i in range(1, 100))]),
]


@pytest.mark.parametrize("text", ARITHMETIC, ids=lambda text: text[:40].replace("\n", "; "))
def test_a_gradient_costs_at_most_four_times_the_value(text: str) -> None:
    plan = plan_of(text)
    assert plan.gradient is not None
    assert plan.gradient <= 4 * len(plan.steps)


@given(st.lists(st.tuples(st.integers(0, 99), st.integers(0, 99), st.booleans()), min_size=1, max_size=30))
@settings(max_examples=100, deadline=None)
def test_a_gradient_of_any_arithmetic_costs_at_most_five_times_the_value(
    choices: list[tuple[int, int, bool]],
) -> None:
    """An operation, at most two products for its partial derivatives, at most two sums for adjoints."""
    from tests.programs import build

    text = build(choices, ("a", "b", "c", "d"), ("({} + {})", "({} - {})", "({} * {})", "({} / {})"))
    plan = plan_of(text)
    if plan.steps and plan.gradient is not None:
        assert plan.gradient <= 5 * len(plan.steps)


def test_there_is_no_gradient_of_arrays_and_without_inputs() -> None:
    assert plan_of("input x: [3]; 2*x").gradient is None
    assert plan_of("2*3").gradient is None
    assert plan_of("input x: [3]; sum(2*x)").gradient is not None


def test_nodes_before_and_after() -> None:
    plan = plan_of("sin(x)^2 + sin(x)")
    assert (plan.before, len(plan.nodes)) == (6, 5)
    assert {rule.name: len(nodes) for rule, nodes in plan.fired.items()} == {"share equal nodes": 1}
    plan = plan_of("unused = exp(x); y = -(-x)*1 + 2*3; y + y")
    assert {rule.name for rule in plan.fired} == {
        "minus minus", "times one", "fold constants", "prune", "doubled",
    }  # fmt: skip


def test_known_inputs_are_folded() -> None:
    plan = plan_of("a*b + x", a=2.0, b=3.0)
    assert plan.operations == {"+": 1}
    assert simulate(plan, {"x": 1.0}) == [7.0]


def test_the_list_says_it_all() -> None:
    result = cg("plan", "d = a + b; e = b - c; Y = d*e")
    assert result.status == 0
    assert result.out == (
        "nodes       6 before, 6 after\n"
        "rules       none applies\n"
        "schedule\n"
        "  1  d = a + b  buffer 1\n"
        "  2  e = b - c  buffer 2\n"
        "  3  Y = d*e    buffer 2, output\n"
        "result      Y = step 3\n"
        "buffers     2 with reuse, 3 without\n"
        "operations  3: + 1, - 1, * 1\n"
        "gradient    by a, b, c costs 1.7 times the value (5 operations for both)\n"
    )


def test_rules_are_named_with_their_places() -> None:
    result = cg(
        "plan", "--fast", "-", stdin="y = x\nlog(1 + exp(y))\n+ 0 == 0 and x - -y\n".replace("\n+", " +")
    )
    assert "stable softplus (rounding), 1 time: log(1 + exp(y)) (2:1)" in result.out
    assert "minus a negative (exact), 1 time: x - -y" in result.out
    assert "plus zero" not in result.out
    assert ASSUMING not in result.out


def test_json_holds_what_the_list_does() -> None:
    record = json.loads(cg("plan", "--style", "json", "sin(x)^2 + sin(x)").out)
    assert record["nodes"] == {"before": 6, "after": 5}
    assert record["rules"] == [
        {"name": "share equal nodes", "label": "exact", "condition": None, "count": 1,
         "places": ["sin(x) (1:12)"]}
    ]  # fmt: skip
    assert [step["formula"] for step in record["schedule"]] == ["sin(x)", "v1^2", "v2 + v1"]
    assert record["buffers"] == {"reuse": 2, "without": 3}
    assert record["operations"] == {"sin": 1, "^": 1, "+": 1}
    assert [step["outputs"] for step in record["schedule"]] == [[], [], ["f"]]
    assert record["results"] == [{"name": "f", "step": 3, "formula": "v3"}]
    assert (record["gradient"], record["wrt"]) == (7, ["x"])


@pytest.mark.parametrize(
    "arguments, results",
    [
        (["2 + 3"], ["f = 5"]),
        (["--fast", "sin(x)^2 + cos(x)^2"], ["f = 1"]),
        (["a; b = 2*a; b; 3*4; 2*a; a"], ["f1 = a", "f2 = step 1", "f3 = 12", "f4 = step 1", "f5 = a"]),
        (["y = x + 0*3; y; pi", "x=[1, 2]"], ["f1 = step 1", "f2 = pi"]),
        (["k + 1", "k=2"], ["f = 3"]),
    ],
)
def test_results_are_steps_or_constants(arguments: list[str], results: list[str]) -> None:
    out = cg("plan", *arguments).out
    found = [line.removeprefix("result      ") for line in out.splitlines() if line.startswith("result")]
    assert found == results
    record = json.loads(cg("plan", "--style", "json", *arguments).out)
    steps_or_text = [f"step {one['step']}" if one["step"] else one["formula"] for one in record["results"]]
    assert [f"{one['name']} = {text}" for one, text in zip(record["results"], steps_or_text)] == results
    steps = record["schedule"]
    assert ("schedule    empty" in out) == (not steps)
    for result in record["results"]:
        assert result["step"] is None or result["name"] in steps[result["step"] - 1]["outputs"]
    drawn = cg("plan", "--style", "dot", *arguments).out
    for result in record["results"]:
        assert f'[label="{result["name"]}", shape=box]' in drawn


def test_arrays_with_values_are_data(tmp_path: Path) -> None:
    """One node each, however large; elements that happen to be equal are not shared."""
    np.savez(tmp_path / "all.npz", A=np.arange(120.0).reshape(40, 3), x=np.arange(3.0))
    out = cg("plan", "A @ x", "--vars", str(tmp_path / "all.npz")).out
    assert out == (
        "nodes       3 before, 3 after\n"
        "rules       none applies\n"
        "schedule\n"
        "  1  v1 = A @ x  buffer 1, output\n"
        "result      f = step 1\n"
        "buffers     1 with reuse, 1 without\n"
        "operations  1: @ 1\n"
    )
    plan = plan_of("input w: [2]; sum(x*w)*k + x[0]", x=np.array([1.0, 2.0]), k=3.0)
    assert plan.operations == {"*": 2, "sum": 1, "[i]": 1, "+": 1}
    assert plan.wrt == ["w"]
    out = cg("plan", "input x: [n]; input y: [n]; x@y", "y=[1, 2, 3]").out  # n is 3 in x, too
    assert "gradient    by x costs" in out
    assert plan.gradient is not None


@pytest.mark.parametrize(
    "text, told",
    [
        (
            "f(p) { if p < 1 { return p }\nreturn f(p/2) }\nf(x)",
            "compiled once it is long, value and gradient",
        ),
        ("xs = list()\nwhile len(xs) < x { xs = append(xs, 1) }\nsum(xs)", "line 1 does more than compute"),
        ("input v: [3]; y = v[0]; while y > 1 { y /= 2 }; y", "`v` is no number"),
        ("y = x\nwhile y > 1 { z = y; y /= 2 }\nz", "`z` has no value on some path"),
    ],
)
def test_what_is_said_of_the_engine_of_a_dynamic_program(text: str, told: str) -> None:
    if not lanes():
        told = "not compiled as a whole"
    found = cg("plan", text)
    assert found.out.startswith("dynamic     by ")
    assert told in found.out
    assert ("loops as Python functions" in found.out) == ("while" in text)
    record = json.loads(cg("plan", text, "--style", "json").out)
    assert record["compiled"] == ("compiled once" in found.out) == (record["reason"] is None)


def test_dot_is_a_graph_of_the_schedule() -> None:
    out = cg("plan", "--style", "dot", "x*y + sin(x*y)").out
    assert out.startswith("digraph")
    assert out.rstrip().endswith("}")
    assert out.count("->") == 6
    assert out.count("buffer") == 3
    if shutil.which("dot"):
        subprocess.run(["dot", "-Tsvg"], input=out.encode(), check=True, capture_output=True)


@pytest.mark.parametrize(
    "arguments, status, said",
    [
        (["x +"], 3, "<expr>:1"),
        (["--style", "tree", "x"], 2, "tree"),
        (["x", "y=2"], 2, "y"),
        (["input A: [2, 3]; A @ A"], 3, "<expr>:1:"),
        (["v @ v"], 3, "input v: [n]"),
        (["x^2", "--show", "q"], 2, "q"),
    ],
)
def test_errors(arguments: list[str], status: int, said: str) -> None:
    result = cg("plan", *arguments)
    assert (result.status, result.out) == (status, ""), result
    assert said in result.err


def test_arrays_of_declared_shapes() -> None:
    result = cg("plan", "input A: [m, n]; input x: [n]; input b: [m]; norm(A @ x - b)^2")
    assert result.status == 0, result
    assert "A @ x" in result.out


def test_long_programs_have_a_plan_without_recursion() -> None:
    depth = 10_000
    plan = plan_of("sin(" * depth + "x" + ")" * depth)
    assert (len(plan.steps), plan.buffers) == (depth, 1)
    assert plan.gradient is not None
    assert plan.gradient <= 4 * depth
    plan = plan_of(" + ".join(f"x{i}" for i in range(5_000)))
    assert (len(plan.steps), plan.buffers) == (4_999, 1)
