"""An algebra of mpmath numbers, so that a graph can be run at any precision.

What an operation means comes from the references of `tests.operations`. A graph holds doubles: one
that is a small fraction, or a fraction of a constant that rules use, is taken for the number that it
stands for.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from mpmath import mp, mpf

from cgcli.graph import Graph
from cgcli.passes.forward import forward
from tests.operations import TABLE

LARGEST_DENOMINATOR = 1000

# Irrational numbers in the rules of operations, and those that the language has by name.
IRRATIONAL = (
    lambda: mp.pi,
    lambda: mp.e,
    lambda: 1 / mp.sqrt(mp.pi),
    lambda: 1 / mp.sqrt(2),
    lambda: 1 / mp.sqrt(2 * mp.pi),
    lambda: mp.sqrt(mp.pi),
    lambda: mp.ln(2),
    lambda: 1 / mp.ln(2),
    lambda: 1 / mp.ln(10),
    lambda: mp.ln(2) ** 2,
    lambda: mp.ln(2) ** 3,
)


def fraction_of(value: float) -> Fraction | None:
    """The small fraction that a double is nearest to, if it is within two units in the last place."""
    found = Fraction(value).limit_denominator(LARGEST_DENOMINATOR)
    return found if abs(float(found) - value) <= 2 * math.ulp(value) else None


def meant(value: float) -> Any:
    """The number that a double stands for."""
    if not math.isfinite(value) or value == int(value):
        return mpf(value)
    for irrational in (lambda: mpf(1), *IRRATIONAL):
        factor = irrational()
        ratio = fraction_of(float(mpf(value) / factor))
        if ratio:
            return factor * ratio.numerator / ratio.denominator
    return mpf(value)


class HighPrecision:
    """Operations by name, as `forward` wants them."""

    def room(self, count: int) -> list[Any]:
        return [None] * count

    def constant(self, value: float) -> Any:
        return meant(value)

    def __getattr__(self, name: str) -> Any:
        if name not in TABLE:
            raise AttributeError(name)
        return TABLE[name].value


def values(graph: Graph, nodes: list[int], inputs: Mapping[str, float]) -> list[Any]:
    """The values of some nodes, at the working precision of mpmath."""
    given = {name: mpf(value) for name, value in inputs.items()}
    found = forward(graph, HighPrecision(), given, graph.ancestors(nodes))
    return [found[node] for node in nodes]
