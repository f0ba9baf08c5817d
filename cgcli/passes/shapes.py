"""The shape of every node, before anything runs."""

from __future__ import annotations

from math import prod

from cgcli.annotations import Any, Iterable, Mapping, Sequence
from cgcli.errors import OperationError, ShapeError
from cgcli.graph import OTHERS, Graph
from cgcli.ops import CONSTANT, FOUND, INPUT, Leaf
from cgcli.shapes import Named, Shape, broadcast, product, shape_text

# The largest number of axes: NumPy combines arrays of up to 32, and a batch of them has one more. And
# more elements than any memory holds.
MOST_AXES, MOST_ELEMENTS = 31, 2**48


def are_numbers(graph: Graph, shapes: Sequence[Any], nodes: Iterable[int]) -> bool:
    """Whether some nodes are numbers, made of numbers by operations on numbers, so that over columns each is
    what it is for a row: `sum(x)` of a number is one, and not the total of a column."""
    ops = graph.ops
    return not any(
        shapes[node] or ((op := ops[node]).partials is None and op.__class__ is not Leaf) or op in FOUND
        for node in nodes
    )


def infer(
    graph: Graph,
    inputs: Mapping[str, Shape],
    nodes: Iterable[int] | None = None,
    known: list[Shape | None] | None = None,
) -> list[Shape | None]:
    """Shapes by node; None where it depends on a shape that is not known, of an input or a slice. Those
    of the first nodes that are `known` are appended to.

    Raises `OperationError`, with the node, for shapes that an operation cannot work with.
    """
    steps = graph.walk(nodes)
    shapes = [] if known is None else known
    shapes += [None] * (len(graph) - len(shapes))
    others, attrs = graph.args.others, graph.attrs
    for node, op, x, y in steps:
        if op is CONSTANT:
            shapes[node] = ()
        elif op is INPUT:
            shapes[node] = inputs.get(attrs[node])
        else:
            operands = others[node] if y == OTHERS else (x, y) if y >= 0 else (x,)
            try:
                shape = result_shape(op, [shapes[operand] for operand in operands], attrs.get(node, {}))
                if shape is not None:
                    require_possible(shape)
                shapes[node] = shape
            except OperationError as error:
                error.node = node
                raise
    return shapes


def result_shape(op: Any, operands: Sequence[Any], attributes: Mapping[str, Any]) -> Shape | None:
    """The shape of an operation's result; None where it is not known, as that of an operand is not."""
    if None in operands:
        reduction = op.partials is None and "keepdims" in op.attributes
        return () if reduction and not {"axis", "keepdims"} & attributes.keys() else None
    shape: Shape | None = (
        broadcast(*operands) if op.partials is not None else op.shape(*operands, **attributes)
    )
    return shape


def require_possible(shape: Shape) -> None:
    """Raise `ShapeError` for a shape that no array can have."""
    if len(shape) > MOST_AXES:
        raise ShapeError(f"an array has at most {MOST_AXES} axes", kind="limit")
    if any(isinstance(size, int) and size < 0 for size in shape):
        raise ShapeError(f"a size is below 0: {shape_text(shape)}")
    whole = all(isinstance(size, int) for size in shape)
    size: Any = prod(shape) if whole else product(shape)
    if not isinstance(size, Named) and size > MOST_ELEMENTS:
        count = f"{size:.1e}" if size < 10**300 else "over 1e300"
        raise ShapeError(f"an array of {count} elements is too large", kind="limit")
