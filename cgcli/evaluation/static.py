"""From a program to its static graph, before any value comes, and back."""

from __future__ import annotations

from cgcli.annotations import Any, Mapping
from cgcli.control.limits import Limits
from cgcli.evaluation.expanded import expanded, taken_shapes
from cgcli.evaluation.specialised import Specialised, algebra_for, specialised
from cgcli.graph import Graph
from cgcli.language.program import Program
from cgcli.ops import CONSTANT, ArrayOp, Leaf, Op
from cgcli.rewrite.rewriter import Rewriter
from cgcli.rewrite.rules import EXACT, ROUNDING
from cgcli.rewrite.static import Static


def is_alike(op: Op) -> bool:
    """Whether all points of an operation are alike."""
    anywhere = op.domain.startswith("all") or isinstance(op, ArrayOp)
    return anywhere and not (op.corner or op.jumps or op.convention or "==" in str(op.definition))


def is_special(graph: Graph, derived: Graph) -> bool:
    """Whether a program has operations with special points, where its derivatives as text may be others; or
    divisions, of which these have none left."""
    for node, op in enumerate(graph.ops):
        if op.__class__ is Leaf or is_alike(op):
            continue
        last = graph.args[node][-1] if graph.args[node] else node
        power = graph.attrs[last] if graph.ops[last] is CONSTANT else None
        if op.name == "pow" and power is not None and power % 1 == 0:
            continue
        if op.name != "div" or (power is None and not _divides(derived)):
            return True
    return False


def _divides(graph: Graph) -> bool:
    return any(
        op.name == "div" or (op.name == "pow" and graph.attrs.get(graph.args[node][1], 0) < 0)
        for node, op in enumerate(graph.ops)
    )


def static_graph(
    program: Program,
    bindings: Mapping[str, Any],
    for_reading: bool = False,
    given: Mapping[str, Any] | None = None,
    limits: Limits | None = None,
) -> Static:
    """The graph of a program's outputs, with the shapes of its nodes. An input without a value or a
    declared shape is taken for a number, and a size that one value settles is that number everywhere.
    A program that runs is unrolled, where inputs without values have the shapes that are `given`,
    and `limits` say when that is ended.
    Derivatives inside are written out as `derive` says.

    Raises `CgError` for shapes that do not match, at their place."""
    known = {name: value for name, value in bindings.items() if name in program.inputs}
    if program.tree is not None:
        from cgcli.evaluation.running import unrolled

        program = unrolled(program, known, given or {}, limits)
    if program.derives:
        algebra = algebra_for(program, known)
        program = expanded(program, known, algebra, for_reading, careful=False)
    of = specialised(program, known)
    graph, shapes = taken_shapes(of.program, known, of.algebra)
    nodes = [output.node for output in of.program.outputs]
    names: list[str | None] = [*program.output_names()]
    if names == ["f"] and program.outputs[0].name is None:
        names = [None]
    return Static(graph, list(zip(names, nodes, strict=True)), shapes)


def rewritten(of: Specialised, fast: bool = False) -> Specialised:
    """The program with its graph rewritten by the rules that are exact and, with `fast`, by those
    that are equal up to rounding."""
    program = of.program
    roots = [*program.names.values(), *(output.node for output in program.outputs)]
    roots += [assertion.node for assertion in program.assertions]
    static = Static(of.graph, [(None, node) for node in roots], of.shapes())
    result = Rewriter(static, {EXACT, ROUNDING} if fast else {EXACT}).run()
    new = dict(zip(roots, (node for _, node in result.outputs), strict=True))
    return Specialised(program.over(result.graph, new), result.graph, of.algebra, of.given)
