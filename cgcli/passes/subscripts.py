"""Subscripts that have become known, where the program had them computed."""

from __future__ import annotations

from cgcli.annotations import Any, Sequence
from cgcli.graph import NONE, Graph
from cgcli.ops import OPS

INDEX = OPS["index"]


def write_subscripts(graph: Graph, values: Sequence[Any]) -> None:
    """Put subscripts whose values are known into the operation that takes elements, as x[0] has them."""
    for node, args in graph.args.others.items():
        at = graph.attrs[node].get("at") if graph.ops[node] is INDEX else None
        if at is None or None not in at:
            continue
        left, operands = list[int](), iter(args[1:])
        written = list[Any]()
        for subscript in at:
            operand = next(operands) if subscript is None else NONE
            if operand >= 0 and values[operand].__class__ is float:
                subscript = int(values[operand])
            elif operand >= 0:
                left.append(operand)
            written.append(subscript)
        graph.args.others[node], graph.attrs[node] = (args[0], *left), {"at": tuple(written)}
