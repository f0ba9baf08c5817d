"""Derivatives as they are printed, against `cg grad` and `cg hessian`, for programs made at random of
what the rewriting takes apart: nested fractions, powers, signs, functions that go with each other."""

from __future__ import annotations

import math
from collections.abc import Callable
from random import Random

import pytest

import cgcli
from cgcli.algebras.numbers import floats
from cgcli.evaluation.static import static_graph
from cgcli.passes.forward import forward
from cgcli.render.infix import program_text
from cgcli.rewrite.differentiate import differentiate, readable

FUNCTIONS = (
    "sin", "cos", "sinh", "cosh", "tanh", "sigmoid", "exp", "log", "abs", "sqrt", "sign", "softplus", "erf",
    "atan", "log2", "exp2", "cbrt", "relu", "tan", "sinc",
)  # fmt: skip
LEAVES = ("x", "y", "x", "1", "2", "pi", "3", "0.5", "x + 1", "1 - y")
CHOICES = (
    "max({}, {})", "min({}, {})", "where({} > {}, x, y^2)", "(if {0} < {1} then {0} else 2*{1})",
    "clip({}, 0, {})", "{}/(1 + {}^2)", "x/({} + 1/{})",
)  # fmt: skip
EXPONENTS = ("2", "3", "-1", "(1/3)", "(2/3)", "-2", "0.5", "1.5")


def expression(rng: Random, depth: int) -> str:
    """A row of operations on leaves and on what the row has so far."""
    parts = [rng.choice(LEAVES) for _ in range(depth + 1)]
    while len(parts) > 1 or depth > 0:
        depth -= 1
        one = f"({parts.pop(rng.randrange(len(parts)))})"
        kind = rng.random()
        if kind < 0.3 or not parts:
            parts.append(f"{rng.choice(FUNCTIONS)}{one}")
        elif kind < 0.45:
            parts.append(f"{one}^{rng.choice(EXPONENTS)}")
        else:
            other = f"({parts.pop(rng.randrange(len(parts)))})"
            text = f"{one}{rng.choice('//**+-')}{other}"
            parts.append(text if kind < 0.9 else rng.choice(CHOICES).format(one, other))
        if depth < -12:
            break
    return parts[0]


def program(rng: Random) -> str:
    text = expression(rng, rng.choice((3, 4, 5, 6, 9)))
    return text if rng.random() < 0.7 else f"u = {expression(rng, 2)}\n({text})*u + u"


# What identities join with each other.
RELATED = (
    ("sin(x)", "cos(x)", "sin(2*x)", "cos(2*x)", "tan(x)", "sin(x)^2", "cos(x)^2", "sec(x)"),
    ("exp(x)", "exp(-x)", "exp(2*x)", "sinh(x)", "cosh(x)", "tanh(x)", "sigmoid(x)", "sigmoid(-x)"),
    ("max(x, y)", "min(x, y)", "relu(x)", "where(x > y, x, y)", "abs(x)", "sign(x)", "x", "abs(x - y)"),
    ("x", "1/x", "x + y", "x - y", "x^2", "sqrt(x^2)", "1/(x + y)", "(x + y)^2"),
    ("log(x^2)", "log(abs(x))", "x*log(abs(x))", "log(2^x)", "2^x", "exp2(x)", "log1p(x^2)", "log2(x^2)"),
)


def related(rng: Random) -> str:
    """A sum of products of what belongs together."""
    kin, terms = rng.choice(RELATED), []
    for _ in range(rng.choice((2, 3, 4))):
        factors = rng.choices(kin, k=rng.choice((1, 2)))
        terms.append(rng.choice(("", "2*", "-", "0.5*")) + "*".join(f"({factor})" for factor in factors))
    return " + ".join(terms)


@pytest.mark.long
@pytest.mark.parametrize("program", [program, related], ids=lambda made: made.__name__)
@pytest.mark.parametrize("seed", range(4))
def test_printed_derivatives_are_those_of_the_passes(seed: int, program: Callable[[Random], str]) -> None:
    rng = Random(seed)
    compared = 0
    for _ in range(60):
        text, order = program(rng), rng.choice((1, 1, 2))
        ready = cgcli.parse(text)
        wrt = list(ready.inputs)
        if not wrt:
            continue
        static = static_graph(ready, {})
        derived = differentiate(readable(static), wrt, order)
        printed = program_text(derived.graph, derived.outputs, {}, 8)
        again = cgcli.parse(printed)
        for _ in range(3):
            point = {name: rng.choice((-1, 1, 1)) * rng.uniform(0.2, 2) for name in wrt}
            needed = static.schedule()
            values = forward(static.graph, floats, point, needed)
            if not all(abs(values[node]) < 1e9 for node in needed):
                continue
            exact = (cgcli.gradient if order == 1 else cgcli.hessian)(ready, **point)["f"]
            found = cgcli.evaluate(again, **{name: point[name] for name in again.inputs})
            for label, _ in derived.outputs:
                expected = exact[label.by[0]] if order == 1 else exact[label.by[0]][label.by[1]]
                if abs(expected) < 1e9:
                    assert math.isclose(found[label], expected, rel_tol=1e-7, abs_tol=1e-7), (text, printed)
                    compared += 1
    assert compared > 120
