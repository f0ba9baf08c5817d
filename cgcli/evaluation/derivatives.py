"""Derivatives of a program at a point: gradients, products with a Jacobian or a Hessian, and these
matrices whole."""

from __future__ import annotations

from math import prod

from cgcli.annotations import Any, Mapping, Sequence
from cgcli.diagnostics import CgError
from cgcli.errors import OperationError, located
from cgcli.evaluation.directions import every_direction, too_large
from cgcli.evaluation.overflow import LEFT, Way, in_range, watched, within_doubles
from cgcli.evaluation.specialised import FLOATS, Point
from cgcli.graph import WANTED
from cgcli.language.block import Output
from cgcli.language.program import Program
from cgcli.later import np
from cgcli.passes.forward import tangent
from cgcli.passes.reverse import reverse
from cgcli.shapes import Shape, shape_text


def require_scalar(point: Point, outputs: Sequence[Output], instead: str = "") -> None:
    """Raise `CgError` (kind `shape`) for an output that has no gradient, as it is an array; the
    hint names what else there is `instead`."""
    for output in outputs:
        value = point.values[output.node]
        if value.__class__ is not float:
            require_number(point.program, output, point.algebra.shape(value), instead)


def require_number(program: Program, output: Output, shape: Shape, instead: str = "") -> None:
    """Raise `CgError` (kind `shape`) for an output that is an array, and so has no gradient."""
    if shape != ():
        called = f"`{output.name}`" if output.name else "the output"
        raise CgError(
            "shape",
            f"{called} is an array of shape {shape_text(shape)}, and only a number has a gradient",
            program.source,
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
    algebra: Any = None,
    spend: bool = False,
) -> list[list[Any]]:
    """For each output, its derivative by each node of `wrt`, in that node's shape.

    An output is a number, or has the shape of `seed`, by which it is multiplied. `zeroed` collects
    the nodes at which a factor of 0 met nan or inf, and won. Seeds may come in batches; then
    `algebra` is that of theirs. With `spend`, each of the point's values is let go once it has been used,
    so that they do not fill the memory beside what is made of them (`Point.restore`).
    """
    if mode == "forward":
        columns = [_column(point, outputs, node, zeroed) for node in wrt] if outputs else []
        return [list(row) for row in zip(*columns, strict=True)] if columns else [[] for _ in outputs]
    graph, active = point.of.differentiable(wrt)
    primals = [point.values[node] for node in wrt]
    rows = []
    for place, output in enumerate(outputs):
        needed = point.of.needed([output]) if len(point.program.outputs) > 1 else None
        last = spend and place == len(outputs) - 1

        def way(over: Any, values: Any, output: int = output, needed: Any = needed, last: bool = last) -> Any:
            spent = last and over is point.algebra
            some = reverse(graph, over, values, {output: seed}, active, needed, zeroed, spent)
            if needed is None:
                return [some[node] if node < len(some) else None for node in wrt]
            return [some.get(node) for node in wrt]

        found = _over(point, way, zeroed, algebra, last)
        rows.append([_whole(point, d, x) if d is None else d for x, d in zip(primals, found, strict=True)])
    return rows


def _over(point: Point, way: Way, zeroed: list[int] | None, algebra: Any, spend: bool = False) -> Any:
    """What a way finds over an algebra; over the point's own, or a wider one, if none is given."""
    if algebra is None:
        return in_range(point, way, zeroed, spend)
    if watched(point) is point.algebra:
        return point.run(way, algebra, point.values)
    return within_doubles(point, algebra, way, zeroed)


def _whole(point: Point, derivative: Any, like: Any) -> Any:
    """A derivative, or zeros in the shape of what it is by where there is none."""
    if derivative is not None:
        return derivative
    shape = point.algebra.shape(like)
    return point.algebra.zeros(shape=shape) if shape else 0.0


def along(
    point: Point,
    outputs: Sequence[int],
    seeds: Mapping[int, Any],
    zeroed: list[int] | None = None,
    algebra: Any = None,
) -> list[Any]:
    """The derivative of each output along a direction: by node, how it moves. One tangent pass.

    Directions may come in batches; then `algebra` is that of theirs.
    """
    (graph, _), needed = point.of.differentiable(list(seeds)), point.of.needed(outputs)

    def way(over: Any, values: Any) -> Any:
        found = tangent(graph, over, values, seeds, needed, zeroed)
        return [found.get(output) for output in outputs]

    found = _over(point, way, zeroed, algebra)
    return [_whole(point, one, point.values[output]) for one, output in zip(found, outputs, strict=True)]


