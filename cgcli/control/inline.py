"""Calls opened up where they stand: what is left is one stretch of blocks, branches and loops.

A call is opened up where the function returns at its end alone, calls itself over no other, and sets each of
its names before it reads it; its slots get names of their own. Others stay calls.
"""

from __future__ import annotations

from cgcli.annotations import Any, Mapping
from cgcli.control.join import slots_of
from cgcli.control.tree import (
    Block,
    Break,
    Call,
    Check,
    Checkpoint,
    Continue,
    For,
    Function,
    If,
    Items,
    Print,
    Range,
    Return,
    Seq,
    Store,
    Tree,
    While,
    every,
    rebuilt,
    sequences,
    with_sequences,
)
from cgcli.graph import Graph
from cgcli.ops import INPUT

# So many parts may be made of calls.
MOST = 20_000


def inlined(tree: Tree) -> Seq:
    """The body of a tree with as few calls as there can be."""
    return _Inliner(tree).body() if tree.functions else tree.body


class _Inliner:
    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._bodies: dict[str, Seq] = {}
        self._room, self._count = MOST, 0
        calls = {
            name: {part.function for part in every(function.body) if part.__class__ is Call}
            for name, function in tree.functions.items()
        }
        waiting = {name for name, function in tree.functions.items() if _is_simple(function)}
        while waiting:  # those first that call no other
            ready = {name for name in waiting if calls[name] <= self._bodies.keys()}
            if not ready:
                break
            for name in ready:
                self._bodies[name] = rebuilt(tree.functions[name].body, self._opened)
            waiting -= ready

    def body(self) -> Seq:
        return rebuilt(self._tree.body, self._opened)

    def _opened(self, parts: list[Any]) -> list[Any]:
        found: list[Any] = []
        for part in parts:
            body = self._bodies.get(part.function) if part.__class__ is Call else None
            size = 0 if body is None else sum(1 for _ in every(body))
            if body is None or size > self._room:
                found.append(part)
                continue
            self._room -= size
            found += self._call(part, self._tree.functions[part.function], body)
        return found

    def _call(self, call: Call, function: Function, body: Seq) -> list[Any]:
        """The parts of a function, in the place of a call."""
        self._count += 1
        names = {name: f"%{self._count}.{name}" for name in _own(function, body)}
        place = call.start, call.stop
        *parts, last = body.parts
        moved = rebuilt(Seq(*parts), lambda some: [_renamed(part, names) for part in some]).parts
        return [
            _copies(call.arguments, [names[name] for name in function.parameters], place),
            *moved,
            _copies([names.get(last.slot, last.slot)], [call.result], place),
        ]


def _own(function: Function, body: Seq) -> dict[str, None]:
    """The slots that are a function's own."""
    found = dict.fromkeys(function.parameters)
    for part in every(body):
        found |= dict.fromkeys(_set_by(part))
    return found


def _set_by(part: Any) -> list[str]:
    if part.__class__ is Block:
        return list(part.writes)
    if part.__class__ is For:
        return [part.variable]
    if part.__class__ is Call:
        return [part.result]
    return [part.value] if part.__class__ is If and part.value is not None else []


def _is_simple(function: Function) -> bool:
    """Whether it returns at its end alone, and nothing that it reads of its own can be unset."""
    parts = function.body.parts
    returns = [part for part in every(function.body) if part.__class__ is Return]
    if not parts or returns != [parts[-1]]:
        return False
    own = _own(function, function.body)
    known = set(function.parameters)
    for part in parts:
        todo = [(part, frozenset(known))]
        while todo:
            one, there = todo.pop()
            reads = one.reads if one.__class__ is Block else slots_of(one)
            if any(slot in own and slot not in there and slot[0] != "%" for slot in reads):
                return False
            inner = there | {one.variable} if one.__class__ is For else there
            todo += [(within, inner) for seq in sequences(one) for within in seq.parts]
        if not sequences(part):
            known |= set(_set_by(part))
    return True


def _copies(sources: Any, targets: Any, place: tuple[int, int]) -> Block:
    graph = Graph()
    reads: dict[str, int] = {}
    for slot in sources:
        if slot not in reads:
            reads[slot] = graph.add(INPUT, (), slot, *place)
    return Block(graph, reads, {to: reads[slot] for slot, to in zip(sources, targets)}, *place)


def _renamed(part: Any, names: Mapping[str, str]) -> Any:
    """A part whose slots have other names; what stands in it has them already."""

    def of(slot: Any) -> Any:
        return names.get(slot, slot)

    place, inside = (part.start, part.stop), sequences(part)
    if part.__class__ is Block:
        attrs = dict(part.graph.attrs)
        for slot, node in part.reads.items():
            attrs[node] = of(slot)
        reads = {of(slot): node for slot, node in part.reads.items()}
        writes = {of(slot): node for slot, node in part.writes.items()}
        return Block(part.graph.with_attributes(attrs), reads, writes, *place, part.is_plain)
    if part.__class__ is If:
        then, other = inside
        return If(of(part.condition), then, other, *place, value=of(part.value))
    if part.__class__ is While:
        return While(inside[0], of(part.condition), inside[1], *place)
    if part.__class__ is For:
        over: Any = part.over
        if over.__class__ is Range:
            over = Range(of(over.first), of(over.last), of(over.step), over.is_closed)
        else:
            over = Items(of(over.slot))
        return For(of(part.variable), over, inside[0], *place)
    if part.__class__ is Call:
        return Call(part.function, tuple(map(of, part.arguments)), of(part.result), part.where, *place)
    if part.__class__ is Store:
        path = tuple(level if isinstance(level, str) else _level(level, names) for level in part.path)
        return Store(of(part.slot), path, of(part.value), *place)
    if part.__class__ is Print:
        return Print(tuple(map(of, part.items)), *place)
    if part.__class__ is Check:
        return Check(of(part.condition), tuple(map(of, part.sides)), part.message, part.where, *place)
    assert part.__class__ in (Break, Continue, Checkpoint)
    return with_sequences(part, inside)


def _level(level: tuple[Any, ...], names: Mapping[str, str]) -> tuple[Any, ...]:
    return tuple(
        tuple(names.get(bound, bound) for bound in one) if isinstance(one, tuple) else names.get(one, one)
        for one in level
    )
