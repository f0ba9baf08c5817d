"""A program whose corners are rounded off: (p + q + sqrt((p - q)^2 + w^2))/2 in the place of max(p, q).

With w becoming less its minima lead to one of the program, however many corners that has, without an unknown
for each of them: X. Chen, "Smoothing methods for nonsmooth, nonconvex minimization", Mathematical Programming
134 (2012) 71-99.
"""

from __future__ import annotations

import numpy as np

from cgcli.annotations import Any, Iterable, Sequence
from cgcli.evaluation.specialised import Specialised
from cgcli.solving.conditions import Condition
from cgcli.solving.epigraph import is_sum, pieces
from cgcli.solving.replaced import Replaced

WIDTH = "0:width"  # no name of a program


class Rounded:
    """The program, as `epigraph.Epigraph` is one, without further unknowns.

    known       by name the width w
    """

    def __init__(self, of: Specialised, corners: Iterable[int], width: float) -> None:
        self.starts: dict[str, Any] = {}
        self.known: dict[str, Any] = {WIDTH: width}
        self.conditions: list[Condition] = []
        self._graph, self._shapes = of.graph, of.shapes()
        self._copy = Replaced(of)
        self._copy.by(corners, self._rounded)
        self.of = self._copy.of

    def _rounded(self, node: int, own: int) -> int:
        xp, width = self._copy.symbols, self._copy.input(WIDTH, 1.0)
        first, *rest = self._copy.values(pieces(self._graph, node))
        up = self._graph.ops[node].corner.up
        for other in rest:
            apart = first - other
            first = 0.5 * (first + other + up * xp.sqrt(apart * apart + width * width))
        if is_sum(self._graph, node):
            first = xp.sum(first)
        elif self._shapes[node] == () != xp.shape(first):
            first = up * width * xp.logsumexp(xp.div(up * first, width))
        return int(xp.node(first))


def apart(of: Specialised, node: int, values: Sequence[Any]) -> Any:
    """How far the two pieces of a corner that are next to choose are from each other, element by element."""
    graph = of.graph
    parts = [factor * np.asarray(values[piece], float) for piece, factor in pieces(graph, node)]
    if graph.ops[node].partials is None and not is_sum(graph, node):
        parts = list(np.concatenate([np.ravel(part) for part in parts]))
    if len(parts) == 1:
        return np.inf
    among = graph.ops[node].corner.up * np.stack(np.broadcast_arrays(*parts))
    below, above = np.partition(among, -2, axis=0)[-2:]
    return above - below
