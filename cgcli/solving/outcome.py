"""What has been found of unknowns."""

from __future__ import annotations

from cgcli.annotations import Any, Callable
from cgcli.ending import Ended
from cgcli.shapes import counted

# Is called after each step with its number, the vector, and the figures of the method.
Watch = Callable[[int, Any, dict[str, float]], None]


def nobody(step: int, vector: Any, figures: dict[str, float]) -> None:
    """Watches nothing."""


def stopped(most: int, what: str = "step") -> str:
    """Why a search that has made all its steps has ended."""
    return f"it stopped after {counted(most, what)}, and --max-steps allows more"


class Outcome:
    """The best point, and how it was found.

    vector      the unknowns
    method      a word for how
    converged   whether that is the answer
    reason      a sentence: why it stopped
    iterations, evaluations     how often
    triangle    of a fit, what is there
    ended       what ended the search from outside, or None
    """

    triangle: Any = None
    ended: Ended | None = None

    def __init__(
        self, vector: Any, method: str, converged: bool, reason: str, iterations: int, evaluations: int
    ) -> None:
        self.vector, self.method, self.converged, self.reason = vector, method, converged, reason
        self.iterations, self.evaluations = iterations, evaluations
