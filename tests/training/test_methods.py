"""Steps of the methods, beside their definition in many digits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mpmath import mp, mpf

from cgcli.training.methods import BLOCK, Adam, Sgd
from tests.cg import executable

random = np.random.default_rng(5)


def adam(gradients: Any, rate: float) -> Any:
    """Algorithm 1 of Kingma and Ba (2015), from 0."""
    m = v = x = mpf(0)
    for t, g in enumerate(map(mpf, gradients), 1):
        m = mpf(0.9) * m + (1 - mpf(0.9)) * g
        v = mpf(0.999) * v + (1 - mpf(0.999)) * g**2
        x -= rate * (m / (1 - mpf(0.9) ** t)) / (mp.sqrt(v / (1 - mpf(0.999) ** t)) + mpf(1e-8))
    return x


def sgd(momentum: float) -> Any:
    def moved(gradients: Any, rate: float) -> Any:
        v = x = mpf(0)
        for g in map(mpf, gradients):
            v = momentum * v + g
            x -= rate * v
        return x

    return moved


@pytest.mark.parametrize(
    "made, truth",
    [(Adam, adam), (Sgd, sgd(0.0)), (lambda size: Sgd(size, 0.9), sgd(0.9))],
    ids=["adam", "sgd", "momentum"],
)
def test_steps(made: Any, truth: Any) -> None:
    """Of a vector that takes more than one block."""
    size = BLOCK + 3
    gradients = random.normal(size=(20, size))
    vector, method = np.zeros(size), made(size)
    for step, gradient in enumerate(gradients, 1):
        method.move(vector, gradient, 0.1, step)
    for place in (0, 1, BLOCK - 1, BLOCK, size - 1):
        assert vector[place] == pytest.approx(float(truth(gradients[:, place], 0.1)), rel=1e-12)


@pytest.mark.parametrize(
    "loss, method, told",
    [
        ("1e200*(a*x - y)^2", "adam", "the derivatives are as large as 1.87e+201 in step 1"),
        ("-1e308*a*x/6", "adam", "the derivatives are as large as 3.33e+307 in step 1"),
        ("1e200*(a*x - y)^2", "sgd", "a smaller --rate may help"),
        ("sqrt(a)*x", "adam", "the derivative by a is inf in step 1, in epoch 1"),
        ("sqrt(a)*x", "sgd", "the derivative by a is inf in step 1, in epoch 1"),
    ],
)
def test_derivatives_that_no_step_can_be_taken_by(tmp_path: Path, loss: str, method: str, told: str) -> None:
    data = tmp_path / "rows.csv"
    data.write_text("x,y\n1,2\n2,4\n3,6\n")
    done = executable(
        "train", loss, "--data", str(data), "a=0", "--epochs", "3", "--rate", "0.1", "--method", method
    )
    assert done.status == 1
    assert told in done.out
    assert "Warning" not in done.err
