"""Nodes of a program as a function of unknowns and of rows."""

from __future__ import annotations

import contextlib
from math import prod

import numpy as np

from cgcli.algebras import arrays
from cgcli.algebras.batch import Batch
from cgcli.annotations import Any, Mapping, Sequence
from cgcli.errors import OperationError
from cgcli.evaluation.prepared import Prepared
from cgcli.evaluation.residual import Residual
from cgcli.evaluation.specialised import for_cells
from cgcli.graph import Graph
from cgcli.kernels.buffers import Buffers
from cgcli.kernels.machine import lanes, rows_at_once
from cgcli.kernels.row_blocks import over_rows
from cgcli.language.block import Output
from cgcli.ops import INPUT
from cgcli.passes.forward import forward
from cgcli.passes.shapes import are_numbers

# Rows from which on machine code pays, which takes some time to make.
MANY = 200_000


class Sketch:
    """A program for inputs of certain shapes, with a graph of its own to add derivatives to.

    of          the program, specialised
    graph, shapes           to be added to
    directions  inputs that stand for unit arrays, and these
    """

    def __init__(self, prepared: Prepared, cells: Mapping[str, tuple[int, ...]]) -> None:
        """`cells` has the shape of a cell of each column."""
        self.cells = dict(cells)
        self.known = {name: value for name, value in prepared.known.items() if name not in cells}
        self.of = for_cells(prepared.program, self.known, cells)
        self.program = self.of.program
        self.graph, self.shapes = self.of.graph.copy(), list(self.of.shapes())
        self.directions: dict[str, Any] = {}

    def unit(self, symbols: Any, shape: tuple[int, ...], place: int) -> Any:
        """An array of zeros with a 1 at a place, as a symbol; of no axes the number 1."""
        if shape == ():
            return 1.0
        name = f"{len(self.directions)}:unit"  # no name of a program
        array = np.zeros(shape)
        array.flat[place] = 1.0
        self.directions[name] = array
        return symbols.symbol(self.graph.input(name), shape)

    def aside(self, outputs: Sequence[Output]) -> list[int]:
        """The nodes of expressions beside the program."""
        starts = {output.start for output in outputs}
        return [output.node for output in self.program.aside if output.start in starts]

    def function(self, nodes: Sequence[int], unknowns: Sequence[str], count: int = 0) -> Function:
        """These nodes, as a function of unknowns and columns, of about so many rows."""
        return Function(self, nodes, unknowns, count)


