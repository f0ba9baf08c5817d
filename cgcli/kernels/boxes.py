"""Values of any kind in Python functions: what is done with lists, records and whole arrays is what the
machine of plain values does."""

from __future__ import annotations

from cgcli.annotations import Any, Callable
from cgcli.control.machine import Machine
from cgcli.control.plan import INDEX
from cgcli.control.store import store
from cgcli.control.structures import APPEND, LATE, STRUCTURES, List
from cgcli.control.values import Values
from cgcli.kernels.flags import flags

STRUCTURE = frozenset(STRUCTURES.values())

# The machine has nothing that changes with a run but who is told of what is not finite, which is done here.
MACHINE = Values()


class Boxed(Exception):
    """What was taken for a number is none."""


def unboxed() -> None:
    raise Boxed


def function(op: Any, attributes: Any) -> Callable[..., Any]:
    """An operation on values of any kind. It raises `OperationError`, or `ArithmeticError` where something
    is to be told of."""
    attributes = attributes or {}
    if op is APPEND:
        return _appended
    if op is INDEX:
        at = attributes["at"]
        return _item if at == (None,) else lambda handle, *given: MACHINE.index(handle, [*given], at)
    if op in STRUCTURE and op is not LATE:
        return lambda *given: MACHINE.structure(op, [*given], attributes)
    if op is LATE:
        return _watched(lambda *given: MACHINE.structure(op, [*given], attributes))
    return _watched(lambda *given: MACHINE.apply(op, [*map(MACHINE.plain, given)], attributes))


def _appended(items: Any, item: Any) -> Any:
    return items.appended(item) if items.__class__ is List else MACHINE.structure(APPEND, [items, item], {})


def _item(handle: Any, place: Any) -> Any:
    """What has one subscript."""
    if handle.__class__ is List and place.__class__ is float and 0.0 <= place < handle.count:
        at = int(place)
        if at == place:
            handle.own.discard(at)
            return handle.buffer[at]
    return MACHINE.index(handle, [place], (None,))


def _watched(made: Callable[..., Any]) -> Callable[..., Any]:
    """NumPy forgets what the processor remembers: that is asked before, and elements are looked at."""

    def found(*given: Any) -> Any:
        if flags.known() and flags.raised():
            raise ArithmeticError
        result = made(*given)
        if not MACHINE.is_finite(result):
            raise ArithmeticError
        flags.clear()
        return result

    return found


def seen(source: Any) -> Any:
    """What a loop goes over, by places."""
    if source.__class__ is List:
        return source.buffer
    return source.data if source.ndim == 1 and source.dtype.char == "d" else _Rows(MACHINE, source)


class _Rows:
    """The rows of an array."""

    def __init__(self, machine: Machine, source: Any) -> None:
        self._machine, self._source = machine, source

    def __getitem__(self, place: int) -> Any:
        return self._machine.at(self._source, place)


def put(part: Any, names: list[str], own: set[str]) -> Callable[..., Any]:
    """An assignment to a part of a value: of the values of slots, the first of which it is, the new one."""

    def stored(*given: Any) -> Any:
        slots = dict(zip(names, given, strict=True))
        store(MACHINE, part, slots, own)
        return slots[part.slot]

    return stored
