"""Brackets as a person writes them: what all terms share stands before them, and they are multiplied
out where terms meet."""

from __future__ import annotations

import math

from cgcli.rewrite.products import MOST, Product, times
from cgcli.rewrite.rules import FACTOR
from cgcli.rewrite.sums import Sums

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cgcli.rewrite.sums import Terms

    # The products of a sum by their powers.
    Parts = dict[frozenset[tuple[int, float]], tuple[float, dict[int, float]]]


class Brackets(Sums):
    """Rewrites with sums over what their terms share."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._costs: dict[int, int] = {}
        self._shared: dict[int, dict[int, float]] = {}  # by node, what its terms share

    def eased(self, number: float, powers: dict[int, float]) -> Product:
        for base, exponent in list(powers.items()):
            if self.graph.ops[base].name == "hypot" and exponent in (2, -2):
                squares = self.plain("pow", base, self.constant(2.0))  # by the rules it is a sum
                powers = times({b: e for b, e in powers.items() if b != base}, {squares: exponent / 2})
            elif self.graph.ops[base].name == "sinh" and exponent > 0:
                powers = self._tangents(powers, base, exponent)
        for bracket in [base for base in powers if base in self.sums and not self.is_named(base)]:
            exponent = powers.get(bracket, 0.0)  # it may have gone with another
            if exponent in (1, -1):
                number, powers = self._taken_out(number, powers, bracket, exponent)
        return number, powers

    def _tangents(self, powers: dict[int, float], sinh: int, exponent: float) -> dict[int, float]:
        """A product with sinh over cosh as tanh, which does not overflow."""
        graph, args = self.graph, self.graph.args[sinh]
        for cosh, other in powers.items():
            if other < 0 and graph.ops[cosh].name == "cosh" and graph.args[cosh] == args:
                count = min(exponent, -other)
                return times(powers, {sinh: -count, cosh: count, self.call("tanh", *args): count})
        return powers

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
        return number * common * factor**exponent, times(times(others, out, exponent), of, exponent)

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
        found = None if common == {} else self._over_shared(total)
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
        """The shorter of two ways to divide a sum by what its terms share; None where both are longer
        than the sum."""
        terms = self.parts(total)
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
            if base in self.sums and e == int(e) and 0 < e < MOST and not self.is_named(base)
        ]  # fmt: skip
        rest = {base: e for base, e in powers.items() if base not in brackets}
        found: Parts = {frozenset(rest.items()): (1.0, rest)}
        for bracket in brackets:
            parts = self.parts(self.sums[bracket])
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
                for c, powers in self.parts(self.sums[base]):
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
