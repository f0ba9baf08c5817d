"""The one output of a program that is to be made small."""

from __future__ import annotations

from cgcli.diagnostics import CgError
from cgcli.language.block import Output
from cgcli.language.program import Program
from cgcli.solving.conditions import CONDITIONS


def objective(program: Program) -> Output:
    """Raises `CgError` (kind `arity`) where there is another number of outputs, and for a condition."""
    if len(program.outputs) == 1:
        (output,) = program.outputs
        if program.graph.ops[output.node].level in CONDITIONS:
            told = "a condition has nothing to make small: it holds or not"
            hint = "what is made small is a number, as in (left - right)^2"
            raise CgError("syntax", told, program.source, output.start, output.end, hint)
        return output
    source, hint = program.source, "the others may be names, as in `cost = ...`"
    if not program.outputs:
        raise CgError("arity", "there is no output to make small", source, 0)
    second = program.outputs[1]
    told = f"there are {len(program.outputs)} outputs, and one is made small"
    raise CgError("arity", told, source, second.start, second.end, hint)
