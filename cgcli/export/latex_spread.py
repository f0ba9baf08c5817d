"""What a derivative says in one operation for the sake of its digits, in those that people know."""

from __future__ import annotations

from cgcli.ops import OPS
from cgcli.rewrite.static import Static


def spread(static: Static) -> Static:
    """The graph with `digammadiff(x, y)` as digamma(x + y) - digamma(x)."""
    if all(op.name != "digammadiff" for op in static.graph.ops):
        return static
    graph, shapes = static.graph.copy(), list(static.shapes)
    place: dict[int, int] = {}
    for node in static.schedule():
        op, args = graph.ops[node], tuple(place[arg] for arg in graph.args[node])
        if op.name == "digammadiff":
            total = graph.add(OPS["add"], args)
            above = graph.add(OPS["digamma"], (total,))
            below = graph.add(OPS["digamma"], args[:1])
            place[node] = graph.add(OPS["sub"], (above, below))
        elif args == graph.args[node]:
            place[node] = node
        else:
            attribute = graph.attrs.get(node)
            place[node] = graph.add(op, args, attribute, graph.starts[node], graph.ends[node])
            if node in graph.names:
                graph.names[place[node]] = graph.names[node]
        shapes += [static.shapes[node]] * (len(graph) - len(shapes))
    return Static(graph, [(name, place[node]) for name, node in static.outputs], shapes, static.written)
