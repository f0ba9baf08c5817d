"""What is told of derivatives that are others at all points nearby (`evaluation.unsettled`)."""

from __future__ import annotations

from itertools import islice
from math import isfinite, nan

from cgcli.annotations import Any, Iterator, Mapping, Sequence
from cgcli.diagnostics import Diagnostic
from cgcli.evaluation.read import read_nodes
from cgcli.evaluation.specialised import Point
from cgcli.evaluation.unsettled import MOST, limit_nearby, sides_nearby
from cgcli.language.block import Output
from cgcli.language.errors.operations import operand_text, source_text
from cgcli.later import np
from cgcli.ops.entry import HALF, MULTIPLE, OTHER, WHOLE, ZERO
from cgcli.render.numbers import SHORT, number

# Elements of an input that are looked at.
FEW = 3

# Conditions that hold at single points, or fail there, with their value then.
AT_ONE_POINT = {"eq": 1.0, "ne": 0.0}


def goes_elsewhere(point: Point, output: Output, wrt: Sequence[int]) -> str | None:
    """A hint at what the first derivative goes to that does not go to 0."""
    for node in wrt if point.is_scalar(output.node) else ():
        limit = limit_nearby(point, output.node, node)
        if limit is not None:
            by = operand_text(point.program, node)
            return f"the derivative by {by} at points nearby is {number(limit, SHORT)}"
    return None


def second_goes_elsewhere(
    point: Point, output: Output, wrt: Sequence[int], found: Mapping[str, Any]
) -> str | None:
    """The same of the second derivatives, which are `found` by label, by an input and itself, or by the first
    elements of one and themselves."""
    for node in wrt if point.is_scalar(output.node) else ():
        by = operand_text(point.program, node)
        own = next((value for label, value in found.items() if label.endswith(f"/d{by}d{by}")), None)
        shape = point.algebra.shape(point.values[node])
        if own is None or point.algebra.shape(own) != shape + shape:
            continue
        for place in islice(np.ndindex(*shape), FEW) if shape else [()]:
            here = float(own[place + place]) if shape else float(own)
            limit = limit_nearby(point, output.node, node, here, True, place)
            if limit is not None:
                element = f"{by}{[*place] if place else ''}"
                return f"the second derivative by {element} at points nearby is {number(limit, SHORT)}"
    return None


def chosen_at_one_point(
    point: Point, output: Output, derivatives: Mapping[int, Any], second: bool = False, seed: Any = None
) -> Diagnostic | None:
    """A warning for a choice by `x == 0` or `x != 0` whose branch is taken at the point alone, where
    derivatives by nodes, or second ones, or those of the sum with weights that a seed gives, are others
    nearby although the function does not jump there."""
    graph, values, program = point.graph, point.values, point.program
    if values is None or program.tree is not None or not AT_ONE_POINT.keys() & {op.name for op in graph.ops}:
        return None
    read, moving = read_nodes(point), graph.dependents(list(derivatives))
    for node in read:
        value = AT_ONE_POINT.get(graph.ops[node].name)
        if value is None or not moving[node]:
            continue
        for by, own, at in _elements(
            point, None if seed is not None else output.node, node, value, derivatives
        ):
            limit = limit_nearby(point, output.node, by, own, second, at, seed)
            if limit is not None:
                element = f"{operand_text(program, by)}{[*at] if at else ''}"
                what = f"the {'second ' if second else ''}derivative by {element}"
                place = graph.place(node)
                where = source_text(program, *place)
                told = f"{where} decides at this point alone: {what} is that of its branch"
                others = "another one" if not point.is_scalar(output.node) else number(limit, SHORT)
                hint = f"at points nearby it is {others}"
                return Diagnostic("convention", told, program.source, *place, hint, "warning")
    return None


def second_at_a_jump(point: Point, output: Output, derivatives: Mapping[int, Any]) -> Diagnostic | None:
    """A warning for a step that jumps at the point, where second derivatives of a number by inputs that are
    numbers are others on a side, or first ones jump: of sign(x)*x^2 at 0 there is none."""
    graph, values, program = point.graph, point.values, point.program
    if values is None or program.tree is not None or not point.is_scalar(output.node):
        return None
    read, moving = read_nodes(point), graph.dependents(list(derivatives))
    jumps = [
        node for node in read if moving[node] and values[node].__class__ is float and _is_at_jump(point, node)
    ]
    for by, own in derivatives.items() if jumps else ():
        sides = sides_nearby(point, output.node, by, own) if own.__class__ is float else []
        own_jumps = graph.dependents([by]) if sides else bytearray()
        for node in jumps:
            if sides and own_jumps[node]:
                place, what = graph.place(node), operand_text(program, by)
                told = f"{source_text(program, *place)} jumps at this point"
                told = f"{told}: the second derivative by {what} takes it for a constant"
                are = " and ".join(number(side, SHORT) for side in sides if side == side)
                hint = f"on the sides it is {are}" if are else "the first one is another on each side"
                return Diagnostic("convention", told, program.source, *place, hint, "warning")
    return None


def _is_at_jump(point: Point, node: int) -> bool:
    """Whether a number is one of a step at its jump."""
    op = point.graph.ops[node]
    x, *others = (point.values[arg] for arg in point.graph.args[node]) if op.jumps else (nan,)
    if op.jumps == OTHER:
        return bool(x == others[0])
    if op.jumps == MULTIPLE:
        return isfinite(x) and bool(others[0] and x % others[0] == 0)
    if op.jumps == ZERO and op.commutes:
        return bool(x == 0 or others[0] == 0)
    return op.jumps in (ZERO, WHOLE, HALF) and isfinite(x) and bool(x == op.nearest_jump(x))


def _elements(
    point: Point, output: int | None, node: int, value: float, derivatives: Mapping[int, Any]
) -> Iterator[tuple[int, float, tuple[int, ...]]]:
    """What to look at of a condition that has a value at one point alone: derivatives by inputs, or by
    elements of those, the first few in the places where it has, with the places; of an output that is an
    array, those of its sum."""
    condition, values = point.values[node], point.values
    if all(one.__class__ is float for one in (condition, *derivatives.values())):
        if condition == value:
            yield from ((by, own, ()) for by, own in derivatives.items())
        return
    chosen = np.argwhere(np.equal(condition, value)).tolist()
    for by, own in derivatives.items() if chosen else ():
        shape, lead = np.shape(values[by]), 0 if output is None else np.ndim(values[output])
        own = np.sum(own, axis=tuple(range(lead)))
        places = chosen if shape == np.shape(condition) else np.ndindex(*shape)
        for at in map(tuple, islice(places, MOST)):
            yield by, float(own[at + at] if own.ndim > len(shape) else own[at]), at
