"""`cg plan`: what becomes of a static graph before data come."""

from __future__ import annotations

import sys
from math import inf

from cgcli.annotations import Any, Iterator
from cgcli.cli.request import Request
from cgcli.cli.session import Session
from cgcli.control.limits import MORE_OPERATIONS
from cgcli.control.tree import For, While, every
from cgcli.control.varied import decided_by
from cgcli.diagnostics import CgError, abridged
from cgcli.evaluation.prepared import Prepared
from cgcli.evaluation.static import static_graph
from cgcli.language.errors.operations import source_text
from cgcli.language.program import Program
from cgcli.later import json
from cgcli.render.infix import expression, label_nodes
from cgcli.render.styles import escape_dot
from cgcli.rewrite.plan import Plan
from cgcli.rewrite.rules import Rule
from cgcli.shapes import counted

# So many operations are unrolled, and so many nodes then rewritten, if nothing else is said.
UNROLLED, REWRITTEN = 1_000_000, 200_000

# So many places of a rule are listed in text, and so many inputs.
PLACES = 4


def answer(session: Session, prepared: Prepared) -> None:
    request = session.request
    program = prepared.program
    limits = prepared.limits if request.max_ops else session.limits(UNROLLED)
    try:
        static = static_graph(program, prepared.bound, False, prepared.default_shapes(), limits)
    except CgError as error:
        told, place = error.diagnostic, error.diagnostic.place()
        if told.kind == "dynamic":
            assert place is not None
            return _running(request, prepared, "dynamic", place)
        if request.max_ops or told.kind != "stopped" or not (told.hint or "").endswith(MORE_OPERATIONS):
            raise
        return _long(request, prepared)
    if program.tree is not None and not request.max_ops and len(static.graph) > REWRITTEN:
        return _running(request, prepared, "static", None)
    plan = Plan(static, request.fast, prepared.bound)
    if request.style == "json":
        print(json.dumps(_record(program, plan), ensure_ascii=False))
    elif request.style == "dot":
        sys.stdout.write("\n".join(_dot(plan)) + "\n")
    else:
        sys.stdout.write("\n".join(_lines(program, plan)) + "\n")


def _long(request: Request, prepared: Prepared) -> None:
    """What is to be said of a program that is too long to be unrolled."""
    program = prepared.program
    assert program.tree is not None
    part = decided_by(program.tree, program.inputs.keys() - prepared.bound.keys())
    place = None if part is None else program.source.locate(part.start)
    _running(request, prepared, "static" if part is None else "open", place)


# What is known of a program before its values are, where there is no schedule.
KNOWN = {
    "dynamic": "dynamic     by {text}",
    "static": "static      too long for a schedule; --max-ops makes one of up to so many operations",
    "open": "open        after {unrolled:,} operations, which are unrolled; it may be dynamic by {text}",
}


def _running(request: Request, prepared: Prepared, known: str, place: Any) -> None:
    """What is to be said of a program that is not unrolled: what is known of it, by which statement, and
    whether it is machine code as a whole."""
    from cgcli.evaluation.fast_gradients import unfit

    program = prepared.program
    inputs = {name: 0.0 for name in program.inputs if not program.shapes.get(name)}
    reason = unfit(program, {**program.shapes, **inputs, **prepared.known})
    text = where = ""
    if place is not None:
        text = " ".join(place.text[place.column - 1 :].split("{")[0].split())
        where = f" ({place.line}:{place.column})"
    if request.style == "json":
        told = {"line": place.line, "column": place.column, "text": text} if place is not None else {}
        told |= {} if known == "dynamic" else {"unrolled": UNROLLED}
        print(json.dumps({known: told, "compiled": not reason, "reason": reason or None}))
    else:
        print(KNOWN[known].format(text=text, unrolled=UNROLLED) + where)
        how = (
            f"not compiled as a whole: {reason}" if reason else "compiled once it is long, value and gradient"
        )
        print(f"engine      {how}{_else(program, bool(reason))}")


def _else(program: Program, is_left: bool) -> str:
    """How a program runs before machine code is made of it, or where it `is_left` out."""
    assert program.tree is not None
    bodies = [program.tree.body, *(function.body for function in program.tree.functions.values())]
    has_loops = any(part.__class__ in (For, While) for body in bodies for part in every(body))
    way = "loops as Python functions" if has_loops and not program.derives else "interpreted"
    return f"; {way}" if is_left else f"; before that, {way}"


