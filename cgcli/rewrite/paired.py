"""Patterns of the table whose root is a sum or a product, among the terms and factors of one."""

from __future__ import annotations

from cgcli.annotations import Any
from cgcli.ops import OPS
from cgcli.rewrite.algebra import plain, plus, scaled, times
from cgcli.rewrite.factors import DIV, Factor, Product
from cgcli.rewrite.match import Pattern, match
from cgcli.rewrite.terms import Terms, merged


def quotient_paired(terms: Terms, x: Product, below: Factor, exponent: float) -> Product | None:
    """A product in which a factor, or 1, is divided by another as in a pattern."""
    for name, pattern in terms.table.quotients.get(below.op.name, ()):
        for above, e in x.powers.items():
            count = min(e, -exponent)
            if name and (above.op.name != name or count < 1 or count % 1):
                continue
            count = count if name else -exponent
            top = terms.of(above) if name else terms.one
            bound = match(terms, pattern, DIV, (top, terms.of(below)))
            if bound is not None and not count % 1:
                found = _made(terms, pattern, bound)
                out = {above: count, below: -count} if name else {below: -count}
                return instead(terms, x, out, found, count)
            if not name:
                break
    return None


def sum_paired(terms: Terms, factor: Factor) -> Product | None:
    """What replaces a sum of two terms, or its number and a term: `exp(x) - 1`."""
    parts = factor.parts
    one = terms.one if terms.one in parts else next(iter(parts))
    if factor.name is not None or (len(parts) != 2 and one is not terms.one):
        return None
    c = parts[one]
    for other, d in parts.items():
        if other is one or abs(c) != abs(d) or not terms.table.could_add(terms, one, other):
            continue
        orders = ((one, other, c), (other, one, d))
        for first, second, sign in orders[:1] if c == d else orders:
            found = replaced(terms, "add" if c == d else "sub", (first, second))
            if found is None or found.shape != factor.shape:
                continue
            if sign < 0 and found.factor is not None and found.factor.parts:
                continue  # a sum the other way round would take a sign before every term
            rest = {part: e for part, e in parts.items() if part not in (one, other)}
            found = scaled(terms, found, sign)
            return plus(terms, terms.sum(rest), found) if rest else found
    return None


def replaced(terms: Terms, root: str, args: tuple[Product, ...]) -> Product | None:
    """What a pattern makes of an operation, as it is."""
    for pattern in terms.table.candidates(terms, root, args):
        bound = match(terms, pattern, OPS[root], args)
        if bound is not None:
            return _made(terms, pattern, bound)
    return None


def _made(terms: Terms, pattern: Pattern, bound: dict[str, Product]) -> Product:
    """What a pattern says to make, as it is."""
    terms.fire(pattern.rule)
    steps, made = pattern.after(terms.number, bound)
    for one in steps:
        if one not in made:
            made[one] = plain(terms, one.op, tuple([made[arg] for arg in one.args]), one.attributes)
    found: Product = made[steps[-1]]
    return found


def instead(terms: Terms, x: Product, out: Any, found: Product, exponent: float) -> Product | None:
    """A product with a power of something else in the place of some factors."""
    rest = terms.product(x.number, merged(x.powers, out, -1.0))
    return times(terms, rest, found, exponent)
