"""Running a program over floats: binding its inputs, its values, its gradients, what went wrong."""

from __future__ import annotations

from math import isfinite

from cgcli.algebras import floats
from cgcli.diagnostics import CgError, Diagnostic, likely
from cgcli.language.program import Assertion, Output, Program
from cgcli.ops import CONSTANTS, FUNCTIONS, INPUT
from cgcli.passes.chain import local_partials
from cgcli.passes.forward import forward
from cgcli.passes.reverse import reverse
from cgcli.passes.tangent import tangent
from cgcli.render.numbers import number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

RELATIONS = ("lt", "le", "gt", "ge", "eq", "ne")


def closed_value(value: float | Program) -> float:
    """The value of an expression without inputs (`lowering.closed`)."""
    if isinstance(value, Program):
        values = forward(value.graph, floats, {})
        return float(values[value.outputs[0].node])
    return value


def closed_warning(value: float | Program) -> Diagnostic | None:
    """What is to be said of such a value: the first node that is not finite."""
    if isinstance(value, Program):
        return nonfinite_value(value, forward(value.graph, floats, {}))
    return None


def known_inputs(program: Program, bindings: Mapping[str, float]) -> dict[str, float]:
    """The inputs that have a value: a binding, or else a default."""
    known = {}
    for name in program.inputs:
        if name in bindings:
            known[name] = bindings[name]
        elif name in program.defaults:
            known[name] = closed_value(program.defaults[name])
    return known


def bind(program: Program, bindings: Mapping[str, float]) -> dict[str, float]:
    """The value of every input. Raises `CgError` (kind `unbound`) at the first use of one
    that has none."""
    known = known_inputs(program, bindings)
    if len(known) < len(program.inputs):
        missing = [name for name in program.inputs if name not in known]
        node = program.inputs[missing[0]]
        names = ", ".join(f"`{name}`" for name in missing[:5]) + (", ..." if len(missing) > 5 else "")
        start, end = program.graph.starts[node], program.graph.ends[node]
        plural = "s" if len(missing) > 1 else ""
        verb = "have" if plural else "has"
        match = likely(missing[0], [*program.names, *known, *(n for n in CONSTANTS if len(n) > 1)])
        hint = f"did you mean `{match}`?" if match else f"give it one: {missing[0]}=VALUE"
        if missing[0] in FUNCTIONS:
            hint = f"it is a function: write `{missing[0]}(...)`"
        raise CgError(
            "unbound", f"the input{plural} {names} {verb} no value", program.source, start, end, hint
        )
    return known


def evaluate(program: Program, bindings: Mapping[str, float]) -> list[float]:
    """The value of every node. Raises `CgError` for an unbound input and a failed assertion."""
    values = forward(program.graph, floats, bind(program, bindings))
    for assertion in program.assertions:
        if values[assertion.node] == 0:
            raise assertion_error(program, assertion, values)
    return values


def gradient(
    program: Program,
    values: Sequence[float],
    output: int,
    wrt: Sequence[int],
    active: bytearray,
    mode: str = "reverse",
) -> list[float]:
    """The derivatives of one output by each of the nodes `wrt`, 0 where it does not depend on one.

    `mode` is `reverse` (one pass) or `forward` (one tangent pass a node of `wrt`). `active` is
    `graph.dependents(wrt)`.
    """
    graph = program.graph
    nodes = graph.ancestors([output]) if len(program.outputs) > 1 else None
    if mode == "forward":
        return [tangent(graph, floats, values, {node: 1.0}, nodes)[output] or 0.0 for node in wrt]
    adjoints = reverse(graph, floats, values, output, active, nodes)
    if nodes is None:
        return [adjoints[node] or 0.0 if node <= output else 0.0 for node in wrt]
    return [adjoints.get(node) or 0.0 for node in wrt]


