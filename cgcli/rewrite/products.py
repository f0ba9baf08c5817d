"""Rules on products: each takes a product and a factor of it, and makes another product, or None."""

from __future__ import annotations

import math

from cgcli.ops import INPUT, OPS
from cgcli.ops.entry import AND, COMPARISON, NOT, OR
from cgcli.rewrite.algebra import plain, power, times
from cgcli.rewrite.factors import GIVEN, MOST, SHARED, Factor, Powers, Product, Shared, cost_of
from cgcli.rewrite.guards import FLAT
from cgcli.rewrite.match import instead, quotient_paired, replaced, sum_paired
from cgcli.rewrite.polynomials import content, lowest, quotient
from cgcli.rewrite.rules import ASSUMING, OF_FACTOR, STRETCH, rule
from cgcli.rewrite.terms import Terms, merged, raised

# No product is changed by rules more often.
LONGEST_CHAIN = 30

# Powers of a base are one where the sum of their exponents has no more terms.
LONGEST_EXPONENT = 3

# What may be 0 over a range.
ZERO = {*FLAT, "heaviside", "mod"}


def multiplied(terms: Terms, x: Product, y: Product, exponent: float = 1.0) -> Product | None:
    """A product, or a quotient; None where it would have too many factors, or a number out of range."""
    count = len(x.powers) + len(y.powers)
    if count > MOST or (exponent < 0 and not y.number):
        return None
    found = times(terms, x, y, exponent)
    if found is None:
        return None
    if len(found.powers) < count:
        terms.fire(powers_met)
    return settled(terms, found)


def settled(terms: Terms, x: Product) -> Product:
    """A product after every rule that fits. What somebody has written changes by patterns alone."""
    key = x, terms.is_derived
    known = terms.settled.get(key)
    if known is not None:
        return known
    for _ in range(LONGEST_CHAIN):
        found = _by_patterns(terms, x)
        if found is None and terms.is_derived:
            found = _by_rules(terms, x)
        if found is None:
            break
        x = found
    terms.settled[key] = x
    return x


def _by_patterns(terms: Terms, x: Product) -> Product | None:
    """A product in which two factors, or a power, are what a pattern replaces: `2*sin(x)/cos(x)`."""
    for factor, exponent in x.powers.items():
        if factor.op is SHARED or factor.op is INPUT:
            continue
        if exponent < 0 and factor.op.name in terms.table.quotients:
            found = quotient_paired(terms, x, factor, exponent)
            if found is not None:
                return found
        size = abs(exponent)
        if size == 2 and factor.op.name in terms.table.squared:
            operands: tuple[Product, ...] = (terms.of(factor), terms.number(2.0))
            found = replaced(terms, "pow", operands)
        elif size == 0.5 and factor.op.name in ("total", "sum"):
            found = replaced(terms, "sqrt", (terms.of(factor),))
        elif factor.parts and exponent == int(exponent):
            found, size = sum_paired(terms, factor), size
            if found is not None:
                return instead(terms, x, {factor: exponent}, found, exponent)
            continue
        else:
            continue
        if found is not None and found.shape == factor.shape:
            return instead(terms, x, {factor: exponent}, found, exponent / size)
    return None


def _by_rules(terms: Terms, x: Product) -> Product | None:
    if len(x.powers) < 2 and x.factor is not None:
        return None
    for factor in x.powers:
        for one in OF_FACTOR.get(factor.op.name, ()):
            assert one.function is not None
            found: Product | None = one.function(terms, x, factor)
            if found is not None and found is not x:
                terms.fire(one)
                return found
    return None


def _other(x: Product, *factors: Factor) -> Powers:
    return {one: e for one, e in x.powers.items() if one not in factors}


@rule(
    "collect powers",
    ASSUMING,
    "x*y*x^2",
    "x^3*y",
    "no base is 0, nor below 0 under a root",
    factors=("shared",),
)
def powers_met(terms: Terms, x: Product, factor: Factor) -> Product | None:
    """A shared product, opened where factors meet and the whole becomes no longer, or two signs do."""
    exponent, before = x.powers[factor], x.powers
    if factor.name is not None or not isinstance(factor, Shared):
        return None
    inside = factor.inside
    others = {one: e for one, e in before.items() if one is not factor}
    if exponent % 1:
        times = {others.get(one, 0.0) / e for one, e in inside.powers.items()}
        count = times.pop()
        if count and not times and not count % 1:  # x*y*(x*y)^0.5
            left = {one: e for one, e in others.items() if one not in inside.powers}
            number = x.number / raised(inside.number, count)
            return terms.product(number, {**left, factor: exponent + count})
        before = {**before, factor: float(int(exponent))}  # (x*y)^1.5/x is x*y*(x*y)^0.5/x
        if not before[factor]:
            return None
    for of in ((inside.number, inside.powers), factor.flat):
        is_signed = x.number < 0 and of[0] < 0 and exponent == 1 and len(of[1]) <= 3
        if not is_signed and of[1].keys().isdisjoint(others):
            continue
        number, powers = terms.opened_at(x.number, before, factor, of)
        if powers is before:
            return None
        if exponent % 1:
            powers = merged(powers, {factor: exponent - int(exponent)})
        if (
            is_signed
            or len(powers) <= len(x.powers)
            or (len(powers) <= 5 and not powers.keys() >= of[1].keys() | others.keys())
        ):
            return terms.product(number, powers)
    return None


