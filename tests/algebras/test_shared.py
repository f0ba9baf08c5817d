"""Rows that share operands: what is handed back to a shared one is the sum over the rows."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

from cgcli.algebras import arrays
from cgcli.algebras.batch import Batch
from cgcli.algebras.shared import Quick, Shared
from cgcli.ops.chain import Whole
from tests.algebras.tensors import CASES, Case
from tests.algebras.test_batches import COUNT, at, drawn, entry
from tests.algebras.test_tensors import close

TABLE = pytest.mark.parametrize("case", CASES, ids=[case.label for case in CASES])


@TABLE
@pytest.mark.parametrize("kind", [Shared, Quick])
def test_cotangents_are_summed(case: Case, kind: type[Shared]) -> None:
    """Whichever operands differ among the rows, and whichever all share."""
    op, free = entry(case), [place for place in range(len(case.operands)) if place not in case.fixed]
    for differing in product((False, True), repeat=len(free)):
        rows = {place for place, own in zip(free, differing, strict=True) if own}
        if not rows:
            continue
        algebra = kind(COUNT)
        operands = [
            Batch(algebra, np.asarray(x) + drawn(x, place, 1e-3)) if place in rows else x
            for place, x in enumerate(case.operands)
        ]
        result = getattr(algebra, case.name)(*operands, **case.attributes)
        adjoint = Batch(algebra, drawn(at(result, 0), 7))
        whole = Whole(op, case.attributes, result, operands, 0, None)
        hand_back = whole.cotangents(algebra, adjoint)
        for place in free:
            found = algebra.settle_whole(hand_back(place), whole, place, adjoint)
            each = [
                op.cotangent(
                    place, arrays, at(adjoint, row), at(result, row), *(at(x, row) for x in operands),
                    **case.attributes,
                )
                for row in range(COUNT)
            ]  # fmt: skip
            if each[0] is None:
                assert found is None
            elif place in rows:
                assert close(algebra.whole(found), np.array(each), 1e-10)
            else:
                assert found.__class__ is not Batch
                assert close(found, sum(each), 1e-10)


@pytest.mark.parametrize(
    "sizes, at_, operands, wanted",
    [
        ((4,), (None,), [()], ()),
        ((4, 3), (None, None), [(), ()], ()),
        ((4, 3), (None, (None, None, None)), [()], (3,)),
        ((4, 3), ((None, None, None), None), [()], (4,)),
        ((4, 3, 2), (None, (None, None, None), None), [(), ()], (3,)),
        ((4, 3), (None, 1), [()], ()),
        ((4, 3), (None,), [(5,)], (5, 3)),
        ((4, 3), (None, None), [(5,), ()], (5,)),
        ((4, 3), ((None, None, None), None), [(5,)], (4, 5)),
    ],
)
@pytest.mark.parametrize("shared", [False, True])
def test_subscripts_that_differ(sizes: Any, at_: Any, operands: Any, wanted: Any, shared: bool) -> None:
    """Elements taken by subscripts of each row, and put back; one taken twice gets both."""
    algebra, random = Shared(COUNT), np.random.default_rng(3)
    x: Any = drawn(np.zeros(sizes), 1)
    x = x[0] if shared else Batch(algebra, x)
    places = [place for place, one in enumerate(at_) if one is None]
    subscripts = [
        Batch(algebra, random.integers(-sizes[place], sizes[place], (COUNT, *shape)).astype(float))
        for place, shape in zip(places, operands, strict=True)
    ]
    found = algebra.index(x, *subscripts, at=at_)
    assert algebra.shape(found) == wanted
    one_by_one = [arrays.index(at(x, row), *(at(s, row) for s in subscripts), at=at_) for row in range(COUNT)]
    assert close(found.array, np.array(one_by_one), 0)
    weights = Batch(algebra, drawn(one_by_one[0], 2))
    back = algebra.scatter(weights, *subscripts, at=at_, shape=sizes)
    put = [
        arrays.scatter(at(weights, row), *(at(s, row) for s in subscripts), at=at_, shape=sizes)
        for row in range(COUNT)
    ]
    assert close(back.array, np.array(put), 1e-15)
