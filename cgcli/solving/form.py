"""An objective and conditions as one graph, with their weighted sum."""

from __future__ import annotations

from math import prod

import numpy as np

from cgcli.algebras.symbols import Symbols
from cgcli.annotations import Any, Callable, Mapping, Sequence
from cgcli.evaluation.paths import Guard
from cgcli.evaluation.specialised import Point, Specialised
from cgcli.solving.conditions import LARGER, Condition
from cgcli.solving.unknowns import Unknowns

# What a program says: the node of the objective, the conditions, and those that are bounds.
Parts = Callable[[Specialised], tuple[int, Sequence[Condition], Sequence[Condition]]]


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


class Form:
    """The graph.

    path        the program: of one with several paths, that on one of them
    of          the same over the graph
    inputs      by name the nodes: those of the program, and a weight of each slack
    objective, lagrangian   nodes: of what is minimised, and with each slack times its weight
    slacks      of the conditions, those that are bounds last
    general     how many numbers those have together that are no bounds, and `count` all
    guards      by what a program that runs has taken this path
    """

    def __init__(
        self, of: Specialised, unknowns: Unknowns, parts: Parts, guards: Sequence[Guard] = ()
    ) -> None:
        """Raises `CgError` for shapes that do not match, and what `parts` does."""
        self.guards, self.path = guards, of
        self.objective, conditions, bounds = parts(of)
        graph, shapes = of.graph.copy(), list(of.shapes())
        program = of.program.over(graph, range(len(graph)))
        self.inputs = {**program.inputs}
        symbols = Symbols(graph, shapes)
        self.slacks: list[Slack] = []
        self.count, self.general = 0, 0
        self._weights: dict[str, Any] = {}
        total = symbols.value(self.objective)
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
                _find(slack, of, unknowns, larger)
            name = f"{len(self.slacks)}:weight"  # no name of a program
            weight = symbols.symbol(graph.input(name), slack.shape)
            self.inputs[name] = weight.node
            self._weights[name] = np.zeros(slack.shape) if slack.shape else 0.0
            part = symbols.mul(weight, symbols.value(slack.node))
            total = total + (symbols.sum(part) if slack.shape else part)
            self.slacks.append(slack)
        self.lagrangian = symbols.node(total)
        program.inputs.update(self.inputs)
        given = of.given | {name: np.shape(weight) for name, weight in self._weights.items()}
        self.of = Specialised(program, graph, of.algebra, given)

    def point(self, given: Mapping[str, Any], weights: Any = None) -> Point:
        """Where inputs have these values, and each slack its weight, or 0. Raises `CgError` where an
        operation has no answer."""
        inputs = {**given, **self._weights}
        if weights is not None:
            for name, slack in zip(self._weights, self.slacks, strict=True):
                part = weights[slack.part]
                inputs[name] = part.reshape(slack.shape) if slack.shape else float(part[0])
        return Point(self.of, inputs, self.of.values(inputs))

    def takes(self, point: Point) -> bool:
        """Whether a program that runs takes this path there."""
        return all(np.all(guard.met(point.values[guard.node])) for guard in self.guards)


def _find(slack: Slack, of: Specialised, unknowns: Unknowns, larger: int) -> None:
    """Which elements of the vector a bound is of."""
    owners = dict(zip(of.program.nodes(unknowns.names), unknowns.names, strict=True))
    condition = slack.condition
    for node, sign in ((condition.left, larger), (condition.right, -larger)):
        places = unknowns.bounded(of.graph, owners, node)
        if places is not None:
            slack.places = np.broadcast_to(places, slack.shape).ravel()
            slack.sign = sign
            return
