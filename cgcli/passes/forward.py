"""The forward pass, the value of every node over any algebra; and the tangent pass (forward mode), the
derivative of every node along one direction."""

from __future__ import annotations

from cgcli.annotations import Any, Iterable, Mapping, Sequence
from cgcli.errors import OperationError, located
from cgcli.graph import OTHERS, Graph
from cgcli.ops import CONSTANT, Leaf


def forward(
    graph: Graph,
    algebra: Any,
    inputs: Mapping[str, Any],
    nodes: Iterable[int] | None = None,
    known: Any = None,
) -> Any:
    """Values of the nodes, in the order of the graph, in whatever holds them (`algebra.room`).

    `inputs` gives each input's value by name. `nodes`, in ascending order and closed under
    operands, limits the pass to some of them; what stands for the rest means nothing, or it is what
    is `known`: the values of all nodes, from an earlier pass. The
    algebra has a function for every operation as an attribute. An `OperationError` gets its node.
    """
    attrs, others = graph.attrs, graph.args.others
    functions = {op: getattr(algebra, op.name) for op in set(graph.ops) if op.__class__ is not Leaf}
    constant = algebra.constant
    steps = graph.walk(nodes)
    values = algebra.room(len(graph.ops)) if known is None else known[:]
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
    from cgcli.ops.chain import push

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
