"""First derivatives where what is computed on the way is inf, and an exact 0 by which it is multiplied in the
chain rule says nothing: 1/inf^2 times inf for 1/(1/x) at 0, 1/inf times inf for log(exp(x)) at 1e5.

They are held against derivatives at points nearby, whose limit is that of a function that is continuous.
Where these are all one number, that is it; where they go to what the 0 has left, that stands; where they go
elsewhere, and where the function is inf itself, there is nan. Of what is finite but for its slope, as of the
cube root of x^3 at 0, the convention stands: there a warning says what they go to.
"""

from __future__ import annotations

from itertools import islice
from math import isfinite, nan

from cgcli.algebras.base import Over
from cgcli.annotations import Any, Mapping, Sequence
from cgcli.diagnostics import CgError
from cgcli.evaluation.derivatives import gradients, hessian
from cgcli.evaluation.read import read_nodes
from cgcli.evaluation.specialised import Point
from cgcli.later import np
from cgcli.ops.entry import LINEAR, MULTILINEAR
from cgcli.ops.rules import spread
from cgcli.passes.reverse import reverse

# How far from the point, as a part of the input or of 1, whichever is more.
NEAR = (2.0**-10, 2.0**-17, 2.0**-24)

# The same for second derivatives, which lose twice as many digits near a point where they cancel.
NEAR_FOR_SECOND = (2.0**-7, 2.0**-9, 2.0**-11)

# The same number, but for rounding; the same limit; and so much nearer to it than at first.
SAME, ALIKE, NEARER = 1e-14, 1e-3, 0.25

# Derivatives on a side where an exact 0 won over inf, too.
UNKNOWN = [nan]

# Elements of arrays that are looked at.
MOST = 16


class _Unsettled(Over):
    """An algebra in which an exact 0 does not win at some nodes, and at those below, from which they are
    computed, not as a slope: 2*x times 1/x^2 says nothing of log(x^2) at 0."""

    def __init__(self, base: Any, nodes: Sequence[int], below: set[int]) -> None:
        super().__init__(base)
        self.nodes, self.below = set(nodes), below

    def settle(
        self, product: Any, factor: Any, partial: Any, like: Any, node: int, zeroed: list[int] | None
    ) -> Any:
        if node in self.nodes:
            factor = self.base.where(self.base.ne(factor, 0.0), factor, partial * 0.0)
            product = factor * partial
        elif node in self.below:
            partial = self.base.where(self.base.ne(partial, 0.0), partial, factor * 0.0)
            product = factor * partial
        return self.base.settle(product, factor, partial, like, node, zeroed)

    def settle_whole(self, part: Any, whole: Any, place: int, adjoint: Any) -> Any:
        found, op = self.base.settle_whole(part, whole, place, adjoint), whole.op
        if whole.node not in self.below or found is None or self.base.finite(adjoint):
            return found
        if op.by_element is not None and op.pushforward != LINEAR:
            x, attributes = whole.operands[place], whole.attributes
            far = spread(
                self.base, adjoint * 0.0, x, attributes.get("axis"), bool(attributes.get("keepdims"))
            )
        elif self.base.shape(adjoint) == () and op.pushforward not in (LINEAR, MULTILINEAR):
            far = adjoint * 0.0
        else:
            return found
        return self.base.where(self.base.ne(found, 0.0), found, far)


def with_limits(
    point: Point, output: int, wrt: Sequence[int], slopes: Sequence[Any], seed: Any = 1.0
) -> list[Any]:
    """The derivatives by some nodes, which are `slopes` by the conventions, of a number, or of the sum of an
    array's elements, each times that of the seed."""
    finite, values = point.algebra.finite, point.values
    if point.is_finite or values is None or (seed.__class__ is float and not point.is_scalar(output)):
        return [*slopes]
    if all(finite(values[node]) for node in point.of.needed([output])):
        return [*slopes]
    ops = point.graph.ops
    nodes = [node for node in read_nodes(point) if ops[node].reads is None and not finite(values[node])]
    if not nodes or not all(map(finite, point.inputs.values())):
        return [*slopes]
    graph, active = point.of.differentiable(wrt)
    below = {node for node in point.graph.ancestors(nodes) if ops[node].reads is None}
    over, needed = _Unsettled(point.algebra, nodes, below), point.of.needed([output])
    adjoints = point.run(reverse, graph, over, values, {output: seed}, active, needed)
    nearby, found = _Nearby(point, output, seed), list[Any]()
    for node, own in zip(wrt, slopes, strict=True):
        other = adjoints.get(node)
        if other is not None and own.__class__ is float:
            if isfinite(own) and not isfinite(other):
                own = nearby.limit(node, (), own)
        elif other is not None and not finite(other):
            own = np.array(own)
            places = np.argwhere(np.isfinite(own) & ~np.isfinite(other)).tolist()
            for place in map(tuple, places[:MOST]):
                beside = [other for other in map(tuple, places) if other != place]
                own[place] = nearby.limit(node, place, own[place], beside)
        found.append(own)
    return found


