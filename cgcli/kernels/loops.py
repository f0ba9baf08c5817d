"""Loops and calls of numbers that run for long go on as machine code, from the begin of one round or of a
function to that of another.

A run (`control.steps`) asks at rounds, and where a function begins. What there is between them is compiled
for the slots that have a value then; where the code meets what it is not for, it hands over to the run
again, with the slots and the calls as they are there. So what is an error, is printed, or is past a limit is
found by the run itself.
"""

from __future__ import annotations

import ctypes
from operator import length_hint

from cgcli.annotations import Any, Sequence
from cgcli.control import code as c
from cgcli.control.contexts import Calls, Context, calls_of, owner
from cgcli.control.facts import backward, live, maybe_set, surely_set
from cgcli.control.flow import LARGEST, Flow
from cgcli.control.frames import Frame
from cgcli.control.pieces import Piece
from cgcli.control.steps import Stopped
from cgcli.kernels.ahead import Ahead
from cgcli.kernels.flags import flags
from cgcli.kernels.frames import Frames
from cgcli.kernels.machine import KINDS, functions
from cgcli.kernels.scalars import raised
from cgcli.kernels.sections import COUNT, DEEPEST, DEPTH, FRAMES, LEFT, PLACE, WORDS, module

# The most operations that are run at a time: then time, memory and the keyboard are looked at.
MOST = 2**20

# So often a place is compiled, for other slots each time.
OFTEN = 4

# To look at a place where nothing is compiled takes as long as so many operations; some places are looked at
# in any case.
LOOK, LOOKS = 20_000, 16

# A loop that has been begun so often, and that is left after fewer operations than this, is not worth it.
BEGUN, FEWEST = 50, 500

# After what may have to be told of, so many stretches of a run are its own.
LOOKED = MOST // 2**17

# What a run goes on with: the instruction, and how many operations are left of its stretch.
Onward = tuple[int, int]


class Loop:
    """What instructions reach from the begin of a round on, compiled for some slots that have a value.

    needs       the slots that it begins with
    stays       by the place of a piece where it may stop, the slots that have got values there
    """

    def __init__(self, calls: Calls, function: str, at: int, given: set[str]) -> None:
        """Raises `ValueError` where there is nothing to compile, or a name is set on some paths alone."""
        self.flow = flow = Flow(calls, function, at)
        if flow.pieces[flow.pieces[0].to[0]].left:
            raise ValueError("it does not compute with numbers alone")
        enclosed = [("", place) for place in enclosing(flow.first.code, at)]
        around = [flow.counters[place] for place in enclosed if place in flow.counters]
        self.given = given
        given = given.union(*around)
        set_there = set().union(*(piece.work.writes for piece in flow.pieces))
        stops = [piece for piece in flow.pieces if piece.left or piece.head]
        sure, doubtful = self._set(stops, given)
        if doubtful:
            flow.require_rounds(doubtful)
            sure, doubtful = self._set(stops, given)
        if doubtful:
            raise ValueError(f"`{min(doubtful)}` has a value on some paths alone")
        ends = [sure[piece.place] & set_there if piece.left else set() for piece in flow.pieces]
        alive = live(flow, ends)
        self.stays = {piece.place: self._staying(piece, sure, set_there, alive) for piece in stops}

        def before(piece: Piece, after: set[str]) -> set[str]:
            test = () if piece.test is None else (piece.test,)
            found = after.union(test).difference(piece.work.writes).union(piece.work.reads)
            return found | self.stays.get(piece.place, set())

        alive = backward(flow, before, [set() for _ in flow.pieces])
        for piece in flow.pieces:
            test = () if piece.test is None else (piece.test,)
            piece.work.ends(set().union(test, *(alive[place] for place in piece.to)))
        self.needs = sorted(alive[0])
        if not given.issuperset(self.needs):
            unset = next(slot for slot in self.needs if slot not in given)
            raise ValueError(f"`{unset}` is no number, or has no value yet")
        slots = sorted(set().union(*alive))
        self.places = {slot: place for place, slot in enumerate(slots)}
        self.state = (ctypes.c_double * (len(slots) + 1))()
        self.begun = self.done = 0  # times, and operations
        self.longest = sum(piece.cost for piece in flow.pieces)
        ahead = Ahead("ahead", flow, alive, self.stays, self.places)
        self.frames = Frames(ahead.framed)
        text, lines = module([ahead.function])
        (self.run,) = functions(text, ["ahead"], KINDS, lines)

    def _set(self, stops: Sequence[Piece], given: set[str]) -> tuple[Any, set[str]]:
        """The slots that are set at the begin of each piece, and the names that may be where it stops."""
        sure, maybe = surely_set(self.flow, given), maybe_set(self.flow, given)
        doubtful: set[str] = set()
        for piece in stops:
            some = maybe[piece.place] - sure[piece.place]
            doubtful |= {slot for slot in some if slot[0] != "%" and owner(slot) in numbers(piece.context)}
        return sure, doubtful

    def _staying(self, piece: Piece, sure: Any, set_there: set[str], alive: Any) -> set[str]:
        around = numbers(piece.context)
        found = {slot for slot in sure[piece.place] & set_there if owner(slot) in around}
        found |= piece.handed | (sure[piece.place] & set_there & self.flow.through)
        if piece.left:
            return found
        return {slot for slot in found if slot[0] != "%" or slot in alive[piece.place]}


