"""Numbers with a wider range: every operation is that of doubles, where these have it."""

from __future__ import annotations

from random import Random
from typing import Any

import numpy as np
import pytest

from cgcli.algebras import arrays, wide
from cgcli.algebras.numbers import floats
from cgcli.ops import ELEMENTWISE, Op
from cgcli.passes.join import joined
from tests.algebras.tensors import CASES, Case
from tests.operations import TABLE

WIDE = wide.WIDE


@pytest.mark.parametrize("op", ELEMENTWISE, ids=lambda op: op.name)
def test_numbers(op: Op) -> None:
    rng = Random(op.name)
    for _ in range(20):
        operands = [float(draw(rng)) for draw in TABLE[op.name].domain]
        exact = getattr(floats, op.name)(*operands)
        if 1e-290 < abs(exact) < 1e290:
            found = getattr(WIDE, op.name)(*map(wide.widened, operands))
            assert float(found) == pytest.approx(exact, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("case", CASES, ids=[case.label for case in CASES])
def test_arrays(case: Case) -> None:
    arrays.begin(())
    exact: Any = getattr(arrays, case.name)(*case.operands, **case.attributes)
    with WIDE.quiet():
        found = getattr(WIDE, case.name)(*map(wide.widened, case.operands), **case.attributes)
    np.testing.assert_allclose(np.asarray(found, float), exact, rtol=1e-9, atol=1e-9)


def test_what_is_joined_for_derivatives_keeps_its_nodes() -> None:
    import cgcli

    program = cgcli.parse("s = sigmoid(x); log(s)")
    graph, first = program.graph, program.names["s"]
    assert [op.name for op in joined(graph, []).ops] == ["input", "sigmoid", "log_sigmoid"]
    assert joined(graph, [first]) is graph
