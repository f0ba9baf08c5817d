"""How many digits of a number and of its derivatives can be trusted: what rounding has made of them.

Value and derivatives are nodes of one graph. From each, one more reverse pass says what an error in any
node does to it. The error that a node itself adds is known with its sign for arithmetic, for the usual
functions (`algebras.numbers.residuals`) and for sums and products of arrays; these add up as they are, and
cancel as they do in truth, which a bound without signs would miss by digits. Of the others there are
bounds, which add up. Inputs are exact as given, and constants are what was written. All of it is to first
order.
"""

from __future__ import annotations

from math import fsum, isfinite, log, prod, ulp

from cgcli.algebras.numbers.residuals import ARITHMETIC, function_error
from cgcli.algebras.symbols import Symbols
from cgcli.annotations import Any, Mapping, Sequence
from cgcli.errors import OperationError
from cgcli.evaluation.specialised import Point
from cgcli.graph import WANTED
from cgcli.later import np
from cgcli.memory import shortage
from cgcli.ops import CONSTANT
from cgcli.ops.constants import rounding
from cgcli.passes.derive import backward
from cgcli.passes.forward import forward
from cgcli.passes.reverse import reverse

# What a node adds, with its sign or as a bound; None where there is a bound for the node as a whole.
Local = tuple[Any, Any] | None


# Digits of a double that is as near as can be.
FULL = 53 * log(2) / log(10)

# What adjoints, which are rounded themselves, may leave of errors that cancel.
NOISE = 2.0**-50

# Beside an error what it leaves of a number is 0.
NEARLY = 2.0**-35

# Products this small have lost bits that their factors had, and a 0 that is off by less is one; operations
# that may be 0 where they should not.
TINY, UNDERFLOWS = 1e-290, {"mul", "chain", "div", "square", "pow", "exp", "exp2"}

# Numbers that are kept of an element: value, error, bound and adjoint, and what is made on the way.
COPIES = 5

# Elements of an array whose functions are looked at one by one.
MOST = 2**14


class Rounding(float):
    """How far rounding may have put a number off, and whether it `vanishes` without."""

    vanishes: bool

    def __new__(cls, error: float, vanishes: bool) -> Rounding:
        found = float.__new__(cls, error)
        found.vanishes = vanishes
        return found


def rounding_errors(
    point: Point, output: int, weights: Any, directions: Mapping[int, Any], slopes: Sequence[float]
) -> list[Rounding | None]:
    """Of an output, and of its derivatives by nodes along directions, which are `slopes` as they were found;
    None where an error is not known. Of arrays, of the sums with these weights."""
    graph, shapes, inputs = point.graph.copy(), list(point.shapes()), dict(point.inputs)
    symbols = Symbols(graph, shapes)

    def weighed(node: int, weights: Any) -> int:
        if weights.__class__ is float:
            return node
        name = f" {len(graph)}"
        inputs[name] = weights
        return symbols.node(
            symbols.sum(symbols.value(node) * symbols.symbol(graph.input(name), shapes[node]))
        )

    try:
        with point.algebra.quiet():
            root = weighed(output, weights)
            derivatives = backward(symbols, root, list(directions))
            roots = [root, *map(weighed, derivatives, directions.values())]
            needed = graph.ancestors(roots)
            elements = sum([prod(shapes[node] or ()) for node in needed])
            if shortage(COPIES * 8.0 * elements):
                return [None] * len(roots)
            values = forward(graph, point.algebra, inputs, needed)
            local = {node: local_error(point, graph, node, values) for node in needed}
            found = [float(values[root]), *slopes]
            return [_error(point, graph, values, local, *pair) for pair in zip(roots, found, strict=True)]
    except (OperationError, MemoryError):
        return [None] * (1 + len(slopes))


def trusted_digits(found: float, error: float | None) -> float | None:
    """How many digits of a number that may be so far off can be trusted."""
    if error is None:
        return None
    if error <= (abs(found) * 2.0**-53 if found else TINY):
        return FULL
    return -log(error / abs(found)) / log(10) if abs(found) > error else 0.0


