"""Numbers and arrays that equations or a minimum define (`ops.implicit`), written out: where an expression in
x, and in what else it is of, is 0, or least.

With e the expression, or the derivative of what is least, z = found - e/e' there, and another such step
from z. What is found has no derivative; the first step has the first derivatives of the implicit function
theorem, as e is 0, and the second one second and third derivatives. They move the value by its rounding.
"""

from __future__ import annotations

from math import isfinite

from cgcli.algebras.base import kind
from cgcli.algebras.symbols import Symbols
from cgcli.annotations import Any, Callable, Sequence
from cgcli.errors import OperationError, ShapeError
from cgcli.graph import Graph
from cgcli.later import np
from cgcli.ops import ALGEBRA_OPS, CONSTANT
from cgcli.passes.derive import backward
from cgcli.passes.forward import forward

# Makes the derivative of a node by another one.
Made = Callable[[int, int], int]

# Newton's steps, and others.
STEPS = 200

# Zeros may fall together if the slope there, times the size of x, is no more than this part of the terms.
# They do if, so many parts of that size away, nothing but rounding is left, and the slope is another.
GENTLE, APART, ROUNDING = 1e-3, (1e-8, 1e-7, 1e-6, 1e-5, 3e-5, 1e-4), 100 * 2.0**-53


def written_out(symbols: Symbols, name: str, f: int, x: int, diff: Made, jacobian: Made) -> int:
    """The node of what `zero` or `minimizer` is, of an expression and a node that stands for the start.
    `diff` and `jacobian` make derivatives of a node by another one."""
    graph = symbols.graph
    if symbols.for_reading:
        raise OperationError(f"`{name}` is found by steps, and has no formula", kind="export")
    shape = symbols.shape(symbols.value(x))
    least = [f] if name == "minimizer" else []
    e = backward(symbols, f, [x])[0] if least else f
    is_apart = not shape or (not least and _by_elements(graph, f, x))
    if not is_apart and len(shape) != 1:
        raise ShapeError(
            "numbers and vectors are sought, and arrays where each element has an equation of its own"
        )
    slope = diff(e, x) if is_apart else jacobian(e, x)
    nodes = graph.ancestors([*least, e, slope], x)
    moving = graph.dependents_among([x], nodes)
    inner = [node for node in nodes if moving[node] and node != x]
    outer = dict.fromkeys(arg for node in inner for arg in graph.args[node] if arg != x and not moving[arg])
    outer |= dict.fromkeys(node for node in (*least, e, slope) if not moving[node])
    captured = [node for node in outer if graph.ops[node] is not CONSTANT]
    body = Body(name, graph, x, inner, [*outer], captured, [*least, e, slope], is_apart)
    z = symbols.symbol(
        graph.add(ALGEBRA_OPS[f"found_{name}"], (graph.args[x][0], *captured), {"body": body}), shape
    )
    for _ in range(2):
        place = {x: symbols.node(z)}
        for node in inner:
            args = tuple(place.get(arg, arg) for arg in graph.args[node])
            attributes = graph.attrs.get(node)
            place[node] = graph.add(graph.ops[node], args, attributes, graph.starts[node], graph.ends[node])
            symbols.symbol(place[node], symbols.shape(symbols.value(node)))
        top, below = (symbols.value(place.get(node, node)) for node in (e, slope))
        z = z - (symbols.div(top, below) if is_apart else symbols.solve(below, top))
    return symbols.node(z)


def _by_elements(graph: Graph, f: int, x: int) -> bool:
    """Whether each element of a node is made of that element of another one alone, of what varies with it."""
    needed = graph.ancestors([f], x)
    moving = graph.dependents_among([x], needed)
    return all(graph.ops[node].partials is not None for node in needed if moving[node] and node != x)