def _column(point: Point, outputs: Sequence[int], node: int, zeroed: list[int] | None) -> list[Any]:
    """The derivatives of outputs by one node, in forward mode: its axes, then those of the output."""

    def derivatives(algebra: Any, direction: Any) -> list[Any]:
        return along(point, outputs, {node: direction}, zeroed, algebra)

    shapes = [point.algebra.shape(point.values[output]) for output in outputs]
    return every_direction(point, node, derivatives, shapes, outputs[0])


def _turned(block: Any, lead: int) -> Any:
    """A block with its first axes, so many, put last."""
    if isinstance(block, float):
        return block
    return np.transpose(block, (*range(lead, block.ndim), *range(lead)))


def jacobian(
    point: Point, output: int, wrt: Sequence[int], mode: str | None = None, zeroed: list[int] | None = None
) -> list[Any]:
    """The derivative of an output of any shape by each node of `wrt`: arrays of the output's shape
    followed by the node's. The mode that takes fewer passes, unless one is given."""
    own, *others = (point.algebra.shape(point.values[node]) for node in (output, *wrt))
    if (mode or ("forward" if sum(map(prod, others)) < prod(own) else "reverse")) == "forward":
        return [
            _turned(_column(point, [output], node, zeroed)[0], len(shape))
            for node, shape in zip(wrt, others, strict=True)
        ]

    def derivatives(algebra: Any, seed: Any) -> list[Any]:
        return gradients(point, [output], wrt, zeroed=zeroed, seed=seed, algebra=algebra)[0]

    return every_direction(point, output, derivatives, others, output)


def hessian_times(
    point: Point,
    output: int,
    wrt: Sequence[int],
    direction: Mapping[str, Any],
    zeroed: list[int] | None = None,
    algebra: Any = None,
) -> list[Any]:
    """The Hessian of an output that is a number, times a direction (by input, how it moves): forward
    over reverse, at the cost of a few gradients however many inputs there are. nan where there is no second
    derivative, as at most corners.

    Directions may come in batches, but not at corners; then `algebra` is that of theirs."""
    from cgcli.evaluation.corners import corners_at, product_of_all_sides

    corners = corners_at(point, output, wrt)
    sided = _is_sided(point, output, wrt, corners)

    def along(moving: Mapping[int, Any]) -> list[Any]:
        return one_sided(point, output, wrt, moving, corners, zeroed, algebra, sided=sided)

    moves = {point.program.inputs[name]: moving for name, moving in direction.items()}
    return product_of_all_sides(point, wrt, moves, along) if corners else along(moves)


def _is_sided(point: Point, output: int, wrt: Sequence[int], corners: Sequence[int]) -> bool:
    from cgcli.evaluation.corners import jumps_cancel

    def slopes() -> dict[int, Any]:
        return adjoints(point, output, point.of.active(wrt))

    def along(moving: Mapping[int, Any]) -> list[Any]:
        return one_sided(point, output, wrt, moving, corners, sided=True, first=True)

    return bool(corners) and jumps_cancel(point, wrt, corners, slopes, along)


def one_sided(
    point: Point,
    output: int,
    wrt: Sequence[int],
    direction: Mapping[int, Any],
    corners: Sequence[int],
    zeroed: list[int] | None = None,
    algebra: Any = None,
    seed: Any = 1.0,
    sided: bool = False,
    first: bool = False,
) -> list[Any]:
    """The same, by nodes how they move; from corners, on the side on which the direction lies
    (`evaluation.corners`). Of an array, of the sum of its elements, each times that of the seed. With
    `sided`, where jumps of the first derivatives cancel; with `first`, these."""
    from cgcli.algebras.duals import Dual, Duals, primal
    from cgcli.algebras.duals import tangent as second

    graph, active = point.of.differentiable(wrt)
    if corners:
        from cgcli.passes.corners import at_corners

        graph = at_corners(graph, corners, sided)
    needed = point.of.needed([output])

    def way(over: Any, values: Any) -> Any:
        duals = Duals(over)
        moved = tangent(graph, over, values, direction, needed)
        carried = {
            node: Dual(duals, values[node], moved[node]) if node in moved else values[node] for node in needed
        }
        duals.lost = []
        found = reverse(graph, duals, carried, {output: seed}, active, needed, zeroed)
        return [(primal if first else second)(found.get(node)) for node in wrt]

    found = _over(point, way, zeroed, algebra)
    return [_whole(point, one, point.values[node]) for one, node in zip(found, wrt, strict=True)]


# What a block of a Hessian takes, with what it is called, besides its elements.
BLOCK = 500.0


