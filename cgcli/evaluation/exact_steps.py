"""Steps of exact operands: how far rounding has put numbers off on the way from the program's numbers
and inputs, which are what was written: 2.3 is 23/10. The errors that operations add are carried on as in
`evaluation.lost`."""

from __future__ import annotations

from math import floor, isfinite, nan

from cgcli.annotations import Any, Sequence
from cgcli.evaluation.lost import LITTLE, added, carried
from cgcli.evaluation.rounding import local_error
from cgcli.evaluation.specialised import Point
from cgcli.graph import Graph
from cgcli.later import fractions, np
from cgcli.ops import INPUT
from cgcli.ops.entry import MULTIPLE, OTHER, ZERO

# Larger inputs are not looked at.
MOST = 1000

# So many digits say that a number has been rounded.
DIGITS = 16


class Exact:
    """Of some nodes and what they are computed from the errors, nan where one is not known, and the size of
    what rounding may have added."""

    def __init__(self, point: Point, nodes: Sequence[int]) -> None:
        self.point, needed = point, point.graph.ancestors(nodes)
        with point.algebra.quiet():
            self._errors = carried(point, point.graph, point.values, needed, _known)
            self._added = carried(point, point.graph, point.values, needed, added)

    def off(self, node: int, at: tuple[int, ...]) -> tuple[float, float]:
        """How far an element is off, and what rounding may have added to it."""
        return element(self._errors.get(node, 0.0), at), element(self._added.get(node, 0.0), at)


def exact_step(exact: Exact, node: int, at: tuple[int, ...]) -> float | None:
    """The value of a step, if it is another number; None where that is not known."""
    op, args, values = exact.point.graph.ops[node], exact.point.graph.args[node], exact.point.values
    if op.jumps == MULTIPLE:
        return _exact_remainder(exact, node, at)
    x, *others = (element(values[arg], at) for arg in args)
    off, added = exact.off(args[0], at)
    if op.jumps == OTHER:
        other, more = exact.off(args[1], at)
        near = [sign(x - others[0] - (off - other), added, more), 0.0]
    elif op.jumps == ZERO:
        near = [sign(x - off, added), *others]
        if op.commutes:
            other, more = exact.off(args[1], at)
            near[1] = sign(near[1] - other, more)
    else:
        jump = op.nearest_jump(x)
        near = [jump + 0.25 * sign(x - jump - off, added)]
    if any(one != one for one in near):
        return None
    right, found = float(getattr(exact.point.algebra, op.name)(*near)), element(values[node], at)
    return None if right == found else right


def _exact_remainder(exact: Exact, node: int, at: tuple[int, ...]) -> float | None:
    """The same of a remainder, or of the quotient."""
    op, args = exact.point.graph.ops[node], exact.point.graph.args[node]
    x, y = (element(exact.point.values[arg], at) for arg in args)
    (off, added), (other, more) = (exact.off(arg, at) for arg in args)
    count = round(x / y)
    left = float(fractions.Fraction(x) - count * fractions.Fraction(y)) - (off - count * other)
    side = sign(left, added, count * more) * (1.0 if y > 0 else -1.0)
    if side != side:
        return None
    quotient = count if side >= 0 else count - 1
    if floor(fractions.Fraction(x) / fractions.Fraction(y)) == quotient:
        return None
    return float(quotient if op.name == "floordiv" else side and (x - off) - quotient * (y - other))


def sign(d: float, *sizes: float) -> float:
    """The sign of a number to which rounding may have added so much; nan where it is not known."""
    if d != d:
        return d
    return 0.0 if abs(d) <= LITTLE * sum(map(abs, sizes)) else 1.0 if d > 0 else -1.0


def element(value: Any, at: tuple[int, ...]) -> float:
    """Of what has been broadcast to the shape of a result, the element at a place there."""
    if value.__class__ is float or not at:
        return float(value)
    lead = len(at) - value.ndim
    return float(value[tuple(0 if size == 1 else one for one, size in zip(at[lead:], value.shape))])


def _known(point: Point, graph: Graph, node: int, values: Any) -> Any:
    """What a node adds, nan where that is not known; None for nothing."""
    value = values[node]
    if graph.ops[node] is INPUT:
        if value.__class__ is float:
            return _beyond_written(value)
        if value.size > MOST:
            return nan * value
        return np.array([*map(_beyond_written, value.ravel().tolist())]).reshape(value.shape)
    own = local_error(point, graph, node, values)
    if own is None:
        return nan * value
    error, bound = own
    if error.__class__ is float and bound.__class__ is float:
        return nan if bound else error or None
    return np.where(np.equal(bound, 0), error, nan)


def _beyond_written(value: float) -> float:
    """What an input is more than the shortest decimal for it; nan where that has all digits, and may stand
    for another number."""
    if not isfinite(value):
        return 0.0
    digits = repr(abs(value)).partition("e")[0].replace(".", "").strip("0")
    is_rounded = len(digits) >= DIGITS and not value.is_integer()
    return nan if is_rounded else float(fractions.Fraction(value) - fractions.Fraction(repr(value)))
