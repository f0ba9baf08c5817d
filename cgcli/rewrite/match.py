"""Where the left side of a rule stands in a graph."""

from __future__ import annotations

from cgcli.graph import Graph
from cgcli.ops import CONSTANT, INPUT, Op

COMMUTATIVE = {"add", "mul", "eq", "ne", "and_", "or_", "min", "max"}


def match(pattern: Graph, root: int, graph: Graph, op: Op, args: tuple[int, ...]) -> dict[str, int] | None:
    """What the letters of a pattern stand for in an operation on nodes of a graph, or None.

    Operands of a commutative operation are tried both ways."""
    states: list[tuple[list[tuple[int, int]], dict[str, int]]] = []
    for order in reversed(_orders(op, args)):  # as it is written comes first
        if len(order) == len(pattern.args[root]):
            states.append((list(zip(pattern.args[root], order)), {}))
    while states:
        todo, bound = states.pop()
        while todo:
            wanted, node = todo.pop()
            kind = pattern.ops[wanted]
            if kind is INPUT:
                if bound.setdefault(pattern.attrs[wanted], node) != node:
                    break
            elif kind is CONSTANT:
                if graph.ops[node] is not CONSTANT or graph.names.get(node) != pattern.names.get(wanted):
                    break
                if float(graph.attrs[node]).hex() != float(pattern.attrs[wanted]).hex():
                    break
            elif graph.ops[node] is not kind or node in graph.attrs:
                break
            else:
                orders = _orders(kind, graph.args[node])
                below = pattern.args[wanted]
                if len(orders[0]) != len(below):
                    break
                for other in orders[1:]:
                    states.append(([*todo, *zip(below, other)], dict(bound)))
                todo.extend(zip(below, orders[0]))
        else:
            return bound
    return None


def _orders(op: Op, args: tuple[int, ...]) -> list[tuple[int, ...]]:
    return [args, args[::-1]] if len(args) == 2 and op.name in COMMUTATIVE else [args]
