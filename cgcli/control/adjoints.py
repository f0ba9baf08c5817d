"""What is known of a tree of numbers before it runs: which slots derivatives pass through, and the adjoint of
each block."""

from __future__ import annotations

from cgcli.algebras.symbols import Symbol, Symbols
from cgcli.annotations import Any, Collection, Iterable
from cgcli.control.tree import Block, Seq, every
from cgcli.graph import Graph
from cgcli.ops import INPUT, Leaf
from cgcli.passes.derive import Values
from cgcli.passes.reverse import reverse

# An adjoint slot is that of its slot, after this.
ADJOINT = "~"


def is_scalar(block: Block) -> bool:
    """Whether a block has operations on single numbers alone."""
    return block.is_plain and all(op.__class__ is Leaf or op.partials is not None for op in block.graph.ops)


def active(body: Seq, wrt: Iterable[str], outputs: Iterable[str]) -> set[str]:
    """The slots that depend on one of `wrt` and that an output depends on: the least set that fits all
    blocks, in whatever order they run."""
    known = [link for part in every(body) if part.__class__ is Block for link in links(part)]
    varied, useful = set(wrt), set(outputs)
    grows = True
    while grows:
        size = len(varied) + len(useful)
        for write, reads in known:
            if not varied.isdisjoint(reads):
                varied.add(write)
        for write, reads in reversed(known):
            if write in useful:
                useful |= reads
        grows = len(varied) + len(useful) > size
    return varied & useful


def links(block: Block) -> list[tuple[str, set[str]]]:
    """By slot that a block writes, the slots that its value depends on."""
    graph = block.graph
    return [
        (slot, {graph.attrs[one] for one in graph.ancestors([node]) if graph.ops[one] is INPUT})
        for slot, node in block.writes.items()
    ]


def adjoint(block: Block, through: Collection[str]) -> Block | None:
    """The adjoint of a block: over its slots as they were before it, and adjoint slots as they are after it,
    it writes those before it. None where no derivative passes through."""
    written = [(slot, node) for slot, node in block.writes.items() if slot in through]
    if not written:
        return None
    graph, count = block.graph.copy(), len(block.graph)
    symbols = Symbols(graph)
    read = {slot: node for slot, node in block.reads.items() if slot in through}
    seeds: dict[int, Any] = {}
    # what was handed back to a slot that is only read comes first in the sum, as it would node by node
    kept = [(slot, node) for slot, node in read.items() if slot not in block.writes]
    for slot, node in (*kept, *written):
        one = graph.add(INPUT, (), ADJOINT + slot, block.start, block.stop)
        symbols.symbol(one)
        seed = Symbol(symbols, one, cotangent=True)
        seeds[node] = seed if node not in seeds else seeds[node] + seed
    nodes = list(range(count))
    marks = graph.dependents_among(list(read.values()), nodes)
    found = reverse(graph, symbols, Values(symbols), seeds, marks, nodes)
    writes: dict[str, int] = {}
    for slot, node in read.items():
        back = found.get(node)
        writes[ADJOINT + slot] = symbols.node(0.0 if back is None else back)
    for slot, _ in written:
        writes.setdefault(ADJOINT + slot, symbols.node(0.0))
    own = {slot: node for slot, node in writes.items() if graph.attrs.get(node) != slot}
    return _of(graph, own, block) if own else None


def _of(graph: Graph, writes: dict[str, int], block: Block) -> Block:
    """A block of what some nodes need."""
    found = Graph()
    place: dict[int, int] = {}
    reads: dict[str, int] = {}
    for node in graph.ancestors(writes.values()):
        found.take(graph, node, place)
        if graph.ops[node] is INPUT:
            reads[graph.attrs[node]] = place[node]
    return Block(found, reads, {slot: place[node] for slot, node in writes.items()}, block.start, block.stop)
