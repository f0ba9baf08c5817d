"""From a program to its static graph, before any value comes, and back."""

from __future__ import annotations

from cgcli.diagnostics import CgError
from cgcli.errors import OperationError
from cgcli.evaluation.binding import actual_shapes
from cgcli.evaluation.specialised import Specialised, specialised
from cgcli.language.faults import operation_error
from cgcli.language.program import Program
from cgcli.passes.shapes import infer
from cgcli.rewrite.rules import EXACT, ROUNDING
from cgcli.rewrite.simplify import Rewriter
from cgcli.rewrite.static import Static
from cgcli.shapes import Named

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


def static_graph(program: Program, bindings: Mapping[str, Any]) -> Static:
    """The graph of a program's outputs, with the shapes of its nodes. An input without a value or a
    declared shape is taken for a number, and a size that one value settles is that number everywhere.

    Raises `CgError` for shapes that do not match, at their place."""
    known = {name: value for name, value in bindings.items() if name in program.inputs}
    of = specialised(program, known)
    given, sizes = actual_shapes(program, known, of.algebra)
    for name in program.inputs:
        declared = program.shapes.get(name, ())
        given.setdefault(
            name, tuple(size.at(sizes) if isinstance(size, Named) else size for size in declared)
        )
    try:
        shapes = infer(of.graph, given)
    except OperationError as error:
        found = operation_error(program, of.graph, error, infer(of.graph, given, range(error.node)))
        raise _undeclared(program, given, found) from None
    nodes = [output.node for output in program.outputs]
    names: list[str | None] = [*program.output_names()]
    if names == ["f"] and program.outputs[0].name is None:
        names = [None]
    return Static(of.graph, list(zip(names, nodes, strict=True)), shapes)


def _undeclared(program: Program, given: Mapping[str, Any], error: CgError) -> CgError:
    """Shapes that do not match, where an input was only taken for a number: say how to declare it."""
    numbers = [name for name, shape in given.items() if shape == () and name not in program.shapes]
    if numbers and error.diagnostic.kind == "shape":
        error.diagnostic.hint = f"declare the shape of an array: `input {numbers[0]}: [n]`"
    return error


def rewritten(of: Specialised, fast: bool = False) -> Specialised:
    """The program with its graph rewritten by the rules that are exact and, with `fast`, by those
    that are equal up to rounding."""
    program = of.program
    roots = [*program.names.values(), *(output.node for output in program.outputs)]
    roots += [assertion.node for assertion in program.assertions]
    static = Static(of.graph, [(None, node) for node in roots], of.shapes())
    result = Rewriter(static, {EXACT, ROUNDING} if fast else {EXACT}).run().compact()
    new = dict(zip(roots, (node for _, node in result.outputs), strict=True))
    return Specialised(program.over(result.graph, new), result.graph, of.algebra, of.given)
