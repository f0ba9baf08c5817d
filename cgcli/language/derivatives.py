"""`diff(f, x)` and `grad(f, x)` inside a program: the derivative as nodes of the same graph."""

from __future__ import annotations

from cgcli.diagnostics import CgError, Diagnostic
from cgcli.errors import OperationError, ShapeError
from cgcli.language import calls, parameters
from cgcli.ops import CONSTANT, INPUT, OPS, PARAMETER, ArrayOp
from cgcli.passes.derive import derive
from cgcli.passes.shapes import infer
from cgcli.shapes import certainly_nonnegative, shape_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cgcli.language.program import Program
    from cgcli.language.syntax import Syntax

HIGHEST = 20


def call(program: Program, syntax: Syntax, item: int, arguments: tuple[Any, ...]) -> int:
    """The node of a derivative. Raises `CgError` (kinds `arity`, `shape`)."""
    name, count, keywords = syntax.payloads[item]
    if keywords or not 2 <= count <= (3 if name == "diff" else 2) or str in map(type, arguments):
        raise _error(
            syntax, item, "arity", f"`{name}` cannot be called so", f"it is {calls.DERIVATIVES[name]}"
        )
    output, by = arguments[:2]
    graph = program.graph
    called = graph.names.get(by)
    fixed = program.fixed(called) if called is not None and graph.ops[by] is not INPUT else None
    item_by = parameters.by_item(syntax, item) or item
    if syntax.code[item_by] != "name":
        message = f"`{name}` differentiates by a name"
        if graph.ops[by] is CONSTANT:
            message += f", and here stands {graph.attrs[by]:g}"
        raise _error(syntax, item, "arity", message, f"it is {calls.DERIVATIVES[name]}")
    if fixed is not None:
        message = f"`{called}` is {fixed}, and does not vary"
        raise _error(syntax, item, "arity", message, f"`{name}` differentiates by an input, or a name given")
    order = calls.static(program, arguments[2]) if count == 3 else 1.0
    if not isinstance(order, float) or not order.is_integer() or not 1 <= order <= HIGHEST:
        message = f"the order of a derivative is a whole number from 1 to {HIGHEST}"
        mixed = "a mixed derivative is the derivative of one: diff(diff(f, x), y)"
        raise _error(syntax, item, "arity", message, mixed if syntax.code[item - 1] == "name" else None)
    if graph.ops[by] is PARAMETER:
        _doubt(program, syntax, item, item_by, output, by)
    first = len(graph)
    for _ in range(int(order)):
        output = _derivative(program, syntax, item, name, output, by)
    for node in range(first, len(graph)):
        graph.starts[node], graph.ends[node] = syntax.starts[item], syntax.ends[item]
    return int(output)


def _doubt(program: Program, syntax: Syntax, item: int, item_by: int, output: int, by: int) -> None:
    """Warn where a function differentiates by a parameter something that does not contain it, but is
    computed from what it stands for: `slope(f, t) = diff(f, t)` does not see x^2 in `slope(x^2, x)`."""
    name, graph = syntax.payloads[item_by], program.graph
    begin = parameters.begin_of_run(syntax, item_by - 1)
    if name in (syntax.payloads[i] for i in range(begin, item_by) if syntax.code[i] == "name"):
        return
    source, is_parameter = graph.behind(by), item_by - begin == 1
    if graph.ops[source] is CONSTANT:
        meant = is_parameter and bool(graph.args[graph.behind(output)])
    else:
        meant = source in graph.ancestors([output])
    if meant:
        text = syntax.source.text[syntax.starts[item_by - 1] : syntax.ends[item_by - 1]]
        message = f"this is 0: the parameter `{name}` varies by itself, and is not in `{text}`"
        start, end = syntax.starts[item], syntax.ends[item]
        hint = f"define a function of `{name}`, and differentiate a call of it"
        program.warnings.append(
            Diagnostic("arity", message, syntax.source, start, end, hint, severity="warning")
        )


def _derivative(program: Program, syntax: Syntax, item: int, name: str, output: int, by: int) -> int:
    graph = program.graph
    needed = graph.ancestors([output])
    moving = {by}
    moving.update(node for node in needed if not moving.isdisjoint(graph.args[node]))
    shapes: Any = None
    of_arrays = name == "grad" and (
        bool(program.shapes)
        or any(graph.ops[node] is INPUT and program.shape_of(graph.attrs[node]) for node in needed)
    )
    if of_arrays or any(node in moving and isinstance(graph.ops[node], ArrayOp) for node in needed):
        shapes = _shapes(program, syntax, item, name, graph.ancestors([output, by]))
        for node in needed:
            for size in shapes[node] or ():
                if not certainly_nonnegative(size):
                    program.assumed.setdefault(size, (graph.starts[node], graph.ends[node]))
        if shapes[output]:
            shape = shape_text(shapes[output])
            message = f"`{name}` differentiates a number, and this is an array of shape {shape}"
            raise _error(syntax, item, "shape", message, "take sum(...) of it")
        try:
            return derive(graph, shapes, output, [by])[0]
        except ShapeError as error:
            start, end = graph.starts[error.node], graph.ends[error.node]
            hint = "declare the sizes as numbers, as in `input x: [3]`"
            raise CgError("shape", f"`{name}`: {error.message}", syntax.source, start, end, hint) from None
    found = derive(graph, shapes, output, [by])[0]
    source = graph.behind(by)
    declared_shape = program.shapes.get(graph.attrs[source]) if graph.ops[source] is INPUT else None
    if declared_shape and not graph.dependents([by])[found]:  # element by element, the same for all
        found = graph.add(OPS["broadcast"], (found,), {"shape": declared_shape})
    return found


def _shapes(program: Program, syntax: Syntax, item: int, name: str, needed: list[int]) -> list[Any]:
    """The shapes of the nodes, as declared; inputs that are not declared have the shape of their value,
    or are taken for numbers where there is none yet, and noted as such. Raises `CgError` for shapes
    that do not match."""
    graph = program.graph
    given = dict(program.shapes)
    for node in needed:
        if graph.ops[node] is INPUT and graph.attrs[node] not in given:
            known = program.shape_of(graph.attrs[node])
            given[graph.attrs[node]] = () if known is None else known
            if known is None:
                program.numbers.setdefault(graph.attrs[node], name)
    try:
        return list(infer(graph, given, needed))
    except OperationError as error:
        from cgcli.language.faults import operation_error

        found = operation_error(program, graph, error, infer(graph, given, range(error.node)))
        undeclared = sorted(set(program.numbers) - set(program.statements.names))
        if undeclared:
            listed = ", ".join(f"`{one}`" for one in undeclared[:4])
            declared = f"declare the shape of an array: `input {undeclared[0]}: [n]`"
            found.diagnostic.hint = f"`{name}` takes {listed} for a number; {declared}"
        raise found from None


def _error(syntax: Syntax, item: int, kind: str, message: str, hint: str | None = None) -> CgError:
    return CgError(kind, message, syntax.source, syntax.starts[item], syntax.ends[item], hint)
