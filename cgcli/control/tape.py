"""The machine that records: every operation becomes a node of one graph, with its value where that is known.

What was recorded is the path taken, unrolled: an ordinary graph, of operations of `ops` alone. Handles are
its nodes. A vector whose elements are assigned to is a row of nodes (`Cells`), until it is needed as a whole.
"""

from __future__ import annotations

from math import inf

from cgcli.algebras.base import kind
from cgcli.algebras.numbers import floats
from cgcli.annotations import Any, Callable, Mapping
from cgcli.control.cells import Cells
from cgcli.control.machine import Failed, Machine, Unknown, Unset
from cgcli.control.plan import INDEX, SPECIAL, element_at, place_of, plan
from cgcli.control.structures import LATE
from cgcli.control.tree import Block
from cgcli.control.values import require_fit, require_places
from cgcli.errors import OperationError
from cgcli.graph import NONE, Graph
from cgcli.ops import ALIAS, CONSTANT, INPUT, OPS
from cgcli.passes.shapes import infer, result_shape
from cgcli.shapes import Shape

MUL = OPS["mul"]

# Bytes that a node of a number takes here and in a reverse pass, about.
NODE = 100


class Full(Exception):
    """What has been recorded takes more room than there is."""


class Tape(Machine):
    """A graph that grows.

    graph       what has been recorded
    values      of its nodes, as far as they are known; None otherwise
    made        for each node whether a derivative inside the program is made of it
    assertions  nodes, with what they were asserted by
    room        how many bytes it may take, about; with more it raises `Full`
    place       of what was recorded last
    faster      who may record a block (`often.Often`), or None
    copies      whether a slot that is set to what another has gets a node of its own, so that each slot has
                an adjoint of its own, as in compiled code (`kernels.back`): sums are rounded alike
    """

    def __init__(
        self, shapes: Mapping[str, Shape], copies: bool = False, room: float = inf,
        faster: Callable[..., bool] | None = None,
    ) -> None:  # fmt: skip
        self.copies, self.room, self._bytes, self.faster = copies, room, 0, faster
        self.graph = Graph()
        self.values: list[Any] = []
        self.made = bytearray()
        self.assertions: list[tuple[int, Any]] = []
        self._given, self._one = dict(shapes), NONE
        self._shapes: list[Shape | None] = []
        self._constants: dict[Block, list[int]] = {}
        self.expansion: Any = None
        self.place = (-1, -1)

    def input(self, name: str, value: Any, start: int, end: int) -> int:
        node = self.graph.add(INPUT, (), name, start, end)
        self.graph.names[node] = name
        self.values.append(value)
        self._given[name] = getattr(value, "shape", self._given.get(name, ()))
        return node

    def leaf(self, value: Any) -> int:
        """The node of a value that nothing is known of but itself."""
        self.values.append(value)
        return self.graph.add(INPUT, (), "")

    def block(self, block: Block, slots: dict[str, Any], own: set[str]) -> None:
        if NODE * len(self.values) + self._bytes > self.room:
            raise Full
        if self.faster is not None and self.faster(self, block, slots, own):
            return
        of = block.run.get("plan") or plan(block)
        graph = block.graph
        ids: list[Any] = [None] * len(graph)
        is_plain = block.is_plain
        try:
            for slot, node in of.reads:
                handle = slots[slot]
                if handle.__class__ is Cells and handle.whole is not None and node in of.wholes:
                    handle = handle.whole
                is_plain = is_plain and handle.__class__ is int
                ids[node] = handle
        except KeyError:
            raise Unset(slot, *graph.place(node)) from None
        for node, known in zip(of.constants[0], self.constants_of(block)):
            ids[node] = known
        for node in of.constants[1]:
            ids[node] = self.again(block, node)
        if is_plain and (self._numbers(of, ids) if of.is_scalar else self._arrays(of, ids)):
            return self._written(graph, of, ids, slots, own)
        starts, ends = graph.starts, graph.ends
        op: Any = None
        try:
            for node, op, scalar, places, attributes in of.mixed:
                operands = [ids[one] for one in places]
                self.place = starts[node], ends[node]
                if scalar is not None:
                    ids[node] = self._elementwise(op, scalar, operands)
                elif op in SPECIAL:
                    ids[node] = self.structure(op, operands, attributes)
                elif op is INDEX:
                    ids[node] = self._indexed(operands[0], operands[1:], attributes["at"])
                elif op is ALIAS:
                    # by an exact rule the same, and a node that varies by itself
                    ids[node] = self.apply(MUL, [self.plain(operands[0]), self.constant(1.0)], {})
                else:
                    ids[node] = self.apply(op, list(map(self.plain, operands)), attributes)
        except OperationError as error:
            if error.node < 0 or op in SPECIAL:
                self._quote(error, op, operands, attributes)
            raise self.failed(error) from None
        if not is_plain and own:
            own -= of.escaping
        return self._written(graph, of, ids, slots, own)

    def _numbers(self, of: Any, ids: list[Any]) -> bool:
        """Record a block of operations on numbers that are known, all at once; False where one is not."""
        known, local = self.values, of.template[:]
        for _, node in of.reads:
            value = local[node] = known[ids[node]]
            if value.__class__ is not float:
                return False
        of.numbers(local)
        self._extend(of, ids, local)
        return True

    def _arrays(self, of: Any, ids: list[Any]) -> bool:
        """The same for numbers and arrays; False, too, where an operation cannot work with them."""
        known, local = self.values, of.template[:]
        for _, node in of.reads:
            local[node] = known[ids[node]]
            if local[node] is None:
                return False
        try:
            of.compute(local, views=True)
        except OperationError:
            return False
        self._extend(of, ids, local)
        self._bytes += of.bytes
        attrs = of.graph.attrs
        for node, op, *_ in of.mixed:
            if op.partials is None and node in attrs:
                self.graph.attrs[ids[node]] = attrs[node]
        return True

    def _extend(self, of: Any, ids: list[Any], local: list[Any]) -> None:
        """The nodes of a block, with their values."""
        graph, known, (ops, firsts, seconds, starts, ends) = self.graph, self.values, of.columns
        at = len(known)
        for node, *_ in of.steps:
            ids[node] = at
            at += 1
        graph.ops += ops
        graph.args.first.extend([ids[x] if x >= 0 else x for x in firsts])
        graph.args.second.extend([ids[y] if y >= 0 else y for y in seconds])
        graph.starts.extend(starts)
        graph.ends.extend(ends)
        if ops:
            self.place = starts[-1], ends[-1]
        known += [local[node] for node, *_ in of.steps]
        for node, _, _, y in of.steps:
            if y.__class__ is not int:
                graph.args.others[ids[node]] = tuple([ids[operand] for operand in y])

    def _written(self, graph: Graph, of: Any, ids: list[Any], slots: dict[str, Any], own: set[str]) -> None:
        """The slots that a block writes have their handles."""
        names = self.graph.names
        for slot, node in of.writes:
            handle = slots[slot] = self.passed(ids[node]) if graph.ops[node] is INPUT else ids[node]
            if own:
                own.discard(slot)
            if slot[0] != "%" and handle.__class__ is int:
                names.setdefault(handle, slot)

    def passed(self, handle: Any) -> Any:
        if not self.copies or handle.__class__ is not int:
            return handle
        if self._one < 0:
            self._one = self.constant(1.0)
        return self._elementwise(MUL, floats.mul, [handle, self._one])

    def constants_of(self, block: Block) -> list[int]:
        """The nodes of a block's constants, one of each; one that gets a name has another each time."""
        known = self._constants.get(block)
        if known is None:
            once, _ = plan(block).constants
            known = self._constants[block] = [self.again(block, node) for node in once]
        return known

    def again(self, block: Block, node: int) -> int:
        """A node of a constant of a block."""
        graph = block.graph
        value = graph.attrs[node]
        found = self.graph.add(CONSTANT, (), value, *graph.place(node))
        self.values.append(float(value))
        if node in graph.names:
            self.graph.names[found] = graph.names[node]
        return found

    def _quote(self, error: OperationError, op: Any, operands: list[Any], attributes: dict[str, Any]) -> None:
        """A node for an operation that has none, for its error."""
        op = attributes["op"] if op is LATE else op
        nodes = [one for one in operands if one.__class__ is int]
        self.graph.add(op, tuple(nodes), attributes or None, *self.place)
        self.values.append(None)
        error.node = len(self.graph) - 1

    def failed(self, error: OperationError) -> Failed:
        """What an operation cannot do, with the graph that it is a node of."""
        args = self.graph.args[error.node] if error.node >= 0 else ()
        shapes: Any = {arg: self.shape(arg) for arg in args}
        return Failed(error, self.graph, shapes)

    def apply(self, op: Any, operands: list[Any], attributes: dict[str, Any]) -> int:
        """Append a node; its value, where those of its operands are known."""
        graph, values = self.graph, self.values
        node = graph.add(op, tuple(operands), attributes or None, *self.place)
        given = [values[one] for one in operands]
        found: Any = None
        try:
            if op.partials is not None and not any(one.__class__ is not float for one in given):
                found = getattr(floats, op.name)(*given)
            elif not any(one is None for one in given):
                arrays = kind("arrays")
                result_shape(op, [getattr(one, "shape", ()) for one in given], attributes)
                with arrays.quiet():
                    found = getattr(arrays, op.name)(*given, **attributes)
                self._bytes += getattr(found, "nbytes", 0)
        except OperationError as error:
            values.append(None)
            error.node = node
            raise
        values.append(found)
        return node

    def _elementwise(self, op: Any, scalar: Any, operands: list[Any]) -> int:
        """The same for an operation that takes numbers, with its function of floats."""
        values, graph, node = self.values, self.graph, len(self.values)
        given: list[Any] = []
        for one in operands:
            if one.__class__ is not int or values[one].__class__ is not float or len(given) == 2:
                return self.apply(op, list(map(self.plain, operands)), {})
            given.append(values[one])
        found = scalar(*given)
        graph.ops.append(op)
        graph.args.first.append(operands[0])
        graph.args.second.append(operands[1] if len(operands) == 2 else NONE)
        graph.starts.append(self.place[0])
        graph.ends.append(self.place[1])
        values.append(found)
        return node

    def item(self, whole: int, place: int) -> int:
        value = self.values[whole]
        if value is None:
            return self.apply(INDEX, [whole], {"at": (place,)})
        found = value[place]
        self.values.append(found if found.shape else float(found))
        return self.graph.add(INDEX, (whole,), {"at": (place,)}, *self.place)

    def constant(self, value: float) -> int:
        self.values.append(value)
        return self.graph.add(CONSTANT, (), value, *self.place)

    def truth(self, handle: Any) -> bool | None:
        if handle.__class__ is int and self.values[handle].__class__ is float:
            return bool(self.values[handle])
        return super().truth(handle)

    def known(self, handle: Any) -> Any:
        value = self.values[self.plain(handle)]
        if value is None:
            raise Unknown
        return value

    def whole_of(self, handle: Any) -> Any:
        return handle.made(self.apply, self.constant) if handle.__class__ is Cells else handle

    def check(self, part: Any, slots: dict[str, Any]) -> None:
        node = self.plain(slots[part.condition])
        self.assertions.append((node, part))
        if self.values[node] is not None:
            super().check(part, slots)

    def shape(self, handle: Any) -> Shape:
        if handle.__class__ is Cells:
            return tuple(handle.shape)
        value = self.values[handle]
        if value is not None:
            return tuple(getattr(value, "shape", ()))
        shape: Shape | None = self.shapes()[handle]
        if shape is None:
            raise Unknown
        return shape

    def shapes(self) -> list[Shape | None]:
        """Those of all nodes; an input that says nothing else is a number."""
        first = len(self._shapes)
        return infer(self.graph, self._given, range(first, len(self.graph)), self._shapes)

    def differentiate(self, op: Any, f: Any, x: Any, attributes: dict[str, Any]) -> int:
        from cgcli.control.expansion import derivative

        return derivative(self, op, f, x, attributes)

    # Elements

    def _indexed(self, handle: Any, operands: list[Any], at: tuple[Any, ...]) -> Any:
        if handle.__class__ is Cells:
            read = self.known if len(at) == len(handle.shape) else self.values.__getitem__
            given = [read(self.plain(one)) for one in operands]
            place = place_of(handle.shape, given, at)
            found = handle.part(at, given, self.apply) if place is None else handle.node(place, self.apply)
            if found is not None:
                return found
        return self.index(handle, operands, at)

    def put_element(self, handle: Any, level: Any, value: Any, slots: dict[str, Any]) -> bool:
        known = self.values
        if handle.__class__ is not Cells or value.__class__ is not int or level.__class__ is not tuple:
            return False
        at = element_at(handle.shape, level, slots, known)
        if at is None or known[value].__class__ is not float:
            return False
        handle.put(at, value)
        return True

    def put(self, handle: Any, is_own: bool, at: tuple[Any, ...], value: Any) -> Any:
        shape: Any = self.shape(handle)
        require_places(shape, at)
        is_new = handle.__class__ is int
        cells = Cells(handle, shape) if is_new else handle if is_own else handle.copy()
        if len(at) == len(shape) and all(one.__class__ is int for one in at):
            require_fit(self.shape(value), ())
            cells.put(at, value)
        else:
            cells.fill(at, value, self.shape(value), self.apply, self.constant)
        return cells
