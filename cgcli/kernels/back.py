"""Flows of numbers backward: adjoints of slots, as a function in LLVM's language.

It begins where a run of the recording (`kernels.ahead`) stopped, and ends where that began. On the way it
takes back what was kept: bytes say which way each piece was come to, numbers what slots held before.
"""

from __future__ import annotations

import re

from cgcli.annotations import Any, Iterator, Mapping, Sequence
from cgcli.control.facts import at_end, moving
from cgcli.control.flow import Flow
from cgcli.control.pieces import Piece
from cgcli.graph import Graph
from cgcli.kernels.ahead import Kept, is_told
from cgcli.kernels.lanes import Lane
from cgcli.kernels.scalars import Scalars
from cgcli.kernels.sections import BYTES, FRAMES, NUMBERS, UNLIKELY, Function, Section, Values
from cgcli.ops import INPUT
from cgcli.passes.forward import forward
from cgcli.passes.join import joined
from cgcli.passes.reverse import reverse

# What takes longer than to read its result: that of a node is kept.
SLOW = re.compile(r"call double (?!@llvm\.(?!sqrt))|fdiv|frem")

NAME = re.compile(r"%[\w.]+")


def adjoint(slot: str) -> str:
    return f"~{slot}"


class Facts:
    """Which slots have an adjoint that counts, at the begin and at the end of each piece."""

    def __init__(self, flow: Flow, varied: Sequence[set[str]], useful: Sequence[set[str]]) -> None:
        self.begin = [one & other for one, other in zip(varied, useful, strict=True)]
        self.varied = varied
        self.end = [at_end(flow, piece, self.begin) for piece in flow.pieces]


class Backward:
    """The adjoints of one piece, over an algebra.

    values      those of the nodes it needs; results, by slot, the adjoints at its begin
    """

    def __init__(
        self, piece: Piece, facts: Facts, lanes: Scalars, inputs: Mapping[str, Any],
        adjoints: Mapping[str, Any], known: Mapping[int, Any],
    ) -> None:  # fmt: skip
        work, place = piece.work, piece.place
        self.results = {slot: adjoints[slot] for slot in facts.end[place] if slot not in work.writes}
        self.values: Any = None
        if not is_moving(piece, facts):
            return
        seeds: dict[int, Any] = {}
        for slot in sorted(facts.end[place]):
            node = work.writes.get(slot, work.reads.get(slot))
            if node is None:
                continue
            given = adjoints[slot]
            seeds[node] = seeds[node] + given if node in seeds else given
        graph = work.graph
        nodes = graph.ancestors(seeds)
        values = (
            forward(graph, lanes, inputs, nodes)
            if not known
            else _forward(graph, lanes, inputs, nodes, known)
        )
        marks = moving(piece, facts.varied[place])
        for node in range(len(graph)):  # what does not move is not handed anything
            if not marks[node]:
                seeds.pop(node, None)
        self.values = values
        self.lines = len(lanes.lines)
        if not seeds:
            return
        found = reverse(joined(graph, ()), lanes, values, seeds, marks, nodes)
        for slot in facts.begin[place]:
            if slot in work.reads:
                value = found.get(work.reads[slot])
                self.results[slot] = -0.0 if value is None else value


def _forward(
    graph: Graph, lanes: Scalars, inputs: Mapping[str, Any], nodes: Sequence[int], known: Mapping[int, Any]
) -> Any:
    """`passes.forward`, where the values of some nodes are known."""
    given = dict(inputs)
    replaced = graph.copy()
    for node, value in known.items():
        name = f"={node}"
        given[name] = value
        replaced.ops[node], replaced.attrs[node] = INPUT, name
        replaced.args.first[node] = replaced.args.second[node] = -1
        replaced.args.others.pop(node, None)
    return forward(replaced, lanes, given, nodes)


def is_moving(piece: Piece, facts: Facts) -> bool:
    """Whether adjoints change in a piece."""
    return not piece.fixed and any(slot in facts.end[piece.place] for slot in piece.work.writes)


def kept_by(piece: Piece, facts: Facts) -> tuple[set[str], list[int]]:
    """The slots that the backward pass of a piece reads, and the nodes whose values it is to be given."""
    if not is_moving(piece, facts):
        return set(), []
    lanes, work = Scalars(), piece.work
    inputs = {slot: Lane(lanes, f"%in.{place}") for place, slot in enumerate(work.reads)}
    given = {slot: Lane(lanes, f"%out.{place}") for place, slot in enumerate(sorted(facts.end[piece.place]))}
    found = Backward(piece, facts, lanes, inputs, given, {})
    todo = [lanes.text(value) for value in found.results.values()]
    uses: dict[str, list[str]] = {}
    slow: set[str] = set()  # by their names, values that are slow themselves or by what is no node
    nodes = dict(_named(work.graph, found.values or {}))
    for line in lanes.lines:
        name, _, rest = line.strip().partition(" = ")
        uses[name] = NAME.findall(rest)
        if SLOW.match(rest) or any(one in slow and one not in nodes for one in uses[name]):
            slow.add(name)
    kept: set[int] = set()
    seen: set[str] = set()
    while todo:
        name = todo.pop()
        if name in seen:
            continue
        seen.add(name)
        if name in slow and name in nodes:
            kept.add(nodes[name])
        else:
            todo += uses.get(name, ())
    names = {f"%in.{place}": slot for place, slot in enumerate(work.reads)}
    return {names[name] for name in seen if name in names}, sorted(kept)


