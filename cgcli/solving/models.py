"""What a program says of data: both sides of each `data ~ model`, and the Jacobian of the model."""

from __future__ import annotations

from math import prod

import numpy as np

from cgcli.algebras.symbols import Symbols
from cgcli.annotations import Any, Mapping, Sequence
from cgcli.diagnostics import CgError
from cgcli.errors import OperationError
from cgcli.evaluation.prepared import Prepared
from cgcli.language.block import Output
from cgcli.passes.derive import backward, onward
from cgcli.shapes import broadcast
from cgcli.solving.branched import function_of
from cgcli.solving.function import Sketch
from cgcli.solving.unknowns import Unknowns


class Sides:
    """A model at some rows.

    left, right     the data and the model: of each row as many numbers as it has elements
    sigma           the standard deviation of each of them, or of all
    slopes          columns of the Jacobian of the model, which has a row for each of them: parts of it
    """

    def __init__(self, left: Any, right: Any, sigma: Any, slopes: Sequence[Any]) -> None:
        self.left, self.right, self.sigma, self.slopes = left, right, sigma, slopes

    @property
    def counts(self) -> Any:
        """Which of them count: where data may be anything they say nothing."""
        return np.broadcast_to(np.isfinite(self.sigma), len(self.left))

    @property
    def jacobian(self) -> Any:
        """Of the model."""
        return np.concatenate(self.slopes, axis=1)

    def block(self) -> Any:
        """`[J r]`, over the standard deviations; each column stands in memory by itself."""
        found = np.empty((1 + sum(part.shape[1] for part in self.slopes), len(self.left))).T
        begin = 0
        for part in self.slopes:
            found[:, begin : begin + part.shape[1]] = part
            begin += part.shape[1]
        found[:, -1] = (self.left - self.right) / self.sigma
        if self.sigma.__class__ is not float:
            found[:, :-1] /= np.asarray(self.sigma, float)[:, None]
        return found


class _Span:
    """Where the nodes of a model stand among all that are computed.

    sides       both sides, and the sigma where there is one
    slopes      the derivatives
    shape       of a residual of one row
    is_number   whether the model of a row is one, and so has a gradient
    """

    def __init__(self, sides: range, slopes: range, shape: tuple[int, ...], is_number: bool) -> None:
        self.sides, self.slopes, self.shape, self.is_number = sides, slopes, shape, is_number


