"""How far rounding may carry a result: each value of a graph is moved by a little, at random, and what
comes of the results is seen (as in M. Pichat, J. Vignes, Ingenierie du controle de la precision, 1993).

The graph is that of the value and its derivatives, so that a sum that loses its digits in the backward pass
is seen, too. Where a little decides which branch is taken the results move far, and are not compared.
"""

from __future__ import annotations

from random import Random
from typing import Any

import numpy as np

import cgcli
from cgcli.errors import OperationError
from cgcli.evaluation.specialised import algebra_for
from cgcli.evaluation.static import static_graph
from cgcli.graph import Graph
from cgcli.ops import OPS, Leaf
from cgcli.ops.constants import Written
from cgcli.ops.corners import TIED
from cgcli.passes.corners import cornered
from cgcli.passes.derive import derive
from cgcli.passes.forward import forward

SIZE = 1e-11
TRIES = 4

# How much more than what was seen is allowed, and beside it: of a result, and of the largest on the way.
SAFETY, RELATIVE, LOST = 20.0, 1e-9, 1e-14

# What is worth to compare: a result of which noise leaves so much, in numbers not beyond this.
STEADY, LARGEST = 1e-4, 1e80

# Operations that hand on, choose or count: nothing is rounded.
EXACT = {
    *("neg", "lt", "le", "gt", "ge", "eq", "ne", "and_", "or_", "not_", "where", "min", "max", "clip", "abs"),
    *("sign", "floor", "ceil", "round", "trunc", "copysign", "heaviside", "relu", "mask", "guard", "alias"),
    *("array", "zeros", "ones", "eye", "transpose", "reshape", "broadcast", "concat", "stack", "flip"),
    *("diag", "tril", "triu", "index", "scatter", "amin", "amax", "argmin", "argmax", "size", "sort"),
    "argsort",
}  # fmt: skip
MUL = OPS["mul"]


class Expected:
    """The value of a program's output and its derivatives by each input, and how far each may be off.

    results     a value (a number, or an array) for "value" and the name of each input
    allowed     how far another may be from it, or None where nothing can be said
    is_formula  whether they are those of the formula, too, where no exact 0 wins over inf and nan
    is_tied     whether operands of a choice are equal, of which text takes one side
    is_guarded  whether a formula has no value at the point, and its limit stands there, as text does not
    """

    def __init__(
        self,
        results: dict[str, Any],
        allowed: dict[str, Any],
        is_formula: bool = True,
        is_tied: bool = False,
        is_guarded: bool = False,
    ) -> None:
        self.results, self.allowed, self.is_formula = results, allowed, is_formula
        self.is_tied, self.is_guarded = is_tied, is_guarded

    def differs(self, found: dict[str, Any], factor: float = 1.0) -> str | None:
        """Where results are not those expected; a name that is missing is not looked at."""
        for name, value in self.results.items():
            if name in found and self.allowed[name] is not None:
                other = np.asarray(found[name], float)
                if other.shape != np.shape(value):
                    return f"{name} has the shape {list(other.shape)}, not {list(np.shape(value))}"
                off = np.abs(other - value)
                if not np.all(off <= factor * self.allowed[name]):
                    return f"{name} is {found[name]}, not {value} (allowed: {np.max(self.allowed[name]):.1e})"
        return None

    @property
    def compared(self) -> bool:
        return all(allowed is not None for allowed in self.allowed.values())


