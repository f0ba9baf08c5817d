"""Which nodes of a program count at a point: all but the branches that were not taken."""

from __future__ import annotations

from cgcli.annotations import Sequence
from cgcli.evaluation.specialised import Point
from cgcli.graph import reached


def read_nodes(point: Point, roots: Sequence[int] | None = None) -> list[int]:
    """The nodes that roots depend on at these values, or what nothing else uses, ascending.

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

    if roots is None:
        roots = [node for node, uses in enumerate(graph.uses()) if uses == 0]
    return reached(roots, read)
