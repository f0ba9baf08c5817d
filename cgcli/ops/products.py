"""Products of arrays: linear in each operand."""

from __future__ import annotations

from cgcli.annotations import Any, Sequence
from cgcli.errors import ShapeError
from cgcli.ops.entry import MULTILINEAR, PRODUCT, ArrayOp, Attribute, Cotangents
from cgcli.ops.rules import insert, mt, unbroadcast
from cgcli.shapes import Shape, Size, broadcast, counted, product, shape_text


def _matmul(x: Shape, y: Shape) -> Shape:
    if not x or not y:
        name = "x" if not x else "y"
        raise ShapeError(f"`@` multiplies arrays: {{{name}}} is a number", "to scale, write `*`")
    last, first = x[-1], y[-2] if len(y) > 1 else y[0]
    if last != first:
        columns = counted(last, "column" if len(x) > 1 else "element")
        rows = counted(first, "row" if len(y) > 1 else "element")
        raise ShapeError(None, f"{{x}}'s {columns} must equal {{y}}'s {rows}")
    return (*broadcast(x[:-2], y[:-2]), *x[-2:-1], *(y[-1:] if len(y) > 1 else ()))


def _by_left(xp: Any, g: Any, z: Any, x: Any, y: Any) -> Any:
    left, right = xp.shape(x), xp.shape(y)
    if len(left) == len(right) == 1:
        return xp.chain(g, y)
    if len(left) <= 2 and len(right) <= 2:
        if len(right) == 1:
            return xp.outer(g, y)
        return xp.matmul(y, g) if len(left) == 1 else xp.matmul(g, mt(xp, y))
    rows, columns = g, y
    if len(right) == 1:
        rows, columns = insert(xp, rows, -1), insert(xp, y, -1)
    if len(left) == 1:
        rows = insert(xp, rows, -2)
    found = xp.matmul(rows, mt(xp, columns))
    if len(left) == 1:
        shape = xp.shape(found)
        found = xp.reshape(found, shape=(*shape[:-2], shape[-1]))
    return unbroadcast(xp, found, left)


def _by_right(xp: Any, g: Any, z: Any, x: Any, y: Any) -> Any:
    left, right = xp.shape(x), xp.shape(y)
    if len(left) == len(right) == 1:
        return xp.chain(g, x)
    if len(left) <= 2 and len(right) <= 2:
        if len(left) == 1:
            return xp.outer(x, g)
        return xp.matmul(mt(xp, x), g)
    columns, rows = g, x
    if len(left) == 1:
        columns, rows = insert(xp, columns, -2), insert(xp, x, -2)
    if len(right) == 1:
        columns = insert(xp, columns, -1)
    found = xp.matmul(mt(xp, rows), columns)
    if len(right) == 1:
        found = xp.reshape(found, shape=xp.shape(found)[:-1])
    return unbroadcast(xp, found, right)


def _dot(x: Shape, y: Shape) -> Shape:
    if not x or not y:
        return x or y
    if len(x) > 2 or len(y) > 2:
        raise ShapeError("`dot` is for vectors and matrices", "write `@` or `einsum`")
    return _matmul(x, y)


def _dot_by(scale: int, rule: Any) -> Any:
    def pull(xp: Any, g: Any, z: Any, x: Any, y: Any) -> Any:
        if xp.shape(x) == () or xp.shape(y) == ():
            return unbroadcast(xp, g * (y, x)[scale], xp.shape((x, y)[scale]))
        return rule(xp, g, z, x, y)

    return pull


def _row(xp: Any, x: Any) -> Any:
    return xp.reshape(x, shape=(product(xp.shape(x)),))


def _cross(x: Shape, y: Shape) -> Shape:
    if x[-1:] != (3,) or y[-1:] != (3,):
        raise ShapeError(None, "both are vectors of 3 elements")
    return broadcast(x, y)


def _pair(x: Shape, y: Shape) -> tuple[Shape, Shape]:
    """Two shapes of one rank, with ones in front."""
    rank = max(len(x), len(y))
    return (1,) * (rank - len(x)) + x, (1,) * (rank - len(y)) + y


