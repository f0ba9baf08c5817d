"""Running a program over floats: binding its inputs, its values, its gradients, what went wrong."""

from __future__ import annotations

from math import isfinite

from cgcli.algebras import floats
from cgcli.diagnostics import CgError, Diagnostic, likely
from cgcli.graph import WANTED
from cgcli.language.program import Assertion, Output, Program
from cgcli.ops import CONSTANTS, FUNCTIONS, INPUT
from cgcli.ops.entry import COMPARISON
from cgcli.passes.chain import local_partials
from cgcli.passes.forward import forward
from cgcli.passes.reverse import reverse
from cgcli.passes.tangent import tangent
from cgcli.render.numbers import number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# Letters that constants are written with elsewhere.
SPELLED = {"π": "pi", "τ": "tau", "ℯ": "e"}


def closed_value(value: float | Program) -> tuple[float, Diagnostic | None]:
    """The value of an expression without inputs (`lowering.closed`), and what to warn of."""
    if isinstance(value, Program):
        values = forward(value.graph, floats, {})
        return float(values[value.outputs[0].node]), nonfinite_value(value, values)
    return value, None


def known_inputs(program: Program, bindings: Mapping[str, float]) -> dict[str, float]:
    """The inputs that have a value: a binding, or else a default."""
    known = {}
    for name in program.inputs:
        if name in bindings:
            known[name] = bindings[name]
        elif name in program.defaults:
            known[name], _ = closed_value(program.defaults[name])
    return known


def magnitude(program: Program, values: Sequence[float], output: int) -> float:
    """How large an output would have to be for its own rounding to match that of the nodes it is
    computed from: the largest |adjoint * value|."""
    graph = program.graph
    found = adjoints(program, values, output, bytearray(b"\1") * len(graph))
    sizes = [abs(adjoint * values[node]) for node, adjoint in found.items()]
    return max((size for size in sizes if isfinite(size)), default=0.0)


def refuse_assigned(program: Program, name: str) -> None:
    """Raise `CgError` (kind `binding`) for a name that the program gives a value itself."""
    given = None if name in program.inputs or name not in program.names else program.first_given(name)
    if given is not None:
        message = f"`{name}` is given a value by the program, and cannot have one from outside"
        hint = f"declare it: `input {name} = ...`"
        raise CgError("binding", message, program.source, given.start, given.stop, hint)


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
        given = [name for name in program.names if name not in program.inputs]
        match = likely(missing[0], [*given, *known, *(n for n in CONSTANTS if len(n) > 1)])
        hint = f"did you mean `{match}`?" if match else f"give it one: {missing[0]}=VALUE"
        if missing[0] in FUNCTIONS or missing[0] in program.functions:
            hint = f"it is a function: write `{missing[0]}(...)`"
        elif missing[0] in SPELLED:
            hint = f"did you mean `{SPELLED[missing[0]]}`?"
        raise CgError(
            "unbound", f"the input{plural} {names} {verb} no value", program.source, start, end, hint
        )
    return known


def evaluate(program: Program, bindings: Mapping[str, float]) -> Sequence[float]:
    """The value of every node. Raises `CgError` for an unbound input and a failed assertion."""
    values: Sequence[float] = forward(program.graph, floats, bind(program, bindings))
    for assertion in program.assertions:
        if values[assertion.node] == 0:
            raise assertion_error(program, assertion, values)
    return values


