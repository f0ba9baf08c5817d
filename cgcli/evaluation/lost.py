"""Values and derivatives of which rounding has left no digit, for a warning beside them.

The errors that nodes add (`evaluation.rounding`) are carried onward to all derivatives at once, by one
tangent pass over the graph of value and derivatives in which every node moves by its own error. Where `cg
check` has a bound for what a node adds, one with some sign stands here: that is what is likely, and not the
most there can be. Constants and inputs are the doubles that they are.
"""

from __future__ import annotations

from math import floor, isfinite

from cgcli.annotations import Any, Callable, Sequence
from cgcli.diagnostics import CgError, Diagnostic
from cgcli.errors import OperationError
from cgcli.evaluation.cancelled import NODES, is_moderate
from cgcli.evaluation.rounding import local_error
from cgcli.evaluation.specialised import Point
from cgcli.evaluation.widening import is_doubtful
from cgcli.graph import Graph
from cgcli.language.block import Output
from cgcli.later import np
from cgcli.ops import INPUT, Leaf
from cgcli.ops.chain import push
from cgcli.passes.forward import forward
from cgcli.render.numbers import SHORT, value_text

# Less than this part of the value, were the input to double, is nothing beside it. Inputs that are near 0
# have another scale than their own: less than this, were they to move by 1.
NOTHING, UNSEEN = 2.0**-42, 2.0**-30

# What inputs are off by, were they rounded themselves; and what is that small an error then.
ULP, FEW, SMALL = 2.0**-52, 8.0, 1e-8

# Errors are known to this part of what rounding may add to a result, which is this part of it, and where the
# error is found by longer numbers another one.
LITTLE, ADDED, ADDED_TO_ARRAYS = 2.0**-20, 2.0**-50, 2.0**-40

# Multiples of its inverse are exact as they are written.
SHORTEST = 2.0**10

# Derivatives of an output, with their labels: each with the node whose value it is, what was found for it
# along the same directions, and what the output moves by where what it is by moves by its own size.
Derivatives = list[tuple[str, int, Any, float]]


def lost_value(point: Point, output: Output, name: str) -> Diagnostic | None:
    """A warning where no digit is left of a value that numbers like those it is computed from, but for their
    last digits, do determine."""
    if point.corners or not is_moderate(point, 1):  # at corners the graph has the conventions alone
        return None
    node, graph, algebra = output.node, point.graph, point.algebra
    try:
        with algebra.quiet():
            needed = point.of.needed([node])
            value, errors = point.values[node], carried(point, graph, point.values, needed, _likely)
            off = _worst(value, value, errors.get(node, 0.0))
            if off > SMALL or (off and _is_another(point, graph, needed, value)):
                shaken = carried(point, graph, point.values, needed, _rounded).get(node, 0.0)
                if off > FEW * algebra.largest(shaken):
                    return _told(point, output, name, value)
    except (OperationError, CgError, MemoryError):
        pass
    return None


def _is_another(point: Point, graph: Graph, nodes: Sequence[int], value: Any) -> bool:
    """Whether a number is known to be not 0 but for its last digits, as what all nodes add is."""
    if value.__class__ is not float:
        return False
    for node in nodes:
        op = graph.ops[node]
        if op.__class__ is not Leaf and op.ulps != 0:
            own = local_error(point, graph, node, point.values)
            if own is None or point.algebra.largest(own[1]):
                return False
    error = carried(point, graph, point.values, nodes, _known).get(nodes[-1], 0.0)
    size = carried(point, graph, point.values, nodes, _added_to_arrays).get(nodes[-1], 0.0)
    return bool(abs(value - error) > LITTLE * max(abs(error), abs(size)))


def lost_derivative(
    point: Point, output: Output, look: Any, derivatives: Callable[[Any], Derivatives]
) -> Diagnostic | None:
    """A warning for the first of the derivatives that is lost, of those in the graph that `look` has once
    they have been made."""
    algebra = point.algebra
    try:
        with algebra.quiet():
            wanted = derivatives(look)
            graph, needed = look.graph, look.graph.ancestors([node for _, node, *_ in wanted])
            if len(needed) > NODES:
                return None
            values = forward(graph, algebra, look.inputs, needed)
            if any(values[one].__class__ is float and is_doubtful(graph, values, one) for one in needed):
                return None  # found over numbers with a wider range
            errors = carried(point, graph, values, needed, _likely)
            for label, node, found, size in wanted:
                off = _worst(found, values[node], errors.get(node, 0.0))
                if not off or not _matters(point, output, off, size):
                    continue
                if off < SMALL:
                    known = carried(point, graph, values, needed, _known).get(node, 0.0)
                    shaken = carried(point, graph, values, needed, _rounded_input).get(node, 0.0)
                    if _worst(found, values[node], known) <= FEW * algebra.largest(shaken):
                        continue
                return _told(point, output, label, found)
    except (OperationError, CgError, MemoryError):
        pass
    return None


