"""An objective and conditions as smooth functions of the vector of unknowns, with exact derivatives."""

from __future__ import annotations

from math import prod

import numpy as np

from cgcli.algebras.symbols import Symbols
from cgcli.annotations import Any, Mapping, Sequence
from cgcli.diagnostics import CgError
from cgcli.evaluation.derivatives import gradients, hessian, hessian_times, jacobian
from cgcli.evaluation.prepared import Prepared
from cgcli.evaluation.specialised import Point, Specialised, specialised
from cgcli.solving.conditions import LARGER, Condition
from cgcli.solving.unknowns import Unknowns


class Slack:
    """By how much a condition holds: below 0 it does not; of an equation the difference of its sides.

    condition   the comparison, of the program that is evaluated
    node, shape of what is left
    part        where its elements stand among all
    places      of a bound, which elements of the vector it is of; else None
    sign        of a bound: whether they are the larger side, 1, or the smaller one, -1
    """

    def __init__(self, condition: Condition, node: int, shape: Any, start: int) -> None:
        self.condition, self.node, self.shape = condition, node, shape
        self.part = slice(start, start + prod(shape))
        self.places: Any = None
        self.sign = 0

    @property
    def is_equation(self) -> bool:
        return not LARGER[self.condition.relation]


class Smooth:
    """The functions.

    slacks      of the conditions, those that are bounds last
    general     how many numbers those have together that are no bounds, and `count` all
    equations   for each of all, whether it is one of an equation
    calls       how often the objective was asked for
    """

    def __init__(
        self,
        prepared: Prepared,
        unknowns: Unknowns,
        objective: int,
        conditions: Sequence[Condition],
        bounds: Sequence[Condition],
        of: Specialised | None = None,
    ) -> None:
        """The nodes of the objective and the conditions are those of `program_of(prepared)`.

        Raises `CgError` for shapes that do not match."""
        of = of or program_of(prepared)
        self.unknowns, self.known = unknowns, prepared.known
        self.names = unknowns.names
        graph, shapes = of.graph.copy(), list(of.shapes())
        program = of.program.over(graph, range(len(graph)))
        self._inputs = {**program.inputs}
        symbols = Symbols(graph, shapes)
        self.slacks: list[Slack] = []
        self.count, self.general = 0, 0
        self._weights: dict[str, Any] = {}
        total = symbols.value(objective)
        for condition in (*conditions, *bounds):
            larger = LARGER[condition.relation]
            left, right = (symbols.value(node) for node in (condition.left, condition.right))
            found = of.run(
                lambda left, right: left - right, *((right, left) if larger < 0 else (left, right))
            )
            slack = Slack(condition, symbols.node(found), symbols.shape(found), self.count)
            self.count = slack.part.stop
            if len(self.slacks) < len(conditions):
                self.general = self.count
            else:
                self._find(slack, of, larger)
            name = f"{len(self.slacks)}:weight"  # no name of a program
            weight = symbols.symbol(graph.input(name), slack.shape)
            self._inputs[name] = weight.node
            self._weights[name] = np.zeros(slack.shape) if slack.shape else 0.0
            part = symbols.mul(weight, symbols.value(slack.node))
            total = total + (symbols.sum(part) if slack.shape else part)
            self.slacks.append(slack)
        self._lagrangian, self._objective = symbols.node(total), objective
        program.inputs.update(self._inputs)
        given = of.given | {name: np.shape(weight) for name, weight in self._weights.items()}
        self.of = Specialised(program, graph, of.algebra, given)
        self.equations = np.concatenate(
            [np.full(prod(slack.shape), slack.is_equation) for slack in self.slacks] or [np.zeros(0, bool)]
        )
        self.calls = 0
        self._last: tuple[bytes, Point | None] = (b"", None)

    def _find(self, slack: Slack, of: Specialised, larger: int) -> None:
        """Which elements of the vector a bound is of."""
        owners = dict(zip(of.program.nodes(self.names), self.names, strict=True))
        condition = slack.condition
        for node, sign in ((condition.left, larger), (condition.right, -larger)):
            places = self.unknowns.bounded(of.graph, owners, node)
            if places is not None:
                slack.places = np.broadcast_to(places, slack.shape).ravel()
                slack.sign = sign
                return

    # At a vector

    def inputs(self, vector: Any, weights: Any = None) -> dict[str, Any]:
        """The inputs of the program, and the weight of each slack, or 0."""
        given = {**self.known, **self.unknowns.values(vector)}
        if weights is None:
            return given | self._weights
        for name, slack in zip(self._weights, self.slacks, strict=True):
            part = weights[slack.part]
            given[name] = part.reshape(slack.shape) if slack.shape else float(part[0])
        return given

    def point(self, vector: Any) -> Point:
        """Raises `CgError` where an operation has no answer."""
        key = vector.tobytes()
        if self._last[0] != key or self._last[1] is None:
            inputs = self.inputs(vector)
            self._last = key, Point(self.of, inputs, self.of.values(inputs))
            self.calls += 1
        found = self._last[1]
        assert found is not None
        return found

    def value(self, vector: Any) -> float:
        """The objective; inf where it has no value, or an assertion fails."""
        try:
            point = self.point(vector)
        except CgError:
            return np.inf
        found = float(point.values[self._objective])
        holds = all(self.of.algebra.holds(point.values[one.node]) for one in self.of.program.assertions)
        return np.inf if found != found or not holds else found

    def slack(self, vector: Any) -> Any:
        """The slacks, one after the other."""
        found = np.empty(self.count)
        try:
            point = self.point(vector)
        except CgError:
            return np.full(self.count, np.nan)
        for slack in self.slacks:
            found[slack.part] = np.ravel(point.values[slack.node])
        return found

    def gradient(self, vector: Any) -> Any:
        """That of the objective; nan where it has none."""
        return self._rows(vector, [self._objective], lambda nodes, point: gradients(point, nodes, self._wrt))[
            0
        ]

    def jacobian(self, vector: Any) -> Any:
        """The derivatives of the slacks that are no bounds, a row each."""
        found = np.empty((self.general, self.unknowns.size))
        numbers = [slack for slack in self.slacks if slack.part.stop <= self.general and not slack.shape]
        if numbers:
            nodes = [slack.node for slack in numbers]
            rows = self._rows(vector, nodes, lambda nodes, point: gradients(point, nodes, self._wrt))
            for slack, row in zip(numbers, rows, strict=True):
                found[slack.part] = row
        for slack in self.slacks:
            if slack.shape and slack.part.stop <= self.general:
                found[slack.part] = self._block(vector, slack)
        return found

    @property
    def _wrt(self) -> list[int]:
        return [self._inputs[name] for name in self.names]

    def _rows(self, vector: Any, nodes: Sequence[int], found: Any) -> Any:
        try:
            rows = found(nodes, self.point(vector))
        except CgError:
            return np.full((len(nodes), self.unknowns.size), np.nan)
        return [self.unknowns.packing.pack(dict(zip(self.names, row, strict=True))) for row in rows]

    def _block(self, vector: Any, slack: Slack) -> Any:
        count = prod(slack.shape)
        try:
            parts = jacobian(self.point(vector), slack.node, self._wrt)
        except CgError:
            return np.nan
        return np.concatenate([np.reshape(part, (count, -1)) for part in parts], axis=1)

    def hessian(self, vector: Any, weights: Any) -> Any:
        """The second derivatives of the objective plus each slack times its weight, whole."""
        return self.second(vector, weights, self.names, self.names)

    def second(self, vector: Any, weights: Any, down: Sequence[str], across: Sequence[str]) -> Any:
        """Its second derivatives by some inputs and others, whose elements follow each other."""
        names = list(dict.fromkeys((*down, *across)))
        inputs = self.inputs(vector, weights)
        point = Point(self.of, inputs, self.of.values(inputs))
        blocks = hessian(point, self._lagrangian, {name: self._inputs[name] for name in names})
        places = {name: (place, int(np.size(inputs[name]))) for place, name in enumerate(names)}
        return np.block([[_matrix(blocks, places[x], places[y]) for y in across] for x in down])

    def times(self, vector: Any, weights: Any, direction: Any) -> Any:
        """The same, times a direction."""
        inputs = self.inputs(vector, weights)
        point = Point(self.of, inputs, self.of.values(inputs))
        moving = self.unknowns.values(direction)
        found = hessian_times(point, self._lagrangian, self._wrt, moving)
        return self.unknowns.packing.pack(dict(zip(self.names, found, strict=True)))

    def by(self, vector: Any, weights: Any, names: Mapping[str, Any] | Sequence[str]) -> tuple[Any, Any]:
        """The derivatives by other inputs: of the objective plus each slack times its weight, and of each
        slack, a row each."""
        inputs = self.inputs(vector, weights)
        point = Point(self.of, inputs, self.of.values(inputs))
        nodes = [self._inputs[name] for name in names]
        (row,) = gradients(point, [self._lagrangian], nodes)
        total = np.concatenate([np.ravel(part) for part in row])
        rows = np.zeros((self.count, len(total)))
        for slack in self.slacks:
            parts = jacobian(point, slack.node, nodes)
            rows[slack.part] = np.concatenate(
                [np.reshape(part, (prod(slack.shape), -1)) for part in parts], axis=1
            )
        return total, rows


def _matrix(blocks: Any, row: tuple[int, int], column: tuple[int, int]) -> Any:
    """A block of second derivatives, by its places and sizes."""
    return np.reshape(blocks[row[0]][column[0]], (row[1], column[1]))


def program_of(prepared: Prepared) -> Specialised:
    """The program with the derivatives inside it written out. Raises `CgError` for shapes that do not
    match."""
    return specialised(prepared.program, prepared.known)
