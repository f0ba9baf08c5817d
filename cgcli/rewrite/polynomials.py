"""Sums of products as polynomials in whatever their factors are."""

from __future__ import annotations

import math

from cgcli.annotations import Any
from cgcli.rewrite.factors import MOST, Part, Powers
from cgcli.rewrite.terms import merged


def content(numbers: list[float]) -> float:
    """What some coefficients are whole multiples of, without a common divisor; 1 where these are long."""
    whole = next((n for n in (1, 2, 3, 4, 6, 8, 12, 24) if all(c * n % 1 == 0 for c in numbers)), 0)
    return math.gcd(*[int(c * whole) for c in numbers]) / whole if whole else 1.0


def lowest(parts: list[Part]) -> Powers:
    """The lowest power of each factor in any of the products, and so what all can be divided by."""
    low = dict(parts[0][1]) if parts else {}
    for _, powers in parts[1:]:
        for factor, exponent in powers.items():
            if exponent < low.get(factor, 0.0):
                low[factor] = exponent
        for factor, exponent in low.items():
            other = powers.get(factor, 0.0)
            if exponent > other:
                low[factor] = other
    return {factor: exponent for factor, exponent in low.items() if exponent != 0}


def quotient(parts: list[Part], by: list[Part]) -> list[Part] | None:
    """What a polynomial is, divided by another; None where that leaves a remainder.

    Long division by the leading term: Cox, Little, O'Shea, Ideals, Varieties, and Algorithms, 2.3."""
    factors = list(dict.fromkeys(factor for _, powers in by for factor in powers))
    if len(by) < 2 or any(e < 0 or e % 1 for _, powers in by for e in powers.values()):
        return None
    left: dict[Any, Part] = {frozenset(powers.items()): (c, powers) for c, powers in parts}
    lead, lead_powers = max(by, key=lambda part: [part[1].get(factor, 0.0) for factor in factors])
    found: list[Part] = []
    while left:
        c, powers = max(left.values(), key=lambda part: [part[1].get(factor, 0.0) for factor in factors])
        rest = merged(powers, lead_powers, -1.0)
        if len(found) == MOST or any(rest.get(factor, 0.0) < 0 for factor in factors):
            return None
        found.append((c / lead, rest))
        for number, product in by:
            total = merged(product, rest)
            key = frozenset(total.items())
            known = left.pop(key, (0.0, total))[0]
            if (difference := known - c / lead * number) != 0:
                left[key] = difference, total
    return found
