"""The chain rule on one edge: the local partial derivatives."""

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
