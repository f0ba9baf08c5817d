"""Derivatives of a program at a point: gradients, products with a Jacobian or a Hessian, and these
matrices whole."""

from __future__ import annotations

from cgcli.diagnostics import CgError
from cgcli.evaluation.point import Point
from cgcli.graph import WANTED
from cgcli.language.program import Output
from cgcli.passes.forward import forward
from cgcli.passes.reverse import reverse
from cgcli.passes.tangent import tangent
from cgcli.shapes import shape_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any


def require_scalar(point: Point, outputs: Sequence[Output], instead: str = "") -> None:
    """Raise `CgError` (kind `shape`) for an output that has no gradient, as it is an array; the
    hint names what else there is `instead`."""
    for output in outputs:
        if not point.is_scalar(output.node):
            shape = shape_text(point.algebra.shape(point.values[output.node]))
            called = f"`{output.name}`" if output.name else "the output"
            raise CgError(
                "shape",
                f"{called} is an array of shape {shape}, and only a number has a gradient",
                point.program.source,
                output.start,
                output.end,
                f"take sum(...) of it{instead}",
            )


def gradients(
    point: Point,
    outputs: Sequence[int],
    wrt: Sequence[int],
    mode: str = "reverse",
    zeroed: list[int] | None = None,
    seed: Any = 1.0,
) -> list[list[Any]]:
    """For each output, its derivative by each node of `wrt`, in that node's shape.

    An output is a number, or has the shape of `seed`, by which it is multiplied. `zeroed` collects
    the nodes at which a factor of 0 met nan or inf, and won.
    """
    if mode == "forward":
        columns = [_column(point, outputs, node, zeroed) for node in wrt]
        return [list(row) for row in zip(*columns, strict=True)] if columns else [[] for _ in outputs]
    graph = point.graph
    active = graph.dependents(wrt)
    rows = []
    for output in outputs:
        needed = graph.ancestors([output]) if len(outputs) > 1 else None
        some = point.run(
            reverse, graph, point.algebra, point.values, output, active, needed, seed=seed, zeroed=zeroed
        )
        rows.append([_zero_if_none(point, _of(some, node), node) for node in wrt])
    return rows


def _of(found: Any, node: int) -> Any:
    if isinstance(found, dict):
        return found.get(node)
    return found[node] if node < len(found) else None


def _zero_if_none(point: Point, derivative: Any, node: int) -> Any:
    return zeros(point, node) if derivative is None else derivative


def zeros(point: Point, *nodes: int) -> Any:
    """Zeros in the joint shape of some nodes."""
    shape = tuple(size for node in nodes for size in point.algebra.shape(point.values[node]))
    return point.algebra.zeros(shape=shape) if shape else 0.0


def basis(point: Point, node: int) -> Iterator[Any]:
    """The unit directions of a node: one for each of its elements, row by row."""
    shape = point.algebra.shape(point.values[node])
    if shape == ():
        yield 1.0
        return
    import numpy as np

    for place in np.ndindex(*shape):
        direction = np.zeros(shape)
        direction[place] = 1.0
        yield direction


def along(
    point: Point, outputs: Sequence[int], seeds: Mapping[int, Any], zeroed: list[int] | None = None
) -> list[Any]:
    """The derivative of each output along a direction: by node, how it moves. One tangent pass."""
    needed = point.graph.ancestors(outputs)
    found = point.run(tangent, point.graph, point.algebra, point.values, seeds, needed, zeroed)
    return [_zero_if_none(point, found[output], output) for output in outputs]


def _column(point: Point, outputs: Sequence[int], node: int, zeroed: list[int] | None) -> list[Any]:
    """The derivatives of outputs that are numbers by one node, a tangent pass an element."""
    passes = [along(point, outputs, {node: direction}, zeroed) for direction in basis(point, node)]
    if point.is_scalar(node):
        return passes[0]
    return [_filled(point, [row[place] for row in passes], (node,)) for place in range(len(outputs))]


def _filled(point: Point, rows: Sequence[Any], nodes: Sequence[int]) -> Any:
    """An array of the joint shape of nodes from its elements, or its parts, in order."""
    import numpy as np

    shape = np.shape(zeros(point, *nodes))
    return np.array(rows, dtype=float).reshape(shape) if shape else float(rows[0])


