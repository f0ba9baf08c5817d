"""The derivative of a tree is a pair of trees: one that records, and one that runs backward.

The recording tree is the program, which besides puts aside what the other one needs and what is about to be
overwritten: an undo log. The reverse tree takes that back, so that each block's slots are what they were when
it began, and runs the adjoints of the blocks (`adjoints.adjoint`), the last one first. Both are trees as any
other: a branch puts aside which way it went, a loop how many rounds it had, and the variable of a range is
computed again from that. Jumps become branches: after a statement that may have jumped, what follows runs
only if it has not.
"""

from __future__ import annotations

from cgcli.annotations import Any, Collection, Sequence
from cgcli.control import tree as t
from cgcli.control.adjoints import ADJOINT, active, adjoint, is_scalar
from cgcli.control.counters import counted
from cgcli.control.inline import inlined
from cgcli.control.join import copied, joined
from cgcli.control.tails import last_jumps, tailed
from cgcli.graph import Graph, from_inside
from cgcli.ops import CONSTANT, INPUT, OPS

# The slot that says how the body of the innermost loop has ended so far.
JUMP, CONTINUED, BROKEN = "%jump", 1.0, 2.0


class Unsupported(Exception):
    """The tree has parts that are recorded in another way (`control.tape`)."""


class Reversal:
    """A pair of trees.

    recording   the program with its record; it has the same slots
    reverse     from the slots and the record that the other one ends with, and adjoint slots of the outputs,
                to adjoint slots of what it differentiates by
    adjoints    adjoint slots, which begin with 0
    """

    def __init__(self, recording: t.Seq, backward: t.Seq, adjoints: list[str]) -> None:
        self.recording, self.reverse, self.adjoints = recording, backward, adjoints


def reversal(tree: t.Tree, wrt: Sequence[str], outputs: Sequence[str]) -> Reversal:
    """The pair of trees for derivatives of output slots by input slots. Raises `Unsupported` for a tree that
    has more than numbers, branches, and loops over ranges or by conditions."""
    body = tailed(joined(counted(copied(inlined(tree))), outputs))
    for part in t.every(body):
        if part.__class__ is t.Block:
            if not is_scalar(part):
                raise Unsupported
        elif part.__class__ is t.For:
            if part.over.__class__ is not t.Range:
                raise Unsupported
        elif part.__class__ not in (t.If, t.While, t.Break, t.Continue, t.Checkpoint, t.Print, t.Check):
            raise Unsupported
    through = active(body, wrt, outputs)
    adjoints = {id(p): adjoint(p, through) for p in t.every(body) if p.__class__ is t.Block}
    demanded = {slot for one in adjoints.values() if one is not None for slot in one.reads}
    demanded = {slot for slot in demanded if not slot.startswith(ADJOINT)}
    for part in t.every(body):
        over = getattr(part, "over", None)
        if isinstance(over, t.Range) and part.variable in demanded:
            demanded |= {over.first, over.step or over.first}
    for part in t.every(body):
        if part.__class__ is t.While:
            for one in t.every(part.head):
                if one.__class__ is not t.Block or not demanded.isdisjoint(one.writes):
                    raise Unsupported
    recording, backward, _ = _Reverser(adjoints, demanded, last_jumps(body)).pair(body)
    names = sorted({*through, *outputs, *wrt})
    return Reversal(t.Seq(*recording), t.Seq(*backward), [ADJOINT + slot for slot in names])


# The parts of the recording tree, those of the reverse tree, and whether they may jump.
Pair = tuple[list[Any], list[Any], bool]


