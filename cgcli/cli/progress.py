"""How far long work has come, on a terminal."""

from __future__ import annotations

import contextlib
import sys
from time import monotonic

from cgcli.annotations import Any, Iterator

# Work that takes less seconds is done before anybody asks.
SOON = 1.0

# Columns of a terminal from which on there is room for the speed, and for a bar.
MIDDLING, WIDE = 50, 70


def watched(batches: Iterator[Any], table: Any) -> Iterator[Any]:
    """The same batches, pairs of which the first knows how many rows it has; where stderr is a terminal, and
    the work is long, it shows rows, rows a second and the time that is left."""
    if not (sys.stderr is not None and sys.stderr.isatty()):
        yield from batches
        return
    start, rows, shown = monotonic(), 0, None
    try:
        for found in batches:
            rows += found[0].read
            total = None if table.count is None else max(table.count, rows)
            if shown is None and monotonic() - start > SOON:
                shown = _bar()
                shown.start()
                task = shown.add_task("rows", total=total, rows="", speed="")
            if shown is not None:
                speed = rows / (monotonic() - start)
                shown.update(
                    task, completed=rows, total=total, rows=f"{rows:,} rows",
                    speed=f"{speed:,.0f} a second",
                )  # fmt: skip
            yield found
    finally:
        if shown is not None:
            shown.stop()


def _bar() -> Any:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(file=sys.stderr)
    columns: list[Any] = [TextColumn("{task.fields[rows]}"), TimeRemainingColumn()]
    if console.width >= MIDDLING:  # what is left of time is never cut
        columns.insert(1, TextColumn("{task.fields[speed]}"))
    if console.width >= WIDE:
        columns.insert(1, BarColumn())
    both = sys.stdout is not None and sys.stdout.isatty()  # what is printed goes above the bar
    return Progress(*columns, console=console, transient=True, redirect_stdout=both)


@contextlib.contextmanager
def training_bar(rows: Any, request: Any) -> Iterator[Any]:
    """A function of the epoch, the step and its loss, which shows how far training has come where stderr is a
    terminal and it takes long."""
    if not (sys.stderr is not None and sys.stderr.isatty()) or request.trace:
        yield lambda epoch, step, loss: None
        return
    start, shown, task = monotonic(), None, None

    def show(epoch: int, step: int, loss: float) -> None:
        nonlocal shown, task
        total = request.epochs * -(-rows.count // request.batch) if rows.count else None
        if shown is None and monotonic() - start > SOON:
            shown = _bar()
            shown.start()
            task = shown.add_task("steps", total=total, rows="", speed="")
        if shown is not None and task is not None:
            shown.update(task, completed=step, total=total, rows=f"epoch {epoch}", speed=f"loss {loss:.6g}")

    try:
        yield show
    finally:
        if shown is not None:
            shown.stop()
