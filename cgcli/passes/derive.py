"""The derivative as a graph: the reverse pass over symbols, on the graph that is differentiated.

Nothing is copied: the adjoints are new nodes of the same graph, made from the nodes that are there.
"""

from __future__ import annotations

from cgcli.algebras.symbols import Symbols, required
from cgcli.annotations import Any, Sequence
from cgcli.errors import ShapeError, located
from cgcli.graph import Graph, Marks
from cgcli.passes.forward import tangent
from cgcli.passes.join import join, pairs
from cgcli.passes.reverse import reverse
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
    return backward(Symbols(graph, shapes, for_reading, careful), output, wrt)


def backward(symbols: Symbols, output: int, wrt: Sequence[int], seed: Any = 1.0) -> list[int]:
    """As `derive`, over some symbols: of an array, the derivatives of the sum of its elements, each times
    that of the seed."""
    needed, active = _between(symbols, output, wrt)
    with _Joined(symbols, needed, wrt):
        values = Values(symbols, needed)
        found = reverse(symbols.graph, symbols, values, {output: seed}, active, needed)
    return [symbols.node(_or_zeros(symbols, found.get(node), node)) for node in wrt]


def onward(symbols: Symbols, output: int, by: int, direction: Any = 1.0) -> int:
    """The node of an output's derivative where another one moves along a direction, of its shape: by the
    tangent pass. Raises as `derive`."""
    needed, _ = _between(symbols, output, [by])
    with _Joined(symbols, needed, [by]):
        found = tangent(symbols.graph, symbols, Values(symbols, needed), {by: direction}, needed)
    return symbols.node(_or_zeros(symbols, found.get(output), output))


class _Joined:
    """While a derivative for values is made of some nodes of a graph, two operations in a row are one where
    that does not cancel (`passes.join`)."""

    def __init__(self, symbols: Symbols, nodes: Sequence[int], by: Sequence[int]) -> None:
        self.graph, self.pairs = symbols.graph, [] if symbols.for_reading else pairs(symbols.graph, nodes, by)
        self.kept = [
            (node, self.graph.ops[node], self.graph.args.first[node], self.graph.attrs.get(node))
            for node, _ in self.pairs
        ]

    def __enter__(self) -> None:
        for node, op in self.pairs:
            join(self.graph, node, op)

    def __exit__(self, *exception: object) -> None:
        for node, op, first, attrs in self.kept:
            self.graph.ops[node], self.graph.args.first[node] = op, first
            self.graph.attrs.pop(node, None)
            if attrs is not None:
                self.graph.attrs[node] = attrs


class Values(dict):  # type: ignore[type-arg]
    """Some nodes as values of the algebra, and others once they are asked for: a derivative costs no more
    than the nodes that it passes."""

    def __init__(self, symbols: Symbols, nodes: Sequence[int] = ()) -> None:
        super().__init__(zip(nodes, map(symbols.value, nodes)))
        self.symbols = symbols

    def __missing__(self, node: int) -> Any:
        self[node] = value = self.symbols.value(node)
        return value


def _between(symbols: Symbols, output: int, wrt: Sequence[int]) -> tuple[list[int], Marks]:
    """The nodes from what is differentiated by up to the output, with their marks."""
    needed = symbols.graph.ancestors([output], min(wrt, default=0))
    active = symbols.graph.dependents_among(wrt, needed)
    for node in needed:
        if symbols.shapes[node] is None and active[node]:
            try:
                required(None)
            except ShapeError as error:
                raise located(error, node) from None
    return needed, active


def _or_zeros(symbols: Symbols, derivative: Any, node: int) -> Any:
    if derivative is None:
        return symbols.broadcast(0.0, shape=symbols.shape(symbols.value(node)))
    return derivative
