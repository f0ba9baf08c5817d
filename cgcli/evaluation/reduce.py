"""One row for many: sums, means and the like of columns, whole or group by group."""

from __future__ import annotations

from math import nan

import numpy as np

from cgcli.annotations import Any, Iterable, Sequence
from cgcli.data.batch import Batch, listed
from cgcli.diagnostics import CgError


def keys(batch: Batch, name: str, column: Any) -> list[Any]:
    """The cells of a column by which there are groups, each nan the same. Raises `CgError` (kind `file`) for
    one by which there can be none."""
    cells: list[Any] = [*listed(column)]
    for row, cell in enumerate(cells):
        if cell != cell and cell.__class__ is float:
            cells[row] = nan
        if cell.__class__ in (list, dict):
            what = "a list" if cell.__class__ is list else "an object"
            told = f"{batch.row(row)} has {what} in column `{name}`, by which there are no groups"
            raise CgError("file", told)
    return cells


class Reduction:
    """What becomes of rows: a row a group, in the order in which groups first appear.

    A sum is that of the exact sums of batches but for one rounding each. A least or greatest value has the
    derivatives of the first row that has it.

    how         sum, mean, min, max or count
    sizes       how many columns belong together: an output and its derivatives, which follow the output
    grouped     whether rows have keys; else they are one group
    """

    def __init__(self, how: str, sizes: Sequence[int], grouped: bool) -> None:
        self.how, self.sizes, self.grouped = how, list(sizes), grouped
        self.groups: dict[Any, int] = {}
        self.keys: list[Any] = []
        self.counts = np.zeros(0)
        self.totals = np.zeros((sum(sizes), 0))
        self.lost = np.zeros((sum(sizes), 0))  # what a sum has lost by rounding

    @np.errstate(all="ignore")
    def add(
        self, keys: Sequence[Any] | None, columns: Sequence[Any], count: int, present: Any = None
    ) -> None:
        """Add rows: the key of each, or None where all are one group, and the columns of numbers; of those
        that are not `present` their group alone."""
        if not count:
            return
        if present is not None and not present.all():
            self._meet(dict.fromkeys(keys) if keys else [()])
            columns, count = [column[present] for column in columns], int(present.sum())
            keys = keys and [key for key, there in zip(keys, present, strict=True) if there]
            if not count:
                return
        places = None
        if keys is None:
            keys = [()]
        else:
            distinct: dict[Any, int] = {}
            places = np.fromiter((distinct.setdefault(key, len(distinct)) for key in keys), int, count)
            keys = list(distinct)
        self._meet(keys)
        own = np.array([self.groups[key] for key in keys])
        rows = np.full(1, float(count)) if places is None else np.bincount(places, minlength=len(keys))
        fresh = self.counts[own] == 0
        self.counts[own] += rows
        if self.how in ("sum", "mean"):
            for place, column in enumerate(columns):
                self._sum(place, own, _sums(column, places, len(keys)))
        elif self.how in ("min", "max"):
            self._extreme(own, np.zeros(count, int) if places is None else places, columns, fresh)

    @np.errstate(all="ignore")
    def add_sums(self, sums: Sequence[float], count: int) -> None:
        """Add rows by the sums of their columns, where all are one group."""
        if not count:
            return
        self._meet([()])
        self.counts[0] += count
        for place, part in enumerate(sums):
            self._sum(place, [0], np.array([part]))

    def _meet(self, keys: Iterable[Any]) -> None:
        """Begin the groups that are new."""
        for key in keys:
            if key not in self.groups:
                self.groups[key] = len(self.groups)
                self.keys.append(key)
        more = len(self.groups) - len(self.counts)
        if more:
            start = {"min": np.inf, "max": -np.inf}.get(self.how, 0.0)
            self.counts = np.append(self.counts, np.zeros(more))
            self.totals = np.hstack([self.totals, np.full((len(self.totals), more), start)])
            self.lost = np.hstack([self.lost, np.zeros((len(self.lost), more))])

    def _sum(self, place: int, own: Any, part: Any) -> None:
        """Neumaier's sum: what is lost by rounding is kept beside it."""
        total = self.totals[place, own]
        found = total + part
        big = np.abs(total) >= np.abs(part)
        lost = np.where(big, (total - found) + part, (part - found) + total)
        self.lost[place, own] += np.where(np.isfinite(found), lost, 0.0)
        self.totals[place, own] = found

    def _extreme(self, own: Any, places: Any, columns: Sequence[Any], fresh: Any) -> None:
        first = 0
        for size in self.sizes:
            values = columns[first]
            order = np.lexsort((np.arange(len(values)), values if self.how == "min" else -values, places))
            nans = np.flatnonzero(np.isnan(values))
            starts = np.flatnonzero(np.diff(places[order], prepend=-1))
            best = order[starts]
            for row in nans[::-1]:  # nan wins, as in `min` and `max`
                best[places[row]] = row
            before = self.totals[first, own]
            better = values[best] < before if self.how == "min" else values[best] > before
            better = (better | np.isnan(values[best]) | fresh) & ~np.isnan(before)
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
            return [np.zeros(1) for _ in range(len(self.totals))], None
        if self.how == "count":
            return [self.counts.copy()], None
        totals = self.totals + self.lost
        return list(totals / self.counts if self.how == "mean" else totals), self.counts == 0


def _sums(column: Any, places: Any, groups: int) -> Any:
    """The sum of each group's rows, or without places that of all."""
    if groups == 1:
        return np.array([np.sum(column)])
    return np.bincount(places, weights=column, minlength=groups)
