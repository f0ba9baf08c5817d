"""Steps that rounding decides: floor(2.3*100), 1 % 0.1 and 0.1 + 0.2 == 0.3 are others for exact numbers.

Numbers of the program and inputs are what was written there: 2.3 is 23/10. But an input of as many digits as
a double has was rounded before, and is not known. The errors that operations add are carried on as in
`evaluation.lost`; where one is not known, nothing is said.
"""

from __future__ import annotations

from cgcli.diagnostics import Diagnostic
from cgcli.evaluation.cancelled import cancels, is_moderate
from cgcli.evaluation.near_steps import near_nothing, near_steps
from cgcli.evaluation.read import read_nodes
from cgcli.evaluation.specialised import Point
from cgcli.ops.entry import GREATEST, LEAST, ORDER
from cgcli.render.numbers import number


def missed_step(point: Point) -> Diagnostic | None:
    """A warning for the first step that would be another one without rounding."""
    graph, values = point.graph, point.values
    near = near_steps(graph, values)
    if cancels(point):
        near = sorted({*near, *near_nothing(graph, values)})
    orders = [node for node, op in enumerate(graph.ops) if op.jumps in (ORDER, LEAST, GREATEST)]
    if not (near or orders) or not is_moderate(point, 1):
        return None
    read = set(read_nodes(point))
    if orders:
        from cgcli.evaluation.missed_corners import missed_order

        order = missed_order(point, [node for node in orders if node in read])
        if order is not None:
            return order
    near = [(node, at) for node, at in near if node in read]
    from cgcli.evaluation.exact_steps import Exact, element, exact_step

    exact = Exact(point, [arg for node, _ in near for arg in graph.args[node]])
    for node, at in near:
        told = exact_step(exact, node, at)
        if told is not None:
            from cgcli.language.errors.operations import source_text

            place = graph.place(node)
            shown = source_text(point.program, *place) + (f" at {[*at]}" if at else "")
            x = number(element(values[node], at))
            message = f"rounding decides {shown}: it is {x}, and {number(told)} without"
            hint = "numbers such as 0.1 are no doubles; near a step, add or take off a little"
            return Diagnostic("lost", message, point.program.source, *place, hint, "warning")
    return None