class Body:
    """An expression in x, with its derivative, and with what it is the derivative of where that is to be
    least: a graph of its own, whose inputs are x and what else it is of."""

    def __init__(
        self,
        name: str,
        graph: Graph,
        x: int,
        inner: Sequence[int],
        outer: Sequence[int],
        captured: Sequence[int],
        outputs: Sequence[int],
        is_apart: bool,
    ) -> None:
        """`is_apart`: the derivative is that of each element by its own, and no matrix."""
        self.name, self._graph, self._is_apart = name, Graph(), is_apart
        self._names = [graph.names.get(node, "") for node in captured]
        place = {x: self._graph.input("x")}
        for node in outer:
            if node in captured:
                place[node] = self._graph.input(f"{captured.index(node)}:")
            else:
                place[node] = self._graph.constant(graph.attrs[node])
        for node in inner:
            self._graph.take(graph, node, place)
        self._outputs = [place[node] for node in outputs]
        moving = self._graph.dependents([place[x]])
        self._needed = self._graph.ancestors(self._outputs[-2:-1])
        self._terms = [node for node in self._needed if moving[node] and node != place[x]]
        self._has_arrays = self._graph.has_arrays()

    def __str__(self) -> str:
        return "..."

    def found(self, start: Any, *others: Any) -> Any:
        """Where it is 0, or least. Raises `OperationError` where that cannot be found."""
        if getattr(start, "shape", ()):
            return self._array_found(start, others)
        start = float(start)
        numbers = all(isinstance(other, float) for other in others)
        algebra = kind("floats" if numbers and not self._has_arrays else "arrays")
        given = {f"{place}:": other for place, other in enumerate(others)}

        def at(x: float) -> list[float]:
            with algebra.quiet():
                values = forward(self._graph, algebra, {"x": x, **given})
            return [float(values[node]) for node in self._outputs]

        result = _least(at, start) if self.name == "minimizer" else _zero(at, start)
        if result is None:
            raise self._not_found(f"{start:g}", others)
        slope = at(result)[-1]
        size = max(abs(result), 1e-3 * (abs(start) or 1.0))

        def term(x: float) -> float:
            with algebra.quiet():
                values = forward(self._graph, algebra, {"x": x, **given}, self._needed)
            return max(_largest(values[node]) for node in self._terms)

        if slope == 0 or (
            self._terms
            and abs(slope) * size <= GENTLE * term(result)
            and any(_is_level(at, term, result, slope, part * size) for part in APART)
        ):
            raise self._together(f"{start:g}", f", at {result:.6g}")
        return result

    def _array_found(self, start: Any, others: Sequence[Any]) -> Any:
        from cgcli.passes.array_steps import is_singular, least_of, zero_of, zeros_apart

        algebra = kind("arrays")
        given = {f"{place}:": other for place, other in enumerate(others)}

        def at(x: Any) -> list[Any]:
            with algebra.quiet():
                values = forward(self._graph, algebra, {"x": x, **given})
            return [values[node] for node in self._outputs]

        way = least_of if self.name == "minimizer" else zeros_apart if self._is_apart else zero_of
        found = way(at, start)
        if found is None:
            raise self._not_found("the start", others)
        slope = at(found)[-1]
        if not np.all(slope) if self._is_apart else is_singular(slope):
            raise self._together("the start")
        return found

    def _together(self, start: str, place: str = "") -> OperationError:
        told = f"there is no slope at the zero near {start}: several zeros fall together there{place}"
        if self.name == "minimizer":
            told = (
                f"the second derivative is 0 at the minimum near {start}{place}: how that moves is not told"
            )
        return OperationError(told, kind="unsolved")

    def _not_found(self, start: str, others: Sequence[Any]) -> OperationError:
        what = "minimum" if self.name == "minimizer" else "zero"
        named = [(name, value) for name, value in zip(self._names, others) if name]
        told = [f"{name} = {value:g}" for name, value in named if isinstance(value, float)]
        hint = f"there {', '.join(told[:8])}" if told else None
        return OperationError(f"no {what} was found near {start}", hint, kind="unsolved")


def _largest(value: Any) -> float:
    return max(map(abs, value.ravel().tolist()), default=0.0) if hasattr(value, "ravel") else abs(value)


def _is_level(
    at: Callable[[float], list[float]], term: Callable[[float], float], x: float, slope: float, apart: float
) -> bool:
    """Whether at some distance from a zero nothing but rounding is left, and the slope is another."""
    *_, e, other = at(x + apart)
    is_rounding = bool(abs(e) <= ROUNDING * term(x + apart))
    return is_rounding and abs(other - slope) > 0.5 * max(abs(other), abs(slope))


