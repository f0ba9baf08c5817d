"""Whatever ends a command early, as a message and an exit status."""

from __future__ import annotations

import os
import sys
from importlib import import_module

from cgcli.annotations import Any, Callable
from cgcli.cli.report import report
from cgcli.cli.request import Request
from cgcli.diagnostics import STATUS, CgError, Diagnostic

INTERRUPTED = 130

# Commands that share a module, which has a function of the name of each.
ROOMS = dict.fromkeys(("grad", "jacobian", "hessian"), "derivatives")
ROOMS |= {"graph": "pictures", "trace": "pictures"}


def command(name: str) -> Callable[[Request], int]:
    """What a command does, from its module, which is imported now: for each program what is said there, or
    all of it."""
    module = import_module(f"cgcli.cli.{ROOMS.get(name, name)}")
    if hasattr(module, "command"):
        return module.command  # type: ignore[no-any-return]
    from cgcli.cli.session import run

    answer = getattr(module, name if name in ROOMS else "answer")
    return lambda request: run(answer, request)


def run(request: Request) -> int:
    """Answer a request by the command that it names, or what that does with rows."""
    answer = command("rows" if request.asks_rows else request.command)
    return guarded(_to_files(answer) if request.writes else answer, request)


def _to_files(answer: Callable[[Request], int]) -> Callable[[Request], int]:
    def run(request: Request) -> int:
        from cgcli.cli.outputs import require_outputs

        require_outputs(request)
        return answer(request)

    return run


def guarded(command: Callable[[Request], int], request: Request) -> int:
    """Run a command and turn whatever ends it early into a message and an exit status."""
    if sys.stdout is None:
        report(CgError("file", "cannot write the output: stdout is closed").diagnostic, request)
        return STATUS["file"]
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and (stream.encoding or "").lower().replace("-", "") != "utf8":
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    try:
        status = command(request)
        sys.stdout.flush()
        return status
    except CgError as error:
        sys.stdout.flush()
        report(error.diagnostic, request)
        return error.status
    except _ended() as end:
        sys.stdout.flush()
        report(Diagnostic(end.kind, end.told), request)
        return STATUS[end.kind]
    except KeyboardInterrupt:
        report(Diagnostic("interrupted", "interrupted"), request)
        return INTERRUPTED
    except BrokenPipeError:  # the reader has what it wanted
        _forget_stdout()
        return 0
    except OSError as error:
        _forget_stdout()
        report(CgError("file", f"cannot write the output: {error.strerror}").diagnostic, request)
        return STATUS["file"]
    except Exception as fault:
        from cgcli.cli.faults import as_error

        told = as_error(fault)
        report(told.diagnostic, request)
        return told.status


def _ended() -> Any:
    """What ends a search; imported once anything has ended early."""
    from cgcli.ending import Ended

    return Ended


def _forget_stdout() -> None:
    """Let Python close a stdout that cannot be written to without complaining again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
