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
    from cgcli.language.program import Program

__all__ = ["CgError", "evaluate", "gradient", "parse"]


def parse(text: str, bound: tuple[str, ...] = ()) -> Program:
    """The program of a text. `bound` names constants (`e`, `pi`, ...) that are inputs instead.

    Raises `CgError`; its text shows the place.
    """
    from cgcli.language.lowering import lower
    from cgcli.language.parser import parse as parse_source
    from cgcli.source import Source

    return lower(parse_source(Source(("<text>", text))), bound)


def evaluate(program: str | Program, /, **inputs: float) -> dict[str, float]:
    """The value of each output, by its name; one without a name is `f`, several `f1`, `f2`, ...

    Raises `CgError` for a program that is wrong, an input without a value, a failed assertion.
    """
    from cgcli import evaluation

    ready = _ready(program, inputs)
    values = evaluation.evaluate(ready, _floats(inputs))
    names = ready.output_names()
    return {name: values[output.node] for name, output in zip(names, ready.outputs, strict=True)}


def gradient(program: str | Program, /, **inputs: float) -> dict[str, dict[str, float]]:
    """The derivative of each output by each input, in reverse mode.

    Raises `CgError` as `evaluate` does.
    """
    from cgcli import evaluation

    ready = _ready(program, inputs)
    values = evaluation.evaluate(ready, _floats(inputs))
    rows = evaluation.gradients(ready, values, list(ready.inputs.values()))
    return {
        name: dict(zip(ready.inputs, row, strict=True))
        for name, row in zip(ready.output_names(), rows, strict=True)
    }


def _ready(program: str | Program, inputs: dict[str, float]) -> Program:
    """The program of a text, and a check that it can take these inputs."""
    from cgcli import evaluation

    ready = parse(program, tuple(inputs)) if isinstance(program, str) else program
    for name in inputs:
        evaluation.refuse_assigned(ready, name)
        if name not in ready.inputs:
            raise CgError("binding", f"the program has no input `{name}`")
    return ready


def _floats(inputs: dict[str, float]) -> dict[str, float]:
    values = {}
    for name, value in inputs.items():
        try:
            values[name] = float(value)
        except (TypeError, ValueError, OverflowError):
            raise CgError("binding", f"the value of `{name}` is not a float: {value!r:.40}") from None
    return values
