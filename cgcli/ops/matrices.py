"""Linear algebra. Matrices may be stacked along leading axes.

The rules are those of M. B. Giles, "Collected matrix derivative results for forward and reverse
mode algorithmic differentiation", Lecture Notes in Computational Science and Engineering 64 (2008)
35-44; for the Cholesky factor, I. Murray, "Differentiation of the Cholesky decomposition",
arXiv:1602.07527. They solve rather than invert.
"""

from __future__ import annotations

from math import nan

from cgcli.annotations import Any
from cgcli.errors import ShapeError
from cgcli.ops.corners import Corner, unequal
from cgcli.ops.entry import ArrayOp
from cgcli.ops.rules import ALL, at_end, insert, mt, of_one_shape, square_matrix, symmetric, unbroadcast
from cgcli.shapes import Shape, broadcast, counted


def _solve_shape(x: Shape, y: Shape) -> Shape:
    square_matrix(x)
    if not y:
        raise ShapeError("the right side is an array: {y} is a number")
    rows = y[0] if len(y) == 1 else y[-2]
    if rows != x[-1]:
        right = counted(rows, "element" if len(y) == 1 else "row")
        raise ShapeError(None, f"{{x}}'s {counted(x[-1], 'row')} must equal {{y}}'s {right}")
    return (*x[:-1],) if len(y) == 1 else (*broadcast(x[:-2], y[:-2]), *y[-2:])


def _solve(xp: Any, x: Any, right: Any, y: Any) -> Any:
    """The solution for a right side that is vectors where `y` is one, a vector for each matrix."""
    if len(xp.shape(y)) > 1 or len(xp.shape(x)) == 2:
        return xp.solve(x, right)
    found = xp.solve(x, insert(xp, right, -1))
    return xp.reshape(found, shape=xp.shape(found)[:-1])


def _solve_by_matrix(xp: Any, g: Any, z: Any, x: Any, y: Any) -> Any:
    back = _solve(xp, mt(xp, x), g, y)
    if len(xp.shape(y)) > 1:
        return unbroadcast(xp, -xp.matmul(back, mt(xp, z)), xp.shape(x))
    if len(xp.shape(x)) == 2:
        return -xp.outer(back, z)
    return unbroadcast(xp, -(insert(xp, back, -1) * insert(xp, z, -2)), xp.shape(x))


def _solve_by_right(xp: Any, g: Any, z: Any, x: Any, y: Any) -> Any:
    return unbroadcast(xp, _solve(xp, mt(xp, x), g, y), xp.shape(y))


def _solve_push(xp: Any, tangents: Any, z: Any, x: Any, y: Any) -> Any:
    by_x, by_y = tangents
    if by_x is None:
        return xp.solve(x, by_y)
    if len(xp.shape(y)) > 1 or len(xp.shape(x)) == 2:
        moved = xp.matmul(by_x, z)
    else:
        moved = xp.sum(by_x * insert(xp, z, -2), axis=-1)
    return _solve(xp, x, -moved if by_y is None else by_y - moved, y)


def _stretched(xp: Any, g: Any) -> Any:
    """A number for each matrix, to be multiplied into it."""
    return g if xp.shape(g) == () else insert(xp, insert(xp, g, -1), -1)


def _contract(xp: Any, x: Any, y: Any) -> Any:
    return xp.sum(xp.chain(x, y), axis=(-2, -1))


def _rolled(xp: Any, x: Any, count: int) -> Any:
    """The rows of a matrix of three, so many up."""
    first, last = (at_end(xp, x, rows, ALL) for rows in ((None, count, None), (count, None, None)))
    return xp.concat(last, first, axis=-2)


def _cofactor_rule(xp: Any, moving: Any, z: Any, x: Any) -> Any:
    """The derivative of the cofactors along a matrix: of three rows each is the cross product of the two
    others, of two they are linear. It is the second derivative of det, and so the same forward and
    backward."""
    rows = xp.shape(x)[-1]
    if rows == 2:
        return xp.cofactor(moving)
    if rows == 3:
        both = xp.cross(_rolled(xp, moving, 1), _rolled(xp, x, 2))
        return both + xp.cross(_rolled(xp, x, 1), _rolled(xp, moving, 2))
    return xp.cofactor_along(x, moving)


