"""Pieces of a flow: nodes without jumps, and the ways between them."""

from __future__ import annotations

from cgcli.annotations import Any, Callable, Iterable
from cgcli.control import code as c
from cgcli.control.contexts import Context, Site
from cgcli.control.tree import Block
from cgcli.graph import Graph
from cgcli.ops import ALIAS, INPUT, OPS


class Piece:
    """Nodes that run one after the other, and what comes next.

    context     whose instructions it has; `at` is the one that it begins with
    work        its nodes as one block; `cost` is that of the instructions
    test        the slot that says whether `to[0]` is next or `to[1]`; None where there is no choice
    to, came    the pieces that are next, and those that it comes from
    head        whether a round of a loop begins here, or a call that shares pieces, or what follows it
    left        whether the program part is left here; it has no work
    fixed       whether what it sets is no function of what varies: the numbers of a `for`
    turns       the slot of a variable and that of the step, where a round of a `for` sets it
    counts      the slot of the variable, where a `for` begins
    opens       whether a call begins, whose slots have no values yet
    only        the slots that alone are handed on to the next pieces; None for all
    site        of a call that shares pieces; all other slots go past them, from where it calls, `beside`, to
                where its caller goes on, which has come from there: `called`; and has been `handed` those
    """

    __slots__ = (
        "at",
        "beside",
        "called",
        "came",
        "context",
        "cost",
        "counts",
        "fixed",
        "handed",
        "head",
        "left",
        "only",
        "opens",
        "place",
        "site",
        "test",
        "to",
        "turns",
        "work",
    )

    def __init__(self, place: int, context: Context, at: int) -> None:
        self.place, self.context, self.at = place, context, at
        self.work = Work()
        self.cost = 0
        self.test: str | None = None
        self.to: list[int] = []
        self.came: list[int] = []
        self.head = self.left = self.fixed = False
        self.turns: tuple[str, str] | None = None
        self.counts: str | None = None
        self.opens = False
        self.only: set[str] | None = None
        self.site: Site | None = None
        self.beside: int | None = None
        self.called: int | None = None
        self.handed: set[str] = set()

    @property
    def instruction(self) -> tuple[Any, ...]:
        return self.context.code[self.at]

    @property
    def is_end(self) -> bool:
        """Whether the program ends here, and does not only go on in another way."""
        return self.left and self.instruction[0] == c.END and not self.context.function

    @property
    def is_return(self) -> bool:
        """Whether it goes back to any call that shares its pieces."""
        return self.place in self.context.returns


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

    def add(self, block: Block, named: Callable[[str], str]) -> None:
        """The nodes of a block, whose slots are called as it is `named`."""
        graph, places = block.graph, dict[Any, int]()
        for node, op in enumerate(graph.ops):
            if op is INPUT:
                places[node] = self.read(named(graph.attrs[node]))
            else:
                self.graph.take(graph, node, places)
        for slot, node in block.writes.items():
            is_copy = graph.ops[node] is INPUT
            places[node, slot] = self.graph.add(ALIAS, (places[node],)) if is_copy else places[node]
        self.writes |= {named(slot): places[node, slot] for slot, node in block.writes.items()}

    def copy(self, slots: Iterable[tuple[str, str]]) -> None:
        """Set slots to what others have, all at once: from, to."""
        self.writes |= {to: self.graph.add(ALIAS, (self.read(slot),)) for slot, to in list(slots)}

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
