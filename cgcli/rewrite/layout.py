"""What terms are written of: the order of what is added and multiplied, signs, roots, and what is the
opposite of something else."""

from __future__ import annotations

from collections import Counter

from cgcli.annotations import Any, Container, Sequence
from cgcli.ops import CONSTANT, INPUT, OPS
from cgcli.rewrite.algebra import choice, scaled
from cgcli.rewrite.factors import GIVEN, MOST, POW, Factor, Powers, Product, cost_of
from cgcli.rewrite.grouping import at_angles, shortened
from cgcli.rewrite.numbers import SHORT
from cgcli.rewrite.pairs import CIRCLES
from cgcli.rewrite.terms import Terms, merged

# How a term is written, what it takes first, and what else that needs: above and below the fraction line, or
# the signs in a sum.
Plan = tuple[Any, ...]

EXP = OPS["exp"]

# What takes about so many characters is written once for both signs.
LONG = 13


def bare(x: Product) -> Any:
    """A product, or the factor that it is."""
    return x if x.factor is None or x.factor.op is GIVEN else x.factor


def laid_out(terms: Terms, roots: Sequence[Any]) -> dict[Any, Plan]:
    """What some terms, and all that they are made of, are written of."""
    plans = _walked(terms, roots, ())
    if not terms.collects:
        return plans
    negative = [one for one in plans if one.__class__ is Product and one.is_derived and one.number < 0]
    if negative:
        uses = Counter(of for needed in [roots, *(plan[1] for plan in plans.values())] for of in needed)
        brackets = {factor for one in negative for factor in one.powers if factor.parts and uses[factor] > 1}
        kept = {
            one for one in brackets
            if cost_of(terms, 1.0, {one: 1.0}) > 2 and uses[scaled(terms, terms.of(one), -1.0).factor] < 2
        }  # fmt: skip
        plans = _walked(terms, roots, kept) if kept else plans
        _share_opposites(terms, plans, uses)
    return plans


def _share_opposites(terms: Terms, plans: dict[Any, Plan], uses: Counter[Any]) -> None:
    """Of two products that differ by the sign alone, write one as the opposite of the other."""
    known: dict[Any, Any] = {}
    for one in plans:
        if one.is_derived and (one.__class__ is Product or one.inside is not None):
            number, powers = terms.opened(one) if one.__class__ is Product else one.flat
            known.setdefault((number, frozenset(powers.items())), one)
    for (number, key), one in known.items():
        opposite = known.get((-number, key)) if number < 0 and one.__class__ is Product else None
        if opposite is not None and _length(terms, plans[one][1], uses) >= LONG:
            plans[one] = "opposite", [opposite]


def _length(terms: Terms, needed: Sequence[Any], uses: Counter[Any]) -> float:
    """About how many characters the factors of a product, and powers of some, take."""
    length = 0.0
    for one in needed:
        is_power = one.__class__ is Product and uses[one] < 2
        length += 3 * is_power
        for factor in one.powers if is_power else [one]:
            if uses[factor] > 1 or factor.__class__ is Product:
                length += 3
            else:
                length += len(factor.name) + 1 if factor.name else 3 * cost_of(terms, 1.0, {factor: 1.0})
    return length


def _walked(terms: Terms, roots: Sequence[Any], kept: Container[Any]) -> dict[Any, Plan]:
    plans: dict[Any, Plan] = {}
    stack = list(roots)
    while stack:
        one = stack.pop()
        if one in plans:
            continue
        if one.__class__ is Factor:
            plan: Plan = "atom", list(map(bare, one.args))
        else:
            terms.here, terms.is_derived = one.origin, one.is_derived
            if one.__class__ is Product:
                plan = _product(terms, one, kept)
            else:
                plan = _sum(terms, one) if one.parts else ("shared", [bare(one.inside)])
        plans[one] = plan
        stack.extend(plan[1])
    return plans


def _is_repeated(factor: Factor) -> bool:
    """Whether it is a shared product of two names so short that text has it again each time."""
    inside = factor.inside
    if inside is None or factor.name is not None or inside.number != 1 or len(inside.powers) != 2:
        return False
    names = [one.name for one, e in inside.powers.items() if e == 1 and one.name is not None]
    return len(names) == 2 and len("*".join(names)) <= SHORT


def _product(terms: Terms, x: Product, kept: Container[Any] = ()) -> Plan:
    """What the factors of a product are written as, in order: those above the fraction line, and those
    below. Brackets that are `kept` have their signs."""
    number, powers = x.number, x.powers
    if x.is_derived:
        if cosines := [one for one, e in powers.items() if one.op.name in CIRCLES and abs(e) == 1]:
            number, powers = at_angles(terms, number, powers, cosines)
        for factor in [one for one, e in powers.items() if abs(e) == 1 and _is_repeated(one)]:
            beside = [one for one, e in powers.items() if one is not factor and e * powers[factor] > 0]
            assert factor.inside is not None
            if beside and powers.keys().isdisjoint(factor.inside.powers):  # it would stand in brackets
                others = {one: e for one, e in powers.items() if one is not factor}
                powers = merged(others, factor.inside.powers, powers[factor])
    if number == 1 and len(powers) == 1:
        ((factor, exponent),) = powers.items()
        if factor.op is not GIVEN and exponent > 0:
            return "power", *(_inward(terms, factor, exponent) if x.is_derived else ([factor], exponent))
    order = sorted(powers, key=_rank)  # within a rank, factors stay as they were written
    if x.is_derived:
        order.sort(key=lambda one: (_rank(one), one.place))
    if any(one.op is GIVEN for one in order):
        return "power", [bare(choice(terms, number, powers))], 1.0
    if x.shape and (ones := [one for one in order if is_ones(terms, one)]):
        rest = terms.product(number, {one: e for one, e in powers.items() if one not in ones})
        if rest.shape == ():
            return "power", [bare(terms.atom(ones[0].op, (rest,), ones[0].attributes))], 1.0
    if number < 0:  # -(a - b)
        number, powers, order = _turned(terms, number, powers, order, kept)
        if number < 0 and not x.is_derived:  # the sign of a bracket would be multiplied into it
            order.sort(key=lambda one: bool(one.parts) and not one.share)
    above = [(one, powers[one]) for one in order if powers[one] > 0]
    below = [(one, -powers[one]) for one in order if powers[one] < 0]
    below.sort(key=lambda pair: pair[0].is_fixed and pair[0].name is None)
    _unite_roots(terms, above, below)
    top, bottom = [
        [one if e == 1 else terms.product(1.0, {one: e}) for one, e in side] for side in (above, below)
    ]
    return "product", [*top, *bottom], number, top, bottom


