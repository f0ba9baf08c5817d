"""For derivatives: two operations in a row as one, whose rule does not cancel."""

from __future__ import annotations

from cgcli.annotations import Any, Collection, Iterable
from cgcli.graph import Graph
from cgcli.ops import OPS
from cgcli.ops.derivative import JOINED

# By the last of two operations, what they are together by the name of the first.
AFTER: dict[Any, dict[str, Any]] = {}
for (_last, _first), _op in JOINED.items():
    AFTER.setdefault(OPS[_last], {})[_first] = _op


def pairs(graph: Graph, nodes: Iterable[int], by: Collection[int]) -> list[tuple[int, Any]]:
    """The nodes among some that are the last of two operations of `ops.derivative.JOINED`, with what these
    are together; unless the first is a node to differentiate `by`."""
    found = []
    for node in nodes:
        together = AFTER.get(graph.ops[node])
        if together is not None:
            inner = graph.args.first[node]
            op = together.get(graph.ops[inner].name)
            if op is not None and inner not in by:
                found.append((node, op))
    return found


def join(graph: Graph, node: int, op: Any) -> None:
    """Put an operation in the place of a node and of its operand."""
    inner = graph.args.first[node]
    graph.ops[node], graph.args.first[node] = op, graph.args.first[inner]
    if inner in graph.attrs:
        graph.attrs[node] = graph.attrs[inner]


def joined(graph: Graph, by: Collection[int]) -> Graph:
    """The graph with the operations of `ops.derivative.JOINED` in the place of the last of such two. Nodes
    and their values stay what they are."""
    ops = set(graph.ops)
    found = pairs(graph, range(len(graph)), by) if any(last in ops for last in AFTER) else []
    if not found:
        return graph
    graph = graph.copy()
    for node, op in found:
        join(graph, node, op)
    return graph


def differentiable(graph: Graph, by: Collection[int]) -> tuple[Graph, bytearray]:
    """The graph `joined` for derivatives by some nodes, and its nodes that depend on these
    (`Graph.dependents`): they are the same in both."""
    return joined(graph, by), graph.dependents(by)
