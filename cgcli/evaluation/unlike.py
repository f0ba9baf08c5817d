"""Points where a derivative as text is another number than `cg grad` finds: at ties, where a formula has no
value, or where something has been cancelled. They are tried, and not inferred: those where operands of the
program are equal, or are 0, 1 or -1."""

from __future__ import annotations

from itertools import islice
from math import inf, isfinite

from cgcli.annotations import Any, Iterator, Mapping, Sequence
from cgcli.diagnostics import CgError, Diagnostic
from cgcli.errors import OperationError
from cgcli.evaluation.derivatives import gradients
from cgcli.evaluation.prepared import Prepared
from cgcli.evaluation.static import is_alike
from cgcli.evaluation.unsettled import with_limits
from cgcli.ops import Leaf
from cgcli.passes.forward import forward
from cgcli.render.numbers import SHORT, number
from cgcli.rewrite.static import Derivative, Static

# Inputs of which nothing is special, and what is special of operands.
USUAL, SPECIAL = (0.7137, 1.3631, 0.4219, 1.8713, 0.6073, 1.1579), (0.0, 1.0, -1.0)

# Larger programs are not tried, and not more points.
NODES, POINTS = 200, 30

# Derivatives are the same to this part, which is also that of roots.
SAME, DIGITS = 1e-6, 12


def unlike(
    prepared: Prepared, derived: Static, wrt: Sequence[str], known: Mapping[str, Any]
) -> Diagnostic | None:
    """A note of the first such point, of a program of numbers whose inputs are not known, but for some."""
    program, are_numbers = prepared.program, not any(derived.shapes[node] for _, node in derived.outputs)
    names = [name for name in program.inputs if name not in known]
    if len(program.graph) > NODES or len(names) > len(USUAL) or any(program.shapes.values()):
        return None
    if not are_numbers or not all(value.__class__ is float for value in known.values()):
        return None
    for place in islice(_points(prepared, names), POINTS):
        try:
            right, algebra = _slopes(prepared, place, wrt), prepared.point(place).algebra
            with algebra.quiet():
                values = forward(derived.graph, algebra, {**known, **place}, derived.schedule())
        except (CgError, OperationError, OverflowError):
            continue
        for label, node in derived.outputs:
            assert isinstance(label, Derivative)
            own, text = right.get((label.function, label.by[0])), float(values[node])
            if own is not None and not _same(text, own):
                at = ", ".join(f"{name} = {number(x, SHORT)}" for name, x in place.items())
                shown = [number(one, SHORT) for one in (text, own)]
                told = f"at {at} this {label} is {shown[0]}, and `cg grad` finds {shown[1]}"
                return Diagnostic("convention", told, severity="note")
    return None


def _slopes(
    prepared: Prepared, place: Mapping[str, float], wrt: Sequence[str]
) -> dict[tuple[str, str], float]:
    """The derivatives of outputs that are finite at a point, by their names and those of inputs."""
    point, found = prepared.point(place), dict[tuple[str, str], float]()
    nodes = point.program.nodes(list(wrt))
    for output, name in zip(point.program.outputs, point.program.output_names(), strict=True):
        if isfinite(point.values[output.node]):
            slopes = gradients(point, [output.node], nodes)[0]
            slopes = with_limits(point, output.node, nodes, slopes)
            found |= {(name, by): float(slope) + 0.0 for by, slope in zip(wrt, slopes, strict=True)}
    return found


def _same(x: float, y: float) -> bool:
    return x == y or (x != x and y != y) or SAME * max(abs(x), abs(y), 1.0) >= abs(x - y) < inf


def _points(prepared: Prepared, names: Sequence[str]) -> Iterator[dict[str, float]]:
    """Points to try: those of special inputs, and where operands are special while one input alone moves, or
    all do."""
    usual = dict(zip(names, USUAL))
    for x in SPECIAL:
        yield dict.fromkeys(names, x)
        if len(names) > 1:
            for name in names:
                yield {**usual, name: x}
    together = dict(usual)
    for name in names:
        try:
            ends = [prepared.point({**usual, name: x}) for x in (0.0, 1.0)]
        except CgError:
            continue
        for x, is_zero in _roots(*ends):
            if x not in SPECIAL:
                yield {**usual, name: x}
            if is_zero and together[name] == usual[name]:
                together[name] = x
    yield together


def _roots(low: Any, high: Any) -> Iterator[tuple[float, bool]]:
    """Where operands are special on a line through two points, on which they lie at 0 and 1, as if they were
    linear; and whether there they are 0, or equal."""
    for node, op in enumerate(low.graph.ops):
        args = low.graph.args[node]
        if op.__class__ is Leaf or is_alike(op):
            continue
        for one, other in [(arg, None) for arg in args] + [(args[0], arg) for arg in args[1:]]:
            gaps = [_gap(end.values, one, other) for end in (low, high)]
            slope = gaps[1] - gaps[0]
            for target in (SPECIAL if other is None else (0.0,)) if isfinite(slope) and slope else ():
                yield round((target - gaps[0]) / slope, DIGITS), target == 0


def _gap(values: Any, one: int, other: int | None) -> float:
    """The difference of two numbers, or one of them; nan of arrays."""
    x, y = values[one], 0.0 if other is None else values[other]
    return x - y if x.__class__ is float and y.__class__ is float else inf - inf
