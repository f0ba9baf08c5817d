"""Blocks prepared for machines: what is done with a block more than once."""

from __future__ import annotations

from array import array
from functools import partial

from cgcli.algebras.base import kind
from cgcli.algebras.numbers import floats
from cgcli.annotations import Any, Mapping, Sequence
from cgcli.control.structures import STRUCTURES
from cgcli.control.tree import Block
from cgcli.errors import OperationError
from cgcli.graph import NONE, OTHERS
from cgcli.ops import ALIAS, CONSTANT, INPUT, OPS, WRITTEN_OUT, Leaf
from cgcli.ops.entry import MULTILINEAR
from cgcli.passes.shapes import result_shape

INDEX = OPS["index"]

SPECIAL = {*STRUCTURES.values(), *WRITTEN_OUT.values()}

# Operations on whole arrays whose results share nothing with their operands.
FRESH = {"sum", "mean", "prod", "norm", "amin", "amax", "len", "index"}


class Plan:
    """A block for a machine.

    template    the values of constants, in their places
    steps       node, function of floats, and operands as `Operands` keeps them
    is_scalar   whether it has operations on numbers alone
    columns     of the nodes of the steps: operations, first and second operands, places, as a graph has them
    constants   the nodes of constants, those that are written last
    bytes       of the arrays that it has made, where it computed last
    escaping    slots that it reads of which something else may hold a part afterwards
    wholes      the nodes of slots that it reads as they are, or slices of, and hands on to no other
    """

    __slots__ = (
        "_calls",
        "_mixed",
        "_parts",
        "_shapes",
        "bytes",
        "columns",
        "constants",
        "escaping",
        "graph",
        "is_scalar",
        "reads",
        "steps",
        "template",
        "wholes",
        "writes",
    )

    def __init__(self, block: Block) -> None:
        graph = self.graph = block.graph
        self._mixed: list[tuple[int, Any, Any, tuple[int, ...], dict[str, Any]]] | None = None
        self._shapes: list[Any] | None = None  # what it read when its calls were chosen
        self.bytes = 0
        self._calls: list[tuple[int, Any, int, Any]] = []
        self._parts = [node for node, op in enumerate(graph.ops) if op is INDEX]
        self.reads, self.writes = list(block.reads.items()), list(block.writes.items())
        self.template: list[Any] = [None] * len(graph)
        self.steps: list[Any] = []
        self.is_scalar = block.is_plain
        others = graph.args.others
        for node, op, x, y in graph.walk():
            if op is CONSTANT:
                self.template[node] = float(graph.attrs[node])
            elif op is not INPUT:
                self.is_scalar = self.is_scalar and op.partials is not None and op not in SPECIAL
                function = getattr(floats, op.name, None) if self.is_scalar else None
                self.steps.append((node, function, x, y if y != OTHERS else others[node]))
        nodes = [step[0] for step in self.steps]
        of_nodes = [
            list(map(column.__getitem__, nodes))
            for column in (graph.ops, graph.args.first, graph.args.second, graph.starts, graph.ends)
        ]
        self.columns: Any = (*of_nodes[:3], array("i", of_nodes[3]), array("i", of_nodes[4]))
        written = set(block.writes.values())
        found = [node for node, op in enumerate(graph.ops) if op is CONSTANT]
        self.constants = [node for node in found if node not in written], [n for n in found if n in written]
        self.escaping = {slot for slot, node in block.reads.items() if node in block.writes.values()}
        self.wholes: set[int] = set()
        for node in nodes:
            op, args = graph.ops[node], graph.args[node]
            is_element = op is INDEX and not any(one.__class__ is tuple for one in graph.attrs[node]["at"])
            self.wholes |= set(args[is_element:])
        self.wholes -= written
        by_node = {node: slot for slot, node in block.reads.items()}
        for node, op in enumerate(graph.ops):
            if op.__class__ is Leaf or (op.partials is not None and op is not ALIAS and op not in SPECIAL):
                continue
            if op.name not in FRESH and getattr(op, "pushforward", None) != MULTILINEAR:
                self.escaping |= {by_node[arg] for arg in graph.args[node] if arg in by_node}

    @property
    def mixed(self) -> list[tuple[int, Any, Any, tuple[int, ...], dict[str, Any]]]:
        """The steps where values may be of any kind: node, operation, its function of floats or None,
        operands and attributes."""
        if self._mixed is None:
            ops, attrs, self._mixed = self.graph.ops, self.graph.attrs, []
            for node, _, x, y in self.steps:
                op = ops[node]
                is_elementwise = op.partials is not None and op not in SPECIAL and op is not ALIAS
                scalar = getattr(floats, op.name) if is_elementwise else None
                places = y if y.__class__ is not int else (x, y) if y >= 0 else (x,)
                self._mixed.append((node, op, scalar, places, attrs.get(node) or {}))
        return self._mixed

    def numbers(self, values: list[Any]) -> None:
        """Fill in the values of the steps, where all of them are floats."""
        for node, function, x, y in self.steps:
            if y.__class__ is not int:
                values[node] = function(*[values[operand] for operand in y])
            elif y >= 0:
                values[node] = function(values[x], values[y])
            else:
                values[node] = function(values[x])

    def compute(self, values: list[Any], views: bool) -> None:
        """Fill in the values of the steps, floats and arrays, which may be `views` of one another. The block
        is plain, and so are the values that it reads. Raises `OperationError` with its node."""
        shapes = [values[node].shape if values[node].__class__ is not float else () for _, node in self.reads]
        is_known = self._shapes == shapes
        node = -1
        try:
            with kind("arrays").quiet():
                if not is_known:
                    self._calls.clear()
                    self._shapes = shapes
                for node, function, x, y in self._calls if is_known else self._chosen(values):
                    if y.__class__ is not int:
                        found = function(*[values[one] for one in y])
                    elif y >= 0:
                        found = function(values[x], values[y])
                    else:
                        found = function(values[x])
                    values[node] = found
        except OperationError as error:
            if error.node < 0:
                error.node = node
            self._shapes = None
            raise
        if not is_known:
            self.bytes = sum([getattr(values[node], "nbytes", 0) for node, *_ in self.steps])
        if not views:
            for node in self._parts:
                if values[node].__class__ is not float and values[node].base is not None:
                    values[node] = values[node].copy()  # the other may be changed in place

    def _chosen(self, values: list[Any]) -> Any:
        """The steps for operands of these shapes, each once those before it have a value. Operations whose
        operands have the same shapes again have results of the same shapes again."""
        for node, op, scalar, places, attributes in self.mixed:
            shapes = [values[one].shape if values[one].__class__ is not float else () for one in places]
            if scalar is not None and not any(shapes):
                function = scalar
            else:
                try:
                    shape = result_shape(op, shapes, attributes)
                except OperationError as error:
                    error.node = node
                    raise
                function = getattr(kind("arrays"), op.name)
                function = getattr(function, "vector", function)
                if op is INDEX and shape == ():
                    function = partial(element, attributes["at"])
                elif attributes:
                    function = partial(function, **attributes)
            x, y = (*places, NONE)[:2] if 0 < len(places) < 3 else (NONE, places)
            self._calls.append((node, function, x, y))
            yield self._calls[-1]


