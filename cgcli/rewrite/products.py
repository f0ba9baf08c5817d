"""Products as a person writes them: powers of a base collected, numbers in front.

What several places use, or the program has named, stays a whole: text grows with the graph.
"""

from __future__ import annotations

from math import inf

from cgcli.ops import CONSTANT, INPUT, OPS, Op
from cgcli.rewrite.numbers import fraction, snapped
from cgcli.rewrite.rules import POWERS
from cgcli.rewrite.simplify import Rewriter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# A number and the exponent of each base, in order.
Product = tuple[float, dict[int, float]]

# Sums and products of more than so many parts are not opened up.
MOST = 12

# Numbers whose inverse is written as a division: x/2 rather than 0.5*x.
HALVES = {2.0, 4.0, 8.0, 16.0}

# What the node of a product can be; or a power of one thing.
PRODUCT = {"mul", "div", "neg", "sqrt"}


class Products(Rewriter):
    """Rewrites with products collected.

    products    by node, what it is made of, where that is worth knowing
    whole       nodes that are not opened up
    fixed       operations on numbers that stay what they are
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.products: dict[int, Product] = {}
        self.whole: set[int] = set()
        self.fixed: set[int] = set()
        self.share: dict[int, float] = {}
        self._flat: dict[int, Product] = {}
        self._uses = self.source.uses()
        self._built: dict[tuple[float, frozenset[tuple[int, float]]], int] = {}

    def step(self, node: int, op: Op, args: tuple[int, ...], attributes: dict[str, Any]) -> int:
        found = super().step(node, op, args, attributes)
        named = node in self.source.graph.names
        if named or (self._uses[node] > 1 and not self._is_simple(found)):
            self.whole.add(found)
            self.share[found] = 1 / self._uses[node]
        return found

    def _is_simple(self, node: int) -> bool:
        """A number times a power of one thing costs nothing to write again."""
        known = self.products.get(node)
        return known is not None and len(known[1]) <= 1

    def factors(self, node: int) -> Product:
        """What a node is a product of; itself, where it is a whole."""
        number = self.value(node)
        if number is not None:
            return number, {}
        if node in self.products and node not in self.whole:
            return self.products[node]
        return 1.0, {node: 1.0}

    def _product(self, args: tuple[int, ...], signs: tuple[float, ...]) -> int | None:
        total, count, numbers = 1.0, 0, 0
        powers: dict[int, float] = {}
        for arg, sign in zip(args, signs):
            number, of = self.factors(arg)
            if number == 0 and sign < 0:
                return None
            total = total * number if sign > 0 else total / number
            numbers += number != 1
            for base, exponent in of.items():
                powers[base] = snapped(powers.get(base, 0.0) + sign * exponent)
                count += 1
        if count > MOST or total - total != 0 or total == 0:
            return None
        if not self.whole.isdisjoint(powers) and self.is_derived():
            total, powers = self._opened_wholes(total, powers)
        if numbers > 1:
            total = snapped(total)
        if len(powers) < count:
            self.fire(POWERS)
        return self.build(total, powers)

    def _opened_wholes(self, number: float, powers: dict[int, float]) -> Product:
        """The product with its wholes opened where bases meet and it becomes no longer."""
        for whole in [base for base in powers if base in self.whole]:
            factor, of = self.opened(whole)
            exponent = powers.get(whole, 0.0)  # it may have gone with another
            if exponent == 0 or exponent != int(exponent) or of.keys().isdisjoint(powers):
                continue
            others = {base: e for base, e in powers.items() if base != whole}
            merged = times(others, of, exponent)
            size = number * raised(factor, exponent)
            is_short = len(merged) <= len(powers) or (
                len(merged) <= 5 and not merged.keys() >= of.keys() | others.keys()
            )
            if is_short and size - size == 0 and size != 0:
                number, powers = size, merged
                self.fire(POWERS)
        return number, powers

    def opened(self, node: int) -> Product:
        """What a node is a product of, though it and parts of it may be wholes; what has a name is
        itself."""
        known = self._flat.get(node)
        return (1.0, {node: 1.0}) if known is None or node in self.graph.names else known

    def is_derived(self) -> bool:
        """Whether the node that is rewritten was derived, and nobody has written it like that."""
        return self.here >= self.source.written

    def build(self, number: float, powers: dict[int, float]) -> int:
        """The node of a product: numbers in front, a half as a division by 2, a sign on the first
        factor. Equal products are one node, whatever their order."""
        if 0 in powers.values():
            powers = {base: exponent for base, exponent in powers.items() if exponent != 0}
        if not powers or number == 0:
            return self.constant(number + 0.0)  # a 0 without a sign
        key = number, frozenset(powers.items())
        known = self._built.get(key)
        if known is not None:
            return known
        if self.is_derived():
            number, powers = self.eased(number, powers)
            if not powers or number == 0:
                return self.constant(number + 0.0)
        order = sorted(powers, key=self.rank)  # within a rank, factors stay as they were written
        if self.is_derived():
            order.sort(key=lambda base: (self.rank(base), base))
        above = [self.power(base, powers[base]) for base in order if powers[base] > 0]
        order.sort(key=self.fixed.__contains__)
        below = [self.power(base, -powers[base]) for base in order if powers[base] < 0]
        size, inverse = abs(number), 1 / abs(number)
        if size < 1 and inverse in HALVES:
            size, below = 1.0, [self.constant(inverse), *below]
        elif (parts := fraction(size)) is not None:
            size, below = parts[0], [self.constant(parts[1]), *below]
        if size != 1 or not above:
            above = [self.constant(size), *above]
        if number < 0:
            above[0] = self._negative(above[0])
        node = self._chain(above)
        if below:
            node = self.plain("div", node, self._chain(below))
        self._built[key] = node
        if node not in self.products and powers != {node: 1.0} and self._is_product(node):
            self.products[node] = number, powers
            self._flatten(node)
        return node

    def eased(self, number: float, powers: dict[int, float]) -> Product:
        """A product without what its factors need not say: here, two signs."""
        if number < 0:
            for base, exponent in powers.items():
                factor, of = self.opened(base)
                if exponent == 1 and factor < 0 and len(of) <= 3:
                    rest = {other: e for other, e in powers.items() if other != base}
                    return number * factor, times(rest, of)
        return number, powers

    def _is_product(self, node: int) -> bool:
        """Whether a node still is what was built, and no rule has made another of it."""
        graph = self.graph
        name = graph.ops[node].name
        return name in PRODUCT or (name == "pow" and self.value(graph.args[node][1]) is not None)

    def _flatten(self, node: int) -> None:
        number, powers = self.products[node]
        if self._flat.keys().isdisjoint(powers):
            self._flat[node] = number, powers
            return
        total = number
        flat: dict[int, float] = {}
        for base, exponent in powers.items():
            if exponent == int(exponent):
                factor, of = self.opened(base)
                total *= raised(factor, exponent)
                flat = times(flat, of, exponent)
            else:
                flat = times(flat, {base: exponent})
        is_short = len(flat) <= MOST and total - total == 0 and total != 0
        self._flat[node] = (total, flat) if is_short else (number, powers)

    def _negative(self, node: int) -> int:
        """A factor with a sign; of a number, as it is written."""
        if self.value(node) is not None:
            return self.node(OPS["neg"], (node,), {})
        return self.plain("neg", node)

    def rank(self, base: int) -> int:
        """Where a factor stands: constants with names, names, sums and others, functions."""
        graph = self.graph
        op = graph.ops[base]
        if op is CONSTANT or base in self.fixed:
            return 0
        if op is INPUT or base in graph.names:
            return 1
        return 2 if op.symbol else 3

    def power(self, base: int, exponent: float) -> int:
        if exponent == 1:
            return base
        if exponent == 0.5:
            return super().make(OPS["sqrt"], (base,))
        return super().make(OPS["pow"], (base, self.constant(exponent)))

    def _chain(self, nodes: list[int]) -> int:
        product = nodes[0]
        for node in nodes[1:]:
            product = self.plain("mul", product, node)
        return product

    def plain(self, name: str, *args: int) -> int:
        """An operation by the table's rules, but not collected again."""
        return super().make(OPS[name], args)


def raised(number: float, exponent: float) -> float:
    """A power; inf where it overflows."""
    try:
        return float(number**exponent)
    except (OverflowError, ZeroDivisionError):
        return inf


def times(powers: dict[int, float], others: dict[int, float], exponent: float = 1.0) -> dict[int, float]:
    """The exponents of a product times a power of another; what cancels is left out."""
    merged = dict(powers)
    for base, e in others.items():
        merged[base] = snapped(merged.get(base, 0.0) + e * exponent)
    return {base: e for base, e in merged.items() if e != 0}
