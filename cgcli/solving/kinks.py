"""Minima where slopes jump: corners of the objective, or of conditions, become conditions (`epigraph`)."""

from __future__ import annotations

from math import prod

import numpy as np

from cgcli.annotations import Any, Iterator
from cgcli.diagnostics import CgError
from cgcli.ending import Ended
from cgcli.solving.epigraph import AMONG, Epigraph, inner, is_corner, is_one_of_many, pieces
from cgcli.solving.minimizing import FALLS, Minimum, Run
from cgcli.solving.optimality import EXACT, NEAR, Point
from cgcli.solving.outcome import Watch, nobody
from cgcli.solving.rounded import Rounded, apart
from cgcli.solving.search import CONSTRAINED
from cgcli.solving.search import MOST as STEPS
from cgcli.solving.smooth import Smooth

# How often corners are looked for again, where the last ones led to others.
ROUNDS = 3

# Steps of a method before corners are looked for.
FIRST = 200

# More elements of corners are too many for matrices; and from so many on they are rounded off first, ever
# less: beginning with this part of what they are apart, and each time this part of it.
MOST, MANY = 1400, 40
WIDE, NARROWER, NARROWINGS = 0.1, 0.1, 7

# How often what is the greatest of very many is looked for again beside the last minimum.
EXCHANGES = 50

# Corners are near if what they choose from is not farther apart than so many widths of the last rounding.
CLOSE = 1e3

# What is where it is to be: the unknowns in the place of corners are these, as parts of values.
SAME = 1e-10


class AtCorners:
    """A search from a start, and what follows it at corners."""

    def __init__(
        self, smooth: Smooth, most: int | None, tolerance: float | None, watch: Watch = nobody
    ) -> None:
        self.smooth, self._most, self._tolerance, self._watch = smooth, most or STEPS, tolerance, watch
        self._first = Run(smooth, most, tolerance, watch)
        self._found: Minimum | None = None
        self._count = 0

    def minimum(self, start: Any, method: str) -> Minimum:
        """As `minimizing.Run.minimum`; where that ends at a corner, the minimum of what has none."""
        smooth, most = self.smooth, self._most
        if not smooth.corners():
            return self._first.minimum(start, method)
        self._first = Run(smooth, min(most, FIRST), self._tolerance, self._watch)
        found = self._first.minimum(start, method)
        sides = self._beyond(found, method)
        if sides.converged or sides.reason == FALLS or found.iterations < FIRST or sides.iterations >= most:
            return sides
        rest = Run(smooth, most - sides.iterations, self._tolerance, self._seen(sides.iterations))
        found = rest.minimum(sides.vector, method)
        found.iterations += sides.iterations
        return self._beyond(found, method)

    def ended(self, end: Ended) -> Minimum:
        """As `minimizing.Run.ended`."""
        found = self._found
        if found is None:
            return self._first.ended(end)
        found.converged, found.reason, found.iterations = False, end.reason, self._count
        return found

    def _seen(self, before: int) -> Watch:
        """Watches what comes after so many steps, and sees the first unknowns alone."""

        def seen(step: int, vector: Any, figures: dict[str, float]) -> None:
            self._count = before + step
            self._watch(self._count, vector[: self.smooth.unknowns.size], figures)

        return seen

    def _beyond(self, found: Minimum, method: str) -> Minimum:
        """What is found from where a method has ended, by way of the corners there."""
        for _ in range(ROUNDS):
            self._found, self._count = found, found.iterations
            left = self._most - found.iterations
            if found.converged or found.reason == FALLS or left <= 0:
                break
            try:
                seen = self._seen(found.iterations)
                cornered = _Cornered(self.smooth, found.vector)
                if cornered.count > MANY and (method == "auto" or method in CONSTRAINED):
                    found = self._rounded(found, cornered, left)
                    cornered = _Cornered(self.smooth, found.vector, cornered.width)
                    left = max(self._most - found.iterations, 1)
                    seen = self._seen(found.iterations)
                again = cornered.minimum(found, method, left, self._tolerance, seen)
            except CgError:
                break
            if again is None:
                break
            moved = not np.array_equal(again.vector, found.vector)
            if again.converged or _is_better(again.point, found.point):
                again.iterations += found.iterations
                found = again
            if not moved:
                break
        return found

    def _rounded(self, found: Minimum, cornered: _Cornered, most: int) -> Minimum:
        """Where the minima lead of the problem whose corners are rounded off, if that is better."""
        run = Run(self.smooth, most, self._tolerance, self._seen(found.iterations))
        vector = found.vector
        for smooth in cornered.rounded():
            vector = run.neighbour(smooth, vector)
        other = run.judged(found.method, vector)
        other.iterations += found.iterations
        if other.converged or _is_better(other.point, found.point):
            return other
        found.iterations = other.iterations
        return found


def _is_better(point: Point, other: Point) -> bool:
    broken, before = (max(one.broken - EXACT, 0.0) for one in (point, other))
    return (broken, point.value) < (before, other.value)


