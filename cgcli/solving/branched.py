"""Nodes of a program as a function of unknowns and of rows, of a program that runs: a row takes its path."""

from __future__ import annotations

from math import prod

import numpy as np

from cgcli.annotations import Any, Callable, Iterator, Mapping, Sequence
from cgcli.diagnostics import CgError
from cgcli.errors import OperationError
from cgcli.evaluation.paths import Path, Paths
from cgcli.evaluation.prepared import Prepared
from cgcli.solving.function import Function, Sketch

# The nodes that are wanted, of a sketch that derivatives are added to.
Nodes = Callable[[Sketch], Sequence[int]]

# Paths that are kept, those that were taken last.
KEPT = 256

# Numbers that all nodes of a path have together over the rows that are computed at once.
NUMBERS = 2**24


def function_of(
    prepared: Prepared,
    cells: Mapping[str, tuple[int, ...]],
    nodes: Nodes,
    unknowns: Sequence[str],
    count: int = 0,
) -> Any:
    """The nodes as a `Function`; or as one that has the same methods, of a program with paths. Of a sketch of
    another path `nodes` is asked again, for as many nodes of the same shapes."""
    sketch = Sketch(prepared, cells)
    found = nodes(sketch)
    if prepared.paths is None:
        return sketch.function(found, unknowns, count)
    return Branched(prepared.paths, sketch, found, nodes, unknowns)


