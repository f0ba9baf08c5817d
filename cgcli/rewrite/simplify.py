"""Rewriting of a static graph: one pass from the operands up, in time near-linear in the graph.

Every node is made anew from its rewritten operands. Equal nodes are made once; a rule that fits is
applied at once, and what it makes is rewritten in turn. What no output needs is left behind.
"""

from __future__ import annotations

from cgcli.algebras.numbers import floats
from cgcli.errors import OperationError
from cgcli.graph import Graph
from cgcli.ops import CONSTANT, INPUT, OPS, ArrayOp, Leaf, Op
from cgcli.ops.constants import identity, remembered
from cgcli.ops.entry import COMPARISON
from cgcli.passes.shapes import result_shape
from cgcli.rewrite.arrays import known_array, log_of_element
from cgcli.rewrite.match import match
from cgcli.rewrite.rules import (
    CHOOSE,
    FOLD,
    PRUNE,
    RANKS,
    ROUNDING,
    SHARE,
    STRETCH,
    TRUE,
    Rule,
    patterns,
)
from cgcli.rewrite.static import Static
from cgcli.shapes import Named

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from cgcli.rewrite.rules import Pattern
    from cgcli.shapes import Shape

# A rule may lead to another so many times; no chain of the table is longer than a few.
DEEPEST = 40


