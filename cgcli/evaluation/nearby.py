"""What is told of derivatives that are others at all points nearby (`evaluation.unsettled`)."""

from __future__ import annotations

from cgcli.annotations import Any, Mapping, Sequence
from cgcli.diagnostics import Diagnostic
from cgcli.evaluation.read import read_nodes
from cgcli.evaluation.specialised import Point
from cgcli.evaluation.unsettled import limit_nearby
from cgcli.language.block import Output
from cgcli.language.errors.operations import operand_text, source_text
from cgcli.render.numbers import SHORT, number

# Conditions that hold at single points, or fail there, with their value then.
AT_ONE_POINT = {"eq": 1.0, "ne": 0.0}


def goes_elsewhere(point: Point, output: Output, wrt: Sequence[int]) -> str | None:
    """A hint at what the first derivative goes to that does not go to 0."""
    for node in wrt:
        limit = limit_nearby(point, output.node, node)
        if limit is not None:
            by = operand_text(point.program, node)
            return f"the derivative by {by} at points nearby is {number(limit, SHORT)}"
    return None


def chosen_at_one_point(
    point: Point, output: Output, derivatives: Mapping[int, Any], second: bool = False
) -> Diagnostic | None:
    """A warning for a choice by `x == 0` or `x != 0` whose branch is taken at the point alone, where
    derivatives by nodes, or second ones, are others nearby although the function does not jump there."""
    graph, values, program = point.graph, point.values, point.program
    if values is None or program.tree is not None or not AT_ONE_POINT.keys() & {op.name for op in graph.ops}:
        return None
    read, moving = read_nodes(point), graph.dependents(list(derivatives))
    for node in read:
        value = AT_ONE_POINT.get(graph.ops[node].name)
        if value is None or values[node].__class__ is not float or values[node] != value or not moving[node]:
            continue
        for by, own in derivatives.items():
            limit = None if own.__class__ is not float else limit_nearby(point, output.node, by, own, second)
            if limit is not None:
                what = f"the {'second ' if second else ''}derivative by {operand_text(program, by)}"
                place = graph.place(node)
                where = source_text(program, *place)
                told = f"{where} decides at this point alone: {what} is that of its branch"
                hint = f"at points nearby it is {number(limit, SHORT)}"
                return Diagnostic("convention", told, program.source, *place, hint, "warning")
    return None
