"""A program at a point: the values of its nodes, and what the passes need to go on from there."""

from __future__ import annotations

from cgcli.evaluation.specialised import Specialised

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from cgcli.diagnostics import Diagnostic


class Point:
    """A program and the values of its nodes where its inputs have these values.

    of          the program for inputs of their shapes, whose parts stand here, too
    inputs      by name
    values      by node; None from when a pass has spent them until they are restored
    warning     of the first node that is not finite although its operands are, where it was asked for
    """

    __slots__ = ("algebra", "graph", "inputs", "of", "program", "run", "values", "warning")

    def __init__(self, of: Specialised, inputs: Mapping[str, Any], values: Any) -> None:
        self.of, self.inputs, self.values = of, inputs, values
        self.program, self.graph, self.algebra, self.run = of.program, of.graph, of.algebra, of.run
        self.warning: Diagnostic | None = None

    def restore(self) -> None:
        """Compute the values again, where a pass has spent them."""
        if self.values is None:
            self.values = self.of.values(self.inputs)

    def shapes(self) -> list[Any]:
        """The shapes of the nodes."""
        return self.of.shapes()

    def is_scalar(self, node: int) -> bool:
        return bool(self.algebra.shape(self.values[node]) == ())
