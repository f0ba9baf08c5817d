"""The last nodes that a node was made of, as a graph of its own: what can be looked at of a long record."""

from __future__ import annotations

from heapq import heappop, heappush

from cgcli.annotations import Any
from cgcli.evaluation.ends import over
from cgcli.evaluation.specialised import Point, Specialised
from cgcli.graph import Graph
from cgcli.language.block import Output
from cgcli.ops import CONSTANT, INPUT


def nearest(point: Point, count: int, digits: int) -> tuple[Point, set[int]]:
    """The last `count` nodes, at most, that the first output of a point was made of; and which nodes of the
    new graph these are. Others are operands of them alone, and stand there as numbers of so many digits. The
    derivatives by the last nodes are what they are in the whole; those by others are not."""
    graph, values = point.graph, point.values
    output = point.program.outputs[0]
    todo, seen = [-output.node], {output.node}
    chosen: set[int] = set()
    while todo and len(chosen) < count:
        node = -heappop(todo)
        chosen.add(node)
        for arg in graph.args[node]:
            if arg not in seen:
                seen.add(arg)
                heappush(todo, -arg)
    found, kept = Graph(), []
    ids: dict[int, int] = {}
    for node in sorted(seen):
        op: Any = graph.ops[node]
        args, attributes = tuple(ids[arg] for arg in graph.args[node] if arg in ids), graph.attrs.get(node)
        if node not in chosen and op is not CONSTANT and op is not INPUT:
            args, value = (), values[node]
            is_number = value.__class__ is float
            op, attributes = (CONSTANT, float(f"{value:.{digits}g}")) if is_number else (INPUT, "...")
        ids[node] = found.add(op, args, attributes, *graph.place(node))
        if node in graph.names and found.ops[ids[node]] is graph.ops[node]:
            found.names[ids[node]] = graph.names[node]
        kept.append(values[node])
    program = over(point.program, found)
    program.functions, program.uses_arrays = point.program.functions, point.program.uses_arrays
    program.outputs.append(Output(output.name, ids[output.node], output.start, output.end))
    return Point(Specialised(program, found, point.algebra, point.of.given), point.inputs, kept), {
        ids[node] for node in chosen
    }
