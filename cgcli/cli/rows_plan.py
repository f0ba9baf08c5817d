"""`cg plan` of rows: what is read, how it is computed, what it costs."""

from __future__ import annotations

import json

from cgcli.annotations import Any
from cgcli.cli.session import Session
from cgcli.evaluation.row_function import RowFunction
from cgcli.kernels.machine import rows_at_once
from cgcli.ops import Leaf
from cgcli.shapes import counted

# Bytes of a number.
DOUBLE = 8


def plan(session: Session, table: Any, function: RowFunction) -> int:
    """Print what would become of each row; returns the exit status."""
    found = _record(table, function)
    if session.request.style == "json":
        print(json.dumps(found, ensure_ascii=False))
        return session.status
    columns = f"{', '.join(found['columns']) or 'none'} (of {len(table.names)})"
    lines = [
        ("columns", columns),
        ("rows", "many" if found["rows"] is None else f"about {found['rows']:,}"),
        ("answer", ", ".join(found["answer"])),
        ("engine", _engine(found)),
        ("threads", str(found["threads"])),
        ("a row", f"{_operations(found)}, {found['bytes_read']} bytes read, "
         f"{found['bytes_written']} bytes written"),
    ]  # fmt: skip
    print("\n".join(f"{name:<12}{text}" for name, text in lines))
    return session.status


def _record(table: Any, function: RowFunction) -> dict[str, Any]:
    from math import prod

    rows, left = function.rows, function.rows.left
    kernel = rows.kernel()
    nodes = [] if left is None else left.graph.ancestors(left.outputs)
    return {
        "columns": function.read,
        "rows": table.count,
        "answer": function.names,
        "engine": "plain" if kernel is None else "kernel",
        "reason": rows.reason or None,
        "lanes": None if kernel is None else rows_at_once() if left is not None else 1,
        "threads": rows.threads,
        "operations": None
        if left is None
        else sum(left.graph.ops[node].__class__ is not Leaf for node in nodes),
        "bytes_read": DOUBLE * sum(prod(rows.columns[name]) for name in rows.names),
        "bytes_written": DOUBLE * sum(prod(map(int, cell)) for cell in rows.cells),
    }


def _operations(found: dict[str, Any]) -> str:
    count = found["operations"]
    return "as many operations as its values say" if count is None else counted(count, "operation")


def _engine(found: dict[str, Any]) -> str:
    if found["operations"] is None:
        how = "machine code" if found["engine"] == "kernel" else f"interpreted, as {found['reason']}"
        return f"row by row, {how}"
    if found["engine"] == "kernel":
        return f"machine code, {found['lanes']} rows at once"
    return f"NumPy in blocks of rows, as {found['reason']}"
