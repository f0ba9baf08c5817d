"""Which nodes of a program count at a point: all but the branches that were not taken."""

from __future__ import annotations

from cgcli.annotations import Sequence
from cgcli.evaluation.specialised import Point
from cgcli.graph import reached


def read_nodes(point: Point) -> list[int]:
    """The nodes that what nothing else uses depends on at these values, ascending.

    Of a choice between arrays, the branches count where the result shows one that is not finite.
    """
    graph, values = point.graph, point.values

    def read(node: int) -> Sequence[int]:
        args, reads = graph.args[node], graph.ops[node].reads
        if reads is not None:
            if point.algebra.shape(values[args[0]]) == ():
                args = tuple(args[position] for position in reads(*[values[arg] for arg in args]))
            elif point.algebra.finite(values[node]):
                args = args[:1]
        return args

    return reached((node for node, uses in enumerate(graph.uses()) if uses == 0), read)
