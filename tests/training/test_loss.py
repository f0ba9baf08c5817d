"""The mean of a program over rows, and its gradient by what all rows share: as of one row after the other."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cgcli.api import value_and_gradient
from cgcli.evaluation.prepared import Prepared
from cgcli.language.lowering import lower
from cgcli.language.parser import parse
from cgcli.source import Source
from cgcli.training.loss import MeanLoss

ROWS = 5
random = np.random.default_rng(11)


def n(*shape: int) -> Any:
    return random.normal(size=shape)


# A program, the cells of its columns, its parameters.
PROGRAMS = [
    ("(y - (a*x + b))^2", {"x": (), "y": ()}, {"a": 1.5, "b": -0.5}),
    ("log(1 + exp(-y*(w @ x))) + 0.1*sum(w^2)", {"x": (3,), "y": ()}, {"w": n(3)}),
    ("z = W2 @ relu(W1 @ x + b1) + b2; logsumexp(z) - z[label]",
     {"x": (4,), "label": ()}, {"W1": n(5, 4), "b1": n(5), "W2": n(3, 5), "b2": n(3)}),
    ("h = tanh(x @ W1 + b); -sum(t*log(softmax(h @ W2)))",
     {"x": (4,), "t": (3,)}, {"W1": n(4, 5), "b": n(5), "W2": n(5, 3)}),
    ("s = (X @ Q) @ (X @ K).T/2; sum((softmax(s) @ X @ V - Y)^2)",
     {"X": (3, 4), "Y": (3, 2)}, {"Q": n(4, 2), "K": n(4, 2), "V": n(4, 2)}),
    ('sum(einsum("ij,tj->ti", W, X)^2)', {"X": (3, 4)}, {"W": n(2, 4)}),
    ('einsum("i,ij,j->", x, A, y)', {"x": (3,), "y": (4,)}, {"A": n(3, 4)}),
    ("e = E[word]; sum((e - x)^2) + max(e*x)", {"word": (), "x": (4,)}, {"E": n(6, 4)}),
    ("sum(cumsum(w*x)) + prod(w + x) + std(w*x)", {"x": (4,)}, {"w": n(4)}),
    ("sum(solve(A @ A.T + eye(3), x))", {"x": (3,)}, {"A": n(3, 3)}),
    ("logdet(A @ A.T + outer(x, x) + eye(3))", {"x": (3,)}, {"A": n(3, 3)}),
    ("norm(w - x) + (if x[0] > w[0] then w[1] else x[1])", {"x": (3,)}, {"w": n(3)}),
    ("c*x + grad(sin(c*x), c)", {"x": ()}, {"c": 0.7}),
    ("sum(concat(x, w)^2) + sum(stack(x, w) @ M) + trace(outer(w, x))",
     {"x": (3,)}, {"w": n(3), "M": n(3, 2)}),
    ("a^2", {}, {"a": 3.0}), ("a", {}, {"a": 3.0}), ("-a", {}, {"a": 3.0}), ("w[1]", {}, {"w": n(3)}),
    ("max(w)", {}, {"w": n(3)}), ("if x > 0 then a else b", {"x": ()}, {"a": 3.0, "b": 1.0}),
    ("if x > 0 then log(w*x) else w*x", {"x": ()}, {"w": 1.3}),
    ("norm(w*x) + sum((w*x)^0.5*zeros(3))", {"x": ()}, {"w": np.zeros(3)}),  # where an exact 0 wins
]  # fmt: skip


@pytest.mark.parametrize("text, cells, parameters", PROGRAMS, ids=[text for text, _, _ in PROGRAMS])
def test_the_mean_and_its_gradient(text: str, cells: Any, parameters: Any) -> None:
    columns = {name: n(ROWS, *shape) for name, shape in cells.items()}
    for whole, most in (("label", 3), ("word", 6)):
        if whole in columns:
            columns[whole] = random.integers(0, most, ROWS).astype(float)
    program = lower(parse(Source(("<text>", text))), {*cells, *parameters})
    loss = MeanLoss(Prepared(program, {}), cells, parameters)
    mean, slopes = loss.gradient(parameters, columns, ROWS)
    values, gradients = [], []
    for row in range(ROWS):
        point = {name: float(x[row]) if x.ndim == 1 else x[row] for name, x in columns.items()}
        found, slope = value_and_gradient(text, {**point, **parameters}, wrt=",".join(parameters))
        values.append(next(iter(found.values())))
        gradients.append(next(iter(slope.values())))
    assert mean == pytest.approx(np.mean(values), rel=1e-13)
    assert loss.total(parameters, columns, ROWS) == pytest.approx(np.sum(values), rel=1e-13)
    for name in parameters:
        wanted = np.mean([slope[name] for slope in gradients], axis=0)
        np.testing.assert_allclose(slopes[name], wanted, rtol=1e-11, atol=1e-13)
