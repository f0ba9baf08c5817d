"""What a fit says of rows: the model, and the bands around it."""

from __future__ import annotations

from math import prod

import numpy as np

from cgcli.annotations import Any, Mapping, Sequence
from cgcli.evaluation.rows import places
from cgcli.solving.models import Models
from cgcli.solving.statistics import Figures

# The columns for a model, behind those of the data.
COLUMNS = (
    "fit",
    "residual",
    "fit_error",
    "confidence_low",
    "confidence_high",
    "prediction_low",
    "prediction_high",
)

# A gradient that has less than this part of a direction along which nothing is known does not see it.
BLIND = 1e-9


def columns(shapes: Sequence[tuple[int, ...]], residuals: bool) -> list[str]:
    """What the columns are called, numbered where several models fit together."""
    found = []
    for place, shape in enumerate(shapes):
        number = str(place + 1) if len(shapes) > 1 else ""
        kept = [name for name in COLUMNS if residuals or name != "residual"]
        found += [f"{name}{number}{at}" for name in kept for at in places(shape)]
    return found


def predicted(
    models: Models,
    figures: Figures,
    values: Mapping[str, Any],
    rows: Mapping[str, Any],
    count: int,
    shapes: Sequence[tuple[int, ...]],
    residuals: bool,
) -> list[Any]:
    """The columns for so many rows, whose residuals have these shapes."""
    found: list[Any] = []
    for sides, shape in zip(models.at(values, rows, count), shapes, strict=True):
        right = np.asarray(sides.right, float)
        error = np.sqrt(np.sum(np.square(sides.jacobian @ figures.half), axis=1))
        seen = np.abs(sides.jacobian @ figures.directions.T) if len(figures.directions) else np.zeros((1, 1))
        lengths = np.abs(sides.jacobian) @ np.abs(figures.directions.T) if len(figures.directions) else 1.0
        error = np.where((seen > BLIND * lengths).any(axis=-1), np.nan, error)
        quantile = np.nan if figures.quantile is None else figures.quantile
        scatter = np.nan if figures.scale is None else figures.scale * np.asarray(sides.sigma, float)
        near, far = quantile * error, quantile * np.sqrt(error**2 + scatter**2)
        parts = [right, np.asarray(sides.left - sides.right, float)] if residuals else [right]
        parts += [error, right - near, right + near, right - far, right + far]
        for part in parts:
            found += list(part.reshape(-1, prod(shape)).T)
    return found