def expected(program: Any, values: dict[str, Any], rng: Random) -> Expected:
    """What a program's value and gradient are, of the derivative as a graph, and their tolerance.

    Raises `CgError` as the commands do, and `OperationError` where an operation has no value."""
    given = {name: np.asarray(x, float) if isinstance(x, list) else x for name, x in values.items()}
    static = static_graph(program, given)
    graph, shapes = static.graph.copy(), list(static.shapes)
    inputs = static.inputs()
    names = [name for name in program.inputs if name in inputs]
    output = static.outputs[0][1]
    slopes = derive(graph, shapes, output, [inputs[name] for name in names])
    nodes = dict(zip(["value", *names], [output, *slopes]))
    plain = _run(graph, program, given, nodes)
    results = {name: plain[0][node] for name, node in nodes.items()}
    plainly = _run(_as_formula(graph), program, given, nodes)[0]
    is_formula = all(np.all(np.isfinite(plainly[node])) for node in nodes.values())
    moved = []
    for number in range(TRIES):
        if number % 2 == 0:
            seed = rng.randrange(2**32)
        noisy, place = _moved(graph, nodes.values(), seed, plain[0], number % 2 == 1)
        try:
            values_there = _run(noisy, program, given, {name: place[node] for name, node in nodes.items()})[0]
        except (OperationError, cgcli.CgError):
            return Expected(results, dict.fromkeys(nodes))
        moved.append({name: values_there[place[node]] for name, node in nodes.items()})
    allowed = {name: _allowed(results[name], [one[name] for one in moved], plain[1]) for name in nodes}
    with np.errstate(all="ignore"):
        own = static.graph.ancestors([output])
        met = cornered(static.graph, algebra_for(program, given), plain[0], own)
    is_tied = any(graph.ops[node].corner.told == TIED for node in met)
    is_guarded = any(
        np.any(plain[0][graph.args[node][0]] != 0)
        if graph.ops[node].name == "guard"
        else graph.ops[node].name == "polysinc" and np.any(plain[0][graph.args[node][-1]] == 0)
        for node in graph.ancestors(nodes.values())
    )
    return Expected(results, allowed, is_formula, is_tied, is_guarded)


def _as_formula(graph: Graph) -> Graph:
    """The graph with the products of the chain rule as products like others."""
    found = graph.copy()
    found.ops = [MUL if op.name == "chain" else op for op in graph.ops]
    return found


def _run(graph: Graph, program: Any, values: dict[str, Any], nodes: Any) -> tuple[Any, float]:
    """The values of a graph, and the largest that is needed, but for what is not finite: a branch that is not
    taken may have any value."""
    algebra = algebra_for(program, values)
    needed = graph.ancestors(nodes.values())
    if hasattr(algebra, "begin"):
        algebra.begin({graph.ops[node] for node in needed})
    with algebra.quiet(), np.errstate(all="ignore"):
        found = forward(graph, algebra, values, needed)
        sizes = (np.abs(found[node]) for node in needed)
        largest = max(float(np.max(size, initial=0.0, where=np.isfinite(size))) for size in sizes)
    return found, largest


def _moved(graph: Graph, roots: Any, seed: int, values: Any, turned: bool) -> tuple[Graph, dict[int, int]]:
    """The graph with each rounded value times almost 1, and where its nodes are. With `turned`, each moves
    the other way, so that what is equal but for rounding is seen on both sides, and numbers that are 0 have
    the other sign, of which routes say nothing."""
    found, place = Graph(), {}
    sampled = np.random.default_rng(seed)
    size = -SIZE if turned else SIZE
    for node in graph.ancestors(roots):
        op = graph.ops[node]
        args = tuple(place[arg] for arg in graph.args[node])
        place[node] = found.add(op, args, graph.attrs.get(node))
        if op.__class__ is not Leaf and turned and np.ndim(values[node]) == 0 and values[node] == 0:
            place[node] = found.add(MUL, (place[node], found.constant(-1.0)))
        elif (op.__class__ is not Leaf and op.name not in EXACT) or (
            graph.attrs.get(node).__class__ is Written  # pi is no double
        ):
            factor = 1 + size * sampled.uniform(-1, 1)
            place[node] = found.add(MUL, (place[node], found.constant(factor)))
            if (
                np.ndim(values[node]) and sampled.random() < 0.75
            ):  # of each element another; not all keep symmetry
                edges = [
                    found.constant(1 + size * x) for x in sampled.uniform(-1, 1, np.shape(values[node])[-1])
                ]
                if edges:
                    edge = found.add(OPS["array"], tuple(edges))
                    place[node] = found.add(MUL, (place[node], edge))
    return found, place


def _allowed(result: Any, moved: list[Any], largest: float) -> Any:
    if not np.all(np.isfinite(result)) or not largest < LARGEST:
        return None
    with np.errstate(all="ignore"):
        spread = np.max([np.abs(np.asarray(one) - result) for one in moved], axis=0)
        size = np.max(np.abs(result), initial=0.0)
        if not np.all(spread <= STEADY * max(size, 1.0)):
            return None
        return SAFETY * spread + RELATIVE * np.abs(result) + LOST * max(largest, size)
