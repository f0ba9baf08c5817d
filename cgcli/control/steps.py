"""Runs a tree: one loop over instructions, with a stack for calls, over any machine.

`Run.steps` is a generator, which yields before each statement where it was asked to (`stepping`): then
`run.place` is that of the statement, `run.frames` are the calls, of which the last one is running, and its
`slots` can be looked at. Whoever drives it decides how far it goes, and may take it back (`restore`):

    run = Run(tree, Values(), {"x": 2.0}, stepping=True)
    for _ in run.steps():
        print(run.place, run.frame.slots)
    run.frame.slots  # at the end, those of the program
"""

from __future__ import annotations

from functools import partial
from math import inf
from time import monotonic

from cgcli.annotations import Any, Callable, Iterator, Mapping
from cgcli.control import code as c
from cgcli.control.frames import Frame, Places, Rounds, Span, State
from cgcli.control.limits import DEEPEST_CALL as DEEPEST_CALL
from cgcli.control.limits import Limits as Limits
from cgcli.control.limits import Stopped as Stopped
from cgcli.control.machine import Machine, Unknown, Unset
from cgcli.control.rounds import require_room
from cgcli.control.store import store
from cgcli.control.tree import Part, Print, Tree
from cgcli.control.undo import Log
from cgcli.errors import OperationError
from cgcli.ops import OPS

# So many operations run between two looks at time and memory, and so many before the first; after these a run
# is offered to be taken on.
STRETCH, FIRST = 2**17, 2**14

# More than the blocks that are one inside the other.
LEVELS = 2**32

# So many branches of conditions that are not known are taken one inside the other.
DEEPEST = 64


