"""Blocks of numbers and elements that are recorded often, as Python functions that append them to a graph.

A function computes the values first, which changes nothing. Where all of them are numbers it then appends the
nodes that the tape would append by itself (`control.tape`); else it leaves the block to that, which tells of
what is wrong, too.
"""

from __future__ import annotations

import ast
from array import array

from cgcli.annotations import Any, Callable
from cgcli.control.cells import Cells
from cgcli.control.plan import INDEX, SPECIAL, plan
from cgcli.control.structures import APPEND, List
from cgcli.graph import NONE, OTHERS
from cgcli.kernels.syntax import (
    LOAD,
    NOTHING,
    PLACE,
    STORE,
    Syntax,
    Value,
    assign,
    call,
    combined,
    compared,
    name,
    negated,
    number,
)
from cgcli.ops import ALIAS, CONSTANT, INPUT

# Blocks of more operations are rare, and take long to be made functions.
MOST = 200


def recorder(block: Any) -> Callable[..., bool] | None:
    """The function of a block, of a tape, the slots, those whose values nothing else holds, and the nodes of
    the block's constants: whether it has recorded the block. None for a block that it is not for."""
    graph, of = block.graph, plan(block)
    nodes = [node for node, *_ in of.steps]
    bases = {graph.args[node][0] for node in nodes if graph.ops[node] in (INDEX, APPEND)}
    longer = {node for node in nodes if graph.ops[node] is APPEND}
    if not (0 < len(nodes) <= MOST and bases.isdisjoint(block.writes.values())):
        return None
    for node in nodes:
        op, args, attributes = graph.ops[node], graph.args[node], graph.attrs.get(node) or {}
        if op is INDEX:
            if graph.ops[args[0]] is not INPUT or any(one.__class__ is tuple for one in attributes["at"]):
                return None
            args = args[1:]
        elif op is APPEND:
            if graph.ops[args[0]] is not INPUT:
                return None
            args = args[1:]
        elif op.partials is None or op in SPECIAL or op is ALIAS or attributes:
            return None
        if not (bases.isdisjoint(args) and longer.isdisjoint(args)):
            return None
    return _Recorder(block, bases, longer).function()


