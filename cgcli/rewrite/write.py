"""Terms written as a graph, as `layout` has it: numbers, signs, fractions.

A walk with a stack of its own: what a term is written of comes first. Every term is written once.
"""

from __future__ import annotations

from collections import Counter

from cgcli.annotations import Any, Sequence
from cgcli.graph import Graph
from cgcli.ops import CONSTANT, OPS, Leaf, Op
from cgcli.passes.shapes import result_shape
from cgcli.rewrite.factors import POW, Factor, Product, Shared
from cgcli.rewrite.layout import bare, laid_out
from cgcli.rewrite.numbers import fraction, snapped
from cgcli.rewrite.static import Static
from cgcli.rewrite.terms import Terms
from cgcli.shapes import Shape

# Numbers whose inverse is written as a division: x/2 rather than 0.5*x.
HALVES = {2.0, 4.0, 8.0, 16.0}

EXP = OPS["exp"]

UNKNOWN: Any = object()


def write(
    terms: Terms, source: Static, outputs: Sequence[tuple[Any, Product]], kept: Sequence[Product]
) -> tuple[Static, int]:
    """The graph of some terms; kept inputs are there, whether the others need them or not. And how much of
    what had several uses has one left, where it could be taken apart."""
    writer = _Writer(terms, source)
    roots = [bare(term) for term in [*(term for _, term in outputs), *kept]]
    writer.plans = laid_out(terms, roots)
    written = 0
    for one in sorted(writer.plans, key=lambda one: one.place):  # in the order of the old graph
        if one not in writer.nodes:
            writer.write(one)
        if not one.is_derived:
            written = len(writer.shapes)
    nodes = [writer.nodes[root] for root in roots]
    made = [(name, node) for (name, _), node in zip(outputs, nodes)]
    loose = writer.loose(nodes) if terms.collects else 0
    return Static(writer.made(), made, writer.shapes, written, nodes[len(made) :]), loose


