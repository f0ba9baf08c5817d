"""The statements of a run in the order in which they were executed, with what each of them set."""

from __future__ import annotations

from bisect import bisect_right

from cgcli.annotations import Any
from cgcli.control.frames import Frame
from cgcli.control.machine import Unknown
from cgcli.control.steps import Run
from cgcli.errors import OperationError
from cgcli.evaluation.ends import plain_value
from cgcli.evaluation.record import settings
from cgcli.language.program import Program


class Statement:
    """A statement that was executed.

    start, stop     its place
    depth           in how many calls it stands
    node            the first node that was recorded since it began
    name            what it set, or None; and the value that it had then
    """

    __slots__ = ("depth", "name", "node", "start", "stop", "value")

    def __init__(self, place: tuple[int, int], depth: int, node: int) -> None:
        self.start, self.stop = place
        self.depth, self.node = depth, node
        self.name: str | None = None
        self.value: Any = None


class Statements:
    """All of a run; asked before each, and at the end."""

    def __init__(self, program: Program) -> None:
        self.all: list[Statement] = []
        self.has_ended = False
        self._sets, _ = settings(program)
        self._coming: list[tuple[Frame, Statement | None]] = []  # by call, what is running in it

    def __call__(self, run: Run, ended: bool = False) -> None:
        coming, frames, machine = self._coming, run.frames, run.machine
        while coming and (len(coming) > len(frames) or coming[-1][0] is not frames[len(coming) - 1]):
            coming.pop()
        coming += [(frame, None) for frame in frames[len(coming) :]]
        frame, before = coming[-1]
        if before is not None and before.start in self._sets:
            slot, name = self._sets[before.start]
            if slot in frame.slots:
                before.name = name
                try:
                    before.value = plain_value(machine, frame.slots[slot])
                except (Unknown, OperationError):
                    before.name = None
        if ended:
            self.has_ended = True
            return
        tape: Any = machine
        found = Statement(run.place, len(frames) - 1, len(tape.graph))
        coming[-1] = frame, found
        self.all.append(found)

    def number(self, node: int) -> int:
        """Of the statement by which a node was recorded, from 1 on; 0 where it was there before."""
        return bisect_right(self.all, node, key=lambda one: one.node)
