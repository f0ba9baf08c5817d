"""Errors and warnings about values: an assertion that fails, nan and inf."""

from __future__ import annotations

from cgcli.diagnostics import CgError, Diagnostic
from cgcli.language.block import Assertion, Output
from cgcli.language.errors.operations import operand_text, source_text
from cgcli.ops import INPUT
from cgcli.ops.entry import COMPARISON
from cgcli.render.numbers import SHORT, number, value_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cgcli.evaluation.point import Point


def assertion_error(point: Point, assertion: Assertion) -> CgError:
    """A failed assertion; for a comparison, with the two sides."""
    program, graph, node, values = point.program, point.graph, assertion.node, point.values
    while graph.ops[node].name == "and_":  # a < b < c: the first link that fails
        left, right = graph.args[node]
        node = left if not point.algebra.holds(values[left]) else right
    hint = None
    if graph.ops[node].level == COMPARISON:
        sides = [value_text(values[arg], None, SHORT) for arg in graph.args[node]]
        hint = f"the left side is {sides[0]}, the right side {sides[1]}"
    asserted = source_text(program, assertion.start, assertion.end)
    return CgError(
        "assert", f"assertion failed: {asserted}", program.source, assertion.start, assertion.end, hint
    )


def nonfinite_value(point: Point) -> Diagnostic | None:
    """A warning for the first node that is not finite although its operands are.

    Branches that were not taken, and operands that `and` and `or` did not need, do not count.
    """
    graph, values, finite = point.graph, point.values, point.algebra.finite
    for node in read_nodes(point):
        args = graph.args[node]
        if args and not finite(values[node]) and all(finite(values[arg]) for arg in args):
            start, end = graph.starts[node], graph.ends[node]
            where = source_text(point.program, start, end)
            message = where + first_nonfinite(point, node, values[node])
            return Diagnostic("nonfinite", message, point.program.source, start, end, severity="warning")
    return None


def first_nonfinite(point: Point, node: int, value: Any) -> str:
    """` is nan at x = -1`; of an array, the first element that is not finite, and where it stands."""
    if point.algebra.shape(value) == ():
        return f" is {number(value)}" + at(point, node)
    place, element = _first(value)
    return f" is {number(element)} at {list(place)}" + at(point, node, place)


def _first(value: Any) -> tuple[tuple[int, ...], float]:
    """The first element of an array that is not finite, and its place."""
    import numpy as np

    place = tuple(int(i) for i in np.argwhere(~np.isfinite(value))[0])
    return place, float(value[place])


def read_nodes(point: Point) -> list[int]:
    """The nodes that what nothing else uses depends on at these values, ascending.

    Of a choice between arrays, the branches count where the result shows one that is not finite.
    """
    graph, values = point.graph, point.values
    seen = {node for node, uses in enumerate(graph.uses()) if uses == 0}
    stack = list(seen)
    while stack:
        node = stack.pop()
        args, reads = graph.args[node], graph.ops[node].reads
        if reads is not None:
            if point.algebra.shape(values[args[0]]) == ():
                args = tuple(args[position] for position in reads(*[values[arg] for arg in args]))
            elif point.algebra.finite(values[node]):
                args = args[:1]
        for arg in args:
            if arg not in seen:
                seen.add(arg)
                stack.append(arg)
    return sorted(seen)


def nonfinite_result(
    point: Point, output: Output, what: str, value: Any, severity: str = "error"
) -> Diagnostic | None:
    """For `--strict`: the error for a result that is not finite, whatever it came from."""
    if point.algebra.finite(value):
        return None
    if point.algebra.shape(value) == ():
        message = f"{what} is {number(value)}"
    else:
        place, element = _first(value)
        message = f"{what} is {number(element)} at {list(place)}"
    return Diagnostic("nonfinite", message, point.program.source, output.start, output.end, severity=severity)


def at(point: Point, node: int, place: tuple[int, ...] = ()) -> str:
    """` at x = 1, y = 0`: the operands of a node that are not plain numbers, and their values; of
    arrays, the elements that go with one of the result's."""
    graph = point.graph
    places: dict[str, str] = {}
    shape = point.algebra.shape(point.values[node])
    for arg in graph.args[node]:
        if graph.args[arg] or graph.ops[arg] is INPUT:
            value = point.values[arg]
            own = point.algebra.shape(value)
            if own != () and graph.ops[node].partials is not None and place:
                value = float(point.algebra.broadcast(value, shape=shape)[place])
            elif own != ():
                continue
            places[operand_text(point.program, arg)] = number(value)
    told = [f"{name} = {value}" for name, value in places.items() if name != value]
    joint = ", where " if place else " at "
    return joint + ", ".join(told) if told else ""
