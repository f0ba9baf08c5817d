"""A program at a point: the values of its nodes, and what the passes need to go on from there."""

from __future__ import annotations

from cgcli.evaluation.specialised import Specialised
from cgcli.passes.forward import forward

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any


class Point:
    """A program and the values of its nodes where its inputs have these values.

    of          the program for inputs of their shapes, whose parts stand here, too
    inputs      by name
    values      by node; computed again where they were given away
    """

    __slots__ = ("_values", "algebra", "graph", "inputs", "of", "program", "run")

    def __init__(self, of: Specialised, inputs: Mapping[str, Any]) -> None:
        self.of, self.inputs = of, inputs
        self.program, self.graph, self.algebra, self.run = of.program, of.graph, of.algebra, of.run
        self._values: Any = None

    @property
    def values(self) -> Sequence[Any]:
        if self._values is None:
            self._values = self.run(forward, self.graph, self.algebra, self.inputs)
        found: Sequence[Any] = self._values
        return found

    def give_values(self) -> Sequence[Any]:
        """The values, for a pass that lets each go once it has used it, so that they do not fill the
        memory beside what it makes."""
        found, self._values = self.values, None
        return found

    def shapes(self) -> list[Any]:
        """The shapes of the nodes."""
        return self.of.shapes()

    def is_scalar(self, node: int) -> bool:
        return bool(self.algebra.shape(self.values[node]) == ())
