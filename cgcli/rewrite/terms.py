"""All terms of a graph, each made once, so that they are compared by identity."""

from __future__ import annotations

from math import inf, isfinite

from cgcli.annotations import Any, Iterable, Mapping
from cgcli.graph import Graph
from cgcli.ops import CONSTANT, INPUT, OPS, Op
from cgcli.ops.constants import identity
from cgcli.passes.shapes import result_shape
from cgcli.rewrite.factors import (
    BRACKETS,
    GIVEN,
    MOST,
    SHARED,
    TOTAL,
    Factor,
    Part,
    Powers,
    Product,
    Shared,
    Sum,
)
from cgcli.rewrite.guards import Ranges
from cgcli.rewrite.numbers import snapped
from cgcli.rewrite.rules import Rule
from cgcli.shapes import Named, Shape, broadcast


class Terms:
    """The terms of one graph.

    table       the rules that apply to them, a `patterns.Table`
    graph       what they are the terms of
    careful     whether what is masked stays apart from what is not
    sized       an input and the axis of it that has a named size
    here        the node of the old graph that terms are made for
    is_derived  whether nobody has written it
    fired       nodes by the rules that were applied to them
    common      by term what all it adds up share, as far as that is known
    longer      terms of sums that are longer with what they share in front
    pairs       by term whether a function is in it that can go with another
    factors     by what they are of
    exponents   by exponential what is in its exponent, multiplied out
    settled     by term, and whether it is derived, what the rules make of it
    """

    def __init__(self, table: Any, graph: Graph, careful: bool) -> None:
        self.table, self.collects, self.graph = table, table.collects, graph
        self._ranges: Ranges | None = None
        self.sized: dict[Any, tuple[Product, int]] = {}
        self.settled: dict[tuple[Product, bool], Product] = {}
        self._products: dict[Any, Product] = {}
        self.factors: dict[Any, Factor] = {}
        self.careful, self.count = careful, 0
        self.here, self.is_derived = -1, False
        self.fired: dict[Rule, list[int]] = {}
        self.common: dict[Product, Powers] = {}
        self.longer: set[frozenset[tuple[Product, float]]] = set()
        self.pairs: dict[Product, bool] = {}
        self.exponents: dict[Factor, list[Part] | None] = {}
        self.one, self.zero = self.product(1.0, {}), self.product(0.0, {})

    @property
    def ranges(self) -> Ranges:
        """What the nodes of the graph are over ranges of its inputs."""
        if self._ranges is None:
            self._ranges = Ranges(self.graph)
        return self._ranges

    def fire(self, rule: Rule) -> None:
        self.fired.setdefault(rule, []).append(self.here)

    # Values

    def product(self, number: float, powers: Powers) -> Product:
        if number == 0:
            number, powers = 0.0, {}
        first = number, frozenset(powers.items())
        found = self._products.get(first)
        if found is not None:
            return found
        key = first
        for factor in powers:
            if factor.op is CONSTANT and factor.name is None:
                number, powers = _reduced(number, powers, factor)
                key = number, frozenset(powers.items())
                found = self._products.get(key)
                break
        if found is None:
            whole = next(iter(powers)) if number == 1 == len(powers) and 1 in powers.values() else None
            found = self._products[key] = self._product(number, powers, _stretched(powers), whole)
        self._products[first] = found
        return found

    def _product(
        self, number: float, powers: Powers, shape: Shape | None, factor: Factor | None = None
    ) -> Product:
        self.count += 1
        made = Product()
        made.number, made.powers, made.shape = number, powers, shape
        made.factor, made.kind, made.look, made.is_open = factor, "", None, True
        for one in powers:
            if one.op is SHARED:
                made.is_open = False
        made.is_derived, made.origin, made.place = self.is_derived, self.here, self.count
        return made

    def number(self, value: float) -> Product:
        """A number; one that is not finite, or a -0 that somebody has written, is an atom."""
        if self.collects and isfinite(value) and (value or self.is_derived or str(value) == "0.0"):
            return self.product(value, {})
        return self.constant(value)

    def constant(self, value: float, name: str | None = None) -> Product:
        """A constant that is not calculated with, as it has a name."""
        found = self._leaf((CONSTANT, identity(value), name), CONSTANT, value, ())
        found.name = name
        return self.of(found)

    def input(self, name: str, shape: Shape | None) -> Product:
        found = self._leaf((INPUT, name), INPUT, name, shape)
        found.name = name
        one = self.of(found)
        for axis, size in enumerate(shape or ()):
            if isinstance(size, Named):
                self.sized.setdefault(size, (one, axis))
        return one

    def atom(self, op: Op, args: tuple[Product, ...], attributes: Mapping[str, Any] | None = None) -> Product:
        """An operation that is not taken apart. Raises `ShapeError` where its operands do not fit."""
        key = (op, args, tuple(sorted(attributes.items()))) if attributes else (op, args)
        found = self.factors.get(key)
        if found is None:
            shape = shape_of(op, args, attributes or {})
            found = self._added(key, Factor(), op, args, attributes or {}, shape)
        return self.of(found)

    def _leaf(self, key: Any, op: Op, attributes: Any, shape: Shape | None, args: Any = ()) -> Factor:
        return self.factors.get(key) or self._added(key, Factor(), op, args, attributes, shape)

    def _added(
        self, key: Any, factor: Factor, op: Op, args: Any, attributes: Any, shape: Shape | None
    ) -> Factor:
        self.factors[key] = factor
        self.count += 1
        factor.op, factor.args, factor.attributes, factor.shape = op, args, attributes, shape
        factor.name = factor.alone = None
        factor.is_fixed = op is CONSTANT or (args != () and not any(arg.powers for arg in args))
        factor.rank = 0 if factor.is_fixed else 1 if op is INPUT else 2 if op.symbol or op in BRACKETS else 3
        factor.share, factor.cost = 0.0, -1.0
        factor.is_derived, factor.origin, factor.place = self.is_derived, self.here, self.count
        return factor

    def of(self, factor: Factor, exponent: float = 1.0) -> Product:
        if exponent != 1:
            return self.product(1.0, {factor: exponent})
        if factor.alone is None:
            powers = {factor: 1.0}
            factor.alone = (
                self.product(1.0, powers)
                if self.collects
                else self._product(1.0, powers, factor.shape, factor)
            )
        return factor.alone

    def value(self, x: Product) -> float | None:
        """The value of a number without a name."""
        if not x.powers:
            return x.number
        one = x.factor
        return one.attributes if one is not None and one.op is CONSTANT and one.name is None else None

    def existing(self, name: str, args: tuple[Product, ...]) -> Factor | None:
        """The atom of a function, where there is one."""
        return self.factors.get((OPS[name], args))

    def given(self, condition: Product) -> Factor:
        return self._leaf((GIVEN, condition), GIVEN, {}, condition.shape, (condition,))

    def shared(self, inside: Product, is_named: bool = False) -> Product:
        """A product as an atom; one of denominators alone, and without a name, as what it divides by."""
        exponent = 1.0
        if inside.number == 1 and not is_named and max(inside.powers.values(), default=0.0) < 0:
            exponent = -1.0
            inside = self.product(1.0, {factor: -e for factor, e in inside.powers.items()})
        factor = inside.factor
        if factor is None and inside.powers:
            key = SHARED, inside
            factor = self.factors.get(key)
            if factor is None:
                made = Shared()
                made.inside, made.flat = inside, self.opened(inside)
                factor = self._added(key, made, SHARED, (), {}, inside.shape)
        return inside if factor is None else self.of(factor, exponent)

    def fixed(self, number: float) -> Factor:
        """A number as a factor, of which a root is taken."""
        return self._leaf((CONSTANT, number.hex(), None), CONSTANT, number, ())

    def sum(self, parts: dict[Product, float], is_met: bool = False) -> Product:
        """A sum of multiples of products whose number is 1."""
        parts = {part: snapped(c) if c * 8 % 1 else c for part, c in parts.items() if c != 0}
        if len(parts) < 2:
            for part, c in parts.items():
                return self.product(c, part.powers)
            return self.zero
        key = frozenset(parts.items())
        found = self.factors.get(key)
        if found is None:
            made = Sum()
            made.parts, made.opened, made.is_met = parts, [], is_met
            found = self._added(key, made, TOTAL, (), {}, _stretched(parts))
        return self.of(found)

    def parts(self, x: Product) -> dict[Product, float]:
        """What a term adds up."""
        factor = x.factor
        if factor is not None:
            return factor.parts if factor.parts and not factor.share else {x: 1.0}
        if x.number == -1 and list(x.powers.values()) == [1.0]:
            (factor,) = x.powers
            if factor.parts and not factor.share:
                return {part: -c for part, c in factor.parts.items()}
        part = x if x.number == 1 else self.product(1.0, x.powers)
        shared = self.factors.get((SHARED, part))
        return {part if shared is None else self.of(shared): x.number}

    def opened(self, x: Product) -> Part:
        """A term with the products in it that are shared, but for those with a name."""
        number, powers = x.number, x.powers
        if x.is_open:
            return number, powers
        for factor in x.powers:
            if factor.op is SHARED:
                number, powers = self.opened_at(number, powers, factor)
        return (number, powers) if len(powers) <= MOST else (x.number, x.powers)

    def opened_at(self, number: float, powers: Powers, factor: Factor, inner: Part | None = None) -> Part:
        """A product with a shared one in it opened, where that has no name and its power is whole."""
        exponent = powers.get(factor, 0.0)
        if not isinstance(factor, Shared) or factor.name is not None or not exponent or exponent % 1:
            return number, powers
        size, flat = inner or factor.flat
        size = number * raised(size, exponent)
        if not isfinite(size) or size == 0:
            return number, powers
        return size, merged({b: e for b, e in powers.items() if b is not factor}, flat, exponent)

    def opened_parts(self, parts: dict[Product, float]) -> list[Part]:
        """The terms of a sum as products, opened up; no two have the same powers, for a shared product
        and what it is made of can both be there."""
        found: dict[Any, Part] = {}
        for term, c in parts.items():
            number, powers = self.opened(term)
            number *= c
            key = frozenset(powers.items())
            if key in found:
                number += found[key][0]
            found[key] = number, powers
        return [part for part in found.values() if part[0] != 0]

    def opened_terms(self, bracket: Factor) -> list[Part]:
        """The terms of a bracket as products, opened up."""
        assert isinstance(bracket, Sum)
        if not bracket.opened:
            bracket.opened = self.opened_parts(bracket.parts)
        return bracket.opened

    def sum_of(self, parts: Iterable[Part], is_met: bool = True) -> Product:
        """The sum of products."""
        total: dict[Product, float] = {}
        for c, powers in parts:
            part = self.product(1.0, powers)
            if part.number != 1:  # of a number under a root, which has gone
                c, part = c * part.number, self.product(1.0, part.powers)
            total[part] = total.get(part, 0.0) + c
        return self.sum(total, is_met)


