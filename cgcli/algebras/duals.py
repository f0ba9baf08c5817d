"""The algebra of dual numbers over another algebra: values that carry a tangent along.

An operation on duals gives its result over the algebra below, and the result's tangent by the
operation's own rule. Reverse mode over duals is forward over reverse: the tangents of the adjoints
are a Hessian times the direction of the seeds.
"""

from __future__ import annotations

from functools import partial

from cgcli.algebras.base import Base, Operators
from cgcli.annotations import Any, Callable
from cgcli.ops import ALGEBRA_OPS, OPS, Op
from cgcli.ops.chain import Whole, push
from cgcli.ops.entry import MULTILINEAR

# Operations whose derivatives are 0.
FLAT = {
    op.name for op in ALGEBRA_OPS.values() if op.partials.__class__ is tuple and set(op.partials) == {0.0}
}


class Dual(Operators):
    """A value and its tangent; None is a tangent of 0."""

    __slots__ = ("primal", "tangent")

    def __init__(self, algebra: Duals, primal: Any, tangent: Any) -> None:
        self.algebra, self.primal, self.tangent = algebra, primal, tangent


class Duals(Base):
    """Operations on duals. What does not move may be a plain value of the algebra below.

    lost        if a list, it is added to where an exact 0 wins in a tangent of a rule's own operations;
                `settle` then tells of it at its node
    """

    def __init__(self, base: Any) -> None:
        self.base = base
        self.for_reading, self.even_from, self.moderate = base.for_reading, base.even_from, base.moderate
        self.lost: list[int] | None = None

    def operation(self, op: Op) -> Callable[..., Any]:
        return partial(self.apply, op.name)

    def constant(self, value: float) -> Any:
        return self.base.constant(value)

    def apply(self, name: str, *operands: Any, **attributes: Any) -> Any:
        base, primals, tangents, moves = self.base, [], [], False
        for operand in operands:
            if operand.__class__ is Dual:
                primals.append(operand.primal)
                tangents.append(operand.tangent)
                moves = moves or operand.tangent is not None
            else:
                primals.append(operand)
                tangents.append(None)
        result = getattr(base, name)(*primals, **attributes)
        if not moves or name in FLAT:
            return result
        op = OPS[name]
        lost = self.lost if op.reads is None else None  # a branch that is not taken is not lost
        return self.dual(result, push(op, base, tangents, result, primals, attributes, -1, lost))

    def parts(self, adjoint: Any, *values: Any) -> list[Any]:
        """The primal and the tangent of an adjoint, and the primals of values."""
        g, along = primal(adjoint), tangent(adjoint)
        if along is None:
            shape = self.base.shape(g)
            along = self.base.zeros(shape=shape) if shape else 0.0
        return [g, along, *map(primal, values)]

    def dual(self, primal: Any, tangent: Any) -> Any:
        return primal if tangent is None else Dual(self, primal, tangent)

    def alike(self, value: Any, other: Any) -> bool:
        return bool(self.base.alike(primal(value), primal(other)))

    def shape(self, value: Any) -> Any:
        return self.base.shape(primal(value))

    def chain(self, factor: Any, partial: Any) -> Any:
        """A product of the chain rule: an exact 0 wins, in the primal and in the tangent."""
        factors = primal(factor), primal(partial)
        product = self.base.chain(*factors)
        moving = tangent(factor), tangent(partial)
        moved = push(OPS["mul"], self.base, moving, product, factors, {}, -1, self.lost)
        return self.dual(product, moved)

    def settle_whole(self, part: Any, whole: Whole, place: int, adjoint: Any) -> Any:
        """What a product of arrays hands back: an exact 0 wins, in primals and in tangents."""
        base, operands, moves = self.base, whole.operands, tangent(part)
        if part is None or (base.finite(primal(part)) and (moves is None or base.finite(moves))):
            return part

        def hand_back(g: Any, xs: list[Any]) -> Any:
            of = whole.over(primal(whole.result), xs)
            return base.settle_whole(of.cotangents(base, g)(place), of, place, g)

        if whole.op.pushforward != MULTILINEAR:
            return part
        primals = [primal(operand) for operand in operands]
        settled, moved = hand_back(primal(adjoint), primals), None
        if tangent(adjoint) is not None:
            moved = hand_back(tangent(adjoint), primals)
        for other, operand in enumerate(operands):
            if other != place and tangent(operand) is not None:
                moving = [*primals[:other], tangent(operand), *primals[other + 1 :]]
                more = hand_back(primal(adjoint), moving)
                moved = more if moved is None else moved + more
        return self.dual(settled, moved)

    def settle(self, product: Any, factor: Any, partial: Any, like: Any, node: int, zeroed: Any) -> Any:
        base, model = self.base, primal(like)
        if self.lost:
            self.lost.clear()
            if zeroed is not None:
                zeroed.append(node)
        settled = base.settle(primal(product), primal(factor), primal(partial), model, node, zeroed)
        moved = tangent(product)
        return self.dual(settled, moved if moved is None else base.settle(moved, 1.0, 1.0, model, node, None))


def primal(value: Any) -> Any:
    return value.primal if value.__class__ is Dual else value


def tangent(value: Any) -> Any:
    return value.tangent if value.__class__ is Dual else None
