"""Operations that make arrays, take them apart, and rearrange them: all of them linear."""

from __future__ import annotations

from cgcli.ops.entry import LINEAR, Attribute, Tensor
from cgcli.ops.rules import fit
from cgcli.shapes import Named, ShapeError, broadcast, normal_axis, product, shape_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cgcli.shapes import Shape, Size

# A subscript: a whole number, a slice as (start, stop, step), or None for the next operand.
Subscript = "int | tuple[int | None, int | None, int | None] | None"


# Shape rules


def _array(*shapes: Shape) -> Shape:
    for shape in shapes:
        if shape != shapes[0]:
            raise ShapeError(
                f"the rows of an array differ: {shape_text(shapes[0])} and {shape_text(shape)}"
                if shape and shapes[0]
                else "an array has numbers and arrays side by side"
            )
    return (len(shapes), *(shapes[0] if shapes else ()))


def _stack(*shapes: Shape, axis: int = 0) -> Shape:
    for shape in shapes:
        if shape != shapes[0]:
            raise ShapeError(None, "`stack` takes arrays of one shape")
    place = normal_axis(axis, len(shapes[0]) + 1)
    return (*shapes[0][:place], len(shapes), *shapes[0][place:])


def _concat(*shapes: Shape, axis: int = 0) -> Shape:
    first = shapes[0]
    if not first:
        raise ShapeError("`concat` takes arrays: {x} is a number")
    place = normal_axis(axis, len(first))
    total: Size = 0
    for shape in shapes:
        if len(shape) != len(first) or any(
            a != b for i, (a, b) in enumerate(zip(shape, first)) if i != place
        ):
            raise ShapeError(None, f"all sizes but those of axis {place} must be equal")
        total = total + shape[place]
    return (*first[:place], total, *first[place + 1 :])


def _slice_size(size: Size, start: int | None, stop: int | None, step: int | None) -> Size:
    if isinstance(size, int):
        return len(range(*slice(start, stop, step).indices(size)))
    if step == -1 and start is stop is None:
        return size
    if step in (None, 1):
        begin = size + start if start is not None and start < 0 else start or 0
        if stop is None or stop < 0:
            return (size + (stop or 0)) - begin
        if isinstance(begin, int) and begin >= stop:
            return 0
    raise ShapeError(f"this slice needs a size that is a number, not {size}")


def _index(x: Shape, *operands: Shape, at: tuple[Any, ...]) -> Shape:
    """As in NumPy: a number takes its axis away; arrays are combined, and their common shape stands
    in the place of the first of them, or at the front where they do not stand side by side."""
    if len(at) > len(x):
        what = "a number" if not x else f"an array of {len(x)} ax{'es' if len(x) > 1 else 'is'}"
        raise ShapeError(f"too many subscripts: {{x}} is {what}", kind="index")
    given = iter(operands)
    arrays: list[Shape] = []
    places: list[int] = []
    result: list[Size] = []
    for place, subscript in enumerate(at):
        size = x[place]
        if isinstance(subscript, tuple):
            result.append(_slice_size(size, *subscript))
            continue
        if subscript is None:
            arrays.append(next(given))
        elif isinstance(size, int) and not -size <= subscript < size:
            raise ShapeError(
                f"there is no element {subscript}: {{x}} is {shape_text(x)}", _range_hint(size), "index"
            )
        else:
            arrays.append(())
        if not places:
            first = len(result)
        places.append(place)
    result += x[len(at) :]
    common = broadcast(*arrays) if arrays else ()
    if common:
        together = places[-1] - places[0] == len(places) - 1
        front = first if together else 0
        result[front:front] = common
    return tuple(result)


def _scatter(x: Shape, *operands: Shape, at: tuple[Any, ...], shape: Shape) -> Shape:
    wanted = _index(shape, *operands, at=at)
    if x != wanted:
        raise ShapeError(f"the places are {shape_text(wanted)}, and {{x}} is {shape_text(x)}")
    return shape


def _range_hint(size: int) -> str:
    return f"subscripts go from 0 to {size - 1}" if size else "it is empty"


