"""Machine code, NumPy and floats give the same rows: every elementwise operation with its special values."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import product

import numpy as np
import pytest

import cgcli
from cgcli.algebras.numbers import floats
from cgcli.evaluation.prepared import Prepared
from cgcli.evaluation.rows import Rows
from cgcli.kernels import rows as kernels
from cgcli.kernels.machine import lanes
from cgcli.ops import ELEMENTWISE
from cgcli.ops.entry import Op

SPECIAL = [
    0.0, -0.0, 1.0, -1.0, 2.0, -2.0, 0.5, -0.5, 3.0, np.inf, -np.inf, np.nan, 1e-300, -1e-300, 5e-324, 1e300,
    -1e300, 709.5, -745.0, 1e-8, -1e-8, 1e16, 642336890023956.0, np.pi, -np.pi, 27.0, -27.0,
]  # fmt: skip

# Of these the first operand is an order.
ORDERS = {"polysinc", "polyerfcx", "polygamma"}


def columns(op: Op) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(len(op.name))
    some = np.concatenate(
        [SPECIAL, rng.normal(0, 1, 150), np.exp(rng.normal(0, 20, 50)), rng.uniform(-50, 50, 50)]
    )
    names = "xyw"[: op.arity or 2]
    if len(names) == 1:
        return {"x": some}
    pairs = np.array([*product(SPECIAL, SPECIAL)]).T
    found = {"x": np.concatenate([pairs[0], some]), "y": np.concatenate([pairs[1], rng.permutation(some)])}
    if op.name in ORDERS:
        found["x"] = np.full(len(found["y"]), 1.0)
    return found if len(names) == 2 else {**found, "w": rng.permutation(found["y"])}


def text(op: Op) -> str:
    names = list("xyw"[: op.arity or 2])
    if op.function:
        return f"{op.word}({', '.join(names)})"
    return (
        f"{names[0]} {op.symbol} {names[1]}"
        if len(names) == 2
        else "x!"
        if op.symbol == "!"
        else f"{op.symbol} x"
    )


def run(program: str, given: dict[str, np.ndarray], engine: str, threads: int = 1) -> list[np.ndarray]:
    wrt = [*given] if program.startswith("d ") else []
    prepared = Prepared(cgcli.parse(program.removeprefix("d ")), {})
    rows = Rows(prepared, dict.fromkeys(given, ()), wrt, engine, threads)
    return rows(given, len(next(iter(given.values()))))


def differ(found: np.ndarray, right: np.ndarray) -> np.ndarray:
    """By how many units in the last place two results differ; inf where one is nan alone."""
    with np.errstate(all="ignore"):
        ulps = np.abs(found - right) / np.spacing(np.maximum(np.abs(right), 1e-307))
    same = (found == right) | (np.isnan(found) & np.isnan(right))
    return np.where(same, 0.0, np.where(np.isnan(ulps), np.inf, ulps))


@pytest.mark.parametrize("engine", ["kernel", "plain"])
@pytest.mark.parametrize("op", ELEMENTWISE, ids=lambda op: op.name)
def test_operations_are_those_of_numbers(op: Op, engine: str) -> None:
    given = columns(op)
    found = run(text(op), given, engine)[0]
    function = getattr(floats, op.name)
    right = np.array([function(*map(float, row)) for row in zip(*given.values(), strict=True)])
    ulps = differ(found, right)
    worst = int(np.argmax(ulps))
    assert ulps[worst] <= 4, (
        {name: column[worst] for name, column in given.items()},
        found[worst],
        right[worst],
    )


PROGRAM = "d sin(a*x)*exp(-c*x^2) + max(a, x)*log(abs(c)) + where(x > 0, sqrt(x), 0)"


@pytest.mark.parametrize("block", [1, 7, 32_768])
@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("engine", ["kernel", "plain"])
def test_neither_blocks_nor_threads_move_a_digit(
    engine: str, threads: int, block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(5)
    given = {name: rng.normal(size=1003) for name in "axc"}
    right = run(PROGRAM, given, engine)
    prepared = Prepared(cgcli.parse(PROGRAM.removeprefix("d ")), {})
    rows = Rows(prepared, dict.fromkeys(given, ()), [*given], engine, threads)
    monkeypatch.setattr(kernels, "BLOCK", max(block, 8))
    if engine == "plain":
        rows({name: column[:1] for name, column in given.items()}, 1)
        rows._plain.rows = block
        rows._pool = ThreadPoolExecutor(threads)
    for one, other in zip(rows(given, 1003), right, strict=True):
        assert np.array_equal(one, other)


def test_this_machine_has_machine_code() -> None:
    """All else here would pass without."""
    assert lanes() in (2, 4, 8)
    rows = Rows(Prepared(cgcli.parse("x^2 + 1"), {}), {"x": ()}, ["x"], "kernel")
    rows({"x": np.arange(5.0)}, 5)
    assert rows.kernel() is not None


@pytest.mark.parametrize("engine", ["kernel", "plain"])
@pytest.mark.parametrize(
    "program",
    [
        PROGRAM, "d x^y", "d xlogy(x, y)", "d hypot(x, y)", "d where(x > 0, sqrt(x), 0)*y", "d relu(x*y)^2",
        "d x % y", "d atan2(x, y) + tan(x)", "d clip(x, -1, y)", "d sum([x, y]*[y, 2])", "d norm([x, y])",
        "d abs(x)*sign(y)",
    ],
)  # fmt: skip
def test_derivatives_are_those_of_the_command(program: str, engine: str) -> None:
    rng = np.random.default_rng(3)
    names = cgcli.parse(program.removeprefix("d ")).inputs
    given = {name: np.concatenate([[0.0, 1.0, 0.0, -1.0, 2.0], rng.normal(size=20)]) for name in names}
    found = run(program, given, engine)
    for row in range(25):
        point = {name: float(column[row]) for name, column in given.items()}
        values, slopes = cgcli.value_and_gradient(program.removeprefix("d "), point)
        right, own = [values["f"], *(slopes["f"][name] for name in given)], [column[row] for column in found]
        if np.isnan(right[0]):  # in rows an exact 0 stands
            right = [0.0 if np.isnan(slope) and one == 0 else slope for slope, one in zip(right, own)]
        assert np.allclose(own, right, rtol=1e-13, atol=1e-300, equal_nan=True), point


def test_a_block_with_a_value_beside_a_multiple_of_pi_is_computed_another_way() -> None:
    x = np.arange(0.0, 100.0) * np.pi
    found, right = run("sin(x)", {"x": x}, "kernel")[0], [floats.sin(one) for one in x.tolist()]
    assert np.max(differ(found, np.array(right))) <= 2


@pytest.mark.parametrize("name", ["sin", "cos", "exp", "ndtr", "norm_pdf", "sigmoid", "softplus", "log1p"])
def test_functions_written_into_the_loop_keep_their_digits(name: str) -> None:
    """In order of size, so that lanes which are computed together are all on one side of a limit."""
    rng = np.random.default_rng(7)
    size = {"sin": 1e6, "cos": 1e6, "exp": 708, "norm_pdf": 38}.get(name, 37)
    x = np.sort(np.concatenate([rng.uniform(-1, 1, 4000), rng.uniform(-size, size, 8000)]))
    right = np.array([getattr(floats, name)(one) for one in x.tolist()])
    limit = 4 if lanes() > 2 else 8  # processors that cannot multiply and add at once have other forms
    assert np.max(differ(run(f"{name}(x)", {"x": x}, "kernel")[0], right)) <= limit


def test_an_exact_zero_wins_in_any_row_of_machine_code() -> None:
    """Blocks of rows without one, with one, and with little else."""
    x = np.ones(4 * 32_768)
    x[40_000], x[70_000:] = -1.0, -1.0
    slope = run("d where(x > 0, sqrt(x - 1), x)", {"x": x}, "kernel")[1]
    assert np.array_equal(slope, np.where(x > 0, np.inf, 1.0))
    y = run("d where(x > 0, sqrt(x), 3*x)*x", {"x": x}, "kernel")[1]
    assert np.array_equal(y, np.where(x > 0, 1.5, -6.0))


def test_what_does_not_depend_on_a_column_is_computed_once() -> None:
    rows = Rows(Prepared(cgcli.parse("x*sum(w^2) + log(2)"), {"w": np.arange(3.0)}), {"x": ()}, [], "kernel")
    assert len(rows.left.graph) <= 6
    assert rows({"x": np.array([1.0, 2.0])}, 2)[0].tolist() == [5 + np.log(2), 10 + np.log(2)]
    assert rows.kernel() is not None


def test_an_output_that_depends_on_nothing_is_there_in_each_row() -> None:
    for engine in ("kernel", "plain"):
        assert run("2", {"x": np.zeros(9)}, engine)[0].tolist() == [2.0] * 9
