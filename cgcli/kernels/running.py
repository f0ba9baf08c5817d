"""Rows of programs that run by what is in them, as machine code: a loop over rows around a flow and its
backward pass (`kernels.recorded`)."""

from __future__ import annotations

import ctypes
from threading import local
from time import monotonic

from cgcli.annotations import Any, Mapping, Sequence
from cgcli.kernels.back import adjoint
from cgcli.kernels.frames import Frames
from cgcli.kernels.lanes import bits
from cgcli.kernels.machine import functions
from cgcli.kernels.recorded import SPACE, Chunk, Recorded
from cgcli.kernels.scalars import raised
from cgcli.kernels.sections import BYTES, COUNT, DEEPEST, FRAMES, LAST, LEFT, LIMIT, NUMBERS, WORDS

# The most operations of a row, and what a call of many rows takes at most, about: a row that takes longer is
# the business of who asks, and then the keyboard is looked at.
MOST, SECONDS = 2**20, 0.02

FEWEST, ROWS = 16, 2**14

# What the function takes: the first row and the last, and addresses; it returns the first row that it has no
# answer for, or the last.
KINDS: list[Any] = [ctypes.c_int64, ctypes.c_int64, ctypes.c_int64, *[ctypes.c_void_p] * 7]


class Space(local):
    """What a thread has for itself."""

    made = False


