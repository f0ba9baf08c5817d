"""Rewriting of a static graph by rules that need no algebra: one pass from the operands up.

Every node is made anew from its rewritten operands. Equal nodes are made once; a rule that fits is
applied at once, and what it makes is rewritten in turn. What no output needs is left behind.
"""

from __future__ import annotations

from cgcli.algebras.numbers import floats
from cgcli.graph import Graph
from cgcli.ops import CONSTANT, INPUT, OPS, ArrayOp, Leaf, Op
from cgcli.ops.constants import identity, remembered
from cgcli.ops.entry import COMPARISON
from cgcli.passes.shapes import result_shape
from cgcli.rewrite.arrays import known_array, log_of_element
from cgcli.rewrite.match import Step, by_function, make, table
from cgcli.rewrite.rules import CHOOSE, FOLD, PRUNE, ROUNDING, SHARE, STRETCH, TRUE, Rule
from cgcli.rewrite.static import Static
from cgcli.shapes import Named

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from cgcli.shapes import Shape


class Rewriter:
    """A graph in the making: an engine of `rewrite.match` on nodes.

    graph, shapes   the new graph, and the shapes of its nodes
    fired           the nodes of the old graph that each rule was applied to; -1 for one left behind
    sized           an input and the axis of it that has a named size
    here            the node of the old graph that is being rewritten
    """

    def __init__(self, source: Static, labels: set[str], known: Mapping[str, Any] | None = None) -> None:
        self.source, self.labels, self.given = source, frozenset(labels), known or {}
        self.table = table(self.labels)
        self.graph = Graph()
        self.shapes: list[Shape | None] = []
        self.sized: dict[Named, tuple[int, int]] = {}
        self.fired: dict[Rule, list[int]] = {}
        self.here = -1
        self._nodes: dict[tuple[Any, ...], int] = {}
        self._kinds: list[str] = []

    def run(self) -> Static:
        """The rewritten graph."""
        old, schedule = self.source.graph, self.source.schedule()
        new: dict[int, int] = {}
        for node in schedule:
            self.here = node
            op = old.ops[node]
            if op is CONSTANT:
                new[node] = self.constant(old.attrs[node], old.names.get(node))
            elif op is INPUT:
                new[node] = self._input(old.attrs[node], self.source.shapes[node])
            else:
                args = tuple([new[arg] for arg in old.args[node]])
                new[node] = make(self, op, args, old.attrs.get(node))
            name = old.names.get(node)
            if name is not None and self.graph.ops[new[node]].__class__ is not Leaf:
                self.graph.names.setdefault(new[node], name)  # an input and a constant keep their own
        outputs = [(name, new[node]) for name, node in self.source.outputs]
        if len(schedule) < len(old):
            self.fired.setdefault(PRUNE, []).extend([-1] * (len(old) - len(schedule)))
        kept = [new[node] for node in self.source.kept if self.graph.ops[new[node]] is INPUT]
        return Static(self.graph, outputs, self.shapes, kept=kept)

    # Making nodes

    def constant(self, value: float, name: str | None = None) -> int:
        key = (CONSTANT, identity(value), name)
        if key not in self._nodes:
            self._nodes[key] = self._append(CONSTANT, (), value, ())
            if name is not None:
                self.graph.names[self._nodes[key]] = name
        return self._nodes[key]

    def _input(self, name: str, shape: Shape | None) -> int:
        if name in self.given:
            return self._literal(self.given[name])
        key = (INPUT, name)
        if key not in self._nodes:
            self._nodes[key] = self._append(INPUT, (), name, shape)
            self.graph.names[self._nodes[key]] = name
            for axis, size in enumerate(shape or ()):
                if isinstance(size, Named):
                    self.sized.setdefault(size, (self._nodes[key], axis))
        return self._nodes[key]

    def _literal(self, value: Any) -> int:
        """A number, or an array written out."""
        if value.__class__ is float:
            return self.constant(value)
        level = [self.constant(x) for x in value.ravel().tolist()]
        for axis in reversed(range(value.ndim)):
            size = value.shape[axis]
            rows = [tuple(level[i : i + size]) for i in range(0, len(level), size)] if size else [()]
            level = [self.plain(OPS["array"], row, {}) for row in rows]
        return level[0]

    def _append(self, op: Op, args: tuple[int, ...], attr: Any, shape: Shape | None) -> int:
        old = self.source.graph
        start, end = (old.starts[self.here], old.ends[self.here]) if self.here >= 0 else (-1, -1)
        self.shapes.append(shape)
        self._kinds.append(self.table.kind_of_number(attr) if op is CONSTANT else op.name)
        return self.graph.add(op, args, attr, start, end)

    def plain(self, op: Op, args: tuple[int, ...], attributes: Mapping[str, Any], inner: bool = True) -> int:
        """The node of an operation as it is, made once; `inner` says that a rule makes it."""
        key = (op, args, tuple(sorted(attributes.items()))) if attributes else (op, args)
        found = self._nodes.get(key)
        if found is None:
            shapes = [self.shapes[arg] for arg in args]
            ranked = (
                any(shapes) or None in shapes or op.partials is None
            )  # numbers, as nearly always, are not
            shape = result_shape(op, shapes, attributes) if ranked else ()
            self._nodes[key] = found = self._append(op, args, dict(attributes) or None, shape)
        elif not inner:
            self.fire(SHARE)
        return found

    def named(self, op: Op, args: tuple[int, ...], attributes: Mapping[str, Any], name: str) -> int:
        found = self.plain(op, args, attributes)
        self.graph.names.setdefault(found, name)
        return found

    def fire(self, rule: Rule) -> None:
        self.fired.setdefault(rule, []).append(self.here)

    # What is known of nodes

    def look(self, node: int) -> tuple[Op, tuple[int, ...], Any]:
        return self.graph.ops[node], self.graph.args[node], self.graph.attrs.get(node, {})

    def kind(self, node: int) -> str:
        return self._kinds[node]

    def name(self, node: int) -> str | None:
        return self.graph.names.get(node)

    def shape(self, node: int) -> Shape | None:
        return self.shapes[node]

    def _value(self, node: int) -> float | None:
        """The value of a plain number; constants that have a name are not opened up."""
        if self.graph.ops[node] is CONSTANT and node not in self.graph.names:
            found: float = self.graph.attrs[node]
            return found
        return None

    def known(self, op: Op, args: tuple[int, ...], attributes: Mapping[str, Any]) -> Any:
        """Folding, and what depends on shapes and attributes."""
        found = by_function(self, op, args, attributes)
        if found is not None:
            return found
        if isinstance(op, ArrayOp):
            return known_array(self, op, args, attributes)
        values = [self._value(arg) for arg in args]
        if None not in values:
            return self._folded(op, args, values)
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
        if op.name in ("min", "max") and len(set(args)) == 1 < len(args) - 1:
            return Step(op, args[:2], {})
        if op.name in ("and_", "or_") and args[0] == args[1] and self._is_truth(args[0]):
            self.fire(TRUE)
            return args[0]
        if op.name == "and_" and values[0] and self.graph.ops[args[1]].level == COMPARISON:
            self.fire(TRUE)
            return args[1]
        if len(args) > 1:
            return self._unstretched(op, args)
        if op.name == "log" and ROUNDING in self.labels:
            return log_of_element(self, args[0])
        return None

    def _is_truth(self, node: int) -> bool:
        op = self.graph.ops[node]
        return op.level == COMPARISON or op.name in ("and_", "or_", "not_")

    def _folded(self, op: Op, args: tuple[int, ...], values: list[Any]) -> int:
        """The result of an operation on numbers; the operation, where that is not finite, so that its
        place is known."""
        result = remembered(op.name, values, getattr(floats, op.name)(*values))
        if result - result != 0:
            return self.plain(op, args, {})
        self.fire(FOLD)
        return self.constant(result)

    def _unstretched(self, op: Op, args: tuple[int, ...]) -> Step | None:
        """An operand that is stretched to the shape another one has anyway."""
        graph, shapes = self.graph, self.shapes
        for place, node in enumerate(args):
            others = args[:place] + args[place + 1 :]
            if graph.ops[node].name == "broadcast" and any(shapes[other] == shapes[node] for other in others):
                self.fire(STRETCH)
                return Step(op, (*args[:place], graph.args[node][0], *args[place + 1 :]), {})
        return None
