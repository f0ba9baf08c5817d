"""Weighted means of data, and what they scatter by."""

from __future__ import annotations

import numpy as np

from cgcli.annotations import Any


class Mean:
    """A weighted mean, and the weighted squares of deviations from it, block by block: T. F. Chan, G. H.
    Golub and R. J. LeVeque, The American Statistician 37 (1983) 242-247."""

    def __init__(self) -> None:
        self.weight = self.mean = self.squares = 0.0

    def add(self, values: Any, sigma: Any) -> None:
        """Values, and the standard deviation of each, or of all."""
        if not len(values):
            return
        if sigma.__class__ is float:
            weight, mean = len(values) / sigma**2, float(np.mean(values))
            squares = float(np.sum(np.square(values - mean))) / sigma**2
        else:
            weights = 1 / np.square(np.asarray(sigma, float))
            weight = float(np.sum(weights))
            mean = float(np.sum(weights * values)) / weight
            squares = float(np.sum(weights * np.square(values - mean)))
        apart, total = mean - self.mean, self.weight + weight
        self.squares += squares + apart * apart * self.weight * weight / total
        self.mean += apart * weight / total
        self.weight = total
