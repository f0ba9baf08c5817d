"""A program that runs: a tree of blocks.

A *slot* is a name that holds a value while a program runs: a name of the program's, or a hidden one, made
while it is read, that begins with `%`. Slots belong to a call: the names of a function are its own, and the
program itself is the outermost call. A *block* is a straight-line piece of the program as one graph over
slots. Everything else moves values between slots, or says which part comes next. All parts are plain values
that nothing changes once they are made; only walks over them, with stacks of their own, give them meaning.

Every part has the place [start, stop) of its statement in the source. Parts of one statement stand side by
side and have one place: a debugger stops where it changes, and where a sequence begins.

What a slot may hold: a number, an array, a list or a record (`control.structures`).
"""

from __future__ import annotations

from cgcli.annotations import Any, Callable, Iterator, Mapping, Sequence
from cgcli.graph import Graph, from_inside
from cgcli.ops import Leaf


class Part:
    """A part of a tree, and the place of its statement."""

    __slots__ = ("start", "stop")

    def __init__(self, start: int, stop: int) -> None:
        self.start, self.stop = start, stop


class Block(Part):
    """A straight-line piece of a program: at most one statement as it is read, more where blocks have been
    joined.

    graph   its nodes. Besides operations of `ops` it may have those of `control.structures`, whose operands
            and results need not be numbers (`is_plain` says whether it has none)
    reads   by slot, the INPUT node that stands for its value when the block begins
    writes  by slot, the node whose value it has when the block ends. All are written at once: a slot that is
            also read was read before
    cost    how many operations it has
    run     for whoever runs blocks: what has been made of this one, by what it was made for
    """

    __slots__ = ("cost", "graph", "is_plain", "reads", "run", "writes")

    def __init__(
        self, graph: Graph, reads: Mapping[str, int], writes: Mapping[str, int], start: int, stop: int,
        is_plain: bool = True,
    ) -> None:  # fmt: skip
        super().__init__(start, stop)
        self.graph, self.reads, self.writes, self.is_plain = graph, reads, writes, is_plain
        self.cost = sum([op.__class__ is not Leaf for op in graph.ops])
        self.run: dict[Any, Any] = {}


class Seq:
    """Parts, one after the other."""

    __slots__ = ("parts",)

    def __init__(self, *parts: Any) -> None:
        self.parts = parts


class If(Part):
    """Runs `then` where the value of the slot `condition` is not 0, else `other`.

    value   of an `if` expression, the slot that both branches write, and nothing but hidden slots besides;
            where the condition is an array, or not known, both may run, and the value is a `where`. None for
            a statement, whose condition is a number
    """

    __slots__ = ("condition", "other", "then", "value")

    def __init__(
        self, condition: str, then: Seq, other: Seq, start: int, stop: int, value: str | None = None
    ) -> None:
        super().__init__(start, stop)
        self.condition, self.then, self.other, self.value = condition, then, other, value


class Range:
    """The numbers from one to another, by slots: `first..last` with `last` in where `is_closed`, else without
    it, as Python's `range`; `step` is the slot of what is between them, or None for 1."""

    __slots__ = ("first", "is_closed", "last", "step")

    def __init__(self, first: str, last: str, step: str | None = None, is_closed: bool = True) -> None:
        self.first, self.last, self.step, self.is_closed = first, last, step, is_closed


class Items:
    """The elements of a vector, the rows of a matrix, or the items of a list, that a slot holds when the
    loop begins."""

    __slots__ = ("slot",)

    def __init__(self, slot: str) -> None:
        self.slot = slot


class For(Part):
    """Runs `body` once for each of what `over` says, which the slot `variable` has in turn. After the loop it
    has the last one; where there was none, what it had before. What `over` names is read once."""

    __slots__ = ("body", "over", "variable")

    def __init__(self, variable: str, over: Range | Items, body: Seq, start: int, stop: int) -> None:
        super().__init__(start, stop)
        self.variable, self.over, self.body = variable, over, body


class While(Part):
    """Runs `head`, which writes the slot `condition`, and then `body`, as long as that is not 0."""

    __slots__ = ("body", "condition", "head")

    def __init__(self, head: Seq, condition: str, body: Seq, start: int, stop: int) -> None:
        super().__init__(start, stop)
        self.head, self.condition, self.body = head, condition, body


class Break(Part):
    """Ends the innermost loop."""

    __slots__ = ()


class Continue(Part):
    """Goes on with the next round of the innermost loop."""

    __slots__ = ()


class Return(Part):
    """Ends the function with the value of a slot."""

    __slots__ = ("slot",)

    def __init__(self, slot: str, start: int, stop: int) -> None:
        super().__init__(start, stop)
        self.slot = slot


class Call(Part):
    """Calls a function of the program: the slot `result` gets what it returns for the values of `arguments`.
    It also gets those of the program's slots that it reads and never sets (`Function.free`), as far as they
    have a value. `where` is the place of the call itself, [start, stop)."""

    __slots__ = ("arguments", "function", "result", "where")

    def __init__(
        self, function: str, arguments: tuple[str, ...], result: str, where: tuple[int, int],
        start: int, stop: int,
    ) -> None:  # fmt: skip
        super().__init__(start, stop)
        self.function, self.arguments, self.result, self.where = function, arguments, result, where


