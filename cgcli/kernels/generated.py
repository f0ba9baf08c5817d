"""Loops of numbers that run for some time go on as Python functions, from the begin of a round on.

A run (`control.steps`) asks at rounds. What is an error, is printed, is to be warned of, or is past a limit
is found by the run itself: it goes on where a function has stopped, or from where that has begun.
"""

from __future__ import annotations

from operator import length_hint

from cgcli.annotations import Any
from cgcli.control import code as c
from cgcli.control.flow import LARGEST
from cgcli.control.frames import Places
from cgcli.control.kinds import Kinds, axes_of
from cgcli.control.rounds import Known, named
from cgcli.control.steps import STRETCH
from cgcli.control.undo import MANY
from cgcli.errors import OperationError
from cgcli.kernels.bodies import Body
from cgcli.kernels.boxes import Boxed
from cgcli.kernels.flags import flags

# The most operations that are run at a time: then time and memory are looked at.
MOST = 2**19

# And where there are lists or arrays, with which some of them take longer.
MOST_BOXED = 2**17

# So often a loop is made a function, for other slots each time.
OFTEN = 4

# A loop that has been begun so often, and that is left after fewer operations than this, is not worth it.
BEGUN, FEWEST = 50, 60

# Numbers of arrays that are copied in the time of an operation.
COPIED = 100

# So many instructions are looked at in any case, and more of them as the run gets on: each takes as long as
# so many operations.
LOOKS, LOOK = 2_000, 50

# What a function may raise where floats have a value, or the run has an error.
ODD = (ArithmeticError, MemoryError, IndexError, ValueError, NameError, TypeError, OperationError, Boxed)


class Lost(Exception):
    """A function has met what it is not for, and the run cannot go on from its begin."""


class _Place:
    """The rounds of a loop: its slots, how many instructions it has, and the functions by which of the slots
    are numbers. It is taken for granted that operations on numbers have them, while it `speculates`."""

    speculates = True

    def __init__(self, loop: Any, size: int) -> None:
        self.named, self.size = named(loop), size
        self.made: dict[tuple[Any, ...], Body | None] = {}
        self.begun = self.done = self.moved = 0  # how often, operations, and numbers of arrays copied


