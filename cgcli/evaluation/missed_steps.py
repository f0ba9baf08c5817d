"""Steps that rounding decides: floor(2.3*100), 1 % 0.1 and 0.1 + 0.2 == 0.3 are others for exact numbers.

Numbers of the program and inputs are what was written there: 2.3 is 23/10. The errors that operations add are
carried on as in `evaluation.lost`; where one is not known, nothing is said.
"""

from __future__ import annotations

from math import floor

from cgcli.annotations import Any, Callable, Sequence
from cgcli.diagnostics import Diagnostic
from cgcli.evaluation.cancelled import COMPARISONS, ROUNDS, STEPS, is_moderate
from cgcli.evaluation.read import read_nodes
from cgcli.evaluation.specialised import Point
from cgcli.graph import Graph
from cgcli.language.errors.operations import source_text
from cgcli.ops import INPUT
from cgcli.render.numbers import number

# So near to a step, as a part of the operands, rounding may decide.
NEAR = 2.0**-40

# Larger arrays are not looked at, and of others a few elements are.
MOST, FEW = 1000, 4

# Less than this part of an error is 0, as far as it is known to first order.
LITTLE = 2.0**-20

HOLDS: dict[str, Callable[[float], bool]] = {
    "lt": lambda d: d < 0, "le": lambda d: d <= 0, "gt": lambda d: d > 0, "ge": lambda d: d >= 0,
    "eq": lambda d: d == 0, "ne": lambda d: d != 0,
}  # fmt: skip


def missed_step(point: Point) -> Diagnostic | None:
    """A warning for the first step that would be another one without rounding."""
    graph, values = point.graph, point.values
    near = near_steps(graph, values)
    if not near or not is_moderate(point, 1):
        return None
    read = set(read_nodes(point))
    for node, at in near:
        if node in read:
            told = _missed(point, graph, node, at)
            if told is not None:
                place = graph.place(node)
                shown = source_text(point.program, *place) + (f" at {[*at]}" if at else "")
                x = number(_element(values[node], at))
                message = f"rounding decides {shown}: it is {x}, and {number(told)} without"
                hint = "numbers such as 0.1 are no doubles; near a step, add or take off a little"
                return Diagnostic("lost", message, point.program.source, *place, hint, "warning")
    return None


def near_steps(graph: Graph, values: Any) -> list[tuple[int, tuple[int, ...]]]:
    """Nodes that are steps, with the first few places of elements where one is near."""
    steps = [node for node, op in enumerate(graph.ops) if op.name in STEPS]
    return [(node, at) for node in steps for at in _near(graph, values, node)]


def _near(graph: Graph, values: Any, node: int) -> list[tuple[int, ...]]:
    """The first few places of elements where a step is near that computed numbers come to."""
    name, args = graph.ops[node].name, graph.args[node]
    operands, computed = [values[arg] for arg in args], any(graph.args[arg] for arg in args)
    if values[node].__class__ is float:
        return [()] if _is_near(name, operands, computed) else []
    import numpy as np

    shape = values[node].shape
    if not 0 < values[node].size <= MOST:
        return []
    rows = zip(*(np.broadcast_to(x, shape).ravel().tolist() for x in operands), strict=True)
    near = [place for place, row in enumerate(rows) if _is_near(name, row, computed)]
    return [tuple(map(int, np.unravel_index(place, shape))) for place in near[:FEW]]


def _is_near(name: str, operands: Sequence[float], computed: bool) -> bool:
    x = operands[0]
    if any(one - one != 0 for one in operands):
        return False
    if name in ROUNDS:
        off = x - floor(x) - _offset(name)
        return computed and min(abs(off), 1 - abs(off)) <= NEAR * abs(x) and not _is_plain(x)
    y = operands[1]
    if name in COMPARISONS:
        if x == y and _is_plain(x) and _is_plain(y):
            return False
        return bool(computed and abs(x - y) <= NEAR * max(abs(x), abs(y)))
    if y == 0 or (_is_plain(x) and _is_plain(y)):
        return False
    ratio: float = x / y
    return abs(ratio) < 2.0**53 and abs(ratio - round(ratio)) <= NEAR * abs(ratio)


def _element(value: Any, at: tuple[int, ...]) -> float:
    """Of what has been broadcast to the shape of a result, the element at a place there."""
    if value.__class__ is float or not at:
        return float(value)
    lead = len(at) - value.ndim
    return float(value[tuple(0 if size == 1 else one for one, size in zip(at[lead:], value.shape))])


def _offset(name: str) -> float:
    """Where steps are beside whole numbers."""
    return 0.5 if name == "round" else 0.0


def _is_plain(x: float) -> bool:
    """Whether a number is a whole one, which is what was meant as a rule."""
    return x == floor(x) and abs(x) < 2.0**53


def _missed(point: Point, graph: Graph, node: int, at: tuple[int, ...]) -> float | None:
    """What a step is for exact operands, if that is another number; None where that is not known."""
    from cgcli.evaluation.lost import carried

    name, args, values = graph.ops[node].name, graph.args[node], point.values
    try:
        errors = carried(point, graph, values, graph.ancestors(list(args)), _known)
    except _Unknown:
        return None
    x, found, off = (_element(one, at) for one in (values[args[0]], values[node], errors.get(args[0], 0.0)))
    if name in ROUNDS:
        step = round(x - _offset(name)) + _offset(name)
        side = _sign(x - step - off, off)
        if name == "round":
            exact = float(round(step) if side == 0 else step + 0.5 * side)
        else:
            exact = float(getattr(point.algebra, name)(step + 0.25 * side))
        return None if exact == found else exact
    y, other = (_element(one, at) for one in (values[args[1]], errors.get(args[1], 0.0)))
    if name in COMPARISONS:
        truth = float(HOLDS[name](_sign(x - y - (off - other), abs(off) + abs(other))))
        return None if truth == found else truth
    from fractions import Fraction

    count = round(x / y)
    left = float(Fraction(x) - count * Fraction(y))
    side = _sign((left - (off - count * other)) / y, (abs(off) + abs(count * other)) / y)
    quotient = count if side >= 0 else count - 1
    exact = float(quotient)
    if floor(Fraction(x) / Fraction(y)) == quotient:
        return None
    return exact if name == "floordiv" else float((x - off) - quotient * (y - other)) if side else 0.0


def _sign(d: float, error: float) -> int:
    """The sign of a number that is known but for a small part of an error."""
    return 0 if abs(d) <= LITTLE * abs(error) else 1 if d > 0 else -1


class _Unknown(Exception):
    """An error that is not known."""


def _known(point: Point, graph: Graph, node: int, values: Any) -> Any:
    """What a node adds."""
    from cgcli.evaluation.rounding import local_error

    value = values[node]
    if graph.ops[node] is INPUT:
        if value.__class__ is float:
            return _beyond_written(value)
        if value.size > MOST:
            raise _Unknown
        import numpy as np

        return np.array([*map(_beyond_written, value.ravel().tolist())]).reshape(value.shape)
    own = local_error(point, graph, node, values)
    if own is None or point.algebra.largest(own[1]) != 0:
        raise _Unknown
    return None if own[0].__class__ is float and own[0] == 0 else own[0]


def _beyond_written(value: float) -> float:
    """What an input is more than the shortest decimal for it."""
    from fractions import Fraction

    return float(Fraction(value) - Fraction(repr(value))) if value - value == 0 else 0.0
