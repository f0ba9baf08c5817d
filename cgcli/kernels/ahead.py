"""Flows of numbers forward, as a function in LLVM's language that keeps what the backward pass needs."""

from __future__ import annotations

from cgcli.annotations import Any, Mapping, Sequence
from cgcli.control.flow import Flow, Piece
from cgcli.kernels.lanes import Lane
from cgcli.kernels.scalars import Scalars
from cgcli.kernels.sections import BYTES, LEFT, NUMBERS, UNLIKELY, Function, Section, Values
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
    """

    def __init__(
        self, name: str, flow: Flow, live: Sequence[set[str]], stays: Mapping[int, set[str]],
        places: Mapping[str, int], kept: Mapping[int, Kept] | None = None,
    ) -> None:  # fmt: skip
        self.flow, self.live, self.stays, self.kept = flow, live, stays, kept
        self.words = [LEFT] if kept is None else [LEFT, NUMBERS, BYTES]
        self.lanes = Scalars()
        self.function = function = Function(name, self.lanes, places)
        words = function.start(self.words, "ptr")
        self.sections = [
            function.section(f"p{piece.place}", [*sorted(live[piece.place]), *self.words])
            for piece in flow.pieces
        ]
        for piece in flow.pieces:
            self._piece(piece, self.sections[piece.place])
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
                self._keep(values, self.lanes.text(one))
        values |= {slot: found[node] for slot, node in work.writes.items()}
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
        if self.kept is not None:
            full = self.lanes.line(f"icmp ugt ptr {values[NUMBERS]}, %limit").text
            stop = self.lanes.line(f"or i1 {stop}, {full}").text
        function.put(f"br i1 {stop}, label %stop{place}, label %go{place}, {UNLIKELY}")
        function.label(f"stop{place}")
        function.leave(place, sorted(self.stays[place]), values)
        function.label(f"go{place}")

    def _keep(self, values: Values, text: str) -> None:
        at = values[NUMBERS]
        self.function.put(f"store double {text}, ptr {at}")
        values[NUMBERS] = self.lanes.line(f"getelementptr double, ptr {at}, i64 1").text

    def _onward(self, piece: Piece, which: int, values: Values, label: str = "") -> tuple[Section, Any]:
        """The section that is next, and the values for it. Where it has to be known in the backward pass that
        it was come to this way, a byte says so; at a choice, in a section between, which has been written."""
        to = self.flow.pieces[piece.to[which]]
        target = self.sections[to.place]
        if self.kept is None or len(to.came) < 2:
            return target, values
        function, at = self.function, values[BYTES]
        inside = None
        if label:
            inside = function.section(label, ())
            outer = function._at
            texts = {slot: one if slot[0] == "@" else self.lanes.text(one) for slot, one in values.items()}
            function.write(inside)
            values = {slot: one if slot[0] == "@" else Lane(self.lanes, one) for slot, one in texts.items()}
        function.put(f"store i8 {came_by(piece, which, to)}, ptr {at}")
        following = self.lanes.line(f"getelementptr i8, ptr {at}, i64 1").text
        values = values | {BYTES: following}
        if inside is None:
            return target, values
        function.jump(target, values)
        function.write(outer)  # type: ignore[arg-type]
        return inside, None


def came_by(piece: Piece, which: int, to: Piece) -> int:
    """Which of the ways to a piece that from another is."""
    found = to.came.index(piece.place)
    return found + 1 if which == 1 and piece.to[0] == piece.to[1] else found
