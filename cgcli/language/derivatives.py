"""Derivatives inside a program: calls of `diff`, `grad`, `jacobian` and `hessian`, a node each, and the
parameters that functions differentiate by."""

from __future__ import annotations

from cgcli.diagnostics import Diagnostic
from cgcli.ops import ALIAS, CONSTANT, DIFFERENTIATIONS, INPUT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from cgcli.graph import Graph
    from cgcli.language.known import Known
    from cgcli.language.program import Program
    from cgcli.language.syntax import Syntax

# The highest order of a derivative that is asked for at once.
HIGHEST = 20


def call(program: Program, known: Known, syntax: Syntax, item: int, arguments: tuple[Any, ...]) -> int:
    """The node of a derivative. Raises `CgError` (kind `arity`)."""
    name, count, keywords = syntax.payloads[item]
    op, graph = DIFFERENTIATIONS[name], known.graph
    if keywords or not 2 <= count <= 2 + len(op.attributes) or str in map(type, arguments):
        raise syntax.error("arity", f"`{name}` cannot be called so", item, f"it is {op.usage}")
    output, by = arguments[:2]
    item_by = _item_by(syntax, item)
    if syntax.code[item_by] != "name":
        message = f"`{name}` differentiates by a name"
        if graph.ops[by] is CONSTANT:
            message += f", and here stands {graph.attrs[by]:g}"
        raise syntax.error("arity", message, item, f"it is {op.usage}")
    called = graph.names.get(by)
    fixed = program.fixed(called) if called is not None and graph.ops[by] is not INPUT else None
    if fixed is not None:
        message = f"`{called}` is {fixed}, and does not vary"
        raise syntax.error("arity", message, item, f"`{name}` differentiates by an input, or a name given")
    order = known.value(arguments[2], given=False) if count == 3 else 1.0  # a name there is a mixed one
    if not isinstance(order, float) or not order.is_integer() or not 1 <= order <= HIGHEST:
        message = f"the order of a derivative is a whole number from 1 to {HIGHEST}"
        mixed = "a mixed derivative is the derivative of one: diff(diff(f, x), y)"
        raise syntax.error("arity", message, item, mixed if syntax.code[item - 1] == "name" else None)
    if graph.ops[by] is ALIAS:
        program.warnings += _doubts(graph, syntax, item, item_by, output, by)
    program.derives = True
    attributes = {"order": int(order)} if order > 1 else None
    return graph.add(op, (output, by), attributes, *syntax.place(item))


def parameters(syntax: Syntax, begin: int, end: int) -> frozenset[str]:
    """The names that a run of code, the body of a function, differentiates by."""
    found = set()
    for item in range(begin, end):
        if syntax.code[item] == "call" and syntax.payloads[item][0] in DIFFERENTIATIONS:
            by = _item_by(syntax, item)
            if syntax.code[by] == "name":
                found.add(syntax.payloads[by])
    return frozenset(found)


def _item_by(syntax: Syntax, item: int) -> int:
    """The last item of the second argument of a call, which has two, or three."""
    by = item - 1
    if syntax.payloads[item][1] == 3:
        start = syntax.starts[by]
        while syntax.starts[by] >= start:
            by -= 1
    return by


def _doubts(
    graph: Graph, syntax: Syntax, item: int, item_by: int, output: int, by: int
) -> Iterator[Diagnostic]:
    """A warning where a function differentiates by a parameter something that does not contain it, but is
    computed from what it stands for: `slope(f, t) = diff(f, t)` does not see x^2 in `slope(x^2, x)`."""
    source, of = graph.behind(by), item_by - 1
    if by in graph.ancestors([output], by):
        return
    if graph.ops[source] is CONSTANT:
        meant = syntax.code[of] == "name" and bool(graph.args[graph.behind(output)])
    else:
        meant = source in graph.ancestors([output])
    if meant:
        text, name = syntax.source.text[syntax.starts[of] : syntax.ends[of]], syntax.payloads[item_by]
        message = f"this is 0: the parameter `{name}` varies by itself, and is not in `{text}`"
        hint = f"define a function of `{name}`, and differentiate a call of it"
        yield Diagnostic("arity", message, syntax.source, *syntax.place(item), hint, "warning")