def _interleaved(xp: Any, x: Any, y: Any) -> tuple[Any, Any, tuple[Size, ...]]:
    """The operands of a Kronecker product with axes of size 1 between, so that it is their product."""
    left, right = _pair(xp.shape(x), xp.shape(y))
    wide = tuple(size for pair in zip(left, right) for size in pair)
    x = xp.reshape(x, shape=tuple(size for a in left for size in (a, 1)))
    y = xp.reshape(y, shape=tuple(size for b in right for size in (1, b)))
    return x, y, wide


def _kron_by(position: int) -> Any:
    def pull(xp: Any, g: Any, z: Any, x: Any, y: Any) -> Any:
        left, right, wide = _interleaved(xp, x, y)
        part = xp.reshape(g, shape=wide) * (right, left)[position]
        axes = tuple(range(1 - position, len(wide), 2))
        return xp.reshape(xp.sum(part, axis=axes), shape=xp.shape((x, y)[position]))

    return pull


# einsum

LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


def subscripts(text: str, shapes: Sequence[Shape]) -> tuple[list[str], str]:
    """The letters of each operand and of the result, a letter for each axis that `...` stands for;
    without `->`, those of `...`, and then those that occur once, sorted.

    Raises `ShapeError` for a text that does not name the axes of such operands."""
    text = text.replace(" ", "")
    left, arrow, right = text.partition("->")
    spare = [letter for letter in LETTERS if letter not in text]
    terms = left.split(",")
    for term in (*terms, right):
        letters = term.replace("...", "", 1)
        wrong = next((c for c in letters if not (c.isascii() and c.isalpha())), None)
        if wrong is not None:
            raise ShapeError(f"`{text}` names axes with letters: `{wrong}` cannot stand there")
    if len(terms) != len(shapes):
        plural = "s" if len(terms) > 1 else ""
        raise ShapeError(f"`{text}` is for {len(terms)} operand{plural}, not {len(shapes)}")
    if not arrow:
        once = "".join(sorted(c for c in set(left) - {",", "."} if left.count(c) == 1))
        right = f"...{once}" if "..." in left else once
    counts = [len(shape) - len(term) + 3 for term, shape in zip(terms, shapes) if "..." in term]
    if min(counts, default=0) < 0 or max(counts, default=0) > len(spare):
        raise ShapeError(f"`{text}` names more axes than an operand has")
    others = "".join(spare[: max(counts, default=0)])
    if others and "..." not in right:
        raise ShapeError(f"the axes that `...` stands for are not in the result of `{text}`")
    for letter in right.replace("...", ""):
        if letter not in left:
            raise ShapeError(f"`{letter}` of the result is no axis of an operand in `{text}`")
        if right.count(letter) > 1:
            raise ShapeError(f"`{letter}` stands twice in the result of `{text}`")
    places = iter(counts)
    terms = [
        term.replace("...", others[len(others) - next(places) :]) if "..." in term else term for term in terms
    ]
    return terms, right.replace("...", others)


def _einsum(*shapes: Shape, subscripts: str) -> Shape:
    terms, result = _subscripts(subscripts, shapes)
    sizes: dict[str, Size] = {}
    for letters, shape in zip(terms, shapes):
        if len(letters) != len(shape):
            what = shape_text(shape) if shape else "a number"
            axes = "1 axis" if len(letters) == 1 else f"{len(letters)} axes"
            raise ShapeError(f"`{letters}` names {axes} of an operand that is {what}")
        own: dict[str, Size] = {}
        for letter, size in zip(letters, shape):
            known = sizes.setdefault(letter, size)
            if own.setdefault(letter, size) != size or (size != known and 1 not in (size, known)):
                raise ShapeError(None, f"`{letter}` is {known} and {size}")
            if known == 1:
                sizes[letter] = size
    return tuple(sizes[letter] for letter in result)


_subscripts = subscripts


def _einsum_pull(xp: Any, g: Any, z: Any, *xs: Any, subscripts: str) -> Cotangents:
    return lambda position: _einsum_back(xp, position, g, xs, subscripts)


