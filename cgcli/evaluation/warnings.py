"""Errors and warnings about values and derivatives: an assertion that fails, nan and inf, and where a
convention decides."""

from __future__ import annotations

from cgcli.annotations import Any, Iterable, Mapping, Sequence
from cgcli.diagnostics import CgError, Diagnostic
from cgcli.evaluation.derivatives import adjoints
from cgcli.evaluation.read import read_nodes
from cgcli.evaluation.specialised import Point
from cgcli.language.block import Assertion, Output
from cgcli.language.errors.operations import operand_text, source_text
from cgcli.language.program import Program
from cgcli.later import np
from cgcli.ops import INPUT
from cgcli.ops.chain import Whole, local_partials
from cgcli.ops.entry import COMPARISON
from cgcli.render.numbers import SHORT, number, value_text


def assertion_error(point: Point, assertion: Assertion) -> CgError:
    """A failed assertion, with its message; for a comparison with the two sides, of arrays with the first
    element that fails."""
    program, graph, node, values = point.program, point.graph, assertion.node, point.values
    while graph.ops[node].name == "and_":  # a < b < c: the first link that fails
        left, right = graph.args[node]
        node = left if not point.algebra.holds(values[left]) else right
    compared = graph.ops[node].level == COMPARISON
    shown, where, hint = [values[arg] for arg in graph.args[node] if compared], "", None
    shape = point.algebra.shape(values[node])
    if shape != ():
        place, element = _first(values[node], abs(values[node]) > 0)
        where, hint = f"at {list(place)} ", f"element {list(place)} is {number(element)}"
        shown = [float(point.algebra.broadcast(value, shape=shape)[place]) for value in shown]
    if compared:
        sides = [value_text(value, None, SHORT) for value in shown]
        hint = f"{where}the left side is {sides[0]}, the right side {sides[1]}"
    told = assertion.message or source_text(program, assertion.start, assertion.end)
    told = f"assertion failed: {told}"
    return CgError("assert", told, program.source, assertion.start, assertion.end, hint)


def nonfinite_value(point: Point) -> Diagnostic | None:
    """A warning for the first node that is not finite although its operands are.

    Branches that were not taken, and operands that `and` and `or` did not need, do not count; nor does what
    a derivative passes on the way that is a number, beyond the largest double, or over which an exact 0 wins.
    """
    made = point.program.made
    graph, values, finite = point.graph, point.values, point.algebra.finite
    for node in sorted(point.corners):
        if not finite(values[node]):
            shown = source_text(point.program, *graph.place(node))
            _, element = _first(values[node]) if point.algebra.shape(values[node]) else ((), values[node])
            message = f"{shown} is {number(element)}: {_cornered(point, point.corners[node])}"
            return _warning(point, node, "nonfinite", message)
    ends: dict[tuple[int, int], int] = {}
    for node in read_nodes(point):
        args = graph.args[node]
        if args and not finite(values[node]) and all(finite(values[arg]) for arg in args):
            if made and made[node]:
                ends = ends or {graph.place(one): one for one in range(len(graph)) if made[one]}
                if finite(values[ends[graph.place(node)]]) or _is_beyond(point, node):
                    continue
            where = source_text(point.program, *graph.place(node))
            message = where + first_nonfinite(point, node, values[node])
            return _warning(point, node, "nonfinite", message, _real_root(point, node))
    return None


def _real_root(point: Point, node: int) -> str | None:
    """A hint for a number below 0 to the power of a third, which has a real root all the same."""
    if point.graph.ops[node].name != "pow" or not point.is_scalar(node):
        return None
    base, exponent = (point.values[arg] for arg in point.graph.args[node])
    return "the real cube root is `cbrt(x)`" if base < 0 and exponent == 1 / 3 else None


def _is_beyond(point: Point, node: int) -> bool:
    """Whether a value that is not finite is, over numbers with a wider range."""
    if not point.wide():
        return False
    from cgcli.algebras.wide import WIDE

    return WIDE.finite(point.wide()[node])


def new_nan(point: Point) -> Diagnostic | None:
    """A warning for the first node that is nan although none of its operands is, as inf - inf."""
    graph, values = point.graph, point.values
    for node in read_nodes(point):
        args = graph.args[node]
        if args and _is_new_nan(values[node], [values[arg] for arg in args]):
            where = source_text(point.program, *graph.place(node))
            return _warning(
                point, node, "nonfinite", where + first_nonfinite(point, node, values[node], False)
            )
    return None


def _is_new_nan(value: Any, operands: Sequence[Any]) -> bool:
    """Whether there is a nan, and none among the operands, as in inf - inf."""
    if value.__class__ is float and all(one.__class__ is float for one in operands):
        return value != value and all(one == one for one in operands)
    return bool(np.isnan(value).any()) and not any(np.isnan(one).any() for one in operands)


