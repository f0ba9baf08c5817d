"""Models fitted to data: residuals and their Jacobian as triangles, and the search for the parameters."""

from __future__ import annotations

import contextlib

import numpy as np

from cgcli.annotations import Any, Iterable, Iterator, Sequence
from cgcli.data.batch import Batch
from cgcli.diagnostics import CgError
from cgcli.evaluation.prepared import Prepared
from cgcli.language.block import Output
from cgcli.render.numbers import number
from cgcli.solving.branched import function_of
from cgcli.solving.data import BLOCK, Data, Few, blocks, each
from cgcli.solving.exactly import step
from cgcli.solving.function import Sketch
from cgcli.solving.least_squares import NEAR, Search
from cgcli.solving.losses import weighed
from cgcli.solving.means import Mean
from cgcli.solving.models import Models, Sides
from cgcli.solving.outcome import Outcome, Watch, nobody
from cgcli.solving.rounding import Rounded
from cgcli.solving.triangle import Singular, Triangle
from cgcli.solving.unknowns import Unknowns

# More residuals are left as doubles find them: what they scatter by is far larger.
PRECISE = 2**17

# Of more rows a sample is fitted first.
MANY = 2**18

# How a start is gone on from, one way after the other until one leads somewhere: the first radius, and
# whether what is linear is solved for at each step.
WAYS = ((1.0, False), (1.0, True), (100.0, False), (0.1, False))

# Of no more rows the first two ways are gone both, and the better one counts: they may lead to other places.
CHEAP = 10_000

# Between these the squares of residuals are doubles of all digits, and so are sums of them.
SQUARES = 1e-140, 1e145

# A sum has to be less by this part to be another one.
SAME = 1e-9

# Steps from a start that another one is better than, as a rule.
ASIDE = 200


