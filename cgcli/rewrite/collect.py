"""Rewriting into what a person would write: sums, products, matrix products, guards of derivatives."""

from __future__ import annotations

from cgcli.algebras.folding import is_irrational
from cgcli.algebras.numbers import floats
from cgcli.ops import OPS, Op
from cgcli.rewrite.brackets import Brackets
from cgcli.rewrite.guards import Ranges
from cgcli.rewrite.numbers import snapped
from cgcli.rewrite.products import raised
from cgcli.rewrite.rules import GUARD, ROW, SCALE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

ARITHMETIC = {"add", "sub", "neg", "mul", "div", "square", "pow", "sqrt"}


class Collector(Brackets):
    """Rewrites by all that is known of sums and products.

    ranges      what the nodes are over ranges, for guards
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.ranges = Ranges(self.graph)

    def make(self, op: Op, args: tuple[int, ...], attributes: Mapping[str, Any] | None = None) -> int:
        if op.name in ARITHMETIC:
            stretched = any(self.graph.ops[arg].name == "broadcast" for arg in args)
            found = self._unstretched(op, args) if stretched and len(args) > 1 else None
            if found is not None:
                return found
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
        elif op.name == "guard":
            if self.value(args[0]) is not None or self.ranges.fills(args[0]):
                return self.make(OPS["where"], args)
            self.fire(GUARD)
            return self._fitted(args[2], op, args)
        elif op.name == "eq" and self.value(args[0]) is not None:
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

    def _fitted(self, node: int, op: Op, args: tuple[int, ...]) -> int:
        """A node stretched to the shape that the operation on these operands has."""
        shape = self._shape(op, args, {})
        return self.node(OPS["broadcast"], (node,), {"shape": shape}) if self.shapes[node] != shape else node

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
