"""Operations by their definitions, for an algebra that has no form of its own for them.

A definition is a text in cg's language (`ops.entry.Op.definition`). It is read once, by whom the
language puts into `reader`, and run as a list of steps over the algebra.
"""

from __future__ import annotations

from importlib import import_module

from cgcli.annotations import Any, Callable
from cgcli.errors import OperationError
from cgcli.graph import Graph
from cgcli.ops import ALGEBRA_OPS, CONSTANT, INPUT, Op

# The names of operands, in their order.
OPERANDS = ("x", "y", "w")

# Makes a graph of a text, and tells the node of its value: `cgcli.language.lowering` sets it.
reader: Callable[[str], tuple[Graph, int]] | None = None

_read: dict[str, tuple[Graph, int]] = {}


def definition(op: Op, order: Any = None) -> str:
    """The text, of one that differs by the first operand for this value of it; empty where there is none."""
    return op.definition if isinstance(op.definition, str) else op.definition.get(order, "")


def graph_of(text: str) -> tuple[Graph, int]:
    """The graph of a definition, whose inputs are called like the operands, and its root. That of
    an operation on any number of operands is for two: it takes them from the left."""
    if text not in _read:
        if reader is None:  # nobody has read a program yet
            import_module("cgcli.language.lowering")
        assert reader is not None
        _read[text] = _shared(*reader(text))
    return _read[text]


def _shared(graph: Graph, root: int) -> tuple[Graph, int]:
    """The same with one node for equal ones."""
    found = Graph()
    place: dict[int, int] = {}
    known: dict[tuple[Any, ...], int] = {}
    for node in graph.ancestors([root]):
        op, args, attr = graph.ops[node], tuple(place[arg] for arg in graph.args[node]), graph.attrs.get(node)
        key = (op, args, attr)
        if key not in known:
            known[key] = found.add(op, args, attr)
        place[node] = known[key]
        if node in graph.names:
            found.names.setdefault(place[node], graph.names[node])
    return found, place[root]


def function(name: str, algebra: Any) -> Callable[..., Any]:
    """An operation over an algebra, by its definition. Raises `AttributeError` where it has none."""
    op = ALGEBRA_OPS.get(name)
    if op is None or not op.definition:
        raise AttributeError(name)
    built: dict[Any, Callable[..., Any]] = {}  # when it is called, as one may need the other

    def run(*operands: Any) -> Any:
        order = None if isinstance(op.definition, str) else operands[0]
        if order not in built:
            text = definition(op, order)
            if not text:
                raise OperationError(f"there is no form of `{name}` for this order")
            built[order] = _closure(text, op, algebra)
        return built[order](*operands)

    if op.arity is not None:
        return run

    def fold(*operands: Any) -> Any:
        result = operands[0]
        for operand in operands[1:]:
            result = run(result, operand)
        return result

    return fold


def _closure(text: str, op: Op, algebra: Any) -> Callable[..., Any]:
    graph, root = graph_of(text)
    nodes, count = graph.ancestors([root]), op.arity or 2
    known: dict[int, Any] = {}  # what depends on no operand
    for node in nodes:
        args = graph.args[node]
        if graph.ops[node] is CONSTANT:
            known[node] = algebra.constant(graph.attrs[node])
        elif args and all(arg in known for arg in args):
            known[node] = getattr(algebra, graph.ops[node].name)(*[known[arg] for arg in args])
    numbers = list(known.values())
    slots = {node: count + place for place, node in enumerate(known)}
    steps: list[tuple[Callable[..., Any], tuple[int, ...], int]] = []
    for node in nodes:
        if graph.ops[node] is INPUT:
            slots[node] = OPERANDS.index(graph.attrs[node])
        elif node not in known:
            slots[node] = count + len(numbers) + len(steps)
            places = tuple(slots[arg] for arg in graph.args[node])
            steps.append((getattr(algebra, graph.ops[node].name), places, len(places)))
    last = slots[root]

    def run(*operands: Any) -> Any:
        values = [*operands, *numbers]
        for apply, places, arity in steps:
            if arity == 2:
                x, y = places
                values.append(apply(values[x], values[y]))
            elif arity == 1:
                values.append(apply(values[places[0]]))
            else:
                values.append(apply(*[values[place] for place in places]))
        return values[last]

    return run
