"""Statements of a Python function that counts operations, and stops where it is to."""

from __future__ import annotations

import ast

from cgcli.annotations import Any, Mapping, Sequence
from cgcli.kernels.boxes import MACHINE, put, seen
from cgcli.kernels.syntax import (
    NOTHING,
    PLACE,
    STORE,
    Syntax,
    Value,
    assign,
    call,
    combined,
    compared,
    element,
    name,
    number,
)


def _wrong() -> None:
    raise ArithmeticError("it is not whole")


NUMBERS = {
    "range": range, "iter": iter, "map": map, "float": float, "int": int, "locals": locals, "wrong": _wrong,
    "NameError": NameError, "len": len, "items": MACHINE.items, "seen": seen,
}  # fmt: skip


Looped = tuple[str, str, str | None]


class Stop:
    """Where a function stops: the instruction, and the `for` loops that it is in, from the outside in, as the
    names of their ranges, of what is left of these, and of what has these places, if anything."""

    __slots__ = ("at", "rounds")

    def __init__(self, at: int, rounds: list[Looped]) -> None:
        self.at, self.rounds = at, rounds


class Statements:
    """The statements, as they are written.

    names       the local names of slots
    stops       where it may stop, by the numbers that it returns then
    rounds      the `for` loops that statements are in now, as those of a `Stop`
    cost        the operations since they were counted last; None where nothing comes to
    """

    def __init__(self, syntax: Syntax) -> None:
        self.syntax = syntax
        syntax.names |= NUMBERS
        self.names: dict[str, str] = {}
        self.stops: list[Stop] = []
        self.rounds: list[Looped] = []
        self.cost: int | None = 0

    def local(self, slot: str) -> str:
        found = self.names.get(slot)
        if found is None:
            found = self.names[slot] = f"s{len(self.names)}"
        return found

    def name(self, slot: str) -> Any:
        return name(self.local(slot))

    def put(self, line: Any) -> None:
        self.syntax.lines.append(line)

    def within(self, lines: list[Any]) -> list[Any]:
        """Write into another list from now on; it is the one so far that comes back."""
        before, self.syntax.lines = self.syntax.lines, lines
        return before

    def returns(self, code: int) -> None:
        left = name("left") if not self.cost else combined(name("left"), ast.Sub(), number(self.cost))
        found = ast.Tuple([number(code), left, call("locals")], ast.Load(), **PLACE)
        self.put(ast.Return(found, **PLACE))

    def stop(self, at: int) -> None:
        """Stop at an instruction."""
        self.returns(len(self.stops))
        self.stops.append(Stop(at, list(self.rounds)))

    def stop_where(self, test: Any, at: int) -> None:
        inside: list[Any] = []
        before = self.within(inside)
        self.stop(at)
        self.within(before)
        self.put(ast.If(test, inside, [], **PLACE))

    def look(self, at: int) -> None:
        """Stop at the begin of a round where no operations are left."""
        self.stop_where(compared(name("left"), ast.Lt(), number(0)), at)

    def taken(self, operations: int) -> Any:
        """What takes operations off those that are left."""
        return self.taken_of(number(operations))

    def taken_of(self, value: Any) -> Any:
        return ast.AugAssign(ast.Name("left", STORE, **PLACE), ast.Sub(), value, **PLACE)

    def times(self, rounds: str, operations: int) -> Any:
        """So many operations for each number of a range."""
        return combined(call("len", name(rounds)), ast.Mult(), number(operations))

    def add(self, operations: int) -> None:
        if self.cost is not None:
            self.cost += operations

    def count(self) -> None:
        if self.cost:
            self.put(self.taken(self.cost))
        self.add(-(self.cost or 0))

    def push(self, slot: str, is_set: bool) -> None:
        """Put a slot aside, or a gap where it has no value yet."""
        found = ast.Expr(call("push", self.name(slot)), **PLACE)
        if not is_set:
            gap = ast.Expr(call("push", number(None)), **PLACE)
            unset = ast.ExceptHandler(name("NameError"), None, [gap], **PLACE)
            return self.put(ast.Try([found], [unset], [], [], **PLACE))
        return self.put(found)

    def put_element(self, array: str, at: Sequence[Any], value: str) -> None:
        """Set one element of an array."""
        places = [
            self.syntax.whole(Value(self.name(one), 0, NOTHING, is_whole=True))
            if one.__class__ is str
            else number(one)
            for one in at
        ]
        self.put(ast.Assign([element(self.name(array), places, STORE)], self.name(value), **PLACE))

    def put_part(self, part: Any, names: list[str], own: set[str]) -> None:
        """Give a part of a value of any kind another value."""
        function = f"put_{len(self.syntax.names)}"
        self.syntax.names[function] = put(part, names, own)
        self.put(assign(self.local(part.slot), call(function, *map(self.name, names))))

    def require_number(self, slot: str) -> None:
        self.put(self.syntax.guard(self.name(slot)))

    def drop(self, slots: Any, own: set[str]) -> None:
        """Slots whose values may be held by something else from now on."""
        if slots:
            self.syntax.names["drop"] = own.difference_update
            self.put(ast.Expr(call("drop", number(tuple(sorted(slots)))), **PLACE))

    def pop(self, slot: str) -> None:
        self.put(assign(self.local(slot), call("pop")))

    def begin_items(self, slot: str, rounds: str, rest: str, holder: str) -> None:
        """The places in what a slot holds; it raises where that is a number."""
        both = ast.Tuple([ast.Name(one, STORE, **PLACE) for one in (holder, rounds)], STORE, **PLACE)
        self.put(ast.Assign([both], call("items", self.name(slot)), **PLACE))
        self.put(assign(rest, call("iter", name(rounds))))

    def begin(self, over: Any, rounds: str, rest: str, known: Mapping[str, int]) -> None:
        """The numbers of a range, of which some are known; it raises where they are not whole."""
        ends = []
        for place, slot in enumerate((over.first, over.last, over.step)):
            if slot in known:
                ends.append(number(known[slot]))
            elif slot is not None:
                value, whole = self.name(slot), f"{rounds}_{place}"
                self.put(assign(whole, call("int", value)))
                wrong = compared(name(whole), ast.NotEq(), value)
                self.put(ast.If(wrong, [ast.Expr(call("wrong"), **PLACE)], [], **PLACE))
                ends.append(name(whole))
        if over.is_closed:
            ends[1] = combined(ends[1], ast.Add(), number(1))
        self.put(assign(rounds, call("range", *ends)))
        self.put(assign(rest, call("iter", name(rounds))))
