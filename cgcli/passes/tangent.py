"""The tangent pass (forward mode): derivatives of every node along one direction."""

from __future__ import annotations

from cgcli.graph import Graph
from cgcli.passes.chain import FUNCTION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any


def tangent(
    graph: Graph,
    algebra: Any,
    values: Sequence[Any],
    seeds: Mapping[int, Any],
    nodes: Sequence[int] | None = None,
    zeroed: list[int] | None = None,
) -> list[Any]:
    """Tangents by node, None where a node does not depend on a seed.

    `values` are those of the forward pass over the same algebra; `seeds` give the direction: the
    tangent of each node that moves by itself. `nodes`, ascending and closed under operands,
    limits the pass to some of them. `zeroed` collects the nodes where 0 met nan or inf.
    """
    ops, args, settle = graph.ops, graph.args, algebra.settle
    tangents: list[Any] = [None] * len(ops)
    for node in range(len(ops)) if nodes is None else nodes:
        total = seeds.get(node)
        operands = args[node]
        if total is None and any(tangents[operand] is not None for operand in operands):
            partials: Any = ops[node].partials
            primals = [values[operand] for operand in operands]
            if partials.__class__ is FUNCTION:
                partials = partials(algebra, values[node], *primals)
            for operand, partial in zip(operands, partials, strict=True):
                moving = tangents[operand]
                if moving is None:
                    continue
                if partial.__class__ is FUNCTION:
                    partial = partial(algebra, values[node], *primals)
                part = partial * moving
                if part.__class__ is not float or part != part:
                    part = settle(part, moving, partial, values[node], node, zeroed)
                total = part if total is None else total + part
        tangents[node] = total
    return tangents
