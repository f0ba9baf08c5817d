"""Loops and recursion of a run folded for pictures: a node each, `for i: 10 times, 40 nodes`, `f: 25 calls,
75 nodes`, over what they take from outside, and under what they hand on."""

from __future__ import annotations

from cgcli.annotations import Any, Mapping, Sequence
from cgcli.control.code import codes
from cgcli.control.contexts import calls_of
from cgcli.evaluation.statements import Statement, Statements
from cgcli.graph import Graph
from cgcli.language.block import Assertion, Block, Output
from cgcli.language.errors.operations import source_text
from cgcli.language.program import Program
from cgcli.ops import CONSTANT, Op

LOOPS = ("for", "while")
HEADS = (*LOOPS, "if", "elif", "else", "checkpoint", "body")

AFTER = Op("after", 1, "what a loop or a call hands on, of several", "", (), ulps=0)


class Loop:
    """A loop as it was executed, outside of all others.

    text            of its head
    first, last     the nodes that its rounds recorded: [first, last)
    times           how many rounds there were
    """

    def __init__(
        self, kind: str, name: str | None, text: str, place: tuple[int, int], depth: int, first: int
    ) -> None:
        self.kind, self.name, self.text, self.place, self.depth = kind, name, text, place, depth
        self.first = self.last = first
        self.times = 0

    def title(self, count: int) -> str:
        of = f"for {self.name}" if self.kind == "for" else self.text
        times = "once" if self.times == 1 else f"{self.times:,} times"
        return f"{of}: {times}, {count:,} {'node' if count == 1 else 'nodes'}"

    def goes_on(self, one: Statement, heads: Mapping[int, Any]) -> bool:
        """Whether a statement stands in it, too; counts the rounds."""
        start, stop = self.place
        if one.depth > self.depth or (one.depth == self.depth and start <= one.start < stop):
            self.times += one.depth == self.depth and one.start == heads[start][2]
            return True
        return False

    def has(self, start: int) -> bool:
        """Whether a node between its first and last one, of this place, was recorded in it."""
        return True


class Recursion(Loop):
    """A call of a function that comes to call itself, with all calls in it.

    bodies      where the functions stand whose nodes these are: not that which calls
    times       how many calls there were
    """

    def __init__(self, one: Statement, place: tuple[int, int], bodies: Sequence[tuple[int, int]]) -> None:
        super().__init__("call", one.begins, "", place, one.depth, one.node)
        self.times, self.bodies = 1, bodies

    def title(self, count: int) -> str:
        calls = "1 call" if self.times == 1 else f"{self.times:,} calls"
        return f"{self.name}: {calls}, {count:,} {'node' if count == 1 else 'nodes'}"

    def goes_on(self, one: Statement, heads: Mapping[int, Any]) -> bool:
        if one.depth < self.depth or (one.depth == self.depth and one.begins):
            return False
        self.times += bool(one.begins)
        return True

    def has(self, start: int) -> bool:
        return any(begin <= start < stop for begin, stop in self.bodies)


def loops(program: Program, statements: Statements, end: int) -> list[Loop]:
    """The outermost loops, and calls that recur, in the order in which they ran; `end` is how many nodes
    there are."""
    heads, tree = _heads(program), statements.tree
    assert tree is not None
    functions, recursive = tree.functions, calls_of(tree, codes(tree, True, False)).recursive
    found: list[Loop] = []
    inside: Loop | None = None
    within = [""]  # the functions that have been called, and not returned
    for one in statements.all:
        del within[one.depth + (not one.begins) :]
        if one.begins:
            within.append(one.begins)
        if inside is not None:
            if inside.goes_on(one, heads):
                continue
            inside.last, inside = one.node, None
        if one.begins in recursive:
            called = functions[one.begins]
            others = [f for name, f in functions.items() if name != within[one.depth - 1]]
            bodies = [(f.start, f.stop) for f in others]
            inside = Recursion(one, (called.start, called.stop), bodies)
        elif one.start in heads:
            kind, name, _, stop = heads[one.start]
            text = source_text(program, one.start, one.stop)
            inside = Loop(kind, name, text, (one.start, stop), one.depth, one.node)
        if inside is not None:
            found.append(inside)
    if inside is not None:
        inside.last = end
    return found


