"""A program at a point: the values of its nodes, and what the passes need to go on from there."""

from __future__ import annotations

from cgcli.algebras.numbers import floats
from cgcli.diagnostics import Diagnostic
from cgcli.errors import OperationError
from cgcli.evaluation.binding import actual_shapes, algebra_for, bind
from cgcli.graph import Graph
from cgcli.language.program import Program
from cgcli.passes.forward import forward
from cgcli.passes.shapes import infer
from cgcli.shapes import names_among, resolved

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any


class Point:
    """A program and the values of its nodes where its inputs have these values.

    graph       that of the program; sizes that had names are numbers
    algebra     the one that the values belong to: floats or arrays
    inputs      by name
    values      by node; computed again where they were given away
    """

    __slots__ = ("_values", "algebra", "graph", "inputs", "program")

    def __init__(self, program: Program, graph: Graph, algebra: Any, inputs: dict[str, Any]) -> None:
        self.program, self.graph, self.algebra, self.inputs = program, graph, algebra, inputs
        self._values: Any = None

    @property
    def values(self) -> Sequence[Any]:
        if self._values is None:
            self._values = self.run(forward, self.graph, self.algebra, self.inputs)
        found: Sequence[Any] = self._values
        return found

    def give_values(self) -> Sequence[Any]:
        """The values, for a pass that lets each go once it has used it, so that they do not fill the
        memory beside what it makes."""
        found, self._values = self.values, None
        return found

    def run(self, function: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        """Call one of the passes; what an operation cannot do becomes an error at its place."""
        try:
            with self.algebra.quiet():
                return function(*arguments, **options)
        except OperationError as error:
            from cgcli.language.faults import operation_error

            raise operation_error(self.program, self.graph, error, self.shapes()) from None

    def shapes(self) -> list[Any]:
        """The shapes of the nodes, as far as they are without error."""
        given, _ = actual_shapes(self.program, self.inputs, self.algebra)
        try:
            return infer(self.graph, given)
        except OperationError as error:
            return infer(self.graph, given, range(error.node))

    def is_scalar(self, node: int) -> bool:
        return bool(self.algebra.shape(self.values[node]) == ())


def closed_value(value: float | Program) -> tuple[Any, Diagnostic | None]:
    """The value of an expression without inputs (`lowering.closed`), and what to warn of."""
    if isinstance(value, Program):
        point = evaluate(value, {})
        return point.values[value.outputs[0].node], nonfinite(point)
    return value, None


def nonfinite(point: Point) -> Diagnostic | None:
    """A warning for the first node that is not finite although its operands are."""
    if all(map(point.algebra.finite, point.values)):
        return None
    from cgcli.evaluation.findings import nonfinite_value

    return nonfinite_value(point)


def known_inputs(program: Program, bindings: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs that have a value: a binding, or else a default."""
    known = {}
    for name in program.inputs:
        if name in bindings:
            known[name] = bindings[name]
        elif name in program.defaults:
            known[name], _ = closed_value(program.defaults[name])
    return known


def prepare(program: Program, known: dict[str, Any]) -> Point:
    """A point with some inputs known, before its values: their shapes fit the program.

    Raises `CgError` for shapes that do not match, with the operator and both sides."""
    algebra = algebra_for(program, known)
    point = Point(program, program.graph, algebra, known)
    if algebra is not floats:
        algebra.begin(set(program.graph.ops))
        given, sizes = actual_shapes(program, known, algebra)
        if sizes:
            point.graph = program.graph.with_attributes(resolved(program.graph.attrs, sizes))
        point.run(infer, point.graph, given)
    return point


def evaluate(program: Program, bindings: Mapping[str, Any]) -> Point:
    """A program with the values of its nodes. Raises `CgError` for an unbound input, shapes that do
    not match, what an operation cannot do, and a failed assertion."""
    point = prepare(program, bind(program, known_inputs(program, bindings)))
    values = point.values
    for assertion in program.assertions:
        if not point.algebra.holds(values[assertion.node]):
            from cgcli.evaluation.findings import assertion_error

            raise assertion_error(point, assertion)
    return point


def known_values(program: Program, known: dict[str, Any]) -> tuple[list[Any], list[Any]]:
    """The values of the nodes that depend only on inputs which have one, and the shapes of those
    for which it can be told; None for the rest."""
    point = prepare(program, known)
    graph = point.graph
    missing = [node for name, node in program.inputs.items() if name not in known]
    missing += [node for node, attributes in graph.attrs.items() if names_among(attributes)]
    unknown = graph.dependents(missing)
    rest = [node for node in range(len(graph)) if not unknown[node]]
    values = point.run(forward, graph, point.algebra, known, rest)
    shapes = point.shapes() if program.uses_arrays else [None] * len(graph)
    return [None if absent else value for value, absent in zip(values, unknown)], shapes
