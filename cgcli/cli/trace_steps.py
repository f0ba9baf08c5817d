"""Both passes of a run as it was executed, statement by statement: as text, and as JSON a line each."""

from __future__ import annotations

import json

from cgcli.annotations import Any, Iterator
from cgcli.evaluation.statements import Statement, Statements
from cgcli.render.numbers import Form
from cgcli.render.records import Record
from cgcli.render.structures import json_text, text_pieces
from cgcli.render.walkthrough import Walkthrough
from cgcli.source import Source

# A statement is cut beyond so many characters, and a value that is no number or array.
LONGEST = 60

# Statements that have a block.
HEADS = ("for", "while", "if", "checkpoint")


def head(source: Source, statement: Statement) -> str:
    """A statement on one line, without the block that belongs to it."""
    text = source.text[statement.start : statement.stop]
    if text.startswith(HEADS):
        text = text.split("{")[0]
    text = " ".join(text.split())
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def failed_lines(statements: Statements, source: Source, form: Form, as_json: bool) -> Iterator[str]:
    """What was executed up to a statement that the run could not go on from, that one included."""
    width = len(str(len(statements.all)))
    for number, one in enumerate(statements.all, 1):
        if as_json:
            yield _line(*_told(number, one, source, form))
        else:
            yield _numbered(number, width, one, source, form)


def forward_lines(story: Walkthrough, statements: Statements, source: Source) -> Iterator[str]:
    """What was there before; then a numbered line a statement with its place and what it set, and under it
    the nodes that it made."""
    nodes = iter([pair for pair in story.steps if pair[0].kind != "constant"])
    coming = next(nodes, None)
    blank = " " * story.width
    for number, statement in enumerate([None, *statements.all]):
        if statement is not None:
            yield _numbered(number, story.width, statement, source, story.form)
        while coming is not None and coming[1] <= number:
            yield f"{blank}  {'' if statement is None else '         '}{story.told(coming[0])}"
            coming = next(nodes, None)


def _numbered(number: int, width: int, one: Statement, source: Source, form: Form) -> str:
    """A statement with its number, its place and what it set."""
    place = source.locate(one.start)
    at = f"{place.source}:" if len(source.names) > 1 else ""
    found = (
        f"{number:>{width}}  {f'{at}{place.line}:{place.column}':<5}  {'  ' * one.depth}{head(source, one)}"
    )
    return found if one.name is None else f"{found}  [{one.name} = {_text(form, one.value)}]"


def _text(form: Form, value: Any) -> str:
    if value.__class__ is str:
        return str(value)
    if value.__class__ is float or hasattr(value, "shape"):
        return form.text(value)
    text = "".join(text_pieces(value, form.digits))
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
        facts, more = _told(number, one, source, story.form)
        made = ", ".join(f"{{{_members(_node(story, record))}}}" for record in nodes.get(number, ()))
        yield _line(facts, {**more, "nodes": f"[{made}]"})


def _told(number: int, one: Statement, source: Source, form: Form) -> tuple[dict[str, Any], dict[str, str]]:
    """The same, as `_line` takes it."""
    place = source.locate(one.start)
    facts = {"step": number, "source": place.source, "line": place.line, "column": place.column}
    facts |= {"text": head(source, one), "depth": one.depth, "name": one.name}
    if one.name is None:
        return facts, {}
    value = (
        json.dumps(one.value) if one.value.__class__ is str else "".join(json_text(one.value, form.digits))
    )
    return facts, {"value": value}


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
    members = f", {_members(more)}" if more else ""
    return f"{json.dumps(facts, ensure_ascii=False)[:-1]}{members}}}"
