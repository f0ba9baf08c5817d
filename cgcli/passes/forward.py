"""The forward pass: the value of every node, over any algebra."""

from __future__ import annotations

from cgcli.errors import OperationError, located
from cgcli.graph import OTHERS, Graph
from cgcli.ops import CONSTANT, Leaf

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any


def forward(graph: Graph, algebra: Any, inputs: Mapping[str, Any], nodes: Iterable[int] | None = None) -> Any:
    """Values of the nodes, in the order of the graph, in whatever holds them (`algebra.room`).

    `inputs` gives each input's value by name. `nodes`, in ascending order and closed under
    operands, limits the pass to some of them; what stands for the rest means nothing. The
    algebra has a function for every operation as an attribute. An `OperationError` gets its node.
    """
    attrs, others = graph.attrs, graph.args.others
    functions = {op: getattr(algebra, op.name) for op in set(graph.ops) if op.__class__ is not Leaf}
    constant = algebra.constant
    steps = graph.walk(nodes)
    values = algebra.room(len(graph.ops))
    node = -1
    try:
        for node, op, x, y in steps:
            if y >= 0:
                values[node] = functions[op](values[x], values[y])
            elif y == OTHERS:
                operands = [values[operand] for operand in others[node]]
                values[node] = functions[op](*operands, **attrs.get(node, {}))
            elif x >= 0:
                values[node] = functions[op](values[x])
            elif op is CONSTANT:
                values[node] = constant(attrs[node])
            else:
                values[node] = inputs[attrs[node]]
    except (OperationError, MemoryError) as error:
        raise located(error, node) from None
    return values
