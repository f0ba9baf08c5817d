"""Shapes: tuples of sizes, which are numbers or polynomials in names.

`input A: [m, n]` has sizes that are names. Equal names are equal sizes; two sizes that are not
the same polynomial are not known to be equal, and do not match.
"""

from __future__ import annotations

from cgcli.annotations import Any, Mapping, Sequence
from cgcli.errors import ShapeError


class Named:
    """A size that is not a number yet: a polynomial in names with whole coefficients.

    terms   coefficients by monomial; a monomial is a sorted tuple of names
    """

    __slots__ = ("terms",)

    def __init__(self, terms: dict[tuple[str, ...], int]) -> None:
        self.terms = terms

    @classmethod
    def of(cls, name: str) -> Named:
        return cls({(name,): 1})

    def __add__(self, other: Size) -> Size:
        terms = dict(self.terms)
        for monomial, coefficient in _terms(other).items():
            terms[monomial] = terms.get(monomial, 0) + coefficient
        return _size(terms)

    __radd__ = __add__

    def __mul__(self, other: Size) -> Size:
        terms: dict[tuple[str, ...], int] = {}
        for left, a in self.terms.items():
            for right, b in _terms(other).items():
                monomial = tuple(sorted(left + right))
                terms[monomial] = terms.get(monomial, 0) + a * b
        return _size(terms)

    __rmul__ = __mul__

    def __sub__(self, other: Size) -> Size:
        return self + other * -1

    def __rsub__(self, other: int) -> Size:
        return self * -1 + other

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Named) and self.terms == other.terms

    def __hash__(self) -> int:
        return hash(frozenset(self.terms.items()))

    def __str__(self) -> str:
        text = ""
        for monomial, coefficient in sorted(self.terms.items(), key=lambda term: (-len(term[0]), term[0])):
            factors = [str(abs(coefficient))] if abs(coefficient) != 1 or not monomial else []
            sign = " - " if coefficient < 0 else " + " if text else ""
            text += (sign if text else sign.strip()) + "*".join([*factors, *monomial])
        return text

    __repr__ = __str__

    def at(self, sizes: Mapping[str, Size]) -> Size:
        """The size where some names have got numbers, or other names."""
        total: Size = 0
        for monomial, coefficient in self.terms.items():
            term: Size = coefficient
            for name in monomial:
                term = term * sizes[name] if name in sizes else term * Named.of(name)
            total = total + term
        return total


Size = int | Named
Shape = tuple[Size, ...]


def _terms(size: Size) -> dict[tuple[str, ...], int]:
    return size.terms if isinstance(size, Named) else {(): size}


def _size(terms: dict[tuple[str, ...], int]) -> Size:
    left = {monomial: coefficient for monomial, coefficient in terms.items() if coefficient}
    if not left:
        return 0
    return left[()] if list(left) == [()] else Named(left)


def shape_text(shape: Shape) -> str:
    """`[2, 3]`; a number has the shape `[]`."""
    return f"[{', '.join(map(str, shape))}]"


def differing(shape: Shape, other: Shape, what: str) -> str:
    """`has the shape [2], its seed [3]`, of two shapes that should be one; `what` has the other."""
    if not shape:
        return f"is a number, {what} has the shape {shape_text(other)}"
    other_text = shape_text(other) if other else "is a number"
    return f"has the shape {shape_text(shape)}, {what} {other_text}"


def certainly_nonnegative(size: Size) -> bool:
    """Whether a size is from 0 whatever numbers its names get, which are from 0 themselves."""
    return all(coefficient >= 0 for coefficient in _terms(size).values())


def names_in(size: object) -> set[str]:
    """The names that a size is a polynomial in."""
    return {name for term in size.terms for name in term} if isinstance(size, Named) else set()


