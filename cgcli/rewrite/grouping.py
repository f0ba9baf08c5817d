"""Sums at last, when all their terms are known: factors taken out of some of them, and double angles."""

from __future__ import annotations

from cgcli.annotations import Callable, Sequence
from cgcli.ops import OPS
from cgcli.rewrite.algebra import negated, scaled, times
from cgcli.rewrite.factors import GIVEN, NOT, SHARED, WHERE, Factor, Powers, Product
from cgcli.rewrite.pairs import CIRCLES
from cgcli.rewrite.rules import ASSUMING, ROUNDING, known
from cgcli.rewrite.terms import Terms, merged

Parts = dict[Product, float]

DOUBLE = known("double angle", ROUNDING, "cos(x)^2 - sin(x)^2", "cos(2*x)")
PRODUCT = known("double angle", ROUNDING, "2*sin(x)*cos(x)", "sin(2*x)")
COTANGENT = known("cotangent", ROUNDING, "cos(x)/sin(x)", "cot(x)")


def double_angle(terms: Terms, parts: Parts) -> Parts | None:
    for part, c in parts.items():
        for factor, e in part.powers.items():
            if factor.op.name not in CIRCLES or e != 2:
                continue
            name, _, _, sign = CIRCLES[factor.op.name]
            sine = terms.existing(name, factor.args)
            if sine is None:
                continue
            rest = merged(part.powers, {factor: -2.0})
            other = terms.product(1.0, {**rest, sine: 2.0})
            if parts.get(other) == sign * c:
                double = terms.atom(factor.op, (scaled(terms, factor.args[0], 2.0),))
                made = times(terms, terms.product(1.0, rest), double)
                if made is not None:
                    return _replaced(terms, parts, [part, other], c, made)
    return None


def at_angles(terms: Terms, number: float, powers: Powers, cosines: Sequence[Factor]) -> tuple[float, Powers]:
    """A product with the sine of the double angle, or a cotangent, for a sine and one of the cosines."""
    for cosine in cosines:
        name, _, quotient, _ = CIRCLES[cosine.op.name]
        sine, e = terms.existing(name, cosine.args), powers[cosine]
        if sine is None or sine.name or cosine.name or abs(powers.get(sine, 0.0)) != 1:
            continue
        if powers[sine] == e:
            terms.fire(PRODUCT)
            made = terms.atom(sine.op, (scaled(terms, cosine.args[0], 2.0),)).factor
            number *= 0.5**e
        elif e > 0:
            terms.fire(COTANGENT)
            made = terms.atom(OPS[quotient], cosine.args).factor
        else:
            continue
        assert made is not None
        powers = merged(merged(powers, {cosine: -e, sine: -powers[sine]}), {made: e})
    return number, powers


def _replaced(terms: Terms, parts: Parts, gone: list[Product], number: float, made: Product) -> Parts | None:
    """The terms with `number*made` for some of them, in the place of the first. None where nothing is left
    of arrays."""
    whole = terms.product(1.0, made.powers)
    found: Parts = {}
    for one, n in parts.items():
        if one is gone[0]:
            one, n = whole, number * made.number
        elif one in gone:
            continue
        found[one] = found.get(one, 0.0) + n
        if found[one] == 0:
            del found[one]
    if found:
        return found
    return None if whole.shape else {terms.product(1.0, {}): 0.0}


SOME = known(
    "common factor of some",
    ASSUMING,
    "x*sin(y) + w + z*sin(y)",
    "(x + z)*sin(y) + w",
    "no part of it overflows",
)


def grouped(terms: Terms, parts: Parts) -> Parts | None:
    """Terms of three or more that share a function, or a bracket, as one."""
    if len(parts) < 3:
        return None
    where: dict[tuple[Factor, float], list[Product]] = {}
    for part in parts:
        for factor, e in part.powers.items():
            if factor.rank > 1 and factor.op not in (SHARED,):
                where.setdefault((factor, e), []).append(part)
    found = max(where.values(), key=len, default=[])
    if len(found) < 2:
        return None
    first, *others = found
    shared: Powers = {b: e for b, e in first.powers.items() if all(one.powers.get(b) == e for one in others)}
    sign = -1.0 if all(parts[one] < 0 for one in found) else 1.0
    inner = terms.sum_of(
        [(sign * parts[one], merged(one.powers, shared, -1.0)) for one in found], is_met=False
    )
    made = times(terms, terms.product(sign, shared), inner)
    if made is None or not made.powers:
        return None
    return _replaced(terms, parts, found, 1.0, made)


ONE = known("one choice", ROUNDING, "where(c, x, 0) + where(not c, y, 0)", "where(c, x, y)")
UNTIED = known(
    "no ties", ASSUMING, "where(x > y, z, 0) + where(x < y, w, 0)", "where(x > y, z, w)",
    "x is not y, nor one of them nan",
)  # fmt: skip


def chosen(terms: Terms, parts: Parts) -> Parts | None:
    """Two terms that are masked by a condition and by what it denies."""
    return _one_choice(terms, parts, negated)


def untied(terms: Terms, parts: Parts) -> Parts | None:
    """Two terms that rules have masked by `x > y` and by `x < y`."""
    return _one_choice(terms, parts, _other_side)


def _other_side(terms: Terms, condition: Product) -> Product | None:
    """`x < y` for `x > y`, and the denial of the one for that of the other, where nobody wrote either."""
    factor = condition.factor
    if factor is None:
        return None
    is_denied = factor.op is NOT
    inner = factor.args[0].factor if is_denied else factor
    swapped = inner and {"gt": "lt", "lt": "gt"}.get(inner.op.name)
    other = terms.existing(swapped, inner.args) if inner and swapped else None
    if inner is None or other is None or not (inner.is_derived and other.is_derived):
        return None
    found = terms.of(other)
    return negated(terms, found) if is_denied else found


def _one_choice(
    terms: Terms, parts: Parts, opposite_of: Callable[[Terms, Product], Product | None]
) -> Parts | None:
    for part, c in parts.items():
        conditions = [factor for factor in part.powers if factor.op is GIVEN]
        if len(conditions) != 1:
            continue
        (condition,) = conditions[0].args
        denied = opposite_of(terms, condition)
        if denied is None:
            continue
        opposite = terms.given(denied)
        for other, d in parts.items():
            if opposite in other.powers:
                x = terms.product(c, merged(part.powers, {conditions[0]: -1.0}))
                y = terms.product(d, merged(other.powers, {opposite: -1.0}))
                if condition.factor is not None and condition.factor.op is NOT:
                    condition, x, y = negated(terms, condition), y, x
                made = x
                if x is not y or part.shape is None:
                    made = terms.atom(WHERE, (condition, x, y))
                elif x.shape != part.shape:
                    made = terms.atom(OPS["broadcast"], (x,), {"shape": part.shape})
                return _replaced(terms, parts, [part, other], 1.0, made)
    return None


def shortened(terms: Terms, parts: Parts) -> Parts:
    """The terms of a sum that is derived as they are written."""
    for row, one in ((DOUBLE, double_angle), (SOME, grouped), (ONE, chosen), (UNTIED, untied)):
        while (found := one(terms, parts)) is not None:
            terms.fire(row)
            parts = found
    return parts
