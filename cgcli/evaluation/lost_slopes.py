"""The derivatives of which rounding may have left no digit (`evaluation.lost`), those that commands print: in
the graph of value and derivatives, where each is a node."""

from __future__ import annotations

from cgcli.algebras.symbols import Symbols
from cgcli.annotations import Any, Mapping, Sequence
from cgcli.diagnostics import Diagnostic
from cgcli.evaluation.cancelled import is_moderate
from cgcli.evaluation.corners import corners_at
from cgcli.evaluation.lost import Derivatives, lost_derivative
from cgcli.evaluation.specialised import Point
from cgcli.language.block import Output
from cgcli.later import np
from cgcli.passes.derive import backward, onward


def lost_gradient(
    point: Point, output: Output, name: str, by: Mapping[str, int], slopes: Sequence[Any]
) -> Diagnostic | None:
    """A warning where no digit is left of the derivative of an output by nodes, with their names, or of an
    element of it that is something beside the others; of an array, of the Jacobian."""
    if not is_moderate(point, 1):
        return None
    scalar = point.is_scalar(output.node)

    def derivatives(look: _Look) -> Derivatives:
        if scalar:
            nodes = backward(look.symbols, output.node, list(by.values()))
            found = list(slopes)
        else:
            moves = [look.direction(node) for node in by.values()]
            nodes = [
                onward(look.symbols, output.node, *pair) for pair in zip(by.values(), moves, strict=True)
            ]
            found = [look.along(*pair) for pair in zip(slopes, by.values(), strict=True)]
        sizes = [look.size(node) for node in by.values()]
        labels = [f"d{name}/d{one}" for one in by]
        return list(zip(labels, nodes, found, sizes, strict=True))

    return lost_derivative(point, output, _Look(point), derivatives)


def lost_hessian(
    point: Point, output: Output, name: str, by: Mapping[str, int], blocks: Mapping[tuple[str, str], Any]
) -> Diagnostic | None:
    """The same of second derivatives, by the names of what they are by."""
    if not is_moderate(point, len(by)) or corners_at(point, output.node, list(by.values())):
        return None

    def derivatives(look: _Look) -> Derivatives:
        symbols, nodes = look.symbols, list(by.values())
        found: Derivatives = []
        slopes = backward(symbols, output.node, nodes)
        for across, node in by.items():
            place = list(by).index(across)
            seed = look.direction(node)
            rows = backward(symbols, slopes[place], nodes, seed)
            for (down, own), row in zip(by.items(), rows, strict=True):
                label = f"d2{name}/d{down}d{across}"
                size = look.size(node) * look.size(own)
                found.append((label, row, look.along(blocks[down, across], node), size))
        return found

    return lost_derivative(point, output, _Look(point), derivatives)


def lost_along(
    point: Point, output: Output, label: str, moves: Mapping[int, Any], slope: Any
) -> Diagnostic | None:
    """The same of a derivative of an output where nodes move along directions."""
    if not is_moderate(point, 1):
        return None

    def derivatives(look: _Look) -> Derivatives:
        return [(label, look.onward(output.node, moves), slope, look.share(moves))]

    return lost_derivative(point, output, _Look(point), derivatives)


def lost_seeded(
    point: Point, output: Output, label: str, by: Mapping[str, int], seed: Any, slopes: Sequence[Any]
) -> Diagnostic | None:
    """The same of derivatives of the sum of an array's elements, each times that of the seed."""
    if not is_moderate(point, 1):
        return None

    def derivatives(look: _Look) -> Derivatives:
        found = backward(look.symbols, output.node, list(by.values()), look.symbol(output.node, seed))
        sizes = [look.size(node) for node in by.values()]
        return list(zip([label.format(one) for one in by], found, slopes, sizes, strict=True))

    return lost_derivative(point, output, _Look(point), derivatives)


def lost_times(
    point: Point,
    output: Output,
    name: str,
    by: Mapping[str, int],
    moves: Mapping[int, Any],
    rows: Sequence[Any],
) -> Diagnostic | None:
    """The same of second derivatives by nodes along directions."""
    if not is_moderate(point, len(by)) or corners_at(point, output.node, list(by.values())):
        return None

    def derivatives(look: _Look) -> Derivatives:
        slopes = backward(look.symbols, output.node, list(by.values()))
        nodes = [look.onward(slope, moves) for slope in slopes]
        sizes = [look.size(node) * look.share(moves) for node in by.values()]
        return list(zip([f"d2{name}/d{one}dv" for one in by], nodes, rows, sizes, strict=True))

    return lost_derivative(point, output, _Look(point), derivatives)


class _Look:
    """The graph of value and derivatives in the making."""

    def __init__(self, point: Point) -> None:
        self.point, self.inputs = point, dict(point.inputs)
        self.graph, self.shapes = point.graph.copy(), list(point.shapes())
        self.symbols = Symbols(self.graph, self.shapes)
        self._directions: dict[int, tuple[Any, Any]] = {}

    def symbol(self, node: int, value: Any) -> Any:
        """A number, or a symbol for an array in the shape of a node."""
        if value.__class__ is float:
            return value
        name = f" {len(self.graph)}"
        self.inputs[name] = value
        return self.symbols.symbol(self.graph.input(name), self.shapes[node])

    def direction(self, node: int) -> Any:
        """A symbol for how a node moves: by 1, or by other elements in its shape."""
        if node not in self._directions:
            size: Any = 1.0
            if not self.point.is_scalar(node):
                size = np.random.default_rng(node).uniform(0.5, 1.5, self.point.values[node].shape)
            self._directions[node] = self.symbol(node, size), size
        return self._directions[node][0]

    def onward(self, output: int, moves: Mapping[int, Any]) -> int:
        """The node of the derivative where nodes move along directions."""
        total: Any = 0.0
        for node, moving in moves.items():
            total = total + self.symbols.value(onward(self.symbols, output, node, self.symbol(node, moving)))
        return self.symbols.node(total)

    def share(self, moves: Mapping[int, Any]) -> float:
        """How far nodes can move along directions until one has moved by its own size."""
        largest = self.point.algebra.largest
        return min((self.size(node) / one for node, x in moves.items() if (one := largest(x))), default=0.0)

    def along(self, block: Any, node: int) -> Any:
        """A derivative by a node, of which it has the last axes, where this moves."""
        size = self._directions[node][1]
        if size.__class__ is float:
            return block
        found = np.tensordot(block, size, size.ndim)
        return found if found.ndim else float(found)

    def size(self, node: int) -> float:
        found: float = self.point.algebra.largest(self.point.values[node])
        return found