def _reshape(x: Shape, shape: Shape) -> Shape:
    """One size may be -1, whatever is left."""
    total = product(x)
    free = [place for place, size in enumerate(shape) if size == -1]
    rest = product([size for size in shape if size != -1])
    if len(free) == 1 and rest != 0:
        if total == rest * 1:
            left: Size = 1
        elif isinstance(total, int) and isinstance(rest, int) and total % rest == 0:
            left = total // rest
        elif rest == 1:
            left = total
        else:
            raise ShapeError(f"{{x}} has {total} elements, which do not divide into {shape_text(shape)}")
        return (*shape[: free[0]], left, *shape[free[0] + 1 :])
    if free or total != rest:
        raise ShapeError(f"{{x}} has {total} elements, and {shape_text(shape)} has {rest}")
    return shape


def _broadcast(x: Shape, shape: Shape) -> Shape:
    if broadcast(x, shape) != shape:
        raise ShapeError(f"{{x}} is {shape_text(x)}, and does not stretch to {shape_text(shape)}")
    return shape


def _order(x: Shape, axes: tuple[int, ...] | None) -> tuple[int, ...]:
    if axes is None:
        return tuple(reversed(range(len(x))))
    order = tuple(normal_axis(axis, len(x)) for axis in axes)
    if sorted(order) != list(range(len(x))):
        raise ShapeError(f"`axes` names each axis of {{x}} once: it has {len(x)}")
    return order


def _matrix(x: Shape) -> Shape:
    if len(x) != 2:
        raise ShapeError(f"a matrix is needed: {{x}} is {shape_text(x) if x else 'a number'}")
    return x


def _diag(x: Shape, k: int = 0) -> Shape:
    if len(x) == 1:
        return (x[0] + abs(k),) * 2
    if k == 0 and _matrix(x)[0] == x[1]:
        return (x[0],)
    rows, columns = _matrix(x)
    if isinstance(rows, Named) or isinstance(columns, Named):
        raise ShapeError(f"this diagonal needs sizes that are numbers: {{x}} is {shape_text(x)}")
    return (max(0, min(rows, columns - k) if k >= 0 else min(rows + k, columns)),)


def _at_least_matrix(x: Shape, k: int = 0) -> Shape:
    if len(x) < 2:
        raise ShapeError(f"a matrix is needed: {{x}} is {shape_text(x) if x else 'a number'}")
    return x


def _flip(x: Shape, axis: int | tuple[int, ...] | None = None) -> Shape:
    for one in axis if isinstance(axis, tuple) else () if axis is None else (axis,):
        normal_axis(one, len(x))
    return x


# Pullbacks


def _stack_pull(xp: Any, position: int, g: Any, z: Any, *xs: Any, axis: int = 0) -> Any:
    place = axis % len(xp.shape(z))
    return xp.index(g, at=((None, None, None),) * place + (position,))


def _concat_pull(xp: Any, position: int, g: Any, z: Any, *xs: Any, axis: int = 0) -> Any:
    place = axis % len(xp.shape(z))
    sizes = [xp.shape(x)[place] for x in xs[: position + 1]]
    start = sum(sizes[:-1])
    return xp.index(g, at=((None, None, None),) * place + ((start, start + sizes[-1], None),))


def _index_pull(xp: Any, position: int, g: Any, z: Any, x: Any, *operands: Any, at: Any) -> Any:
    return xp.scatter(g, *operands, at=at, shape=xp.shape(x)) if position == 0 else None


def _scatter_pull(xp: Any, position: int, g: Any, z: Any, x: Any, *operands: Any, at: Any, shape: Any) -> Any:
    return xp.index(g, *operands, at=at) if position == 0 else None


def _index_push(xp: Any, tangents: Any, z: Any, x: Any, *operands: Any, at: Any) -> Any:
    return None if tangents[0] is None else xp.index(tangents[0], *operands, at=at)


def _scatter_push(xp: Any, tangents: Any, z: Any, x: Any, *operands: Any, at: Any, shape: Any) -> Any:
    return None if tangents[0] is None else xp.scatter(tangents[0], *operands, at=at, shape=shape)