def _stretched(parts: Iterable[Any]) -> Shape | None:
    """The shape of what is added or multiplied, of all together."""
    shape: Any = ()
    for part in parts:
        if part.shape != shape:
            shape = None if None in (shape, part.shape) else broadcast(shape, part.shape)
    return shape  # type: ignore[no-any-return]


def shape_of(op: Op, args: tuple[Product, ...], attributes: Mapping[str, Any]) -> Shape | None:
    shapes = [arg.shape for arg in args]
    if any(shapes) or None in shapes or op.partials is None:
        return result_shape(op, shapes, attributes)
    return ()  # of numbers, as nearly always


def merged(powers: Powers, others: Powers, exponent: float = 1.0) -> Powers:
    """The exponents of a product times a power of another; what cancels is left out."""
    if exponent == 1 and others.keys().isdisjoint(powers) and 0.0 not in others.values():
        return powers | others  # as mostly
    found = dict(powers)
    for factor, e in others.items():
        total = found.get(factor, 0.0) + e * exponent
        if total % 1:
            total = snapped(total)
        if factor.op is GIVEN and total > 1:
            total = 1.0
        if total:
            found[factor] = total
        else:
            found.pop(factor, None)
    return found


def raised(number: float, exponent: float) -> float:
    """A power; inf where it overflows."""
    if number == 1 or exponent == 1:
        return number
    try:
        return float(number**exponent)
    except (OverflowError, ZeroDivisionError):
        return inf


def _reduced(number: float, powers: Powers, factor: Factor) -> Part:
    """A product in which a number under a root goes with the number in front: `2/sqrt(2)`."""
    base, exponent, before = factor.attributes, powers[factor], number
    if exponent % 1 == 0:
        number, exponent = number * raised(base, exponent), 0.0
    elif base % 1 == 0:
        while exponent < 0 and number % base == 0:
            number, exponent = number / base, exponent + 1
        while exponent > 0 and number % 1 and number * base % 1 == 0:
            number, exponent = number * base, exponent - 1
    if exponent == powers[factor] or not isfinite(number) or not number:
        return before, powers
    others = {other: e for other, e in powers.items() if other is not factor}
    return snapped(number), others if exponent == 0 else {factor: exponent, **others}
