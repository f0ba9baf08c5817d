"""One walk over a graph yields records; whatever draws a graph draws these."""

from __future__ import annotations

from cgcli.annotations import Any, Mapping, Sequence
from cgcli.graph import Graph, reached
from cgcli.language.program import Program
from cgcli.ops import CONSTANT, INPUT, OPS, ArrayOp, Leaf
from cgcli.render.infix import (
    attribute_text,
    expression,
    is_language_constant,
    label_nodes,
    quoted,
    subscript_text,
)
from cgcli.render.numbers import number
from cgcli.shapes import Shape

ARRAY = OPS["array"]

# A chain of one of these is drawn as one node with many branches; and all whose operands change places.
ASSOCIATIVE = {"add", "mul", "and_", "or_"}

# An array written out as numbers is cut beyond so many characters.
LONGEST_LEAF = 40


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
    shape       None where it is not known, or of no interest
    attributes  of the operation, by name
    adjoints    by label of an output that depends on it; empty where they were not asked for
    """

    __slots__ = (
        "adjoints", "args", "attributes", "id", "kind", "label", "name", "node", "number", "shape", "title",
        "value",
    )  # fmt: skip

    def __init__(self, graph: Graph, node: int, number: int, ids: Mapping[int, int], label: str) -> None:
        op, self.node, self.number, self.id = graph.ops[node], node, number, ids[node]
        leaf = op.__class__ is Leaf
        self.kind, self.title = op.word, (leaf_text if not number or leaf else node_title)(graph, node)
        self.name, self.label = graph.names.get(node) if number else None, label or self.title
        self.args = [ids[arg] for arg in graph.args[node]] if number else []
        self.attributes: dict[str, Any] = {} if leaf else graph.attrs.get(node, {})
        self.value: Any = None
        self.shape: Shape | None = None
        self.adjoints: dict[str, Any] = {}


class Picture:
    """What there is to draw: records in topological order, and the outputs among them.

    outputs     name or None, and id of the record
    roots       the ids of these
    uses        by id, how often it is an operand
    labels      by node, as `expression` takes them
    A program without outputs is drawn from its assertions.
    """

    def __init__(
        self,
        program: Program,
        values: Sequence[Any],
        shapes: Sequence[Shape | None] | None = None,
        adjoints: Mapping[int, Mapping[int, Any]] | None = None,
    ) -> None:
        """`adjoints` are by node of an output, then by node (`evaluation.derivatives.adjoints`)."""
        self.graph = graph = program.graph
        plain = _plain_nodes(graph)
        roots = program.roots()
        nodes = reached(  # but not what plain constants are made of
            (root.node for _, root in roots), lambda node: () if plain[node] else graph.args[node]
        )
        self.records: list[Record] = []
        ids = {node: place for place, node in enumerate(nodes, 1)}
        listed: dict[int, int] = {}
        for node in nodes:
            if not plain[node]:
                listed[node] = len(listed) + 1
        self.labels = label_nodes(graph, {})
        for name, root in roots:
            if root.node in listed and name not in self.labels.values():
                self.labels.setdefault(root.node, name)
        self.labels = label_nodes(graph, {n: i for n, i in listed.items() if graph.args[n]}, self.labels)
        reached_back: dict[int, dict[str, Any]] = {}
        for output, of in (adjoints or {}).items():
            if output in self.labels:
                for node, adjoint in of.items():
                    reached_back.setdefault(node, {})[self.labels[output]] = adjoint
        for node in nodes:
            record = Record(graph, node, listed.get(node, 0), ids, self.labels.get(node, ""))
            record.value, record.shape = values[node], shapes[node] if shapes else None
            record.adjoints = reached_back.get(node, {})
            self.records.append(record)
        self.outputs = [(root.name, ids[root.node]) for _, root in roots]
        self.roots = {place for _, place in self.outputs}
        self.uses = [0] * (len(nodes) + 1)
        for record in self.records:
            for arg in record.args:
                self.uses[arg] += 1

    def branches(self, record: Record) -> list[int]:
        """The ids of a node's operands; in the place of one that goes on with the same associative
        operation, and that nothing else speaks of, the operands of that one."""
        op, found, todo = self.graph.ops[record.node], [], record.args[::-1]
        while todo:
            place = todo.pop()
            other = self.records[place - 1]
            if self._continues(other) and self.graph.ops[other.node] is op:
                todo.extend(other.args[::-1])
            else:
                found.append(place)
        return found

    def _continues(self, record: Record) -> bool:
        alone = record.name is None and self.uses[record.id] == 1 and record.id not in self.roots
        return alone and self.graph.ops[record.node].name in ASSOCIATIVE

    def shown(self) -> list[Record]:
        """The records that are branches of others, and the outputs."""
        wanted = reached(self.roots, lambda place: self.branches(self.records[place - 1]))
        return [self.records[place - 1] for place in wanted]

    def edges(self, record: Record) -> list[tuple[int, int]]:
        """The branches of a node, and their numbers where they do not change places; else 0."""
        branches = self.branches(record)
        plain = len(branches) < 2 or self.graph.ops[record.node].commutes
        return [(arg, 0 if plain else place) for place, arg in enumerate(branches, 1)]

    def formula(self, record: Record) -> str:
        """A node over the labels of its operands, such as `v1*sin(x)`."""
        return expression(self.graph, record.node, self.labels)


def leaf_text(graph: Graph, node: int) -> str:
    """The name of an input, the name or the number of a constant, the text of a plain array."""
    if graph.ops[node] is INPUT:
        return str(graph.attrs[node])
    if graph.ops[node] is not CONSTANT:
        text = expression(graph, node, {})
        return text if len(text) <= LONGEST_LEAF else f"{text[: LONGEST_LEAF // 2]} … {text[-8:]}"
    if is_language_constant(graph, node):
        return graph.names[node]
    return number(graph.attrs[node])


def node_title(graph: Graph, node: int) -> str:
    """The symbol or the name of an operation, with its attributes: `+`, `sum(axis=0)`, `[1:3]`."""
    op, attributes = graph.ops[node], graph.attrs.get(node)
    if not isinstance(op, ArrayOp) or not attributes:
        return ".T" if op.name == "transpose" else op.title
    if op.name == "index":
        shown = ("·" if subscript is None else subscript_text(subscript) for subscript in attributes["at"])
        return f"[{', '.join(shown)}]"
    told = []
    for name, value in attributes.items():
        shown_value = (
            quoted(value) if op.attributes[name].kind in ("text", "index") else attribute_text(value)
        )
        told.append(shown_value if op.attributes[name].required else f"{name}={shown_value}")
    return f"{op.word}({', '.join(told)})"


def _plain_nodes(graph: Graph) -> list[bool]:
    """Plain constants, arrays written out of them, and those such as `eye(3)` that have no operands."""
    plain = [False] * len(graph)
    for node, op in enumerate(graph.ops):
        if op.__class__ is Leaf:
            named = node in graph.names and not is_language_constant(graph, node)
            plain[node] = op is CONSTANT and not named
        elif node not in graph.names:
            args = graph.args[node]
            plain[node] = not args or (op is ARRAY and all(plain[arg] for arg in args))
    return plain


def listed_nodes(graph: Graph) -> bytearray:
    """One byte a node: 1 where the node is listed, and so has an adjoint to show."""
    return bytearray(not plain for plain in _plain_nodes(graph))
