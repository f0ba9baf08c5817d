"""Jumps at the end of the body of a loop, after which nothing of a round is left.

What follows a branch that always jumps moves into the other branch. Then most jumps stand where the round
would end anyway: a `continue` there is nothing, and a `break` has nothing to skip.
"""

from __future__ import annotations

from cgcli.annotations import Any
from cgcli.control.tree import Break, Continue, For, If, Seq, While, every, rebuilt, sequences

JUMPS = (Break, Continue)

# A loop with more jumps keeps them as they are: each would repeat what is put aside there.
MANY = 8


def tailed(body: Seq) -> Seq:
    """The same program, in which what follows a branch that always jumps stands in the other one."""
    return rebuilt(body, _moved) if any(part.__class__ in JUMPS for part in every(body)) else body


def _moved(parts: list[Any]) -> list[Any]:
    found: list[Any] = []
    for part in reversed(parts):
        if part.__class__ in JUMPS:
            found = []
        elif part.__class__ is If and found and part.value is None:
            then, other = _jumps(part.then), _jumps(part.other)
            if then or other:
                left = part.then if then else Seq(*part.then.parts, *found)
                right = part.other if other else Seq(*part.other.parts, *found)
                part, found = If(part.condition, left, right, part.start, part.stop), []
        found.insert(0, part)
    return found


def _jumps(seq: Seq) -> bool:
    """Whether a sequence never comes to its end."""
    todo = [seq]
    while todo:
        parts = todo.pop().parts
        last = parts[-1] if parts else None
        if last.__class__ is If:
            todo += [last.then, last.other]
        elif last.__class__ not in JUMPS:
            return False
    return True


def last_jumps(body: Seq) -> set[int]:
    """The jumps, by `id`, of loops of which all stand at the end."""
    found: set[int] = set()
    for loop in every(body):
        if loop.__class__ not in (For, While):
            continue
        last: set[int] = set()
        todo = [loop.body]
        while todo:
            parts = todo.pop().parts
            if parts and parts[-1].__class__ in JUMPS:
                last.add(id(parts[-1]))
            elif parts and parts[-1].__class__ is If:
                todo += [parts[-1].then, parts[-1].other]
        if 0 < len(last) <= MANY and last.issuperset(_own(loop.body)):
            found |= last
    return found


def _own(body: Seq) -> list[int]:
    """The jumps of a loop itself."""
    found: list[int] = []
    todo = [body]
    while todo:
        for part in todo.pop().parts:
            if part.__class__ in JUMPS:
                found.append(id(part))
            elif part.__class__ not in (For, While):
                todo += sequences(part)
    return found
