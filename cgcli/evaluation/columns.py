"""Columns of tables and the names of a program: which are meant, and what is told of them; and the condition
that chooses rows."""

from __future__ import annotations

from cgcli.annotations import Collection, Iterable, Sequence
from cgcli.data.csv_dialect import SEPARATING
from cgcli.diagnostics import CgError, Diagnostic, abridged, suggestion
from cgcli.language.program import Program
from cgcli.language.scanner import quoted
from cgcli.later import re
from cgcli.ops import CONSTANTS
from cgcli.source import Source


def no_column(option: str, name: str, columns: Sequence[str]) -> CgError:
    """The error for an option that names what is no column."""
    return CgError("usage", f"--{option}: there is no column `{name}`", hint=suggestion(name, columns))


def offer_columns(error: CgError, text: str, columns: Sequence[str]) -> None:
    """Say in an error of a program, or of an input without a value, how the columns are written that it may
    mean."""
    found, odd = error.diagnostic, [name for name in columns if quoted(name)[:1] == "`" and name.strip()]
    meant = next((name for name in odd if name in text and quoted(name) not in text), None)
    if meant is None and found.kind == "unbound":
        words = set(text[found.start : found.end].split())
        meant = next((name for name in odd if words & {*re.split(r"\W+", name)}), None)
    parts = [found.hint] if found.hint else []
    own = [name for name in columns if found.kind == "name" and text[found.start : found.end] == quoted(name)]
    if own and "before it is given a value" in found.message:
        parts.append(f"the column of that name is meant where the program has `input {quoted(own[0])}`")
    if found.kind == "unbound" and "give it one" in (found.hint or ""):
        named = "the columns are " + abridged((f"`{name}`" for name in columns), 8)
        parts.append(named if columns else "there are no columns")
    if meant is not None and found.kind in ("unbound", "syntax"):
        parts = parts if found.kind == "unbound" else []
        parts.append(f"the name of a column like this stands between backquotes: {quoted(meant)}")
        if len(columns) == 1:
            parts.append(SEPARATING)
    found.hint = "; ".join(parts) or None


def of_columns(used: Collection[str], given: Iterable[str]) -> list[Diagnostic]:
    """What is to be told of columns that are `used`, and of names that were `given` a value though there is
    a column of that name."""
    told = [
        f"`{name}` is the column of that name here, and not the constant"
        for name in CONSTANTS
        if name in used
    ]
    found = [Diagnostic("data", one, severity="warning") for one in told]
    told = [
        f"`{name}` has the value that is given, and the column of that name is not read" for name in given
    ]
    return found + [Diagnostic("data", one, severity="note") for one in told]


def with_condition(source: Source, where: str | None) -> tuple[Source, int | None]:
    """A source with a condition beside it, and where that begins."""
    if where is None:
        return source, None
    source = source.beside("<where>", where)
    return source, source.begins[-1]


def require_condition(program: Program, where: str | None) -> None:
    """Raise `CgError` for the option of a condition that is none, or several."""
    if where is not None and (count := len(program.aside)) != 1:
        hint = "`and` makes one of several" if count else "a condition is an expression: x > 0"
        raise CgError("usage", f"--where takes one condition, and `{where}` has {count or 'none'}", hint=hint)