def _heads(program: Program) -> dict[int, tuple[str, str | None, int, int]]:
    """By the place of each loop: its kind, its variable, the place of its first statement, and its end."""
    found: dict[int, tuple[str, str | None, int, int]] = {}
    opened: list[Any] = []
    before: Any = None
    for one in program.statements:
        if before is not None and before.kind in LOOPS:
            before_first = one.start
            found[before.start] = (before.kind, before.name, before_first, before.stop)
        if one.kind in HEADS:
            opened.append(one)
        elif one.kind == "close" and opened:
            head = opened.pop()
            if head.kind in LOOPS:
                found[head.start] = (*found[head.start][:3], one.stop)
        before = one
    return found


def folded(
    program: Program,
    statements: Statements,
    values: Sequence[Any],
    shapes: Sequence[Any] | None,
    adjoints: Mapping[int, Mapping[int, Any]],
) -> tuple[Program, list[Any], list[Any] | None, dict[int, dict[int, Any]]]:
    """A program whose graph is that of a run, its values, shapes and adjoints, with loops and recursion
    folded."""
    graph = program.graph
    roots = [root.node for _, root in program.roots()]
    needed = graph.ancestors(roots)
    run = [loop for loop in loops(program, statements, len(graph)) if loop.times > 0]
    of = {
        node: loop
        for loop in run
        for node in range(loop.first, loop.last)
        if graph.ops[node] is not CONSTANT and loop.has(graph.starts[node])
    }
    leave: dict[Loop, dict[int, None]] = {loop: {} for loop in run}
    take: dict[Loop, dict[int, None]] = {loop: {} for loop in run}
    counts = dict.fromkeys(run, 0)
    for node in needed:
        loop = of.get(node)
        if loop is not None:
            counts[loop] += 1
        for arg in graph.args[node]:
            source = of.get(arg)
            if source is not None and source is not loop:
                leave[source][arg] = None
            if loop is not None and source is not loop and graph.ops[arg] is not CONSTANT:
                take[loop][arg] = None
    for node in roots:
        if node in of:
            leave[of[node]][node] = None
    made = Graph()
    place: dict[int, int] = {}
    back: list[int | None] = []
    folds: dict[Loop, int] = {}
    for node in needed:
        loop = of.get(node)
        if loop is not None and node not in leave[loop]:
            continue
        if loop is None:
            made.take(graph, node, place)
        else:
            alone = len(leave[loop]) == 1
            if loop not in folds:
                op = Op(loop.title(counts[loop]), None, "a loop or a call", "", (), commutes=True, ulps=0)
                taken = tuple(place[arg] for arg in take[loop])
                folds[loop] = made.add(op, taken, None, *loop.place)
                back += [None] * (not alone)
            place[node] = folds[loop] if alone else made.add(AFTER, (folds[loop],), None, *graph.place(node))
        back.append(node)
        if node in graph.names:
            made.names[place[node]] = graph.names[node]
    block = Block()
    block.graph = made
    block.names = {name: place[node] for name, node in program.names.items() if node in place}
    block.inputs = {name: place[node] for name, node in program.inputs.items() if node in place}
    block.outputs = [Output(o.name, place[o.node], o.start, o.end) for o in program.outputs]
    kept = [a for a in program.assertions if a.node in place]
    block.assertions = [Assertion(place[a.node], a.start, a.end, a.message) for a in kept]
    found = Program(program.source, program.statements, block)
    found.uses_arrays = program.uses_arrays
    moved = {
        place[root]: {place[node]: of_it for node, of_it in slopes.items() if node in place}
        for root, slopes in adjoints.items()
    }
    return (
        found,
        [None if node is None else values[node] for node in back],
        None if shapes is None else [None if node is None else shapes[node] for node in back],
        moved,
    )