def _unstretched(terms: Terms, x: Product, factor: Factor) -> Product | None:
    """A product with what is stretched to the shape that the others have anyway."""
    if factor.name is not None:
        return None
    rest = terms.product(x.number, _other(x, factor))
    found = times(terms, rest, factor.args[0], x.powers[factor]) if rest.shape == x.shape else None
    return found if found is not None and found.shape == x.shape else None


STRETCH.function, OF_FACTOR["broadcast"] = _unstretched, [STRETCH]


@rule("sizes and signs", ASSUMING, "sign(x)/abs(x)", "1/x", "x is not 0", factors=("abs", "sign"))
def _signs(terms: Terms, x: Product, factor: Factor) -> Product | None:
    """A product of whole powers of x, abs(x) and sign(x) by its size and its sign."""
    if factor.name is not None:
        return None
    (arg,) = factor.args
    of = arg.factor
    size, sign = (terms.existing(name, (arg,)) for name in ("abs", "sign"))
    found = {one: x.powers[one] for one in (of, size, sign) if one is not None and one in x.powers}
    if any(e % 1 for e in found.values()) or (len(found) < 2 and abs(x.powers[factor]) < 2):
        return None
    degree = sum(e for one, e in found.items() if one is not sign)
    is_odd = sum(e for one, e in found.items() if one is not size) % 2 == 1
    if is_odd == (degree % 2 == 1):
        made = power(terms, arg, degree)
    elif not is_odd:
        made = power(terms, terms.atom(OPS["abs"], (arg,)), degree)
    elif degree > 0:
        made = _product(terms, power(terms, arg, degree - 1), terms.atom(OPS["abs"], (arg,)))
    else:
        made = _product(terms, power(terms, arg, degree), terms.atom(OPS["sign"], (arg,)))
    if made is None or made.powers == found or (not made.powers and is_flat(arg)):
        return None
    return times(terms, terms.product(x.number, _other(x, *found)), made)


def is_flat(x: Product) -> bool:
    """Whether a term may be 0 over a range, as `floor(x)` is; one that is long is not looked at whole."""
    todo = [x]
    for term in todo:
        for factor in term.powers:
            op = factor.op
            if op.name in ZERO or op.level in (OR, AND, NOT, COMPARISON) or len(todo) > LONGEST_CHAIN:
                return True
            todo += [*factor.args, *factor.parts, *([factor.inside] if factor.inside is not None else ())]
    return False


def _product(terms: Terms, x: Product | None, y: Product) -> Product | None:
    return None if x is None else times(terms, x, y)


@rule(
    "powers of a base", ASSUMING, "x^2*x^(y - 1)", "x^(y + 1)", "x > 0, no power overflows", factors=("pow",)
)  # fmt: skip
def _one_power(terms: Terms, x: Product, factor: Factor) -> Product | None:
    """A power with an exponent that is no number, and other powers of its base."""
    base, exponent = factor.args
    total, others = _addends(terms, exponent), dict(x.powers)
    if others.pop(factor) != 1 or factor.name is not None:
        return None
    has_number = terms.one in total
    for other, e in x.powers.items():
        more: dict[Product, float] = {}
        if other is base.factor and e % 1 == 0 and has_number:
            more = {terms.one: e}
        elif other.op is factor.op and other is not factor and other.args[0] is base and other.name is None:
            more = {part: c * e for part, c in _addends(terms, other.args[1]).items()}
        joined = {part: total.get(part, 0.0) + more.get(part, 0.0) for part in {**total, **more}}
        if more and len(joined) <= LONGEST_EXPONENT:
            total = joined
            del others[other]
    if len(others) == len(x.powers) - 1:
        return None
    power = terms.sum(total)
    return times(terms, terms.product(x.number, others), plain(terms, factor.op, (base, power)))


def _addends(terms: Terms, x: Product) -> dict[Product, float]:
    """What a term adds up, though several places use it."""
    factor = x.factor
    return factor.parts if factor is not None and factor.parts and factor.name is None else terms.parts(x)


# Brackets


@rule("cancel a bracket", ASSUMING, "(x^2 - 1)/(x - 1)", "x + 1", "no denominator is 0", factors=("total",))
def cancel(terms: Terms, x: Product, factor: Factor) -> Product | None:
    """A bracket that is a multiple of one it is divided by."""
    exponent = x.powers[factor]
    if exponent < 1 or factor.name is not None or len(x.powers) < 2:
        return None
    for by, e in x.powers.items():
        if e <= -1 and by.parts and by.name is None:
            found = quotient(terms.opened_terms(factor), terms.opened_terms(by))
            if found is not None:
                out = terms.product(x.number, merged(x.powers, {factor: -1.0, by: 1.0}))
                return times(terms, out, terms.sum_of(found))
    return None


