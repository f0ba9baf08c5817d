"""Steps that rounding decides: floor(2.3*100), 1 % 0.1 and 0.1 + 0.2 == 0.3 are others for exact numbers.

Numbers of the program and inputs are what was written there: 2.3 is 23/10. But an input of as many digits as
a double has was rounded before, and is not known. The errors that operations add are carried on as in
`evaluation.lost`; where one is not known, nothing is said.
"""

from __future__ import annotations

from itertools import islice
from math import floor, isfinite, nan, prod

from cgcli.annotations import Any, Sequence
from cgcli.diagnostics import Diagnostic
from cgcli.evaluation.cancelled import cancels, is_moderate
from cgcli.evaluation.read import read_nodes
from cgcli.evaluation.specialised import Point
from cgcli.graph import Graph
from cgcli.ops import INPUT, Op
from cgcli.ops.entry import HALF, MULTIPLE, OTHER, ZERO
from cgcli.render.numbers import number

# So near to a step, as a part of the operands or of 1, rounding may decide.
NEAR = 2.0**-40

# Larger arrays are not looked at, and of others a few elements are.
MOST, FEW = 1000, 4

# So many digits say that a number has been rounded.
DIGITS = 16

# A step: a node, and the place of an element.
Step = tuple[int, tuple[int, ...]]


def missed_step(point: Point) -> Diagnostic | None:
    """A warning for the first step that would be another one without rounding."""
    graph, values = point.graph, point.values
    near = near_steps(graph, values)
    if cancels(point):
        near = sorted({*near, *_near_nothing(graph, values)})
    if not near or not is_moderate(point, 1):
        return None
    read = set(read_nodes(point))
    near = [(node, at) for node, at in near if node in read]
    exact = _Exact(point, [arg for node, _ in near for arg in graph.args[node]])
    for node, at in near:
        told = exact.step(node, at)
        if told is not None:
            from cgcli.language.errors.operations import source_text

            place = graph.place(node)
            shown = source_text(point.program, *place) + (f" at {[*at]}" if at else "")
            x = number(_element(values[node], at))
            message = f"rounding decides {shown}: it is {x}, and {number(told)} without"
            hint = "numbers such as 0.1 are no doubles; near a step, add or take off a little"
            return Diagnostic("lost", message, point.program.source, *place, hint, "warning")
    return None


def near_steps(graph: Graph, values: Any) -> list[Step]:
    """Steps that are near, the first few elements of each; but not where a number is nearly 0 as others that
    are nearly equal have been subtracted."""
    found, args = list[Step](), graph.args
    for node, op, x, y in graph.walk():
        if op.jumps is None or op.jumps == ZERO:
            continue
        first, last = values[x], values[y if y >= 0 else x]
        if values[node].__class__ is not float:
            places = _near(op, values[node].shape, first, last)
        else:
            places = [()] if _is_near(op, first, last) else []
        if places and (op.jumps == MULTIPLE or args[x] or (y >= 0 and args[y])):  # what is written is so
            found += [(node, place) for place in places]
    return found


def _near_nothing(graph: Graph, values: Any) -> list[Step]:
    """Steps by the sign of computed numbers or of differences, of the few elements nearest to 0."""
    found = list[Step]()
    for node, op in enumerate(graph.ops):
        args = graph.args[node]
        if op.jumps not in (ZERO, OTHER) or not any(graph.args[arg] and graph.ops[arg].ulps for arg in args):
            continue
        if values[node].__class__ is float:
            found.append((node, ()))
        elif 0 < values[node].size <= MOST:
            import numpy as np

            first, *others = (values[arg] for arg in args)
            size = np.abs(first - others[0] if op.jumps == OTHER else first)
            if op.commutes and op.jumps == ZERO:
                size = np.minimum(size, np.abs(others[0]))
            places = np.argsort(np.broadcast_to(size, values[node].shape), axis=None)[:FEW]
            found += [(node, _place(place, values[node].shape)) for place in places.tolist()]
    return found


def _near(op: Op, shape: tuple[int, ...], first: Any, last: Any) -> list[tuple[int, ...]]:
    """The first few places of elements that are near a step."""
    import numpy as np

    if not 0 < prod(shape) <= MOST:
        return []
    x, y = (np.broadcast_to(one, shape).ravel() for one in (first, last))
    with np.errstate(all="ignore"):
        if op.jumps == OTHER:
            may = np.abs(x - y) <= NEAR * np.maximum(np.abs(x), np.abs(y))
        else:
            halves = 2 * (x / y if op.jumps == MULTIPLE else x)
            may = np.abs(halves - np.rint(halves)) <= 4 * NEAR * np.maximum(np.abs(halves), 1.0)
    places = np.flatnonzero(may)
    pairs = zip(places.tolist(), x[places].tolist(), y[places].tolist(), strict=True)
    near = (place for place, *pair in pairs if _is_near(op, *pair))
    return [_place(place, shape) for place in islice(near, FEW)]


