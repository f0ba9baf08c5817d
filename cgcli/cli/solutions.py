"""How unknowns that have been found are written: as text, as JSON, to a file; and what is told on the way."""

from __future__ import annotations

import contextlib
import os
import sys

from cgcli.annotations import Any, Callable, Iterable, Iterator, Mapping, Sequence
from cgcli.cli.report import report, room
from cgcli.cli.request import Request
from cgcli.data.files import native
from cgcli.diagnostics import STATUS, CgError, Diagnostic
from cgcli.ending import Ended, Ending
from cgcli.later import json, np
from cgcli.render.numbers import SHORT, json_value, number, text_pieces, value_text
from cgcli.shapes import counted

# Of a derivative by the implicit function theorem.
UNKNOWN = "not known: the system is singular"

# What `--out` writes.
ENDINGS = (".toml", ".json", ".npz")

# So many unknowns are told of at most.
MOST = 5
# Columns that values have before comments begin, at least.
COMMENT = 24


def require_outcome(request: Request) -> None:
    """Raise `CgError` (kind `usage`) for a tolerance that nothing meets, and for an `--out` that is
    no file of names and values: before the work, which may be long."""
    if request.tolerance is not None and not request.tolerance > 0:
        raise CgError("usage", "--tolerance is above 0")
    if request.out is None:
        return
    if os.path.splitext(request.out)[1].lower() not in ENDINGS:
        raise CgError("usage", f"--out: `{request.out}` does not end in {', '.join(ENDINGS)}")


def save(request: Request, values: Mapping[str, Any]) -> None:
    """Write unknowns by name to the file of `--out`, where there is one. It appears whole, or not."""
    if request.out is None:
        return
    from cgcli.data.sinks import text_file, whole

    ending = os.path.splitext(request.out)[1].lower()
    with contextlib.ExitStack() as stack:
        path = stack.enter_context(whole(request.out))
        if ending == ".npz":
            with open(native(path), "wb") as file:
                np.savez(file, allow_pickle=False, **values)
            return
        stream = stack.enter_context(text_file(path))
        if ending == ".json":
            stream.write(record_text(values, None) + "\n")
        else:
            stream.writelines(f"{key(name)} = {value_text(value)}\n" for name, value in values.items())


def key(name: str) -> str:
    """A name in TOML."""
    if name.isascii() and name.isidentifier():
        return name
    return json.dumps(name, ensure_ascii=False)


def record_text(record: Mapping[str, Any], digits: int | None) -> str:
    """A record as JSON: of numbers, arrays, texts, truths, None, and lists and tables of these. What is not
    finite is a text."""
    whole: dict[str, Any] = {}
    stack: list[tuple[Any, Any, Any]] = [(whole, "", record)]
    while stack:
        place, at, value = stack.pop()
        if isinstance(value, dict):
            place[at] = dict.fromkeys(value)
            stack += [(place[at], name, one) for name, one in value.items()]
        elif isinstance(value, (list, tuple)):
            place[at] = [None] * len(value)
            stack += [(place[at], index, one) for index, one in enumerate(value)]
        elif value is None or isinstance(value, (str, bool)) or value.__class__ is int:
            place[at] = value
        else:
            place[at] = json_value(value, digits)
    return json.dumps(whole[""], ensure_ascii=False)


def write_record(request: Request, record: Mapping[str, Any]) -> None:
    """An object on one line of stdout."""
    sys.stdout.write(record_text(record, request.digits) + "\n")


