"""An array, element by element, while it is assigned to."""

from __future__ import annotations

from math import prod

from cgcli.annotations import Any, Callable
from cgcli.later import np
from cgcli.ops import OPS

INDEX, ARRAY, RESHAPE, SCATTER, WHERE, BROADCAST = (
    OPS[name] for name in ("index", "array", "reshape", "scatter", "where", "broadcast")
)

# A part of more elements that is set at once is one array, if the whole is not so many times as large.
PART, TIMES = 32, 8

# Arrays of more elements are made of others with a part of them changed, where that is less.
MANY = 256

# Appends an operation to a graph: with its operands and attributes; its node.
Apply = Callable[[Any, list[Any], dict[str, Any]], int]

# Appends a number.
Constant = Callable[[float], int]


class Cells:
    """An array by its elements, which have places from 0 on as if it were flat.

    base    the node of an array, that those elements are of that have not been `changed`; some of the others
            have been `taken` from it
    whole   the node of the array, or None where it has been changed since
    """

    __slots__ = ("base", "changed", "shape", "taken", "whole")

    def __init__(self, base: int, shape: tuple[int, ...], changed: dict[int, int] | None = None) -> None:
        self.base, self.shape = base, shape
        self.changed: dict[int, int] = changed or {}
        self.taken: dict[int, int] = {}
        self.whole: int | None = None

    def copy(self) -> Cells:
        return Cells(self.base, self.shape, dict(self.changed))

    def flat(self, place: tuple[int, ...]) -> int:
        found = 0
        for size, one in zip(self.shape, place):
            found = found * size + one % size
        return found

    def node(self, place: tuple[int, ...], apply: Apply) -> int:
        """The node of an element."""
        return self._at(self.flat(place), apply)

    def part(self, at: tuple[Any, ...], given: list[Any], apply: Apply) -> int | None:
        """The node of a small part of what has been changed; None for another. Numbers and arrays are `given`
        for the subscripts that `at` leaves open."""
        operands = iter(given)
        at = tuple(next(operands) if one is None else one for one in at)
        if self.whole is not None or len(at) > len(self.shape):
            return None
        for one, size in zip(at, self.shape):
            is_whole = one.__class__ is int or (one.__class__ is float and one.is_integer())
            if one.__class__ is not tuple and not (is_whole and -size <= one < size):
                return None
        at = tuple(one if one.__class__ is tuple else int(one) for one in at)
        taken = tuple(slice(*one) if one.__class__ is tuple else one for one in at)
        places = np.arange(prod(self.shape)).reshape(self.shape)[taken]
        if TIMES * places.size > prod(self.shape):
            return None
        wanted = places.ravel().tolist()
        if self.changed.keys().isdisjoint(wanted):
            return apply(INDEX, [self.base], {"at": at})
        found = apply(ARRAY, [self._at(place, apply) for place in wanted], {})
        return found if places.ndim == 1 else apply(RESHAPE, [found], {"shape": places.shape})

    def put(self, place: tuple[int, ...], node: int) -> None:
        """Give an element another node."""
        self.changed[self.flat(place)] = node
        self.whole = None

    def known(self, place: int) -> int | None:
        """The node of an element that has one."""
        return self.changed.get(place, self.taken.get(place))

    def subscripts(self, place: int) -> tuple[int, ...]:
        """Those of an element."""
        at = []
        for size in reversed(self.shape):
            place, one = divmod(place, size)
            at.append(one)
        return tuple(reversed(at))

    def _at(self, place: int, apply: Apply) -> int:
        node = self.known(place)
        if node is None:
            node = self.taken[place] = apply(INDEX, [self.base], {"at": self.subscripts(place)})
        return node

    def made(self, apply: Apply, constant: Constant) -> int:
        """The node of the array."""
        if self.whole is None:
            count = prod(self.shape)
            if count > MANY and 2 * len(self.changed) < count:
                self.whole = self.base = self._changed(count, apply, constant)
                self.changed, self.taken = {}, {}
                return self.whole
            self.whole = apply(ARRAY, [self._at(place, apply) for place in range(count)], {})
            if len(self.shape) > 1:
                self.whole = apply(RESHAPE, [self.whole], {"shape": self.shape})
        return self.whole

    def _changed(self, count: int, apply: Apply, constant: Constant) -> int:
        """The node of the base with other elements in some places, of which it takes some nodes each."""
        if not self.changed:
            return self.base
        flat, at = len(self.shape) == 1, {"at": (None,), "shape": (count,)}
        base = self.base if flat else apply(RESHAPE, [self.base], {"shape": (count,)})
        one = constant(1.0)
        places = apply(ARRAY, [constant(float(place)) for place in self.changed], {})
        values = apply(SCATTER, [apply(ARRAY, list(self.changed.values()), {}), places], at)
        is_changed = apply(SCATTER, [apply(ARRAY, [one] * len(self.changed), {}), places], at)
        found = apply(WHERE, [is_changed, values, base], {})
        return found if flat else apply(RESHAPE, [found], {"shape": self.shape})

    def fill(self, at: tuple[Any, ...], value: int, shape: Any, apply: Apply, constant: Constant) -> None:
        """Give a part the elements of another array, or a number, of this shape. Raises `OperationError`
        where that does not stretch to it."""
        from cgcli.control.values import require_fit

        taken = tuple(slice(*one) if one.__class__ is tuple else one for one in at)
        places = np.arange(prod(self.shape)).reshape(self.shape)[taken]
        require_fit(shape, places.shape)
        has_lists = any(isinstance(one, np.ndarray) for one in at)
        if places.size > PART and TIMES * places.size > prod(self.shape) and not has_lists:
            self._fill_whole(at, value, places.shape, apply, constant)
            return
        sources = np.broadcast_to(np.arange(prod(shape)).reshape(shape), places.shape)
        parts = Cells(value, shape) if shape else None
        for place, source in zip(places.flat, sources.flat):
            self.changed[int(place)] = parts._at(int(source), apply) if parts else value
        self.whole = None

    def _fill_whole(
        self, at: tuple[Any, ...], value: int, shape: Any, apply: Apply, constant: Constant
    ) -> None:
        """The same by operations on arrays of the size of all."""
        there, attributes = self.made(apply, constant), {"at": at, "shape": self.shape}
        moved = apply(SCATTER, [apply(BROADCAST, [value], {"shape": shape})], attributes)
        is_moved = apply(SCATTER, [apply(BROADCAST, [constant(1.0)], {"shape": shape})], attributes)
        self.whole = self.base = apply(WHERE, [is_moved, moved, there], {})
        self.changed, self.taken = {}, {}
