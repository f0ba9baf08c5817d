"""The algebra of numbers with a wider range than doubles: NumPy's longest floats, and arrays of these.

On most processors they have 15 bits of exponent, and reach from 1e-4932 to 1e4932. So has what derivatives
pass on the way, where they leave the range of doubles. Functions that NumPy has for doubles alone keep
the digits of these.
"""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy import longdouble, ndarray

from cgcli.algebras import arrays
from cgcli.algebras.arrays import tensors
from cgcli.algebras.arrays.vectors import ANY_LENGTH, VECTORS
from cgcli.algebras.base import Base
from cgcli.algebras.definitions import function
from cgcli.annotations import Any, Callable
from cgcli.ops import Op

# Whether there is more range than that of doubles.
IS_WIDER = np.finfo(longdouble).maxexp > np.finfo(float).maxexp

# How far doubles are from wide numbers, as a part of these, where nothing but rounding keeps them apart.
CLOSE = 2.0**-40

# The least normal double.
TINY = 2.0**-1022


def widened(x: Any) -> Any:
    """A float or an array of doubles, as one of this algebra."""
    return x.astype(longdouble) if x.__class__ is ndarray else longdouble(x)


def narrowed(x: Any) -> Any:
    """The nearest double of each number."""
    with np.errstate(all="ignore"):
        return x.astype(float) if x.__class__ is ndarray else float(x)


def mended(plain: Any, wide: Any) -> Any:
    """The double or doubles nearest to wide numbers; those that are known, where they are as near as
    rounding allows."""
    found = narrowed(wide)
    with np.errstate(all="ignore"):
        near = (np.abs(plain - found) <= CLOSE * np.abs(found)) | np.equal(plain, found)
    near |= np.isnan(plain) & np.isnan(found)
    if np.all(near):
        return plain
    return tensors.plain(np.where(near, plain, found))


def are_same(x: Any, y: Any) -> bool:
    return bool(np.array_equal(x, y, equal_nan=True))


def is_good(x: Any) -> bool:
    """Whether nothing in a float or an array of doubles can have vanished, overflowed or lost digits."""
    size = np.abs(x)
    return bool(np.all((size >= TINY) & (size < np.inf)))


class Wide(Base):
    """Values are longest floats, and arrays of these with an axis; floats and arrays of doubles go, too."""

    title, even_from = "numbers of a wider range", arrays.even_from

    def constant(self, value: float) -> Any:
        return longdouble(value)

    def operation(self, op: Op) -> Callable[..., Any]:
        name = op.name
        if op.partials is None:
            return WHOLE.get(name) or getattr(arrays, name)
        found: Any = ELEMENTWISE.get(name) or VECTORS.get(name, getattr(np, name, None))
        if name not in ELEMENTWISE and name not in ANY_LENGTH and not isinstance(found, np.ufunc):
            found = partial(_of_doubles, getattr(arrays, name))
            if op.definition and name not in KEPT:
                found = function(name, self)
        return lambda *operands: _scalar(found(*operands))

    def shape(self, value: Any) -> tuple[int, ...]:
        return tensors.shape(value)

    def finite(self, value: Any) -> bool:
        return arrays.finite(value)

    def largest(self, value: Any) -> float:
        return arrays.largest(value)

    def quiet(self) -> Any:
        return arrays.quiet()

    def settle(self, product: Any, *context: Any) -> Any:
        return arrays.settle(product, *context)

    def settle_whole(self, part: Any, *context: Any) -> Any:
        return arrays.settle_whole(*[part, *context, self])

    def settle_product(self, part: Any, *context: Any) -> Any:
        return arrays.settle_product(*[part, *context, self])


def _scalar(x: Any) -> Any:
    return x[()] if x.__class__ is ndarray else x


def _of_doubles(base: Callable[..., Any], *operands: Any, **attributes: Any) -> Any:
    """A function of doubles."""
    return widened(base(*map(narrowed, operands), **attributes))


def _step(function: Callable[[Any], Any], x: Any) -> Any:
    return np.where(np.abs(x) < 2.0**52, function(narrowed(x)), x)