class _Branch:
    """A path, which rows take it, and what is made of it."""

    def __init__(self, path: Path, sketch: Sketch, unknowns: Sequence[str], made: Any) -> None:
        self.of, self.guards, self.made = sketch.of, path.guards, made
        self.asked = sketch.function([guard.node for guard in self.guards], unknowns)
        self.step = max(1, NUMBERS // max(1, sum(prod(shape or ()) for shape in sketch.shapes)))

    def takes(self, unknowns: Mapping[str, Any], columns: Mapping[str, Any], count: int) -> Any:
        """Whether each row takes it. Raises `CgError` where an operation has no answer."""
        found = np.ones(count, bool)
        if self.guards:
            try:
                values = self.asked(unknowns, columns, count)
            except OperationError as error:
                raise self.of.error(error) from None
            for guard, value, node in zip(self.guards, values, self.asked.outputs, strict=True):
                shape: Any = self.asked.shapes[node]
                met = guard.met(self.asked.table(value, count, shape))
                found &= np.all(met, axis=1)
        return found


class Branches:
    """What is made of each path that is taken by some row."""

    def __init__(
        self,
        paths: Paths,
        cells: Mapping[str, tuple[int, ...]],
        unknowns: Sequence[str],
        make: Callable[[Path, Sketch], Any],
    ) -> None:
        """`cells` has the shape of a cell of each column."""
        self._paths, self._cells, self._unknowns, self._make = paths, dict(cells), unknowns, make
        self._branches: list[_Branch] = []

    def split(
        self, unknowns: Mapping[str, Any], columns: Mapping[str, Any], count: int
    ) -> Iterator[tuple[Any, Any]]:
        """Of so many rows the places of those that take a path, and what is made of it; of a path some at a
        time. Rows that no path leads through are left out, and all that are left where one does not end."""
        left, place = np.arange(count), 0
        while len(left):
            is_new = place >= len(self._branches)
            if is_new:
                try:
                    made = self._made(unknowns, columns, int(left[0]))
                except CgError as error:
                    if self._paths.ends(error):
                        raise
                    if error.diagnostic.kind == "stopped":
                        return  # others may run for as long
                    left = left[1:]
                    continue
                self._branches = [*self._branches[: KEPT - 1], made]
            branch = self._branches[min(place, len(self._branches) - 1)]
            place += 1
            rest = []
            for start in range(0, len(left), branch.step):
                some = left[start : start + branch.step]
                takes = branch.takes(unknowns, rows_of(columns, some), len(some))
                takes[0] |= is_new and start == 0  # whatever rounding makes of what decides
                rest.append(some[~takes])
                if takes.any():
                    yield branch.made, some[takes]
            left = np.concatenate(rest)

    def _made(self, unknowns: Mapping[str, Any], columns: Mapping[str, Any], row: int) -> _Branch:
        """The path of a row. Raises `CgError` where none leads through."""
        cells = {name: columns[name][row] for name in self._cells if name in columns}
        cells = {name: float(cell) if cell.ndim == 0 else cell for name, cell in cells.items()}
        path = self._paths.at({**unknowns, **cells})
        sketch = Sketch(path.prepared, self._cells)
        return _Branch(path, sketch, self._unknowns, self._make(path, sketch))


class Branched:
    """The function. Values have an axis of rows in front.

    names       of all columns, as some path may need each
    shapes      of the nodes, by `outputs`, their places
    """

    is_flat = False

    def __init__(
        self, paths: Paths, sketch: Sketch, found: Sequence[int], nodes: Nodes, unknowns: Sequence[str]
    ) -> None:
        self.names, self.has_rows = list(sketch.cells), bool(sketch.cells)
        self.shapes: list[Any] = [sketch.shapes[node] for node in found]
        self.outputs = range(len(self.shapes))
        self._nodes, self._unknowns = nodes, unknowns
        self._branches = Branches(paths, sketch.cells, unknowns, self._function)

    def _function(self, path: Path, sketch: Sketch) -> Any:
        """Raises `CgError` (kind `shape`) where outputs have other shapes than elsewhere."""
        nodes = self._nodes(sketch)
        if [sketch.shapes[node] for node in nodes] != self.shapes:
            told = "an output has another shape where the program takes another path"
            raise CgError("shape", told, path.prepared.program.source, 0)
        return sketch.of, sketch.function(nodes, self._unknowns)

    def __call__(
        self, unknowns: Mapping[str, Any], columns: Mapping[str, Any], count: int, first: int | None = None
    ) -> list[Any]:
        """As `Function`; nan for a row that no path leads through. Raises `CgError` where an operation has no
        answer."""
        return self._found(Function.__call__, float, unknowns, columns, count, first)

    def wide(
        self, unknowns: Mapping[str, Any], columns: Mapping[str, Any], count: int, first: int | None = None
    ) -> list[Any]:
        return self._found(Function.wide, np.longdouble, unknowns, columns, count, first)

    def exact(self, *given: Any) -> None:
        """There are none."""

    def _found(
        self,
        way: Any,
        kind: Any,
        unknowns: Mapping[str, Any],
        columns: Mapping[str, Any],
        count: int,
        first: int | None,
    ) -> list[Any]:
        shapes = self.shapes[:first]
        found = [np.full((count, *shape), np.nan, kind) for shape in shapes]
        for (of, function), rows in self._branches.split(unknowns, columns, count):
            try:
                values = way(function, unknowns, rows_of(columns, rows), len(rows), first)
            except OperationError as error:
                raise of.error(error) from None
            for table, value, shape in zip(found, values, shapes, strict=True):
                table[rows] = function.rows(value, len(rows), shape)
        return found

    def rows(self, value: Any, count: int, shape: tuple[int, ...]) -> Any:
        """A value as an array with an axis of rows in front, and the axes of a shape that it is spread to."""
        missing = 1 + len(shape) - value.ndim
        if missing > 0:
            value = value.reshape(len(value), *(1,) * missing, *value.shape[1:])
        return np.broadcast_to(value, (count, *shape))

    def numbers(self, value: Any, count: int, shape: tuple[int, ...]) -> Any:
        return self.rows(value, count, shape).reshape(-1)

    def table(self, value: Any, count: int, shape: tuple[int, ...]) -> Any:
        return self.rows(value, count, shape).reshape(-1, prod(shape))


def rows_of(columns: Mapping[str, Any], rows: Any) -> dict[str, Any]:
    """Some rows."""
    return {name: column[rows] for name, column in columns.items()}
