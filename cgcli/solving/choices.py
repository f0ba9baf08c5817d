"""Minima where a branch is taken or not: `if x > 1 then x - 1 else 1 - x` is max(x - 1, 1 - x) around there.

What a choice chooses is the greater of its operands, or the lesser, wherever it bends upwards, or downwards,
without a jump; so that what is known of corners (`kinks`) holds there. Whether it is so is seen from values.
"""

from __future__ import annotations

import numpy as np

from cgcli.annotations import Any, Iterator
from cgcli.diagnostics import CgError
from cgcli.ending import Ended
from cgcli.solving.kinks import FIRST, AtCorners
from cgcli.solving.maxima import Maxima
from cgcli.solving.minimizing import FALLS, Minimum
from cgcli.solving.outcome import Watch, nobody
from cgcli.solving.search import MOST
from cgcli.solving.smooth import Smooth

# How often choices are looked at again, where the search has ended.
ROUNDS = 4

# How far around a point values are compared, as parts of the sizes of unknowns, and how often.
RADII, DIRECTIONS = (1e-3, 1e-5, 1e-7), 4

# Values of both that differ by less, as a part of the largest, are the same.
SAME = 1e-12


class Runs:
    """A search from a start, and what follows it where choices are made."""

    def __init__(
        self, smooth: Smooth, most: int | None, tolerance: float | None, watch: Watch = nobody
    ) -> None:
        self._smooth, self._most, self._tolerance, self._watch = smooth, most or MOST, tolerance, watch
        self._run: AtCorners
        self._found: Minimum | None = None
        self._before = 0

    def minimum(self, start: Any, method: str) -> Minimum:
        """As `minimizing.Run.minimum`."""
        smooth, vector, most = self._smooth, start, self._most
        has_choices = bool(choices(smooth, start))
        for turn in range(ROUNDS):
            found = self._next(smooth, vector, method, min(most, FIRST) if has_choices else most)
            if not has_choices or found.converged or found.reason == FALLS or self._before >= most:
                return found
            other = _maxima(smooth, found.vector)
            if other is None:
                break
            again = self._next(other, found.vector, method, most - self._before)
            if again.converged and not _is_same(smooth, other, again):
                again.converged, again.reason = False, "a jump of the objective is met on the way"
            if again.converged:
                return again
            if turn and not again.point.value < found.point.value:
                break
            vector = again.vector
        return (
            found if self._before >= most else self._next(smooth, found.vector, method, most - self._before)
        )

    def _next(self, smooth: Smooth, vector: Any, method: str, most: int) -> Minimum:
        """What is found in so many steps from where the one before has ended."""
        before = self._before

        def watch(step: int, vector: Any, figures: dict[str, float]) -> None:
            self._watch(before + step, vector, figures)

        self._run = AtCorners(smooth, most, self._tolerance, watch)
        found = self._run.minimum(vector, method)
        self._before += found.iterations
        found.iterations = self._before
        self._found = found
        return found

    def ended(self, end: Ended) -> Minimum:
        """As `minimizing.Run.ended`."""
        found = self._run.ended(end)
        before = self._found
        if before is None or found.point.value < before.point.value:
            found.iterations += self._before
            return found
        before.converged, before.reason = False, end.reason
        return before


def choices(smooth: Smooth, vector: Any) -> list[int]:
    """The nodes of the objective that choose by the unknowns."""
    try:
        of, _, pulls = smooth.pulls(vector)
    except CgError:
        return []
    graph = of.graph
    moved = graph.dependents([of.program.inputs[name] for name in smooth.names])
    return [
        node for node in pulls
        if node < len(graph) and graph.ops[node].name == "where" and moved[graph.args[node][0]]
    ]  # fmt: skip


def _around(smooth: Smooth, vector: Any) -> Iterator[Any]:
    """Points at several distances."""
    random = np.random.default_rng(2)
    typical = np.maximum(np.abs(vector), np.abs(smooth.unknowns.start))
    typical = np.maximum(typical, 1e-3 * np.max(typical, initial=0.0))
    typical = np.where(typical > 0, typical, 1.0)
    for radius in RADII:
        for _ in range(DIRECTIONS):
            step = radius * typical * random.normal(size=len(vector))
            yield smooth.unknowns.clipped(vector + step)
            yield smooth.unknowns.clipped(vector - step)


def _maxima(smooth: Smooth, vector: Any) -> Smooth | None:
    """The problem with choices that are the greater or the lesser of their operands around a vector as these;
    None where there are none."""
    nodes = choices(smooth, vector)
    found: dict[int, list[Any]] = {}
    try:
        of = smooth.pulls(vector)[0]
        for point in (vector, *_around(smooth, vector)):
            other, values, _ = smooth.pulls(point)
            if other is not of:
                return None
            for node in nodes:
                first, second = (np.asarray(values[one], float) for one in of.graph.args[node][1:])
                chosen = np.asarray(values[node], float)
                off = SAME * np.maximum(np.abs(first), np.abs(second))
                sides = chosen >= np.maximum(first, second) - off, chosen <= np.minimum(first, second) + off
                before = found.get(node, sides)
                found[node] = [one & two for one, two in zip(before, sides, strict=True)]
    except CgError:
        return None
    known = {node: (up & ~down, down & ~up) for node, (up, down) in found.items() if (up != down).any()}
    return smooth.beside(Maxima(of, known)) if known else None


def _is_same(smooth: Smooth, other: Smooth, found: Minimum) -> bool:
    """Whether both objectives have the same values around a point."""
    size = abs(found.point.value)
    for point in (found.vector, *_around(smooth, found.vector)):
        ours, theirs = smooth.value(point), other.value(point)
        if not abs(ours - theirs) <= SAME * max(size, abs(theirs)):
            return False
    return True
