"""An objective and conditions as smooth functions of the vector of unknowns, with exact derivatives."""

from __future__ import annotations

import contextlib
from math import prod

import numpy as np

from cgcli.annotations import Any, Mapping, Sequence
from cgcli.diagnostics import CgError
from cgcli.evaluation.derivatives import (
    adjoints,
    gradients,
    hessian,
    hessian_times,
    jacobian,
    magnitude,
    products,
)
from cgcli.evaluation.prepared import Prepared
from cgcli.evaluation.specialised import Point, Specialised, specialised
from cgcli.solving.compressed import Compressed
from cgcli.solving.conditions import Condition
from cgcli.solving.epigraph import Epigraph
from cgcli.solving.form import Form, Parts, Slack
from cgcli.solving.maxima import Maxima
from cgcli.solving.rounded import Rounded
from cgcli.solving.unknowns import Unknowns

# What stands in the place of a program.
Other = Epigraph | Maxima | Rounded

# Paths of a program that runs that are kept, those that were taken last.
KEPT = 64


class Smooth:
    """The functions.

    of          the program; of one with paths, before any is taken
    slacks      of the conditions, those that are bounds last
    general     how many numbers those have together that are no bounds, and `count` all
    equations   for each of all, whether it is one of an equation
    calls       how often the objective was asked for
    """

    def __init__(
        self, prepared: Prepared, unknowns: Unknowns, parts: Parts, epigraph: Other | None = None
    ) -> None:
        """Raises `CgError` for shapes that do not match, and what `parts` does."""
        self._prepared, self.unknowns, self.known, self._parts = prepared, unknowns, prepared.known, parts
        self.names = unknowns.names
        self._paths = prepared.paths if epigraph is None else None  # its corners are those of one of them
        if epigraph is None:
            self.of = specialised(prepared.program, prepared.known)
        else:
            self.of, self.known = epigraph.of, {**prepared.known, **epigraph.known}
        first = Form(self.of, unknowns, parts)
        self._forms = [first] if self._paths is None else []
        self.slacks: list[Slack] = first.slacks
        self.count, self.general = first.count, first.general
        self.equations = np.concatenate(
            [np.full(prod(slack.shape), slack.is_equation) for slack in self.slacks] or [np.zeros(0, bool)]
        )
        self.calls = 0
        self._last: Any = None
        self._compressed = Compressed(unknowns.size)

    def beside(self, epigraph: Other) -> Smooth:
        """The same with unknowns in the place of corners."""

        def parts(of: Specialised) -> tuple[int, list[Condition], Sequence[Condition]]:
            objective, conditions, bounds = self._parts(of)
            return objective, [*conditions, *epigraph.conditions], bounds

        return Smooth(self._prepared, self.unknowns.beside(epigraph.starts), parts, epigraph)

    def pulls(self, vector: Any) -> tuple[Specialised, Any, Mapping[int, Any]]:
        """The program on its path there, the values of the nodes, and by node how much the objective grows
        with it, and what slacks are less by together. Raises `CgError` where an operation has no answer."""
        inequalities = np.where(self.equations, 0.0, -1.0)
        inequalities[self.general :] = 0.0
        form, point = self._weighted(vector, inequalities)
        return form.path, point.values, adjoints(point, form.lagrangian, form.of.active(self._wrt(form)))

    # At a vector

    def _at(self, vector: Any) -> tuple[Form, Point]:
        """Raises `CgError` where an operation has no answer."""
        key = vector.tobytes()
        if self._last is None or self._last[0] != key:
            self.calls += 1
            try:
                self._last = key, self._found({**self.known, **self.unknowns.values(vector)})
            except CgError as error:
                self._last = key, error
        found: Any = self._last[1]
        if isinstance(found, CgError):
            raise found
        return found  # type: ignore[no-any-return]

    def _found(self, given: Mapping[str, Any]) -> tuple[Form, Point]:
        paths = self._paths
        if paths is None:
            return self._forms[0], self._forms[0].point(given)
        for place, form in enumerate(self._forms):
            try:
                point = form.point(given)
            except CgError:  # on a path that is not taken there
                continue
            if form.takes(point):
                self._forms.insert(0, self._forms.pop(place))
                return form, point
        path = paths.at(given)
        of = specialised(path.prepared.program, path.prepared.known)
        form = Form(of, self.unknowns, self._parts, path.guards)
        self._forms = [form, *self._forms[: KEPT - 1]]
        return form, form.point(given)

    def _weighted(self, vector: Any, weights: Any) -> tuple[Form, Point]:
        """The same, with a weight of each slack."""
        form = self._at(vector)[0]
        return form, form.point({**self.known, **self.unknowns.values(vector)}, weights)

    def value(self, vector: Any) -> float:
        """The objective; inf where it has no value, or an assertion fails."""
        try:
            form, point = self._at(vector)
        except CgError as error:
            if self._paths is not None and self._paths.ends(error):
                raise
            return np.inf
        found = float(point.values[form.objective])
        holds = all(form.of.algebra.holds(point.values[one.node]) for one in form.of.program.assertions)
        return np.inf if found != found or not holds else found

    def magnitude(self, vector: Any) -> float:
        """The largest number that the objective is computed from, times what it moves that by. Raises
        `CgError` where it has no value."""
        form, point = self._at(vector)
        return magnitude(point, form.objective)

    def corners(self) -> list[str]:
        """The texts of what the objective consists of at which its slope may jump, the longest first."""
        if not self._forms:
            return []
        form = self._forms[0]
        graph, text = form.of.graph, form.of.program.source.text
        moved = graph.dependents(self._wrt(form))
        nodes = [node for node in graph.ancestors([form.objective]) if moved[node]]
        found = [text[graph.starts[node] : graph.ends[node]] for node in nodes if graph.ops[node].corner]
        return sorted({" ".join(one.split()) for one in found if one}, key=len, reverse=True)

    def slack(self, vector: Any) -> Any:
        """The slacks, one after the other."""
        return self._of_slacks(vector, lambda slack, values: values[slack.node])

    def sizes(self, vector: Any) -> Any:
        """Of each slack how large the sides of its condition are together."""
        return self._of_slacks(
            vector, lambda slack, values: sum(np.abs(values[node]) for node in slack.condition.sides)
        )

    def _of_slacks(self, vector: Any, found: Any) -> Any:
        """A number for each slack, nan where there is no value."""
        numbers = np.full(self.count, np.nan)
        with contextlib.suppress(CgError):
            form, point = self._at(vector)
            for slack in form.slacks:
                numbers[slack.part] = np.ravel(np.broadcast_to(found(slack, point.values), slack.shape))
        return numbers

    def gradient(self, vector: Any) -> Any:
        """That of the objective; nan where it has none."""
        return self._rows(vector, lambda form: [form.objective], 1)[0]

    def jacobian(self, vector: Any) -> Any:
        """The derivatives of the slacks that are no bounds, a row each."""
        found = np.empty((self.general, self.unknowns.size))
        general = [slack for slack in self.slacks if slack.part.stop <= self.general]
        numbers = [place for place, slack in enumerate(general) if not slack.shape]
        if numbers:
            rows = self._rows(
                vector, lambda form: [form.slacks[place].node for place in numbers], len(numbers)
            )
            for place, row in zip(numbers, rows, strict=True):
                found[self.slacks[place].part] = row
        for place, slack in enumerate(general):
            if slack.shape:
                found[slack.part] = self._block(vector, place)
        return found

    def _wrt(self, form: Form) -> list[int]:
        return [form.inputs[name] for name in self.names]

    def _rows(self, vector: Any, nodes: Any, count: int) -> Any:
        """The gradients of so many nodes of the form that is taken; nan where there are none."""
        try:
            form, point = self._at(vector)
            rows = gradients(point, nodes(form), self._wrt(form))
        except CgError:
            return np.full((count, self.unknowns.size), np.nan)
        return [self.unknowns.packing.pack(dict(zip(self.names, row, strict=True))) for row in rows]

    def _block(self, vector: Any, place: int) -> Any:
        count = prod(self.slacks[place].shape)
        try:
            form, point = self._at(vector)
            parts = jacobian(point, form.slacks[place].node, self._wrt(form))
        except CgError:
            return np.nan
        return np.concatenate([np.reshape(part, (count, -1)) for part in parts], axis=1)

    def hessian(self, vector: Any, weights: Any) -> Any:
        """The second derivatives of the objective plus each slack times its weight, whole; nan where there
        are none."""
        found = self._compressed.matrix(lambda directions: self._products(vector, weights, directions))
        if found is None:
            found = self.second(vector, weights, self.names, self.names)
            self._compressed.learn(found)
        return found

    def _products(self, vector: Any, weights: Any, directions: Any) -> Any:
        """That matrix times each row of directions; None where it is to be found whole."""
        try:
            form, point = self._weighted(vector, weights)
            found = products(point, form.lagrangian, self._wrt(form), self.unknowns.parts(directions))
        except CgError:
            return None
        if found is None:
            return None
        return np.concatenate([part.reshape(len(part), -1) for part in found], axis=1)

    def second(self, vector: Any, weights: Any, down: Sequence[str], across: Sequence[str]) -> Any:
        """Its second derivatives by some inputs and others, whose elements follow each other."""
        names = list(dict.fromkeys((*down, *across)))
        try:
            form, point = self._weighted(vector, weights)
        except CgError:
            sizes = [sum(int(np.size(self.known[name])) for name in one) for one in (down, across)]
            return np.full(sizes, np.nan)
        blocks = hessian(point, form.lagrangian, {name: form.inputs[name] for name in names})
        places = {name: (place, int(np.size(point.inputs[name]))) for place, name in enumerate(names)}
        return np.block([[_matrix(blocks, places[x], places[y]) for y in across] for x in down])

    def times(self, vector: Any, weights: Any, direction: Any) -> Any:
        """The same, times a direction."""
        try:
            form, point = self._weighted(vector, weights)
        except CgError:
            return np.full(self.unknowns.size, np.nan)
        found = hessian_times(point, form.lagrangian, self._wrt(form), self.unknowns.values(direction))
        return self.unknowns.packing.pack(dict(zip(self.names, found, strict=True)))

    def by(self, vector: Any, weights: Any, names: Mapping[str, Any] | Sequence[str]) -> tuple[Any, Any]:
        """The derivatives by other inputs: of the objective plus each slack times its weight, and of each
        slack, a row each."""
        form, point = self._weighted(vector, weights)
        nodes = [form.inputs[name] for name in names]
        (row,) = gradients(point, [form.lagrangian], nodes)
        total = np.concatenate([np.ravel(part) for part in row])
        rows = np.zeros((self.count, len(total)))
        for slack in form.slacks:
            parts = jacobian(point, slack.node, nodes)
            rows[slack.part] = np.concatenate(
                [np.reshape(part, (prod(slack.shape), -1)) for part in parts], axis=1
            )
        return total, rows


def _matrix(blocks: Any, row: tuple[int, int], column: tuple[int, int]) -> Any:
    """A block of second derivatives, by its places and sizes."""
    return np.reshape(blocks[row[0]][column[0]], (row[1], column[1]))
