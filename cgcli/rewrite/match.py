"""Where the left side of a pattern stands, and what is made in its place: on nodes of a graph as on terms.

An engine says what it rewrites by `look(x)`, the operation, the operands and the attributes of a value
of its kind, and makes values by `plain(op, operands, attributes)`.
"""

from __future__ import annotations

from functools import cache

from cgcli.errors import OperationError
from cgcli.graph import Graph
from cgcli.ops import CONSTANT, INPUT, OPS, Op
from cgcli.passes.shapes import result_shape
from cgcli.rewrite.rules import OF_OPERATION, PATTERNS, Rule

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any, Protocol

    from cgcli.shapes import Shape

    class View(Protocol):
        """What values of some kind are; `table` are the patterns that apply to them."""

        table: Table

        def look(self, x: Any) -> tuple[Op, tuple[Any, ...], Any]: ...
        def kind(self, x: Any) -> str: ...
        def name(self, x: Any) -> str | None: ...
        def shape(self, x: Any) -> Shape | None: ...
        def constant(self, value: float) -> Any: ...

    class Engine(View, Protocol):
        """labels  of the rules that it applies;  sized  of each name of a size the input and the axis
        that have it."""

        labels: frozenset[str]
        sized: dict[Any, tuple[Any, int]]

        def known(self, op: Op, args: tuple[Any, ...], attributes: Mapping[str, Any]) -> Any: ...
        def plain(
            self, op: Op, args: tuple[Any, ...], attributes: Mapping[str, Any], inner: bool = True
        ) -> Any: ...
        def named(self, op: Op, args: tuple[Any, ...], attributes: Mapping[str, Any], name: str) -> Any: ...
        def fire(self, rule: Rule) -> None: ...


COMMUTATIVE = {"add", "mul", "eq", "ne", "and_", "or_", "min", "max"}

# A rule may lead to another so many times; no chain of the table is longer than a few.
DEEPEST = 40

# The number of axes of what a letter stands for, where that matters.
RANKS = {"v": 1, "b": 1, "A": 2, "B": 2}


class Pattern:
    """A rule ready to be matched: its sides as graphs, whose inputs are the letters."""

    __slots__ = ("_steps", "_twice", "before", "graph", "kinds", "rule")

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.graph, self.before = _side(rule.before)
        self._steps: list[Any] | None = None
        below = self.graph.args[self.before]
        self.kinds = [_kind(self.graph, node) for node in below if self.graph.ops[node] is not INPUT]
        self._twice = len(set(below)) < len(below)

    def steps(self, view: View, bound: Mapping[str, Any]) -> Any:
        """How to make the other side, with the letters bound."""
        if self._steps is None:
            graph, root = _side(self.rule.after)
            self._steps = [
                (graph.ops[node], graph.args[node], graph.attrs.get(node)) for node in range(root + 1)
            ]
        made: list[Any] = []
        for op, args, attr in self._steps:
            if op is CONSTANT:
                made.append(view.constant(attr))
            elif op is INPUT:
                made.append(bound[attr])
            else:
                made.append(Step(op, tuple([made[arg] for arg in args]), attr or {}))
        return made[-1]

    def could_fit(self, kinds: tuple[str, ...], twice: bool) -> bool:
        """Whether the operands of a node, of these kinds, could be those of the pattern; `twice` says
        that one of them occurs twice."""
        left = list(kinds)
        for wanted in self.kinds:
            if wanted not in left:
                return False
            left.remove(wanted)
        return twice or not self._twice


class Step:
    """An operation that is still to be made, on values and on other steps."""

    __slots__ = ("args", "attributes", "op")

    def __init__(self, op: Op, args: tuple[Any, ...], attributes: Mapping[str, Any]) -> None:
        self.op, self.args, self.attributes = op, args, attributes


def ordered(root: Any) -> list[Step]:
    """The steps that lead to a value, operands first."""
    found, stack = [], [root]
    while stack:
        one = stack.pop()
        if one.__class__ is Step:
            found.append(one)
            stack.extend(one.args)
    return found[::-1]


def step(name: str, *args: Any, **attributes: Any) -> Step:
    return Step(OPS[name], args, attributes)


def _side(text: str) -> tuple[Graph, int]:
    """The graph of a side of a rule, and its root."""
    from cgcli.language.lowering import lower
    from cgcli.language.parser import parse
    from cgcli.source import Source

    program = lower(parse(Source(("<rule>", text))))
    graph = program.graph
    for node, op in enumerate(graph.ops):  # `-1` is read as an operation on 1, and meant as a number
        if op.name == "neg" and graph.ops[graph.args[node][0]] is CONSTANT:
            graph.ops[node] = CONSTANT
            graph.attrs[node] = -graph.attrs[graph.args[node][0]]
    return graph, program.outputs[0].node


def _kind(graph: Graph, node: int) -> str:
    """The operation of a node; of a constant, its digits."""
    op = graph.ops[node]
    return float(graph.attrs[node]).hex() if op is CONSTANT else op.name


