"""What is known of operations on arrays before values come: from shapes, attributes and elements."""

from __future__ import annotations

from cgcli.ops import INPUT, OPS, ArrayOp
from cgcli.rewrite.rules import ELEMENT, IDENTITY, NOTHING, ONES, ROUNDING, SMALL_DET
from cgcli.shapes import Named, normal_axes, product

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from cgcli.rewrite.simplify import Rewriter
    from cgcli.shapes import Shape


def known_array(
    rewriter: Rewriter, op: ArrayOp, args: tuple[int, ...], attributes: Mapping[str, Any]
) -> int | None:
    graph, shapes = rewriter.graph, rewriter.shapes
    if _does_nothing(op, shapes[args[0]] if args else None, attributes):
        rewriter.fire(NOTHING)
        return args[0]
    if op.name == "transpose" and attributes.get("axes") in ((1, 0), [1, 0]):
        return rewriter.make(op, args)
    if op.name == "index" and graph.ops[args[0]].name == "array" and len(args) == 1:
        first, *rest = attributes["at"]
        elements = graph.args[args[0]]
        if isinstance(first, int) and -len(elements) <= first < len(elements):
            rewriter.fire(ELEMENT)
            element = elements[first]
            return rewriter.make(op, (element,), {"at": tuple(rest)}) if rest else element
    if (
        op.name == "index"
        and graph.ops[args[0]].name == "index"
        and len(args) == len(graph.args[args[0]]) == 1
    ):
        at = (*graph.attrs[args[0]]["at"], *attributes["at"])
        if all(isinstance(place, int) for place in at):
            return rewriter.make(op, graph.args[args[0]], {"at": at})
    if op.name == "det" and ROUNDING in rewriter.labels and graph.ops[args[0]].name == "array":
        return _small_determinant(rewriter, args[0])
    if op.name == "matmul" and IDENTITY.label in rewriter.labels:
        for place in (0, 1):
            if _is_identity(rewriter, args[place]):
                rewriter.fire(IDENTITY)
                return args[1 - place]
    if op.name == "einsum":
        return _einsum(rewriter, args, attributes["subscripts"])
    if op.name == "size":
        one_axis = isinstance(attributes.get("axis"), int) or (shapes[args[0]] or ())[1:] == ()
        if not (graph.ops[args[0]] is INPUT and "axis" in attributes and one_axis):
            return _size(rewriter, shapes[args[0]], attributes)
    return None


def log_of_element(rewriter: Rewriter, node: int) -> int | None:
    """`log(softmax(v)[i])` as `log(softmax(v))[i]`, which has a stable form."""
    graph = rewriter.graph
    below = graph.args[node]
    if graph.ops[node].name != "index" or len(below) > 1 or graph.ops[below[0]].name != "softmax":
        return None
    return rewriter.make(graph.ops[node], (rewriter.call("log", below[0]),), graph.attrs[node])


def _does_nothing(op: ArrayOp, shape: Shape | None, attributes: Mapping[str, Any]) -> bool:
    """Whether the result is the operand, of this shape, as it is."""
    if shape is None:
        return False
    if op.name in ("broadcast", "reshape"):
        return shape == tuple(attributes["shape"])
    return len(shape) < {"transpose": 2, "sum": 1}.get(op.name, 0)


def _einsum(rewriter: Rewriter, args: tuple[int, ...], subscripts: str) -> int | None:
    """An einsum without the factors that are 1; of one operand whose axes are all kept, its
    transpose."""
    names, _, target = subscripts.replace(" ", "").partition("->")
    pairs = list(zip(names.split(","), args, strict=True))
    kept = [(name, arg) for name, arg in pairs if name or rewriter.value(arg) != 1]
    if not target or not kept:
        return None
    if len(kept) < len(pairs):
        rewriter.fire(ONES)
        subscripts = ",".join(name for name, _ in kept) + "->" + target
        return rewriter.make(OPS["einsum"], tuple(arg for _, arg in kept), {"subscripts": subscripts})
    name, arg = kept[0]
    if len(kept) == 1 and sorted(name) == sorted(target) and len(set(name)) == len(name):
        rewriter.fire(ONES)
        axes = tuple(name.index(letter) for letter in target)
        if axes == tuple(range(len(axes))):
            return arg
        return rewriter.make(OPS["transpose"], (arg,), {"axes": axes})
    return None


def _small_determinant(rewriter: Rewriter, node: int) -> int | None:
    """That of an array of two rows, written out."""
    graph = rewriter.graph
    rows = [graph.args[row] for row in graph.args[node] if graph.ops[row].name == "array"]
    if [len(row) for row in rows] != [2, 2] or rewriter.shapes[node] != (2, 2):
        return None
    rewriter.fire(SMALL_DET)
    (a, b), (c, d) = rows
    return rewriter.call("sub", rewriter.call("mul", a, d), rewriter.call("mul", b, c))


def _size(rewriter: Rewriter, shape: Shape | None, attributes: Mapping[str, Any]) -> int | None:
    """The number of elements, as a number or by the name of a size."""
    if shape is None:
        return None
    axes = normal_axes(attributes.get("axis"), len(shape))
    total = product([shape[axis] for axis in axes])
    if not isinstance(total, Named):
        return rewriter.constant(float(total))
    named = [size for axis in axes if (size := _named_size(rewriter, shape[axis])) is not None]
    if len(named) < len(axes):
        return None
    node = named[0]
    for other in named[1:]:
        node = rewriter.call("mul", node, other)
    return node


def _named_size(rewriter: Rewriter, size: Any) -> int | None:
    """The node of a size: that of an axis of an input which is declared to have it."""
    if not isinstance(size, Named):
        return rewriter.constant(float(size))
    if size not in rewriter.sized:
        return None
    node, axis = rewriter.sized[size]
    found = rewriter.node(OPS["size"], (node,), {"axis": axis})
    rewriter.graph.names.setdefault(found, str(size))
    return found


def _is_identity(rewriter: Rewriter, node: int) -> bool:
    graph = rewriter.graph
    attributes = graph.attrs.get(node, {})
    return graph.ops[node].name == "eye" and not {"m", "k"} & set(attributes)
