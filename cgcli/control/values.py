"""The machine of plain values: floats and arrays, kept no longer than slots hold them."""

from __future__ import annotations

from cgcli.algebras.base import kind
from cgcli.algebras.numbers import floats
from cgcli.annotations import Any, Callable
from cgcli.control.machine import Failed, Machine, Unset, leaves
from cgcli.control.plan import INDEX, SPECIAL, Plan, element_at, place_of, plan
from cgcli.control.structures import HOLDERS, LATE
from cgcli.control.tree import Block
from cgcli.errors import OperationError
from cgcli.graph import Graph
from cgcli.ops import ALIAS
from cgcli.passes.shapes import result_shape
from cgcli.shapes import Shape, broadcast, shape_text, subscripts_of


class Values(Machine):
    """Floats and arrays.

    watch   told of a block and the values of its nodes where one of them is not finite; may be None
    made_nan    the first block in which one was nan, of which no operand was, and its values; or None
    """

    joins = True
    made_nan: tuple[Block, list[Any]] | None = None

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
            of.numbers(values)
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
        try:
            if block.is_plain and not any(values[node].__class__ in HOLDERS for _, node in of.reads):
                of.compute(values, views=False)
            else:
                self._structured(of, values)
        except OperationError as error:
            node = error.node
            op = graph.ops[node]
            operands = [values[one] for one in graph.args[node]]
            op = graph.attrs[node]["op"] if op is LATE else op
            told, error.node = leaves(graph, node, op)
            raise Failed(error, told, [*map(self.shape_made, operands), None]) from None
        if self.watch is not None:
            self._look(block, of, values)

    def _structured(self, of: Plan, values: list[Any]) -> None:
        """The nodes of a block in which there are lists or records."""
        node = -1
        try:
            for node, op, scalar, places, attributes in of.mixed:
                operands = [values[one] for one in places]
                if scalar is not None:
                    if any(one.__class__ is not float for one in operands):
                        values[node] = self.apply(op, list(map(self.plain, operands)), attributes)
                    else:
                        values[node] = scalar(*operands)
                elif op in SPECIAL:
                    values[node] = self.structure(op, operands, attributes)
                elif op is INDEX:
                    values[node] = self.index(operands[0], operands[1:], attributes["at"])
                elif op is ALIAS:
                    values[node] = operands[0]
                else:
                    values[node] = self.apply(op, list(map(self.plain, operands)), attributes)
        except OperationError as error:
            error.node = node
            raise

    def index(self, handle: Any, operands: list[Any], at: tuple[Any, ...]) -> Any:
        if handle.__class__ is not float and handle.__class__ not in HOLDERS:
            place = place_of(handle.shape, operands, at)
            if place is not None:
                return handle.item(place)
        return super().index(handle, operands, at)

    def _look(self, block: Block, of: Plan, values: list[Any]) -> None:
        """Tell of a node that is not finite although its operands are."""
        args = block.graph.args
        bad = [node for node, *_ in of.steps if not self.is_finite(values[node])]
        bad = [node for node in bad if not takes_out(block.graph, node, values)]
        if any(all(self.is_finite(values[one]) for one in args[node]) for node in bad):
            self.watch(block, values)  # type: ignore[misc]
        elif self.made_nan is None and any(
            _has_nan(values[node]) and not any(_has_nan(values[one]) for one in args[node]) for node in bad
        ):
            self.made_nan = block, values

    def is_finite(self, value: Any) -> bool:
        """Whether a value is; a structure is."""
        if value.__class__ is float:
            return bool(value - value == 0)
        return value is None or value.__class__ in HOLDERS or kind("arrays").finite(value)

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

    def put_element(self, handle: Any, level: Any, value: Any, slots: dict[str, Any]) -> bool:
        if value.__class__ is not float or handle.__class__ in (float, *HOLDERS) or level.__class__ is str:
            return False
        at = element_at(handle.shape, level, slots)
        if at is None:
            return False
        handle[at] = value
        return True

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


def takes_out(graph: Graph, node: int, values: list[Any]) -> bool:
    """Whether a node has what was in a list or a record before."""
    op, args = graph.ops[node], graph.args[node]
    return (op is INDEX or op in SPECIAL) and bool(args) and values[args[0]].__class__ in HOLDERS


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
            message = f"there is no element {told}: the axis has {size}"
            raise OperationError(message, subscripts_of(size), "index")


def require_fit(value: Shape, place: Shape) -> None:
    """Raise `OperationError` where a value does not stretch to the shape of a place."""
    try:
        fits = broadcast(value, place) == place
    except OperationError:
        fits = False
    if not fits:
        what = shape_text(place) if place else "a number"
        hint = "items of a `list(...)` may have any length" if place and value else None
        raise OperationError(f"the place is {what}, and the value is {shape_text(value)}", hint)


def _has_nan(value: Any) -> bool:
    if value.__class__ is float:
        return bool(value != value)
    return value is not None and value.__class__ not in HOLDERS and bool((value != value).any())