def first_nonfinite(point: Point, node: int, value: Any, is_new: bool = True) -> str:
    """` is nan at x = -1`; of an array, the first element that is not finite, or that is nan where others
    were not finite before, and where it stands."""
    if point.algebra.shape(value) == ():
        return f" is {number(value)}" + at(point, node)
    place, element = _first(value, None if is_new else value == value)
    return f" is {number(element)} at {list(place)}" + at(point, node, place)


def _first(value: Any, good: Any = None) -> tuple[tuple[int, ...], float]:
    """The first element of an array that is not finite, or for which `good` is false, and its place."""
    place = tuple(int(i) for i in np.argwhere(~(np.isfinite(value) if good is None else good))[0])
    return place, float(value[place])


def nonfinite_result(
    point: Any, output: Output, what: str, value: Any, severity: str = "error"
) -> Diagnostic | None:
    """For `--strict`: the error for a result that is not finite, whatever it came from."""
    if point.algebra.finite(value):
        return None
    if point.algebra.shape(value) == ():
        message = f"{what} is {number(value)}"
    else:
        place, element = _first(value)
        message = f"{what} is {number(element)} at {list(place)}"
    return Diagnostic("nonfinite", message, point.program.source, output.start, output.end, severity=severity)


def at(point: Point, node: int, place: tuple[int, ...] = ()) -> str:
    """` at x = 1, y = 0`: the operands of a node that are not plain numbers, and their values; of
    arrays, the elements that go with one of the result's."""
    graph = point.graph
    places: dict[str, str] = {}
    shape = point.algebra.shape(point.values[node])
    for arg in graph.args[node]:
        if graph.args[arg] or graph.ops[arg] is INPUT:
            value = point.values[arg]
            own = point.algebra.shape(value)
            if own != () and graph.ops[node].partials is not None and place:
                value = float(point.algebra.broadcast(value, shape=shape)[place])
            elif own != ():
                continue
            places[operand_text(point.program, arg)] = number(value)
    told = [f"{name} = {value}" for name, value in places.items() if name != value]
    joint = ", where " if place else " at "
    return joint + ", ".join(told) if told else ""


def derivative_warning(
    point: Point, output: Output, derivatives: Mapping[int, Any], zeroed: Sequence[int], seed: Any = None
) -> Diagnostic | None:
    """A warning where derivatives of an output, by node, are not finite, or where a factor of 0 met one
    on the way that is not (of kind `convention`). An array has its `seed`, or one of ones."""
    point.restore()
    if not all(map(point.algebra.finite, derivatives.values())):
        return nonfinite_derivative(point, output, list(derivatives), seed)
    warning = zeroed_derivative(point, zeroed) if zeroed else None
    if warning is not None and point.program.tree is None:
        from cgcli.evaluation.nearby import goes_elsewhere

        warning.hint = goes_elsewhere(point, output, list(derivatives))
    return warning or corner_inside(point, output.node, list(derivatives))


def second_derivative_warning(
    point: Point, output: Output, found: Iterable[tuple[str, Any]], wrt: Sequence[int], zeroed: Sequence[int]
) -> Diagnostic | None:
    """As `derivative_warning`, of second derivatives with their labels, and of a corner where there are none
    (of kind `convention`)."""
    known = dict(found)
    bad = [(label, value) for label, value in known.items() if not point.algebra.finite(value)]
    told = nonfinite_result(point, output, *bad[0], "warning") if bad else None
    if told is not None and " is nan" in told.message:
        corner = cornered_derivative(point, output.node, wrt)
        if corner is not None:
            corner.message = f"{told.message}: {corner.message}"
            return corner
    warning = zeroed_derivative(point, zeroed) if zeroed else None
    if warning is not None and told is None and point.program.tree is None:
        from cgcli.evaluation.nearby import second_goes_elsewhere

        warning.hint = second_goes_elsewhere(point, output, wrt, known)
    return warning or told


def zeroed_derivative(
    point: Point, zeroed: Sequence[int], roots: Sequence[int] | None = None
) -> Diagnostic | None:
    """A warning for the first node at which an exact 0 met a factor that is not finite, of those that `roots`
    depend on, or the outputs.

    By convention the 0 wins, which is not always the limit: cbrt(x^3) at 0. Branches that were
    not taken are what the convention is for, and no reason to warn.
    """
    graph, read = point.graph, set(read_nodes(point, roots))
    for node in sorted(zeroed):
        if node in read and graph.ops[node].reads is None:
            where = source_text(point.program, *graph.place(node)) + at(point, node)
            message = f"the chain rule multiplies 0 by inf in {where}, and takes it as 0"
            return _warning(point, node, "convention", message)
    return None


