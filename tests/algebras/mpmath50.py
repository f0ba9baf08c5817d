"""Numbers of 50 digits, by mpmath.

What an operation means comes from the references of `tests.operations`, but for those that cg defines by
others.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from mpmath import mp, mpf

from cgcli.algebras.base import Base
from cgcli.ops import OPS
from tests.operations import TABLE

DIGITS = 50


def real(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of real numbers that is nan where it has no real value."""

    def form(*operands: Any) -> Any:
        try:
            found = mp.convert(function(*map(mpf, operands)))
        except (ArithmeticError, ValueError):
            return mp.nan
        return found if isinstance(found, mpf) else mp.nan

    return form


def defined(name: str) -> bool:
    """Whether cg defines an operation by others, and not for some orders alone, as doubles have them."""
    return bool(OPS[name].definition) and isinstance(OPS[name].definition, str)


class Mpmath50(Base):
    title = "numbers of 50 digits"
    forms = {  # noqa: RUF012
        **{name: real(row.value) for name, row in TABLE.items() if not defined(name)},
        "pi": lambda: +mp.pi, "e": lambda: +mp.e, "tau": lambda: 2 * mp.pi,
    }  # fmt: skip

    def number(self, value: Any) -> Any:
        return mpf(value.numerator) / value.denominator if hasattr(value, "numerator") else mpf(value)

    def quiet(self) -> AbstractContextManager[Any]:
        return mp.workdps(DIGITS)  # type: ignore[no-any-return]


MPMATH50 = Mpmath50()
