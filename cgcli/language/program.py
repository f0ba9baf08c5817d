"""A program: what a source means, and what it is called."""

from __future__ import annotations

from cgcli.annotations import Any, Collection, Mapping, Sequence
from cgcli.diagnostics import CgError, Diagnostic
from cgcli.graph import Graph
from cgcli.language.block import Block, Output
from cgcli.language.syntax import Statement, Statements
from cgcli.ops import CONSTANTS
from cgcli.shapes import Shape
from cgcli.source import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cgcli.control.tree import Tree


class Program:
    """What a source means.

    block       its statements as a graph, whose parts stand here, too
    statements  those of the source
    functions   the names of the functions that it defines
    defaults    of `input x = value`: a number, or a program without inputs that computes it
    shapes      the declared shapes of inputs; their sizes may be names
    uses_arrays whether it computes with arrays, as far as its text says
    derives     whether it differentiates: its graph has nodes that stand for derivatives
    nested      inputs that have lists or records for values, by which nothing is differentiated
    tree        of a program that runs; its graph then has nothing but a place for each name and output
    made        where these have been written out, for each node whether a derivative is made of it
    curved      those that are derivatives of derivatives (`evaluation.curved`)
    firsts      those that are first ones: by node, what they are of and by what
    warnings    found on the way, such as a number beyond the largest double
    """

    def __init__(self, source: Source, statements: Statements, block: Block) -> None:
        self.source, self.statements = source, statements
        self.block, self.graph, self.inputs, self.names = block, block.graph, block.inputs, block.names
        self.outputs, self.assertions, self.aside = block.outputs, block.assertions, block.aside
        self.functions: set[str] = set()
        self.defaults: dict[str, float | Program] = {}
        self.shapes: dict[str, Shape] = {}
        self.uses_arrays = self.derives = False
        self.tree: Tree | None = None
        self.nested: set[str] = set()
        self.made: bytearray | None = None
        self.curved: list[Any] = []
        self.firsts: dict[int, tuple[int, int]] = {}
        self.warnings: list[Diagnostic] = []

    def __repr__(self) -> str:
        return f"<Program: {', '.join(self.inputs)} -> {', '.join(self.output_names())}>"

    def over(self, graph: Graph, nodes: Mapping[int, int] | Sequence[int]) -> Program:
        """The same program over another graph; `nodes` says which node each has become."""
        found = Program(self.source, self.statements, self.block.over(graph, nodes))
        for field in ("functions", "defaults", "shapes", "uses_arrays", "derives", "warnings"):
            setattr(found, field, getattr(self, field))
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

    def nodes(self, names: Collection[str]) -> list[int]:
        """The nodes of inputs and other names. Raises `CgError` for one that a program that runs has not
        set."""
        inputs, others = self.inputs, self.names
        for name in names:
            if name not in inputs and name not in others:
                raise CgError("usage", f"`{name}` has no value that can vary on the path taken")
        return [inputs[name] if name in inputs else others[name] for name in names]

    def output_names(self, beside: Collection[str] = ()) -> list[str]:
        """What the outputs are called in gradients: their names, else `f`, or `f1`, `f2`, ...; `out` where
        the program or its inputs have such a name, or what they stand `beside` is called as one of them, an
        element or a derivative of it."""
        return self._called(self.outputs, beside)

    def roots(self) -> list[tuple[str, Output]]:
        """The outputs and what they are called; the assertions where there is no output."""
        roots = self.outputs or [Output(None, a.node, a.start, a.end) for a in self.assertions]
        return list(zip(self._called(roots), roots, strict=True))

    def _called(self, outputs: list[Output], beside: Collection[str] = ()) -> list[str]:
        unnamed = sum([output.name is None for output in outputs])
        numbers = [str(number) for number in range(1, unnamed + 1)] if unnamed > 1 else [""]
        word = "f"
        taken = {(one.partition("/d")[0][1:] if "/d" in one else one).partition("[")[0] for one in beside}
        while any(word + number in self.names or word + number in taken for number in numbers):
            word = "out" if word == "f" else word + "_"
        free = iter(numbers)
        return [output.name or word + next(free) for output in outputs]
