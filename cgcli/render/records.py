"""One walk over a graph yields records; whatever draws a graph draws these."""

from __future__ import annotations

from cgcli.graph import Graph
from cgcli.ops import CONSTANT, INPUT
from cgcli.render.infix import expression, is_language_constant, label_nodes
from cgcli.render.numbers import number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cgcli.language.program import Program


class Record:
    """A node as it is shown.

    id          its place in the walk, from 1
    number      its place among the nodes that are listed; 0 for a plain constant, which is shown
                where it is used
    node        its index in the graph
    kind        `input`, `constant` or the name of its operation
    title       the symbol or name of its operation, the name of an input, the text of a constant
    name        the name that the program gave it, or None
    label       what other nodes call it: its name, `f` for an output, or `v` and its number
    args        the ids of its operands
    value       None where it is not known
    adjoints    by label of an output that depends on it; empty where they were not asked for
    """

    __slots__ = ("adjoints", "args", "id", "kind", "label", "name", "node", "number", "title", "value")

    def __init__(
        self,
        id: int,
        number: int,
        node: int,
        kind: str,
        title: str,
        name: str | None,
        label: str,
        args: list[int],
        value: float | None,
        adjoints: dict[str, float],
    ) -> None:
        self.id, self.number, self.node = id, number, node
        self.kind, self.title = kind, title
        self.name, self.label, self.args = name, label, args
        self.value, self.adjoints = value, adjoints


class Picture:
    """What there is to draw: records in topological order, and the outputs among them.

    outputs     name or None, and id of the record
    labels      by node, as `expression` takes them
    A program without outputs is drawn from its assertions.
    """

    __slots__ = ("graph", "labels", "outputs", "records")

    def __init__(
        self,
        program: Program,
        values: Sequence[float | None],
        adjoints: Mapping[int, Mapping[int, float]] | None = None,
    ) -> None:
        """`adjoints` are by node of an output, then by node; see `evaluation.adjoints`."""
        self.graph = graph = program.graph
        roots = program.roots()
        nodes = graph.ancestors(root.node for _, root in roots)
        self.records: list[Record] = []
        ids = {node: place for place, node in enumerate(nodes, 1)}
        listed: dict[int, int] = {}
        for node in nodes:
            if not is_plain_constant(graph, node):
                listed[node] = len(listed) + 1
        self.labels = label_nodes(graph, {})
        for name, root in roots:
            if root.node in listed and name not in self.labels.values():
                self.labels.setdefault(root.node, name)
        self.labels = label_nodes(graph, {n: i for n, i in listed.items() if graph.args[n]}, self.labels)
        known = {node: of for node, of in (adjoints or {}).items() if node in self.labels}
        for node in nodes:
            op = graph.ops[node]
            number = listed.get(node, 0)
            title = op.title if graph.args[node] else leaf_text(graph, node)
            own = {self.labels[o]: of[node] for o, of in known.items() if node in of}
            self.records.append(
                Record(
                    ids[node],
                    number,
                    node,
                    op.word,
                    title,
                    graph.names.get(node) if number else None,
                    self.labels.get(node, title),
                    [ids[arg] for arg in graph.args[node]],
                    values[node],
                    own,
                )
            )
        self.outputs = [(root.name, ids[root.node]) for _, root in roots]

    def formula(self, record: Record) -> str:
        """A node over the labels of its operands, such as `v1*sin(x)`."""
        return expression(self.graph, record.node, self.labels)


def leaf_text(graph: Graph, node: int) -> str:
    """The name of an input, the name or the number of a constant."""
    if graph.ops[node] is INPUT:
        return str(graph.attrs[node])
    if is_language_constant(graph, node):
        return graph.names[node]
    return number(graph.attrs[node])


def is_plain_constant(graph: Graph, node: int) -> bool:
    """A number, or a constant of the language, that the program did not name."""
    return graph.ops[node] is CONSTANT and (node not in graph.names or is_language_constant(graph, node))


def listed_nodes(graph: Graph) -> bytearray:
    """One byte a node: 1 where the node is listed, and so has an adjoint to show."""
    return bytearray(not is_plain_constant(graph, node) for node in range(len(graph)))
