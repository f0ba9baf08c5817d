"""Nodes of a program at some rows as exact fractions, where all that they are computed by is of fractions."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from cgcli.annotations import Any, Mapping, Sequence
from cgcli.graph import Graph
from cgcli.ops import CONSTANT, INPUT
from cgcli.passes.forward import forward

# Operations of all rows together, at most.
MOST = 20_000

# Digits of the numbers that normal equations are made of, in bits.
BITS = 300


def are_fractions(graph: Graph, nodes: Sequence[int], known: Mapping[str, Any], count: int) -> bool:
    """Whether such nodes have exact values at so many rows, in little time. `known` has the inputs that all
    rows share."""
    from cgcli.algebras.numbers.exact import EXACT

    names = {graph.ops[node].name for node in nodes if graph.ops[node] not in (INPUT, CONSTANT)}
    if count * len(nodes) > MOST or not names <= EXACT.known:
        return False
    return not any(np.ndim(value) for value in known.values())


def exactly(
    graph: Graph,
    nodes: Sequence[int],
    outputs: Sequence[int],
    known: Mapping[str, Any],
    columns: Mapping[str, Any],
    count: int,
) -> list[Any] | None:
    """The outputs, each an array with a fraction for each of so many rows; None where there are none."""
    from cgcli.algebras.numbers.exact import EXACT, FAILURES, Exact

    found: Any = np.empty((len(outputs), count), object)
    try:
        shared = {name: Exact(float(value)) for name, value in known.items()}
        for row in range(count):
            given = shared | {name: Exact(float(column[row])) for name, column in columns.items()}
            values = forward(graph, EXACT, given, nodes)
            for place, node in enumerate(outputs):
                found[place, row] = values[node]
    except FAILURES:
        return None
    return [*found]


def step(blocks: Sequence[Any]) -> Any:
    """The d for which |r - J d| is least, as doubles, from rows of `[J r]` that are fractions: by the normal
    equations, of which so many digits lose nothing. None where they are singular, or many."""
    size = blocks[0].shape[1] - 1
    if sum(map(len, blocks)) * size * size > MOST:
        return None
    shorter = np.vectorize(_shorter, otypes=[object])
    whole = sum(rows.T[:-1] @ rows for rows in map(shorter, blocks))
    for row in range(size):
        pivot = next((place for place in range(row, size) if whole[place, row] != 0), None)
        if pivot is None:
            return None
        whole[[row, pivot]] = whole[[pivot, row]]
        whole[row] = whole[row] / whole[row, row]
        for other in range(size):
            if other != row:
                whole[other] = whole[other] - whole[other, row] * whole[row]
    return whole[:, -1].astype(float)


def _shorter(number: Any) -> Fraction:
    """A fraction of so many digits, over a power of two: sums of such stay short."""
    number = Fraction(number)
    shift = BITS - number.numerator.bit_length() + number.denominator.bit_length()
    unit = Fraction(1 << shift) if shift > 0 else Fraction(1, 1 << -shift)
    return Fraction(round(number * unit)) / unit
