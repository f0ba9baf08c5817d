"""Sums and products as a person writes them: like terms and powers collected, numbers in front.

A product is kept as a number and powers of bases, a sum as numbers times products. What several
places use, or the program has named, stays a whole: text grows with the graph.
"""

from __future__ import annotations

from cgcli.ops import CONSTANT, INPUT, OPS, Op
from cgcli.rewrite.rules import BASE, EXPONENT, LENGTH, POWER_SUM, POWERS, ROW, SCALE, TERMS
from cgcli.rewrite.simplify import Rewriter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

# A number and the exponent of each base, in order.
Product = tuple[float, dict[int, float]]

# Sums and products of more than so many parts are not opened up.
MOST = 12

# Numbers whose inverse is written as a division: x/2 rather than 0.5*x.
HALVES = {2.0, 4.0, 8.0, 16.0}

ARITHMETIC = {"add", "sub", "neg", "mul", "div", "square", "pow", "sqrt"}


class Collector(Rewriter):
    """Rewrites with sums and products collected.

    products    by node, what it is made of, where that is worth knowing
    sums        by node, the number of each product that it adds up; that of 1 under -1
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.products: dict[int, Product] = {}
        self.sums: dict[int, dict[int, float]] = {}
        self.whole: set[int] = set()  # nodes that are not opened up
        self._uses = self.source.uses()
        self._built: dict[tuple[float, frozenset[tuple[int, float]]], int] = {}

    def step(self, node: int, op: Op, args: tuple[int, ...], attributes: dict[str, Any]) -> int:
        found = super().step(node, op, args, attributes)
        named = node in self.source.graph.names
        if named or (self._uses[node] > 1 and not self._is_simple(found)):
            self.whole.add(found)
        return found

    def _is_simple(self, node: int) -> bool:
        """A number times a power of one thing costs nothing to write again."""
        known = self.products.get(node)
        return known is not None and len(known[1]) <= 1

    def make(self, op: Op, args: tuple[int, ...], attributes: Mapping[str, Any] | None = None) -> int:
        if op.name in ARITHMETIC:
            found = self._collected(op.name, args)
            if found is not None and self._same_shape(found, op, args, {}):
                return found
        elif op.name == "matmul":
            return self._matmul(args)
        elif op.name == "sum":
            number, powers = self.factors(args[0])
            if number != 1 and powers and args[0] not in self.whole:
                self.fire(SCALE)
                rest = self.make(op, (self._build(1.0, powers),), attributes)
                return self.make(OPS["mul"], (self.constant(number), rest))
        elif op.name == "where":
            found = self._guarded(*args)
            if found is not None and self._same_shape(found, op, args, {}):
                return found
        return super().make(op, args, attributes)

    def _collected(self, name: str, args: tuple[int, ...]) -> int | None:
        if all(self.value(arg) is not None for arg in args):
            return None  # plain numbers: folded
        if name in ("add", "sub"):
            return self._sum(args, name)
        if name == "neg":
            sums = self._terms(args[0])
            if len(sums) > 1 and args[0] not in self.whole:
                return self._build_sum({term: -c for term, c in sums.items()})
            number, powers = self.factors(args[0])
            return self._build(-number, powers)
        if name == "mul":
            return self._product(args, (1.0, 1.0))
        if name == "div":
            if self.value(args[1]) == 0:
                return None
            return self._product(args, (1.0, -1.0))
        exponent = {"square": 2.0, "sqrt": 0.5}.get(name)
        if exponent is None:
            exponent = self.value(args[1])
        if exponent is None or exponent == 0 or exponent != exponent or abs(exponent) > 64:
            return None
        number, powers = self.factors(args[0])
        if exponent != int(exponent) or (exponent < 0 and not powers):
            number, powers = 1.0, {args[0]: 1.0}
        try:
            number = _halves(number**exponent)
        except (OverflowError, ZeroDivisionError):
            return None
        if number == 0:
            return None
        return self._build(number, {base: e * exponent for base, e in powers.items()})

    def _guarded(self, condition: int, taken: int, other: int) -> int | None:
        """A branch without the condition that a rule for derivatives guards it with: by the form of
        these rules, so that a guard which somebody wrote stays."""
        graph = self.graph
        kind, below = graph.ops[condition].name, graph.args[condition]
        if self.value(other) == 0:
            powers = self.products.get(taken, (1.0, {}))[1]
            if kind in ("norm", "hypot") and powers.get(condition, 0) < 0:
                self.fire(LENGTH)
                return taken
            if powers.get(condition) == 1 and any(self._is_lowered(base, condition) for base in powers):
                self.fire(EXPONENT)
                return taken
        if self.value(taken) != 0:
            return None
        powers = self.products.get(other, (1.0, {other: 1.0}))[1]
        kinds = {graph.ops[base].name for base in powers}
        if kind == "eq" and graph.ops[below[0]].name == "logsumexp" and "softmax" in kinds:
            self.fire(POWER_SUM)
            return other
        if kind == "and_" and [graph.ops[arg].name for arg in below] == ["eq", "gt"]:
            base = graph.args[below[0]][0]
            if any(graph.ops[factor].name == "log" and graph.args[factor] == (base,) for factor in powers):
                self.fire(BASE)
                return other
        return None

    def _is_lowered(self, base: int, exponent: int) -> bool:
        """Whether a node is a power to `exponent - 1`."""
        graph = self.graph
        if graph.ops[base].name != "pow":
            return False
        lowered = graph.args[base][1]
        return graph.ops[lowered].name == "sub" and graph.args[lowered][0] == exponent

    # Products

    def factors(self, node: int) -> Product:
        """What a node is a product of; itself, where it is a whole."""
        number = self.value(node)
        if number is not None:
            return number, {}
        if node in self.products and node not in self.whole:
            return self.products[node]
        return 1.0, {node: 1.0}

    def _product(self, args: tuple[int, ...], signs: tuple[float, ...]) -> int | None:
        total, count, numbers = 1.0, 0, 0
        powers: dict[int, float] = {}
        for arg, sign in zip(args, signs):
            number, of = self.factors(arg)
            if number == 0 and sign < 0:
                return None
            total = total * number if sign > 0 else total / number
            numbers += number != 1
            for base, exponent in of.items():
                powers[base] = powers.get(base, 0.0) + sign * exponent
                count += 1
        if count > MOST or total - total != 0 or total == 0:
            return None
        if numbers > 1:
            total = _halves(total)
        if len(powers) < count:
            self.fire(POWERS)
        return self._build(total, powers)

    def _build(self, number: float, powers: dict[int, float]) -> int:
        """The node of a product: numbers in front, a half as a division by 2, a sign on the first
        factor. Equal products are one node, whatever their order."""
        if 0 in powers.values():
            powers = {base: exponent for base, exponent in powers.items() if exponent != 0}
        if not powers:
            return self.constant(number)
        key = number, frozenset(powers.items())
        known = self._built.get(key)
        if known is not None:
            return known
        order = sorted(powers, key=self._rank)  # within a rank, factors stay as they were written
        if self.here >= self.source.written:
            order.sort(key=lambda base: (self._rank(base), base))
        above = [self._power(base, powers[base]) for base in order if powers[base] > 0]
        below = [self._power(base, -powers[base]) for base in order if powers[base] < 0]
        size, inverse = abs(number), 1 / abs(number)
        if size < 1 and inverse in HALVES:
            size, below = 1.0, [self.constant(inverse), *below]
        if size != 1 or not above:
            above = [self.constant(size), *above]
        if number < 0:
            above[0] = self._negative(above[0])
        node = self._chain(above)
        if below:
            node = self._plain("div", node, self._chain(below))
        self._built[key] = node
        if node not in self.products and (number, powers) != (1.0, {node: 1.0}):
            self.products[node] = number, powers
        return node

    def _negative(self, node: int) -> int:
        """A factor with a sign; of a number, as it is written."""
        if self.value(node) is not None:
            return self.node(OPS["neg"], (node,), {})
        return self._plain("neg", node)

    def _rank(self, base: int) -> int:
        """Where a factor stands: constants with names, names, sums and others, functions."""
        graph = self.graph
        op = graph.ops[base]
        if op is CONSTANT:
            return 0
        if op is INPUT or base in graph.names:
            return 1
        return 2 if op.symbol else 3

    def _power(self, base: int, exponent: float) -> int:
        if exponent == 1:
            return base
        if exponent == 0.5:
            return super().make(OPS["sqrt"], (base,))
        return super().make(OPS["pow"], (base, self.constant(exponent)))

    def _chain(self, nodes: list[int]) -> int:
        product = nodes[0]
        for node in nodes[1:]:
            product = self._plain("mul", product, node)
        return product

    def _plain(self, name: str, *args: int) -> int:
        """An operation by the table's rules, but not collected again."""
        return super().make(OPS[name], args)

    # Sums

    def _terms(self, node: int) -> dict[int, float]:
        """What a node adds up; its number under -1."""
        number = self.value(node)
        if number is not None:
            return {-1: number}
        if node in self.sums and node not in self.whole:
            return self.sums[node]
        coefficient, powers = self.factors(node)
        if coefficient == 1 or not powers:
            return {node: 1.0}
        return {self._build(1.0, powers): coefficient}

    def _sum(self, args: tuple[int, ...], name: str) -> int | None:
        total: dict[int, float] = {}
        count = 0
        for arg, sign in zip(args, (1.0, 1.0 if name == "add" else -1.0)):
            for term, coefficient in self._terms(arg).items():
                total[term] = total.get(term, 0.0) + sign * coefficient
                count += 1
        total = self._opened(total)
        if count > MOST or any(c - c != 0 for c in total.values()):
            return None
        if len(total) < count:
            self.fire(TERMS)
        return self._build_sum(total)

    def _opened(self, total: dict[int, float]) -> dict[int, float]:
        """A number times a sum is multiplied out where terms meet others: `800*x^2 + 400*(x^2 - y)`
        is `1200*x^2 - 400*y`."""
        for term, coefficient in list(total.items()):
            parts = self.sums.get(term)
            if parts and coefficient != 0 and term not in self.graph.names and total.keys() & parts.keys():
                del total[term]
                for part, number in parts.items():
                    total[part] = total.get(part, 0.0) + coefficient * number
        return total

    def _build_sum(self, total: dict[int, float]) -> int:
        """The node of a sum, a term that is added before those that are taken away."""
        terms = {term: c for term, c in total.items() if c != 0}
        if not terms:
            return self.constant(0.0)
        first = next((term for term, c in terms.items() if c > 0), next(iter(terms)))
        order = [first, *(term for term in terms if term != first)]
        if len(order) > 1:  # A + A.T
            order.sort(key=lambda term: term >= 0 and self.graph.ops[term].name == "transpose")
        node = -1
        for term in order:
            coefficient = terms[term]
            size = abs(coefficient)
            part = self._scaled(term, size)
            if node < 0:
                node = part if coefficient > 0 else self._scaled(term, coefficient)
            else:
                node = self._plain("add" if coefficient > 0 else "sub", node, part)
        if len(terms) > 1:
            self.sums[node] = terms
        return node

    def _scaled(self, term: int, coefficient: float) -> int:
        if term == -1:
            return self.constant(coefficient)
        number, powers = self.factors(term)
        return self._build(number * coefficient, powers)

    # Matrix products

    def _matmul(self, args: tuple[int, ...]) -> int:
        """Numbers in front; a vector on the left of a matrix goes to the right of its transpose."""
        numbers, rest = 1.0, []
        for arg in args:
            number, powers = self.factors(arg)
            if number != 1 and powers and arg not in self.whole:
                numbers *= number
                arg = self._build(1.0, powers)
            rest.append(arg)
        if numbers != 1 and numbers - numbers == 0 and numbers != 0:
            self.fire(SCALE)
            return self.make(OPS["mul"], (self.constant(numbers), self._matmul(tuple(rest))))
        left, right = (self.shapes[arg] for arg in rest)
        if left is not None and right is not None and len(left) == 1 and len(right) == 2:
            self.fire(ROW)
            return super().make(OPS["matmul"], (self.call("transpose", rest[1]), rest[0]))
        return super().make(OPS["matmul"], tuple(rest))


def _halves(number: float) -> float:
    """A product of numbers: the multiple of a half that it is but for its rounding."""
    nearest = round(2 * number) / 2
    return nearest if nearest and abs(number - nearest) <= 4 * 2.0**-52 * abs(nearest) else number
