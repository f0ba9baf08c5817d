"""Names in exported code: of sizes, of results and of derivatives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import cgcli
from cgcli import CgError
from cgcli.evaluation.static import static_graph
from cgcli.export import export
from cgcli.language.lowering import lower
from cgcli.language.parser import parse
from cgcli.source import Source
from tests.cg import cg


def text_of(text: str, target: str) -> str:
    program = lower(parse(Source(("<expr>", text))), {})
    return str(export(static_graph(program, {}), target, source=program.source))


def run(code: str, *arguments: Any) -> Any:
    """What the function of a module in Python returns."""
    scope: dict[str, Any] = {}
    exec(code, scope)
    return scope["f"](*arguments)


# Sizes


@pytest.mark.parametrize(
    "declared, text",
    [
        ("input x: [n]", "sum(x[0:n-1])"),
        ("input x: [n]", "x[1:] - x[:n-1]"),
        ("input x: [n]", "x[1:n]*sum(x[n-2:n])"),
        ("input x: [n]; input y: [n, m]", "sum(x[n-2:])*y[0:n-1, 1:m]"),
        ("input x: [n]; input y: [n, m]", "ones([m, n]) @ x + sum(y[:n-2], axis=0) + n*m"),
        ("input x: [np]", "sum(x[0:np-1]) + sum(ones([np]))"),
        ("input x: [lambda]", "sum(x[0:lambda-1])*eye(lambda)"),
        ("input x: [v1]", "y = x*x; sum(y[0:v1-1]) + y + sin(y)*sin(y)"),
        ("input x: [ﬁ]", "x[0:ﬁ-1]"),
    ],
)
def test_sizes_are_read_wherever_they_stand(declared: str, text: str) -> None:
    """In slices, too; a size whose name is Python's or the code's own has another one there."""
    values = {"x": [1.0, 2.5, -3.0], "y": [[1.0, 2.0], [3.0, 4.0], [5.0, 7.0]]}
    program = cgcli.parse(f"{declared}; {text}")
    given = {name: values[name] for name in program.inputs}
    found = run(text_of(f"{declared}; {text}", "numpy"), *given.values())
    assert np.array_equal(found, cgcli.evaluate(program, **given)["f"])


def test_targets_without_sizes_that_have_names_say_so() -> None:
    text = "input x: [n]; sum(x[0:n-1])"
    for target, message in {
        "c": "the input `x` is an array, and C has numbers only",
        "python": "the input `x` is an array, and Python has numbers only",
        "sql": "the input `x` is an array, and SQL has numbers only",
        "onnx": "ONNX needs sizes that are numbers here",
    }.items():
        with pytest.raises(CgError, match=message):
            text_of(text, target)
    assert r"{x}_{0{:}n - 1}" in text_of(text, "latex")
    done = cg("export", "--to", "numpy", text, "x=[1, 2, 3]")
    assert run(done.out) == 3.0
