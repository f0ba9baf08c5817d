"""What functions are to each other, in the terms of a sum: sine and cosine, sigmoid and its complement."""

from __future__ import annotations

from cgcli.annotations import Any
from cgcli.rewrite.factors import Factor, Part, Powers, Product
from cgcli.rewrite.pairs import CIRCLES, are_opposite
from cgcli.rewrite.rules import ROUNDING, known
from cgcli.rewrite.terms import Terms, merged

# f and g, with f(x)^2 = first + second*g(x)^2.
SQUARES = {
    f: square
    for cosine, (sine, *_, sign) in CIRCLES.items()
    for f, square in ((cosine, (sine, 1.0, sign)), (sine, (cosine, -sign, sign)))
}

# Functions of which two in a sum can go with each other.
PAIRED = {*SQUARES, "sigmoid", "tan", "pow", "exp", "norm_pdf"}


# The coefficients of (1 + x)^n.
BINOMIALS = [(1,), (1, 1), (1, 2, 1), (1, 3, 3, 1)]


def has_pairs(terms: Terms, x: Product) -> bool:
    """Whether a term of a sum has one of `PAIRED`."""
    known = terms.pairs.get(x)
    if known is None:
        factor = x.factor
        is_sum = factor is not None and factor.parts
        parts = terms.opened_terms(factor) if factor is not None and is_sum else [terms.opened(x)]
        known = any(one.op.name in PAIRED for _, powers in parts for one in powers)
        terms.pairs[x] = known
    return known


PYTHAGORAS = known("Pythagoras", ROUNDING, "y*sin(x)^2 + y*cos(x)^2", "y")


def pythagoras(terms: Terms, parts: list[Part]) -> list[Part] | None:
    """The terms of a sum with squares of a sine and its cosine put together where that
    leaves fewer; None where it does not."""
    if not any(e >= 2 and factor.op.name in SQUARES for _, powers in parts for factor, e in powers.items()):
        return None
    found: dict[Any, Part] = {frozenset(powers.items()): (c, powers) for c, powers in parts}
    met = False
    todo = list(found)
    while todo:
        key = todo.pop()
        if key not in found:
            continue
        c, powers = found[key]
        for factor, e in powers.items():
            identity = SQUARES.get(factor.op.name) if e >= 2 else None
            other = identity and terms.existing(identity[0], factor.args)
            if not identity or not other:
                continue
            rest = merged(powers, {factor: -2.0})
            with_other = merged(rest, {other: 2.0})
            pair = frozenset(rest.items()), frozenset(with_other.items())
            # c*(first + second*g^2)*rest, of which one term goes with one that is there
            if pair[1] in found and found[pair[1]][0] == -c * identity[2]:
                kept, left, number = pair[0], rest, c * identity[1]
                del found[pair[1]]
            elif pair[0] in found and found[pair[0]][0] == -c * identity[1]:
                kept, left, number = pair[1], with_other, c * identity[2]
                del found[pair[0]]
            else:
                continue
            del found[key]
            number += found.pop(kept)[0] if kept in found else 0.0
            if number != 0:
                found[kept] = number, left
                todo.append(kept)
            met = True
            break
    if met:
        terms.fire(PYTHAGORAS)
    return list(found.values()) if met else None


COMPLEMENT = known("complement", ROUNDING, "(1 - y)*sigmoid(x) - y*sigmoid(-x)", "sigmoid(x) - y")


def complemented(terms: Terms, parts: list[Part]) -> list[list[Part]]:
    """The terms with 1 - sigmoid(x) for sigmoid(-x) multiplied out, both ways round."""
    found = list(dict.fromkeys(f for _, powers in parts for f in powers if f.op.name == "sigmoid"))
    pairs = [(one, other) for one in found for other in found if one is not other]
    pairs = [pair for pair in pairs if are_opposite(terms, *pair)]
    if pairs:
        terms.fire(COMPLEMENT)
    return [[part for term in parts for part in _without(*term, other, one)] for one, other in pairs]


TANGENTS = known("tangents", ROUNDING, "exp(y)*tan(x)^2 + exp(y)/cos(x)^2", "(2*tan(x)^2 + 1)*exp(y)")


def tangents(terms: Terms, parts: list[Part]) -> list[Part] | None:
    """The terms with 1 + tan(x)^2 for 1/cos(x)^2, where some of them have tan(x), but for what all share."""
    found = dict.fromkeys(f for _, powers in parts for f in powers if f.op.name in ("tan", "cos"))
    for cos in found:
        tan = terms.existing("tan", cos.args) if cos.op.name == "cos" else None
        exponents = [powers.get(cos, 0.0) for _, powers in parts]
        shared = max(exponents)
        counts = [(shared - e) / 2 for e in exponents]
        if tan in found and tan is not None and 0 < max(counts) <= 3 and not any(n % 1 for n in counts):
            terms.fire(TANGENTS)
            return [
                (c * binomial, merged(powers, {cos: 2 * n, tan: 2.0 * k}))
                for (c, powers), n in zip(parts, counts)
                for k, binomial in enumerate(BINOMIALS[int(n)])
            ]
    return None


def _without(c: float, powers: Powers, sigmoid: Factor, other: Factor) -> list[Part]:
    exponent = powers.get(sigmoid, 0.0)
    if exponent not in (1, 2, 3):
        return [(c, powers)]
    rest = merged(powers, {sigmoid: -exponent})
    binomials = enumerate(BINOMIALS[int(exponent)])
    return [(c * (-1) ** k * number, merged(rest, {other: float(k)})) for k, number in binomials]
