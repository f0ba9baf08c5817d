"""Sums of products as polynomials in whatever their factors are."""

from __future__ import annotations

from cgcli.rewrite.products import MOST, times

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cgcli.rewrite.sums import Terms


def quotient(terms: Terms, by: Terms) -> Terms | None:
    """What a polynomial is, divided by another; None where that leaves a remainder.

    Long division by the leading term: Cox, Little, O'Shea, Ideals, Varieties, and Algorithms, 2.3."""
    bases = list(dict.fromkeys(base for _, powers in by for base in powers))
    if len(by) < 2 or any(e < 0 or e != int(e) for _, powers in by for e in powers.values()):
        return None
    left = {frozenset(powers.items()): (c, powers) for c, powers in terms}
    lead, lead_powers = max(by, key=lambda term: _order(term[1], bases))
    found: Terms = []
    while left:
        c, powers = max(left.values(), key=lambda term: _order(term[1], bases))
        rest = times(powers, lead_powers, -1.0)
        if len(found) == MOST or any(rest.get(base, 0.0) < 0 for base in bases):
            return None
        found.append((c / lead, rest))
        for number, product in by:
            merged = times(product, rest)
            key = frozenset(merged.items())
            known = left.pop(key, (0.0, merged))[0]
            if (total := known - c / lead * number) != 0:
                left[key] = total, merged
    return found


def _order(powers: dict[int, float], bases: list[int]) -> list[float]:
    return [powers.get(base, 0.0) for base in bases]