def numbers(context: Context | None) -> set[str]:
    """Those of the contexts that a context is called in, without a frame between."""
    found: set[str] = set()
    while context is not None:
        found.add(context.number)
        context = context.parent
    return found


class Loops:
    """The loops and functions of a program.

    ran         how many operations they have taken over
    reason      why the last one did not
    """

    def __init__(self) -> None:
        self.ran, self.reason = 0, ""
        self._around: dict[tuple[int, int], list[int]] = {}
        self._known: dict[tuple[int, int], list[Loop]] = {}
        self._tried: dict[tuple[int, int], int] = {}
        self._rest = self._failed = 0
        self._words = (ctypes.c_int64 * COUNT)()

    def __call__(self, run: Any, at: int, left: int) -> Onward | None:
        """Go on from a round or a function that is to begin; None where the run goes on itself."""
        frame = run.frame
        key = id(frame.code), at
        if key not in self._known and (self._failed - LOOKS) * LOOK > run.spent:
            return None
        around = self._around.get(key)
        if around is None:
            around = self._around[key] = enclosing(frame.code, at)
        if self._rest or frame.merges or len(around) != len(frame.loops):
            self._rest = max(0, self._rest - 1)
            return None
        slots = frame.slots
        calls = calls_of(run.tree, run.codes)
        if frame.function and len(calls.outer[frame.function]) > 0:
            outer = run.frames[0].slots
            names = calls.outer[frame.function]
            slots = {**slots, **{f"{name}#.": outer[name] for name in names if name in outer}}
        given = {slot for slot, value in slots.items() if value.__class__ is float}
        loop = self._loop(key, calls, frame.function, given)
        if loop is None or not self._fill(loop, around, frame, slots):
            return None
        return self._run(loop, around, run, left)

    def _run(self, loop: Loop, around: list[int], run: Any, left: int) -> Onward | None:
        words, pieces = self._words, loop.flow.pieces
        words[WORDS[FRAMES]], words[WORDS[DEPTH]] = loop.frames.base, 0
        words[DEEPEST], words[PLACE] = loop.frames.most - len(run.frames), -1
        watched = run.machine.watch is not None
        if watched:
            flags.clear()
        place = done = 0
        try:
            while True:
                budget = int(min(MOST, run.room(left) - done - loop.longest))
                if budget <= 0:
                    if not done:
                        return None
                    break
                words[WORDS[LEFT]] = budget
                place = loop.run(place, ctypes.addressof(loop.state), ctypes.addressof(words))
                if raised:
                    raise raised.pop()
                done += budget - words[WORDS[LEFT]]
                if watched and flags.raised():  # the run will look, and tell of it
                    self._rest = LOOKED + done // MOST * LOOKED
                    return None
                depth = words[WORDS[DEPTH]]
                if pieces[place].left or not depth or depth >= words[DEEPEST]:
                    break
                reason = run.reason(left - done)
                if reason is not None:
                    self._hand_over(loop, place, around, run, shown=True)
                    raise Stopped("stopped", reason[0], run.where(), reason[1], names=True)
        except KeyboardInterrupt:
            if words[PLACE] >= 0:
                self._hand_over(loop, words[PLACE], around, run, shown=True)
            raise
        loop.begun += 1
        loop.done += done
        self.ran += done
        deepest = bool(loop.frames.most) and words[WORDS[DEPTH]] >= words[DEEPEST]
        return self._hand_over(loop, place, around, run, shown=deepest), left - done

    def _loop(self, key: tuple[int, int], calls: Calls, function: str, given: set[str]) -> Loop | None:
        for loop in self._known.setdefault(key, []):
            if loop.given <= given:
                if loop.begun > BEGUN and loop.done < loop.begun * FEWEST:
                    self.reason = "it is left after a few operations each time"
                    return None
                return loop
        tried = self._tried[key] = self._tried.get(key, 0) + 1
        if tried > OFTEN:
            return None
        try:
            self._known[key].append(Loop(calls, function, key[1], given))
        except ValueError as error:
            self.reason = str(error)
            self._failed += 1
            return None
        return self._known[key][-1]

    def _fill(self, loop: Loop, around: list[int], frame: Any, slots: Any) -> bool:
        """The values of slots, and of the loops that the round is in; whether these are small enough."""
        places, state = loop.places, loop.state
        for slot in loop.needs:
            if slot in slots:
                state[places[slot]] = slots[slot]
        for at, (numbers, span) in zip(around, frame.spans):
            counters = loop.flow.counters.get(("", at))
            if counters is None:
                continue
            if max(abs(span.start), abs(span.stop)) > LARGEST:
                return False
            rest = length_hint(numbers)
            following = span[len(span) - rest] if rest else 0
            for slot, value in zip(counters, (rest, following, span.step)):
                if slot in places:
                    state[places[slot]] = value
        return True

    def _hand_over(self, loop: Loop, place: int, around: list[int], run: Any, shown: bool = False) -> int:
        """Let a run go on from where a loop has stopped, in the calls that it stands in. Where it only tells
        of that, and does not go on, these are `shown` as the last one."""
        piece, top = loop.flow.pieces[place], self._words[WORDS[FRAMES]]
        values = {slot: loop.state[loop.places[slot]] for slot in loop.stays[place]}
        context, at = piece.context, piece.at
        through = {slot: one for slot, one in values.items() if slot in loop.flow.through}
        if not loop.flow.first.function:
            run.frames[0].slots |= through
        for slot in piece.handed - loop.flow.through:  # what a call has handed over is its result
            values[context.slot(context.code[at - 1][1].result)] = values[slot]
        frames: list[Frame] = []
        calls = loop.frames.unwound(top, loop.flow.sites)
        while context is not loop.flow.first:
            parent, back = context.parent, context.at
            inside, own = values, context
            if parent is None:
                site, values = next(calls)
                parent, back = site.context, loop.flow.pieces[site.call].at
            frames.append(self._frame(loop, own, at, inside, parent.code[back][1], run))
            context, at = parent, back + 1
            if shown:
                frames *= self._words[WORDS[DEPTH]] or 1
                break
        else:
            self._base(loop, at, values, around, run)
        run.frames += reversed(frames)
        run.frame = run.frames[-1]
        at = piece.at
        run.part = piece.context.code[at][1] if len(piece.context.code[at]) > 1 else run.part
        return at

    def _frame(
        self, loop: Loop, context: Context, at: int, values: dict[str, float], part: Any, run: Any
    ) -> Frame:
        """A call that runs, and goes on at an instruction."""
        slots: dict[str, Any] = {slot: one for slot, one in context.named(values).items() if "@" not in slot}
        outer = run.frames[0].slots
        slots |= {name: outer[name] for name in context.free if name in outer}
        found = Frame(context.function, context.code, slots, part.result)
        found.where, found.at = part.where, at
        for loop_at in enclosing(context.code, at):
            counters = loop.flow.counters[context.number, loop_at]
            self._count(found, [int(values.get(slot, 0.0)) for slot in counters], run)
        return found

    def _base(self, loop: Loop, at: int, values: dict[str, float], around: list[int], run: Any) -> None:
        """The call that the loop has begun in."""
        frame = run.frame
        for slot, value in values.items():
            if "@" not in slot and not owner(slot):
                frame.slots[slot] = value
                frame.own.discard(slot)
        frame.at = at
        before = dict(zip(around, zip(frame.loops, frame.spans)))
        frame.loops, frame.spans = [], []
        for place in enclosing(frame.code, at):
            counters = loop.flow.counters.get(("", place))
            if counters is None or counters[0] not in loop.places:
                rounds, span = before[place]
                frame.loops.append(rounds)
                frame.spans.append(span)
            else:
                known = [values.get(slot, loop.state[loop.places.get(slot, -1)]) for slot in counters]
                self._count(frame, list(map(int, known)), run)

    def _count(self, frame: Frame, counters: list[int], run: Any) -> None:
        """A loop of a call, with what it has still before it."""
        rest, following, step = counters
        rounds, span = run.rounds(range(following, following + rest * step, step or 1))
        frame.loops.append(rounds)
        frame.spans.append(span)


def enclosing(code: c.Code, at: int) -> list[int]:
    """The rounds of `for` that an instruction is in, from the outside in."""
    return [place for place, one in enumerate(code) if one[0] == c.ROUND and place <= at < one[2]]
