"""Singular values, the exponential of a matrix, covariance, and pseudo-random numbers.

Singular values are eigenvalues: those of [[0, x], [x.T, 0]] are the singular values of x, their opposites
and zeros (G. H. Golub, C. F. Van Loan, "Matrix Computations", 8.6). So they have the derivatives and the
conventions of `eigvalsh`. The derivative of the exponential along v is a block of the exponential of
[[x, v], [0, x]] (N. J. Higham, "Functions of Matrices", 3.1 and 10.6).
"""

from __future__ import annotations

from cgcli.annotations import Any
from cgcli.errors import ShapeError
from cgcli.ops.corners import Corner
from cgcli.ops.entry import ArrayOp, Attribute
from cgcli.ops.matrices import MATRICES, eigenvalues_back, eigenvalues_parting
from cgcli.ops.rules import ALL, NO_OPERANDS, at_end, matrix, mt, part, reduced_nonempty, square_matrix
from cgcli.shapes import Named, Shape, Size, shape_text

EIGENVALUES: Any = next(op for op in MATRICES if op.name == "eigvalsh")


def _blocks(xp: Any, rows: Any) -> Any:
    """A matrix, or several that are stacked, of matrices."""
    return xp.concat(*(xp.concat(*row, axis=-1) for row in rows), axis=-2)


def _corner(xp: Any, x: Any, rows: Size) -> Any:
    """The block on the right of so many rows, above those that are left."""
    return at_end(xp, x, (None, rows, None), (rows, None, None))


# Singular values


def _count(x: Shape) -> Size:
    """How many singular values there are."""
    rows, columns = matrix(x, stacked=True)[-2:]
    if rows == columns:
        return rows
    if isinstance(rows, Named) or isinstance(columns, Named):
        raise ShapeError(f"singular values need sizes that are numbers: {{x}} is {shape_text(x)}")
    return min(rows, columns)


def _double(xp: Any, x: Any) -> Any:
    *lead, rows, columns = xp.shape(x)
    left, right = xp.zeros(shape=(*lead, rows, rows)), xp.zeros(shape=(*lead, columns, columns))
    return _blocks(xp, [[left, x], [mt(xp, x), right]])


def _eigenvalues(xp: Any, z: Any, x: Any) -> Any:
    *lead, rows, columns = xp.shape(x)
    between = xp.zeros(shape=(*lead, rows + columns - 2 * xp.shape(z)[-1]))
    return xp.concat(-z, between, xp.flip(z, axis=-1), axis=-1)


def _singular_pull(xp: Any, g: Any, z: Any, x: Any) -> Any:
    wide = _eigenvalues(xp, g, x)
    found = EIGENVALUES.cotangent(0, xp, wide, _eigenvalues(xp, z, x), _double(xp, x))
    return _corner(xp, found, xp.shape(x)[-2])


def _last(xp: Any, found: Any, z: Any, x: Any) -> Any:
    """The singular values' part of what is found for those eigenvalues."""
    rows, columns = xp.shape(x)[-2:]
    return xp.flip(part(xp, found, rows + columns - xp.shape(z)[-1], None), axis=-1)


def _singular_push(xp: Any, moving: Any, z: Any, x: Any) -> Any:
    push: Any = EIGENVALUES.pushforward
    return _last(xp, push(xp, [_double(xp, moving)], _eigenvalues(xp, z, x), _double(xp, x)), z, x)


# On the way from equal singular values, or from 0, where they meet their opposites


def _equal(xp: Any, z: Any, x: Any) -> Any:
    return EIGENVALUES.corner.at(xp, _eigenvalues(xp, z, x), _double(xp, x))


def _parting(xp: Any, moving: Any, z: Any, x: Any) -> Any:
    return _last(xp, eigenvalues_parting(xp, _double(xp, moving), _double(xp, x)), z, x)


def _parting_back(xp: Any, g: Any, along: Any, moving: Any, z: Any, x: Any) -> Any:
    wide, wide_along = _eigenvalues(xp, g, x), _eigenvalues(xp, along, x)
    double, moved = _double(xp, x), _double(xp, moving)
    found = eigenvalues_back(xp, wide, wide_along, moved, _eigenvalues(xp, z, x), double)
    return _corner(xp, found, xp.shape(x)[-2])


