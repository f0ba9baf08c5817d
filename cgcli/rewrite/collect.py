"""Rewriting into what a person would write: sums, products, matrix products, guards of derivatives."""

from __future__ import annotations

from cgcli.algebras.numbers import floats
from cgcli.algebras.symbols import is_irrational
from cgcli.ops import CONSTANT, OPS, Op
from cgcli.rewrite.brackets import Brackets
from cgcli.rewrite.numbers import snapped
from cgcli.rewrite.products import raised
from cgcli.rewrite.rules import BASE, EXPONENT, LENGTH, POWER_SUM, ROW, SCALE, TIES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

# What can be 0 not only here and there, but over a range.
FLAT = {"relu", "max", "min", "clip", "where", "floor", "ceil", "round", "trunc", "sign", "heaviside"}

ARITHMETIC = {"add", "sub", "neg", "mul", "div", "square", "pow", "sqrt"}


class Collector(Brackets):
    """Rewrites by all that is known of sums and products.

    winners     comparisons that say whether an operand of max, min or clip is the result; that result
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.winners: dict[int, int] = {}

    def make(self, op: Op, args: tuple[int, ...], attributes: Mapping[str, Any] | None = None) -> int:
        if op.name in ARITHMETIC:
            found = self._collected(op.name, args)
            if found is not None and self._same_shape(found, op, args, {}):
                return found
            shape = self._shape(op, args, {})
            if found is not None and shape and self.value(found) is not None:
                return self.make(OPS["broadcast"], (found,), {"shape": shape})
        elif op.name == "matmul":
            return self._matmul(args)
        elif op.name == "sum":
            number, powers = self.factors(args[0])
            if number != 1 and powers and args[0] not in self.whole:
                self.fire(SCALE)
                rest = self.make(op, (self.build(1.0, powers),), attributes)
                return self.make(OPS["mul"], (self.constant(number), rest))
        elif op.name == "where":
            found = self._guarded(*args)
            if found is not None and self._same_shape(found, op, args, {}):
                return found
        elif op.name == "eq":
            if self.is_derived() and (found := self._wins(args)) is not None:
                return found
            if self.value(args[0]) is not None:
                args = args[::-1]  # numbers stand on the right
        return super().make(op, args, attributes)

    def folded(self, op: Op, args: tuple[int, ...], values: list[Any]) -> int:
        """Irrational results stay what they are: `log(2)`."""
        if is_irrational(op.name, values, getattr(floats, op.name)(*values)):
            node = self.node(op, args, {})
            self.fixed.add(node)
            return node
        return super().folded(op, args, values)

    def _collected(self, name: str, args: tuple[int, ...]) -> int | None:
        if all(self.value(arg) is not None for arg in args):
            return None  # plain numbers: folded
        if name == "add" and self.winners and self._is_certain(args):
            return self.constant(1.0)
        if name in ("add", "sub"):
            return self._sum(args, name)
        if name == "neg":
            if self.graph.ops[args[0]].name == "broadcast" and self.value(self.graph.args[args[0]][0]) == 0:
                return args[0]
            sums = self.terms(args[0])
            if len(sums) > 1 and args[0] not in self.whole:
                return self.build_sum({term: -c for term, c in sums.items()})
            number, powers = self.factors(args[0])
            if self.is_derived():
                whole = self.opened(args[0])
                if whole[0] < 0 or len(whole[1]) <= 2:  # -(-x*y), -(x*y)
                    number, powers = whole
            return self.build(-number, powers)
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
        number = snapped(raised(number, exponent))
        if number - number != 0 or number == 0:
            return None
        return self.build(number, {base: e * exponent for base, e in powers.items()})

    def _guarded(self, condition: int, taken: int, other: int) -> int | None:
        """A branch without the condition that a rule for derivatives guards it with: by the form of
        these rules, so that other guards stay."""
        graph = self.graph
        kind, below = graph.ops[condition].name, graph.args[condition]
        if self.value(other) == 0:
            powers = self.opened(taken)[1]
            is_flat = any(graph.ops[of].name in FLAT for of in below)
            if kind in ("norm", "hypot") and powers.get(condition, 0) < 0 and not is_flat:
                self.fire(LENGTH)
                return taken
        if self.value(taken) != 0:
            return None
        powers = self.opened(other)[1]
        kinds = {graph.ops[base].name for base in powers}
        if kind == "eq" and graph.ops[below[0]].name == "logsumexp" and "softmax" in kinds:
            self.fire(POWER_SUM)
            return other
        if kind != "and_" or graph.ops[below[0]].name != "eq":
            return None
        base, forms = graph.args[below[0]][0], [graph.ops[arg].name for arg in below]
        if graph.ops[base].name in FLAT:
            return None
        if forms == ["eq", "gt"]:
            if any(self._is_log(factor, base) for factor in powers):
                self.fire(BASE)
                return other
        elif forms == ["eq", "not_"]:
            divisors = self.opened(self._divisor(graph.args[below[1]][0]))[1]
            if any(powers.get(base, 0) < 0 for base in divisors) or any(
                self._is_lowered(power, base) for power in powers
            ):
                self.fire(EXPONENT)
                return other
        return None

    # What max, min and clip choose

    def _wins(self, args: tuple[int, ...]) -> int | None:
        """Whether an operand of max, min or clip is the result, by comparing it with the others. Of
        equal ones it is the last, so that exactly one is."""
        graph = self.graph
        for result, one in (args, args[::-1]):
            name, operands = graph.ops[result].name, graph.args[result]
            is_choice = name == "clip" or (
                name in ("max", "min") and len(set(operands)) == len(operands) == 2
            )
            if is_choice and one in operands:
                node = self._comparison(name, operands, one)
                self.winners[node] = result
                self.fire(TIES)
                return node
        return None

    def _comparison(self, name: str, operands: tuple[int, ...], one: int) -> int:
        first, last = operands[0], operands[-1]
        if name == "clip":
            lower = operands[1]
            if one == first:
                return self.call("and_", self.call("gt", first, lower), self.call("lt", first, last))
            return self.call("ge", lower, first) if one == lower else self.call("le", last, first)
        if self.graph.ops[first] is CONSTANT:
            wins, other = self.call("ge" if name == "max" else "le", last, first), first
        else:
            wins, other = self.call("gt" if name == "max" else "lt", first, last), last
        return self.call("not_", wins) if one == other else wins

    def _is_certain(self, args: tuple[int, ...]) -> bool:
        """Whether a sum counts all operands of max, min or clip that win, which is one."""
        result = self.winners.get(args[1])
        if result is None:
            return False
        counted = dict(self.sums.get(args[0], {args[0]: 1.0}))
        counted[args[1]] = counted.get(args[1], 0.0) + 1.0
        return len(counted) == len(set(self.graph.args[result])) and all(
            c == 1 and self.winners.get(term) == result for term, c in counted.items()
        )

    # Guards

    def _is_log(self, node: int, of: int) -> bool:
        """Whether a node is the logarithm of another, or log1p of what is 1 less."""
        graph = self.graph
        if graph.ops[node].name == "log":
            return graph.args[node] == (of,)
        if graph.ops[node].name != "log1p":
            return False
        return self._difference(of, graph.args[node][0]) == {-1: 1.0}

    def _divisor(self, node: int) -> int:
        """The y of `abs(y) > 0`, as `ops.rules.zero_over_zero` writes it; -1 for another form."""
        graph = self.graph
        if graph.ops[node].name == "gt" and graph.ops[size := graph.args[node][0]].name == "abs":
            return graph.args[size][0]
        return -1

    def _is_lowered(self, base: int, exponent: int) -> bool:
        """Whether a node is a power to `exponent - 1`, or to `exponent` once its base has met it."""
        graph = self.graph
        if graph.ops[base].name != "pow":
            return False
        of = graph.args[base][1]
        return self._difference(exponent, of) == {-1: 1.0} or exponent in (of, graph.args[base][0])

    def _difference(self, node: int, other: int) -> dict[int, float]:
        difference = self._opened_terms(node)
        for term, c in self._opened_terms(other).items():
            difference[term] = difference.get(term, 0.0) - c
        return {term: c for term, c in difference.items() if c != 0}

    def _opened_terms(self, node: int) -> dict[int, float]:
        """What a node adds up, though it may be a whole."""
        if node in self.sums:
            return dict(self.sums[node])
        number, powers = self.opened(node)
        return {self.build(1.0, powers): number} if powers and number != 1 else self.terms(node)

    # Matrix products

    def _matmul(self, args: tuple[int, ...]) -> int:
        """Numbers in front; a vector on the left of a matrix goes to the right of its transpose."""
        numbers, rest = 1.0, []
        for arg in args:
            number, powers = self.factors(arg)
            if number != 1 and powers and arg not in self.whole:
                numbers *= number
                arg = self.build(1.0, powers)
            rest.append(arg)
        is_scaled = numbers != 1 and numbers - numbers == 0 and numbers != 0
        operands = tuple(rest) if is_scaled else args
        left, right = (self.shapes[arg] for arg in operands)
        if left is not None and right is not None and len(left) == 1 and len(right) == 2:
            self.fire(ROW)
            operands = self.call("transpose", operands[1]), operands[0]
        product = super().make(OPS["matmul"], operands)
        if not is_scaled:
            return product
        self.fire(SCALE)
        return self.make(OPS["mul"], (self.constant(numbers), product))
