"""Elementwise operations on arrays do what they do to floats: nan, infinities and the sign of zero
included, other values to a few units in the last place."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import product
from random import Random
from typing import Any

import numpy as np
import pytest

from cgcli.algebras import arrays
from cgcli.algebras.numbers import floats
from cgcli.ops import ELEMENTWISE, OPS
from cgcli.ops.chain import local_partials
from tests.operations import TABLE

Operands = tuple[float, ...]

NAMES = [op.name for op in ELEMENTWISE]
ULPS = 8.0
SAMPLES = 60
ZEROS = [0.0, -0.0]
SPECIALS = [
    *ZEROS, 1.0, -1.0, 0.5, 2.0, -2.0, 3.0, -1.5, 5e-324, -5e-324, 1e300, math.inf, -math.inf, math.nan,
]  # fmt: skip
NORMAL = 2.2250738585072014e-308  # the least number with all digits
EPSILON = 2.0**-53

# Wider bounds: what so many roundings of the operands, each by half an ulp, would do to the result.
ROUNDINGS = {
    "factorial": (4, "x + 1 is rounded, and SciPy's gamma raises x to a power x"),
    "erfc": (4, "SciPy rounds x^2 before its exponential"),
    "gelu": (4, "SciPy's erfc, of a rounded operand"),
    "digamma": (4, "the terms of SciPy's sums cancel near its root"),
    "logaddexp": (4, "NumPy adds the larger operand last, which cancels where both are below 0"),
}
# Wider bounds in ulp.
WIDER: dict[str, tuple[float, str]] = {}
# Whose results below the normal range may be off by as much as the least normal number.
FLUSHED = {
    "erfc": "SciPy's is 0 there",
    "gelu": "SciPy's erfc is 0 there",
    "silu": "sigmoid(x) has few digits there, before it is multiplied by x",
    "gamma": "SciPy's is 0 there",
    "factorial": "SciPy's gamma is 0 there",
}
# Of equal operands, zeros of both signs among them, either may be the result.
EITHER_ZERO = ("min", "max", "clip")


def same(result: float, expected: float) -> bool:
    """Equal as IEEE values: nan is nan, and zeros have signs."""
    if math.isnan(expected):
        return math.isnan(result)
    return result == expected and math.copysign(1, result) == math.copysign(1, expected)


def allowed(name: str, operands: Operands, expected: float) -> float:
    """By how much the result of arrays may be off."""
    bound = WIDER.get(name, (ULPS,))[0] * math.ulp(expected)
    if name in ROUNDINGS:
        partials = local_partials(OPS[name], floats, expected, operands)
        moves = [abs(float(partial) * x) for partial, x in zip(partials, operands)]
        bound += ROUNDINGS[name][0] * EPSILON * sum(move for move in moves if math.isfinite(move))
    return bound + (NORMAL if name in FLUSHED and abs(expected) < NORMAL else 0.0)


def agrees(name: str, operands: Operands, result: float) -> bool:
    expected = getattr(floats, name)(*operands)
    if same(result, expected) or (name in EITHER_ZERO and result == expected == 0):
        return True
    if not (math.isfinite(result) and math.isfinite(expected)) or expected == 0:
        return False
    return abs(result - expected) <= allowed(name, operands, expected)


def points(name: str) -> list[Operands]:
    """Operands from the table, drawn from its domains, and special values in every combination."""
    row, rng = TABLE[name], Random(name)
    listed = [*row.points, *(operands for operands, _, _ in row.edges)]
    drawn = [tuple(draw(rng) for draw in row.domain) for _ in range(SAMPLES)]
    count = len(row.domain)
    special = product(SPECIALS if count < 3 else SPECIALS[::2], repeat=count)
    found = [tuple(map(float, operands)) for operands in (*listed, *drawn, *special)]
    return [*found, *product(ZEROS, repeat=count)]


def apply(name: str, *operands: Any) -> Any:
    with arrays.quiet():
        return getattr(arrays, name)(*operands)


def mixtures(operands: Operands, least: int = 1) -> Iterator[list[Any]]:
    """The operands, at least one of them as an array of three equal elements."""
    for chosen in product((True, False), repeat=len(operands)):
        if sum(chosen) >= least:
            yield [np.full(3, x) if array else x for x, array in zip(operands, chosen)]


def forms(mixture: Sequence[Any]) -> str:
    return " ".join("array" if isinstance(operand, np.ndarray) else "number" for operand in mixture)


def wrong(name: str, operands: Operands) -> list[str]:
    """The mixtures of arrays and numbers on which an operation fails."""
    found = []
    for mixture in mixtures(operands):
        result = apply(name, *mixture)
        assert isinstance(result, np.ndarray)
        assert result.shape == (3,)
        if not all(agrees(name, operands, x) for x in result.tolist()):
            found.append(f"{name}{operands}, as {forms(mixture)}: {result[0]}")
    return found


def test_wider_bounds_are_of_operations() -> None:
    assert {*ROUNDINGS, *WIDER, *FLUSHED, *EITHER_ZERO} <= {*NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_points_one_by_one(name: str) -> None:
    """Arrays of equal elements, and numbers beside them: an operation may choose its method by what
    all elements have in common."""
    found = [line for operands in points(name) for line in wrong(name, operands)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("name", NAMES)
def test_points_all_at_once(name: str) -> None:
    """Long arrays, on which NumPy works by several elements at a time; in order, and with strides."""
    listed = points(name)
    for step in (1, -3):
        strided = listed[::step]
        columns = [np.array(column)[::step] for column in zip(*listed)]
        result = apply(name, *columns)
        assert result.dtype == np.float64
        found = [(operands, x) for operands, x in zip(strided, result.tolist(), strict=True)
                 if not agrees(name, operands, x)]  # fmt: skip
        assert not found


@pytest.mark.parametrize("name", NAMES)
def test_points_in_the_domain_all_at_once(name: str) -> None:
    """Without special values, among which those are that make an operation work one by one."""
    rng = Random(name)
    listed = [tuple(draw(rng) for draw in TABLE[name].domain) for _ in range(SAMPLES)]
    result = apply(name, *map(np.array, zip(*listed)))
    found = [(operands, x) for operands, x in zip(listed, result.tolist(), strict=True)
             if not agrees(name, operands, x)]  # fmt: skip
    assert not found


# Shapes

SHAPES: list[tuple[tuple[int, ...], ...]] = [
    ((), (3,)), ((3,), ()), ((3,), (3,)), ((2, 1), (3,)), ((3,), (2, 3)), ((1,), (2, 3)), ((2, 3), ()),
    ((4, 1, 3), (2, 1)), ((0,), ()), ((0,), (1,)), ((2, 0), (1, 1)), ((1,), (1,)),
]  # fmt: skip


def operand(rng: Random, name: str, place: int, shape: tuple[int, ...]) -> Any:
    draw = TABLE[name].domain[place]
    drawn = [draw(rng) for _ in range(math.prod(shape))]
    return np.array(drawn, float).reshape(shape) if shape else drawn[0]


@pytest.mark.parametrize("name", [name for name in NAMES if len(TABLE[name].domain) > 1])
def test_operands_are_broadcast(name: str) -> None:
    count = len(TABLE[name].domain)
    for shapes, first in product(SHAPES, range(count)):
        rng = Random(f"{name} {shapes} {first}")
        order = (shapes * count)[first : first + count]
        operands = [operand(rng, name, place, shape) for place, shape in enumerate(order)]
        before = [np.array(x) for x in operands]
        result = apply(name, *operands)
        assert result.shape == np.broadcast_shapes(*order), order
        stretched = [np.broadcast_to(x, result.shape).ravel().tolist() for x in operands]
        for row, x in zip(zip(*stretched), result.ravel().tolist(), strict=True):
            assert agrees(name, row, x), (order, row, x)
        assert all(np.array_equal(x, y) for x, y in zip(operands, before)), order


@pytest.mark.parametrize("name", NAMES)
def test_shapes_stay(name: str) -> None:
    for shape in [(1,), (0,), (3,), (2, 3), (2, 0), (2, 1, 4)]:
        rng = Random(name)
        operands = [operand(rng, name, place, shape) for place in range(len(TABLE[name].domain))]
        result = apply(name, *operands)
        assert isinstance(result, np.ndarray), shape
        assert (result.shape, result.dtype) == (shape, np.float64)


@pytest.mark.parametrize("name", NAMES)
def test_numbers_alone_stay_numbers(name: str) -> None:
    rng = Random(name)
    for _ in range(5):
        operands = tuple(draw(rng) for draw in TABLE[name].domain)
        result = apply(name, *operands)
        assert type(result) is float
        assert same(result, getattr(floats, name)(*operands))


@pytest.mark.parametrize("name", ["min", "max"])
@pytest.mark.parametrize("count", [2, 4, 5])
def test_any_number_of_operands(name: str, count: int) -> None:
    for operands in product([-1.0, 2.0, math.inf, math.nan], repeat=count):
        assert not wrong(name, operands)
