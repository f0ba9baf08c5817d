"""The tangent pass (forward mode): derivatives of every node along one direction."""

from __future__ import annotations

from cgcli.errors import OperationError, located
from cgcli.graph import Graph
from cgcli.ops.chain import push

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from cgcli.algebras.algebra import Differentiable


def tangent(
    graph: Graph,
    algebra: Differentiable,
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
    ops, args, attrs = graph.ops, graph.args, graph.attrs
    tangents: list[Any] = [None] * len(ops)
    for node in range(len(ops)) if nodes is None else nodes:
        total = seeds.get(node)
        if total is None:
            operands = args[node]
            moving = [tangents[operand] for operand in operands]
            if any(part is not None for part in moving):
                primals = [values[operand] for operand in operands]
                attributes = attrs.get(node, {})
                try:
                    total = push(ops[node], algebra, moving, values[node], primals, attributes, node, zeroed)
                except (OperationError, MemoryError) as error:
                    raise located(error, node) from None
        tangents[node] = total
    return tangents
