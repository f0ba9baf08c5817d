"""For derivatives: two operations in a row as one, whose rule does not cancel."""

from __future__ import annotations

from cgcli.annotations import Collection
from cgcli.graph import Graph
from cgcli.ops import OPS
from cgcli.ops.derivative import JOINED


def joined(graph: Graph, by: Collection[int]) -> Graph:
    """The graph with the operations of `ops.derivative.JOINED` in the place of the last of such two, unless
    the first is a node to differentiate `by`. Nodes and their values stay what they are."""
    found = graph
    for (last, first), op in JOINED.items():
        if OPS[last] not in graph.ops or OPS[first] not in graph.ops:
            continue
        for node, one in enumerate(graph.ops):
            inner = graph.args.first[node]
            if one is OPS[last] and graph.ops[inner] is OPS[first] and inner not in by:
                if found is graph:
                    found = graph.copy()
                found.ops[node], found.args.first[node] = op, graph.args.first[inner]
                if inner in graph.attrs:
                    found.attrs[node] = graph.attrs[inner]
    return found
