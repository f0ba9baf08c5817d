"""The part of a program that computes with numbers alone, as pieces without jumps and the ways between them.

It is what instructions (`control.code`) reach from one of them on: where it meets one that it is not for, it
is left there. What `for` does with its numbers is written out, over slots of its own.
"""

from __future__ import annotations

from cgcli.annotations import Any, Container, Iterable
from cgcli.control import code as c
from cgcli.control.tree import Block, Range
from cgcli.graph import Graph
from cgcli.ops import ALIAS, INPUT, OPS, Leaf

# Whole numbers of ranges are no larger, so that their differences and quotients are exact.
LARGEST = 2.0**50


class Piece:
    """Nodes that run one after the other, and what comes next.

    at          the instruction that it begins with
    work        its nodes as one block; `cost` is that of the instructions
    test        the slot that says whether `to[0]` is next or `to[1]`; None where there is no choice
    to, came    the pieces that are next, and those that it comes from
    head        whether a round of a loop begins here
    left        whether the program part is left here; it has no work
    fixed       whether what it sets is no function of what varies: the numbers of a `for`
    turns       the slot of a variable and that of the step, where a round of a `for` sets it
    counts      the slot of the variable, where a `for` begins
    """

    __slots__ = (
        "at",
        "came",
        "cost",
        "counts",
        "fixed",
        "head",
        "left",
        "place",
        "test",
        "to",
        "turns",
        "work",
    )

    def __init__(self, place: int, at: int) -> None:
        self.place, self.at = place, at
        self.work = Work()
        self.cost = 0
        self.test: str | None = None
        self.to: list[int] = []
        self.came: list[int] = []
        self.head = self.left = self.fixed = False
        self.turns: tuple[str, str] | None = None
        self.counts: str | None = None


class Work:
    """Blocks that run one after the other, as one graph; `reads` and `writes` as those of a block."""

    def __init__(self) -> None:
        self.graph = Graph()
        self.reads: dict[str, int] = {}
        self.writes: dict[str, int] = {}

    def read(self, slot: str) -> int:
        found = self.writes.get(slot, self.reads.get(slot))
        if found is None:
            found = self.reads[slot] = self.graph.input(slot)
        return found

    def add(self, block: Block) -> None:
        graph, places = block.graph, dict[Any, int]()
        for node, op in enumerate(graph.ops):
            if op is INPUT:
                places[node] = self.read(graph.attrs[node])
            else:
                operands = tuple(places[arg] for arg in graph.args[node])
                places[node] = self.graph.add(op, operands, graph.attrs.get(node))
        for slot, node in block.writes.items():
            is_copy = graph.ops[node] is INPUT
            places[node, slot] = self.graph.add(ALIAS, (places[node],)) if is_copy else places[node]
        self.writes |= {slot: places[node, slot] for slot, node in block.writes.items()}

    def apply(self, name: str, *operands: Any) -> int:
        """A node; operands are slots, nodes and numbers."""
        return self.graph.add(OPS[name], tuple(map(self._node, operands)))

    def _node(self, operand: Any) -> int:
        if isinstance(operand, str):
            return self.read(operand)
        return self.graph.constant(operand) if isinstance(operand, float) else int(operand)

    def ends(self, slots: Iterable[str]) -> None:
        """Keep of what is set those slots alone, and no copies of a slot to itself."""
        kept = set(slots)
        self.writes = {
            slot: node for slot, node in self.writes.items() if slot in kept and self.reads.get(slot) != node
        }


def is_numeric(block: Block) -> bool:
    """Whether a block has operations on numbers alone."""
    return block.is_plain and all(
        op.__class__ is Leaf or (op.partials is not None and op is not ALIAS) for op in block.graph.ops
    )


