"""Memory that is used again is nobody else's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import cgcli
from cgcli.evaluation.prepared import Prepared
from cgcli.evaluation.rows import Rows
from cgcli.kernels.buffers import OWN, Buffers


def address(x: Any) -> int:
    return int(x.__array_interface__["data"][0])


def test_what_somebody_holds_is_not_written_again() -> None:
    buffers, size = Buffers(), 3 * OWN
    first = buffers.empty((size,))
    place, part = address(first), first[5:9]
    assert address(buffers.empty((size,))) != place
    first = None
    assert address(buffers.empty((size,))) != place
    part = memoryview(part)
    assert address(buffers.empty((size,))) != place
    part = None
    shorter = buffers.empty((size // 6, 5))
    assert address(shorter) == place
    assert shorter.shape == (size // 6, 5)


@pytest.mark.parametrize("engine", ["kernel", "plain"])
def test_answers_of_earlier_calls_stay(engine: str) -> None:
    rows = Rows(Prepared(cgcli.parse("sin(x)"), {}), {"x": ()}, ["x"], engine)
    columns = [np.full(2 * OWN + odd, float(odd)) for odd in (0, 1, 2, 3)]
    found = [rows({"x": column}, len(column)) for column in columns]
    for column, (value, slope) in zip(columns, found, strict=True):
        assert np.allclose(value, np.sin(column), rtol=1e-15)
        assert np.allclose(slope, np.cos(column), rtol=1e-15)
    kept = found[1][0][::2]
    found = [rows({"x": column}, len(column)) for column in columns]
    assert np.allclose(kept, np.sin(1.0), rtol=1e-15)
