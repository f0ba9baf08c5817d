"""A look at all rows of a fit: at what is not finite where it begins, and at assertions where it ends."""

from __future__ import annotations

from math import log, pi, prod

import numpy as np

from cgcli.annotations import Any
from cgcli.data.batch import Batch
from cgcli.diagnostics import CgError
from cgcli.render.numbers import number
from cgcli.shapes import shape_text
from cgcli.solving.branched import function_of
from cgcli.solving.data import BLOCK, blocks
from cgcli.solving.function import Sketch
from cgcli.solving.models import Sides


class Mean:
    """A weighted mean, and the weighted squares of deviations from it, block by block: T. F. Chan, G. H.
    Golub and R. J. LeVeque, The American Statistician 37 (1983) 242-247."""

    def __init__(self) -> None:
        self.weight = self.mean = self.squares = 0.0

    def add(self, values: Any, sigma: Any) -> None:
        """Values, and the standard deviation of each, or of all."""
        if sigma.__class__ is float:
            unit = float(1 / np.square(sigma))
            weight, mean = unit * len(values), float(np.mean(values)) if len(values) else 0.0
            squares = unit * float(np.sum(np.square(values - mean)))
        else:
            weights = 1 / np.square(np.asarray(sigma, float))
            weight = float(np.sum(weights))
            mean = float(np.sum(weights * values)) / (weight or 1.0)
            squares = float(np.sum(weights * np.square(values - mean)))
        if not weight:
            return
        apart, total = mean - self.mean, self.weight + weight
        self.squares += squares + apart * apart * self.weight * weight / total
        self.mean += apart * weight / total
        self.weight = total


# Between these the squares of residuals are doubles of all digits, and so are sums of them.
SQUARES = 1e-140, 1e145


def require_finite(fit: Any, vector: Any, slopes: bool = True) -> None:
    """Look at all rows at the start; with `slopes` at derivatives, too. Raises `CgError` (kinds `rows`,
    `number`, `nonfinite`) where there are none, for a sigma that is not above 0, and a value that is not
    finite, at its place."""
    fit.rows, fit.idle, fit.logarithms, largest, data = 0, 0, 0.0, 0.0, 0.0
    means = [Mean() for _ in range(fit.models.count)]
    for batch, start, models in fit.sides(vector, slopes=slopes):
        for sides, mean in zip(models, means, strict=True):
            _require_sigma(fit, sides, batch, start)
            block = sides.block()
            lost = ~np.isfinite(block).all(axis=1)
            if lost.any():
                raise _not_finite(fit, vector, batch, start, sides, int(np.flatnonzero(lost)[0]))
            counts = sides.counts
            fit.rows += int(np.sum(counts))
            fit.idle += int(np.sum(~counts))
            largest = max(largest, float(np.max(np.abs(block[:, -1]), initial=0.0)))
            mean.add(np.asarray(sides.left, float), sides.sigma)
            if fit.sigmas:
                scales = np.broadcast_to(sides.sigma, len(counts))[counts]
                fit.logarithms += float(np.sum(log(2 * pi) + 2 * np.log(scales)))
            data = max(data, float(np.max(np.abs(np.asarray(sides.left / sides.sigma, float)), initial=0.0)))
    if not fit.rows:
        raise CgError("rows", "--sigma is inf everywhere" if fit.idle else "there are no rows")
    fit.spread = sum(mean.squares for mean in means)
    told = f"data and model are {number(largest)} apart at the start"
    if data and data < SQUARES[0]:
        told, largest = f"no datum is more than {number(data)}", data
    if largest and not SQUARES[0] <= largest <= SQUARES[1]:
        told += ", whose square no double holds"
        raise CgError("number", told, hint="scale both sides of `~`, or begin elsewhere")