def jacobian(
    point: Point, output: int, wrt: Sequence[int], mode: str | None = None, zeroed: list[int] | None = None
) -> list[Any]:
    """The derivative of an output of any shape by each node of `wrt`: arrays of the output's shape
    followed by the node's. The mode that takes fewer passes, unless one is given."""
    import numpy as np

    shapes = [point.algebra.shape(point.values[node]) for node in (output, *wrt)]
    counts = [int(np.prod(shape)) for shape in shapes]
    if (mode or ("forward" if sum(counts[1:]) < counts[0] else "reverse")) == "forward":
        blocks = []
        for node, shape in zip(wrt, shapes[1:]):
            columns = [along(point, [output], {node: v}, zeroed)[0] for v in basis(point, node)]
            block = np.array(columns, dtype=float).reshape((*shape, *shapes[0]))
            order = (*range(len(shape), block.ndim), *range(len(shape)))
            blocks.append(_plain(np.transpose(block, order)))
        return blocks
    rows = [gradients(point, [output], wrt, zeroed=zeroed, seed=seed)[0] for seed in basis(point, output)]
    return [_filled(point, [row[place] for row in rows], (output, node)) for place, node in enumerate(wrt)]


def _plain(block: Any) -> Any:
    return block if block.ndim else float(block)


def hessian_times(
    point: Point,
    output: int,
    wrt: Sequence[int],
    direction: Mapping[str, Any],
    zeroed: list[int] | None = None,
) -> list[Any]:
    """The Hessian of an output that is a number, times a direction (by input, how it moves): forward
    over reverse, at the cost of a few gradients however many inputs there are."""
    from cgcli.algebras.duals import Dual, Duals
    from cgcli.algebras.duals import tangent as dual_tangent

    graph, duals = point.graph, Duals(point.algebra)
    inputs = {
        name: Dual(duals, value, direction[name]) if name in direction else value
        for name, value in point.inputs.items()
    }
    needed = graph.ancestors([output])
    values = point.run(forward, graph, duals, inputs, needed)
    active = graph.dependents(wrt)
    found = point.run(reverse, graph, duals, values, output, active, needed, zeroed=zeroed)
    return [_zero_if_none(point, dual_tangent(found.get(node)), node) for node in wrt]


def hessian(
    point: Point, output: int, wrt: Mapping[str, int], zeroed: list[int] | None = None
) -> list[list[Any]]:
    """Every block d2f/dxdy of the second derivatives of a number by inputs, x down and y across."""
    nodes = list(wrt.values())
    blocks: list[list[Any]] = [[] for _ in nodes]
    for name, node in wrt.items():
        columns = [hessian_times(point, output, nodes, {name: v}, zeroed) for v in basis(point, node)]
        for place, row in enumerate(nodes):
            blocks[place].append(_turned(point, [column[place] for column in columns], row, node))
    return blocks


def _turned(point: Point, columns: list[Any], row: int, column: int) -> Any:
    """A block from its columns: the axes of `row` first, then those of `column`."""
    if point.is_scalar(row) and point.is_scalar(column):
        return columns[0]
    import numpy as np

    block = np.array(columns, dtype=float)  # a row an element of `column`
    rank = len(point.algebra.shape(point.values[row]))
    block = np.moveaxis(block, 0, -1) if rank else block
    return block.reshape(np.shape(zeros(point, row, column)))


def adjoints(
    point: Point, output: int, active: bytearray, zeroed: list[int] | None = None, seed: Any = 1.0
) -> dict[int, Any]:
    """The adjoints of one output by node, for every active node that it depends on."""
    wanted = active.replace(b"\1", bytes((WANTED,)))
    needed = point.graph.ancestors([output])
    found = point.run(
        reverse, point.graph, point.algebra, point.values, output, wanted, needed, seed=seed, zeroed=zeroed
    )
    return {node: adjoint for node, adjoint in found.items() if adjoint is not None}


def magnitude(point: Point, output: int, seed: Any = 1.0) -> float:
    """How large an output would have to be for its own rounding to match that of the nodes it is
    computed from: the largest |adjoint * value|."""
    from math import isfinite

    found = adjoints(point, output, bytearray(b"\1") * len(point.graph), seed=seed)
    largest = point.algebra.largest
    sizes = [largest(adjoint) * largest(point.values[node]) for node, adjoint in found.items()]
    return max((size for size in sizes if isfinite(size)), default=0.0)
