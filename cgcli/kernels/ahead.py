"""Flows of numbers forward, as a function in LLVM's language that keeps what the backward pass needs."""

from __future__ import annotations

from cgcli.annotations import Any, Mapping, Sequence
from cgcli.control.contexts import Context
from cgcli.control.flow import Flow
from cgcli.control.pieces import Piece
from cgcli.kernels.lanes import Lane
from cgcli.kernels.scalars import Scalars
from cgcli.kernels.sections import (
    BYTES,
    DEPTH,
    FRAMES,
    LEFT,
    NUMBERS,
    UNLIKELY,
    Function,
    Section,
    Values,
)
from cgcli.passes.forward import forward


class Kept:
    """What a piece keeps for the backward pass: old values of slots, and values of nodes."""

    def __init__(self, slots: Sequence[str], nodes: Sequence[int]) -> None:
        self.slots, self.nodes = slots, nodes


class Ahead:
    """The function that runs a flow until it is left, or no operations are left at the begin of a round.

    live    the slots that have a value at the begin of each piece
    stays   those that a run that stops there leaves behind, by the place of the piece
    kept    by the place of a piece, what it keeps; None where nothing is recorded
    framed  by the numbers of sites, the slots that its caller puts aside while the function runs
    """

    def __init__(
        self, name: str, flow: Flow, live: Sequence[set[str]], stays: Mapping[int, set[str]],
        places: Mapping[str, int], kept: Mapping[int, Kept] | None = None,
    ) -> None:  # fmt: skip
        self.flow, self.live, self.stays, self.kept = flow, live, stays, kept
        self.words = [LEFT] if kept is None else [LEFT, NUMBERS, BYTES]
        self.words += [FRAMES, DEPTH] if flow.sites else []
        self.framed = [sorted(live[site.back] - flow.pieces[site.back].handed) for site in flow.sites]
        self.lanes = Scalars()
        self.function = function = Function(name, self.lanes, places)
        words = function.start(self.words)
        self.sections = [
            function.section(f"p{piece.place}", [*sorted(live[piece.place]), *self.words])
            for piece in flow.pieces
        ]
        self.returns = {
            context.number: function.section(f"back{context.number}", [*self._handed(context), *self.words])
            for context in flow.shared
        }
        for piece in flow.pieces:
            self._piece(piece, self.sections[piece.place])
        for context in flow.shared:
            if context.returns:
                self._back(context)
        for place in (0, *(piece.place for piece in flow.pieces if piece.head)):
            function.enter(place, self.sections[place], words)

    def _piece(self, piece: Piece, section: Section) -> None:
        function, place = self.function, piece.place
        function.write(section)
        values = dict(section.values)
        if piece.left:
            return function.leave(place, sorted(self.stays[place]), values)
        if piece.head:
            self._look(piece, values)
        if piece.cost:
            values[LEFT] = self.lanes.line(f"sub i64 {values[LEFT]}, {piece.cost}").text
        work = piece.work
        roots = [*work.writes.values()]
        if piece.test in work.reads:
            roots.append(work.reads[piece.test])
        kept = None if self.kept is None else self.kept.get(place)
        nodes = work.graph.ancestors([*roots, *(kept.nodes if kept else ())])
        inputs = {slot: values.get(slot, 0.0) for slot in work.reads}
        found = forward(work.graph, self.lanes, inputs, nodes)
        if kept:
            for one in (
                *(values.get(slot, 0.0) for slot in kept.slots),
                *(found[node] for node in kept.nodes),
            ):
                function.push(values, NUMBERS, self.lanes.text(one))
        values |= {slot: found[node] for slot, node in work.writes.items()}
        if piece.site is not None and piece.beside is not None:
            for slot in self.framed[piece.site.number]:
                function.push(values, FRAMES, self.lanes.text(values.get(slot, 0.0)))
            function.push(values, FRAMES, str(piece.site.number), "i64")
            values[DEPTH] = self.lanes.line(f"add i64 {values[DEPTH]}, 1").text
        if piece.is_return:
            if self.kept is not None:
                way = self.flow.pieces[piece.to[0]].came.index(place)
                function.push(values, BYTES, str(way), "i8")
            return function.jump(self.returns[piece.context.number], values)
        if piece.test is None or (self.kept is None and piece.to[0] == piece.to[1]):
            return function.jump(*self._onward(piece, 0, values))
        test = self.lanes.truth(values[piece.test])
        ways = []
        for which in (0, 1):
            target, given = self._onward(piece, which, values, f"way{place}.{which}")
            ways.append(f"label %{target.label}" if given is None else function.to(target, given))
        function.put(f"br i1 {test}, {ways[0]}, {ways[1]}")
        return None

    def _look(self, piece: Piece, values: Values) -> None:
        """Whether to stop before a round."""
        function, place = self.function, piece.place
        stop = self.lanes.line(f"icmp slt i64 {values[LEFT]}, 0").text
        others = []
        if self.kept is not None:
            others.append(f"icmp ugt ptr {values[NUMBERS]}, %limit")
            others += [f"icmp ugt ptr {values[BYTES]}, %last"] if self.flow.sites else []
        if piece.beside is not None:
            others.append(f"icmp sge i64 {values[DEPTH]}, %deepest")
        for other in others:
            stop = self.lanes.line(f"or i1 {stop}, {self.lanes.line(other).text}").text
        function.put(f"br i1 {stop}, label %stop{place}, label %go{place}, {UNLIKELY}")
        function.label(f"stop{place}")
        function.leave(place, sorted(self.stays[place]), values)
        function.label(f"go{place}")

    def _handed(self, context: Context) -> list[str]:
        """What a function hands back to who called it."""
        then = set[str]().union(*(self.live[site.back] for site in context.sites))
        return [context.result, *sorted(context.through & then)]

    def _back(self, context: Context) -> None:
        """From any return of a function to where its caller goes on, which finds its slots in its frame."""
        function, section = self.function, self.returns[context.number]
        function.write(section)
        values = dict(section.values)
        values[DEPTH] = self.lanes.line(f"sub i64 {values[DEPTH]}, 1").text
        framed, sections = self.framed, self.sections
        ways = {site.number: (framed[site.number], sections[site.back]) for site in context.sites}
        function.unwind(values, FRAMES, ways)

    def _onward(self, piece: Piece, which: int, values: Values, label: str = "") -> tuple[Section, Any]:
        """The section that is next, and the values for it. Where it has to be known in the backward pass that
        it was come to this way, a byte says so; at a choice, in a section between, which has been written."""
        to = self.flow.pieces[piece.to[which]]
        target = self.sections[to.place]
        if self.kept is None or not is_told(to):
            return target, values
        function = self.function
        inside = None
        if label:
            inside = function.section(label, ())
            outer = function._at
            texts = {slot: one if slot[0] == "@" else self.lanes.text(one) for slot, one in values.items()}
            function.write(inside)
            values = {slot: one if slot[0] == "@" else Lane(self.lanes, one) for slot, one in texts.items()}
        values = dict(values)
        function.push(values, BYTES, str(came_by(piece, which, to)), "i8")
        if inside is None:
            return target, values
        function.jump(target, values)
        function.write(outer)  # type: ignore[arg-type]
        return inside, None


def is_told(piece: Piece) -> bool:
    """Whether a byte says by which way a piece was come to. Where shared pieces begin, the frame does."""
    return piece.place != piece.context.entry and (piece.head or len(piece.came) > 1)


def came_by(piece: Piece, which: int, to: Piece) -> int:
    """Which of the ways to a piece that from another is."""
    found = to.came.index(piece.place)
    return found + 1 if which == 1 and piece.to[0] == piece.to[1] else found