def carried(
    point: Point, graph: Graph, values: Any, nodes: Sequence[int], own: Callable[..., Any]
) -> dict[int, Any]:
    """The errors of nodes, of those that have one, where each adds its `own`."""
    algebra, errors = point.algebra, dict[int, Any]()
    for node in nodes:
        args, total = graph.args[node], None
        moving = [errors.get(arg) for arg in args]
        if any(one is not None for one in moving):
            operands = [values[arg] for arg in args]
            total = push(graph.ops[node], algebra, moving, values[node], operands, graph.attrs.get(node, {}))
        added = own(point, graph, node, values)
        if added is not None:
            total = added if total is None else total + added
        if total is not None:
            errors[node] = total
    return errors


def _known(point: Point, graph: Graph, node: int, values: Any) -> Any:
    """What a node adds, where there is more than a bound; None for nothing."""
    op = graph.ops[node]
    own = None if op.__class__ is Leaf or op.ulps == 0 else local_error(point, graph, node, values)
    return None if own is None or (own[0].__class__ is float and own[0] == 0) else own[0]


def added(point: Point, graph: Graph, node: int, values: Any) -> Any:
    """What rounding may add, of different sizes and signs so that no two are the same."""
    op = graph.ops[node]
    if not op.ulps:
        return None
    part = ADDED if op.partials is not None or op.__class__ is Leaf else ADDED_TO_ARRAYS
    return part * (-1.0) ** node * (1.0 + 0.618 * node % 1.0) * values[node]


def _added_to_arrays(point: Point, graph: Graph, node: int, values: Any) -> Any:
    """The same, of operations on whole arrays alone: errors of others are known to a part of themselves."""
    return added(point, graph, node, values) if graph.ops[node].partials is None else None


def _likely(point: Point, graph: Graph, node: int, values: Any) -> Any:
    """The same, but with some sign where there is a bound. An operation on whole arrays is as far off as if
    its operands were rounded."""
    op = graph.ops[node]
    if op.__class__ is Leaf or op.ulps == 0:
        return None
    own = local_error(point, graph, node, values)
    if own is not None:
        error, bound = own
        both = error + (-1.0) ** node * bound
        return None if both.__class__ is float and both == 0 else both
    operands = [values[arg] for arg in graph.args[node]]
    moving = [ULP * (-1.0) ** place * x for place, x in enumerate(operands)]
    return push(op, point.algebra, moving, values[node], operands, graph.attrs.get(node, {}))


def _rounded_input(point: Point, graph: Graph, node: int, values: Any) -> Any:
    return ULP * (-1.0) ** node * values[node] if graph.ops[node] is INPUT else None


def _rounded(point: Point, graph: Graph, node: int, values: Any) -> Any:
    """What numbers of the program and inputs move by, but for those of few digits."""
    if graph.ops[node].__class__ is not Leaf:
        return None
    x = values[node]
    moved = ULP * (-1.0) ** node * x
    if x.__class__ is float:
        return moved if isfinite(x) and x * SHORTEST != floor(x * SHORTEST) else None
    return np.where(x * SHORTEST == np.floor(x * SHORTEST), 0.0, moved)


def _worst(found: Any, value: Any, error: Any) -> float:
    """How far the worst element is off of those that are off by half of themselves, or of what is right, and
    that are something beside the others; `value` is what the graph has made of it, with this error. 0 where
    there is none."""
    if found.__class__ is float and value.__class__ is float:
        off = found - value + error
        return abs(off) if isfinite(off) and min(abs(found), abs(found - off)) < 2 * abs(off) else 0.0
    off = np.asarray(found - value + error)
    off, size = np.abs(off), np.minimum(np.abs(found), np.abs(found - off))
    largest = np.max(size, where=np.isfinite(size), initial=0.0)
    lost = np.isfinite(off) & (size < 2 * off) & (off > UNSEEN * largest)
    return float(np.max(off, where=lost, initial=0.0))


def _matters(point: Point, output: Output, off: float, size: float) -> bool:
    """Whether it is more than nothing beside the value."""
    value = point.algebra.largest(point.values[output.node])
    return bool(off * size > NOTHING * value or off > UNSEEN * value)


def _told(point: Point, output: Output, label: str, found: Any) -> Diagnostic:
    shown = f" = {value_text(found, None, SHORT)}" if point.algebra.shape(found) == () else ""
    message = f"rounding has left no digit of {label}{shown}"
    hint = "`cg check` counts the digits; nearly equal numbers are subtracted on the way"
    return Diagnostic("lost", message, point.program.source, output.start, output.end, hint, "warning")
