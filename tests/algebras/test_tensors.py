"""Operations on whole arrays: values, shapes, pushforwards, adjoints, second derivatives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cgcli.algebras import arrays as xp
from cgcli.algebras.duals import Dual, Duals, tangent
from cgcli.ops import ARRAY_OPS, OPS, ArrayOp
from cgcli.ops.chain import push
from cgcli.shapes import Named, shape_text
from tests.algebras.tensors import CASES, Case

# Wider bounds, where it is the difference quotients that are not exact to eight and to seven digits.
FIRST = {"eigenvectors": 1e-7}  # the gaps between the eigenvalues are small
SECOND = {"cofactor": 1e-5}  # of two rows, it is linear: 0 beside rounding

TABLE = pytest.mark.parametrize("case", CASES, ids=[case.label for case in CASES])


@pytest.fixture(autouse=True)
def fresh() -> None:
    xp.begin(())


def entry(case: Case) -> ArrayOp:
    op = OPS[case.name]
    assert isinstance(op, ArrayOp)
    return op


def apply(case: Case, operands: Any) -> Any:
    return getattr(xp, case.name)(*operands, **case.attributes)


def directions(case: Case, seed: int = 0) -> list[Any]:
    """Random directions; None for what does not move."""
    rng = np.random.default_rng(seed)
    return [
        None if place in case.fixed else rng.normal(size=np.shape(x)) if np.ndim(x) else float(rng.normal())
        for place, x in enumerate(case.operands)
    ]


def moved(case: Case, along: list[Any], step: float) -> list[Any]:
    return [x if v is None else x + step * v for x, v in zip(case.operands, along, strict=True)]


def slope(function: Any, size: float) -> Any:
    """Central differences with steps h, h/2, h/4, extrapolated twice: an error of order h^6."""
    table = [(function(h) - function(-h)) / (2 * h) for h in (size, size / 2, size / 4)]
    first = [(4 * table[i + 1] - table[i]) / 3 for i in range(2)]
    return (16 * first[1] - first[0]) / 15


def close(a: Any, b: Any, tolerance: float) -> bool:
    size = max(np.max(np.abs(a), initial=0.0), np.max(np.abs(b), initial=0.0))
    return bool(np.max(np.abs(np.subtract(a, b)), initial=0.0) <= tolerance * size + 1e-300)


def step_size(case: Case) -> float:
    return 0.005 * max([1.0, *(float(np.max(np.abs(x), initial=0.0)) for x in case.operands)])


def test_the_table_is_whole() -> None:
    """Every operation is there, with each of its attributes."""
    assert {case.name for case in CASES} == {op.name for op in ARRAY_OPS}
    for op in ARRAY_OPS:
        used = {name for case in CASES if case.name == op.name for name in case.attributes}
        assert used == set(op.attributes), op


@TABLE
def test_value(case: Case) -> None:
    found = apply(case, case.operands)
    wanted = case.reference(*case.operands, **case.attributes)
    assert np.shape(found) == np.shape(wanted)
    assert found.__class__ is float or found.ndim > 0
    assert close(found, wanted, 1e-13)


@TABLE
def test_shape(case: Case) -> None:
    """The shape rule says what comes out."""
    shapes = [np.shape(x) for x in case.operands]
    assert entry(case).shape(*shapes, **case.attributes) == np.shape(apply(case, case.operands))


@TABLE
def test_pushforward(case: Case) -> None:
    """The tangent is the derivative along a direction."""
    along = directions(case)
    result = apply(case, case.operands)
    found = push(entry(case), xp, along, result, case.operands, case.attributes)
    if found is None or all(v is None for v in along):
        found = np.zeros(np.shape(result))
    assert np.shape(found) == np.shape(result)
    wanted = slope(lambda h: np.asarray(apply(case, moved(case, along, h))), step_size(case))
    assert (
        close(found, wanted, FIRST.get(case.name, 1e-8))
        or np.max(np.abs(found - wanted)) <= 1e-10 * np.max(np.abs(result)) + 1e-15
    )


@TABLE
def test_adjoint(case: Case) -> None:
    """<J v, w> = <v, J' w>, and each cotangent has the shape of its operand."""
    along = directions(case)
    result = apply(case, case.operands)
    rng = np.random.default_rng(1)
    weights = rng.normal(size=np.shape(result)) if np.ndim(result) else float(rng.normal())
    forward = push(entry(case), xp, along, result, case.operands, case.attributes)
    left = 0.0 if forward is None else np.sum(forward * weights)
    right, size = 0.0, abs(left)
    for place, v in enumerate(along):
        cotangent = entry(case).cotangent(place, xp, weights, result, *case.operands, **case.attributes)
        if v is None or cotangent is None:
            continue
        assert np.shape(cotangent) == np.shape(case.operands[place])
        right += np.sum(cotangent * v)
        size += np.sum(np.abs(cotangent * v))
    assert abs(left - right) <= 1e-12 * size + 1e-300