def _transpose_pull(xp: Any, g: Any, z: Any, x: Any, axes: tuple[int, ...] | None = None) -> Any:
    order = _order(xp.shape(x), axes)
    return xp.transpose(g, axes=tuple(order.index(place) for place in range(len(order))))


def _diag_pull(xp: Any, g: Any, z: Any, x: Any, k: int = 0) -> Any:
    shape = xp.shape(x)
    if len(shape) == 1 or (k == 0 and shape[0] == shape[1]):
        return xp.diag(g, k=k)
    count = xp.shape(z)[0]
    square = xp.diag(g, k=0)
    rows = xp.concat(xp.zeros(shape=(max(-k, 0), count)), square, axis=0)
    rows = xp.concat(rows, xp.zeros(shape=(shape[0] - xp.shape(rows)[0], count)), axis=0)
    columns = xp.concat(xp.zeros(shape=(shape[0], max(k, 0))), rows, axis=1)
    return xp.concat(columns, xp.zeros(shape=(shape[0], shape[1] - xp.shape(columns)[1])), axis=1)


def _linspace_pull(weight: Any) -> Any:
    def pull(xp: Any, g: Any, z: Any, x: Any, y: Any, num: int = 50) -> Any:
        return xp.sum(g * weight(xp, xp.linspace(0.0, 1.0, num=num)))

    return pull


AT = {"at": Attribute("index")}
K = {"k": Attribute("whole", 0)}

