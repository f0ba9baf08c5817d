"""The rate of steps: a number, or an expression in how far training has come."""

from __future__ import annotations

from cgcli.diagnostics import CgError
from cgcli.evaluation.prepared import Prepared
from cgcli.language.lowering import lower
from cgcli.language.parser import parse
from cgcli.source import Source

# What an expression may speak of: the step and the epoch, both from 0, and how many epochs there will be.
NAMES = ("step", "epoch", "epochs")


class Schedule:
    """The rate of each step."""

    def __init__(self, text: str, epochs: int) -> None:
        """Raises `CgError` (kind `binding`) for what is no such expression."""
        source = Source(("<rate>", text))
        try:
            program = lower(parse(source))
            if len(program.outputs) != 1:
                raise CgError("binding", "a rate is one expression", source, 0, len(text))
            wrong = next((name for name in program.inputs if name not in NAMES), None)
            if wrong is not None:
                node = program.inputs[wrong]
                place = program.graph.place(node)
                told = f"a rate speaks of {', '.join(NAMES)}, and not of `{wrong}`"
                raise CgError("binding", told, source, *place)
            self._prepared, self._output = Prepared(program, {}), program.outputs[0]
            self._source, self._epochs = source, float(epochs)
            self._fixed = None if program.inputs else self(0, 0)
        except CgError as error:
            error.diagnostic.kind = "binding"
            raise

    _fixed: float | None = None

    def __call__(self, step: int, epoch: int) -> float:
        """Raises `CgError` for a rate that is no number from 0 on."""
        if self._fixed is not None:
            return self._fixed
        given = {"step": float(step), "epoch": float(epoch), "epochs": self._epochs}
        names = self._prepared.program.inputs
        point = self._prepared.point({name: given[name] for name in names})
        rate = point.values[point.program.outputs[0].node]
        if rate.__class__ is not float or not 0.0 <= rate < float("inf"):
            shown = f"it is {rate:g}" if rate.__class__ is float else "it is an array"
            at = f" in step {step} of epoch {epoch}" if names else ""
            told = f"a rate is a number from 0 on, and {shown}{at}"
            raise CgError("binding", told, self._source, self._output.start, self._output.end)
        return float(rate)
