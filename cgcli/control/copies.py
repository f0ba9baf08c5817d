"""Slots that are set to what others have, with a node of their own: each has its own adjoint, summed where it
is set, in whatever blocks that is joined with."""

from __future__ import annotations

from cgcli.annotations import Any
from cgcli.control.tree import Block, Seq, rebuilt
from cgcli.ops import ALIAS, INPUT


def copied(body: Seq) -> Seq:
    """The same program, in which copies are nodes."""
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
