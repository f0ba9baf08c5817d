"""Sums as a person writes them: like terms collected, what all terms share in front of the brackets,
and brackets multiplied out where terms meet."""

from __future__ import annotations

import math

from cgcli.annotations import Any, Iterator
from cgcli.rewrite.algebra import times
from cgcli.rewrite.exponents import one_exponential, split
from cgcli.rewrite.factors import GIVEN, MOST, Factor, Part, Powers, Product, cost_of, term_cost
from cgcli.rewrite.identities import PAIRED, complemented, has_pairs, pythagoras, tangents
from cgcli.rewrite.match import sum_paired
from cgcli.rewrite.pairs import hypotenuses
from cgcli.rewrite.polynomials import lowest, quotient
from cgcli.rewrite.products import cancel, settled
from cgcli.rewrite.rules import ASSUMING, TERMS, known
from cgcli.rewrite.terms import Terms, merged

Way = tuple[Powers, list[Part], bool, bool]


def added(terms: Terms, x: Product, y: Product, sign: float) -> Product | None:
    """A sum, or a difference; None where it would have too many terms, or numbers out of range."""
    total, more = dict(terms.parts(x)), terms.parts(y)
    count = len(total) + len(more)
    if count > MOST:
        return None
    for term, c in more.items():
        total[term] = total.get(term, 0.0) + sign * c
    if x.shape or y.shape:
        total = _unstretched(terms, total)
    closed, total = total, _multiplied_out(terms, total)
    if any(c - c != 0 for c in total.values()):
        return None
    met = len(total) < count or total.keys() != closed.keys()
    if met:
        total = {term: c for term, c in total.items() if c != 0}
        terms.fire(TERMS)
    if terms.is_derived and len(total) > 1:
        found = _factored(terms, total, None if met else (x, y))
        if found is not None:
            return settled(terms, found)
    made = terms.sum(total, met)
    factor = made.factor
    if factor is not None and factor.parts:
        return sum_paired(terms, factor) or made
    return made


def _unstretched(terms: Terms, total: dict[Product, float]) -> dict[Product, float]:
    """The terms of a sum of arrays without ones that are stretched to the shape of another term."""
    found: dict[Product, float] = {}
    for term, c in total.items():
        ones = [
            factor for factor in term.powers if factor.op.name == "broadcast" and factor.args[0] is terms.one
        ]
        if ones and any(other.shape == term.shape and ones[0] not in other.powers for other in total):
            term = terms.product(1.0, {factor: e for factor, e in term.powers.items() if factor not in ones})
        found[term] = found.get(term, 0.0) + c
    return found


def _multiplied_out(terms: Terms, total: dict[Product, float]) -> dict[Product, float]:
    """A number times a sum is multiplied out where terms meet others: `800*x^2 + 400*(x^2 - y)`
    is `1200*x^2 - 400*y`."""
    brackets = {
        term: factor for term, c in total.items()
        if c and (factor := term.factor) is not None and factor.parts and factor.name is None
    }  # fmt: skip
    if not brackets:
        return total
    met = set(total)
    if terms.is_derived:  # those of two brackets, too
        once: set[Product] = set()
        for factor in brackets.values():
            met.update(once & factor.parts.keys())
            once.update(factor.parts)
    opened: dict[Product, float] = {}
    for term, coefficient in total.items():
        parts = brackets[term].parts if term in brackets else {}
        if met.isdisjoint(parts):
            parts = {term: 1.0}
        for part, number in parts.items():
            opened[part] = opened.get(part, 0.0) + coefficient * number
    return opened


def _factored(
    terms: Terms, total: dict[Product, float], sides: tuple[Product, Product] | None
) -> Product | None:
    """A sum as what its terms share times the rest, where that is shorter; `sides` are its two operands
    as long as no terms of these have met. Most sums share nothing, which is known of the operands."""
    common = None if sides is None else lowest([(1.0, _shared(terms, side)) for side in sides])
    if common == {} and sides is not None and not all(has_pairs(terms, side) for side in sides):
        found = None
    else:
        found = common_factor(terms, total)
    if found is None and common is not None:
        terms.common[terms.sum(total)] = common
    return _over_brackets(terms, total) if found is None and len(total) > 2 else found