def local_error(point: Point, graph: Any, node: int, values: Any) -> Local:
    """The error that a node adds to that of its operands: its result less the exact one of these."""
    op, z = graph.ops[node], values[node]
    error: Any
    good: Any
    if op is CONSTANT:
        error = rounding(graph.attrs[node])
        return (0.0, 0.5 * ulp(z)) if error is None else (error, 0.0)
    operands = [values[operand] for operand in graph.args[node]]
    if not operands or op.ulps == 0 or not point.algebra.finite(z):
        return 0.0, 0.0
    if op.partials is None:
        error = _of_longer(op.name, z, operands, graph.attrs.get(node, {}))
        return None if error is None or not point.algebra.finite(error) else (error, 0.0)
    if z.__class__ is float:
        error = _of_floats(op.name, z, operands)
        return (0.0, op.ulps * ulp(z)) if error is None else (error, 0.0)
    if op.name in ARITHMETIC:
        error = np.broadcast_to(ARITHMETIC[op.name](z, *operands), z.shape)
        large = (np.abs(z) > TINY) & (np.abs(operands[0]) > TINY)
        good = np.isfinite(error) & (large | (op.name in ("add", "sub")))
    elif z.size <= MOST:
        rows = zip(*(x.ravel().tolist() for x in np.broadcast_arrays(z, *operands)))
        error = np.array([_of_floats(op.name, row[0], row[1:]) for row in rows], float).reshape(z.shape)
        good = np.isfinite(error)
    else:
        error, good = np.zeros(z.shape), False
    vanished = op.name in UNDERFLOWS and np.all(
        [np.not_equal(x, 0) for x in np.broadcast_arrays(*operands)], 0
    )
    good = good | ((z == 0) & np.logical_not(vanished))
    return np.where(good & np.isfinite(error), error, 0.0), np.where(
        good, 0.0, 4 * op.ulps * np.spacing(np.abs(z))
    )


def _of_floats(name: str, z: float, operands: Sequence[float]) -> float | None:
    """The error of an elementwise operation, where it is known."""
    if z == 0 and not (name in UNDERFLOWS and all(operands)):
        return 0.0
    if name not in ARITHMETIC:
        return function_error(name, z, *operands) if all(map(isfinite, operands)) else None
    if name not in ("add", "sub") and min(abs(z), abs(operands[0])) < TINY:
        return None
    try:
        error: float = ARITHMETIC[name](z, *operands)
    except ZeroDivisionError:
        return None
    return error if isfinite(error) else None


def _of_longer(name: str, z: Any, operands: Sequence[Any], attributes: Mapping[str, Any]) -> Any:
    """The error of an operation on arrays, by longer numbers where there are some."""
    from cgcli.evaluation.longer import longer

    more = longer(name, list(operands), attributes)
    if more is None:
        return None
    error = np.asarray(z - more, np.float64)
    return error if error.ndim else float(error)


def _error(point: Point, graph: Any, values: Any, local: Any, root: int, found: float) -> Rounding | None:
    """Of what was found for a root; None where it, or an adjoint on the way to it, is not finite."""
    if not isfinite(found):
        return None
    active = bytearray((WANTED,)) * len(graph)
    adjoints = reverse(graph, point.algebra, values, {root: 1.0}, active, graph.ancestors([root]))
    signed, bounds, sizes = [found - float(values[root])], [], []
    for node, adjoint in adjoints.items():
        if adjoint is None:
            continue
        own = local[node]
        if own is None:
            bounds.append(_of_whole(point, graph, node, values, adjoint))
            continue
        error, bound = own
        if error.__class__ is float and adjoint.__class__ is float:
            if error:
                signed.append(adjoint * error)
                sizes.append(abs(adjoint * error))
            elif bound:
                bounds.append(abs(adjoint * bound))
            continue
        part = np.where(error == 0, 0.0, adjoint * error)
        signed.append(float(np.sum(part)))
        sizes.append(float(np.sum(np.abs(part))))
        bounds.append(float(np.sum(np.where(bound == 0, 0.0, np.abs(adjoint) * bound))))
    if not all(map(isfinite, (*signed, *bounds))):
        return None
    noise = fsum(bounds) + (NOISE * fsum(sizes) if found else 0.0)
    error = fsum(signed)
    return Rounding(abs(error) + noise, abs(found - error) <= noise + NEARLY * abs(error))


def _of_whole(point: Point, graph: Any, node: int, values: Any, adjoint: Any) -> float:
    """A bound for an operation on whole arrays: it is right for operands that are each a few units off, more
    where there are many, and then rounds."""
    op, z, attributes = graph.ops[node], values[node], graph.attrs.get(node, {})
    operands = [values[operand] for operand in graph.args[node]]
    hand_back = op.cotangents(point.algebra, adjoint, z, *operands, **attributes)
    total = 0.5 * float(np.sum(np.abs(adjoint * z)))
    for place, x in enumerate(operands):
        cotangent = hand_back(place)
        if cotangent is not None:
            total += float(np.sum(np.abs(cotangent) * np.abs(x))) * (1 + 0.7 * log(max(np.size(x), 1)))
    return total * 2.0**-52
