"""What every operation on whole arrays must do: cases with a reference from NumPy or SciPy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import scipy.linalg
import scipy.special

rng = np.random.default_rng(20260214)


class Case(NamedTuple):
    """An operation on operands with attributes, and the function of them that it must equal.

    fixed   operands that are not varied: subscripts, and those with a derivative of 0
    """

    name: str
    operands: tuple[Any, ...]
    attributes: dict[str, Any]
    reference: Callable[..., Any]
    fixed: tuple[int, ...] = ()

    @property
    def label(self) -> str:
        shapes = ",".join(str(list(np.shape(x))) for x in self.operands)
        told = ",".join(f"{key}={value}" for key, value in self.attributes.items())
        return f"{self.name}-{shapes}-{told}".replace(" ", "")


def n(*shape: int) -> Any:
    """Random elements."""
    return rng.normal(size=shape)


def positive(*shape: int) -> Any:
    """Positive definite matrices, stacked along the leading axes."""
    x = rng.normal(size=shape)
    return x @ np.swapaxes(x, -1, -2) + shape[-1] * np.eye(shape[-1])


def case(name: str, operands: Any, reference: Callable[..., Any], *fixed: int, **attributes: Any) -> Case:
    return Case(name, tuple(operands), attributes, reference, fixed)


def reduction(name: str, reference: Callable[..., Any], draw: Callable[..., Any] = n) -> list[Case]:
    """Over all elements, an axis, several, with the axes kept, of rank 1 to 4."""

    def given(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        return reference(x, axis=axis, keepdims=keepdims)

    return [
        case(name, [draw(4)], given),
        case(name, [draw(1)], given),
        case(name, [draw(3, 4)], given),
        case(name, [draw(3, 4)], given, axis=1),
        case(name, [draw(3, 4)], given, axis=0, keepdims=True),
        case(name, [draw(2, 3, 2, 3)], given, axis=(-1, 1)),
        case(name, [draw(2, 3, 2, 3)], given, axis=(0, 2), keepdims=True),
    ]


def _norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    if ord is None:
        return np.sqrt(np.sum(np.square(x), axis=axis, keepdims=keepdims))
    if ord == np.inf:
        return np.max(np.abs(x), axis=axis, keepdims=keepdims)
    return np.sum(np.abs(x) ** ord, axis=axis, keepdims=keepdims) ** (1 / ord)


def _recurrence(x: Any, y: Any) -> Any:
    result, last = [], np.zeros(np.shape(y)[:-1])
    for i in range(np.shape(y)[-1]):
        last = x[..., i] * last + y[..., i]
        result.append(last)
    return np.stack(result, axis=-1)


def _solve(x: Any, y: Any) -> Any:
    return np.linalg.solve(x, y[..., None])[..., 0] if np.ndim(y) == 1 else np.linalg.solve(x, y)


def _cofactor_along(x: Any, y: Any) -> Any:
    inverse, cofactors = np.linalg.inv(x), _cofactor(x)
    trace = np.trace(inverse @ y, axis1=-2, axis2=-1)[..., None, None]
    return trace * cofactors - np.swapaxes(y @ inverse, -1, -2) @ cofactors


def _cofactor(x: Any) -> Any:
    return np.linalg.det(x)[..., None, None] * np.swapaxes(np.linalg.inv(x), -1, -2)


def _half(x: Any) -> Any:
    return (x + np.swapaxes(x, -1, -2)) / 2


def _vectors(x: Any) -> Any:
    vectors = np.linalg.eigh(_half(x))[1]
    top = np.take_along_axis(vectors, np.argmax(np.abs(vectors), axis=-2)[..., None, :], axis=-2)
    return vectors * np.sign(top)


def _scatter(key: Any, shape: tuple[int, ...]) -> Callable[..., Any]:
    def put(x: Any, *_: Any, **__: Any) -> Any:
        result = np.zeros(shape)
        np.add.at(result, key, x)
        return result

    return put


ROWS = np.array([0.0, 2.0, 2.0])
WHOLE = (None, None, None)

CASES: list[Case] = [
    # Structure
    case("array", [n(3), n(3)], lambda *xs: np.array(xs)),
    case("array", [2.0, 3.0, 4.0], lambda *xs: np.array(xs)),
    case("array", [], lambda *xs: np.zeros(0)),
    case("zeros", [], lambda shape: np.zeros(shape), shape=(2, 3)),
    case("ones", [], lambda shape: np.ones(shape), shape=(0, 3)),
    case("eye", [], lambda n, m=None, k=0: np.eye(n, m, k), n=3),
    case("eye", [], lambda n, m=None, k=0: np.eye(n, m, k), n=2, m=4, k=1),
    case("linspace", [1.0, -2.0], lambda x, y, num=50: np.linspace(x, y, num), num=5),
    case("linspace", [1.0, 2.0], lambda x, y, num=50: np.linspace(x, y, num)),
    case("index", [n(4, 5)], lambda x, at: x[1::2, -1], at=((1, None, 2), -1)),
    case("index", [n(4, 5)], lambda x, at: x[::-1], at=((None, None, -1),)),
    case("index", [n(4, 5), ROWS], lambda x, i, at: x[i.astype(int), ::-1], 1, at=(None, (None, None, -1))),
    case("index", [n(2, 3, 4, 5), ROWS, 1.0], lambda x, i, j, at: x[:, i.astype(int), :, 1], 1, 2,
         at=(WHOLE, None, WHOLE, None)),
    case("index", [n(3), 2.0], lambda x, i, at: x[2], 1, at=(None,)),
    case("scatter", [n(2)], _scatter((slice(1, None),), (3,)), at=((1, None, None),), shape=(3,)),
    case("scatter", [n(3, 2), ROWS], _scatter((ROWS.astype(int),), (4, 2)), 1, at=(None,), shape=(4, 2)),
    case("scatter", [2.5], _scatter((1, 0), (2, 2)), at=(1, 0), shape=(2, 2)),
    case("transpose", [n(2, 3)], lambda x, axes=None: np.transpose(x, axes)),
    case("transpose", [n(2, 3, 4, 1)], lambda x, axes=None: np.transpose(x, axes), axes=(1, 3, 0, 2)),
    case("reshape", [n(2, 6)], lambda x, shape: np.reshape(x, shape), shape=(3, 4)),
    case("reshape", [n(1, 1)], lambda x, shape: np.reshape(x, shape), shape=()),
    case("reshape", [n(2, 3, 2)], lambda x, shape: np.reshape(x, (3, 4)), shape=(3, -1)),
    case("broadcast", [n(3, 1)], lambda x, shape: np.broadcast_to(x, shape), shape=(2, 3, 4)),
    case("broadcast", [1.5], lambda x, shape: np.broadcast_to(x, shape), shape=(2, 1)),
    case("concat", [n(2, 3), n(4, 3)], lambda *xs, axis=0: np.concatenate(xs, axis)),
    case("concat", [n(2, 1), n(2, 0), n(2, 3)], lambda *xs, axis=0: np.concatenate(xs, axis), axis=-1),
    case("stack", [n(2, 3), n(2, 3)], lambda *xs, axis=0: np.stack(xs, axis)),
    case("stack", [n(2, 3), n(2, 3)], lambda *xs, axis=0: np.stack(xs, axis), axis=-1),
    case("flip", [n(3, 4)], lambda x, axis=None: np.flip(x, axis)),
    case("flip", [n(2, 3, 4)], lambda x, axis=None: np.flip(x, axis), axis=(0, 2)),
    *(case("diag", [n(*shape)], lambda x, k=0: np.diag(x, k), **attributes)
      for shape, attributes in (((3,), {}), ((3,), {"k": -1}), ((3, 3), {}), ((3, 5), {"k": 2}),
                                ((5, 3), {"k": -2}), ((2, 2), {"k": 5}), ((3, 3), {"k": 1}))),
    case("trace", [n(3, 3)], np.trace),
    case("trace", [n(2, 4)], np.trace),
    *(case(name, [n(*shape)], function, **attributes)
      for name, function in (("tril", np.tril), ("triu", np.triu))
      for shape, attributes in (((3, 4), {}), ((4, 3), {"k": 1}), ((2, 3, 3), {"k": -1}))),
    # Reductions
    *reduction("sum", np.sum), case("sum", [n(0, 3)], np.sum), case("sum", [n(0, 3)], np.sum, axis=0),
    *reduction("mean", np.mean),
    *reduction("prod", np.prod), case("prod", [np.array([0.0, 2.0, 3.0])], np.prod),
    case("prod", [np.array([0.0, 0.0, 3.0])], np.prod), case("prod", [n(0)], np.prod),
    *(one for one in reduction("var", np.var) if np.size(one.operands[0]) > 1),
    *(one for one in reduction("std", np.std) if np.size(one.operands[0]) > 1),
    *reduction("amin", np.min), *reduction("amax", np.max),
    *reduction("norm", _norm), case("norm", [1e200 * n(3)], lambda x: np.linalg.norm(x / 1e200) * 1e200),
    *(case("norm", [n(3, 4)], _norm, ord=order, axis=1) for order in (1.0, 2.0, 3.5, np.inf)),
    case("norm", [n(4)], _norm, ord=1.0, keepdims=True),
    *reduction("logsumexp", scipy.special.logsumexp),
    case("argmin", [n(5)], np.argmin, 0), case("argmin", [n(3, 4)], np.argmin, 0, axis=1),
    case("argmax", [n(5)], np.argmax, 0), case("argmax", [n(3, 4)], np.argmax, 0, axis=0),
    case("size", [n(3, 4)], np.size, 0), case("size", [n(3, 4)], np.size, 0, axis=1),
    *(case("cumsum", [n(*shape)], np.cumsum, **attributes)
      for shape, attributes in (((3, 4), {}), ((3, 4), {"axis": 0}), ((2, 3, 4), {"axis": -2}), ((0,), {}))),
    *(case("cumprod", [n(*shape)], np.cumprod, **attributes)
      for shape, attributes in (((3, 4), {}), ((3, 4), {"axis": 0}), ((2, 3, 4), {"axis": -2}), ((1,), {}))),
    case("cumprod", [np.array([2.0, 0.0, 3.0, 0.0, 4.0])], np.cumprod),
    case("recurrence", [n(5), n(5)], _recurrence), case("recurrence", [n(2, 3, 4), n(2, 3, 4)], _recurrence),
    case("softmax", [n(4)], scipy.special.softmax),
    case("softmax", [n(3, 4)], lambda x: scipy.special.softmax(x, axis=-1)),
    case("softmax", [n(3, 4)], scipy.special.softmax, axis=0),
    # Products
    *(case("matmul", [n(*left), n(*right)], np.matmul)
      for left, right in (((3, 4), (4, 5)), ((4,), (4, 5)), ((3, 4), (4,)), ((4,), (4,)), ((2, 3, 4), (4, 5)),
                          ((4,), (2, 4, 5)), ((2, 3, 4), (4,)), ((2, 1, 3, 4), (5, 4, 2)), ((1, 1), (1, 1)),
                          ((3, 0), (0, 2)), ((2, 3), (3, 0)))),
    *(case("dot", operands, np.dot)
      for operands in ([n(3), n(3)], [2.0, n(3)], [n(2, 3), 2.0], [n(2, 3), n(3, 2)], [n(2, 3), n(3)])),
    case("outer", [n(3), n(4)], np.outer), case("outer", [n(3), n(2, 2)], np.outer),
    case("cross", [n(3), n(3)], np.cross), case("cross", [n(2, 1, 3), n(4, 3)], np.cross),
    *(case("kron", [n(*left), n(*right)], np.kron)
      for left, right in (((3,), (2,)), ((2, 3), (4, 2)), ((2, 3), (4,)), ((2,), (3, 2)))),
    *(case("einsum", operands, lambda *xs, subscripts: np.einsum(subscripts, *xs), subscripts=text)
      for text, operands in (
          ("ij,jk->ik", [n(3, 4), n(4, 5)]), ("ij,jk", [n(3, 4), n(4, 5)]), ("ii->i", [n(3, 3)]),
          ("ii", [n(3, 3)]), ("ij->j", [n(3, 4)]), ("ij,i,j", [n(3, 4), n(3), n(4)]),
          ("bij,bjk->bik", [n(2, 3, 4), n(2, 4, 2)]), ("ij,kl->jl", [n(2, 3), n(4, 5)]),
          ("abcd->dcab", [n(2, 3, 1, 2)]), ("i,i->", [n(3), n(3)]), ("iij->j", [n(2, 2, 3)]))),
    # Linear algebra
    *(case("det", [n(*shape)], np.linalg.det) for shape in ((1, 1), (3, 3), (2, 3, 3), (2, 1, 2, 2))),
    case("det", [np.array([[1.0, 2.0], [2.0, 4.0]])], np.linalg.det),
    *(case("cofactor", [n(*shape)], _cofactor) for shape in ((2, 2), (3, 3), (2, 3, 3))),
    *(case("logdet", [positive(*shape)], lambda x: np.linalg.slogdet(x)[1]) for shape in ((3, 3), (2, 3, 3))),
    *(case("inv", [n(*shape)], np.linalg.inv) for shape in ((1, 1), (3, 3), (2, 2, 3, 3))),
    *(case("solve", [n(*left), n(*right)], _solve)
      for left, right in (((3, 3), (3,)), ((3, 3), (3, 2)), ((2, 3, 3), (3, 2)), ((3, 3), (2, 3, 1)),
                          ((2, 3, 3), (3,)))),
    *(case("cholesky", [positive(*shape)], lambda x: np.linalg.cholesky(_half(x)))
      for shape in ((1, 1), (3, 3), (2, 3, 3))),
    *(case("eigvalsh", [positive(*shape)], lambda x: np.linalg.eigvalsh(_half(x)))
      for shape in ((1, 1), (3, 3), (2, 3, 3))),
    *(case("eigenvectors", [positive(*shape)], _vectors) for shape in ((2, 2), (3, 3), (2, 3, 3))),
    case("shared", [n(4), np.array([0.0, 0.0, 1.0, 2.0])],
         lambda x, y: np.array([(x[0] + x[1]) / 2] * 2 + [x[2], x[3]]), 1),
    case("eigenvectors_along", [positive(3, 3), n(3, 3)], lambda x, y: _vectors(x), 1),
    *(case("cofactor_along", [n(*shape), n(*shape)], _cofactor_along) for shape in ((4, 4), (2, 5, 5))),
]  # fmt: skip


def spaced(*shape: int) -> Any:
    """Elements in random order with gaps between them, about 0."""
    size = int(np.prod(shape))
    return (rng.permutation(size).reshape(shape) - size / 2 + 0.1 * n(*shape)) / min(size, 12)


def _random(shape: tuple[int, ...], seed: int = 1) -> Any:
    return np.random.default_rng(seed).random(shape)


CASES += [
    case("uniform", [], _random, shape=(2, 3)), case("uniform", [], _random, shape=(), seed=0),
    case("normal", [], lambda shape, seed: np.random.default_rng(seed).standard_normal(shape),
         shape=(4,), seed=7),
    *(case(name, [n(3, 4)], function, ddof=1, **more)
      for name, function in (("var", np.var), ("std", np.std)) for more in ({}, {"axis": 0}, {"axis": -1})),
    *reduction("median", np.median, spaced),
    *(case("quantile", [spaced(*shape), level], np.quantile, **more)
      for level in (0.3, np.array([0.41, 0.95]))
      for shape, more in (((4,), {}), ((1,), {}), ((3, 4), {}), ((3, 4), {"axis": 1}))),
    case("quantile", [spaced(2, 3, 5), np.array([0.41, 0.95])], np.quantile, 1, axis=(0, 2), keepdims=True),
    *(case("sort", [spaced(*shape)], np.sort, **more)
      for shape, more in (((4,), {}), ((3, 4), {}), ((3, 4), {"axis": 0}), ((2, 3, 4), {"axis": 1}),
                          ((0,), {}))),
    *(case("argsort", [spaced(*shape)], np.argsort, 0, **more)
      for shape, more in (((4,), {}), ((3, 4), {}), ((2, 3, 4), {"axis": 1}))),
    *(case("cov", [n(*shape)], np.cov, **more)
      for shape, more in (((5,), {}), ((2, 4), {}), ((3, 5), {"ddof": 0}), ((5, 2), {"rowvar": False}))),
    *(case("einsum", operands, lambda *xs, subscripts: np.einsum(subscripts, *xs), subscripts=text)
      for text, operands in (
          ("...ij,...jk->...ik", [n(2, 1, 3, 2), n(4, 2, 3)]), ("...,...", [n(3), n(2, 3)]),
          ("i...->...", [n(2, 3)]), ("ij,ij->ij", [n(1, 2), n(3, 1)]), ("i,i->", [n(3), n(1)]),
          ("ii,i->i", [n(3, 3), n(1)]), ("...i,...i", [n(2, 3), n(1)]), ("b...,b->...b", [n(2, 3), n(2)]))),
    *(case("svdvals", [n(*shape)], lambda x: np.linalg.svd(x, compute_uv=False))
      for shape in ((1, 1), (3, 3), (2, 4), (4, 2))),
    case("svdvals", [np.stack([np.diag([1.0, 2, 4]) + 0.1 * n(3, 3) for _ in "ab"])],
         lambda x: np.linalg.svd(x, compute_uv=False)),
    *(case("cond", [np.eye(*shape) * [1.0, 2.0, 4.0][: shape[1]] + 0.1 * n(*shape)], np.linalg.cond)
      for shape in ((1, 1), (3, 3), (3, 2))),
    case("cond", [np.diag([1.0, 3.0]) + 0.1 * n(2, 2, 2)], np.linalg.cond),
    *(case("expm", [n(*shape)], scipy.linalg.expm) for shape in ((1, 1), (3, 3), (2, 2, 2))),
]  # fmt: skip