def element(at: tuple[Any, ...], array: Any, *given: float) -> float:
    """One element of an array (`place_of`)."""
    place = place_of(array.shape, given, at)
    return array.item(place) if place is not None else kind("arrays").index(array, *given, at=at)  # type: ignore[no-any-return]


def plan(block: Block) -> Plan:
    """The plan of a block, made once."""
    found: Plan | None = block.run.get("plan")
    if found is None:
        found = block.run["plan"] = Plan(block)
    return found


def place_of(shape: Any, given: Sequence[Any], at: tuple[Any, ...]) -> tuple[int, ...] | None:
    """The subscripts of one element of an array of a shape; None where they are no whole numbers, are
    outside, or more than one is meant. `given` are floats, for those that `at` leaves open."""
    if len(at) != len(shape):
        return None
    found, operands = [], iter(given)
    for size, one in zip(shape, at):
        if one is None:
            value = next(operands)
            if value.__class__ is not float or not value.is_integer():
                return None
            one = int(value)
        if one.__class__ is not int or not -size <= one < size:
            return None
        found.append(one)
    return tuple(found)


def element_at(shape: Any, level: Any, slots: Mapping[str, Any], known: Any = None) -> tuple[int, ...] | None:
    """The same for a level of a path (`tree.Store`), of slots of numbers, or of nodes whose values are
    `known`."""
    if len(level) != len(shape):
        return None
    found = []
    for size, one in zip(shape, level):
        if one.__class__ is str:
            one = slots.get(one)
            if known is not None and one.__class__ is int:
                one = known[one]
            if one.__class__ is not float or not one.is_integer():
                return None
            one = int(one)
        if one.__class__ is not int or size.__class__ is not int or not -size <= one < size:
            return None
        found.append(one)
    return tuple(found)
