"""Values and derivatives of every operation, against mpmath in high precision."""

from __future__ import annotations

import math
from itertools import product
from random import Random
from typing import Any

import pytest
from mpmath import mp, mpf

from cgcli.algebras.numbers import floats
from cgcli.algebras.numbers.residuals import ARITHMETIC, FUNCTIONS, PAIRS, function_error
from cgcli.algebras.symbols import Symbols
from cgcli.graph import Graph
from cgcli.language.lowering import lower
from cgcli.language.parser import parse
from cgcli.ops import ELEMENTWISE, OPS
from cgcli.ops.chain import local_partials
from cgcli.passes.forward import forward
from cgcli.render.numbers import number
from cgcli.source import Source
from tests.operations import DERIVATIVE, TABLE, VALUE, Row
from tests.points import evaluate

SAMPLES = 100
SPECIALS = [
    0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -2.0, 3.0, 1.5, -1.5, 20.5, 172.5, -201.5, 5e-324, -5e-324,
    2.2250738585072014e-308, 1e-20, -1e-20, 1e20, -1e20, 1e300, 1.7976931348623157e308,
    -1.7976931348623157e308, math.inf, -math.inf, math.nan,
]  # fmt: skip


def ulps(result: float, reference: Any, scale: Any = None) -> float:
    """How far a result is off, in units in the last place of the reference (or of `scale`).

    Below the normal range, in units of the least subnormal; above it, infinity counts as 2^1024.
    """
    if mp.isnan(reference) or math.isnan(result):
        return 0.0 if mp.isnan(reference) and math.isnan(result) else math.inf
    top = mp.ldexp(1, 1024)
    if abs(reference) >= top:
        reference = top if reference > 0 else -top
    value = mpf(result) if math.isfinite(result) else top if result > 0 else -top
    size = min(max(abs(reference), abs(scale or 0)), top / 2)
    exponent = max(mp.frexp(size)[1] - 53, -1074) if size else -1074
    return float(abs(value - reference) / mp.ldexp(1, exponent))


def operands_of(name: str, row: Row) -> list[tuple[float, ...]]:
    rng = Random(name)
    drawn = [tuple(draw(rng) for draw in row.domain) for _ in range(SAMPLES)]
    return [tuple(map(float, point)) for point in row.points] + drawn


def value_errors(name: str) -> list[tuple[float, tuple[float, ...]]]:
    row, function = TABLE[name], getattr(floats, name)
    with mp.workdps(60):
        return [
            (ulps(function(*operands), row.value(*map(mpf, operands))), operands)
            for operands in operands_of(name, row)
        ]


def derivative_errors(name: str) -> list[tuple[float, tuple[float, ...], int]]:
    """By operand; where the value is beyond the range, its derivative is left aside."""
    row, function = TABLE[name], getattr(floats, name)
    errors = []
    with mp.workdps(60):
        for operands in operands_of(name, row):
            exact = [mpf(operand) for operand in operands]
            scale = row.scale(*exact) if row.scale else None
            value = function(*operands)
            if not math.isfinite(value):
                continue
            partials = local_partials(OPS[name], floats, value, operands)
            assert len(partials) == len(row.partials) == len(operands)
            for position, (partial, reference) in enumerate(zip(partials, row.partials)):
                errors.append((ulps(float(partial), reference(*exact), scale), operands, position))
    return errors


def test_the_table_has_one_row_an_operation() -> None:
    assert sorted(TABLE) == sorted(op.name for op in ELEMENTWISE)


@pytest.mark.parametrize("name", TABLE)
def test_wider_bounds_have_a_reason(name: str) -> None:
    row = TABLE[name]
    assert bool(row.reason) == (row.ulps > VALUE or row.derivative_ulps > DERIVATIVE or row.scale is not None)


@pytest.mark.parametrize("name", TABLE)
def test_values(name: str) -> None:
    error, operands = max(value_errors(name))
    assert error <= TABLE[name].ulps, operands


@pytest.mark.parametrize("name", TABLE)
def test_entries_say_how_far_values_may_be_off(name: str) -> None:
    if OPS[name].ulps:
        assert TABLE[name].ulps <= OPS[name].ulps
    else:
        assert max(value_errors(name))[0] == 0


@pytest.mark.parametrize("name", [*ARITHMETIC, *FUNCTIONS, *(f"a{name}" for name in PAIRS)])
def test_errors_are_known(name: str) -> None:
    """What was computed less what is exact: to a hundredth of the last place."""
    row, function = TABLE["mul" if name == "chain" else name], getattr(floats, name)
    known = ARITHMETIC.get(name) or (lambda *numbers: function_error(name, *numbers))
    with mp.workdps(60):
        count = 0
        for operands in operands_of("mul" if name == "chain" else name, row):
            value, exact = function(*operands), row.value(*map(mpf, operands))
            if not isinstance(exact, mpf) or not 1e-250 < abs(value) < 1e250 or abs(operands[0]) < 1e-250:
                continue
            error = known(value, *operands)
            if error is not None and math.isfinite(error):
                count += 1
                assert abs(value - exact - error) <= 0.01 * math.ulp(value), operands
        assert count > SAMPLES // 40


