"""Models fitted to data: residuals and their Jacobian as triangles, and the search for the parameters."""

from __future__ import annotations

import contextlib
from itertools import tee

import numpy as np

from cgcli.annotations import Any, Iterable, Iterator, Sequence
from cgcli.data.batch import Batch
from cgcli.evaluation.prepared import Prepared
from cgcli.language.block import Output
from cgcli.solving.data import Data, Few, blocks, each
from cgcli.solving.exactly import step
from cgcli.solving.gram import Gram, Pass
from cgcli.solving.inspection import require_finite
from cgcli.solving.least_squares import NEAR, Search
from cgcli.solving.losses import weighed
from cgcli.solving.models import Models, Sides
from cgcli.solving.outcome import Outcome, Watch, nobody
from cgcli.solving.parameter_rounding import Rounded
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
# The second one is left after so many steps, if the first has led somewhere.
CHEAP, BESIDE = 10_000, 100

# A sum has to be less by this part to be another one.
SAME = 1e-9

# Steps from a start that another one is better than, as a rule, or where another one has led somewhere.
ASIDE = 200


class Fit:
    """The models of a program, data, and unknowns.

    models      both sides of each
    data        the rows, or None where arrays are bound whole
    loss        what is summed of each residual
    rows, idle  how many residuals there are, once they have been found to be finite, and how many others,
                of an infinite standard deviation, which say nothing
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
        self.rows, self.idle, self.sigmas, self.has_sigma = 0, 0, list(sigmas), bool(sigmas)
        self.spread = self.logarithms = 0.0
        self.gram = Gram(self.models)
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
            columns = self.columns(batch, start, stop)
            yield batch, start, self.models.at(values, columns, stop - start, wide, slopes)

    def triangle(self, vector: Any, wide: bool = False) -> Triangle:
        """Residuals and Jacobian at a vector; `wide` finds residuals with more digits."""
        exact = self._exact_triangle(vector) if wide and self.is_exact else None
        if exact is not None:
            return exact
        summed = self.gram.pass_at(self.unknowns.values(vector)) if self.loss == "linear" else None
        found = self._passed(vector, wide and self.is_precise, summed)
        if summed is not None:
            rest = summed.triangle()
            if rest is None:
                found = self._passed(vector, False)
            else:
                found.join(rest)
        self.gram.near = found if self.has_many else None
        return found

    def _passed(self, vector: Any, wide: bool, summed: Pass | None = None) -> Triangle:
        """The triangle of all rows, but for those of which `summed` has taken the sums."""
        values = self.unknowns.values(vector)

        def of_block(block: tuple[Batch, int, int]) -> Any:
            batch, start, stop = block
            columns = self.columns(batch, start, stop)
            sums = None if summed is None else summed.sums(columns, stop - start)
            if sums is not None:
                return sums, (stop - start) * self.models.count
            part = Triangle(self.unknowns.size)
            for sides in self.models.at(values, columns, stop - start, wide):
                self._add(part, sides)
            return part

        found = Triangle(self.unknowns.size)
        parts: Any = each(of_block, blocks(self.data), self.rows > MANY)
        with contextlib.closing(parts) if self.rows > MANY else contextlib.nullcontext():
            for part in parts:
                if summed is not None and part.__class__ is tuple:
                    summed.add(*part)
                else:
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

    def columns(self, batch: Batch, start: int, stop: int) -> dict[str, Any]:
        return {name: batch.numbers[name][start:stop] for name in self.models.names}

    def rows_at(self, vector: Any) -> Iterator[tuple[Any, dict[str, Any], int]]:
        """What models are asked for, block by block: values of the unknowns, columns, and how many rows."""
        values = self.unknowns.values(vector)
        for batch, start, stop in blocks(self.data):
            yield values, self.columns(batch, start, stop), stop - start

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


def search(
    fit: Fit, starts: Iterable[Any], most: int, tolerance: float | None, watch: Watch = nobody
) -> Outcome:
    """The best of what is found from each start, all of which count as one search; of many rows by way of
    what a few of them say."""
    starts, again = tee(starts)
    if isinstance(fit.data, Data) and fit.has_many:
        few = Fit(fit.prepared, fit.unknowns, fit.data.sample, fit.sigmas, fit.loss)
        few.rows = fit.data.sample.count
        first = _searched(few, starts, most, NEAR, watch)
        if first.converged:
            fit.gram.near = first.triangle
            found = _searched(fit, [first.vector], most, tolerance, watch)
            if found.triangle.finite:
                return found
        require_finite(fit, fit.unknowns.start)
        starts = again
    return _searched(fit, starts, most, tolerance, watch)


def _searched(fit: Fit, starts: Iterable[Any], most: int, tolerance: float | None, watch: Watch) -> Outcome:
    best: tuple[tuple[bool, bool, float], Search, Outcome] | None = None
    evaluations = 0
    least = 2 if fit.rows <= CHEAP else 1
    for start, ways, steps in _begun(fit, starts, most):
        done = False
        if best is not None and best[2].converged:
            steps = min(steps, ASIDE)
        for place, (factor, projects) in enumerate(ways):
            linear = fit.models.linear() if projects else None
            if (projects and linear is None) or (done and place >= least):
                continue
            one = Search(
                fit.triangle, start, fit.unknowns.low, fit.unknowns.high, watch, factor, linear, fit.hessian,
                fit.is_precise,
            )  # fmt: skip
            outcome = one.run(min(steps, BESIDE) if done else steps, tolerance)
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
    if (found.converged or fit.is_linear) and best[1].triangle.finite:
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
