"""`cg diff`: the derivative as a program."""

from __future__ import annotations

import sys

from cgcli.cli.session import Session
from cgcli.diagnostics import CgError, abridged
from cgcli.evaluation.names import constant_meant, nothing_moves, wanted_inputs
from cgcli.evaluation.prepared import Prepared
from cgcli.evaluation.static import is_special, static_graph
from cgcli.later import json
from cgcli.ops import CONSTANT
from cgcli.rewrite.differentiate import differentiate, readable
from cgcli.rewrite.differentiate import program as text_of
from cgcli.rewrite.static import Derivative, Static

# More derivatives that are 0 are counted, and not listed.
MOST_ZEROS = 10


def answer(session: Session, prepared: Prepared) -> None:
    """Print a program of the derivatives; inputs that have a value are replaced by it."""
    request, program, values = session.request, prepared.program, prepared.bound
    wrt = wanted_inputs(program, request.wrt, values)
    static = static_graph(program, values, True, prepared.default_shapes(), prepared.limits)
    if not wrt:  # of a program that is right
        raise _nothing_varies(list(program.inputs))
    if request.wrt is None:
        session.warn(constant_meant(program, "to differentiate by it, write: input {0}"))
    session.warn(nothing_moves(program, request.wrt))
    static = static.keep(wrt)
    derived = differentiate(readable(static, values), wrt, request.order, program.source)
    if request.order == 1 and program.tree is None and is_special(static.graph, derived.graph):
        from cgcli.evaluation.unlike import unlike

        session.warn(unlike(prepared, derived, wrt, values))
    if request.format == "json":
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


def _nothing_varies(inputs: list[str]) -> CgError:
    """The error for a program whose inputs all have values, or that has none."""
    if not inputs:
        return CgError("usage", "there is no input to differentiate by")
    names = abridged((f"`{name}`" for name in inputs), 4)
    are = "have values, and are constants" if len(inputs) > 1 else "has a value, and is a constant"
    hint = f"leave out the value of `{inputs[0]}`; `cg grad` prints derivatives at a point"
    return CgError("usage", f"there is nothing to differentiate by: {names} {are} here", hint=hint)