def require_once(fit: Any) -> None:
    """Raise `CgError` (kinds `shape`, `usage`) where data would count several times, as their model or
    what they scatter by has more elements. A number of the program, such as 0, may stand for any number."""
    models, program = fit.models, fit.prepared.program
    for place, (span, left) in enumerate(zip(models.spans, program.outputs[::2], strict=True)):
        own = models.sketch.shapes[models.sketch.program.outputs[2 * place].node]
        once, count = prod(own), prod(span.shape)
        given = set(program.inputs.values()) & set(program.graph.ancestors([left.node]))
        if once == count or not given:
            continue
        right = program.outputs[2 * place + 1]
        model = models.sketch.shapes[models.sketch.program.outputs[2 * place + 1].node]
        kind, option, at, shape = "shape", "the model", right, model
        if prod(model) <= once and fit.sigmas:
            at, shape = fit.sigmas[place % len(fit.sigmas)], span.shape
            kind, option = "usage", "--sigma"
        data = f"data of the shape {shape_text(own)}" if own else "each number of the data"
        told = f"{data} would count {count // max(once, 1)} times: {option} is {shape_text(shape)}"
        arrays = [name for name, places in fit.unknowns.places().items() if places.ndim]
        hint = f"`{arrays[0]}` is an array; `sum` makes one number of several" if arrays else None
        raise CgError(kind, told, program.source, at.start, at.end, hint)


def require_assertions(fit: Any, vector: Any) -> None:
    """Raise `CgError` (kind `assert`) for the first row in which an assertion of the program fails."""
    if not fit.prepared.program.assertions:
        return
    values = fit.unknowns.values(vector)
    if fit.data is None:
        fit.prepared.point(values)
        return
    if fit.prepared.paths is not None:  # of which each has its own
        for batch, start, stop in blocks(fit.data):
            for row in range(start, stop):
                _require_row(fit, values, batch, row)
        return
    function = function_of(fit.prepared, fit.data.shapes, _assertions, fit.unknowns.names)
    for batch, start, stop in blocks(fit.data):
        columns = {name: batch.numbers[name][start:stop] for name in function.names}
        holds = np.ones(stop - start, bool)
        found = function(values, columns, stop - start)
        for value, node in zip(found, function.outputs, strict=True):
            table = function.table(value, stop - start, function.shapes[node])
            holds &= (np.abs(table) > 0).all(axis=1)
        if not holds.all():
            _require_row(fit, values, batch, start + int(np.flatnonzero(~holds)[0]))


def _require_row(fit: Any, values: Any, batch: Batch, row: int) -> None:
    try:
        fit.prepared.point(values | _cells(batch, row))
    except CgError as error:
        error.diagnostic.message += f", in {batch.row(row)}"
        raise


def _place(fit: Any, batch: Batch, start: int, at: int, sides: Sides) -> str:
    if fit.data is None:
        return f"element {at}"
    rows = min(BLOCK, batch.count - start)
    return batch.row(start + at // max(1, len(sides.left) // rows))


def _require_sigma(fit: Any, sides: Sides, batch: Batch, start: int) -> None:
    wrong = np.flatnonzero(~(np.ravel(sides.sigma) > 0))
    if len(wrong):
        value = float(np.ravel(sides.sigma)[wrong[0]])
        place = _place(fit, batch, start, int(wrong[0]), sides)
        raise CgError("number", f"--sigma is {number(value)} in {place}, and is to be above 0")


def _not_finite(fit: Any, vector: Any, batch: Batch, start: int, sides: Sides, at: int) -> CgError:
    """The error for a value, at its node and row, that is not finite at the start."""
    place = _place(fit, batch, start, at, sides)
    values = dict(fit.unknowns.values(vector))
    if fit.data is not None:
        row = start + at // max(1, len(sides.left) // min(BLOCK, batch.count - start))
        values |= _cells(batch, row)
    told = f"the start is no place to begin at, in {place}"
    point = fit.prepared.point(values)
    if point.warning is not None:
        error = CgError.of(point.warning)
        error.diagnostic.message += f", in {place}" if fit.data is not None else ""
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
