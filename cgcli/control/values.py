"""The machine of plain values: floats and arrays, kept no longer than slots hold them."""

from __future__ import annotations

from array import array

from cgcli.algebras.base import kind
from cgcli.algebras.numbers import floats
from cgcli.annotations import Any, Callable
from cgcli.control.machine import INDEX, Failed, Machine, Unset, leaves
from cgcli.control.structures import LATE, STRUCTURES, List, Record
from cgcli.control.tree import Block
from cgcli.errors import OperationError
from cgcli.graph import OTHERS
from cgcli.ops import ALIAS, CONSTANT, DIFFERENTIATIONS, INPUT, Leaf
from cgcli.ops.entry import MULTILINEAR
from cgcli.passes.shapes import result_shape
from cgcli.shapes import Shape

SPECIAL = {*STRUCTURES.values(), *DIFFERENTIATIONS.values()}

# Operations on whole arrays whose results share nothing with their operands.
FRESH = {"sum", "mean", "prod", "norm", "amin", "amax", "len", "index"}


class Plan:
    """A block for a machine: what is done with it more than once.

    template    the values of constants, in their places
    steps       node, function of floats, and operands as `Operands` keeps them
    is_scalar   whether it has operations on numbers alone
    columns     of the nodes of the steps: operations, first and second operands, places, as a graph has them
    constants   the nodes of constants, those that are written last
    escaping    slots that it reads of which something else may hold a part afterwards
    """

    __slots__ = ("columns", "constants", "escaping", "is_scalar", "reads", "steps", "template", "writes")

    def __init__(self, block: Block) -> None:
        graph = block.graph
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
        by_node = {node: slot for slot, node in block.reads.items()}
        for node, op in enumerate(graph.ops):
            if op.__class__ is Leaf or (op.partials is not None and op is not ALIAS and op not in SPECIAL):
                continue
            if op.name not in FRESH and getattr(op, "pushforward", None) != MULTILINEAR:
                self.escaping |= {by_node[arg] for arg in graph.args[node] if arg in by_node}


def plan(block: Block) -> Plan:
    """The plan of a block, made once."""
    found: Plan | None = block.run.get("plan")
    if found is None:
        found = block.run["plan"] = Plan(block)
    return found


class Values(Machine):
    """Floats and arrays.

    watch   told of a block and the values of its nodes where one of them is not finite; may be None
    """

    joins = True

    def __init__(self, watch: Callable[[Block, list[Any]], None] | None = None) -> None:
        self.watch = watch

    def block(self, block: Block, slots: dict[str, Any], own: set[str]) -> None:
        of = block.run.get("plan") or plan(block)
        values = of.template[:]
        is_scalar = of.is_scalar
        try:
            for slot, node in of.reads:
                value = values[node] = slots[slot]
                if value.__class__ is not float:
                    is_scalar = False
        except KeyError:
            raise Unset(slot, block.graph.starts[node], block.graph.ends[node]) from None
        if is_scalar:
            for node, function, x, y in of.steps:
                if y.__class__ is not int:
                    values[node] = function(*[values[operand] for operand in y])
                elif y >= 0:
                    values[node] = function(values[x], values[y])
                else:
                    values[node] = function(values[x])
            total = sum(values)
            if total - total != 0 and self.watch is not None:
                self._look(block, of, values)
        else:
            self._execute(block, of, values)
            if own:
                own -= of.escaping
        for slot, node in of.writes:
            slots[slot] = values[node]
            if own:
                own.discard(slot)

    def _execute(self, block: Block, of: Plan, values: list[Any]) -> None:
        """The nodes of a block that may be of any kind."""
        graph = block.graph
        node = 0
        try:
            for node, _, x, y in of.steps:
                op = graph.ops[node]
                places = y if y.__class__ is not int else (x, y) if y >= 0 else (x,)
                operands = [values[one] for one in places]
                attributes = graph.attrs.get(node) or {}
                if op in SPECIAL:
                    values[node] = self.structure(op, operands, attributes)
                elif op is INDEX:
                    values[node] = self.index(operands[0], operands[1:], attributes["at"])
                elif op is ALIAS:
                    values[node] = operands[0]
                else:
                    values[node] = self.apply(op, list(map(self.plain, operands)), attributes)
        except OperationError as error:
            op = graph.ops[node]
            op = graph.attrs[node]["op"] if op is LATE else op
            told, error.node = leaves(graph, node, op)
            shapes = [None if one.__class__ in (List, Record) else self.shape(one) for one in operands]
            raise Failed(error, told, [*shapes, None]) from None
        if self.watch is not None:
            self._look(block, of, values)

    def _look(self, block: Block, of: Plan, values: list[Any]) -> None:
        """Tell of a node that is not finite although its operands are."""
        finite = list(map(self._is_finite, values))
        if self.watch is not None and not all(finite):
            args = block.graph.args
            if any(not finite[node] and all(finite[one] for one in args[node]) for node, *_ in of.steps):
                self.watch(block, values)

    def _is_finite(self, value: Any) -> bool:
        if value.__class__ is float:
            return bool(value - value == 0)
        return value is None or value.__class__ in (List, Record) or kind("arrays").finite(value)

    def apply(self, op: Any, operands: list[Any], attributes: dict[str, Any]) -> Any:
        if op.partials is not None and not any(one.__class__ is not float for one in operands):
            return getattr(floats, op.name)(*operands)
        arrays = kind("arrays")
        result_shape(op, [self.shape(one) for one in operands], attributes)
        with arrays.quiet():
            found = getattr(arrays, op.name)(*operands, **attributes)
        if op is INDEX and found.__class__ is not float and found.base is not None:
            found = found.copy()  # not a view of what may be changed in place
        return found

    def constant(self, value: float) -> Any:
        return value

    def known(self, handle: Any) -> Any:
        return handle

    def shape(self, handle: Any) -> Shape:
        found: Shape = () if handle.__class__ is float else handle.shape
        return found

    def put(self, handle: Any, is_own: bool, at: tuple[Any, ...], value: Any) -> Any:
        shape = self.shape(handle)
        require_places(shape, at)
        array = handle if is_own else handle.copy()
        at = tuple(slice(*one) if one.__class__ is tuple else one for one in at)
        if value.__class__ is float:
            array[at] = value
            return array
        require_fit(value.shape, array[at].shape)
        array[at] = value
        return array


def require_places(shape: Any, at: tuple[Any, ...]) -> None:
    """Raise `OperationError` for subscripts that an array of a shape does not have."""
    if not shape:
        raise OperationError("a number has no elements", kind="index")
    if len(at) > len(shape):
        raise OperationError(f"too many subscripts: the array has {len(shape)} axes", kind="index")
    for size, one in zip(shape, at):
        if one.__class__ is tuple:
            continue
        low, high = (one, one) if one.__class__ is int else (one.min(initial=0), one.max(initial=0))
        if low < -size or high >= size:
            told = one if one.__class__ is int else high if high >= size else low
            hint = f"subscripts go from 0 to {size - 1}" if size else "it is empty"
            raise OperationError(f"there is no element {told}: the axis has {size}", hint, "index")


def require_fit(value: Shape, place: Shape) -> None:
    """Raise `OperationError` where a value does not stretch to the shape of a place."""
    from cgcli.shapes import broadcast, shape_text

    try:
        fits = broadcast(value, place) == place
    except OperationError:
        fits = False
    if not fits:
        what = shape_text(place) if place else "a number"
        raise OperationError(f"the place is {what}, and the value is {shape_text(value)}")