def _singular_back(op: Any, duals: Any, adjoint: Any, moving: Any, z: Any, x: Any) -> Any:
    xp, (g, along, values, matrix) = duals.base, duals.parts(adjoint, z, x)
    own = _singular_pull(xp, g, values, matrix)
    return lambda place: duals.dual(own, _parting_back(xp, g, along, moving[0], values, matrix))


def _ends(xp: Any, x: Any) -> tuple[Any, Any, Any, Any, Any]:
    """The singular values, where the first and the last stand, and these."""
    values = xp.svdvals(x)
    whole = (ALL,) * (len(xp.shape(values)) - 1)
    first, last = (*whole, 0), (*whole, -1)
    return values, first, last, xp.index(values, at=first), xp.index(values, at=last)


def _cond_pull(xp: Any, g: Any, z: Any, x: Any) -> Any:
    values, first, last, _, least = _ends(xp, x)
    share, shape = xp.div(g, least), xp.shape(values)
    by_values = xp.scatter(share, at=first, shape=shape) - xp.scatter(share * z, at=last, shape=shape)
    return _singular_pull(xp, by_values, values, x)


def _cond_push(xp: Any, tangents: Any, z: Any, x: Any) -> Any:
    values, first, last, _, least = _ends(xp, x)
    moved = _singular_push(xp, tangents[0], values, x)
    return xp.div(xp.index(moved, at=first) - z * xp.index(moved, at=last), least)


def _cond_parting(op: Any, xp: Any, moving: Any, z: Any, x: Any) -> Any:
    values, first, last, _, least = _ends(xp, x)
    moved = _parting(xp, moving[0], values, x)
    return xp.div(xp.index(moved, at=first) - z * xp.index(moved, at=last), least)


def _cond_back(op: Any, duals: Any, adjoint: Any, moving: Any, z: Any, x: Any) -> Any:
    """By the adjoints of the first and the last singular value, g/s and -g*z/s for the last one, s."""
    xp, (g, along, ratio, matrix) = duals.base, duals.parts(adjoint, z, x)
    own = op.cotangent(0, xp, g, ratio, matrix)
    values, first, last, _, least = _ends(xp, matrix)
    shape, moved = xp.shape(values), _parting(xp, moving[0], values, matrix)
    share, turned = xp.div(g, least), _cond_parting(op, xp, moving, ratio, matrix)
    share_along = xp.div(along - share * xp.index(moved, at=last), least)

    def at_ends(top: Any, bottom: Any) -> Any:
        return xp.scatter(top, at=first, shape=shape) - xp.scatter(bottom, at=last, shape=shape)

    adjoints = at_ends(share, share * ratio), at_ends(share_along, share_along * ratio + share * turned)
    return lambda place: duals.dual(own, _parting_back(xp, *adjoints, moving[0], values, matrix))


def _cond(x: Shape) -> Shape:
    if _count(x) == 0:
        raise ShapeError(f"an empty array has no such value: {{x}} is {shape_text(x)}")
    return x[:-2]


# The exponential


def _along(xp: Any, moving: Any, x: Any) -> Any:
    """The derivative of expm(x) along a matrix."""
    zero = xp.zeros(shape=xp.shape(x))
    return _corner(xp, xp.expm(_blocks(xp, [[x, moving], [zero, x]])), xp.shape(x)[-1])


# Covariance


def _cov(x: Shape, rowvar: bool = True, ddof: int = 1) -> Shape:
    if len(x) not in (1, 2):
        raise ShapeError(f"a vector or a matrix is needed: {{x}} is {shape_text(x) if x else 'a number'}")
    reduced_nonempty(x, -1 if rowvar or len(x) == 1 else 0)
    return () if len(x) == 1 else (x[0 if rowvar else 1],) * 2