@pytest.mark.parametrize("name", TABLE)
def test_derivatives(name: str) -> None:
    error, operands, position = max(derivative_errors(name))
    assert error <= TABLE[name].derivative_ulps, (operands, position)


# Where all operations are smooth, or else where one is.
TAME = [(0.37, 0.61, 0.83), (0.84, 0.23, 0.57)]
TAME_FOR = {
    "acosh": [(1.37,)],
    "polygamma": [(3, 0.37), (2, -1.3)],
    "polyerfcx": [(3, 0.37), (2, -1.3)],
    "polysinc": [(3, 0.37), (2, -1.3)],
    "sinc": [(0.37,), (2.3,)],
    "elu": [(-0.7,), (0.7,)],
}


@pytest.mark.parametrize("name", TABLE)
def test_references_of_derivatives(name: str) -> None:
    """The references of the derivatives are derivatives of those of the values."""
    row = TABLE[name]
    step = mpf(2) ** -70
    with mp.workdps(60):
        for point in TAME_FOR.get(name, TAME):
            operands = [mpf(x) for x in point[: len(row.domain)]]
            for position, partial in enumerate(row.partials):
                expected = partial(*operands)
                if mp.isnan(expected):  # by the order of polygamma
                    continue
                above, below = list(operands), list(operands)
                above[position] += step
                below[position] -= step
                slope = (row.value(*above) - row.value(*below)) / (2 * step)
                assert abs(slope - expected) <= 1e-20 * (1 + abs(expected)), (operands, position)


def same(result: float, expected: float) -> bool:
    """Equal as IEEE values: nan is nan, and zeros have signs."""
    if math.isnan(expected):
        return math.isnan(result)
    return result == expected and math.copysign(1, result) == math.copysign(1, expected)


@pytest.mark.parametrize("name", TABLE)
def test_edges(name: str) -> None:
    for operands, value, partials in TABLE[name].edges:
        result = getattr(floats, name)(*operands)
        assert same(result, value), (operands, result)
        if partials is not None:
            computed = local_partials(OPS[name], floats, result, operands)
            for partial, expected in zip(computed, partials, strict=True):
                # the sign of a zero derivative says nothing
                met = expected is None or partial == expected or same(partial, expected)
                assert met, (operands, computed)


@pytest.mark.parametrize("name", TABLE)
def test_nan_in_nan_out(name: str) -> None:
    row, rng = TABLE[name], Random(name)
    for position in range(len(row.domain)):
        operands = [draw(rng) for draw in row.domain]
        operands[position] = math.nan
        if position not in row.quiet:
            assert math.isnan(getattr(floats, name)(*operands)), operands


@pytest.mark.parametrize("name", TABLE)
def test_never_raises(name: str) -> None:
    count = len(TABLE[name].domain)
    values = SPECIALS if count < 3 else SPECIALS[::2]
    for operands in product(values, repeat=count):
        result = getattr(floats, name)(*operands)
        assert type(result) is float, (operands, result)
        for partial in local_partials(OPS[name], floats, result, operands):
            assert isinstance(partial, (float, int)), (operands, partial)


@pytest.mark.parametrize("name", TABLE)
def test_rules_serve_symbols(name: str) -> None:
    """The derivative as a graph has the value that the rule gives over floats."""
    op, row = OPS[name], TABLE[name]
    for point in TAME_FOR.get(name, TAME):
        operands = [float(x) for x in point[: len(row.domain)]]
        graph = Graph()
        algebra = Symbols(graph)
        names = [f"x{i}" for i in range(len(operands))]
        symbols = [algebra.symbol(graph.input(x)) for x in names]
        partials = local_partials(op, algebra, algebra.apply(name, *symbols), symbols)
        nodes = [algebra.node(partial) for partial in partials]
        values = forward(graph, floats, dict(zip(names, operands)))
        expected = local_partials(op, floats, getattr(floats, name)(*operands), operands)
        for node, partial in zip(nodes, expected, strict=True):
            assert values[node] == partial or (math.isnan(partial) and math.isnan(values[node]))


@pytest.mark.parametrize("name", TABLE)
def test_examples(name: str) -> None:
    text, _, expected = OPS[name].example.rpartition(" = ")
    program = lower(parse(Source(("example", text))))
    assert number(evaluate(program, {}).values[program.outputs[0].node]) == expected
