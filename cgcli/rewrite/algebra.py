"""The algebra of terms: sums, products and powers of them, as they are. Rules come on top of it."""

from __future__ import annotations

from math import isfinite

from cgcli.annotations import Any, Mapping
from cgcli.ops import CONSTANT, OPS
from cgcli.ops.entry import Op
from cgcli.rewrite.factors import (
    ADD,
    AND,
    DIV,
    GIVEN,
    MOST,
    MUL,
    NEG,
    NOT,
    OR,
    POW,
    SQRT,
    SUB,
    WHERE,
    Factor,
    Powers,
    Product,
)  # fmt: skip
from cgcli.rewrite.numbers import snapped
from cgcli.rewrite.terms import Terms, merged, raised

# A condition of more parts is a whole: text grows with the graph.
FEW = 4

ABS = OPS["abs"]

# Functions that are above 0 wherever they are finite.
POSITIVE = {"exp", "cosh", "sigmoid", "softmax", "softplus", "exp2"}


def is_positive(factor: Factor) -> bool:
    if factor.op is CONSTANT:
        return bool(factor.attributes > 0)
    return factor.op.name in POSITIVE


def is_short(number: float) -> bool:
    return number == int(number) or len(repr(number)) <= 6


def negated(terms: Terms, condition: Product) -> Product:
    factor = condition.factor
    return factor.args[0] if factor is not None and factor.op is NOT else terms.atom(NOT, (condition,))


def masked(terms: Terms, conditions: Product, x: Product) -> Product | None:
    """A term where a condition holds, and an exact 0 elsewhere; each part of the condition is a factor,
    where these are few. None where it would have too many factors."""
    powers: Powers = {}  # from the outermost condition in
    todo = [conditions]
    while todo:
        one = todo.pop()
        factor = one.factor
        of = factor.args[0].factor if factor is not None and factor.op is NOT else None
        if len(powers) + len(todo) > FEW:
            powers = {terms.given(conditions): 1.0}
            break
        if factor is not None and factor.op is AND:
            todo += reversed(factor.args)
        elif of is not None and of.op is OR:
            todo += [negated(terms, other) for other in reversed(of.args)]
        elif terms.given(negated(terms, one)) in x.powers:
            return terms.zero
        else:
            powers[terms.given(one)] = 1.0
    found = {**powers, **x.powers}
    return terms.product(x.number, found) if len(found) <= MOST else None


def choice(terms: Terms, number: float, powers: Powers) -> Product:
    """A masked product as what is chosen where all its conditions hold, and 0."""
    conditions = [one.args[0] for one in powers if one.op is GIVEN]
    rest = terms.product(number, {one: e for one, e in powers.items() if one.op is not GIVEN})
    denied = [one for one in conditions if (factor := one.factor) is not None and factor.op is NOT]
    if len(denied) == len(conditions):
        return terms.atom(
            WHERE, (_joined(terms, OR, [negated(terms, one) for one in denied]), terms.zero, rest)
        )
    for place, one in enumerate(conditions):
        factor = negated(terms, one).factor if one in denied else None
        if factor is not None and factor.op.name == "eq":
            conditions[place] = terms.atom(OPS["ne"], factor.args)
    return terms.atom(WHERE, (_joined(terms, AND, conditions), rest, terms.zero))


def _joined(terms: Terms, op: Op, conditions: list[Product]) -> Product:
    found = conditions[0]
    for other in conditions[1:]:
        found = terms.atom(op, (found, other))
    return found


def scaled(terms: Terms, x: Product, number: float) -> Product:
    """A multiple of a term; that of a sum with -1 is a sum."""
    factor = x.factor
    if number == -1 and factor is not None and factor.parts and not factor.share:
        return terms.sum({part: -c for part, c in factor.parts.items()}, factor.is_met)
    return terms.product(x.number * number, x.powers)


def plus(terms: Terms, x: Product, y: Product, sign: float = 1.0) -> Product:
    total = dict(terms.parts(x))
    for part, c in terms.parts(y).items():
        total[part] = total.get(part, 0.0) + sign * c
    return terms.sum(total)


