"""What the slots of a loop hold: numbers, arrays of which single elements are taken, values of any kind."""

from __future__ import annotations

from cgcli.annotations import Any, Iterable, Mapping
from cgcli.control.plan import SPECIAL
from cgcli.control.structures import HAS, LEN, without_slots
from cgcli.control.tree import Block, Checkpoint, For, If, Items, Pop, Push, Seq, Store, every
from cgcli.ops import ALIAS, INPUT, OPS, WRITTEN_OUT, Leaf

INDEX = OPS["index"]
WRITTEN = frozenset(WRITTEN_OUT.values())

# Of more branches the longest way may be much longer than others.
MOST_BRANCHES = 60


class Kinds:
    """What the slots of a loop hold that begins where those that have a value have these axes (`axes_of`).

    axes    by slot, 0 for a number, how many axes an array has, None for a value of any kind
    boxes   the slots whose values may be of any kind; parts of those that are `put_in` are set
    """

    def __init__(self, loop: Any, given: Mapping[str, int | None], speculates: bool) -> None:
        """Where it `speculates`, operations on numbers have numbers."""
        self.boxes = boxes_of(loop, given, speculates)
        self.axes = {**given, **dict.fromkeys(self.boxes)}
        self.put_in = {part.slot for part in every(Seq(loop)) if part.__class__ is Store} & self.boxes
        self._speculates = speculates

    def are_numbers(self, slots: Iterable[str]) -> bool:
        """Whether slots hold numbers, if anything."""
        return all(self.axes.get(slot, 0) == 0 for slot in slots)

    def fits(self, block: Block) -> bool:
        """Whether a block is computed with what its slots hold."""
        return not WRITTEN.intersection(block.graph.ops)

    def boxed(self, block: Block) -> list[bool]:
        """By node whether its value may be of any kind; nothing where none is."""
        plainly = takes_elements(block, self.axes)
        return [] if plainly else boxed_nodes(block, self.boxes, self._speculates)

    def sets_element(self, part: Store) -> bool:
        return sets_element(part, self.axes)

    @staticmethod
    def named_by(part: Store) -> list[str]:
        """The slots of a part that sets a part of a value, which is the first of them."""
        levels = [level for level in part.path if level.__class__ is tuple]
        slots = [slot for level in levels for slot in without_slots(level)[0]]
        return list(dict.fromkeys((part.slot, part.value, *slots)))

    def is_even(self, loop: For) -> bool:
        """Whether each round goes to its end, in about as many operations."""
        branches = 0
        for one in every(loop.body):
            branches += one.__class__ is If
            if branches > MOST_BRANCHES or not self._goes_on(one):
                return False
        return True

    def _goes_on(self, part: Any) -> bool:
        if part.__class__ is Block:
            return self.fits(part)
        if part.__class__ is Store:
            return part.slot in self.boxes or self.sets_element(part)
        if part.__class__ is If:
            return part.condition in self.boxes or self.are_numbers((part.condition,))
        if part.__class__ in (Push, Pop):
            return self.are_numbers(part.slots)
        return part.__class__ is Checkpoint


def axes_of(value: Any) -> int | None:
    """0 for a number, and how many axes an array of numbers has; None for anything else."""
    if value.__class__ is float:
        return 0
    if value.__class__.__name__ != "ndarray" or value.dtype.char != "d" or not value.dtype.isnative:
        return None
    return int(value.ndim) or None


def boxes_of(loop: Any, axes: Mapping[str, int | None], speculates: bool) -> set[str]:
    """The slots of a loop whose values may be of any kind: all but numbers, and arrays of which it takes and
    sets single elements. Where it `speculates`, an operation on numbers has numbers."""
    found = {slot for slot, count in axes.items() if count is None}
    parts, before = list(every(Seq(loop))), -1
    while before < len(found):
        before = len(found)
        now = {**axes, **dict.fromkeys(found)}
        for part in parts:
            if part.__class__ is Block and not takes_elements(part, now):
                found |= {slot for slot in (*part.reads, *part.writes) if axes.get(slot)}
                boxed = boxed_nodes(part, found, speculates)
                found |= {slot for slot, node in part.writes.items() if boxed[node]}
            elif part.__class__ is For and part.over.__class__ is Items:
                found |= {part.variable, part.over.slot}
            elif part.__class__ is Store and not sets_element(part, now):
                found.add(part.slot)
    return found


def boxed_nodes(block: Block, boxes: Any, speculates: bool) -> list[bool]:
    """By node of a block whether its value may be of any kind, where those of some slots may."""
    graph, found = block.graph, list[bool]()
    for node, op in enumerate(graph.ops):
        args = graph.args[node]
        if op is INPUT:
            found.append(graph.attrs[node] in boxes)
        elif op is ALIAS:
            found.append(found[args[0]])
        elif op.__class__ is Leaf or op in (LEN, HAS):
            found.append(False)
        elif op.partials is not None and op not in SPECIAL:
            found.append(not speculates and any(found[arg] for arg in args))
        else:
            found.append(True)
    return found


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
