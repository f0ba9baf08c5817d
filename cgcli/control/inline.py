"""Calls opened up where they stand: what is left is one stretch of blocks, branches and loops.

A call is opened up where the function returns at its end alone, calls itself over no other, sets each of
its names before it reads it, and changes in place what it has set alone; its slots get names of their own.
Others stay calls.
"""

from __future__ import annotations

from cgcli.annotations import Any, Mapping
from cgcli.control import tree as t
from cgcli.control.join import slots_of
from cgcli.graph import Graph
from cgcli.ops import INPUT

# So many parts may be made of calls.
MOST = 20_000


def inlined(tree: t.Tree) -> t.Seq:
    """The body of a tree with as few calls as there can be."""
    return _Inliner(tree).body() if tree.functions else tree.body


class _Inliner:
    def __init__(self, tree: t.Tree) -> None:
        self._tree = tree
        self._bodies: dict[str, t.Seq] = {}
        self._room, self._count = MOST, 0
        calls = {
            name: {part.function for part in t.every(function.body) if part.__class__ is t.Call}
            for name, function in tree.functions.items()
        }
        waiting = {name for name, function in tree.functions.items() if _is_simple(function)}
        while waiting:  # those first that call no other
            ready = {name for name in waiting if calls[name] <= self._bodies.keys()}
            if not ready:
                break
            for name in ready:
                self._bodies[name] = t.rebuilt(tree.functions[name].body, self._opened)
            waiting -= ready

    def body(self) -> t.Seq:
        return t.rebuilt(self._tree.body, self._opened)

    def _opened(self, parts: list[Any]) -> list[Any]:
        found: list[Any] = []
        for part in parts:
            body = self._bodies.get(part.function) if part.__class__ is t.Call else None
            size = 0 if body is None else sum(1 for _ in t.every(body))
            if body is None or size > self._room:
                found.append(part)
                continue
            self._room -= size
            found += self._call(part, self._tree.functions[part.function], body)
        return found

    def _call(self, call: t.Call, function: t.Function, body: t.Seq) -> list[Any]:
        """The parts of a function, in the place of a call."""
        self._count += 1
        names = {name: f"%{self._count}.{name}" for name in _own(function, body)}
        place = call.start, call.stop
        *parts, last = body.parts
        moved = t.rebuilt(t.Seq(*parts), lambda some: [_renamed(part, names) for part in some]).parts
        return [
            _copies(call.arguments, [names[name] for name in function.parameters], place),
            *moved,
            _copies([names.get(last.slot, last.slot)], [call.result], place),
        ]


def _own(function: t.Function, body: t.Seq) -> dict[str, None]:
    """The slots that are a function's own."""
    found = dict.fromkeys(function.parameters)
    for part in t.every(body):
        found |= dict.fromkeys(_set_by(part))
    return found


def _set_by(part: Any) -> list[str]:
    if part.__class__ is t.Block:
        return list(part.writes)
    if part.__class__ is t.For:
        return [part.variable]
    if part.__class__ is t.Call:
        return [part.result]
    return [part.value] if part.__class__ is t.If and part.value is not None else []


def _is_simple(function: t.Function) -> bool:
    """Whether it returns at its end alone, nothing that it reads of its own can be unset, and nothing that it
    changes in place is the program's: that would be a copy of its own."""
    parts = function.body.parts
    returns = [part for part in t.every(function.body) if part.__class__ is t.Return]
    if not parts or returns != [parts[-1]]:
        return False
    own = _own(function, function.body)
    if any(part.__class__ is t.Store and part.slot not in own for part in t.every(function.body)):
        return False
    known = set(function.parameters)
    for part in parts:
        todo = [(part, frozenset(known))]
        while todo:
            one, there = todo.pop()
            reads = one.reads if one.__class__ is t.Block else slots_of(one)
            if any(slot in own and slot not in there and slot[0] != "%" for slot in reads):
                return False
            inner = there | {one.variable} if one.__class__ is t.For else there
            todo += [(within, inner) for seq in t.sequences(one) for within in seq.parts]
        if not t.sequences(part):
            known |= set(_set_by(part))
    return True


def _copies(sources: Any, targets: Any, place: tuple[int, int]) -> t.Block:
    graph = Graph()
    reads: dict[str, int] = {}
    for slot in sources:
        if slot not in reads:
            reads[slot] = graph.add(INPUT, (), slot, *place)
    return t.Block(graph, reads, {to: reads[slot] for slot, to in zip(sources, targets)}, *place)


def _renamed(part: Any, names: Mapping[str, str]) -> Any:
    """A part whose slots have other names; what stands in it has them already."""

    def of(slot: Any) -> Any:
        return names.get(slot, slot)

    place, inside = (part.start, part.stop), t.sequences(part)
    if part.__class__ is t.Block:
        attrs = dict(part.graph.attrs)
        for slot, node in part.reads.items():
            attrs[node] = of(slot)
        reads = {of(slot): node for slot, node in part.reads.items()}
        writes = {of(slot): node for slot, node in part.writes.items()}
        return t.Block(part.graph.with_attributes(attrs), reads, writes, *place, part.is_plain)
    if part.__class__ is t.If:
        then, other = inside
        return t.If(of(part.condition), then, other, *place, value=of(part.value))
    if part.__class__ is t.While:
        return t.While(inside[0], of(part.condition), inside[1], *place)
    if part.__class__ is t.For:
        over: Any = part.over
        if over.__class__ is t.Range:
            over = t.Range(of(over.first), of(over.last), of(over.step), over.is_closed)
        else:
            over = t.Items(of(over.slot))
        return t.For(of(part.variable), over, inside[0], *place)
    if part.__class__ is t.Call:
        return t.Call(part.function, tuple(map(of, part.arguments)), of(part.result), part.where, *place)
    if part.__class__ is t.Store:
        path = tuple(level if isinstance(level, str) else _level(level, names) for level in part.path)
        return t.Store(of(part.slot), path, of(part.value), *place)
    if part.__class__ is t.Print:
        return t.Print(tuple(map(of, part.items)), *place)
    if part.__class__ is t.Check:
        return t.Check(of(part.condition), tuple(map(of, part.sides)), part.message, part.where, *place)
    assert part.__class__ in (t.Break, t.Continue, t.Checkpoint)
    return t.with_sequences(part, inside)


def _level(level: tuple[Any, ...], names: Mapping[str, str]) -> tuple[Any, ...]:
    return tuple(
        tuple(names.get(bound, bound) for bound in one) if isinstance(one, tuple) else names.get(one, one)
        for one in level
    )