def assertion_error(program: Program, assertion: Assertion, values: Sequence[float]) -> CgError:
    """A failed assertion; for a comparison, with the two sides."""
    graph, node = program.graph, assertion.node
    while graph.ops[node].name == "and_":  # a < b < c: the first link that fails
        left, right = graph.args[node]
        node = left if values[left] == 0 else right
    hint = None
    if graph.ops[node].name in RELATIONS:
        sides = [number(values[arg]) for arg in graph.args[node]]
        hint = f"the left side is {sides[0]}, the right side {sides[1]}"
    text = source_text(program, assertion.start, assertion.end)
    return CgError(
        "assert", f"assertion failed: {text}", program.source, assertion.start, assertion.end, hint
    )


def nonfinite_value(program: Program, values: Sequence[float]) -> Diagnostic | None:
    """A warning for the first node that is not finite although its operands are.

    Branches that were not taken, and operands that `and` and `or` did not need, do not count.
    """
    if all(map(isfinite, values)):
        return None
    graph = program.graph
    for node in _read_nodes(program, values):
        args = graph.args[node]
        if args and not isfinite(values[node]) and all(isfinite(values[arg]) for arg in args):
            start, end = graph.starts[node], graph.ends[node]
            text = f"{source_text(program, start, end)} is {number(values[node])}"
            return Diagnostic(
                "nonfinite", text + _at(program, values, node), program.source, start, end, severity="warning"
            )
    return None


def _read_nodes(program: Program, values: Sequence[float]) -> list[int]:
    """The nodes that the outputs and assertions depend on at these values, ascending."""
    graph = program.graph
    seen = {output.node for output in program.outputs}
    seen.update(assertion.node for assertion in program.assertions)
    stack = list(seen)
    while stack:
        node = stack.pop()
        args, reads = graph.args[node], graph.ops[node].reads
        if reads is not None:
            args = tuple(args[position] for position in reads(*[values[arg] for arg in args]))
        for arg in args:
            if arg not in seen:
                seen.add(arg)
                stack.append(arg)
    return sorted(seen)


def nonfinite_derivative(
    program: Program, values: Sequence[float], output: Output, active: bytearray
) -> Diagnostic | None:
    """A warning for the first edge, going backward, whose local derivative is not finite and
    reaches the gradient of an output."""
    graph = program.graph
    nodes = graph.ancestors([output.node])
    adjoints = reverse(graph, floats, values, output.node, active, nodes)
    for node in reversed(nodes):
        adjoint = adjoints[node]
        if not adjoint or not active[node]:
            continue
        operands = graph.args[node]
        partials = local_partials(graph.ops[node], floats, values[node], [values[x] for x in operands])
        for operand, partial in zip(operands, partials, strict=True):
            if active[operand] and not isfinite(partial):
                start, end = graph.starts[node], graph.ends[node]
                by = _operand_text(program, operand)
                text = f"the derivative of {source_text(program, start, end)} by {by} is {number(partial)}"
                text += _at(program, values, node)
                return Diagnostic("nonfinite", text, program.source, start, end, severity="warning")
    text = "the gradient is beyond the largest double"
    return Diagnostic("nonfinite", text, program.source, output.start, output.end, severity="warning")


def _at(program: Program, values: Sequence[float], node: int) -> str:
    """` at x = 1, y = 0`: the operands of a node that are not plain numbers, and their values."""
    graph = program.graph
    places: dict[str, str] = {}
    for arg in graph.args[node]:
        if graph.args[arg] or graph.ops[arg] is INPUT:
            places[_operand_text(program, arg)] = number(values[arg])
    return " at " + ", ".join(f"{name} = {value}" for name, value in places.items()) if places else ""


def _operand_text(program: Program, node: int) -> str:
    graph = program.graph
    return graph.names.get(node) or source_text(program, graph.starts[node], graph.ends[node])


def source_text(program: Program, start: int, end: int) -> str:
    """A piece of the source on one line, cut in the middle when it is long."""
    text = " ".join(program.source.text[start : min(end, start + 10_000)].split())
    return text if len(text) <= 60 else f"{text[:40]} … {text[-16:]}"