class Function:
    """Some nodes, what they need of the rest known already.

    names       of the columns that they need
    is_flat     whether all that is computed for a row is numbers
    """

    def __init__(self, sketch: Sketch, nodes: Sequence[int], unknowns: Sequence[str], count: int = 0) -> None:
        graph: Graph = sketch.graph
        program = sketch.program
        roots = [
            node
            for node, op in enumerate(graph.ops)
            if op is INPUT and graph.attrs[node] in sketch.directions
        ]
        roots += program.nodes([*unknowns, *sketch.cells])
        left = Residual(sketch.of, graph, sketch.shapes, nodes, roots, sketch.known)
        self.graph, self.shapes, self.outputs = left.graph, left.shapes, left.outputs
        self.known = left.known | sketch.directions
        used = {self.graph.attrs[node]: node for node, op in enumerate(self.graph.ops) if op is INPUT}
        self.names = [name for name in sketch.cells if name in used]
        self.inputs = used
        self.has_rows = bool(sketch.cells)
        self._nodes = {len(nodes): self.graph.ancestors(self.outputs)}
        own = self._nodes[len(nodes)]
        self.is_flat = self.has_rows and are_numbers(self.graph, self.shapes, own)
        self._kernel: Any = None
        if count >= MANY and self.is_flat and lanes():
            self._unknowns = [name for name in unknowns if name in used]
            self._compile()
        arrays.begin({self.graph.ops[node] for node in self._nodes[len(nodes)]})

    def __call__(
        self, unknowns: Mapping[str, Any], columns: Mapping[str, Any], count: int, first: int | None = None
    ) -> list[Any]:
        """The values of the nodes for so many rows, or of the first ones: `Function.cells` makes arrays of
        them. Raises `OperationError` where an operation has no answer."""
        if self._kernel is not None and count > 1 and (found := self._by_kernel(unknowns, columns, count)):
            return found
        outputs, known = self.outputs[:first], self.known | dict(unknowns)
        own = {name: columns[name] for name in self.names}
        batched = count if self.has_rows and not self.is_flat else None
        values = over_rows(self.graph, self._needed(outputs), known, own, batched)
        return [values[node] for node in outputs]

    def _compile(self) -> None:
        """Machine code, where there can be some."""
        from cgcli.kernels.rows import Kernel

        names = [*self.names, *self._unknowns]
        with contextlib.suppress(OperationError):
            self._kernel = Kernel(self.graph, names, self.outputs, Buffers(), rows_at_once())

    def _by_kernel(
        self, unknowns: Mapping[str, Any], columns: Mapping[str, Any], count: int
    ) -> list[Any] | None:
        """All values by machine code; None where rows are to be computed another way."""
        given = {name: np.full(count, unknowns[name]) for name in self._unknowns}
        found, again = self._kernel({name: columns[name] for name in self.names} | given, count, None)
        return None if again else found

    def wide(
        self, unknowns: Mapping[str, Any], columns: Mapping[str, Any], count: int, first: int | None = None
    ) -> list[Any]:
        """The same over the longest floats, where there are some and they have all the operations."""
        from cgcli.algebras.wide import IS_WIDER, WIDE, widened

        if not IS_WIDER or (self.has_rows and not self.is_flat):
            return self(unknowns, columns, count, first)
        given = self.known | dict(unknowns) | {name: columns[name] for name in self.names}
        outputs = self.outputs[:first]
        try:
            inputs = {name: widened(value) for name, value in given.items()}
            with WIDE.quiet():
                values = forward(self.graph, WIDE, inputs, self._needed(outputs))
            return [values[node] for node in outputs]
        except (OperationError, TypeError, ValueError):
            return self(unknowns, columns, count, first)

    def exact(
        self, unknowns: Mapping[str, Any], columns: Mapping[str, Any], count: int, first: int | None = None
    ) -> list[Any] | None:
        """The same as fractions; None where there are none, or many of them."""
        from cgcli.solving.exactly import are_fractions, exactly

        outputs = self.outputs[:first]
        nodes, known = self._needed(outputs), self.known | dict(unknowns)
        if not self.is_flat or not are_fractions(self.graph, nodes, known, count):
            return None
        own = {name: columns[name] for name in self.names}
        return exactly(self.graph, nodes, outputs, known, own, count)

    def _needed(self, outputs: Sequence[int]) -> list[int]:
        found = self._nodes.get(len(outputs))
        if found is None:
            found = self._nodes[len(outputs)] = self.graph.ancestors(outputs)
        return found

    def rows(self, value: Any, count: int, shape: tuple[int, ...]) -> Any:
        """A value as an array with an axis of rows in front; without rows, of one."""
        if isinstance(value, Batch):
            array = value.array
            missing = 1 + len(shape) - array.ndim
            if missing > 0:
                array = array.reshape(len(array), *(1,) * missing, *array.shape[1:])
            return np.broadcast_to(array, (count, *shape))
        if self.is_flat:
            return np.broadcast_to(value, (count,))
        return np.broadcast_to(value, (count if self.has_rows else 1, *shape))

    def numbers(self, value: Any, count: int, shape: tuple[int, ...]) -> Any:
        """The numbers of all rows, one after the other."""
        return self.rows(value, count, shape).reshape(-1)

    def table(self, value: Any, count: int, shape: tuple[int, ...]) -> Any:
        """A row of numbers for each row."""
        found = self.rows(value, count, shape)
        return found.reshape(len(found), prod(shape))

    def moved(self, name: str) -> bytearray:
        """A byte a node: whether it depends on an input."""
        return self.graph.dependents([self.inputs[name]] if name in self.inputs else [])
