"""Operations at their corners, for second derivatives (`ops.corners`): the nodes that are at one, and their
rules for dual numbers."""

from __future__ import annotations

from math import nan

from cgcli.algebras.duals import Dual, primal, tangent
from cgcli.annotations import Any, Callable, Sequence
from cgcli.graph import Graph
from cgcli.ops import Op
from cgcli.ops.chain import local_partials, push
from cgcli.ops.entry import ArrayOp
from cgcli.ops.rules import spread


class Cornered(ArrayOp):
    """An operation at a corner: the same, but that its slopes are those of the way along which its operands
    move. An adjoint that is not 0 meets the jump, which is nan; or, with `sided`, adjoints are those of that
    way, too, and there is none."""

    def __init__(self, op: Any, sided: bool) -> None:
        super().__init__(op.name, op.arity, op.summary, op.domain)
        self.op, self.corner, self.ulps, self.sided = op, op.corner, op.ulps, sided
        self.pushforward = self._push

    def _push(self, xp: Any, tangents: Sequence[Any], z: Any, *operands: Any, **attributes: Any) -> Any:
        corner, moving = self.corner, [_or_zeros(xp, *pair) for pair in zip(tangents, operands, strict=True)]
        if corner.push:
            return corner.push(self.op, xp, moving, z, *operands, **attributes)
        at = corner.at(xp, z, *operands, **attributes)
        slopes = corner.slopes(self.op, xp, moving, z, *operands, **attributes)
        if self.op.partials is None:
            own = self.op.by_element(xp, z, *operands, **attributes)
            along = {name: attributes[name] for name in ("axis", "keepdims") if name in attributes}
            return xp.sum(xp.chain(moving[0], xp.where(at, slopes, own)), **along)
        total: Any = 0.0
        for one, slope in zip(moving, slopes, strict=True):
            total = total + xp.chain(one, slope)
        ordinary = push(self.op, xp, tangents, z, operands, attributes)
        return xp.where(at, total, ordinary)

    def cotangents(self, *arguments: Any, **attributes: Any) -> Callable[[int], Any]:
        duals, adjoint, z, *operands = arguments
        xp, corner, xs = duals.base, self.corner, list(map(primal, operands))
        moving = [_or_zeros(xp, tangent(one), x) for one, x in zip(operands, xs, strict=True)]
        if corner.pull:
            found: Callable[[int], Any] = corner.pull(
                self.op, duals, adjoint, moving, z, *operands, **attributes
            )
            return found
        g, along, z = primal(adjoint), _or_zeros(xp, tangent(adjoint), primal(adjoint)), primal(z)
        lost, duals.lost = duals.lost, None
        parts = self._parts(*arguments, **attributes)
        duals.lost = lost
        at = corner.at(xp, z, *xs, **attributes)
        slopes = corner.slopes(self.op, xp, moving, z, *xs, **attributes)
        if self.op.partials is None:
            slopes = [slopes]
            axis, keepdims = attributes.get("axis"), attributes.get("keepdims", False)
            g, along = (spread(xp, one, xs[0], axis, keepdims) for one in (g, along))
        most = 0.0 if self.sided else nan
        jump = [
            xp.chain(g, corner.bends(xp, one)) if corner.bends else xp.where(xp.ne(g, 0.0), most, 0.0)
            for one in moving
        ]

        def hand_back(place: int) -> Any:
            part = parts[place]
            there = xp.chain(along, slopes[place]) + jump[place]
            own = xp.where(at, xp.chain(g, slopes[place]), primal(part)) if self.sided else primal(part)
            settled = Dual(duals, own, xp.where(at, there, _or_zeros(xp, tangent(part), 0.0)))
            return duals.settle(settled, 1.0, 1.0, operands[place], -1, None)

        return hand_back

    def _parts(self, duals: Any, adjoint: Any, z: Any, *operands: Any, **attributes: Any) -> Sequence[Any]:
        """What it hands back elsewhere, not yet in the shapes of its operands."""
        if self.op.partials is None:
            return [self.op.cotangents(duals, adjoint, z, *operands, **attributes)(0)]
        return [duals.chain(adjoint, one) for one in local_partials(self.op, duals, z, operands)]


def _or_zeros(xp: Any, moving: Any, like: Any) -> Any:
    if moving is not None:
        return moving
    shape = xp.shape(like)
    return xp.zeros(shape=shape) if shape else 0.0


def cornered(graph: Graph, algebra: Any, values: Any, nodes: Sequence[int]) -> list[int]:
    """Those of the nodes that are at a corner where the nodes have these values."""
    found = []
    for node in nodes:
        op: Op = graph.ops[node]
        if op.corner is not None:
            args = graph.args[node]
            operands = [values[operand] for operand in args]
            at = op.corner.met(algebra, values[node], args, operands, graph.attrs.get(node, {}))
            if at.any() if hasattr(at, "any") else at:
                found.append(node)
    return found


def at_corners(graph: Graph, nodes: Sequence[int], sided: bool = False) -> Graph:
    """The graph with these nodes at their corners."""
    found = graph.copy()
    for node in nodes:
        found.ops[node] = Cornered(graph.ops[node], sided)
    return found
