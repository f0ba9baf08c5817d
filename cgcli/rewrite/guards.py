"""Which guards of derivatives go where text is written for people.

A rule guards a formula that has no value at single points (`ops.derivative`), such as x = 0. The guard
goes, by the assumption that the rule states, unless the points could fill a range: `norm(relu(x))` is 0
for all x below 0.
"""

from __future__ import annotations

from itertools import product
from math import inf, nan

from cgcli.algebras.numbers import floats
from cgcli.annotations import Iterable
from cgcli.graph import Graph
from cgcli.ops import CONSTANT, ArrayOp, Op

# What is one of a few, or None: it can be anything.
Plateaus = frozenset[float] | None

# More of a kind are not kept apart.
MOST = 8

# Operations that have constant steps of any height.
STEPS = {"floor", "ceil", "round", "trunc", "floordiv", "argmin", "argmax"}

# Operations that are one of their operands, or the named constants.
RECTIFIED = "relu"
CHOICES = {"max": (), "min": (), "clip": (), RECTIFIED: (0.0,), "amax": (), "amin": ()}

# Operations on what varies that have these values over ranges.
SWITCHES = {
    "sign": (-1.0, 1.0), "heaviside": (0.0, 1.0), "eq": (0.0,), "ne": (1.0,),
    **dict.fromkeys(("lt", "le", "gt", "ge", "and_", "or_", "not_"), (0.0, 1.0)),
}  # fmt: skip

# Operations that make what can be constant over a range of what varies.
FLAT = {*STEPS, *CHOICES, *SWITCHES, "where", "abs"}

PRODUCTS = {"mul", "matmul", "dot", "outer", "kron", "einsum", "cross"}
ARITHMETIC = {*PRODUCTS, "div", "add", "sub"}

# What stands for an operand that varies, and for one that can be constant at any height.
SAMPLES, STILL = (0.3721, 0.8164, 2.6537), (-1.0, 0.0, 1.0)

VARIES: Plateaus = frozenset()
NOWHERE: frozenset[float] = frozenset()


class Ranges:
    """What the nodes of a growing graph are over ranges of their inputs.

    plateaus    by node, the constants that it can be over a range: those of `relu(x)` are 0
    ends        of these 0, inf for what is not finite, and nan
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.plateaus: list[Plateaus] = []
        self.ends: list[frozenset[float]] = []

    def fills(self, guard: int) -> bool:
        """Whether the condition that a rule guards with can hold over a range; what it says of sizes
        alone is assumed away."""
        graph = self.graph
        condition = graph.args[guard][0]
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

    def vanishing(self, node: int) -> int | None:
        """The operand of a product of the chain rule, or of a quotient, that can be 0 over a range where the
        other one has no value, so that it wins; or None."""
        graph = self.graph
        name, args = graph.ops[node].name, graph.args[node]
        if name not in ("mul", "div"):
            return None
        self._extend(node)
        x, y = (self.ends[arg] for arg in args)
        if name == "div":
            return args[0] if 0.0 in x and 0.0 in y else None
        return args[0] if 0.0 in x and inf in y else args[1] if inf in x and 0.0 in y else None

    def has_none(self, nodes: Iterable[int]) -> bool:
        """Whether one of some nodes can be nan over a range."""
        if not any(op.name in FLAT for op in self.graph.ops):
            return False
        found = list(nodes)
        self._extend(max(found))
        return any(x != x for node in found for x in self.ends[node])

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
            found = self._plateaus(node)
            self.plateaus.append(found)
            ends = _ends(found) if found is None or found else NOWHERE
            if found is None and self.graph.ops[node].name in ARITHMETIC:
                ends |= self._of_parts(node)
            self.ends.append(ends)

    def _of_parts(self, node: int) -> frozenset[float]:
        return _partly(self.graph.ops[node].name, [self.ends[arg] for arg in self.graph.args[node]])

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
        if op.name == "where":  # which nobody writes but to keep what has no value away
            found = _union(kinds[1:])
            return found and frozenset(x for x in found if x - x == 0)
        varies = VARIES in kinds
        if op.name in SWITCHES and (varies or None in kinds):
            return frozenset(SWITCHES[op.name]) if varies else frozenset((-1.0, 0.0, 1.0))
        if op.name in ("add", "sub"):  # x - relu(x), x + abs(x)
            for one, other in (args, args[::-1]):
                if graph.ops[one].name in FLAT and other in graph.args[one]:
                    return frozenset([0.0])
        if varies and op.name in ARITHMETIC:
            return self._of_parts(node) if any(self.ends[arg] for arg in args) else VARIES
        if not kinds:
            return VARIES
        if varies:
            return _still(op, kinds)
        known = [kind for kind in kinds if kind is not None]
        return _values(op, known) if len(known) == len(kinds) else None


def _still(op: Op, kinds: list[Plateaus]) -> Plateaus:
    """What an operation can be over a range, where an operand varies and another need not: what it is of two
    samples that lie on one side of 0: `x^0`, `0 % x`."""
    if isinstance(op, ArrayOp) or len(kinds) < 2 or all(kind == VARIES for kind in kinds):
        return VARIES
    found: list[Plateaus] = []
    for side in (1.0, -1.0):
        results: list[list[float]] = []
        for sample in SAMPLES:
            choices = [STILL if kind is None else kind or {side * sample} for kind in kinds]
            combined = list(product(*choices))
            if len(combined) > MOST:
                return None
            results.append([getattr(floats, op.name)(*values) for values in combined])
        found.append(frozenset(x for x, *others in zip(*results) if all(map(x.__eq__, others))))
    return _union(found)


def _partly(name: str, ends: list[frozenset[float]]) -> frozenset[float]:
    """What a sum, a product or a quotient can be over a range, where an operand varies: 0, by a factor that
    can; or what has no value."""
    if name == "div":
        ends[1] = frozenset({0.0: inf, inf: 0.0}.get(x, x) for x in ends[1])
    found = frozenset(x for kind in ends for x in kind if x or name not in ("add", "sub"))
    return found | {nan} if {0.0, inf} <= found else found


def _ends(kind: Plateaus) -> frozenset[float]:
    """Of what something can be over a range, 0 and what is not finite; anything can be 0."""
    if kind is None:
        return frozenset([0.0])
    return frozenset(x if x == x and not x else nan if x != x else inf for x in kind if not x or x - x != 0)


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
