"""An array, element by element, while it is assigned to."""

from __future__ import annotations

from math import prod

from cgcli.annotations import Any, Callable
from cgcli.ops import OPS

INDEX, ARRAY, RESHAPE = OPS["index"], OPS["array"], OPS["reshape"]

# Appends an operation to a graph: with its operands and attributes; its node.
Apply = Callable[[Any, list[Any], dict[str, Any]], int]


class Cells:
    """An array as the nodes of its elements, flat; those that are None are still to be taken from `base`. The
    node of the array is `whole`, or None where it has been changed since."""

    __slots__ = ("base", "nodes", "shape", "whole")

    def __init__(self, base: int, shape: tuple[int, ...], nodes: list[int | None] | None = None) -> None:
        self.base, self.shape = base, shape
        self.nodes: list[int | None] = [None] * prod(shape) if nodes is None else nodes
        self.whole: int | None = None

    def copy(self) -> Cells:
        return Cells(self.base, self.shape, list(self.nodes))

    def flat(self, place: tuple[int, ...]) -> int:
        found = 0
        for size, one in zip(self.shape, place):
            found = found * size + one % size
        return found

    def node(self, place: tuple[int, ...], apply: Apply) -> int:
        """The node of an element."""
        return self._at(self.flat(place), apply)

    def put(self, place: tuple[int, ...], node: int) -> None:
        """Give an element another node."""
        self.nodes[self.flat(place)] = node
        self.whole = None

    def _at(self, place: int, apply: Apply) -> int:
        node = self.nodes[place]
        if node is None:
            at, rest = [], place
            for size in reversed(self.shape):
                rest, one = divmod(rest, size)
                at.append(one)
            node = self.nodes[place] = apply(INDEX, [self.base], {"at": tuple(reversed(at))})
        return node

    def made(self, apply: Apply) -> int:
        """The node of the array."""
        if self.whole is None:
            nodes = [self._at(place, apply) for place in range(len(self.nodes))]
            self.whole = apply(ARRAY, nodes, {})
            if len(self.shape) > 1:
                self.whole = apply(RESHAPE, [self.whole], {"shape": self.shape})
        return self.whole

    def fill(self, at: tuple[Any, ...], value: int, shape: Any, apply: Apply) -> None:
        """Give a part the elements of another array, or a number, of this shape. Raises `OperationError`
        where that does not stretch to it."""
        import numpy as np

        from cgcli.control.values import require_fit

        taken = tuple(slice(*one) if one.__class__ is tuple else one for one in at)
        places = np.arange(len(self.nodes)).reshape(self.shape)[taken]
        require_fit(shape, places.shape)
        sources = np.broadcast_to(np.arange(prod(shape)).reshape(shape), places.shape)
        parts = Cells(value, shape) if shape else None
        for place, source in zip(places.flat, sources.flat):
            self.nodes[place] = parts._at(int(source), apply) if parts else value
        self.whole = None
