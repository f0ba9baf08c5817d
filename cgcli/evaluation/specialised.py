"""A program for inputs of certain shapes: its graph, the algebra that it runs over, and what the passes
need to know of it, found once; and that program at a point."""

from __future__ import annotations

from math import prod

from cgcli.algebras.base import kind
from cgcli.annotations import Any, Callable, Iterable, Mapping, Sequence
from cgcli.diagnostics import CgError, Diagnostic
from cgcli.errors import OperationError, located
from cgcli.evaluation.binding import actual_shapes
from cgcli.graph import Graph
from cgcli.language.program import Program
from cgcli.later import np
from cgcli.ops import INPUT
from cgcli.ops.matrices import SYMMETRIC
from cgcli.passes.forward import forward
from cgcli.passes.join import differentiable
from cgcli.passes.shapes import infer
from cgcli.shapes import Shape, names_among, resolved

# The algebra of programs that compute with plain numbers alone: there is nothing to prepare or to silence.
FLOATS = kind("floats")

# Operations whose results have their elements where their operands have them.
VIEWS = {"broadcast", "transpose", "reshape", "flip"}

# So many lists of nodes are remembered, which may be as long as the graph.
KEPT = 32


class Specialised:
    """A program for inputs of certain shapes.

    program     whose graph may have been rewritten
    graph       that of the program; sizes that had names are numbers
    algebra     what values belong to: floats or arrays
    given       the shapes of the inputs that are known, by name; () where it is not said
    """

    __slots__ = ("_facts", "_ops", "_watched", "algebra", "given", "graph", "program")

    def __init__(self, program: Program, graph: Graph, algebra: Any, given: dict[str, Shape]) -> None:
        self.program, self.graph, self.algebra, self.given = program, graph, algebra, given
        self._ops = set() if algebra is FLOATS else set(graph.ops)
        self._watched: Any = None
        self._facts: dict[Any, Any] = {}

    def values(self, inputs: Mapping[str, Any], nodes: Iterable[int] | None = None) -> Any:
        """The forward pass, with which a run begins: other programs may have run since the last."""
        if self.algebra is not FLOATS:
            self._require_memory(nodes)
            self.algebra.begin(self._ops)
        values = self.run(forward, self.graph, self.algebra, inputs, nodes)
        if self.program.made is None or nodes is not None:
            return values
        from cgcli.evaluation.widening import with_derivatives

        return self.run(with_derivatives, self.graph, self.algebra, values, self.program.made)

    def watched(self, values: Any) -> Any:
        """The algebra, for derivatives where the nodes have these values (`algebras.watched`)."""
        if self._watched is None:
            from cgcli.algebras.watched import Watched

            self._watched = Watched(self.algebra, self.graph)
        self._watched.values = values
        return self._watched

    def _require_memory(self, nodes: Iterable[int] | None) -> None:
        """Raise `CgError` where the values of the nodes, or of all, cannot fit the memory there is: before
        there are any, once for all points."""
        if nodes is None and "memory" in self._facts:
            return
        from cgcli.memory import SMALL, require_memory

        shapes, total = self.shapes(), 0.0
        ops = self.graph.ops
        for node in range(len(ops)) if nodes is None else nodes:
            op, shape = ops[node], shapes[node]
            fixed = all(isinstance(size, int) for size in shape or ())
            if not shape or not fixed or op is INPUT or op.name in VIEWS:
                continue
            total += 8.0 * prod(shape)
            if total > SMALL:
                try:
                    require_memory(prod(shape), total)
                except OperationError as error:
                    error.node = node
                    raise self.error(error) from None
        if nodes is None:
            self._facts["memory"] = True

    def run(self, function: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        """Call one of the passes; what an operation cannot do becomes an error at its place."""
        try:
            if self.algebra is FLOATS:
                return function(*arguments, **options)
            with self.algebra.quiet():
                return function(*arguments, **options)
        except OperationError as error:
            raise self.error(error) from None

    def require_symmetric(self, values: Sequence[Any]) -> None:
        """Raise `CgError` (kind `matrix`) for an operand that is not symmetric up to rounding, of operations
        on symmetric matrices. It is asked at points that are meant, not at those near them, at which
        derivatives by single elements are compared."""
        if self._ops.isdisjoint(SYMMETRIC):
            return
        from cgcli.algebras.arrays.factors import asymmetry

        for node, op in enumerate(self.graph.ops):
            if op in SYMMETRIC:
                matrix = values[self.graph.args[node][0]]
                place = asymmetry(matrix)
                if place is None:
                    continue
                there, other = [*place], [*place[:-2], place[-1], place[-2]]
                told = [f"{float(matrix[tuple(at)]):g}" for at in (there, other)]
                message = f"the matrix is not symmetric: {there} is {told[0]}, and {other} is {told[1]}"
                error = OperationError(message, "the symmetric part of A is (A + A.T)/2", kind="matrix")
                raise self.error(located(error, node))

    def error(self, error: OperationError) -> CgError:
        """What an operation cannot do, at its place."""
        from cgcli.language.errors.operations import operation_error

        return operation_error(self.program, self.graph, error, self.shapes())

    def shapes(self) -> list[Any]:
        """The shapes of the nodes, as far as they are without error."""
        try:
            if "shapes" not in self._facts:
                self._facts["shapes"] = infer(self.graph, self.given)
            return [*self._facts["shapes"]]
        except OperationError as error:
            return infer(self.graph, self.given, range(error.node))

    def active(self, wrt: Sequence[int]) -> bytearray:
        """`Graph.dependents` of some nodes."""
        found: bytearray = self._kept(Graph.dependents, wrt)
        return found

    def needed(self, outputs: Sequence[int]) -> list[int]:
        """`Graph.ancestors` of some nodes."""
        found: list[int] = self._kept(Graph.ancestors, outputs)
        return found

    def differentiable(self, wrt: Sequence[int]) -> tuple[Graph, bytearray]:
        """The graph for derivatives by some nodes (`passes.join`), and what depends on these."""
        found: tuple[Graph, bytearray] = self._kept(differentiable, wrt)
        return found

    def _kept(self, what: Callable[[Graph, Sequence[int]], Any], nodes: Sequence[int]) -> Any:
        """What the graph says of some nodes, which is found once for as many lists of them as are kept."""
        key = (what, *nodes)
        found = self._facts.get(key)
        if found is None:
            found = what(self.graph, nodes)
            if len(self._facts) < KEPT:
                self._facts[key] = found
        return found


def algebra_of(graph: Graph, values: Iterable[Any]) -> Any:
    """The algebra of a graph whose nodes have these values: that of arrays where one of them is none of a
    number, and where an operation is one of arrays, whose derivative is made of others, be its operand a
    number or not."""
    if any(value.__class__ is not float for value in values) or graph.has_arrays():
        return kind("arrays")
    return FLOATS


def algebra_for(program: Program, values: Mapping[str, Any]) -> Any:
    """The algebra that a program with these inputs runs over. NumPy is imported where there is an
    array."""
    if program.uses_arrays or any(value.__class__ is not float for value in values.values()):
        return kind("arrays")
    return FLOATS


def specialised(program: Program, values: Mapping[str, Any]) -> Specialised:
    """The program for inputs that have the shapes of these values; some may be missing.

    Raises `CgError` for shapes that do not match, with the operator and both sides."""
    algebra = algebra_for(program, values)
    if program.derives:
        from cgcli.evaluation.expanded import expanded

        program = expanded(program, values, algebra)
    found = Specialised(program, program.graph, algebra, dict.fromkeys(values, ()))
    if algebra is not FLOATS:
        found.given, sizes = actual_shapes(program, values, algebra)
        if sizes:
            found.graph = program.graph.with_attributes(resolved(program.graph.attrs, sizes))
        try:
            found._facts["shapes"] = infer(found.graph, found.given)
        except OperationError as error:
            raise found.error(error) from None
    return found


def for_cells(
    program: Program, known: Mapping[str, Any], cells: Mapping[str, tuple[int, ...]]
) -> Specialised:
    """The same for inputs that are known, and cells of others that have these shapes."""
    samples: dict[str, Any] = dict.fromkeys(cells, 0.0)
    if any(cells.values()):
        samples |= {name: np.zeros(shape) for name, shape in cells.items() if shape}
    return specialised(program, {**known, **samples})


def unknown(of: Specialised, values: Mapping[str, Any]) -> bytearray:
    """A byte a node: whether it depends on an input that has no value, or on a size that is not known."""
    missing = [node for name, node in of.program.inputs.items() if name not in values]
    return of.graph.dependents(missing + [n for n, attrs in of.graph.attrs.items() if names_among(attrs)])


class Point:
    """A program and the values of its nodes where its inputs have these values.

    of          the program for inputs of their shapes, whose parts stand here, too
    inputs      by name
    values      by node; None from when a pass has spent them until they are restored
    is_finite   whether all of them are known to be
    cancels     whether nearly equal numbers are subtracted, once that is known (`evaluation.cancelled`)
    corners     by node of a second derivative inside the program, that of a corner which it meets
    warning     of the first node that is not finite although its operands are, where it was asked for
    again       of a program that runs: an output's value where the inputs have other values, by the path that
                it takes there; None for any other, whose graph tells
    """

    __slots__ = (
        "_facts",
        "_wide",
        "again",
        "algebra",
        "cancels",
        "corners",
        "graph",
        "inputs",
        "is_finite",
        "of",
        "program",
        "run",
        "values",
        "warning",
    )

    def __init__(self, of: Specialised, inputs: Mapping[str, Any], values: Any) -> None:
        self.of, self.inputs, self.values = of, inputs, values
        self.program, self.graph, self.algebra, self.run = of.program, of.graph, of.algebra, of.run
        self.warning: Diagnostic | None = None
        self.is_finite = False
        self.cancels: bool | None = None
        self.again: Callable[[Mapping[str, Any], Any], Any] | None = None
        self._wide: list[Any] | None = None
        self._facts: dict[Callable[[Point], Any], Any] = {}
        self.corners: dict[int, int] = {}

    def look(self) -> bool:
        """Whether all values are finite, which is known from then on."""
        self.is_finite = all(map(self.algebra.finite, self.values))
        return self.is_finite

    def wide(self) -> list[Any]:
        """The values over numbers with a wider range (`evaluation.widening`), found once."""
        if self._wide is None:
            from cgcli.evaluation.widening import wide_values

            self._wide = wide_values(self.graph, self.values)
        return self._wide

    def known(self, find: Callable[[Point], Any]) -> Any:
        """What a function finds of the values of all nodes, whichever output is looked at: found once."""
        if find not in self._facts:
            self._facts[find] = find(self)
        return self._facts[find]

    def restore(self) -> None:
        """Compute the values again, where a pass has spent them."""
        if self.values is None:
            self.values = self.of.values(self.inputs)

    def shapes(self) -> list[Any]:
        """The shapes of the nodes."""
        return self.of.shapes()

    def is_scalar(self, node: int) -> bool:
        return bool(self.algebra.shape(self.values[node]) == ())