@rule(
    "common factor of a bracket", ASSUMING, "3*z*(2*x + 4*y)", "6*z*(x + 2*y)", "no part of it overflows",
    factors=("total",),
)  # fmt: skip
def _taken_out(terms: Terms, x: Product, bracket: Factor) -> Product | None:
    """What goes out of a bracket: a sign and a number that all terms have, the number where there is
    one in front anyway, and denominators: `x^2*(1 + y^2/x^2)`."""
    exponent, powers, coefficients = x.powers[bracket], x.powers, bracket.parts.values()
    if exponent % 1 or abs(exponent) >= MOST or bracket.name is not None or x.factor is not None:
        return None
    common = 1
    if exponent == 1 and x.number not in (1, -1) and all(c % 1 == 0 for c in coefficients):
        common = math.gcd(*map(int, coefficients))
    if all(c < 0 for c in coefficients):
        common = -common
    out: Powers = {}
    if len(powers) > 1:
        low = lowest(terms.opened_terms(bracket))
        out = {b: e for b, e in low.items() if e < 0 and b in powers}
        out = {b: e for b, e in out.items() if abs(powers[b] + e * exponent) <= abs(powers[b])}
        for b in low if exponent == 1 else ():  # sin(x)*(y/cos(x) + z/cos(x)^2)
            sin = terms.existing("sin", b.args) if b.op.name == "cos" and low[b] < 0 else None
            if sin in powers and all(p.get(b, 0.0) < 0 for _, p in terms.opened_terms(bracket)):
                out[b] = -1.0
        if not out and _cleared(terms, low, bracket) in powers:
            out = {b: e for b, e in low.items() if e < 0}
    if common == 1 and not out:
        return None
    parts = [(c / common, merged(p, out, -1.0)) for c, p in terms.opened_terms(bracket)]
    inner = terms.sum_of(parts, bracket.is_met)
    size = x.number * raised(float(common), exponent)
    if size - size != 0 or size == 0:
        return None
    rest = terms.product(size, merged(_other(x, bracket), out, exponent))
    return times(terms, rest, inner, exponent)


@rule(
    "content of a bracket", ASSUMING, "z*(6*x^2 + 6*x)", "6*z*x*(x + 1)", "no part of it overflows",
    factors=("total",),
)  # fmt: skip
def _content(terms: Terms, x: Product, bracket: Factor) -> Product | None:
    """What all terms of a bracket have, numbers too, where the whole is shorter without it there."""
    if x.powers[bracket] != 1 or bracket.name is not None or bracket.share:
        return None
    if all(one is bracket or one.op is GIVEN for one in x.powers) and x.number in (1, -1):
        return None
    parts = terms.opened_terms(bracket)
    if any(one.op is GIVEN for _, powers in parts for one in powers):  # where(x > 0, 2, -2)
        return None
    number = content([c for c, _ in parts])
    low = {b: e for b, e in lowest(parts).items() if e > 0 and not b.parts}
    for common, out in ((number, low), (number, {}), (1.0, low)):
        if common == 1 and not out:
            continue
        inner = terms.sum_of([(c / common, merged(p, out, -1.0)) for c, p in parts], bracket.is_met)
        rest = terms.product(x.number * common, merged(_other(x, bracket), out))
        found = times(terms, rest, inner)
        is_plain = common == number != 1 and all(abs(c) == number for c, _ in parts)
        saved = _cost(terms, x) - _cost(terms, found or x)
        if found is not None and (saved > 0 or (saved == 0 and is_plain)):
            return found
    return None


def _cost(terms: Terms, x: Product) -> float:
    return cost_of(terms, x.number, x.powers)


@rule("multiply out a bracket", ASSUMING, "2*x*(1 + 4/x^4)", "2*x + 8/x^3", "x is not 0", factors=("total",))
def _distributed(terms: Terms, x: Product, bracket: Factor) -> Product | None:
    """A bracket in which denominators meet what it is multiplied by, where the sum is no longer."""
    if x.powers[bracket] != 1 or bracket.name is not None or x.factor is not None:
        return None
    parts = terms.opened_terms(bracket)
    rest = merged(x.powers, {bracket: 1.0}, -1.0)
    if len(parts) > MOST or not any(e < 0 and rest.get(b, 0.0) > 0 for _, p in parts for b, e in p.items()):
        return None
    found = [(x.number * c, merged(rest, powers)) for c, powers in parts]
    if sum(cost_of(terms, c, powers) for c, powers in found) > cost_of(terms, x.number, x.powers):
        return None
    return terms.sum_of(found, bracket.is_met)


def _cleared(terms: Terms, low: Powers, bracket: Factor) -> Factor | None:
    """The bracket without its denominators."""
    out = {factor: e for factor, e in low.items() if e < 0}
    if not out:
        return None
    parts = [(c, merged(p, out, -1.0)) for c, p in terms.opened_terms(bracket)]
    return terms.sum_of(parts, bracket.is_met).factor
