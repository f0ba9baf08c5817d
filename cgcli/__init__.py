"""cg: values, gradients and pictures of the computational graph of an expression.

>>> import cgcli
>>> cgcli.evaluate("x^2 * y", x=3, y=2)
{'f': 18.0}
>>> cgcli.gradient("x^2 * y", x=3, y=2)
{'f': {'x': 12.0, 'y': 9.0}}
"""

from __future__ import annotations

from cgcli.diagnostics import CgError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cgcli.evaluation.point import Point
    from cgcli.language.program import Program

__all__ = ["CgError", "evaluate", "gradient", "hessian", "jacobian", "parse"]


def parse(text: str, bound: tuple[str, ...] = ()) -> Program:
    """The program of a text. `bound` names constants (`e`, `pi`, ...) that are inputs instead.

    Raises `CgError`; its text shows the place.
    """
    from cgcli.language.lowering import lower
    from cgcli.language.parser import parse as parse_source
    from cgcli.source import Source

    return lower(parse_source(Source(("<text>", text))), bound)


def evaluate(program: str | Program, /, **inputs: Any) -> dict[str, Any]:
    """The value of each output, by its name; one without a name is `f`, several `f1`, `f2`, ...

    Inputs are numbers, or whatever NumPy takes for an array of numbers (`True` is 1); results are
    floats, or arrays of doubles that must not be written to. Where a value is not finite, as log(0)
    is not, nothing is said of it, unlike on the command line.
    Raises `CgError` for a program that is wrong, an input without a value, a failed assertion.
    """
    point = _point(program, inputs)
    ready = point.program
    names = ready.output_names()
    return {name: point.values[output.node] for name, output in zip(names, ready.outputs, strict=True)}


def gradient(program: str | Program, /, **inputs: Any) -> dict[str, dict[str, Any]]:
    """The derivative of each output, a number, by each input, in reverse mode and in its shape.

    Raises `CgError` as `evaluate` does, and for an output that is an array.
    """
    from cgcli.evaluation.derivatives import gradients, require_scalar

    point = _point(program, inputs)
    ready = point.program
    require_scalar(point, ready.outputs)
    outputs, nodes = [output.node for output in ready.outputs], list(ready.inputs.values())
    rows = gradients(point, outputs, nodes, spend=True)
    return {
        name: dict(zip(ready.inputs, row, strict=True))
        for name, row in zip(ready.output_names(), rows, strict=True)
    }


def jacobian(program: str | Program, /, **inputs: Any) -> dict[str, dict[str, Any]]:
    """The derivative of each output, of any shape, by each input: arrays whose axes are those of the
    output, then those of the input.

    Raises `CgError` as `evaluate` does.
    """
    from cgcli.evaluation import derivatives

    point = _point(program, inputs)
    ready = point.program
    nodes = list(ready.inputs.values())
    return {
        name: dict(zip(ready.inputs, derivatives.jacobian(point, output.node, nodes), strict=True))
        for name, output in zip(ready.output_names(), ready.outputs, strict=True)
    }


def hessian(program: str | Program, /, **inputs: Any) -> dict[str, dict[str, dict[str, Any]]]:
    """The second derivatives of each output, a number, by every pair of inputs: `["f"]["x"]["y"]` is an
    array whose axes are those of x, then those of y.

    Raises `CgError` as `evaluate` does, and for an output that is an array.
    """
    from cgcli.evaluation import derivatives

    point = _point(program, inputs)
    ready = point.program
    derivatives.require_scalar(point, ready.outputs)
    found = {}
    for name, output in zip(ready.output_names(), ready.outputs, strict=True):
        blocks = derivatives.hessian(point, output.node, ready.inputs)
        rows = [dict(zip(ready.inputs, row, strict=True)) for row in blocks]
        found[name] = dict(zip(ready.inputs, rows, strict=True))
    return found


def _point(program: str | Program, inputs: dict[str, Any]) -> Point:
    """The program, which may be a text, at these inputs."""
    from cgcli.evaluation.binding import refuse_assigned
    from cgcli.evaluation.prepared import evaluate
    from cgcli.language.program import Program

    ready = parse(program, tuple(inputs)) if isinstance(program, str) else program
    if not isinstance(ready, Program):
        raise TypeError(f"a program is a text, or what `cgcli.parse` returns, and not {program!r:.40}")
    for name in inputs:
        refuse_assigned(ready, name)
        if name not in ready.inputs:
            raise CgError("binding", f"the program has no input `{name}`")
    return evaluate(ready, {name: _value(name, value) for name, value in inputs.items()})


def _value(name: str, value: Any) -> Any:
    """A float, or an array of doubles of its own, which the caller cannot write to."""
    try:
        if hasattr(value, "__len__") or hasattr(value, "__array__"):
            import numpy as np

            if np.ma.isMaskedArray(value):
                raise CgError("binding", f"`{name}` is a masked array, and cg knows no masks")
            array = np.asarray(value)
            if array.size and array.dtype.kind not in "buif":
                raise TypeError
            array = array.astype(float)
            return array if array.ndim else float(array)
        return float(value)
    except (TypeError, ValueError, OverflowError):
        if isinstance(value, (list, tuple)):  # perhaps rows that differ in length
            from cgcli.data.values import flattened

            flattened(f"`{name}`", value, "binding")
        raise CgError(
            "binding", f"the value of `{name}` is not a number or an array: {value!r:.40}"
        ) from None
