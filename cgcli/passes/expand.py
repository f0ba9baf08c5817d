"""Derivatives inside a program: from a graph with nodes that differentiate (`ops.differentiation`) to one
without, once shapes are known.

Operands come first, and so does the innermost derivative. Each is made by the passes over symbols, from the
nodes that are there; all other nodes are copied as they are.
"""

from __future__ import annotations

from itertools import product as places

from cgcli.algebras.symbols import Symbol, Symbols
from cgcli.annotations import Any, Iterator
from cgcli.errors import OperationError, ShapeError
from cgcli.graph import NONE, OTHERS, Graph
from cgcli.ops import ALIAS, CONSTANT, OPS, SOUGHT, WRITTEN_OUT
from cgcli.ops.differentiation import no_number
from cgcli.passes.derive import backward, onward
from cgcli.passes.implicit import written_out
from cgcli.passes.shapes import infer
from cgcli.shapes import Named, Shape, broadcast, product, shape_text

ARRAY = OPS["array"]

# A derivative may take so many nodes, a few gigabytes.
LIMIT = 10_000_000


def expand(
    graph: Graph, shapes: list[Shape | None], for_reading: bool = False, careful: bool = True
) -> tuple[Graph, list[int], bytearray]:
    """The graph with its derivatives written out, and without aliases; by node, its place there; and for each
    of its own nodes whether a derivative is made of it.

    `shapes` are those of the nodes; `for_reading` and `careful` as in `Symbols`. What a derivative is made
    of has the place of its call in the source.
    Raises `OperationError`, with the node that differentiates, for what cannot be differentiated, a shape
    that is needed and not known, and a derivative that would be too large (kind `limit`).
    """
    copy = _Copy(graph, shapes)
    derivatives = [node for node, op in enumerate(graph.ops) if op.name in WRITTEN_OUT]
    varying = {graph.args[node][1] for node in derivatives}
    numbers = Symbols(copy.graph, None, for_reading, careful)
    made = bytearray()
    expansion = _Expansion(_Sparse(copy.graph, copy.shapes, for_reading, careful), numbers)
    for node in derivatives:
        copy.until(node)
        first = len(copy.graph)
        f, x = (copy.place[operand] for operand in graph.args[node])
        try:
            found = expansion.derivative(graph.ops[node].name, f, x, **graph.attrs.get(node, {}))
            if node in varying:  # by itself, whatever else has the same value
                found = expansion.alias(found)
        except OperationError as error:
            raise _at(error, node, copy.place) from None
        for one in range(first, len(copy.graph)):
            copy.graph.starts[one], copy.graph.ends[one] = graph.place(node)
        made += bytes(first - len(made)) + b"\1" * (len(copy.graph) - first)
        copy.put(node, found)
    copy.until(len(graph))
    bare = _Copy(copy.graph, copy.shapes)
    for node, op in enumerate(copy.graph.ops):
        if op is ALIAS:
            bare.until(node)
            bare.put(node, bare.place[copy.graph.args.first[node]])
    bare.until(len(copy.graph))
    kept = bytearray(len(bare.graph))
    for one, is_made in enumerate(made):
        kept[bare.place[one]] |= is_made
    return bare.graph, [bare.place[place] for place in copy.place[: len(graph)]], kept


class _Copy:
    """A graph that is copied stretch by stretch, with other nodes in between.

    graph   the copy, and the shapes of its nodes
    place   by node of the original, that in the copy; then, counted from the end, what stands for no operand
    """

    def __init__(self, original: Graph, shapes: list[Shape | None]) -> None:
        self._original, self._shapes, self._at = original, shapes, 0
        self.graph = Graph()
        self.shapes: list[Shape | None] = []
        self.place = [*range(len(original)), OTHERS, NONE]

    def until(self, end: int) -> None:
        """Copy the nodes before one, from where the last one was."""
        old, new, place, begin = self._original, self.graph, self.place, self._at
        shift = len(new) - begin
        place[begin:end] = range(begin + shift, end + shift)
        new.ops += old.ops[begin:end]
        for column in ("first", "second"):
            operands = map(place.__getitem__, getattr(old.args, column)[begin:end])
            getattr(new.args, column).extend(operands)
        new.starts += old.starts[begin:end]
        new.ends += old.ends[begin:end]
        self.shapes += self._shapes[begin:end]
        for node in range(begin, end):
            if node in old.args.others:
                new.args.others[node + shift] = tuple(map(place.__getitem__, old.args.others[node]))
            if node in old.attrs:
                new.attrs[node + shift] = old.attrs[node]
            if node in old.names:
                new.names[node + shift] = old.names[node]
        self._at = end

    def put(self, node: int, found: int) -> None:
        """Another node of the copy in the place of the next one, whose name it gets if it has none."""
        graph, name = self.graph, self._original.names.get(node)
        if graph.ops[found] is CONSTANT:  # of which others may be made, too
            found = graph.add(CONSTANT, (), graph.attrs[found], *self._original.place(node))
            self.shapes.append(())
        if name is not None:
            graph.names.setdefault(found, name)
        self.place[node], self._at = found, node + 1