class _Reverser:
    def __init__(
        self, adjoints: dict[int, t.Block | None], demanded: Collection[str], last: Collection[int]
    ) -> None:
        self._adjoints, self._demanded, self._last = adjoints, demanded, last
        self._made: dict[int, Pair] = {}
        self._writes: dict[int, set[str]] = {}  # by sequence, the slots that it writes, at any depth
        self._breaking: set[int] = set()  # sequences in which a loop ends early, at any depth
        self._count = 0

    def pair(self, body: t.Seq) -> Pair:
        def make(seq: t.Seq, made: Any) -> Pair:
            self._made = made
            return self._sequence(seq)

        found: Pair = from_inside(body, t.inside, make)
        return found

    def _sequence(self, seq: t.Seq) -> Pair:
        later: list[Any] = []  # of the recording tree, from the last part on
        backward: list[Any] = []
        jumps = False
        for part in reversed(seq.parts):
            own, back, may_jump = self._part(part)
            if may_jump and later:
                goes_on = self._slot("on")
                test = _block(part, {goes_on: ("eq", JUMP, 0.0)})
                branch, backward = self._branch(part, goes_on, (later[::-1], backward), ([], []))
                later = [*reversed(branch), test]
            later += reversed(own)
            backward += back
            jumps = jumps or may_jump
        self._note(seq)
        return later[::-1], backward, jumps

    def _note(self, seq: t.Seq) -> None:
        """What is written in a sequence: of two sets the larger takes the other in, so that none is copied at
        every depth. Those of what is inside have been asked by then."""
        found: set[str] = set()
        for part in seq.parts:
            found.update(_written(part))
            if part.__class__ is t.Break or (part.__class__ is t.Continue and id(part) not in self._last):
                self._breaking.add(id(seq))
            for one in t.sequences(part):
                inner = self._writes[id(one)]
                found, inner = (found, inner) if len(found) >= len(inner) else (inner, found)
                found |= inner
                if id(one) in self._breaking:
                    self._breaking.add(id(seq))
        self._writes[id(seq)] = found

    def _is_known(self, part: t.For) -> bool:
        """Whether the number of rounds follows from the ends of the range, after the loop too."""
        assert isinstance(part.over, t.Range)
        over = {part.over.first, part.over.last}
        if part.over.step is not None or part.variable in over or id(part.body) in self._breaking:
            return False
        return over.isdisjoint(self._writes[id(part.body)])

    def _part(self, part: Any) -> Pair:
        if part.__class__ is t.Block:
            slots = tuple(slot for slot in part.writes if slot in self._demanded)
            of_block = self._adjoints[id(part)]
            backward: list[Any] = [] if of_block is None else [of_block]
            if not slots:
                return [part], backward, False
            place = part.start, part.stop
            return [t.Push(slots, *place), part], [t.Pop(slots, *place), *backward], False
        if part.__class__ is t.If:
            then, otherwise = t.sequences(part)
            own, back, jumps = self._of(then)
            other, other_back, others = self._of(otherwise)
            both = self._branch(part, part.condition, (own, back), (other, other_back))
            return (*both, jumps or others)
        if id(part) in self._last:
            return ([part] if part.__class__ is t.Break else []), [], False
        if part.__class__ in (t.Break, t.Continue):
            return [_block(part, {JUMP: BROKEN if part.__class__ is t.Break else CONTINUED})], [], True
        if part.__class__ in (t.For, t.While):
            return (*self._loop(part), False)
        if part.__class__ is t.Checkpoint:
            return self._checkpoint(part)
        return [part], [], False

    def _of(self, seq: t.Seq) -> Pair:
        return self._made[id(seq)]

    def _slot(self, name: str) -> str:
        self._count += 1
        return f"%{name}{self._count}"

    def _branch(self, part: Any, condition: str, then: Any, other: Any) -> tuple[list[Any], list[Any]]:
        place = part.start, part.stop
        if not then[1] and not other[1]:
            return [t.If(condition, t.Seq(*then[0]), t.Seq(*other[0]), *place)], []
        flag = self._slot("went")
        back = [t.Pop((flag,), *place), t.If(flag, t.Seq(*then[1]), t.Seq(*other[1]), *place)]
        if _breaks(then[0]) or _breaks(other[0]):
            ways = [
                _with_end(own, [_block(part, {flag: went}), t.Push((flag,), *place)])
                for own, went in ((then[0], 1.0), (other[0], 0.0))
            ]
            return [t.If(condition, t.Seq(*ways[0]), t.Seq(*ways[1]), *place)], back
        branch = t.If(condition, t.Seq(*then[0]), t.Seq(*other[0]), *place)
        return [_block(part, {flag: ("ne", condition, 0.0)}), branch, t.Push((flag,), *place)], back

    def _loop(self, part: Any) -> tuple[list[Any], list[Any]]:
        own, back, jumps = self._of(part.body)
        rounds, place = self._slot("rounds"), (part.start, part.stop)
        body, first = list(own), dict[str, Any]()
        if jumps:
            first[JUMP] = 0.0
            ends = self._slot("ends")
            body.append(_block(part, {ends: ("eq", JUMP, BROKEN)}))
            body.append(t.If(ends, t.Seq(t.Break(*place)), t.Seq(), *place))
        is_known = part.__class__ is t.For and self._is_known(part)
        if not is_known:
            first[rounds] = ("add", rounds, 1.0)
        if first:
            body.insert(0, _block(part, first))
        loop: Any = (
            t.While(part.head, part.condition, t.Seq(*body), *place) if part.__class__ is t.While else None
        )
        kept: tuple[str, ...] = ()
        if part.__class__ is t.For:
            loop = t.For(part.variable, part.over, t.Seq(*body), *place)
            kept = (part.variable,) if part.variable in self._demanded else ()
        recording = [
            *([t.Push(kept, *place)] if kept else []),
            *([] if is_known else [_block(part, {rounds: 0.0})]),
            loop,
            *([_count(part, rounds)] if is_known else []),
            *([_block(part, {JUMP: 0.0})] if jumps else []),
            t.Push((rounds,), *place),
        ]
        top, bottom, down = map(self._slot, ("top", "bottom", "down"))
        undone = [*([_variable(part, rounds)] if kept else []), *back]
        backward = [
            t.Pop((rounds,), *place),
            _block(part, {top: ("sub", rounds, 1.0), bottom: -1.0, down: -1.0}),
            t.For(rounds, t.Range(top, bottom, down, is_closed=False), t.Seq(*undone), *place),
            *([t.Pop(kept, *place)] if kept else []),
        ]
        return recording, backward

    def _checkpoint(self, part: Any) -> Pair:
        own, back, jumps = self._of(part.body)
        if jumps:
            return own, back, True
        place = part.start, part.stop
        slots = tuple(sorted({slot for one in t.every(part.body) for slot in _written(one)}))
        again = [one for one in own if one.__class__ is not t.Print]
        return [t.Push(slots, *place), *part.body.parts], [t.Pop(slots, *place), *again, *back], False


