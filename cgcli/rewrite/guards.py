"""Which guards of derivatives go where text is written for people.

A rule guards a formula that has no value at single points (`ops.derivative`), such as x = 0. The guard
goes, by the assumption that the rule states, unless the points could fill a range: `norm(relu(x))` is 0
for all x below 0.
"""

from __future__ import annotations

from itertools import product

from cgcli.algebras.numbers import floats
from cgcli.graph import Graph
from cgcli.ops import CONSTANT, ArrayOp, Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    # What is one of a few, or None: it can be anything.
    Plateaus = frozenset[float] | None

# More of a kind are not kept apart.
MOST = 8

# Operations that have constant steps of any height.
STEPS = {"floor", "ceil", "round", "trunc", "floordiv", "argmin", "argmax"}

# Operations that are one of their operands, or the named constants.
CHOICES = {"max": (), "min": (), "clip": (), "relu": (0.0,), "amax": (), "amin": ()}

PRODUCTS = {"mul", "matmul", "dot", "outer", "kron", "einsum", "cross"}

VARIES: Plateaus = frozenset()


class Ranges:
    """What the nodes of a growing graph are over ranges of their inputs.

    plateaus    by node, the constants that it can be over a range: those of `relu(x)` are 0
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.plateaus: list[Plateaus] = []

    def fills(self, condition: int) -> bool:
        """Whether a condition that a rule guards with can hold over a range; what it says of sizes
        alone is assumed away."""
        graph = self.graph
        found: dict[int, bool] = {}
        todo: list[int] = [condition]
        logic: set[int] = set()
        while todo:
            node = todo.pop()
            if node not in logic:
                logic.add(node)
                todo += graph.args[node] if graph.ops[node].name in ("and_", "or_") else ()
        for node in sorted(logic):
            name, args = graph.ops[node].name, graph.args[node]
            if name == "eq":
                found[node] = self._coincide(*args)
            elif name in ("and_", "or_"):
                found[node] = (all if name == "and_" else any)(found[arg] for arg in args)
            else:
                found[node] = name != "ne" or args[0] != args[1]
        return found[condition] and any(graph.ops[node].name == "eq" for node in logic)

    def _coincide(self, x: int, y: int) -> bool:
        """Whether two nodes can be equal over a range."""
        self._extend(max(x, y))
        for one, other in ((x, y), (y, x)):
            if self.graph.ops[other] is CONSTANT:
                steps = self.plateaus[one]
                return steps is None or float(self.graph.attrs[other]) in steps
        left, right = self.plateaus[x], self.plateaus[y]
        if left == VARIES or right == VARIES:
            return x == y
        return left is None or right is None or not left.isdisjoint(right)

    def _extend(self, last: int) -> None:
        for node in range(len(self.plateaus), last + 1):
            self.plateaus.append(self._plateaus(node))

    def _plateaus(self, node: int) -> Plateaus:
        graph, args = self.graph, self.graph.args[node]
        op = graph.ops[node]
        if op is CONSTANT:
            return frozenset([float(graph.attrs[node])])
        if op.name in STEPS:
            return None
        kinds = [self.plateaus[arg] for arg in args]
        if op.name in CHOICES:
            return _union([*kinds, frozenset(CHOICES[op.name])])
        if op.name == "where":
            return _union(kinds[1:])
        if op.name == "sign":
            return frozenset((-1.0, 0.0, 1.0))
        varies = VARIES in kinds
        if op.name in PRODUCTS and varies and any(kind is None or 0.0 in kind for kind in kinds):
            return frozenset([0.0])
        if op.name == "pow" and kinds[0] == VARIES and (kinds[1] is None or 0.0 in kinds[1]):
            return frozenset([1.0])
        if varies or not kinds:
            return VARIES
        known = [kind for kind in kinds if kind is not None]
        return _values(op, known) if len(known) == len(kinds) else None


def _union(kinds: list[Plateaus]) -> Plateaus:
    found: set[float] = set()
    for kind in kinds:
        if kind is None:
            return None
        found |= kind
    return frozenset(found) if len(found) <= MOST else None


def _values(op: Op, kinds: list[frozenset[float]]) -> Plateaus:
    """The values of an operation on such constants; of one on whole arrays 0, where all of them are, or
    a factor is."""
    if isinstance(op, ArrayOp):
        zeros = [kind == {0.0} for kind in kinds]
        return frozenset([0.0]) if (any if op.name in PRODUCTS else all)(zeros) else None
    combined = list(product(*kinds))
    if len(combined) > MOST:
        return None
    return frozenset(getattr(floats, op.name)(*values) for values in combined)
