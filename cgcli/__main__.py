"""The entry point of `cg`."""

from __future__ import annotations

import gc
import os
import sys

from cgcli.annotations import TextIO
from cgcli.cli.arguments import as_utf8, read
from cgcli.cli.guard import INTERRUPTED
from cgcli.cli.guard import run as answer
from cgcli.cli.report import Aside


def main() -> None:
    """Run `cg` with the arguments of the process, and end the process.

    What is left in memory goes with the process: to take a large graph apart, object by object,
    takes as long as to differentiate it.
    """
    status = run()
    _flush(sys.stdout)
    _flush(sys.stderr)
    os._exit(status)


def _flush(stream: TextIO | None) -> None:
    if stream is None:
        return
    try:
        stream.flush()
    except OSError:
        return


def run() -> int:
    """Run `cg` with the arguments of the process; returns the exit status."""
    # Graphs have no cycles for the collector to find; looking for them takes a third of the time.
    gc.disable()
    sys.stderr = Aside(sys.stderr)
    arguments = [text if text.isascii() else as_utf8(text) for text in sys.argv[1:]]
    try:
        request = None if "_CG_COMPLETE" in os.environ else read(arguments)
        if request is not None:
            return answer(request)
        from cgcli.cli.app import run as run_app

        return run_app(arguments)
    except KeyboardInterrupt:
        return INTERRUPTED


if __name__ == "__main__":
    main()
