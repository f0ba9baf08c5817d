"""Where the left side of a pattern of the table stands in terms, among the terms of a sum and the factors
of a product too, and what is made in its place."""

from __future__ import annotations

from cgcli.annotations import Any
from cgcli.ops import CONSTANT, INPUT, OPS, Op
from cgcli.rewrite.algebra import plain, plus, scaled, times
from cgcli.rewrite.factors import ADD, DIV, MUL, NEG, POW, SQRT, SUB, TOTAL, Factor, Product
from cgcli.rewrite.patterns import Pattern, Step
from cgcli.rewrite.terms import Terms, merged

COMMUTATIVE = {"add", "mul", "eq", "ne", "and_", "or_", "min", "max"}

# The number of axes of what a letter stands for, where that matters.
RANKS = {"v": 1, "b": 1, "A": 2, "B": 2}


def candidates(terms: Terms, name: str, args: tuple[Product, ...]) -> list[Pattern]:
    """The patterns that could fit operands of these kinds; found once for every combination."""
    kinds = tuple([arg.kind or _kind_of(terms, arg) for arg in args])
    twice = args[0] is args[-1] if len(args) == 2 else len(set(args)) < len(args)
    table = terms.table
    found: list[Pattern] | None = table.fitting.get((name, kinds, twice))
    if found is None:
        found = [pattern for pattern in table.by_root[name] if pattern.could_fit(kinds, twice)]
        table.fitting[name, kinds, twice] = found
    return found


def _could_add(terms: Terms, x: Product, y: Product) -> bool:
    """Whether the sum of two terms, or their difference, could be that of a pattern."""
    return any((one.kind or _kind_of(terms, one)) in terms.table.addends for one in (x, y))


def _kind_of(terms: Terms, x: Product) -> str:
    """The name of the operation that `look` finds; of a number that a pattern has, its digits."""
    factor, of = x.factor, x
    if factor is not None and factor.inside is not None:
        of, factor = factor.inside, None
    exponents = of.powers.values()
    if factor is not None and factor.op is TOTAL:
        one, parts = terms.one, factor.parts
        c = parts[one] if one in parts else next(reversed(parts.values()))
        is_less = c < 0 or (len(parts) == 2 and one in parts and min(parts.values()) < 0)
        x.kind = "sub" if is_less else "add"
    elif factor is not None and factor.op is not CONSTANT:
        x.kind = factor.op.name
    elif factor is not None or not exponents:
        digits = float(of.number if factor is None else factor.attributes).hex()
        x.kind = digits if digits in terms.table.numbers else CONSTANT.name
    elif of.number < 0:
        x.kind = "neg"
    elif min(exponents) < 0:
        x.kind = "div"
    elif of.number != 1 or len(exponents) > 1:
        x.kind = "mul"
    else:
        x.kind = "sqrt" if 0.5 in exponents else "pow"
    return x.kind


def look(terms: Terms, x: Product) -> tuple[Op, tuple[Product, ...], Any]:
    """A term as an operation on others, of several factors, or terms, the last against the rest; and its
    attributes."""
    if x.look is None:
        x.look = _look(terms, x)
    return x.look


def _look(terms: Terms, x: Product) -> tuple[Op, tuple[Product, ...], Any]:
    factor = x.factor
    if factor is not None and factor.inside is not None:
        x, factor = factor.inside, None
    number, powers = x.number, x.powers
    if factor is not None:
        if factor.op is not TOTAL:
            return factor.op, factor.args, factor.attributes
        one, parts = terms.one, factor.parts
        last, c = (one, parts[one]) if one in parts else next(reversed(parts.items()))
        rest = terms.sum({part: number for part, number in parts.items() if part is not last})
        end = terms.product(abs(c), last.powers)
        if c > 0:
            is_less = last is one and rest.number < 0
            return (SUB, (end, scaled(terms, rest, -1.0)), {}) if is_less else (ADD, (rest, end), {})
        return SUB, (rest, end), {}
    if not powers:
        return CONSTANT, (), number
    if number < 0:
        return NEG, (terms.product(-number, powers),), {}
    below = {one: -e for one, e in powers.items() if e < 0}
    if below:
        above = {one: e for one, e in powers.items() if e > 0}
        return DIV, (terms.product(number, above), terms.product(1.0, below)), {}
    if number != 1:
        return MUL, (terms.number(number), terms.product(1.0, powers)), {}
    (power, e), *others = reversed(powers.items())
    if others:
        return MUL, (terms.product(1.0, dict(reversed(others))), terms.of(power, e)), {}
    return (SQRT, (terms.of(power),), {}) if e == 0.5 else (POW, (terms.of(power), terms.number(e)), {})


def match(terms: Terms, pattern: Pattern, op: Op, args: tuple[Product, ...]) -> dict[str, Product] | None:
    """What the letters of a pattern stand for in an operation on terms, or None.

    Operands of a commutative operation are tried both ways."""
    states: list[tuple[list[tuple[Step, Product]], dict[str, Product]]] = []
    wanted = pattern.before.args
    for order in reversed(_orders(op, args)):  # as it is written comes first
        if len(order) == len(wanted):
            states.append((list(zip(wanted, order)), {}))
    while states:
        todo, bound = states.pop()
        while todo:
            one, x = todo.pop()
            if one.op is INPUT:
                if bound.setdefault(one.attributes, x) is not x:
                    break
                continue
            op, operands, attributes = x.look or look(terms, x)
            if op is not one.op:
                break
            if op is CONSTANT:
                if (x.factor.name if x.factor is not None else None) != one.name:
                    break
                if float(attributes).hex() != float(one.attributes).hex():
                    break
                continue
            if attributes or len(operands) != len(one.args):
                break
            first, *others = _orders(op, operands)
            for other in others:
                states.append(([*todo, *zip(one.args, other)], dict(bound)))
            todo.extend(zip(one.args, first))
        else:
            if all(RANKS.get(letter) in (None, _rank(x)) for letter, x in bound.items()):
                return bound
    return None


def _orders(op: Op, args: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    return [args, args[::-1]] if len(args) == 2 and op.name in COMMUTATIVE else [args]


def _rank(x: Product) -> int:
    return -1 if x.shape is None else len(x.shape)


# Among the terms of a sum, and the factors of a product


def quotient_paired(terms: Terms, x: Product, below: Factor, exponent: float) -> Product | None:
    """A product in which a factor, or 1, is divided by another as in a pattern."""
    if below.parts and not (len(below.parts) == 2 and _could_add(terms, *below.parts)):
        return None
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
        if other is one or abs(c) != abs(d) or not _could_add(terms, one, other):
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
    for pattern in candidates(terms, root, args):
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