def _named(graph: Graph, values: Any) -> Iterator[tuple[str, int]]:
    """LLVM's names of the nodes that are computed."""
    for node, args in enumerate(graph.args):
        if args and values[node].__class__ is Lane:
            yield values[node].text, node


class Back:
    """The function that goes back over a flow.

    needed      the slots whose values are needed at the begin of each piece, and at its end
    words       it is called with: the end of the numbers and of the bytes, and where the bytes begin
    framed      by the numbers of sites, the slots that are put aside while it goes back over the function
    """

    def __init__(
        self, name: str, flow: Flow, facts: Facts, needed: tuple[Sequence[set[str]], Sequence[set[str]]],
        places: Mapping[str, int], kept: Mapping[int, Kept], careful: bool,
    ) -> None:  # fmt: skip
        self.flow, self.facts, self.kept, self.needed = flow, facts, kept, needed
        self.lanes = Scalars(careful)
        self.words = [NUMBERS, BYTES, FRAMES] if flow.sites else [NUMBERS, BYTES]
        self.framed = [self._framed(site.back) for site in flow.sites]
        self.function = function = Function(name, self.lanes, places)
        words = function.start(self.words)
        self.begins = [
            self._section(f"d{piece.place}", piece, facts.begin, needed[0]) for piece in flow.pieces
        ]
        self.ends = [self._section(f"r{piece.place}", piece, facts.end, needed[1]) for piece in flow.pieces]
        for piece in flow.pieces:
            function.write(self.begins[piece.place])
            self._before(piece, dict(self.begins[piece.place].values))
            if not piece.left:
                function.write(self.ends[piece.place])
                self._over(piece, dict(self.ends[piece.place].values))
        for piece in flow.pieces:
            if piece.head or piece.left:
                function.enter(piece.place, self.begins[piece.place], words)

    def _section(
        self, label: str, piece: Piece, moving: Sequence[set[str]], needed: Sequence[set[str]]
    ) -> Section:
        slots = [*sorted(map(adjoint, moving[piece.place])), *sorted(needed[piece.place])]
        return self.function.section(label, [*slots, *self.words])

    def _framed(self, back: int) -> list[str]:
        handed = self.flow.pieces[back].handed
        moving, needed = self.facts.begin[back] - handed, self.needed[0][back] - handed
        return [*sorted(map(adjoint, moving)), *sorted(needed)]

    def _over(self, piece: Piece, values: Values) -> None:
        """From the end of a piece to its begin."""
        function, place = self.function, piece.place
        kept = self.kept.get(place)
        known: dict[int, Any] = {}
        given = {slot: values[adjoint(slot)] for slot in self.facts.end[place]}
        if piece.turns:
            variable, step = piece.turns
            if variable in values and step in values:
                values[variable] = self.lanes.sub(values[variable], values[step])
        if kept:
            for node in reversed(kept.nodes):
                known[node] = function.pop(values, NUMBERS)
            for slot in reversed(kept.slots):
                values[slot] = function.pop(values, NUMBERS)
        inputs = {slot: values.get(slot, 0.0) for slot in piece.work.reads}
        results = Backward(piece, self.facts, self.lanes, inputs, given, known).results
        onward = {slot: one for slot, one in values.items() if slot[0] != "~"}
        onward |= {adjoint(slot): value for slot, value in results.items()}
        target = self.begins[place]
        if not piece.head:
            return function.jump(target, onward)
        function.put(f"%first{place} = icmp eq ptr {values[BYTES]}, %last")
        where = function.to(target, onward)
        function.put(f"br i1 %first{place}, label %stop{place}, {where}, {UNLIKELY}")
        function.label(f"stop{place}")
        slots = [slot for slot in target.values if slot[0] != "@"]
        return function.leave(place, slots, onward)

    def _before(self, piece: Piece, values: Values) -> None:
        """From the begin of a piece to the one that it was come to from."""
        function, came = self.function, [self.ends[place] for place in piece.came]
        if not came:
            return function.leave(piece.place, [slot for slot in values if slot[0] != "@"], values)
        if piece.place == piece.context.entry:
            return self._out(piece, values)
        if piece.called is not None:
            assert piece.site is not None
            for slot in self.framed[piece.site.number]:
                function.push(values, FRAMES, self.lanes.text(values[slot]))
            function.push(values, FRAMES, str(piece.site.number), "i64")
        if not is_told(piece):
            return function.jump(came[0], values)
        way = function.pop(values, BYTES, "i8").text
        function.chosen(way, "i8", {place: function.to(one, values) for place, one in enumerate(came)})
        return None

    def _out(self, piece: Piece, values: Values) -> None:
        """From the begin of a function to the call, whose slots are in its frame."""
        framed, sites = self.framed, piece.context.sites
        self.function.unwind(
            values, FRAMES, {site.number: (framed[site.number], self.ends[site.call]) for site in sites}
        )
