"""The mean of a program that runs over rows, each of which takes its path."""

from __future__ import annotations

from math import isfinite

import numpy as np

from cgcli.annotations import Any, Mapping
from cgcli.evaluation.paths import Path
from cgcli.evaluation.prepared import Prepared
from cgcli.solving.branched import Branches, rows_of
from cgcli.solving.function import Sketch
from cgcli.training.loss import MeanLoss


def loss_of(prepared: Prepared, cells: Mapping[str, tuple[int, ...]], parameters: Mapping[str, Any]) -> Any:
    """A `MeanLoss`, or of a program with paths one that has the same methods. Raises as that."""
    if prepared.paths is None:
        return MeanLoss(prepared, cells, parameters)
    return BranchedLoss(prepared, cells, parameters)


class BranchedLoss:
    """As `MeanLoss`."""

    note: Any = None

    def __init__(
        self, prepared: Prepared, cells: Mapping[str, tuple[int, ...]], parameters: Mapping[str, Any]
    ) -> None:
        def made(path: Path, sketch: Sketch) -> MeanLoss:
            return MeanLoss(path.prepared, cells, parameters)

        MeanLoss(prepared, cells, parameters)  # which says what is wrong
        self.names = list(cells)
        self._branches = Branches(prepared.paths, cells, list(parameters), made)

    def gradient(
        self, parameters: Mapping[str, Any], columns: Mapping[str, Any], count: int
    ) -> tuple[float, dict[str, Any]]:
        mean, seen = 0.0, 0
        found: dict[str, Any] = {}
        for loss, rows in self._branches.split(parameters, columns, count):
            own, slopes = loss.gradient(parameters, rows_of(columns, rows), len(rows))
            part, self.note = len(rows) / count, self.note or loss.note
            mean, seen = mean + part * own, seen + len(rows)
            for name, slope in slopes.items():
                found[name] = found.get(name, 0.0) + part * np.asarray(slope)
        return (mean, found) if isfinite(mean) and seen == count else (np.nan, {})

    def total(self, parameters: Mapping[str, Any], columns: Mapping[str, Any], count: int) -> float:
        total, seen = 0.0, 0
        for loss, rows in self._branches.split(parameters, columns, count):
            total += loss.total(parameters, rows_of(columns, rows), len(rows))
            seen += len(rows)
        return total if seen == count else np.nan