def _rank(factor: Factor) -> int:
    """Where a factor stands; a product of names stands where they would: l*k*T."""
    inside = factor.inside
    if inside is not None and all(one.op is INPUT and e > 0 for one, e in inside.powers.items()):
        return 1
    return factor.rank


def is_ones(terms: Terms, factor: Factor) -> bool:
    return factor.op.name == "broadcast" and factor.args[0] is terms.one


def _turned(
    terms: Terms, number: float, powers: Powers, order: list[Factor], kept: Container[Any]
) -> tuple[float, Powers, list[Factor]]:
    """A product whose sign goes into a bracket in which something is taken away."""
    for one in order:
        coefficients = one.parts.values()
        if one in kept or powers[one] != 1 or one.share or not coefficients:
            continue
        if min(coefficients) < 0 < max(coefficients):
            (turned,) = terms.sum({part: -c for part, c in one.parts.items()}, one.is_met).powers
            if turned in powers:
                continue
            order = [turned if other is one else other for other in order]
            return -number, {turned if other is one else other: e for other, e in powers.items()}, order
    return number, powers, order


def _inward(terms: Terms, factor: Factor, exponent: float) -> tuple[Any, float]:
    """A power of what has an exponent itself: `exp(2*x)` for `exp(x)^2`."""
    if exponent == 1 or factor.name is not None or factor.op not in (EXP, POW) or factor.is_fixed:
        return [factor], exponent
    *base, inner = factor.args
    one = inner.factor
    if factor.share or (one is not None and one.parts):
        return [factor], exponent
    return [bare(terms.atom(factor.op, (*base, terms.product(inner.number * exponent, inner.powers))))], 1.0


def _unite_roots(terms: Terms, above: list[tuple[Factor, float]], below: list[tuple[Factor, float]]) -> None:
    """Constants of which the same root is taken stand under one: `sqrt(2*pi)`, `sqrt(2/pi)`."""
    roots: dict[float, list[tuple[Factor, float]]] = {}
    for side, sign in ((above, 1.0), (below, -1.0)):
        for one, exponent in side:
            if exponent % 1 and one.is_fixed:
                roots.setdefault(exponent, []).append((one, sign))
    for exponent, found in roots.items():
        if len(found) < 2:
            continue
        side, sign = (above, 1.0) if any(sign > 0 for _, sign in found) else (below, -1.0)
        number, inner = 1.0, {}
        for one, direction in found:
            if one.op is CONSTANT and one.name is None:
                number *= one.attributes ** (sign * direction)
            else:
                inner[one] = sign * direction
        gone = {one for one, _ in found}
        place = next(i for i, (one, _) in enumerate(side) if one in gone)
        for other in (above, below):
            other[:] = [pair for pair in other if pair[0] not in gone or pair[1] != exponent]
        (root,) = terms.shared(terms.product(number, inner), True).powers if inner else (terms.fixed(number),)
        side.insert(min(place, len(side)), (root, exponent))


def _sum(terms: Terms, factor: Factor) -> Plan:
    """The parts of a sum in order: one that is added before those that are taken away."""
    parts = factor.parts
    if factor.is_derived and len(parts) <= MOST:
        parts = shortened(terms, parts)
    order = list(parts)
    if factor.is_met and factor.is_derived:
        _arrange(terms, order)
    first = next((part for part in order if parts[part] > 0), order[0])
    order = [first, *(part for part in order if part is not first)]
    if any(part.shape for part in order):  # A + A.T
        order.sort(key=lambda part: (one := part.factor) is not None and one.op.name == "transpose")
    signs = [parts[part] for part in order]
    sizes = [signs[0], *map(abs, signs[1:])]
    scaled = [terms.product(size, part.powers) for size, part in zip(sizes, order)]
    return "sum", list(map(bare, scaled)), signs


def _arrange(terms: Terms, order: list[Product]) -> None:
    """The terms of a polynomial: higher degrees first, inputs in their order, the number last."""
    places: dict[Product, tuple[float, list[tuple[int, float]]]] = {}
    for part in order:
        _, powers = terms.opened(part)
        if any(exponent < 0 or base.rank != 1 for base, exponent in powers.items()):
            return
        inputs = sorted((base.place, -exponent) for base, exponent in powers.items())
        places[part] = -sum(powers.values()), inputs
    order.sort(key=places.__getitem__)
