"""The forward pass: the value of every node, over any algebra."""

from __future__ import annotations

from cgcli.graph import OTHERS, Graph
from cgcli.ops import CONSTANT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any


def forward(graph: Graph, algebra: Any, inputs: Mapping[str, Any], nodes: Iterable[int] | None = None) -> Any:
    """Values of the nodes, in the order of the graph, in whatever holds them (`algebra.room`).

    `inputs` gives each input's value by name. `nodes`, in ascending order and closed under
    operands, limits the pass to some of them; what stands for the rest means nothing. The
    algebra has a function for every operation as an attribute.
    """
    attrs, others = graph.attrs, graph.args.others
    functions = {op: getattr(algebra, op.name) for op in set(graph.ops) if op.arity != 0}
    values = algebra.room(len(graph))
    for node, op, x, y in graph.walk(nodes):
        if y >= 0:
            values[node] = functions[op](values[x], values[y])
        elif y == OTHERS:
            values[node] = functions[op](*[values[operand] for operand in others[node]])
        elif x >= 0:
            values[node] = functions[op](values[x])
        elif op is CONSTANT:
            values[node] = attrs[node]
        else:
            values[node] = inputs[attrs[node]]
    return values
