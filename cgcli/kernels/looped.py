"""A loop over rows in LLVM's language: columns in, and whatever becomes of the results."""

from __future__ import annotations

import ctypes

import numpy as np

from cgcli.annotations import Any, Callable, Iterator, Sequence
from cgcli.graph import Graph
from cgcli.kernels.lanes import Lane, Lanes
from cgcli.kernels.machine import compiled
from cgcli.kernels.vectors import Vectors
from cgcli.passes.forward import forward

# What `!prof !0` says of a branch: the first way is hardly ever taken, and what is kept for it is kept there.
RARE = '!0 = !{!"branch_weights", i32 1, i32 1000000}'


class Ends:
    """What a loop does with its results.

    parameters  of the function, beside the number of rows, the columns and where doubts are told
    carried     from one turn to the next: kind, name, what it is at first, and after a turn
    first, body, last   lines before the loop, at its end, and after it
    doubts      truths that tell rows which are to be computed another way, beside those of operations
    holds       a truth that tells which rows are meant, or None for all
    """

    def __init__(self) -> None:
        self.parameters: list[str] = []
        self.carried: list[tuple[str, str, str, str]] = []
        self.first: list[str] = []
        self.body: list[str] = []
        self.last: list[str] = []
        self.doubts: list[Lane] = []
        self.holds: Lane | None = None


def lines(
    graph: Graph, names: Sequence[str], outputs: Sequence[int], width: int, careful: bool,
    same: Sequence[str] = (),
) -> tuple[Lanes, list[Any]]:  # fmt: skip
    """Some nodes of a graph as lines, so many rows at a time, and the values of the nodes. Inputs that are
    the `same` for all rows are `%c0` and so on. Raises `OperationError` for an operation that has neither a
    form of LLVM nor a definition."""
    lanes = Vectors(width, careful) if width > 2 else Lanes(width)
    inputs = {name: Lane(lanes, f"%x{place}") for place, name in enumerate(names)}
    inputs |= {name: Lane(lanes, f"%c{place}") for place, name in enumerate(same)}
    values = forward(graph, lanes, inputs, graph.ancestors(outputs))
    return lanes, [values[node] for node in outputs]


def loop(lanes: Lanes, inputs: int, ends: Ends) -> Callable[..., None]:
    """The function of a module, compiled: of the number of rows, and of where everything else is."""
    kinds = [ctypes.c_int64] + [ctypes.c_void_p] * (inputs + len(ends.parameters) + 1)
    return compiled(module(lanes, inputs, ends), "rows", kinds, len(lanes.lines))


def pieces(given: Sequence[Any], start: int, stop: int, width: int) -> Iterator[tuple[int, list[int], int]]:
    """Rows for a loop that computes so many at once: how many it is to take, where the columns are, and how
    many of them are meant. The last rows are fewer: some of them stand again in the other lanes."""
    rest = (stop - start) % width
    if stop - start > rest:
        yield stop - start - rest, places(given, start), stop - start - rest
    if rest:
        ends = [np.resize(column[stop - rest : stop], width) for column in given]
        yield width, places(ends), rest


def places(columns: Sequence[Any], start: int = 0) -> list[int]:
    """Where the numbers of columns are from a row on."""
    return [column.ctypes.data + 8 * start for column in columns]


def module(lanes: Lanes, inputs: int, ends: Ends) -> str:
    """The module, of a function `rows` of the number of rows, the columns, what the ends take, and where a
    byte is 1 once any row is in doubt."""
    kind, width = lanes.doubles, lanes.width
    loads = []
    for place in range(inputs):
        loads.append(f"  %p{place} = getelementptr double, ptr %in{place}, i64 %i")
        loads.append(f"  %x{place} = load {kind}, ptr %p{place}, align 8")
    doubt = Lane(lanes, "%doubts", True)
    for truth in [*lanes.doubts(), *ends.doubts]:
        meant = truth if ends.holds is None else lanes.and_(truth, ends.holds)
        doubt = lanes.or_(doubt, meant)
    body = [*loads, *lanes.lines, *ends.body]
    carried = [(lanes.truths, "%doubts", "splat (i1 false)", doubt.text), *ends.carried]
    phis = [
        f"  {name} = phi {of} [ {start}, %entry ], [ {next_}, %loop ]" for of, name, start, next_ in carried
    ]
    parameters = ["i64 %n", *(f"ptr noalias %in{place}" for place in range(inputs)), *ends.parameters]
    any_lane = f"@llvm.vector.reduce.or.v{width}i1"
    lanes.declared[any_lane[1:]] = f"declare i1 {any_lane}({lanes.truths})"
    return "\n".join(
        [
            *lanes.declared.values(),
            f"define void @rows({', '.join(parameters)}, ptr noalias %doubt) nounwind alignstack(64) {{",
            "entry:",
            *ends.first,
            "  %some = icmp sgt i64 %n, 0",
            "  br i1 %some, label %loop, label %end",
            "loop:",
            "  %i = phi i64 [ 0, %entry ], [ %next, %loop ]",
            *phis,
            *body,
            f"  %next = add nuw nsw i64 %i, {width}",
            "  %more = icmp slt i64 %next, %n",
            "  br i1 %more, label %loop, label %done",
            "done:",
            *ends.last,
            f"  %any = call i1 {any_lane}({lanes.truths} {doubt.text})",
            "  br i1 %any, label %mark, label %end",
            "mark:",
            "  store i8 1, ptr %doubt",
            "  br label %end",
            "end:",
            "  ret void",
            "}",
            RARE,
        ]
    )
