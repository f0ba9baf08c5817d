"""A run of statements as a graph over named slots."""

from __future__ import annotations

from cgcli.annotations import Mapping, Sequence
from cgcli.graph import Graph


class Output:
    """Something the program answers with: a node, its name or None, its place in the source."""

    __slots__ = ("end", "name", "node", "start")

    def __init__(self, name: str | None, node: int, start: int, end: int) -> None:
        self.name, self.node, self.start, self.end = name, node, start, end


class Assertion:
    """A node that must not be 0, the place of the asserted expression, and the program's message or None."""

    __slots__ = ("end", "message", "node", "start")

    def __init__(self, node: int, start: int, end: int, message: str | None = None) -> None:
        self.node, self.start, self.end, self.message = node, start, end, message


class Block:
    """Statements that are run one after the other, all of them: those of a whole program that does not run.

    graph       all their nodes; its inputs are the slots
    inputs      the slots: the names that are read, and not given before, and their nodes
    names       every name that can be read at the end, inputs included, and the node that it has then
    outputs     the bare expressions; without any, the names that nothing else uses
    assertions  in the order of the source
    aside       expressions that stand beside the program, and may speak of its names
    """

    def __init__(self) -> None:
        self.graph = Graph()
        self.inputs: dict[str, int] = {}
        self.names: dict[str, int] = {}
        self.outputs: list[Output] = []
        self.assertions: list[Assertion] = []
        self.aside: list[Output] = []

    def over(self, graph: Graph, nodes: Mapping[int, int] | Sequence[int]) -> Block:
        """The same block over another graph; `nodes` says which node each has become."""
        found = Block()
        found.graph = graph
        found.inputs = {name: nodes[node] for name, node in self.inputs.items()}
        found.names = {name: nodes[node] for name, node in self.names.items()}
        found.outputs, found.aside = (
            [Output(o.name, nodes[o.node], o.start, o.end) for o in some]
            for some in (self.outputs, self.aside)
        )
        found.assertions = [Assertion(nodes[a.node], a.start, a.end, a.message) for a in self.assertions]
        return found
