"""Sums over rows where they are computed: those of the rows themselves, rounded once, whatever is met."""

from __future__ import annotations

from math import fsum

import numpy as np
import pytest

from cgcli.data.batch import Batch
from cgcli.diagnostics import CgError
from cgcli.evaluation.row_function import RowFunction, RowOptions
from cgcli.evaluation.sums import Sums
from cgcli.evaluation.totals import reduced
from cgcli.source import Source

LOSS = "z = a + b*x + c*y; softplus(z) - y*z"
VALUES = {"a": 0.3, "b": -0.7, "c": 0.2}
COUNT = 100_003


def columns(count: int = COUNT) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(2)
    return {"x": rng.normal(size=count), "y": rng.normal(size=count)}


def function(program: str, **options: object) -> RowFunction:
    values = VALUES if "b*x" in program else {}
    wanted = RowOptions(**{"derivatives": bool(values), "reduce": "sum", "engine": "kernel", **options})
    return RowFunction(Source(("<text>", program)), values, ["x", "y"], {}, wanted, COUNT)


def answers(of: RowFunction, given: dict[str, np.ndarray]) -> tuple[list[float], list[tuple[Batch, object]]]:
    found = list(of.answers([Batch(len(given["x"]), given)]))
    return [float(column[0]) for column in reduced(of, found)[0]], found


def terms(program: str, given: dict[str, np.ndarray], **options: object) -> list[np.ndarray]:
    """The rows, by NumPy."""
    of = function(program, reduce=None, wrt=[*VALUES] if "b*x" in program else None, **options)
    (_, found), *_ = of.answers([Batch(len(given["x"]), given)])
    return list(found)


@pytest.mark.parametrize("how", ["sum", "mean"])
@pytest.mark.parametrize("where", [None, "x > y", "x*(y > 0)"])
@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("count", [1, 7, 8, 32_768, 32_771, COUNT])
def test_sums_are_those_of_the_rows(how: str, where: str | None, threads: int, count: int) -> None:
    given = columns(count)
    if how == "mean" and where is not None:
        given = {name: np.abs(column) + [[0.0], [1.0]][name == "x"] for name, column in given.items()}
    found, parts = answers(function(LOSS, reduce=how, where=where, threads=threads), given)
    assert isinstance(parts[0][1], Sums)
    rows = terms(LOSS, given, where=where, engine="kernel")
    right = [fsum(column.tolist()) / (len(column) if how == "mean" else 1) for column in rows]
    sizes = [fsum(np.abs(column).tolist()) / (len(column) if how == "mean" else 1) for column in rows]
    for one, other, size in zip(found, right, sizes, strict=True):
        assert abs(one - other) <= 1e-15 * size


def test_no_number_of_threads_moves_a_digit() -> None:
    given = columns()
    assert answers(function(LOSS, threads=1), given)[0] == answers(function(LOSS, threads=2), given)[0]


def test_what_rounding_loses_is_kept() -> None:
    given = {"x": np.tile([1e16, 1.0, -1e16, 1.0], 50_000), "y": np.ones(200_000)}
    assert answers(function("x"), given)[0] == [100_000.0]


@pytest.mark.parametrize(
    ("program", "at", "count", "message"),
    [
        ("log(x)", -1.0, 1, "log(x) is nan at x = -1, in row 40001"),
        ("1/x", 0.0, 1, "1/x is inf at x = 0, in row 40001"),
        ("sin(x)", 22 * np.pi, 0, None),
        ("x*x*1e308", 2.0, 1, "is inf"),
    ],
)  # fmt: skip
def test_a_block_with_something_to_tell_is_looked_at(
    program: str, at: float, count: int, message: str | None
) -> None:
    given = {"x": np.full(COUNT, 1e-5), "y": np.ones(COUNT)}
    given["x"][40_000] = at
    found, parts = answers(function(program), given)
    (told, whole), *left = parts
    assert isinstance(whole, Sums)
    assert told.count == COUNT - 32_768
    assert [batch.count for batch, _ in left] == [32_768]
    assert left[0][0].lost == ((count, {"f": count}) if count else None)
    if message is not None:
        assert message in left[0][0].warning.message
    assert found[0] == pytest.approx(np.sum(terms(program, given)[0]), rel=1e-14, nan_ok=True)


def test_what_is_left_out_is_not_looked_at() -> None:
    given = columns()
    found, parts = answers(function("log(x)", where="x > 0"), given)
    assert len(parts) == 1
    assert found == [pytest.approx(fsum(np.log(given["x"][given["x"] > 0]).tolist()), rel=1e-14)]


def test_an_assertion_that_fails_tells_its_row() -> None:
    given = columns()
    given["x"][70_000] = 99.0
    with pytest.raises(CgError, match="in row 70001") as raised:
        answers(function("assert x < 50; x"), given)
    assert raised.value.diagnostic.kind == "assert"
    assert len(answers(function("assert x < 50; x", where="x < 50"), given)[1]) == 1


def test_all_rows_may_be_left_out() -> None:
    assert answers(function(LOSS, where="x > 1e9"), columns())[0] == [0.0] * 4
    with pytest.raises(CgError, match="there are no rows"):
        answers(function(LOSS, where="x > 1e9", reduce="mean"), columns())
