"""What of a whole program depends on some of its inputs, by the names of slots."""

from __future__ import annotations

from cgcli.annotations import Iterable, Iterator
from cgcli.control.adjoints import links
from cgcli.control.tree import Block, Call, For, Items, Return, Seq, Store, Tree, every
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