def _is_near(op: Op, x: float, y: float) -> bool:
    if op.jumps == OTHER:
        if not abs(x - y) <= NEAR * max(abs(x), abs(y)) or not isfinite(x):
            return False
        return x != y or not (_is_plain(x) and _is_plain(y))
    if not (isfinite(x) and isfinite(y)):
        return False
    if op.jumps == MULTIPLE:
        if y == 0 or (_is_plain(x) and _is_plain(y)):
            return False
        ratio = x / y
        return abs(ratio) < 2.0**53 and abs(ratio - round(ratio)) <= NEAR * max(abs(ratio), 1.0)
    return abs(x - _jump(op, x)) <= NEAR * max(abs(x), 1.0) and not _is_plain(x)


def _jump(op: Op, x: float) -> float:
    """The nearest place where a function of one number jumps."""
    return floor(x) + 0.5 if op.jumps == HALF else 0.0 if op.jumps == ZERO else float(round(x))


def _element(value: Any, at: tuple[int, ...]) -> float:
    """Of what has been broadcast to the shape of a result, the element at a place there."""
    if value.__class__ is float or not at:
        return float(value)
    lead = len(at) - value.ndim
    return float(value[tuple(0 if size == 1 else one for one, size in zip(at[lead:], value.shape))])


def _place(place: int, shape: tuple[int, ...]) -> tuple[int, ...]:
    import numpy as np

    return tuple(map(int, np.unravel_index(place, shape)))


def _is_plain(x: float) -> bool:
    """Whether a number is a whole one, which is what was meant as a rule."""
    return x == floor(x) and abs(x) < 2.0**53


class _Exact:
    """What steps are for exact operands: of nodes the errors, nan where one is not known, and the size of
    what rounding may have added."""

    def __init__(self, point: Point, nodes: Sequence[int]) -> None:
        from cgcli.evaluation.lost import added, carried

        self.point, needed = point, point.graph.ancestors(nodes)
        with point.algebra.quiet():
            self._errors = carried(point, point.graph, point.values, needed, _known)
            self._added = carried(point, point.graph, point.values, needed, added)

    def step(self, node: int, at: tuple[int, ...]) -> float | None:
        """The value of a step, if it is another number; None where that is not known."""
        op, args, values = self.point.graph.ops[node], self.point.graph.args[node], self.point.values
        if op.jumps == MULTIPLE:
            return self._of_remainder(node, at)
        x, *others = (_element(values[arg], at) for arg in args)
        off, added = self._off(args[0], at)
        if op.jumps == OTHER:
            other, more = self._off(args[1], at)
            near = [_sign(x - others[0] - (off - other), added, more), 0.0]
        elif op.jumps == ZERO:
            near = [_sign(x - off, added), *others]
            if op.commutes:
                other, more = self._off(args[1], at)
                near[1] = _sign(near[1] - other, more)
        else:
            jump = _jump(op, x)
            near = [jump + 0.25 * _sign(x - jump - off, added)]
        if any(one != one for one in near):
            return None
        exact, found = float(getattr(self.point.algebra, op.name)(*near)), _element(values[node], at)
        return None if exact == found else exact

    def _of_remainder(self, node: int, at: tuple[int, ...]) -> float | None:
        """The same of a remainder, or of the quotient."""
        from fractions import Fraction

        op, args = self.point.graph.ops[node], self.point.graph.args[node]
        x, y = (_element(self.point.values[arg], at) for arg in args)
        (off, added), (other, more) = (self._off(arg, at) for arg in args)
        count = round(x / y)
        left = float(Fraction(x) - count * Fraction(y)) - (off - count * other)
        side = _sign(left, added, count * more) * (1.0 if y > 0 else -1.0)
        if side != side:
            return None
        quotient = count if side >= 0 else count - 1
        if floor(Fraction(x) / Fraction(y)) == quotient:
            return None
        return float(quotient if op.name == "floordiv" else side and (x - off) - quotient * (y - other))

    def _off(self, node: int, at: tuple[int, ...]) -> tuple[float, float]:
        return _element(self._errors.get(node, 0.0), at), _element(self._added.get(node, 0.0), at)


def _sign(d: float, *sizes: float) -> float:
    """The sign of a number to which rounding may have added so much; nan where it is not known."""
    from cgcli.evaluation.lost import LITTLE

    if d != d:
        return d
    return 0.0 if abs(d) <= LITTLE * sum(map(abs, sizes)) else 1.0 if d > 0 else -1.0


def _known(point: Point, graph: Graph, node: int, values: Any) -> Any:
    """What a node adds, nan where that is not known; None for nothing."""
    from cgcli.evaluation.rounding import local_error

    value = values[node]
    if graph.ops[node] is INPUT:
        if value.__class__ is float:
            return _beyond_written(value)
        if value.size > MOST:
            return nan
        import numpy as np

        return np.array([*map(_beyond_written, value.ravel().tolist())]).reshape(value.shape)
    own = local_error(point, graph, node, values)
    if own is None:
        return nan
    error, bound = own
    if error.__class__ is float and bound.__class__ is float:
        return nan if bound else error or None
    import numpy as np

    return np.where(np.equal(bound, 0), error, nan)


def _beyond_written(value: float) -> float:
    """What an input is more than the shortest decimal for it; nan where that has all digits, and may stand
    for another number."""
    from fractions import Fraction

    if not isfinite(value):
        return 0.0
    digits = repr(abs(value)).partition("e")[0].replace(".", "").strip("0")
    is_rounded = len(digits) >= DIGITS and not value.is_integer()
    return nan if is_rounded else float(Fraction(value) - Fraction(repr(value)))
