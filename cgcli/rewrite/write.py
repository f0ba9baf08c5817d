"""Terms written as a graph: the order of what is added and multiplied, signs, fractions, roots.

A walk with a stack of its own: what a term is written of comes first. Every term is written once.
"""

from __future__ import annotations

from collections import Counter

from cgcli.annotations import Any, Sequence
from cgcli.graph import Graph
from cgcli.ops import CONSTANT, INPUT, OPS, Leaf, Op
from cgcli.ops.constants import identity
from cgcli.passes.shapes import result_shape
from cgcli.rewrite.algebra import choice
from cgcli.rewrite.factors import GIVEN, MOST, POW, Factor, Powers, Product, Shared
from cgcli.rewrite.grouping import shortened
from cgcli.rewrite.numbers import SHORT, fraction, snapped
from cgcli.rewrite.static import Static
from cgcli.rewrite.terms import Terms, merged
from cgcli.shapes import Shape

# Numbers whose inverse is written as a division: x/2 rather than 0.5*x.
HALVES = {2.0, 4.0, 8.0, 16.0}

EXP = OPS["exp"]

UNKNOWN: Any = object()


def write(
    terms: Terms, source: Static, outputs: Sequence[tuple[Any, Product]], kept: Sequence[Product]
) -> tuple[Static, bool]:
    """The graph of some terms; kept inputs are there, whether the others need them or not. And whether
    what had several uses has one left, where it could be taken apart."""
    writer = _Writer(terms, source)
    roots = [_bare(term) for term in [*(term for _, term in outputs), *kept]]
    written = 0
    for one in sorted(writer.plan(roots), key=lambda one: one.place):  # in the order of the old graph
        if one not in writer.nodes:
            writer.write(one)
        if not one.is_derived:
            written = len(writer.shapes)
    nodes = [writer.nodes[root] for root in roots]
    made = [(name, node) for (name, _), node in zip(outputs, nodes)]
    is_loose = terms.collects and writer.is_loose(nodes)
    return Static(writer.made(), made, writer.shapes, written, nodes[len(made) :]), is_loose


def _bare(x: Product) -> Any:
    """A product, or the factor that it is."""
    return x if x.factor is None or x.factor.op is GIVEN else x.factor


