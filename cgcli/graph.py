"""The computational graph: parallel lists, in which index order is topological order.

A node is an index. Its operands have smaller indices by construction, so a walk forward or
backward is a loop over indices, and depth is limited by memory only.
"""

from __future__ import annotations

from array import array
from itertools import islice

from cgcli.annotations import Any, Callable, Iterable, Iterator, Sequence
from cgcli.ops import ALIAS, CONSTANT, INPUT, Leaf, Op

# In the place of an operand: there is none; all of them are in `Operands.others`.
NONE, OTHERS = -1, -2

# Of a root in `Graph.dependents`.
WANTED = 2

# So many pairs of nodes `Graph.alike` looks at.
FEW = 200


def reached(roots: Iterable[int], onward: Callable[[int], Iterable[int]]) -> list[int]:
    """The roots and all that they lead to, in ascending order; `onward` says where each leads at once."""
    seen = set(roots)
    stack = list(seen)
    while stack:
        for place in onward(stack.pop()):
            if place not in seen:
                seen.add(place)
                stack.append(place)
    return sorted(seen)


def from_inside(whole: Any, inside: Callable[[Any], Iterable[Any]], make: Callable[[Any, Any], Any]) -> Any:
    """What is made of a whole, from the innermost on: of each by `make(one, made)` once the wholes `inside`
    it have been, of which `made` has what they have become by their `id`."""
    made: dict[int, Any] = {}
    todo = [whole]
    while todo:
        one = todo[-1]
        waiting = [part for part in inside(one) if id(part) not in made]
        if waiting:
            todo += waiting
            continue
        todo.pop()
        made[id(one)] = make(one, made)
    return made[id(whole)]


class Marks(dict[int, int]):
    """Marks of some nodes; all others have 0."""

    def __missing__(self, node: int) -> int:
        return 0


class Operands:
    """The operands of every node, as indices of nodes. Reads like a list of tuples.

    A node has its operands in `first` and `second`, arrays of 32-bit integers, which take a
    twelfth of the memory of tuples; a walk over millions of nodes reads these. The few nodes
    that have more than two operands, or attributes, have `OTHERS` in `second` and all their
    operands in `others`.
    """

    __slots__ = ("first", "others", "second")

    def __init__(self) -> None:
        self.first, self.second = array("i"), array("i")
        self.others: dict[int, tuple[int, ...]] = {}

    def __getitem__(self, node: int) -> tuple[int, ...]:
        second = self.second[node]
        if second >= 0:
            return self.first[node], second
        if second == OTHERS:
            return self.others[node]
        first = self.first[node]
        return () if first < 0 else (first,)

    def __iter__(self) -> Iterator[tuple[int, ...]]:
        return map(self.__getitem__, range(len(self.first)))

    def append(self, operands: tuple[int, ...], aside: bool = False) -> None:
        """The operands of the next node; `aside` puts them into `others`, however few."""
        if aside or len(operands) > 2:
            self.others[len(self.first)] = operands
            operands = (operands[0] if operands else NONE, OTHERS)
        self.first.append(operands[0] if operands else NONE)
        self.second.append(operands[1] if len(operands) == 2 else NONE)