def gradients(
    program: Program,
    values: Sequence[float],
    wrt: Sequence[int],
    mode: str = "reverse",
    zeroed: list[int] | None = None,
) -> list[list[float]]:
    """The derivatives of each output by each of the nodes `wrt`; 0 where it does not depend on one.

    `mode` is `reverse`, a pass an output, or `forward`, a tangent pass a node of `wrt`. `zeroed`
    collects the nodes where a factor of 0 met nan or inf, and won.
    """
    graph = program.graph
    outputs = [output.node for output in program.outputs]
    if mode == "forward":
        needed = graph.ancestors(outputs)
        columns = []
        for node in wrt:
            tangents = tangent(graph, floats, values, {node: 1.0}, needed, zeroed)
            columns.append([tangents[output] for output in outputs])
        return [[_zero_if_none(column[row]) for column in columns] for row in range(len(outputs))]
    active = graph.dependents(wrt)
    if len(outputs) == 1:
        found = reverse(graph, floats, values, outputs[0], active, zeroed=zeroed)
        return [[_zero_if_none(found[node]) if node <= outputs[0] else 0.0 for node in wrt]]
    rows = []
    for output in outputs:
        needed = graph.ancestors([output])
        some = reverse(graph, floats, values, output, active, needed, zeroed=zeroed)
        rows.append([_zero_if_none(some.get(node)) for node in wrt])
    return rows


def _zero_if_none(derivative: float | None) -> float:
    return 0.0 if derivative is None else derivative


def adjoints(
    program: Program,
    values: Sequence[float],
    output: int,
    active: bytearray,
    zeroed: list[int] | None = None,
) -> dict[int, float]:
    """The adjoints of one output by node, for every active node that it depends on."""
    graph = program.graph
    wanted = active.replace(b"\1", bytes((WANTED,)))
    found = reverse(graph, floats, values, output, wanted, graph.ancestors([output]), zeroed=zeroed)
    return {node: adjoint for node, adjoint in found.items() if adjoint is not None}


def assertion_error(program: Program, assertion: Assertion, values: Sequence[float]) -> CgError:
    """A failed assertion; for a comparison, with the two sides."""
    graph, node = program.graph, assertion.node
    while graph.ops[node].name == "and_":  # a < b < c: the first link that fails
        left, right = graph.args[node]
        node = left if values[left] == 0 else right
    hint = None
    if graph.ops[node].level == COMPARISON:
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
    """The nodes that what nothing else uses depends on at these values, ascending."""
    graph = program.graph
    seen = {node for node, uses in enumerate(graph.uses()) if uses == 0}
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


def zeroed_derivative(program: Program, values: Sequence[float], zeroed: Sequence[int]) -> Diagnostic | None:
    """A warning for the first node at which an exact 0 met a factor that is not finite.

    By convention the 0 wins, which is not always the limit: cbrt(x^3) at 0. Branches that were
    not taken are what the convention is for, and no reason to warn.
    """
    graph = program.graph
    read = set(_read_nodes(program, values))
    for node in sorted(zeroed):
        if node in read and graph.ops[node].reads is None:
            start, end = graph.starts[node], graph.ends[node]
            where = source_text(program, start, end) + _at(program, values, node)
            text = f"the chain rule multiplies 0 by inf in {where}, and takes it as 0"
            return Diagnostic("nonfinite", text, program.source, start, end, severity="warning")
    return None


def nonfinite_result(program: Program, output: Output, what: str, value: float) -> Diagnostic | None:
    """For `--strict`: the error for a result that is not finite, whatever it came from."""
    if isfinite(value):
        return None
    message = f"{what} is {number(value)}"
    return Diagnostic("nonfinite", message, program.source, output.start, output.end)


def nonfinite_derivative(
    program: Program, values: Sequence[float], output: Output, wrt: Sequence[int]
) -> Diagnostic | None:
    """A warning for the first edge, going backward, whose local derivative is not finite and
    reaches the gradient of an output."""
    graph = program.graph
    active = graph.dependents(wrt)
    found = adjoints(program, values, output.node, active)
    for node, adjoint in sorted(found.items(), reverse=True):
        if adjoint == 0:
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
    told = [f"{name} = {value}" for name, value in places.items() if name != value]
    return " at " + ", ".join(told) if told else ""


def _operand_text(program: Program, node: int) -> str:
    graph = program.graph
    return graph.names.get(node) or source_text(program, graph.starts[node], graph.ends[node])


def source_text(program: Program, start: int, end: int) -> str:
    """A piece of the source on one line, cut in the middle when it is long."""
    text = " ".join(program.source.text[start : min(end, start + 10_000)].split())
    return text if len(text) <= 60 else f"{text[:40]} … {text[-16:]}"
