"""Code for elsewhere from a static graph.

`walk` makes statements of the graph, once for all languages; a target is a table that says how each
operation is written, and a few lines that make a whole of the statements. ONNX has no text: there
the forward pass runs over an algebra whose values are the tensors of a model.
"""

from __future__ import annotations

from importlib import import_module

from cgcli.annotations import Any, Mapping, Sequence
from cgcli.ops import OPS
from cgcli.rewrite.static import Static
from cgcli.source import Source

# Each has a file of this package and a function in it of its name, imported when it is asked for.
TARGETS = ("latex", "python", "numpy", "c", "sql", "onnx")


# How a comment begins.
COMMENTS = {"latex": "%", "python": "#", "numpy": "#", "c": "//", "sql": "--"}

# These write arrays out as data; for others an array that has a value is part of the graph.
WITH_DATA = ("latex", "numpy")


def spelled_out(static: Static, target: str) -> Static:
    """The graph with operations of a program that a target of text has no form for by their definitions."""
    from cgcli.export.definitions import expanded

    language = getattr(import_module(f"cgcli.export.{target}"), target.upper())

    def lacks(op: Any) -> bool:
        if op.formula and not language.doubles:  # rewriting would put it together again
            return False
        return op.name in OPS and language.entry(op) is None

    return expanded(static, lacks, language.doubles)


def export(
    static: Static,
    target: str,
    name: str = "f",
    table: str = "data",
    source: Source | None = None,
    data: Mapping[str, Any] | None = None,
    whole_rows: bool = False,
    left_out: Sequence[str] = (),
) -> str | bytes:
    """The outputs of a static graph as code of a target, one of `TARGETS`.

    `name` is that of the function, `table` that of the table which SQL reads. `source` is the text
    of the program, for errors to point at. `data` are arrays by the names of inputs, for a target of
    `WITH_DATA`: such an input is no parameter. With `whole_rows` a query gives the columns of its
    table that are no inputs, too. What is `left_out` of the program is told in comments. Raises `CgError`
    (kind `export`) for what the target cannot express.
    """
    from cgcli.export.definitions import endless

    write = getattr(import_module(f"cgcli.export.{target}"), target)
    options: dict[str, Any] = {"data": data} if data else {}
    if target == "sql":
        options["whole_rows"] = whole_rows
    if target != "latex":
        static = endless(static)
    found: str | bytes = write(static, table if target == "sql" else name, source, **options)
    if isinstance(found, str):
        found = "".join(f"{COMMENTS[target]} not checked: {text}\n" for text in left_out) + found
    return found
