"""Values by name as one vector, and back."""

from __future__ import annotations

from math import prod

from cgcli.annotations import Any, Mapping
from cgcli.diagnostics import CgError
from cgcli.later import np
from cgcli.shapes import differing


class Packing:
    """Names with their shapes, whose elements follow each other in a vector.

    shapes      by name, in the order of the vector
    size        how many elements they have together
    """

    def __init__(self, shapes: Mapping[str, tuple[int, ...]]) -> None:
        self.shapes = shapes
        self._parts: list[tuple[str, int, int, Any]] = []
        self.size = 0
        for name, shape in shapes.items():
            begin, self.size = self.size, self.size + prod(shape)
            self._parts.append((name, begin, self.size, shape))

    def pack(self, values: Mapping[str, Any]) -> Any:
        """A vector of doubles. Raises `CgError` (kind `binding`) for a value of another shape."""
        vector = np.empty(self.size)
        for name, begin, end, shape in self._parts:
            value = values[name]
            if shape == () and value.__class__ is float:
                vector[begin] = value
                continue
            if np.shape(value) != shape:
                message = f"`{name}` {differing(shape, np.shape(value), 'its value')}"
                raise CgError("binding", message)
            vector[begin:end] = np.ravel(value)
        return vector

    def unpack(self, vector: Any) -> dict[str, Any]:
        """The values by name: floats, and arrays of their own. Raises `CgError` (kind `binding`) for what
        is no vector of so many elements."""
        try:
            found = np.array(vector, dtype=float)
        except (TypeError, ValueError):
            raise CgError("binding", f"this is no vector of numbers: {vector!r:.40}") from None
        if found.shape != (self.size,):
            raise CgError("binding", f"the vector {differing((self.size,), found.shape, 'what is given')}")
        return {
            name: found[begin:end].reshape(shape) if shape else float(found[begin])
            for name, begin, end, shape in self._parts
        }

    def split(self, table: Any) -> dict[str, Any]:
        """By name what the first axis of a table has of each, in its shape before the axes that are left;
        floats where there are none."""
        rest = table.shape[1:]
        found = {name: table[begin:end].reshape((*shape, *rest)) for name, begin, end, shape in self._parts}
        return {name: part if part.ndim else float(part) for name, part in found.items()}


def blocks(matrix: Any, down: Packing, across: Packing) -> dict[str, dict[str, Any]]:
    """The parts of a matrix by the names of its rows and those of its columns, with the axes of both."""
    found: dict[str, dict[str, Any]] = {name: {} for name in down.shapes}
    for by, columns in across.split(matrix.T).items():
        for name, part in down.split(np.moveaxis(columns, -1, 0)).items():
            found[name][by] = part
    return found
