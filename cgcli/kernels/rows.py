"""A graph of numbers as one function of columns, compiled: value and derivatives of many rows."""

from __future__ import annotations

import ctypes
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from cgcli.annotations import Any, Mapping, Sequence
from cgcli.graph import Graph
from cgcli.kernels.buffers import Buffers
from cgcli.kernels.lanes import Lane, Lanes
from cgcli.kernels.machine import compiled, each
from cgcli.passes.forward import forward

# Rows that a thread computes at a time: their columns fit into its cache.
BLOCK = 2**15


class Kernel:
    """Some nodes of a graph of numbers, as a function of columns.

    Raises `OperationError` for an operation that has neither a form of LLVM nor a definition."""

    def __init__(
        self, graph: Graph, names: Sequence[str], outputs: Sequence[int], width: int, buffers: Buffers
    ) -> None:
        self.names, self.width, self.buffers = list(names), width, buffers
        lanes = Lanes(width)
        inputs = {name: Lane(lanes, f"%x{place}") for place, name in enumerate(names)}
        values = forward(graph, lanes, inputs, graph.ancestors(outputs))
        results = [lanes.text(values[node]) for node in outputs]
        self.count = len(results)
        text = _module(lanes, len(inputs), results)
        kinds = [ctypes.c_int64] + [ctypes.c_void_p] * (len(inputs) + self.count + 1)
        self._run = compiled(text, "rows", kinds, len(lanes.lines))

    def __call__(
        self, columns: Mapping[str, Any], count: int, threads: ThreadPoolExecutor | None
    ) -> list[Any]:
        """The outputs for so many rows, and where a block of rows is to be computed another way: a list of
        arrays, and one of pairs of first and last row."""
        given = [np.ascontiguousarray(columns[name], float) for name in self.names]
        found = [self.buffers.empty((count,)) for _ in range(self.count)]
        doubts = np.zeros(max(1, -(-count // BLOCK)), np.uint8)
        whole = count - count % self.width

        def run(start: int) -> None:
            stop = min(start + BLOCK, whole)
            self._call(stop - start, given, found, start, doubts.ctypes.data + start // BLOCK)

        each(run, range(0, whole, BLOCK), threads)
        if whole < count:  # the last rows, fewer than are computed at once
            rest = [np.resize(column[whole:], self.width) for column in given]
            last = [np.empty(self.width) for _ in found]
            self._call(self.width, rest, last, 0, doubts.ctypes.data + whole // BLOCK)
            for column, tail in zip(found, last, strict=True):
                column[whole:] = tail[: count - whole]
        again = [(int(at) * BLOCK, min(count, (int(at) + 1) * BLOCK)) for at in np.flatnonzero(doubts)]
        return [found, again]

    def _call(self, count: int, given: list[Any], found: list[Any], start: int, doubt: int) -> None:
        pointers = [column.ctypes.data + 8 * start for column in (*given, *found)]
        self._run(count, *pointers, doubt)


def _module(lanes: Lanes, inputs: int, results: list[str]) -> str:
    """The module in LLVM's language: a loop over the rows, so many at a time."""
    kind, width = lanes.doubles, lanes.width
    body = []
    for place in range(inputs):
        body.append(f"  %p{place} = getelementptr double, ptr %in{place}, i64 %i")
        body.append(f"  %x{place} = load {kind}, ptr %p{place}, align 8")
    body += lanes.lines
    doubt = "%doubts"
    for place, truth in enumerate(lanes.doubtful):
        body.append(f"  %d{place} = or {lanes.truths} {doubt}, {truth.text}")
        doubt = f"%d{place}"
    for place, result in enumerate(results):
        body.append(f"  %q{place} = getelementptr double, ptr %out{place}, i64 %i")
        body.append(f"  store {kind} {result}, ptr %q{place}, align 8")
    columns = [f"ptr noalias %in{place}" for place in range(inputs)]
    columns += [f"ptr noalias %out{place}" for place in range(len(results))]
    nothing = "splat (i1 false)"
    any_lane = f"@llvm.vector.reduce.or.v{width}i1"
    return "\n".join(
        [
            *lanes.declared.values(),
            f"declare i1 {any_lane}({lanes.truths})",
            f"define void @rows(i64 %n, {', '.join(columns)}, ptr noalias %doubt) nounwind {{",
            "entry:",
            "  %some = icmp sgt i64 %n, 0",
            "  br i1 %some, label %loop, label %end",
            "loop:",
            "  %i = phi i64 [ 0, %entry ], [ %next, %loop ]",
            f"  %doubts = phi {lanes.truths} [ {nothing}, %entry ], [ {doubt}, %loop ]",
            *body,
            f"  %next = add nuw nsw i64 %i, {width}",
            "  %more = icmp slt i64 %next, %n",
            "  br i1 %more, label %loop, label %done",
            "done:",
            f"  %any = call i1 {any_lane}({lanes.truths} {doubt})",
            "  br i1 %any, label %mark, label %end",
            "mark:",
            "  store i8 1, ptr %doubt",
            "  br label %end",
            "end:",
            "  ret void",
            "}",
        ]
    )
