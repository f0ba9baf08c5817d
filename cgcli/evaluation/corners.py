"""Second derivatives where operations are at a corner (`ops.corners`): along a direction each is that of one
side, and there is one where all sides have the same, as of abs(x)^2 at 0."""

from __future__ import annotations

from itertools import accumulate
from math import prod

from cgcli.annotations import Any, Callable, Mapping, Sequence
from cgcli.evaluation.specialised import Point
from cgcli.later import np
from cgcli.passes.corners import cornered

# How directions by node go over into how the gradient moves along them.
Along = Callable[[Mapping[int, Any]], list[Any]]

# Sides are the same up to this part of what is found, or of the largest of all.
SAME, NOTHING = 1e-7, 1e-12

# First derivatives are the same but for rounding, along so many directions more.
ROUNDED, WAYS = 1e-13, 4

# The same directions in every run.
SEED = 20240229


def corners_at(point: Point, output: int, wrt: Sequence[int]) -> list[int]:
    """The nodes at a corner that an output depends on, and that depend on some nodes."""
    active, ops = point.of.active(wrt), point.graph.ops
    needed = [node for node in point.of.needed([output]) if active[node] and ops[node].corner is not None]
    found: list[int] = point.run(cornered, point.graph, point.algebra, point.values, needed) if needed else []
    return found


def jumps_cancel(
    point: Point, wrt: Sequence[int], corners: Sequence[int], slopes: Callable[[], Any], along: Along
) -> bool:
    """Whether operations at corners have jumps in their slopes that are not multiplied by 0, as the `slopes`
    of a number by nodes say, and that leave its first derivatives, which are found `along` directions, the
    same on all sides all the same: those of softplus, written as max(x, 0) + log1p(exp(-abs(x))), at 0."""
    ops = [point.graph.ops[node] for node in corners]
    if not ops or any(op.corner.pull or op.corner.push for op in ops):
        return False
    found = slopes()
    if not any(point.algebra.largest(found.get(node, 0.0)) for node in corners):
        return False
    parts = _Parts(point, wrt)
    more = np.random.default_rng(SEED).normal(size=(WAYS, parts.ends[-1]))
    ways = [way * sign for way in (*_directions(parts.ends[-1]), *more) for sign in (1.0, -1.0)]
    with np.errstate(all="ignore"):
        sides = [np.concatenate([np.ravel(one) for one in along(parts.split(way))]) for way in ways]
        size = np.max(np.abs(sides), axis=0)
        return all(bool(np.all(np.abs(side - sides[0]) <= ROUNDED * size)) for side in sides)


def product_of_all_sides(
    point: Point, wrt: Sequence[int], direction: Mapping[int, Any], along: Along
) -> list[Any]:
    """What is found `along` a direction, the Hessian times this; nan where it is another on other sides, as
    directions beside it tell."""
    parts = _Parts(point, list(dict.fromkeys((*direction, *wrt))))
    given = [direction.get(node, np.zeros(shape)) for node, shape in parts.shapes.items()]
    v = np.concatenate(list(map(np.ravel, given)))
    first = along(direction)

    def flat(moving: Any) -> Any:
        return np.concatenate([np.ravel(one) for one in along(parts.split(moving))])

    with np.errstate(all="ignore"):
        found = np.concatenate([np.ravel(one) for one in first])
        good = _same(flat(-v), -found)
        for r in _directions(v.size):
            own = flat(r)
            good &= _same(flat(-r), -own) & _same(flat(v + r), found + own, found, own)
    start, result = 0, []
    for one in first:
        size = np.size(one)
        own = np.where(good[start : start + size], np.ravel(one), np.nan).reshape(np.shape(one))
        result.append(own if own.ndim else float(own))
        start += size
    return result


def of_all_sides(
    point: Point, nodes: Sequence[int], blocks: Any, opposites: Any, along: Along
) -> list[list[Any]]:
    """Blocks of a Hessian, by node how the gradient moves along each of its unit directions; with nan where
    it does not move as linear functions do, along the `opposites` and `along` sums of directions."""
    parts = _Parts(point, nodes)

    def matrix(of: Any) -> Any:
        """A row for each direction, a column for each element of the gradient."""
        rows = zip(parts.sizes, of, strict=True)
        return np.block([[np.reshape(one, (size, -1)) for one in row] for size, row in rows])

    with np.errstate(all="ignore"):
        found = matrix(blocks)
        good = np.all(_same(found, -matrix(opposites)), axis=0)
        for r in _directions(len(found)):
            terms = r[:, np.newaxis] * found
            for sign in (1.0, -1.0):
                moved = np.concatenate([np.ravel(one) for one in along(parts.split(sign * r))])
                good &= _same(moved, sign * np.sum(terms, axis=0), *terms)
        found = np.where(good, found, np.nan)
    found = np.where(np.isnan(found.T), np.nan, found)
    rows = np.split(found, parts.ends[:-1], axis=0)
    return [
        [one.reshape(*own, *shape) if own or shape else float(one[0, 0]) for one, shape in parts.columns(row)]
        for row, own in zip(rows, parts.shapes.values(), strict=True)
    ]


class _Parts:
    """What nodes are differentiated by, as parts of one vector."""

    def __init__(self, point: Point, nodes: Sequence[int]) -> None:
        self.shapes = {node: point.algebra.shape(point.values[node]) for node in nodes}
        self.sizes = list(map(prod, self.shapes.values()))
        self.ends = list(accumulate(self.sizes))

    def split(self, vector: Any) -> dict[int, Any]:
        """A vector by node."""
        found = {}
        for (node, shape), end, size in zip(self.shapes.items(), self.ends, self.sizes, strict=True):
            own = vector[end - size : end]
            found[node] = own.reshape(shape) if shape else float(own[0])
        return found

    def columns(self, rows: Any) -> Any:
        return zip(np.split(rows, self.ends[:-1], axis=1), self.shapes.values(), strict=True)


def _directions(count: int) -> list[Any]:
    """Of which each element is far above any other one in some, and far below in others."""
    random = np.random.default_rng(SEED)
    sizes = random.normal(size=count) * 10 ** random.uniform(-1, 1, size=count)
    return [sizes, sizes[::-1], np.roll(sizes, count // 2)] if count > 2 else [sizes, sizes[::-1]]


def _same(x: Any, y: Any, *terms: Any) -> Any:
    """Whether elements are the same, but for what rounding may make of terms."""
    size = sum((np.abs(term) for term in terms), np.abs(x) + np.abs(y))
    least = NOTHING * np.max(size, where=np.isfinite(size), initial=0.0)
    return (x == y) | (np.abs(x - y) <= np.maximum(SAME * size, least))
