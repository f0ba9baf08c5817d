"""Terms as the patterns of the table see them: as operations on one or two others."""

from __future__ import annotations

from cgcli.ops import CONSTANT, INPUT, OPS, Leaf, Op
from cgcli.rewrite.algebra import plain, plus, scaled, times
from cgcli.rewrite.match import Pattern, Table, match, ordered
from cgcli.rewrite.rules import ASSUMING, EXACT, ROUNDING
from cgcli.rewrite.terms import (
    ADD,
    DIV,
    MUL,
    NEG,
    POW,
    SHARED,
    SQRT,
    SUB,
    TOTAL,
    Factor,
    Product,
    Terms,
    merged,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cgcli.shapes import Shape

ALL = frozenset((EXACT, ROUNDING, ASSUMING))


class View:
    """terms, table     the terms, and the patterns"""

    def __init__(self, terms: Terms, table: Table) -> None:
        self.terms, self.table, self.constant = terms, table, terms.number
        self._quotients: dict[str, list[tuple[str, Pattern]]] = {}
        for pattern in table.by_root["div"]:
            above, below = (pattern.graph.ops[arg] for arg in pattern.graph.args[pattern.before])
            if below.__class__ is not Leaf and below is not NEG:
                name = "" if above is INPUT else above.name
                self._quotients.setdefault("total" if below is ADD else below.name, []).append(
                    (name, pattern)
                )
        self.settled: dict[tuple[Product, bool], Product] = {}

    def look(self, x: Product) -> tuple[Op, tuple[Product, ...], Any]:
        """A term as an operation on others: of several factors, or terms, the last against the rest."""
        factor = x.factor
        if factor is not None and factor.inside is not None:
            x, factor = factor.inside, None
        terms, number, powers = self.terms, x.number, x.powers
        if factor is not None:
            if not factor.parts:
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

    def kind(self, x: Product) -> str:
        """The name of the operation that `look` finds."""
        factor = x.factor
        if factor is not None and factor.inside is not None:
            x, factor = factor.inside, None
        if factor is not None and factor.op is TOTAL:
            one, parts = self.terms.one, factor.parts
            c = parts[one] if one in parts else next(reversed(parts.values()))
            return "sub" if c < 0 or (len(parts) == 2 and one in parts and min(parts.values()) < 0) else "add"
        if factor is not None or not x.powers:
            if factor is not None and factor.op is not CONSTANT:
                return factor.op.name
            return self.table.kind_of_number(x.number if factor is None else factor.attributes)
        if x.number < 0:
            return "neg"
        exponents = x.powers.values()
        if min(exponents) < 0:
            return "div"
        return "mul" if x.number != 1 or len(x.powers) > 1 else "sqrt" if 0.5 in exponents else "pow"

    def name(self, x: Product) -> str | None:
        factor = x.factor
        return None if factor is None else factor.name

    def shape(self, x: Product) -> Shape | None:
        return x.shape

    # Patterns whose root is a sum or a product

    def paired(self, x: Product) -> Product | None:
        """A product in which two factors, or a power, are what a pattern replaces: `2*sin(x)/cos(x)`."""
        for factor, exponent in x.powers.items():
            if factor.op is SHARED or factor.op is INPUT:
                continue
            if exponent < 0:
                found = self._quotient(x, factor, exponent)
                if found is not None:
                    return found
            size = abs(exponent)
            if size == 2 and factor.op.name in ("hypot", "norm"):
                operands: tuple[Product, ...] = (self.terms.of(factor), self.terms.number(2.0))
                found = self._replaced("pow", operands)
            elif size == 0.5 and factor.op.name in ("total", "sum"):
                found = self._replaced("sqrt", (self.terms.of(factor),))
            elif factor.parts and exponent == int(exponent):
                found, size = self.sum_paired(factor), size
                if found is not None:
                    return self._instead(x, {factor: exponent}, found, exponent)
                continue
            else:
                continue
            if found is not None and found.shape == factor.shape:
                return self._instead(x, {factor: exponent}, found, exponent / size)
        return None

    def _quotient(self, x: Product, below: Factor, exponent: float) -> Product | None:
        for name, pattern in self._quotients.get(below.op.name, ()):
            for above, e in x.powers.items():
                count = min(e, -exponent)
                if name and (above.op.name != name or count < 1 or count % 1):
                    continue
                count = count if name else -exponent
                top = self.terms.of(above) if name else self.terms.one
                bound = match(pattern.graph, pattern.before, self, DIV, (top, self.terms.of(below)))
                if bound is not None and not count % 1:
                    self.terms.fire(pattern.rule)
                    found = self._made(pattern.steps(self, bound))
                    out = {above: count, below: -count} if name else {below: -count}
                    return self._instead(x, out, found, count)
                if not name:
                    break
        return None

    def sum_paired(self, factor: Factor) -> Product | None:
        """What replaces a sum of two terms, or its number and a term: `exp(x) - 1`."""
        terms, parts = self.terms, factor.parts
        one = terms.one if terms.one in parts else next(iter(parts))
        if factor.name is not None or (len(parts) != 2 and one is not terms.one):
            return None
        c = parts[one]
        for other, d in parts.items():
            if other is one or abs(c) != abs(d):
                continue
            for first, second, sign in ((one, other, c), (other, one, d)):
                found = self._replaced("add" if c == d else "sub", (first, second))
                if found is None or found.shape != factor.shape:
                    continue
                if sign < 0 and found.factor is not None and found.factor.parts:
                    continue  # a sum the other way round would take a sign before every term
                rest = {part: e for part, e in parts.items() if part not in (one, other)}
                found = scaled(terms, found, sign)
                return plus(terms, terms.sum(rest), found) if rest else found
        return None

    def _replaced(self, root: str, args: tuple[Product, ...]) -> Product | None:
        for pattern in self.table.candidates(self, root, args):
            bound = match(pattern.graph, pattern.before, self, OPS[root], args)
            if bound is not None:
                self.terms.fire(pattern.rule)
                return self._made(pattern.steps(self, bound))
        return None

    def _made(self, root: Any) -> Product:
        """What a pattern says to make, as it is."""
        done: dict[Any, Product] = {}
        for one in ordered(root):
            args = tuple([done.get(arg, arg) for arg in one.args])
            done[one] = plain(self.terms, one.op, args, one.attributes)
        found: Product = done.get(root, root)
        return found

    def _instead(self, x: Product, out: Any, found: Product, exponent: float) -> Product | None:
        """A product with a power of something else in the place of some factors."""
        rest = self.terms.product(x.number, merged(x.powers, out, -1.0))
        return times(self.terms, rest, found, exponent)
