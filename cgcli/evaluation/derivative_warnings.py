"""Warnings about derivatives: where they are not finite, and where a convention decides."""

from __future__ import annotations

from cgcli.diagnostics import Diagnostic
from cgcli.evaluation.derivatives import adjoints
from cgcli.evaluation.point import Point
from cgcli.evaluation.value_warnings import at, first_nonfinite, nonfinite_result, read_nodes
from cgcli.language.block import Output
from cgcli.language.errors.operations import operand_text, source_text
from cgcli.ops.chain import Whole, local_partials

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any


def derivative_warning(
    point: Point, output: Output, derivatives: Mapping[int, Any], zeroed: Sequence[int], seed: Any = None
) -> Diagnostic | None:
    """A warning where derivatives of an output, by node, are not finite, or where a factor of 0 met one
    on the way that is not (of kind `convention`). An array has its `seed`, or one of ones."""
    point.restore()
    if not all(map(point.algebra.finite, derivatives.values())):
        return nonfinite_derivative(point, output, list(derivatives), seed)
    return zeroed_derivative(point, zeroed) if zeroed else None


def second_derivative_warning(
    point: Point, output: Output, found: Iterable[tuple[str, Any]], wrt: Sequence[int], zeroed: Sequence[int]
) -> Diagnostic | None:
    """As `derivative_warning`, of second derivatives with their labels, and of a corner (of kind
    `convention`)."""
    warning = zeroed_derivative(point, zeroed) if zeroed else None
    for label, value in found:
        warning = warning or nonfinite_result(point, output, label, value, "warning")
    return warning or cornered_derivative(point, output.node, wrt)


def zeroed_derivative(point: Point, zeroed: Sequence[int]) -> Diagnostic | None:
    """A warning for the first node at which an exact 0 met a factor that is not finite.

    By convention the 0 wins, which is not always the limit: cbrt(x^3) at 0. Branches that were
    not taken are what the convention is for, and no reason to warn.
    """
    graph, program = point.graph, point.program
    read = set(read_nodes(point))
    for node in sorted(zeroed):
        if node in read and graph.ops[node].reads is None:
            start, end = graph.starts[node], graph.ends[node]
            where = source_text(program, start, end) + at(point, node)
            message = f"the chain rule multiplies 0 by inf in {where}, and takes it as 0"
            return Diagnostic("convention", message, program.source, start, end, severity="warning")
    return None


# Operations with a corner where their value is 0.
CORNERS = {"abs", "norm", "hypot", "std"}


def cornered_derivative(point: Point, output: int, wrt: Sequence[int]) -> Diagnostic | None:
    """A warning for the first node that has a corner at the point: second derivatives take the slope
    there for a constant, and miss that of norm(x)^2, which is 2."""
    graph, program = point.graph, point.program
    moving, read = graph.dependents(wrt), set(read_nodes(point))
    for node in graph.ancestors([output]):
        if graph.ops[node].name not in CORNERS or not moving[node] or node not in read:
            continue
        zero = point.values[node] == 0
        if zero is True or (zero is not False and zero.any()):
            start, end = graph.starts[node], graph.ends[node]
            message = (
                f"{source_text(program, start, end)} has a corner where it is 0, and no second derivative"
            )
            hint = "what is found takes its slope there for a constant"
            return Diagnostic("convention", message, program.source, start, end, hint, "warning")
    return None


def nonfinite_derivative(point: Point, output: Output, wrt: Sequence[int], seed: Any = None) -> Diagnostic:
    """A warning for the first edge, going backward, whose local derivative is not finite and
    reaches the gradient of an output. An array has its `seed`, or one of ones."""
    graph, program = point.graph, point.program
    active = graph.dependents(wrt)
    if seed is None:
        shape = point.algebra.shape(point.values[output.node])
        seed = point.algebra.ones(shape=shape) if shape else 1.0
    found = adjoints(point, output.node, active, seed=seed)
    for node, adjoint in sorted(found.items(), reverse=True):
        if point.algebra.largest(adjoint) == 0:
            continue
        for operand, slope in zip(graph.args[node], _slopes(point, node, adjoint)):
            if active[operand] and slope is not None and not point.algebra.finite(slope):
                if graph.ops[node].partials is not None and point.algebra.shape(slope) != ():
                    slope = point.algebra.broadcast(slope, shape=point.algebra.shape(point.values[node]))
                start, end = graph.starts[node], graph.ends[node]
                by = operand_text(program, operand)
                message = f"the derivative of {source_text(program, start, end)} by {by}"
                message += first_nonfinite(point, node, slope)
                return Diagnostic("nonfinite", message, program.source, start, end, severity="warning")
    message = "the gradient is beyond the largest double"
    return Diagnostic("nonfinite", message, program.source, output.start, output.end, severity="warning")


def _slopes(point: Point, node: int, adjoint: Any) -> list[Any]:
    """The partial derivatives of a node by its operands; of an operation on whole arrays, what it
    hands back of a finite adjoint."""
    graph, values, algebra = point.graph, point.values, point.algebra
    op: Any = graph.ops[node]
    operands = [values[operand] for operand in graph.args[node]]
    if op.partials is not None:
        return list(point.run(local_partials, op, algebra, values[node], operands))
    if not algebra.finite(adjoint):
        return [None] * len(operands)
    whole = Whole(op, graph.attrs.get(node, {}), values[node], operands, node, None)
    hand_back = point.run(whole.cotangents, algebra, adjoint)
    found = [point.run(hand_back, place) for place in range(len(operands))]
    return [point.run(algebra.settle_whole, part, whole, at, adjoint) for at, part in enumerate(found)]
