"""A graph over columns by NumPy, in blocks of rows that fit the cache."""

from __future__ import annotations

from math import prod

from cgcli.algebras import arrays
from cgcli.algebras.arrays.factors import asymmetry
from cgcli.algebras.batch import Batch
from cgcli.algebras.batches import Batches
from cgcli.annotations import Any, Mapping, Sequence
from cgcli.errors import OperationError
from cgcli.graph import Graph
from cgcli.kernels.buffers import Buffers
from cgcli.kernels.machine import each
from cgcli.ops.matrices import SYMMETRIC
from cgcli.passes.forward import forward
from cgcli.passes.shapes import are_numbers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

# Numbers that all nodes of a block have together, and rows that a block has at least.
NUMBERS, FEWEST = 2**17, 2**9


class Blocks:
    """Some nodes of a graph as a function of columns, whose cells may be arrays.

    names       of the columns, by which the graph has inputs
    shapes      of the nodes for one row
    known       the values of all other inputs
    buffers     what the outputs are written to
    """

    def __init__(
        self,
        graph: Graph,
        names: Sequence[str],
        outputs: Sequence[int],
        shapes: Sequence[Any],
        known: Mapping[str, Any],
        buffers: Buffers,
    ) -> None:
        self.graph, self.names, self.outputs = graph, list(names), list(outputs)
        self.cells = [tuple(shapes[node]) for node in outputs]
        self.nodes = graph.ancestors(outputs)
        self.known, self.buffers = dict(known), buffers
        self.is_flat = are_numbers(graph, shapes, self.nodes)
        size = sum(prod(shapes[node]) for node in self.nodes)
        self.rows = max(FEWEST, NUMBERS // max(1, size))
        arrays.begin({graph.ops[node] for node in self.nodes})

    def __call__(
        self, columns: Mapping[str, Any], count: int, threads: ThreadPoolExecutor | None
    ) -> list[Any]:
        """The outputs for so many rows, arrays with an axis of rows in front."""
        found = [self.buffers.empty((count, *cell)) for cell in self.cells]

        def run(start: int) -> None:
            self.fill(found, columns, start, min(start + self.rows, count))

        each(run, range(0, count, self.rows), threads)
        return found

    def fill(self, found: Sequence[Any], columns: Mapping[str, Any], start: int, stop: int) -> None:
        """Compute the outputs of some rows, and put them in their places."""
        rows = {name: columns[name][start:stop] for name in self.names}
        values = over_rows(self.graph, self.nodes, self.known, rows, None if self.is_flat else stop - start)
        for column, node in zip(found, self.outputs, strict=True):
            value = values[node]
            column[start:stop] = value.array if isinstance(value, Batch) else value


def over_rows(
    graph: Graph,
    nodes: Sequence[int],
    known: Mapping[str, Any],
    columns: Mapping[str, Any],
    count: int | None,
) -> list[Any]:
    """The values of nodes over columns: of so many rows, where any value of a row is an array. Raises
    `OperationError` where an operation has no answer."""
    algebra: Any = arrays
    if count is not None:
        algebra = Batches(count)
        columns = {name: Batch(algebra, cells) for name, cells in columns.items()}
    with arrays.quiet():
        values: list[Any] = forward(graph, algebra, {**known, **columns}, nodes)
    for node in nodes:
        if graph.ops[node] in SYMMETRIC:
            matrix = values[graph.args[node][0]]
            if asymmetry(matrix.array if isinstance(matrix, Batch) else matrix) is not None:
                raise OperationError("the matrix is not symmetric", kind="matrix")
    return values
