"""The tangent pass (forward mode): derivatives of every node along one direction."""

from __future__ import annotations

from cgcli.errors import OperationError, located
from cgcli.graph import Graph
from cgcli.ops.chain import push

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any


def tangent(
    graph: Graph,
    algebra: Any,
    values: Any,
    seeds: Mapping[int, Any],
    nodes: Sequence[int] | None = None,
    zeroed: list[int] | None = None,
) -> dict[int, Any]:
    """Tangents by node, of those that depend on a seed.

    `values` are those of the forward pass over the same algebra; `seeds` give the direction: the
    tangent of each node that moves by itself. `nodes`, ascending, limits the pass to some of them: to
    all that depend on a seed and that something wanted needs. `zeroed` collects the nodes where 0 met
    nan or inf.
    """
    ops, args, attrs = graph.ops, graph.args, graph.attrs
    tangents: dict[int, Any] = {}
    for node in range(len(ops)) if nodes is None else nodes:
        total = seeds.get(node)
        if total is None:
            operands = args[node]
            moving = [tangents.get(operand) for operand in operands]
            if any(part is not None for part in moving):
                primals = [values[operand] for operand in operands]
                attributes = attrs.get(node, {})
                try:
                    total = push(ops[node], algebra, moving, values[node], primals, attributes, node, zeroed)
                except (OperationError, MemoryError) as error:
                    raise located(error, node) from None
        if total is not None:
            tangents[node] = total
    return tangents
