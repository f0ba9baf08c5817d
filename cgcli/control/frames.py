"""Calls that run, and what is kept of them to go back to."""

from __future__ import annotations

from cgcli.annotations import Any
from cgcli.control.code import Code
from cgcli.control.machine import Machine

# The numbers of a range that are still to come, and the range, or the `Places` of what is gone over.
Span = tuple[Any, Any]


class Frame:
    """A call that runs.

    slots   the values of its names; `own` are those whose values nothing else holds (`structures.List`)
    loops   what the `for` loops that it is in have still before them, as `Rounds` where the run steps;
            `spans`, where the run does not step, from which numbers that is taken
    """

    __slots__ = ("at", "code", "function", "loops", "merges", "own", "result", "slots", "spans", "where")

    def __init__(self, function: str, code: Code, slots: dict[str, Any], result: str = "") -> None:
        self.function, self.code, self.slots, self.result, self.at = function, code, slots, result, 0
        self.own: set[str] = set()
        self.loops: list[Any] = []
        self.spans: list[Span] = []
        self.merges: list[Any] = []
        self.where = (-1, -1)

    def copy(self) -> Frame:
        """Another one at the same point. What the slots hold is no longer of one alone."""
        self.own.clear()
        found = Frame(self.function, self.code, dict(self.slots), self.result)
        found.at, found.where, found.spans = self.at, self.where, list(self.spans)
        found.loops = [rounds.copy() for rounds in self.loops]
        found.merges = [list(merge) for merge in self.merges]
        return found


class Places:
    """The places of what a loop goes over."""

    __slots__ = ("places", "source")

    def __init__(self, source: Any, places: range) -> None:
        self.source, self.places = source, places


class Rounds:
    """What a loop has still before it, which can be copied: the numbers of a range, or, of what it goes over,
    the items in these places."""

    __slots__ = ("machine", "next", "places", "source")

    def __init__(self, machine: Machine, source: Any, places: range, next: int = 0) -> None:
        self.machine, self.source, self.places, self.next = machine, source, places, next

    def __iter__(self) -> Rounds:
        return self

    def __next__(self) -> Any:
        if self.next == len(self.places):
            raise StopIteration
        place = self.places[self.next]
        self.next += 1
        if self.source is None:
            return self.machine.constant(float(place))
        return self.machine.at(self.source, place)

    def copy(self) -> Rounds:
        return Rounds(self.machine, self.source, self.places, self.next)


class State:
    """Where a run stands before a statement: copies of its frames, and how far it has come."""

    __slots__ = ("depth", "frames", "place", "spent")

    def __init__(self, frames: list[Frame], place: tuple[int, int], depth: int, spent: float) -> None:
        self.frames, self.place, self.depth, self.spent = frames, place, depth, spent
