"""Sums over rows of products of what a graph computes, as machine code that writes no columns."""

from __future__ import annotations

import ctypes

import numpy as np

from cgcli.annotations import Any, Callable, Mapping, Sequence
from cgcli.graph import Graph
from cgcli.kernels.lanes import Lane, Lanes
from cgcli.kernels.looped import Ends, lines, module
from cgcli.kernels.machine import compiled
from cgcli.kernels.rows import BLOCK

# What is summed, of the algebra, the values of the nodes by their places and those of the numbers: products
# of two each.
Form = Callable[[Lanes, Sequence[Any], Sequence[Any]], Sequence[tuple[Any, Any]]]


class Sums:
    """The sums, of columns and of numbers that are the same for all rows.

    Raises `OperationError` for an operation that has neither a form of LLVM nor a definition."""

    def __init__(
        self,
        graph: Graph,
        names: Sequence[str],
        same: Sequence[str],
        more: int,
        outputs: Sequence[int],
        form: Form,
        width: int,
    ) -> None:
        """`same` are inputs that do not differ by rows; after their values come so many more numbers, which
        the form alone is given."""
        self.names, self.same, self.width = list(names), list(same), width
        lanes, values = lines(graph, names, outputs, width, careful=False, same=same)
        count = len(same) + more
        pairs = form(lanes, values, [Lane(lanes, f"%c{place}") for place in range(len(same), count)])
        self.count, ends = len(pairs), Ends()
        ends.parameters = ["ptr noalias %same", "ptr noalias %sums"]
        ends.first = [line for place in range(count) for line in _spread(lanes, place)]
        for place, (x, y) in enumerate(pairs):
            before = Lane(lanes, f"%s{place}")
            after = lanes.fma(x, y, before)
            ends.carried.append((lanes.doubles, before.text, lanes.literal(0.0), after.text))
            ends.last.append(f"  %t{place} = getelementptr double, ptr %sums, i64 {place * width}")
            ends.last.append(f"  store {lanes.doubles} {after.text}, ptr %t{place}, align 8")
        text = module(lanes, len(names), ends)
        kinds = [ctypes.c_int64] + [ctypes.c_void_p] * (len(names) + 3)
        self._function = compiled(text, "rows", kinds, len(lanes.lines))

    def __call__(self, columns: Mapping[str, Any], more: Any, count: int) -> Any:
        """The sums over so many rows, for all numbers; nan where a row is in doubt (`Lanes.doubts`)."""
        given = [np.ascontiguousarray(columns[name], float) for name in self.names]
        numbers = np.ascontiguousarray(more, float)
        found, width = np.zeros(self.count), self.width
        for start in range(0, count, BLOCK):
            stop = min(start + BLOCK, count)
            rest = (stop - start) % width
            if stop - start > rest:
                found += self._sums(given, start, stop - start - rest, numbers).sum(axis=1)
            if rest:  # the last rows, fewer than are computed at once: some of them again in the other lanes
                ends = [np.resize(column[stop - rest : stop], width) for column in given]
                found += self._sums(ends, 0, width, numbers)[:, :rest].sum(axis=1)
        return found

    def _sums(self, given: Sequence[Any], start: int, count: int, numbers: Any) -> Any:
        """Over so many rows, lane by lane."""
        sums, doubt = np.empty((self.count, self.width)), np.zeros(1, np.uint8)
        columns = [column.ctypes.data + 8 * start for column in given]
        self._function(count, *columns, numbers.ctypes.data, sums.ctypes.data, doubt.ctypes.data)
        return np.full_like(sums, np.nan) if doubt[0] else sums


def _spread(lanes: Lanes, place: int) -> list[str]:
    """The lines that load a number that is the same for all rows."""
    kind = lanes.doubles
    return [
        f"  %a{place} = getelementptr double, ptr %same, i64 {place}",
        f"  %b{place} = load double, ptr %a{place}, align 8",
        f"  %e{place} = insertelement {kind} undef, double %b{place}, i64 0",
        f"  %c{place} = shufflevector {kind} %e{place}, {kind} undef, <{lanes.width} x i32> zeroinitializer",
    ]