def rows_with_limits(point: Point, output: int, wrt: Sequence[int], blocks: Sequence[Any]) -> list[Any]:
    """The same of a Jacobian: by node, of each of the first few elements of the output."""
    if point.is_finite or point.values is None or point.is_scalar(output):
        return with_limits(point, output, wrt, blocks)
    found, value = [np.array(block) for block in blocks], point.values[output]
    for at in islice(np.ndindex(*value.shape), MOST):
        seed = np.zeros(value.shape)
        seed[at] = 1.0
        own = [float(block[at]) if block[at].ndim == 0 else block[at] for block in found]
        for block, one in zip(found, with_limits(point, output, wrt, own, seed), strict=True):
            block[at] = one
    return found


def along_with_limits(point: Point, output: int, moves: Mapping[int, Any], slope: Any) -> Any:
    """The same of a derivative along directions, by node."""
    if point.is_finite or slope.__class__ is not float or point.values is None:
        return slope
    (own,) = gradients(point, [output], list(moves))
    limits = with_limits(point, output, list(moves), own)
    if all(one is other for one, other in zip(own, limits, strict=True)):
        return slope
    return sum(map(_product_sum, limits, moves.values()))


def blocks_with_limits(first: Sequence[Any], slopes: Sequence[Any], blocks: Sequence[Sequence[Any]]) -> Any:
    """Second derivatives, with nan by what has another first derivative among the `slopes` with limits."""
    changed = [own is not other for own, other in zip(first, slopes, strict=True)]
    if not any(changed):
        return blocks
    with np.errstate(all="ignore"):
        moved = [np.asarray(other) != np.asarray(own) for own, other in zip(first, slopes, strict=True)]
    found = [
        [
            np.where(np.logical_or.outer(down, across), nan, block)
            for across, block in zip(moved, row, strict=True)
        ]
        for down, row in zip(moved, blocks, strict=True)
    ]
    return [[one if one.ndim else float(one) for one in row] for row in found]


def times_with_limits(first: Sequence[Any], slopes: Sequence[Any], products: Sequence[Any]) -> list[Any]:
    """The same of second derivatives along a direction: nan, where any first derivative is another one."""
    if all(own is other for own, other in zip(first, slopes, strict=True)):
        return [*products]
    return [one * nan for one in products]


def limit_nearby(
    point: Point,
    output: int,
    node: int,
    own: float = 0.0,
    second: bool = False,
    place: tuple[int, ...] = (),
    seed: Any = None,
) -> float | None:
    """What the derivatives of a number, or of the sum of an array, with the weights of a seed, by
    an input go to that is one, or by an element of it, or the second ones; None where they go nowhere, or to
    its `own`."""
    if not place and not point.is_scalar(node):
        return None
    scalar = point.is_scalar(output)
    if seed is None:
        seed = 1.0 if scalar else point.algebra.ones(shape=point.algebra.shape(point.values[output]))
    ways = _Nearby(point, output, seed, second).ways(node, place)
    if not ways or UNKNOWN in ways or all(_goes_to(way, own) for way in ways):
        return None
    ends = [end for way in ways for end in way[1:]]
    return ways[0][-1] if max(ends) - min(ends) <= ALIKE * abs(ends[0]) else None


def sides_nearby(point: Point, output: int, node: int, own: float) -> list[float]:
    """The second derivatives of a number on the sides, by an input that is one, where one does not go to its
    `own`; nan where the first ones go elsewhere. Empty where all is as it should be, or they go nowhere."""
    ways, curves = (_Nearby(point, output, 1.0, second).ways(node, ()) for second in (False, True))
    if not ways or len(ways) != len(curves) or UNKNOWN in ways or UNKNOWN in curves:
        return []
    slope = float(gradients(point, [output], [node])[0][0])
    if not all(_goes_to(way, slope) for way in ways):
        return [nan]
    return [] if all(_goes_to(way, own) for way in curves) else [way[-1] for way in curves]