class _Recorder:
    """`bases` are the nodes of what has elements, or becomes a `longer` list."""

    def __init__(self, block: Any, bases: set[int], longer: set[int]) -> None:
        self.block, self.graph, self.of, self.bases = block, block.graph, plan(block), bases
        self.longer, self.steps = longer, [node for node, *_ in plan(block).steps if node not in longer]
        self.syntax = Syntax(careful=True)
        self.syntax.names |= {"look": _look, "take": _take, "len": len, "List": List}
        self.ids: dict[int, Any] = {}  # by node, the expression of its node in the graph that grows

    def function(self) -> Callable[..., bool]:
        once, always = self.of.constants
        for place, node in enumerate(once):
            self.ids[node] = ast.Subscript(name("once"), number(place), LOAD, **PLACE)
        self._values()
        for node in always:
            made = ast.Call(_of("tape", "again"), [name("block"), number(node)], [], **PLACE)
            self._put(assign(f"i{node}", made))
            self.ids[node] = name(f"i{node}")
        self.syntax.names["block"] = self.block
        self._nodes()
        self._written()
        self._put(ast.Return(number(True), **PLACE))
        parameters = "tape", "slots", "own", "once"
        found: Callable[..., bool] = self.syntax.function(parameters, self.syntax.lines)
        return found

    def _put(self, line: Any) -> None:
        self.syntax.lines.append(line)

    def _values(self) -> None:
        """The values of all nodes, and whether they are numbers."""
        graph, numbers = self.graph, []
        self._put(assign("known", _of("tape", "values")))
        for slot, node in self.of.reads:
            self._put(assign(f"i{node}", ast.Subscript(name("slots"), number(slot), LOAD, **PLACE)))
            self.ids[node] = name(f"i{node}")
            if node not in self.bases:
                value = ast.Subscript(name("known"), name(f"i{node}"), LOAD, **PLACE)
                self._put(assign(f"v{node}", value))
                numbers.append(node)
        self._require(numbers, "Number")
        self._require(sorted({graph.args[node][0] for node in self.longer}), "List", "i")
        for node in self.steps:
            op, args = graph.ops[node], graph.args[node]
            if op is INDEX:
                given = iter(args[1:])
                at = [number(one) if one is not None else self._value(next(given)).node
                      for one in graph.attrs[node]["at"]]  # fmt: skip
                parts: list[Any] = [ast.Name(f"{part}{node}", STORE, **PLACE) for part in "ivp"]
                found = call("look", name("known"), name(f"i{args[0]}"), *at)
                self._put(ast.Assign([ast.Tuple(parts, STORE, **PLACE)], found, **PLACE))
                self._require([node], "Number")
            else:
                self.syntax.kept(self.syntax.apply(op, list(map(self._value, args))), f"v{node}")

    def _value(self, node: int) -> Value:
        if self.graph.ops[node] is CONSTANT:
            return self.syntax.constant(float(self.graph.attrs[node]))
        return Value(name(f"v{node}"), 0, NOTHING, is_whole=True)

    def _require(self, nodes: list[int], kind: str, of: str = "v") -> None:
        """Leave it, where the values of these nodes, or what stands for them, are not all of a kind."""
        if nodes:
            kinds = [_of(f"{of}{node}", "__class__") for node in nodes]
            both = [one for other in [*kinds[1:], name(kind)] for one in (ast.Is(), other)]
            wrong = negated(compared(kinds[0], *both))
            self._put(ast.If(wrong, [ast.Return(number(False), **PLACE)], [], **PLACE))

    def _nodes(self) -> None:
        """Append the nodes: those of elements by themselves, the others as many at a time as there are."""
        graph, waiting = self.graph, list[int]()
        for node in self.steps:
            if graph.ops[node] is not INDEX:
                waiting.append(node)
                continue
            self._run(waiting)
            waiting = []
            base, *given = graph.args[node]
            at = number(graph.attrs[node]["at"])
            ids = ast.Tuple([self.ids[one] for one in (base, *given)], LOAD, **PLACE)
            place = number(graph.place(node))
            made = call("take", name("tape"), ids, name(f"p{node}"), name(f"v{node}"), at, place)
            missing = compared(name(f"i{node}"), ast.Lt(), number(0))
            self._put(ast.If(missing, [assign(f"i{node}", made)], [], **PLACE))
            self.ids[node] = name(f"i{node}")
        self._run(waiting)

    def _run(self, nodes: list[int]) -> None:
        if not nodes:
            return
        graph, first = self.graph, f"n{nodes[0]}"
        self._put(assign(first, call("len", name("known"))))
        for place, node in enumerate(nodes):
            self.ids[node] = combined(name(first), ast.Add(), number(place)) if place else name(first)
        self._extend(name("known"), [name(f"v{node}") for node in nodes])
        ops = f"o{nodes[0]}"
        self.syntax.names[ops] = [graph.ops[node] for node in nodes]
        self._extend(_of("tape", "graph", "ops"), name(ops))
        for column in ("first", "second"):
            of_block = getattr(graph.args, column)
            places = [number(x) if (x := of_block[node]) < 0 else self.ids[x] for node in nodes]
            self._extend(_of("tape", "graph", "args", column), places)
        for column in ("starts", "ends"):
            text = f"{column}{nodes[0]}"
            self.syntax.names[text] = array("i", [getattr(graph, column)[node] for node in nodes])
            self._extend(_of("tape", "graph", column), name(text))
        for node in nodes:
            if graph.args.second[node] == OTHERS:
                args = ast.Tuple([self.ids[one] for one in graph.args.others[node]], LOAD, **PLACE)
                others = _of("tape", "graph", "args", "others")
                self._put(ast.Assign([ast.Subscript(others, self.ids[node], STORE, **PLACE)], args, **PLACE))

    def _extend(self, column: Any, values: Any) -> None:
        values = ast.Tuple(values, LOAD, **PLACE) if values.__class__ is list else values
        self._put(ast.Expr(ast.Call(_of(column, "extend"), [values], [], **PLACE), **PLACE))

    def _written(self) -> None:
        """Give the slots their nodes, and lists what they have more."""
        for node in self.longer:
            base, item = self.graph.args[node]
            found = ast.Call(_of(self.ids[base], "appended"), [self.ids[item]], [], **PLACE)
            self._put(assign(f"i{node}", found))
            self.ids[node] = name(f"i{node}")
        for slot, node in self.of.writes:
            found = self.ids[node]
            if self.graph.ops[node] is INPUT:
                found = ast.Call(_of("tape", "passed"), [found], [], **PLACE)
            at = ast.Subscript(name("slots"), number(slot), STORE, **PLACE)
            self._put(ast.Assign([ast.Name("h", STORE, **PLACE), at], found, **PLACE))
            if slot[0] != "%" and node not in self.longer:
                called = ast.Call(
                    _of("tape", "graph", "names", "setdefault"), [name("h"), number(slot)], [], **PLACE
                )
                self._put(ast.Expr(called, **PLACE))
        escaping = self.of.escaping if self.longer else ()
        self.syntax.names["written"] = frozenset([*escaping, *(slot for slot, _ in self.of.writes)])
        less = ast.Call(_of("own", "difference_update"), [name("written")], [], **PLACE)
        self._put(ast.If(name("own"), [ast.Expr(less, **PLACE)], [], **PLACE))
        last = self.graph.place(self.of.steps[-1][0])
        here = ast.Attribute(name("tape"), "place", STORE, **PLACE)
        self._put(ast.Assign([here], number(last), **PLACE))


def _of(base: Any, *path: str) -> Any:
    """An attribute of a name, or of an expression."""
    found = name(base) if base.__class__ is str else base
    for one in path:
        found = ast.Attribute(found, one, LOAD, **PLACE)
    return found


def _look(known: list[Any], base: Any, *at: float) -> tuple[int, Any, int]:
    """An element: its node, or `NONE` where it is to have one, its value, and its place in the array as if
    that were flat. Raises one of `often.ODD` where that is not known, or there is none."""
    if base.__class__ is List:
        (one,) = at
        node = base.buffer[base.count + int(one) if one < 0 else int(one)]
        if node.__class__ is not int or int(one) != one or not -base.count <= one < base.count:
            raise LookupError
        return node, known[node], NONE
    shape = base.shape if base.__class__ is Cells else known[base].shape
    if len(shape) != len(at):
        raise LookupError
    place = 0
    for size, one in zip(shape, at):
        whole = int(one)
        if whole != one or not -size <= whole < size:
            raise LookupError
        place = place * size + whole % size
    if base.__class__ is int:
        return NONE, known[base].item(place), place
    found = base.known(place)
    return (NONE, known[base.base].item(place), place) if found is None else (found, known[found], place)


def _take(
    tape: Any, ids: tuple[Any, ...], place: int, value: float, at: tuple[Any, ...], where: tuple[int, int]
) -> int:
    """The node of an element that has none yet."""
    base = ids[0]
    if base.__class__ is not Cells:
        tape.values.append(value)
        return tape.graph.add(INDEX, ids, {"at": at}, *where)  # type: ignore[no-any-return]
    found: int | None = base.known(place)
    if found is None:
        tape.values.append(value)
        found = tape.graph.add(INDEX, (base.base,), {"at": base.subscripts(place)}, *where)
        base.taken[place] = found
    return found
