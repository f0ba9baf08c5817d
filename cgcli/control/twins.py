"""Where a run stands, over another machine: what the slots hold there, number by number."""

from __future__ import annotations

from cgcli.annotations import Any, Callable, Sequence
from cgcli.control.frames import Frame, Rounds
from cgcli.control.machine import Machine
from cgcli.control.structures import HOLDERS, List, Record, parts_of

# A function of a program, or "" for itself, and a slot in it.
Place = tuple[str, str]


class Twins:
    """Lists and records anew, with other numbers and arrays in them.

    Each is met once, in an order that is the same each time. `leaf` is called with a number or an array, and
    with what stands in its place in a twin: what another machine has for the same; and with a `place`, the
    function and the slot that it was met in first.
    """

    def __init__(self, leaf: Callable[[Any, Any, Place | None], Any]) -> None:
        self._leaf = leaf
        self._made: dict[int, Any] = {}
        self._twins: dict[int, Any] = {}

    def of(self, handle: Any, twin: Any, place: Place | None = None) -> Any:
        if handle.__class__ not in HOLDERS:
            return self._one(handle, twin, place)
        self._twins[id(handle)] = twin
        todo: list[Any] = [handle]
        while todo:
            one = todo[-1]
            if id(one) in self._made:
                todo.pop()
                continue
            parts, others = parts_of(one), parts_of(self._twins[id(one)])
            waiting = []
            for part, other in zip(parts, others, strict=True):
                if part.__class__ in HOLDERS and id(part) not in self._made:
                    self._twins.setdefault(id(part), other)
                    waiting.append(part)
            if waiting:
                todo += waiting
                continue
            todo.pop()
            found = [
                self._made[id(part)] if part.__class__ in HOLDERS else self._one(part, other, place)
                for part, other in zip(parts, others)
            ]
            fields: Any = getattr(one, "fields", None)
            self._made[id(one)] = List(found) if fields is None else Record(dict(zip(fields, found)))
        return self._made[id(handle)]

    def _one(self, value: Any, twin: Any, place: Place | None) -> Any:
        if value.__class__ is float:
            return self._leaf(value, twin, place)
        if id(value) not in self._made:
            self._made[id(value)] = self._leaf(value, twin, place)
        return self._made[id(value)]


def moved(frames: Sequence[Frame], twins: Sequence[Frame], machine: Machine, leaf: Any) -> list[Frame]:
    """Frames over another machine: `leaf` as of `Twins`."""
    of, found = Twins(leaf).of, []
    for frame, twin in zip(frames, twins, strict=True):
        slots = {}
        for slot, value in frame.slots.items():
            slots[slot] = of(value, twin.slots[slot], (frame.function, slot))
        other = Frame(frame.function, frame.code, slots, frame.result)
        other.at, other.where, other.spans = frame.at, frame.where, list(frame.spans)
        for rounds, pair in zip(frame.loops, twin.loops, strict=True):
            source = None if rounds.source is None else of(rounds.source, pair.source)
            other.loops.append(Rounds(machine, source, rounds.places, rounds.next))
        for (part, value), (_, pair) in zip(frame.merges, twin.merges, strict=True):
            other.merges.append([part, None if value is None else of(value, pair)])
        found.append(other)
    return found
