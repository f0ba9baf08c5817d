"""Where the text of programs comes from: an argument, files, stdin."""

from __future__ import annotations

import sys

from cgcli.annotations import Iterator
from cgcli.cli.bindings import no_binding
from cgcli.cli.request import Request
from cgcli.diagnostics import CgError
from cgcli.later import re
from cgcli.source import Source

EXPRESSION, STDIN = "<expr>", "<stdin>"


def split_arguments(request: Request) -> tuple[str | None, list[str]]:
    """The program's text (None: it comes from files or stdin) and the bindings."""
    arguments = request.arguments
    from_stdin = [*request.files, *request.vars_files, *([] if request.files else arguments[:1] or ["-"])]
    from_stdin += [*(request.data or []), request.validation]
    if from_stdin.count("-") > 1:
        raise CgError("usage", "`-` stands for stdin, which can be read once only")
    if request.files:
        for argument in arguments:
            if "=" not in argument:
                told = f"with -f every argument is NAME=VALUE, and `{argument}` is not"
                hint = "to add an expression, write it to stdin: cg ... -f FILE -f -"
                raise CgError("usage", told, hint=hint)
        return None, arguments
    for place, argument in enumerate(arguments[1:], 1):
        if "=" not in argument:
            from cgcli.cli import meant

            raise no_binding(argument, meant.argument(request, place))
    if not arguments:
        if sys.stdin is None or sys.stdin.isatty():
            raise CgError("usage", "an expression is missing", hint="as in: cg eval '2 + 3'")
        return None, []
    if arguments[0] == "-":
        return None, arguments[1:]
    return arguments[0], arguments[1:]


def stdin_has_text() -> bool:
    """Whether something waits on stdin, which is a file or a pipe; False where that cannot be told."""
    try:
        import os
        import stat

        stdin = sys.stdin.fileno()
        told = os.fstat(stdin)
        if stat.S_ISREG(told.st_mode):
            return told.st_size > os.lseek(stdin, 0, os.SEEK_CUR)
        if stat.S_ISFIFO(told.st_mode) or stat.S_ISSOCK(told.st_mode):
            from array import array
            from fcntl import ioctl
            from termios import FIONREAD

            ioctl(stdin, FIONREAD, waiting := array("i", [0]))
            return waiting[0] > 0
    except (OSError, ValueError, AttributeError, ImportError):  # there is none, or it is no file
        pass
    return False


def read_program(request: Request, text: str | None) -> Source:
    """The whole source of a request."""
    if text is not None:
        return Source((EXPRESSION, text))
    from cgcli.data.files import read_bytes

    paths = request.files or ["-"]
    source = Source(*[(_name(path), _decode(_name(path), read_bytes(path))) for path in paths])
    if not request.files and not request.arguments and not source.text.strip():
        hint = "no expression is given, and stdin has none"
        raise CgError("empty", "the program is empty", source, 0, hint=hint)
    return source


def read_programs(request: Request, text: str | None) -> Iterator[Source | CgError]:
    """Every line as a source of its own, as soon as it is there; blank ones and comments are passed over.

    A line that is not text comes as the error that says so."""
    if text is not None:
        for number, line in enumerate(re.split(r"\r\n?|\n", text), 1):
            if _says_something(line):
                yield Source((EXPRESSION, line), first_line=number)
        return
    from cgcli.data.files import read_lines

    for path in request.files or ["-"]:
        name = _name(path)
        for number, raw in enumerate(read_lines(path), 1):
            try:
                line = raw.decode("utf-8-sig" if number == 1 else "utf-8")
            except UnicodeDecodeError:
                yield _not_text(name, raw, number)
                continue
            if _says_something(line):
                yield Source((name, line), first_line=number)


def _says_something(line: str) -> bool:
    text = line.lstrip()
    return bool(text) and not text.startswith("#")


def _name(path: str) -> str:
    return STDIN if path == "-" else path


def _decode(name: str, raw: bytes) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _not_text(name, raw) from None


def _not_text(name: str, raw: bytes, first_line: int = 1) -> CgError:
    """The error for bytes that are not UTF-8, at the first of them."""
    from cgcli.data.files import CONVERTED, UTF16

    raw = raw.removeprefix(b"\xef\xbb\xbf")
    message, hint, offset = "", None, 0
    if raw[:2] in UTF16:
        message, hint = "the text is UTF-16, not UTF-8", CONVERTED
        raw = raw[:1]
    else:
        try:
            raw.decode()
        except UnicodeDecodeError as error:
            offset = error.start
        message = f"the text is not UTF-8: byte 0x{raw[offset]:02X}"
    before = len(raw[:offset].decode())
    source = Source((name, raw.decode("utf-8", "replace")), first_line=first_line)
    return CgError("text", message, source, before, before + 1, hint)
