"""The ways to draw a graph: tree, list, Graphviz, Mermaid, JSON. Each yields lines."""

from __future__ import annotations

from cgcli.annotations import Any, Iterator
from cgcli.later import json
from cgcli.render.numbers import Form, json_value
from cgcli.render.records import Picture, Record
from cgcli.shapes import shape_text


def _value(record: Record, form: Form) -> str:
    """` = 3`; of an array without a value its shape, where that is known."""
    if record.value is not None:
        return f" = {form.text(record.value)}"
    return f" {shape_text(record.shape)}" if record.shape else ""


def _adjoints(record: Record, form: Form) -> list[str]:
    """`dY/dx = 3` for every output."""
    return [
        f"d{output}/d{record.label} = {form.text(adjoint)}" for output, adjoint in record.adjoints.items()
    ]


def _after_comma(record: Record, form: Form) -> str:
    return "".join(f", {adjoint}" for adjoint in _adjoints(record, form))


def draw_list(picture: Picture, form: Form) -> Iterator[str]:
    """A numbered line a node; the operands by their labels. Constants appear where they are used."""
    shown = [record for record in picture.records if record.number] or picture.records
    width = len(str(shown[-1].number))
    for record in shown:
        formula = picture.formula(record)
        text = formula if record.label == formula else f"{record.label} = {formula}"
        value = _value(record, form) if record.args or record.kind == "input" else ""
        yield f"{record.number:>{width}}  {text}{value}{_after_comma(record, form)}"


# What stands before a node of a tree: of one that others follow, of the last one, and below each.
GUIDES = {"tree": ("├── ", "└── ", "│   "), "ascii": ("+-- ", "`-- ", "|   ")}

# Pieces of a line and how they are styled, where there is colour.
Line = list[tuple[str, str]]


def draw_tree(picture: Picture, form: Form, depth: int, style: str = "tree") -> Iterator[Line]:
    """Operations over their operands, an output after the other.

    What was shown already is not opened up again; below `depth` levels (0: no limit) the tree
    stops at a mark. Outputs that are operands of others are drawn within them.
    """
    follows, last, bar = GUIDES[style]
    opened: set[int] = set()
    rails: list[str] = []  # below the nodes that lead to the one to come
    todo = [(place, 0, "", "") for _, place in reversed(picture.outputs)]
    while todo:
        place, level, guide, rail = todo.pop()
        record = picture.records[place - 1]
        del rails[level - 1 if level else 0 :]
        line = [("".join(rails) + guide, "dim"), *_label(picture, record, form)]
        if level:
            rails.append(rail)
        if record.args and record.id in opened:
            line.append((" (opened above)", "dim"))
        elif record.args and depth and level >= depth:
            line.append((" …", "dim"))
        else:
            opened.add(record.id)
            below = [(arg, level + 1, follows, bar) for arg in picture.branches(record)]
            if below:
                below[-1] = (below[-1][0], level + 1, last, "    ")
            todo.extend(reversed(below))
        yield line


def _label(picture: Picture, record: Record, form: Form) -> Iterator[tuple[str, str]]:
    """A node of a tree: its label where something needs one, its title, its value, its adjoints."""
    root = record.adjoints and record.id in picture.roots
    if record.args or (record.kind == "constant" and record.name):
        if record.name or picture.uses[record.id] > 1 or root:
            yield record.label, "bold"
            yield ": ", ""
        yield record.title, "cyan" if record.args else ""
    else:
        yield record.title, "bold" if record.kind == "input" else ""
    if record.args or record.kind == "input":
        yield _value(record, form), "green"
    if record.number:
        yield _after_comma(record, form), "magenta"


def draw_dot(picture: Picture, form: Form) -> Iterator[str]:
    """The Graphviz language; edges run from operand to operation, with their numbers where these matter."""
    yield "digraph cg {"
    yield "  rankdir=BT;"
    yield '  node [fontname="Helvetica"];'
    shown = picture.shown()
    for record in shown:
        label = "\\n".join(escape_dot(line) for line in _box(record, form))
        shape = "ellipse" if record.args else "box" if record.kind == "input" else "plaintext"
        yield f'  n{record.id} [label="{label}", shape={shape}];'
    for record in shown:
        for arg, place in picture.edges(record):
            yield f"  n{arg} -> n{record.id}" + (f" [label={place}];" if place else ";")
    yield "}"


def draw_mermaid(picture: Picture, form: Form) -> Iterator[str]:
    """A Mermaid flowchart, as Markdown pages render it."""
    yield "flowchart BT"
    shown = picture.shown()
    for record in shown:
        label = "<br>".join(_escape_mermaid(line) for line in _box(record, form))
        left, right = ("([", "])") if record.args else ("[", "]")
        yield f'  n{record.id}{left}"{label}"{right}'
    for record in shown:
        for arg, place in picture.edges(record):
            yield f"  n{arg} -->{f'|{place}|' if place else ''} n{record.id}"


def draw_json(picture: Picture, form: Form) -> Iterator[str]:
    """One JSON object: all nodes, constants included, in topological order, and the outputs."""
    yield '{"nodes": ['
    last = picture.records[-1]
    for record in picture.records:
        node: dict[str, Any] = {"id": record.id, "op": record.kind, "name": record.name, "args": record.args}
        if record.attributes:
            node["attributes"] = record.attributes
        if record.shape is not None:
            node["shape"] = [size if isinstance(size, int) else str(size) for size in record.shape]
        if record.value is not None:
            node["value"] = json_value(record.value, form.digits)
        if record.adjoints:
            node["adjoint"] = {o: json_value(a, form.digits) for o, a in record.adjoints.items()}
        yield json.dumps(node, ensure_ascii=False, default=str) + ("," if record is not last else "")
    labels = {record.id: record.label for record in picture.records}
    outputs = [{"name": name, "label": labels[place], "node": place} for name, place in picture.outputs]
    yield f'], "outputs": {json.dumps(outputs, ensure_ascii=False)}}}'


def _box(record: Record, form: Form) -> list[str]:
    """The lines of a node's box: name and operation, value, adjoints."""
    if not record.number:
        return [record.title]
    named = record.name is not None and record.kind != "input"
    head = f"{record.name}: {record.title}" if named else record.title
    lines = [head + (_value(record, form) if record.kind != "constant" else "")]
    return [*lines, *_adjoints(record, form)]


def escape_dot(text: str) -> str:
    """A text within quotes of the Graphviz language."""
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _escape_mermaid(text: str) -> str:
    return "".join(c if c.isalnum() or c in " _.=:+/" else f"#{ord(c)};" for c in text)
