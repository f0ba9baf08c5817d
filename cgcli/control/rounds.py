"""What is known of a loop before it runs."""

from __future__ import annotations

from cgcli.annotations import Any, Mapping
from cgcli.control import code as c
from cgcli.control.join import slots_of
from cgcli.control.tree import Block, For, Pop, Seq, Store, While, every, sequences
from cgcli.ops import CONSTANT, OPS, Leaf

INDEX = OPS["index"]


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


def axes_of(value: Any) -> int | None:
    """0 for a number, and how many axes an array of numbers has; None for anything else."""
    if value.__class__ is float:
        return 0
    if value.__class__.__name__ != "ndarray" or value.dtype.char != "d" or not value.dtype.isnative:
        return None
    return int(value.ndim) or None


def takes_elements(block: Block, axes: Mapping[str, int | None]) -> bool:
    """Whether a block computes with numbers, and takes single elements of arrays, which have so many axes."""
    graph, arrays = block.graph, {node for slot, node in block.reads.items() if axes.get(slot, 0)}
    if not block.is_plain or any(axes.get(slot, 0) is None for slot in block.reads):
        return False
    if any(axes.get(slot) for slot in block.writes) or not arrays.isdisjoint(block.writes.values()):
        return False
    for node, op in enumerate(graph.ops):
        args = graph.args[node]
        if op is INDEX:
            array, args = args[0], args[1:]
            at = graph.attrs[node]["at"]
            if array not in arrays or len(at) != axes[graph.attrs[array]] or any(map(_is_slice, at)):
                return False
        elif op.__class__ is not Leaf and op.partials is None:
            return False
        if not arrays.isdisjoint(args):
            return False
    return True


def sets_element(part: Store, axes: Mapping[str, int | None]) -> bool:
    """Whether a number is put into one place of an array."""
    level = part.path[0]
    if not axes.get(part.slot) or len(part.path) > 1 or level.__class__ is not tuple:
        return False
    slots = [one for one in (*level, part.value) if one.__class__ is str]
    return (
        len(level) == axes[part.slot]
        and not any(axes.get(slot, 0) != 0 for slot in slots)
        and not any(map(_is_slice, level))
    )


def _is_slice(one: Any) -> bool:
    return one.__class__ is tuple


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
