"""A program as a graph: its outputs, inputs, names and assertions."""

from __future__ import annotations

from cgcli.graph import Graph
from cgcli.ops import CONSTANTS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cgcli.diagnostics import Diagnostic
    from cgcli.language.syntax import Statement, Statements
    from cgcli.shapes import Named, Shape
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


def _unknown(name: str) -> None:
    return None


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
    numbers     inputs that a derivative inside the program takes for numbers, and its function
    assumed     sizes of slices that a derivative inside the program takes to be from 0, such as n - 1,
                and the places of the slices
    shape_of    the shapes of values from outside that are known already, by name; () for a number
    uses_arrays whether it computes with arrays, as far as its text says
    warnings    found on the way, such as a number beyond the largest double
    """

    __slots__ = (
        "assertions",
        "assumed",
        "defaults",
        "functions",
        "graph",
        "inputs",
        "names",
        "numbers",
        "outputs",
        "shape_of",
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
        self.numbers: dict[str, str] = {}
        self.assumed: dict[Named, tuple[int, int]] = {}
        self.shape_of: Callable[[str], Shape | None] = _unknown
        self.uses_arrays = False
        self.warnings: list[Diagnostic] = []

    def over(self, graph: Graph, nodes: Mapping[int, int]) -> Program:
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
        """What the outputs are called in gradients: their names, else `f`, or `f1`, `f2`, ...; `out` where
        the program or its inputs have such a name."""
        return self._called(self.outputs)

    def roots(self) -> list[tuple[str, Output]]:
        """The outputs and what they are called; the assertions where there is no output."""
        roots = self.outputs or [Output(None, a.node, a.start, a.end) for a in self.assertions]
        return list(zip(self._called(roots), roots, strict=True))

    def _called(self, outputs: list[Output]) -> list[str]:
        unnamed = sum([output.name is None for output in outputs])
        numbers = [str(number) for number in range(1, unnamed + 1)] if unnamed > 1 else [""]
        word = "f"
        while any(word + number in self.names for number in numbers):
            word = "out" if word == "f" else word + "_"
        free = iter(numbers)
        return [output.name or word + next(free) for output in outputs]
