"""Where rows come from: files, or ranges."""

from __future__ import annotations

from cgcli.annotations import Any
from cgcli.cli.bindings import Bindings
from cgcli.cli.ranges import read_range
from cgcli.cli.request import Request
from cgcli.data.grid import Grid
from cgcli.diagnostics import CgError
from cgcli.evaluation.rows import processors
from cgcli.language.scanner import unquoted


def grid_of(request: Request, bindings: Bindings) -> Grid:
    """The points of `--over`."""
    columns: dict[str, Any] = {}
    for argument in request.over:
        name, column = read_range(argument, bindings)
        if unquoted(name) in columns:
            raise CgError("usage", f"--over gives `{unquoted(name)}` values twice")
        columns[unquoted(name)] = column
    return Grid(columns)


def table_of(request: Request) -> Any:
    """The rows of the files of `--data`."""
    from cgcli.data.dataset import Table

    types = types_of(request)
    forced = [name for name, kind in types.items() if kind == "float"]
    table = Table(request.data, request.data_format, request.threads or processors(), forced)
    for name in types:
        if name not in table.names:
            from cgcli.evaluation.columns import no_column

            raise no_column("types", name, table.names)
    return table


def types_of(request: Request) -> dict[str, str]:
    """The types that columns are given: `float`, as what texts are read, or `text`, as what they are handed
    on."""
    found = {}
    for text in request.types:
        name, _, kind = text.rpartition("=")
        if kind.strip() not in ("float", "text") or not name.strip():
            raise CgError("usage", f"--types: `{text}` is neither NAME=float nor NAME=text")
        found[unquoted(name.strip())] = kind.strip()
    return found