def times(terms: Terms, x: Product, y: Product, exponent: float = 1.0) -> Product | None:
    """A product with a power of another; None where a number leaves the range of numbers."""
    y = unmasked(terms, y, exponent)
    number = x.number * raised(y.number, exponent)
    if not isfinite(number) or (number == 0 and x.number and y.number):
        return None
    if x.number != 1 != y.number:
        number = snapped(number)
    return terms.product(number, merged(x.powers, y.powers, exponent))


def power(terms: Terms, x: Product, exponent: float) -> Product | None:
    """A power; of what has a root, all that is not sure to be above 0 stays under it."""
    if exponent % 1:
        return _root(terms, x, exponent)
    base = unmasked(terms, x if exponent % 2 else _without_sizes(terms, x), exponent)
    number = raised(base.number, exponent)
    if number % 1:
        number = snapped(number)
    if not isfinite(number) or (number == 0 and x.number):
        return None
    return terms.product(number, merged({}, base.powers, exponent))


def _without_sizes(terms: Terms, x: Product) -> Product:
    """What has the same even powers: x for abs(x)."""
    for factor, e in x.powers.items():
        if factor.op is ABS and factor.name is None and not e % 1:
            rest = terms.product(x.number, {one: n for one, n in x.powers.items() if one is not factor})
            x = times(terms, rest, factor.args[0], e) or x
    return x


def unmasked(terms: Terms, x: Product, exponent: float) -> Product:
    """What is divided by, as an atom where it is masked: there it is divided by 0."""
    return terms.shared(x) if exponent < 0 and any(f.op is GIVEN for f in x.powers) else x


def _root(terms: Terms, x: Product, exponent: float) -> Product | None:
    out: Powers = {}
    left: Powers = {}
    is_single = len(x.powers) == 1 and x.number == 1
    all_positive = all(map(is_positive, x.powers))
    for factor, e in unmasked(terms, x, exponent).powers.items():
        total = snapped(e * exponent)
        if factor.op is GIVEN:
            out[factor] = 1.0
        elif all_positive or (total * 12 % 1 == 0 and (e % 1 or (e % 2 and total % 1 and is_single))):
            out[factor] = total
        elif e % 2 == 0 and total % 1 == 0 and len(x.powers) == 1 and (total % 2 == 0 or total == 1):
            (of,) = (factor,) if total % 2 == 0 else terms.atom(OPS["abs"], (terms.of(factor),)).powers
            out[of] = total
        else:
            left[factor] = e
    number, size = x.number, 1.0
    if number > 0:
        root = snapped(raised(number, exponent))
        if abs(snapped(raised(root, 1 / exponent)) - number) <= 4e-16 * number and is_short(root):
            number, size = 1.0, root
    if left:
        out = merged(out, terms.shared(terms.product(number, left)).powers, exponent)
    elif number != 1:
        is_inverse = 0 < number < 1 and 1 / number % 1 == 0
        (one, e) = (terms.fixed(1 / number), -exponent) if is_inverse else (terms.fixed(number), exponent)
        out = merged(out, {one: e})
    return terms.product(size, out) if isfinite(size) else None


def plain(
    terms: Terms, op: Op, args: tuple[Product, ...], attributes: Mapping[str, Any] | None = None
) -> Product:
    """An operation in this algebra, and an atom where it is no part of that."""
    found: Product | None = None
    if op is ADD or op is SUB:
        found = plus(terms, args[0], args[1], 1.0 if op is ADD else -1.0)
    elif op is NEG:
        found = scaled(terms, args[0], -1.0)
    elif op is MUL:
        found = times(terms, args[0], args[1])
    elif op is DIV and args[1].number:
        found = times(terms, args[0], args[1], -1.0)
    elif op is SQRT:
        found = power(terms, args[0], 0.5)
    elif op is POW and not args[1].powers and args[1].number:
        found = power(terms, args[0], args[1].number)
    return terms.atom(op, args, attributes) if found is None else found
