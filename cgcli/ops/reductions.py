"""Reductions of arrays, along some axes or all: sums, means, extremes, norms.

Each states its derivative by an element, as a function of the result `z` and the operand `x`; the
pullback and the pushforward follow from that.
"""

from __future__ import annotations

from math import inf

from cgcli.annotations import Any, Callable
from cgcli.errors import ShapeError
from cgcli.ops.corners import AMAX, AMIN, NORM, STD, Corner
from cgcli.ops.entry import GREATEST, LEAST, LINEAR, ArrayOp, Attribute
from cgcli.ops.rules import (
    FLAT,
    Axes,
    along,
    backward,
    before,
    move_back,
    of_one_shape,
    reduced,
    reduced_nonempty,
    shifted,
    spread,
)
from cgcli.shapes import Shape, normal_axes, product, shape_text

ALONG = {"axis": Attribute("axes", None), "keepdims": Attribute("flag", False)}


def reduction(
    name: str,
    summary: str,
    partial: Callable[..., Any],
    derivative: str,
    example: str,
    *,
    domain: str = "all x",
    convention: str = "",
    shape: Callable[..., Shape] = reduced,
    spoken: str = "",
    attributes: dict[str, Attribute] | None = None,
    last: dict[str, Attribute] | None = None,
    ulps: float = 2.0,
    corner: Corner | None = None,
    adds: bool = False,
) -> ArrayOp:
    """The entry of a reduction whose derivative by an element is `partial(xp, z, x, axis, ...)`,
    with `z` as large as `x`."""

    def by_element(xp: Any, z: Any, x: Any, axis: Axes = None, keepdims: bool = False, **more: Any) -> Any:
        if xp.shape(z) != ():
            z = spread(xp, z, x, axis, keepdims)
        return partial(xp, z, x, axis, **more)

    def pullback(
        xp: Any, g: Any, z: Any, x: Any, axis: Axes = None, keepdims: bool = False, **more: Any
    ) -> Any:
        slope = by_element(xp, z, x, axis, keepdims, **more)
        if xp.shape(g) != ():
            g = spread(xp, g, x, axis, keepdims)
        return xp.broadcast(xp.chain(g, slope), shape=xp.shape(x))

    def pushforward(
        xp: Any, tangents: Any, z: Any, x: Any, axis: Axes = None, keepdims: bool = False, **more: Any
    ) -> Any:
        slope = by_element(xp, z, x, axis, keepdims, **more)
        return xp.sum(xp.chain(tangents[0], slope), axis=axis, keepdims=keepdims)

    return ArrayOp(
        name, 1, summary, domain, shape=shape, pullbacks=(pullback,), pushforward=pushforward,
        derivative=derivative, example=example, convention=convention, spoken=spoken,
        attributes={**(attributes or {}), **ALONG, **(last or {})}, ulps=ulps,
        corner=corner, adds=adds, by_element=by_element,
    )  # fmt: skip


def _deviation(xp: Any, x: Any, axis: Axes) -> Any:
    found = x - spread(xp, xp.mean(x, axis=axis, keepdims=True), x, axis, True)
    if xp.for_reading:
        return found
    return found - spread(
        xp, xp.mean(found, axis=axis, keepdims=True), x, axis, True
    )  # which rounding leaves


def _freedom(xp: Any, x: Any, axis: Axes, ddof: int) -> Any:
    """What the squares of deviations are divided by."""
    count = xp.size(x, axis=axis)
    return count - float(ddof) if ddof else count


def _dispersed(x: Shape, axis: Axes = None, keepdims: bool = False, ddof: int = 0) -> Shape:
    """As of a reduction; the degrees of freedom are not below 0."""
    count = product([x[place] for place in normal_axes(axis, len(x))])
    if isinstance(count, int) and isinstance(ddof, int) and 0 < count < ddof:
        raise ShapeError(f"`ddof` is {ddof}, and there are {count} elements")
    return reduced_nonempty(x, axis, keepdims)


