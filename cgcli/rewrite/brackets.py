"""Brackets as a person writes them: what all terms share stands before them, and they are multiplied
out where terms meet."""

from __future__ import annotations

import math

from cgcli.rewrite.identities import Identities
from cgcli.rewrite.polynomials import quotient
from cgcli.rewrite.products import MOST, Product, raised, times
from cgcli.rewrite.rules import CANCEL, COMPLEMENT, FACTOR

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from cgcli.rewrite.sums import Parts, Terms


class Brackets(Identities):
    """Rewrites with sums over what their terms share."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._costs: dict[int, int] = {}
        self._shared: dict[int, dict[int, float]] = {}  # by node, what its terms share

    def eased(self, number: float, powers: dict[int, float]) -> Product:
        number, powers = super().eased(number, powers)
        brackets = [base for base in powers if base in self.sums and not self.is_named(base)]
        if len(brackets) > 1:
            number, powers = self._divided_by(number, powers, brackets)
        for bracket in brackets:
            exponent = powers.get(bracket, 0.0)  # it may have gone with another
            if exponent and exponent == int(exponent) and abs(exponent) < MOST:
                number, powers = self._taken_out(number, powers, bracket, exponent)
        return number, powers

    def _divided_by(self, number: float, powers: dict[int, float], brackets: list[int]) -> Product:
        """A product with brackets that are a multiple of one they are divided by."""
        above = [base for base in brackets if powers[base] > 0]
        for bracket in [base for base in brackets if powers[base] < 0]:
            by = self.parts(self.sums[bracket])
            for multiple in above:
                while powers.get(multiple, 0.0) >= 1 and powers.get(bracket, 0.0) <= -1:
                    found = quotient(self.parts(self.sums[multiple]), by)
                    if found is None:
                        break
                    self.fire(CANCEL)
                    factor, rest = self.factors(self._sum_of(found))
                    number *= factor
                    powers = times(times(powers, {bracket: 1.0, multiple: -1.0}), rest)
        return number, powers

    def _sum_of(self, terms: Terms) -> int:
        inner: dict[int, float] = {}
        for c, powers in terms:
            part = self.build(1.0, powers) if powers else -1
            inner[part] = inner.get(part, 0.0) + c
        return self.build_sum(inner, met=True)

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
            lowest = _lowest(self.parts(terms))
            out = {b: e for b, e in lowest.items() if e < 0 and b in powers}
            out = {b: e for b, e in out.items() if abs(powers[b] + e * exponent) <= abs(powers[b])}
            if not out and self._cleared(lowest, bracket) in powers:
                out = {b: e for b, e in lowest.items() if e < 0}
        if common == 1 and not out:
            return number, powers
        inner: dict[int, float] = {}
        for c, product in self.parts(terms):
            rest = times(product, out, -1.0)
            part = self.build(1.0, rest) if rest else -1
            inner[part] = inner.get(part, 0.0) + c / common
        others = {base: e for base, e in powers.items() if base != bracket}
        factor, of = self.factors(self.build_sum(inner))
        size = number * raised(common * factor, exponent)
        if size - size != 0 or size == 0:
            return number, powers
        return size, times(times(others, out, exponent), of, exponent)

    def _cleared(self, lowest: dict[int, float], bracket: int) -> int | None:
        """The bracket without its denominators, where that is one which is there already."""
        out = {base: e for base, e in lowest.items() if e < 0}
        if not out:
            return None
        key = set()
        for c, product in self.parts(self.sums[bracket]):
            rest = times(product, out, -1.0)
            single = next(iter(rest)) if list(rest.values()) == [1.0] else None
            part = self._built.get((1.0, frozenset(rest.items())), single) if rest else -1
            if part is None:
                return None
            key.add((part, c))
        return self.built_sums.get(frozenset(key))

    def factored(self, total: dict[int, float], args: tuple[int, ...] | None) -> int | None:
        """A sum as what its terms share times the rest, where that is shorter: over a common
        denominator where terms meet then, or with what all of them have to the same power."""
        common = None if args is None else self._common(args)
        is_hopeless = common == {} and args is not None and not all(map(self.has_pairs, args))
        found = None if is_hopeless else self._over_shared(total)
        if found is not None:
            self.fire(FACTOR)
        elif common is not None:
            self._shared[self.build_sum(total)] = common
        return found

    def _common(self, args: tuple[int, ...]) -> dict[int, float]:
        """What the terms of both operands share; looked up, for most of them share nothing."""
        shared = []
        for arg in args:
            known = self._shared.get(arg)
            if known is None:
                if arg in self.sums and arg not in self.whole:
                    known = _lowest(self.parts(self.sums[arg]))
                else:
                    known = {} if self.value(arg) is not None else self.opened(arg)[1]
                self._shared[arg] = known
            shared.append((1.0, known))
        return _lowest(shared)

    def _over_shared(self, total: dict[int, float]) -> int | None:
        """The shortest of the ways to divide a sum by what its terms share; None where all are longer
        than the sum."""
        terms = self.parts(total)
        if len(terms) < 2:
            return self.build(*terms[0]) if terms else self.constant(0.0)
        found: tuple[dict[int, float], Terms] | None = None
        shortest = sum(self._term_cost(term, c) for term, c in total.items() if c != 0)
        same = self._same(terms).keys()
        for shared, parts, met in self._ways(terms):
            if not parts:
                return self.constant(0.0)
            if any(c - c != 0 for c, _ in parts):
                continue
            cost: float = self._cost(1.0, shared) + sum(self._cost(c, powers) for c, powers in parts)
            is_fraction = min(shared.values(), default=0.0) < 0
            if met and is_fraction and len(parts) <= len(terms):
                cost -= 1  # one fraction reads better than two
            elif not met and not is_fraction and shared.keys() != same:
                cost += 1  # what is shared to another power is not seen at once
            if cost < shortest:
                shortest, found = cost, (shared, parts)
        if found is None:
            return None
        shared, parts = found
        number, rest = self.factors(self._sum_of(parts))
        return self.build(number, times(shared, rest))

    def _ways(self, terms: Terms) -> Iterator[tuple[dict[int, float], Terms, bool]]:
        """What the terms of a sum are divided by, the terms then, and whether some of them met."""
        lowest = _lowest(terms)
        if lowest:
            parts, met = self._divided(terms, lowest, True)
            if met:
                yield *self._cancelled(lowest, parts), True
        functions = {b: e for b, e in lowest.items() if e < 0 or self.rank(b) > 1}
        for shared in (self._same(terms), functions):
            if shared:
                yield shared, *self._divided(terms, shared, False)
        simple, met = self.simplified(terms)
        if met:
            yield {}, simple, True
        for opened in self.complemented(terms):
            parts, met = self._divided(opened, {}, True)
            if met:
                self.fire(COMPLEMENT)
                yield {}, parts, True

    def _cancelled(self, shared: dict[int, float], parts: Terms) -> tuple[dict[int, float], Terms]:
        """A fraction without the brackets that divide the sum over them."""
        for bracket in [b for b, e in shared.items() if e < 0 and b in self.sums and not self.is_named(b)]:
            by = self.parts(self.sums[bracket])
            while shared.get(bracket, 0.0) < 0 and (found := quotient(parts, by)) is not None:
                self.fire(CANCEL)
                shared, parts = times(shared, {bracket: 1.0}), found
        return shared, parts

    def _same(self, terms: Terms) -> dict[int, float]:
        """What all terms have to the same power, if it is more than names."""
        (_, first), *others = terms
        same = {b: e for b, e in first.items() if all(powers.get(b) == e for _, powers in others)}
        return same if any(e < 0 or self.rank(b) > 1 for b, e in same.items()) else {}

    def _divided(self, terms: Terms, shared: dict[int, float], opened: bool) -> tuple[Terms, bool]:
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
        left, met = self.simplified([part for part in parts.values() if part[0] != 0])
        return left, met or len(parts) < count

    def _multiplied(self, powers: dict[int, float]) -> Terms:
        """A product with its brackets multiplied out; as it is, where there are too many terms."""
        brackets = [
            base for base, e in powers.items()
            if base in self.sums and e == int(e) and 0 < e < MOST and not self.is_named(base)
        ]  # fmt: skip
        rest = {base: e for base, e in powers.items() if base not in brackets}
        found: Parts = {frozenset(rest.items()): (1.0, rest)}
        for bracket in brackets:
            parts = self.parts(self.sums[bracket])
            for _ in range(int(powers[bracket])):
                larger: Parts = {}
                for number, product in found.values():
                    for c, part in parts:
                        merged = times(product, part)
                        key = frozenset(merged.items())
                        larger[key] = (larger[key][0] if key in larger else 0.0) + number * c, merged
                found = larger
                if len(found) > MOST:
                    return [(1.0, powers)]
        return list(found.values())

    def _term_cost(self, term: int, coefficient: float) -> float:
        """That of a term in a sum; of one that is written once for several places, its part in that."""
        if term == -1:
            return self._cost(coefficient, {})
        if term not in self.share or term in self.graph.names:
            return self._cost(coefficient, self.factors(term)[1])
        whole = self._cost(*self.opened(term))
        return (abs(coefficient) != 1) + min(whole, 1 + whole * self.share[term])

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
                for c, powers in self.parts(self.sums[base]):
                    cost += abs(c) != 1 or not powers
                    cost += sum((self.rank(b) > 1) + 1 + (abs(e) != 1) for b, e in powers.items())
            self._costs[base] = cost
        return cost


def _lowest(terms: Terms) -> dict[int, float]:
    """The lowest power of each base in any of the terms, and so what all of them can be divided by."""
    lowest = dict(terms[0][1]) if terms else {}
    for _, powers in terms[1:]:
        for base, exponent in powers.items():
            if exponent < lowest.get(base, 0.0):
                lowest[base] = exponent
        for base in lowest:
            if lowest[base] > powers.get(base, 0.0):
                lowest[base] = powers.get(base, 0.0)
    return {base: exponent for base, exponent in lowest.items() if exponent != 0}
