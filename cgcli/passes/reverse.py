"""The reverse pass: adjoints by the chain rule, from one output back to everything it needs.

The adjoint of a node is the derivative of the output by it. Walking backward, each node hands
its adjoint times the local partial derivative to each operand; an operand that is used along
several paths sums what it is handed.
"""

from __future__ import annotations

from cgcli.graph import Graph
from cgcli.passes.chain import FUNCTION, settled

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any


def reverse(
    graph: Graph,
    algebra: Any,
    values: Sequence[Any],
    output: int,
    active: bytearray,
    nodes: Sequence[int] | None = None,
    seed: Any = 1.0,
    zeroed: list[int] | None = None,
) -> Any:
    """Adjoints by node: a list, or a dict of `nodes`; None where nothing was handed back.

    `values` are those of the forward pass over the same algebra. `active` marks the nodes
    whose adjoints are wanted and all that depend on them (`Graph.dependents`); the rest is
    passed over. `nodes` are the ancestors of the output, ascending (`Graph.ancestors`): give
    them where the output needs but a small part of a large graph. `zeroed` collects the nodes
    where 0 met nan or inf (`chain.settled`).
    """
    ops, args, value = graph.ops, graph.args, values.__getitem__
    adjoints: Any = [None] * (output + 1) if nodes is None else dict.fromkeys(nodes)
    adjoints[output] = seed
    for node in range(output, -1, -1) if nodes is None else reversed(nodes):
        adjoint = adjoints[node]
        if adjoint is None or not active[node]:
            continue
        operands = args[node]
        partials: Any = ops[node].partials
        if len(operands) == 2 and partials.__class__ is tuple:
            # Most nodes have two operands. The loop below, written out for them, makes the whole
            # pass a quarter faster.
            x, y = operands
            by_x, by_y = partials
            if active[x]:
                if by_x.__class__ is FUNCTION:
                    by_x = by_x(algebra, values[node], values[x], values[y])
                part = adjoint * by_x
                if part != part:
                    part = settled(part, adjoint, by_x, node, zeroed)
                total = adjoints[x]
                adjoints[x] = part if total is None else total + part
            if active[y]:
                if by_y.__class__ is FUNCTION:
                    by_y = by_y(algebra, values[node], values[x], values[y])
                part = adjoint * by_y
                if part != part:
                    part = settled(part, adjoint, by_y, node, zeroed)
                total = adjoints[y]
                adjoints[y] = part if total is None else total + part
            continue
        if partials.__class__ is FUNCTION:
            partials = partials(algebra, values[node], *map(value, operands))
        for operand, partial in zip(operands, partials):
            if active[operand]:
                if partial.__class__ is FUNCTION:
                    partial = partial(algebra, values[node], *map(value, operands))
                part = adjoint * partial
                if part != part:
                    part = settled(part, adjoint, partial, node, zeroed)
                total = adjoints[operand]
                adjoints[operand] = part if total is None else total + part
    return adjoints
