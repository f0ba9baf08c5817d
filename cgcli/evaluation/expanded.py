"""A program with the derivatives inside it written out, for inputs of certain shapes."""

from __future__ import annotations

from cgcli.algebras.numbers import floats
from cgcli.annotations import Any, Mapping
from cgcli.errors import OperationError
from cgcli.evaluation.binding import actual_shapes
from cgcli.graph import Graph
from cgcli.language.errors.operations import operation_error
from cgcli.language.program import Program
from cgcli.passes.curved import curved_among
from cgcli.passes.expand import expand
from cgcli.passes.shapes import infer
from cgcli.shapes import Shape, resolved


def expanded(
    program: Program, values: Mapping[str, Any], algebra: Any, for_reading: bool = False, careful: bool = True
) -> Program:
    """The program without nodes that differentiate, for inputs that have the shapes of these values.
    `for_reading` and `careful` as in `Symbols`.

    Raises `CgError` for shapes that do not match, and for what cannot be differentiated."""
    graph, shapes = taken_shapes(program, values, algebra)
    try:
        whole, place, made = expand(graph, shapes, for_reading, careful)
    except OperationError as error:
        raise operation_error(program, graph, error, shapes) from None
    found = program.over(whole, place)
    found.derives, found.made = False, made
    found.curved, found.firsts = curved_among(graph, whole, place, made)
    return found


def taken_shapes(
    program: Program, values: Mapping[str, Any], algebra: Any
) -> tuple[Graph, list[Shape | None]]:
    """The graph of a program with the sizes that values settle, and the shapes of its nodes. An input
    without a value or a declared shape is taken for a number.

    Raises `CgError` for shapes that do not match, at their place."""
    graph = program.graph
    if algebra is floats:
        return graph, [()] * len(graph.ops)
    given, sizes = actual_shapes(program, values, algebra)
    if sizes:
        graph = graph.with_attributes(resolved(graph.attrs, sizes))
    taken = [name for name in program.inputs if name not in given]
    try:
        return graph, infer(graph, given | dict.fromkeys(taken, ()))
    except OperationError as error:
        shapes = infer(graph, given | dict.fromkeys(taken, ()), range(error.node))
        found = operation_error(program, graph, error, shapes)
        if taken and error.kind == "shape":
            needed = set(graph.ancestors([error.node]))
            of = next((one for one in taken if program.inputs[one] in needed), taken[0])
            told = found.diagnostic.message
            axes = "n, n" if "a square matrix" in told else "m, n" if "a matrix is" in told else "n"
            found.diagnostic.hint = f"declare the shape of an array: `input {of}: [{axes}]`"
        raise found from None
