"""The derivative as a graph: the reverse pass over symbols, on the graph that is differentiated.

Nothing is copied: the adjoints are new nodes of the same graph, made from the nodes that are there.
"""

from __future__ import annotations

from cgcli.algebras.symbols import Symbols, required
from cgcli.errors import ShapeError, located
from cgcli.graph import Graph
from cgcli.passes.reverse import reverse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from cgcli.shapes import Shape


def derive(
    graph: Graph,
    shapes: list[Shape | None] | None,
    output: int,
    wrt: Sequence[int],
    for_reading: bool = False,
    careful: bool = True,
) -> list[int]:
    """The nodes of the derivatives of an output, a number, by some nodes. Appends to the graph, and
    to the shapes; without any, all nodes are numbers. `for_reading` and `careful` as in `Symbols`.

    Raises `ShapeError`, with the node, for one on the way whose shape is not known, or that the
    derivative of one would have.
    """
    needed = graph.ancestors([output])
    active = graph.dependents(wrt, needed)
    symbols = Symbols(graph, shapes, for_reading, careful)
    for node in needed:
        if active[node]:
            try:
                required(symbols.shapes[node])
            except ShapeError as error:
                raise located(error, node) from None
    values: Any = {node: symbols.value(node) for node in needed}
    found = reverse(graph, symbols, values, {output: 1.0}, active, needed)
    nodes = []
    for node in wrt:
        adjoint = found.get(node)
        if adjoint is None:
            adjoint = symbols.broadcast(0.0, shape=symbols.shape(symbols.value(node)))
        nodes.append(symbols.node(adjoint))
    return nodes
