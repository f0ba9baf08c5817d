"""The algebra of exact fractions, for derivatives of rational functions whose terms leave the range of
doubles: where these cancel, what is left is right to the last digit.

There is no infinity and no nan, and of powers whole exponents alone: what has no such value raises
`OperationError`, or what Python raises (`FAILURES`).
"""

from __future__ import annotations

import math
import operator
from fractions import Fraction

from cgcli.algebras.base import Base
from cgcli.annotations import Any, Callable
from cgcli.errors import OperationError

FAILURES = (OperationError, ArithmeticError, ValueError)

# Larger exponents, and results of more digits, are not for exact numbers.
HIGHEST, LONGEST = 64, 100_000


class Exact(Fraction):
    """A fraction that stays one beside plain numbers."""


def _method(name: str) -> Callable[..., Any]:
    plain = getattr(Fraction, name)

    def method(self: Exact, *others: Any) -> Any:
        if not all(isinstance(other, (int, float, Fraction)) for other in others):
            return NotImplemented
        found = Exact(plain(self, *map(Fraction, others)))
        if found.denominator.bit_length() + found.numerator.bit_length() > LONGEST:
            raise OperationError("this number has too many digits", kind="limit")
        return found

    return method


for _name in ("add", "radd", "sub", "rsub", "mul", "rmul", "truediv", "rtruediv", "neg", "abs"):
    setattr(Exact, f"__{_name}__", _method(f"__{_name}__"))


def _power(x: Any, y: Any) -> Any:
    if y != int(y) or abs(y) > HIGHEST:
        raise OperationError("exact fractions have small whole powers alone")
    return Exact(Fraction(x) ** int(y))


def _truth(relation: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *operands: Exact(bool(relation(*operands)))


class Fractions(Base):
    title = "exact fractions"
    forms = {  # noqa: RUF012
        **{name: getattr(operator, name) for name in ("add", "sub", "mul", "neg", "abs")},
        **{name: _truth(getattr(operator, name)) for name in ("lt", "le", "gt", "ge", "eq", "ne", "not_")},
        "and_": _truth(lambda x, y: x and y), "or_": _truth(lambda x, y: x or y),
        "div": lambda x, y: Exact(x) / Exact(y), "pow": _power, "square": lambda x: x * x,
        "where": lambda c, x, y: x if c else y, "sign": lambda x: Exact((x > 0) - (x < 0)),
        "copysign": lambda x, y: abs(x) if y >= 0 else -abs(x),
        "min": lambda *xs: min(xs), "max": lambda *xs: max(xs),
    }  # fmt: skip

    known = {*forms, "chain", "mask", "guard"}  # noqa: RUF012

    def number(self, value: Any) -> Any:
        return Exact(float(value))

    constant = number


EXACT = Fractions()


def rounded(x: Any) -> float:
    """The nearest double."""
    try:
        return float(x)
    except OverflowError:
        return math.inf if x > 0 else -math.inf
