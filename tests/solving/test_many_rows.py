"""`cg fit` to many rows, of which sums are taken as machine code: against least squares by NumPy."""

from __future__ import annotations

import json
import warnings
from typing import Any

import numpy as np
import pytest

from cgcli.solving.data import each
from tests.cg import cg

ROWS = 300_003  # the last of which are fewer than are computed at once


def columns() -> dict[str, Any]:
    random = np.random.default_rng(5)
    t = np.sort(random.uniform(0, 10, ROWS))
    s = random.uniform(0.05, 0.2, ROWS)
    noise = random.normal(size=(2, ROWS))
    return {
        "t": t, "s": s, "y": 5 * np.exp(-0.3 * t) + 1 + s * noise[0],
        "z": 2 * np.exp(-0.3 * t) - 3 + s * noise[1], "u": 2e6 + t + 1e-4 * noise[0],
        "v": np.where(t > 9.9999, t - 7, 0.5 * t) + 0.01 * noise[0],
    }  # fmt: skip


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict[str, Any]]:
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    path, found = tmp_path_factory.mktemp("many") / "d.parquet", columns()
    pq.write_table(pa.table(found), path)
    return str(path), found


# The options, the parameters as they begin, and of these at the end residuals and their Jacobian, over sigma.
FITS = {
    "a decay": (
        ["y ~ a*exp(-b*t) + c"],
        {"a": 1.0, "b": 1.0, "c": 0.0},
        lambda d, a, b, c: (
            d["y"] - a * np.exp(-b * d["t"]) - c,
            [np.exp(-b * d["t"]), -a * d["t"] * np.exp(-b * d["t"]), np.ones(ROWS)],
            1.0,
        ),
    ),
    "with a standard deviation": (
        ["y ~ a*exp(-b*t) + c", "--sigma", "s"],
        {"a": 1.0, "b": 1.0, "c": 0.0},
        lambda d, a, b, c: (
            (d["y"] - a * np.exp(-b * d["t"]) - c) / d["s"],
            [np.exp(-b * d["t"]) / d["s"], -a * d["t"] * np.exp(-b * d["t"]) / d["s"], 1 / d["s"]],
            None,
        ),
    ),
    "two models": (
        ["y ~ a*exp(-b*t) + 1; z ~ 2*exp(-b*t) + c"],
        {"a": 1.0, "b": 1.0, "c": 0.0},
        lambda d, a, b, c: (
            np.concatenate([d["y"] - a * np.exp(-b * d["t"]) - 1, d["z"] - 2 * np.exp(-b * d["t"]) - c]),
            [
                np.concatenate([np.exp(-b * d["t"]), np.zeros(ROWS)]),
                np.concatenate([-a * d["t"] * np.exp(-b * d["t"]), -2 * d["t"] * np.exp(-b * d["t"])]),
                np.concatenate([np.zeros(ROWS), np.ones(ROWS)]),
            ],
            1.0,
        ),
    ),
    "columns that are nearly the same": (
        ["u ~ a*(1e6 + t) + b*1e6"],
        {"a": 2.0, "b": 1.0},
        lambda d, a, b: (
            d["u"].astype(np.longdouble) - a * (d["t"] + np.longdouble(1e6)) - b * np.longdouble(1e6),
            [1e6 + d["t"], np.full(ROWS, 1e6)],
            1.0,
        ),
    ),
    "what few rows tell": (
        ["v ~ if t > 9.9999 then t - a else b*t"],
        {"a": 1.0, "b": 1.0},
        lambda d, a, b: (
            d["v"] - np.where(d["t"] > 9.9999, d["t"] - a, b * d["t"]),
            [np.where(d["t"] > 9.9999, -1.0, 0.0), np.where(d["t"] > 9.9999, 0.0, d["t"])],
            1.0,
        ),
    ),
}


@pytest.mark.parametrize("name", FITS)
def test_against_numpy(table: tuple[str, dict[str, Any]], name: str) -> None:
    path, data = table
    options, start, at = FITS[name]
    given = [f"{parameter}={value!r}" for parameter, value in start.items()]
    done = cg("fit", *options, "--data", path, *given, "--format", "json")
    found = json.loads(done.out)
    assert (done.status, found["converged"]) == (0, True), done
    values = np.array([found["parameters"][parameter]["value"] for parameter in start])
    errors = np.array([found["parameters"][parameter]["error"] for parameter in start])
    residual, slopes, scale = at(data, *values)
    q, r = np.linalg.qr(np.stack(slopes, axis=1))
    # nothing is left to be gained, beside what parameters are known to and what doubles tell
    left = np.linalg.solve(r, np.asarray(q.T @ residual, float))
    assert np.all(np.abs(left) <= 1e-8 * errors + 1e-13 * np.abs(values))
    squares = float(residual @ residual)
    assert found["rows"] == len(residual)
    assert np.isclose(found["residual_sum"], squares, rtol=1e-11)
    inverse = np.linalg.solve(r, np.eye(len(r)))
    sigma = 1.0 if scale is None else np.sqrt(squares / (len(residual) - len(start)))
    assert np.allclose(errors, sigma * np.linalg.norm(inverse, axis=1), rtol=1e-8)


def test_what_is_not_finite_on_the_way(table: tuple[str, dict[str, Any]]) -> None:
    """A row has no value for parameters that a step leads to."""
    done = cg("fit", "y ~ a*exp(-b*t) + c + 0*log(b - 0.2)", "--data", table[0], "a=1", "b=3", "c=0")
    assert done.status == 0, done
    assert done.out.splitlines()[1].startswith("b = 0.3"), done


def test_parameters_that_rows_do_not_tell(table: tuple[str, dict[str, Any]]) -> None:
    done = cg("fit", "y ~ a*exp(-b*t) + c + d", "--data", table[0], "a=1", "b=1", "c=0", "d=0")
    assert done.status == 1, done
    assert "determine c and d" in done.err, done


def test_numpy_is_as_silent_in_the_threads_of_a_search_as_outside() -> None:
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("error")
        assert [*each(lambda size: np.ones(1) / size, iter([0.0, 2.0]), True)] == [np.inf, 0.5]
