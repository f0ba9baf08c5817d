"""The tangent of a tree: the program, which besides computes how its slots move where its inputs do.

Each block computes the tangents of what it writes by the tangent pass over symbols (`passes.forward`). So
the result is a tree as any other: whatever runs a tree runs it, and a gradient of what it ends with is that
of a derivative (B. Christianson, "Automatic Hessians by reverse accumulation", 1992, in the other order).
"""

from __future__ import annotations

from cgcli.algebras.symbols import Symbol, Symbols
from cgcli.annotations import Any, Collection, Sequence
from cgcli.control import tree as t
from cgcli.control.adjoints import active, is_scalar
from cgcli.control.inline import inlined
from cgcli.control.reverse import Unsupported
from cgcli.graph import Graph
from cgcli.ops import INPUT
from cgcli.passes.derive import Values
from cgcli.passes.forward import tangent

# What the slot of a tangent begins with; it is a hidden one.
TANGENT = "%d."
# The parts of trees that are taken on.
WAYS = (t.Block, t.For, t.If, t.While, t.Break, t.Continue, t.Checkpoint, t.Print, t.Check)


def onward(tree: t.Tree, wrt: Sequence[str], outputs: Sequence[str]) -> t.Tree:
    """The tree that has the tangents of output slots for outputs, where the tangents of the inputs `wrt` are
    inputs, too; it prints nothing. Raises `Unsupported` for a tree that has more than numbers, branches, and
    loops over ranges or by conditions, and where an operation has a corner: its second derivative is looked
    for on all sides."""
    body = inlined(tree)
    for part in t.every(body):
        if part.__class__ is t.For and part.over.__class__ is not t.Range:
            raise Unsupported
        if part.__class__ is t.Block and not is_scalar(part):
            raise Unsupported
        if part.__class__ not in WAYS:
            raise Unsupported
    through = active(body, wrt, outputs)

    def change(parts: list[Any]) -> list[Any]:
        found: list[Any] = []
        for part in parts:
            if part.__class__ is t.Block:
                found.append(_tangent(part, through))
            elif part.__class__ is t.For and part.variable in through:
                found.append(t.with_sequences(part, [t.Seq(_at_rest(part), *part.body.parts)]))
            elif part.__class__ is not t.Print:
                found.append(part)
        return found

    inputs = (*tree.inputs, *(TANGENT + name for name in wrt))
    asked = tuple(TANGENT + slot for slot in outputs)
    zeros = [slot for slot in (*wrt, *outputs) if slot not in through]
    begin = _zeros(zeros, (0, 0))
    return t.Tree(t.Seq(begin, *t.rebuilt(body, change).parts), {}, inputs, asked, tree.settings)


def _zeros(slots: Sequence[str], place: tuple[int, int]) -> t.Block:
    """A block by which slots do not move."""
    graph = Graph()
    return t.Block(graph, {}, {TANGENT + slot: graph.constant(0.0) for slot in slots}, *place)


def _at_rest(part: t.For) -> t.Block:
    """The number that a loop gives its variable does not move."""
    return _zeros([part.variable], (part.start, part.stop))


def _tangent(block: t.Block, through: Collection[str]) -> t.Block:
    """A block that also writes the tangents of its slots, of those that a derivative passes through."""
    written = {slot: node for slot, node in block.writes.items() if slot in through}
    if not written:
        return block
    graph = block.graph.copy()
    symbols = Symbols(graph)
    nodes = block.graph.ancestors(written.values())
    reads, seeds = dict(block.reads), dict[int, Any]()
    for slot, node in block.reads.items():
        if slot in through:
            reads[TANGENT + slot] = one = graph.add(INPUT, (), TANGENT + slot, block.start, block.stop)
            symbols.symbol(one)
            seeds[node] = Symbol(symbols, one)
    moving = graph.dependents_among(list(seeds), nodes)
    if any(moving[node] and graph.ops[node].corner is not None for node in nodes):
        raise Unsupported
    found = tangent(graph, symbols, Values(symbols), seeds, nodes)
    writes = dict(block.writes)
    for slot, node in written.items():
        writes[TANGENT + slot] = symbols.node(found.get(node, 0.0))
    return t.Block(graph, reads, writes, block.start, block.stop)
