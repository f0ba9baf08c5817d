"""The values of a program's nodes over numbers with a wider range than doubles (`algebras.wide`)."""

from __future__ import annotations

from cgcli.algebras import watched
from cgcli.annotations import Any, Sequence
from cgcli.errors import OperationError
from cgcli.graph import Graph
from cgcli.ops import Leaf
from cgcli.passes.forward import forward

# Larger programs, with so many nodes or elements of their values, have the range of doubles alone: in a
# long chain derivatives vanish as a rule, and do not count.
NODES, ELEMENTS = 50_000, 2**20


# Programs of so many nodes are small enough for exact fractions.
SMALL = 500

# Between these a double has all its digits.
TINY, HUGE = 2.0**-1022, 1.7976931348623157e308

# Operations whose result is 0 only where that is exact.
EXACT = watched.EXACT - {"mul", "chain", "square"} | {"add", "sub", "neg", "floordiv"}


def is_small(values: Sequence[Any]) -> bool:
    """Whether a program with these values of its nodes may be evaluated again over wide numbers."""
    if len(values) > NODES:
        return False
    elements = sum([0 if value.__class__ is float else getattr(value, "size", 0) for value in values])
    return elements <= ELEMENTS


def wide_values(graph: Graph, values: Sequence[Any]) -> list[Any]:
    """Those that the nodes have, but for what has vanished or overflowed, and what depends on that; none
    where there is no wider range, or some operation fails."""
    from cgcli.algebras import wide

    if not wide.IS_WIDER:
        return []
    changed = bytearray(len(graph))
    found: list[Any] = []
    with wide.WIDE.quiet():
        for node, value in enumerate(values):
            one, args = wide.widened(value), graph.args[node]
            if graph.ops[node].__class__ is not Leaf and (
                not wide.is_good(value) or any(changed[arg] for arg in args)
            ):
                apply, attributes = getattr(wide.WIDE, graph.ops[node].name), graph.attrs.get(node, {})
                try:
                    again = apply(*[found[arg] for arg in args], **attributes)
                except OperationError:
                    return []
                if not wide.are_same(again, one):
                    changed[node], one = 1, wide.widened(again)
            found.append(one)
    return found


def exact_values(graph: Graph, values: Sequence[Any]) -> Any:
    """Those of the nodes of a small program of numbers that are fractions, if its inputs have these values;
    None of another one."""
    from cgcli.algebras.numbers.exact import EXACT, FAILURES, Exact

    ops = {op for op in graph.ops if op.__class__ is not Leaf}
    if len(graph) > SMALL or not all(op.name in EXACT.known for op in ops):
        return None
    try:
        inputs = {name: Exact(values[node]) for name, node in graph.inputs().items()}
        return forward(graph, EXACT, inputs)
    except FAILURES:
        return None


def with_derivatives(graph: Graph, algebra: Any, values: Any, made: bytearray) -> Any:
    """Values of which those of derivatives inside the program (`Program.made`) are right where something
    on the way to them has vanished or overflowed."""
    if not is_small(values):
        return values
    doubtful = any(is_doubtful(graph, values, node) for node in range(len(made)) if made[node])
    if not doubtful and not has_lost(graph, values):
        return values
    exact = exact_values(graph, values)
    if exact is not None:
        from cgcli.algebras.numbers.exact import rounded

        exact = list(map(rounded, exact))
    found = exact or wide_values(graph, values)
    changed = bytearray(len(graph))
    for node, one in enumerate(found):
        args = graph.args[node]
        again: Any = values[node]
        if made[node]:
            from cgcli.algebras.wide import mended

            again = mended(values[node], one)
        elif any(changed[arg] for arg in args):
            again = getattr(algebra, graph.ops[node].name)(
                *[values[arg] for arg in args], **graph.attrs.get(node, {})
            )
        if again is not values[node]:
            values[node], changed[node] = again, 1
    return values


def has_lost(graph: Graph, values: Sequence[Any]) -> bool:
    """Whether a number among the values of a small program has vanished, overflowed or lost digits."""
    return any(
        value.__class__ is float
        and not (TINY <= value <= HUGE or -HUGE <= value <= -TINY)
        and is_doubtful(graph, values, node)
        for node, value in enumerate(values)
    )


def is_doubtful(graph: Graph, values: Sequence[Any], node: int) -> bool:
    """Whether a value may have vanished, overflowed or lost digits."""
    op, value = graph.ops[node], values[node]
    if op.__class__ is Leaf:
        return False
    if value.__class__ is not float:
        from cgcli.algebras.wide import is_good

        return not is_good(value)
    if value == 0:
        operands = [values[arg] for arg in graph.args[node]]
        return op.name not in EXACT and all(one.__class__ is float and one != 0 for one in operands)
    return not TINY <= abs(value) <= HUGE