def _var(xp: Any, z: Any, x: Any, axis: Axes, ddof: int = 0) -> Any:
    return _deviation(xp, x, axis) * xp.div(2.0, _freedom(xp, x, axis, ddof))


def _std(xp: Any, z: Any, x: Any, axis: Axes, ddof: int = 0) -> Any:
    slope = xp.div(_deviation(xp, x, axis), z * _freedom(xp, x, axis, ddof))
    return xp.guard(xp.eq(z, 0.0), 0.0, slope, assuming="not all elements are equal")


def _others(xp: Any, z: Any, x: Any, axis: Axes) -> Any:
    """The product of all others in the group: no division, so that zeros do no harm."""
    row, undo = move_back(xp, x, normal_axes(axis, len(xp.shape(x))))
    return undo(before(xp, row) * backward(xp, before(xp, backward(xp, row))))


def _share(xp: Any, z: Any, x: Any, axis: Axes) -> Any:
    hits = xp.eq(x, z)
    share = xp.div(hits, spread(xp, xp.sum(hits, axis=axis, keepdims=True), x, axis, True))
    return xp.nan_with(z, share)


def _norm(xp: Any, z: Any, x: Any, axis: Axes, ord: float | None = None) -> Any:
    if ord is None or ord == 2:
        return xp.guard(xp.eq(z, 0.0), 0.0, xp.div(x, z), assuming="x is not 0")
    if ord == 1:
        return xp.sign(x)
    if ord == inf:
        return xp.sign(x) * _share(xp, z, xp.abs(x), axis)
    slope = xp.sign(x) * xp.pow(xp.div(xp.abs(x), z), ord - 1.0)
    return xp.guard(xp.eq(z, 0.0), 0.0, slope, assuming="x is not 0")


def _norm_shape(x: Shape, ord: float | None = None, axis: Axes = None, keepdims: bool = False) -> Shape:
    if ord is not None and len(normal_axes(axis, len(x))) != 1:
        raise ShapeError(
            f"`ord` is for vectors: {{x}} is {shape_text(x)}",
            "name one axis; without `ord`, the norm is that of all elements"
            if x
            else "several numbers are one array in brackets: norm([1, 2])",
        )
    if ord is not None and not ord > 0:
        raise ShapeError(f"the order of a norm is a number above 0, or inf, not {ord:g}")
    return reduced(x, axis, keepdims)


def _logsumexp(xp: Any, z: Any, x: Any, axis: Axes) -> Any:
    shape = xp.shape(x)
    axes = normal_axes(axis, len(shape))
    if len(axes) == len(shape) > 1:
        shares = xp.reshape(xp.softmax(xp.reshape(x, shape=(product(shape),))), shape=shape)
    elif len(axes) == 1:
        shares = xp.softmax(x) if axes[0] == len(shape) - 1 else xp.softmax(x, axis=axes[0])
    else:
        row, undo = move_back(xp, x, axes)
        shares = undo(xp.softmax(row))
    return xp.guard(xp.eq(z, -inf), 0.0, shares, assuming="an element is above -inf")


def _cumprod_pull(xp: Any, g: Any, z: Any, x: Any, axis: int | None = None) -> Any:
    """With p the product before each: x_j gets p_j s_j, where s_j = g_j + x_(j+1) s_(j+1)."""
    rank = len(xp.shape(x))
    axes = tuple(range(rank)) if axis is None else (axis % rank,)
    row, undo = move_back(xp, x, axes)
    cotangent, _ = move_back(xp, g, (0,) if axis is None else axes)
    used = backward(xp, xp.cumsum(xp.ne(backward(xp, cotangent), 0.0), axis=-1))
    steps = backward(xp, xp.mask(used, row))
    sums = backward(xp, xp.recurrence(shifted(xp, steps, 0.0), backward(xp, cotangent)))
    return undo(xp.chain(sums, before(xp, row)))


