"""What the tests of arrays share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import cgcli
from cgcli.cli.app import run
from tests.cg import Result

Command = Callable[..., Result]


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Command:
    """`cg` inside this process, in an empty folder: what it answers to its arguments."""
    monkeypatch.chdir(tmp_path)

    def answer(*arguments: str) -> Result:
        status = run(list(arguments))
        captured = capsys.readouterr()
        return Result(status, captured.out, captured.err)

    return answer


def value(text: str, **inputs: Any) -> Any:
    return cgcli.evaluate(text, **inputs)["f"]


def same(x: Any, y: Any) -> bool:
    """Equal in shape and in every element, the sign of zero included."""
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    return (
        x.shape == y.shape
        and np.array_equal(x, y, equal_nan=True)
        and bool(np.all((np.signbit(x) == np.signbit(y)) | np.isnan(x)))
    )


# ---------------------------------------------------------------------------- values from files

SQUARE = [[1.0, 2.0], [3.0, 4.0]]


# ---------------------------------------------------------------------------- shapes that are declared


def error_of(text: str, **inputs: Any) -> cgcli.CgError:
    with pytest.raises(cgcli.CgError) as caught:
        cgcli.evaluate(text, **inputs)
    return caught.value


# ---------------------------------------------------------------------------- as in NumPy

X = np.array([1.5, -2.0, 3.0, 0.25, 7.0])
M = np.arange(12.0).reshape(3, 4)
T = np.arange(24.0).reshape(2, 3, 4)

SUBSCRIPTS = [
    *("x[0]", "x[-1]", "x[4]", "x[:]", "x[1:3]", "x[:-1]", "x[-3:]", "x[::2]", "x[::-1]", "x[4:1:-2]"),
    *("x[3:1]", "x[10:]", "x[-10:10]", "x[:0]", "x[-1:-9:-3]", "x[[0, 2]]", "x[[2, 2, -1]]", "x[[0]]"),
    *("x[[[0, 1], [2, 3]]]", "x[1:][0]", "x[[-5, 4]]"),
    *("m[0]", "m[-1]", "m[1, 2]", "m[1][2]", "m[:, 0]", "m[0, :]", "m[1:, ::2]", "m[::-1, ::-1]"),
    *("m[:, -1:]", "t[:, [2, 0]]"),
    *("m[[0, 2]]", "m[:, [0, 0, 1]]", "m[[0, 1], [2, 3]]", "m[[0, 1], 2]", "m[2, [0, 1]]", "m[1:, [1, 0]]"),
    *("m[[[0], [1]], [[0, 2]]]", "m[3:]", "m[:, 4:]", "m[[2, 2], 1:3]"),
    *("t[1]", "t[1, 2]", "t[1, 2, 3]", "t[:, 1]", "t[:, :, 0]", "t[1:, 0, ::-1]", "t[[1, 0]]"),
    *("t[0, [0, 1]]", "t[[0, 1], :, [0, 1]]", "t[[0, 1], [0, 1]]", "t[:, [0, 1], [0, 1]]", "t[0][:, 1]"),
    *("t[0, :, [1, 2]]", "t[[0, 1], 1:, 2]"),
]  # fmt: skip
