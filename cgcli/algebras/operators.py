"""The arithmetic of values that know their algebra."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Operators:
    """`+`, `-` and `*` as operations of the value's own algebra, on either side of a plain value.

    The algebra has `apply(name, *operands)`."""

    __slots__ = ("algebra",)

    algebra: Any

    def __add__(self, other: Any) -> Any:
        return self.algebra.apply("add", self, other)

    def __radd__(self, other: Any) -> Any:
        return self.algebra.apply("add", other, self)

    def __sub__(self, other: Any) -> Any:
        return self.algebra.apply("sub", self, other)

    def __rsub__(self, other: Any) -> Any:
        return self.algebra.apply("sub", other, self)

    def __mul__(self, other: Any) -> Any:
        return self.algebra.apply("mul", self, other)

    def __rmul__(self, other: Any) -> Any:
        return self.algebra.apply("mul", other, self)

    def __neg__(self) -> Any:
        return self.algebra.apply("neg", self)

    # NumPy leaves arithmetic of an array with such a value to the value.
    __array_ufunc__ = None
