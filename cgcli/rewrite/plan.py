"""What becomes of a static graph: rewriting, schedule, buffers, operations, cost of the gradient."""

from __future__ import annotations

from cgcli.annotations import Any, Mapping, Sequence
from cgcli.errors import ShapeError
from cgcli.ops import Leaf
from cgcli.passes.derive import derive
from cgcli.rewrite.rewriter import Rewriter
from cgcli.rewrite.rules import ASSUMING, EXACT, ROUNDING, Rule
from cgcli.rewrite.static import Static
from cgcli.shapes import Shape


class Plan:
    """A static graph made ready.

    source      the graph as it was; `before` is how many nodes it has
    static      the rewritten graph
    fired       the nodes of the source's graph to which each rule was applied
    steps       the operations in order: node, and the number of the buffer that takes its result
    buffers     how many buffers these are
    operations  how often each operation occurs, by what it is called
    wrt         the inputs by which a gradient can be asked for: those without a value
    gradient    operations of value and gradient together, or None where there is no gradient
    """

    __slots__ = ("before", "buffers", "fired", "gradient", "operations", "source", "static", "steps", "wrt")

    def __init__(self, source: Static, fast: bool = False, known: Mapping[str, Any] | None = None) -> None:
        self.source, labels = source, {EXACT, ROUNDING} if fast else {EXACT}
        # an array with a value stays one node, as its elements are data
        numbers = {name: value for name, value in (known or {}).items() if value.__class__ is float}
        rewriter = Rewriter(source, labels, numbers)
        self.before = len(source.graph)
        self.static = rewriter.run()
        self.fired: dict[Rule, list[int]] = rewriter.fired
        self.steps, self.buffers = assign_buffers(self.static)
        self.operations = count_operations(self.static)
        self.wrt = [name for name in self.static.inputs() if name not in (known or {})]
        self.gradient = gradient_cost(self.static, self.wrt)

    @property
    def nodes(self) -> list[int]:
        """The nodes that are left, in order."""
        return self.static.schedule()


def assign_buffers(static: Static) -> tuple[list[tuple[int, int]], int]:
    """For every operation the buffer of its result: a buffer is free again after the last use, and
    a result may take that of an operand which is used for the last time. All results of a buffer
    have one shape; a result whose shape is not known has a buffer of its own."""
    graph, shapes = static.graph, static.shapes
    left = static.uses()
    free: dict[Shape | None, list[int]] = {}
    buffer: dict[int, int] = {}
    count = 0
    for node in left:
        if graph.ops[node].__class__ is Leaf:
            continue
        for arg in graph.args[node]:
            left[arg] -= 1
            if left[arg] == 0 and arg in buffer and shapes[arg] is not None:
                free.setdefault(shapes[arg], []).append(buffer[arg])
        fitting = free.get(shapes[node])
        if fitting:
            buffer[node] = fitting.pop()
        else:
            count += 1
            buffer[node] = count
    return list(buffer.items()), count


def count_operations(static: Static) -> dict[str, int]:
    """How often each operation occurs, the most frequent first."""
    counts: dict[str, int] = {}
    for node in static.schedule():
        op = static.graph.ops[node]
        if op.__class__ is not Leaf:
            counts[op.title] = counts.get(op.title, 0) + 1
    return dict(sorted(counts.items(), key=lambda item: -item[1]))


def gradient_cost(static: Static, wrt: Sequence[str]) -> int | None:
    """The operations of the outputs and of all their derivatives by some inputs, rewritten by
    all rules; None where an output is an array, a shape is not known, or there are no inputs."""
    nodes = static.inputs()
    inputs = [nodes[name] for name in wrt]
    if not inputs or any(static.shapes[node] for _, node in static.outputs):
        return None
    graph, shapes = static.graph.copy(), list(static.shapes)
    outputs = list(static.outputs)
    try:
        for _, node in static.outputs:
            outputs += [(None, slope) for slope in derive(graph, shapes, node, inputs, True)]
    except ShapeError:
        return None
    shapes += [()] * (len(graph) - len(shapes))
    both = Rewriter(Static(graph, outputs, shapes), {EXACT, ROUNDING, ASSUMING}).run()
    return sum(count_operations(both).values())