class Running:
    """The rows of a compiled program: from columns with `names` to those of `outputs`, each followed by its
    derivatives `by` some names, and of what stands `beside`; `known` are all other inputs."""

    def __init__(
        self, of: Recorded, names: Sequence[str], known: Mapping[str, float], outputs: Sequence[str],
        by: Sequence[str], beside: Sequence[str], operations: float,
    ) -> None:  # fmt: skip
        self._of, self._names, self._known = of, names, known
        self._outputs, self._by, self._beside = outputs, by, beside
        self._budget = int(min(MOST, operations))
        text, lines = of.text()
        text += "\n" + self._text()
        (self._run,) = functions(text, ["rows"], KINDS, lines)
        self._space = Space()

    def fill(self, columns: Sequence[Any], found: Sequence[Any], start: int, stop: int, alone: Any) -> None:
        """Compute some rows; `alone` is told of those that are to be computed in another way. Columns are
        contiguous."""
        space, size = self._here(), FEWEST
        given = (ctypes.c_void_p * (len(columns) + 1))(*(column.ctypes.data for column in columns))
        into = (ctypes.c_void_p * (len(found) + 1))(*(column.ctypes.data for column in found))
        while start < stop:
            began = monotonic()
            end = min(stop, start + size)
            at = self._run(
                start, end, given, into, space.state, space.words, space.template, space.fresh, space.saved
            )
            if raised:
                raise raised.pop()
            if at < end:
                alone(at)
                at += 1
            start = at
            size = min(ROWS, size * 2) if monotonic() - began < SECONDS / 2 else max(FEWEST, size // 2)

    def _here(self) -> Any:
        """Memory of this thread."""
        space, of = self._space, self._of
        if not space.made:
            space.made = True
            size = max(1, len(of.places))
            space.chunk = Chunk(0, b"", None)
            space.chunk.open()
            space.frames, space.aside = (Frames(framed) for framed in of.framed)
            space.state, space.saved, space.template = ((ctypes.c_double * size)() for _ in range(3))
            space.words, space.fresh = (ctypes.c_int64 * COUNT)(), (ctypes.c_int64 * (COUNT + 1))()
            for slot, place in of.places.items():
                space.template[place] = -0.0 if slot[0] == "~" else self._known.get(slot, 0.0)
            fresh, base = space.fresh, space.chunk.base
            fresh[WORDS[LEFT]], fresh[WORDS[NUMBERS]], fresh[WORDS[BYTES]] = self._budget, base, base + SPACE
            fresh[WORDS[FRAMES]], fresh[COUNT] = space.frames.base, space.aside.base
            fresh[LIMIT], fresh[LAST] = of.limits(base)
            fresh[DEEPEST] = space.frames.most
        return space

    def _text(self) -> str:
        """The function, in LLVM's language."""
        of = self._of
        (end,) = (piece.place for piece in of.flow.pieces if piece.is_end)
        lines: list[str] = []

        def name() -> str:
            return f"%x{len(lines)}"

        def line(text: str) -> str:
            found = name()
            lines.append(f"  {found} = {text}")
            return found

        def slot(where: str, of_slot: str) -> str:
            return line(f"getelementptr double, ptr {where}, i64 {of.places[of_slot]}")

        def cell(table: str, place: int) -> str:
            column = line(f"getelementptr ptr, ptr {table}, i64 {place}")
            column = line(f"load ptr, ptr {column}")
            return line(f"getelementptr double, ptr {column}, i64 %row")

        def word(of_words: str, place: int, kind: str = "i64") -> str:
            at = line(f"getelementptr i64, ptr {of_words}, i64 {place}")
            return line(f"load {kind}, ptr {at}")

        def put_word(place: int, value: str) -> None:
            at = line(f"getelementptr i64, ptr %words, i64 {place}")
            lines.append(f"  store i64 {value}, ptr {at}")

        def copy(to: str, source: str, size: int) -> None:
            lines.append(f"  call void @llvm.memcpy.p0.p0.i64(ptr {to}, ptr {source}, i64 {size}, i1 false)")

        size, place = 8 * len(of.places), 0
        good = "true"

        def give(value: str) -> None:
            """Write a result; it is good where it is finite."""
            nonlocal place, good
            at = cell("%into", place)
            lines.append(f"  store double {value}, ptr {at}")
            place += 1
            rest = line(f"fsub double {value}, {value}")
            fine = line(f"fcmp oeq double {rest}, 0.0")
            good = line(f"and i1 {good}, {fine}")

        copy("%state", "%template", size)
        copy("%words", "%fresh", 8 * COUNT)
        for number, column in enumerate(self._names):
            at = cell("%given", number)
            value = line(f"load double, ptr {at}")
            if column in of.places:
                to = slot("%state", column)
                lines.append(f"  store double {value}, ptr {to}")
        ended = line("call i64 @ahead(i64 0, ptr %state, ptr %words)")
        is_end = line(f"icmp eq i64 {ended}, {end}")
        left = word("%words", WORDS[LEFT])
        within = line(f"icmp sge i64 {left}, 0")
        both = line(f"and i1 {is_end}, {within}")
        lines.append(f"  br i1 {both}, label %answered, label %odd")
        lines.append("answered:")
        copy("%saved", "%state", size)
        if self._by:
            numbers, ways = word("%words", WORDS[NUMBERS]), word("%words", WORDS[BYTES])
            first, aside = word("%fresh", WORDS[BYTES]), word("%fresh", COUNT)
        for output in self._outputs:
            at = slot("%saved", output)
            value = line(f"load double, ptr {at}")
            give(value)
            if not self._by:
                continue
            copy("%state", "%saved", size)
            if adjoint(output) in of.places:
                at = slot("%state", adjoint(output))
                lines.append(f"  store double {bits(1.0)}, ptr {at}")
            for number, value in (
                (WORDS[NUMBERS], numbers), (WORDS[BYTES], ways), (LAST, first), (WORDS[FRAMES], aside),
            ):  # fmt: skip
                put_word(number, value)
            line(f"call i64 @back(i64 {end}, ptr %state, ptr %words)")
            for by in self._by:
                value = bits(0.0)
                if adjoint(by) in of.places:
                    at = slot("%state", adjoint(by))
                    value = line(f"load double, ptr {at}")
                    value = line(f"fadd double {value}, 0.0")
                give(value)
        fine = good
        for output in self._beside:
            at = slot("%saved", output)
            value = line(f"load double, ptr {at}")
            give(value)
        body = "\n".join(lines)
        return ROWS_TEXT.format(body=body, fine=fine)


ROWS_TEXT = """
declare void @llvm.memcpy.p0.p0.i64(ptr noalias, ptr noalias, i64, i1)
define i64 @rows(i64 %start, i64 %stop, ptr %given, ptr %into, ptr noalias %state, ptr noalias %words,
                 ptr noalias %template, ptr noalias %fresh, ptr noalias %saved) nounwind {{
entry:
  br label %head
head:
  %row = phi i64 [ %start, %entry ], [ %next, %answered ]
  %more = icmp slt i64 %row, %stop
  br i1 %more, label %body, label %done
body:
{body}
  %next = add i64 %row, 1
  br i1 {fine}, label %head, label %odd
odd:
  ret i64 %row
done:
  ret i64 %stop
}}
"""
