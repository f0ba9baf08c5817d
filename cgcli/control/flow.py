"""The part of a program that computes with numbers alone, as pieces without jumps and the ways between them.

It is what instructions (`control.code`) reach from one of them on: where it meets one that it is not for, it
is left there. What `for` does with its numbers is written out, over slots of its own.
"""

from __future__ import annotations

from cgcli.annotations import Any, Container
from cgcli.control import code as c
from cgcli.control.contexts import Calls, Context, Site
from cgcli.control.pieces import Piece
from cgcli.control.tree import Block, Range
from cgcli.ops import ALIAS, Leaf

# Whole numbers of ranges are no larger, so that their differences and quotients are exact.
LARGEST = 2.0**50

# From so many pieces on calls share those of their function.
MANY = 400

# What is known of more pieces than this takes longer to find than it saves.
MOST = 2_000


def is_numeric(block: Block) -> bool:
    """Whether a block has operations on numbers alone."""
    return block.is_plain and all(
        op.__class__ is Leaf or (op.partials is not None and op is not ALIAS) for op in block.graph.ops
    )


class Flow:
    """What instructions reach from one of them on. Raises `ValueError` where that is too much.

    pieces      the first is where it begins, if nothing comes back there
    counters    of each `for` that is met, by the context and the instruction of its rounds: the slots of how
                many are left, of the next number and of the step
    sites       the calls that share pieces
    first       the context that it begins in; `shared`, those whose pieces are
    through     the slots that go through all calls of those
    """

    def __init__(self, calls: Calls, function: str, start: int = 0) -> None:
        self.calls = calls
        code = calls.codes.function(function) if function else calls.codes.main
        self.first = Context(calls, function, code)
        self.first.targets.add(start)
        self.pieces: list[Piece] = []
        self.counters: dict[tuple[str, int], tuple[str, str, str]] = {}
        self.sites: list[Site] = []
        self._shared: dict[str, Context] = {}
        self._contexts = 0
        self._todo: list[tuple[Context, int]] = []
        entry = self._piece(self.first, start)
        entry.to = [self._at(self.first, start)]
        while self._todo:
            self._walk(*self._todo.pop())
            if len(self.pieces) > MOST:
                raise ValueError(f"it has more than {MOST:,} branches, rounds and calls to go through")
        self.shared = list(self._shared.values())
        self.through = set[str]().union(*(context.through for context in self.shared))
        for context in self.shared:
            for place in context.returns:
                self.pieces[place].to = [site.back for site in context.sites]
        for piece in self.pieces:
            for place in piece.to:
                self.pieces[place].came.append(piece.place)
        for piece in self.pieces:  # nothing comes back to a loop that is always left
            piece.head = piece.head and (len(piece.came) > 1 or piece.site is not None)

    def _piece(self, context: Context, at: int) -> Piece:
        self.pieces.append(Piece(len(self.pieces), context, at))
        return self.pieces[-1]

    def _at(self, context: Context, at: int) -> int:
        """The piece that begins with an instruction."""
        while context.code[at][0] == c.JUMP:
            at = context.code[at][1]
        if at not in context.known:
            context.known[at] = self._piece(context, at).place
            self._todo.append((context, at))
        return context.known[at]

    def _walk(self, context: Context, at: int) -> None:
        """Fill the piece of an instruction, up to the next one that others come to."""
        piece, start = self.pieces[context.known[at]], at
        while at == start or at not in context.targets:
            kind, *rest = context.code[at]
            if kind == c.BLOCK and is_numeric(rest[0]):
                piece.work.add(rest[0], context.slot)
                piece.cost += rest[1]
            elif kind == c.AGAIN and at == start:
                piece.head = True
                piece.cost += 1
            elif kind == c.JUMP:
                at = rest[0]
                continue
            elif kind in (c.UNLESS, c.CHOOSE):
                piece.test = context.slot(rest[0].condition)
                piece.to = [self._at(context, at + 1), self._at(context, rest[1])]
                return None
            elif kind == c.THEN:
                at = rest[2]
                continue
            elif kind == c.BEGIN and isinstance(rest[0].over, Range):
                return self._begin(piece, rest[0]) if at == start else self._go(piece, at)
            elif kind == c.ROUND and isinstance(rest[0].over, Range) and at == start:
                return self._round(piece, *rest)
            elif kind in (c.CALL, c.CHECK) or (kind == c.RETURN and context.number):
                if at != start:
                    return self._go(piece, at)
                walk = {c.CALL: self._call, c.CHECK: self._check, c.RETURN: self._return}[kind]
                return walk(piece, rest[0])
            elif kind not in (c.LEAVE, c.ELSE, c.STEP):
                if at != start:
                    return self._go(piece, at)
                piece.left = True
                return None
            at += 1
        return self._go(piece, at)

    def _go(self, piece: Piece, at: int) -> None:
        piece.context.targets.add(at)
        piece.to = [self._at(piece.context, at)]

    def _call(self, piece: Piece, part: Any) -> None:
        context, calls, name = piece.context, self.calls, part.function
        piece.cost = 1
        given = [context.slot(slot) for slot in part.arguments]
        parameters = calls.functions[name].parameters
        if name not in calls.recursive and len(self.pieces) < MANY:
            inner = self._context(name, context, piece.at)
            piece.work.copy(zip(given, map(inner.slot, parameters)))
            first = self._piece(inner, 0)
            first.opens, first.to, piece.to = True, [self._at(inner, 0)], [first.place]
            return
        inner = self._shared.get(name)  # type: ignore[assignment]
        if inner is None:
            inner = self._shared[name] = self._context(name)
            first = self._piece(inner, 0)
            first.work.copy([(inner.argument(slot), inner.slot(slot)) for slot in parameters])
            inner.entry, first.to = first.place, [self._at(inner, 0)]
        arguments = list(map(inner.argument, parameters))
        piece.work.copy(zip(given, arguments))
        back = self._piece(context, piece.at + 1)
        site = Site(len(self.sites), context, piece.place, back.place)
        self.sites.append(site)
        inner.sites.append(site)
        piece.site = back.site = site
        piece.head = back.head = True
        piece.to, piece.only, piece.beside = [inner.entry], inner.through.union(arguments), back.place
        back.called, back.handed = piece.place, {inner.result} | inner.through
        back.work.copy([(inner.result, context.slot(part.result))])
        self._go(back, piece.at + 1)

    def _context(self, name: str, parent: Context | None = None, at: int = 0) -> Context:
        self._contexts += 1
        code = self.calls.codes.function(name)
        return Context(self.calls, name, code, self.first, str(self._contexts), parent, at)

    def _return(self, piece: Piece, part: Any) -> None:
        context, slot = piece.context, piece.context.slot(part.slot)
        parent = context.parent
        if parent is None:
            piece.work.copy([(slot, context.result)])
            piece.only = {context.result} | context.through
            context.returns.append(piece.place)
            return
        piece.work.copy([(slot, parent.slot(context.instruction[1].result))])
        parent.targets.add(context.at + 1)
        piece.to = [self._at(parent, context.at + 1)]

    def _check(self, piece: Piece, part: Any) -> None:
        """Go on where a condition holds; else the program is left, and told there."""
        work, slot = piece.work, piece.context.slot(part.condition)
        piece.test = piece.context.slot(f"%held@{piece.at}")
        is_number = work.apply("eq", slot, slot)
        work.writes[piece.test] = work.apply("and_", work.apply("ne", slot, 0.0), is_number)
        piece.fixed = True
        other = self._piece(piece.context, piece.at)
        other.left = True
        self._go(piece, piece.at + 1)
        piece.to.append(other.place)

    def _slots(self, context: Context, at: int) -> tuple[str, str, str]:
        """The counters of a loop whose rounds begin at an instruction."""
        found = self.counters.get((context.number, at))
        if found is None:
            rest, following, step = (context.slot(f"%{name}@{at}") for name in ("rest", "next", "step"))
            found = self.counters[context.number, at] = rest, following, step
        return found

    def _begin(self, piece: Piece, part: Any) -> None:
        """What a `for` counts, where its numbers are whole; else the program is left, and told there."""
        over, work, context, at = part.over, piece.work, piece.context, piece.at
        good: Any = None
        first, last = context.slot(over.first), context.slot(over.last)
        by = None if over.step is None else context.slot(over.step)
        for slot in [first, last] + ([] if by is None else [by]):
            whole = work.apply("eq", slot, work.apply("floor", slot))
            small = work.apply("le", work.apply("abs", slot), LARGEST)
            both = work.apply("and_", whole, small)
            good = both if good is None else work.apply("and_", good, both)
        if by is not None:
            good = work.apply("and_", good, work.apply("ne", by, 0.0))
        rest, following, step = self._slots(context, at + 1)
        stop: Any = work.apply("add", last, 1.0) if over.is_closed else work.read(last)
        size = work.apply("sub", stop, first)
        if by is not None:
            size = work.apply("ceil", work.apply("div", size, by))
        piece.test = context.slot(f"%good@{at}")
        work.writes[piece.test] = good
        work.writes[rest] = work.apply("max", size, 0.0)
        work.writes[context.slot(f"%some@{at}")] = work.apply("and_", good, work.apply("gt", size, 0.0))
        count, other = self._piece(context, at), self._piece(context, at)
        other.left = True
        piece.to = [count.place, other.place]
        work = count.work
        work.writes[following] = work.read(first)
        work.writes[step] = work.graph.constant(1.0) if by is None else work.read(by)
        piece.fixed = count.fixed = True
        count.counts = context.slot(part.variable)
        count.to = [self._at(context, at + 1)]

    def require_rounds(self, variables: Container[str]) -> None:
        """Leave the program where a loop begins that has no round, and one of these variables."""
        for piece in self.pieces:
            variable = piece.counts
            if variable is not None and variable in variables:
                _, following, _ = self.counters[piece.context.number, piece.at + 1]
                self.pieces[piece.came[0]].test = piece.context.slot(f"%some@{piece.at}")
                piece.work.writes[variable] = piece.work.writes[following]
                piece.counts = None

    def _round(self, piece: Piece, part: Any, out: int) -> None:
        context, at = piece.context, piece.at
        rest, following, step = self._slots(context, at)
        piece.head = piece.fixed = True
        piece.cost = 1
        piece.test = context.slot(f"%more@{at}")
        piece.work.writes[piece.test] = piece.work.apply("gt", rest, 0.0)
        turn = self._piece(context, at)
        variable = context.slot(part.variable)
        turn.fixed, turn.turns = True, (variable, step)
        work = turn.work
        work.writes = {
            variable: work.read(following),
            following: work.apply("add", following, step),
            rest: work.apply("sub", rest, 1.0),
        }
        piece.to = [turn.place, self._at(context, out)]
        turn.to = [self._at(context, at + 1)]
