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
    label       what other nodes call it: its name, or `v` and its number
    args        the ids of its operands
    value       None where it is not known
    adjoints    by output; empty where they were not asked for, and for plain constants
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

    `outputs` are (name or None, id of the record). `labels` are by node, as `expression` takes them.
    """

    __slots__ = ("graph", "labels", "outputs", "records")

    def __init__(
        self,
        program: Program,
        values: Sequence[float | None],
        adjoints: Mapping[str, Mapping[int, float]] | None = None,
    ) -> None:
        self.graph = graph = program.graph
        nodes = graph.ancestors(output.node for output in program.outputs)
        self.records: list[Record] = []
        ids: dict[int, int] = {}
        listed: dict[int, int] = {}
        for node in nodes:
            ids[node] = len(ids) + 1
            if not is_plain_constant(graph, node):
                listed[node] = len(listed) + 1
        self.labels = label_nodes(graph, {n: i for n, i in listed.items() if graph.args[n]})
        for node in nodes:
            op = graph.ops[node]
            number = listed.get(node, 0)
            own = {name: of.get(node, 0.0) for name, of in (adjoints or {}).items()} if number else {}
            title = op.title if graph.args[node] else leaf_text(graph, node)
            self.records.append(
                Record(
                    ids[node],
                    number,
                    node,
                    op.name.rstrip("_"),
                    title,
                    graph.names.get(node) if number else None,
                    self.labels.get(node, title),
                    [ids[arg] for arg in graph.args[node]],
                    values[node],
                    own,
                )
            )
        self.outputs = [(output.name, ids[output.node]) for output in program.outputs]

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
