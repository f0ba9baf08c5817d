"""Operations on arrays over the longest numbers that the machine has: what rounding has made of the results
of doubles is the difference. Sums and products of elements are NumPy's own; of linear algebra, for which
NumPy has doubles alone, this is the plain way, without its speed."""

from __future__ import annotations

from math import fsum

import numpy as np

from cgcli.annotations import Any, Callable, Mapping

# Sums and products that are done over for this.
MOST = 10**7

# Sums of so many are exact.
EXACTLY = 10**4

# Of a matrix whose norm is at most a half, as many terms of exp leave nothing of 64 bits.
TERMS = 18


def longer(name: str, operands: list[Any], attributes: Mapping[str, Any]) -> Any:
    """The result of an operation on operands; None where there is none that is more exact, or it takes too
    long."""
    if np.finfo(np.longdouble).nmant < 60:
        return None
    first = np.shape(operands[0])
    if name in LINEAR_ALGEBRA:
        if len(first) != 2 or max(first) ** 3 * 8 > MOST:
            return None
        return LINEAR_ALGEBRA[name](*(np.asarray(x, np.longdouble) for x in operands))
    size = np.size(operands[0])
    if (
        name == "sum"
        and size <= EXACTLY
        and attributes.get("axis") is None
        and np.isfinite(operands[0]).all()
    ):
        return np.longdouble(fsum(np.ravel(operands[0])))
    if len(operands) > 1 and name != "outer":
        size *= (np.shape(operands[1]) or (1,))[-1] if np.ndim(operands[1]) > 1 else 1
    if size > MOST or (name not in SUMS and name not in OTHERS):
        return None
    more = [np.asarray(operand, np.longdouble) for operand in operands]
    return (OTHERS.get(name) or getattr(np, name))(*more, **attributes)


# NumPy has these by the same names.
SUMS = {
    "sum",
    "cumsum",
    "prod",
    "cumprod",
    "mean",
    "var",
    "std",
    "trace",
    "matmul",
    "dot",
    "outer",
    "cross",
    "median",
}


def _logsumexp(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    top = np.max(x)
    return top + np.log(np.sum(np.exp(x - top), axis=axis, keepdims=keepdims))


def _norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    if ord is not None:
        return np.linalg.norm(x, ord, axis, keepdims)
    return np.sqrt(np.sum(np.square(x), axis=axis, keepdims=keepdims))


def _cov(x: Any, **attributes: Any) -> Any:
    return np.cov(x, dtype=np.longdouble, **attributes)


OTHERS: dict[str, Callable[..., Any]] = {
    "logsumexp": _logsumexp, "norm": _norm, "cov": _cov,
    "linspace": lambda x, y, num=50: np.linspace(x, y, num, dtype=np.longdouble),
}  # fmt: skip


def _factored(x: Any) -> tuple[Any, float]:
    """An upper triangular matrix, and the sign of the exchanges of rows."""
    x, sign = x.copy(), 1.0
    for place in range(len(x)):
        sizes = np.abs(x[place:, place]).tolist()
        pivot = place + sizes.index(max(sizes))
        if pivot != place:
            x[[place, pivot]], sign = x[[pivot, place]], -sign
        if x[place, place] != 0:
            x[place + 1 :] -= np.outer(x[place + 1 :, place] / x[place, place], x[place])
    return x, sign


def _det(x: Any) -> Any:
    upper, sign = _factored(x)
    return sign * np.prod(np.diagonal(upper))


def _logdet(x: Any) -> Any:
    upper, _ = _factored(x)
    return np.sum(np.log(np.abs(np.diagonal(upper))))


def _expm(x: Any) -> Any:
    """By its series, of a part of the matrix less its mean eigenvalue, and squares of that."""
    unit = np.eye(len(x), dtype=np.longdouble)
    if not len(x):
        return unit
    shift = np.trace(x) / len(x)
    x = x - shift * unit
    squares = max(0, 1 + int(np.frexp(np.max(np.sum(np.abs(x), axis=0)))[1]))
    part, term, found = x / 2.0**squares, unit, unit
    for place in range(1, TERMS + 1):
        term = term @ part / place
        found = found + term
    for _ in range(squares):
        found = found @ found
    return found * np.exp(shift)


LINEAR_ALGEBRA: dict[str, Callable[..., Any]] = {
    "det": _det, "logdet": _logdet, "expm": _expm,
}  # fmt: skip
