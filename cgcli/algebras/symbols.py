"""The algebra of graph nodes: an operation on symbols appends a node to a graph.

The passes over this algebra give derivatives as graphs, from the same rules that give their
values. What is known at once is folded: operations on constants, and the identities with 0
and 1 that hold for every number. The exact 0 that wins in the chain rule (`floats.settle`) is part
of the graph where it can be told beforehand (`Symbols.chain`).
"""

from __future__ import annotations

from functools import partial

from cgcli.algebras.base import Base
from cgcli.algebras.numbers import floats
from cgcli.algebras.operators import Operators
from cgcli.errors import ShapeError
from cgcli.graph import Graph
from cgcli.ops import CONSTANT, OPS
from cgcli.ops.entry import COMPARISON
from cgcli.ops.rules import unbroadcast
from cgcli.shapes import broadcast

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from cgcli.ops import Op
    from cgcli.shapes import Shape


# Operations whose results are as rational as what they are of.
RATIONAL = {"add", "sub", "neg", "mul", "div", "square", "abs", "min", "max", "sign", "where"}


class Symbol(Operators):
    """A node of a graph, as a value to compute with."""

    __slots__ = ("node",)

    def __init__(self, algebra: Symbols, node: int) -> None:
        self.algebra, self.node = algebra, node


class Symbols(Base):
    """Operations that append to one graph. Values are `Symbol`s and plain numbers.

    shapes      by node, and kept as long as the graph; None where it is not known. Without any, the
                nodes that are there are numbers

    Raises `ShapeError` where a derivative needs a shape that is not known.
    """

    def __init__(self, graph: Graph, shapes: list[Shape | None] | None = None) -> None:
        self.graph = graph
        self.shapes: list[Shape | None] = [()] * len(graph) if shapes is None else shapes

    def operation(self, op: Op) -> Callable[..., Any]:
        return partial(self.apply, op.name)

    def symbol(self, node: int, shape: Shape = ()) -> Any:
        """A new node as a value, and its shape."""
        self.shapes += [None] * (node + 1 - len(self.shapes))
        self.shapes[node] = shape
        return self.value(node)

    def value(self, node: int) -> Any:
        """A node as a value: the number itself where it is a constant without a name."""
        if node in self.graph.names:
            return Symbol(self, node)
        return self.graph.attrs[node] if self.graph.ops[node] is CONSTANT else Symbol(self, node)

    def node(self, value: Any) -> int:
        """The node of a value; a number becomes a constant."""
        if isinstance(value, Symbol):
            return int(value.node)
        node = self.graph.constant(float(value))
        self.symbol(node)
        return node

    def shape(self, value: Any) -> Shape:
        return required(self.shapes[value.node]) if isinstance(value, Symbol) else ()

    def chain(self, factor: Any, partial: Any) -> Any:
        """A product of the chain rule, in which an exact 0 wins.

        Whether a factor is 0 is known here of numbers, and of what chooses: a comparison, and
        `where` with a branch of 0. There the other factor stands in the branch that is taken.
        """
        for one, other in ((factor, partial), (partial, factor)):
            if not isinstance(one, Symbol):
                if one == 0:
                    return self.broadcast(0.0, shape=self.shape(other))
                continue
            op, args = self.graph.ops[one.node], self.graph.args[one.node]
            if op.level == COMPARISON:
                return self.where(one, other, 0.0)
            if op.name == "div" and self.graph.ops[args[0]].level == COMPARISON:  # a share of equals
                return self.where(self.value(args[0]), self.div(other, self.value(args[1])), 0.0)
            if op.name == "where" and 0.0 in (branches := [self.value(arg) for arg in args[1:]]):
                taken = [b if b.__class__ is float and b == 0 else self.chain(b, other) for b in branches]
                return self.where(self.value(args[0]), *taken)
        return factor * partial

    def settle(self, product: Any, factor: Any, partial: Any, like: Any, node: int, zeroed: Any) -> Any:
        """A product of the chain rule as the derivative of `like`, or of one with the shape it has."""
        if product is not factor:
            product = self.chain(factor, partial)
        shape, have = self.shape(like), self.shape(product)
        if have == shape:
            return product
        larger = len(have) > len(shape) or any(a != 1 == b for a, b in zip(have, shape))
        return unbroadcast(self, product, shape) if larger else self.broadcast(product, shape=shape)

    def apply(self, name: str, *operands: Any, **attributes: Any) -> Any:
        op: Any = OPS[name]
        shapes = [self.shape(operand) for operand in operands]
        if op.partials is None:
            known = op.attributes
            given = {key: value for key, value in attributes.items() if value != known[key].default}
            try:
                shape = required(op.shape(*shapes, **attributes))
            except ShapeError as error:
                raise _of_derivative(error) from None
            if name in ("reshape", "broadcast") and shape == shapes[0]:
                return operands[0]
            node = self.graph.add(op, tuple(map(self.node, operands)), given or None)
            return self.symbol(node, shape)
        symbolic = [isinstance(operand, Symbol) for operand in operands]
        if not any(symbolic):
            result = getattr(floats, name)(*map(float, operands))
            if not is_irrational(name, operands, result):
                return result
        shape = broadcast(*shapes) if any(shapes) else ()
        if any(symbolic) and not all(symbolic):
            folded = _fold(name, operands)
            if folded is not None and self.shape(folded) == shape:
                return folded
        return self.symbol(self.graph.add(op, tuple(map(self.node, operands))), shape)


def is_irrational(name: str, values: Sequence[float], result: float) -> bool:
    """Whether a result of numbers says less than the operation it comes from, as in `log(2)`."""
    if name in RATIONAL or result - result != 0 or result == int(result):
        return False
    return not (name == "pow" and values[1] == int(values[1]))


def _of_derivative(error: ShapeError) -> ShapeError:
    """An error of an operation that nobody has written, so that its operands have no text."""
    message = error.message or error.hint or ""
    for letter in "xyw":
        message = message.replace(f"{{{letter}}}", "an array")
    prefix = "" if message.startswith("the derivative") else "in the derivative, "
    return ShapeError(prefix + message)


def required(shape: Shape | None) -> Shape:
    """A shape that a derivative needs. Raises `ShapeError` where it is not known."""
    if shape is None:
        raise ShapeError("the derivative needs this shape, which is not known before values are")
    return shape


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
