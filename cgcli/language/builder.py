"""The block that is being made, and the sequences around it."""

from __future__ import annotations

from cgcli.annotations import Any
from cgcli.control.tree import Block, Seq
from cgcli.diagnostics import CgError
from cgcli.graph import Graph
from cgcli.language.known import Known
from cgcli.language.syntax import Syntax
from cgcli.ops import CONSTANT, INPUT, OPS
from cgcli.ops.entry import COMPARISON


class Named:
    """An operand that a slot holds; its place in the source.

    middle      of a comparison, with which a chain may go on: its second operand
    """

    __slots__ = ("end", "middle", "slot", "start")

    def __init__(self, slot: str, start: int, end: int) -> None:
        self.slot, self.start, self.end = slot, start, end
        self.middle: Named | Number | None = None


class Number:
    """An operand that is a number of the program."""

    __slots__ = ("end", "name", "start", "value")

    def __init__(self, value: Any, start: int, end: int, name: str | None = None) -> None:
        self.value, self.start, self.end, self.name = value, start, end, name


class Builder:
    """Parts of a tree as they are made: nodes go into a block, other parts end it.

    place       of the statement that is read
    stack       the operands that wait for their operation: nodes of the block, `Named`s, `Number`s, texts,
                and what else a reader puts there
    reads, writes       of the block, and whether it `is_plain`
    """

    def __init__(self, syntax: Syntax) -> None:
        self.syntax = syntax
        self.place = (0, 0)
        self.stack: list[Any] = []
        self._parts: list[list[Any]] = [[]]  # of the sequences that are open
        self._hidden = 0
        self._has_chains = "compare_next" in syntax.code
        self._begin()

    def _begin(self) -> None:
        self.graph = Graph()
        self.reads: dict[str, int] = {}
        self.writes: dict[str, int] = {}
        self._constants: dict[Any, int] = {}
        self.is_plain = True

    @property
    def depth(self) -> int:
        """How many sequences are open: that of the program, that of a function, and others."""
        return len(self._parts)

    def known(self) -> Known:
        """What is known of the block."""
        return Known(self.graph, {}, lambda _: None)

    def hidden(self) -> str:
        self._hidden += 1
        return f"%{self._hidden}"

    def flush(self) -> None:
        """End the block; what waits on the stack goes into hidden slots."""
        graph = self.graph
        if len(graph):
            known: dict[int, str] = {}
            for at in range(len(self.stack) - 1, -1, -1):
                operand = self.stack[at]
                if operand.__class__ is tuple:  # what a reader put there when it ended the block before
                    break
                if operand.__class__ is not int:
                    continue
                held = self.stack[at] = self._held(operand, known)
                middle = self.middle(operand) if self._has_chains else None
                if middle is not None and held.__class__ is Named:
                    held.middle = self._held(middle, known)
        if self.writes:
            block = Block(graph, self.reads, self.writes, *self.place, is_plain=self.is_plain)
            self._parts[-1].append(block)
        self._begin()

    def _held(self, node: int, known: dict[int, str]) -> Any:
        """The operand that has a node's value from the next block on; some are in slots that are `known`."""
        graph = self.graph
        start, end = graph.starts[node], graph.ends[node]
        if graph.ops[node] is CONSTANT:
            return Number(graph.attrs[node], start, end, graph.names.get(node))
        if graph.ops[node] is INPUT:
            return Named(graph.attrs[node], start, end)
        if node not in known:
            known[node] = self.hidden()
            self.writes[known[node]] = node
        return Named(known[node], start, end)

    def middle(self, operand: Any) -> Any:
        """The second operand of a comparison, or of the last one of a chain; None where there is none."""
        if operand.__class__ is Named:
            return operand.middle
        if operand.__class__ is not int:
            return None
        graph = self.graph
        last = graph.args[operand][1] if graph.ops[operand] is OPS["and_"] else operand
        return graph.args[last][1] if graph.ops[last].level == COMPARISON else None

    def emit(self, part: Any) -> None:
        self.flush()
        self._parts[-1].append(part)

    def open(self) -> None:
        self.flush()
        self._parts.append([])

    def closed(self) -> Seq:
        """The sequence that was opened last."""
        self.flush()
        return Seq(*self._parts.pop())

    def node(self, operand: Any) -> int:
        """The node of an operand in the block."""
        if operand.__class__ is int:
            return int(operand)
        graph = self.graph
        if operand.__class__ is Number:
            value = operand.value
            key = operand.name or (value if value.__class__ is float else getattr(value, "text", value))
            if key not in self._constants:
                self._constants[key] = graph.add(CONSTANT, (), value, operand.start, operand.end)
                if operand.name:
                    graph.names[self._constants[key]] = operand.name
            return self._constants[key]
        if isinstance(operand, str):
            message = f'cannot compute with the text "{operand}"'
            raise CgError("arity", message, self.syntax.source, *self.place)
        found = self.reads.get(operand.slot)
        if found is None:
            found = self.reads[operand.slot] = graph.add(INPUT, (), operand.slot, operand.start, operand.end)
            if operand.slot[0] != "%":
                graph.names[found] = operand.slot
        return found

    def slot(self, operand: Any) -> str:
        """A slot that holds an operand from the next block on."""
        if operand.__class__ is Named:
            return str(operand.slot)
        if operand.__class__ is int and self.graph.ops[operand] is INPUT:
            return str(self.graph.attrs[operand])
        name = self.hidden()
        self.write(name, operand)
        return name

    def write(self, slot: str, operand: Any) -> None:
        graph = self.graph
        if operand.__class__ is Number:  # what gets a name is a node of its own
            node = graph.add(CONSTANT, (), operand.value, operand.start, operand.end)
        else:
            node = self.node(operand)
        if slot[0] != "%" and graph.ops[node] is not INPUT:
            graph.names.setdefault(node, slot)
        self.writes[slot] = node

    def add(self, op: Any, operands: tuple[Any, ...], item: int, attributes: Any = None) -> int:
        """The node of an operation, at the place of an item of code."""
        nodes = tuple(map(self.node, operands))
        return self.graph.add(op, nodes, attributes, *self.syntax.place(item))

    def structure(self, op: Any, operands: tuple[Any, ...], item: int, attributes: Any = None) -> int:
        self.is_plain = False
        return self.add(op, operands, item, {} if attributes is None else attributes)
