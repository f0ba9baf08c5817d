"""Second derivatives of what a fit minimises: by its unknowns, and by what is held fixed."""

from __future__ import annotations

from math import prod

import numpy as np

from cgcli.algebras.symbols import Symbols
from cgcli.annotations import Any, Sequence
from cgcli.errors import OperationError
from cgcli.evaluation.prepared import Prepared
from cgcli.language.block import Output
from cgcli.passes.derive import backward
from cgcli.solving.branched import function_of
from cgcli.solving.data import Data, Few, blocks
from cgcli.solving.function import Sketch
from cgcli.solving.triangle import solved
from cgcli.solving.unknowns import Unknowns


class Curvature:
    """The second derivatives of half the sum of the loss, exact: of a row's loss as a graph, differentiated
    twice, and summed over the rows."""

    def __init__(
        self,
        prepared: Prepared,
        unknowns: Unknowns,
        data: Data | Few | None,
        sigmas: Sequence[Output],
        loss: str,
        held: Sequence[str] = (),
    ) -> None:
        """Of `fitting.Fit`; by the unknowns, and by what is `held` fixed."""
        self.unknowns, self.data, self.sigmas, self.loss = unknowns, data, sigmas, loss
        columns = {} if data is None else data.shapes
        self.names = [*unknowns.names, *held]
        self.columns = [name for name in held if name in columns]
        self.function = function_of(prepared, columns, self._nodes, unknowns.names)
        self.shapes = [self.sketch.shapes[node] for node in self.sketch.program.nodes(self.names)]

    def _nodes(self, sketch: Sketch) -> list[int]:
        self.sketch = sketch
        found: list[int] = sketch.of.run(self._derivatives, sketch)
        return found

    def _derivatives(self, sketch: Sketch) -> list[int]:
        """The nodes: for each element of an unknown a row, by each of the names."""
        graph, shapes = sketch.graph, sketch.shapes
        symbols: Any = Symbols(graph, shapes)
        whole: Any = 0.0
        scales = sketch.aside(self.sigmas)
        outputs = sketch.program.outputs
        for place, (left, right) in enumerate(zip(outputs[::2], outputs[1::2], strict=True)):
            residual = symbols.value(left.node) - symbols.value(right.node)
            if scales:
                residual = symbols.div(residual, symbols.value(scales[place % len(scales)]))
            part = _half_loss(symbols, self.loss, residual)
            whole = (symbols.sum(part) if symbols.shape(part) else part) + whole
        by = sketch.program.nodes(self.names)
        own = by[: len(self.unknowns.names)]
        found = []
        for node, gradient in zip(own, backward(symbols, symbols.node(whole), own), strict=True):
            for place in range(prod(shapes[node])):
                seed = sketch.unit(symbols, shapes[node], place)
                found += backward(symbols, gradient, by, seed)
        return found

    def at(self, vector: Any) -> tuple[Any, dict[str, Any]]:
        """The Hessian, and by the name of what is held fixed the derivatives of the gradient, flat: of a
        column a row's own. Raises `CgError` where an operation has no answer."""
        function = self.function
        values = self.unknowns.values(vector)
        sums: list[Any] = [0.0] * len(function.outputs)
        rows: list[list[Any]] = [[] for _ in function.outputs]
        for batch, start, stop in blocks(self.data):
            columns = {name: batch.numbers[name][start:stop] for name in function.names}
            try:
                found = function(values, columns, stop - start)
            except OperationError as error:
                raise self.sketch.of.error(error) from None
            for place, value in enumerate(found):
                name = self.names[place % len(self.names)]
                table = function.table(value, stop - start, self.shapes[place % len(self.names)])
                if name in self.columns:
                    rows[place].append(table)
                else:
                    sums[place] = sums[place] + np.sum(table, axis=0)
        for place, parts in enumerate(rows):
            if parts:
                sums[place] = np.concatenate(parts).reshape(-1)
        by_name = {
            name: np.array([sums[row + place] for row in range(0, len(sums), len(self.names))])
            for place, name in enumerate(self.names)
        }
        count = len(self.unknowns.names)
        hessian = np.concatenate([by_name[name] for name in self.names[:count]], axis=1)
        return hessian, {name: by_name[name] for name in self.names[count:]}


def _half_loss(symbols: Any, name: str, r: Any) -> Any:
    """Half the loss of a residual (`cgcli.solving.losses`)."""
    z = r * r
    if name == "linear":
        return 0.5 * z
    if name == "huber":
        return symbols.where(symbols.le(z, 1.0), 0.5 * z, symbols.abs(r) - 0.5)
    if name == "soft_l1":
        return symbols.sqrt(1.0 + z) - 1.0
    return 0.5 * symbols.log1p(z)


def sensitivity(curvature: Curvature, vector: Any, free: Any) -> dict[str, dict[str, Any]]:
    """How each unknown moves with each input that is held fixed, by the implicit function theorem: arrays
    with the axes of the unknown, then those of the input; of a column one of rows. None where the system is
    singular. Unknowns that are not `free` stay where they are, or at their bounds, which may move."""
    hessian, cross = curvature.at(vector)
    unknowns = curvature.unknowns
    found: dict[str, dict[str, Any]] = {name: {} for name in unknowns.names}
    for name in cross:
        whole = np.zeros(cross[name].shape) + unknowns.bound_slopes(vector, name)
        own = np.asarray(free)
        pull = cross[name] + hessian[:, ~own] @ whole[~own]
        moved = solved(hessian[np.ix_(own, own)], -pull[own])
        if moved is not None:
            whole[own] = moved
        shape = curvature.sketch.shapes[curvature.sketch.program.inputs[name]]
        shape = (-1, *shape) if name in curvature.columns else shape
        for unknown, part in unknowns.packing.split(whole.reshape(len(whole), *shape)).items():
            found[unknown][name] = None if moved is None else part
    return found
