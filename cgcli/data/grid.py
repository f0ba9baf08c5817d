"""Tables that are made: every combination of the points of some ranges."""

from __future__ import annotations

from fractions import Fraction
from math import floor, isfinite, prod, ulp

from cgcli.annotations import Any, Iterator, Mapping, Sequence
from cgcli.data.batch import Batch
from cgcli.diagnostics import CgError
from cgcli.later import np
from cgcli.ops.constants import Written
from cgcli.shapes import counted

# Rows that a batch of a grid has.
SIZE = 2**18

# Points that a range has at most; more would take longer than anybody waits.
MOST = 2**40


class Grid:
    """A table of all combinations of some columns' values, the last of them moving fastest.

    columns     by name, the values of each: a `Range`, or a vector
    """

    paths: tuple[str, ...] = ()  # of files that it reads

    def __init__(self, columns: Mapping[str, Any]) -> None:
        self.columns = dict(columns)
        self.sizes = {name: len(column) for name, column in columns.items()}
        self.count = prod(self.sizes.values())
        self.names = list(columns)

    def shapes(self, names: Sequence[str]) -> dict[str, tuple[int, ...]]:
        """The shapes of the cells of some columns, which are numbers."""
        return dict.fromkeys(names, ())

    def batches(self, use: Sequence[str], keep: Sequence[str], bad: str | None) -> Iterator[Batch]:
        """The rows, in batches."""
        for start in range(0, self.count, SIZE):
            places = np.arange(start, min(start + SIZE, self.count))
            numbers: dict[str, Any] = {}
            for name in reversed(self.names):
                places, own = np.divmod(places, self.sizes[name])
                numbers[name] = self.columns[name][own]
            count = min(SIZE, self.count - start)
            yield Batch(count, numbers, None, {name: numbers[name] for name in keep}, "", start)

    def notes(self) -> list[Any]:
        return []


class Range:
    """Points from start on, by steps, up to stop, which is one of them where a step lands on it.

    Of numbers as they are written every point is the double next to the exact one. Raises `CgError`
    (kind `usage`) for a range that never ends, or has too many points."""

    def __init__(self, name: str, start: float, stop: float, step: float) -> None:
        what = f"--over {name}"
        if not all(map(isfinite, (start, stop, step))):
            raise CgError("usage", f"{what}: the ends and the step of a range are finite numbers")
        if step == 0:
            raise CgError("usage", f"{what}: the step is 0")
        exact = [_exact(value) for value in (start, stop, step)]
        self.start, last, self.step = exact
        steps = (last - self.start) / self.step
        near = round(steps)
        # what is written lands exactly; what was computed, as pi/4, lands but for rounding
        lands = abs(steps - near) <= Fraction(abs(near) + 1, 10**14)
        whole = near if lands else floor(steps)
        if whole < 0:
            raise CgError("usage", f"{what}: from {start:g} steps of {step:g} do not lead to {stop:g}")
        if whole >= MOST:
            raise CgError("usage", f"{what}: the range has more than {counted(MOST, 'point')}")
        apart = ulp(max(abs(start), abs(stop)))
        if whole > 0 and abs(step) < apart:
            told = f"{what}: doubles are {apart:g} apart there, and steps of {step:g} are smaller"
            raise CgError("usage", told)
        self.count = int(whole) + 1
        self.last = stop if lands else None

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, places: Any) -> Any:
        """The points at some places, an array of whole numbers."""
        shared = Fraction(1, self.start.denominator * self.step.denominator)
        first, each = self.start / shared, self.step / shared
        most = max(abs(first), abs(first + each * self.count), Fraction(shared.denominator))
        if most < 2**53:  # a quotient of whole numbers is rounded once
            found = (int(first) + int(each) * places) / float(shared.denominator)
        else:
            found = np.array([float(self.start + self.step * int(place)) for place in places.ravel()])
        if self.last is not None:
            found = np.where(places == self.count - 1, float(self.last), found)
        return found


def _exact(value: float) -> Fraction:
    """The number that was written, or what a float is."""
    if isinstance(value, Written) and value.exact is not None:
        return value.exact
    return Fraction(value)
