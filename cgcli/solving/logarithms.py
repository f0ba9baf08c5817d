"""Equations as those of the logarithms of their sides, which have the same roots where these are above 0.

Far from a root `exp(x) == 1e300` tells nothing of the way to it, and `x == log(1e300)` all.
"""

from __future__ import annotations

import numpy as np

from cgcli.algebras.symbols import Symbols
from cgcli.annotations import Any
from cgcli.evaluation.prepared import Prepared
from cgcli.evaluation.specialised import specialised
from cgcli.language.block import Output
from cgcli.language.program import Program
from cgcli.ops import CONSTANT


def logarithmic(prepared: Prepared) -> Prepared | None:
    """The program, whose outputs are both sides of each equation, for sides that have the same sign where it
    begins; None where there are none. Raises `CgError` where an operation has no answer."""
    if prepared.paths is not None:
        return None
    of = specialised(prepared.program, prepared.known)
    values = of.values(prepared.known)
    graph, shapes = of.graph.copy(), list(of.shapes())
    program = of.program.over(graph, range(len(graph)))
    symbols: Any = Symbols(graph, shapes)
    found = []
    for output, other in zip(program.outputs[::2], program.outputs[1::2], strict=True):
        sides = _sides(program, output.node, other.node)
        signs = {float(sign) for node in sides for sign in np.unique(np.sign(values[node]))}
        if signs in ({1.0}, {-1.0}):
            sides = [symbols.node(of.run(_logarithm, symbols, node, signs == {1.0})) for node in sides]
        found += [Output(None, node, output.start, output.end) for node in sides]
    if [output.node for output in found] == [output.node for output in program.outputs]:
        return None
    program.outputs[:] = found
    return Prepared(program, prepared.known)


def _sides(program: Program, left: int, right: int) -> list[int]:
    """Both sides; of a difference that is to be 0 what it is the difference of."""
    graph: Any = program.graph
    if graph.ops[right] is CONSTANT and graph.attrs[right] == 0 and graph.ops[left].name == "sub":
        return list(graph.args[left])
    return [left, right]


def _logarithm(symbols: Any, node: int, is_above: bool) -> Any:
    value = symbols.value(node)
    return symbols.log(value if is_above else -value)