def names_among(attributes: object) -> set[str]:
    """The names of sizes that the attributes of an operation speak of: in shapes, slices, counts."""
    names: set[str] = set()
    for value in attributes.values() if isinstance(attributes, dict) else ():
        for part in value if isinstance(value, tuple) else (value,):
            for size in part if isinstance(part, tuple) else (part,):
                names |= names_in(size)
    return names


def resolved(attrs: Mapping[int, Any], sizes: Mapping[str, Size]) -> dict[int, Any]:
    """Attributes in which named sizes have got their numbers, or other names."""

    def number(value: Any) -> Any:
        return value.at(sizes) if isinstance(value, Named) else value

    def at(value: Any) -> Any:
        if isinstance(value, tuple):  # of a shape, or of subscripts, which may be slices
            return tuple(
                tuple(map(number, part)) if isinstance(part, tuple) else number(part) for part in value
            )
        return number(value)

    return {
        node: {name: at(value) for name, value in attr.items()} if isinstance(attr, dict) else attr
        for node, attr in attrs.items()
    }


def brief(number: float) -> str:
    """A whole number, in digits where there are few."""
    return f"{number:.0f}" if abs(number) < 1e16 else f"{number:.1e}"


def subscripts_of(size: int) -> str:
    """What may stand as a subscript where there are so many, for a hint."""
    return f"subscripts go from 0 to {size - 1}, and back from -1 to -{size}" if size else "it is empty"


def counted(size: Size, what: str) -> str:
    """`3 rows`, `1 row`, `n rows`."""
    return f"{size} {what}" if size == 1 else f"{size} {what}s"


def broadcast(*shapes: Shape) -> Shape:
    """The shape of an elementwise result: aligned at the last axis, and a size of 1 stretches."""
    if len(shapes) == 2 and shapes[0] == shapes[1]:
        return shapes[0]
    rank = max(map(len, shapes), default=0)
    result: list[Size] = [1] * rank
    for shape in shapes:
        for axis, size in enumerate(shape, rank - len(shape)):
            if size == 1 or size == result[axis]:
                continue
            if result[axis] != 1:
                raise ShapeError(None, f"{result[axis]} and {size} can only be combined if one is 1")
            result[axis] = size
    return tuple(result)


def broadcast_axes(have: Shape, target: Shape) -> tuple[tuple[int, ...], int]:
    """The axes of an array of the shape `have` along which one of the shape `target` was stretched, to
    be summed back over; and how many of them are in front, and fall away. Below 0 it is how many axes
    of the target the array does not have."""
    lead = len(have) - len(target)
    stretched = (lead + place for place, size in enumerate(target) if size == 1)
    return (*range(lead), *(axis for axis in stretched if axis >= 0 and have[axis] != 1)), lead


def product(shape: Sequence[Size]) -> Size:
    """The number of elements."""
    total: Size = 1
    for size in shape:
        total = total * size
    return total


def normal_axis(axis: int, rank: int, of: str = "{x}") -> int:
    """An axis counted from 0; `ShapeError` where there is none such `of` the array meant."""
    if not -rank <= axis < rank:
        what = "it is a number" if rank == 0 else f"it has {rank} ax{'es' if rank > 1 else 'is'}"
        hint = None if rank else "several numbers are one array in brackets, as in [1, 2]"
        raise ShapeError(f"there is no axis {brief(axis)} in {of}: {what}", hint)
    return axis % rank


def normal_axes(axis: int | tuple[int, ...] | None, rank: int) -> tuple[int, ...]:
    """The axes that a reduction works along, in ascending order; all for None."""
    if axis is None:
        return tuple(range(rank))
    axes = [normal_axis(one, rank) for one in (axis if isinstance(axis, tuple) else (axis,))]
    if len(set(axes)) < len(axes):
        raise ShapeError("an axis is given twice")
    return tuple(sorted(axes))


def whole(value: Any) -> Any:
    """A whole number or a named size; None for anything else."""
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    return value if isinstance(value, (int, Named)) else None
