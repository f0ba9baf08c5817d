"""Powers and exponentials in the terms of a sum, by what their exponents have in common."""

from __future__ import annotations

from cgcli.annotations import Any
from cgcli.ops import CONSTANT
from cgcli.rewrite.factors import GIVEN, POW, Factor, Part, Powers, Product, Shared
from cgcli.rewrite.numbers import snapped
from cgcli.rewrite.polynomials import lowest
from cgcli.rewrite.rules import ASSUMING, known
from cgcli.rewrite.terms import Terms, merged, raised

# The terms of a polynomial, each by its powers.
Polynomial = dict[Any, Part]

# Exponents of more terms are not multiplied out.
LONGEST = 40

SPLIT = known(
    "common power", ASSUMING, "w*x^(y - 1) + z*x^y", "x^(y - 1)*(x*z + w)",
    "x > 0, no power overflows",
)  # fmt: skip


def split(terms: Terms, parts: list[Part]) -> tuple[Powers, list[Part]] | None:
    """What the terms share where `x^(k - 2)` is `x^k/x^2`, and the terms without it."""
    found = [factor for _, powers in parts for factor in powers if _is_power(factor)]
    bases = {factor.args[0]: _single(terms, factor.args[0]) for factor in found}
    of = [factor.args[0] for factor in dict.fromkeys(found)]
    if len(found) < 2 or not any(
        of.count(base) > 1 or any(single in powers for _, powers in parts) for base, single in bases.items()
    ):
        return None
    apart = [(c, _apart(terms, powers, bases)) for c, powers in parts]
    low = lowest(apart)
    if not any(_is_power(factor) for factor in low):
        return None
    bare = {single: base for base, single in bases.items()}
    shared, first = _joined(terms, low, bare)
    rest = []
    for c, powers in apart:
        number, left = _joined(terms, merged(powers, low, -1.0), bare)
        rest.append((c * shared * number, left))
    terms.fire(SPLIT)
    return first, rest


def _is_power(factor: Factor) -> bool:
    """Whether it is a power of what can stand as one factor: not of a number, nor of 1/x."""
    if factor.op is not POW or factor.name is not None:
        return False
    base = factor.args[0]
    return base.powers != {} and (base.number != 1 or max(base.powers.values()) > 0)


def _single(terms: Terms, base: Product) -> Factor:
    """What is raised, as one factor."""
    found = terms.shared(base).factor
    assert found is not None
    return found


def _apart(terms: Terms, powers: Powers, bases: dict[Product, Factor]) -> Powers:
    """A product with a factor for each term of an exponent."""
    found: Powers = {}
    for factor, e in powers.items():
        if not _is_power(factor):
            found = merged(found, {factor: e})
            continue
        base, exponent = factor.args
        for part, c in _addends(terms, exponent).items():
            one = bases[base] if part is terms.one else terms.atom(POW, (base, part)).factor
            assert one is not None
            found = merged(found, {one: e * c})
    return found


def _addends(terms: Terms, x: Product) -> dict[Product, float]:
    factor = x.factor
    return factor.parts if factor is not None and factor.parts else terms.parts(x)


def _joined(terms: Terms, powers: Powers, bare: dict[Factor, Product]) -> tuple[float, Powers]:
    """A product with one power of a base again, and a number in front."""
    number = 1.0
    sums: dict[Product, dict[Product, float]] = {}
    found: Powers = {}
    for factor, e in powers.items():
        if _is_power(factor) and factor not in bare:  # x^x may be raised itself
            sums.setdefault(factor.args[0], {})[factor.args[1]] = e
    for factor, e in powers.items():
        base = bare.get(factor)
        if base in sums and base is not None:
            sums[base][terms.one] = e
        elif base is not None and factor.inside is not None and 1 in (base.number, e):
            found, number = merged(found, base.powers, e), number * base.number
        elif factor in bare or not _is_power(factor):
            found = merged(found, {factor: e})
    for base, total in sums.items():
        sign = -1.0 if max(total.values()) < 0 else 1.0
        exponent = terms.sum({part: sign * c for part, c in total.items()})
        found = merged(found, terms.atom(POW, (base, exponent)).powers, sign)
    return number, found


SAME = known(
    "one exponential", ASSUMING, "w*exp(y + log(x)) - x*exp(y)*z", "(w - z)*exp(y + log(x))",
    "x > 0, no power overflows",
)  # fmt: skip

EXPONENTIALS = {"exp", "norm_pdf"}


