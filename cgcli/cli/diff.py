"""`cg diff`: the derivative as a program."""

from __future__ import annotations

import sys

from cgcli.cli.session import Session
from cgcli.diagnostics import CgError, Diagnostic, abridged
from cgcli.evaluation.names import wanted_inputs
from cgcli.evaluation.prepared import Prepared
from cgcli.evaluation.static import static_graph
from cgcli.language.program import Program
from cgcli.ops import CONSTANT, OPS
from cgcli.render.numbers import number
from cgcli.rewrite.differentiate import differentiate, readable
from cgcli.rewrite.differentiate import program as text_of
from cgcli.rewrite.static import Derivative, Static

# More derivatives that are 0 are counted, and not listed.
MOST_ZEROS = 10


def answer(session: Session, prepared: Prepared) -> None:
    """Print a program of the derivatives; inputs that have a value are replaced by it."""
    request, program, values = session.request, prepared.program, prepared.bound
    wrt = wanted_inputs(program, request.wrt, values)
    if not wrt:
        raise _nothing_varies(list(program.inputs))
    if request.wrt is None and (note := _constant_meant(program)) is not None:
        session.warn(note)
    static = static_graph(program, values, True, prepared.default_shapes(), prepared.limits).keep(wrt)
    derived = differentiate(readable(static, values), wrt, request.order, program.source)
    if request.format == "json":
        import json

        lines = {
            name: program.source.line(output.start)
            for (name, _), output in zip(static.named(), program.outputs, strict=True)
        }
        for name, node in derived.outputs:
            assert isinstance(name, Derivative)
            text = text_of(Static(derived.graph, [(name, node)], derived.shapes), program.shapes)
            record = {"output": name, "line": lines[name.function], "program": text}
            print(json.dumps(record, ensure_ascii=False))
    elif derived.outputs:
        graph, shown = derived.graph, derived
        zeros = {
            name for name, node in derived.outputs if graph.ops[node] is CONSTANT and graph.attrs[node] == 0
        }
        if len(zeros) > MOST_ZEROS:
            outputs = [output for output in derived.outputs if output[0] not in zeros]
            shown = Static(graph, outputs, derived.shapes)
        sys.stdout.write(text_of(shown, program.shapes) + "\n" * bool(shown.outputs))
        if shown is not derived:
            others = "the other" if shown.outputs else "all"
            print(f"# {others} {len(zeros):,} derivatives are 0")


def _constant_meant(program: Program) -> Diagnostic | None:
    """A note on the constants `tau`, and `e` but as the base of a power: names that a formula may have for
    something else, and that would be differentiated by."""
    graph, power = program.graph, OPS["pow"]
    named = {
        node: getattr(graph.attrs[node], "name", "") for node, op in enumerate(graph.ops) if op is CONSTANT
    }
    named = {node: name for node, name in named.items() if name in ("tau", "e")}
    if not named:
        return None
    for node, op in enumerate(graph.ops):
        for place, arg in enumerate(graph.args[node]):
            if arg in named and (named[arg] == "tau" or op is not power or place):
                message = f"`{named[arg]}` is the constant {number(graph.attrs[arg], 6)} here"
                hint = f"to differentiate by it, write: input {named[arg]}"
                start, end = graph.starts[arg], graph.ends[arg]
                return Diagnostic("convention", message, program.source, start, end, hint, severity="note")
    return None


def _nothing_varies(inputs: list[str]) -> CgError:
    """The error for a program whose inputs all have values, or that has none."""
    if not inputs:
        return CgError("usage", "there is no input to differentiate by")
    names = abridged((f"`{name}`" for name in inputs), 4)
    are = "have values, and are constants" if len(inputs) > 1 else "has a value, and is a constant"
    hint = f"leave out the value of `{inputs[0]}`; `cg grad` prints derivatives at a point"
    return CgError("usage", f"there is nothing to differentiate by: {names} {are} here", hint=hint)
