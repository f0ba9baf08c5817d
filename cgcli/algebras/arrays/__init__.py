"""The algebra of arrays: what each operation does to NumPy arrays of doubles.

A value is an array of at least one axis, or a float; operations on floats alone are those of the
algebra of floats. Arrays are never written to once made: they may be views of one another.
Elementwise functions come from NumPy, and from SciPy where NumPy has none; they are reached as
attributes of this module, made when first asked for. Some are named like functions of Python
(`max`, `abs`, `sum`): in this module these names are cg's, and nothing here may mean Python's.
"""

from __future__ import annotations

import sys
from functools import partial

import numpy as np
from numpy import ndarray

from cgcli.algebras.arrays import blas
from cgcli.algebras.arrays.factors import forget
from cgcli.algebras.arrays.matrices import LINEAR_ALGEBRA
from cgcli.algebras.arrays.samples import SAMPLES
from cgcli.algebras.arrays.tensors import WHOLE, broadcast, plain, put_back, shape
from cgcli.algebras.arrays.vectors import ALONE, VECTORS, one_by_one
from cgcli.algebras.definitions import function
from cgcli.algebras.numbers import floats
from cgcli.annotations import Any, Callable, Collection, Sequence
from cgcli.ops import ALGEBRA_OPS, OPS
from cgcli.ops.chain import Whole
from cgcli.ops.entry import LINEAR, MULTILINEAR
from cgcli.ops.matrices import MATRICES
from cgcli.shapes import broadcast_axes

__all__ = ["broadcast", "put_back", "shape"]


# The C library of Linux gives the memory of a large array back to the system as soon as it is free, and
# getting it again, page by page, can take longer than the computation. Once an array of nearly 32 MB was
# freed it keeps what is smaller (mallopt(3), M_MMAP_THRESHOLD). This one is never written to, and so
# takes no memory.
np.empty(2**22 - 2**10)


for_reading, careful, even_from, moderate = False, True, floats.even_from, floats.moderate
mutable = ndarray


# A context without NumPy's warnings: results that are not finite are found and named later.
quiet = partial(np.errstate, all="ignore")


def begin(ops: Collection[Any]) -> None:
    """Before a program with these operations runs: arrays may have been written to since the last."""
    forget()
    blas.by_scipy = any(op in ops for op in MATRICES)


def room(count: int) -> list[Any]:
    """A place for so many values."""
    return [None] * count


constant = float

# Arrays of more elements are looked at part by part; those of few are seen to be finite at once.
LARGE, SMALL = 2**20, 2**12


def finite(x: Any) -> bool:
    if x.__class__ is float:
        return bool(x - x == 0)
    size = getattr(x, "size", 1)
    if size <= SMALL and np.vdot(x, x) < np.inf:
        return True  # a sum of squares that is finite has none that is not
    if size <= LARGE:
        return bool(np.isfinite(x).all())
    step = LARGE * len(x) // size or 1  # what is asked of all at once takes memory
    return all(np.isfinite(x[start : start + step]).all() for start in range(0, len(x), step))


def largest(x: Any) -> float:
    """The size of its largest element."""
    return float(np.max(np.abs(x), initial=0.0))


def holds(x: Any) -> bool:
    """Whether all of it is true, as an assertion sees it."""
    return bool(np.all(np.abs(x) > 0))


# The chain rule


def chain(factor: Any, partial: Any) -> Any:
    """A product of the chain rule, elementwise: an exact 0 wins over inf and nan."""
    return settle(factor * partial, factor, partial, None, -1, None)


def settle(product: Any, factor: Any, partial: Any, like: Any, node: int, zeroed: list[int] | None) -> Any:
    """A product of the chain rule as the derivative of `like`, or of one with the shape it has.

    Where it is nan, it is 0 if a factor is exactly 0. It is summed over axes along which the
    operand was stretched, and stretched along those where it moves with others.
    """
    if product.__class__ is ndarray:
        # not nan, unless an element is; or inf - inf, which the look at each element then settles
        total = 0.0 if product is factor else np.add.reduce(product, None)
        if total != total:
            lost = np.isnan(product) & (np.equal(factor, 0) | np.equal(partial, 0))
            if lost.any():
                product = np.where(lost, 0.0, product)
                if zeroed is not None:
                    zeroed.append(node)
    elif product != product:
        product = floats.settle(product, factor, partial, 0.0, node, zeroed)
    return product if like is None else _fit(product, shape(like))


def _fit(x: Any, target: tuple[int, ...]) -> Any:
    have = shape(x)
    if have == target:
        return x
    axes, lead = broadcast_axes(have, target)
    if axes:
        x = np.sum(x, axis=axes, keepdims=True)
    if lead > 0:
        x = np.reshape(x, np.shape(x)[lead:])
    return broadcast(x, shape=target)


def _is_finite(x: Any) -> bool:
    """The same in a pass, where NumPy's warnings are off: by the sum, if that is finite."""
    total = float(np.add.reduce(x, None)) if x.__class__ is ndarray else x
    return bool(total - total == 0) or finite(x)


