"""The computational graph: parallel lists, in which index order is topological order.

A node is an index. Its operands have smaller indices by construction, so a walk forward or
backward is a loop over indices, and depth is limited by memory only.
"""

from __future__ import annotations

from array import array

from cgcli.ops import CONSTANT, INPUT, Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any


class Graph:
    """Nodes as parallel lists.

    ops             the operation of each node
    args            the indices of its operands
    attrs           the value of a constant, the name of an input, else None
    starts, ends    its place in the source, [start, end); -1 where it has none
    names           names that the program gave to nodes, the first one each
    """

    __slots__ = ("args", "attrs", "ends", "names", "ops", "starts")

    def __init__(self) -> None:
        self.ops: list[Op] = []
        self.args: list[tuple[int, ...]] = []
        self.attrs: list[Any] = []
        self.starts = array("i")
        self.ends = array("i")
        self.names: dict[int, str] = {}

    def __len__(self) -> int:
        return len(self.ops)

    def add(
        self, op: Op, args: tuple[int, ...] = (), attr: Any = None, start: int = -1, end: int = -1
    ) -> int:
        """Append a node and return its index. The operands must be there already."""
        self.ops.append(op)
        self.args.append(args)
        self.attrs.append(attr)
        self.starts.append(start)
        self.ends.append(end)
        return len(self.ops) - 1

    def constant(self, value: float) -> int:
        return self.add(CONSTANT, attr=value)

    def input(self, name: str) -> int:
        return self.add(INPUT, attr=name)

    def ancestors(self, roots: Iterable[int]) -> list[int]:
        """The nodes that the roots are computed from, and the roots, in ascending order."""
        args = self.args
        seen = set(roots)
        stack = list(seen)
        while stack:
            for arg in args[stack.pop()]:
                if arg not in seen:
                    seen.add(arg)
                    stack.append(arg)
        return sorted(seen)

    def dependents(self, roots: Iterable[int]) -> bytearray:
        """One byte a node: 1 where it is computed from a root, or is one."""
        marks = bytearray(len(self.ops))
        for root in roots:
            marks[root] = 1
        for node, args in enumerate(self.args):
            if args and (marks[args[0]] or marks[args[-1]] or any(marks[arg] for arg in args[1:-1])):
                marks[node] = 1
        return marks

    def uses(self) -> list[int]:
        """How often each node is an operand."""
        counts = [0] * len(self.ops)
        for args in self.args:
            for arg in args:
                counts[arg] += 1
        return counts