class Flow:
    """What instructions reach from one of them on.

    pieces      the first is where it begins, if nothing comes back there
    counters    of each `for` that is met, by the instruction of its rounds: the slots of how many are left,
                of the next number and of the step
    """

    def __init__(self, code: c.Code, start: int = 0) -> None:
        self.code = code
        self.pieces: list[Piece] = []
        self.counters: dict[int, tuple[str, str, str]] = {}
        self._known: dict[int, int] = {}
        self._targets = self._jumped_to() | {start}
        self._todo: list[int] = []
        entry = self._piece(start)
        entry.to = [self._at(start)]
        while self._todo:
            self._walk(self._todo.pop())
        for piece in self.pieces:
            for place in piece.to:
                self.pieces[place].came.append(piece.place)
        for piece in self.pieces:  # nothing comes back to a loop that is always left
            piece.head = piece.head and len(piece.came) > 1

    def _jumped_to(self) -> set[int]:
        found = set()
        for at, instruction in enumerate(self.code):
            kind = instruction[0]
            if kind in (c.ROUND, c.AGAIN, c.BEGIN):
                found.add(at)
            if kind in (c.JUMP, c.UNLESS, c.CHOOSE, c.THEN, c.ROUND):
                found |= {one for one in instruction[1:] if one.__class__ is int}
        return found

    def _piece(self, at: int) -> Piece:
        self.pieces.append(Piece(len(self.pieces), at))
        return self.pieces[-1]

    def _at(self, at: int) -> int:
        """The piece that begins with an instruction."""
        while self.code[at][0] == c.JUMP:
            at = self.code[at][1]
        if at not in self._known:
            self._known[at] = self._piece(at).place
            self._todo.append(at)
        return self._known[at]

    def _walk(self, at: int) -> None:
        """Fill the piece of an instruction, up to the next one that others come to."""
        piece, start = self.pieces[self._known[at]], at
        while at == start or at not in self._targets:
            kind, *rest = self.code[at]
            if kind == c.BLOCK and is_numeric(rest[0]):
                piece.work.add(rest[0])
                piece.cost += rest[1]
            elif kind == c.AGAIN and at == start:
                piece.head = True
                piece.cost += 1
            elif kind == c.JUMP:
                at = rest[0]
                continue
            elif kind in (c.UNLESS, c.CHOOSE):
                piece.test = rest[0].condition
                piece.to = [self._at(at + 1), self._at(rest[1])]
                return
            elif kind == c.THEN:
                at = rest[2]
                continue
            elif kind == c.BEGIN and isinstance(rest[0].over, Range):
                return self._begin(piece, at, rest[0]) if at == start else self._go(piece, at)
            elif kind == c.ROUND and isinstance(rest[0].over, Range) and at == start:
                return self._round(piece, at, *rest)
            elif kind not in (c.LEAVE, c.ELSE, c.STEP):
                if at != start:
                    return self._go(piece, at)
                piece.left = True
                return None
            at += 1
        self._go(piece, at)

    def _go(self, piece: Piece, at: int) -> None:
        self._targets.add(at)
        piece.to = [self._at(at)]

    def _slots(self, at: int) -> tuple[str, str, str]:
        """The counters of a loop whose rounds begin at an instruction."""
        found = self.counters.get(at)
        if found is None:
            found = self.counters[at] = (f"%rest@{at}", f"%next@{at}", f"%step@{at}")
        return found

    def _begin(self, piece: Piece, at: int, part: Any) -> None:
        """What a `for` counts, where its numbers are whole; else the program is left, and told there."""
        over, work = part.over, piece.work
        good: Any = None
        ends = [over.first, over.last] + ([] if over.step is None else [over.step])
        for slot in ends:
            whole = work.apply("eq", slot, work.apply("floor", slot))
            small = work.apply("le", work.apply("abs", slot), LARGEST)
            both = work.apply("and_", whole, small)
            good = both if good is None else work.apply("and_", good, both)
        if over.step is not None:
            good = work.apply("and_", good, work.apply("ne", over.step, 0.0))
        rest, following, step = self._slots(at + 1)
        stop: Any = work.apply("add", over.last, 1.0) if over.is_closed else work.read(over.last)
        size = work.apply("sub", stop, over.first)
        if over.step is not None:
            size = work.apply("ceil", work.apply("div", size, over.step))
        piece.test = f"%good@{at}"
        work.writes[piece.test] = good
        work.writes[rest] = work.apply("max", size, 0.0)
        work.writes[f"%some@{at}"] = work.apply("and_", good, work.apply("gt", size, 0.0))
        count, other = self._piece(at), self._piece(at)
        other.left = True
        piece.to = [count.place, other.place]
        work = count.work
        work.writes[following] = work.read(over.first)
        work.writes[step] = work.graph.constant(1.0) if over.step is None else work.read(over.step)
        piece.fixed = count.fixed = True
        count.counts = part.variable
        count.to = [self._at(at + 1)]

    def require_rounds(self, variables: Container[str]) -> None:
        """Leave the program where a loop begins that has no round, and one of these variables."""
        for piece in self.pieces:
            variable = piece.counts
            if variable is not None and variable in variables:
                _, following, _ = self.counters[piece.at + 1]
                self.pieces[piece.came[0]].test = f"%some@{piece.at}"
                piece.work.writes[variable] = piece.work.writes[following]
                piece.counts = None

    def _round(self, piece: Piece, at: int, part: Any, out: int) -> None:
        rest, following, step = self._slots(at)
        piece.head = piece.fixed = True
        piece.cost = 1
        piece.test = f"%more@{at}"
        piece.work.writes[piece.test] = piece.work.apply("gt", rest, 0.0)
        turn = self._piece(at)
        turn.fixed, turn.turns = True, (part.variable, step)
        work = turn.work
        work.writes = {
            part.variable: work.read(following),
            following: work.apply("add", following, step),
            rest: work.apply("sub", rest, 1.0),
        }
        piece.to = [turn.place, self._at(out)]
        turn.to = [self._at(at + 1)]