def _at(error: OperationError, node: int, place: list[int]) -> OperationError:
    """An error that a derivative met somewhere, as one of its node; where it is about a node that was
    copied, with the place of that one."""
    met = error.node
    error.node = node
    error.place = place.index(met) if met in place[:node] else None
    if error.message is None:
        error.message, error.hint = f"in the derivative, {error.hint}", None
    return error


class _Sparse(Symbols):
    """Symbols that see where a derivative by elements is 0: elements of unit arrays are numbers, and so is
    their product with anything.

    units   by node of such an array, where it has its 1
    """

    def __init__(self, graph: Graph, shapes: list[Shape | None], for_reading: bool, careful: bool) -> None:
        super().__init__(graph, shapes, for_reading, careful)
        self.units: dict[int, tuple[int, ...]] = {}

    def apply(self, name: str, *operands: Any, **attributes: Any) -> Any:
        first = operands[0] if operands else None
        if name == "mul" and any(operand.__class__ is float and operand == 0 for operand in operands):
            return self.broadcast(0.0, shape=broadcast(*map(self.shape, operands)))
        if name == "index" and isinstance(first, Symbol) and first.node in self.units:
            place, at = self.units[first.node], attributes["at"]
            if len(at) == len(place) and all(isinstance(subscript, int) for subscript in at):
                sizes = self.shape(first)
                return float(all(one % size == other for one, size, other in zip(at, sizes, place)))
        return super().apply(name, *operands, **attributes)


class Derivatives:
    """Derivatives that are appended one by one to a graph of which the shapes are known."""

    def __init__(self, graph: Graph, shapes: list[Shape | None]) -> None:
        self._symbols = _Sparse(graph, shapes, False, True)
        self._numbers = Symbols(graph, None)

    def derivative(self, kind: str, f: int, x: int, **attributes: Any) -> int:
        """The node of what an operation of `DIFFERENTIATIONS` is, of f by x. Raises as `expand`."""
        return _Expansion(self._symbols, self._numbers).derivative(kind, f, x, **attributes)


