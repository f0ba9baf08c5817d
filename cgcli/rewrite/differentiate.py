"""From a program to its derivatives as a program: rewritten, differentiated, rewritten again."""

from __future__ import annotations

from cgcli.diagnostics import CgError
from cgcli.passes.derive import derive
from cgcli.rewrite.collect import Collector
from cgcli.rewrite.rules import ASSUMING, EXACT, ROUNDING
from cgcli.rewrite.simplify import Rewriter
from cgcli.rewrite.static import Static
from cgcli.shapes import ShapeError, shape_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from cgcli.graph import Graph
    from cgcli.shapes import Shape
    from cgcli.source import Source

ALL = {EXACT, ROUNDING, ASSUMING}


def readable(static: Static, known: Mapping[str, Any] | None = None) -> Static:
    """The graph as a person would write it, with some inputs replaced by their values."""
    return Collector(static, ALL, known).run()


def differentiate(static: Static, wrt: Sequence[str], order: int = 1, source: Source | None = None) -> Static:
    """The derivatives of each output by every choice of `order` names, as outputs named `df_dx`,
    `d2f_dx2`, `d2f_dxdy`. Raises `CgError` (kind `shape`) for what is no number, at its place in
    the source."""
    current = static
    found: list[tuple[str, str, tuple[str, ...]]] = [
        (name or "f", name or "f", ()) for name, _ in current.outputs
    ]
    taken = set(static.graph.names.values())
    for _ in range(order):
        nodes, written = current.inputs(), len(current.graph)
        outputs: list[tuple[str | None, int]] = []
        following: list[tuple[str, str, tuple[str, ...]]] = []
        for (label, function, by), (_, node) in zip(found, current.outputs, strict=True):
            if by and current.shapes[node]:
                raise _no_further(static, function, label, current.shapes[node], source)
            _require_number(current, label, node, source)
            later = [name for name in wrt if not by or wrt.index(name) >= wrt.index(by[-1])]
            missing = [name for name in later if name not in nodes]
            present = [name for name in later if name in nodes]
            derived = _slopes(current.graph, current.shapes, node, [nodes[name] for name in present], source)
            slopes = dict(zip(present, derived, strict=True))
            for name in later:
                slope = current.graph.constant(0.0) if name in missing else slopes[name]
                chosen = (*by, name)
                called = _label(function, chosen)
                while called in taken:
                    called += "_"
                following.append((called, function, chosen))
                outputs.append((called, slope))
        current.shapes += [()] * (len(current.graph) - len(current.shapes))
        found, current = following, readable(Static(current.graph, outputs, current.shapes, written))
    return current


def with_gradient(static: Static, wrt: Sequence[str], source: Source | None = None) -> Static:
    """The outputs and, as further outputs, their derivatives by some inputs: what they share is
    there once. Rewritten by the rules that are exact or equal up to rounding."""
    graph, shapes = static.graph.copy(), list(static.shapes)
    nodes = static.inputs()
    outputs: list[tuple[str | None, int]] = []
    for name, node in static.outputs:
        label = name or "f"
        _require_number(static, label, node, source)
        outputs.append((label, node))
        present = [one for one in wrt if one in nodes]
        derived = _slopes(graph, shapes, node, [nodes[one] for one in present], source)
        slopes = dict(zip(present, derived, strict=True))
        for one in wrt:
            slope = slopes[one] if one in slopes else graph.constant(0.0)
            outputs.append((_label(label, (one,)), slope))
    shapes += [()] * (len(graph) - len(shapes))
    return Rewriter(Static(graph, outputs, shapes, len(static.graph)), {EXACT, ROUNDING}).run()


def _slopes(
    graph: Graph, shapes: list[Shape | None], output: int, wrt: list[int], source: Source | None
) -> list[int]:
    """As `derive`. Raises `CgError` (kind `shape`) where a shape is not known."""
    try:
        return derive(graph, shapes, output, wrt)
    except ShapeError as error:
        start, end = graph.starts[error.node], graph.ends[error.node]
        hint = "give values to the arrays in it, or numbers to the sizes they are declared with"
        raise CgError("shape", error.message or "", source, start, end, hint) from None


def _require_number(static: Static, label: str, node: int, source: Source | None) -> None:
    shape = static.shapes[node]
    if shape:
        graph = static.graph
        message = f"`{label}` is an array of shape {shape_text(shape)}, and only a number is differentiated"
        raise CgError("shape", message, source, graph.starts[node], graph.ends[node], "take sum(...) of it")


def _no_further(static: Static, function: str, label: str, shape: Any, source: Source | None) -> CgError:
    """A derivative by an array is an array, and has no second derivative that is a program."""
    graph = static.graph
    node = next(node for name, node in static.outputs if (name or "f") == function)
    return CgError(
        "shape",
        f"`{label}` is an array of shape {shape_text(shape)}, and only a number is differentiated again",
        source,
        graph.starts[node],
        graph.ends[node],
        "`cg hessian` prints the numbers of second derivatives by arrays",
    )


def _label(function: str, by: tuple[str, ...]) -> str:
    """`df_dx`, `d2f_dx2`, `d2f_dxdy`; a name that ends in a digit is repeated: `d2f_dx1dx1`."""
    order = "" if len(by) == 1 else str(len(by))
    powers = ""
    for name in dict.fromkeys(by):
        count = by.count(name)
        powers += f"d{name}" * count if name[-1].isdigit() else f"d{name}{count if count > 1 else ''}"
    return f"d{order}{function}_{powers}"
