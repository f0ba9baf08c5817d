"""What is left of a graph once some of its inputs are known."""

from __future__ import annotations

from cgcli.annotations import Any, Mapping, Sequence
from cgcli.graph import Graph
from cgcli.shapes import Shape


class Residual:
    """A graph of the nodes that depend on what is not known, and of the values that they need.

    graph       what is left; a number that is known is a constant, an array an input of its own
    shapes      of its nodes
    known       the values of these inputs
    outputs     the nodes that were asked for, in their order
    """

    __slots__ = ("graph", "known", "outputs", "shapes")

    def __init__(
        self,
        graph: Graph,
        shapes: Sequence[Shape],
        outputs: Sequence[int],
        varying: bytearray,
        values: Mapping[int, Any],
    ) -> None:
        """`varying` marks the nodes that are not known; `values` has those of all others that they need."""
        self.graph = Graph()
        self.known: dict[str, Any] = {}
        self.shapes: list[Shape] = []
        place: dict[int, int] = {}
        wanted = set(outputs)
        nodes = graph.ancestors(outputs)
        for node in nodes:
            if varying[node]:
                wanted.update(graph.args[node])
        for node in nodes:
            if varying[node]:
                self.graph.take(graph, node, place)
            elif node in wanted:
                place[node] = self._value(values[node], node)
            else:
                continue
            self.shapes.append(shapes[node])
        self.outputs = [place[node] for node in outputs]

    def _value(self, value: Any, node: int) -> int:
        if value.__class__ is float:
            return self.graph.constant(value)
        name = f"{node}:"  # no name of a program
        self.known[name] = value
        return self.graph.input(name)
