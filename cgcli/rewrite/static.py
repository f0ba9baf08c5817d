"""A static graph: known whole, with its shapes, before any value comes."""

from __future__ import annotations

from cgcli.annotations import Any, Iterable, Sequence
from cgcli.graph import Graph
from cgcli.ops import CONSTANT, INPUT
from cgcli.ops.constants import identity
from cgcli.shapes import Shape


class Derivative(str):
    """The name of an output that is a derivative, such as `d2f_dxdy`.

    function    what is differentiated: `f`
    by          the inputs, one for each order: `x`, `y`
    """

    __slots__ = ("by", "function")
    function: str
    by: tuple[str, ...]

    def __new__(cls, name: str, function: str, by: tuple[str, ...]) -> Derivative:
        self = super().__new__(cls, name)
        self.function, self.by = function, by
        return self


class Static:
    """A graph and what is wanted of it.

    graph       its nodes; more than the outputs need may be there
    outputs     name and node of each output. Several outputs of a program all have names, those of
                `Program.output_names`; a single one that nobody named has None, and is called like
                the function that is made of it, or as `named` says
    shapes      by node; None where it is not known, which means a number where nothing else is said
    written     how many of the first nodes were written by somebody, and not derived from these
    kept        inputs that stay, whether the outputs need them or not
    text        as a program, once that is known (`differentiate.program`)
    """

    __slots__ = ("graph", "kept", "outputs", "shapes", "text", "written")

    def __init__(
        self,
        graph: Graph,
        outputs: Sequence[tuple[str | None, int]],
        shapes: Sequence[Shape | None],
        written: int | None = None,
        kept: Sequence[int] = (),
    ) -> None:
        self.graph, self.outputs, self.shapes = graph, list(outputs), list(shapes)
        self.written = len(self.shapes) if written is None else written
        self.kept = list(kept)
        self.text: str | None = None

    def keep(self, names: Iterable[str]) -> Static:
        """The same, with these inputs kept."""
        graph, wanted = self.graph, set(names)
        kept = [node for node, op in enumerate(graph.ops) if op is INPUT and graph.attrs[node] in wanted]
        return Static(graph, self.outputs, self.shapes, self.written, kept)

    def named(self) -> list[tuple[str, int]]:
        """The outputs, with a name where there is none: `f`."""
        return [(name or "f", node) for name, node in self.outputs]

    def schedule(self) -> list[int]:
        """The nodes that the outputs need, and kept inputs, in an order in which they can be computed."""
        return self.graph.ancestors([*(node for _, node in self.outputs), *self.kept])

    def joined(self, *others: Static) -> Static:
        """The same with the nodes that the outputs of others need, and these outputs behind its own. What
        several of them have is there once."""
        graph, shapes, outputs = self.graph.copy(), list(self.shapes), list(self.outputs)
        own = {_key(graph, node, graph.args[node]): node for node in range(len(graph))}
        for other in others:
            old, place = other.graph, dict[int, int]()
            for node in other.schedule():
                args = tuple([place[arg] for arg in old.args[node]])
                key = _key(old, node, args)
                if key in own:
                    place[node] = own[key]
                else:
                    own[key] = graph.take(old, node, place)
                    shapes.append(other.shapes[node])
                if node in old.names:
                    graph.names.setdefault(own[key], old.names[node])
            outputs += [(name, place[node]) for name, node in other.outputs]
        return Static(graph, outputs, shapes, self.written, self.kept)

    def inputs(self) -> dict[str, int]:
        """The inputs that the outputs need, and those that are kept, by name, in the order of the
        graph."""
        graph = self.graph
        return {graph.attrs[node]: node for node in self.schedule() if graph.ops[node] is INPUT}

    def uses(self) -> dict[int, int]:
        """How often each scheduled node is an operand; an output counts as one use more."""
        counts = dict.fromkeys(self.schedule(), 0)
        for node in counts:
            for arg in self.graph.args[node]:
                counts[arg] += 1
        for _, node in self.outputs:
            counts[node] += 1
        return counts


def _key(graph: Graph, node: int, args: tuple[int, ...]) -> Any:
    """What makes two nodes the same, where those of their operands are."""
    op, attr = graph.ops[node], graph.attrs.get(node)
    if op is CONSTANT:
        return op, identity(graph.attrs[node]), graph.names.get(node)
    if op is INPUT or not attr:
        return op, args, attr or ()
    return op, args, tuple(sorted(attr.items()))