class _Writer:
    """A graph in the making.

    rows    the nodes: operation, operands, attributes, and the node of the old graph it was made for
    names   of nodes
    numbers the nodes of numbers in products
    nodes   by term and factor, the node that it is
    plans   by term, of what it is written (`layout`)
    """

    def __init__(self, terms: Terms, source: Static) -> None:
        self.terms, self.source = terms, source
        self.shapes: list[Shape | None] = []
        self.rows: list[tuple[Op, tuple[int, ...], Any, int]] = []
        self.names: dict[int, str] = {}
        self.numbers: dict[float, int] = {}
        self.nodes: dict[Any, int] = {}
        self.plans: dict[Any, Any] = {}
        self._made: dict[Any, int] = {}
        self._origin = -1

    def write(self, root: Any) -> None:
        nodes, stack = self.nodes, [root]
        while stack:  # of one root, nearly always, as operands come first
            one = stack[-1]
            if one not in nodes:
                plan = self.plans[one]
                missing = [x for x in plan[1] if x not in nodes]
                if missing:
                    stack.extend(reversed(missing))
                    continue
                self._origin = one.origin
                nodes[one] = _WRITTEN[plan[0]](self, one, *plan[1:])
            stack.pop()

    def loose(self, roots: Sequence[int]) -> int:
        """How many products, and sums in others or in products, had several uses and have one left."""
        uses = Counter([*roots, *(arg for _, args, _, _ in self.rows for arg in args)])
        added = {arg for op, args, _, _ in self.rows if op.name in ("add", "sub", "mul") for arg in args}
        once = [one for one, node in self.nodes.items() if uses[node] == 1 and one.__class__ is not Product]
        shared = [one for one in once if one.share and one.name is None]
        return sum(
            one.__class__ is Shared or (one.parts != {} and self.nodes[one] in added) for one in shared
        )

    def made(self) -> Graph:
        graph, old = Graph(), self.source.graph
        starts, ends = [*old.starts, -1], [*old.ends, -1]  # of -1, which is no node, too
        graph.extend([(op, args, attr, starts[at], ends[at]) for op, args, attr, at in self.rows])
        graph.names = self.names
        return graph

    # Factors

    def _shared(self, factor: Factor, inside: Sequence[Any]) -> int:
        return self._named(self.nodes[inside[0]], factor.name)

    def _atom(self, factor: Factor, args: Sequence[Any]) -> int:
        nodes, name = self.nodes, factor.name
        value = factor.attributes
        if value.__class__ is float and name is None and value > 0 and value % 1 == 0:  # under a root
            node = self._constant(value)
        elif factor.op.__class__ is Leaf:  # of which terms have each once
            node = self._added(factor.op, (), factor.attributes, factor.shape)
        else:
            operands = tuple([nodes[arg] for arg in args])
            node = self._node(factor.op, operands, factor.attributes, factor.shape)
        if name is not None:
            self.names.setdefault(node, name)
        return node

    def _named(self, node: int, name: str | None) -> int:
        if name is not None and self.rows[node][0].__class__ is not Leaf:
            self.names.setdefault(node, name)
        return node

    def _sum(self, factor: Factor, parts: Sequence[Any], signs: Sequence[float]) -> int:
        node = self.nodes[parts[0]]
        for part, sign in zip(parts[1:], signs[1:]):
            node = self._node(OPS["add"] if sign > 0 else OPS["sub"], (node, self.nodes[part]))
        return self._named(node, factor.name)

    # Products

    def _product(self, x: Product, needed: Sequence[Any], number: float, above: Any, below: Any) -> int:
        if not needed:
            return self._constant(number)
        top, bottom = [self.nodes[one] for one in above], [self.nodes[one] for one in below]
        size, inverse = abs(number), 1 / abs(number) if number else 0.0
        if size < 1 and inverse in HALVES:
            size, bottom = 1.0, [self._constant(inverse), *bottom]
        elif size % 1 and (parts := fraction(size)) is not None:
            size, bottom = parts[0], [self._constant(parts[1]), *bottom]
        if size != 1 or not top:
            top = [self._constant(size), *top]
        if number < 0:
            top[0] = self._negative(top[0])
        node = self._chain(OPS["mul"], top)
        if bottom:
            node = self._node(OPS["div"], (node, self._chain(OPS["mul"], bottom)))
        return node

    def _opposite(self, x: Product, other: Sequence[Any]) -> int:
        return self._negative(self.nodes[other[0]])

    def _power(self, x: Product, needed: Sequence[Any], exponent: float) -> int:
        node = self.nodes[needed[0]]
        if exponent == 1:
            return node
        if exponent == 0.5:
            return self._node(OPS["sqrt"], (node,))
        return self._node(POW, (node, self._constant(exponent)))

    def _negative(self, node: int) -> int:
        return self._node(OPS["neg"], (node,))

    def _constant(self, value: float) -> int:
        number = snapped(value) if value % 1 else value
        if number not in self.numbers:
            self.numbers[number] = self._added(CONSTANT, (), number, ())
        return self.numbers[number]

    def _chain(self, op: Op, nodes: Sequence[int]) -> int:
        node = nodes[0]
        for other in nodes[1:]:
            node = self._node(op, (node, other))
        return node

    def _node(self, op: Op, args: tuple[int, ...], attributes: Any = None, shape: Any = UNKNOWN) -> int:
        """The node of an operation, made once; of what is no factor the shape is found."""
        key = (op, args, tuple(sorted(attributes.items()))) if attributes else (op, args)
        found = self._made.get(key)
        if found is None:
            if shape is UNKNOWN:
                shapes = [self.shapes[arg] for arg in args]
                shape = result_shape(op, shapes, attributes or {}) if any(shapes) or None in shapes else ()
            found = self._made[key] = self._added(op, args, dict(attributes) if attributes else None, shape)
        return found

    def _added(self, op: Op, args: tuple[int, ...], attributes: Any, shape: Shape | None) -> int:
        self.rows.append((op, args, attributes, self._origin))
        self.shapes.append(shape)
        return len(self.rows) - 1


_WRITTEN = {
    name: getattr(_Writer, f"_{name}") for name in ("atom", "opposite", "power", "product", "shared", "sum")
}
