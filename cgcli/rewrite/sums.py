"""Sums as a person writes them: like terms collected, brackets opened where terms meet."""

from __future__ import annotations

import math

from cgcli.rewrite.products import MOST, Product, Products, times
from cgcli.rewrite.rules import FACTOR, TERMS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    # A number and the powers of each product of a sum, and the same by its powers.
    Terms = list[tuple[float, dict[int, float]]]
    Parts = dict[frozenset[tuple[int, float]], tuple[float, dict[int, float]]]


class Sums(Products):
    """Rewrites with sums and products collected.

    sums        by node, the number of each product that it adds up; that of 1 under -1
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.sums: dict[int, dict[int, float]] = {}
        self._costs: dict[int, int] = {}
        self._shared: dict[int, dict[int, float]] = {}
        self._sums_built: dict[frozenset[tuple[int, float]], int] = {}

    def terms(self, node: int) -> dict[int, float]:
        """What a node adds up; its number under -1."""
        number = self.value(node)
        if number is not None:
            return {-1: number}
        if node in self.sums and node not in self.whole:
            return self.sums[node]
        coefficient, powers = self.factors(node)
        if coefficient == 1 or not powers:
            return {node: 1.0}
        return {self.build(1.0, powers): coefficient}

    def _sum(self, args: tuple[int, ...], name: str) -> int | None:
        total: dict[int, float] = {}
        count = 0
        for arg, sign in zip(args, (1.0, 1.0 if name == "add" else -1.0)):
            for term, coefficient in self.terms(arg).items():
                total[term] = total.get(term, 0.0) + sign * coefficient
                count += 1
        closed = total
        if count <= MOST:
            total = self._opened(total)
        if count > MOST or any(c - c != 0 for c in total.values()):
            return None
        met = len(total) < count or total.keys() != closed.keys()
        if met:
            self.fire(TERMS)
        if not self.is_derived() or len(total) < 2:
            return self.build_sum(total, met)
        common = None if met else self._common(args)
        factored = None if common == {} else self._factored(total)
        if factored is not None:
            self.fire(FACTOR)
            return factored
        found = self.build_sum(total, met)
        if common is not None:
            self._shared[found] = common
        return found

    def _common(self, args: tuple[int, ...]) -> dict[int, float]:
        """What the terms of both operands share; looked up, for most of them share nothing."""
        shared = []
        for arg in args:
            known = self._shared.get(arg)
            if known is None:
                if arg in self.sums and arg not in self.whole:
                    known = _lowest(self._parts(self.sums[arg]))
                else:
                    known = {} if self.value(arg) is not None else self.opened(arg)[1]
                self._shared[arg] = known
            shared.append((1.0, known))
        return _lowest(shared)

    def _opened(self, total: dict[int, float]) -> dict[int, float]:
        """A number times a sum is multiplied out where terms meet others: `800*x^2 + 400*(x^2 - y)`
        is `1200*x^2 - 400*y`."""
        brackets = [term for term, c in total.items() if c and term in self.sums and not self._is_named(term)]
        if not brackets:
            return total
        met = set(total)
        if self.is_derived():  # those of two brackets, too
            once: set[int] = set()
            for term in brackets:
                met.update(once & self.sums[term].keys())
                once.update(self.sums[term])
        opened: dict[int, float] = {}
        for term, coefficient in total.items():
            parts = self.sums[term] if term in brackets else {}
            if met.isdisjoint(parts):
                parts = {term: 1.0}
            for part, number in parts.items():
                opened[part] = opened.get(part, 0.0) + coefficient * number
        return opened

    def _is_named(self, node: int) -> bool:
        return node in self.graph.names

    def eased(self, number: float, powers: dict[int, float]) -> Product:
        for base, exponent in list(powers.items()):
            if self.graph.ops[base].name == "hypot" and exponent in (2, -2):
                squares = self.plain("pow", base, self.constant(2.0))  # by the rules it is a sum
                powers = times({b: e for b, e in powers.items() if b != base}, {squares: exponent / 2})
        for bracket in [base for base in powers if base in self.sums and not self._is_named(base)]:
            exponent = powers.get(bracket, 0.0)  # it may have gone with another
            if exponent in (1, -1):
                number, powers = self._taken_out(number, powers, bracket, exponent)
        return number, powers

    def _taken_out(self, number: float, powers: dict[int, float], bracket: int, exponent: float) -> Product:
        """A product with what goes out of one of its brackets: a sign and a number that all terms
        have, the number where there is one in front anyway, and denominators: `x^2*(1 + y^2/x^2)`."""
        terms = self.sums[bracket]
        common = 1
        if exponent == 1 and number not in (1, -1) and all(c == int(c) for c in terms.values()):
            common = math.gcd(*map(int, terms.values()))
        if all(c < 0 for c in terms.values()):
            common = -common
        out: dict[int, float] = {}
        if len(powers) > 1:
            lowest = _lowest(self._parts(terms))
            out = {b: e for b, e in lowest.items() if e < 0 and b in powers}
            out = {b: e for b, e in out.items() if abs(powers[b] + e * exponent) <= abs(powers[b])}
            if not out and self._cleared(lowest, bracket) in powers:
                out = {b: e for b, e in lowest.items() if e < 0}
        if common == 1 and not out:
            return number, powers
        inner: dict[int, float] = {}
        for c, product in self._parts(terms):
            rest = times(product, out, -1.0)
            part = self.build(1.0, rest) if rest else -1
            inner[part] = inner.get(part, 0.0) + c / common
        others = {base: e for base, e in powers.items() if base != bracket}
        factor, of = self.factors(self.build_sum(inner))
        return number * common * factor**exponent, times(times(others, out, exponent), of, exponent)

    def _cleared(self, lowest: dict[int, float], bracket: int) -> int | None:
        """The bracket without its denominators, where that is one which is there already."""
        out = {base: e for base, e in lowest.items() if e < 0}
        if not out:
            return None
        key = set()
        for c, product in self._parts(self.sums[bracket]):
            rest = times(product, out, -1.0)
            single = next(iter(rest)) if list(rest.values()) == [1.0] else None
            part = self._built.get((1.0, frozenset(rest.items())), single) if rest else -1
            if part is None:
                return None
            key.add((part, c))
        return self._sums_built.get(frozenset(key))

    def build_sum(self, total: dict[int, float], met: bool = False) -> int:
        """The node of a sum, a term that is added before those that are taken away; with `met`, the
        order in which they were written is gone."""
        terms = {term: c for term, c in total.items() if c != 0}
        if not terms:
            return self.constant(0.0)
        key = frozenset(terms.items())
        known = self._sums_built.get(key)
        if known is not None:
            return known
        order = list(terms)
        if met and self.is_derived():
            self._arrange(order)
        first = next((term for term in order if terms[term] > 0), order[0])
        order = [first, *(term for term in order if term != first)]
        if len(order) > 1:  # A + A.T
            order.sort(key=lambda term: term >= 0 and self.graph.ops[term].name == "transpose")
        node = -1
        for term in order:
            coefficient = terms[term]
            size = abs(coefficient)
            part = self._scaled(term, size)
            if node < 0:
                node = part if coefficient > 0 else self._scaled(term, coefficient)
            else:
                node = self.plain("add" if coefficient > 0 else "sub", node, part)
        self._sums_built[key] = node
        if len(terms) > 1:
            self.sums[node] = terms
        return node

    def _arrange(self, order: list[int]) -> None:
        """The terms of a polynomial: higher powers first, inputs in their order, the number last."""
        places: dict[int, tuple[float, int]] = {}
        for term in order:
            _, powers = self._part(term, 1.0)
            base, exponent = next(iter(powers.items()), (-1, 0.0))
            if len(powers) > 1 or exponent < 0 or (powers and self.rank(base) != 1):
                return
            places[term] = (-exponent, base)
        order.sort(key=places.__getitem__)

    def _scaled(self, term: int, coefficient: float) -> int:
        if term == -1:
            return self.constant(coefficient)
        number, powers = self.factors(term)
        return self.build(number * coefficient, powers)

    # What terms share

    def _part(self, term: int, coefficient: float) -> tuple[float, dict[int, float]]:
        """A term with its number as a product, opened up."""
        if term == -1:
            return coefficient, {}
        number, powers = self.opened(term)
        return coefficient * number, powers

    def _parts(self, terms: dict[int, float]) -> Terms:
        return [self._part(term, c) for term, c in terms.items() if c != 0]

    def _factored(self, total: dict[int, float]) -> int | None:
        """A sum as what its terms share times the rest, where that is shorter: over a common
        denominator where terms meet then, or with what all of them have to the same power."""
        terms = self._parts(total)
        found: tuple[dict[int, float], Parts] | None = None
        shortest = 0
        for shared, opened in ((_lowest(terms), True), (self._same(terms), False)):
            if not shared:
                continue
            parts, met = self._divided(terms, shared, opened)
            if not parts:
                return self.constant(0.0)
            shortest = shortest or sum(
                self._cost(c, {} if term == -1 else self.factors(term)[1]) for term, c in total.items()
            )
            cost = self._cost(1.0, shared) + sum(self._cost(c, powers) for c, powers in parts.values())
            if cost < shortest and (met or not opened):
                shortest, found = cost, (shared, parts)
        if found is None:
            return None
        shared, parts = found
        inner: dict[int, float] = {}
        for c, powers in parts.values():
            part = self.build(1.0, powers) if powers else -1
            inner[part] = inner.get(part, 0.0) + c
        number, rest = self.factors(self.build_sum(inner, met=True))
        return self.build(number, times(shared, rest))

    def _same(self, terms: Terms) -> dict[int, float]:
        """What all terms have to the same power, if it is more than names."""
        (_, first), *others = terms
        same = {b: e for b, e in first.items() if all(powers.get(b) == e for _, powers in others)}
        return same if any(e < 0 or self.rank(b) > 1 for b, e in same.items()) else {}

    def _divided(self, terms: Terms, shared: dict[int, float], opened: bool) -> tuple[Parts, bool]:
        """The terms without what they share, and whether some of them met; with `opened`, the
        brackets in each are multiplied out; one that stands alone always is."""
        parts: Parts = {}
        count = 0
        for coefficient, powers in terms:
            rest = times(powers, shared, -1.0)
            alone = len(rest) == 1 and abs(coefficient) == 1
            for number, product in self._multiplied(rest) if opened or alone else [(1.0, rest)]:
                key = frozenset(product.items())
                known = parts[key][0] if key in parts else 0.0
                parts[key] = known + coefficient * number, product
                count += 1
        met = len(parts) < count
        return {key: part for key, part in parts.items() if part[0] != 0}, met

    def _multiplied(self, powers: dict[int, float]) -> Terms:
        """A product with its brackets multiplied out; as it is, where there are too many terms."""
        brackets = [
            base for base, e in powers.items()
            if base in self.sums and e == int(e) and 0 < e < MOST and not self._is_named(base)
        ]  # fmt: skip
        rest = {base: e for base, e in powers.items() if base not in brackets}
        found: Parts = {frozenset(rest.items()): (1.0, rest)}
        for bracket in brackets:
            parts = self._parts(self.sums[bracket])
            for _ in range(int(powers[bracket])):
                next: Parts = {}
                for number, product in found.values():
                    for c, part in parts:
                        merged = times(product, part)
                        key = frozenset(merged.items())
                        next[key] = (next[key][0] if key in next else 0.0) + number * c, merged
                found = next
                if len(found) > MOST:
                    return [(1.0, powers)]
        return list(found.values())

    def _cost(self, number: float, powers: dict[int, float]) -> int:
        """About how many names, numbers and functions a product takes to write."""
        cost = sum(self._base_cost(base) + (abs(e) != 1) for base, e in powers.items())
        return cost + (number not in (1, -1) or max(powers.values(), default=0.0) <= 0)

    def _base_cost(self, base: int) -> int:
        """That of a bracket counts its terms, and brackets in these as functions."""
        cost = self._costs.get(base)
        if cost is None:
            cost = 1 if self.rank(base) < 2 else 2
            if base in self.sums:
                cost = 0
                for c, powers in self._parts(self.sums[base]):
                    cost += abs(c) != 1 or not powers
                    cost += sum((self.rank(b) > 1) + 1 + (abs(e) != 1) for b, e in powers.items())
            self._costs[base] = cost
        return cost


def _lowest(terms: Terms) -> dict[int, float]:
    """The lowest power of each base in any of the terms, and so what all of them can be divided by."""
    lowest = dict(terms[0][1])
    for _, powers in terms[1:]:
        for base, exponent in powers.items():
            if exponent < lowest.get(base, 0.0):
                lowest[base] = exponent
        for base in lowest:
            if lowest[base] > powers.get(base, 0.0):
                lowest[base] = powers.get(base, 0.0)
    return {base: exponent for base, exponent in lowest.items() if exponent != 0}
