"""Loops whose variables nothing but their own rounds sets."""

from __future__ import annotations

from cgcli.annotations import Any
from cgcli.control.tree import Block, For, Seq, every, rebuilt, sequences
from cgcli.graph import Graph
from cgcli.ops import INPUT


def counted(body: Seq) -> Seq:
    """The same program, in which nothing but its own rounds sets the variable of a loop: where others set it,
    too, the loop has another one, and what was its variable is set from that."""
    others = {slot for part in every(body) if part.__class__ is Block for slot in part.writes}
    around: list[str] = []
    todo: list[Any] = [body]
    while todo:
        part = todo.pop()
        if part is None:
            around.pop()
        elif part.__class__ is Seq:
            todo += part.parts
        else:
            if part.__class__ is For:
                if part.variable in around:
                    others.add(part.variable)
                around.append(part.variable)
                todo.append(None)
            todo += sequences(part)
    if not others:
        return body
    count = 0

    def change(parts: list[Any]) -> list[Any]:
        nonlocal count
        found: list[Any] = []
        for part in parts:
            if part.__class__ is For and part.variable in others:
                count += 1
                counter, graph = f"%turn{count}", Graph()
                reads = {counter: graph.add(INPUT, (), counter)}
                one = Block(graph, reads, {part.variable: reads[counter]}, part.start, part.stop)
                part = For(counter, part.over, Seq(one, *part.body.parts), part.start, part.stop)
            found.append(part)
        return found

    return rebuilt(body, change)