class _Cornered:
    """A problem near a vector, as one without the corners there that bend upwards."""

    def __init__(self, smooth: Smooth, vector: Any, width: float | None = None) -> None:
        """Where corners have been rounded off by a width, those that are farther away are left alone."""
        self.smooth = smooth
        self._of, self._values, self._pulls = smooth.pulls(vector)
        self._near = np.inf if width is None else CLOSE * width
        self.count = 0
        self._chosen = self._bent()
        self.width = self._width() * NARROWER ** (NARROWINGS - 1) if self._chosen else 0.0

    def _width(self) -> float:
        """How wide corners are to be rounded off at first."""
        gaps = np.concatenate([np.ravel(apart(self._of, node, self._values)) for node in self._chosen])
        gaps = gaps[np.isfinite(gaps) & (gaps > 0)]
        return WIDE * float(np.mean(gaps)) if len(gaps) else 1e-6

    def rounded(self) -> Iterator[Smooth]:
        """The problem with its corners rounded off, ever less."""
        for turn in reversed(range(NARROWINGS)):
            width = self.width / NARROWER**turn
            yield self.smooth.beside(Rounded(self._of, self._chosen, width))

    def _bent(self) -> dict[int, Any]:
        """The corners that what is minimised grows with, such as abs(x) or -min(x, y), and which of their
        elements."""
        graph, shapes = self._of.graph, self._of.shapes()
        found: dict[int, Any] = {}
        within: set[int] = set()
        uses: dict[int, int] = {}
        for node in range(len(graph)):
            for operand in map(graph.behind, graph.args[node]):
                uses[operand] = uses.get(operand, 0) + 1
        for node in sorted(self._pulls, reverse=True):
            if node >= len(graph) or node in within or not is_corner(graph, shapes, node):
                continue
            pull = graph.ops[node].corner.up * np.asarray(self._pulls[node], float)
            near = apart(self._of, node, self._values) <= self._near
            which = (pull > 0) & near
            if not which.any():
                continue
            operand = pieces(graph, node)[0][0]
            if is_one_of_many(graph, node, self._values):
                self.count += AMONG
                found[node] = True
                within |= {one for one in inner(graph, node) if uses[one] == 1}
                continue
            is_whole = np.ndim(which) == 0 and shapes[operand] != ()
            self.count += prod(shapes[operand]) if is_whole else int(which.sum())
            found[node] = True if which.all() else which
            within |= {one for one in inner(graph, node) if uses[one] == 1}
        return found

    def minimum(
        self, before: Minimum, method: str, most: int, tolerance: float | None, watch: Watch
    ) -> Minimum | None:
        """None where there is no corner, or too many; a method that takes no constraints is not gone on
        with."""
        if not self._chosen or self.count > MOST:
            return None
        smooth, size = self.smooth, self.smooth.unknowns.size
        vector, values, count = before.vector, self._values, 0
        among: dict[tuple[int, int], Any] = {}
        for _ in range(EXCHANGES):
            epigraph = Epigraph(self._of, self._chosen, values, among)
            other = smooth.beside(epigraph)
            start = np.concatenate([vector, other.unknowns.start[size:]])
            run = Run(other, most - count, tolerance, watch)
            found = run.judged(before.method, start)
            if not found.converged and (method == "auto" or method in CONSTRAINED):
                found = run.minimum(start, method)
            count += found.iterations
            was_one, found = found.converged, self._here(found, other)
            found.iterations = count
            if not epigraph.is_part or found.converged or not was_one or count >= most:
                break
            vector = found.vector
            of, values, _ = smooth.pulls(vector)
            if of is not self._of:
                break
        return found

    def _here(self, found: Minimum, other: Smooth) -> Minimum:
        """What was found, as of the problem with its corners."""
        smooth, vector = self.smooth, found.vector[: self.smooth.unknowns.size]
        point, theirs = Point(smooth, vector, NEAR), found.point
        general, bounds = smooth.general, smooth.count - smooth.general
        point.multipliers[:general] = theirs.multipliers[:general]
        point.multipliers[general:] = theirs.multipliers[other.count - bounds :]
        point.residual = theirs.residual
        size = max(abs(point.value), abs(theirs.value), 1e-300)
        if found.converged:
            if point.broken > EXACT or not point.value <= theirs.value + SAME * size:
                found.converged, found.reason = False, "a corner of the objective is met on the way"
            else:
                texts = list(dict.fromkeys(one.text for one in self._texts(other)))
                found.reason += f", on all sides of the corner of `{texts[0]}`"
        found.vector, found.point, found.corners = vector, point, (other, theirs)
        return found

    def _texts(self, other: Smooth) -> list[Any]:
        own = len(self.smooth.slacks)
        general = [slack for slack in self.smooth.slacks if slack.part.stop <= self.smooth.general]
        return [
            slack.condition for slack in other.slacks[len(general) : len(other.slacks) - own + len(general)]
        ]