def _places(program: Program, plan: Plan, rule: Rule, most: float = inf) -> list[str]:
    """Where a rule was applied: text and place in the source, each once; of those beyond `most` one."""
    graph = plan.source.graph
    found: dict[str, None] = {}
    for node in plan.fired[rule]:
        if node >= 0 and graph.starts[node] >= 0:
            place = program.source.locate(graph.starts[node])
            text = source_text(program, *graph.place(node))
            found[f"{text} ({place.line}:{place.column})"] = None
            if len(found) > most:
                break
    return list(found)


def _labels(plan: Plan) -> dict[int, str]:
    return label_nodes(plan.static.graph, {node: place for place, (node, _) in enumerate(plan.steps, 1)})


def _schedule(plan: Plan) -> Iterator[tuple[str, str, int]]:
    """Each operation: its label, its formula over other labels, its buffer."""
    graph, labels = plan.static.graph, _labels(plan)
    for node, buffer in plan.steps:
        yield labels[node], expression(graph, node, labels), buffer


def _results(plan: Plan) -> list[tuple[str, int | None, str]]:
    """Each output: its name, the number of the step that computes it, where there is one, and the
    label of that step, or the constant or the input that it is."""
    graph, labels = plan.static.graph, _labels(plan)
    places = {node: place for place, (node, _) in enumerate(plan.steps, 1)}
    return [
        (name, places.get(node), labels[node] if node in places else expression(graph, node, {}))
        for name, node in plan.static.named()
    ]


def _lines(program: Program, plan: Plan) -> Iterator[str]:
    yield f"nodes       {plan.before} before, {len(plan.nodes)} after"
    yield "rules" if plan.fired else "rules       none applies"
    for rule in plan.fired:
        times = counted(len(plan.fired[rule]), "time")
        places = abridged(_places(program, plan, rule, PLACES), PLACES)
        yield f"  {rule.name} ({rule.label}), {times}" + (f": {places}" if places else "")
    results = _results(plan)
    last = {step for _, step, _ in results}
    yield "schedule" if plan.steps else "schedule    empty"
    steps = list(_schedule(plan))
    width = max((len(f"{label} = {formula}") for label, formula, _ in steps), default=0)
    margin, width = len(str(len(steps))), min(width, 60)
    for place, (label, formula, buffer) in enumerate(steps, 1):
        mark = ", output" if place in last else ""
        yield f"  {place:>{margin}}  {f'{label} = {formula}':<{width}}  buffer {buffer}{mark}"
    for name, step, text in results:
        yield f"result      {name} = {f'step {step}' if step else text}"
    yield f"buffers     {plan.buffers} with reuse, {len(plan.steps)} without"
    kinds = ", ".join(f"{name} {count}" for name, count in plan.operations.items())
    yield f"operations  {len(plan.steps)}: {kinds}" if plan.steps else "operations  0"
    if plan.gradient is not None and plan.steps:
        ratio, both = plan.gradient / len(plan.steps), f"{counted(plan.gradient, 'operation')} for both"
        yield f"gradient    by {abridged(plan.wrt, PLACES)} costs {ratio:.2g} times the value ({both})"


def _record(program: Program, plan: Plan) -> dict[str, Any]:
    results = _results(plan)
    outputs: dict[int | None, list[str]] = {}
    for name, step, _ in results:
        outputs.setdefault(step, []).append(name)
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
            {
                "name": label,
                "formula": formula,
                "buffer": buffer,
                "outputs": outputs.get(place, []),
            }
            for place, (label, formula, buffer) in enumerate(_schedule(plan), 1)
        ],
        "results": [{"name": name, "step": step, "formula": text} for name, step, text in results],
        "buffers": {"reuse": plan.buffers, "without": len(plan.steps)},
        "operations": plan.operations,
        "gradient": plan.gradient,
        "wrt": plan.wrt,
    }


def _dot(plan: Plan) -> Iterator[str]:
    """The schedule as a graph in the Graphviz language: operations with their buffers, outputs."""
    graph = plan.static.graph
    buffers = dict(plan.steps)
    yield "digraph plan {"
    yield "  rankdir=BT;"
    yield '  node [fontname="Helvetica"];'
    for node in plan.nodes:
        op = graph.ops[node]
        title = op.title if node in buffers else expression(graph, node, {})
        shape = "ellipse" if node in buffers else "plaintext"
        below = f"\\nbuffer {buffers[node]}" if node in buffers else ""
        yield f'  n{node} [label="{escape_dot(title)}{below}", shape={shape}];'
    for node in plan.nodes:
        for arg in graph.args[node]:
            yield f"  n{arg} -> n{node};"
    for place, (name, node) in enumerate(plan.static.named()):
        yield f'  result{place} [label="{escape_dot(name)}", shape=box];'
        yield f"  n{node} -> result{place};"
    yield "}"
