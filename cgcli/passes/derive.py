"""The derivative as a graph: the reverse pass over symbols, on the graph that is differentiated.

Nothing is copied: the adjoints are new nodes of the same graph, made from the nodes that are there.
"""

from __future__ import annotations

from cgcli.algebras.symbols import Symbols
from cgcli.graph import Graph
from cgcli.passes.reverse import reverse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from cgcli.shapes import Shape


def derive(graph: Graph, shapes: list[Shape | None], output: int, wrt: Sequence[int]) -> list[int]:
    """The nodes of the derivatives of an output, a number, by some nodes. Appends to the graph, and
    to the shapes; a shape that is None is taken for that of a number."""
    symbols = Symbols(graph, shapes)
    needed = graph.ancestors([output])
    values: Any = {node: symbols.symbol(node) for node in needed}
    found = reverse(graph, symbols, values, output, graph.dependents(wrt, needed), needed)
    nodes = []
    for node in wrt:
        adjoint = found.get(node)
        if adjoint is None:
            adjoint = symbols.broadcast(0.0, shape=symbols.shape(symbols.symbol(node)))
        nodes.append(symbols.node(adjoint))
    return nodes
