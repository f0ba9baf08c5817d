"""From a program to its derivatives as a program: rewritten, differentiated, rewritten again."""

from __future__ import annotations

from cgcli.algebras.symbols import Symbols
from cgcli.annotations import Any, Callable, Mapping, Sequence
from cgcli.diagnostics import CgError
from cgcli.errors import ShapeError
from cgcli.graph import Graph
from cgcli.language.scanner import quoted, unquoted
from cgcli.passes.derive import backward, onward
from cgcli.render.infix import program_text
from cgcli.rewrite.guards import Ranges
from cgcli.rewrite.numbers import spelled
from cgcli.rewrite.rewriter import ALL, Rewriter
from cgcli.rewrite.rules import EXACT, ROUNDING
from cgcli.rewrite.static import Derivative, Static
from cgcli.shapes import Shape, shape_text
from cgcli.source import Source

# So often a graph is gone through again, where a product that had several uses has one left.
PASSES = 2

# Graphs of more nodes are not gone through a second time: nobody reads them. An exact 0 wins there wherever
# it could, needed or not.
LONGEST = 3_000

# One of more nodes is gone through again for a hundredth of them and more, and while it becomes smaller; any
# other a third time for a hundredth of them.
LONG = 250

# Of graphs of no more nodes, by few names, derivatives of more characters each, or with definitions, are made
# in other ways, too.
SMALL, FEW, SHORT = 120, 12, 60

# A fraction line reads as so many characters more.
LINE = 2

# What is used several times and is no longer than this, such as sin(x), is written again.
REPEATED = 8

# A node, and its derivative.
Asked = tuple[int, Derivative]


def readable(static: Static, known: Mapping[str, Any] | None = None) -> Static:
    """The graph as a person would write it, with some inputs replaced by their values."""
    is_long = len(static.shapes) > LONGEST
    found = _rewritten(static, known, careful=is_long)
    if is_long or static.written == len(static.shapes):
        return found
    has_none = Ranges(found.graph).has_none(node for _, node in found.outputs)
    return _rewritten(static, known, careful=True) if has_none else found


def _rewritten(static: Static, known: Mapping[str, Any] | None, careful: bool = False) -> Static:
    for turn in range(1 + PASSES):
        rewriter, before = Rewriter(static, ALL, known, collects=True, careful=careful), len(static.shapes)
        static, known = rewriter.run(), None
        size = len(static.shapes)
        if not rewriter.loose or size > LONGEST:
            break
        are_few = 100 * rewriter.loose < size
        if (are_few and (turn or size > LONG)) or (turn and size > LONG and before <= size):
            break
    return static


def differentiate(static: Static, wrt: Sequence[str], order: int = 1, source: Source | None = None) -> Static:
    """The derivatives of each output by every choice of `order` names, as outputs named `df_dx`,
    `d2f_dx2`, `d2f_dxdy`. Raises `CgError` (kind `shape`) for what is no number, at its place in
    the source."""
    found = _repeated(static, wrt, order, source, _shortest)
    if order > 1 and len(static.shapes) <= SMALL:  # what is shorter first can be longer in the end
        found = min(found, _repeated(static, wrt, order, source, _derived), key=_length)
    return spelled(found)


def _repeated(
    static: Static, wrt: Sequence[str], order: int, source: Source | None, derived: Callable[..., Static]
) -> Static:
    current = static
    found = [Derivative(name, name, ()) for name, _ in static.named()]
    for _ in range(order):
        taken = set(static.graph.names.values())
        asked: list[Asked] = []
        for label, (_, node) in zip(found, current.outputs, strict=True):
            if label.by and current.shapes[node]:
                raise _no_further(static, label, current.shapes[node], source)
            _require_number(current, label, node, source)
            later = [name for name in wrt if not label.by or wrt.index(name) >= wrt.index(label.by[-1])]
            asked += [(node, _label(label.function, (*label.by, name), taken)) for name in later]
        found = [label for _, label in asked]
        current = derived(current, asked, source)
    return current


