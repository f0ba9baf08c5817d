"""How a minimum moves with what was held fixed: by the implicit function theorem on the conditions of first
order, of which those that are active stay so.

A. V. Fiacco, "Introduction to sensitivity and stability analysis in nonlinear programming" (1983).
"""

from __future__ import annotations

import numpy as np

from cgcli.annotations import Any, Callable, Sequence
from cgcli.evaluation.packing import Packing, blocks
from cgcli.solving.optimality import EXACT, Point
from cgcli.solving.smooth import Smooth


class Sensitivity:
    """Derivatives of the minimum by inputs.

    unknowns    by unknown and input, arrays of the axes of both; None where they cannot be told
    minimum     of the least value, by input
    reason      why something cannot be told, or ""
    """

    def __init__(self, smooth: Smooth, point: Point, held: Sequence[str], names: Sequence[str]) -> None:
        """`names` are those of the unknowns that are told of."""
        self.reason = ""
        weights = -point.multipliers
        slopes, moving = smooth.by(point.vector, weights, held)
        others = Packing({name: np.shape(smooth.known[name]) for name in held})
        self.minimum = others.split(slopes)
        found = None
        if point.broken <= EXACT:
            found = self._moved(smooth, point, held, weights, moving)
        if found is None:
            self.reason = (
                "how the unknowns move cannot be told: the system of the conditions is singular there"
            )
            self.unknowns: dict[str, Any] = {name: dict.fromkeys(held) for name in names}
            return
        parts = blocks(found, smooth.unknowns.packing, others)
        self.unknowns = {name: parts[name] for name in names}

    def _moved(self, smooth: Smooth, point: Point, held: Sequence[str], weights: Any, moving: Any) -> Any:
        """The derivatives of the vector, a row an element; None where the system is singular."""
        pulling = smooth.equations[point.active] | (point.multipliers[point.active] > 0)
        active = point.active[pulling]
        rows = point.rows[pulling]
        matrix = smooth.hessian(point.vector, weights)
        cross = smooth.second(point.vector, weights, smooth.names, held)
        size, count = len(point.vector), len(active)
        whole = np.zeros((size + count, size + count))
        whole[:size, :size], whole[:size, size:], whole[size:, :size] = matrix, -rows.T, rows
        right = -np.concatenate([cross, moving[active]])
        scale = np.abs(whole).max(axis=1)
        if not (np.isfinite(whole).all() and np.isfinite(right).all() and (scale > 0).all()):
            return None
        whole, right = whole / scale[:, None], right / scale[:, None]
        if np.linalg.cond(whole) > 1e13:
            return None
        return np.linalg.solve(whole, right)[:size]

    def lines(self, text: Callable[[Any], str]) -> list[str]:
        """What to say of each derivative."""
        found = [f"d minimum/d{name} = {text(value)}" for name, value in self.minimum.items()]
        for name, parts in self.unknowns.items():
            found += [f"d{name}/d{other} = {text(part)}" for other, part in parts.items() if part is not None]
        return found
