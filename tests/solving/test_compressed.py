"""Matrices of second derivatives by few directions, and those that are found whole."""

from __future__ import annotations

import json

import numpy as np
import pytest

from cgcli.solving.compressed import Compressed
from tests.cg import cg

SIZE = 90
BAND = (
    np.diag(np.arange(1.0, SIZE + 1))
    + np.diag(np.full(SIZE - 1, -0.3), 1)
    + np.diag(np.full(SIZE - 1, -0.3), -1)
)


def test_a_band_takes_few_directions() -> None:
    known, asked = Compressed(SIZE), []

    def products(rows: np.ndarray) -> np.ndarray:
        asked.append(len(rows))
        return rows @ BAND

    assert known.matrix(products) is None
    known.learn(BAND)
    assert np.array_equal(known.matrix(products), BAND)
    assert asked[-1] == 4


@pytest.mark.parametrize("row, column", [(3, 80), (0, 2), (89, 89)])
def test_what_was_0_and_is_no_more_is_seen(row: int, column: int) -> None:
    before, now = BAND.copy(), BAND.copy()
    before[row, column] = before[column, row] = 0.0
    now[row, column] = now[column, row] = 0.7
    known = Compressed(SIZE)
    known.learn(before)
    assert known.matrix(lambda rows: rows @ now) is None
    known.learn(now)
    assert np.allclose(known.matrix(lambda rows: rows @ now), now, rtol=1e-15)


@pytest.mark.parametrize("matrix", [np.ones((SIZE, SIZE)), np.eye(5)], ids=["full", "small"])
def test_what_is_found_whole(matrix: np.ndarray) -> None:
    known = Compressed(len(matrix))
    known.learn(matrix)
    assert known.matrix(lambda rows: rows @ matrix) is None


# Of many unknowns: neighbours alone, all together, two arrays, and what is curved only in some places.
MANY = [
    ("sum(100*(x[1:] - x[:-1]^2)^2 + (1 - x[:-1])^2)", ["x=0.5*ones(80)"], [], 0.0),
    ("sum(100*(x[1:] - x[:-1]^2)^2 + (1 - x[:-1])^2) + sum(x - 1)^2", ["x=0.5*ones(80)"], [], 0.0),
    ("sum((x - y)^4 + (x - 2)^2) + sum((y[1:] - y[:-1])^2)", ["x=zeros(50)", "y=ones(50)"], [], 0.0),
    ("sum(where(x > 1, (x - 1)^2, 0)) + sum((x[1:] + x[:-1] - 3)^2)", ["x=zeros(61)"], [], None),
    ("sum(x^2) + sum(x[1:]*x[:-1])", ["x=ones(60)"], ["--st", "x[1:]^2 + x[:-1]^2 >= 1; sum(x) == 12"], None),
]  # fmt: skip


@pytest.mark.parametrize("program, start, more, least", MANY)
def test_many_unknowns(program: str, start: list[str], more: list[str], least: float | None) -> None:
    done = cg("minimize", program, *start, *more, "--format", "json")
    found = json.loads(done.out)
    assert (done.status, found["converged"]) == (0, True), done
    assert found["gradient_norm"] < 1e-7
    if least is not None:
        assert found["minimum"] == pytest.approx(least, abs=1e-12)
