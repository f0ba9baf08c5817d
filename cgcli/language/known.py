"""What of a graph is known before anything runs: attributes of operations, such as axes, shapes and slices,
are computed while a program is read, from numbers, constants, sizes of declared shapes, and inputs that have
a value already."""

from __future__ import annotations

from cgcli.algebras.numbers import floats
from cgcli.annotations import Any, Callable, Mapping
from cgcli.graph import Graph, reached
from cgcli.ops import ALIAS, CONSTANT, DIFFERENTIATIONS, INPUT, OPS
from cgcli.shapes import Named, Shape, whole

ARRAY, SIZE = OPS["array"], OPS["size"]


class Known:
    """The values of those nodes of a graph that depend on no input without a value.

    shapes      the declared shapes of inputs, by name
    given       the value of an input by its name, a float or an array; None where it has none
    """

    def __init__(self, graph: Graph, shapes: Mapping[str, Shape], given: Callable[[str], Any]) -> None:
        self.graph, self.shapes, self.given = graph, shapes, given

    def value(self, node: int, given: bool = True) -> Any:
        """A float, a tuple of such values, or a size of a declared shape; None where it depends on an
        input that has no such value or, unless `given`, on any."""
        graph = self.graph
        if graph.ops[node] is CONSTANT:
            return graph.attrs[node]
        values: dict[int, Any] = {}
        for place in self._ancestors(node):
            if graph.ops[place] is INPUT:
                values[place] = self._input(graph.attrs[place]) if given else None
            else:
                values[place] = self._step(place, [values.get(arg) for arg in graph.args[place]])
        return values[node]

    def lacks(self, node: int) -> str:
        """Why a value is not known: it depends on a derivative, which is written out once shapes are, on an
        input that has none, on a size in more than sums and products, or on arrays."""
        graph, name = self.graph, self.missing(node)
        for place in self._ancestors(node):
            if graph.ops[place].name in DIFFERENTIATIONS:
                return "it cannot depend on a derivative"
            if name is not None and graph.ops[place] is INPUT and graph.attrs[place] == name:
                what = "which has no value" if self.given(name) is None else "which is an array"
                return f"it depends on the input `{name}`, {what}"
            if graph.ops[place] is SIZE:
                if self._step(place, []) is None:
                    return "the size of an array is known where it is declared: `input x: [n]`"
                return "of sizes, sums, differences and products are known before values are, and no more"
        return "it cannot depend on the elements of an array"

    def missing(self, node: int) -> str | None:
        """The first input that a value depends on, and that has none that is a number or a vector."""
        graph = self.graph
        for place in self._ancestors(node):
            if graph.ops[place] is INPUT and self._input(graph.attrs[place]) is None:
                return str(graph.attrs[place])
        return None

    def _input(self, name: str) -> Any:
        value = self.given(name)
        if getattr(value, "ndim", 0) == 1:
            return tuple(map(float, value))
        return value if isinstance(value, (float, tuple)) else None

    def _ancestors(self, node: int) -> list[int]:
        """The ancestors of a node, but not what is behind the size of an array."""
        ops, args = self.graph.ops, self.graph.args
        return reached([node], lambda place: () if ops[place] is SIZE else args[place])

    def _step(self, node: int, operands: list[Any]) -> Any:
        graph, op = self.graph, self.graph.ops[node]
        if op is CONSTANT:
            return graph.attrs[node]
        if op is SIZE:
            source = graph.behind(graph.args[node][0])
            declared = self.shapes.get(graph.attrs[source]) if graph.ops[source] is INPUT else None
            axis = graph.attrs.get(node, {}).get("axis")
            return declared[axis] if declared is not None and isinstance(axis, int) else None
        if any(operand is None for operand in operands):
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