class _Writer:
    """A graph in the making.

    rows    the nodes: operation, operands, attributes, and the node of the old graph it was made for
    names   of nodes
    nodes   by term and factor, the node that it is
    plans   by term, of what it is written: above and below the fraction line, or the terms of a sum
    """

    def __init__(self, terms: Terms, source: Static) -> None:
        self.terms, self.source = terms, source
        self.shapes: list[Shape | None] = []
        self.rows: list[tuple[Op, tuple[int, ...], Any, int]] = []
        self.names: dict[int, str] = {}
        self.nodes: dict[Any, int] = {}
        self._plans: dict[Any, Any] = {}
        self._made: dict[Any, int] = {}
        self._origin = -1

    def plan(self, roots: Sequence[Any]) -> list[Any]:
        """Find out what everything is written of; all of these."""
        plans, terms = self._plans, self.terms
        stack = list(roots)
        while stack:
            one = stack.pop()
            if one in plans:
                continue
            if one.__class__ is Factor:
                plan: tuple[Any, ...] = _Writer._atom, [_bare(arg) for arg in one.args]
            else:
                terms.here, terms.is_derived = one.origin, one.is_derived
                plan = _product_plan(terms, one) if one.__class__ is Product else self._factor_plan(one)
            plans[one] = plan
            stack.extend(plan[1])
        return list(plans)

    def write(self, root: Any) -> None:
        nodes, stack = self.nodes, [root]
        while stack:  # of one root, nearly always, as operands come first
            one = stack[-1]
            if one not in nodes:
                plan = self._plans[one]
                missing = [x for x in plan[1] if x not in nodes]
                if missing:
                    stack.extend(reversed(missing))
                    continue
                self._origin = one.origin
                nodes[one] = plan[0](self, one, *plan[1:])
            stack.pop()

    def is_loose(self, roots: Sequence[int]) -> bool:
        """Whether a product, or a sum in another or in a product, had several uses and has one left."""
        uses = Counter([*roots, *(arg for _, args, _, _ in self.rows for arg in args)])
        added = {arg for op, args, _, _ in self.rows if op.name in ("add", "sub", "mul") for arg in args}
        once = [one for one, node in self.nodes.items() if uses[node] == 1 and one.__class__ is not Product]
        shared = [one for one in once if one.share and one.name is None]
        return any(one.__class__ is Shared or (one.parts and self.nodes[one] in added) for one in shared)

    def made(self) -> Graph:
        graph, old = Graph(), self.source.graph
        starts, ends = [*old.starts, -1], [*old.ends, -1]  # of -1, which is no node, too
        graph.extend([(op, args, attr, starts[at], ends[at]) for op, args, attr, at in self.rows])
        graph.names = self.names
        return graph

    # Factors

    def _factor_plan(self, factor: Factor) -> tuple[Any, ...]:
        if factor.parts:
            return _Writer._sum, *_sum_plan(self.terms, factor)
        assert factor.inside is not None
        return _Writer._shared, [_bare(factor.inside)]

    def _shared(self, factor: Factor, inside: Sequence[Any]) -> int:
        return self._named(self.nodes[inside[0]], factor.name)

    def _atom(self, factor: Factor, args: Sequence[Any]) -> int:
        nodes, name = self.nodes, factor.name
        operands = tuple([nodes[arg] for arg in args])
        node = self._node(factor.op, operands, factor.attributes, name, factor.shape)
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
        return self._node(CONSTANT, (), snapped(value) if value % 1 else value)

    def _chain(self, op: Op, nodes: Sequence[int]) -> int:
        node = nodes[0]
        for other in nodes[1:]:
            node = self._node(op, (node, other))
        return node

    def _node(
        self,
        op: Op,
        args: tuple[int, ...],
        attributes: Any = None,
        name: str | None = None,
        shape: Any = UNKNOWN,
    ) -> int:
        """A node, made once; of what is no factor the shape is found."""
        if op is CONSTANT:
            key: Any = op, identity(attributes), name
        elif op is INPUT:
            key = op, attributes
        else:
            key = (op, args, tuple(sorted(attributes.items()))) if attributes else (op, args)
        found = self._made.get(key)
        if found is None:
            if shape is UNKNOWN:
                shapes = [self.shapes[arg] for arg in args]
                shape = result_shape(op, shapes, attributes or {}) if any(shapes) or None in shapes else ()
            if op.__class__ is not Leaf:
                attributes = dict(attributes) if attributes else None
            found = self._made[key] = len(self.rows)
            self.rows.append((op, args, attributes, self._origin))
            self.shapes.append(shape)
        return found


def _is_repeated(factor: Factor) -> bool:
    """Whether it is a shared product of two names so short that text has it again each time."""
    inside = factor.inside
    if inside is None or factor.name is not None or inside.number != 1 or len(inside.powers) != 2:
        return False
    names = [one.name for one, e in inside.powers.items() if e == 1 and one.name is not None]
    return len(names) == 2 and len("*".join(names)) <= SHORT


def _product_plan(terms: Terms, x: Product) -> tuple[Any, ...]:
    """What the factors of a product are written as, in order: those above the fraction line, and those
    below."""
    powers = x.powers
    if x.is_derived:
        for factor in [one for one, e in powers.items() if abs(e) == 1 and _is_repeated(one)]:
            beside = [one for one, e in powers.items() if one is not factor and e * powers[factor] > 0]
            assert factor.inside is not None
            if beside and powers.keys().isdisjoint(factor.inside.powers):  # it would stand in brackets
                others = {one: e for one, e in powers.items() if one is not factor}
                powers = merged(others, factor.inside.powers, powers[factor])
    if x.number == 1 and len(powers) == 1:
        ((factor, exponent),) = powers.items()
        if factor.op is not GIVEN and exponent > 0:
            return _Writer._power, *(
                _inward(terms, factor, exponent) if x.is_derived else ([factor], exponent)
            )
    order = sorted(powers, key=lambda one: one.rank)  # within a rank, factors stay as they were written
    if x.is_derived:
        order.sort(key=lambda one: (one.rank, one.place))
    if any(one.op is GIVEN for one in order):
        return _Writer._power, [_bare(choice(terms, x.number, powers))], 1.0
    if x.shape and (ones := [one for one in order if is_ones(terms, one)]):
        rest = terms.product(x.number, {one: e for one, e in powers.items() if one not in ones})
        if rest.shape == ():
            return _Writer._power, [_bare(terms.atom(ones[0].op, (rest,), ones[0].attributes))], 1.0
    number = x.number
    if number < 0:  # -(a - b)
        number, powers, order = _turned(terms, number, powers, order)
        if number < 0 and not x.is_derived:  # the sign of a bracket would be multiplied into it
            order.sort(key=lambda one: bool(one.parts) and not one.share)
    above = [(one, powers[one]) for one in order if powers[one] > 0]
    below = [(one, -powers[one]) for one in order if powers[one] < 0]
    below.sort(key=lambda pair: pair[0].is_fixed and pair[0].name is None)
    _unite_roots(terms, above, below)
    top, bottom = [
        [one if e == 1 else terms.product(1.0, {one: e}) for one, e in side] for side in (above, below)
    ]
    return _Writer._product, [*top, *bottom], number, top, bottom