def _cumprod_push(xp: Any, tangents: Any, z: Any, x: Any, axis: int | None = None) -> Any:
    rank = len(xp.shape(x))
    axes = tuple(range(rank)) if axis is None else (axis % rank,)
    row, undo = move_back(xp, x, axes)
    moving, _ = move_back(xp, tangents[0], axes)
    moved = xp.recurrence(row, moving * before(xp, row))
    return moved if axis is None else undo(moved)


def _cumsum_pull(xp: Any, g: Any, z: Any, x: Any, axis: int | None = None) -> Any:
    along = 0 if axis is None else axis
    sums = xp.flip(xp.cumsum(xp.flip(g, axis=along), axis=along), axis=along)
    return xp.reshape(sums, shape=xp.shape(x))


def _softmax_rule(xp: Any, moving: Any, z: Any, axis: int) -> Any:
    """The Jacobian diag(z) - z z' is symmetric: forward and reverse are the same. A mean that is taken off
    changes nothing, but what is left of the terms that cancel where an element of z is nearly 1."""
    if not xp.for_reading:
        mean = xp.sum(xp.chain(moving, z), axis=axis, keepdims=True)
        moving = moving - xp.where(xp.eq(mean - mean, 0.0), mean, 0.0)
    part = xp.chain(moving, z)
    return part - xp.chain(xp.sum(part, axis=axis, keepdims=True), z)


AXIS = {"axis": Attribute("axis", None)}
DDOF = {"ddof": Attribute("count", 0)}

# Of one number: those that are that number, and those that are 0.
SAME_OF_ONE, NONE_OF_ONE = ("sum", "mean", "prod", "amin", "amax"), ("var", "std")

