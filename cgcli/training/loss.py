"""The mean of a program over rows, as a function of the inputs that all rows share."""

from __future__ import annotations

from math import isfinite, prod

import numpy as np

from cgcli.algebras import arrays
from cgcli.algebras.batch import Batch
from cgcli.algebras.shared import Quick, Shared
from cgcli.annotations import Any, Mapping
from cgcli.errors import OperationError
from cgcli.evaluation.derivatives import require_number
from cgcli.evaluation.prepared import Prepared
from cgcli.evaluation.residual import Residual
from cgcli.evaluation.specialised import for_cells
from cgcli.evaluation.warnings import of_one_row
from cgcli.passes.forward import forward
from cgcli.passes.reverse import reverse

# Numbers that all nodes have together over the rows that are computed at once, where no gradient is wanted.
NUMBERS = 2**22


class MeanLoss:
    """The loss of a program: its one output, a number for each row.

    names       the columns that it reads
    """

    def __init__(
        self, prepared: Prepared, cells: Mapping[str, tuple[int, ...]], parameters: Mapping[str, Any]
    ) -> None:
        """`cells` has the shape of a cell of each column, and `parameters` a value of each input that is to
        be found; the other inputs have values in what is prepared.

        Raises `CgError` as `specialised` does, and (kind `shape`) for an output that is no number."""
        shapes_of = {name: getattr(value, "shape", ()) for name, value in parameters.items()}
        program = prepared.static({**cells, **shapes_of}).program
        known = {
            name: x for name, x in prepared.known.items() if name not in cells and name not in parameters
        }
        of = for_cells(program, {**known, **parameters}, cells)
        program, graph, shapes = of.program, of.graph, of.shapes()
        self.note = of_one_row(program, shapes, cells)
        (output,) = program.outputs
        require_number(program, output, shapes[output.node])
        nodes = [output.node, *(assertion.node for assertion in program.assertions)]
        left = Residual(of, graph, shapes, nodes, program.nodes([*cells, *parameters]), known)
        self._graph, self._known = left.graph, left.known
        self._loss, *self._assertions = left.outputs
        inputs = {name: node for node, name in left.graph.attrs.items() if name.__class__ is str}
        self.names = [name for name in cells if name in inputs]
        self._of = [(name, inputs[name]) for name in parameters if name in inputs]
        self._needed = left.graph.ancestors([self._loss])
        self._active = left.graph.dependents([node for _, node in self._of])
        sizes: list[Any] = [prod(shape) for shape in left.shapes]
        self._each = sum(sizes)
        self._algebras: dict[Any, Any] = {}
        arrays.begin(set(graph.ops))

    def _forward(
        self, parameters: Mapping[str, Any], columns: Mapping[str, Any], count: int, kind: Any = Shared
    ) -> Any:
        algebra = self._algebras.get((kind, count))
        if algebra is None:  # it remembers what it has been asked for
            self._algebras.clear()
            algebra = self._algebras[kind, count] = kind(count)
        rows = {name: Batch(algebra, columns[name]) for name in self.names}
        values = forward(self._graph, algebra, {**self._known, **parameters, **rows})
        return algebra, values

    def gradient(
        self, parameters: Mapping[str, Any], columns: Mapping[str, Any], count: int
    ) -> tuple[float, dict[str, Any]]:
        """The mean over so many rows, and its derivatives by the parameters; nan and none where an assertion
        fails, or an operation has no answer for a row: no such element, a singular matrix."""
        try:
            with arrays.quiet():
                mean, found = self._found(parameters, columns, count, Quick)
                if isfinite(mean) and not all(map(arrays.finite, found.values())):
                    mean, found = self._found(parameters, columns, count, Shared)
        except OperationError:
            return np.nan, {}
        return mean, found

    def _found(
        self, parameters: Mapping[str, Any], columns: Mapping[str, Any], count: int, kind: Any
    ) -> tuple[float, dict[str, Any]]:
        algebra, values = self._forward(parameters, columns, count, kind)
        if not self._hold(algebra, values):
            return np.nan, {}
        mean = float(np.add.reduce(algebra.whole(values[self._loss]))) / count
        of_rows = values[self._loss].__class__ is Batch
        seed = Batch(algebra, np.full(count, 1.0 / count)) if of_rows else 1.0  # else all rows have one loss
        found = reverse(self._graph, algebra, values, {self._loss: seed}, self._active, self._needed)
        return mean, {name: found[node] for name, node in self._of if found.get(node) is not None}

    def total(self, parameters: Mapping[str, Any], columns: Mapping[str, Any], count: int) -> float:
        """The sum over so many rows; nan where an assertion fails, or an operation of a row has no answer."""
        sums, step = [], max(1, int(NUMBERS // self._each))
        try:
            with arrays.quiet():
                for start in range(0, count, step):
                    size = min(step, count - start)
                    part = {name: columns[name][start : start + size] for name in self.names}
                    algebra, values = self._forward(parameters, part, size)
                    if not self._hold(algebra, values):
                        return np.nan
                    sums.append(float(np.add.reduce(algebra.whole(values[self._loss]))))
        except OperationError:
            return np.nan
        return float(np.sum(sums))

    def _hold(self, algebra: Shared, values: Any) -> bool:
        return all(arrays.holds(algebra.whole(values[node])) for node in self._assertions)
