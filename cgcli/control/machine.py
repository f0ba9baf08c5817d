"""What a program that runs computes with: a machine executes blocks, and says what its values are.

A *handle* is what a slot holds: a `List`, a `Record`, or what the machine has for a number or an array. What
is the same for all machines stands here.
"""

from __future__ import annotations

from cgcli.algebras.base import kind
from cgcli.annotations import Any
from cgcli.control.plan import INDEX
from cgcli.control.structures import MOST_AXES, List, Record
from cgcli.errors import OperationError
from cgcli.graph import Graph
from cgcli.ops import INPUT, OPS
from cgcli.shapes import Shape, subscripts_of


class Unknown(Exception):
    """What a program does next depends on a value that is not known: it is dynamic."""


class Unset(Exception):
    """A slot is read that has no value; where, [start, end)."""

    def __init__(self, slot: str, start: int = -1, end: int = -1) -> None:
        super().__init__(slot)
        self.slot, self.start, self.end = slot, start, end


class Failed(Exception):
    """An operation cannot work with its operands: the error at a node of a graph, and shapes by node."""

    def __init__(self, error: OperationError, graph: Graph, shapes: list[Any]) -> None:
        super().__init__(error.message)
        self.error, self.graph, self.shapes = error, graph, shapes


class Asserted(Exception):
    """An assertion failed (`tree.Check`)."""

    def __init__(self, part: Any) -> None:
        super().__init__()
        self.part = part


