"""Sums as a person writes them: like terms collected, brackets opened where terms meet."""

from __future__ import annotations

from cgcli.rewrite.products import MOST, Products
from cgcli.rewrite.rules import TERMS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    # A number and the powers of each product of a sum.
    Terms = list[tuple[float, dict[int, float]]]

    # The same by these powers.
    Parts = dict[frozenset[tuple[int, float]], tuple[float, dict[int, float]]]


class Sums(Products):
    """Rewrites with sums and products collected.

    sums        by node, the number of each product that it adds up; that of 1 under -1
    built_sums  the node of a sum
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.sums: dict[int, dict[int, float]] = {}
        self.built_sums: dict[frozenset[tuple[int, float]], int] = {}

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
            total = {term: c for term, c in total.items() if c != 0}
            self.fire(TERMS)
        if not self.is_derived() or len(total) < 2:
            return self.build_sum(total, met)
        factored = self.factored(total, None if met else args)
        return self.build_sum(total, met) if factored is None else factored

    def factored(self, total: dict[int, float], args: tuple[int, ...] | None) -> int | None:
        """A sum as a product, where it is one for a reader; `args` are its two operands as long as no
        terms of these have met."""
        return None

    def _opened(self, total: dict[int, float]) -> dict[int, float]:
        """A number times a sum is multiplied out where terms meet others: `800*x^2 + 400*(x^2 - y)`
        is `1200*x^2 - 400*y`."""
        brackets = [term for term, c in total.items() if c and term in self.sums and not self.is_named(term)]
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

    def is_named(self, node: int) -> bool:
        return node in self.graph.names

    def build_sum(self, total: dict[int, float], met: bool = False) -> int:
        """The node of a sum, a term that is added before those that are taken away; with `met`, the
        order in which they were written is gone."""
        terms = {term: c for term, c in total.items() if c != 0}
        if not terms:
            return self.constant(0.0)
        key = frozenset(terms.items())
        known = self.built_sums.get(key)
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
        self.built_sums[key] = node
        if len(terms) > 1:
            self.sums[node] = terms
        return node

    def _arrange(self, order: list[int]) -> None:
        """The terms of a polynomial: higher powers first, inputs in their order, the number last."""
        places: dict[int, tuple[float, int]] = {}
        for term in order:
            _, powers = self.part(term, 1.0)
            base, exponent = next(iter(powers.items()), (-1, 0.0))
            if len(powers) > 1 or exponent < 0 or (powers and self.rank(base) != 1):
                return
            places[term] = (-exponent, base)
        order.sort(key=places.__getitem__)

    def _scaled(self, term: int, coefficient: float) -> int:
        if term == -1:
            return self.constant(coefficient)
        if coefficient == 1:
            return term
        number, powers = self.factors(term)
        return self.build(number * coefficient, powers)

    def part(self, term: int, coefficient: float) -> tuple[float, dict[int, float]]:
        """A term with its number as a product, opened up."""
        if term == -1:
            return coefficient, {}
        number, powers = self.opened(term)
        return coefficient * number, powers

    def parts(self, terms: dict[int, float]) -> Terms:
        """The terms of a sum as products, opened up; no two have the same powers, for a whole and
        what it is made of can both be there."""
        found: Parts = {}
        for term, c in terms.items():
            number, powers = self.part(term, c)
            key = frozenset(powers.items())
            if key in found:
                number += found[key][0]
            found[key] = number, powers
        return [part for part in found.values() if part[0] != 0]
