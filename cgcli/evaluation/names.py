"""Names of a program that somebody chooses: to be shown, or to be differentiated by."""

from __future__ import annotations

from cgcli.annotations import Container, Sequence
from cgcli.diagnostics import CgError, abridged, suggestion
from cgcli.language.block import Output
from cgcli.language.program import Program
from cgcli.language.scanner import quoted
from cgcli.source import Source


def shown(program: Program, name: str) -> Output:
    """The output that `--show` asks for by name."""
    node = program.names.get(name)
    if node is None:
        raise unknown_name(program, "--show", name)
    given = program.first_given(name)
    if given is not None:
        return Output(name, node, given.start, given.stop)
    return Output(name, node, *program.graph.place(node))


def wanted(program: Program, wrt: Sequence[str] | None, option: str = "--wrt") -> list[str]:
    """What to differentiate by: the names of `wrt`, or else all inputs. Raises `CgError` (kind
    `usage`) for a name that the program does not have, or that cannot vary."""
    if wrt is None:
        return [name for name in program.inputs if name not in program.nested]
    for name in wrt:
        if name in program.nested:
            raise CgError("usage", f"{option}: `{name}` is a list or a record, and no number or array")
        if name not in program.inputs and name not in program.names:
            raise unknown_name(program, option, name)
        if (what := program.fixed(name)) is not None:
            hint = f"`input {name}` in the program makes it an input" if what == "a constant" else None
            raise CgError("usage", f"{option}: `{name}` is {what}, and does not vary", hint=hint)
    return list(dict.fromkeys(wrt))


def wanted_inputs(
    program: Program, wrt: Sequence[str] | None, known: Container[str] = (), option: str = "--wrt"
) -> list[str]:
    """As `wanted`, of inputs alone, and of those that have no `known` value. Raises `CgError` for others."""
    if wrt is None:
        return [name for name in program.inputs if name not in known and name not in program.nested]
    names = wanted(program, wrt, option)
    for name in names:
        if name not in program.inputs:
            hint = "`cg grad` and `cg jacobian` differentiate by other names, too"
            raise CgError("usage", f"{option}: `{name}` is not an input", hint=hint)
        if name in known:
            raise CgError("usage", f"{option}: `{name}` has a value, and is a constant here")
    return names


def unknown_name(program: Program, option: str, name: str, what: str = "name") -> CgError:
    hint = suggestion(name, program.inputs if what == "input" else program.names)
    return CgError("usage", f"{option}: the program has no {what} `{name}`", hint=hint)


def no_column(option: str, name: str, columns: Sequence[str]) -> CgError:
    """The error for an option that names what is no column."""
    return CgError("usage", f"--{option}: there is no column `{name}`", hint=suggestion(name, columns))


def offer_columns(error: CgError, text: str, columns: Sequence[str]) -> None:
    """Say in an error of a program, or of an input without a value, how the columns are written that it may
    mean."""
    import re

    found, odd = error.diagnostic, [name for name in columns if quoted(name)[:1] == "`" and name.strip()]
    meant = next((name for name in odd if name in text and quoted(name) not in text), None)
    if meant is None and found.kind == "unbound":
        words = set(text[found.start : found.end].split())
        meant = next((name for name in odd if words & {*re.split(r"\W+", name)}), None)
    parts = [found.hint] if found.hint else []
    if found.kind == "unbound" and "give it one" in (found.hint or ""):
        named = "the columns are " + abridged((f"`{name}`" for name in columns), 8)
        parts.append(named if columns else "there are no columns")
    if meant is not None and found.kind in ("unbound", "syntax"):
        parts = parts if found.kind == "unbound" else []
        parts.append(f"the name of a column like this stands between backquotes: {quoted(meant)}")
    found.hint = "; ".join(parts) or None


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
