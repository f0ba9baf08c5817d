"""The statements of a run in the order in which they were executed, with what each of them set."""

from __future__ import annotations

from bisect import bisect_right
from math import prod

from cgcli.annotations import Any
from cgcli.control.frames import Frame
from cgcli.control.machine import Machine, Unknown
from cgcli.control.steps import Run
from cgcli.control.structures import List, Record
from cgcli.errors import OperationError
from cgcli.evaluation.ends import plain_value
from cgcli.evaluation.run_log import settings
from cgcli.language.program import Program
from cgcli.shapes import shape_text

# Values of more elements are told by their size.
LARGE = 1_000


class Statement:
    """A statement that was executed.

    start, stop     its place
    depth           in how many calls it stands
    node            the first node that was recorded since it began
    begins          the function that begins with it, or empty
    name            what it set, or None; and the value that it had then, of a large one a text
    """

    __slots__ = ("begins", "depth", "name", "node", "start", "stop", "value")

    def __init__(self, place: tuple[int, int], depth: int, node: int, begins: str) -> None:
        self.start, self.stop = place
        self.depth, self.node, self.begins = depth, node, begins
        self.name: str | None = None
        self.value: Any = None


class Statements:
    """All of a run; told of each before it runs, and of the end. With `values`, they know what they set."""

    def __init__(self, program: Program, values: bool) -> None:
        self.all: list[Statement] = []
        self.tree = program.tree
        self._values = values
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
                before.value = self._value(machine, frame.slots[slot])
                before.name = name if before.value is not None else None
        if ended:
            self.has_ended = True
            return
        tape: Any = machine
        begins = frame.function if before is None else ""
        found = Statement(run.place, len(frames) - 1, len(tape.graph), begins)
        coming[-1] = frame, found
        self.all.append(found)

    def _value(self, machine: Machine, handle: Any) -> Any:
        """None where it is not asked for, or not known; of what is large how large it is: at every statement
        that grows a list, the whole of it would be the square of its length."""
        if not self._values:
            return None
        try:
            if handle.__class__ is List and handle.count > LARGE:
                return f"a list of {handle.count:,}"
            shape = () if handle.__class__ in (List, Record) else machine.shape(handle)
            if prod(size for size in shape if isinstance(size, int)) > LARGE:
                return f"an array of shape {shape_text(shape)}"
            return plain_value(machine, handle)
        except (Unknown, OperationError):
            return None

    def number(self, node: int) -> int:
        """Of the statement by which a node was recorded, from 1 on; 0 where it was there before."""
        return bisect_right(self.all, node, key=lambda one: one.node)