class Generated:
    """The loops of a program.

    careful     whether functions are made that do what floats do to what is not finite
    returns     whether a run may go on from where a function has begun; else `Lost` is raised
    zeroed      where a careful function puts that a factor of 0 won over one that is not finite
    always      whether functions are made where they are not faster: of operations on whole arrays
    ran         how many operations they have taken over
    reason      why the last one did not
    """

    def __init__(
        self, careful: bool = False, returns: bool = True, always: bool = True, zeroed: Any = None
    ) -> None:
        self.careful, self.returns, self.ran, self.reason = careful, returns, 0, ""
        self.always, self.zeroed = always, zeroed
        self._places: dict[tuple[int, int], _Place] = {}
        self._known: dict[int, Known] = {}
        self._rest, self._resting, self._looked = 0.0, STRETCH, 0

    def __call__(self, run: Any, at: int, left: int) -> tuple[int, int] | None:
        """Go on from a round that is to begin; None where the run goes on itself."""
        frame = run.frame
        kind = frame.code[at][0]
        if kind not in c.ROUNDS or frame.merges or run.gone(left) < self._rest:
            return None
        key = id(frame.code), at
        place, known = self._places.get(key), self._known.get(key[0])
        if known is None:
            known = self._known[key[0]] = Known(frame.code)
        if place is None:
            size = known.ends[at] - at
            if not self._may_look(run, size, left):
                return None
            place = self._places[key] = _Place(frame.code[at][1], size)
        if place.begun > BEGUN and place.done < place.begun * FEWEST + place.moved / COPIED:
            self.reason = "it is left after a few operations each time"
            return None
        if kind == c.ROUND and not self._counts(frame.spans[-1][1]):
            return None
        body = self._body(place, known, run, at, left)
        most = MOST if body is None or not body.boxes else min(MOST, MOST_BOXED)
        budget = 0 if body is None else int(min(most, run.room(left) - body.longest))
        if body is None or budget < (1 if body.even is None else body.even[1]):
            return None
        return self._run(place, body, run, at, left, budget)

    def _counts(self, span: Any) -> bool:
        return span.__class__ is Places or max(abs(span.start), abs(span.stop)) <= LARGEST

    def _may_look(self, run: Any, size: int, left: int) -> bool:
        """Whether there is time for so many instructions."""
        may: bool = (self._looked + size - LOOKS) * LOOK <= run.gone(left)
        self._looked += size if may else 0
        return may

    def _body(self, place: _Place, known: Known, run: Any, at: int, left: int) -> Body | None:
        frame, slots = run.frame, run.frame.slots
        if not (place.speculates or self.always):
            self.reason = "it computes with whole arrays"
            return None
        given = {slot: axes_of(slots[slot]) for slot in place.named if slot in slots}
        key = (self.careful, place.speculates, *given.items())
        if key not in place.made:
            if place.made and not self._may_look(run, place.size, left):
                return None
            place.made[key] = None
            if len(place.made) <= OFTEN:
                try:
                    kinds = Kinds(frame.code[at][1], given, place.speculates)
                    place.made[key] = Body(frame.code, at, given, kinds, self.careful, known, self.zeroed)
                except ValueError as error:
                    self.reason = str(error)
        return place.made[key]

    def _run(
        self, place: _Place, body: Body, run: Any, at: int, left: int, budget: int
    ) -> tuple[int, int] | None:
        frame, record = run.frame, run.record
        numbers: Any = ()
        holder = None
        if frame.code[at][0] == c.ROUND:
            rest, numbers = frame.spans[-1]
            if numbers.__class__ is Places:
                holder, numbers = numbers.source, numbers.places
            numbers = numbers[len(numbers) - length_hint(rest) :]
        if body.takes_back:
            record.ready(int(budget * body.takes_back) + MANY)
        watched, mark = self.returns and run.machine.watch is not None, record.mark()
        if watched and not flags.clear():
            return None
        saved = self._set_in(place, body, frame)
        slots, given = frame.slots, numbers
        body.own.clear()
        values = [slots[slot].data if slot in body.arrays else slots[slot] for slot in body.takes]
        if body.even is not None:
            given = numbers[: budget // body.even[1]]
        run.part = frame.code[at][1]
        try:
            code, after, found = body.function(
                budget, record.append, record.take, iter(given), holder, *values
            )
        except BaseException as error:
            slots |= saved
            if not isinstance(error, ODD):
                raise
            if isinstance(error, Boxed) and place.speculates and self.returns:
                place.speculates = False
                record.cut(mark)
                return None
            self._odd(run, mark, left, careful=not watched)
            return None
        if watched and flags.raised():
            slots |= saved
            self._odd(run, mark, left)
            return None
        if self.returns:
            record.pack()
        done = budget - after
        if body.even is not None:
            done += len(given) * body.even[0] + (len(given) == len(numbers))
        place.begun += 1
        place.done += done
        self.ran += done
        if len(given) < len(numbers):
            self._values(body, frame, found)
            frame.loops[-1], frame.spans[-1] = _onward(run, iter(rest := numbers[len(given) :]), rest, holder)
            return at, left - done
        return self._hand_over(body, run, at, code, found, numbers, holder), left - done

    def _set_in(self, place: _Place, body: Body, frame: Any) -> dict[str, Any]:
        """Let the arrays that are changed be held by nothing else; and what they are before that."""
        slots, saved = frame.slots, {}
        for slot in body.set_in:
            saved[slot] = slots[slot].copy()
            place.moved += slots[slot].size
            if slot not in frame.own:
                slots[slot] = slots[slot].copy()
                frame.own.add(slot)
        for slot in body.put_in:
            place.moved += getattr(slots.get(slot), "size", 0)
        return saved

    def _values(self, body: Body, frame: Any, found: Any) -> None:
        """The slots as a function has left them."""
        slots = frame.slots
        for local, slot in body.slots.items():
            if local in found and slot not in body.arrays:
                value = found[local]
                if value is None:
                    slots.pop(slot, None)
                else:
                    slots[slot] = value if slot in body.boxes else float(value)
                frame.own.discard(slot)
        frame.own |= body.own

    def _odd(self, run: Any, mark: int, left: int, careful: bool = False) -> None:
        """Let the run do it again, which will see and tell."""
        if not self.returns:
            raise Lost
        self.careful, self.reason = self.careful or careful, "what it does is to be told of"
        run.record.cut(mark)
        self._rest = run.gone(left) + MOST + self._resting
        self._resting = min(self._resting * 2, 2**24)

    def _hand_over(
        self, body: Body, run: Any, at: int, code: int, found: Any, numbers: Any, holder: Any
    ) -> int:
        """Let a run go on from where a function has stopped."""
        frame = run.frame
        self._values(body, frame, found)
        if frame.code[at][0] == c.ROUND:
            frame.loops.pop()
            frame.spans.pop()
        if code < 0:
            return body.after
        stop = body.stops[code]
        for ranges, rest, of in stop.rounds:
            held = None if of is None else found.get(of, holder)
            rounds, span = _onward(run, found[rest], found.get(ranges, numbers), held)
            frame.loops.append(rounds)
            frame.spans.append(span)
        run.part = frame.code[stop.at][1] if len(frame.code[stop.at]) > 1 else run.part
        return stop.at


def _onward(run: Any, numbers: Any, of: range, holder: Any) -> Any:
    """What a loop has still before it of a range, or of the places in what it goes over."""
    return run.going_on(numbers, of if holder is None else Places(holder, of))
