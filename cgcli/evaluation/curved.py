"""Second derivatives inside programs, where operations are at a corner (`evaluation.corners`).

First ones are put right, too, where an exact 0 has won over inf (`evaluation.unsettled`).

They are written out as graphs, which know the conventions of first derivatives alone. So at a corner each is
found as the command finds it; and where it is a derivative of something else than a first derivative, it is
nan.
"""

from __future__ import annotations

from math import prod

from cgcli.annotations import Any, Mapping, Sequence
from cgcli.diagnostics import Diagnostic
from cgcli.evaluation.corners import corners_at, product_of_all_sides
from cgcli.evaluation.derivatives import gradients, hessian, one_sided
from cgcli.evaluation.nearby import goes_elsewhere
from cgcli.evaluation.read import read_nodes
from cgcli.evaluation.specialised import Point
from cgcli.evaluation.unsettled import with_limits
from cgcli.evaluation.warnings import zeroed_derivative
from cgcli.graph import Graph
from cgcli.language.block import Output
from cgcli.later import np
from cgcli.passes.curved import Curved


def settle_corners(point: Point, curved: Sequence[Curved]) -> dict[int, int]:
    """Put second derivatives at corners right, and the values of what is computed from them. By node of such
    a derivative, that of a corner."""
    graph, made, met = point.graph, point.program.made or (), {}
    for one in curved:
        f, x = one.first or (one.f, one.x)
        corners = [node for node in corners_at(point, f, [x]) if not made[node]]
        if not corners:
            continue
        met[one.found] = corners[0]
        value = point.values[one.found]
        shape = point.algebra.shape(value)
        if one.first is None:
            again = point.algebra.broadcast(float("nan"), shape=shape) if shape else float("nan")
        else:
            again = _second(point, f, x, one)
        _put(point, graph, one.found, again)
    return met


def settle_limits(point: Point, firsts: Mapping[int, tuple[int, int]]) -> None:
    """Put first derivatives right on whose way an exact 0 has met inf, as commands do."""
    for node, (f, x) in firsts.items():
        value = point.values[node]
        if value.__class__ is float and point.is_scalar(f):
            (limit,) = with_limits(point, f, [x], [value])
            if limit is not value and limit != value:
                _put(point, point.graph, node, limit)


def zeroed_inside(point: Point) -> Diagnostic | None:
    """A warning for a derivative inside the program in which an exact 0 has won."""
    read = set(read_nodes(point))
    for node, (f, x) in point.program.firsts.items():
        if node in read and point.is_scalar(f):
            zeroed = list[int]()
            gradients(point, [f], [x], zeroed=zeroed)
            told = zeroed_derivative(point, zeroed, [f])
            if told is not None:
                told.hint = goes_elsewhere(point, Output(None, f, 0, 0), [x])
                return told
    return None


def _second(point: Point, f: int, x: int, one: Curved) -> Any:
    """The second derivative of f by x and then another one."""
    shape, own = (point.algebra.shape(point.values[node]) for node in (one.x, f))
    whole = one.whole or not own
    if whole and (x == one.x or not point.graph.dependents([one.x])[x]):
        return hessian(point, f, {"x": x} if x == one.x else {"x": x, "y": one.x})[0][-1]
    seed = point.algebra.ones(shape=own) if own else 1.0
    corners = corners_at(point, f, [x, one.x])

    def along(moving: Mapping[int, Any]) -> list[Any]:
        return one_sided(point, f, [x], moving, corners, seed=seed)

    def moved(direction: Any) -> Any:
        # x moves as it depends on the other one
        return product_of_all_sides(point, [], {one.x: direction}, along)[0]

    if not shape:
        return moved(1.0)
    if not whole:
        return moved(point.algebra.ones(shape=shape))
    units = np.eye(prod(shape)).reshape(-1, *shape)
    columns = np.stack([moved(unit) for unit in units], axis=-1)
    return columns.reshape(*columns.shape[:-1], *shape)


def _put(point: Point, graph: Graph, node: int, value: Any) -> None:
    """Another value of a node, and of those that depend on it."""
    values = point.values
    values[node] = value
    moving = graph.dependents([node])
    for later in range(node + 1, len(graph)):
        if moving[later]:
            apply, attributes = getattr(point.algebra, graph.ops[later].name), graph.attrs.get(later, {})
            values[later] = point.run(apply, *[values[arg] for arg in graph.args[later]], **attributes)