STRUCTURE = [
    # Making arrays
    Tensor(
        "array", None, "an array of its elements, or rows", "elements of one shape",
        shape=_array, pullbacks=_stack_pull, pushforward=LINEAR, derivative="g[i] for the i-th element",
        function=False, symbol="[]", example="[1, 2, 3] = [1, 2, 3]",
    ),
    Tensor(
        "zeros", 0, "an array of zeros", "sizes from 0", shape=lambda shape: shape, pullbacks=(),
        pushforward=LINEAR, derivative="none: it has no operands", attributes={"shape": Attribute("shape")},
        example="zeros([2, 2]) = [[0, 0], [0, 0]]",
    ),
    Tensor(
        "ones", 0, "an array of ones", "sizes from 0", shape=lambda shape: shape, pullbacks=(),
        pushforward=LINEAR, derivative="none: it has no operands", attributes={"shape": Attribute("shape")},
        example="ones(3) = [1, 1, 1]",
    ),
    Tensor(
        "eye", 0, "identity matrix of n rows and m columns", "sizes from 0",
        shape=lambda n, m=None, k=0: (n, n if m is None else m), pullbacks=(), pushforward=LINEAR,
        derivative="none: it has no operands",
        attributes={"n": Attribute("count"), "m": Attribute("count", None), **K},
        example="eye(2) = [[1, 0], [0, 1]]",
    ),
    Tensor(
        "linspace", 2, "num numbers evenly from x to y", "num from 0",
        shape=lambda x, y, num=50: (*broadcast(x, y), num) if not x and not y else _no_array(),
        pullbacks=(
            _linspace_pull(lambda xp, t: 1.0 - t), _linspace_pull(lambda xp, t: t),
        ),
        pushforward=LINEAR, derivative="by x: 1 - t, by y: t, with t from 0 to 1",
        attributes={"num": Attribute("count", 50)}, example="linspace(0, 1, 5) = [0, 0.25, 0.5, 0.75, 1]",
    ),
    # Rearranging
    Tensor(
        "index", None, "elements and slices, from 0; negative from the end",
        "within the array", shape=_index, pullbacks=_index_pull, pushforward=_index_push,
        derivative="g in the places taken from, 0 elsewhere; added up where one is taken twice",
        attributes=AT, function=False, symbol="[i]", example="[5, 6, 7][-1] = 7",
    ),
    Tensor(
        "scatter", None, "zeros, but x in the places that `at` names, added up",
        "within the array",
        shape=_scatter, pullbacks=_scatter_pull, pushforward=_scatter_push,
        derivative="g at the subscripts", attributes={**AT, "shape": Attribute("shape")},
        example='scatter("1:", [6, 7], shape=3) = [0, 6, 7]',
    ),
    Tensor(
        "transpose", 1, "axes in reverse, or in the order `axes`; x.T", "all x",
        shape=lambda x, axes=None: tuple(x[place] for place in _order(x, axes)),
        pullbacks=(_transpose_pull,), pushforward=LINEAR, derivative="the transpose back of g",
        attributes={"axes": Attribute("axes", None)},
        example="transpose([[1, 2], [3, 4]]) = [[1, 3], [2, 4]]",
    ),
    Tensor(
        "reshape", 1, "another shape, row by row; a size may be -1", "sizes that fit",
        shape=_reshape, pullbacks=(lambda xp, g, z, x, shape: xp.reshape(g, shape=xp.shape(x)),),
        pushforward=LINEAR, derivative="g in the shape of x", attributes={"shape": Attribute("shape")},
        example="reshape([1, 2, 3, 4], [2, 2]) = [[1, 2], [3, 4]]",
    ),
    Tensor(
        "broadcast", 1, "stretched to a shape, as operands are", "sizes that fit",
        shape=_broadcast, pullbacks=(lambda xp, g, z, x, shape: fit(xp, g, xp.shape(x)),),
        pushforward=LINEAR, derivative="g summed over the stretched axes",
        attributes={"shape": Attribute("shape")}, example="broadcast(1, [2, 2]) = [[1, 1], [1, 1]]",
    ),
    Tensor(
        "concat", None, "arrays joined along an axis that they have", "sizes that match",
        shape=_concat, pullbacks=_concat_pull, pushforward=LINEAR, derivative="each its part of g",
        attributes={"axis": Attribute("axis", 0)}, example="concat([1, 2], [3]) = [1, 2, 3]",
    ),
    Tensor(
        "stack", None, "arrays of one shape joined along a new axis", "arrays of one shape",
        shape=_stack, pullbacks=_stack_pull, pushforward=LINEAR, derivative="each its part of g",
        attributes={"axis": Attribute("axis", 0)}, example="stack([1, 2], [3, 4], axis=1) = [[1, 3], [2, 4]]",
    ),
    Tensor(
        "flip", 1, "elements in reverse, along some axes or all", "all x", shape=_flip,
        pullbacks=(lambda xp, g, z, x, axis=None: xp.flip(g, axis=axis),), pushforward=LINEAR,
        derivative="g flipped back", attributes={"axis": Attribute("axes", None)},
        example="flip([1, 2, 3]) = [3, 2, 1]",
    ),
    # Diagonals and triangles
    Tensor(
        "diag", 1, "the k-th diagonal of a matrix, or its matrix",
        "a vector or a matrix", shape=_diag, pullbacks=(_diag_pull,), pushforward=LINEAR,
        derivative="g put on the diagonal, or taken from it", attributes=K,
        example="diag([1, 2]) = [[1, 0], [0, 2]]",
    ),
    Tensor(
        "trace", 1, "sum of the diagonal of a matrix", "a matrix", shape=lambda x: _matrix(x) and (),
        pullbacks=(lambda xp, g, z, x: g * xp.eye(n=xp.shape(x)[0], m=xp.shape(x)[1]),), pushforward=LINEAR,
        derivative="1 on the diagonal", example="trace([[1, 2], [3, 4]]) = 5",
    ),
    Tensor(
        "tril", 1, "lower triangle, up to the k-th diagonal", "a matrix",
        shape=_at_least_matrix, pullbacks=(lambda xp, g, z, x, k=0: xp.tril(g, k=k),), pushforward=LINEAR,
        derivative="the lower triangle of g", attributes=K,
        example="tril([[1, 2], [3, 4]]) = [[1, 0], [3, 4]]",
    ),
    Tensor(
        "triu", 1, "upper triangle, from the k-th diagonal", "a matrix",
        shape=_at_least_matrix, pullbacks=(lambda xp, g, z, x, k=0: xp.triu(g, k=k),), pushforward=LINEAR,
        derivative="the upper triangle of g", attributes=K,
        example="triu([[1, 2], [3, 4]]) = [[1, 2], [0, 4]]",
    ),
]  # fmt: skip


def _no_array() -> Shape:
    raise ShapeError("`linspace` takes two numbers: {x} and {y} must not be arrays")
