"""An ONNX model of doubles: the forward pass over an algebra whose values are tensors of a model."""

from __future__ import annotations

from importlib import import_module

import numpy as np

from cgcli.annotations import Any, Callable
from cgcli.diagnostics import CgError
from cgcli.errors import OperationError
from cgcli.export.definitions import expanded
from cgcli.export.functions import FUNCTIONS
from cgcli.export.names import Names, same
from cgcli.export.onnx_forms import FORMS, stack
from cgcli.export.onnx_values import Model, Value, refuse
from cgcli.export.walk import refused
from cgcli.ops import ALGEBRA_OPS
from cgcli.ops.entry import AND, COMPARISON, NOT, OR
from cgcli.passes.forward import forward
from cgcli.rewrite.static import Static
from cgcli.shapes import Shape
from cgcli.source import Source

# Versions of the operators and of the format that runtimes have read since 2022.
OPSET, FORMAT = 17, 8


class Algebra:
    """What each operation does to a tensor of the model; those that it lacks say so when they run."""

    def __init__(self, model: Model) -> None:
        self.model = model

    def __getattr__(self, name: str) -> Callable[..., Value]:
        """An operation that has a form, or is ONNX's own."""
        if name in FORMS:
            return FORMS[name]
        kind, level = FUNCTIONS["onnx"].get(name), ALGEBRA_OPS[name].level
        if kind is not None and level in (AND, OR, NOT):
            return lambda x, *others: x.logical(kind, *others)
        if kind is not None:
            return lambda x, *others: x.of(kind, *others, truth=level == COMPARISON)

        def missing(*operands: Value, **attributes: Any) -> Value:
            raise refuse("")

        return missing

    def room(self, count: int) -> list[Any]:
        return [None] * count

    def constant(self, value: float) -> Value:
        return self.model.constant(np.float64(value))

    def array(self, *xs: Value) -> Value:
        return stack(*xs) if xs else self.zeros((0,))

    def zeros(self, shape: Shape) -> Value:
        return self.model.constant(np.zeros(self.model.room(shape)))

    def ones(self, shape: Shape) -> Value:
        return self.model.constant(np.ones(self.model.room(shape)))

    def eye(self, n: int, m: int | None = None, k: int = 0) -> Value:
        rows, columns = self.model.room((n, n if m is None else m))
        return self.model.constant(np.eye(rows, columns, k))


def package() -> Any:
    """`onnx`, which is needed for this alone."""
    try:
        return import_module("onnx")
    except ImportError:
        hint = "install it: pip install 'cgcli[onnx]'"
        raise CgError("usage", "the Python package `onnx` is missing", hint=hint) from None


def onnx(static: Static, name: str, source: Source | None = None) -> bytes:
    """The bytes of the model."""
    model = Model(package())
    known = {*FORMS, *FUNCTIONS["onnx"], *vars(Algebra)}
    static = expanded(static, lambda op: op.name not in known)
    helper, double = model.onnx.helper, model.onnx.TensorProto.DOUBLE
    names = Names((), same, same)
    given = {}
    inputs = []
    for input_, node in static.inputs().items():
        shape = static.shapes[node] or ()
        given[input_] = Value(model, names.keep(input_), shape)
        dimensions = [size if isinstance(size, int) else str(size) for size in shape]
        inputs.append(helper.make_tensor_value_info(input_, double, dimensions))
    called = [names.keep(output or name) for output, _ in static.outputs]
    model.taken = names.taken
    try:
        values = forward(static.graph, Algebra(model), given, static.schedule())
    except OperationError as error:
        op = static.graph.ops[error.node]
        message = error.message or f"ONNX cannot express `{op.title}`"
        raise refused(static, error.node, message, source) from None
    outputs = []
    # A node that only hands an output on is taken out by a runtime, which may then look for it in vain.
    made, labels = {name for node in model.nodes for name in node.output}, dict[str, str]()
    for label, (_, node) in zip(called, static.outputs, strict=True):
        value = values[node].number()
        made.update(model.nodes[-1].output if model.nodes else ())
        if value.name not in made or labels.setdefault(value.name, label) != label:
            model.nodes.append(helper.make_node("Identity", [value.name], [label], name=label))
        dimensions = [size if isinstance(size, int) else str(size) for size in value.shape]
        outputs.append(helper.make_tensor_value_info(label, double, dimensions))
    for made_by in model.nodes:
        for tensors in (made_by.input, made_by.output):
            tensors[:] = [labels.get(tensor, tensor) for tensor in tensors]
    graph = helper.make_graph(model.nodes, name, inputs, outputs, model.constants)
    whole = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=FORMAT, producer_name="cg"
    )
    found: bytes = whole.SerializeToString()
    return found
