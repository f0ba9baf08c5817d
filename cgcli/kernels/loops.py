"""Loops of numbers that run for long go on as machine code, from the begin of one round to that of another.

A run (`control.steps`) asks at rounds. What there is between them is compiled for the slots that have a value
then; where the code meets what it is not for, it hands over to the run again, with the slots as they are
there. So what is an error, is printed, or is past a limit is found by the run itself.
"""

from __future__ import annotations

import ctypes
from operator import length_hint

from cgcli.annotations import Any, Sequence
from cgcli.control import code as c
from cgcli.control.facts import backward, forward, live, surely_set
from cgcli.control.flow import LARGEST, Flow, Piece
from cgcli.kernels.ahead import Ahead
from cgcli.kernels.machine import KINDS, Flags, functions
from cgcli.kernels.scalars import raised
from cgcli.kernels.sections import LEFT, WORDS, module

# The most operations that are run at a time: then time, memory and the keyboard are looked at.
MOST = 2**20

# So often a place is compiled, for other slots each time.
OFTEN = 4

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

    def __init__(self, code: c.Code, at: int, given: set[str]) -> None:
        """Raises `ValueError` where there is nothing to compile, or a name is set on some paths alone."""
        self.flow = flow = Flow(code, at)
        if flow.pieces[flow.pieces[0].to[0]].left:
            raise ValueError("it does not compute with numbers alone")
        around = [flow.counters[place] for place in enclosing(code, at) if place in flow.counters]
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
        text, lines = module([ahead.function])
        (self.run,) = functions(text, ["ahead"], KINDS, lines)

    def _set(self, stops: Sequence[Piece], given: set[str]) -> tuple[Any, set[str]]:
        """The slots that are set at the begin of each piece, and the names that may be where it stops."""
        sure = surely_set(self.flow, given)
        maybe = forward(self.flow, lambda piece, begin: begin | set(piece.work.writes), given)
        some = set().union(*(maybe[piece.place] - sure[piece.place] for piece in stops))
        return sure, {slot for slot in some if slot[0] != "%"}

    def _staying(self, piece: Piece, sure: Any, set_there: set[str], alive: Any) -> set[str]:
        found = sure[piece.place] & set_there
        if piece.left:
            return found  # type: ignore[no-any-return]
        return {slot for slot in found if slot[0] != "%" or slot in alive[piece.place]}


class Loops:
    """The loops of a program.

    ran         how many operations they have taken over
    reason      why the last one did not
    """

    def __init__(self) -> None:
        self.ran, self.reason = 0, ""
        self._around: dict[tuple[int, int], list[int]] = {}
        self._known: dict[tuple[int, int], list[Loop]] = {}
        self._tried: dict[tuple[int, int], int] = {}
        self._rest = 0
        self._flags = Flags()
        self._words = (ctypes.c_int64 * 4)()

    def __call__(self, run: Any, at: int, left: int) -> Onward | None:
        """Go on from a round that is to begin; None where the run goes on itself."""
        frame, slots = run.frame, run.frame.slots
        key = id(frame.code), at
        around = self._around.get(key)
        if around is None:
            around = self._around[key] = enclosing(frame.code, at)
        if self._rest or frame.merges or len(around) != len(frame.loops):
            self._rest = max(0, self._rest - 1)
            return None
        loop = self._loop(
            key, frame.code, {slot for slot, value in slots.items() if value.__class__ is float}
        )
        if loop is None or not self._fill(loop, around, frame):
            return None
        budget = int(min(MOST, run.room(left) - loop.longest))
        if budget <= 0:
            return None
        watched = run.machine.watch is not None
        self._words[WORDS[LEFT]] = budget
        loop.begun += 1
        if watched:
            self._flags.clear()
        place = loop.run(0, ctypes.addressof(loop.state), ctypes.addressof(self._words))
        if raised:
            raise raised.pop()
        done = budget - self._words[WORDS[LEFT]]
        loop.done += done
        if watched and self._flags.raised():  # the run will look, and tell of it
            self._rest = LOOKED
            return None
        self.ran += done
        return self._hand_over(loop, place, around, run), left - done

    def _loop(self, key: tuple[int, int], code: c.Code, given: set[str]) -> Loop | None:
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
            self._known[key].append(Loop(code, key[1], given))
        except ValueError as error:
            self.reason = str(error)
            return None
        return self._known[key][-1]

    def _fill(self, loop: Loop, around: list[int], frame: Any) -> bool:
        """The values of slots, and of the loops that the round is in; whether these are small enough."""
        places, state, slots = loop.places, loop.state, frame.slots
        for slot in loop.needs:
            if slot in slots:
                state[places[slot]] = slots[slot]
        for at, (numbers, span) in zip(around, frame.spans):
            counters = loop.flow.counters.get(at)
            if counters is None:
                continue
            rest = length_hint(numbers)
            following = span[len(span) - rest] if rest else 0
            if abs(following) > LARGEST or abs(span.stop) > LARGEST:
                return False
            for slot, value in zip(counters, (rest, following, span.step)):
                if slot in places:
                    state[places[slot]] = value
        return True

    def _hand_over(self, loop: Loop, place: int, around: list[int], run: Any) -> int:
        """Let a run go on from where a loop has stopped."""
        frame, piece, places, state = run.frame, loop.flow.pieces[place], loop.places, loop.state
        for slot in loop.stays[place]:
            if "@" not in slot:
                frame.slots[slot] = state[places[slot]]
                frame.own.discard(slot)
        before = dict(zip(around, zip(frame.loops, frame.spans)))
        frame.loops, frame.spans = [], []
        for at in enclosing(frame.code, piece.at):
            counters = loop.flow.counters.get(at)
            if counters is None or counters[0] not in places:
                rounds, span = before[at]
            else:
                rest, following, step = (int(state[places[slot]]) for slot in counters)
                rounds, span = run.rounds(range(following, following + rest * step, step))
            frame.loops.append(rounds)
            frame.spans.append(span)
        run.part = frame.code[piece.at][1] if len(frame.code[piece.at]) > 1 else run.part
        return piece.at


def enclosing(code: c.Code, at: int) -> list[int]:
    """The rounds of `for` that an instruction is in, from the outside in."""
    return [place for place, one in enumerate(code) if one[0] == c.ROUND and place <= at < one[2]]
