"""Operations that make arrays, take them apart, and rearrange them: all of them linear."""

from __future__ import annotations

from itertools import accumulate

from cgcli.annotations import Any
from cgcli.errors import ShapeError
from cgcli.ops.entry import LINEAR, ArrayOp, Attribute, Cotangents
from cgcli.ops.rules import ALL, NO_OPERANDS, matrix, unbroadcast
from cgcli.shapes import Named, Shape, Size, broadcast, normal_axes, normal_axis, product, shape_text

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
            raise ShapeError(None, "all arrays have one shape")
    place = normal_axis(axis, len(shapes[0]) + 1, "the result")
    return (*shapes[0][:place], len(shapes), *shapes[0][place:])


def _concat(*shapes: Shape, axis: int = 0) -> Shape:
    first = shapes[0]
    if not first:
        raise ShapeError("arrays are joined, and {x} is a number")
    place = normal_axis(axis, len(first))
    total: Size = 0
    for shape in shapes:
        if len(shape) != len(first) or any(
            a != b for i, (a, b) in enumerate(zip(shape, first)) if i != place
        ):
            hint = f"all sizes but those of axis {place} must be equal"
            raise ShapeError(None, f"{hint}; another axis is named: axis={1 - min(place, 1)}")
        total = total + shape[place]
    return (*first[:place], total, *first[place + 1 :])


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
    if len(free) > 1:
        raise ShapeError("one size may be -1, whatever is left, not several")
    if free or total != rest:
        raise ShapeError(f"{{x}} has {total} elements, and {shape_text(shape)} has {rest}")
    return shape


def _broadcast(x: Shape, shape: Shape) -> Shape:
    if any(isinstance(size, int) and size < 0 for size in shape):
        return shape  # refused as for any operation
    try:
        fits = broadcast(x, shape) == shape
    except ShapeError:
        fits = False
    if not fits:
        raise ShapeError(f"{{x}} is {shape_text(x)}, and does not stretch to {shape_text(shape)}")
    return shape


def _order(x: Shape, axes: tuple[int, ...] | None) -> tuple[int, ...]:
    if axes is None:
        return tuple(reversed(range(len(x))))
    order = tuple(normal_axis(axis, len(x)) for axis in axes)
    if sorted(order) != list(range(len(x))):
        raise ShapeError(f"`axes` names each axis of {{x}} once: it has {len(x)}")
    return order


def _diag(x: Shape, k: int = 0) -> Shape:
    if len(x) == 1:
        return (x[0] + abs(k),) * 2
    if k == 0 and matrix(x)[0] == x[1]:
        return (x[0],)
    rows, columns = matrix(x)
    if isinstance(rows, Named) or isinstance(columns, Named):
        raise ShapeError(f"this diagonal needs sizes that are numbers: {{x}} is {shape_text(x)}")
    return (max(0, min(rows, columns - k) if k >= 0 else min(rows + k, columns)),)


def _flip(x: Shape, axis: int | tuple[int, ...] | None = None) -> Shape:
    normal_axes(axis, len(x))
    return x


# Pullbacks


def _stack_pull(xp: Any, g: Any, z: Any, *xs: Any, axis: int = 0) -> Cotangents:
    before = (ALL,) * (axis % len(xp.shape(z)))
    return lambda position: xp.index(g, at=(*before, position))


def _concat_pull(xp: Any, g: Any, z: Any, *xs: Any, axis: int = 0) -> Cotangents:
    place = axis % len(xp.shape(z))
    before = (ALL,) * place
    bounds = list(accumulate((xp.shape(x)[place] for x in xs), initial=0))
    return lambda position: xp.index(g, at=(*before, (bounds[position], bounds[position + 1], None)))


def _transpose_pull(xp: Any, g: Any, z: Any, x: Any, axes: tuple[int, ...] | None = None) -> Any:
    order = _order(xp.shape(x), axes)
    return xp.transpose(g, axes=tuple(order.index(place) for place in range(len(order))))


