"""What algebras have in common, and where each kind of number is.

A new kind of number is a class on `Base`, whose methods and `forms` are its operations, and a line in
`KINDS`.
"""

from __future__ import annotations

from importlib import import_module
from math import inf

from cgcli.algebras.definitions import function
from cgcli.annotations import Any, Callable, Mapping, Sequence
from cgcli.errors import OperationError
from cgcli.ops import ALGEBRA_OPS, Op
from cgcli.ops.constants import Written
from cgcli.shapes import Shape

TYPE_CHECKING = False
if TYPE_CHECKING:
    from fractions import Fraction

# The algebras that programs are evaluated over, by name: a module, or `module:name` of what is in one.
KINDS = {"floats": "cgcli.algebras.numbers.floats", "arrays": "cgcli.algebras.arrays"}
_imported: dict[str, Any] = {}


def kind(name: str) -> Any:
    """The algebra of a kind of number, which is imported when it is first asked for."""
    if name not in _imported:
        module, _, attribute = KINDS[name].partition(":")
        found = import_module(module)
        _imported[name] = getattr(found, attribute) if attribute else found
    return _imported[name]


# All sizes of numbers, but not nan.
EVERY = 0.0, inf


class Base:
    """What passes and rules take an algebra for, and what it does for numbers: there is nothing to prepare or
    to silence, values have no axes, and an exact 0 wins as it does for numbers.

    Besides, it has each operation by its name in `ops.OPS`, called with its operands and its attributes.
    Operands fit: whoever calls it has inferred the shapes (`passes.shapes`), and elementwise operations
    broadcast (`shapes.broadcast`). What is outside of a domain or a range comes out as nan or inf.
    `OperationError` is raised for what only values show, such as a subscript outside or a singular matrix;
    over symbols, for a shape that is not known. Values have `+`, `-` and `*`, with each other and with
    plain numbers.

    for_reading whether what comes out is a formula for people, and not for values
    careful     whether a product of the chain rule is more than a product, in which an exact 0 wins
    even_from   the size from which on whole numbers are even
    mutable     the class of values that may be added to in place, or None
    moderate    between which sizes products of floats need not be settled
    title       what the values are called in errors
    forms       functions of values by the names of operations, beside those that are methods; and of
                nothing by the names of constants
    """

    title = "these numbers"
    forms: Mapping[str, Callable[..., Any]] = {}  # noqa: RUF012
    for_reading = False
    careful = True
    even_from = inf
    moderate = EVERY
    mutable: Any = None

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name not in ALGEBRA_OPS:
            raise AttributeError(name)
        operation = self.operation(ALGEBRA_OPS[name])
        setattr(self, name, operation)
        return operation

    def operation(self, op: Op) -> Callable[..., Any]:
        """What an operation does that is no method: by its form, or else its definition. Where there is
        neither, it raises `OperationError` when it is called."""
        if op.name not in self.forms and op.definition:
            return function(op.name, self)
        return self.forms.get(op.name) or (lambda *operands, **attributes: self._missing(op))

    def _missing(self, op: Op) -> Any:
        raise OperationError(f"{self.title} have no `{op.title}`")

    def room(self, count: int) -> Any:
        """A list, or what is like one, for the values of so many nodes."""
        return [None] * count

    def constant(self, value: float) -> Any:
        """The value of a number of the program: by `number`, and a constant of the language by the form of
        its name."""
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
        """() for a number; of a batch that of each in it. Over symbols its sizes may be named."""
        return ()

    def alike(self, value: Any, other: Any) -> bool:
        """Whether two values that are no numbers are computed in the same way, as far as a short look tells.
        Asked only of values `for_reading`."""
        return False

    # The chain rule

    def mask(self, condition: Any, value: Any) -> Any:
        return self.where(condition, value, self.constant(0.0))

    def guard(self, condition: Any, limit: Any, value: Any, assuming: str = "") -> Any:
        """A value, and its limit where a condition holds: `assuming` that it does not, text has the value
        alone; where there is nothing to assume, the limit is the same everywhere, and text has that."""
        return self.where(condition, limit, value)

    def nan_with(self, result: Any, share: Any) -> Any:
        """A share of operands, of those that equal a result: nan where that is. Numbers have that as it is,
        from 0/0, as nothing equals nan."""
        return share

    def chain(self, factor: Any, partial: Any) -> Any:
        """A product of the chain rule, elementwise: an exact 0 wins over inf and nan. It has the shape that
        both broadcast to."""
        return self.settle(factor * partial, factor, partial, None, -1, None)

    def settle(
        self, product: Any, factor: Any, partial: Any, like: Any, node: int, zeroed: list[int] | None
    ) -> Any:
        """`product`, which is `factor * partial`, or `factor` itself where the partial is 1, as the
        derivative of `like`, or of a value of its shape: an exact 0 has won, it is summed over the axes
        along which `like` was stretched, and stretched along those that `like` has and it has not.

        `node` is added to `zeroed` where a 0 won."""
        if (factor != 0 and partial != 0) or product == 0:
            return product
        if zeroed is not None:
            zeroed.append(node)
        return self.constant(0.0)

    def settle_whole(self, part: Any, whole: Any, place: int, adjoint: Any) -> Any:
        """What an operation on whole arrays hands back to the operand at a place, in that operand's shape,
        or None: in a product of arrays, an exact 0 wins over inf and nan."""
        return part

    def settle_product(self, part: Any, factors: Sequence[Any], whole: Any) -> Any:
        """`part`, which is the product of arrays of which one is a tangent: an exact 0 has won."""
        return part

    # Evaluation

    def begin(self, ops: Any) -> None:
        """To be called before a program with these operations runs."""

    def quiet(self) -> Quiet:
        """A context in which nothing warns of results that are not finite."""
        return QUIET

    def finite(self, value: Any) -> bool:
        """Whether all elements are."""
        return bool(value - value == 0)

    def largest(self, value: Any) -> float:
        """The largest absolute value of its elements; 0 without any, nan where one is."""
        return float(abs(value))

    def holds(self, value: Any) -> bool:
        """Whether no element is 0 or nan, as an assertion sees it."""
        return bool(value != 0 and value == value)


class Over:
    """An algebra that is another one, but for what it says itself."""

    def __init__(self, base: Any) -> None:
        self.base = base

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.base, name)
        setattr(self, name, found)
        return found


class Quiet:
    """A context in which nothing has to be silenced."""

    def __enter__(self) -> None: ...

    def __exit__(self, *exception: object) -> None: ...


QUIET = Quiet()


def _operator(name: str) -> Callable[[Any, Any], Any]:
    return lambda value, other: value.algebra.apply(name, value, other)


def _reflected(name: str) -> Callable[[Any, Any], Any]:
    return lambda value, other: value.algebra.apply(name, other, value)


class Operators:
    """`+`, `-` and `*` as operations of the value's own algebra, on either side of a plain value.

    The algebra has `apply(name, *operands)`."""

    __slots__ = ("algebra",)

    algebra: Any

    __add__, __radd__ = _operator("add"), _reflected("add")
    __sub__, __rsub__ = _operator("sub"), _reflected("sub")
    __mul__, __rmul__ = _operator("mul"), _reflected("mul")

    def __neg__(self) -> Any:
        return self.algebra.apply("neg", self)

    # NumPy leaves arithmetic of an array with such a value to the value.
    __array_ufunc__ = None