class Table:
    """The patterns with some labels, ready to be matched.

    by_root     by the operation at the root of what they replace
    numbers     the constants among the operands there, which each are a kind of its own
    """

    def __init__(self, labels: frozenset[str]) -> None:
        self.by_root: dict[str, list[Pattern]] = {}
        self.numbers: set[str] = set()
        self._fitting: dict[tuple[Any, ...], list[Pattern]] = {}
        for rule in PATTERNS:
            if rule.label in labels:
                pattern = Pattern(rule)
                self.by_root.setdefault(pattern.graph.ops[pattern.before].name, []).append(pattern)
                self.numbers.update(pattern.kinds)

    def kind_of_number(self, value: float) -> str:
        found = float(value).hex()
        return found if found in self.numbers else CONSTANT.name

    def candidates(self, view: View, name: str, args: tuple[Any, ...]) -> list[Pattern]:
        """The patterns that could fit operands of these kinds; found once for every combination."""
        kinds, twice = tuple(map(view.kind, args)), len(set(args)) < len(args)
        found = self._fitting.get((name, kinds, twice))
        if found is None:
            found = [pattern for pattern in self.by_root[name] if pattern.could_fit(kinds, twice)]
            self._fitting[name, kinds, twice] = found
        return found


@cache
def table(labels: frozenset[str]) -> Table:
    return Table(labels)


def match(pattern: Graph, root: int, view: View, op: Op, args: tuple[Any, ...]) -> dict[str, Any] | None:
    """What the letters of a pattern stand for in an operation on values, or None.

    Operands of a commutative operation are tried both ways."""
    states: list[tuple[list[tuple[int, Any]], dict[str, Any]]] = []
    for order in reversed(_orders(op, args)):  # as it is written comes first
        if len(order) == len(pattern.args[root]):
            states.append((list(zip(pattern.args[root], order)), {}))
    while states:
        todo, bound = states.pop()
        while todo:
            wanted, x = todo.pop()
            kind = pattern.ops[wanted]
            if kind is INPUT:
                if bound.setdefault(pattern.attrs[wanted], x) != x:
                    break
                continue
            op, operands, attributes = view.look(x)
            if op is not kind:
                break
            if kind is CONSTANT:
                if view.name(x) != pattern.names.get(wanted):
                    break
                if float(attributes).hex() != float(pattern.attrs[wanted]).hex():
                    break
                continue
            orders, below = _orders(op, operands), pattern.args[wanted]
            if attributes or len(operands) != len(below):
                break
            for other in orders[1:]:
                states.append(([*todo, *zip(below, other)], dict(bound)))
            todo.extend(zip(below, orders[0]))
        else:
            if all(_has_rank(view, x, RANKS.get(letter)) for letter, x in bound.items()):
                return bound
    return None


def _orders(op: Op, args: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    return [args, args[::-1]] if len(args) == 2 and op.name in COMMUTATIVE else [args]


def _has_rank(view: View, x: Any, rank: int | None) -> bool:
    return rank is None or ((shape := view.shape(x)) is not None and len(shape) == rank)


def by_function(
    engine: Engine,
    op: Op,
    args: tuple[Any, ...],
    attributes: Mapping[str, Any],
    rules: Mapping[str, Sequence[Rule]] = OF_OPERATION,
) -> Any:
    """What a rule that is a function makes of an operation: a value, or a step; None."""
    for rule in rules.get(op.name, ()):
        if rule.label in engine.labels:
            found = rule(engine, op, args, attributes)
            if found is not None:
                return found
    return None


class _Frame:
    """An operation that a rule replaces, and what is made in its place."""

    __slots__ = ("made", "request", "root", "rule", "todo")

    def __init__(self, request: tuple[Any, ...], rule: Rule | None, root: Any) -> None:
        self.request, self.rule, self.root = request, rule, root
        self.todo = ordered(root)[::-1]
        self.made: dict[Any, Any] = {}

    def wanted(self) -> tuple[Any, ...]:
        """The operation to be made next."""
        one = self.todo[-1]
        return one.op, tuple([self.made.get(x, x) for x in one.args]), one.attributes

    def result(self, engine: Engine, is_inner: bool) -> Any:
        """What the rule makes; the operation as it is where that has another shape."""
        found, (op, args, attributes) = self.made.get(self.root, self.root), self.request
        if self.rule is not None:
            if engine.shape(found) != result_shape(op, [engine.shape(arg) for arg in args], attributes):
                return engine.plain(op, args, attributes, is_inner)
            engine.fire(self.rule)
        return found


def make(engine: Engine, op: Op, args: tuple[Any, ...], attributes: Mapping[str, Any] | None = None) -> Any:
    """The value of an operation, after every rule that fits; what a rule makes is rewritten in turn."""
    frames: list[_Frame] = []
    request: tuple[Any, ...] = (op, args, attributes or {})
    while True:
        try:
            value = _started(engine, request, frames)
        except OperationError:  # a letter stands for an array where a number was meant
            if not frames:
                raise
            request = frames.pop().request
            op, args, attributes = request
            value = engine.plain(op, args, attributes, bool(frames))
        while frames:
            frame = frames[-1]
            if value is not None:
                frame.made[frame.todo.pop()] = value
            if frame.todo:
                break
            frames.pop()
            value = frame.result(engine, bool(frames))
        if not frames:
            return value
        request = frames[-1].wanted()


def _started(engine: Engine, request: tuple[Any, ...], frames: list[_Frame]) -> Any:
    """What an operation is at once; None where a new frame says how to make it."""
    op, args, attributes = request
    value = engine.known(op, args, attributes)
    if value.__class__ is Step:
        frames.append(_Frame(request, None, value))
        return None
    if value is None and not attributes and op.name in engine.table.by_root and len(frames) < DEEPEST:
        for pattern in engine.table.candidates(engine, op.name, args):
            bound = match(pattern.graph, pattern.before, engine, op, args)
            if bound is not None:
                frames.append(_Frame(request, pattern.rule, pattern.steps(engine, bound)))
                return None
    return engine.plain(op, args, attributes, bool(frames)) if value is None else value
