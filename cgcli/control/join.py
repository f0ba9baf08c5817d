"""Blocks that follow one another as one block: less to do between them, and less to keep."""

from __future__ import annotations

from cgcli.annotations import Any, Sequence
from cgcli.control.tree import Block, Seq, every, rebuilt
from cgcli.graph import Graph
from cgcli.ops import ALIAS, CONSTANT, INPUT


def joined(body: Seq, kept: Sequence[str] = ()) -> Seq:
    """The same program with as few blocks as there can be. Hidden slots that only one of them uses are none,
    but for those that are `kept`."""
    users: dict[str, set[int]] = {slot: {0} for slot in kept}
    for part in every(body):
        named = part.reads if part.__class__ is Block else slots_of(part)
        for slot in named:
            users.setdefault(slot, set()).add(id(part))

    def change(parts: list[Any]) -> list[Any]:
        found: list[Any] = []
        run: list[Block] = []
        for part in [*parts, None]:
            if part.__class__ is Block:
                run.append(part)
                continue
            if run:
                found.append(run[0] if len(run) == 1 else _one(run, users))
                run = []
            if part is not None:
                found.append(part)
        return found

    return rebuilt(body, change)


def slots_of(part: Any) -> list[str]:
    """The slots that a part which is no block reads by itself."""
    found: list[str] = []
    for field in ("condition", "value", "slot", "sides", "arguments", "items", "path", "over", "slots"):
        found += _named(getattr(part, field, None))
    return found


def _named(value: Any) -> list[str]:
    found: list[str] = []
    todo = [value]
    while todo:
        one = todo.pop()
        if one.__class__ is str:
            found.append(one)
        elif one.__class__ is tuple:
            todo += one
        elif hasattr(one, "is_closed"):
            todo += [one.first, one.last, one.step]
        elif one.__class__.__name__ == "Items":
            todo.append(one.slot)
    return found


def _one(blocks: list[Block], users: dict[str, set[int]]) -> Block:
    graph = Graph()
    reads: dict[str, int] = {}
    writes: dict[str, int] = {}
    numbers: dict[Any, int] = {}
    own = {id(block) for block in blocks}
    for block in blocks:
        old, place = block.graph, dict[int, int]()
        named = set(block.writes.values())
        for node, op in enumerate(old.ops):
            span = old.starts[node], old.ends[node]
            if op is INPUT:
                slot = old.attrs[node]
                found = writes.get(slot, reads.get(slot))
                if found is None:
                    found = reads[slot] = graph.add(INPUT, (), slot, *span)
                    if node in old.names:
                        graph.names[found] = old.names[node]
            elif op is CONSTANT and node not in named and node not in old.names:
                value = old.attrs[node]
                key = (value.__class__, getattr(value, "text", None) or repr(value))
                found = numbers.get(key)
                if found is None:
                    found = numbers[key] = graph.add(CONSTANT, (), value, *span)
            else:
                found = graph.take(old, node, place)
                if node in old.names:
                    graph.names[found] = old.names[node]
            place[node] = found
        writes |= {slot: place[node] for slot, node in block.writes.items()}
    kept = {slot: node for slot, node in writes.items() if slot[0] != "%" or users.get(slot, set()) - own}
    is_plain = all(block.is_plain for block in blocks)
    return Block(graph, reads, kept, blocks[0].start, blocks[0].stop, is_plain)


def copied(body: Seq) -> Seq:
    """The same program, in which a slot that is set to what another has gets a node: each has an adjoint of
    its own, summed where it is set, in whatever blocks that is joined with."""
    return rebuilt(body, lambda parts: [_copied(part) if part.__class__ is Block else part for part in parts])


def _copied(block: Block) -> Any:
    graph, writes = block.graph, dict(block.writes)
    copies = [slot for slot, node in writes.items() if graph.ops[node] is INPUT]
    if not copies:
        return block
    graph = graph.copy()
    for slot in copies:
        node = writes[slot]
        writes[slot] = graph.add(ALIAS, (node,), None, *graph.place(node))
    found = Block(graph, block.reads, writes, block.start, block.stop, block.is_plain)
    found.cost = block.cost
    return found
