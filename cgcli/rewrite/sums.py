"""Sums as a person writes them: like terms collected, brackets opened where terms meet."""

from __future__ import annotations

from cgcli.rewrite.products import MOST, Products
from cgcli.rewrite.rules import TERMS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Sums(Products):
    """Rewrites with sums and products collected.

    sums        by node, the number of each product that it adds up; that of 1 under -1
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.sums: dict[int, dict[int, float]] = {}

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
        return {self._build(1.0, powers): coefficient}

    def _sum(self, args: tuple[int, ...], name: str) -> int | None:
        total: dict[int, float] = {}
        count = 0
        for arg, sign in zip(args, (1.0, 1.0 if name == "add" else -1.0)):
            for term, coefficient in self.terms(arg).items():
                total[term] = total.get(term, 0.0) + sign * coefficient
                count += 1
        total = self._opened(total)
        if count > MOST or any(c - c != 0 for c in total.values()):
            return None
        if len(total) < count:
            self.fire(TERMS)
        return self._build_sum(total)

    def _opened(self, total: dict[int, float]) -> dict[int, float]:
        """A number times a sum is multiplied out where terms meet others: `800*x^2 + 400*(x^2 - y)`
        is `1200*x^2 - 400*y`."""
        for term, coefficient in list(total.items()):
            parts = self.sums.get(term)
            if parts and coefficient != 0 and term not in self.graph.names and total.keys() & parts.keys():
                del total[term]
                for part, number in parts.items():
                    total[part] = total.get(part, 0.0) + coefficient * number
        return total

    def _build_sum(self, total: dict[int, float]) -> int:
        """The node of a sum, a term that is added before those that are taken away."""
        terms = {term: c for term, c in total.items() if c != 0}
        if not terms:
            return self.constant(0.0)
        first = next((term for term, c in terms.items() if c > 0), next(iter(terms)))
        order = [first, *(term for term in terms if term != first)]
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
                node = self._plain("add" if coefficient > 0 else "sub", node, part)
        if len(terms) > 1:
            self.sums[node] = terms
        return node

    def _scaled(self, term: int, coefficient: float) -> int:
        if term == -1:
            return self.constant(coefficient)
        number, powers = self.factors(term)
        return self._build(number * coefficient, powers)