class Run:
    """A program that runs.

    printer     told what a `print` says: the part, and the handles of its items; may be None
    depth       in how many calls and blocks the statement stands that is next, where the run steps: so many
                LEVELS, and so many; the `least` of them since somebody set it
    record      what has been put aside (`tree.Push`)
    spent       how many operations, rounds and calls there have been
    faster      who may take a run on where a round begins (`kernels.loops`): of the run, the instruction and
                what is left of a stretch it makes where to go on, and what is left then; or None
    long        after how many operations; with 0, it is asked at every round
    """

    def __init__(
        self,
        tree: Tree,
        machine: Machine,
        inputs: Mapping[str, Any],
        limits: Limits | None = None,
        printer: Callable[[Print, list[Any]], None] | None = None,
        stepping: bool = False,
    ) -> None:
        self.tree, self.machine, self.limits, self.printer = tree, machine, limits or Limits(), printer
        self.codes = c.codes(tree, stepping, machine.joins and not stepping)
        self.stepping, self.depth, self.least, self._left = stepping, LEVELS, LEVELS, 0
        self.frame = Frame("", self.codes.main, dict(inputs))
        self.frames = [self.frame]
        self.part: Any = None
        self.record = Log()
        self.place = (-1, -1)
        self.spent = 0.0
        self._given = 0
        self.faster: Callable[[Run, int, int], tuple[int, int] | None] | None = None
        self.long = FIRST
        self.begin()

    def begin(self, seconds: float | None = None) -> None:
        """The time that it may take counts from now, or others than its limits allow."""
        seconds = self.limits.seconds if seconds is None else seconds
        self._until = monotonic() + seconds if seconds < inf else inf

    def state(self) -> State:
        """Where it stands, between two steps."""
        return State([frame.copy() for frame in self.frames], self.place, self.depth, self.done)

    @property
    def done(self) -> float:
        """How many operations there have been, between two steps."""
        return self.gone(self._left)

    def restore(self, state: State) -> None:
        """Stand there again; `steps` goes on from there."""
        self.frames = [frame.copy() for frame in state.frames]
        self.frame, self.place, self.depth = self.frames[-1], state.place, state.depth
        self.part, self.spent, self._given = None, state.spent, 0

    def steps(self) -> Iterator[None]:
        """Run. Raises `Stopped`, `machine.Asserted`, `machine.Failed`, `machine.Unknown`, `machine.Unset`."""
        try:
            yield from self._loop()
        except KeyboardInterrupt:
            raise Stopped("interrupted", "interrupted", self.where(), names=True) from None
        except MemoryError:
            raise Stopped("stopped", "there is no memory left", self.where(), names=True) from None
        except OperationError as error:
            raise Stopped(error.kind, error.message or error.hint or "", self.where(), error.hint) from None

    def where(self) -> tuple[int, int]:
        """The place of the statement that is running."""
        return (self.part.start, self.part.stop) if isinstance(self.part, Part) else self.place

    def _loop(self) -> Iterator[None]:
        machine, frame = self.machine, self.frame
        execute, record = machine.block, self.record
        code, at, slots, own = frame.code, frame.at, frame.slots, frame.own
        left = self._stretch()
        taken = self.faster is not None and self.spent >= self.long
        declined: set[tuple[int, int]] = set()  # where nobody takes it on, for this stretch
        while True:
            instruction = code[at]
            kind = instruction[0]
            asks = taken and (kind in c.ROUNDS or (at == 0 and frame.function))
            if asks and (id(code), at) not in declined:
                frame.at = at
                onward = self.faster(self, at, left)  # type: ignore[misc]
                if onward is None:
                    if self.long:
                        declined.add((id(code), at))
                else:
                    at, left = onward
                    frame = self.frame
                    code, slots, own = frame.code, frame.slots, frame.own
                    if left < 0:
                        left = self._stretch(left)
                    continue
            at += 1
            if kind == c.BLOCK:
                self.part = part = instruction[1]
                left -= instruction[2]
                execute(part, slots, own)
            elif kind == c.JUMP:
                at = instruction[1]
                continue
            elif kind == c.UNLESS:
                self.part = part = instruction[1]
                value = slots[part.condition]
                if value.__class__ is not float:
                    value = self._decided(value)
                if not value:
                    at = instruction[2]
            elif kind == c.ROUND:
                self.part = part = instruction[1]
                left -= 1
                value = next(frame.loops[-1], None)
                if value is None:
                    frame.loops.pop()
                    frame.spans.pop()
                    at = instruction[2]
                else:
                    slots[part.variable] = value
                    if own:
                        own.discard(part.variable)
            elif kind == c.AGAIN:
                self.part = instruction[1]
                left -= 1
            elif kind == c.CALL:
                self.part = part = instruction[1]
                left -= 1
                frame.at = at
                frame = self._call(part, frame)
                code, at, slots, own = frame.code, 0, frame.slots, frame.own
            elif kind == c.RETURN:
                self.part = part = instruction[1]
                value = machine.passed(self._read(slots, part.slot, part))
                self.frames.pop()
                result, frame = frame.result, self.frames[-1]
                self.frame = frame
                code, at, slots, own = frame.code, frame.at, frame.slots, frame.own
                slots[result] = value
            elif kind == c.BEGIN:
                self.part = part = instruction[1]
                rounds, span = self._rounds(part, slots, own)
                require_room(self.limits, part, rounds if self.stepping else span[1], self.spent)
                frame.loops.append(rounds)
                frame.spans.append(span)
            elif kind == c.LEAVE:
                frame.loops.pop()
                frame.spans.pop()
            elif kind == c.CHOOSE:
                self.part = part = instruction[1]
                value = machine.truth(slots[part.condition])
                if value is None:
                    self._both(part, frame)
                elif not value:
                    at = instruction[2]
            elif kind == c.THEN:
                part = instruction[1]
                both = bool(frame.merges) and frame.merges[-1][0] is part
                if both:
                    frame.merges[-1][1] = slots[part.value]
                at = instruction[2 if both else 3]
            elif kind == c.ELSE:
                part = instruction[1]
                if frame.merges and frame.merges[-1][0] is part:
                    _, then = frame.merges.pop()
                    operands = [slots[part.condition], then, slots[part.value]]
                    slots[part.value] = machine.apply(OPS["where"], list(map(machine.plain, operands)), {})
            elif kind == c.PUSH:
                for slot in instruction[1].slots:
                    record.append(slots.get(slot))
            elif kind == c.POP:
                for slot in reversed(instruction[1].slots):
                    value = record.pop()
                    if value is None:
                        slots.pop(slot, None)
                    else:
                        slots[slot] = value
            elif kind == c.STEP:
                start, stop, level = instruction[1:]
                self.depth = depth = len(self.frames) * LEVELS + level
                self.least = min(self.least, depth)
                self.place, self.part, self._left, frame.at = (start, stop), None, left, at
                yield
            elif kind == c.STORE:
                self.part = part = instruction[1]
                left -= 1
                store(machine, part, slots, own)
            elif kind == c.PRINT:
                self.part = part = instruction[1]
                if self.printer is not None:
                    shown = [one for one in part.items if one.__class__ is str]
                    self.printer(part, [self._read(slots, one, part) for one in shown])
            elif kind == c.CHECK:
                self.part = part = instruction[1]
                machine.check(part, slots)
            elif kind == c.END:
                if len(self.frames) == 1:
                    return
                raise self._no_return(frame)
            if left < 0:
                left = self._stretch(left)
                taken = self.faster is not None and self.spent >= self.long
                declined.clear()

    def _read(self, slots: dict[str, Any], slot: str, part: Any) -> Any:
        if slot not in slots:
            raise Unset(slot, part.start, part.stop)
        return slots[slot]

    def _decided(self, value: Any) -> bool:
        """The condition of a statement."""
        found = self.machine.truth(value)
        if found is None:
            self.machine.known(self.machine.plain(value))  # raises, where it is not known
            hint = "to ask of all elements, write min(...) or max(...) of it"
            raise Stopped("shape", "a condition is a number, and this is an array", self.where(), hint)
        return found

    def _both(self, part: Any, frame: Frame) -> None:
        """Take both branches of an expression whose condition is an array, or not known."""
        if sum(len(one.merges) for one in self.frames[-4 * DEEPEST :]) >= DEEPEST:
            raise Unknown
        frame.merges.append([part, None])

    def _rounds(self, part: Any, slots: dict[str, Any], own: set[str]) -> tuple[Iterator[Any], Span]:
        """What the variable of a loop has in turn, and the numbers behind it."""
        machine, over = self.machine, part.over
        if over.__class__.__name__ == "Items":
            own.discard(over.slot)
            source, places = machine.items(self._read(slots, over.slot, part))
            if self.stepping:
                return Rounds(machine, source, places), (None, None)
            return self.going_on(iter(places), Places(source, places))
        first = machine.whole(self._read(slots, over.first, part), "the end of a range")
        last = machine.whole(self._read(slots, over.last, part), "the end of a range")
        step = 1
        if over.step is not None:
            step = machine.whole(self._read(slots, over.step, part), "the step of a range")
        if step == 0:
            raise OperationError("the step of a range cannot be 0")
        return self.rounds(range(first, last + over.is_closed, step))

    def rounds(self, span: range) -> tuple[Iterator[Any], Span]:
        """The numbers of a range, for the variable of a loop."""
        if self.stepping:
            return Rounds(self.machine, None, span), (None, None)
        return self.going_on(iter(span), span)

    def going_on(self, numbers: Any, span: Any) -> tuple[Iterator[Any], Span]:
        """The same of those that are still to come, or of `Places`."""
        if span.__class__ is Places:
            return map(partial(self.machine.at, span.source), numbers), (numbers, span)
        return map(self.machine.constant, map(float, numbers)), (numbers, span)

    def room(self, left: int) -> float:
        """How many operations there may be before the limit, where so many of a stretch are left."""
        return self.limits.operations - self.gone(left)

    def gone(self, left: int) -> float:
        """How many operations there have been, where so many of a stretch are left."""
        return self.spent + self._given - left

    def _call(self, part: Any, frame: Frame) -> Frame:
        if len(self.frames) > self.limits.calls:
            told = f"it is more than {self.limits.calls:,} calls deep"
            raise Stopped("stopped", told, self.where(), self.limits.deep, names=True)
        function, slots = self.tree.functions[part.function], frame.slots
        inner: dict[str, Any] = {}
        for parameter, argument in zip(function.parameters, part.arguments):
            inner[parameter] = self.machine.passed(self._read(slots, argument, part))
            frame.own.discard(argument)
        if function.free:
            outer = self.frames[0]
            for name in function.free:
                if name in outer.slots:
                    inner[name] = outer.slots[name]
                    outer.own.discard(name)
        found = Frame(part.function, self.codes.function(part.function), inner, part.result)
        found.where = part.where
        self.frames.append(found)
        self.frame = found
        return found

    def _no_return(self, frame: Frame) -> Stopped:
        function = self.tree.functions[frame.function]
        place = function.stop - 1, function.stop
        return Stopped("name", f"the function `{frame.function}` ends here without a `return`", place)

    def _stretch(self, left: int = 0) -> int:
        """How far it goes until it looks again, of which so much is left over."""
        reason = self.reason(left)
        self.spent += self._given - left
        if reason is not None:
            raise Stopped("stopped", reason[0], self.where(), reason[1], names=True)
        self._given = int(min(STRETCH, max(FIRST, self.spent), self.limits.operations - self.spent))
        return self._given

    def reason(self, left: int) -> tuple[str, str | None] | None:
        """Why it cannot go on, where so much of a stretch is left, and a hint; None where it can."""
        if self.room(left) < 0:
            return f"it has taken more than {self.limits.operations:,.0f} operations", self.limits.more
        if monotonic() > self._until:
            return f"it has taken longer than {self.limits.seconds:g} s", self.limits.longer
        from cgcli.memory import available

        is_full = self.part is not None and available() < 2**28
        return ("it takes more memory than there is", None) if is_full else None
