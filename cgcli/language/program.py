"""A program as a graph: its outputs, inputs, names and assertions."""

from __future__ import annotations

from cgcli.graph import Graph
from cgcli.ops import CONSTANTS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cgcli.diagnostics import Diagnostic
    from cgcli.language.syntax import Statement, Statements
    from cgcli.shapes import Shape
    from cgcli.source import Source


class Output:
    """Something the program answers with: a node, its name or None, its place in the source."""

    __slots__ = ("end", "name", "node", "start")

    def __init__(self, name: str | None, node: int, start: int, end: int) -> None:
        self.name, self.node, self.start, self.end = name, node, start, end


class Assertion:
    """A node that must not be 0, and the place of the asserted expression."""

    __slots__ = ("end", "node", "start")

    def __init__(self, node: int, start: int, end: int) -> None:
        self.node, self.start, self.end = node, start, end


class Program:
    """What a source means.

    graph       all its nodes
    outputs     the bare expressions; without any, the names that nothing else uses
    assertions  in the order of the source
    names       every name that can be read at the end, inputs included, and its node
    statements  those of the source
    inputs      the names that a value must come from outside for, and their nodes
    functions   the names of the functions that it defines
    defaults    of `input x = value`: a number, or a program without inputs that computes it
    shapes      the declared shapes of inputs; their sizes may be names
    uses_arrays whether it computes with arrays, as far as its text says
    derives     whether it differentiates: its graph has nodes that stand for derivatives
    warnings    found on the way, such as a number beyond the largest double
    """

    __slots__ = (
        "assertions",
        "defaults",
        "derives",
        "functions",
        "graph",
        "inputs",
        "names",
        "outputs",
        "shapes",
        "source",
        "statements",
        "uses_arrays",
        "warnings",
    )

    def __init__(self, source: Source, statements: Statements) -> None:
        self.source = source
        self.graph = Graph()
        self.outputs: list[Output] = []
        self.assertions: list[Assertion] = []
        self.names: dict[str, int] = {}
        self.statements = statements
        self.inputs: dict[str, int] = {}
        self.functions: set[str] = set()
        self.defaults: dict[str, float | Program] = {}
        self.shapes: dict[str, Shape] = {}
        self.uses_arrays = False
        self.derives = False
        self.warnings: list[Diagnostic] = []

    def over(self, graph: Graph, nodes: Mapping[int, int] | Sequence[int]) -> Program:
        """The same program over another graph; `nodes` says which node each has become."""
        found = Program(self.source, self.statements)
        for field in self.__slots__:
            setattr(found, field, getattr(self, field))
        found.graph = graph
        found.outputs = [Output(o.name, nodes[o.node], o.start, o.end) for o in self.outputs]
        found.assertions = [Assertion(nodes[a.node], a.start, a.end) for a in self.assertions]
        found.names = {name: nodes[node] for name, node in self.names.items()}
        found.inputs = {name: nodes[node] for name, node in self.inputs.items()}
        return found

    def first_given(self, name: str) -> Statement | None:
        """The first statement that gives or declares a name."""
        kinds = self.statements.kinds
        for index, given in enumerate(self.statements.names):
            if given == name and kinds[index] != "define":
                return self.statements[index]
        return None

    def fixed(self, name: str) -> str | None:
        """What a name is that nothing can be differentiated by: a constant of the language, or the
        size of a declared shape. None for any other."""
        if name in self.inputs or self.first_given(name) is not None:
            return None
        if name in CONSTANTS:
            return "a constant"
        sizes = {str(size) for shape in self.shapes.values() for size in shape}
        return "the size of an array" if name in sizes else None

    def output_names(self) -> list[str]:
        """What the outputs are called in gradients: their names, else `f`, or `f1`, `f2`, ..."""
        return _called([output.name for output in self.outputs])

    def roots(self) -> list[tuple[str, Output]]:
        """The outputs and what they are called; the assertions where there is no output."""
        roots = self.outputs or [Output(None, a.node, a.start, a.end) for a in self.assertions]
        return list(zip(_called([root.name for root in roots]), roots, strict=True))


def _called(names: list[str | None]) -> list[str]:
    several, count = names.count(None) > 1, 0
    called = []
    for name in names:
        count += name is None
        called.append(name or (f"f{count}" if several else "f"))
    return called