def write_text(
    request: Request, values: Iterable[tuple[str, Any, str]], comments: Sequence[str] = ()
) -> None:
    """A program that `--vars` reads: names, values, and what to say of each in a comment beside it; then
    comments of their own lines."""
    lines = [
        (f"{name} = " + "".join(text_pieces(value, request.digits)), said) for name, value, said in values
    ]
    width = max([COMMENT - 2, *(len(text) for text, said in lines if said and len(text) < 2 * COMMENT)])
    columns = room()
    for text, said in lines:
        line = f"{text:<{width}}  # {said}"
        if columns is not None and len(line) > columns:
            sys.stdout.writelines((f"{text}\n", *_wrapped(said and f"  {said}", columns)))
        else:
            sys.stdout.write((line if said else text) + "\n")
    for comment in comments:
        sys.stdout.writelines(_wrapped(comment, columns))


def _wrapped(comment: str, columns: int | None) -> list[str]:
    """A comment as lines of so many columns."""
    if columns is None or len(comment) + 2 <= columns:
        return [f"# {comment}\n"] if comment else []
    from textwrap import wrap

    left = "# " + " " * (len(comment) - len(comment.lstrip()))
    found = wrap(comment.lstrip(), max(columns, 20), initial_indent=left, subsequent_indent=f"{left}  ")
    return [f"{line}\n" for line in found]


def search(answer: Callable[[Request, Ending], int]) -> Callable[[Request], int]:
    """A command that can be ended from outside. Of what is not finite there cg tells, and not NumPy."""

    def command(request: Request) -> int:
        with np.errstate(all="ignore"), Ending() as ending:
            return answer(request, ending)

    return command


@contextlib.contextmanager
def recorded(request: Request, record: Mapping[str, Any]) -> Iterator[None]:
    """Where what is done within says that there is no answer, or is ended before there is one, write a record
    of that, too, for JSON."""
    try:
        yield
    except Ended as end:
        if request.format == "json":
            write_record(request, {**record, "reason": end.told})
        raise
    except CgError as error:
        if error.status == 1 and request.format == "json":
            write_record(request, {**record, "reason": error.diagnostic.message})
        raise


def finish(request: Request, converged: bool, reason: str, ended: Ended | None = None) -> int:
    """The exit status; what has not converged, or was ended from outside, is told on stderr."""
    if converged:
        return 0
    sys.stdout.flush()
    kind = "unsolved" if ended is None else ended.kind
    report(Diagnostic(kind, reason[:1].lower() + reason[1:].rstrip(".")), request)
    return STATUS[kind]


def tell(request: Request, step: int, figures: Mapping[str, float]) -> None:
    """Under `--trace`, a line for a step on stderr."""
    if request.trace:
        if request.format == "json":
            text = record_text({"step": step, **figures}, request.digits)
        else:
            shown = (f"{name} {number(value, request.digits or 6)}" for name, value in figures.items())
            text = f"step {step}: {', '.join(shown)}"
        sys.stderr.write(text + "\n")
        sys.stderr.flush()


def ending_line(outcome: Any, reason: str, of: str = "") -> str:
    """How it has come to an end, after how many steps (`of` a method)."""
    state = "converged" if outcome.converged else "not converged"
    why = "" if not outcome.converged and is_told_twice() else f": {reason}"
    return f"{state} in {counted(outcome.iterations, 'step')}{of}{why}"


def is_told_twice() -> bool:
    """Whether what is an error, too, is seen there: on a terminal that shows both."""
    return sys.stdout.isatty() and sys.stderr.isatty()


def in_two_digits(value: float) -> str:
    """An error, or a part in percent."""
    return number(value, 2)


def rounded_as(value: float, error: float) -> str:
    """A number to as many places as the two digits of an error have."""
    if not (error > 0 and error - error == 0 and value - value == 0):
        return number(value)
    return number(round(value, 1 - int(f"{error:e}".partition("e")[2])))


def sensitivity_lines(found: Mapping[str, Mapping[str, Any]], digits: int | None) -> list[str]:
    """Derivatives of unknowns by what is held fixed, a comment each."""
    return [
        f"d{name}/d{by} = {UNKNOWN if value is None else value_text(value, digits, SHORT)}"
        for name, row in found.items()
        for by, value in row.items()
    ]
