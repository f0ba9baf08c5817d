"""What is told of the steps of a search, and the best point of them, which is told when it is ended."""

from __future__ import annotations

import sys

from cgcli.annotations import Any, Sequence
from cgcli.cli.request import Request
from cgcli.cli.solutions import MOST, tell
from cgcli.ending import Ended, Ending


class Steps:
    """Is called after each step (`solving.outcome.Watch`), with the sum of squares at the point.

    count       how many there have been, of all searches
    """

    def __init__(
        self, request: Request, ending: Ending, labels: Sequence[str], compares: bool = True
    ) -> None:
        """`labels` are those of the unknowns. The best point is the one with the least sum, or where these do
        not compare, as of other rows, the last one."""
        self._request, self._ending, self._labels, self._compares = request, ending, labels[:MOST], compares
        self.count, self._before, self._least = 0, 0, float("inf")
        self._best: Any = None

    def __call__(self, step: int, vector: Any, figures: dict[str, float]) -> None:
        self._ending.check()
        if step <= self._before and self._request.trace and self._request.format != "json":
            sys.stderr.write("in another way, or from another start:\n")
        self._before = step
        self.count += 1
        if not self._compares or figures["sum"] < self._least:
            self._least, self._best = figures["sum"], vector.copy()
        tell(self._request, step, figures | dict(zip(self._labels, vector.tolist())))

    def best(self, end: Ended) -> Any:
        """The best point. Raises what has ended the search where there is none."""
        if self._best is None:
            raise end
        return self._best
