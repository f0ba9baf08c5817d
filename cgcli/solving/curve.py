"""One equation in one unknown, at many points at once."""

from __future__ import annotations

from functools import partial
from math import inf, nan
from time import monotonic

import numpy as np

from cgcli.algebras.symbols import Symbols
from cgcli.annotations import Any, Callable
from cgcli.ending import Ending
from cgcli.errors import OperationError
from cgcli.evaluation.prepared import Prepared
from cgcli.passes.derive import backward
from cgcli.solving.branched import function_of
from cgcli.solving.function import Sketch

# The smallest double.
LEAST = 2.0**-1074

# Points around one, in units of its last place, at which rounding is looked for.
AROUND = np.array([0.0, 3.0, -5.0, 11.0, -17.0])


class Curve:
    """`left - right` of one equation, and its slope, at many points at once.

    seconds         that a search may take
    evaluations     at how many points
    rounds          how often, at many at once
    zeros           the ranges, as pairs of ends, in which it is exactly 0
    is_late         whether the time is over, so that there may be more roots
    is_crowded      whether there are too many changes of sign to look at
    is_whole        whether it was looked at as closely as it asks for
    fine            between points that are closer, what is not foretold may be rounding
    """

    def __init__(
        self, prepared: Prepared, name: str, seconds: float = inf, ending: Ending | None = None
    ) -> None:
        """The outputs of the program are both sides; a search takes so many seconds at most, and no longer
        than until it is ended. Raises `CgError` for shapes that do not match."""
        self.name, self.evaluations, self.rounds = name, 0, 0
        self.zeros: list[tuple[float, float]] = []
        self.fine = 0.0
        self.is_whole, self.is_late, self.is_crowded = True, False, False
        self._begin, self.seconds, self._ending = monotonic(), seconds, ending
        self.function = function_of(prepared, {name: ()}, self._nodes, [])

    def _nodes(self, sketch: Sketch) -> list[int]:
        left, right = (output.node for output in sketch.program.outputs)
        symbols: Any = Symbols(sketch.graph, sketch.shapes)

        def derived() -> list[int]:
            of = symbols.node(symbols.value(left) - symbols.value(right))
            return [left, right, *backward(symbols, of, sketch.program.nodes([self.name]))]

        found: list[int] = sketch.of.run(derived)
        return found

    def __call__(self, points: Any) -> tuple[Any, Any]:
        """Values and slopes."""
        self.evaluations, self.rounds = self.evaluations + len(points), self.rounds + 1
        left, right, slope = self._columns(points, self.function)
        return np.asarray(left - right, float), np.asarray(slope, float)

    def signed(self, points: Any) -> tuple[Any, Any]:
        """The same; of values that are too small for a double the smallest one, with their sign."""
        found, slope = self(points)
        zeros = np.flatnonzero(found == 0)
        if len(zeros):
            exact = self.exact(points[zeros])
            found[zeros] = np.where(np.abs(exact) < LEAST, np.sign(exact) * LEAST, 0.0)
        return found, slope

    def is_over(self, part: float = 1.0) -> bool:
        """Whether that part of the time has passed, or the search is to end, which is noted."""
        ended = self._ending is not None and self._ending.ended is not None
        over = ended or monotonic() - self._begin > part * self.seconds
        self.is_late = self.is_late or over
        return over

    def rounding(self, points: Any, values: Any) -> Any:
        """What values at points are off by: the most beside each of them, as it may be nothing by chance."""
        found = np.abs(np.asarray(self.exact(points) - values, float))
        for ulps in AROUND[1:]:
            beside = points + ulps * np.spacing(np.abs(points))
            off = np.abs(np.asarray(self.exact(beside) - self(beside)[0], float))
            found = np.fmax(found, off)
        return found

    def exact(self, points: Any) -> Any:
        """Values with more digits than doubles have."""
        self.evaluations += len(points)
        left, right, *_ = self._columns(points, partial(self.function.wide, first=2))
        return left - right

    def _columns(self, points: Any, function: Callable[..., Any]) -> list[Any]:
        """What a function makes of the points; nan where it cannot, as at a matrix that is singular."""
        if not len(points):
            return [np.empty(0)] * 3
        parts, waiting = list[Any](), [points]
        while waiting:
            some = waiting.pop()
            try:
                found = function({}, {self.name: some}, len(some))
            except OperationError:
                if len(some) > 1:
                    waiting += [some[len(some) // 2 :], some[: len(some) // 2]]
                    continue
                found = [nan] * 3
            parts.append([self.function.numbers(value, len(some), ()) for value in found])
        return parts[0] if len(parts) == 1 else [np.concatenate(column) for column in zip(*parts)]
