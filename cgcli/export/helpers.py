"""Helpers: functions in the language of a target that an exported one may need, by name.

Some are written out, since the language has no such function and accuracy asks for more than a
definition; the others are made from the definitions of operations.
"""

from __future__ import annotations

import re

from cgcli.algebras.definitions import OPERANDS, graph_of
from cgcli.annotations import Any, Callable, Mapping
from cgcli.export.definitions import spelled, text_of
from cgcli.export.form import Call, Entry, Form, call, folded
from cgcli.export.walk import Target, walk
from cgcli.graph import Graph
from cgcli.ops import OPS, Op
from cgcli.rewrite.static import Static
from cgcli.shapes import Shape

# A definition of so few operations, which has each operand once, stands in the place of a call.
BRIEF = 3


class Helpers:
    """The helpers of a language.

    written     those written out
    pattern     how one is called for an operation
    write       makes the text of one: of its name, its operands, assignments and a result
    """

    def __init__(
        self,
        written: Mapping[str, str],
        pattern: str,
        write: Callable[[str, list[str], list[tuple[str, str]], str], str],
    ) -> None:
        self.written, self.pattern, self.write = written, pattern, write
        self.orders: dict[str, tuple[Op, Any]] = {}
        for op in OPS.values():
            orders = [None] if isinstance(op.definition, str) else list(op.definition)
            self.orders |= {self._name(op, order): (op, order) for order in orders if text_of(op, order)}
        self.made: dict[str, str] = {}

    def names(self) -> set[str]:
        return {*self.written, *self.orders}

    def form(self, op: Op) -> Entry | None:
        """The call of a helper on numbers, where there is one; none for a definition that is brief."""
        name = self._name(op)
        if op.partials is None:
            return None
        if name in self.written:
            return call(name)
        if isinstance(op.definition, str):
            text = text_of(op)
            if not text or is_brief(text):
                return None
            return folded(name) if op.arity is None else call(name)
        return lambda use: self._of_order(op, use)

    def _of_order(self, op: Op, use: Call) -> Form | None:
        order = use.value(0)
        return Form(f"{self._name(op, order)}($1)") if text_of(op, order) else None

    def _name(self, op: Op, order: Any = None) -> str:
        return self.pattern.format(op.name) + ("" if order is None else f"{order:g}")

    def text(self, name: str, target: Target) -> str:
        if name in self.written:
            return self.written[name]
        if name not in self.made:
            self.made[name] = self._make(name, target)
        return self.made[name]

    def _make(self, name: str, target: Target) -> str:
        op, order = self.orders[name]
        graph = Graph()
        shapes: list[Shape | None] = [()] * (op.arity or 2)
        operands = tuple(graph.input(operand) for operand in OPERANDS[: op.arity or 2])
        if order is not None:
            graph.attrs[operands[0]] = order  # no operand of the helper, and not in the text
        root = spelled(graph, shapes, text_of(op, order), operands, operands[0], named=True)
        written = walk(Static(graph, [(None, root)], shapes, kept=operands[order is not None :]), target)
        lines = [(statement.name, statement.text) for statement in written.statements]
        return self.write(name, list(written.inputs.values()), lines, written.outputs[0][1].text)


def is_brief(text: str) -> bool:
    graph, root = graph_of(text)
    nodes = graph.ancestors([root])
    used = [arg for node in nodes for arg in graph.args[node] if graph.ops[arg].arity or arg in nodes]
    inner = [node for node in nodes if graph.args[node]]
    return len(inner) <= BRIEF and len(used) == len(set(used))


def defined(name: str, operands: list[str], lines: list[tuple[str, str]], result: str) -> str:
    """A function of one result in Python."""
    body = [*(f"{variable} = {text}" for variable, text in lines), f"return {result}"]
    return "\n".join([f"def {name}({', '.join(operands)}):", *(f"    {line}" for line in body)])


def functions(text: str) -> dict[str, str]:
    """The functions of a text in Python, by name."""
    parts = text.strip().split("\n\n\n")
    return {re.findall(r"^def (\w+)", part)[0]: part.strip() for part in parts}


def needed(texts: list[str], helpers: Helpers, target: Target) -> list[str]:
    """The helpers that texts refer to, and those that these refer to, each after what it needs."""
    names, order = helpers.names(), []
    found: dict[str, str] = {}

    def mentioned(text: str) -> list[str]:
        return [word for word in dict.fromkeys(re.findall(r"\b[A-Za-z_]\w*", text)) if word in names]

    todo = [(name, False) for text in reversed(texts) for name in reversed(mentioned(text))]
    while todo:
        name, whole = todo.pop()
        if whole:
            order.append(found[name])
        elif name not in found:
            found[name] = helpers.text(name, target)
            todo.append((name, True))
            todo += [(other, False) for other in reversed(mentioned(found[name])) if other not in found]
    return order


def returned(static: Static) -> str:
    """The order of several outputs, as a docstring says it."""
    return ", ".join(name for name, _ in static.named())
