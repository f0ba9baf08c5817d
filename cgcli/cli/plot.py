"""`--plot`: data, curve and residuals of a fit, in the terminal or in a picture."""

from __future__ import annotations

import os
import shutil
import sys
from importlib import import_module

from cgcli.annotations import Any
from cgcli.cli.predict import of_vectors
from cgcli.cli.problem import Problem
from cgcli.data.sinks import whole
from cgcli.diagnostics import CgError
from cgcli.later import np

# The endings of pictures.
ENDINGS = (".png", ".svg", ".pdf")

# What to do where a library is missing.
INSTALL = "pip install 'cgcli[plot]'"

# Points that are drawn of data at most, and of a curve, and rows of text that a plot has.
MOST, SMOOTH, HEIGHT = 5000, 400, 20

# So many times as far apart as data are, a curve is not followed.
FAR = 2.0

# The first character of Braille, of which each dot is a bit, and the bits of the upper half.
BRAILLE, UPPER = 0x2800, 0b00011011


class Points:
    """Points of a model, by the first column that it needs, ascending.

    name            what that column is called
    x, data, residual       of each point
    curve           the places at which the model is drawn, what it is there, and its band of confidence;
                    nan where it goes far beyond all points, as at a pole
    """

    def __init__(self, name: str, x: Any, columns: list[Any], curve: list[Any] | None = None) -> None:
        order = np.argsort(x, kind="stable")
        order = order[np.isfinite(x[order])]
        fit, residual, _, low, high = (column[order] for column in columns[:5])
        self.name, self.x, self.data, self.residual = name, x[order], fit + residual, residual
        self.curve = curve or [self.x, fit, low, high]
        finite = self.data[np.isfinite(self.data)]
        least, most = (float(end(finite)) if finite.size else 0.0 for end in (np.min, np.max))
        far = np.abs(self.curve[1] - (least + most) / 2) > FAR * ((most - least) or np.inf)
        self.curve[1:] = [np.where(far, np.nan, part) for part in self.curve[1:]]


def require(path: str) -> None:
    """Raise `CgError` where the library is missing that draws, or a picture's ending is none."""
    if path and os.path.splitext(path)[1].lower() not in ENDINGS:
        raise CgError("usage", f"--plot: `{path}` does not end in {', '.join(ENDINGS)}")
    _library("matplotlib" if path else "plotille")