REDUCTIONS = [
    ArrayOp(
        "sum", 1, "sum of the elements", "all x", shape=reduced,
        pullbacks=(lambda xp, g, z, x, axis=None, keepdims=False: spread(xp, g, x, axis, keepdims),),
        pushforward=LINEAR, derivative="1 for every element", adds=True,
        attributes=ALONG,
        example="sum([1, 2, 3]) = 6",
    ),
    reduction(
        "mean", "mean of the elements", lambda xp, z, x, axis: xp.div(1.0, xp.size(x, axis=axis)),
        "1/n for every element", "mean([1, 2, 6]) = 3", domain="x not empty", shape=reduced_nonempty,
        adds=True,
    ),
    reduction(
        "prod", "product of the elements", _others, "the product of the others",
        "prod([2, 3, 4]) = 24", convention="exact where elements are 0",
    ),
    reduction(
        "var", "variance: the sum of squared deviations over n - ddof", _var,
        "2*(x - mean(x))/(n - ddof)", "var([1, 2, 6]) = 4.666666666666667", domain="x not empty",
        shape=_dispersed, last=DDOF,
    ),
    reduction(
        "std", "standard deviation: sqrt(var(x))", _std, "(x - mean(x))/((n - ddof)*std(x))",
        "std([1, 3]) = 1", domain="x not empty", convention="0 where all elements are equal",
        shape=_dispersed, last=DDOF, corner=STD,
    ),
    reduction(
        "amin", "the least element; nan if one is nan", _share, "1 for the least",
        "min([3, 1, 2]) = 1", domain="x not empty", convention="equal elements share evenly",
        spoken="min", shape=reduced_nonempty, ulps=0, corner=AMIN,
    ),
    reduction(
        "amax", "the greatest element; nan if one is nan", _share, "1 for the greatest",
        "max([3, 1, 2]) = 3", domain="x not empty", convention="equal elements share evenly",
        spoken="max", shape=reduced_nonempty, ulps=0, corner=AMAX,
    ),
    *(
        ArrayOp(
            name, 1, f"index of the {what} element, first of equals", "x not empty",
            shape=lambda x, axis=None: reduced_nonempty(x, axis), attributes=AXIS,
            convention="0 everywhere, at ties too", example=f"{name}([3, 1, 2]) = {place}", ulps=0,
            jumps=jumps, **FLAT,
        )
        for name, what, place, jumps in (("argmin", "least", 1, LEAST), ("argmax", "greatest", 0, GREATEST))
    ),
    reduction(
        "norm", "sqrt(sum(x^2)), or sum(abs(x)^p)^(1/p) with ord=p", _norm,
        "x/norm(x)", "norm([3, 4]) = 5", convention="0 where it is 0",
        shape=_norm_shape, attributes={"ord": Attribute("order", None)}, corner=NORM,
    ),
    reduction(
        "logsumexp", "log(sum(exp(x))), without overflow", _logsumexp, "softmax(x)",
        "logsumexp([1000, 1000]) = 1000.6931471805599",
        convention="0 where all elements are -inf; those that are inf share evenly",
    ),
    ArrayOp(
        "size", 1, "number of elements, of all axes or some", "all x",
        shape=lambda x, axis=None: reduced(x, axis)[:0], attributes={"axis": Attribute("axes", None)},
        ulps=0, **FLAT,
        example="size([[1, 2, 3], [4, 5, 6]], axis=1) = 3",
    ),
    # Along an axis
    ArrayOp(
        "cumsum", 1, "sums of the elements up to each", "all x", shape=along,
        pullbacks=(_cumsum_pull,), pushforward=LINEAR, adds=True,
        derivative="the cumulative sum of the cotangents, from the end", attributes=AXIS,
        example="cumsum([1, 2, 3]) = [1, 3, 6]",
    ),
    ArrayOp(
        "cumprod", 1, "products of the elements up to each", "all x", shape=along,
        pullbacks=(_cumprod_pull,), pushforward=_cumprod_push,
        derivative="the products without that element", attributes=AXIS,
        convention="exact where elements are 0", example="cumprod([1, 2, 3]) = [1, 2, 6]",
    ),
    ArrayOp(
        "recurrence", 2, "r with r[i] = x[i]*r[i - 1] + y[i], r[-1] = 0",
        "x and y of one shape",
        shape=of_one_shape,
        pullbacks=(
            lambda xp, g, z, x, y: xp.chain(_back(xp, g, x), shifted(xp, z, 0.0)),
            lambda xp, g, z, x, y: _back(xp, g, x),
        ),
        pushforward=lambda xp, tangents, z, x, y: _recurrence_push(xp, tangents, z, x),
        derivative="the recurrence run from the end over the cotangents",
        example="recurrence([2, 2, 2], [1, 1, 1]) = [1, 3, 7]",
    ),
    ArrayOp(
        "softmax", 1, "exp(x)/sum(exp(x)), along the last axis", "all x",
        shape=lambda x, axis=-1: along(x, axis),
        pullbacks=(lambda xp, g, z, x, axis=-1: _softmax_rule(xp, g, z, axis),),
        pushforward=lambda xp, tangents, z, x, axis=-1: _softmax_rule(xp, tangents[0], z, axis),
        derivative="z*(g - sum(g*z)), g the cotangent of the result z",
        attributes={"axis": Attribute("axis", -1)}, convention="elements that are inf share evenly",
        example="softmax([0, 0]) = [0.5, 0.5]",
    ),
]  # fmt: skip


def _back(xp: Any, g: Any, x: Any) -> Any:
    """The cotangents of y: s with s[i] = x[i + 1]*s[i + 1] + g[i]."""
    steps = shifted(xp, backward(xp, x), 0.0)
    return backward(xp, xp.recurrence(steps, backward(xp, g)))


def _recurrence_push(xp: Any, tangents: Any, z: Any, x: Any) -> Any:
    by_x, by_y = tangents
    source = 0.0 if by_x is None else xp.chain(by_x, shifted(xp, z, 0.0))
    return xp.recurrence(x, source if by_y is None else source + by_y)