def _over_brackets(terms: Terms, total: dict[Product, float]) -> Product | None:
    """A sum with those of its terms together that are fractions over the same bracket, without functions,
    where they are shorter so: `a*b/(b + x)^2 - c` for `a/(b + x) - a*x/(b + x)^2 - c`."""
    over: dict[Factor, dict[Product, float]] = {}
    for term, c in total.items():
        _, powers = terms.opened(term)
        for factor, e in powers.items() if all(one.rank < 3 for one in powers) else ():
            if e < 0 and factor.parts and factor.name is None and c:
                over.setdefault(factor, {})[term] = c
    for group in over.values():
        if not 1 < len(group) < len(total) or (key := frozenset(group.items())) in terms.longer:
            continue
        one = common_factor(terms, group)
        if one is None:
            terms.longer.add(key)
            continue
        found: dict[Product, float] = {}
        for term, number in total.items():
            if term not in group:
                found[term] = found.get(term, 0.0) + number
            elif term is next(iter(group)):  # in the place of the first
                for part, c in terms.parts(one).items():
                    found[part] = found.get(part, 0.0) + c
        return terms.sum(found, True)
    return None


def _shared(terms: Terms, x: Product) -> Powers:
    """What all terms of a term share."""
    known = terms.common.get(x)
    if known is None:
        factor = x.factor
        if factor is not None and factor.parts and not factor.share:
            known = lowest(terms.opened_terms(factor))
        else:
            known = terms.opened(x)[1]
        terms.common[x] = known
    return known


COMMON = known(
    "common factor", ASSUMING, "x*sin(y) + z*sin(y)", "(x + z)*sin(y)", "no part of it overflows"
)  # fmt: skip


def common_factor(terms: Terms, total: dict[Product, float]) -> Product | None:
    """The shortest of the ways to divide a sum by what its terms share: over a common denominator where
    terms meet then, or with what all of them have to the same power. None where all are longer than
    the sum."""
    parts = hypotenuses(terms, terms.opened_parts(total))
    if len(parts) < 2:
        return terms.product(*parts[0]) if parts else terms.zero
    ways = [*_over_shared(terms, parts), *_by_identities(terms, parts)]
    if not all(term.is_open for term in total):  # what is shared can be a factor, too
        ways += _over_shared(terms, [(c, term.powers) for term, c in total.items() if c != 0], False)
    found: tuple[Powers, list[Part]] | None = None
    shortest = sum(term_cost(terms, term, c) for term, c in total.items() if c != 0)
    for shared, rest, met, is_seen in ways:
        if not rest:
            return terms.zero
        if any(c - c != 0 for c, _ in rest):
            continue
        cost = cost_of(terms, 1.0, shared)
        for c, powers in rest:
            cost += cost_of(terms, c, powers)
            if cost >= shortest + 1:  # which nothing below makes less
                break
        is_fraction = min(shared.values(), default=0.0) < 0
        if met and is_fraction and len(rest) <= len(parts):
            cost -= 1  # one fraction reads better than two
        elif not met and not is_fraction and not is_seen:
            cost += 1  # what is shared to another power is not seen at once
        if cost < shortest:
            shortest, found = cost, (shared, rest)
    if found is None:
        return None
    terms.fire(COMMON)
    return times(terms, terms.product(1.0, found[0]), terms.sum_of(found[1]))


def _over_shared(terms: Terms, parts: list[Part], opened: bool = True) -> Iterator[Way]:
    """What the terms of a sum are divided by, the terms then, whether some of them met, and whether
    what they share is seen at once, as all have it to the same power."""
    low = lowest(parts)
    if not low or (terms.careful and any(one.op is GIVEN and one not in low for _, p in parts for one in p)):
        return
    if opened:
        rest, met = _divided(terms, parts, low, True)
        if met:
            yield *_cancelled(terms, low, rest), True, False
        if any(e < 0 and b.rank > 1 and all(p.get(b, 0.0) < 0 for _, p in parts) for b, e in low.items()):
            is_plain = not any(b.parts or b.is_fixed for b in low)  # else terms could meet
            number = math.gcd(*[int(c) if is_plain and c % 1 == 0 else 1 for c, _ in rest])
            common = {terms.fixed(float(number)): 1.0, **low} if number > 1 else low
            yield common, [(c / number, p) for c, p in rest], False, False  # over one fraction line
    functions = {factor: e for factor, e in low.items() if e < 0 or factor.rank > 1}
    same = _same(parts)
    for shared in (same, functions):
        if shared:
            yield shared, *_divided(terms, parts, shared, False), shared.keys() == same.keys()


