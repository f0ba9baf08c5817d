"""Sums over rows of products of what a graph computes, as machine code that writes no columns."""

from __future__ import annotations

import numpy as np

from cgcli.annotations import Any, Callable, Mapping, Sequence
from cgcli.graph import Graph
from cgcli.kernels.lanes import Lane, Lanes
from cgcli.kernels.looped import Ends, lines, loop, pieces
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
        self._function = loop(lanes, len(names), ends)

    def __call__(self, columns: Mapping[str, Any], more: Any, count: int) -> Any:
        """The sums over so many rows, for all numbers; nan where a row is in doubt (`Lanes.doubts`)."""
        given = [np.ascontiguousarray(columns[name], float) for name in self.names]
        numbers = np.ascontiguousarray(more, float)
        found, sums, doubt = np.zeros(self.count), np.empty((self.count, self.width)), np.zeros(1, np.uint8)
        for start in range(0, count, BLOCK):
            for rows, where, own in pieces(given, start, min(start + BLOCK, count), self.width):
                self._function(rows, *where, numbers.ctypes.data, sums.ctypes.data, doubt.ctypes.data)
                found += sums[:, :own].sum(axis=1)
        return np.full_like(found, np.nan) if doubt[0] else found


def _spread(lanes: Lanes, place: int) -> list[str]:
    """The lines that load a number that is the same for all rows."""
    kind = lanes.doubles
    return [
        f"  %a{place} = getelementptr double, ptr %same, i64 {place}",
        f"  %b{place} = load double, ptr %a{place}, align 8",
        f"  %e{place} = insertelement {kind} undef, double %b{place}, i64 0",
        f"  %c{place} = shufflevector {kind} %e{place}, {kind} undef, <{lanes.width} x i32> zeroinitializer",
    ]