class Models:
    """The models of a program, as functions of its unknowns and of columns.

    count       how many there are
    names       of the columns that they need
    spans       where their nodes stand among those of `function`
    """

    def __init__(
        self,
        prepared: Prepared,
        unknowns: Unknowns,
        cells: Mapping[str, tuple[int, ...]],
        sigmas: Sequence[Output] = (),
        right_alone: bool = False,
        count: int = 0,
    ) -> None:
        """`cells` has the shape of a cell of each column; of sigmas there is none, one for all models, or one
        for each. `count` is about how many rows there will be. With `right_alone`
        what is on the left is not asked for, and the model stands there.

        Raises `CgError` for shapes that do not match, and a sigma that the unknowns move."""
        self.prepared, self.unknowns, self._sigmas = prepared, unknowns, list(sigmas)
        self._right_alone = right_alone
        self.function = function_of(prepared, cells, self._nodes, unknowns.names, count)
        self.names, self.count = self.function.names, len(self.spans)

    def _nodes(self, sketch: Sketch) -> list[int]:
        """The nodes of all models: their sides, then their derivatives."""
        graph, shapes, outputs = sketch.graph, sketch.shapes, sketch.program.outputs
        moving = graph.dependents(sketch.program.nodes(self.unknowns.names))
        scales = sketch.aside(self._sigmas)
        for node, output in zip(scales, self._sigmas, strict=True):
            if moving[node]:
                told = "--sigma: the unknowns do not move what the data scatter by"
                raise CgError("usage", told, self.prepared.program.source, output.start, output.end)
        pairs = [(left.node, right.node) for left, right in zip(outputs[::2], outputs[1::2], strict=True)]
        sides: list[list[int]] = []
        slopes: list[list[int]] = []
        of: list[int] = []
        for place, (left, right) in enumerate(pairs):
            left = right if self._right_alone else left
            own = [left, right, *([scales[place % len(scales)]] if scales else [])]
            sides.append(own)
            moves = moving[left] and not self._right_alone
            of.append(sketch.of.run(_difference, sketch, left, right) if moves else right)
            slopes.append(sketch.of.run(self._slopes, sketch, of[-1]))
        self.sketch, self._first, self.spans = sketch, sum(map(len, sides)), []
        begin, other = 0, self._first
        for own, by, model in zip(sides, slopes, of, strict=True):
            shape = sketch.of.run(broadcast, *(shapes[node] for node in own))
            spans = range(begin, begin + len(own)), range(other, other + len(by))
            self.spans.append(_Span(*spans, shape, shapes[model] == ()))
            begin, other = spans[0].stop, spans[1].stop
        return [node for own in (*sides, *slopes) for node in own]

    def _slopes(self, sketch: Sketch, of: int) -> list[int]:
        """The nodes of a model's derivatives: by each unknown, where it is a number; else by each of their
        elements."""
        shapes = sketch.shapes
        symbols, by = Symbols(sketch.graph, shapes), sketch.program.nodes(self.unknowns.names)
        if shapes[of] == ():
            return backward(symbols, of, by)
        return [
            onward(symbols, of, node, sketch.unit(symbols, shapes[node], place))
            for node in by
            for place in range(prod(shapes[node]))
        ]

    @property
    def shapes(self) -> list[tuple[int, ...]]:
        """The shape of a residual of one row, of each model."""
        return [span.shape for span in self.spans]

    def at(
        self,
        unknowns: Mapping[str, Any],
        columns: Mapping[str, Any],
        count: int,
        wide: bool = False,
        slopes: bool = True,
    ) -> list[Sides]:
        """Each model at so many rows, for these values of the unknowns; `wide` finds both sides with as many
        digits as there are. Raises `CgError` where an operation has no answer."""
        try:
            values = self.function(unknowns, columns, count, None if slopes else self._first)
            if wide:
                values[: self._first] = self.function.wide(unknowns, columns, count, self._first)
        except OperationError as error:
            raise self.sketch.of.error(error) from None
        return self._sides(values, count, slopes)

    def exact(
        self, unknowns: Mapping[str, Any], columns: Mapping[str, Any], count: int
    ) -> list[Sides] | None:
        """The same as fractions; None where there are none, or many of them."""
        values = self.function.exact(unknowns, columns, count)
        return None if values is None else self._sides(values, count)

    def _sides(self, values: Sequence[Any], count: int, slopes: bool = True) -> list[Sides]:
        found = []
        for span in self.spans:
            own = [self.function.numbers(values[place], count, span.shape) for place in span.sides]
            parts = [self._columns(values[place], count, span, place) for place in span.slopes if slopes]
            found.append(Sides(own[0], own[1], own[2] if len(own) > 2 else 1.0, parts))
        return found

    def rounded(self, unknowns: Mapping[str, Any], columns: Mapping[str, Any], count: int) -> list[Sides]:
        """As `at` what doubles are less what they are with more digits, of both sides and of derivatives.
        Raises as that."""
        try:
            values = self.function(unknowns, columns, count)
            more = self.function.wide(unknowns, columns, count)
        except OperationError as error:
            raise self.sketch.of.error(error) from None
        found = []
        for plain, wide in zip(self._sides(values, count), self._sides(more, count), strict=True):
            slopes = [own - more for own, more in zip(plain.slopes, wide.slopes, strict=True)]
            found.append(Sides(plain.left - wide.left, plain.right - wide.right, plain.sigma, slopes))
        return found

    def _columns(self, value: Any, count: int, span: _Span, place: int) -> Any:
        """Columns of the Jacobian: one, of a derivative along a direction; or those of all elements of an
        unknown, of a derivative of a number."""
        if not span.is_number:
            return self.function.numbers(value, count, span.shape)[:, None]
        own: Any = self.function.shapes[self.function.outputs[place]]
        table = self.function.table(value, count, own)
        return np.repeat(table, prod(span.shape), axis=0) if span.shape else table

    def linear(self) -> Any:
        """Places in the vector of unknowns in which all models together are linear: derivatives by them
        do not depend on any of them; as many as are found one after the other. None where there is none,
        and where a path that rows take may depend on them."""
        if self.prepared.paths is not None:
            return None
        names = self.unknowns.names
        moved = {name: self.function.moved(name) for name in names}
        slopes = {name: self._slopes_by(name) for name in names}

        def is_free(of: str, by: str) -> bool:
            return not any(moved[by][node] for node in slopes[of])

        found: list[str] = []
        for name in names:
            if is_free(name, name) and all(is_free(name, one) and is_free(one, name) for one in found):
                found.append(name)
        places = self.unknowns.places()
        return np.concatenate([places[name].ravel() for name in found]) if found else None

    def _slopes_by(self, name: str) -> list[int]:
        """The nodes of all models' derivatives by an unknown."""
        found = []
        for span in self.spans:
            nodes = [self.function.outputs[place] for place in span.slopes]
            if len(nodes) == len(self.unknowns.names):
                found.append(nodes[self.unknowns.names.index(name)])
            else:
                found += [nodes[place] for place in self.unknowns.places()[name].ravel()]
        return found


def _difference(sketch: Sketch, left: int, right: int) -> int:
    """What is differentiated where the unknowns move the data, too."""
    symbols = Symbols(sketch.graph, sketch.shapes)
    return symbols.node(symbols.value(right) - symbols.value(left))
