"""`cg plan`: what becomes of a static graph before data come."""

from __future__ import annotations

import sys

from cgcli.cli.session import Session, run
from cgcli.evaluation.static import static_graph
from cgcli.language.faults import source_text
from cgcli.language.program import Program
from cgcli.render.infix import expression, label_nodes
from cgcli.rewrite.plan import Plan

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from cgcli.cli.request import Request
    from cgcli.rewrite.rules import Rule

# So many places of a rule are listed in text.
PLACES = 4


def command(request: Request) -> int:
    return run(request, answer)


def answer(session: Session, program: Program) -> None:
    request = session.request
    static = static_graph(program, session.bindings.values)
    plan = Plan(static, request.fast, session.bindings.values)
    if request.style == "json":
        import json

        print(json.dumps(_record(program, plan), ensure_ascii=False))
    elif request.style == "dot":
        sys.stdout.write("\n".join(_dot(plan)) + "\n")
    else:
        sys.stdout.write("\n".join(_lines(program, plan)) + "\n")


def _places(program: Program, plan: Plan, rule: Rule) -> list[str]:
    """Where a rule was applied: text and place in the source, each once."""
    graph = program.graph
    found: dict[str, None] = {}
    for node in plan.fired[rule]:
        if node >= 0 and graph.starts[node] >= 0:
            place = program.source.locate(graph.starts[node])
            text = source_text(program, graph.starts[node], graph.ends[node])
            found[f"{text} ({place.line}:{place.column})"] = None
    return list(found)


def _schedule(plan: Plan) -> Iterator[tuple[str, str, int]]:
    """Each operation: its label, its formula over other labels, its buffer."""
    graph = plan.static.graph
    labels = label_nodes(graph, {node: place for place, (node, _) in enumerate(plan.steps, 1)})
    for node, buffer in plan.steps:
        yield labels[node], expression(graph, node, labels), buffer


def _lines(program: Program, plan: Plan) -> Iterator[str]:
    yield f"nodes       {plan.before} before, {len(plan.nodes)} after"
    yield "rules" if plan.fired else "rules       none applies"
    for rule in plan.fired:
        places = _places(program, plan, rule)
        shown = ", ".join(places[:PLACES]) + (", ..." if len(places) > PLACES else "")
        count = len(plan.fired[rule])
        yield f"  {rule.name} ({rule.label}), {count} time{'s' if count > 1 else ''}" + (
            f": {shown}" if shown else ""
        )
    yield "schedule"
    steps = list(_schedule(plan))
    width = max((len(f"{label} = {formula}") for label, formula, _ in steps), default=0)
    margin, width = len(str(len(steps))), min(width, 60)
    for place, (label, formula, buffer) in enumerate(steps, 1):
        yield f"  {place:>{margin}}  {f'{label} = {formula}':<{width}}  buffer {buffer}"
    yield f"buffers     {plan.buffers} with reuse, {len(plan.steps)} without"
    kinds = ", ".join(f"{name} {count}" for name, count in plan.operations.items())
    yield f"operations  {len(plan.steps)}: {kinds}" if plan.steps else "operations  0"
    if plan.gradient is not None and plan.steps:
        ratio = plan.gradient / len(plan.steps)
        yield f"gradient    {plan.gradient} operations with the value, {ratio:.2g} times those of the value"


def _record(program: Program, plan: Plan) -> dict[str, Any]:
    return {
        "nodes": {"before": plan.before, "after": len(plan.nodes)},
        "rules": [
            {
                "name": rule.name,
                "label": rule.label,
                "condition": rule.condition or None,
                "count": len(nodes),
                "places": _places(program, plan, rule),
            }
            for rule, nodes in plan.fired.items()
        ],
        "schedule": [
            {"name": label, "formula": formula, "buffer": buffer}
            for label, formula, buffer in _schedule(plan)
        ],
        "buffers": {"reuse": plan.buffers, "without": len(plan.steps)},
        "operations": plan.operations,
        "gradient": plan.gradient,
    }


def _dot(plan: Plan) -> Iterator[str]:
    """The schedule as a graph in the Graphviz language: operations with their buffers."""
    graph = plan.static.graph
    buffers = dict(plan.steps)
    yield "digraph plan {"
    yield "  rankdir=BT;"
    yield '  node [fontname="Helvetica"];'
    for node in plan.nodes:
        op = graph.ops[node]
        title = op.title if node in buffers else expression(graph, node, {})
        text = title.replace("\\", "\\\\").replace('"', '\\"')
        shape = "ellipse" if node in buffers else "plaintext"
        below = f"\\nbuffer {buffers[node]}" if node in buffers else ""
        yield f'  n{node} [label="{text}{below}", shape={shape}];'
    for node in plan.nodes:
        for arg in graph.args[node]:
            yield f"  n{arg} -> n{node};"
    yield "}"
