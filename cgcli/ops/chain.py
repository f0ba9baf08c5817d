"""The chain rule at one operation: local partial derivatives, cotangents handed back, tangents
handed on."""

from __future__ import annotations

from cgcli.annotations import Any, Sequence
from cgcli.ops import Op
from cgcli.ops.entry import LINEAR, MULTILINEAR, Cotangents

# Partials are numbers or functions; comparing classes is the quickest way to tell them apart.
FUNCTION: Any = type(lambda: None)


class Whole:
    """An operation on whole arrays at a node, as a pass meets it: with its attributes, and the values of
    its result and of its operands. `zeroed` collects the nodes where an exact 0 won, or is None."""

    __slots__ = ("attributes", "node", "op", "operands", "result", "zeroed")

    def __init__(
        self, op: Any, attributes: Any, result: Any, operands: Sequence[Any], node: int, zeroed: Any
    ) -> None:
        self.op, self.attributes, self.node, self.zeroed = op, attributes, node, zeroed
        self.result, self.operands = result, operands

    def over(self, result: Any, operands: Sequence[Any]) -> Whole:
        """The same operation of other values."""
        return Whole(self.op, self.attributes, result, operands, self.node, self.zeroed)

    def cotangents(self, algebra: Any, adjoint: Any) -> Cotangents:
        """What it hands back to each operand, by its position."""
        found: Cotangents = self.op.cotangents(
            algebra, adjoint, self.result, *self.operands, **self.attributes
        )
        return found

    def told(self) -> None:
        """To be called where an exact 0 won over what is not finite."""
        if self.zeroed is not None:
            self.zeroed.append(self.node)


def local_partials(op: Op, algebra: Any, result: Any, operands: Sequence[Any]) -> list[Any]:
    """The partial derivatives of an elementwise operation by each of its operands."""
    partials: Any = op.partials
    if partials.__class__ is FUNCTION:
        return list(partials(algebra, result, *operands))
    return [
        partial(algebra, result, *operands) if partial.__class__ is FUNCTION else partial
        for partial in partials
    ]


def push(
    op: Op,
    algebra: Any,
    tangents: Sequence[Any],
    result: Any,
    operands: Sequence[Any],
    attributes: dict[str, Any],
    node: int = -1,
    zeroed: list[int] | None = None,
) -> Any:
    """The tangent of an operation's result from those of its operands, of which None do not move;
    None where the result does not."""
    if all(tangent is None for tangent in tangents):
        return None
    if op.partials is None:
        return _push_whole(algebra, tangents, Whole(op, attributes, result, operands, node, zeroed))
    total, (low, high) = None, algebra.moderate
    partials: Any = op.partials
    if partials.__class__ is FUNCTION:
        partials = partials(algebra, result, *operands)
    for moving, partial in zip(tangents, partials, strict=True):
        if moving is None:
            continue
        if partial.__class__ is FUNCTION:
            partial = partial(algebra, result, *operands)
        part = partial * moving
        if (
            part.__class__ is not float
            or not (low <= part <= high or -high <= part <= -low)
            or result.__class__ is not float
        ):
            part = algebra.settle(part, moving, partial, result, node, zeroed)
        total = part if total is None else total + part
    return total


def _push_whole(algebra: Any, tangents: Sequence[Any], whole: Whole) -> Any:
    """Of an operation on whole arrays (`ops.entry.ArrayOp.pushforward`)."""
    op, operands, attributes = whole.op, whole.operands, whole.attributes
    if op.pushforward not in (LINEAR, MULTILINEAR):
        return op.pushforward(algebra, tangents, whole.result, *operands, **attributes)
    apply = getattr(algebra, op.name)
    if op.pushforward == LINEAR:
        moving = [
            algebra.broadcast(0.0, shape=algebra.shape(operand)) if tangent is None else tangent
            for tangent, operand in zip(tangents, operands, strict=True)
        ]
        return apply(*moving, **attributes)
    total = None
    for place, tangent in enumerate(tangents):
        if tangent is not None:
            factors = [*operands[:place], tangent, *operands[place + 1 :]]
            part = apply(*factors, **attributes)
            part = algebra.settle_product(part, factors, whole)
            total = part if total is None else total + part
    return total