class Rewriter:
    """A graph in the making.

    graph, shapes   the new graph, and the shapes of its nodes
    fired           the nodes of the old graph that each rule was applied to; -1 for one left behind
    sized           an input and the axis of it that has a named size
    here            the node of the old graph that is being rewritten
    """

    def __init__(self, source: Static, labels: set[str], known: Mapping[str, Any] | None = None) -> None:
        self.source, self.labels, self.known = source, labels, known or {}
        self.graph = Graph()
        self.shapes: list[Shape | None] = []
        self.sized: dict[Named, tuple[int, int]] = {}
        self.patterns = patterns(frozenset(labels))
        self.fired: dict[Rule, list[int]] = {}
        self.here = -1
        self._nodes: dict[tuple[Any, ...], int] = {}
        self._kinds: list[str] = []
        self._fitting: dict[tuple[Any, ...], list[Pattern]] = {}
        self._depth = 0

    def run(self) -> Static:
        """The rewritten graph."""
        old, schedule = self.source.graph, self.source.schedule()
        new: dict[int, int] = {}
        for node in schedule:
            self.here = node
            op = old.ops[node]
            if op is CONSTANT:
                found = self.constant(old.attrs[node], old.names.get(node))
            elif op is INPUT:
                found = self._input(old.attrs[node], self.source.shapes[node])
            else:
                args = tuple(new[arg] for arg in old.args[node])
                found = self.step(node, op, args, old.attrs.get(node, {}))
            new[node] = found
            self._keep_name(node, found)
        outputs = [(name, new[node]) for name, node in self.source.outputs]
        if len(schedule) < len(old):
            self.fired.setdefault(PRUNE, []).extend([-1] * (len(old) - len(schedule)))
        kept = [new[node] for node in self.source.kept if self.graph.ops[new[node]] is INPUT]
        return Static(self.graph, outputs, self.shapes, kept=kept)

    def step(self, node: int, op: Op, args: tuple[int, ...], attributes: dict[str, Any]) -> int:
        """The new node of an operation of the old graph."""
        return self.make(op, args, attributes)

    def _keep_name(self, node: int, found: int) -> None:
        """A name of the program goes with its node; an input and a constant keep their own."""
        name = self.source.graph.names.get(node)
        graph = self.graph
        if name is not None and graph.ops[found].__class__ is not Leaf:
            graph.names.setdefault(found, name)

    # Making nodes

    def constant(self, value: float, name: str | None = None) -> int:
        key = (CONSTANT, identity(value), name)
        if key not in self._nodes:
            self._nodes[key] = self._append(CONSTANT, (), value, ())
            if name is not None:
                self.graph.names[self._nodes[key]] = name
        return self._nodes[key]

    def _input(self, name: str, shape: Shape | None) -> int:
        if name in self.known:
            return self.literal(self.known[name])
        key = (INPUT, name)
        if key not in self._nodes:
            self._nodes[key] = self._append(INPUT, (), name, shape)
            self.graph.names[self._nodes[key]] = name
            for axis, size in enumerate(shape or ()):
                if isinstance(size, Named):
                    self.sized.setdefault(size, (self._nodes[key], axis))
        return self._nodes[key]

    def literal(self, value: Any) -> int:
        """A number, or an array written out."""
        if value.__class__ is float:
            return self.constant(value)
        level = [self.constant(x) for x in value.ravel().tolist()]
        for axis in reversed(range(value.ndim)):
            size = value.shape[axis]
            rows = [tuple(level[i : i + size]) for i in range(0, len(level), size)] if size else [()]
            level = [self.make(OPS["array"], row) for row in rows]
        return level[0]

    def _append(self, op: Op, args: tuple[int, ...], attr: Any, shape: Shape | None) -> int:
        old = self.source.graph
        start, end = (old.starts[self.here], old.ends[self.here]) if self.here >= 0 else (-1, -1)
        self.shapes.append(shape)
        node = self.graph.add(op, args, attr, start, end)
        self._kinds.append(self.patterns.kind_of(self.graph, node))
        return node

    def node(self, op: Op, args: tuple[int, ...], attributes: Mapping[str, Any]) -> int:
        """The node of an operation as it is, made once."""
        key = (op, args, tuple(sorted(attributes.items()))) if attributes else (op, args)
        found = self._nodes.get(key)
        if found is None:
            self._nodes[key] = found = self._append(
                op, args, dict(attributes) or None, self._shape(op, args, attributes)
            )
        elif self._depth == 0:
            self.fire(SHARE)
        return found

    def _shape(self, op: Op, args: tuple[int, ...], attributes: Mapping[str, Any]) -> Shape | None:
        shapes = [self.shapes[arg] for arg in args]
        if any(shapes) or None in shapes or op.partials is None:
            return result_shape(op, shapes, attributes)
        return ()  # of numbers, as nearly always

    def call(self, name: str, *args: int, **attributes: Any) -> int:
        """An operation by name, rewritten."""
        return self.make(OPS[name], args, attributes)

    def make(self, op: Op, args: tuple[int, ...], attributes: Mapping[str, Any] | None = None) -> int:
        """The node of an operation, after every rule that fits."""
        attributes = attributes or {}
        found = self._built_in(op, args, attributes)
        if found is not None:
            return found
        if op.name in self.patterns.by_root and not attributes and self._depth < DEEPEST:
            for pattern in self._candidates(op, args):
                bound = match(pattern.graph_before, pattern.before, self.graph, op, args)
                if bound is None or not self._ranks_fit(bound):
                    continue
                self._depth += 1
                made = self._instantiate(pattern, bound)
                self._depth -= 1
                if made is not None and self._same_shape(made, op, args, attributes):
                    self.fire(pattern.rule)
                    return made
        return self.node(op, args, attributes)

    def _candidates(self, op: Op, args: tuple[int, ...]) -> list[Pattern]:
        """The rules that could fit operands of these kinds; found once for every combination."""
        kinds, twice = tuple([self._kinds[arg] for arg in args]), len(set(args)) < len(args)
        found = self._fitting.get((op.name, kinds, twice))
        if found is None:
            found = [pattern for pattern in self.patterns.by_root[op.name] if pattern.could_fit(kinds, twice)]
            self._fitting[op.name, kinds, twice] = found
        return found

    def _same_shape(self, made: int, op: Op, args: tuple[int, ...], attributes: Mapping[str, Any]) -> bool:
        return self.shapes[made] == self._shape(op, args, attributes)

    def _ranks_fit(self, bound: dict[str, int]) -> bool:
        """Whether the letters for vectors and matrices stand for some."""
        for letter, rank in RANKS.items():
            if letter in bound and (shape := self.shapes[bound[letter]]) is not None and len(shape) == rank:
                continue
            if letter in bound:
                return False
        return True

    def fire(self, rule: Rule) -> None:
        self.fired.setdefault(rule, []).append(self.here)

    def _instantiate(self, pattern: Pattern, bound: dict[str, int]) -> int | None:
        graph, root = pattern.replacement()
        values: list[int] = []
        for place, op in enumerate(graph.ops):
            if op is CONSTANT:
                values.append(self.constant(graph.attrs[place]))
            elif op is INPUT:
                values.append(bound[graph.attrs[place]])
            else:
                try:
                    values.append(self.make(op, tuple(values[arg] for arg in graph.args[place])))
                except OperationError:  # a letter stands for an array where a number was meant
                    return None
        return values[root]

    # What is known of constants

    def value(self, node: int) -> float | None:
        """The value of a plain number; constants that have a name are not opened up."""
        if self.graph.ops[node] is CONSTANT and node not in self.graph.names:
            found: float = self.graph.attrs[node]
            return found
        return None

    def _built_in(self, op: Op, args: tuple[int, ...], attributes: Mapping[str, Any]) -> int | None:
        """Folding, and what depends on shapes and attributes."""
        if isinstance(op, ArrayOp):
            return known_array(self, op, args, attributes)
        values = [self.value(arg) for arg in args]
        if None not in values:
            return self.folded(op, args, values)
        if op.level == COMPARISON and all(self.graph.ops[arg] is CONSTANT for arg in args):
            self.fire(FOLD)  # the answer has no digits to lose, whatever the names of the constants
            return self.constant(getattr(floats, op.name)(*(self.graph.attrs[arg] for arg in args)))
        if (
            op.name in ("where", "guard")
            and values[0] is not None
            and self.shapes[args[1]] == self.shapes[args[2]]
        ):
            self.fire(CHOOSE)
            return args[1] if values[0] else args[2]
        if op.name in ("min", "max") and len(args) > 2 and len(set(args)) == 1:
            return args[0]
        if op.name in ("and_", "or_") and args[0] == args[1] and self._is_truth(args[0]):
            self.fire(TRUE)
            return args[0]
        if op.name == "and_" and values[0] and self.graph.ops[args[1]].level == COMPARISON:
            self.fire(TRUE)
            return args[1]
        if len(args) > 1 and self._depth < DEEPEST:
            return self._unstretched(op, args)
        if op.name == "log" and ROUNDING in self.labels:
            return log_of_element(self, args[0])
        return None

    def _is_truth(self, node: int) -> bool:
        op = self.graph.ops[node]
        return op.level == COMPARISON or op.name in ("and_", "or_", "not_")

    def folded(self, op: Op, args: tuple[int, ...], values: list[Any]) -> int:
        """The result of an operation on numbers; the operation, where that is not finite, so that its
        place is known."""
        result = remembered(op.name, values, getattr(floats, op.name)(*values))
        if result - result != 0:
            return self.node(op, args, {})
        self.fire(FOLD)
        return self.constant(result)

    def _unstretched(self, op: Op, args: tuple[int, ...]) -> int | None:
        """An operand that is stretched to the shape another one has anyway."""
        graph, shapes = self.graph, self.shapes
        for place, node in enumerate(args):
            others = args[:place] + args[place + 1 :]
            if graph.ops[node].name == "broadcast" and any(shapes[other] == shapes[node] for other in others):
                self.fire(STRETCH)
                self._depth += 1
                found = self.make(op, (*args[:place], graph.args[node][0], *args[place + 1 :]))
                self._depth -= 1
                return found
        return None
