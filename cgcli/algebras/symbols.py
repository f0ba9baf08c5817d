"""The algebra of graph nodes: an operation on symbols appends a node to a graph.

The passes over this algebra give derivatives as graphs, from the same rules that give their
values. What is known at once is folded: operations on constants, and the identities with 0
and 1 that hold for every number. Equal nodes are made once.

A value that is 0 where a condition does not hold is a node and that condition, which join those of
other factors; it becomes a `where` once it is added to something else. What descends from an adjoint
is a cotangent: its products are those of the chain rule, in which an exact 0 wins.
"""

from __future__ import annotations

from functools import partial

from cgcli.algebras.base import Base, Operators
from cgcli.algebras.constant_folding import LEFT, is_irrational
from cgcli.algebras.numbers import floats
from cgcli.annotations import Any, Callable, Iterable, Sequence
from cgcli.errors import ShapeError, of_derivative
from cgcli.graph import Graph
from cgcli.ops import ALGEBRA_OPS, CONSTANT, Op
from cgcli.ops.constants import identity, remembered
from cgcli.ops.entry import COMPARISON, LINEAR, MULTILINEAR
from cgcli.ops.rules import unbroadcast
from cgcli.shapes import Shape, broadcast

# Operations whose results are 1 or 0, and so conditions.
LOGIC = {"and_", "or_", "not_"}

# Operations on whole arrays, besides those that are linear in all operands, that are 0 where the first is.
MOVING = {"index", "scatter"}

NOWHERE = -1

# So many parts of a condition are looked at where another joins it.
FEW = 8


def required(shape: Shape | None) -> Shape:
    """A shape that a derivative needs. Raises `ShapeError` where it is not known."""
    if shape is None:
        message = "the derivative needs this shape, which is not known before values are"
        hint = "give values to the arrays in it, or numbers to the sizes they are declared with"
        raise ShapeError(message, hint)
    return shape


class Symbol(Operators):
    """A node of a graph, as a value to compute with.

    condition   a node, where the value is that of `node` if it is not 0, and else 0; or `NOWHERE`
    cotangent   whether it descends from an adjoint, as one of its factors
    """

    __slots__ = ("condition", "cotangent", "node")

    def __init__(
        self, algebra: Symbols, node: int, condition: int = NOWHERE, cotangent: bool = False
    ) -> None:
        self.algebra, self.node, self.condition, self.cotangent = algebra, node, condition, cotangent


