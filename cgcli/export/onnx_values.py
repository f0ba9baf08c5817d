"""The values of an ONNX model in the making: every operation on them adds a node to it."""

from __future__ import annotations

from math import prod

import numpy as np

from cgcli.annotations import Any, Callable
from cgcli.errors import OperationError
from cgcli.shapes import Named, Shape, broadcast, shape_text

# The bytes of constants that a model can be written with, and some for the rest.
LARGEST = 2**31 - 2**24


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
        self._count = self._held = 0
        self._one = ""

    def fresh(self) -> str:
        while True:
            self._count += 1
            if f"v{self._count}" not in self.taken:
                return f"v{self._count}"

    def add(
        self, kind: str, *inputs: Value, shape: Shape = (), truth: bool = False, **attributes: Any
    ) -> Value:
        """The result of a node. A quotient of 1 is a reciprocal: runtimes that join it with a product lose
        the names of outputs."""
        if kind == "Div" and inputs[0].name == self._one:
            kind, inputs = "Reciprocal", inputs[1:]
        name = self.fresh()
        names = [value.name for value in inputs]
        self.nodes.append(self.onnx.helper.make_node(kind, names, [name], name=name, **attributes))
        return Value(self, name, shape, truth)

    def sizes(self, shape: Shape) -> Value:
        """A constant of the sizes of a shape."""
        return self.constant(np.array(Value(self, "", shape).sizes, np.int64))

    def room(self, shape: Shape) -> tuple[int, ...]:
        """The sizes of a constant about to be made. Raises `OperationError` where no model has room."""
        sizes = Value(self, "", shape).sizes
        if self._held + 8 * prod(sizes) > LARGEST:
            raise refuse(f"an ONNX model holds at most 2 GB, and with {shape_text(sizes)} it takes more")
        return sizes

    def constant(self, array: Any) -> Value:
        """A constant of doubles, whole numbers or truth values, made once."""
        array = np.asarray(array)
        key = (array.dtype.str, array.shape, array.tobytes())
        if key not in self._known:
            name = self.fresh()
            self._held += array.nbytes
            self.constants.append(self.onnx.numpy_helper.from_array(array, name))
            self._known[key] = Value(self, name, array.shape, array.dtype == bool)
            if array.shape == () and array.dtype == float and array == 1:
                self._one = name
        return self._known[key]


def _binary(kind: str, truth: bool = False) -> Callable[[Value, float | Value], Value]:
    """An operator of Python as an operation of ONNX, on numbers."""
    return lambda x, other: x.of(kind, other, truth=truth)


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

    def _same(self, other: float | Value) -> Value:
        """A number or a value as numbers of this model."""
        return (other if isinstance(other, Value) else self.model.constant(np.float64(other))).number()

    def number(self) -> Value:
        if not self.truth:
            return self
        return self.model.add("Cast", self, shape=self.shape, to=self.model.onnx.TensorProto.DOUBLE)

    def holds(self) -> Value:
        return self if self.truth else ~(self == 0.0)

    def of(self, kind: str, *others: float | Value, truth: bool = False, **attributes: Any) -> Value:
        """An operation of ONNX, elementwise: on numbers."""
        operands = [self.number(), *map(self._same, others)]
        shape = broadcast(*(operand.shape for operand in operands))
        return self.model.add(kind, *operands, shape=shape, truth=truth, **attributes)

    def logical(self, kind: str, *others: Value) -> Value:
        operands = [value.holds() for value in (self, *others)]
        shape = broadcast(*(operand.shape for operand in operands))
        return self.model.add(kind, *operands, shape=shape, truth=True)

    __add__, __sub__, __mul__ = _binary("Add"), _binary("Sub"), _binary("Mul")
    __truediv__, __pow__ = _binary("Div"), _binary("Pow")
    __lt__, __gt__ = _binary("Less", True), _binary("Greater", True)
    __eq__ = _binary("Equal", True)  # type: ignore[assignment]
    __hash__ = None  # type: ignore[assignment]

    def __rsub__(self, other: float) -> Value:
        return self._same(other) - self

    def __rtruediv__(self, other: float) -> Value:
        return self._same(other) / self

    def __neg__(self) -> Value:
        return self.of("Neg")

    def __abs__(self) -> Value:
        return self.of("Abs")

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
        sides = [self._same(yes), self._same(no)]
        condition = self.holds()
        shape = broadcast(condition.shape, sides[0].shape, sides[1].shape)
        return self.model.add("Where", condition, *sides, shape=shape)