def _where(c: Any, x: Any, y: Any) -> Any:
    return np.where(np.not_equal(c, 0), x, y)


def _patched(name: str, instead: Callable[..., Any]) -> Callable[..., Any]:
    """A function of doubles, and another where it vanishes or overflows."""

    def apply(x: Any) -> Any:
        found = _of_doubles(getattr(arrays, name), x)
        size = np.abs(found)
        good = ((size >= TINY) & (size < np.inf)) | np.isnan(found) | np.equal(x, 0)
        return found if np.all(good) else np.where(good, found, instead(x))

    return apply


def _far_erfc(x: Any) -> Any:
    return np.where(np.greater(x, 0), np.exp(-np.square(x)) * WIDE.erfcx(x), 1.0)


def _far_gamma(x: Any) -> Any:
    whole = np.floor(x)
    return np.exp(WIDE.lgamma(x)) * np.where((x > 0) | (2 * np.floor(0.5 * whole) == whole), 1.0, -1.0)


# Up to this power products are as exact as need be, and take a tenth of the time.
FEW_FACTORS = 64


def _power(x: Any, y: Any) -> Any:
    """A power: of few factors by products."""
    square = widened(x)
    if np.ndim(y) or not (2 <= y <= FEW_FACTORS and y == int(y)):
        return np.power(square, y)
    left, found = int(y), None
    while True:
        if left % 2:
            found = square if found is None else found * square
        left //= 2
        if not left:
            return found
        square = square * square


# As others than those of the algebra of arrays.
ELEMENTWISE: dict[str, Callable[..., Any]] = {
    **{name: getattr(np, name) for name in ("sin", "cos", "tan")},
    # steps where doubles have them: a third of 3 is 1
    **{name: partial(_step, getattr(np, name)) for name in ("floor", "ceil")},
    "round": partial(_step, np.rint),
    "pow": _power,
    "where": _where, "mask": lambda c, x: _where(c, x, 0.0),
    "xlogy": lambda x, y: np.where(np.equal(x, 0) & np.equal(y, y), 0.0, x * np.log(y)),
    "norm_pdf": lambda x: np.exp(-0.5 * np.square(x)) / np.sqrt(2 * longdouble(np.pi)),
    "erfc": _patched("erfc", _far_erfc),
    "erfcx": _patched("erfcx", lambda x: np.where(x < 0, 2 * np.exp(np.square(x)), 0.0)),
    "gamma": _patched("gamma", _far_gamma),
    "ndtr": _patched("ndtr", lambda x: 0.5 * _far_erfc(-x / np.sqrt(longdouble(2)))),
    "logit": lambda x: np.log(x / (1 - x)),
}  # fmt: skip

# Of which the definition is not what doubles have.
KEPT = {"root", "log_base", "sinc", "polysinc", "polyerfcx", "digammadiff", "erfinv", "log_ndtr"}


WHOLE: dict[str, Callable[..., Any]] = {
    **{name: partial(_of_doubles, getattr(arrays, name)) for name in ("svdvals", "cond", "expm")},
    "array": lambda *xs: np.array(xs, longdouble),
    "zeros": lambda shape: tensors.plain(np.zeros(shape, longdouble)),
    "matmul": lambda x, y: tensors.plain(np.matmul(x, y)),
}

WIDE = Wide()


# Which have the digits of doubles: what is patched, and what takes matrices apart.
SHORT = {"erfc", "erfcx", "gamma", "ndtr", "norm_pdf", "svdvals", "cond", "expm", "det", "cofactor"}
SHORT |= {"cofactor_along", "logdet", "inv", "solve", "cholesky", "eigvalsh", "eigenvectors"}
SHORT |= {"eigenvectors_along"}


def keeps_digits(op: Op) -> bool:
    """Whether an operation has all digits of wide numbers."""
    name = op.name
    if not IS_WIDER or name in SHORT:
        return False
    known = op.partials is None or name in ELEMENTWISE or name in ANY_LENGTH
    return known or isinstance(VECTORS.get(name, getattr(np, name, None)), np.ufunc)
