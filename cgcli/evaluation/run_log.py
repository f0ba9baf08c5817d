"""A run that is recorded, statement by statement."""

from __future__ import annotations

from cgcli.annotations import Any, Mapping
from cgcli.control.frames import Frame
from cgcli.control.steps import Limits, Run
from cgcli.control.tape import Tape
from cgcli.evaluation.running import given_slots
from cgcli.language.program import Program

# Statements that give a name a value.
SETS = ("assign", "update", "store", "for")

ENDED = object()


def taped(program: Program, known: Mapping[str, Any]) -> tuple[Tape, dict[str, Any]]:
    """A tape with the inputs of a program, and the slots of these."""
    tape = Tape({name: getattr(value, "shape", ()) for name, value in known.items()})
    return tape, given_slots(program, known, tape)


class Record:
    """A run that is recorded, up to a step.

    last    the slot that was set last in the call that is running, and what it is called; or None
    labels  what outputs without a name are called, by slot
    """

    def __init__(self, program: Program, known: Any, limits: Limits) -> None:
        self.tape, slots = taped(program, known)
        assert program.tree is not None
        self.run = Run(program.tree, self.tape, slots, limits, stepping=True)
        self.inputs = {name: node for name, node in slots.items() if name not in program.nested}
        self.step = 0
        self._steps = self.run.steps()
        self._sets, self.labels = settings(program)
        self._marks: list[_Mark] = []

    @property
    def last(self) -> tuple[str, str] | None:
        return self._marks[-1].last

    def go(self, step: int) -> None:
        """Run to before a step, or to the end. Raises what `Run.steps` does."""
        marks, frames, sets = self._marks, self.run.frames, self._sets
        for reached in range(self.step + 1, step + 1):
            has_ended = next(self._steps, ENDED) is ENDED
            self.step = reached
            while marks and (len(marks) > len(frames) or marks[-1].frame is not frames[len(marks) - 1]):
                marks.pop()
            marks += map(_Mark, frames[len(marks) :])
            mark = marks[-1]
            mark.last = mark.coming or mark.last
            mark.coming = None if has_ended else sets.get(self.run.place[0])
            if has_ended:
                return


class _Mark:
    """What a call sets: the slot that was set last, and that which the statement that is running sets."""

    __slots__ = ("coming", "frame", "last")

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self.coming: tuple[str, str] | None = None
        self.last: tuple[str, str] | None = None


def settings(program: Program) -> tuple[dict[int, tuple[str, str]], dict[str, str]]:
    """By the place of a statement, the slot that it sets, and what that is called; and what the slots are
    called that have no name."""
    found = {s.start: (s.name, s.name) for s in program.statements if s.kind in SETS and s.name}
    labels = {}
    for output, name in zip(program.outputs, program.output_names()):
        if output.name is None:
            slot = program.graph.attrs[output.node]
            found[output.start], labels[slot] = (slot, name), name
    return found, labels
