"""Derivatives of derivatives inside a program: which of those that have been written out these are."""

from __future__ import annotations

from cgcli.annotations import Sequence
from cgcli.graph import Graph
from cgcli.ops import DIFFERENTIATIONS, INPUT


class Curved:
    """A derivative of a derivative in a graph where they have been written out.

    found   its node
    f, x    what is differentiated last, and by what
    first   what that is the first derivative of, and by what; None where it is another thing
    whole   whether it has the axes of both, and not those of one that goes element by element
    """

    def __init__(self, found: int, f: int, x: int, first: tuple[int, int] | None, whole: bool) -> None:
        self.found, self.f, self.x, self.first, self.whole = found, f, x, first, whole


def curved_among(
    original: Graph, graph: Graph, place: Sequence[int], made: bytearray
) -> tuple[list[Curved], dict[int, tuple[int, int]]]:
    """Those of a graph, of which another one has been made without its derivatives: by node, its `place`
    there, and by node of that whether a derivative is `made` of it. And the first derivatives, by node what
    they are of, and by what."""
    found: list[Curved] = []
    firsts: dict[int, tuple[int, int]] = {}
    for node, op in enumerate(original.ops):
        if op.name not in DIFFERENTIATIONS:
            continue
        f, x = (place[operand] for operand in original.args[node])
        order = original.attrs.get(node, {}).get("order", 1)
        between = graph.ancestors([f], x)
        moving = graph.dependents_among([x], between)
        inside = any(made[one] and moving[one] for one in between)
        if not inside and order == 1 and op.name != "hessian":
            firsts[place[node]] = f, x
            continue
        of = None
        if not inside and (order == 2 or op.name == "hessian"):
            of = f, x
        elif inside and order == 1 and op.name != "hessian":
            of = firsts.get(f)
        if graph.ops[place[node]] is not INPUT:
            found.append(Curved(place[node], f, x, of, op.name != "diff"))
    return found, firsts
