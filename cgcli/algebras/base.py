"""What algebras have in common, and where each kind of number is.

A new kind of number is a class on `Base`, whose methods and `forms` are its operations, and a line in
`KINDS`.
"""

from __future__ import annotations

from functools import cache, partial
from importlib import import_module

from cgcli.algebras.definitions import function
from cgcli.errors import OperationError
from cgcli.ops import OPS
from cgcli.ops.constants import Written

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from fractions import Fraction
    from typing import Any

    from cgcli.ops import Op
    from cgcli.shapes import Shape

# The algebras that programs are evaluated over, by name: a module, or `module:name` of what is in one.
KINDS = {"floats": "cgcli.algebras.numbers.floats", "arrays": "cgcli.algebras.arrays"}


@cache
def kind(name: str) -> Any:
    """The algebra of a kind of number, which is imported when it is first asked for."""
    module, _, attribute = KINDS[name].partition(":")
    found = import_module(module)
    return getattr(found, attribute) if attribute else found


class Base:
    """An algebra of numbers. What `algebras.algebra` says of each method holds here; there is nothing to
    prepare or to silence, values have no axes, and the passes' rule that an exact 0 wins is the one for
    numbers.

    title       what the values are called in errors
    forms       functions of values by the names of operations, beside those that are methods; and of
                nothing by the names of constants
    """

    title = "these numbers"
    forms: Mapping[str, Callable[..., Any]] = {}
    for_reading = False

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name not in OPS:
            raise AttributeError(name)
        operation = self.operation(OPS[name])
        setattr(self, name, operation)
        return operation

    def operation(self, op: Op) -> Callable[..., Any]:
        """What an operation does that is no method: by its form, or else its definition. Where there is
        neither, it raises `OperationError` when it is called."""
        if op.name not in self.forms and op.definition:
            return function(op.name, self)
        return self.forms.get(op.name) or partial(self._missing, op)

    def _missing(self, op: Op, *operands: Any, **attributes: Any) -> Any:
        raise OperationError(f"{self.title} have no `{op.title}`")

    def room(self, count: int) -> Any:
        return [None] * count

    def constant(self, value: float) -> Any:
        """By `number`, and a constant of the language by the form of its name."""
        if value.__class__ is not Written:
            return self.number(value)
        if value.name:
            if value.name not in self.forms:
                raise OperationError(f"{self.title} have no `{value.name}`")
            return self.forms[value.name]()
        if value.exact is None:
            raise OperationError(f"`{value.text}` has too many digits", kind="limit")
        return self.number(value.exact)

    def number(self, value: float | Fraction) -> Any:
        """The value of a number: the fraction that was written, or what a float is, which may be inf or
        nan."""
        return value

    def shape(self, value: Any) -> Shape:
        return ()

    # The chain rule

    def mask(self, condition: Any, value: Any) -> Any:
        return self.where(condition, value, self.constant(0.0))

    def guard(self, condition: Any, limit: Any, value: Any, assuming: str = "") -> Any:
        return self.where(condition, limit, value)

    def chain(self, factor: Any, partial: Any) -> Any:
        return self.settle(factor * partial, factor, partial, None, -1, None)

    def settle(
        self, product: Any, factor: Any, partial: Any, like: Any, node: int, zeroed: list[int] | None
    ) -> Any:
        if (factor != 0 and partial != 0) or product == 0:
            return product
        if zeroed is not None:
            zeroed.append(node)
        return self.constant(0.0)

    def settle_whole(self, part: Any, *context: Any) -> Any:
        return part

    def settle_product(self, part: Any, *context: Any) -> Any:
        return part

    # Evaluation

    def begin(self, ops: Any) -> None: ...

    def quiet(self) -> Quiet:
        return QUIET

    def finite(self, value: Any) -> bool:
        return bool(value - value == 0)

    def largest(self, value: Any) -> float:
        return float(abs(value))

    def holds(self, value: Any) -> bool:
        return bool(value != 0 and value == value)


class Quiet:
    """A context in which nothing has to be silenced."""

    def __enter__(self) -> None: ...

    def __exit__(self, *exception: object) -> None: ...


QUIET = Quiet()
