"""Every rule holds as its label says."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from itertools import product
from random import Random
from typing import Any

import numpy as np
import pytest
from mpmath import mp, mpf

import cgcli
from cgcli.algebras import arrays
from cgcli.algebras.numbers import floats
from cgcli.rewrite.rewriter import RULES
from cgcli.rewrite.rules import ASSUMING, EXACT, ROUNDING, Rule
from cgcli.rewrite.static import Static
from tests.algebras.mpmath50 import MPMATH50
from tests.rewrite.rules import SPECIALS, bits, inf, named, shape_of, side, value

FEW = SPECIALS[:8] + SPECIALS[22:24] + SPECIALS[-6:]


def letters_of(rule: Rule) -> list[str]:
    found = {**cgcli.parse(rule.before).inputs, **cgcli.parse(rule.after).inputs}
    return list(found)


def of(label: str) -> pytest.MarkDecorator:
    rules = [rule for rule in RULES if rule.label == label]
    return pytest.mark.parametrize("rule", rules, ids=map(named, rules))


# What the labels say


def needs_arrays(rule: Rule) -> bool:
    texts = rule.before + rule.after
    return any(shape_of(letter, rule) for letter in letters_of(rule)) or any(
        text in texts for text in ("[", "eye", "mean", "std")
    )


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
    pool = SPECIALS if len(letters) < 3 else FEW
    points = [dict(zip(letters, row)) for row in product(pool, repeat=len(letters))]
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
    "x is not y, nor one of them nan": lambda x, y, **_: x < y or x > y,
    "y is not nan": lambda y, **_: not math.isnan(y),
    "no denominator is 0": lambda x: x != 1 and abs(x) < 1e8,
    "no part of it overflows": lambda **values: all(abs(t) < 1e150 for t in values.values()),
    "no part of it leaves the range": lambda **values: all(1e-150 < abs(t) < 1e150 for t in values.values()),
    "neither overflows": lambda x: abs(x) < 700,
    "sin(x) is not 0": lambda x: 0 < abs(x) < 1e150,
    "y is finite, x not nan": lambda x, y: math.isfinite(y) and x == x,
    "x is finite and not 0": lambda x, **_: math.isfinite(x) and x != 0,
    "x > 0": lambda x, **_: x > 0,
    "x > 0, finite": lambda x, **_: 0 < x < math.inf,
    "x >= 0": lambda x, **_: x >= 0,
    "x/y and z/y are finite": lambda x, y, z: all(math.isfinite(floats.div(t, y)) for t in (x, z)),
    "x > 0, no power overflows": lambda x, **others: (
        1e-4 < x < 1e4 and all(abs(t) < 5 for t in others.values())
    ),
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
