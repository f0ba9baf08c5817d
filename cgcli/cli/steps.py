"""Both passes of a run as it was executed, statement by statement: as text, and as JSON a line each."""

from __future__ import annotations

import json

from cgcli.annotations import Any, Iterator
from cgcli.evaluation.statements import Statement, Statements
from cgcli.render.records import Record
from cgcli.render.structures import json_text, text_pieces
from cgcli.render.walkthrough import Walkthrough
from cgcli.source import Source

# A statement is cut beyond so many characters, and a value that is no number or array.
LONGEST = 60


def head(source: Source, statement: Statement) -> str:
    """A statement on one line, without the block that belongs to it."""
    text = " ".join(source.text[statement.start : statement.stop].split("{")[0].split())
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def forward_lines(story: Walkthrough, statements: Statements, source: Source) -> Iterator[str]:
    """What was there before; then a numbered line a statement with its place and what it set, and under it
    the nodes that it made."""
    nodes = iter([pair for pair in story.steps if pair[0].kind != "constant"])
    coming = next(nodes, None)
    names = len(source.names) > 1
    blank = " " * story.width
    for number, statement in enumerate([None, *statements.all]):
        if statement is not None:
            place = source.locate(statement.start)
            at = f"{place.source}:{place.line}:{place.column}" if names else f"{place.line}:{place.column}"
            found = f"{number:>{story.width}}  {at:<5}  {'  ' * statement.depth}{head(source, statement)}"
            if statement.name is not None:
                found += f"  [{statement.name} = {_text(story, statement.value)}]"
            yield found
        while coming is not None and coming[1] <= number:
            yield f"{blank}  {'' if statement is None else '         '}{story.told(coming[0])}"
            coming = next(nodes, None)


def _text(story: Walkthrough, value: Any) -> str:
    if value.__class__ is float or hasattr(value, "shape"):
        return story.form.text(value)
    text = "".join(text_pieces(value, story.form.digits))
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def forward_records(story: Walkthrough, statements: Statements | None, source: Source) -> Iterator[str]:
    """A line a step: a statement and its nodes, or a node."""
    if statements is None:
        for record, number in story.steps:
            yield _line({"step": number, **_place(source, story, record)}, _node(story, record))
        return
    nodes: dict[int, list[Record]] = {}
    for record, number in story.steps:
        nodes.setdefault(number, []).append(record)
    for record in nodes.get(0, ()):
        yield _line({"step": 0, **_place(source, story, record)}, _node(story, record))
    for number, one in enumerate(statements.all, 1):
        place = source.locate(one.start)
        facts = {"step": number, "source": place.source, "line": place.line, "column": place.column}
        facts |= {"text": head(source, one), "depth": one.depth, "name": one.name}
        more = {} if one.name is None else {"value": _json(story, one.value)}
        made = ", ".join(f"{{{_members(_node(story, record))}}}" for record in nodes.get(number, ()))
        yield _line(facts, {**more, "nodes": f"[{made}]"})


def backward_records(story: Walkthrough, output: str) -> Iterator[str]:
    """A line a node, from the output back: its adjoint, as a sum over paths, and its local derivatives."""
    for record, number, terms, edges in story.back(output):
        facts = {"from": output, "step": number, "label": record.label}
        paths = [{"text": edge.term, "by": edge.user.label} for edge in terms]
        local = [
            f'{{"by": {json.dumps(edge.target.label)}, "text": {json.dumps(edge.local)}, '
            f'"value": {_json(story, edge.partial)}}}'
            for edge in edges
            if edge.local is not None
        ]
        adjoint = _json(story, record.adjoints[output])
        more = {"adjoint": adjoint, "paths": json.dumps(paths, ensure_ascii=False)}
        yield _line(facts, {**more, "local": f"[{', '.join(local)}]"})


def gradient_record(story: Walkthrough, output: str, inputs: list[Record]) -> str:
    """The derivatives of an output by the inputs."""
    found = (f"{json.dumps(r.label)}: {_json(story, r.adjoints[output])}" for r in inputs)
    return _line({"from": output}, {"gradient": f"{{{', '.join(found)}}}"})


def _node(story: Walkthrough, record: Record) -> dict[str, str]:
    formula = story.picture.formula(record)
    found = {"label": json.dumps(record.label), "formula": json.dumps(formula, ensure_ascii=False)}
    return found if record.value is None else found | {"value": _json(story, record.value)}


def _place(source: Source, story: Walkthrough, record: Record) -> dict[str, Any]:
    start = story.picture.graph.starts[record.node]
    if start < 0:
        return {}
    place = source.locate(start)
    return {"source": place.source, "line": place.line, "column": place.column}


def _json(story: Walkthrough, value: Any) -> str:
    return "".join(json_text(value, story.form.digits))


def _members(more: dict[str, str]) -> str:
    return ", ".join(f"{json.dumps(name)}: {text}" for name, text in more.items())


def _line(facts: dict[str, Any], more: dict[str, str]) -> str:
    """An object of facts, and of members that are JSON already."""
    return json.dumps(facts, ensure_ascii=False)[:-1] + f", {_members(more)}}}"
