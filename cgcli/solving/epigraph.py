"""A program whose corners are conditions: in the place of abs(x) stands an unknown t, and t >= x, t >= -x.

Its minimum is one of the program, wherever it has a corner: beside it each point of the program has one of
these whose value is the same, with t = abs(x). S. Boyd and L. Vandenberghe, "Convex Optimization" (2004),
section 4.1.3.
"""

from __future__ import annotations

from math import inf, prod

import numpy as np

from cgcli.annotations import Any, Mapping, Sequence
from cgcli.evaluation.specialised import Specialised
from cgcli.graph import Graph
from cgcli.solving.conditions import Condition
from cgcli.solving.replaced import Replaced

# Of so many elements, the greatest, one is the greatest at the minimum, or else of those beside there; as
# many are taken that are spread over all, without which there may be no minimum.
AMONG = 20


def pieces(graph: Graph, node: int) -> list[tuple[int, float]]:
    """The nodes of which a corner is the greatest or the least, each with a factor, those of corners among
    them in their place."""
    found: list[tuple[int, float]] = []
    stack = [node]
    while stack:
        at = stack.pop()
        factors = graph.ops[at].corner.factors if at == node or _is_within(graph, node, at) else None
        if factors is None:
            found.append((at, 1.0))
        elif factors:
            found += [(graph.behind(graph.args[at][0]), factor) for factor in factors]
        else:
            stack += map(graph.behind, graph.args[at])
    return found


def inner(graph: Graph, node: int) -> set[int]:
    """The corners whose pieces are those of a corner."""
    found: set[int] = set()
    stack = [node]
    while stack:
        operands = map(graph.behind, graph.args[stack.pop()])
        own = [operand for operand in operands if _is_within(graph, node, operand)]
        found.update(own)
        stack += own
    return found


def _is_within(graph: Graph, node: int, operand: int) -> bool:
    """Whether the pieces of an operand can be those of a corner: both choose the greatest, or the least."""
    outer, op = graph.ops[node].corner, graph.ops[operand]
    if outer.factors or op.corner is None or op.corner.up != outer.up:
        return False
    return op.partials is not None or op is graph.ops[node]


def is_corner(graph: Graph, shapes: Sequence[Any], node: int) -> bool:
    """Whether a node is one of those that conditions can stand for."""
    op = graph.ops[node]
    if op.corner is None or not op.corner.up:
        return False
    if op.partials is None and shapes[node] != ():
        return False
    return op.partials is not None or not op.corner.factors or _order(graph, node) in (1.0, inf)


def is_sum(graph: Graph, node: int) -> bool:
    """Whether a corner is the sum of those of the elements: a norm of order 1."""
    return bool(graph.ops[node].partials is None and _order(graph, node) == 1.0)


def _order(graph: Graph, node: int) -> Any:
    return (graph.attrs.get(node) or {}).get("ord")


def whole(of: Specialised, node: int, values: Sequence[Any]) -> Any:
    """The elements of a corner, of which some have become one number."""
    if is_sum(of.graph, node):
        return np.abs(np.asarray(values[pieces(of.graph, node)[0][0]], float))
    return values[node]


class Epigraph:
    """The program over another graph.

    of          it
    starts      by name the unknowns that it has besides: what the corners are
    known       by name the constants
    conditions  between these and the pieces
    is_part     whether some of these are left out
    """

    def __init__(
        self,
        of: Specialised,
        chosen: Mapping[int, Any],
        values: Sequence[Any],
        among: dict[tuple[int, int], Any] | None = None,
    ) -> None:
        """`chosen` says of corners which of their elements become unknowns, True for all; these begin as
        what the corners are among `values`. Of very many elements of which one number is the greatest
        those count that are so nearly, and those of `among`, by corner and piece, which is added to."""
        self.starts: dict[str, Any] = {}
        self._values, self._among, self.is_part = values, {} if among is None else among, False
        self.known: dict[str, Any] = {}
        self.conditions: list[Condition] = []
        self._graph, self._source = of.graph, of.program.source.text
        self._copy = Replaced(of)
        self._copy.by(
            chosen, lambda node, own: self._replaced(node, own, chosen[node], whole(of, node, values))
        )
        self.of = self._copy.of

    def _replaced(self, node: int, own: int, which: Any, value: Any) -> int:
        """What stands in the place of a corner, once its conditions are there."""
        xp, graph, given = self._copy.symbols, self._graph, self._copy.input
        parts = self._copy.values(pieces(graph, node))
        shape, own = np.shape(value), xp.value(own)
        if is_sum(graph, node):
            own = xp.abs(parts[0])
        called = f"{node}:corner"  # no name of a program
        start = value if which is True else np.asarray(value)[which]
        start = float(start) if np.ndim(start) == 0 else np.array(start)
        self.starts[called] = start
        unknown = whole = given(called, start)
        if which is not True:
            rows = np.zeros((prod(shape), np.size(start)))
            rows[np.flatnonzero(which), np.arange(np.size(start))] = 1.0
            self.known |= {f"{node}:rows": rows, f"{node}:which": np.asarray(which, float)}
            scattered = xp.reshape(xp.matmul(given(f"{node}:rows", rows), unknown), shape=shape)
            which_ones = given(f"{node}:which", self.known[f"{node}:which"])
            whole = xp.where(which_ones, scattered, own)
            chosen = np.ascontiguousarray(rows.T)
            self.known[f"{node}:chosen"] = chosen
            chosen = given(f"{node}:chosen", chosen)
        text = " ".join(self._source[graph.starts[node] : graph.ends[node]].split())
        relation = "ge" if graph.ops[node].corner.up > 0 else "le"
        for place, part in enumerate(parts):
            if which is True and is_one_of_many(self._graph, node, self._values):
                part = self._greatest(node, place, part)
            if which is not True and part.__class__ is not float:
                part = xp.reshape(xp.broadcast(part, shape=shape), shape=(prod(shape),))
                part = xp.matmul(chosen, part)
            sides = xp.node(unknown), xp.node(part)
            self.conditions.append(Condition(text, relation, *sides, graph.starts[node], graph.ends[node]))
        return int(xp.node(xp.sum(whole) if is_sum(graph, node) else whole))

    def _greatest(self, node: int, place: int, part: Any) -> Any:
        """Some elements of a piece, as a vector."""
        piece, factor = pieces(self._graph, node)[place]
        values = self._graph.ops[node].corner.up * factor * np.ravel(np.asarray(self._values[piece], float))
        if values.size <= AMONG:
            return part
        self.is_part = True
        near = np.argpartition(-values, AMONG)[:AMONG]
        near = np.union1d(near, np.arange(AMONG) * (values.size - 1) // (AMONG - 1))
        near = self._among[node, place] = np.union1d(near, self._among.get((node, place), near))
        name = f"{node}:{place}:among"
        self.known[name] = near.astype(float)
        xp = self._copy.symbols
        flat = xp.reshape(part, shape=(values.size,))
        return xp.index(flat, self._copy.input(name, self.known[name]), at=(None,))


def is_one_of_many(graph: Graph, node: int, values: Sequence[Any]) -> bool:
    """Whether a corner is one number, and what it is chosen from very many."""
    sizes = [np.size(values[piece]) for piece, _ in pieces(graph, node)]
    return not is_sum(graph, node) and np.size(values[node]) == 1 and max(sizes) > AMONG
