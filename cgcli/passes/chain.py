"""The chain rule on one edge: local partial derivatives, and the product that hands them on."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from cgcli.ops import Op

# Partials are numbers or functions; comparing classes is the quickest way to tell them apart.
FUNCTION: Any = type(lambda: None)


def local_partials(op: Op, algebra: Any, result: Any, operands: Sequence[Any]) -> list[Any]:
    """The partial derivatives of one operation by each of its operands."""
    partials: Any = op.partials
    if partials.__class__ is FUNCTION:
        return list(partials(algebra, result, *operands))
    return [
        partial(algebra, result, *operands) if partial.__class__ is FUNCTION else partial
        for partial in partials
    ]


def settled(product: Any, factor: Any, partial: Any, node: int, zeroed: list[int] | None) -> Any:
    """A product that came out nan: 0 where a factor is exactly 0.

    A branch that was not taken, or that does not depend on the variable, contributes 0 even
    where the other factor is nan or inf; the same in forward and in reverse mode. `zeroed`
    collects the nodes where that happened.
    """
    if factor != 0 and partial != 0:
        return product
    if zeroed is not None:
        zeroed.append(node)
    return 0.0
