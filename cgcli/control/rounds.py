"""What is known of a loop before it runs."""

from __future__ import annotations

from cgcli.annotations import Any
from cgcli.control import code as c
from cgcli.control.join import slots_of
from cgcli.control.limits import Limits, Stopped
from cgcli.control.tree import Block, Break, Continue, For, Pop, Return, Seq, While, every, sequences
from cgcli.ops import CONSTANT

# So many rounds may just as well run.
FEW = 100


def users(code: c.Code) -> dict[str, int]:
    """By how many instructions each slot is read."""
    found: dict[str, int] = {}
    for instruction in code:
        part = instruction[1] if len(instruction) > 1 else None
        if instruction[0] not in (c.ROUND, c.AGAIN, c.LEAVE, c.THEN, c.ELSE, c.JUMP, c.STEP):
            for slot in reads_of(part):
                found[slot] = found.get(slot, 0) + 1
    return found


def reads_of(part: Any) -> Any:
    """The slots that a part reads by itself."""
    return part.reads if part.__class__ is Block else slots_of(part)


def whole_of(block: Block) -> dict[str, int]:
    """The slots that a block sets to whole numbers that stand in it."""
    graph = block.graph
    values = {
        slot: float(graph.attrs[node]) for slot, node in block.writes.items() if graph.ops[node] is CONSTANT
    }
    return {slot: int(value) for slot, value in values.items() if value.is_integer()}


def named(loop: Any) -> list[str]:
    """The slots that a loop reads or writes."""
    found: dict[str, None] = {}
    for part in every(Seq(loop)):
        if part.__class__ is Block:
            found |= dict.fromkeys((*part.reads, *part.writes))
        else:
            found |= dict.fromkeys(slots_of(part))
            if part.__class__ is For:
                found[part.variable] = None
    return list(found)


def taken_back(loop: Any) -> float:
    """Of a loop and those in it, the most values that a round takes back for one of its operations."""
    found = 0.0
    for part in every(Seq(loop)):
        if part.__class__ in (For, While):
            count, todo, cost = 0, [*part.body.parts], 1
            while todo:
                one = todo.pop()
                count += len(one.slots) if one.__class__ is Pop else 0
                if one.__class__ not in (For, While):
                    todo += [inner for seq in sequences(one) for inner in seq.parts]
            cost += sum(one.cost for one in part.body.parts if one.__class__ is Block)
            found = max(found, count / cost)
    return found


def least(loop: For) -> int:
    """The fewest operations that a round takes; 0 where one may be the last."""
    inside = {part.__class__ for part in every(loop.body)}
    if inside & {Break, Return}:
        return 0
    return 1 if Continue in inside else 1 + sum(p.cost for p in loop.body.parts if p.__class__ is Block)


def require_room(limits: Limits, loop: For, over: Any, done: float) -> None:
    """Raise `Stopped` for a loop over a range, `Places` or `Rounds` that is to go beyond the limits after the
    operations that are `done`, where that is to be told early; so it is of a comprehension, whose variable is
    hidden: all that it makes would fill the memory."""
    if not (limits.early or loop.variable[0] == "%"):
        return
    count = len(over if over.__class__ is range else over.places)
    if count > FEW and done + count * least(loop) > limits.operations:
        told = f"it would take more than {limits.operations:,.0f} operations, in {count:,} rounds"
        raise Stopped("stopped", told, (loop.start, loop.stop), limits.more, names=True)


class Known:
    """What is known of instructions: by how many of them each slot is read, and by the place of each round
    the instruction after its loop."""

    def __init__(self, code: c.Code) -> None:
        self.read = users(code)
        self.ends: dict[int, int] = {}
        leaving: dict[int, int] = {}
        for at in range(len(code) - 1, -1, -1):
            kind, *rest = code[at]
            if kind == c.ROUND:
                self.ends[at] = rest[1]
            elif kind == c.UNLESS:
                leaving[id(rest[0])] = rest[1]
            elif kind == c.AGAIN:
                self.ends[at] = leaving[id(rest[0])]
