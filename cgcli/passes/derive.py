"""The derivative as a graph: the reverse pass over symbols, on the graph that is differentiated.

Nothing is copied: the adjoints are new nodes of the same graph, made from the nodes that are there.
"""

from __future__ import annotations

from cgcli.algebras.symbols import Symbols
from cgcli.graph import Graph
from cgcli.passes.reverse import reverse
from cgcli.shapes import ShapeError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from cgcli.shapes import Shape


def derive(graph: Graph, shapes: list[Shape | None] | None, output: int, wrt: Sequence[int]) -> list[int]:
    """The nodes of the derivatives of an output, a number, by some nodes. Appends to the graph, and
    to the shapes, which are known by now; without any, all nodes are numbers.

    Raises `ShapeError`, with the node, for one on the way whose shape is not known.
    """
    needed = graph.ancestors([output])
    active = graph.dependents(wrt, needed)
    if shapes is not None:
        for node in needed:
            if active[node] and shapes[node] is None:
                error = ShapeError("the derivative needs this shape, which is not known before values are")
                error.node = node
                raise error
    symbols = Symbols(graph, shapes)
    values: Any = {node: symbols.symbol(node) for node in needed}
    found = reverse(graph, symbols, values, output, active, needed)
    nodes = []
    for node in wrt:
        adjoint = found.get(node)
        if adjoint is None:
            adjoint = symbols.broadcast(0.0, shape=symbols.shape(symbols.symbol(node)))
        nodes.append(symbols.node(adjoint))
    return nodes
