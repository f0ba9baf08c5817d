"""What is told of a fit: as text, and as a record for JSON."""

from __future__ import annotations

from math import isnan

from cgcli.annotations import Any, Sequence
from cgcli.cli.solutions import MOST, ending_line, in_two_digits, is_told_twice, rounded_as, sensitivity_lines
from cgcli.diagnostics import CgError, abridged
from cgcli.later import np
from cgcli.render.numbers import number
from cgcli.shapes import counted

# Correlations that are told of.
STRONG = 0.9

# An error that is more times the value is not told as a part of it.
SENSIBLE = 10.0


def fewer(rows: int, parameters: int) -> str:
    return f"there are fewer residuals ({rows}) than parameters ({parameters})"


def require_residuals(fit: Any) -> None:
    """Raise `CgError` (kind `unsolved`) where arrays are unknowns beside numbers, and have more elements than
    there are residuals: they will be data."""
    places = fit.unknowns.places()
    single = [name for name, place in places.items() if not place.ndim]
    arrays = [name for name, place in places.items() if place.ndim]
    if single and arrays and fit.rows < fit.unknowns.size:
        told = f"{fewer(fit.rows, fit.unknowns.size)}, the elements of {_joined(arrays[:MOST])} among them"
        raise CgError("unsolved", f"{told}: is --wrt {','.join(single)} meant?")


class FitAnswer:
    """A fit that has come to an end.

    problems    why the answer is no; empty where it is not
    reason      a sentence
    """

    def __init__(self, fit: Any, outcome: Any, figures: Any, sensitivity: dict[str, dict[str, Any]]) -> None:
        self.fit, self.unknowns, self.outcome, self.figures = fit, fit.unknowns, outcome, figures
        self.sensitivity, self.labels = sensitivity, fit.unknowns.labels()
        self.problems = self._problems()
        self.reason = "; ".join(self.problems) or outcome.reason
        if not self.problems and figures.dof == 0:
            self.reason += "; there are as many residuals as parameters, and so no errors"

    def _problems(self) -> list[str]:
        """Why the answer is no."""
        figures, found = self.figures, []
        if not self.outcome.converged:
            found.append(self.outcome.reason)
        if figures.dof < 0:
            found.append(fewer(figures.rows, len(figures.free)))
        if figures.undetermined.any():
            found.append(f"the data do not determine {self._undetermined()}")
        return found

    def _undetermined(self) -> str:
        """The parameters that are not determined, and along which direction they may move."""
        names = [label for label, lost in zip(self.labels, self.figures.undetermined) if lost]
        told = _joined(names)
        if len(self.figures.directions) != 1 or len(names) == 1:
            return told
        direction = self.figures.directions[0]
        largest = max(direction, key=abs)
        parts = [
            f"{label} by {number(part / largest, 3)}"
            for label, part in zip(self.labels, direction.tolist())
            if abs(part) > 1e-6 * abs(largest)
        ]
        return f"{told}: moving {_joined(parts[:MOST])} changes nothing"

    def record(self) -> dict[str, Any]:
        """All that is found, by the names that JSON has for it."""
        outcome, figures = self.outcome, self.figures
        errors, intervals = figures.errors, figures.intervals(outcome.vector)
        bounds = self.unknowns.bound_at(outcome.vector)
        parameters = {}
        values = self.unknowns.values(outcome.vector)
        for name, places in self.unknowns.places().items():
            low, high = (_nested(ends, places) for ends in intervals)
            parameters[name] = {
                "value": values[name],
                "error": _nested(errors, places),
                "interval": None if low is None else [low, high],
                "bound": _nested(bounds, places),
            }
        record = {
            "method": outcome.method, "converged": outcome.converged, "reason": self.reason,
            "iterations": outcome.iterations, "evaluations": outcome.evaluations, "parameters": parameters,
            "residual_sum": figures.residual_sum, "rows": figures.rows, "dof": figures.dof,
            "sigma": figures.sigma, "r_squared": figures.r_squared, "p_value": figures.p_value,
            "aic": figures.aic, "bic": figures.bic, "level": figures.level,
            "correlation": self._blocks(figures.correlation), "covariance": self._blocks(figures.covariance),
            "undetermined": [
                name for name, at in self.unknowns.places().items() if figures.undetermined[at].any()
            ],
        }  # fmt: skip
        if self.fit.loss != "linear":
            record["loss_sum"] = figures.loss_sum
        if self.sensitivity:
            record["sensitivity"] = self.sensitivity
        return record

    def _blocks(self, matrix: Any) -> dict[str, dict[str, Any]]:
        """A matrix by name and name: blocks with the axes of both."""
        places = self.unknowns.places()
        return {
            name: {
                other: _nested(
                    matrix[rows.reshape(-1, 1), across.reshape(1, -1)].reshape(rows.shape + across.shape),
                    None,
                )
                for other, across in places.items()
            }
            for name, rows in places.items()
        }

    def lines(self) -> list[tuple[str, Any, str]]:
        """Each parameter, its value, and what is said of it."""
        values = self.unknowns.values(self.outcome.vector)
        return [(name, values[name], self._said(at)) for name, at in self.unknowns.places().items()]

    def comments(self, digits: int | None) -> list[str]:
        """What is said of the whole."""
        return [*self._figures(), *sensitivity_lines(self.sensitivity, digits), self._stopped()]

    def _stopped(self) -> str:
        outcome = self.outcome
        if self.problems:
            state = "" if outcome.converged else "not converged: "
            return "" if is_told_twice() else f"{state}{self.reason}"
        return ending_line(outcome, self.reason)

    def _said(self, places: Any) -> str:
        """What stands beside a parameter."""
        outcome, figures = self.outcome, self.figures
        if places.shape == ():
            return self._said_of(int(places))
        bounds = self.unknowns.bound_at(outcome.vector)
        flat = places.ravel().tolist()
        known = (float(figures.errors[place]) for place in flat)
        errors = abridged(("none" if isnan(error) else in_two_digits(error) for error in known), MOST)
        at = [f"{self.labels[place]} is at its bound {bounds[place]}" for place in flat if bounds[place]]
        return "; ".join([f"+- [{errors}]", *at[:MOST]])

    def _said_of(self, place: int) -> str:
        figures, value = self.figures, float(self.outcome.vector[place])
        bound = self.unknowns.bound_at(self.outcome.vector)[place]
        if bound is not None:
            return f"at its bound {bound}: no error"
        if figures.undetermined[place]:
            return "the data do not determine it: no error"
        error = float(figures.errors[place])
        if isnan(error):
            return "no error: there are no more residuals than parameters"
        part = (
            f"  ({in_two_digits(100 * error / abs(value))} %)" if 0 < abs(value) * SENSIBLE >= error else ""
        )
        low, high = (
            rounded_as(float(end), error) for end in figures.intervals(self.outcome.vector)[:, place]
        )
        return f"+- {in_two_digits(error)}{part}  {100 * figures.level:g} %: {low} to {high}"

    def _figures(self) -> list[str]:
        figures = self.figures
        sigma = "" if figures.sigma is None else f", sigma {number(figures.sigma, 6)}"
        text = f"residual sum {number(figures.residual_sum, 6)}, {counted(figures.rows, 'row')}"
        left = "no degrees" if figures.dof < 0 else counted(figures.dof, "degree")
        text += f", {left} of freedom{sigma}"
        pairs = self._correlated()
        found = [text + (f"; correlated: {', '.join(pairs)}" if pairs else "")]
        if self.fit.loss != "linear":
            found.append(f"loss {self.fit.loss}: sum {number(figures.loss_sum, 6)}")
        if self.fit.has_sigma and figures.sigma is not None and figures.p_value is not None:
            times = number(figures.sigma, 3)
            told = f"errors are as --sigma says; rescaled by the scatter they would be {times} times as large"
            found.append(f"{told}; chance of a larger sum {figures.p_value:.2g}")
        return found

    def _correlated(self) -> list[str]:
        matrix, found = self.figures.correlation, []
        for row in range(len(matrix)):
            for column in range(row):
                if abs(matrix[row, column]) >= STRONG:
                    found.append((-abs(matrix[row, column]), column, row))
        return [
            f"{self.labels[one]} and {self.labels[other]} {matrix[one, other]:.2f}"
            for _, one, other in sorted(found)[:MOST]
        ]


