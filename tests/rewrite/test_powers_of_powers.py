"""Powers whose bases are reciprocals, roots and products, with exponents that move."""

from __future__ import annotations

from itertools import product
from math import isfinite
from random import Random

import pytest

import cgcli
from tests.rewrite.diffs import diff

BASES = [
    "1/x", "x^-2", "1/(x*y)", "2/x", "1/sqrt(x)", "y/x", "(x + y)^-1", "x^2", "sqrt(x*y)", "3/x^2", "exp(-x)",
    "x^x", "y^x", "3*x^2", "y*x^x", "cos(x)^y", "(2*x)^x",
]  # fmt: skip
FORMS = [
    "({0})^x", "({0})^(x - 2)", "({0})^(x - 2)*({0})^x", "({0})^x + ({0})^(x - 1)", "({0})^(y - 1)/({0})^y*x",
    "log(({0})^(4*y) + ({0})^x)",
]  # fmt: skip


@pytest.mark.parametrize("base, form", [*product(BASES, FORMS)])
def test_text_and_passes_agree(base: str, form: str) -> None:
    text, point = form.format(base), {"x": 1.3, "y": 0.6}
    slopes = cgcli.gradient(f"input x; input y; {text}", point)["f"]
    found = cgcli.evaluate(f"input x; input y; {diff(text)}", point)
    for name in ("x", "y"):
        if f"df_d{name}" in found:
            assert found[f"df_d{name}"] == pytest.approx(slopes[name], rel=1e-12, abs=1e-13)
    second = cgcli.evaluate(f"input x; input y; {diff(text, ['x'], 2)}", point)
    right = cgcli.evaluate(f"input x; input y; diff({text}, x, 2)", point)
    assert second["d2f_dx2"] == pytest.approx(right["f"], rel=1e-10, abs=1e-12)


def _tower(rng: Random, depth: int) -> str:
    """An expression of powers whose exponents move, too."""
    leaf = rng.choice(["x", "y", "z", "x", "y", "2", "3", "0.5", "1.5"])
    if not depth:
        return leaf
    first, second = _tower(rng, depth - 1), _tower(rng, depth - 1)
    exponent = rng.choice([second, leaf, f"{leaf} - 2", f"2*{leaf}"])
    form = rng.choice(
        ["({0})^({2})"] * 3 + ["({0})*({1})", "({0})/({1})", "{0} + {1}", "sqrt({0})", "log(1 + ({0})^2)"]
    )
    return form.format(first, second, exponent)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(20))
def test_text_and_passes_agree_at_random(seed: int) -> None:
    rng, inputs = Random(seed), "input x; input y; input z; "
    for _ in range(20):
        text, point = f"x*y*z + {_tower(rng, 3)}", {name: rng.uniform(0.3, 1.7) for name in "xyz"}
        slopes = cgcli.gradient(inputs + text, point)["f"]
        largest = max(map(abs, slopes.values()))
        if not isfinite(largest) or largest > 1e8:
            continue
        found = cgcli.evaluate(inputs + diff(text), point)
        for name, slope in slopes.items():
            assert found[f"df_d{name}"] == pytest.approx(slope, rel=1e-8, abs=1e-10 * largest), text