def _diag_pull(xp: Any, g: Any, z: Any, x: Any, k: int = 0) -> Any:
    shape = xp.shape(x)
    if len(shape) == 1 or (k == 0 and shape[0] == shape[1]):
        return xp.diag(g, k=k)
    count = xp.shape(z)[0]
    if count == 0:
        return xp.zeros(shape=shape)
    square = xp.diag(g, k=0)
    rows = xp.concat(xp.zeros(shape=(max(-k, 0), count)), square, axis=0)
    rows = xp.concat(rows, xp.zeros(shape=(shape[0] - xp.shape(rows)[0], count)), axis=0)
    columns = xp.concat(xp.zeros(shape=(shape[0], max(k, 0))), rows, axis=1)
    return xp.concat(columns, xp.zeros(shape=(shape[0], shape[1] - xp.shape(columns)[1])), axis=1)


def _eye(xp: Any, rows: Size, columns: Size) -> Any:
    return xp.eye(n=rows) if rows == columns else xp.eye(n=rows, m=columns)


def _linspace_pull(weight: Any) -> Any:
    def pull(xp: Any, g: Any, z: Any, x: Any, y: Any, num: int = 50) -> Any:
        return xp.sum(g * weight(xp, xp.linspace(0.0, 1.0, num=num)))

    return pull


K = {"k": Attribute("whole", 0)}

