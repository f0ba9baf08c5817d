"""What a fit says of its parameters, and of itself: errors, intervals, correlations, figures of merit."""

from __future__ import annotations

from math import log, pi, sqrt

import numpy as np

from cgcli.annotations import Any
from cgcli.solving import student
from cgcli.solving.fitting import Fit, scaled
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

    @np.errstate(all="ignore")
    def __init__(self, fit: Fit, vector: Any, level: float) -> None:
        self.size, absolute = fit.unknowns.size, bool(fit.has_sigma)
        self.level = level
        self._sum(fit, vector)
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
            score = self.residual_sum + self._logs
        else:
            score = self.rows * (float(np.log(2 * pi * self.residual_sum / self.rows)) + 1)
        parameters = count + (not absolute)
        self.aic, self.bic = score + 2 * parameters, score + log(self.rows) * parameters

    def _sum(self, fit: Fit, vector: Any) -> None:
        """Pass over the rows once more, without the weights of a loss."""
        self.triangle = Triangle(self.size)
        self.loss_sum = self._psi = self._bend = self._logs = 0.0
        means = [_Mean() for _ in range(fit.models.count)]
        for _, _, models in fit.sides(vector, fit.is_precise):
            for sides, mean in zip(models, means, strict=True):
                residuals, jacobian = scaled(sides)
                self.triangle.add(jacobian, residuals)
                sigma = np.broadcast_to(np.asarray(sides.sigma, float), residuals.shape)
                mean.add(np.asarray(sides.left, float), sigma)
                if fit.has_sigma:
                    self._logs += float(np.sum(np.log(2 * pi * np.square(sigma))))
                if fit.loss != "linear":
                    rho, psi, bend = loss(fit.loss, residuals)
                    self.loss_sum += float(np.sum(rho))
                    self._psi += float(psi @ psi)
                    self._bend += float(np.sum(bend))
        self.residual_sum, self.rows = self.triangle.total, self.triangle.rows
        spread = sum(mean.squares for mean in means)
        self.r_squared = 1 - self.residual_sum / spread if spread > 0 else None

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
        with np.errstate(all="ignore"):
            found = self.covariance / np.outer(self.errors, self.errors)
        np.fill_diagonal(found, np.where(np.isnan(self.errors), np.nan, 1.0))
        return found

    def intervals(self, vector: Any) -> Any:
        """The two ends of each parameter's interval."""
        reach = self.quantile * self.errors if self.quantile is not None else np.full(self.size, np.nan)
        return np.stack([vector - reach, vector + reach])


class _Mean:
    """A weighted mean, and the weighted squares of deviations from it, block by block: T. F. Chan, G. H.
    Golub and R. J. LeVeque, The American Statistician 37 (1983) 242-247."""

    def __init__(self) -> None:
        self.weight = self.mean = self.squares = 0.0

    def add(self, values: Any, sigma: Any) -> None:
        weights = 1 / np.square(sigma)
        weight = float(np.sum(weights))
        mean = float(np.sum(weights * values)) / weight
        squares = float(np.sum(weights * np.square(values - mean)))
        apart, total = mean - self.mean, self.weight + weight
        self.squares += squares + apart * apart * self.weight * weight / total
        self.mean += apart * weight / total
        self.weight = total


def _quantile(level: float, dof: int | None) -> float | None:
    """Student's t of so many degrees of freedom, or the normal's, within which there is so much."""
    upper = (1 + level) / 2
    if dof is None:
        return student.normal(upper)
    return student.quantile(upper, dof) if dof > 0 else None
