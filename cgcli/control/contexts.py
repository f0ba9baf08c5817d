"""Calls in a flow (`control.flow`): whose pieces are whose, and what their slots are called.

A call of a function that never comes to call itself has pieces of its own, with slots of their own. Functions
that do have pieces that all their calls share: a call puts aside what its caller needs afterwards, as a frame
on a stack, and hands arguments and result over in slots for that alone; names of the program, which no
function sets, go through all. So what is known of the slots of a call goes past the function that it calls,
and what is known of the function does not depend on who calls.
"""

from __future__ import annotations

from cgcli.annotations import Any, Mapping
from cgcli.control import code as c
from cgcli.control.tree import Call, Tree, every


class Site:
    """A call of a function whose pieces are shared: by its number, the pieces at which it calls, and at which
    its caller goes on."""

    def __init__(self, number: int, context: Context, call: int, back: int) -> None:
        self.number, self.context, self.call, self.back = number, context, call, back


class Context:
    """A call of a function, or all calls of one, or what a flow begins in.

    first       what the flow begins in; None where it is that
    number      which ends the names of its slots; empty for the first
    parent      the context that calls it, by the instruction `at`; None for the first one and shared ones
    """

    def __init__(
        self, calls: Calls, function: str, code: c.Code, first: Context | None = None, number: str = "",
        parent: Context | None = None, at: int = 0,
    ) -> None:  # fmt: skip
        self.function, self.code, self.number, self.parent, self.at = function, code, number, parent, at
        self.first = first or self
        self.free = set(calls.functions[function].free) if function else set()
        self.sites: list[Site] = []
        self.returns: list[int] = []  # the pieces that return
        self.entry = -1
        self.through = {self.outer(name) for name in calls.outer[function]} if function else set()
        self.known: dict[int, int] = {}  # pieces by their instructions
        self.targets = jumped_to(code)
        self.order = [*calls.functions[function].parameters] if function else []
        for kind, *rest in code:
            if kind == c.BLOCK:
                self.order += rest[0].writes
            elif kind == c.BEGIN:
                self.order.append(rest[0].variable)

    def slot(self, name: str) -> str:
        """What a slot of the function is called in the flow."""
        if name in self.free:
            return self.outer(name)
        return f"{name}#{self.number}" if self.number else name

    def outer(self, name: str) -> str:
        """The slot of a name of the program that functions read."""
        return f"{name}#." if self.first.function else name

    def named(self, values: Mapping[str, float]) -> dict[str, float]:
        """Of the slots of a flow those of the function, in the order in which it names them."""
        found = {slot.partition("#")[0]: one for slot, one in values.items() if owner(slot) == self.number}
        return {name: found[name] for name in (*self.order, *found) if name in found}

    @property
    def result(self) -> str:
        """What a function hands over, where its pieces are shared."""
        return f"%result#{self.number}"

    def argument(self, name: str) -> str:
        return f"%given.{name}#{self.number}"

    @property
    def instruction(self) -> tuple[Any, ...]:
        """The call."""
        assert self.parent is not None
        return self.parent.code[self.at]


def owner(slot: str) -> str:
    """The number of the context that a slot is of."""
    return slot.partition("#")[2]


class Calls:
    """The functions of a program, and what calls do.

    recursive   those that may come to call themselves
    outer       by function, the names of the program that it reads, or what it calls
    """

    def __init__(self, tree: Tree, codes: c.Codes) -> None:
        self.functions, self.codes = tree.functions, codes
        called = {
            name: {part.function for part in every(function.body) if part.__class__ is Call}
            for name, function in tree.functions.items()
        }
        self.outer: dict[str, list[str]] = {}
        self.recursive: set[str] = set()
        for name in called:
            found: set[str] = set()
            todo = list(called[name])
            while todo:
                one = todo.pop()
                if one not in found:
                    found.add(one)
                    todo += called[one]
            if name in found:
                self.recursive.add(name)
            self.outer[name] = sorted(set().union(*(self.functions[one].free for one in {name, *found})))


def calls_of(tree: Tree, codes: c.Codes) -> Calls:
    """What is known of the calls of a program, once."""
    found: Calls | None = tree.run.get(("calls", id(codes)))
    if found is None:
        found = tree.run["calls", id(codes)] = Calls(tree, codes)
    return found


def jumped_to(code: c.Code) -> set[int]:
    """The instructions that others come to."""
    found = set()
    for at, instruction in enumerate(code):
        kind = instruction[0]
        if kind in (c.ROUND, c.AGAIN, c.BEGIN):
            found.add(at)
        if kind in (c.JUMP, c.UNLESS, c.CHOOSE, c.THEN, c.ROUND):
            found |= {one for one in instruction[1:] if one.__class__ is int}
    return found
