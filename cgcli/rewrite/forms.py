"""The forms that operations have in the algebra of terms, with the rules applied."""

from __future__ import annotations

from cgcli.algebras.constant_folding import is_irrational
from cgcli.algebras.numbers import floats
from cgcli.annotations import Any, Callable, Mapping
from cgcli.ops import OPS, Op
from cgcli.ops.constants import remembered
from cgcli.rewrite.algebra import masked, negated, plain, power, scaled
from cgcli.rewrite.factors import Product
from cgcli.rewrite.patterns import Step, step
from cgcli.rewrite.products import multiplied, settled
from cgcli.rewrite.rules import ASSUMING, FOLD, STRETCH, rule
from cgcli.rewrite.sums import added
from cgcli.rewrite.terms import Terms, shape_of

Form = Callable[[Terms, Op, tuple[Product, ...], Mapping[str, Any]], Any]

# Of any operation


def folded(terms: Terms, op: Op, args: tuple[Product, ...], values: list[Any]) -> Product:
    """The result of an operation on numbers. What is not finite stays an operation, so that its place is
    known; in a formula irrational numbers stay what they are: `log(2)`."""
    result = remembered(op.name, values, getattr(floats, op.name)(*values))
    is_finite = result - result == 0
    if not is_finite or (terms.collects and is_irrational(op.name, values, result)):
        is_root = is_finite and op.name in ("sqrt", "pow")
        return plain(terms, op, args) if is_root else terms.atom(op, args)
    terms.fire(FOLD)
    return terms.number(result)


def unstretched(terms: Terms, op: Op, args: tuple[Product, ...]) -> Step | None:
    """An operation on an operand that is stretched to the shape another one has anyway."""
    for place, arg in enumerate(args):
        factor = arg.factor
        if arg.shape == ():
            continue
        others = args[:place] + args[place + 1 :]
        if factor is not None and factor.op.name == "broadcast" and any(x.shape == arg.shape for x in others):
            terms.fire(STRETCH)
            return Step(op, (*args[:place], factor.args[0], *args[place + 1 :]), {})
    return None


# Arithmetic


def _raised(terms: Terms, x: Product, y: Product) -> Product | None:
    if y.powers or abs(y.number) > 64:
        return None
    found = power(terms, x, y.number) if y.number else terms.one
    return None if found is None else settled(terms, found)


def _negated(terms: Terms, x: Product) -> Product:
    factor = x.factor
    if factor is not None and factor.op.name == "broadcast" and factor.args[0] is terms.zero:
        return x
    if factor is not None and factor.inside is not None and factor.name is None and terms.is_derived:
        inside = factor.inside
        if inside.number < 0 or (
            len(inside.powers) <= 2 and min(f.rank for f in inside.powers) < 3
        ):  # -(-x*y), -(x*y)
            return settled(terms, terms.product(-inside.number, inside.powers))
    return settled(terms, scaled(terms, x, -1.0))


# What makes a term of such an operation; None where it stays one.
ARITHMETIC: dict[str, Callable[..., Product | None]] = {
    "add": lambda terms, x, y: added(terms, x, y, 1.0),
    "sub": lambda terms, x, y: added(terms, x, y, -1.0),
    "mul": lambda terms, x, y: multiplied(terms, x, y, 1.0),
    "div": lambda terms, x, y: multiplied(terms, x, y, -1.0),
    "neg": _negated,
    "pow": _raised,
    "square": lambda terms, x: _raised(terms, x, terms.number(2.0)),
    "sqrt": lambda terms, x: _raised(terms, x, terms.number(0.5)),
}


# Choices, and others


def _choice(terms: Terms, op: Op, args: tuple[Product, ...], attributes: Mapping[str, Any]) -> Any:
    """A choice with a 0, in what was derived, as a product with a condition."""
    condition, x, other = args
    if not terms.is_derived or not condition.powers:
        return None
    if x is terms.zero:
        condition, x, other = negated(terms, condition), other, x
    if other is not terms.zero or (product := masked(terms, condition, x)) is None:
        return None
    found = settled(terms, product)
    return found if found.shape == shape_of(op, args, {}) else None


@rule(
    "guard of a derivative", ASSUMING, "where(x == 0, 0, y/x)", "y/x", "x is not 0, or what its rule states",
    terms=("guard",),
)  # fmt: skip
def unguarded(terms: Terms, op: Op, args: tuple[Product, ...], attributes: Mapping[str, Any]) -> Any:
    """A formula without the guard that its rule states, unless that can hold over a range."""
    condition, _, formula = args
    if not condition.powers or terms.ranges.fills(terms.here):
        return None
    shape = shape_of(op, args, {})
    return formula if formula.shape == shape else step("broadcast", formula, shape=shape)


def _guard(terms: Terms, op: Op, args: tuple[Product, ...], attributes: Mapping[str, Any]) -> Step:
    return Step(OPS["where"], args, {})


def _stretched(terms: Terms, op: Op, args: tuple[Product, ...], attributes: Mapping[str, Any]) -> Any:
    """A number that is stretched, as a multiple of an array of ones."""
    (x,) = args
    if x.shape != () or not x.number or x is terms.one:
        return None
    return multiplied(terms, x, terms.atom(op, (terms.one,), attributes))


def _equal(terms: Terms, op: Op, args: tuple[Product, ...], attributes: Mapping[str, Any]) -> Any:
    """Numbers stand on the right."""
    return Step(op, args[::-1], {}) if not args[0].powers and args[1].powers else None


@rule("log of a power", ASSUMING, "log(x^y)", "y*log(x)", "x > 0, no power overflows", terms=("log",))
def _log(terms: Terms, op: Op, args: tuple[Product, ...], attributes: Mapping[str, Any]) -> Any:
    """As a rule of derivatives writes it; what somebody has written stays."""
    factor = args[0].factor
    if factor is None or factor.op.name != "pow" or factor.name is not None or not terms.is_derived:
        return None
    return step("mul", factor.args[1], Step(op, (factor.args[0],), {}))


# What is left of an operation where no rule has replaced it: a term, a step, or None.
FORMS: dict[str, Form] = {
    "where": _choice,
    "guard": _guard,
    "broadcast": _stretched,
    "eq": _equal,
}
