"""Derivatives along all unit directions of a node, many at once."""

from __future__ import annotations

from itertools import accumulate
from math import prod

from cgcli.annotations import Any, Callable, Sequence
from cgcli.errors import OperationError, located
from cgcli.evaluation.overflow import LEFT, watched
from cgcli.evaluation.specialised import Point
from cgcli.later import np
from cgcli.passes.shapes import require_possible
from cgcli.shapes import Shape, shape_text

# A batch of directions takes as many passes as one direction, and so much memory for each value.
BATCH = 2**18


def every_direction(
    point: Point, node: int, derivatives: Callable[[Any, Any], list[Any]], shapes: Sequence[Any], output: int
) -> list[Any]:
    """What `derivatives(algebra, directions)` finds along the unit directions of a node, row by row:
    arrays of the node's shape followed by these shapes. They are derivatives of an output, at whose
    place it is an error where they are too large."""
    own = point.algebra.shape(point.values[node])
    if own == ():
        return derivatives(None, 1.0)
    count = prod(own)
    sizes = [8.0 * count * prod(shape) for shape in shapes]
    held = accumulate(sizes)
    blocks = [point.run(_room, output, own, shape, total) for shape, total in zip(shapes, held, strict=True)]
    try:
        _by_batches(point, derivatives, blocks, own)
    except LEFT:
        for place in range(count):
            direction = np.zeros(own)
            direction.flat[place] = 1.0
            for block, found in zip(blocks, derivatives(None, direction), strict=True):
                block[place] = found
    return [block.reshape(*own, *shape) for block, shape in zip(blocks, shapes, strict=True)]


def _by_batches(point: Point, derivatives: Callable[[Any, Any], list[Any]], blocks: Any, own: Any) -> None:
    """Fill blocks of rows with what is found along the unit directions of these sizes. Raises what says
    that the range of doubles was left (`ranges.LEFT`)."""
    from cgcli.algebras.batch import Batch
    from cgcli.algebras.batches import Batches

    count, base = prod(own), watched(point)
    step = max(1, BATCH // max(1, *map(np.size, point.values)))
    for start in range(0, count, step):
        batches = Batches(min(step, count - start), base)
        directions = np.eye(batches.count, count, start).reshape(batches.count, *own)
        found = derivatives(batches, Batch(batches, directions))
        for block, rows in zip(blocks, found, strict=True):
            block[start : start + batches.count] = batches.whole(rows)


def _room(output: int, own: tuple[int, ...], shape: tuple[int, ...], held: float) -> Any:
    """A place for a row for each element of a node, of so many bytes with those before it. Raises
    `OperationError` of the output where there is none."""
    from cgcli.memory import require_memory

    try:
        require_possible((*own, *shape))
        require_memory(prod(own) * prod(shape), held)
        return np.empty((prod(own), *shape))
    except (OperationError, MemoryError) as error:
        raise too_large(error, output, (*own, *shape)) from None


def too_large(error: OperationError | MemoryError, output: int, shape: Shape) -> OperationError:
    """The error of an output whose derivative has this shape."""
    found = located(error, output)
    found.hint = "a derivative has the axes of the output and of what it is by"
    if len(shape) <= 4:
        found.hint = f"the derivative has the shape {shape_text(shape)}"
    return found
