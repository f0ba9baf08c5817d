"""The entry point of `cg`.

`cg eval` and `cg grad` without options go straight to work; everything else goes through Typer,
whose import takes longer than the answer.
"""

from __future__ import annotations

import gc
import os
import sys

from cgcli.cli.guard import INTERRUPTED, guarded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TextIO

    from cgcli.cli.request import Request


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
    arguments = sys.argv[1:]
    try:
        if _is_plain(arguments):
            from cgcli.cli.request import Request

            return guarded(_plain_command(arguments[0]), Request(arguments[1:], command=arguments[0]))
        from cgcli.cli.app import run as run_app

        return run_app(arguments)
    except KeyboardInterrupt:
        return INTERRUPTED


def _is_plain(arguments: list[str]) -> bool:
    return (
        bool(arguments)
        and arguments[0] in ("eval", "grad")
        and not any(argument.startswith("-") and argument != "-" for argument in arguments)
        and "_CG_COMPLETE" not in os.environ
    )


def _plain_command(name: str) -> Callable[[Request], int]:
    if name == "eval":
        from cgcli.cli.eval import command
    else:
        from cgcli.cli.grad import command
    return command


if __name__ == "__main__":
    main()
