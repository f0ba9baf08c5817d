"""Sums of outer products in a reverse pass: what a matrix times many vectors is handed back, as one product
of two matrices."""

from __future__ import annotations

from cgcli.annotations import Any

# So many products are summed at once, which bounds what is held of vectors.
MANY = 256


# By node, products of the matrix and a vector, and their adjoints.
Pairs = dict[int, list[Any]]


def add(pairs: Pairs, node: int, whole: Any, adjoint: Any) -> bool:
    """What one product hands back to its matrix; whether it is time to take them."""
    own = pairs.setdefault(node, [])
    own.append((whole, adjoint))
    return len(own) == MANY


def take(pairs: Pairs, node: int, algebra: Any) -> list[Any]:
    """What the products of a matrix hand back to it, as few summands as there can be: one, unless an
    element of it is not finite."""
    own = pairs.pop(node)
    if len(own) > 1:
        rows = algebra.stack(*[adjoint for _, adjoint in own], axis=1)
        columns = algebra.stack(*[whole.operands[1] for whole, _ in own], axis=0)
        found = algebra.matmul(rows, columns)
        if algebra.finite(found):
            return [found]
    return [
        algebra.settle_whole(whole.cotangents(algebra, adjoint)(0), whole, 0, adjoint)
        for whole, adjoint in own
    ]
