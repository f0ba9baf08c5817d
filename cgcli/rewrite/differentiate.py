"""From a program to its derivatives as a program: rewritten, differentiated, rewritten again."""

from __future__ import annotations

from cgcli.annotations import Any, Mapping, Sequence
from cgcli.diagnostics import CgError
from cgcli.errors import ShapeError
from cgcli.graph import Graph
from cgcli.language.scanner import quoted
from cgcli.passes.derive import derive
from cgcli.rewrite.guards import Ranges
from cgcli.rewrite.numbers import spelled
from cgcli.rewrite.rewriter import ALL, Rewriter
from cgcli.rewrite.rules import EXACT, ROUNDING
from cgcli.rewrite.static import Derivative, Static
from cgcli.shapes import Shape, shape_text
from cgcli.source import Source, unquoted

# So often a graph is gone through again, where a product that had several uses has one left.
PASSES = 2

# Graphs of more nodes are not gone through a second time: nobody reads them. An exact 0 wins there wherever
# it could, needed or not.
LONGEST = 3_000


def readable(static: Static, known: Mapping[str, Any] | None = None) -> Static:
    """The graph as a person would write it, with some inputs replaced by their values."""
    is_long = len(static.shapes) > LONGEST
    found = _rewritten(static, known, careful=is_long)
    if is_long or static.written == len(static.shapes):
        return found
    has_none = Ranges(found.graph).has_none(node for _, node in found.outputs)
    return _rewritten(static, known, careful=True) if has_none else found


def _rewritten(static: Static, known: Mapping[str, Any] | None, careful: bool = False) -> Static:
    for _ in range(1 + PASSES):
        rewriter = Rewriter(static, ALL, known, collects=True, careful=careful)
        static, known = rewriter.run(), None
        if not rewriter.is_loose or len(static.shapes) > LONGEST:
            break
    return static


def differentiate(static: Static, wrt: Sequence[str], order: int = 1, source: Source | None = None) -> Static:
    """The derivatives of each output by every choice of `order` names, as outputs named `df_dx`,
    `d2f_dx2`, `d2f_dxdy`. Raises `CgError` (kind `shape`) for what is no number, at its place in
    the source."""
    current = static
    found = [Derivative(name, name, ()) for name, _ in static.named()]
    for _ in range(order):
        graph, shapes, inputs = current.graph.copy(), list(current.shapes), current.inputs()
        taken = set(static.graph.names.values())
        outputs: list[tuple[Derivative, int]] = []
        for label, (_, node) in zip(found, current.outputs, strict=True):
            if label.by and current.shapes[node]:
                raise _no_further(static, label, current.shapes[node], source)
            _require_number(current, label, node, source)
            later = [name for name in wrt if not label.by or wrt.index(name) >= wrt.index(label.by[-1])]
            for name, slope in _slopes(graph, shapes, node, inputs, later, source).items():
                outputs.append((_label(label.function, (*label.by, name), taken), slope))
        shapes += [()] * (len(graph) - len(shapes))
        found = [label for label, _ in outputs]
        current = readable(Static(graph, outputs, shapes, len(current.shapes), current.kept))
    return spelled(current)


def with_gradient(
    static: Static, wrt: Sequence[str], source: Source | None = None, for_reading: bool = False
) -> Static:
    """The outputs and, after each, its derivatives by some inputs: what they share is there once.

    The outputs have the values of the program, bit for bit. The derivatives are those of the
    program rewritten by the rules that are equal up to rounding, which keeps `1/(1 + exp(-x))` and
    its like from overflow. Guards stay what they are where it is `for_reading`. Raises as `differentiate`
    does."""
    for label, node in static.named():
        _require_number(static, label, node, source)
    stable = Rewriter(static, {EXACT, ROUNDING}).run()
    graph, shapes, inputs = stable.graph.copy(), list(stable.shapes), stable.inputs()
    taken = {*static.graph.names.values(), *(name for name, _ in static.named())}
    slopes: list[tuple[str, int]] = []
    for label, node in stable.named():
        for name, slope in _slopes(graph, shapes, node, inputs, wrt, source, for_reading).items():
            slopes.append((_label(label, (name,), taken), slope))
    shapes += [()] * (len(graph) - len(shapes))
    derived = Rewriter(Static(graph, slopes, shapes, len(stable.graph)), {EXACT, ROUNDING}).run()
    both = static.joined(derived)
    values, derivatives = static.named(), both.outputs[len(static.outputs) :]
    outputs: list[tuple[str | None, int]] = []
    for place, value in enumerate(values):
        outputs += [value, *derivatives[place * len(wrt) : (place + 1) * len(wrt)]]
    return Rewriter(Static(both.graph, outputs, both.shapes, both.written, both.kept), {EXACT}).run()


def _slopes(
    graph: Graph,
    shapes: list[Shape | None],
    output: int,
    inputs: Mapping[str, int],
    wrt: Sequence[str],
    source: Source | None,
    for_reading: bool = True,
) -> dict[str, int]:
    """As `derive`, by names; 0 by a name that is no input of the graph any more. Raises `CgError`
    (kind `shape`) where a shape is not known."""
    present = [name for name in wrt if name in inputs]
    try:
        slopes = derive(graph, shapes, output, [inputs[name] for name in present], for_reading, careful=False)
    except ShapeError as error:
        start, end = graph.starts[error.node], graph.ends[error.node]
        hint = "give values to the arrays in it, or numbers to the sizes they are declared with"
        raise CgError("shape", error.message or "", source, start, end, hint) from None
    found = dict(zip(present, slopes, strict=True))
    return {name: found[name] if name in found else graph.constant(0.0) for name in wrt}


def _require_number(static: Static, label: str, node: int, source: Source | None) -> None:
    shape = static.shapes[node]
    if shape:
        graph = static.graph
        message = f"`{label}` is an array of shape {shape_text(shape)}, and only a number is differentiated"
        raise CgError("shape", message, source, *graph.place(node), "take sum(...) of it")


def _no_further(static: Static, label: Derivative, shape: Any, source: Source | None) -> CgError:
    """A derivative by an array is an array, and has no second derivative that is a program."""
    graph = static.graph
    node = next(node for name, node in static.named() if name == label.function)
    return CgError(
        "shape",
        f"`{label}` is an array of shape {shape_text(shape)}, and only a number is differentiated again",
        source,
        graph.starts[node],
        graph.ends[node],
        "`cg hessian` prints the numbers of second derivatives by arrays",
    )


def _label(function: str, by: tuple[str, ...], taken: set[str]) -> Derivative:
    """`df_dx`, `d2f_dx2`, `d2f_dxdy`; a name that ends in a digit is repeated: `d2f_dx1dx1`. Marks
    stand behind one that is taken; it is taken then."""
    order = "" if len(by) == 1 else str(len(by))
    powers = ""
    for name in dict.fromkeys(by):
        count, text = by.count(name), unquoted(name)
        powers += f"d{text}" * count if text[-1].isdigit() else f"d{text}{count if count > 1 else ''}"
    label = quoted(f"d{order}{unquoted(function)}_{powers}")
    while label in taken:
        label = quoted(unquoted(label) + "_")
    taken.add(label)
    return Derivative(label, function, by)