class _Nearby:
    """Derivatives of a number, or of the sum of an array's elements, each times that of the seed, at points
    near one: first ones, or second ones."""

    def __init__(self, point: Point, output: int, seed: Any, second: bool = False) -> None:
        self.point, self.output, self.seed, self.second = point, output, seed, second
        self._names = {node: name for name, node in point.program.inputs.items()}
        self._value = _total(point.values[output], seed)

    def limit(
        self, node: int, place: tuple[int, ...], own: float, beside: Sequence[tuple[int, ...]] = ()
    ) -> float:
        """What the derivative by an input, or by one of its elements, is instead of its `own`; `beside` it
        are others that meet inf, too."""
        if not isfinite(self._value) or node not in self._names:
            if self.seed.__class__ is not float or not _is_only_beyond(self.point, self.output, bool(own)):
                return nan
            told = list[int]()
            gradients(self.point, [self.output], [node], zeroed=told)
            return nan if told and not own else own
        ways = self.ways(node, place, beside)
        if all(way is UNKNOWN or _goes_to(way, own) for way in ways):
            return own
        if UNKNOWN in ways:
            return nan
        ends = [end for way in ways for end in way]
        return sorted(ends)[len(ends) // 2] if max(ends) - min(ends) <= SAME * abs(ends[0]) else nan

    def ways(
        self, node: int, place: tuple[int, ...], beside: Sequence[tuple[int, ...]] = ()
    ) -> list[list[float]]:
        """Derivatives ever nearer to the point, on each side where there are some, and the function does not
        jump."""
        if node not in self._names:
            return []
        return [way for sign in (1.0, -1.0) if (way := self._way(node, place, sign, beside))]

    def _way(
        self, node: int, place: tuple[int, ...], sign: float, beside: Sequence[tuple[int, ...]]
    ) -> list[float]:
        found, total = list[float](), self._value
        for step, part in enumerate(NEAR_FOR_SECOND if self.second else NEAR):
            moved = _moved(self.point.inputs[self._names[node]], place, sign * part, step, beside)
            inputs = {**self.point.inputs, self._names[node]: moved}
            told = list[int]()
            try:
                there = Point(self.point.of, inputs, self.point.of.values(inputs))
                slope = self._slope(there, node, place, told)
            except CgError:
                return []
            total = _total(there.values[self.output], self.seed)
            if not isfinite(slope) or not isfinite(total):
                return []
            if told:
                return UNKNOWN
            found.append(slope)
        return found if abs(total - self._value) <= ALIKE * max(1.0, abs(self._value)) else []

    def _slope(self, there: Point, node: int, place: tuple[int, ...], told: list[int]) -> float:
        """The derivative at another point; `told` gets the nodes where an exact 0 has won there."""
        if self.second:
            found = hessian(there, self.output, {self._names[node]: node}, told)[0][0]
        else:
            found = gradients(there, [self.output], [node], zeroed=told, seed=self.seed)[0][0]
        return float(found[place + place if self.second else place] if place else found)


def _moved(
    base: Any, place: tuple[int, ...], part: float, step: int, beside: Sequence[tuple[int, ...]]
) -> Any:
    """An input moved by a part of its size, or of 1; or an element of it, and those beside it in other
    proportions at each step."""
    if not place:
        return float(base) + part * max(abs(float(base)), 1.0)
    moved = base.copy()
    shares = [1.0, *(0.3 + (7 * count + 4 * step) % 11 / 11 for count in range(len(beside)))]
    for one, share in zip((place, *beside), shares, strict=True):
        own = float(base[one])
        moved[one] = own + part * share * max(abs(own), 1.0)
    return moved


def _is_only_beyond(point: Point, output: int, or_nan: bool) -> bool:
    """Whether a value is not finite only for the range of doubles, `or_nan`."""
    if or_nan and point.values[output] != point.values[output]:
        return True
    from cgcli.algebras.wide import WIDE

    wide = point.wide()
    return bool(wide) and bool(WIDE.finite(wide[output]))


def _goes_to(way: Sequence[float], limit: float) -> bool:
    off = [abs(one - limit) for one in way]
    return off[-1] <= max(NEARER * off[0], ALIKE * abs(limit))


def _total(value: Any, seed: Any) -> float:
    """The sum of an array's elements, each times that of the seed."""
    if value.__class__ is float:
        return value * float(seed) if seed else 0.0
    return _product_sum(value, seed)


def _product_sum(value: Any, share: Any) -> float:
    """The sum of products, in which a share of 0 takes nothing of whatever it is."""
    with np.errstate(all="ignore"):
        return float(np.sum(np.where(np.equal(share, 0), 0.0, value * share)))
