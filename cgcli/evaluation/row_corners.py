"""Rows in which second derivatives inside the program meet a corner (`evaluation.curved`): they are found one
by one, as the command finds them for a point."""

from __future__ import annotations

from cgcli.algebras.symbols import Symbols
from cgcli.annotations import Any, Mapping
from cgcli.evaluation.derivatives import gradients
from cgcli.evaluation.prepared import Prepared
from cgcli.graph import Graph
from cgcli.language.program import Program
from cgcli.later import np
from cgcli.shapes import Shape


def corners_met(program: Program, graph: Graph, shapes: list[Shape | None]) -> int | None:
    """The node of how many corners a row meets, appended to the graph; None where there are none to meet."""
    made, symbols = program.made or (), Symbols(graph, shapes)
    nodes: set[int] = set()
    for one in program.curved:
        f, x = one.first or (one.f, one.x)
        between = graph.ancestors([f], x)
        moving = graph.dependents_among([x], between)
        nodes.update(node for node in between if moving[node] and not made[node])
    total: Any = None
    for node in sorted(nodes):
        if (corner := graph.ops[node].corner) is not None:
            z, *operands = (symbols.value(one) for one in (node, *graph.args[node]))
            at = corner.met(symbols, z, graph.args[node], operands, graph.attrs.get(node, {}))
            at = symbols.sum(at) if symbols.shape(at) else at
            total = at if total is None else total + at
    return None if total is None else symbols.node(total)


def settle_rows(prepared: Prepared, rows: Any, columns: Mapping[str, Any], found: list[Any]) -> list[Any]:
    """What has been found for rows, of which the last says how many corners each meets, put right where it
    meets some."""
    *found, met = found
    places = np.flatnonzero(met)
    if len(places):
        found = [np.array(column) for column in found]
    for row in places.tolist():
        point = prepared.at_row(rows.columns, columns, row)
        nodes, answers = point.program.nodes(rows.wrt), iter(found)
        for output in point.program.outputs:
            next(answers)[row] = point.values[output.node]
            for slope in gradients(point, [output.node], nodes)[0] if nodes else ():
                next(answers)[row] = slope
        beside: list[Any] = [*point.program.assertions, *point.program.aside]
        for one in beside:
            next(answers)[row] = point.values[one.node]
    return found