def settle_whole(part: Any, whole: Whole, place: int, adjoint: Any, xp: Any = None) -> Any:
    """What an operation on whole arrays hands back; a product of arrays, with an exact 0 that wins. `xp` is
    the algebra of the values, where it is another one."""
    if part is None or whole.op.pushforward == LINEAR:
        return part
    is_product = whole.op.pushforward == MULTILINEAR
    if _is_finite(part):
        told = whole.zeroed is not None
        if told and not (_is_finite(adjoint) and (_is_finite(whole.result) or not is_product)):
            whole.told()
        return part
    if not is_product:
        return part
    before, own, after = whole.operands[:place], whole.operands[place], whole.operands[place + 1 :]

    def hand_back(adjoint: Any, *others: Any) -> Any:
        of = whole.over(whole.result, [*others[:place], own, *others[place:]])
        return of.cotangents(xp or sys.modules[__name__], adjoint)(place)

    return _zero_wins(part, hand_back, [adjoint, *before, *after], whole)


def settle_product(part: Any, factors: Sequence[Any], whole: Whole, xp: Any = None) -> Any:
    """A product of arrays, of which one is a tangent, with an exact 0 that wins."""
    if finite(part):
        return part
    apply = getattr(xp or sys.modules[__name__], whole.op.name)
    return _zero_wins(part, lambda *xs: apply(*xs, **whole.attributes), factors, whole)


def _zero_wins(part: Any, apply: Callable[..., Any], factors: Sequence[Any], whole: Whole) -> Any:
    """A sum of products over the elements of arrays, `apply(*factors)`, that is not finite: a product
    with a factor that is exactly 0 contributes 0, whatever the others are."""
    random = np.random.default_rng(0)
    marks = [1.0 + random.random(shape(factor)) for factor in factors]  # so that they do not cancel
    nonzero = [np.not_equal(factor, 0) * mark for factor, mark in zip(factors, marks)]
    hit: Any = 0.0
    for place, factor in enumerate(factors):
        endless = ~np.isfinite(factor) * marks[place]
        hit = hit + np.abs(apply(*nonzero[:place], endless, *nonzero[place + 1 :]))
    clean = apply(*(np.where(np.isfinite(factor), factor, 0.0) for factor in factors))
    settled = plain(np.where(hit > 0, _endless(apply, factors), clean))
    if np.any(np.isnan(part) & ~np.isnan(settled)):
        whole.told()
    return settled


def _endless(apply: Callable[..., Any], factors: Sequence[Any]) -> Any:
    """inf with a sign, where all terms that are not finite have it; nan elsewhere. Terms with a
    factor of 0 do not count."""
    ones = [np.not_equal(factor, 0) * 1.0 for factor in factors]
    signs = [np.sign(factor) for factor in factors]
    count: Any = 0.0
    signed: Any = 0.0
    for place, factor in enumerate(factors):
        endless = ~np.isfinite(factor) * 1.0
        count = count + apply(*ones[:place], endless, *ones[place + 1 :])
        sign = np.where(np.isfinite(factor), 0.0, signs[place])
        signed = signed + apply(*signs[:place], sign, *signs[place + 1 :])
    return np.where(np.abs(signed) == np.abs(count), np.copysign(np.inf, signed), np.nan)


def alike(value: Any, other: Any) -> bool:
    return False


def nan_with(result: Any, share: Any) -> Any:
    return share


# Elementwise operations


def guard(c: Any, limit: Any, value: Any, assuming: str = "") -> Any:
    vector = c.__class__ is ndarray or limit.__class__ is ndarray or value.__class__ is ndarray
    return VECTORS["where"](c, limit, value) if vector else limit if c else value


def _vector(name: str, scalar: Callable[..., float]) -> Callable[..., Any]:
    """By NumPy or SciPy, else by the definition, or one element after the other."""
    found = VECTORS.get(name) or getattr(np, name, None)
    if name in VECTORS or isinstance(found, np.ufunc):
        return found  # type: ignore[return-value]
    slow = one_by_one(scalar)
    if not OPS[name].definition:
        return slow
    if name in ALONE:
        return slow
    defined = function(name, sys.modules[__name__])
    if isinstance(OPS[name].definition, str):
        return defined
    orders = OPS[name].definition
    return lambda order, *xs: (defined if order.__class__ is float and order in orders else slow)(order, *xs)


def __getattr__(name: str) -> Callable[..., Any]:
    """An operation on whole arrays, which other files have; or an elementwise one: that of floats where
    all operands are, else that of arrays."""
    if name not in ALGEBRA_OPS:
        raise AttributeError(name)
    if ALGEBRA_OPS[name].partials is None:
        whole = globals()[name] = WHOLE.get(name) or LINEAR_ALGEBRA.get(name) or SAMPLES[name]
        return whole
    scalar = getattr(floats, name)
    vector = _vector(name, scalar)

    def apply(*operands: Any) -> Any:
        for operand in operands:
            if operand.__class__ is ndarray:
                return vector(*operands)
        return scalar(*operands)

    apply.vector = vector  # type: ignore[attr-defined]
    globals()[name] = apply
    return apply