def _library(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError:
        raise CgError("usage", f"--plot needs {name}, which is not installed", hint=INSTALL) from None


def plot(problem: Problem, fit: Any, figures: Any, vector: Any) -> None:
    """Draw each model over the first of its columns."""
    request = problem.request
    shown = _points(problem, fit, figures, problem.unknowns.values(vector))
    if request.plot:
        _picture(request.plot, shown)
        return
    stream = sys.stderr if request.format == "json" else sys.stdout
    mark = "" if request.format == "json" else "# "
    for points in shown:
        lines = _encoded(_text(points), stream.encoding).splitlines()
        stream.writelines(f"{mark}{line}".rstrip() + "\n" for line in lines)


def _points(problem: Problem, fit: Any, figures: Any, values: Any) -> list[Points]:
    from cgcli.solving.data import blocks
    from cgcli.solving.predictions import COLUMNS, predicted

    models, program = fit.models, problem.program
    if fit.data is None:
        told = "--plot is for models that are vectors of one length, or numbers of a row"
        table, found = of_vectors(problem, fit, figures, values, told)
    else:
        if any(models.shapes):
            raise CgError("usage", "--plot is for models that are numbers")
        data = fit.data if fit.rows <= MOST else fit.data.sample
        names = [name for name, shape in fit.data.shapes.items() if shape == ()]
        parts, rows = [], []
        for batch, start, stop in blocks(data):
            numbers = {name: column[start:stop] for name, column in batch.numbers.items()}
            rows.append([numbers[name] for name in names])
            parts.append(predicted(models, figures, values, numbers, stop - start, models.shapes, True))
        table = {name: np.concatenate(column) for name, column in zip(names, zip(*rows, strict=True))}
        found = [np.concatenate(column) for column in zip(*parts, strict=True)]
    needed = [set(program.graph.ancestors([output.node])) for output in program.outputs[1::2]]
    curves = _curves(problem, fit, figures, values, table, set().union(*needed))
    shown = []
    for place in range(models.count):
        by = next((name for name in table if program.inputs[name] in needed[place]), None)
        own = found[len(COLUMNS) * place : len(COLUMNS) * (place + 1)]
        x = np.arange(len(own[0])) if by is None else np.asarray(table[by])
        shown.append(Points(by or "row", x, own, curves and curves[place]))
    return shown


def _curves(
    problem: Problem, fit: Any, figures: Any, values: Any, table: Any, needed: set[int]
) -> list[list[Any]] | None:
    """Each model between the points, where all of them need one column, and it is a number of a row."""
    from cgcli.solving.models import Models
    from cgcli.solving.predictions import predicted

    by = [
        name for name, node in problem.program.inputs.items() if node in needed and name in fit.models.names
    ]
    if fit.data is None or len(by) != 1 or by[0] not in table:
        return None
    places = np.asarray(table[by[0]])[np.isfinite(table[by[0]])]
    least, most = (float(end(places)) if places.size else 0.0 for end in (np.min, np.max))
    x = least + (most - least) * np.arange(SMOOTH) / (SMOOTH - 1)
    try:
        models = Models(problem.prepared, problem.unknowns, {by[0]: ()}, right_alone=True)
        found = predicted(models, figures, values, {by[0]: x}, SMOOTH, models.shapes, False)
    except CgError:
        return None
    each = len(found) // models.count
    return [[x, found[at], found[at + 2], found[at + 3]] for at in range(0, len(found), each)]


def _text(points: Points) -> str:
    """Data and curve above, residuals below, for a terminal."""
    plotille = _library("plotille")
    width = max(30, min(shutil.get_terminal_size().columns, 100) - 24)
    found = []
    for values, height in ((points.data, HEIGHT), (points.residual, HEIGHT // 3)):
        figure = plotille.Figure()
        figure.width, figure.height, figure.with_colors, figure.origin = width, height, False, False
        figure.x_label, figure.y_label = points.name, "data" if values is points.data else "residual"
        figure.register_label_formatter(float, _label)
        if values is points.data:
            drawn = np.isfinite(points.curve[1])
            figure.plot(points.curve[0][drawn].tolist(), points.curve[1][drawn].tolist())
        figure.scatter(points.x.tolist(), values.tolist(), marker="o")
        found.append(figure.show())
    return "\n\n".join(found)


def _encoded(text: str, encoding: str | None) -> str:
    """A drawing for a stream: where that takes no dots of Braille, these as colons and points."""
    try:
        text.encode(encoding or "ascii")
    except UnicodeEncodeError:
        return "".join(map(_of_ascii, text))
    return text


def _of_ascii(character: str) -> str:
    dots = ord(character) - BRAILLE
    if not 0 <= dots < 256:
        return character if dots < 0 and character.isascii() else "?"
    return " '.:"[bool(dots & UPPER) + 2 * bool(dots & ~UPPER)]


def _label(value: float, chars: int, delta: float, left: bool = False) -> str:
    """A number beside an axis."""
    text = f"{value:.{max(1, chars - 7)}g}"
    return text.ljust(chars) if left else text.rjust(chars)


def _picture(target: str, shown: list[Points]) -> None:
    """Data, curve and its band above, residuals below, as a file, which appears whole or not."""
    import contextlib

    _library("matplotlib").use("Agg")
    pyplot = _library("matplotlib.pyplot")
    figure, axes = pyplot.subplots(
        2, len(shown), squeeze=False, sharex="col", figsize=(6.4 * len(shown), 5.6), height_ratios=(3, 1)
    )
    for place, points in enumerate(shown):
        above, below = axes[:, place]
        above.plot(points.x, points.data, "o", markersize=4, color="black", label="data")
        x, curve, low, high = points.curve
        above.plot(x, curve, color="tab:red", label="fit")
        above.fill_between(x, low, high, color="tab:red", alpha=0.25, linewidth=0)
        above.legend()
        below.axhline(0, color="tab:red", linewidth=1)
        below.plot(points.x, points.residual, "o", markersize=3, color="black")
        below.set_xlabel(points.name)
        below.set_ylabel("residual")
    figure.tight_layout()
    with contextlib.ExitStack() as stack:
        path = stack.enter_context(whole(target))
        figure.savefig(path, format=os.path.splitext(target)[1][1:].lower(), dpi=150)
    pyplot.close(figure)