class Symbols(Base):
    """Operations that append to one graph. Values are `Symbol`s and plain numbers.

    shapes      by node, and kept as long as the graph; None where it is not known. Without any, the
                nodes that are there are numbers
    for_reading whether the graph is for people, and not for values: guards stay what they are, what has
                no ties is told, and a product of the chain rule is a product
    careful     whether such a product is more than a product: in a graph that is for values

    Raises `ShapeError` where a derivative needs a shape that is not known.
    """

    even_from = floats.even_from

    def __init__(
        self,
        graph: Graph,
        shapes: list[Shape | None] | None = None,
        for_reading: bool = False,
        careful: bool = True,
    ) -> None:
        self.graph, self.for_reading, self.careful = graph, for_reading, careful and not for_reading
        self.shapes: list[Shape | None] = [()] * len(graph) if shapes is None else shapes
        self._made: dict[Any, int] = {}

    def operation(self, op: Op) -> Callable[..., Any]:
        return partial(self.apply, op.name)

    def constant(self, value: float) -> Any:
        name = getattr(value, "name", "")
        if name and name not in self._made:
            self._made[name] = self.graph.named(value, name)
            self.symbol(self._made[name])
        return Symbol(self, self._made[name]) if name else value

    def symbol(self, node: int, shape: Shape = ()) -> Any:
        """A new node as a value, and its shape."""
        self.shapes += [None] * (node + 1 - len(self.shapes))
        self.shapes[node] = shape
        return self.value(node)

    def value(self, node: int) -> Any:
        """A node as a value: the number of a constant without a name; for reading, what a `where` with
        a 0 chooses, under its condition."""
        graph = self.graph
        if node in graph.names:
            return Symbol(self, node)
        op = graph.ops[node]
        if op is CONSTANT:
            return graph.attrs[node]
        if self.for_reading and op.name == "where" and (args := graph.args[node])[1] not in graph.names:
            zero = args[2]
            is_zero = graph.ops[zero] is CONSTANT and graph.attrs[zero] == 0
            if is_zero and self.shapes[args[1]] == self.shapes[node]:
                return Symbol(self, args[1], args[0])
        return Symbol(self, node)

    def node(self, value: Any) -> int:
        """The node of a value; a number becomes a constant."""
        if isinstance(value, Symbol):
            return int(self._whole(value).node)
        return self._number(value if isinstance(value, float) else float(value))

    def _number(self, number: float) -> int:
        """The node of a number, made once."""
        key = identity(number)
        if key not in self._made:
            self._made[key] = self.graph.constant(number)
            self.symbol(self._made[key])
        return self._made[key]

    def shape(self, value: Any) -> Shape:
        if not isinstance(value, Symbol):
            return ()
        shape = required(self.shapes[value.node])
        if value.condition < 0:
            return shape
        own = required(self.shapes[value.condition])
        return shape if own == shape else broadcast(own, shape)

    def alike(self, value: Any, other: Any) -> bool:
        if not (isinstance(value, Symbol) and isinstance(other, Symbol)):
            return False
        return self.graph.alike(value.node, other.node)

    # Masks and guards

    def mask(self, condition: Any, value: Any) -> Any:
        if not isinstance(condition, Symbol):
            return value if condition else self._zeros(self.shape(value))
        return self._masked(self.node(condition), value)

    def guard(self, condition: Any, limit: Any, value: Any, assuming: str = "") -> Any:
        if not self.for_reading or not isinstance(condition, Symbol):
            return self.apply("where", condition, limit, value)
        return self.apply("guard", condition, limit, value) if assuming else limit

    def nan_with(self, result: Any, share: Any) -> Any:
        return self.where(self.eq(result, result), share, result) if self.careful else share

    def _masked(self, condition: int, value: Any) -> Any:
        """A value, and 0 where the condition does not hold; that which it has already joins."""
        if not isinstance(value, Symbol):
            return (
                self._zeros(required(self.shapes[condition]))
                if value == 0
                else Symbol(self, self.node(value), condition)
            )
        if value.condition not in (NOWHERE, condition):
            if self._opposite(value.condition, condition):
                return self._zeros(self.shape(Symbol(self, value.node, condition)))
            condition = self._add("and_", (value.condition, condition))
        return Symbol(self, value.node, condition, value.cotangent)

    def _whole(self, value: Any) -> Any:
        """A masked value as one node: a `where`; of a condition alone the condition."""
        if not isinstance(value, Symbol) or value.condition < 0:
            return value
        if self._bare(value) == 1.0 and not value.cotangent and self._is_truth(value.condition):
            return Symbol(self, value.condition, NOWHERE, value.cotangent)
        node = self._add("where", (value.condition, value.node, self._number(0.0)))
        return Symbol(self, node, NOWHERE, value.cotangent)

    def _opposite(self, condition: int, other: int) -> bool:
        """Whether one of the last parts of a condition is the opposite of another condition."""
        graph, parts = self.graph, [condition]
        for part in parts:
            if graph.ops[part].name == "and_" and len(parts) < FEW:
                parts += graph.args[part]
            for one, not_other in ((part, other), (other, part)):
                if graph.ops[one].name == "not_" and graph.args[one][0] == not_other:
                    return True
        return False

    def _is_truth(self, node: int) -> bool:
        op = self.graph.ops[node]
        return op.level == COMPARISON or op.name in LOGIC

    def _bare(self, value: Any) -> Any:
        """A value without its condition, and without a word of where it comes from."""
        if not isinstance(value, Symbol):
            return value
        is_number = self.graph.ops[value.node] is CONSTANT and value.node not in self.graph.names
        return self.graph.attrs[value.node] if is_number else Symbol(self, value.node)

    def _conditional(self, name: str, operands: Sequence[Any]) -> Any:
        """What an operation on masked values does to the values, where their conditions stay; else None."""
        conditions = [x.condition if isinstance(x, Symbol) else NOWHERE for x in operands]
        first, last = conditions[0], conditions[-1]
        stays = name in ("mul", "neg") or (name == "div" and last < 0)
        if not stays and not (name in ("add", "sub") and first == last):
            return None
        found = self._applied(ALGEBRA_OPS[name], tuple(map(self._bare, operands)), {})
        return self._under(dict.fromkeys(conditions), found)

    def _under(self, conditions: Iterable[int], value: Any) -> Any:
        for condition in conditions:
            if condition >= 0:
                value = self._masked(condition, value)
        return value

    # The chain rule

    def chain(self, factor: Any, partial: Any) -> Any:
        """A product of the chain rule, in which an exact 0 wins."""
        if self._is_zero(factor) or self._is_zero(partial):
            return self._zeros(broadcast(self.shape(factor), self.shape(partial)))
        left, right = self._bare(factor), self._bare(partial)
        are_finite = any(not isinstance(one, Symbol) and one - one == 0 for one in (left, right))
        op = ALGEBRA_OPS["chain" if self.careful and not are_finite else "mul"]
        product = self._applied(op, (left, right), {})
        under = [x.condition for x in (factor, partial) if isinstance(x, Symbol)]
        return self._cotangent(self._under(under, product))

    def _cotangent(self, value: Any) -> Any:
        if isinstance(value, Symbol) and not value.cotangent:
            return Symbol(self, value.node, value.condition, True)
        return value

    def settle(self, product: Any, factor: Any, partial: Any, like: Any, node: int, zeroed: Any) -> Any:
        """A product of the chain rule as the derivative of `like`, or of one with the shape it has."""
        is_done = product is factor or product is partial  # as the other is 1
        if not is_done and not (isinstance(product, Symbol) and product.cotangent):
            product = self.chain(factor, partial)
        shape, have = self.shape(like), self.shape(product)
        if have != shape:
            larger = len(have) > len(shape) or any(a != 1 == b for a, b in zip(have, shape))
            product = unbroadcast(self, product, shape) if larger else self.broadcast(product, shape=shape)
        return self._cotangent(product)

    # Operations

    def apply(self, name: str, *operands: Any, **attributes: Any) -> Any:
        cotangent = masked = False
        for operand in operands:
            if operand.__class__ is Symbol:
                cotangent = cotangent or operand.cotangent
                masked = masked or operand.condition >= 0
        if cotangent and name == "mul":
            return self.chain(*operands)
        if masked:
            found = self._conditional(name, operands)
            if found is not None:
                return found
            operands = tuple(map(self._whole, operands))
        found = self._applied(ALGEBRA_OPS[name], operands, attributes)
        return self._cotangent(found) if cotangent else found

    def _applied(self, op: Any, operands: tuple[Any, ...], attributes: dict[str, Any]) -> Any:
        name, shapes = op.name, [self.shape(operand) for operand in operands]
        if op.partials is None:
            known = op.attributes
            given = {key: value for key, value in attributes.items() if value != known[key].default}
            try:
                shape = required(op.shape(*shapes, **attributes))
            except ShapeError as error:
                raise of_derivative(error) from None
            if name in ("reshape", "broadcast") and shape == shapes[0]:
                return operands[0]
            if name != "broadcast" and self._vanishes(op, operands):
                return self._zeros(shape)
            node = self.graph.add(op, tuple(map(self.node, operands)), given or None)
            return self.symbol(node, shape)
        symbolic = [isinstance(operand, Symbol) for operand in operands]
        if not any(symbolic):
            operands = tuple(x if isinstance(x, float) else float(x) for x in operands)
            result = remembered(name, operands, getattr(floats, name)(*operands))
            if not is_irrational(name, operands, result):
                return result
        elif not all(symbolic):
            shape = broadcast(*shapes) if any(shapes) else ()
            folded = self._left(name, operands)
            if folded is not None and self.shape(folded) == shape:
                return folded
        elif name == "add" and shapes[0] == shapes[1]:
            for one, other in (operands, operands[::-1]):
                if self._is_zero(one):
                    return other
        node = self._add(name, tuple(map(self.node, operands)), attributes)
        if op.level == COMPARISON or name in LOGIC:
            return Symbol(self, self.node(1.0), node)
        return Symbol(self, node)

    def _add(self, name: str, args: tuple[int, ...], attributes: dict[str, Any] | None = None) -> int:
        """The node of an elementwise operation, made once."""
        key = name, args
        node = self._made.get(key)
        if node is None:
            shapes = [required(self.shapes[arg]) for arg in args]
            node = self._made[key] = self.graph.add(ALGEBRA_OPS[name], args, attributes or None)
            self.symbol(node, broadcast(*shapes) if any(shapes) else ())
        return node

    def _left(self, name: str, operands: Sequence[Any]) -> Any:
        """The operand that an operation on numbers and something else comes down to: of `and` with what is
        sure, of `or` with what is not, of a choice that is made; or None."""
        place = LEFT.get((name, *[None if isinstance(one, Symbol) else one for one in operands]))
        if place is not None:
            return operands[place] if place >= 0 else -operands[~place]
        if name == "where" and not isinstance(operands[0], Symbol):
            return operands[1] if operands[0] else operands[2]
        for one, other in (operands, operands[::-1]) if name in ("and_", "or_") else ():
            if not isinstance(one, Symbol) and bool(one) == (name == "and_") and self._is_truth(other.node):
                return self._masked(other.node, 1.0)
        return None

    def _zeros(self, shape: Shape) -> Any:
        if not shape:
            return 0.0
        node = self.graph.add(ALGEBRA_OPS["broadcast"], (self.node(0.0),), {"shape": shape})
        return self.symbol(node, shape)

    def _vanishes(self, op: Any, operands: Sequence[Any]) -> bool:
        """Whether an operation on whole arrays is 0 everywhere, as its operands are."""
        zeros = list(map(self._is_zero, operands))
        if op.pushforward == LINEAR:
            return bool(zeros) and all(zeros)
        return any(zeros) if op.pushforward == MULTILINEAR else op.name in MOVING and zeros[0]

    def _is_zero(self, value: Any) -> bool:
        """Whether a value is 0, or an array of zeros that was stretched from one."""
        if isinstance(value, Symbol):
            graph, node = self.graph, value.node
            if value.condition >= 0 or graph.ops[node].name != "broadcast":
                return False
            value = self._bare(Symbol(self, graph.args[node][0]))
        return not isinstance(value, Symbol) and bool(value == 0)