class _Expansion:
    """Derivatives as nodes that are appended to a graph.

    symbols     the algebra of its nodes
    numbers     the same, with all nodes taken for numbers
    """

    def __init__(self, symbols: _Sparse, numbers: Symbols) -> None:
        self.graph, self.symbols, self.numbers = symbols.graph, symbols, numbers

    def derivative(self, kind: str, f: int, x: int, **attributes: Any) -> int:
        """The node of what an operation of `WRITTEN_OUT` is, of f by x."""
        first = len(self.graph)
        if kind in SOUGHT:
            found = written_out(self.symbols, kind, f, x, self.diff, self.jacobian)
        else:
            found = getattr(self, kind)(f, x, **attributes)
        self._require_room(len(self.graph) - first)
        return found

    def alias(self, node: int) -> int:
        found = self.graph.add(ALIAS, (node,))
        self.symbols.symbol(found, self.shape(node))
        return found

    def shape(self, node: int) -> Shape:
        return self.symbols.shape(self.symbols.value(node))

    # Kinds of derivatives

    def diff(self, f: int, x: int, order: int = 1) -> int:
        first = len(self.graph)
        for _ in range(order):
            f = self._slope(f, x)
            self._require_room(len(self.graph) - first)
        return f

    def grad(self, f: int, x: int) -> int:
        if self.shape(f):
            raise no_number(self.shape(f))
        return backward(self.symbols, f, [x])[0]

    def hessian(self, f: int, x: int) -> int:
        return self.jacobian(self.grad(f, x), x)

    def jacobian(self, r: int, x: int) -> int:
        """Element by element of what there is fewer of."""
        own, by = self.shape(r), self.shape(x)
        if not own:
            return backward(self.symbols, r, [x])[0]
        if not by:
            return onward(self.symbols, r, x)
        rows, columns = product(own), product(by)
        if isinstance(columns, int) and (isinstance(rows, Named) or columns <= rows):
            found = [onward(self.symbols, r, x, unit) for unit in self._counted(columns, self._units(by))]
            block = self._joined(found, (*own, 0), len(own))
        elif isinstance(rows, int):
            seeds = self._counted(rows, self._seeds(r))
            found = [backward(self.symbols, node, [x], seed)[0] for node, seed in seeds]
            block = self._joined(found, (0, *by), 0)
        else:
            sizes = " or of ".join(dict.fromkeys(map(shape_text, (own, by))))
            raise ShapeError(f"it is made element by element, which needs the numbers of {sizes}")
        return self.symbols.node(self.symbols.reshape(block, shape=(*own, *by)))

    # Their parts

    def _slope(self, f: int, x: int) -> int:
        """The derivative of a number, or by one, or element by element."""
        own, by = self.shape(f), self.shape(x)
        if not own:
            return backward(self.symbols, f, [x])[0]
        return self._apart(f, x, broadcast(own, by)) if by else onward(self.symbols, f, x)

    def _apart(self, f: int, x: int, shape: Shape) -> int:
        """The derivative of each element by its own: as if they were numbers. Raises `ShapeError` where
        elements do not go together."""
        graph, symbols = self.graph, self.symbols
        needed = graph.ancestors([f], x)
        moving = graph.dependents_among([x], needed)
        if any(moving[node] and node != x and graph.ops[node].partials is None for node in needed):
            raise no_number(self.shape(f))
        first = len(graph)
        self.numbers.shapes += [()] * (first - len(self.numbers.shapes))
        found = backward(self.numbers, f, [x])[0]
        infer(graph, {}, range(first, len(graph)), symbols.shapes)
        return symbols.node(symbols.broadcast(symbols.value(found), shape=shape))

    def _seeds(self, r: int) -> Iterator[tuple[int, Any]]:
        """What the elements of an array are the derivatives of: a node and its adjoint each. What an array
        was written with stands for itself."""
        stack = [r]
        while stack:
            node = stack.pop()
            if self.graph.ops[node] is ARRAY:
                stack += reversed(self.graph.args[node])
            elif self.shape(node):
                for unit in self._units(self.shape(node)):
                    yield node, unit
            else:
                yield node, 1.0

    def _units(self, shape: Shape) -> Iterator[Any]:
        """Arrays of a shape with 1 in one place, and 0 in the others: what derivatives begin with."""
        symbols = self.symbols
        rows = symbols.eye(n=product(shape))
        for row, place in enumerate(places(*map(range, shape))):  # type: ignore[arg-type]
            unit = symbols.reshape(symbols.index(rows, at=(row,)), shape=shape)
            symbols.units[unit.node] = place
            yield Symbol(symbols, unit.node, cotangent=True)

    def _joined(self, nodes: list[int], shape: Shape, axis: int) -> Any:
        """Nodes along a new axis; without any, an array of a shape."""
        symbols = self.symbols
        if not nodes:
            return symbols.zeros(shape=shape)
        return symbols.stack(*map(symbols.value, nodes), axis=axis)

    def _counted(self, count: int, parts: Iterator[Any]) -> Iterator[Any]:
        """As many parts, each of which takes as many nodes as the first one."""
        first = len(self.graph)
        for place, one in enumerate(parts):
            if place == 1:
                self._require_room((len(self.graph) - first) * count)
            yield one

    def _require_room(self, count: int) -> None:
        if count > LIMIT:
            raise OperationError(f"this derivative would take {count:,} nodes", kind="limit")
