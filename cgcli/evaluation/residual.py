"""What is left of a graph once some of its inputs are known."""

from __future__ import annotations

from cgcli.annotations import Any, Mapping, Sequence
from cgcli.evaluation.specialised import Specialised
from cgcli.graph import Graph
from cgcli.passes.forward import forward
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
        of: Specialised,
        graph: Graph,
        shapes: Sequence[Shape],
        outputs: Sequence[int],
        roots: Sequence[int],
        known: Mapping[str, Any],
    ) -> None:
        """Of nodes of a graph that is that of a program, or goes on from it: `roots` are the inputs that are
        not known. Raises `CgError` where an operation has no answer."""
        varying, nodes = graph.dependents(roots), graph.ancestors(outputs)
        values = of.run(forward, graph, of.algebra, known, [node for node in nodes if not varying[node]])
        self.graph = Graph()
        self.known: dict[str, Any] = {}
        self.shapes: list[Shape] = []
        place: dict[int, int] = {}
        wanted = set(outputs)
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