def _cofactor_third(xp: Any, x: Any, first: Any, second: Any) -> Any:
    """Their second derivative, along two matrices: with w = inv(x) and z = det(x) w.T, that of tr(w v) z -
    (v w).T @ z. It is the third derivative of det, in whatever order."""
    inverse = xp.inv(x)
    by_first, by_second = xp.matmul(inverse, first), xp.matmul(inverse, second)
    inner, along = xp.matmul(first, inverse), xp.cofactor_along(x, second)
    moved = _trace(xp, by_first) * along - xp.matmul(mt(xp, inner), along)
    both = xp.matmul(mt(xp, xp.matmul(inner, xp.matmul(second, inverse))), xp.cofactor(x))
    return moved + both - _trace(xp, xp.matmul(by_second, by_first)) * xp.cofactor(x)


def _trace(xp: Any, x: Any) -> Any:
    return _stretched(xp, xp.sum(x * xp.eye(n=xp.shape(x)[-1]), axis=(-2, -1)))


def _cofactor_along_push(xp: Any, tangents: Any, z: Any, x: Any, y: Any) -> Any:
    by_x, by_y = tangents
    found = None if by_x is None else _cofactor_third(xp, x, y, by_x)
    if by_y is None:
        return found
    moved = xp.cofactor_along(x, by_y)
    return moved if found is None else found + moved


def _of_one_matrix(x: Shape, y: Shape) -> Shape:
    return square_matrix(of_one_shape(x, y))


def _half(xp: Any, x: Any) -> Any:
    """The lower triangle with half the diagonal."""
    return 0.5 * (xp.tril(x) + xp.tril(x, k=-1))


def _between(xp: Any, factor: Any, x: Any) -> Any:
    """inv(factor) @ x @ inv(factor).T"""
    left = xp.solve(factor, x)
    return mt(xp, xp.solve(factor, mt(xp, left)))


def _cholesky_pull(xp: Any, g: Any, z: Any, x: Any) -> Any:
    inner = _half(xp, xp.matmul(mt(xp, z), xp.tril(g)))
    return symmetric(xp, _between(xp, mt(xp, z), inner))


def _cholesky_push(xp: Any, tangents: Any, z: Any, x: Any) -> Any:
    return xp.matmul(z, _half(xp, _between(xp, z, symmetric(xp, tangents[0]))))


def _eigenvalues_pull(xp: Any, g: Any, z: Any, x: Any) -> Any:
    vectors = xp.eigenvectors(x)
    return xp.matmul(vectors * insert(xp, xp.shared(g, z), -2), mt(xp, vectors))


def _eigenvalues_push(xp: Any, tangents: Any, z: Any, x: Any) -> Any:
    vectors = xp.eigenvectors(x)
    moved = xp.sum(vectors * xp.matmul(symmetric(xp, tangents[0]), vectors), axis=-2)
    return xp.shared(moved, z)


def _equal(xp: Any, values: Any) -> Any:
    """Of two eigenvalues, whether they are equal and not one."""
    unit = xp.eye(n=xp.shape(values)[-1])
    shape = (*xp.shape(values), xp.shape(values)[-1])
    row = xp.broadcast(insert(xp, values, -2), shape=shape)
    return xp.and_(xp.ne(xp.shared(xp.broadcast(unit, shape=shape), row), 0.0), xp.ne(unit, 1.0))


def _over_gaps(xp: Any, x: Any, values: Any, equal: Any) -> Any:
    """A matrix divided by l_j - l_i for the eigenvalues l, and 0 on the diagonal and for equal ones."""
    none = xp.or_(equal, xp.eye(n=xp.shape(values)[-1]))
    gaps = insert(xp, values, -2) - insert(xp, values, -1) + none
    return xp.chain(xp.where(none, 0.0, x), xp.div(1.0, gaps))


def _unknown(xp: Any, x: Any) -> tuple[Any, Any, Any]:
    """The eigenvalues, which of them are equal, and nan there: their vectors may be any."""
    values = xp.eigvalsh(x)
    equal = _equal(xp, values)
    return values, equal, xp.where(equal, nan, 0.0)


def _eigenvectors_pull(xp: Any, g: Any, z: Any, x: Any) -> Any:
    values, equal, unknown = _unknown(xp, x)
    inner = _over_gaps(xp, xp.matmul(mt(xp, z), g), values, equal) + unknown
    return symmetric(xp, xp.matmul(xp.matmul(z, inner), mt(xp, z)))