def is_ones(terms: Terms, factor: Factor) -> bool:
    return factor.op.name == "broadcast" and factor.args[0] is terms.one


def _turned(
    terms: Terms, number: float, powers: Powers, order: list[Factor]
) -> tuple[float, Powers, list[Factor]]:
    """A product whose sign goes into a bracket in which something is taken away."""
    for one in order:
        coefficients = one.parts.values()
        if powers[one] == 1 and not one.share and coefficients and min(coefficients) < 0 < max(coefficients):
            (turned,) = terms.sum({part: -c for part, c in one.parts.items()}, one.is_met).powers
            if turned in powers:
                continue
            order = [turned if other is one else other for other in order]
            return -number, {turned if other is one else other: e for other, e in powers.items()}, order
    return number, powers, order


def _inward(terms: Terms, factor: Factor, exponent: float) -> tuple[Any, float]:
    """A power of what has an exponent itself: `exp(2*x)` for `exp(x)^2`."""
    if exponent == 1 or factor.name is not None or factor.op not in (EXP, POW) or factor.is_fixed:
        return [factor], exponent
    *base, inner = factor.args
    one = inner.factor
    if factor.share or (one is not None and one.parts):
        return [factor], exponent
    return [_bare(terms.atom(factor.op, (*base, terms.product(inner.number * exponent, inner.powers))))], 1.0


def _unite_roots(terms: Terms, above: list[tuple[Factor, float]], below: list[tuple[Factor, float]]) -> None:
    """Constants of which the same root is taken stand under one: `sqrt(2*pi)`, `sqrt(2/pi)`."""
    roots: dict[float, list[tuple[Factor, float]]] = {}
    for side, sign in ((above, 1.0), (below, -1.0)):
        for one, exponent in side:
            if exponent % 1 and one.is_fixed:
                roots.setdefault(exponent, []).append((one, sign))
    for exponent, found in roots.items():
        if len(found) < 2:
            continue
        side, sign = (above, 1.0) if any(sign > 0 for _, sign in found) else (below, -1.0)
        number, inner = 1.0, {}
        for one, direction in found:
            if one.op is CONSTANT and one.name is None:
                number *= one.attributes ** (sign * direction)
            else:
                inner[one] = sign * direction
        gone = {one for one, _ in found}
        place = next(i for i, (one, _) in enumerate(side) if one in gone)
        for other in (above, below):
            other[:] = [pair for pair in other if pair[0] not in gone or pair[1] != exponent]
        (root,) = terms.shared(terms.product(number, inner), True).powers if inner else (terms.fixed(number),)
        side.insert(min(place, len(side)), (root, exponent))


def _sum_plan(terms: Terms, factor: Factor) -> tuple[Any, ...]:
    """The parts of a sum in order: one that is added before those that are taken away."""
    parts = factor.parts
    if factor.is_derived and len(parts) <= MOST:
        parts = shortened(terms, parts)
    order = list(parts)
    if factor.is_met and factor.is_derived:
        _arrange(terms, order)
    first = next((part for part in order if parts[part] > 0), order[0])
    order = [first, *(part for part in order if part is not first)]
    if any(part.shape for part in order):  # A + A.T
        order.sort(key=lambda part: (one := part.factor) is not None and one.op.name == "transpose")
    signs = [parts[part] for part in order]
    sizes = [signs[0], *map(abs, signs[1:])]
    scaled = [terms.product(size, part.powers) for size, part in zip(sizes, order)]
    return list(map(_bare, scaled)), signs


def _arrange(terms: Terms, order: list[Product]) -> None:
    """The terms of a polynomial: higher degrees first, inputs in their order, the number last."""
    places: dict[Product, tuple[float, list[tuple[int, float]]]] = {}
    for part in order:
        _, powers = terms.opened(part)
        if any(exponent < 0 or base.rank != 1 for base, exponent in powers.items()):
            return
        inputs = sorted((base.place, -exponent) for base, exponent in powers.items())
        places[part] = -sum(powers.values()), inputs
    order.sort(key=places.__getitem__)
