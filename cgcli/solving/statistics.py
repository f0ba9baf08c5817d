"""What a fit says of its parameters, and of itself: errors, intervals, correlations, figures of merit."""

from __future__ import annotations

from math import log, pi, sqrt

import numpy as np

from cgcli.annotations import Any
from cgcli.solving import student
from cgcli.solving.fitting import Fit
from cgcli.solving.losses import loss
from cgcli.solving.triangle import Singular, Triangle

# What a direction along which nothing changes has of a parameter that takes no part in it.
APART = 1e-6


class Figures:
    """The figures of a fit at a vector.

    residual_sum, loss_sum      of the squares, and of what was summed instead
    rows, dof       how many residuals, and how many more than parameters; `free` says which these are
    sigma           the standard deviation of a residual, or None
    scale           what errors are multiplied by: sigma, or 1 where the data have theirs
    r_squared, p_value, aic, bic
    undetermined    which parameters the data do not determine
    directions      along which they may move, a row each
    half        what times its transpose is the covariance of all that is determined
    covariance, errors      of all elements, nan where there is none
    quantile        of the distribution that intervals are taken from
    """

    def __init__(self, fit: Fit, vector: Any, level: float, triangle: Triangle | None = None) -> None:
        """The triangle at the vector, where it is known."""
        self.size, absolute = fit.unknowns.size, bool(fit.has_sigma)
        self.level = level
        self._sum(fit, vector, None if fit.loss != "linear" else triangle)
        held = np.array([text is not None for text in fit.unknowns.bound_at(vector)], bool)
        self.free = np.flatnonzero(~held)
        count = len(self.free)
        self.dof = self.rows - count
        self.sigma = sqrt(self.residual_sum / self.dof) if self.dof > 0 else None
        self.scale = 1.0 if absolute else self.sigma
        if fit.loss != "linear":
            self.scale = self._robust()
        self._covariance()
        self.quantile = _quantile(level, None if absolute else self.dof)
        self.p_value = None
        if absolute and self.dof > 0:
            from scipy.special import chdtrc

            self.p_value = float(chdtrc(self.dof, self.residual_sum))
        if absolute:
            score = self.residual_sum + fit.logarithms
        else:
            score = self.rows * (float(np.log(2 * pi * self.residual_sum / self.rows)) + 1)
        parameters = count + (not absolute)
        self.aic, self.bic = score + 2 * parameters, score + log(self.rows) * parameters

    def _sum(self, fit: Fit, vector: Any, triangle: Triangle | None) -> None:
        """Of the residuals, without the weights of a loss: by another pass over the rows, if need be."""
        self.loss_sum = self._psi = self._bend = 0.0
        if triangle is None:
            triangle = Triangle(self.size)
            for _, _, models in fit.sides(vector, fit.is_precise):
                for sides in models:
                    block = sides.block()[sides.counts]
                    triangle.add(block)
                    if fit.loss != "linear":
                        rho, psi, bend = loss(fit.loss, block[:, -1])
                        self.loss_sum += float(np.sum(rho))
                        self._psi += float(np.sum(np.square(psi)))
                        self._bend += float(np.sum(bend))
        self.triangle, self.residual_sum, self.rows = triangle, triangle.total, fit.rows
        self.r_squared = 1 - self.residual_sum / fit.spread if fit.spread > 0 else None

    def _robust(self) -> float | None:
        """P. J. Huber, Robust Statistics (1981), 7.6."""
        bend = self._bend / self.rows
        return sqrt(self._psi / self.dof) / abs(bend) if self.dof > 0 and bend != 0 else None

    def _covariance(self) -> None:
        shape = self.size, self.size
        self.covariance, self.undetermined = np.full(shape, np.nan), np.zeros(self.size, bool)
        singular = Singular(self.triangle.R, self.free)
        directions = singular.null_space()
        self.undetermined[self.free] = (np.abs(directions) > APART).any(axis=0)
        self.directions = np.zeros((len(directions), self.size))
        self.directions[:, self.free] = directions / singular.scales
        self.half = np.full((self.size, singular.rank), 0.0 if self.scale is not None else np.nan)
        self.half[self.free] = singular.half() * (np.nan if self.scale is None else self.scale)
        whole = self.half @ self.half.T
        places = self.free[~self.undetermined[self.free]]
        self.covariance[np.ix_(places, places)] = whole[np.ix_(places, places)]
        self.errors = np.sqrt(np.diagonal(self.covariance))

    @property
    def correlation(self) -> Any:
        found = self.covariance / np.outer(self.errors, self.errors)
        np.fill_diagonal(found, np.where(np.isnan(self.errors), np.nan, 1.0))
        return found

    def intervals(self, vector: Any) -> Any:
        """The two ends of each parameter's interval."""
        reach = self.quantile * self.errors if self.quantile is not None else np.full(self.size, np.nan)
        return np.stack([vector - reach, vector + reach])


def _quantile(level: float, dof: int | None) -> float | None:
    """Student's t of so many degrees of freedom, or the normal's, within which there is so much."""
    upper = (1 + level) / 2
    if dof is None:
        return student.normal(upper)
    return student.quantile(upper, dof) if dof > 0 else None
