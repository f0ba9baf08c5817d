"""Programs of numbers as machine code, for values and gradients: run once, while what the backward pass needs
is kept aside, and then back.

What is kept goes into chunks of memory. Where these are more than `STORED`, the first are let go, and made
again when the backward pass comes to them, from the values that slots had where they began.
"""

from __future__ import annotations

import ctypes
from mmap import mmap

from cgcli.annotations import Callable, Mapping, Sequence
from cgcli.control import facts
from cgcli.control.flow import Flow
from cgcli.control.pieces import Piece
from cgcli.kernels.ahead import Ahead, Kept
from cgcli.kernels.back import Back, Facts, adjoint, kept_by
from cgcli.kernels.frames import Frames
from cgcli.kernels.machine import KINDS, functions
from cgcli.kernels.scalars import raised
from cgcli.kernels.sections import (
    BYTES,
    COUNT,
    DEEPEST,
    DEPTH,
    FRAMES,
    LAST,
    LEFT,
    LIMIT,
    NUMBERS,
    PLACE,
    WORDS,
    module,
)
from cgcli.ops.derivative import JOINED

# Bytes of a chunk, for numbers and for ways; and of all chunks together. Those
# that are let go are used again: memory that nobody has touched yet is slow to come by.
SPACE, WAYS, STORED = 2**22, 2**22, 5 * 2**25

# A chunk that begins with more bytes of frames is held.
HELD = 2**16

# Memory of chunks that were let go, by its size.
_free: dict[int, list[mmap]] = {}

# The most operations of a call, and the fewest that a new chunk is not begun for.
MOST, FEWEST = 2**20, 2**12


class Chunk:
    """A part of a run: where it began, with which values of slots and which frames, None where these are too
    many, and how many operations each of its calls was given; and what it kept, as far as that is held."""

    def __init__(self, place: int, state: bytes, frames: bytes | None) -> None:
        self.place, self.state, self.frames = place, state, frames
        self.calls: list[int] = []
        self.memory: mmap | None = None
        self.numbers = self.bytes = self.base = 0
        self.size = 0

    def open(self) -> None:
        size = SPACE + WAYS
        self.memory = _free[size].pop() if _free.get(size) else mmap(-1, size)
        self.numbers = self.base = ctypes.addressof(ctypes.c_char.from_buffer(self.memory))
        self.bytes = self.base + SPACE

    def close(self) -> None:
        if self.memory is not None:
            _free.setdefault(len(self.memory), []).append(self.memory)
            self.memory = None

    @property
    def room(self) -> int:
        return self.base + SPACE + WAYS - self.bytes

    def used(self) -> int:
        return self.numbers - self.base + self.bytes - self.base - SPACE