class Store(Part):
    """Gives a part of what a slot holds another value: an element, a slice, an item, a field.

    path    from the slot inward; each is the name of a field, or what `at` of an index is (`ops.indexing`),
            in which a text is the slot of a subscript or of a bound of a slice
    value   the slot of the new value, which is stretched to the place
    """

    __slots__ = ("path", "slot", "value")

    def __init__(self, slot: str, path: tuple[Any, ...], value: str, start: int, stop: int) -> None:
        super().__init__(start, stop)
        self.slot, self.path, self.value = slot, path, value


class Print(Part):
    """Writes a line to stderr; each item is a `Text`, or the slot of a value."""

    __slots__ = ("items",)

    def __init__(self, items: tuple[Any, ...], start: int, stop: int) -> None:
        super().__init__(start, stop)
        self.items = items


class Text:
    """A text that stood in quotes."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text


class Check(Part):
    """Stops the program where a condition does not hold: the value of the slot `condition`, or of an element
    of it, is 0 or nan. `sides` are the slots of what a comparison compares, or none; `where` is the place of
    the condition, [start, stop)."""

    __slots__ = ("condition", "message", "sides", "where")

    def __init__(
        self, condition: str, sides: tuple[str, ...], message: str | None, where: tuple[int, int],
        start: int, stop: int,
    ) -> None:  # fmt: skip
        super().__init__(start, stop)
        self.condition, self.sides, self.message, self.where = condition, sides, message, where


class Checkpoint(Part):
    """Runs `body`; the backward pass runs it again rather than keep what it needs of it."""

    __slots__ = ("body",)

    def __init__(self, body: Seq, start: int, stop: int) -> None:
        super().__init__(start, stop)
        self.body = body


class Push(Part):
    """Puts the values of slots onto the record of the run; a slot without one leaves a gap."""

    __slots__ = ("slots",)

    def __init__(self, slots: tuple[str, ...], start: int, stop: int) -> None:
        super().__init__(start, stop)
        self.slots = slots


class Pop(Push):
    """Takes them off again, the last slot first: each has the value that it had."""

    __slots__ = ()


class Function:
    """A function of the program.

    parameters  the slots that get the arguments
    free        the names that it reads and does not set itself, which are the program's
    body        ends with a `Return` on every path, or it is an error there (at `stop`)
    """

    __slots__ = ("body", "free", "name", "parameters", "start", "stop")

    def __init__(
        self, name: str, parameters: tuple[str, ...], free: tuple[str, ...], body: Seq, start: int, stop: int
    ) -> None:
        self.name, self.parameters, self.free, self.body = name, parameters, free, body
        self.start, self.stop = start, stop


class Tree:
    """A whole program that runs.

    body        its statements
    functions   by name
    inputs      the slots that have a value before it runs: names that it reads and never sets
    outputs     the slots that it answers with, in order
    settings    by name, the places at which something sets it, for the error where it has no value
    run         for whoever runs it: what has been made of it, by what it was made for
    """

    __slots__ = ("body", "functions", "inputs", "outputs", "run", "settings")

    def __init__(
        self, body: Seq, functions: Mapping[str, Function], inputs: tuple[str, ...], outputs: tuple[str, ...],
        settings: Mapping[str, list[int]],
    ) -> None:  # fmt: skip
        self.body, self.functions, self.inputs, self.outputs = body, functions, inputs, outputs
        self.settings = settings
        self.run: dict[Any, Any] = {}

    def has(self, kind: type[Part]) -> bool:
        """Whether there is such a part, in a function or outside."""
        return any(part.__class__ is kind for part in self.parts())

    def has_parts(self) -> bool:
        """Whether parts of values are set or gone over, or there are lists or records."""
        return any(
            part.__class__ is Store
            or (part.__class__ is For and part.over.__class__ is Items)
            or (part.__class__ is Block and not part.is_plain)
            for part in self.parts()
        )

    def parts(self) -> Iterator[Any]:
        """All parts, in functions and outside."""
        for body in [self.body, *(function.body for function in self.functions.values())]:
            yield from every(body)


def sequences(part: Any) -> tuple[Seq, ...]:
    """The sequences in a part, in the order of the source."""
    if part.__class__ is If:
        return part.then, part.other
    if part.__class__ is While:
        return part.head, part.body
    return (part.body,) if part.__class__ in (For, Checkpoint) else ()


def with_sequences(part: Any, found: Sequence[Seq]) -> Any:
    """The same part with other sequences."""
    place = part.start, part.stop
    if part.__class__ is If:
        return If(part.condition, found[0], found[1], *place, value=part.value)
    if part.__class__ is While:
        return While(found[0], part.condition, found[1], *place)
    if part.__class__ is For:
        return For(part.variable, part.over, found[0], *place)
    return Checkpoint(found[0], *place) if part.__class__ is Checkpoint else part


def rebuilt(body: Seq, change: Callable[[list[Any]], list[Any]]) -> Seq:
    """A sequence in which the parts of each sequence are changed, from the innermost on."""

    def make(seq: Seq, made: Any) -> Seq:
        parts = [with_sequences(part, [made[id(one)] for one in sequences(part)]) for part in seq.parts]
        return Seq(*change(parts))

    found: Seq = from_inside(body, inside, make)
    return found


def inside(seq: Seq) -> list[Seq]:
    """The sequences in the parts of a sequence."""
    return [one for part in seq.parts for one in sequences(part)]


def every(body: Seq) -> Iterator[Any]:
    """All parts of a sequence, those within others too, each after what it stands in."""
    todo = [body]
    while todo:
        seq = todo.pop()
        for part in seq.parts:
            yield part
            todo += sequences(part)
