"""The algebra of graph nodes: an operation on symbols appends a node to a graph.

The passes over this algebra give derivatives as graphs, from the same rules that give their
values. What is known at once is folded: operations on constants, and the identities with 0
and 1 that hold for every number. A product of 0 and inf is left to whoever runs the graph: the
exact 0 that wins in the chain rule over floats (`chain.settled`) is not part of it.
"""

from __future__ import annotations

from cgcli.algebras import floats
from cgcli.graph import Graph
from cgcli.ops import CONSTANT, OPS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


class Symbol:
    """A node of a graph, as a value to compute with."""

    __slots__ = ("algebra", "node")

    def __init__(self, algebra: Symbols, node: int) -> None:
        self.algebra, self.node = algebra, node

    def __add__(self, other: Any) -> Any:
        return self.algebra.apply("add", self, other)

    def __radd__(self, other: Any) -> Any:
        return self.algebra.apply("add", other, self)

    def __sub__(self, other: Any) -> Any:
        return self.algebra.apply("sub", self, other)

    def __rsub__(self, other: Any) -> Any:
        return self.algebra.apply("sub", other, self)

    def __mul__(self, other: Any) -> Any:
        return self.algebra.apply("mul", self, other)

    def __rmul__(self, other: Any) -> Any:
        return self.algebra.apply("mul", other, self)

    def __neg__(self) -> Any:
        return self.algebra.apply("neg", self)


class Symbols:
    """Operations that append to one graph. Values are `Symbol`s and plain numbers."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name not in OPS:
            raise AttributeError(name)
        return lambda *operands: self.apply(name, *operands)

    def room(self, count: int) -> list[Any]:
        """A place for so many values."""
        return [None] * count

    def symbol(self, node: int) -> Any:
        """A node as a value: the number itself where it is a constant."""
        return self.graph.attrs[node] if self.graph.ops[node] is CONSTANT else Symbol(self, node)

    def node(self, value: Any) -> int:
        """The node of a value; a number becomes a constant."""
        return int(value.node) if isinstance(value, Symbol) else self.graph.constant(float(value))

    def settle(self, product: Any, factor: Any, partial: Any, like: Any, node: int, zeroed: Any) -> Any:
        """A product of the chain rule, as it is: whether 0 meets inf is not known before values are."""
        return product

    def apply(self, name: str, *operands: Any) -> Any:
        if not any(isinstance(operand, Symbol) for operand in operands):
            return getattr(floats, name)(*map(float, operands))
        folded = _fold(name, operands)
        if folded is not None:
            return folded
        return Symbol(self, self.graph.add(OPS[name], tuple(map(self.node, operands))))


def _fold(name: str, operands: tuple[Any, ...]) -> Any:
    """The operand that the operation comes down to, or None."""
    known = [None if isinstance(operand, Symbol) else operand for operand in operands]
    match name, known:
        case ("add", [0, None]) | ("mul", [1, None]):
            return operands[1]
        case ("add" | "sub", [None, 0]) | ("mul" | "div" | "pow", [None, 1]):
            return operands[0]
        case "mul", [-1, None]:
            return -operands[1]
        case "mul", [None, -1]:
            return -operands[0]
        case "where", [condition, _, _] if condition is not None:
            return operands[1] if condition else operands[2]
        case ("and_", [0, None]) | ("and_", [None, 0]):
            return 0.0
    return None