def _eigenvectors_push(xp: Any, tangents: Any, z: Any, x: Any) -> Any:
    inner = xp.matmul(xp.matmul(mt(xp, z), symmetric(xp, tangents[0])), z)
    values, equal, unknown = _unknown(xp, x)
    return xp.matmul(z, _over_gaps(xp, inner, values, equal) + unknown)


# On the way from a matrix with equal eigenvalues their vectors are those that make of how it moves a diagonal
# matrix; by these the eigenvalues part. What is a symmetric function of the eigenvalues is as smooth as that.


def _parting(xp: Any, x: Any, moving: Any) -> tuple[Any, Any]:
    """The vectors, and how the matrix moves in terms of them."""
    moving = symmetric(xp, moving)
    vectors = xp.eigenvectors_along(x, moving)
    return vectors, xp.matmul(mt(xp, vectors), xp.matmul(moving, vectors))


def eigenvalues_parting(xp: Any, moving: Any, x: Any) -> Any:
    """How eigenvalues move from there."""
    _, inner = _parting(xp, x, moving)
    return xp.sum(inner * xp.eye(n=xp.shape(x)[-1]), axis=-1)


def eigenvalues_back(xp: Any, g: Any, along: Any, moving: Any, z: Any, x: Any) -> Any:
    """How what they hand back moves, where their adjoint g moves along `along`; nan where equal eigenvalues
    have different adjoints."""
    vectors, inner = _parting(xp, x, moving)
    equal, row, column = _equal(xp, z), insert(xp, g, -2), insert(xp, g, -1)
    own = xp.eye(n=xp.shape(x)[-1]) * insert(xp, along, -1) + unequal(xp, equal, row, column, row)
    turning = _over_gaps(xp, xp.chain(row - column, inner), z, equal)
    return xp.matmul(vectors, xp.matmul(turning + own, mt(xp, vectors)))


def _eigenvalues_back(op: Any, duals: Any, adjoint: Any, moving: Any, z: Any, x: Any) -> Any:
    g, along, values, matrix = duals.parts(adjoint, z, x)
    own = op.cotangent(0, duals.base, g, values, matrix)
    return lambda place: duals.dual(own, eigenvalues_back(duals.base, g, along, moving[0], values, matrix))


PARTING = Corner(
    "has a corner where eigenvalues are equal",
    lambda xp, z, x: _equal(xp, z),
    push=lambda op, xp, moving, z, x: eigenvalues_parting(xp, moving[0], x),
    pull=_eigenvalues_back,
)


