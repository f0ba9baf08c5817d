"""Exact rational numbers: fractions, beside the floats inf and nan."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from cgcli.algebras.base import Base
from cgcli.errors import OperationError


class Rational(Fraction):
    """A fraction that stays one beside plain numbers."""


def finite(*xs: Any) -> bool:
    return all(isinstance(x, Fraction) or math.isfinite(x) for x in xs)


def _method(name: str) -> Callable[..., Any]:
    exact, plain = getattr(Fraction, name), getattr(float, name)

    def method(self: Rational, *others: Any) -> Any:
        if not all(isinstance(other, (int, float, Fraction)) for other in others):
            return NotImplemented
        if not finite(*others):
            return plain(float(self), *map(float, others))
        return Rational(exact(self, *map(Fraction, others)))

    return method


for _name in ("add", "radd", "sub", "rsub", "mul", "rmul", "neg", "abs"):
    setattr(Rational, f"__{_name}__", _method(f"__{_name}__"))


def rational(value: Any) -> Any:
    return Rational(value) if finite(value) else value


def div(x: Any, y: Any) -> Any:
    if y == 0:
        return x * math.inf if x != 0 else math.nan
    return rational(Fraction(x) / Fraction(y) if finite(x, y) else float(x) / float(y))


def power(x: Any, y: Any) -> Any:
    if y != math.floor(y):
        raise OperationError("exact rationals have whole powers alone")
    return rational(Fraction(x) ** int(y)) if x != 0 or y >= 0 else math.inf


def truth(relation: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *operands: Rational(bool(relation(*operands)))


def whole(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *operands: Rational(function(*map(Fraction, operands)))


class Rationals(Base):
    title = "exact rationals"
    number = staticmethod(rational)
    forms = {  # noqa: RUF012
        **{name: getattr(operator, name) for name in ("add", "sub", "mul", "neg", "abs")},
        **{name: truth(getattr(operator, name)) for name in ("lt", "le", "gt", "ge", "eq", "ne", "not_")},
        "and_": truth(lambda x, y: x and y), "or_": truth(lambda x, y: x or y),
        "div": div, "pow": power, "square": lambda x: x * x,
        "floordiv": whole(operator.floordiv), "mod": whole(operator.mod),
        "floor": whole(math.floor), "ceil": whole(math.ceil), "trunc": whole(math.trunc),
        "round": whole(round),
        "where": lambda c, x, y: rational(x if c else y),
        "min": lambda *xs: rational(min(xs)), "max": lambda *xs: rational(max(xs)),
        "clip": lambda x, low, high: rational(min(max(x, low), high)), "relu": lambda x: max(x, Rational(0)),
        "sign": lambda x: Rational((x > 0) - (x < 0)),
        "copysign": lambda x, y: abs(x) if y >= 0 else -abs(x),
        "heaviside": lambda x, h: h if x == 0 else Rational(x > 0),
    }  # fmt: skip


RATIONALS = Rationals()
