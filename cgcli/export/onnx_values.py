"""The values of an ONNX model in the making: every operation on them adds a node to it."""

from __future__ import annotations

from math import prod

import numpy as np

from cgcli.errors import OperationError
from cgcli.shapes import Named, broadcast

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cgcli.shapes import Shape


def refuse(message: str) -> OperationError:
    return OperationError(message, kind="export")


class Model:
    """Nodes and constants; `onnx` is the package."""

    def __init__(self, onnx: Any) -> None:
        self.onnx = onnx
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self.taken: set[str] = set()
        self._known: dict[tuple[Any, ...], Value] = {}
        self._count = 0

    def fresh(self) -> str:
        while True:
            self._count += 1
            if f"v{self._count}" not in self.taken:
                return f"v{self._count}"

    def add(
        self, kind: str, *inputs: Value, shape: Shape = (), truth: bool = False, **attributes: Any
    ) -> Value:
        """The result of a node."""
        name = self.fresh()
        names = [value.name for value in inputs]
        self.nodes.append(self.onnx.helper.make_node(kind, names, [name], name=name, **attributes))
        return Value(self, name, shape, truth)

    def constant(self, array: Any) -> Value:
        """A constant of doubles, whole numbers or truth values, made once."""
        array = np.asarray(array)
        key = (array.dtype.str, array.shape, array.tobytes())
        if key not in self._known:
            name = self.fresh()
            self.constants.append(self.onnx.numpy_helper.from_array(array, name))
            self._known[key] = Value(self, name, array.shape, array.dtype == bool)
        return self._known[key]


class Value:
    """A tensor of a model: doubles, or truth values."""

    __slots__ = ("model", "name", "shape", "truth")

    def __init__(self, model: Model, name: str, shape: Shape, truth: bool = False) -> None:
        self.model, self.name, self.shape, self.truth = model, name, shape, truth

    @property
    def sizes(self) -> tuple[int, ...]:
        """The shape, where all sizes are numbers."""
        if any(isinstance(size, Named) for size in self.shape):
            raise refuse("ONNX needs sizes that are numbers here: give the input a value, or declare them")
        return self.shape  # type: ignore[return-value]

    @property
    def size(self) -> int:
        return prod(self.sizes)

    def number(self) -> Value:
        if not self.truth:
            return self
        return self.model.add("Cast", self, shape=self.shape, to=self.model.onnx.TensorProto.DOUBLE)

    def holds(self) -> Value:
        return self if self.truth else ~(self == 0.0)

    def of(self, kind: str, *others: float | Value, truth: bool = False, **attributes: Any) -> Value:
        """An operation of ONNX, elementwise: on numbers."""
        operands = [self.number()]
        for other in others:
            value = other if isinstance(other, Value) else self.model.constant(np.float64(other))
            operands.append(value.number())
        shape = broadcast(*(operand.shape for operand in operands))
        return self.model.add(kind, *operands, shape=shape, truth=truth, **attributes)

    def logical(self, kind: str, *others: Value) -> Value:
        operands = [value.holds() for value in (self, *others)]
        shape = broadcast(*(operand.shape for operand in operands))
        return self.model.add(kind, *operands, shape=shape, truth=True)

    def __add__(self, other: float | Value) -> Value:
        return self.of("Add", other)

    def __sub__(self, other: float | Value) -> Value:
        return self.of("Sub", other)

    def __mul__(self, other: float | Value) -> Value:
        return self.of("Mul", other)

    def __truediv__(self, other: float | Value) -> Value:
        return self.of("Div", other)

    def __pow__(self, other: float | Value) -> Value:
        return self.of("Pow", other)

    def __rsub__(self, other: float) -> Value:
        return self.model.constant(np.float64(other)) - self

    def __rtruediv__(self, other: float) -> Value:
        return self.model.constant(np.float64(other)) / self

    def __neg__(self) -> Value:
        return self.of("Neg")

    def __abs__(self) -> Value:
        return self.of("Abs")

    def __lt__(self, other: float | Value) -> Value:
        return self.of("Less", other, truth=True)

    def __gt__(self, other: float | Value) -> Value:
        return self.of("Greater", other, truth=True)

    def __eq__(self, other: float | Value) -> Value:  # type: ignore[override]
        return self.of("Equal", other, truth=True)

    __hash__ = None  # type: ignore[assignment]

    def __invert__(self) -> Value:
        return self.logical("Not")

    def __and__(self, other: Value) -> Value:
        return self.logical("And", other)

    def __or__(self, other: Value) -> Value:
        return self.logical("Or", other)

    def isnan(self) -> Value:
        return self.of("IsNaN", truth=True)

    def pick(self, yes: float | Value, no: float | Value) -> Value:
        """`yes` where this holds, else `no`."""
        sides = []
        for side in (yes, no):
            value = side if isinstance(side, Value) else self.model.constant(np.float64(side))
            sides.append(value.number())
        condition = self.holds()
        shape = broadcast(condition.shape, sides[0].shape, sides[1].shape)
        return self.model.add("Where", condition, *sides, shape=shape)