def cornered_derivative(point: Point, output: int, wrt: Sequence[int]) -> Diagnostic | None:
    """A warning for a node that has a corner at the point, the first whose slope matters there if any."""
    from cgcli.evaluation.corners import corners_at

    nodes = corners_at(point, output, wrt)
    if not nodes:
        return None
    slopes = adjoints(point, output, point.graph.dependents(wrt))
    node = next((one for one in nodes if point.algebra.largest(slopes.get(one, 0.0)) != 0), nodes[0])
    hint = "what treats both sides alike has one: its square, or a sum of all"
    return _warning(point, node, "convention", _cornered(point, node), hint)


def _cornered(point: Point, node: int) -> str:
    """What there is at a corner."""
    graph = point.graph
    told = graph.ops[node].corner.told
    told = told if isinstance(told, str) else told(**graph.attrs.get(node, {}))
    where = source_text(point.program, *graph.place(node))
    return f"{where} {told}, and no second derivative"


def corner_inside(point: Point, output: int, wrt: Sequence[int]) -> Diagnostic | None:
    """A warning for a corner that a derivative inside the program meets, where that is differentiated again;
    what is found is that of the conventions."""
    from cgcli.evaluation.corners import corners_at

    graph, made = point.graph, point.program.made
    active, needed = point.of.active(wrt), point.of.needed([output])
    if made is None or not any(made[node] and active[node] for node in needed):
        return None
    read = set(graph.ancestors([one for one in needed if made[one]]))
    for node in corners_at(point, output, wrt):
        if not made[node] and not read.isdisjoint((node, *graph.args[node])):
            hint = "what is found takes its slope there for a constant"
            return _warning(point, node, "convention", _cornered(point, node), hint)
    return None


def of_one_row(
    program: Program, shapes: Sequence[Any], columns: Iterable[str], instead: str = ""
) -> Diagnostic | None:
    """What to say of the first reduction of a column whose cells are numbers, such as `sum(x)`: that it is of
    each row by itself; and what to write `instead`."""
    graph = program.graph
    varying = graph.dependents([program.inputs[name] for name in columns if name in program.inputs])
    for node, op in enumerate(graph.ops):
        reduces = "keepdims" in getattr(op, "attributes", ())
        if reduces and varying[node] and shapes[graph.args[node][0]] == ():
            place = graph.place(node)
            told = f"`{source_text(program, *place)}` is of one number, that of a row, and not of all rows"
            return Diagnostic("data", told, program.source, *place, instead or None, "note")
    return None


def _warning(point: Point, node: int, kind: str, message: str, hint: str | None = None) -> Diagnostic:
    return Diagnostic(kind, message, point.program.source, *point.graph.place(node), hint, "warning")


def nonfinite_derivative(point: Point, output: Output, wrt: Sequence[int], seed: Any = None) -> Diagnostic:
    """A warning for the first edge, going backward, whose local derivative is not finite and
    reaches the gradient of an output. An array has its `seed`, or one of ones."""
    graph, program = point.graph, point.program
    active = graph.dependents(wrt)
    if seed is None:
        shape = point.algebra.shape(point.values[output.node])
        seed = point.algebra.ones(shape=shape) if shape else 1.0
    found = adjoints(point, output.node, active, seed=seed)
    for node, adjoint in sorted(found.items(), reverse=True):
        if point.algebra.largest(adjoint) == 0:
            continue
        for operand, slope in zip(graph.args[node], _slopes(point, node, adjoint)):
            if active[operand] and slope is not None and not point.algebra.finite(slope):
                if graph.ops[node].partials is not None and point.algebra.shape(slope) != ():
                    slope = point.algebra.broadcast(slope, shape=point.algebra.shape(point.values[node]))
                by = operand_text(program, operand)
                message = f"the derivative of {source_text(program, *graph.place(node))} by {by}"
                message += first_nonfinite(point, node, slope)
                return _warning(point, node, "nonfinite", message)
    message = "the gradient is beyond the largest double"
    return Diagnostic("nonfinite", message, program.source, output.start, output.end, severity="warning")


def _slopes(point: Point, node: int, adjoint: Any) -> list[Any]:
    """The partial derivatives of a node by its operands; of an operation on whole arrays, what it
    hands back of a finite adjoint."""
    graph, values, algebra = point.graph, point.values, point.algebra
    op: Any = graph.ops[node]
    operands = [values[operand] for operand in graph.args[node]]
    if op.partials is not None:
        return list(point.run(local_partials, op, algebra, values[node], operands))
    if not algebra.finite(adjoint):
        return [None] * len(operands)
    whole = Whole(op, graph.attrs.get(node, {}), values[node], operands, node, None)
    hand_back = point.run(whole.cotangents, algebra, adjoint)
    found = [point.run(hand_back, place) for place in range(len(operands))]
    return [point.run(algebra.settle_whole, part, whole, at, adjoint) for at, part in enumerate(found)]