class Machine:
    """Values while a program runs. Handles that are no structures are plain: numbers and arrays.

    In what raises `OperationError`, whoever executes a block fills in the place.

    joins   whether blocks that follow one another may be one
    """

    joins = False

    def block(self, block: Any, slots: dict[str, Any], own: set[str]) -> None:
        """Execute a block: from the values of the slots that it reads to those that it writes. Slots whose
        values escape are no longer of `own` (`structures.List`). Raises `Unset`, `Failed`, `Unknown`."""
        raise NotImplementedError

    def apply(self, op: Any, operands: list[Any], attributes: dict[str, Any]) -> Any:
        """An operation of `ops`, on plain handles."""
        raise NotImplementedError

    def constant(self, value: float) -> Any:
        raise NotImplementedError

    def known(self, handle: Any) -> Any:
        """The float or array that a plain handle is. Raises `Unknown`."""
        raise NotImplementedError

    def shape(self, handle: Any) -> Shape:
        raise NotImplementedError

    def differentiate(self, op: Any, f: Any, x: Any, attributes: dict[str, Any]) -> Any:
        """A derivative (`ops.differentiation`), of plain handles."""
        raise NotImplementedError

    def put(self, handle: Any, is_own: bool, at: tuple[Any, ...], value: Any) -> Any:
        """An array with other elements in some places; `is_own` says that it may be changed itself. `at` has
        whole numbers, slices, and arrays of whole numbers."""
        raise NotImplementedError

    def put_element(self, handle: Any, level: Any, value: Any, slots: dict[str, Any]) -> bool:
        """Give one element of an array that may be changed itself another value, which is a number, where
        nothing is wrong; whether it has been done. The `level` is that of a path (`tree.Store`)."""
        return False

    # What follows is the same for all

    def passed(self, handle: Any) -> Any:
        """What a function gets of an argument, and its caller of the result."""
        return handle

    def check(self, part: Any, slots: dict[str, Any]) -> None:
        """An assertion (`tree.Check`). Raises `Asserted`."""
        value = self.known(self.plain(slots[part.condition]))
        is_number = value.__class__ is float
        if not (value != 0 and value == value if is_number else kind("arrays").holds(value)):
            raise Asserted(part)

    def whole_of(self, handle: Any) -> Any:
        """A number or an array that is no structure, as one."""
        return handle

    def plain(self, handle: Any) -> Any:
        """A number or an array; of a list of such, the array that they make."""
        if handle.__class__ is List:
            found = self.gathered(handle)
            if found.__class__ is not List:
                return found
            raise OperationError("this is a list, and its items make no array", "they have different shapes")
        if handle.__class__ is Record:
            raise OperationError("this is a record: take one of its fields", fields_of(handle))
        return self.whole_of(handle)

    def number(self, handle: Any) -> float:
        """The number that is known to be. Raises `Unknown`, and `OperationError` for anything else."""
        value = self.known(self.plain(handle))
        if value.__class__ is not float:
            shape = getattr(value, "shape", ())
            if shape:
                raise OperationError("a number is needed here, and this is an array")
            return float(value)
        return value

    def whole(self, handle: Any, what: str) -> int:
        value = self.number(handle)
        if not value.is_integer():
            raise OperationError(f"{what} is a whole number, and this is {value:g}", kind="index")
        return int(value)

    def truth(self, handle: Any) -> bool | None:
        """Whether a condition holds; None where it is an array, or not known."""
        if handle.__class__ in (List, Record):
            handle = self.plain(handle)
        try:
            value = self.known(handle)
        except Unknown:
            return None
        return bool(value) if value.__class__ is float or getattr(value, "shape", ()) == () else None

    def gathered(self, items: List) -> Any:
        """An array of the items where they are numbers, or arrays of one shape; else the list."""
        handles = items.items
        if any(one.__class__ is Record for one in handles):
            return items
        found: list[Any] = []
        for one in handles:
            one = self.whole_of(one) if one.__class__ is not List else self._row(one)
            if one is None:
                return items
            found.append(one)
        shapes = {self.shape(one) for one in found}
        is_array = len(shapes) < 2 and all(len(shape) < MOST_AXES for shape in shapes)
        return self.apply(OPS["array"], found, {}) if is_array else items

    def shape_made(self, handle: Any) -> Shape | None:
        """The shape of an array, and of that which the items of a list make; None where there is none."""
        try:
            return self.shape(self.plain(handle))
        except OperationError:
            return None

    def _row(self, items: List) -> Any:
        """The vector of a list of numbers, or None."""
        handles = items.items
        if any(one.__class__ in (List, Record) for one in handles):
            return None
        handles = list(map(self.whole_of, handles))
        shapes = {self.shape(one) for one in handles}
        return self.apply(OPS["array"], handles, {}) if len(shapes) < 2 else None

    def length(self, handle: Any) -> int:
        if handle.__class__ is List:
            return int(handle.count)
        if handle.__class__ is Record:
            return len(handle.fields)
        shape = self.shape(handle)
        if not shape:
            raise OperationError("a number has no length")
        return _size(shape[0])

    def items(self, handle: Any, who: str = "a loop goes over a range, ") -> tuple[Any, range]:
        """What a loop goes over, or `who` else takes items: a list, a vector, or a matrix and its rows; and
        the places in it."""
        if handle.__class__ is List:
            return handle, range(handle.count)
        if handle.__class__ is Record:
            raise OperationError("a record has no items to go over", fields_of(handle))
        if not self.shape(handle):
            hint = "numbers to go over are `1..n` or `range(n)`" if who.startswith("a loop") else None
            raise OperationError(f"{who}an array or a list, and this is a number", hint)
        whole = self.plain(handle)
        return whole, range(self.length(handle))

    def at(self, source: Any, place: int) -> Any:
        """What stands there in what a loop goes over."""
        return source.buffer[place] if source.__class__ is List else self.item(source, place)

    def item(self, whole: Any, place: int) -> Any:
        """An element of a vector, a row of a matrix."""
        return self.apply(INDEX, [whole], {"at": (place,)})

    def index(self, handle: Any, operands: list[Any], at: tuple[Any, ...]) -> Any:
        """Elements of an array, or an item or items of a list."""
        if handle.__class__ is Record:
            raise OperationError("a record has fields, not elements", fields_of(handle))
        if handle.__class__ is not List:
            return self.apply(INDEX, [self.plain(handle), *map(self.plain, operands)], {"at": at})
        if len(at) > 1:
            raise OperationError("a list has one subscript", "its items have their own: xs[i][j]", "index")
        first = at[0]
        if isinstance(first, tuple):
            handle.own.clear()
            return List(handle.items[slice(*first)])
        place = self.within(handle, self.whole(operands[0], "a subscript") if first is None else first)
        handle.own.discard(place)
        return handle.buffer[place]

    def within(self, items: List, place: int) -> int:
        """The place of an item, from the start."""
        if not -items.count <= place < items.count:
            told = f"there is no item {place}: the list has {items.count}"
            raise OperationError(told, subscripts_of(items.count), "index")
        return place % items.count

    def bounds(self, operands: list[Any], at: Any, bounds: Any) -> tuple[list[Any], tuple[Any, ...]]:
        """The operands that are left, and the `at`, with the bounds of slices in their places."""
        given = iter(operands)
        rest: list[Any] = []
        found: list[Any] = []
        for part, computed in zip(at, bounds):
            if part is None:
                rest.append(next(given))
                found.append(None)
            elif computed:
                pairs = zip(part, computed)
                sizes = [self.whole(next(given), "a bound of a slice") if c else one for one, c in pairs]
                if sizes[2] == 0:
                    raise OperationError("the step of a slice cannot be 0", kind="index")
                found.append(tuple(sizes))
            else:
                found.append(part)
        return rest, tuple(found)

    def structure(self, op: Any, operands: list[Any], attributes: dict[str, Any]) -> Any:
        """An operation of `control.structures`, or one that differentiates."""
        found = getattr(self, f"_{op.name}", None)
        if found is None:
            f, x = map(self.plain, operands)
            return self.differentiate(op, f, x, attributes)
        return found(operands, **attributes)

    def _list(self, operands: list[Any]) -> Any:
        return List(operands)

    def _append(self, operands: list[Any]) -> Any:
        items, item = operands
        if items.__class__ is not List:
            source, places = self.items(items, "`append` adds to ")
            items = List([self.at(source, place) for place in places])
        return items.appended(item)

    def _record(self, operands: list[Any], names: tuple[str, ...]) -> Any:
        return Record(dict(zip(names, operands)))

    def _field(self, operands: list[Any], name: str) -> Any:
        (record,) = operands
        if record.__class__ is not Record:
            what = "a list" if record.__class__ is List else "an array" if self.shape(record) else "a number"
            raise OperationError(f"only a record has fields, and this is {what}", kind="name")
        if name not in record.fields:
            raise OperationError(f"the record has no field `{name}`", fields_of(record), kind="name")
        record.own.discard(name)
        return record.fields[name]

    def _has(self, operands: list[Any], name: str) -> Any:
        (record,) = operands
        return self.constant(float(record.__class__ is Record and name in record.fields))

    def _len(self, operands: list[Any]) -> Any:
        return self.constant(float(self.length(operands[0])))

    def _part(self, operands: list[Any], at: tuple[Any, ...], bounds: Any) -> Any:
        rest, found = self.bounds(operands[1:], at, bounds)
        return self.index(operands[0], rest, found)

    def _late(self, operands: list[Any], op: Any, attributes: dict[str, Any], names: tuple[str, ...]) -> Any:
        count = len(operands) - len(names)
        found = dict(attributes)
        for name, operand in zip(names, operands[count:]):
            value = self.known(self.plain(operand))
            if value.__class__ is not float and value.ndim < 2:
                value = tuple(value.tolist()) if value.ndim else float(value)
            found[name] = op.attributes[name].of(value)
            if found[name] is ...:
                raise OperationError(f"`{name}` is {op.attributes[name].wanted}")
            if found[name] == op.attributes[name].default:
                del found[name]
        return self.apply(op, list(map(self.plain, operands[:count])), found)

    def _range(self, operands: list[Any]) -> Any:
        first, stop, step = (self.whole(one, "a bound of a range") for one in operands)
        if step == 0:
            raise OperationError("the step of a range cannot be 0")
        return self.apply(OPS["array"], [self.constant(float(one)) for one in range(first, stop, step)], {})

    def _gather(self, operands: list[Any]) -> Any:
        (items,) = operands
        # lists that have nothing in them yet are there to be filled
        are_empty = any(one.__class__ is List and not one.count for one in items.items)
        return items if are_empty else self.gathered(items)


def _size(size: Any) -> int:
    """A size that is known. Raises `Unknown` for one with a name."""
    if size.__class__ is not int:
        raise Unknown
    return int(size)


def fields_of(record: Record) -> str:
    names = ", ".join(list(record.fields)[:8])
    return f"it has {names}" if names else "it has no fields"


def leaves(graph: Graph, node: int, op: Any) -> tuple[Graph, int]:
    """A graph of one operation, in the place of a node of another graph, for messages that quote it."""
    found = Graph()
    args = graph.args[node]
    for arg in args:
        one = found.add(INPUT, (), graph.names.get(arg, ""), *graph.place(arg))
        if arg in graph.names:
            found.names[one] = graph.names[arg]
    return found, found.add(op, tuple(range(len(args))), {}, *graph.place(node))