def one_exponential(terms: Terms, parts: list[Part]) -> list[Part] | None:
    """The terms with one exponential, or normal density, for those whose exponents differ by logarithms."""
    exponentials = [
        {factor: e for factor, e in powers.items() if factor.op.name in EXPONENTIALS} for _, powers in parts
    ]
    present = [above for above in exponentials if above]
    if all(above == present[0] for above in present):  # as nearly always
        return None
    found: dict[Any, list[tuple[int, Powers, Powers]]] = {}
    for place, above in enumerate(exponentials):
        read = _exponent(terms, above) if above else None
        if read is not None:
            found.setdefault(read[0], []).append((place, above, read[1]))
    made = list(parts)
    for group in found.values():
        _, chosen, before = min(group, key=lambda one: len(one[1]))
        for place, above, logs in group:
            ratio = _exponential(terms, merged(logs, before, -1.0)) if above != chosen else None
            if ratio is not None:
                c, powers = parts[place]
                made[place] = c, merged(merged(merged(powers, above, -1.0), chosen), ratio)
    if made == parts:
        return None
    terms.fire(SAME)
    return made


def _exponent(terms: Terms, exponentials: Powers) -> tuple[Any, Powers] | None:
    """What the exponents add up to: a key for the terms that are no logarithms, and how often each of these
    is there."""
    total: Polynomial = {}
    densities = 0.0
    for factor, e in exponentials.items():
        if factor not in terms.exponents:
            terms.exponents[factor] = _inside(terms, factor)
        inner = terms.exponents[factor]
        if inner is None:
            return None
        densities += e * (factor.op.name == "norm_pdf")
        for c, powers in inner:
            _add(terms, total, c * e, powers)
    logs: Powers = {}
    key: set[Any] = {densities}
    for at, (c, powers) in total.items():
        one = terms.product(1.0, powers).factor
        if one is None or one.op.name != "log":
            key.add((at, c))
        else:
            logs[one] = c
    return frozenset(key), logs


def _inside(terms: Terms, factor: Factor) -> list[Part] | None:
    """The exponent of an exponential, or of a normal density, multiplied out; None where it is too long."""
    (of,) = factor.args
    found = _polynomial(terms, of)
    if found is not None and factor.op.name == "norm_pdf":
        found = _product(terms, [(-c / 2, powers) for c, powers in found.values()], [*found.values()])
    return None if found is None else [*found.values()]


def _exponential(terms: Terms, logs: Powers) -> Powers | None:
    """exp of a sum of logarithms, each so many times; None where that has roots, or a number in front."""
    found: Powers = {}
    for factor, c in logs.items():
        number, inside = terms.opened(factor.args[0])
        if number != 1 or c % 1:
            return None
        found = merged(found, inside, c)
    return found


def _polynomial(terms: Terms, x: Product) -> Polynomial | None:
    """A term multiplied out, with what has a name opened; None where it has too many."""
    found: Polynomial = {}
    todo = [(x.number, x.powers)]
    for _ in range(4 * LONGEST):
        if not todo:
            return found
        c, powers = todo.pop()
        for factor, e in powers.items():
            if e % 1 or factor.op is CONSTANT:
                continue
            if isinstance(factor, Shared):
                rest = {one: exponent for one, exponent in powers.items() if one is not factor}
                inside = factor.inside
                todo.append((c * raised(inside.number, e), merged(rest, inside.powers, e)))
                break
            if factor.parts and e > 0:
                rest = merged(powers, {factor: -1.0})
                todo += [(c * n, merged(rest, p)) for n, p in terms.opened_terms(factor)]
                break
            if factor.op is GIVEN:
                return None
        else:
            _add(terms, found, c, powers)
        if len(todo) > LONGEST:
            return None
    return None


def _product(terms: Terms, left: list[Part], right: list[Part]) -> Polynomial | None:
    found: Polynomial = {}
    if len(left) * len(right) > 4 * LONGEST:
        return None
    for c, powers in left:
        for d, others in right:
            _add(terms, found, c * d, merged(powers, others))
    return found


def _add(terms: Terms, total: Polynomial, c: float, powers: Powers) -> None:
    part = terms.product(1.0, powers)  # in which numbers under a root are one
    c, powers = c * part.number, part.powers
    key = frozenset(powers.items())
    number = snapped(total[key][0] + c if key in total else c)
    if number:
        total[key] = number, powers
    else:
        total.pop(key, None)
