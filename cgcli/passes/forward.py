"""The forward pass: the value of every node, over any algebra."""

from __future__ import annotations

from cgcli.graph import Graph
from cgcli.ops import CONSTANT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any


def forward(
    graph: Graph, algebra: Any, inputs: Mapping[str, Any], nodes: Iterable[int] | None = None
) -> list[Any]:
    """Values of the nodes, in the order of the graph.

    `inputs` gives each input's value by name. `nodes`, in ascending order and closed under
    operands, limits the pass to some of them; the rest stay None. The algebra has a function
    for every operation as an attribute.
    """
    ops, args, attrs = graph.ops, graph.args, graph.attrs
    functions = {op: getattr(algebra, op.name) for op in set(ops) if op.arity != 0}
    values: list[Any] = [None] * len(ops)
    for node in range(len(ops)) if nodes is None else nodes:
        operands = args[node]
        op = ops[node]
        if len(operands) == 2:
            x, y = operands
            values[node] = functions[op](values[x], values[y])
        elif operands:
            values[node] = functions[op](*[values[x] for x in operands])
        elif op is CONSTANT:
            values[node] = attrs[node]
        else:
            values[node] = inputs[attrs[node]]
    return values