class Graph:
    """Nodes as parallel lists.

    ops             the operation of each node
    args            the indices of its operands
    attrs           by node: the value of a constant, the name of an input, the attributes of an
                    operation that has some, by name
    starts, ends    its place in the source, [start, end); -1 where it has none
    names           names that the program gave to nodes, the first one each
    """

    __slots__ = ("args", "attrs", "ends", "names", "ops", "starts")

    def __init__(self) -> None:
        self.ops: list[Op] = []
        self.args = Operands()
        self.attrs: dict[int, Any] = {}
        self.starts = array("i")
        self.ends = array("i")
        self.names: dict[int, str] = {}

    def __len__(self) -> int:
        return len(self.ops)

    def has_arrays(self) -> bool:
        """Whether an operation is one of whole arrays, be its operands such or numbers."""
        return any(op.partials is None for op in set(self.ops))

    def add(
        self, op: Op, args: tuple[int, ...] = (), attr: Any = None, start: int = -1, end: int = -1
    ) -> int:
        """Append a node and return its index. The operands must be there already."""
        node, operands, count = len(self.ops), self.args, len(args)
        self.ops.append(op)
        if count > 2 or (op.__class__ is not Leaf and (attr is not None or not count)):
            operands.append(args, True)
        else:
            operands.first.append(args[0] if count else NONE)
            operands.second.append(args[1] if count == 2 else NONE)
        if attr is not None:
            self.attrs[node] = attr
        self.starts.append(start)
        self.ends.append(end)
        return node

    def extend(self, rows: Iterable[tuple[Op, tuple[int, ...], Any, int, int]]) -> None:
        """Append nodes, each as `add` takes it."""
        ops, operands, attrs = self.ops, self.args.append, self.attrs
        for op, args, attr, start, end in rows:
            operands(args, op.__class__ is not Leaf and (attr is not None or not args))
            if attr is not None:
                attrs[len(ops)] = attr
            ops.append(op)
            self.starts.append(start)
            self.ends.append(end)

    def place(self, node: int) -> tuple[int, int]:
        """Where a node stands in the source."""
        return self.starts[node], self.ends[node]

    def take(self, old: Graph, node: int, place: dict[int, int]) -> int:
        """Append a node of another graph, or of this one again, over what `place` says that its operands have
        become; which gets to know what it has become."""
        args = tuple([place[arg] for arg in old.args[node]])
        place[node] = found = self.add(old.ops[node], args, old.attrs.get(node), *old.place(node))
        return found

    def constant(self, value: float) -> int:
        return self.add(CONSTANT, attr=value)

    def named(self, value: float, name: str) -> int:
        """The node of a constant of the language, which has its name unless another node has that."""
        called = [node for node, known in self.names.items() if known == name]
        node = next((node for node in called if self.attrs.get(node) is value), len(self.ops))
        if node == len(self.ops):
            self.constant(value)
            if not called:
                self.names[node] = name
        return node

    def input(self, name: str) -> int:
        return self.add(INPUT, attr=name)

    def inputs(self) -> dict[str, int]:
        """The inputs that are there, by name."""
        return {self.attrs[node]: node for node, op in enumerate(self.ops) if op is INPUT}

    def behind(self, node: int) -> int:
        """What a node stands for, where it is an alias; else the node itself."""
        while self.ops[node] is ALIAS:
            node = self.args.first[node]
        return node

    def alike(self, node: int, other: int) -> bool:
        """Whether two nodes are computed in the same way, as far as a short look tells."""
        pairs = [(node, other)]
        for pair in pairs:
            one, two = map(self.behind, pair)
            if one != two:
                op, args = self.ops[one], self.args[one]
                if op is not self.ops[two] or not (args or op is CONSTANT) or len(pairs) > FEW:
                    return False
                if self.attrs.get(one) != self.attrs.get(two) or len(args) != len(self.args[two]):
                    return False
                pairs += zip(args, self.args[two])
        return True

    def with_attributes(self, attrs: dict[int, Any]) -> Graph:
        """The same graph with other attributes."""
        graph = Graph()
        for column in ("ops", "args", "starts", "ends", "names"):
            setattr(graph, column, getattr(self, column))
        graph.attrs = attrs
        return graph

    def copy(self) -> Graph:
        """A graph of the same nodes, to which others can be added."""
        graph = Graph()
        graph.ops = list(self.ops)
        graph.args.first, graph.args.second = self.args.first[:], self.args.second[:]
        graph.args.others = dict(self.args.others)
        graph.starts, graph.ends = self.starts[:], self.ends[:]
        graph.attrs, graph.names = dict(self.attrs), dict(self.names)
        return graph

    def ancestors(self, roots: Iterable[int], first: int = 0) -> list[int]:
        """The nodes that the roots are computed from, and the roots, in ascending order; of them those from
        `first` on, found without a look at what is before."""
        args = self.args
        seen = set(roots)
        stack = list(seen)
        while stack:
            for arg in args[stack.pop()]:
                if arg >= first and arg not in seen:
                    seen.add(arg)
                    stack.append(arg)
        return sorted(seen)

    def walk(self, nodes: Iterable[int] | None = None) -> Iterator[tuple[int, Op, int, int]]:
        """Node, operation, and operands as `Operands` keeps them: of all nodes, or of some."""
        ops, first, second = self.ops, self.args.first, self.args.second
        if nodes is None:
            return zip(range(len(ops)), ops, first, second)
        nodes = list(nodes)
        return zip(
            nodes,
            map(ops.__getitem__, nodes),
            map(first.__getitem__, nodes),
            map(second.__getitem__, nodes),
        )

    def walk_back(self, last: int, nodes: Sequence[int] | None = None) -> Iterator[tuple[int, Op, int, int]]:
        """As `walk`, from the node `last` down to the first one, or through `nodes` backward."""
        ops, first, second = self.ops, self.args.first, self.args.second
        if nodes is not None:
            return self.walk(reversed(nodes))
        beyond = len(ops) - 1 - last
        columns = (islice(reversed(column), beyond, None) for column in (ops, first, second))
        return zip(range(last, -1, -1), *columns)

    def dependents(self, roots: Iterable[int]) -> bytearray:
        """One byte a node: `WANTED` for the roots, 1 where it is computed from one, else 0."""
        marks = bytearray(len(self.ops))
        self._mark(marks, roots, None)
        return marks

    def dependents_among(self, roots: Iterable[int], nodes: Iterable[int]) -> Marks:
        """The same of some nodes, ascending, at the cost of these."""
        nodes = list(nodes)
        marks = Marks(dict.fromkeys(nodes, 0))
        self._mark(marks, roots, nodes)
        return marks

    def _mark(self, marks: bytearray | Marks, roots: Iterable[int], nodes: Iterable[int] | None) -> None:
        for root in roots:
            marks[root] = WANTED
        others = self.args.others
        for node, _, x, y in self.walk(nodes):
            if y >= 0:
                if (marks[x] or marks[y]) and not marks[node]:
                    marks[node] = 1
            elif x >= 0:
                if y == NONE:
                    if marks[x] and not marks[node]:
                        marks[node] = 1
                elif not marks[node] and any(marks[operand] for operand in others[node]):
                    marks[node] = 1

    def operands(self, nodes: Iterable[int]) -> dict[int, tuple[int, ...]]:
        """The operands of some nodes."""
        args = self.args
        return {node: args[node] for node in nodes}

    def uses(self) -> list[int]:
        """How often each node is an operand."""
        counts = [0] * len(self.ops)
        for args in self.args:
            for arg in args:
                counts[arg] += 1
        return counts
