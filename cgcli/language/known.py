"""What of a graph is known before anything runs: attributes of operations, such as axes, shapes and slices,
are computed while a program is read, from numbers, constants and sizes of declared shapes."""

from __future__ import annotations

from cgcli.algebras.numbers import floats
from cgcli.annotations import Any, Mapping
from cgcli.graph import Graph
from cgcli.ops import ALIAS, CONSTANT, DIFFERENTIATIONS, INPUT, OPS
from cgcli.shapes import Named, Shape

ARRAY, SIZE = OPS["array"], OPS["size"]


class Known:
    """The values of those nodes of a graph that depend on no input.

    shapes      the declared shapes of inputs, by name
    """

    def __init__(self, graph: Graph, shapes: Mapping[str, Shape]) -> None:
        self.graph, self.shapes = graph, shapes

    def value(self, node: int) -> Any:
        """A float, a tuple of such values, or a size of a declared shape; None where it depends on an
        input."""
        graph = self.graph
        if graph.ops[node] is CONSTANT:
            return graph.attrs[node]
        values: dict[int, Any] = {}
        for place in self._ancestors(node):
            values[place] = self._step(place, [values.get(arg) for arg in graph.args[place]])
        return values[node]

    def derives(self, node: int) -> bool:
        """Whether a node depends on a derivative, which is written out once shapes are known."""
        return any(self.graph.ops[place].name in DIFFERENTIATIONS for place in self._ancestors(node))

    def _ancestors(self, node: int) -> list[int]:
        """The ancestors of a node, but not what is behind the size of an array."""
        graph, seen, stack = self.graph, {node}, [node]
        while stack:
            place = stack.pop()
            for arg in () if graph.ops[place] is SIZE else graph.args[place]:
                if arg not in seen:
                    seen.add(arg)
                    stack.append(arg)
        return sorted(seen)

    def _step(self, node: int, operands: list[Any]) -> Any:
        graph, op = self.graph, self.graph.ops[node]
        if op is CONSTANT:
            return graph.attrs[node]
        if op is SIZE:
            source = graph.behind(graph.args[node][0])
            declared = self.shapes.get(graph.attrs[source]) if graph.ops[source] is INPUT else None
            axis = graph.attrs.get(node, {}).get("axis")
            return declared[axis] if declared is not None and isinstance(axis, int) else None
        if op is INPUT or any(operand is None for operand in operands):
            return None
        if op is ALIAS:
            return operands[0]
        if op is ARRAY:
            return tuple(operands)
        if any(isinstance(operand, tuple) for operand in operands) or op.partials is None:
            return None
        if any(isinstance(operand, (int, Named)) for operand in operands):
            sizes = [whole(operand) for operand in operands]
            if op.name not in ("add", "sub", "mul") or None in sizes:
                return None
            x, y = sizes
            return x + y if op.name == "add" else x - y if op.name == "sub" else x * y
        return getattr(floats, op.name)(*operands)


def whole(value: Any) -> Any:
    """A whole number or a named size; None for anything else."""
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    return value if isinstance(value, (int, Named)) else None
