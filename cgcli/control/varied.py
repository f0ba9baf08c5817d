"""What of a whole program depends on some of its inputs, by the names of slots."""

from __future__ import annotations

from cgcli.annotations import Any, Iterable, Iterator
from cgcli.control.adjoints import links
from cgcli.control.structures import LATE, PART, RANGE, without_slots
from cgcli.control.tree import Block, Call, For, If, Items, Range, Return, Seq, Store, Tree, While, every
from cgcli.control.twins import Place

# Where a function keeps what it returns.
RETURNED = "return"


def varied(tree: Tree, wrt: Iterable[str]) -> set[Place]:
    """The slots that may depend on some of the program's, on whatever path."""
    onward: dict[Place, list[Place]] = {}
    for name, body in [("", tree.body), *((name, one.body) for name, one in tree.functions.items())]:
        for source, target in _moves(tree, name, body):
            onward.setdefault(source, []).append(target)
    found = {("", name) for name in wrt}
    todo = list(found)
    while todo:
        for target in onward.get(todo.pop(), ()):
            if target not in found:
                found.add(target)
                todo.append(target)
    return found


def _moves(tree: Tree, name: str, body: Seq) -> Iterator[tuple[Place, Place]]:
    """From which slots values come to which, in a function."""
    for part in every(body):
        if part.__class__ is Block:
            for write, reads in links(part):
                for read in reads:
                    yield (name, read), (name, write)
        elif part.__class__ is Store:
            yield (name, part.value), (name, part.slot)
        elif part.__class__ is For and part.over.__class__ is Items:
            yield (name, part.over.slot), (name, part.variable)
        elif part.__class__ is Return:
            yield (name, part.slot), (name, RETURNED)
        elif part.__class__ is Call:
            function = tree.functions[part.function]
            for argument, parameter in zip(part.arguments, function.parameters):
                yield (name, argument), (part.function, parameter)
            for free in function.free:
                yield ("", free), (part.function, free)
            yield (part.function, RETURNED), (name, part.result)


def decided_by(tree: Tree, wrt: Iterable[str]) -> Any:
    """The first statement of a program that decides what comes next, or a size, by something that may depend
    on some of its slots; None where there is none."""
    found = varied(tree, wrt)
    parts = [
        part
        for name, body in [("", tree.body), *((name, one.body) for name, one in tree.functions.items())]
        for part in every(body)
        if any((name, slot) in found for slot in _deciding(part))
    ]
    return min(parts, key=lambda part: part.start, default=None)


def _deciding(part: Any) -> Iterable[str]:
    """The slots that a part decides by."""
    if part.__class__ is While or (part.__class__ is If and part.value is None):
        return (part.condition,)
    if part.__class__ is For and part.over.__class__ is Range:
        return [slot for slot in (part.over.first, part.over.last, part.over.step) if slot is not None]
    if part.__class__ is Store:
        levels = [level for level in part.path if level.__class__ is not str]
        return [slot for level in levels for slot in without_slots(level)[0]]
    if part.__class__ is Block and not part.is_plain:
        graph, asked = part.graph, list[int]()
        for node, op in enumerate(graph.ops):
            if op in (PART, RANGE):
                asked += graph.args[node][op is PART :]
            elif op is LATE:
                asked += graph.args[node][-len(graph.attrs[node]["names"]) :]
        needed = set(graph.ancestors(asked))
        return [slot for slot, node in part.reads.items() if node in needed]
    return ()