def _breaks(parts: Sequence[Any]) -> bool:
    """Whether a `break` stands at the end."""
    todo = [parts]
    while todo:
        parts = todo.pop()
        if parts and parts[-1].__class__ is t.Break:
            return True
        if parts and parts[-1].__class__ is t.If:
            todo += [parts[-1].then.parts, parts[-1].other.parts]
    return False


def _with_end(parts: Sequence[Any], end: list[Any]) -> list[Any]:
    """Parts, and at each of their ends others, before the `break` if there is one."""
    made: dict[int, list[Any]] = {}
    todo: list[Any] = [t.Seq(*parts)]
    first = todo[0]
    while todo:
        seq = todo[-1]
        last = seq.parts[-1] if seq.parts else None
        if last.__class__ is t.If and _breaks(seq.parts):
            waiting = [one for one in (last.then, last.other) if id(one) not in made]
            if waiting:
                todo += waiting
                continue
            then, other = (t.Seq(*made[id(one)]) for one in (last.then, last.other))
            made[id(seq)] = [*seq.parts[:-1], t.If(last.condition, then, other, last.start, last.stop)]
        elif last.__class__ is t.Break:
            made[id(seq)] = [*seq.parts[:-1], *end, last]
        else:
            made[id(seq)] = [*seq.parts, *end]
        todo.pop()
    return made[id(first)]


def _written(part: Any) -> Collection[str]:
    if part.__class__ is t.Block:
        return tuple(part.writes)
    return (part.variable,) if part.__class__ is t.For else ()


def _block(part: Any, writes: dict[str, Any]) -> t.Block:
    """A small block: slots get numbers, or an operation of a slot and a number."""
    graph = Graph()
    reads: dict[str, int] = {}
    found: dict[str, int] = {}
    for slot, value in writes.items():
        if value.__class__ is float:
            found[slot] = graph.constant(value)
            continue
        name, of, number = value
        if of not in reads:
            reads[of] = graph.input(of)
        found[slot] = graph.add(OPS[name], (reads[of], graph.add(CONSTANT, (), number)))
    return _uncounted(t.Block(graph, reads, found, part.start, part.stop))


def _uncounted(block: t.Block) -> t.Block:
    """A block that counts for nothing: its operations are not the program's."""
    block.cost = 0
    return block


def _count(part: t.For, rounds: str) -> t.Block:
    """How many rounds there have been."""
    graph, over = Graph(), part.over
    assert isinstance(over, t.Range)
    reads = {slot: graph.add(INPUT, (), slot) for slot in dict.fromkeys((over.first, over.last))}
    size = graph.add(OPS["sub"], (reads[over.last], reads[over.first]))
    if over.is_closed:
        size = graph.add(OPS["add"], (size, graph.constant(1.0)))
    size = graph.add(OPS["max"], (size, graph.constant(0.0)))
    return _uncounted(t.Block(graph, reads, {rounds: size}, part.start, part.stop))


def _variable(part: t.For, rounds: str) -> t.Block:
    """Before a round is taken back: the variable that it had, where so many came before it."""
    graph, over = Graph(), part.over
    assert isinstance(over, t.Range)
    reads = {slot: graph.add(INPUT, (), slot) for slot in dict.fromkeys((rounds, over.first))}
    moved = reads[rounds]
    if over.step is not None:
        if over.step not in reads:
            reads[over.step] = graph.add(INPUT, (), over.step)
        moved = graph.add(OPS["mul"], (moved, reads[over.step]))
    value = graph.add(OPS["add"], (reads[over.first], moved))
    return _uncounted(t.Block(graph, reads, {part.variable: value}, part.start, part.stop))