class Fit:
    """The models of a program, data, and unknowns.

    models      both sides of each
    data        the rows, or None where arrays are bound whole
    loss        what is summed of each residual
    rows        how many residuals there are, once they have been found to be finite
    spread      the squares of the data from their weighted means
    logarithms  the sum of log(2 pi sigma^2)
    is_exact    whether residuals of more digits are those of fractions
    """

    is_exact = False

    def __init__(
        self,
        prepared: Prepared,
        unknowns: Unknowns,
        data: Data | Few | None,
        sigmas: Sequence[Output] = (),
        loss: str = "linear",
    ) -> None:
        self.prepared, self.unknowns, self.data, self.loss = prepared, unknowns, data, loss
        cells = {} if data is None else data.shapes
        self.models = Models(prepared, unknowns, cells, sigmas, count=0 if data is None else data.count)
        self.rows, self.sigmas, self.has_sigma = 0, list(sigmas), bool(sigmas)
        self.spread = self.logarithms = 0.0
        self._curvature: Any = None

    @property
    def is_precise(self) -> bool:
        """Whether residuals are to be found with more digits than doubles have."""
        return self.rows <= PRECISE

    @property
    def is_linear(self) -> bool:
        """Whether the models are linear in all unknowns together."""
        places = self.models.linear()
        return places is not None and len(places) == self.unknowns.size

    @property
    def has_many(self) -> bool:
        """Whether a sample of the rows is fitted first."""
        return isinstance(self.data, Data) and self.data.count > MANY

    def sides(
        self, vector: Any, wide: bool = False, slopes: bool = True
    ) -> Iterator[tuple[Batch, int, list[Sides]]]:
        """The models at all rows, block by block: the batch, where in it the block begins, and the sides."""
        values = self.unknowns.values(vector)
        for batch, start, stop in blocks(self.data):
            columns = self._columns(batch, start, stop)
            yield batch, start, self.models.at(values, columns, stop - start, wide, slopes)

    def triangle(self, vector: Any, wide: bool = False) -> Triangle:
        """Residuals and Jacobian at a vector; `wide` finds residuals with more digits."""
        exact = self._exact_triangle(vector) if wide and self.is_exact else None
        if exact is not None:
            return exact
        values, wide = self.unknowns.values(vector), wide and self.is_precise

        @np.errstate(all="ignore")
        def of_block(block: tuple[Batch, int, int]) -> Triangle:
            batch, start, stop = block
            part = Triangle(self.unknowns.size)
            columns = self._columns(batch, start, stop)
            for sides in self.models.at(values, columns, stop - start, wide):
                self._add(part, sides)
            return part

        found = Triangle(self.unknowns.size)
        parts: Any = each(of_block, blocks(self.data), self.rows > MANY)
        with contextlib.closing(parts) if self.rows > MANY else contextlib.nullcontext():
            for part in parts:
                found.join(part)
                if not found.finite:
                    break
        return found

    def _exact_triangle(self, vector: Any) -> Triangle | None:
        """The same of fractions, and the step that these say; None where there are none."""
        found, rows = Triangle(self.unknowns.size), []
        for given in self.rows_at(vector):
            models = self.models.exact(*given)
            if models is None:
                return None
            for sides in models:
                self._add(found, sides)
                residuals = (sides.left - sides.right)[:, None]
                scales = np.reshape(sides.sigma, (-1, 1))
                rows.append(np.hstack([sides.jacobian, residuals]) / scales)
        found.step = step(rows) if found.finite else None
        return None if found.step is None else found

    def _columns(self, batch: Batch, start: int, stop: int) -> dict[str, Any]:
        return {name: batch.numbers[name][start:stop] for name in self.models.names}

    def rows_at(self, vector: Any) -> Iterator[tuple[Any, dict[str, Any], int]]:
        """What models are asked for, block by block: values of the unknowns, columns, and how many rows."""
        values = self.unknowns.values(vector)
        for batch, start, stop in blocks(self.data):
            yield values, self._columns(batch, start, stop), stop - start

    def off(self, vector: Any, triangle: Triangle, free: Any) -> Any:
        """How far from where the sum is least rounding may leave each unknown."""
        return np.zeros(len(free)) if self.is_exact else Rounded(self, vector, triangle).off(free)

    def sharpen(self, vector: Any) -> bool:
        """From here on find residuals exactly, where they are fractions and not many: whether they are."""
        if not self.is_exact and self.loss == "linear":
            self.is_exact = self._exact_triangle(vector) is not None
            return self.is_exact
        return False

    def _add(self, found: Triangle, sides: Sides) -> None:
        block = sides.block()
        data = np.asarray(sides.left / sides.sigma, float)
        found.data += float(np.sum(np.square(data)))
        found.add(block, weighed(self.loss, block))

    def hessian(self, vector: Any) -> Any:
        """The second derivatives of half of what is minimised."""
        if self._curvature is None:
            from cgcli.solving.curvature import Curvature

            self._curvature = Curvature(self.prepared, self.unknowns, self.data, self.sigmas, self.loss)
        return self._curvature.at(vector)[0]

    @np.errstate(all="ignore")
    def require_finite(self, vector: Any, slopes: bool = True) -> None:
        """Look at all rows at the start; with `slopes` at derivatives, too. Raises `CgError` (kinds `rows`,
        `number`, `nonfinite`) where there are none, for a sigma that is not above 0, and a value that is not
        finite, at its place."""
        self.rows, self.logarithms, largest = 0, 0.0, 0.0
        means = [Mean() for _ in range(self.models.count)]
        for batch, start, models in self.sides(vector, slopes=slopes):
            for sides, mean in zip(models, means, strict=True):
                self._require_sigma(sides, batch, start)
                block = sides.block()
                lost = ~np.isfinite(block).all(axis=1)
                if lost.any():
                    raise self._not_finite(vector, batch, start, sides, int(np.flatnonzero(lost)[0]))
                self.rows += len(sides.left)
                largest = max(largest, float(np.max(np.abs(block[:, -1]), initial=0.0)))
                mean.add(np.asarray(sides.left, float), sides.sigma)
                if self.sigmas:
                    self.logarithms += float(np.sum(np.log(2 * np.pi * np.square(sides.sigma))))
        if not self.rows:
            raise CgError("rows", "there are no rows")
        self.spread = sum(mean.squares for mean in means)
        if largest and not SQUARES[0] <= largest <= SQUARES[1]:
            told = f"data and model are {number(largest)} apart at the start, whose square no double holds"
            raise CgError("number", told, hint="scale both sides of `~`, or begin elsewhere")

    def require_assertions(self, vector: Any) -> None:
        """Raise `CgError` (kind `assert`) for the first row in which an assertion of the program fails."""
        if not self.prepared.program.assertions:
            return
        values = self.unknowns.values(vector)
        if self.data is None:
            self.prepared.point(values)
            return
        if self.prepared.paths is not None:  # of which each has its own
            for batch, start, stop in blocks(self.data):
                for row in range(start, stop):
                    self._require_assertions(values, batch, row)
            return
        function = function_of(self.prepared, self.data.shapes, _assertions, self.unknowns.names)
        for batch, start, stop in blocks(self.data):
            columns = {name: batch.numbers[name][start:stop] for name in function.names}
            holds = np.ones(stop - start, bool)
            found = function(values, columns, stop - start)
            for value, node in zip(found, function.outputs, strict=True):
                table = function.table(value, stop - start, function.shapes[node])
                holds &= (np.abs(table) > 0).all(axis=1)
            if not holds.all():
                self._require_assertions(values, batch, start + int(np.argmin(holds)))

    def _require_assertions(self, values: Any, batch: Batch, row: int) -> None:
        try:
            self.prepared.point(values | _cells(batch, row))
        except CgError as error:
            error.diagnostic.message += f", in {batch.row(row)}"
            raise

    def _place(self, batch: Batch, start: int, at: int, sides: Sides) -> str:
        if self.data is None:
            return f"element {at}"
        rows = min(BLOCK, batch.count - start)
        return batch.row(start + at // max(1, len(sides.left) // rows))

    def _require_sigma(self, sides: Sides, batch: Batch, start: int) -> None:
        wrong = np.flatnonzero(~(np.ravel(sides.sigma) > 0))
        if len(wrong):
            value = float(np.ravel(sides.sigma)[wrong[0]])
            place = self._place(batch, start, int(wrong[0]), sides)
            raise CgError("number", f"--sigma is {number(value)} in {place}, and is to be above 0")

    def _not_finite(self, vector: Any, batch: Batch, start: int, sides: Sides, at: int) -> CgError:
        """The error for a value, at its node and row, that is not finite at the start."""
        place = self._place(batch, start, at, sides)
        values = dict(self.unknowns.values(vector))
        if self.data is not None:
            row = start + at // max(1, len(sides.left) // min(BLOCK, batch.count - start))
            values |= _cells(batch, row)
        told = f"the start is no place to begin at, in {place}"
        point = self.prepared.point(values)
        if point.warning is not None:
            error = CgError.of(point.warning)
            error.diagnostic.message += f", in {place}" if self.data is not None else ""
            return error
        for name, value in values.items():
            if not np.isfinite(value).all():
                shown = number(float(np.ravel(value)[~np.isfinite(np.ravel(value))][0]))
                return CgError("nonfinite", f"`{name}` is {shown} in {place}")
        left = float(np.asarray(sides.left)[at])
        if not np.isfinite(left):
            return CgError("nonfinite", f"the data of `~` are {number(left)} in {place}")
        return CgError("nonfinite", f"{told}: a derivative of the model is not finite")


def _assertions(sketch: Sketch) -> list[int]:
    return [assertion.node for assertion in sketch.program.assertions]


def _cells(batch: Batch, row: int) -> dict[str, Any]:
    """The values of one row."""
    cells = {name: column[row] for name, column in batch.numbers.items()}
    return {name: float(cell) if cell.ndim == 0 else cell for name, cell in cells.items()}


@np.errstate(all="ignore")
def search(
    fit: Fit, starts: Iterable[Any], most: int, tolerance: float | None, watch: Watch = nobody
) -> Outcome:
    """The best of what is found from each start, all of which count as one search; of many rows by way of
    what a few of them say."""
    starts = [*starts]
    if isinstance(fit.data, Data) and fit.has_many:
        few = Fit(fit.prepared, fit.unknowns, fit.data.sample, fit.sigmas, fit.loss)
        few.rows = fit.data.sample.count
        first = _searched(few, starts, most, NEAR, watch)
        if first.converged:
            found = _searched(fit, [first.vector], most, tolerance, watch)
            if found.triangle.finite:
                return found
        fit.require_finite(fit.unknowns.start)
    return _searched(fit, starts, most, tolerance, watch)


def _searched(fit: Fit, starts: Iterable[Any], most: int, tolerance: float | None, watch: Watch) -> Outcome:
    best: tuple[tuple[bool, bool, float], Search, Outcome] | None = None
    evaluations = 0
    least = 2 if fit.rows <= CHEAP else 1
    for start, ways, steps in _begun(fit, starts, most):
        done = False
        for place, (factor, projects) in enumerate(ways):
            linear = fit.models.linear() if projects else None
            if (projects and linear is None) or (done and place >= least):
                continue
            one = Search(
                fit.triangle, start, fit.unknowns.low, fit.unknowns.high, watch, factor, linear, fit.hessian,
                fit.is_precise,
            )  # fmt: skip
            outcome = one.run(steps, tolerance)
            evaluations += one.evaluations
            done = done or outcome.converged or one.iterations >= steps
            if one.triangle.finite or best is None:
                rank = not outcome.converged, _lacks_rank(one), one.triangle.total
                if best is None or rank < (*best[0][:2], best[0][2] * (1 - SAME)):
                    best = rank, one, outcome
            if one.iterations >= steps:
                break
    assert best is not None
    found = best[2]
    if found.converged and best[1].triangle.finite:
        found = best[1].settled(found, fit, most, tolerance)
    found.evaluations, found.triangle = evaluations, best[1].triangle
    return found


def _lacks_rank(one: Search) -> bool:
    free = np.flatnonzero(one.free())
    return one.triangle.finite and Singular(one.triangle.R, free).rank < len(free)


def _begun(fit: Fit, starts: Iterable[Any], most: int) -> Iterator[tuple[Any, Any, int]]:
    """The starts, how each is gone on from, and how far. Where far rows count less, what least squares make
    of it comes first, as from afar all rows are far."""
    for start in starts:
        if fit.loss != "linear":
            plain = Fit(fit.prepared, fit.unknowns, fit.data, fit.sigmas)
            plain.rows = fit.rows
            one = Search(plain.triangle, start, fit.unknowns.low, fit.unknowns.high)
            if one.run(most, None).converged:
                yield one.x, WAYS, most
                yield start, WAYS[:1], min(most, ASIDE)
                continue
        yield start, WAYS, most