def _einsum_back(xp: Any, position: int, g: Any, xs: Any, subscripts: str) -> Any:
    """The same contraction with the result's cotangent in the place of the operand. An axis that
    only this operand has is stretched; one that it has twice gets a diagonal."""
    terms, result = _subscripts(subscripts, [xp.shape(x) for x in xs])
    own, shape = terms[position], xp.shape(xs[position])
    operands, names = [g], [result]
    for place, (letters, x) in enumerate(zip(terms, xs)):
        if place != position:
            operands.append(x)
            names.append(letters)
    spare = iter(c for c in LETTERS if c not in "".join((*terms, subscripts)))
    target = ""
    for letter, size in zip(own, shape):
        if letter in target:
            fresh = next(spare)
            operands.append(xp.eye(n=size))
            names.append(letter + fresh)
            target += fresh
            continue
        if not any(letter in other for other in names):
            operands.append(xp.ones(shape=(size,)))
            names.append(letter)
        target += letter
    found = xp.einsum(*operands, subscripts=f"{','.join(names)}->{target}")
    narrow = tuple(1 if own == 1 else size for size, own in zip(xp.shape(found), shape))
    return xp.broadcast(unbroadcast(xp, found, narrow), shape=shape)


PRODUCTS = [
    ArrayOp(
        "matmul", 2, "matrix product; vectors are rows or columns",
        "x's columns as many as y's rows", shape=_matmul, pullbacks=(_by_left, _by_right),
        pushforward=MULTILINEAR, derivative="by x: g @ y.T; by y: x.T @ g", symbol="@", level=PRODUCT,
        function=False, example="[[1, 2], [3, 4]] @ [1, 1] = [3, 7]", adds=True,
    ),
    ArrayOp(
        "dot", 2, "inner product of vectors, product of matrices", "sizes that match", shape=_dot,
        pullbacks=(_dot_by(0, _by_left), _dot_by(1, _by_right)), pushforward=MULTILINEAR,
        derivative="of vectors: y by x, x by y", example="dot([1, 2], [3, 4]) = 11", adds=True,
    ),
    ArrayOp(
        "outer", 2, "every element of x times every one of y", "all x, y",
        shape=lambda x, y: (product(x), product(y)),
        pullbacks=(
            lambda xp, g, z, x, y: xp.reshape(xp.matmul(g, _row(xp, y)), shape=xp.shape(x)),
            lambda xp, g, z, x, y: xp.reshape(xp.matmul(_row(xp, x), g), shape=xp.shape(y)),
        ),
        pushforward=MULTILINEAR, derivative="by x: g @ y; by y: x @ g",
        example="outer([1, 2], [3, 4]) = [[3, 4], [6, 8]]",
    ),
    ArrayOp(
        "cross", 2, "vector product, along the last axis", "vectors of 3 elements", shape=_cross,
        pullbacks=(
            lambda xp, g, z, x, y: unbroadcast(xp, xp.cross(y, g), xp.shape(x)),
            lambda xp, g, z, x, y: unbroadcast(xp, xp.cross(g, x), xp.shape(y)),
        ),
        pushforward=MULTILINEAR, derivative="by x: cross(y, g); by y: cross(g, x)",
        example="cross([1, 0, 0], [0, 1, 0]) = [0, 0, 1]", adds=True,
    ),
    ArrayOp(
        "kron", 2, "Kronecker product", "all x, y",
        shape=lambda x, y: tuple(a * b for a, b in zip(*_pair(x, y))),
        pullbacks=(_kron_by(0), _kron_by(1)), pushforward=MULTILINEAR,
        derivative="each the sum of g times the other", example="kron([1, 2], [1, 10]) = [1, 10, 2, 20]",
    ),
    ArrayOp(
        "einsum", None, "sums of products over axes named by letters; `...`: others",
        "axes of one letter have one size, or 1", shape=_einsum, pullbacks=_einsum_pull,
        pushforward=MULTILINEAR, derivative="the same sum with g in the place of the operand",
        attributes={"subscripts": Attribute("text")},
        example='einsum("ij,j->i", [[1, 2], [3, 4]], [1, 1]) = [3, 7]', adds=True,
    ),
]  # fmt: skip
