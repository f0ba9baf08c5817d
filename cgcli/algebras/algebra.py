"""What an algebra has: a module or an object that computes with one kind of values.

For types only: it imports `typing`, which a run of cg does without.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from cgcli.ops import Op
    from cgcli.shapes import Shape


class Operations(Protocol):
    """Each operation by its name in `ops.OPS`, called with its operands and its attributes."""

    def __getattr__(self, name: str, /) -> Callable[..., Any]:
        """An operation. Operands fit: whoever calls it has inferred the shapes (`passes.shapes`), and
        elementwise operations broadcast (`shapes.broadcast`).

        What is outside of a domain or a range comes out as nan or inf. Raises `OperationError` for what
        only values show, such as a subscript outside or a singular matrix; over symbols, for a shape
        that is not known.
        """


class Algebra(Operations, Protocol):
    """What the forward pass takes."""

    def room(self, count: int, /) -> Any:
        """A list, or what is like one, for the values of so many nodes."""

    def constant(self, value: float, /) -> Any:
        """The value of a number of the program."""


class Differentiable(Operations, Protocol):
    """What the passes and the rules of derivatives take. Values have `+`, `-` and `*`, with each other
    and with plain numbers.

    for_reading     whether what comes out is a formula for people, and not for values
    """

    for_reading: bool

    def shape(self, value: Any, /) -> Shape:
        """The shape of a value, () for a number; of a batch that of each in it. Over symbols its sizes
        may be named. Raises `ShapeError` there where it is not known."""

    def chain(self, factor: Any, partial: Any, /) -> Any:
        """A product of the chain rule, elementwise: an exact 0 wins over inf and nan; over symbols, one
        that is known to be 0. It has the shape that both broadcast to."""

    def settle(
        self, product: Any, factor: Any, partial: Any, like: Any, node: int, zeroed: list[int] | None, /
    ) -> Any:
        """`product`, which is `factor * partial`, or `factor` itself where the partial is 1, as the
        derivative of `like`, or of a value of its shape: an exact 0 has won, it is summed over the axes
        along which `like` was stretched, and stretched along those that `like` has and it has not.

        `node` is added to `zeroed` where a 0 won.
        """

    def settle_whole(
        self,
        part: Any,
        op: Any,
        place: int,
        adjoint: Any,
        result: Any,
        primals: Sequence[Any],
        attributes: dict[str, Any],
        node: int,
        zeroed: list[int] | None,
        /,
    ) -> Any:
        """What an operation on whole arrays hands back to the operand at a place, in that operand's
        shape, or None: in a product of arrays, an exact 0 wins over inf and nan. `node` is added to
        `zeroed` where a 0 won. Floats, which have no such operations, have none.
        """

    def settle_product(
        self,
        part: Any,
        op: Any,
        factors: Sequence[Any],
        attributes: dict[str, Any],
        node: int,
        zeroed: list[int] | None,
        /,
    ) -> Any:
        """`part`, which is the product of arrays of which one is a tangent: an exact 0 has won. `node` is
        added to `zeroed` where it did. Floats have none.
        """


class Numbers(Algebra, Differentiable, Protocol):
    """What programs are evaluated over: floats, or arrays."""

    def begin(self, ops: Collection[Op], /) -> None:
        """To be called before a program with these operations runs. Only arrays have it."""

    def quiet(self) -> AbstractContextManager[Any]:
        """A context in which nothing warns of results that are not finite."""

    def finite(self, value: Any, /) -> bool:
        """Whether all elements are. Batches can tell too."""

    def largest(self, value: Any, /) -> float:
        """The largest absolute value of its elements; 0 without any, nan where one is."""

    def holds(self, value: Any, /) -> bool:
        """Whether no element is 0 or nan, as an assertion sees it."""