def _shortest(static: Static, asked: Sequence[Asked], source: Source | None) -> Static:
    """The derivatives in the way that takes the fewest characters: those of an output are made together,
    which shares most, or each by itself, as a person would do, backwards or forwards."""
    best = _derived(static, asked, source)
    if len(static.shapes) > SMALL or not 0 < len(asked) <= FEW:
        return best
    text = program(best)
    if len(text) <= SHORT * len(asked) and text.count("\n") < len(asked):  # and nothing is defined
        return best
    are_numbers = all(static.shapes[node] == () for node in static.graph.inputs().values())
    least = _length(best)
    for forward in [False] * (len(asked) > 1) + [True] * are_numbers:
        each = [_derived(static, [one], source, forward) for one in asked]
        made = each[0].joined(*each[1:]) if len(each) > 1 else each[0]
        if (length := _length(made)) < least:
            best, least = made, length
    return best


def program(static: Static, declared: Mapping[str, Shape] | None = None) -> str:
    """The text of a program, with the shapes of inputs to declare; found once where there are none."""
    if declared:
        return program_text(static.graph, static.outputs, declared, REPEATED)
    if static.text is None:
        static.text = program_text(static.graph, static.outputs, repeat=REPEATED)
    return static.text


def _length(static: Static) -> int:
    """How many characters a program takes; a fraction line counts for more, as one reads better than two."""
    text = program(static)
    return len(text) + LINE * text.count("/")


def _derived(static: Static, asked: Sequence[Asked], source: Source | None, forward: bool = False) -> Static:
    """Derivatives of a graph, as a person would write them."""
    graph, shapes = static.graph.copy(), list(static.shapes)
    inputs = graph.inputs()
    slopes: dict[tuple[int, str], int] = {}
    for node in dict.fromkeys(node for node, _ in asked):
        names = [label.by[-1] for of, label in asked if of == node]
        found = _slopes(graph, shapes, node, inputs, names, source, forward=forward)
        slopes.update({(node, name): slope for name, slope in found.items()})
    shapes += [()] * (len(graph.ops) - len(shapes))
    outputs = [(label, slopes[node, label.by[-1]]) for node, label in asked]
    return readable(Static(graph, outputs, shapes, len(static.shapes), static.kept))


def formulas(
    static: Static, wrt: Sequence[str], source: Source | None, spelled_out: Callable[[Static], Static]
) -> Static:
    """The outputs as they are written, and behind them their derivatives, as `differentiate` makes them, with
    operations by their definitions as `spelled_out` says."""
    derived = differentiate(readable(static), wrt, 1, source)
    if (expanded := spelled_out(derived)) is not derived:
        derived = readable(expanded)
    return Static(static.graph, static.named(), static.shapes, kept=static.kept).joined(derived)


def with_gradient(static: Static, wrt: Sequence[str], source: Source | None = None) -> Static:
    """The outputs and, after each, its derivatives by some inputs: what they share is there once.

    The outputs have the values of the program, bit for bit. The derivatives are those of the
    program rewritten by the rules that are equal up to rounding, which keeps `1/(1 + exp(-x))` and
    its like from overflow. Raises as `differentiate` does."""
    for label, node in static.named():
        _require_number(static, label, node, source)
    stable = Rewriter(static, {EXACT, ROUNDING}).run()
    graph, shapes = stable.graph.copy(), list(stable.shapes)
    inputs = graph.inputs()
    taken = {*static.graph.names.values(), *(name for name, _ in static.named())}
    slopes: list[tuple[str, int]] = []
    for label, node in stable.named():
        for name, slope in _slopes(graph, shapes, node, inputs, wrt, source, for_reading=False).items():
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
    forward: bool = False,
) -> dict[str, int]:
    """As `derive`, by names; 0 by a name that is no input of the graph any more. Raises `CgError`
    (kind `shape`) where a shape is not known."""
    present = [name for name in wrt if name in inputs]
    places, symbols = [inputs[name] for name in present], Symbols(graph, shapes, for_reading, careful=False)
    try:
        if forward:
            slopes = [onward(symbols, output, place) for place in places]
        else:
            slopes = backward(symbols, output, places)
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