@TABLE
def test_second_order(case: Case) -> None:
    """The tangent of a pullback over duals is the derivative of the pullback."""
    along = directions(case)
    duals = Duals(xp)
    operands = [x if v is None else Dual(duals, x, v) for x, v in zip(case.operands, along, strict=True)]
    result = apply(case, case.operands)
    rng = np.random.default_rng(1)
    weights = rng.normal(size=np.shape(result)) if np.ndim(result) else float(rng.normal())
    for place, v in enumerate(along):
        if v is None:
            continue
        z = getattr(duals, case.name)(*operands, **case.attributes)
        found = tangent(entry(case).cotangent(place, duals, weights, z, *operands, **case.attributes))

        def back(h: float, place: int = place) -> Any:
            near = moved(case, along, h)
            return np.asarray(
                entry(case).cotangent(place, xp, weights, apply(case, near), *near, **case.attributes)
            )

        wanted = slope(back, step_size(case) / 4)
        if found is None:
            assert np.max(np.abs(wanted), initial=0.0) <= 1e-9 * np.max(np.abs(back(0.0)), initial=1.0)
        else:
            scale = max(np.max(np.abs(wanted), initial=0.0), 1e-6 * np.max(np.abs(back(0.0)), initial=0.0))
            assert np.max(np.abs(found - wanted), initial=0.0) <= SECOND.get(case.name, 1e-7) * scale


NAMED = [
    ("matmul", ("mn", "n"), {}, "[m]"),
    ("matmul", ("n", "nm"), {}, "[m]"),
    ("sum", ("mn",), {"axis": 0}, "[n]"),
    ("sum", ("mn",), {"axis": 1, "keepdims": True}, "[m, 1]"),
    ("transpose", ("mn",), {}, "[n, m]"),
    ("concat", ("m", "n"), {}, "[m + n]"),
    ("kron", ("m", "n"), {}, "[m*n]"),
    ("outer", ("m", "n"), {}, "[m, n]"),
    ("index", ("n",), {"at": ((1, None, None),)}, "[n - 1]"),
    ("index", ("mn",), {"at": ((None, -1, None), 0)}, "[m - 1]"),
    ("index", ("n",), {"at": ((None, None, -1),)}, "[n]"),
    ("reshape", ("mn",), {"shape": (-1,)}, "[m*n]"),
    ("diag", ("n",), {"k": 1}, "[n + 1, n + 1]"),
    ("diag", ("nn",), {}, "[n]"),
    ("solve", ("nn", "nm"), {}, "[n, m]"),
    ("einsum", ("mn", "nm"), {"subscripts": "ij,jk->ik"}, "[m, m]"),
    ("stack", ("n", "n"), {"axis": 1}, "[n, 2]"),
    ("cumsum", ("mn",), {}, "[m*n]"),
    ("eigvalsh", ("nn",), {}, "[n]"),
    ("softmax", ("mn",), {}, "[m, n]"),
]


@pytest.mark.parametrize("name, shapes, attributes, wanted", NAMED)
def test_shapes_with_names(name: str, shapes: tuple[str, ...], attributes: Any, wanted: str) -> None:
    op = OPS[name]
    assert isinstance(op, ArrayOp)
    named = [tuple(Named.of(size) for size in shape) for shape in shapes]
    assert shape_text(op.shape(*named, **attributes)) == wanted
