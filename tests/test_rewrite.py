"""The table of rules: every line is true in the sense of its label, every line is used, none loops.
And the engine: what it makes of a program is the same program."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import product
from random import Random
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
from cgcli.ops import ALGEBRA_OPS, INPUT
from cgcli.passes.forward import forward
from cgcli.passes.shapes import infer
from cgcli.rewrite.collect import GUARD, RULES, Collector
from cgcli.rewrite.rules import ASSUMING, BUILT_IN, EXACT, FOLD, PATTERNS, PRUNE, ROUNDING, SHARE, Rule
from cgcli.rewrite.simplify import Rewriter
from cgcli.rewrite.static import Static
from tests.algebras.mpmath50 import MPMATH50
from tests.programs import NAMES, programs
from tests.test_printing import unfolded

inf, nan = math.inf, math.nan
ALL = {EXACT, ROUNDING, ASSUMING}

SPECIALS = [
    0.0, -0.0, 1.0, -1.0, 2.0, -2.0, 0.5, -0.5, 1.5, 2.5, -2.5, 3.0, -3.7, 0.1, math.pi, -math.e, 1e-3, 20.25,
    700.0, -700.0, 746.0, -746.0, 5e-324, -5e-324, 1.1e-310, -1.1e-310, 2.2250738585072014e-308, 1e-160,
    1e-20, -1e-20, 1e20, -1e20, 1e155, -1e155, 1e300, -1e300, 1.7976931348623157e308, 4503599627370495.5,
    -1.7976931348623157e308, inf, -inf, nan,
]  # fmt: skip
FEW = SPECIALS[:8] + SPECIALS[22:24] + SPECIALS[-6:]


def shape_of(letter: str, rule: Rule) -> tuple[int, ...]:
    """A and B are matrices, v and b vectors; x is one where a matrix is multiplied by it."""
    by_matrix = rule.before.startswith("A @")
    if letter in "AB":
        return (2, 2)
    return (2,) if letter in "vb" or (by_matrix and letter == "x") else ()


def letters_of(rule: Rule) -> list[str]:
    found = {**cgcli.parse(rule.before).inputs, **cgcli.parse(rule.after).inputs}
    return list(found)


def side(rule: Rule, text: str) -> Static:
    program = cgcli.parse(text)
    graph = program.graph
    if rule is GUARD:  # which no text has
        graph.ops = [ALGEBRA_OPS["guard"] if op.name == "where" else op for op in graph.ops]
    shapes = infer(graph, {name: shape_of(name, rule) for name in program.inputs})
    return Static(graph, [(None, program.outputs[0].node)], shapes)


def value(static: Static, inputs: dict[str, Any], algebra: Any = floats) -> Any:
    node = static.outputs[0][1]
    with arrays.quiet():
        return forward(static.graph, algebra, inputs, static.schedule())[node]


def bits(x: Any) -> list[str]:
    """To compare with: nan is nan, and the sign of 0 counts."""
    return ["nan" if one != one else float(one).hex() for one in np.ravel(x)]


def named(rule: Rule) -> str:
    return f"{rule.name}: {rule.before}"


def of(label: str) -> pytest.MarkDecorator:
    rules = [rule for rule in RULES if rule.label == label]
    return pytest.mark.parametrize("rule", rules, ids=map(named, rules))


# What the labels say


def needs_arrays(rule: Rule) -> bool:
    texts = rule.before + rule.after
    return any(shape_of(letter, rule) for letter in letters_of(rule)) or "[" in texts or "eye" in texts


@of(EXACT)
def test_an_exact_rule_keeps_every_bit(rule: Rule) -> None:
    before, after = side(rule, rule.before), side(rule, rule.after)
    letters = letters_of(rule)
    rng = Random(named(rule))
    pool = SPECIALS if len(letters) < 3 else FEW
    drawn = [
        rng.choice((1, -1)) * math.exp(rng.uniform(-40, 40)) for _ in range(60 if len(letters) < 3 else 4)
    ]
    if any(shape_of(letter, rule) for letter in letters):
        points = [{a: np.array([[x, y], [y, 1.0]]) for a in letters} for x, y in product(FEW, FEW)]
    else:
        values = [*pool, *drawn]
        rows: Iterable[Sequence[float]] = product(values, repeat=len(letters))
        if len(letters) > 3:  # by chance: all would be half a million
            rows = [rng.choices(values, k=len(letters)) for _ in range(10_000)]
        points = [dict(zip(letters, row)) for row in rows]
    algebra: Any = arrays if needs_arrays(rule) else floats
    for point in points:
        left, right = value(before, point, algebra), value(after, point, algebra)
        assert bits(left) == bits(right), point
    if algebra is floats and letters:  # the functions of NumPy are others
        columns = {a: np.array([point[a] for point in points]) for a in letters}
        left, right = value(before, columns, arrays), value(after, columns, arrays)
        left, right = np.broadcast_arrays(left, right)
        wrong = [i for i, pair in enumerate(zip(bits(left), bits(right))) if pair[0] != pair[1]]
        assert not wrong, points[wrong[0]]


# In ulp of the largest operand or result. The right side may be farther from the left one than
# that where it is nearer to the truth.
TOLERANCE = 16.0


def error(result: float, truth: Any, size: float) -> float:
    return float(abs(mpf(result) - truth) / mpf(math.ulp(size)))


def agree(rule: Rule, point: dict[str, float], left: float, right: float, before: Static) -> bool:
    """Whether both sides are equal up to rounding; if not, whether the right one is better."""
    if left == right or (left != left and right != right):
        return True
    if not math.isfinite(right):
        return False
    operands = [abs(x) for x in point.values() if math.isfinite(x)]
    size = min(max(abs(left), abs(right)), 1e308)
    if rule.before.count("+") or rule.before.count("-"):
        size = min(max(size, *operands), 1e308) if operands else size
    if abs(left - right) <= TOLERANCE * math.ulp(size):
        return True
    if any(x != x for x in point.values()):
        return False
    with mp.workdps(800 if any(0 < abs(x) < 1e-100 or abs(x) > 300 for x in point.values()) else 60):
        truth = value(before, {name: mpf(x) for name, x in point.items()}, MPMATH50)
        small = min(size, max(abs(right), 5e-324))
        return error(right, truth, small) <= max(error(left, truth, small), TOLERANCE)


def ordinary(rng: Random) -> float:
    return rng.choice((1, -1, 1)) * math.exp(rng.uniform(-8, 3.2))


SCALAR_ROUNDING = [r for r in RULES if r.label == ROUNDING and not needs_arrays(r)]
ARRAY_ROUNDING = [r for r in RULES if r.label == ROUNDING and needs_arrays(r)]


@pytest.mark.parametrize("rule", SCALAR_ROUNDING, ids=map(named, SCALAR_ROUNDING))
def test_a_rule_up_to_rounding_is_equal_or_better_wherever_the_left_side_is_finite(rule: Rule) -> None:
    before, after = side(rule, rule.before), side(rule, rule.after)
    letters = letters_of(rule)
    rng = Random(named(rule))
    points = [dict(zip(letters, row)) for row in product(SPECIALS, repeat=len(letters))]
    points += [{a: ordinary(rng) for a in letters} for _ in range(200)]
    for point in points:
        left, right = value(before, point), value(after, point)
        huge = any(1e150 < abs(x) < inf for x in point.values())
        if math.isfinite(left) and not huge:
            assert agree(rule, point, left, right, before), (point, left, right)


@pytest.mark.parametrize("rule", ARRAY_ROUNDING, ids=map(named, ARRAY_ROUNDING))
def test_a_rule_on_arrays_is_equal_up_to_rounding(rule: Rule) -> None:
    before, after = side(rule, rule.before), side(rule, rule.after)
    rng = np.random.default_rng(3)
    for trial in range(200):
        point = {
            a: rng.normal(size=shape_of(a, rule)) + (3 * np.eye(2) if shape_of(a, rule) == (2, 2) else 0)
            for a in letters_of(rule)
        }
        if trial % 4 == 0 and "v" in point:
            point["v"] *= 100
        left, right = value(before, point, arrays), value(after, point, arrays)
        if np.all(np.isfinite(left)):
            size = max(np.max(np.abs(left)), 1.0) * (
                20 if "inv" in rule.before or "det" in rule.before else 1
            )
            assert np.shape(left) == np.shape(right)
            assert np.max(np.abs(left - right)) <= TOLERANCE * np.spacing(size), point


CONDITIONS: dict[str, Callable[..., bool]] = {
    "x is not -0": lambda x, **_: math.copysign(1, x) > 0 or x != 0,
    "x is finite": lambda x, **_: math.isfinite(x),
    "x is not 0": lambda x, **_: x != 0,
    "x is not 0, or what its rule states": lambda x, **_: x != 0,
    "x is not 0 or nan": lambda x, **_: x != 0 and not math.isnan(x),
    "x is not nan": lambda x, **_: not math.isnan(x),
    "y is not nan": lambda y, **_: not math.isnan(y),
    "no denominator is 0": lambda x: x != 1 and abs(x) < 1e8,
    "no part of it overflows": lambda **values: all(abs(t) < 1e150 for t in values.values()),
    "x is finite and not 0": lambda x, **_: math.isfinite(x) and x != 0,
    "x > 0": lambda x, **_: x > 0,
    "x > 0, finite": lambda x, **_: 0 < x < math.inf,
    "x >= 0": lambda x, **_: x >= 0,
    "x/y and z/y are finite": lambda x, y, z: all(math.isfinite(floats.div(t, y)) for t in (x, z)),
    "x > 0, no power overflows": lambda x, y: 1e-4 < x < 1e4 and abs(y) < 5,
    "x^(y - 1) is finite": lambda x, y: math.isfinite(cgcli.evaluate("x^(y - 1)", x=x, y=y)["f"]),
    "elements are finite, not -0": lambda x, y: all(
        math.isfinite(t) and (t != 0 or math.copysign(1, t) > 0) for t in (x, y)
    ),
    # Bases that are far from overflow in every order.
    "no base is 0, nor below 0 under a root": lambda x, y: all(1e-50 < abs(t) < 1e50 for t in (x, y)),
}


@of(ASSUMING)
def test_an_assuming_rule_holds_where_its_condition_does(rule: Rule) -> None:
    before, after = side(rule, rule.before), side(rule, rule.after)
    letters = letters_of(rule)
    rng = Random(named(rule))
    pool = SPECIALS if len(letters) < 3 else FEW
    algebra: Any = arrays if needs_arrays(rule) else floats
    points: list[dict[str, Any]]
    if any(shape_of(letter, rule) for letter in letters):
        points = [{a: np.array(pair) for a in letters} for pair in product(FEW, FEW)]
    else:
        points = [dict(zip(letters, row)) for row in product(pool, repeat=len(letters))]
        points += [{a: ordinary(rng) for a in letters} for _ in range(200)]
    holds = [point for point in points if CONDITIONS[rule.condition](**point)]
    assert len(holds) > 100 or len(letters) < 2
    for point in holds:
        left, right = value(before, point, algebra), value(after, point, algebra)
        if algebra is floats:
            assert agree(rule, point, left, right, before), (point, left, right)
        elif np.all(np.isfinite(left)):
            np.testing.assert_allclose(left, right, rtol=1e-13, err_msg=str(point))


def test_every_assuming_rule_says_what_it_assumes() -> None:
    for rule in RULES:
        assert bool(rule.condition) == (rule.label == ASSUMING), rule.name


# That the rules are used


def result_of(rewriter: Rewriter | Collector) -> list[int]:
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


def engine(static: Static, rule: Rule) -> Rewriter | Collector:
    return Rewriter(static, ALL) if rule.label == EXACT else Collector(static)


@pytest.mark.parametrize("rule", RULES, ids=map(named, RULES))
def test_both_sides_of_a_rule_are_written_alike(rule: Rule) -> None:
    before, after = side(rule, rule.before), side(rule, rule.after)
    before.written = after.written = 0
    assert result_of(Collector(before)) == result_of(Collector(after))


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
        Collector(static_graph(program, {})).run(),
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
    found = Collector(static_graph(program, {})).run()
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
        for done in (Rewriter(static, {EXACT, ROUNDING}).run(), Collector(static).run()):
            result = forward(done.graph, MPMATH50, given_, done.schedule())[outputs_of(done)[0]]
            assert abs(result - expected) <= mpf(10) ** -10 * max(1, abs(expected))


def engines(static: Static) -> Iterator[tuple[str, Callable[[Static], Rewriter | Collector]]]:
    yield "exact", lambda s: Rewriter(s, {EXACT})
    yield "fast", lambda s: Rewriter(s, {EXACT, ROUNDING})
    yield "readable", lambda s: Collector(s)


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
    once = Collector(static).run()
    twice = Collector(once).run()
    assert unfolded(once.graph, outputs_of(once)) == unfolded(twice.graph, outputs_of(twice))


def test_equal_nodes_are_one_and_unused_ones_none() -> None:
    program = cgcli.parse("unused = cos(x); a = sin(x); b = sin(x); a*b + 2*3")
    rewriter = Rewriter(static_graph(program, {}), {EXACT})
    done = rewriter.run()
    names = [done.graph.ops[node].name for node in done.schedule()]
    assert names.count("sin") == 1
    assert "cos" not in names
    assert {FOLD, SHARE, PRUNE} <= set(rewriter.fired)


@pytest.mark.parametrize("kind", [lambda static: Rewriter(static, ALL), Collector], ids=["rules", "terms"])
@pytest.mark.parametrize(
    "text",
    [
        "\n".join(["y0 = x", *(f"y{i} = -y{i - 1}" for i in range(1, 20_001))]),
        "\n".join(["y0 = x", *(f"y{i} = y{i - 1} + x" for i in range(1, 20_001))]),
        "\n".join(["y0 = x", *(f"y{i} = y{i - 1}*x" for i in range(1, 20_001))]),
        "\n".join(["y0 = x", *(f"y{i} = sqrt(y{i - 1})" for i in range(1, 20_001))]),
        " + ".join(f"x{i}" for i in range(20_000)),
        " + ".join(f"x{i % 7}*x{i % 5}" for i in range(20_000)),
        "*".join(f"x{i}" for i in range(20_000)),
    ],
    ids=["signs", "sums", "products", "roots", "wide sum", "like terms", "wide product"],
)
def test_nodes_made_are_a_small_multiple_of_those_there_were(
    text: str, kind: Callable[[Static], Rewriter | Collector]
) -> None:
    static = static_graph(cgcli.parse(text), {})
    assert len(kind(static).run().graph) <= 4 * len(static.graph)


def test_the_graph_that_is_rewritten_stays_as_it_was() -> None:
    program = cgcli.parse("a = x*x + 0; b = sin(-a); b + x*1")
    static = static_graph(program, {})
    before = copy_of(static.graph)
    Rewriter(static, ALL).run()
    Collector(static, {"x": 2.0}).run()
    assert copy_of(static.graph) == before


def copy_of(graph: Graph) -> tuple[Any, ...]:
    return list(graph.ops), list(graph.args), dict(graph.attrs), dict(graph.names)


def test_known_inputs_are_replaced_by_their_values() -> None:
    program = cgcli.parse("input v: [2]; a*x + v @ v")
    known = {"a": 3.0, "v": np.array([1.0, 2.0])}
    done = Rewriter(static_graph(program, known), {EXACT}, known).run()
    assert list(done.inputs()) == ["x"]
    assert value(done, {"x": 2.0}, arrays) == 11.0
