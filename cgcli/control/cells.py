"""An array, element by element, while it is assigned to."""

from __future__ import annotations


class Cells:
    """An array as the nodes of its elements, flat; those that are None are still to be taken from `base`. The
    node of the array is `whole`, or None where it has been changed since."""

    __slots__ = ("base", "nodes", "shape", "whole")

    def __init__(self, base: int, shape: tuple[int, ...], nodes: list[int | None]) -> None:
        self.base, self.shape, self.nodes = base, shape, nodes
        self.whole: int | None = None
