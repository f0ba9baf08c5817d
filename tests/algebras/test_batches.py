"""Batches of arrays: an operation on many at once gives what it gives on each, and so do its
derivatives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings

from cgcli.algebras import arrays
from cgcli.algebras.arrays.factors import MatrixError
from cgcli.algebras.batch import Batch
from cgcli.algebras.batches import Batches
from cgcli.algebras.duals import Dual, Duals, tangent
from cgcli.diagnostics import CgError
from cgcli.evaluation.derivatives import along, gradients, hessian, hessian_times, jacobian
from cgcli.evaluation.directions import BATCH
from cgcli.ops import OPS
from cgcli.ops.chain import push
from cgcli.ops.entry import ArrayOp
from tests.algebras.array_programs import array_programs, inputs
from tests.algebras.tensors import CASES, Case
from tests.algebras.test_array_programs import evaluated, point_of
from tests.algebras.test_tensors import close

COUNT = 3
TABLE = pytest.mark.parametrize("case", CASES, ids=[case.label for case in CASES])


def entry(case: Case) -> ArrayOp:
    op = OPS[case.name]
    assert isinstance(op, ArrayOp)
    return op


def drawn(value: Any, seed: int, spread: float = 1.0) -> Any:
    return spread * np.random.default_rng(seed).normal(size=(COUNT, *np.shape(value)))


def at(value: Any, place: int) -> Any:
    """One of a batch, as a value of the algebra of arrays."""
    found = value.array[place] if value.__class__ is Batch else value
    return found if np.ndim(found) or found is None else float(found)


def agree(batches: Batches, found: Any, wanted: list[Any]) -> None:
    assert found is not None or all(value is None for value in wanted)
    if found is not None:
        assert batches.shape(found) == np.shape(wanted[0])
        assert close(batches.whole(found), np.array(wanted), 1e-12)


@TABLE
def test_values(case: Case) -> None:
    """For each operand that differs within the batch, and for all together."""
    batches = Batches(COUNT)
    varied = [place for place in range(len(case.operands)) if place not in case.fixed]
    for places in [varied, *([place] for place in varied)]:
        # near enough that matrices stay what they must be
        operands = [
            Batch(batches, np.asarray(x) + drawn(x, place, 1e-3)) if place in places else x
            for place, x in enumerate(case.operands)
        ]
        found = getattr(batches, case.name)(*operands, **case.attributes)
        one = getattr(arrays, case.name)
        agree(batches, found, [one(*(at(x, i) for x in operands), **case.attributes) for i in range(COUNT)])


@TABLE
def test_derivatives(case: Case) -> None:
    """Tangents in batches, cotangents in batches, and second derivatives along batches."""
    batches, op = Batches(COUNT), entry(case)
    moving = [
        None if place in case.fixed else Batch(batches, drawn(x, place))
        for place, x in enumerate(case.operands)
    ]
    result = getattr(arrays, case.name)(*case.operands, **case.attributes)
    found = push(op, batches, moving, result, case.operands, case.attributes)
    agree(batches, found, [
        push(op, arrays, [at(v, i) for v in moving], result, case.operands, case.attributes)
        for i in range(COUNT)
    ])  # fmt: skip
    weights = Batch(batches, drawn(result, 9))
    for place, v in enumerate(moving):
        if v is not None:
            found = op.cotangent(place, batches, weights, result, *case.operands, **case.attributes)
            agree(batches, found, [
                op.cotangent(place, arrays, at(weights, i), result, *case.operands, **case.attributes)
                for i in range(COUNT)
            ])  # fmt: skip
            agree(batches, second(case, place, batches, moving, at(weights, 0)), [
                second(case, place, arrays, [at(v, i) for v in moving], at(weights, 0)) for i in range(COUNT)
            ])  # fmt: skip


def second(case: Case, place: int, base: Any, moving: list[Any], weights: Any) -> Any:
    """The tangent of a pullback."""
    duals = Duals(base)
    operands = [x if v is None else Dual(duals, x, v) for x, v in zip(case.operands, moving, strict=True)]
    result = getattr(duals, case.name)(*operands, **case.attributes)
    try:
        return tangent(entry(case).cotangent(place, duals, weights, result, *operands, **case.attributes))
    except (MatrixError, CgError):  # the second derivatives of a determinant at a singular matrix
        return None


@given(array_programs(), inputs())
@settings(max_examples=8, deadline=None)
def test_matrices_are_products_with_unit_directions(text: str, values: dict[str, Any]) -> None:
    found = evaluated(text, values)
    assume(found is not None)
    point, output = found
    wrt = point.program.inputs
    point.run(check_matrices, point, output, wrt)


def check_matrices(point: Any, output: int, wrt: dict[str, int]) -> None:
    nodes = list(wrt.values())
    # any statement has a Jacobian; the sum of all has a Hessian
    for node in range(len(point.graph)):
        for mode in ("forward", "reverse"):
            for block, by in zip(jacobian(point, node, nodes, mode), nodes, strict=True):
                assert np.shape(block) == (*np.shape(point.values[node]), *np.shape(point.values[by]))
                for place in np.ndindex(
                    *np.shape(point.values[by] if mode == "forward" else point.values[node])
                ):
                    if mode == "forward":
                        one = along(point, [node], {by: unit(point.values[by], place)})[0]
                        assert same(one, np.asarray(block)[(..., *place)])
                    else:
                        seed = unit(point.values[node], place)
                        assert same(gradients(point, [node], [by], seed=seed)[0][0], np.asarray(block)[place])
    try:
        blocks = hessian(point, output, wrt)
    except (MatrixError, CgError):
        return
    for across, (name, by) in enumerate(wrt.items()):
        for place in np.ndindex(*np.shape(point.values[by])):
            column = hessian_times(point, output, nodes, {name: unit(point.values[by], place)})
            for row, one in zip(blocks, column, strict=True):
                assert same(one, np.asarray(row[across])[(..., *place)])


def unit(like: Any, place: tuple[int, ...]) -> Any:
    if not np.ndim(like):
        return 1.0
    direction = np.zeros(np.shape(like))
    direction[place] = 1.0
    return direction


def same(found: Any, wanted: Any) -> bool:
    size = np.max(np.abs(found), initial=0.0, where=np.isfinite(found))
    return bool(np.allclose(found, wanted, rtol=1e-9, atol=1e-12 * (1 + size), equal_nan=True))


def test_many_directions_come_in_several_batches() -> None:
    n = 600
    assert n * n > BATCH
    x = np.linspace(-1, 1, n)
    point, output = point_of("input x: [n]; sum(x^3)*x[0]", {"x": x})
    ((block,),) = hessian(point, output, point.program.inputs)
    wanted = np.diag(6 * x * x[0])
    wanted[0] += 3 * x**2
    wanted[:, 0] += 3 * x**2
    assert np.allclose(block, wanted, rtol=1e-14)
    point, output = point_of("input x: [n]; x * sum(x)", {"x": x})
    for mode in ("forward", "reverse"):
        (block,) = jacobian(point, output, list(point.program.inputs.values()), mode)
        assert np.allclose(block, np.sum(x) * np.eye(n) + x[:, None], rtol=1e-14, atol=1e-13)
