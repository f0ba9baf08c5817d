"""The chain rule at one operation: local partial derivatives, cotangents handed back, tangents
handed on."""

from __future__ import annotations

from cgcli.ops.entry import LINEAR, MULTILINEAR

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from cgcli.ops import Op

# Partials are numbers or functions; comparing classes is the quickest way to tell them apart.
FUNCTION: Any = type(lambda: None)


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
        return _push_whole(op, algebra, tangents, result, operands, attributes, node, zeroed)
    total = None
    partials: Any = op.partials
    if partials.__class__ is FUNCTION:
        partials = partials(algebra, result, *operands)
    for moving, partial in zip(tangents, partials, strict=True):
        if moving is None:
            continue
        if partial.__class__ is FUNCTION:
            partial = partial(algebra, result, *operands)
        part = partial * moving
        if part.__class__ is not float or part != part or result.__class__ is not float:
            part = algebra.settle(part, moving, partial, result, node, zeroed)
        total = part if total is None else total + part
    return total


def _push_whole(
    op: Any,
    algebra: Any,
    tangents: Sequence[Any],
    result: Any,
    operands: Sequence[Any],
    attributes: Any,
    node: int,
    zeroed: list[int] | None,
) -> Any:
    """Of an operation on whole arrays (`ops.entry.ArrayOp.pushforward`)."""
    if op.pushforward not in (LINEAR, MULTILINEAR):
        return op.pushforward(algebra, tangents, result, *operands, **attributes)
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
            part = algebra.settle_product(part, op, factors, attributes, node, zeroed)
            total = part if total is None else total + part
    return total