class Recorded:
    """A flow that is differentiated: of its `outputs` at its end, `by` the slots that it begins with.

    It must have one end, at which the program ends. `given` are all slots that have a value when it begins.
    """

    def __init__(self, flow: Flow, given: set[str], by: set[str], outputs: set[str]) -> None:
        self.flow, self.by = flow, by
        ends = [outputs if piece.is_end else set() for piece in flow.pieces]
        live = facts.live(flow, ends)
        if live[0] - given:
            flow.require_rounds(live[0] - given)
            live = facts.live(flow, ends)
        self.missing = live[0] - given
        facts.settle_turns(flow)
        for piece in flow.pieces:
            test = () if piece.test is None else (piece.test,)
            piece.work.ends(set().union(test, *(live[place] for place in piece.to)))
        self.facts = Facts(flow, facts.varied(flow, by), facts.useful(flow, ends))
        wanted = [kept_by(piece, self.facts) for piece in flow.pieces]
        self.needed = facts.needed(flow, lambda piece: wanted[piece.place][0])
        self.kept = {}
        for piece in flow.pieces:
            slots, nodes = wanted[piece.place]
            needed = self.needed[0][piece.place] | slots
            log = [] if piece.left else facts.logged(piece, needed)
            if log or nodes:
                self.kept[piece.place] = Kept(log, nodes)
        self.live = self._live(outputs)
        adjoints = {adjoint(slot) for slots in (*self.facts.begin, *self.facts.end) for slot in slots}
        slots = set().union(adjoints, by, given, *self.live, *self.needed[0], *self.needed[1])
        self.places = {slot: place for place, slot in enumerate(sorted(slots))}
        self.chunks: list[Chunk] = []
        self.end = self.spent = 0
        self._pass = sum(len(one.slots) + len(one.nodes) for one in self.kept.values()) * 8 + 64
        self._back: dict[bool, Callable[..., int]] = {}
        self._state = (ctypes.c_double * max(1, len(slots)))()
        self._words = (ctypes.c_int64 * COUNT)()

    def _live(self, outputs: set[str]) -> list[set[str]]:
        begin = self.needed[0]
        ends = [outputs | begin[piece.place] if piece.is_end else set() for piece in self.flow.pieces]

        def before(piece: Piece, after: set[str]) -> set[str]:
            test = () if piece.test is None else (piece.test,)
            kept = self.kept[piece.place].slots if piece.place in self.kept else ()
            return after.union(test).difference(piece.work.writes).union(piece.work.reads, kept)

        return facts.backward(self.flow, before, ends)

    def compile(self) -> None:
        text, lines = self.text()
        self._frames, self._aside = map(Frames, self.framed)
        self._ahead, self._back[False] = functions(text, ["ahead", "back"], KINDS, lines)

    def text(self) -> tuple[str, int]:
        """Both functions in LLVM's language, `ahead` and `back`, and how many lines these have."""
        stays = {
            piece.place: self.live[piece.place] for piece in self.flow.pieces if piece.head or piece.left
        }
        ahead = Ahead("ahead", self.flow, self.live, stays, self.places, self.kept)
        back = Back("back", self.flow, self.facts, self.needed, self.places, self.kept, careful=False)
        self.framed = ahead.framed, back.framed
        return module([ahead.function, back.function])

    def limits(self, base: int) -> tuple[int, int]:
        """Where a chunk has to end its numbers and its bytes, that a round more fits in."""
        return base + SPACE - self._pass, base + SPACE + WAYS - len(self.flow.pieces)

    def run(self, values: Mapping[str, float], operations: float, look: Callable[[], None]) -> bool:
        """Run it from these values of slots on; whether it came to its end before there have been so many
        operations. `look` is called from time to time."""
        operations = min(operations, 2.0**62)
        if not self._back:
            self.compile()
        for slot, place in self.places.items():
            self._state[place] = values.get(slot, 0.0)
        for chunk in self.chunks:
            chunk.close()
        self.chunks = []
        self._words[WORDS[FRAMES]], self._words[WORDS[DEPTH]] = self._frames.base, 0
        self._words[DEEPEST] = self._frames.most
        chunk, place = self._begin(0), 0
        self.spent = self._words[PLACE] = 0
        ways = len(self.flow.pieces)
        while True:
            look()
            budget = min(MOST, chunk.room // ways - 1, int(operations) - self.spent)
            if chunk.calls and (
                budget < FEWEST or chunk.numbers + self._pass > chunk.base + SPACE - self._pass
            ):
                if int(operations) - self.spent < FEWEST:
                    return False
                chunk = self._begin(place)
                continue
            if budget < 1:
                return False
            place = self._call(chunk, place, budget)
            self.spent += budget - self._words[WORDS[LEFT]]
            if self.spent > operations:
                return False
            if self.flow.pieces[place].left:
                self.end = place
                return self.flow.pieces[place].is_end
            if self._frames.most and self._words[WORDS[DEPTH]] >= self._frames.most:
                return False
            self._release()

    def _begin(self, place: int) -> Chunk:
        top = self._words[WORDS[FRAMES]]
        frames = self._frames.content(top) if top - self._frames.base <= HELD else None
        chunk = Chunk(place, bytes(self._state), frames)
        chunk.open()
        self.chunks.append(chunk)
        return chunk

    def _call(self, chunk: Chunk, place: int, budget: int) -> int:
        words = self._words
        words[WORDS[LEFT]], words[WORDS[NUMBERS]], words[WORDS[BYTES]] = budget, chunk.numbers, chunk.bytes
        words[LIMIT], words[LAST] = self.limits(chunk.base)
        chunk.calls.append(budget)
        place = self._ahead(place, ctypes.addressof(self._state), ctypes.addressof(words))
        chunk.numbers, chunk.bytes = words[WORDS[NUMBERS]], words[WORDS[BYTES]]
        if raised:
            raise raised.pop()
        return place

    def _release(self) -> None:
        """Let go of what was kept first, where there is too much."""
        held = [chunk for chunk in self.chunks if chunk.memory is not None]
        if len(held) > 1 and sum(chunk.used() for chunk in held) > STORED:
            for chunk in held[:-1]:
                if chunk.frames is not None:
                    return chunk.close()
        return None

    def at(self) -> tuple[Piece, dict[str, float], int]:
        """The piece that was come to last, the values of slots there, and how many calls deep it is."""
        place = self._words[PLACE]
        piece = self.flow.pieces[place]
        values = {slot: self._state[self.places[slot]] for slot in self.live[place]}
        return piece, values, self._words[WORDS[DEPTH]]

    def value(self, slot: str) -> float:
        return self._state[self.places[slot]]

    def gradient(
        self, output: str, by: Sequence[str], look: Callable[[], None], careful: bool = False
    ) -> list[float]:
        """The derivatives of an output, at its end, by slots that it began with."""
        if careful not in self._back:
            back = Back("back", self.flow, self.facts, self.needed, self.places, self.kept, careful)
            text, lines = module([back.function])
            (self._back[careful],) = functions(text, ["back"], KINDS, lines)
        finish = bytes(self._state)
        for slot, place in self.places.items():
            if slot[0] == "~":
                self._state[place] = -0.0
        if adjoint(output) in self.places:
            self._state[self.places[adjoint(output)]] = 1.0
        place, words, aside = self.end, self._words, self._aside.base
        for chunk in reversed(self.chunks):
            look()
            again = chunk.memory is None
            if again:
                self._again(chunk)
            words[WORDS[NUMBERS]], words[WORDS[BYTES]] = chunk.numbers, chunk.bytes
            words[LAST], words[WORDS[FRAMES]] = chunk.base + SPACE, aside
            place = self._back[careful](place, ctypes.addressof(self._state), ctypes.addressof(words))
            aside = words[WORDS[FRAMES]]
            if raised:
                raise raised.pop()
            if again:
                chunk.close()
        found = [
            self._state[self.places[name]] + 0.0 if (name := adjoint(slot)) in self.places else 0.0
            for slot in by
        ]
        ctypes.memmove(self._state, finish, len(finish))
        return found

    def _again(self, chunk: Chunk) -> None:
        """Run a part again."""
        kept = bytes(self._state)
        ctypes.memmove(self._state, chunk.state, len(chunk.state))
        chunk.open()
        place, calls, chunk.calls = chunk.place, chunk.calls, []
        assert chunk.frames is not None
        self._frames.fill(chunk.frames)
        self._words[WORDS[FRAMES]] = self._frames.base + len(chunk.frames)
        self._words[WORDS[DEPTH]], self._words[DEEPEST] = 0, 2**62
        for budget in calls:
            place = self._call(chunk, place, budget)
        ctypes.memmove(self._state, kept, len(kept))


def reason(flow: Flow) -> str:
    """Why a flow is not differentiated here; empty where it is."""
    names = [{op.name for op in piece.work.graph.ops} for piece in flow.pieces]
    for last, first in JOINED:  # two operations of which a graph makes one, in two pieces
        if any(last in one for one in names) and any(first in one for one in names):
            return f"`{last}` of `{first}` is differentiated as one"
    return ""