def _by_identities(terms: Terms, parts: list[Part]) -> Iterator[Way]:
    names = {factor.op.name for _, powers in parts for factor in powers}
    if PAIRED.isdisjoint(names):
        return
    simple = pythagoras(terms, parts)
    if simple is not None:
        yield {}, simple, True, False
    tangent = tangents(terms, parts) if "tan" in names else None
    alike = one_exponential(terms, parts)
    found = complemented(terms, parts) if "sigmoid" in names else []
    found += [one for one in (tangent, alike) if one]
    for opened in found:
        for shared in ({}, _same(opened)):
            rest, met = _divided(terms, opened, shared, True)
            if met or (shared and opened is alike):
                yield shared, rest, True, False
    powers = split(terms, parts)
    if powers is not None:
        for multiplied in (False, True):
            yield powers[0], _divided(terms, powers[1], {}, multiplied)[0], True, True


def _cancelled(terms: Terms, shared: Powers, parts: list[Part]) -> tuple[Powers, list[Part]]:
    """A fraction without the brackets that divide the sum over them."""
    for bracket in [b for b, e in shared.items() if e < 0 and b.parts and b.name is None]:
        by = terms.opened_terms(bracket)
        while shared.get(bracket, 0.0) < 0 and (found := quotient(parts, by)) is not None:
            terms.fire(cancel)
            shared, parts = merged(shared, {bracket: 1.0}), found
    return shared, parts


def _same(parts: list[Part]) -> Powers:
    """What all terms have to the same power, if it is more than names."""
    (_, first), *others = parts
    same = {b: e for b, e in first.items() if all(powers.get(b) == e for _, powers in others)}
    return same if any(e < 0 or b.rank > 1 for b, e in same.items()) else {}


def _divided(terms: Terms, parts: list[Part], shared: Powers, opened: bool) -> tuple[list[Part], bool]:
    """The terms without what they share, and whether some of them met; with `opened`, the brackets in
    each are multiplied out; one that stands alone always is."""
    found: dict[Any, Part] = {}
    count = 0
    rests = [merged(powers, shared, -1.0) for _, powers in parts]
    for (coefficient, _), rest in zip(parts, rests):
        alone = len(rest) == 1 and abs(coefficient) == 1
        for number, product in _expanded(terms, rest) if opened or alone else [(1.0, rest)]:
            key = frozenset(product.items())
            c = coefficient if number == 1 else coefficient * number
            found[key] = found[key][0] + c if key in found else c, product
            count += 1
    left = [part for part in found.values() if part[0] != 0]
    simple = pythagoras(terms, left)
    return (left, len(found) < count) if simple is None else (simple, True)


def _expanded(terms: Terms, powers: Powers) -> list[Part]:
    """A product with its brackets multiplied out; as it is, where there are too many terms."""
    brackets = [b for b, e in powers.items() if b.parts and not e % 1 and 0 < e < MOST and b.name is None]
    if not brackets:
        return [(1.0, powers)]
    rest = {factor: e for factor, e in powers.items() if factor not in brackets}
    found: dict[Any, Part] = {None: (1.0, rest)}
    for bracket in brackets:
        parts = terms.opened_terms(bracket)
        for _ in range(int(powers[bracket])):
            larger: dict[Any, Part] = {}
            for number, product in found.values():
                for c, part in parts:
                    total = merged(product, part)
                    key = frozenset(total.items())
                    c = c if number == 1 else number * c
                    larger[key] = larger[key][0] + c if key in larger else c, total
                if len(larger) > MOST:
                    return [(1.0, powers)]
            found = larger
    return list(found.values())