def _joined(names: Sequence[str]) -> str:
    return " and ".join([*([", ".join(names[:-1])] if len(names) > 1 else []), names[-1]])


def _nested(values: Any, places: Any) -> Any:
    """The values at some places, in nested lists; None for nan."""
    found = np.asarray(values, object) if places is None else np.asarray(values, object)[places]
    if np.ndim(found) == 0:
        value = found if places is not None else found.item()
        return None if value is None or value != value else value
    flat = [None if value is None or value != value else value for value in np.ravel(found).tolist()]
    if all(value is None for value in flat):
        return None
    whole = np.empty(len(flat), object)
    whole[:] = flat
    return whole.reshape(np.shape(found)).tolist()


def nothing(unknowns: Any, reason: str) -> dict[str, Any]:
    """The record where nothing could be done."""
    empty = {"error": None, "interval": None, "bound": None}
    start = {} if unknowns is None else unknowns.values(unknowns.start)
    record = {
        "method": "lm", "converged": False, "reason": reason, "iterations": 0, "evaluations": 0,
        "parameters": {name: {"value": value} | empty for name, value in start.items()},
    }  # fmt: skip
    lacking = (
        "residual_sum", "rows", "dof", "sigma", "r_squared", "p_value", "aic", "bic", "level",
        "correlation", "covariance",
    )  # fmt: skip
    return record | dict.fromkeys(lacking) | {"undetermined": []}
