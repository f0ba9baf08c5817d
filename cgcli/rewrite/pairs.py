"""Functions that go with each other in a product: of the same argument, or of opposite ones."""

from __future__ import annotations

from cgcli.ops import OPS
from cgcli.rewrite.algebra import plain, power, scaled, times
from cgcli.rewrite.factors import ADD, SUB, Factor, Part, Powers, Product
from cgcli.rewrite.guards import RECTIFIED
from cgcli.rewrite.rules import ASSUMING, ROUNDING, rule
from cgcli.rewrite.terms import Terms, merged, raised

# A cosine, its sine, their tangent and cotangent, and s in cos(x)^2 = 1 + s*sin(x)^2.
CIRCLES = {"cos": ("sin", "tan", "cot", -1.0), "cosh": ("sinh", "tanh", "coth", 1.0)}
COSINES = {tangent: cosine for cosine, (_, tangent, _, _) in CIRCLES.items()}


def are_opposite(terms: Terms, one: Factor, other: Factor) -> bool:
    """Whether two functions are of x and of -x."""
    return scaled(terms, one.args[0], -1.0) is other.args[0] or one.args[0] is scaled(
        terms, other.args[0], -1.0
    )


def _opposite(terms: Terms, x: Product, name: str, factor: Factor) -> Factor | None:
    """The factor that is a function of the opposite of what another one is of."""
    for one in x.powers:
        if one.op.name == name and one is not factor and are_opposite(terms, one, factor):
            return one
    return None


def _both(x: Product, one: Factor | None, other: Factor) -> float:
    """So often two factors are there together, above the fraction line, or, below 0, under it."""
    e, f = x.powers.get(one, 0.0) if one is not None else 0.0, x.powers[other]
    return (min(e, f) if e > 0 else max(e, f)) if e * f > 0 else 0.0


def _united(
    terms: Terms, x: Product, one: Factor, other: Factor, count: float, made: Product
) -> Product | None:
    """A product with something else for two of its factors."""
    rest = terms.product(x.number, merged(x.powers, {one: -count, other: -count}))
    return times(terms, rest, made, count)


@rule("stable sigmoid", ROUNDING, "exp(x)*sigmoid(-x)", "sigmoid(x)", factors=("sigmoid",))
def _sigmoid(terms: Terms, x: Product, factor: Factor) -> Product | None:
    """exp(x)*sigmoid(-x), which does not overflow as sigmoid(x)."""
    exp = _opposite(terms, x, "exp", factor)
    count = _both(x, exp, factor)
    if exp is None or count <= 0:
        return None
    return _united(terms, x, exp, factor, count, terms.atom(factor.op, exp.args))


@rule("stable tanh", ROUNDING, "expm1(x)*sigmoid(-x)", "tanh(x/2)", factors=("expm1",))
def _tanh(terms: Terms, x: Product, factor: Factor) -> Product | None:
    sigmoid = _opposite(terms, x, "sigmoid", factor)
    count = _both(x, sigmoid, factor)
    if sigmoid is None or count <= 0:
        return None
    half = scaled(terms, factor.args[0], 0.5)
    return _united(terms, x, factor, sigmoid, count, terms.atom(OPS["tanh"], (half,)))


@rule("tangent", ROUNDING, "tan(x)*cos(x)", "sin(x)", factors=tuple(COSINES))
def _sine(terms: Terms, x: Product, factor: Factor) -> Product | None:
    cosine = COSINES[factor.op.name]
    other = terms.existing(cosine, factor.args)
    count = _both(x, other, factor)
    if other is None or not count or count % 1:  # under a root each has its sign
        return None
    return _united(terms, x, factor, other, count, terms.atom(OPS[CIRCLES[cosine][0]], factor.args))


@rule("inverse exponentials", ASSUMING, "exp(x)*exp(-x)", "1", "neither overflows", factors=("exp",))
def _inverses(terms: Terms, x: Product, factor: Factor) -> Product | None:
    other = _opposite(terms, x, "exp", factor)
    count = _both(x, other, factor)
    return _united(terms, x, factor, other, count, terms.one) if other is not None and count else None


@rule(
    "exponentials of opposites", ASSUMING, "exp(-x)/expm1(-x)", "-1/expm1(x)", "neither overflows",
    factors=("expm1",),
)  # fmt: skip
def _turned(terms: Terms, x: Product, factor: Factor) -> Product | None:
    """expm1(-x), which is -expm1(x)*exp(-x), where exp(-x) becomes no longer by that."""
    (of,) = factor.args
    exp, e = terms.existing("exp", factor.args), x.powers[factor]
    if of.number >= 0 or exp not in x.powers or exp is None or e % 1:
        return None
    left = x.powers[exp] + e
    if abs(left) > abs(x.powers[exp]) or factor.name is not None:
        return None
    turned = terms.atom(factor.op, (scaled(terms, of, -1.0),))
    rest = terms.product(x.number * raised(-1.0, e), merged(x.powers, {factor: -e, exp: e}))
    if left < 0:  # 1/exp(-x)
        rest = terms.product(rest.number, merged(rest.powers, {exp: -left}))
        made = times(terms, rest, terms.atom(exp.op, (scaled(terms, of, -1.0),)), -left)
        rest = made if made is not None else rest
    return times(terms, rest, turned, e)


