"""Sums over rows of products of what a graph computes, as machine code that writes no columns."""

from __future__ import annotations

import ctypes

import numpy as np

from cgcli.annotations import Any, Callable, Mapping, Sequence
from cgcli.graph import Graph
from cgcli.kernels.lanes import Lane, Lanes
from cgcli.kernels.looped import RARE
from cgcli.kernels.machine import compiled
from cgcli.kernels.vectors import Vectors
from cgcli.passes.forward import forward

# Rows whose sums are added up by themselves.
BLOCK = 2**15

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
        lanes = Vectors(width, False) if width > 2 else Lanes(width)
        numbers = [Lane(lanes, f"%c{place}") for place in range(len(same) + more)]
        inputs = {name: Lane(lanes, f"%x{place}") for place, name in enumerate(names)}
        values = forward(
            graph, lanes, inputs | dict(zip(same, numbers, strict=False)), graph.ancestors(outputs)
        )
        pairs = form(lanes, [values[node] for node in outputs], numbers[len(same) :])
        self.count = len(pairs)
        text = _module(lanes, len(inputs), len(numbers), _accumulated(lanes, pairs))
        kinds = [ctypes.c_int64] * 2 + [ctypes.c_void_p] * (len(inputs) + 3)
        self._function = compiled(text, "sums", kinds, len(lanes.lines))

    def __call__(self, columns: Mapping[str, Any], more: Any, count: int) -> Any:
        """The sums over so many rows, for all numbers; nan where a row is in doubt (`Lanes.doubts`)."""
        given = [np.ascontiguousarray(columns[name], float) for name in self.names]
        numbers = np.ascontiguousarray(more, float)
        found, width = np.zeros(self.count), self.width
        for start in range(0, count, BLOCK):
            stop = min(start + BLOCK, count)
            rest = (stop - start) % width
            if stop - start > rest:
                found += self._sums(given, start, stop - start - rest, width, numbers)
            if rest:  # the last rows, fewer than are computed at once
                ends = [np.resize(column[stop - rest : stop], width) for column in given]
                found += self._sums(ends, 0, width, rest, numbers)
        return found

    def _sums(self, given: Sequence[Any], start: int, count: int, valid: int, numbers: Any) -> Any:
        """Over so many rows, of which so many count of those that are computed at once."""
        sums, doubt = np.empty((self.count, self.width)), np.zeros(1, np.uint8)
        columns = [column.ctypes.data + 8 * start for column in given]
        self._function(count, valid, *columns, numbers.ctypes.data, sums.ctypes.data, doubt.ctypes.data)
        return np.nan if doubt[0] else sums.sum(axis=1)


def _accumulated(lanes: Lanes, pairs: Sequence[tuple[Any, Any]]) -> list[str]:
    """The lines that add each product to its sum, rows that do not count as 0."""
    counted: dict[int, Lane] = {}
    found = []
    for place, pair in enumerate(pairs):
        for one in pair:
            if id(one) not in counted:
                none = f"{lanes.doubles} {lanes.literal(0.0)}"
                text = f"select {lanes.truths} %valid, {lanes.doubles} {lanes.text(one)}, {none}"
                counted[id(one)] = lanes.line(text)
        x, y = (counted[id(one)] for one in pair)
        found.append(lanes.fma(x, y, Lane(lanes, f"%s{place}")).text)
    return found


def _module(lanes: Lanes, inputs: int, numbers: int, sums: Sequence[str]) -> str:
    """The module in LLVM's language: a loop over the rows, so many at a time."""
    kind, truths, width = lanes.doubles, lanes.truths, lanes.width
    first, whole = f"<{width} x i32> zeroinitializer", f"<{width} x i64>"
    begin = [
        f"  %one = insertelement {whole} undef, i64 %last, i64 0",
        f"  %lasts = shufflevector {whole} %one, {whole} undef, {first}",
        f"  %valid = icmp slt {whole} <{', '.join(f'i64 {lane}' for lane in range(width))}>, %lasts",
    ]
    for place in range(numbers):
        begin += [
            f"  %a{place} = getelementptr double, ptr %same, i64 {place}",
            f"  %b{place} = load double, ptr %a{place}, align 8",
            f"  %e{place} = insertelement {kind} undef, double %b{place}, i64 0",
            f"  %c{place} = shufflevector {kind} %e{place}, {kind} undef, {first}",
        ]
    body, end = [], []
    for place in range(inputs):
        body.append(f"  %p{place} = getelementptr double, ptr %in{place}, i64 %i")
        body.append(f"  %x{place} = load {kind}, ptr %p{place}, align 8")
    doubt, doubts = "%doubts", lanes.doubts()
    body += lanes.lines
    for place, truth in enumerate(doubts):
        body.append(f"  %d{place} = or {truths} {doubt}, {truth.text}")
        doubt = f"%d{place}"
    for place, text in enumerate(sums):
        end.append(f"  %q{place} = getelementptr double, ptr %out, i64 {place * width}")
        end.append(f"  store {kind} {text}, ptr %q{place}, align 8")
    any_lane = f"@llvm.vector.reduce.or.v{width}i1"
    lanes.declared[any_lane[1:]] = f"declare i1 {any_lane}({truths})"
    columns = "".join(f", ptr noalias %in{place}" for place in range(inputs))
    return "\n".join(
        [
            *lanes.declared.values(),
            f"define void @sums(i64 %n, i64 %last{columns}, ptr noalias %same, ptr noalias %out, "
            "ptr noalias %doubt) nounwind {",
            "entry:",
            *begin,
            "  br label %loop",
            "loop:",
            "  %i = phi i64 [ 0, %entry ], [ %next, %loop ]",
            f"  %doubts = phi {truths} [ {lanes.bit(False)}, %entry ], [ {doubt}, %loop ]",
            *(
                f"  %s{place} = phi {kind} [ {lanes.literal(0.0)}, %entry ], [ {text}, %loop ]"
                for place, text in enumerate(sums)
            ),
            *body,
            f"  %next = add nuw nsw i64 %i, {width}",
            "  %more = icmp slt i64 %next, %n",
            "  br i1 %more, label %loop, label %done",
            "done:",
            *end,
            f"  %any = call i1 {any_lane}({truths} {doubt})",
            "  %mark = zext i1 %any to i8",
            "  store i8 %mark, ptr %doubt",
            "  ret void",
            "}",
            RARE,
        ]
    )
