"""Assignment in place: to elements, slices, items and fields of what a slot holds."""

from __future__ import annotations

from cgcli.annotations import Any
from cgcli.control.machine import Machine, Unset, fields_of
from cgcli.control.structures import List, Record, without_slots
from cgcli.errors import OperationError


def store(machine: Machine, part: Any, slots: dict[str, Any], own: set[str]) -> None:
    """Give a part of what a slot holds another value (`tree.Store`)."""
    if part.slot not in slots:
        raise Unset(part.slot, part.start, part.stop)
    holder: Any
    private: Any
    holder, key, private, value = slots, part.slot, own, slots[part.value]
    if key in own and len(part.path) == 1 and machine.put_element(holder[key], part.path[0], value, slots):
        return
    path = [level if isinstance(level, str) else _at(machine, level, slots) for level in part.path]
    while True:
        level = path.pop(0)
        current: Any = holder[key]
        if current.__class__ not in (List, Record):
            for more in path:
                if isinstance(level, str) or isinstance(more, str) or not all(map(_is_int, level)):
                    raise OperationError("an array has elements, not fields or items of its own")
                level = (*level, *more)
            if isinstance(level, str):
                raise OperationError("only a record has fields, and this is an array or a number")
            holder[key] = machine.put(current, key in private, level, machine.plain(value))
            private.add(key)
            return
        if key not in private:
            current = holder[key] = current.copy()
            private.add(key)
        holder, private = (current.buffer if current.__class__ is List else current.fields), current.own
        if current.__class__ is Record:
            if not isinstance(level, str):
                raise OperationError("a record has fields, not elements", fields_of(current))
            key = level
            if path and key not in holder:
                raise OperationError(f"the record has no field `{key}`", fields_of(current), kind="name")
        else:
            if isinstance(level, str) or len(level) > 1 or not _is_int(level[0]):
                raise OperationError("a list has one subscript, which is a whole number", kind="index")
            key = machine.within(current, level[0])
        if not path:
            holder[key] = value
            private.discard(key)
            own.discard(part.value)
            return


def _at(machine: Machine, level: tuple[Any, ...], slots: dict[str, Any]) -> tuple[Any, ...]:
    """A level of a path, with the values of its slots."""
    names, at, bounds = without_slots(level)
    operands, found = machine.bounds([slots[name] for name in names], at, bounds)
    given = iter(operands)
    return tuple(_subscript(machine, next(given)) if one is None else one for one in found)


def _subscript(machine: Machine, handle: Any) -> Any:
    value = machine.known(machine.plain(handle))
    return machine.whole(handle, "a subscript") if getattr(value, "shape", ()) == () else value.astype(int)


def _is_int(one: Any) -> bool:
    return one.__class__ is int
