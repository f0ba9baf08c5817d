"""A copy of a program's graph in which other nodes stand in the place of some."""

from __future__ import annotations

import numpy as np

from cgcli.algebras.symbols import Symbols
from cgcli.annotations import Any, Callable, Iterable, Sequence
from cgcli.evaluation.specialised import Specialised
from cgcli.graph import Graph


class Replaced:
    """The copy.

    graph       it
    symbols     to write more of it
    place       where the nodes of the program are in it, as far as it goes
    of          the program over it, at the end
    """

    of: Specialised

    def __init__(self, of: Specialised) -> None:
        self._of, self.graph = of, Graph()
        self.symbols: Any = Symbols(self.graph, [])
        self.place: list[int] = []
        self._inputs: dict[str, Any] = {}

    def input(self, name: str, value: Any) -> Any:
        """A further input, of a name that no program has, as a symbol."""
        if name not in self._inputs:
            self._inputs[name] = self.graph.input(name), np.shape(value)
        return self.symbols.symbol(*self._inputs[name])

    def by(self, nodes: Iterable[int], other: Callable[[int, int], int]) -> None:
        """Copy all; `other` hands out the node that stands in the place of one of these, by it and its own
        copy."""
        graph, chosen, shapes = self._of.graph, set(nodes), self._of.shapes()
        for node, op in enumerate(graph.ops):
            operands = tuple(self.place[operand] for operand in graph.args[node])
            span = graph.starts[node], graph.ends[node]
            made = self.graph.add(op, operands, graph.attrs.get(node), *span)
            self.symbols.symbol(made, shapes[node])
            self.place.append(self._of.run(other, node, made) if node in chosen else made)
        for node, name in graph.names.items():
            self.graph.names[self.place[node]] = name
        program = self._of.program.over(self.graph, self.place)
        program.inputs.update({name: node for name, (node, _) in self._inputs.items()})
        given = self._of.given | {name: shape for name, (_, shape) in self._inputs.items()}
        self.of = Specialised(program, self.graph, self._of.algebra, given)

    def values(self, parts: Sequence[tuple[int, float]]) -> list[Any]:
        """Nodes of the program times a factor each, as symbols."""
        return [self.symbols.value(self.place[node]) * factor if factor else 0.0 for node, factor in parts]
