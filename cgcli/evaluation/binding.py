"""The values of a program's inputs, and whether they fit what it declares."""

from __future__ import annotations

from cgcli.annotations import Any, Container, Mapping
from cgcli.diagnostics import CgError, abridged, suggestion
from cgcli.language.program import Program
from cgcli.later import re
from cgcli.ops import CONSTANTS, FUNCTIONS, SOUGHT
from cgcli.shapes import Named, Shape, shape_text


def refuse_assigned(program: Program, name: str) -> None:
    """Raise `CgError` (kind `binding`) for a name that the program gives a value itself."""
    given = None if name in program.inputs or name not in program.names else program.first_given(name)
    if given is not None:
        message = f"`{name}` is given a value by the program, and cannot have one from outside"
        hint = f"declare it: `input {name} = ...`"
        if given.kind == "store":
            message, hint = f"`{name}` is changed in place", f"copy it first, as in `w = {name}`"
        raise CgError("binding", message, program.source, given.start, given.stop, hint)


def with_lists(program: Program, values: Mapping[str, Any]) -> Program:
    """The program; where it takes items of lists, which no graph holds, as one that runs."""
    if not takes_items(program, values):
        return program
    from cgcli.language.lowering import lower
    from cgcli.language.parser import parse

    syntax = parse(program.source)
    syntax.runs = True
    return lower(syntax, {*values})


def takes_items(program: Program, values: Mapping[str, Any]) -> bool:
    """Whether a program that is a graph has subscripts on inputs whose values are lists."""
    lists = {node for name, node in program.inputs.items() if hasattr(values.get(name), "refusal")}
    graph = program.graph
    return program.tree is None and any(
        op.name == "index" and args[0] in lists for op, args in zip(graph.ops, graph.args) if args and lists
    )


def refuse_functions(program: Program, known: Container[str]) -> None:
    """Raise `CgError` (kind `unbound`) for the name of a function in the place of a value, where it is
    no input: it has no value, and is not declared."""
    for name, node in program.inputs.items():
        if name in known or not (name in FUNCTIONS or name in program.functions):
            continue
        if program.first_given(name) is None:
            start, stop = program.graph.place(node)
            power = re.match(r"\^-?\d+(?=\()", program.source.text[stop : stop + 10])
            hint = f"write `{name}(...){power[0] if power else ''}`"
            if power and power[0] == "^-1" and f"a{name}" in FUNCTIONS:
                hint += f", or `a{name}(...)`"
            if name not in program.functions:
                hint += f", or `input {name}` if it is an input"
            raise CgError("unbound", f"`{name}` is a function", program.source, start, stop, hint)


def require_known(program: Program, known: Mapping[str, Any]) -> None:
    """Raise `CgError` (kind `unbound`) where an input has no value, at its first use."""
    missing = [name for name in program.inputs if name not in known]
    if not missing:
        return
    from cgcli.language.errors.elsewhere import told_of_name

    start, end = program.graph.place(program.inputs[missing[0]])
    names = abridged((f"`{name}`" for name in missing), 5)
    plural, verb = ("s", "have") if len(missing) > 1 else ("", "has")
    given = [name for name in program.names if name not in program.inputs]
    meant = [*given, *known, *(n for n in CONSTANTS if len(n) > 1)]
    text = program.source.text
    hint = told_of_name(missing[0], text[max(start - 10, 0) : start], text[end : end + 10], FUNCTIONS)
    hint = (
        hint or _sought(missing[0], text) or suggestion(missing[0], meant, f"give it one: {missing[0]}=VALUE")
    )
    raise CgError("unbound", f"the input{plural} {names} {verb} no value", program.source, start, end, hint)


def _sought(name: str, text: str) -> str | None:
    """A hint where an input without a value is what is sought somewhere in the program."""
    found = re.search(rf"\b({'|'.join(SOUGHT)})\s*\([^;\n]*,\s*{re.escape(name)}\s*,", text)
    if found is None:
        return None
    return (
        f"`{found[1]}` varies `{name}` in its own brackets: what is computed of it before is to be a function"
    )


def actual_shapes(
    program: Program, values: Mapping[str, Any], algebra: Any
) -> tuple[dict[str, Shape], dict[str, int]]:
    """The shapes of the inputs, of their values or as declared, and the sizes that have names.

    Raises `CgError` (kind `binding`) for a value that is not as declared."""
    shapes: dict[str, Shape] = {name: getattr(value, "shape", ()) for name, value in values.items()}
    sizes: dict[str, int] = {}
    origin: dict[str, str] = {}
    for name, declared in program.shapes.items():
        if name not in shapes:
            continue
        actual = shapes[name]
        for size, found in zip(declared, actual):
            if isinstance(size, Named):
                first = sizes.setdefault(str(size), int(found))  # type: ignore[arg-type]
                origin.setdefault(str(size), name)
                if first != found:
                    before = origin[str(size)]
                    message = f"`{size}` is {first} in `{before}` and {found} in `{name}`"
                    if before == name:
                        message = f"`{size}` is {first} and {found} in `{name}`"
                    raise _misfit(program, name, message)
            elif size != found:
                raise _misfit(program, name, _not_as_declared(name, declared, actual))
        if len(declared) != len(actual):
            raise _misfit(program, name, _not_as_declared(name, declared, actual))
    for name, declared in program.shapes.items():
        if name not in shapes:
            known = (size.at(sizes) if isinstance(size, Named) else size for size in declared)
            shapes[name] = tuple(known)
    return shapes, sizes


def _not_as_declared(name: str, declared: Shape, actual: Shape) -> str:
    what = f"has the shape {shape_text(actual)}" if actual else "is a number"
    return f"`{name}` is declared {shape_text(declared)}, and its value {what}"


def _misfit(program: Program, name: str, message: str) -> CgError:
    statement = next(
        statement
        for statement in program.statements
        if statement.name == name and statement.kind.startswith("declare_shape")
    )
    return CgError("binding", message, program.source, statement.start, statement.stop)
