"""Diagnostics on stderr: as text, coloured on a terminal, or as JSON; and text with styles on stdout."""

from __future__ import annotations

import os
import sys

from cgcli.annotations import Any, Iterable, Iterator, TextIO
from cgcli.cli.request import Request
from cgcli.diagnostics import COLUMNS, Diagnostic
from cgcli.later import json

# The number of the stream of messages.
STDERR = 2


class Aside:
    """A stream of messages, beside the answers: what cannot be written to it is lost, and nothing else is."""

    def __init__(self, stream: TextIO | None) -> None:
        if stream is None:  # its number is taken, so that no file gets it
            null = os.open(os.devnull, os.O_WRONLY)
            if null != STDERR:
                os.dup2(null, STDERR)
                os.close(null)
            stream = open(STDERR, "w", closefd=False)  # noqa: SIM115
        self._stream, self.encoding = stream, stream.encoding

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        try:  # noqa: SIM105  (contextlib takes time to import)
            self._stream.write(text)
        except OSError:
            pass
        return len(text)

    def flush(self) -> None:
        try:  # noqa: SIM105
            self._stream.flush()
        except OSError:
            pass


def colored(stream: TextIO, choice: str) -> bool:
    """Whether to colour what goes to a stream: `always`, `never`, or `auto`, which asks
    NO_COLOR, CLICOLOR_FORCE and whether it is a terminal."""
    if choice != "auto":
        return choice == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("CLICOLOR_FORCE", "0") not in ("", "0"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def report(diagnostic: Diagnostic, request: Request) -> None:
    """Write one diagnostic to stderr."""
    stream = sys.stderr
    if request.format == "json":
        print(json.dumps(diagnostic.record(), ensure_ascii=False), file=stream, flush=True)
        return
    lines = diagnostic.lines(min(COLUMNS, room(stream) or COLUMNS))
    if colored(stream, request.color):
        from rich.console import Console
        from rich.text import Text

        console = Console(file=stream, force_terminal=True, soft_wrap=True, highlight=False)
        color = {"error": "red", "warning": "yellow"}.get(diagnostic.severity, "cyan")
        for number, line in enumerate(lines):
            text = Text(line)
            if number == 0:
                text.stylize(f"bold {color}", 0, len(diagnostic.severity) + 1)
            elif number in (1, 2) or (number == 3 and " | " in line):
                text.stylize("blue", 0, line.find("|") + 1 if number > 1 else len(line))
            elif number == 4:
                text.stylize(color, line.find("|") + 1)
                text.stylize("blue", 0, line.find("|") + 1)
            console.print(text)
    else:
        stream.write("\n".join(lines) + "\n")
        stream.flush()


def room(stream: Any = None) -> int | None:
    """The columns of the terminal that a stream is, stdout if none is given; None where it is no terminal,
    and no line is broken."""
    if not (stream or sys.stdout).isatty():
        return None
    import shutil

    return shutil.get_terminal_size().columns


# How the line goes on below a piece of a tree.
BELOW = str.maketrans({"├": "│", "└": " ", "─": " ", "+": "|", "`": " ", "-": " "})

# A line of a tree is broken only where it has this many columns beside its margin.
ENOUGH = 12


def broken(lines: Iterable[list[tuple[str, str]]], columns: int | None) -> Iterator[list[tuple[str, str]]]:
    """Lines of a tree, whose first piece is a margin, in so many columns: broken between pieces."""
    for line in lines:
        margin, *pieces = line
        left = len(margin[0])
        if columns is None or left + ENOUGH > columns or sum(len(text) for text, _ in line) <= columns:
            yield line
            continue
        row, used = [margin], left
        for text, style in pieces:
            if used + len(text.rstrip()) > columns and len(row) > 1:
                yield row
                row, used = [(margin[0].translate(BELOW) + "  ", margin[1])], left + 2
                text = text.lstrip(" ,")
            row.append((text, style))
            used += len(text)
        yield row


def print_lines(lines: Iterable[list[tuple[str, str]]], request: Request) -> None:
    """Write lines, each pieces of text and their styles, as they come: the whole of a deep tree is
    as large as the square of its depth."""
    if not colored(sys.stdout, request.color):
        for line in lines:
            sys.stdout.write("".join(text for text, _ in line).rstrip() + "\n")
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(file=sys.stdout, force_terminal=True, highlight=False)
    for line in lines:
        console.print(Text.assemble(*line), soft_wrap=True)
