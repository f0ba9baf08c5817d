"""Numbers as they were written."""

from __future__ import annotations

import math
from fractions import Fraction
from operator import add, mul, sub, truediv

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cgcli
from cgcli.ops.constants import CONSTANTS, PI, Written, exact, literal, remembered

LITERALS = [
    *("0", "1", "0.1", ".1", "5.", "0.5", "1_000.25", "1e5", "1E-5", "1e22", "1e23", "6.02214076e23", "0xff"),
    *("0b101", "0x20000000000001", "9007199254740992", "9007199254740993", "123456789012.34", "1e-400"),
    *("1e400", "4.9e-324", "0.000000000000000", "0e5", "70368744177664.3", "0.1000000000000000055511151231"),
    *("1152921504606846976", "999999999999999", "0.015625", "1000000000.015625", "1" * 400, "0x" + "f" * 300),
]


def value_of(text: str) -> Fraction:
    if text[:2] in ("0x", "0b"):
        return Fraction(int(text, 0))
    return Fraction(text.replace("_", ""))


@pytest.mark.parametrize("text", LITERALS)
def test_a_literal_is_a_double_and_what_was_written(text: str) -> None:
    value = literal(text)
    assert isinstance(value, float)
    assert exact(value) == value_of(text)
    if value.__class__ is float:
        assert Fraction(value) == value_of(text)
    else:
        assert float(value).__class__ is float


@settings(deadline=None)
@given(st.decimals(0, 10**17, allow_nan=False, places=None).map(str) | st.floats(0, 1e18).map(repr))
def test_no_plain_double_stands_for_another_number(text: str) -> None:
    value = literal(text.lower().replace("e+", "e"))
    assert value == float(text)
    assert exact(value) == Fraction(text)


NUMBERS = st.sampled_from(["0.1", "0.7", "2", "3", "0.25", "1e-3", "1e300"]).map(literal) | st.integers(-5, 5)


@settings(deadline=None)
@given(st.sampled_from([add, sub, mul, truediv]), NUMBERS, NUMBERS)
def test_arithmetic_gives_the_double_that_floats_give_and_keeps_the_exact_number(
    operation: object, x: float, y: float
) -> None:
    assert callable(operation)
    if operation is truediv and y == 0:
        with pytest.raises(ZeroDivisionError):
            operation(x, y)
        return
    found, plain = operation(x, y), operation(float(x), float(y))
    assert found == plain
    if isinstance(x, Written) or isinstance(y, Written):
        assert math.isinf(plain) or exact(found) == operation(exact(x), exact(y))


def test_what_rounds_is_remembered() -> None:
    third = remembered("div", (1.0, 3.0), 1 / 3)
    assert third.__class__ is Written
    assert exact(third) == Fraction(1, 3)
    assert (3 * third).__class__ is float
    assert exact(remembered("pow", (Written(0.1, "0.1"), 3.0), 0.1**3)) == Fraction(1, 1000)
    assert remembered("sqrt", (2.0,), 2**0.5).__class__ is float
    assert remembered("div", (1.0, 0.0), math.inf) == math.inf


def test_numbers_do_not_grow_without_end() -> None:
    value, factor = Written(0.9, "0.9"), Written(1.1, "1.1")
    for _ in range(5000):
        value = value * factor
    assert value == pytest.approx(0.9 * 1.1**5000)
    assert exact(Written(0.0, "1e-999999999")) is None


def test_constants_have_names_and_are_no_fractions() -> None:
    assert {name for name, value in CONSTANTS.items() if isinstance(value, Written)} == {"pi", "e", "tau"}
    assert (PI.name, PI.exact, math.pi == PI) == ("pi", None, True)
    assert (2 * PI).__class__ is float


def test_a_graph_has_numbers_as_they_were_written() -> None:
    graph = cgcli.parse("0.1*x + 0.1 + 0.5 + .1 + pi").graph
    numbers = [value for value in graph.attrs.values() if isinstance(value, float)]
    assert [exact(value) for value in numbers] == [Fraction(1, 10), Fraction(1, 2), Fraction(1, 10), None]
    assert numbers[-1] is PI