@rule(
    "where it is positive", ASSUMING, "where(x > 0, y*max(x, 0), 0)", "y*max(x, 0)", "y is finite, x not nan",
    factors=("given",),
)  # fmt: skip
def _masked(terms: Terms, x: Product, factor: Factor) -> Product | None:
    """What is 0 anyway where its condition, which a rule states, does not hold."""
    condition = factor.args[0].factor
    if condition is None or condition.op.name != "gt" or not condition.is_derived:
        return None
    of, zero = condition.args
    positive = [terms.existing(name, args) for name, args in (("max", (of, zero)), (RECTIFIED, (of,)))]
    if zero is not terms.zero or not any(x.powers.get(one, 0.0) > 0 for one in positive if one is not None):
        return None
    return terms.product(x.number, merged(x.powers, {factor: -1.0}))


def hypotenuse(terms: Terms, factor: Factor) -> Factor | None:
    """x^2 + y^2 as a factor, for hypot(x, y)."""
    first, second = (power(terms, one, 2.0) for one in factor.args)
    if first is None or second is None or factor.name is not None:
        return None
    square = plain(terms, ADD, (first, second)).factor
    return square if square is not None and square.parts else None


@rule("square of hypot", ROUNDING, "hypot(x, y)*(x^2 + y^2)", "(x^2 + y^2)^1.5", factors=("hypot",))
def _hypotenuse(terms: Terms, x: Product, factor: Factor) -> Product | None:
    square = hypotenuse(terms, factor)
    if square not in x.powers or square is None:
        return None
    return terms.product(x.number, _without_root(x.powers, factor, square))


def _without_root(powers: Powers, hypot: Factor, square: Factor) -> Powers:
    e = powers.get(hypot, 0.0)
    return merged(powers, {hypot: -e, square: e / 2}) if e else powers


def hypotenuses(terms: Terms, parts: list[Part]) -> list[Part]:
    """The terms of a sum with powers of x^2 + y^2 for those of hypot(x, y), where some have both."""
    for factor in dict.fromkeys(f for _, powers in parts for f in powers if f.op.name == "hypot"):
        square = hypotenuse(terms, factor)
        if square is not None and any(square in powers for _, powers in parts):
            parts = [(c, _without_root(powers, factor, square)) for c, powers in parts]
    return parts


@rule("difference of squares", ROUNDING, "(x - y)*(x + y)", "x^2 - y^2", factors=("total",))
def _squares(terms: Terms, x: Product, factor: Factor) -> Product | None:
    """Two brackets that differ by a sign, with one exponent, as one; those that others use, too, stay."""
    if len(factor.parts) != 2 or factor.share or factor.name is not None:
        return None
    (one, c), (other, d) = factor.parts.items()
    flipped = terms.factors.get(frozenset({one: c, other: -d}.items()))
    if x.powers[factor] % 1:
        return None
    if flipped is None or flipped.share or x.powers.get(flipped) != x.powers[factor] or c * d < 0:
        return None
    first, second = power(terms, one, 2.0), power(terms, other, 2.0)
    if first is None or second is None:
        return None
    made = plain(terms, SUB, (scaled(terms, first, c * c), scaled(terms, second, d * d)))
    e = x.powers[factor]
    return times(terms, terms.product(x.number, merged(x.powers, {factor: -e, flipped: -e})), made, e)


@rule("double angle", ASSUMING, "sin(2*x)/sin(x)", "2*cos(x)", "sin(x) is not 0", factors=("sin",))
def _halved(terms: Terms, x: Product, factor: Factor) -> Product | None:
    """The sine of a double angle over functions of the angle."""
    half, e = (scaled(terms, factor.args[0], 0.5),), x.powers[factor]
    found = [terms.existing(name, half) for name in ("sin", "cos")]
    if (
        factor.name is not None
        or e % 1
        or not any(e * x.powers.get(one, 0.0) < 0 for one in found if one is not None)
    ):
        return None
    made = times(terms, terms.atom(OPS["sin"], half), terms.atom(OPS["cos"], half))
    rest = terms.product(x.number * raised(2.0, e), merged(x.powers, {factor: -e}))
    return None if made is None else times(terms, rest, made, e)