def _require_blocks(output: int, elements: float, wanted: float, shapes: Sequence[Shape]) -> None:
    from cgcli.memory import require_memory

    try:
        require_memory(elements, wanted)
    except OperationError as error:
        if len(shapes) == 1:
            raise too_large(error, output, (*shapes[0], *shapes[0])) from None
        raise located(error, output) from None


def hessian(
    point: Point, output: int, wrt: Mapping[str, int], zeroed: list[int] | None = None
) -> list[list[Any]]:
    """Every block d2f/dxdy of the second derivatives of a number by inputs, x down and y across. nan where
    there is no second derivative, as at most corners."""
    from cgcli.memory import require_tangents

    nodes = list(wrt.values())
    shapes = [point.algebra.shape(point.values[node]) for node in nodes]
    elements = sum(map(prod, shapes)) ** 2
    point.run(require_tangents, point.values, point.of.differentiable(nodes)[1], output)
    point.run(_require_blocks, output, elements, 8.0 * elements + BLOCK * len(nodes) ** 2, shapes)
    from cgcli.evaluation.corners import corners_at, of_all_sides

    corners = corners_at(point, output, nodes)
    sided = _is_sided(point, output, nodes, corners)

    def columns(sign: float = 1.0) -> list[list[Any]]:
        """By node, how the gradient moves along each of its unit directions, times a sign."""
        found = []
        for node in nodes:

            def derivatives(algebra: Any, direction: Any, node: int = node) -> list[Any]:
                moving = {node: direction if sign > 0 else -direction}
                return one_sided(point, output, nodes, moving, corners, zeroed, algebra, sided=sided)

            found.append(every_direction(point, node, derivatives, shapes, output))
        return found

    def along(moving: Mapping[int, Any]) -> list[Any]:
        return one_sided(point, output, nodes, moving, corners, sided=sided)

    blocks = columns()
    if corners:
        blocks = of_all_sides(point, nodes, blocks, columns(-1.0), along)
    rows = [
        [_turned(column[row], len(shape)) for column, shape in zip(blocks, shapes, strict=True)]
        for row in range(len(nodes))
    ]
    if not all(map(point.algebra.finite, [block for row in rows for block in row])):
        _agree(rows, shapes)
    return rows


def _agree(rows: list[list[Any]], shapes: Sequence[Shape]) -> None:
    """Put nan where a second derivative is not finite one way round, and is another one the other way."""
    for down, row in enumerate(rows):
        for across, block in enumerate(row):
            other = _turned(rows[across][down], len(shapes[across]))
            differ = (~np.isfinite(block) | ~np.isfinite(other)) & np.not_equal(block, other)
            if np.any(differ):
                found = np.where(differ, np.nan, block)
                row[across] = found if found.ndim else float(found)


def products(point: Point, output: int, wrt: Sequence[int], rows: Sequence[Any]) -> list[Any] | None:
    """The Hessian of a number times many directions at once: by input an array of rows, in which each
    direction moves it, and in which what comes out stands. None at corners, for a program of numbers, and
    where the range of doubles is left."""
    from cgcli.evaluation.corners import corners_at

    if point.algebra is FLOATS or corners_at(point, output, wrt):
        return None
    from cgcli.algebras.batch import Batch
    from cgcli.algebras.batches import Batches

    batches = Batches(len(rows[0]), watched(point))
    moving = {node: Batch(batches, part) for node, part in zip(wrt, rows, strict=True)}
    try:
        found = one_sided(point, output, wrt, moving, [], algebra=batches)
    except LEFT:
        return None
    return [batches.whole(part) for part in found]


def adjoints(
    point: Point, output: int, active: bytearray, zeroed: list[int] | None = None, seed: Any = 1.0
) -> dict[int, Any]:
    """The adjoints of one output by node, for every active node that it depends on."""
    wanted = active.replace(b"\1", bytes((WANTED,)))
    needed = point.of.needed([output])

    def way(over: Any, values: Any) -> Any:
        found = reverse(point.graph, over, values, {output: seed}, wanted, needed, zeroed)
        return {node: adjoint for node, adjoint in found.items() if adjoint is not None}

    found: dict[int, Any] = in_range(point, way, zeroed)
    return found


def magnitude(point: Point, output: int, seed: Any = 1.0) -> float:
    """How large an output would have to be for its own rounding to match that of the nodes it is
    computed from: the largest |adjoint * value|."""
    from math import isfinite

    found = adjoints(point, output, bytearray(b"\1") * len(point.graph), seed=seed)
    largest = point.algebra.largest
    sizes = [largest(adjoint) * largest(point.values[node]) for node, adjoint in found.items()]
    return max((size for size in sizes if isfinite(size)), default=0.0)
