"""Every kind of number runs forward, tangent and reverse over every operation that it has, and names those
that it has not."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import pytest
from mpmath import mp, mpf

import cgcli
from cgcli.algebras import base
from cgcli.algebras.duals import Dual, Duals, tangent
from cgcli.cli.bindings import Bindings
from cgcli.errors import OperationError
from cgcli.evaluation.prepared import Prepared
from cgcli.graph import Graph
from cgcli.ops import ELEMENTWISE, INPUT, OPS, Op
from cgcli.passes.forward import forward
from cgcli.passes.forward import tangent as tangent_pass
from cgcli.passes.reverse import reverse
from tests.algebras.mpmath50 import DIGITS, MPMATH50
from tests.algebras.rationals import RATIONALS, Rational
from tests.operations import TABLE

NAMES = "xyw"

# Operands with which an operation and its derivatives are defined, where these are none.
POINT = ("3/10", "7/10", "-2/5")
POINTS = {
    **dict.fromkeys(("acosh", "asec", "acsc", "acoth", "log_base"), ("17/10", "5/2")),
    **dict.fromkeys(("polygamma", "polysinc", "polyerfcx"), ("2", "13/10")),
    "pow": ("3/10", "3"), "root": ("3/10", "3"), "clip": ("1/10", "-2/5", "7/10"),
    "binomial": ("37/10", "13/10"), "mod": ("17/10", "3/10"),
    "floordiv": ("17/10", "3/10"),
}  # fmt: skip


def graph_of(op: Op) -> Graph:
    graph = Graph()
    count = op.arity or 3
    graph.add(op, tuple(graph.add(INPUT, (), name) for name in NAMES[:count]))
    return graph


def run(
    op: Op, algebra: Any, point: dict[str, Any], places: Sequence[int]
) -> tuple[Any, list[Any], list[Any]]:
    """The value of an operation, its derivatives by some operands in reverse, and by one tangent after
    the other."""
    graph = graph_of(op)
    values = forward(graph, algebra, point)
    node = len(graph) - 1
    one = algebra.constant(1.0)
    adjoints = reverse(graph, algebra, values, {node: one}, graph.dependents(places))
    forth = [tangent_pass(graph, algebra, values, {place: one})[node] for place in places]
    return values[node], [adjoints[place] for place in places], forth


def point_of(op: Op, number: Callable[[Fraction], Any]) -> dict[str, Any]:
    texts = POINTS.get(op.name, POINT)
    return {name: number(Fraction(text)) for name, text in zip(NAMES[: op.arity or 3], texts)}


def second(op: Op, algebra: Any, point: dict[str, Any], places: Sequence[int]) -> list[Any]:
    """The second derivatives by the first of some operands and each of them."""
    duals, moving = Duals(algebra), dict(point)
    first = NAMES[places[0]]
    moving[first] = Dual(duals, point[first], algebra.constant(1.0))
    found = run(op, duals, moving, places)[1]
    return [algebra.constant(0.0) if tangent(one) is None else tangent(one) for one in found]


HAS = [op for op in ELEMENTWISE if op.name in RATIONALS.forms]

# References that hold at any precision, where those of the table have one of their own.
AT_ANY_PRECISION = {"beta": mp.beta, "digammadiff": lambda x, y: mp.psi(0, x + y) - mp.psi(0, x)}


@pytest.mark.parametrize("op", HAS, ids=lambda op: op.name)
def test_exact_rationals(op: Op) -> None:
    """All routes give one fraction, which is that of the references."""
    point, row = point_of(op, Rational), TABLE[op.name]
    if op.name == "pow":
        with pytest.raises(OperationError, match="exact rationals have no `log`"):
            run(op, RATIONALS, point, [0, 1])
    places = [0] if op.name == "pow" else range(len(point))
    value, backward, onward = run(op, RATIONALS, point, places)
    assert value.__class__ is Rational
    assert backward == onward
    operands = [mpf(x.numerator) / x.denominator for x in point.values()]
    for found, reference in zip((value, *backward), (row.value, *row.partials)):
        assert isinstance(found, (Rational, float))
        assert mp.almosteq(MPMATH50.number(Fraction(found)), reference(*operands), mpf(10) ** -12)
    assert all(map(math.isfinite, second(op, RATIONALS, point, places)))


def slope(form: Callable[..., Any], operands: tuple[Any, ...], orders: list[int]) -> Any:
    """A derivative by differences, at a much higher precision."""
    return mp.diff(form, operands, tuple(orders)) if len(orders) > 1 else mp.diff(form, *operands, *orders)


@pytest.mark.parametrize("op", ELEMENTWISE, ids=lambda op: op.name)
def test_numbers_of_50_digits(op: Op) -> None:
    with MPMATH50.quiet():
        point = point_of(op, MPMATH50.number)
        places = range(op.name.startswith("poly"), len(point))  # of a whole order there is no derivative
        value, backward, onward = run(op, MPMATH50, point, places)
        twice = second(op, MPMATH50, point, places)
    form, operands = AT_ANY_PRECISION.get(op.name, TABLE[op.name].value), tuple(point.values())
    with mp.workdps(DIGITS + 40):
        assert close(value, form(*operands), DIGITS - 4)
        for place, one, other, more in zip(places, backward, onward, twice, strict=True):
            orders = [int(place == another) for another in range(len(operands))]
            assert close(one, other, DIGITS - 5)
            assert close(one, slope(form, operands, orders), 35)
            orders[places[0]] += 1
            assert close(more, slope(form, operands, orders), 30)


def close(found: Any, truth: Any, digits: int) -> bool:
    return bool(mp.almosteq(found, truth, mpf(10) ** -digits, mpf(10) ** -digits))


@pytest.mark.parametrize("algebra", [RATIONALS, MPMATH50], ids=["rationals", "mpmath50"])
def test_what_a_kind_of_number_has_not_is_an_error_that_names_it(algebra: Any) -> None:
    for op in OPS.values():
        if op.name in algebra.forms or hasattr(type(algebra), op.name):
            continue
        if op.definition and algebra is MPMATH50:
            continue
        graph = Graph()
        operands = tuple(graph.add(INPUT, (), name) for name in NAMES[: op.arity or 2])
        node = graph.add(op, operands)
        with pytest.raises(OperationError) as caught:
            forward(graph, algebra, point_of(op, algebra.number))
        assert caught.value.node == node
        assert algebra.title in str(caught.value)
        assert op.definition or op.title in str(caught.value)


def test_kinds_are_found_by_name() -> None:
    assert base.kind("rationals") is RATIONALS
    assert base.kind("mpmath50") is MPMATH50
    assert base.kind("floats").sqrt(4.0) == 2.0


@pytest.mark.parametrize("exponent", [2**53 + 1, 2**53, -(2**53), -(2**53) - 1, 3])
def test_the_sign_of_a_power_of_a_large_exponent(exponent: int) -> None:
    """The derivative of x^y by x at x = -1, where y - 1 is another number to exact kinds alone."""
    op, point = OPS["pow"], {"x": Rational(-1), "y": Rational(exponent)}
    _, backward, onward = run(op, RATIONALS, point, [0])
    assert backward == onward == [exponent * (-1) ** ((exponent - 1) % 2)]


@pytest.mark.parametrize("exponent", [2.0**53, -(2.0**53), 2.0**53 + 2, 2.0**60, 3.0, 2.0**53 - 1])
def test_the_sign_of_a_power_of_a_large_double(exponent: float) -> None:
    slopes = cgcli.gradient("x^y", x=-1.0, y=exponent)["f"]
    assert slopes["x"] == exponent * (-1) ** ((int(exponent) - 1) % 2)


def test_values_of_inputs_are_what_was_written() -> None:
    program = cgcli.parse("input x = 0.1; input z = 1e-3; x + y + z + w")
    prepared = Prepared(program, Bindings(["y=0.2", "w=0.5"], []).values)
    known = prepared.known | prepared.written
    values = {name: RATIONALS.constant(value) for name, value in known.items()}
    assert forward(program.graph, RATIONALS, values)[program.outputs[0].node] == Fraction(801, 1000)
    assert {value.__class__ for value in prepared.known.values()} == {float}


def test_numbers_are_what_was_written() -> None:
    def value(text: str, algebra: Any) -> Any:
        program = cgcli.parse(text)
        return forward(program.graph, algebra, {})[program.outputs[0].node]

    assert value("0.1 + 0.2 == 0.3", RATIONALS) == 1
    assert value("0.1 + 0.2", RATIONALS) == Fraction(3, 10)
    assert value("1e400/1e399 + 9007199254740993 - 9007199254740992", RATIONALS) == 11
    assert value("0xff/3", RATIONALS) == 85
    with MPMATH50.quiet():
        assert value("e^0.1", MPMATH50) == mp.exp(mpf(1) / 10)
        assert value("sin(pi/6)", MPMATH50) == mp.sin(mp.pi / 6)
    with pytest.raises(OperationError, match="exact rationals have no `pi`"):
        value("2*pi", RATIONALS)
    with pytest.raises(OperationError, match="too many digits"):
        value("1e-999999999", RATIONALS)