MATRICES = [
    ArrayOp(
        "det", 1, "determinant", "a square matrix", shape=lambda x: square_matrix(x)[:-2],
        pullbacks=(lambda xp, g, z, x: xp.chain(_stretched(xp, g), xp.cofactor(x)),),
        pushforward=lambda xp, tangents, z, x: _contract(xp, tangents[0], xp.cofactor(x)),
        derivative="the cofactors: det(x)*inv(x).T", convention="exact for singular matrices too",
        example="det([[1, 2], [3, 4]]) = -2",
    ),
    ArrayOp(
        "cofactor", 1, "matrix of cofactors: the derivative of det", "a square matrix",
        shape=square_matrix, pullbacks=(lambda xp, g, z, x: _cofactor_rule(xp, g, z, x),),
        pushforward=lambda xp, tangents, z, x: _cofactor_rule(xp, tangents[0], z, x),
        derivative="along v: cofactor_along(x, v)", convention="exact for singular matrices too",
        example="cofactor([[1, 2], [3, 4]]) = [[4, -3], [-2, 1]]",
    ),
    ArrayOp(
        "cofactor_along", 2, "how cofactor(x) changes along a matrix y: the second derivative of det",
        "square matrices of one size", shape=_of_one_matrix,
        pullbacks=(
            lambda xp, g, z, x, y: _cofactor_third(xp, x, y, g),
            lambda xp, g, z, x, y: xp.cofactor_along(x, g),
        ),
        pushforward=_cofactor_along_push,
        derivative="by y, along v: cofactor_along(x, v); by x: with inv(x)",
        convention="exact for singular matrices too; by x, an error where x is singular",
        example="cofactor_along([[1, 2], [2, 4]], [[1, 0], [0, 0]]) = [[0, 0], [0, 1]]",
    ),
    ArrayOp(
        "logdet", 1, "log(det(x)); nan where det(x) < 0", "det(x) > 0",
        shape=lambda x: square_matrix(x)[:-2],
        pullbacks=(lambda xp, g, z, x: xp.chain(_stretched(xp, g), mt(xp, xp.inv(x))),),
        pushforward=lambda xp, tangents, z, x: _contract(xp, tangents[0], mt(xp, xp.inv(x))),
        derivative="inv(x).T", example="logdet([[2, 0], [0, 2]]) = 1.3862943611198906",
    ),
    ArrayOp(
        "inv", 1, "inverse of a matrix", "a matrix that is not singular", shape=square_matrix,
        pullbacks=(lambda xp, g, z, x: -xp.matmul(xp.matmul(mt(xp, z), g), mt(xp, z)),),
        pushforward=lambda xp, tangents, z, x: -xp.matmul(xp.matmul(z, tangents[0]), z),
        derivative="-(z.T @ g @ z.T), g the cotangent of the result z",
        example="inv([[2, 0], [0, 4]]) = [[0.5, 0], [0, 0.25]]",
    ),
    ArrayOp(
        "solve", 2, "the solution z of x @ z = y", "a matrix x that is not singular", shape=_solve_shape,
        pullbacks=(_solve_by_matrix, _solve_by_right), pushforward=_solve_push,
        derivative="by y: w = solve(x.T, g); by x: -outer(w, z)",
        example="solve([[2, 0], [0, 4]], [1, 1]) = [0.5, 0.25]",
    ),
    ArrayOp(
        "cholesky", 1, "lower triangular L with L @ L.T = x",
        "a positive definite matrix", shape=square_matrix, pullbacks=(_cholesky_pull,),
        pushforward=_cholesky_push, derivative="by the factor itself; symmetric",
        convention="of the symmetric part of x: x[i, j] and x[j, i] share evenly",
        example="cholesky([[4, 2], [2, 5]]) = [[2, 0], [1, 2]]",
    ),
    ArrayOp(
        "eigvalsh", 1, "eigenvalues of a symmetric matrix, ascending", "a square matrix",
        shape=lambda x: square_matrix(x)[:-1], pullbacks=(_eigenvalues_pull,),
        pushforward=_eigenvalues_push, derivative="outer(v, v) for the eigenvector v",
        convention="of the symmetric part of x; equal eigenvalues share evenly",
        example="eigvalsh([[2, 1], [1, 2]]) = [1, 3]", corner=PARTING,
    ),
    ArrayOp(
        "eigenvectors", 1, "those that go with eigvalsh(x), as columns", "a square matrix",
        shape=square_matrix, pullbacks=(_eigenvectors_pull,), pushforward=_eigenvectors_push,
        derivative="from the gaps between the eigenvalues; not finite where two are equal",
        convention="the sign of each makes its largest element positive",
        example="eigenvectors([[2, 0], [0, 3]]) = [[1, 0], [0, 1]]",
    ),
    ArrayOp(
        "eigenvectors_along", 2, "eigenvectors(x), of equal eigenvalues those that make y diagonal",
        "symmetric matrices of one size", shape=_of_one_matrix,
        pullbacks=(lambda xp, g, z, x, y: _eigenvectors_pull(xp, g, z, x), lambda xp, g, z, x, y: None),
        pushforward=lambda xp, tangents, z, x, y: (
            None if tangents[0] is None else _eigenvectors_push(xp, tangents, z, x)
        ),
        derivative="by x as that of eigenvectors(x); by y: 0",
        convention="not finite where two eigenvalues are equal",
        example="eigenvectors_along([[1, 0], [0, 1]], [[2, 0], [0, 3]]) = [[1, 0], [0, 1]]",
    ),
    ArrayOp(
        "shared", 2, "x, averaged where elements of y are equal",
        "y in ascending order", shape=of_one_shape,
        pullbacks=(lambda xp, g, z, x, y: xp.shared(g, y), lambda xp, g, z, x, y: None),
        pushforward=lambda xp, tangents, z, x, y: None if tangents[0] is None else xp.shared(tangents[0], y),
        derivative="by x: g, shared alike", convention="by y: 0",
        example="shared([1, 3, 5], [0, 0, 1]) = [2, 2, 5]",
    ),
]  # fmt: skip

# Those of symmetric matrices.
SYMMETRIC = {
    op for op in MATRICES if op.name in ("cholesky", "eigvalsh", "eigenvectors", "eigenvectors_along")
}

INVERSE = next(op for op in MATRICES if op.name == "inv")
