"""A run that can be taken back.

A program that runs does the same each time, so that a step of before is reached by running again, from the
last state before it that is kept. States are kept at equal distances, which double as they become many: a
run of a million statements is taken back at the cost of some thousand.
"""

from __future__ import annotations

from bisect import bisect_right

from cgcli.annotations import Any, Callable
from cgcli.control.frames import State
from cgcli.control.steps import LEVELS, Run
from cgcli.control.structures import List, Record

# The first distance of states, how many there are at most, and how many bytes they may take, about.
DISTANCE, STATES, BYTES = 256, 256, 2**27

# Bytes of a frame, of a slot in it, of an item of a list: about.
FRAME, SLOT, ITEM = 600, 100, 32

NEVER = 2**62


class History:
    """A run at one of its steps.

    run         whose machine has nothing but values, and which steps
    step        the number of the statement that comes next, from 1 on; at the end, one more than there are
    has_ended   whether there is none
    furthest    the last step that has been reached
    """

    def __init__(self, run: Run) -> None:
        self.run = run
        self.step = self.furthest = 0
        self.has_ended = False
        self._states: list[State] = []
        self._kept: list[int] = []  # the steps of the states
        self._weights: list[int] = []
        self._least: list[int] = []  # of the depths from each state to the next; 0 of the last
        self._held: set[int] = set()  # what the last one held
        self._distance, self._due = DISTANCE, 1
        self._steps = run.steps()
        self._is_whole = True
        self.forward(1)

    @property
    def depth(self) -> int:
        """How many calls and blocks the statement that comes next is in (`Run.depth`)."""
        return LEVELS if self.has_ended else self.run.depth

    def forward(self, target: int = NEVER, until: Callable[[], bool] | None = None) -> None:
        """Run to before a step, to the end, or to where, after a statement, `until` says so. Raises what
        `Run.steps` does; then it stands nowhere, until `go` takes it back."""
        self._is_whole, found = False, False
        while self.step < target and not (self.has_ended or found):
            goal = min(target, self._due)
            for step, _ in zip(range(self.step + 1, goal + 1), self._steps):
                self.step = step  # which is its number while a statement runs
                if until is not None and until():
                    found = True
                    break
            if self.step < goal and not found:
                self.step, self.has_ended = self.step + 1, True
                self.run.place = (-1, -1)
            elif self.step == self._due:
                self._keep()
        self.furthest = max(self.furthest, self.step)
        self._is_whole = True

    def go(self, step: int) -> None:
        """Stand before a step, or at the end where there are not so many. Raises as `forward`."""
        if step < self.step or not self._is_whole:
            place = bisect_right(self._kept, step) - 1
            self._is_whole = False
            self.run.restore(self._states[place])
            self.step, self.has_ended = self._kept[place], False
            self._steps = self.run.steps()
        self.forward(step)

    def before(self, depth: int) -> int:
        """The last step before this one that is no deeper in calls and blocks. It then stands at another."""
        end = self.step
        place = bisect_right(self._kept, end - 1) - 1
        while place >= 0:
            if self._least[place] <= depth:
                self.go(self._kept[place])
                found = 0
                while True:
                    if self.depth <= depth:
                        found = self.step
                    if self.step == end - 1:
                        break
                    self.forward(self.step + 1)
                if found:
                    return found
            end = self._kept[place]
            place -= 1
        return 1

    def _keep(self) -> None:
        state = self.run.state()
        weight, self._held = weighed(state, self._held)
        self._least = [*self._least[:-1], *[self.run.least] * bool(self._least), 0]
        self.run.least = self.depth
        self._states, self._kept = [*self._states, state], [*self._kept, self.step]
        self._weights = [*self._weights, weight]
        while len(self._states) > 2 and (len(self._states) > STATES or sum(self._weights) > BYTES):
            if len(self._states) % 2 == 0:  # the last one goes, and what follows is of the one before
                self.run.least = min(self.run.least, self._least[-2])
            self._states, self._kept = self._states[::2], self._kept[::2]
            self._weights = self._weights[::2]
            self._least = list(map(min, self._least[::2], [*self._least[1::2], NEVER]))
            self._distance *= 2
        self._due = self.step + max(self._distance, 4 * len(state.frames))


def weighed(state: State, held: set[int]) -> tuple[int, set[int]]:
    """How many bytes a state takes beside one that held these things, about; and what it holds."""
    total, now = 0, set()
    for frame in state.frames:
        total += FRAME + SLOT * len(frame.slots)
        for value in frame.slots.values():
            if value.__class__ is float:
                continue
            value = value.buffer if value.__class__ is List else value
            now.add(id(value))
            if id(value) not in held:
                total += _size(value)
    return total, now


def _size(value: Any) -> int:
    if value.__class__ is Record:
        value = list(value.fields.values())
    if value.__class__ is list:
        return sum(ITEM + getattr(one, "nbytes", 0) for one in value)
    return int(getattr(value, "nbytes", 0))
