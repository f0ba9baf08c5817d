"""The command line: the commands, and what becomes of a line that is wrong."""

from __future__ import annotations

import re

import typer

from cgcli.cli import computing, showing
from cgcli.cli.application import app
from cgcli.cli.guard import guarded
from cgcli.cli.request import Request
from cgcli.diagnostics import CgError, likely

__all__ = ["app", "computing", "run", "showing"]


def _usage_error(error: typer.TyperException) -> CgError:
    name = getattr(error, "option_name", None)
    if name and hasattr(error, "possibilities"):
        match = likely(name, error.possibilities or [])
        hint = f"did you mean `{match}`?" if match else None
        return CgError("usage", f"unknown option `{name}`", hint=hint)
    message = " ".join(error.format_message().split()).rstrip(".")
    message = message.replace("a valid int range", "a whole number")
    return CgError("usage", message[:1].lower() + message[1:])


def run(arguments: list[str]) -> int:
    """Run the command line; returns the exit status."""
    as_json = re.search(r"--format[= ]json|--style[= ]json", " ".join(arguments)) is not None
    request = Request([], format="json" if as_json else "text")
    return guarded(lambda _: _dispatch(arguments), request)


def _dispatch(arguments: list[str]) -> int:
    # Typer prepares every command that it knows, at 1 ms each; the one that is named is enough.
    all = app.registered_commands
    app.registered_commands = [one for one in all if one.name in arguments[:1]] or all
    try:
        return int(app(arguments, prog_name="cg", standalone_mode=False) or 0)
    except typer.TyperException as error:
        raise _usage_error(error) from None
    finally:
        app.registered_commands = all
