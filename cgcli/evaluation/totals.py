"""One row for all rows of a function of tables, or one a group."""

from __future__ import annotations

from math import frexp, inf, ldexp

import numpy as np

from cgcli.annotations import Any, Callable, Iterable, Sequence
from cgcli.data.batch import Batch
from cgcli.diagnostics import CgError, Diagnostic
from cgcli.evaluation.groups import Groups
from cgcli.evaluation.row_function import RowFunction
from cgcli.evaluation.sums import Sums


def reduced(
    function: RowFunction,
    answers: Iterable[tuple[Batch, Any]],
    tell: Callable[[Diagnostic], None] = lambda warning: None,
) -> tuple[list[Any], Any]:
    """The columns of the answer, a row a group, and which of the rows have none; a total of finite numbers
    that is not finite is told of. Raises `CgError` for cells
    by which there are no groups."""
    options, labels, outputs = function.options, function.labels, function.rows.outputs
    sizes = [1] * len(labels)
    values = sum(by is None for _, by in outputs)
    if values < len(outputs) and options.reduce != "count":
        sizes = [len(labels) // values] * values
    reduction = Reduction(options.reduce or "sum", sizes, bool(function.by))
    groups = Groups()
    spelled = False
    for batch, found in answers:
        if isinstance(found, Sums):
            reduction.add_sums(found.numbers, found.count)
            continue
        flat, spelled = function.flat_columns(found), batch.spelled and not options.flat
        by = [(name, part) for name in function.by for part in function.parts(batch, name)]
        places = groups.of(batch, by)
        reduction.add(places, groups.count, flat, None if batch.missing is None else ~batch.missing)
    columns, missing = reduction.columns()
    for place in sorted(reduction.beyond):
        told = f"the {reduction.how} of `{labels[place]}` is beyond the largest double"
        tell(Diagnostic("nonfinite", told, severity="warning"))
    keys = groups.columns()
    if spelled:
        keys = [function.spelled.typed(*one) for one in zip(function.by, keys, strict=False)]
    if function.by and not groups.count:
        keys = [[] for _ in function.names[len(labels) :]]
    return [*keys, *columns], missing


class Reduction:
    """What becomes of rows: a row a group, in the order in which groups first appear.

    A sum is that of the exact sums of batches but for one rounding each. A least or greatest value has the
    derivatives of the first row that has it.

    how         sum, mean, min, max or count
    sizes       how many columns belong together: an output and its derivatives, which follow the output
    grouped     whether there are groups; else all rows are one
    beyond      the places of columns of which a sum of finite numbers is not finite
    """

    def __init__(self, how: str, sizes: Sequence[int], grouped: bool) -> None:
        self.how, self.sizes, self.grouped = how, list(sizes), grouped
        self.groups, self.beyond = 0, set[int]()
        self.counts = np.zeros(0)
        self.totals = np.zeros((sum(sizes), 0))
        self.lost = np.zeros((sum(sizes), 0))  # what a sum has lost by rounding

    @np.errstate(all="ignore")
    def add(self, places: Any, groups: int, columns: Sequence[Any], present: Any = None) -> None:
        """Add rows: the group of each, of so many that there are by now, and the columns of numbers; of rows
        that are not `present` their group alone."""
        self._begin(groups)
        if present is not None:
            columns, places = [column[present] for column in columns], places[present]
        if not len(places):
            return
        own, places = _met(places, groups)
        rows = np.bincount(places)
        fresh = self.counts[own] == 0
        self.counts[own] += rows
        if self.how in ("sum", "mean"):
            for place, column in enumerate(columns):
                for part in _sums(column, places, len(own)):
                    if not np.isfinite(part).all() and np.isfinite(column).all():
                        self.beyond.add(place)
                    self._sum(place, own, part)
        elif self.how in ("min", "max"):
            self._extreme(own, places, columns, fresh)

    @np.errstate(all="ignore")
    def add_sums(self, sums: Sequence[float], count: int) -> None:
        """Add rows by the sums of their columns, where all are one group."""
        if not count:
            return
        self._begin(1)
        self.counts[0] += count
        for place, part in enumerate(sums):
            self._sum(place, [0], np.array([part]))

    def _begin(self, groups: int) -> None:
        """Begin the groups that are new; their arrays grow by a half at least."""
        self.groups = max(self.groups, groups)
        more = self.groups - len(self.counts)
        if more > 0:
            more = max(more, len(self.counts) // 2)
            start = {"min": inf, "max": -inf}.get(self.how, 0.0)
            self.counts = np.append(self.counts, np.zeros(more))
            self.totals = np.hstack([self.totals, np.full((len(self.totals), more), start)])
            self.lost = np.hstack([self.lost, np.zeros((len(self.lost), more))])

    def _sum(self, place: int, own: Any, part: Any) -> None:
        """Neumaier's sum: what is lost by rounding is kept beside it."""
        total = self.totals[place, own]
        found = total + part
        big = np.abs(total) >= np.abs(part)
        lost = np.where(big, (total - found) + part, (part - found) + total)
        is_finite = np.isfinite(found)
        if not is_finite.all() and np.any(~is_finite & np.isfinite(total) & np.isfinite(part)):
            self.beyond.add(place)
        self.lost[place, own] += np.where(is_finite, lost, 0.0)
        self.totals[place, own] = found

    def _extreme(self, own: Any, places: Any, columns: Sequence[Any], fresh: Any) -> None:
        first = 0
        take, start = (np.minimum, inf) if self.how == "min" else (np.maximum, -inf)
        for size in self.sizes:
            values = columns[first]
            extremes = np.full(len(own), start)
            take.at(extremes, places, values)  # nan wins, as in `min` and `max`
            rows = np.flatnonzero((values == extremes[places]) | np.isnan(values))[::-1]
            best = np.zeros(len(own), int)
            best[places[rows]] = rows  # the first of each group is set last
            before = self.totals[first, own]
            better = extremes < before if self.how == "min" else extremes > before
            better = (better | np.isnan(extremes) | fresh) & ~np.isnan(before)
            for place in range(first, first + size):
                self.totals[place, own] = np.where(better, columns[place][best], self.totals[place, own])
            first += size

    @np.errstate(all="ignore")
    def columns(self) -> tuple[list[Any], Any]:
        """The numbers of each column, one a group; and which groups have none, as all their rows are missing.
        Raises `CgError` where there is no row to take them of."""
        if not self.groups and not self.grouped:
            if self.how not in ("sum", "count"):
                raise CgError("rows", f"there are no rows, and so no {self.how}")
            return [np.zeros(1, int if self.how == "count" else float) for _ in self.totals], None
        counts = self.counts[: self.groups]
        if self.how == "count":
            return [counts.astype(int)], None
        totals = (self.totals + self.lost)[:, : self.groups]
        return list(totals / counts if self.how == "mean" else totals), counts == 0


def _met(places: Any, groups: int) -> tuple[Any, Any]:
    """The groups that rows are of, and the places of theirs among these."""
    if groups > 4 * len(places):
        return np.unique(places, return_inverse=True)
    own = np.flatnonzero(np.bincount(places, minlength=groups))
    number = np.empty(groups, int)
    number[own] = np.arange(len(own))
    return own, number[places]


def _sums(column: Any, places: Any, groups: int) -> list[Any]:
    """The sums of each group's rows, in parts: of the first digits of all numbers, whose sums are exact, and
    of the rest (Rump, Ogita and Oishi, SIAM J. Sci. Comput. 31, 2008)."""
    largest = float(np.max(np.abs(column)))
    parts = [column]
    if 0 < largest < inf:
        power = frexp(largest)[1] + len(column).bit_length() + 2
        if power < 1023:
            cut = ldexp(1.0, power)
            first = (column + cut) - cut
            parts = [first, column - first]
    if groups == 1:
        return [np.array([np.sum(part)]) for part in parts]
    return [np.bincount(places, weights=part, minlength=groups) for part in parts]
