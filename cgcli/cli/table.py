"""How a table is written: on a terminal, in a pipe, to a file."""

from __future__ import annotations

import os
import sys
from functools import partial

from cgcli.annotations import Any, Sequence
from cgcli.cli.report import room
from cgcli.cli.request import Request
from cgcli.data.arrow import arrow
from cgcli.data.arrow_sink import ArrowSink
from cgcli.data.csv_sink import CsvSink
from cgcli.data.dataset import ENDINGS, ending_of
from cgcli.data.packed import PACKED, packing
from cgcli.data.sinks import JsonSink, NpzSink, Sink, texts, whole
from cgcli.diagnostics import CgError
from cgcli.evaluation.rows import processors
from cgcli.render.numbers import json_value, number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from contextlib import ExitStack

FLAT = (".csv", ".tsv")
TEXTS = (*FLAT, ".jsonl")

# Rows of a table on a terminal that its widths are taken from.
FIRST = 1000


def output_to(stack: ExitStack, request: Request, option: str, names: Sequence[str]) -> Sink:
    """What takes the rows of a table that an option names a file for."""
    path = getattr(request, option)
    return output(stack, Request([], out=path, digits=request.digits), names)


def is_flat(request: Request) -> bool:
    """Whether cells are numbers and texts, and an array takes a column an element."""
    return request.format != "json" if request.out is None else ending_for(request.out) in FLAT


def ending_for(path: str, option: str = "out") -> str:
    """The ending of the file of an option, without that of packing. Raises `CgError` (kind `usage`) for one
    that no table has."""
    ending, last = ending_of(path), os.path.splitext(path)[1].lower()
    if ending not in ENDINGS:
        raise CgError("usage", f"--{option}: `{path}` does not end in {', '.join(ENDINGS)}")
    if last in PACKED and ending not in TEXTS:
        raise CgError("usage", f"--{option}: {ending} is packed in its own way, and not as {last}")
    return ending


def output(stack: ExitStack, request: Request, names: Sequence[str]) -> Sink:
    """What takes the rows: by `--out` a file, which is there whole once the stack is left without an error;
    else stdout, as `--format` says."""
    threads = 0 if request.digits is not None else request.threads or processors()
    text, value = partial(number, digits=request.digits), partial(json_value, digits=request.digits)
    if request.out is None:
        if request.format == "json":
            return JsonSink(sys.stdout, names, value)
        if request.format == "text" and sys.stdout.isatty():
            return Aligned(names, text)
        return CsvSink(sys.stdout, names, text, threads=threads)
    ending = ending_for(request.out)
    if ending in (".parquet", ".arrow") or request.out.lower().endswith(".zst"):
        arrow(request.out)  # or there is no need to begin
    path = stack.enter_context(whole(request.out))
    if ending == ".npz":
        return NpzSink(path, names)
    if ending in (".parquet", ".arrow"):
        return ArrowSink(path, names, ending == ".parquet")
    stream = stack.enter_context(packing(path, os.path.splitext(request.out)[1].lower()))
    if ending == ".jsonl":
        return JsonSink(stream, names, value)
    return CsvSink(stream, names, text, "\t" if ending == ".tsv" else ",", threads)


class Aligned(Sink):
    """Columns for people: as wide as the first rows need, cut at the width of the terminal."""

    def __init__(self, names: Sequence[str], text: Any) -> None:
        self._names, self._text = list(names), text
        self._widths: list[int] = []

    def write(self, columns: Sequence[Any], missing: Any) -> None:
        cells = texts(columns, missing, self._text)
        rows = list(zip(*cells, strict=True))
        if not self._widths:
            self._widths = [
                max([len(name), *map(len, column[:FIRST])])
                for name, column in zip(self._names, cells, strict=True)
            ]
            self._right = [not isinstance(column, list) for column in columns]
            columns_shown = room() or 80
            self._shown, used = 0, 0
            for width in self._widths:
                used += width + 2
                if used - 2 > columns_shown and self._shown:
                    break
                self._shown += 1
            self._line(self._names)
        for row in rows:
            self._line(row)

    def _line(self, cells: Sequence[str]) -> None:
        shown = zip(cells[: self._shown], self._widths, self._right, strict=False)
        line = "  ".join(cell.rjust(width) if right else cell.ljust(width) for cell, width, right in shown)
        sys.stdout.write(line.rstrip() + "\n")

    def close(self) -> None:
        if not self._widths:
            sys.stdout.write("  ".join(self._names) + "\n")
        elif self._shown < len(self._names):
            rest = ", ".join(self._names[self._shown :])
            sys.stdout.write(f"(not shown, as the terminal is too narrow: {rest})\n")
