"""Operations of programs that run, beside those of `ops`: what lists and records are made of and taken
apart with, and operations whose attributes are computed.

They stand in the graphs of blocks. No algebra has them: whoever runs a block does what they say (`control.
machine`), and of what was recorded nothing but operations of `ops` is left.
"""

from __future__ import annotations

from cgcli.annotations import Any, Iterable
from cgcli.graph import from_inside
from cgcli.ops import Op


class Structure(Op):
    """An operation of no algebra, whose result has no shape that is known before."""

    attributes: tuple[Any, ...] = ()

    def shape(self, *operands: Any, **attributes: Any) -> None:
        return None

    def __reduce__(self) -> Any:
        return structure_named, (self.name,)


def structure_named(name: str) -> Structure:
    """The operation of this name."""
    return STRUCTURES[name]


def _structure(name: str, arity: int | None, summary: str) -> Structure:
    return Structure(name, arity, summary, "", None, function=False)


STRUCTURES = {
    op.name: op
    for op in (
        _structure("list", None, "a list of its operands"),
        _structure("append", 2, "a list with one more item"),
        _structure("record", None, "a record; its attribute `names` has those of its fields"),
        _structure("field", 1, "the field `name` of a record"),
        _structure("has", 1, "1 where a record has the field `name`, else 0"),
        _structure("len", 1, "how many items, elements or rows there are"),
        # of `at`, `bounds` says by the place of a slice which of its three parts are operands
        _structure("part", None, "a slice whose bounds are computed: the array or list, subscripts, bounds"),
        # `op`, `attributes`, and `names` of those that the last operands are
        _structure("late", None, "an operation with computed attributes"),
        _structure("range", None, "the numbers of a range: first, last and step, `closed` or not"),
        _structure("gather", 1, "what a comprehension made: an array where the items are one, else a list"),
    )
}
LIST, APPEND, RECORD, FIELD, HAS, LEN, PART, LATE, RANGE, GATHER = STRUCTURES.values()


def without_slots(level: tuple[Any, ...]) -> tuple[list[str], tuple[Any, ...], tuple[Any, ...]]:
    """A level of a path (`Store.path`) as an index has it: the slots of its operands, `at`, and `bounds`."""
    slots: list[str] = []
    at: list[Any] = []
    bounds: list[tuple[bool, ...]] = []
    for part in level:
        if isinstance(part, tuple):
            computed = tuple(isinstance(bound, str) for bound in part)
            slots += [bound for bound in part if isinstance(bound, str)]
            at.append(tuple(None if isinstance(bound, str) else bound for bound in part))
            bounds.append(computed if any(computed) else ())
        else:
            if isinstance(part, str):
                slots.append(part)
            at.append(None if isinstance(part, str) else part)
            bounds.append(())
    return slots, tuple(at), tuple(bounds)


class List:
    """A list as a value. Lists made by `append` share a buffer, of which each sees its first items.

    own     places of items that nothing else holds, so that what is in them may be changed in place
    """

    __slots__ = ("buffer", "count", "own")

    def __init__(self, items: list[Any]) -> None:
        self.buffer, self.count = items, len(items)
        self.own: set[int] = set()

    @property
    def items(self) -> list[Any]:
        return self.buffer if self.count == len(self.buffer) else self.buffer[: self.count]

    def appended(self, item: Any) -> List:
        """With one more item, at the cost of that, unless another list was made so before."""
        found = List.__new__(List)
        found.buffer = self.buffer if self.count == len(self.buffer) else self.buffer[: self.count]
        found.buffer.append(item)
        found.count, found.own = len(found.buffer), set()
        return found

    def copy(self) -> List:
        """Another one that may be changed; what the items hold is no longer of one alone."""
        self.own.clear()
        return List(self.buffer[: self.count])


class Record:
    """A record as a value: its fields by name. `own` as that of a list."""

    __slots__ = ("fields", "own")

    def __init__(self, fields: dict[str, Any]) -> None:
        self.fields = fields
        self.own: set[str] = set()

    def copy(self) -> Record:
        self.own.clear()
        return Record(dict(self.fields))


# An array has no more axes: lists that are one inside the other more deeply stay lists.
MOST_AXES = 64

# What holds values by place or by name.
HOLDERS = (List, Record)


def parts_of(holder: Any) -> list[Any]:
    """What a list or a record holds."""
    return holder.items if holder.__class__ is List else list(holder.fields.values())


def holders_in(holder: Any) -> list[Any]:
    """The lists and records among these."""
    return [part for part in parts_of(holder) if part.__class__ in HOLDERS]


def structure(value: Any, constant: Any) -> Any:
    """Dicts and lists of numbers as records and lists of handles."""

    def parts(one: Any) -> Iterable[Any]:
        return one.values() if isinstance(one, dict) else one

    def inside(one: Any) -> list[Any]:
        return [part for part in parts(one) if isinstance(part, (dict, list))]

    def make(one: Any, made: Any) -> Any:
        found = [made[id(part)] if isinstance(part, (dict, list)) else constant(part) for part in parts(one)]
        return Record(dict(zip(one, found))) if isinstance(one, dict) else List(found)

    return from_inside(value, inside, make)