STRUCTURE = [
    # Making arrays
    ArrayOp(
        "array", None, "an array of its elements, or rows", "elements of one shape",
        shape=_array, pullbacks=_stack_pull, pushforward=LINEAR, derivative="g[i] for the i-th element",
        function=False, symbol="[]", example="[1, 2, 3] = [1, 2, 3]", ulps=0,
    ),
    ArrayOp(
        "zeros", 0, "an array of zeros", "sizes from 0", shape=lambda shape: shape,
        attributes={"shape": Attribute("shape")}, **NO_OPERANDS,
        example="zeros([2, 2]) = [[0, 0], [0, 0]]", ulps=0,
    ),
    ArrayOp(
        "ones", 0, "an array of ones", "sizes from 0", shape=lambda shape: shape,
        attributes={"shape": Attribute("shape")}, **NO_OPERANDS,
        example="ones(3) = [1, 1, 1]", ulps=0,
    ),
    ArrayOp(
        "eye", 0, "identity matrix of n rows and m columns", "sizes from 0",
        shape=lambda n, m=None, k=0: (n, n if m is None else m), **NO_OPERANDS,
        attributes={"n": Attribute("count"), "m": Attribute("count", None), **K},
        example="eye(2) = [[1, 0], [0, 1]]", ulps=0,
    ),
    ArrayOp(
        "linspace", 2, "num numbers evenly from x to y", "num from 0",
        shape=lambda x, y, num=50: (*broadcast(x, y), num) if not x and not y else _no_array(),
        pullbacks=(
            _linspace_pull(lambda xp, t: 1.0 - t), _linspace_pull(lambda xp, t: t),
        ),
        pushforward=LINEAR, derivative="by x: 1 - t, by y: t, with t from 0 to 1",
        attributes={"num": Attribute("count", 50)}, example="linspace(0, 1, 5) = [0, 0.25, 0.5, 0.75, 1]",
    ),
    # Rearranging
    ArrayOp(
        "transpose", 1, "axes in reverse, or in the order `axes`; x.T", "all x",
        shape=lambda x, axes=None: tuple(x[place] for place in _order(x, axes)),
        pullbacks=(_transpose_pull,), pushforward=LINEAR, derivative="the transpose back of g",
        attributes={"axes": Attribute("axes", None)},
        example="transpose([[1, 2], [3, 4]]) = [[1, 3], [2, 4]]", ulps=0,
    ),
    ArrayOp(
        "reshape", 1, "another shape, row by row; a size may be -1", "sizes that fit",
        shape=_reshape, pullbacks=(lambda xp, g, z, x, shape: xp.reshape(g, shape=xp.shape(x)),),
        pushforward=LINEAR, derivative="g in the shape of x", attributes={"shape": Attribute("shape")},
        example="reshape([1, 2, 3, 4], [2, 2]) = [[1, 2], [3, 4]]", ulps=0,
    ),
    ArrayOp(
        "broadcast", 1, "stretched to a shape, as operands are", "sizes that fit",
        shape=_broadcast, pullbacks=(lambda xp, g, z, x, shape: unbroadcast(xp, g, xp.shape(x)),),
        pushforward=LINEAR, derivative="g summed over the stretched axes",
        attributes={"shape": Attribute("shape")}, example="broadcast(1, [2, 2]) = [[1, 1], [1, 1]]", ulps=0,
    ),
    ArrayOp(
        "concat", None, "arrays joined along an axis that they have", "sizes that match",
        shape=_concat, pullbacks=_concat_pull, pushforward=LINEAR, derivative="each its part of g",
        attributes={"axis": Attribute("axis", 0)}, example="concat([1, 2], [3]) = [1, 2, 3]", ulps=0,
    ),
    ArrayOp(
        "stack", None, "arrays of one shape joined along a new axis", "arrays of one shape",
        shape=_stack, pullbacks=_stack_pull, pushforward=LINEAR, derivative="each its part of g",
        attributes={"axis": Attribute("axis", 0)}, ulps=0,
        example="stack([1, 2], [3, 4], axis=1) = [[1, 3], [2, 4]]",
    ),
    ArrayOp(
        "flip", 1, "elements in reverse, along some axes or all", "all x", shape=_flip,
        pullbacks=(lambda xp, g, z, x, axis=None: xp.flip(g, axis=axis),), pushforward=LINEAR,
        derivative="g flipped back", attributes={"axis": Attribute("axes", None)},
        example="flip([1, 2, 3]) = [3, 2, 1]", ulps=0,
    ),
    # Diagonals and triangles
    ArrayOp(
        "diag", 1, "the k-th diagonal of a matrix, or its matrix",
        "a vector or a matrix", shape=_diag, pullbacks=(_diag_pull,), pushforward=LINEAR,
        derivative="g put on the diagonal, or taken from it", attributes=K,
        example="diag([1, 2]) = [[1, 0], [0, 2]]", ulps=0,
    ),
    ArrayOp(
        "trace", 1, "sum of the diagonal of a matrix", "a matrix", shape=lambda x: matrix(x) and (),
        pullbacks=(lambda xp, g, z, x: g * _eye(xp, *xp.shape(x)),), pushforward=LINEAR,
        derivative="1 on the diagonal", example="trace([[1, 2], [3, 4]]) = 5", adds=True,
    ),
    ArrayOp(
        "tril", 1, "lower triangle, up to the k-th diagonal", "a matrix",
        shape=lambda x, k=0: matrix(x, stacked=True),
        pullbacks=(lambda xp, g, z, x, k=0: xp.tril(g, k=k),), pushforward=LINEAR,
        derivative="the lower triangle of g", attributes=K,
        example="tril([[1, 2], [3, 4]]) = [[1, 0], [3, 4]]", ulps=0,
    ),
    ArrayOp(
        "triu", 1, "upper triangle, from the k-th diagonal", "a matrix",
        shape=lambda x, k=0: matrix(x, stacked=True),
        pullbacks=(lambda xp, g, z, x, k=0: xp.triu(g, k=k),), pushforward=LINEAR,
        derivative="the upper triangle of g", attributes=K,
        example="triu([[1, 2], [3, 4]]) = [[1, 2], [0, 4]]", ulps=0,
    ),
]  # fmt: skip


def _no_array() -> Shape:
    raise ShapeError("two numbers are needed, and {x} or {y} is an array")
