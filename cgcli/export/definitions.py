"""Operations that a target has no form for, by their definitions."""

from __future__ import annotations

from cgcli.algebras.definitions import OPERANDS, definition, graph_of
from cgcli.algebras.numbers import floats
from cgcli.annotations import Any, Callable
from cgcli.export.doubles import DOUBLES
from cgcli.graph import NONE, Graph
from cgcli.ops import CONSTANT, INPUT, OPS, Op
from cgcli.rewrite.static import Static
from cgcli.shapes import Shape


def text_of(op: Op, order: Any = None, doubles: bool = True) -> str:
    """The definition of an operation, where there are several that for this value of its first operand; with
    `doubles` one that holds in these alone, too, and else that of mathematics. Empty where there is none."""
    return (DOUBLES.get(op.name) if doubles else op.formula) or definition(op, order)


def expanded(static: Static, lacks: Callable[[Op], bool], doubles: bool = True) -> Static:
    """The graph with the definitions of operations in their place, where they have one and the target
    `lacks` a form. What an operation is of is computed once."""
    while True:
        ops = {static.graph.ops[node] for node in static.schedule()}
        wanted = {op for op in ops if lacks(op)}
        found = ((node, _text(static.graph, node, wanted, doubles)) for node in static.schedule())
        texts = {node: text for node, text in found if text}
        if not texts:
            return static
        static = _expanded(static, texts)


def endless(static: Static) -> Static:
    """The graph in which what depends on no input is a number where it is not finite, or its definition may
    not be on the way: there languages differ, and some stop."""
    graph, known = static.graph, {}
    found: dict[int, float] = {}
    for node in static.schedule():
        op, args = graph.ops[node], graph.args[node]
        if op is CONSTANT:
            known[node] = graph.attrs[node]
        elif args and op.partials is not None and all(arg in known for arg in args):
            operands = [known[arg] for arg in args]
            known[node] = getattr(floats, op.name)(*operands)
            if known[node] - known[node] != 0 or (op.definition and not all(operands)):
                found[node] = known[node]
    if not found:
        return static
    graph = graph.copy()
    for node, value in found.items():
        graph.ops[node], graph.attrs[node] = CONSTANT, value
        graph.args.first[node] = graph.args.second[node] = NONE
    return Static(graph, static.outputs, static.shapes, static.written, static.kept)


def _text(graph: Graph, node: int, wanted: set[Op], doubles: bool) -> str:
    """The definition of a node's operation, if it is one of these; empty where there is none."""
    op = graph.ops[node]
    if op not in wanted or not graph.args[node]:
        return ""
    order = graph.args[node][0]
    return text_of(op, graph.attrs[order] if graph.ops[order] is CONSTANT else None, doubles)


def _expanded(static: Static, texts: dict[int, str]) -> Static:
    graph, shapes = static.graph.copy(), list(static.shapes)
    place: dict[int, int] = {}
    for node in static.schedule():
        op, args = graph.ops[node], tuple(place[arg] for arg in graph.args[node])
        if node in texts:
            place[node] = spelled(graph, shapes, texts[node], args, node)
            for other in args[2:] if op.arity is None else ():
                place[node] = spelled(graph, shapes, texts[node], (place[node], other), node)
        elif args == graph.args[node]:
            place[node] = node
        else:
            attribute = graph.attrs.get(node)
            place[node] = graph.add(op, args, attribute, *graph.place(node))
            shapes.append(shapes[node])
        if place[node] != node and node in graph.names:
            graph.names.setdefault(place[node], graph.names[node])
    kept = [place[node] for node in static.kept]
    return Static(graph, [(name, place[node]) for name, node in static.outputs], shapes, static.written, kept)


def spelled(
    graph: Graph,
    shapes: list[Shape | None],
    text: str,
    operands: tuple[int, ...],
    like: int,
    named: bool = False,
) -> int:
    """A definition over these operands, added to the graph: the node of its value, whose place and
    shape are those of the node that it is `like`. What is known of it is computed; with `named`
    its names stay."""
    own, root = graph_of(text)
    place = {}
    for node in own.ancestors([root]):
        if own.ops[node] is INPUT:
            place[node] = operands[OPERANDS.index(own.attrs[node])]
            continue
        args = tuple(place[arg] for arg in own.args[node])
        known = [graph.attrs[arg] for arg in args if graph.ops[arg] is CONSTANT]
        if own.ops[node].name == "where" and graph.ops[args[0]] is CONSTANT:
            place[node] = args[1] if known[0] else args[2]
            continue
        if args and len(known) == len(args):
            place[node] = graph.constant(getattr(floats, own.ops[node].name)(*known))
            shapes.append(())
            continue
        op = own.ops[node]
        if op.name == "add" and graph.ops[args[1]].name == "neg":
            op, args = OPS["sub"], (args[0], graph.args[args[1]][0])
        place[node] = graph.add(op, args, own.attrs.get(node), *graph.place(like))
        shapes.append(shapes[like] if args else ())
        if node in own.names and (named or not args):  # a constant of the language
            graph.names[place[node]] = own.names[node]
    if shapes[place[root]] != shapes[like] and shapes[like]:  # of a number alone, as is known
        shapes.append(shapes[like])
        return graph.add(OPS["broadcast"], (place[root],), {"shape": shapes[like]})
    return place[root]
