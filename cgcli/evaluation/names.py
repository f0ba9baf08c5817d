"""Names of a program that somebody chooses: to be shown, or to be differentiated by."""

from __future__ import annotations

from cgcli.annotations import Container, Sequence
from cgcli.diagnostics import CgError, Diagnostic, abridged, suggestion
from cgcli.graph import Graph
from cgcli.language.block import Output
from cgcli.language.program import Program
from cgcli.ops import CONSTANT, OPS
from cgcli.ops.entry import AND, COMPARISON, NOT, OR
from cgcli.render.numbers import number


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


def constant_meant(program: Program, how: str) -> Diagnostic | None:
    """A note on the constants `tau`, and `e` but as the base of a power: names that a formula may have for
    something else. `how` says what is written then, of the name {0}."""
    power = OPS["pow"]
    for graph in _graphs(program):
        named = {
            node: getattr(graph.attrs[node], "name", "")
            for node, op in enumerate(graph.ops)
            if op is CONSTANT
        }
        named = {node: name for node, name in named.items() if name in ("tau", "e")}
        if not named:
            continue
        for node, op in enumerate(graph.ops):
            for place, arg in enumerate(graph.args[node]):
                if arg in named and (named[arg] == "tau" or op is not power or place):
                    message = f"`{named[arg]}` is the constant {number(graph.attrs[arg], 6)} here"
                    start, end = graph.place(arg)
                    hint = how.format(named[arg])
                    return Diagnostic(
                        "convention", message, program.source, start, end, hint, severity="note"
                    )
    return None


def nothing_moves(program: Program, wrt: Sequence[str] | None) -> Diagnostic | None:
    """A note on an output that is a condition, whose derivatives are 0; and on inputs that all are lists and
    records, so that there are none."""
    if program.nested and wrt is None and program.nested >= program.inputs.keys():
        names = abridged((f"`{name}`" for name in program.nested), 4)
        message = f"there is nothing to differentiate by: lists and records are constants, and so is {names}"
        hint = "a number or an array of its own has a derivative"
        return Diagnostic("convention", message, hint=hint, severity="note")
    for output in program.outputs if program.tree is None else ():
        op = program.graph.ops[output.node]
        if op.level in (COMPARISON, AND, OR, NOT):
            message = "this is a condition, 1 or 0, and its derivatives are 0"
            of_both = "that of an equation is that of its left side - its right side"
            found = Diagnostic(
                "convention", message, program.source, output.start, output.end, severity="note"
            )
            found.hint = of_both if op.name == "eq" else None
            return found
    return None


def _graphs(program: Program) -> list[Graph]:
    """That of a program, or those of the blocks of one that runs."""
    tree = program.tree
    if tree is None:
        return [program.graph]
    from cgcli.control.tree import Block, every

    bodies = [tree.body, *(function.body for function in tree.functions.values())]
    return [part.graph for body in bodies for part in every(body) if part.__class__ is Block]
