"""Calls of `zero` and `minimizer`, whose first argument is an expression in the name that is the second one.

The start is read first. It stands for the name in the expression, as something that varies by itself; a pass
writes out what is sought.
"""

from __future__ import annotations

from itertools import chain

from cgcli.annotations import Any, Iterator
from cgcli.graph import Graph
from cgcli.language.program import Program
from cgcli.language.spans import count
from cgcli.language.syntax import Syntax
from cgcli.ops import ALIAS, SOUGHT


class _Call:
    """A call: its item, the name that is bound, and where its first and its last argument begin."""

    __slots__ = ("begin", "item", "last", "name")

    def __init__(self, item: int, name: str, begin: int, last: int) -> None:
        self.item, self.name, self.begin, self.last = item, name, begin, last


class Sought:
    """Those of a program.

    begins      the calls by the items at which their first arguments begin, the outermost first
    calls       the same by their own items
    """

    def __init__(self, syntax: Syntax, program: Program, graph: Graph) -> None:
        self.syntax, self.program, self.graph = syntax, program, graph
        self.begins: dict[int, list[_Call]] = {}
        self.calls: dict[int, _Call] = {}
        self._entered: list[tuple[_Call, Any]] = []  # with the names that were bound before
        own = {s.name for s in syntax.statements if s.kind == "define"}
        stack: list[int] = []
        for item, meaning in enumerate(syntax.code):
            taken = count(syntax, item) if meaning not in ("name", "number", "string") else 0
            begins = stack[len(stack) - taken :] if taken else []
            if taken:
                del stack[len(stack) - taken :]
            stack.append(begins[0] if begins else item)
            name = syntax.payloads[item][0] if meaning == "call" else ""
            if name in SOUGHT and name not in own and taken == 3 and not syntax.payloads[item][2]:
                at = begins[1]
                if syntax.code[at] == "name" and begins[2] == at + 1:
                    call = _Call(item, syntax.payloads[at], begins[0], begins[2])
                    self.calls[item] = call
                    self.begins.setdefault(call.begin, []).insert(0, call)

    def enter(
        self, item: int, items: Iterator[int], parameters: dict[str, int] | None, stack: list[Any]
    ) -> tuple[Iterator[int], dict[str, int] | None]:
        """What to read on with, at the beginning of a first argument or at a mark: -1 where the start of the
        last call that was entered is known, -2 where its expression has been read."""
        graph = self.graph
        if item == -1:
            call, before = self._entered[-1]
            place = self.syntax.starts[call.last], self.syntax.ends[call.item - 1]
            alias = graph.add(ALIAS, (stack.pop(),), None, *place)
            self._entered.append((call, alias))
            return items, {**(before or {}), call.name: alias}
        if item == -2:
            _, alias = self._entered.pop()
            _, before = self._entered.pop()
            stack.append(alias)
            return items, before
        call = self._waiting(item)[0]
        self._entered.append((call, parameters))
        for _ in range(call.item - item - 1):
            next(items)
        body = range(call.begin, call.last - 1)
        return chain(range(call.last, call.item), (-1,), body, (-2,), items), parameters

    def is_new(self, item: int) -> bool:
        """Whether a call begins with an item that has not been entered."""
        return bool(self._waiting(item))

    def _waiting(self, item: int) -> list[_Call]:
        entered = [call for call, _ in self._entered]
        return [call for call in self.begins[item] if call not in entered]

    def node(self, item: int, stack: list[Any]) -> int:
        """The node of a call, whose expression and name are on the stack."""
        by, f = stack.pop(), stack.pop()
        self.program.derives = self.program.uses_arrays = True
        op = SOUGHT[self.syntax.payloads[item][0]]
        return self.graph.add(op, (f, by), None, *self.syntax.place(item))
