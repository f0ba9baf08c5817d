"""A graph of numbers as one function of columns, compiled: value and derivatives of many rows."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from cgcli.annotations import Any, Mapping, Sequence
from cgcli.graph import Graph
from cgcli.kernels.buffers import Buffers
from cgcli.kernels.lanes import Lanes
from cgcli.kernels.looped import Ends, lines, loop, pieces, places
from cgcli.kernels.machine import each

# Rows that a thread computes at a time: their columns fit into its cache.
BLOCK = 2**15


class Kernel:
    """Some nodes of a graph of numbers, as a function of columns.

    Raises `OperationError` for an operation that has neither a form of LLVM nor a definition."""

    def __init__(
        self, graph: Graph, names: Sequence[str], outputs: Sequence[int], buffers: Buffers, width: int
    ) -> None:
        self.names, self.width, self.buffers = list(names), width, buffers
        self.count = len(outputs)
        self._graph, self._outputs = graph, list(outputs)
        self._plain, self._careful = self._compiled(False), None
        self._is_careful = False

    def _compiled(self, careful: bool) -> Any:
        """The function of a block of rows: one that leaves rows in doubt in which a product of the chain rule
        is nan, or one that looks in each of these for an exact 0."""
        lanes, values = lines(self._graph, self.names, self._outputs, self.width, careful)
        return loop(lanes, len(self.names), _stored(lanes, [lanes.text(value) for value in values]))

    def __call__(
        self, columns: Mapping[str, Any], count: int, threads: ThreadPoolExecutor | None
    ) -> list[Any]:
        """The outputs for so many rows, and where a block of rows is to be computed another way: a list of
        arrays, and one of pairs of first and last row."""
        given = [np.ascontiguousarray(columns[name], float) for name in self.names]
        found = [self.buffers.empty((count,)) for _ in range(self.count)]
        blocks = range(-(-count // BLOCK))
        doubtful = (
            [*blocks] if self._is_careful else self._run(self._plain, blocks, given, found, count, threads)
        )
        if doubtful:
            self._careful = self._careful or self._compiled(True)
            self._is_careful = 2 * len(doubtful) > len(blocks)  # the next ones will be no better
            doubtful = self._run(self._careful, doubtful, given, found, count, threads)
        return [found, [(at * BLOCK, min(count, (at + 1) * BLOCK)) for at in doubtful]]

    def _run(
        self,
        function: Any,
        blocks: Sequence[int],
        given: list[Any],
        found: list[Any],
        count: int,
        threads: Any,
    ) -> list[int]:
        """Compute blocks of rows; returns those in doubt."""
        doubts = np.zeros(-(-count // BLOCK), np.uint8)
        told = doubts.ctypes.data

        def run(at: int) -> None:
            start = at * BLOCK
            for rows, where, own in pieces(given, start, min(start + BLOCK, count), self.width):
                into = [column[start : start + own] if own == rows else np.empty(rows) for column in found]
                function(rows, *where, *places(into), told + at)
                if own < rows:
                    for column, last in zip(found, into, strict=True):
                        column[start : start + own] = last[:own]
                start += own

        each(run, blocks, threads)
        return [int(at) for at in np.flatnonzero(doubts)]


def _stored(lanes: Lanes, results: list[str]) -> Ends:
    """Results become columns."""
    ends = Ends()
    for place, result in enumerate(results):
        ends.parameters.append(f"ptr noalias %out{place}")
        ends.body.append(f"  %q{place} = getelementptr double, ptr %out{place}, i64 %i")
        ends.body.append(f"  store {lanes.doubles} {result}, ptr %q{place}, align 8")
    return ends