def _deviations(xp: Any, x: Any, rowvar: bool, ddof: int) -> tuple[Any, Any, Any]:
    """A row of deviations from its mean for each variable, the number to divide by, and a function that
    brings what is like x into that form, or back."""

    def turned(y: Any) -> Any:
        if len(xp.shape(x)) == 1:
            return xp.reshape(y, shape=(1, -1) if len(xp.shape(y)) == 1 else (-1,))
        return y if rowvar else xp.transpose(y)

    rows = turned(x)
    size = xp.shape(rows)[-1]
    count = float(size) if isinstance(size, int) else xp.size(rows, axis=-1)
    rows = rows - xp.mean(rows, axis=-1, keepdims=True)
    if not xp.for_reading:  # what rounding has left of their mean
        rows = rows - xp.mean(rows, axis=-1, keepdims=True)
    return rows, count - float(ddof), turned


def _cov_pull(xp: Any, g: Any, z: Any, x: Any, rowvar: bool = True, ddof: int = 1) -> Any:
    rows, count, turned = _deviations(xp, x, rowvar, ddof)
    both = 2.0 * g * rows if xp.shape(g) == () else xp.matmul(g + xp.transpose(g), rows)
    return turned(xp.div(both, count))


def _cov_push(xp: Any, tangents: Any, z: Any, x: Any, rowvar: bool = True, ddof: int = 1) -> Any:
    rows, count, turned = _deviations(xp, x, rowvar, ddof)
    half = xp.div(xp.matmul(turned(tangents[0]), xp.transpose(rows)), count)
    return xp.reshape(half + xp.transpose(half), shape=xp.shape(z))


def _random(name: str, summary: str, example: str) -> ArrayOp:
    return ArrayOp(
        name, 0, summary, "sizes from 0", shape=lambda shape, seed=1: shape, **NO_OPERANDS,
        attributes={"shape": Attribute("shape"), "seed": Attribute("count", 1)},
        convention="the numbers of a seed are those of NumPy's Generator(PCG64(seed))",
        example=example, ulps=0,
    )  # fmt: skip


SPECTRA = [
    ArrayOp(
        "svdvals", 1, "singular values, descending", "a matrix", shape=lambda x: (*x[:-2], _count(x)),
        pullbacks=(_singular_pull,),
        pushforward=lambda xp, tangents, z, x: _singular_push(xp, tangents[0], z, x),
        derivative="outer(u, v) for the singular vectors u and v",
        convention="equal ones share evenly; 0 for those that are 0",
        example="svdvals([[3, 0], [0, 4]]) = [4, 3]",
        corner=Corner(
            "has a corner where singular values are equal or 0", _equal,
            push=lambda op, xp, moving, z, x: _parting(xp, moving[0], z, x), pull=_singular_back,
        ),
    ),
    ArrayOp(
        "cond", 1, "condition number: the largest singular value over the least", "a matrix of full rank",
        shape=_cond, pullbacks=(_cond_pull,), pushforward=_cond_push,
        derivative="that of the quotient of singular values", convention="inf where x is singular",
        example="cond([[3, 0], [0, 6]]) = 2",
        corner=Corner(
            "has a corner where singular values are equal",
            lambda xp, z, x: _equal(xp, xp.svdvals(x), x), push=_cond_parting, pull=_cond_back,
        ),
    ),
    ArrayOp(
        "expm", 1, "exponential of a matrix", "a square matrix", shape=square_matrix,
        pullbacks=(lambda xp, g, z, x: _along(xp, g, mt(xp, x)),),
        pushforward=lambda xp, tangents, z, x: _along(xp, tangents[0], x),
        derivative="along v: the upper right block of expm([[x, v], [0, x]])",
        example="expm([[0, 1], [0, 0]]) = [[1, 1], [0, 1]]",
    ),
    ArrayOp(
        "cov", 1, "covariance of rows, which are variables; divides by n - ddof", "a vector or a matrix",
        shape=_cov, pullbacks=(_cov_pull,), pushforward=_cov_push,
        derivative="(g + g.T) @ (x - mean(x))/(n - ddof)",
        attributes={"rowvar": Attribute("flag", True), "ddof": Attribute("count", 1)},
        example="cov([[1, 2, 3], [1, 0, 2]]) = [[1, 0.5], [0.5, 1]]",
    ),
    _random("uniform", "pseudo-random numbers from 0 to 1", "size(uniform([2, 3], seed=7)) = 6"),
    _random("normal", "pseudo-random numbers, standard normal", "size(normal([2, 3], seed=7)) = 6"),
]  # fmt: skip