class Steps:
    """Newton's steps, each of which is the same part of the one before where several zeros fall together.

    are_even    whether they have been
    """

    def __init__(self) -> None:
        self._last, self._ratio, self.are_even = 0.0, 0.0, False

    def further(self, step: float) -> float | None:
        """So many steps as fall together there, for one; None where none do. E. Schroeder, Mathematische
        Annalen 2 (1870) 317-365."""
        ratio = step / self._last if self._last else 0.0
        even = 0.4 < ratio < 0.95 and abs(ratio - self._ratio) < 1e-2
        self._last, self._ratio, self.are_even = step, ratio, even
        return step * round(1.0 / (1.0 - ratio)) if even else None


def _zero(at: Any, x: float) -> float | None:
    """Newton's method, with shorter steps where the size does not fall, within what is known to enclose a
    change of sign."""
    e, slope = at(x)
    sides: dict[bool, float] = {}
    steps = Steps()
    for _ in range(STEPS):
        if e == 0:
            return x
        if not isfinite(e):
            return None
        sides[e > 0] = x
        if slope and (further := steps.further(-e / slope)) is not None:
            new, new_slope = at(x + further)
            if abs(new) < abs(e) and x + further != x:
                x, e, slope = x + further, new, new_slope
                continue
        step = -e / slope if slope else 1.0 + abs(x)
        ends = sorted(sides.values())
        moved = x + step
        if len(ends) == 2 and not ends[0] < moved < ends[1]:
            moved = 0.5 * (ends[0] + ends[1])
        for _ in range(60):
            new, new_slope = at(moved)
            if abs(new) < abs(e) or (len(ends) == 2 and isfinite(new)):
                break
            moved = x + 0.5 * (moved - x)
            if moved == x:
                break
        if moved == x or not abs(new) < abs(e):
            if len(ends) == 2 and ends[0] < moved < ends[1] and moved != x:
                x, e, slope = moved, new, new_slope
                continue
            small = abs(step) <= 1e-12 * abs(x) or abs(e) <= 1e-13 * abs(slope * x)
            return x if small or len(ends) == 2 else None
        if abs(moved - x) <= 1e-16 * abs(x):
            return moved
        x, e, slope = moved, new, new_slope
    return x if abs(e) <= 1e-12 * abs(slope * x) else None


def _is_least(at: Any, x: float) -> bool:
    """Whether values a little beside a number are larger, where derivatives do not tell."""
    value, apart = at(x)[0], 1e-3 * (1.0 + abs(x))
    return all(at(beside)[0] > value for beside in (x - apart, x + apart))


def _least(at: Any, x: float) -> float | None:
    """Newton's method on the derivative, downhill: with longer steps where the curve bends the other way, and
    shorter ones where the value does not fall."""
    f, e, slope = at(x)
    size = 1e-2 * (1.0 + abs(x))
    steps = Steps()
    for _ in range(STEPS):
        if not (isfinite(f) and isfinite(e)):
            return None
        if e == 0 and (slope > 0 or (steps.are_even and _is_least(at, x))):
            return x
        if slope > 0 and (further := steps.further(-e / slope)) is not None:
            new = at(x + further)
            if new[0] <= f and abs(new[1]) < abs(e) and x + further != x:
                x, (f, e, slope) = x + further, new
                continue
        step = -e / slope if slope > 0 else (-size if e > 0 else size)
        size = 2.0 * abs(step) if slope <= 0 else size
        for _ in range(60):
            moved = x + step
            new = at(moved)
            # near the minimum values are equal to their last digit, and the derivative tells more
            if new[0] < f or (abs(new[1]) < abs(e) and new[0] <= f + 1e-12 * abs(f)):
                break
            step *= 0.5
            if moved == x:
                break
        if moved == x or not (new[0] < f or abs(new[1]) < abs(e)):
            return x if slope > 0 and abs(e) <= 1e-9 * slope * max(abs(x), 1e-300) else None
        if slope > 0 and abs(moved - x) <= 1e-16 * abs(x):
            return moved
        x, (f, e, slope) = moved, new
    return None
