"""An algebra of doubles in which a derivative that leaves their range on the way does not go on.

What vanishes or overflows may be needed: by x, 1/(1e200*x) is -1e-200 at 1, and its derivative by the
product is -1e-400. Who gets a `LeftRange` takes another algebra (`algebras.wide`).
"""

from __future__ import annotations

from cgcli.algebras.base import Over
from cgcli.annotations import Any
from cgcli.graph import Graph
from cgcli.ops.chain import FUNCTION
from cgcli.ops.choice import CHOICE_OPS
from cgcli.ops.derivative import DERIVATIVE


class LeftRange(ArithmeticError):
    """A number of a derivative is near an end of the range of doubles, or beyond."""


# A product of this size has not vanished or overflowed, nor have its factors, but for the oddest ones.
MODERATE = 2.0**-900, 2.0**900

# A partial derivative that is 0 is that exactly if all operands, and the result, are 0 or between these.
# The largest is where the first functions are flat.
NEAR = 2.0**-40, 5.0

# Operations with partial derivatives that are 0 nowhere else than they say.
EXACT = {"mul", "relu", "mod", "square", *(op.name for op in (*CHOICE_OPS, *DERIVATIVE))}


class Watched(Over):
    """Floats, or arrays, for the derivatives of one graph where its nodes have some `values`. What becomes of
    arrays NumPy tells."""

    moderate = MODERATE

    values: Any

    def __init__(self, base: Any, graph: Graph) -> None:
        self.base, self.graph, self.mutable = base, graph, base.mutable

    def chain(self, factor: Any, partial: Any) -> Any:
        return self.settle(factor * partial, factor, partial, None, -1, None)

    def settle(
        self, product: Any, factor: Any, partial: Any, like: Any, node: int, zeroed: list[int] | None
    ) -> Any:
        if partial.__class__ is float:
            for one in (product, partial):
                if one.__class__ is float:
                    self.look(one, factor, partial, like, node)
        elif product.__class__ is float and not _is_within(product, MODERATE):
            raise LeftRange
        return self.base.settle(product, factor, partial, like, node, zeroed)

    def look(self, found: float, factor: Any, partial: Any, like: Any, node: int) -> None:
        """At a product or a factor of it, which are numbers. Raises `LeftRange` for one that is not moderate,
        nor exactly 0."""
        if _is_within(found, MODERATE):
            return
        if factor.__class__ is float and factor == 0 and partial - partial == 0:
            return
        if partial.__class__ is float and partial == 0:
            if not self._is_exact(node, like):
                raise LeftRange
        elif found != 0 or (factor.__class__ is float and partial != 1.0):
            raise LeftRange

    def _is_exact(self, node: int, like: Any) -> bool:
        """Whether a partial derivative of a node that is 0 is no other number, too small for a double."""
        if node < 0:
            return like is None or _is_plain(like)
        graph = self.graph
        op, partials = graph.ops[node], graph.ops[node].partials
        if op.name in EXACT:
            return True
        if partials.__class__ is tuple and not any(partial.__class__ is FUNCTION for partial in partials):
            return True
        return all(map(_is_plain, [self.values[one] for one in (node, *graph.args[node])]))


def _is_within(x: float, bounds: tuple[float, float]) -> bool:
    least, most = bounds
    return least <= x <= most or -most <= x <= -least


def _is_plain(x: Any) -> bool:
    return x.__class__ is float and (x == 0 or _is_within(x, NEAR))
