"""Loops as Python functions: from the parts of a tree to statements.

A function begins at a round of a loop, with the values of slots, and ends where the loop does. It stops, and
says where, at what it is not for, and at a round where no operations are left; so it never has to begin
anywhere else. Slots are its local names.
"""

from __future__ import annotations

import ast

from cgcli.annotations import Any, Mapping
from cgcli.control import code as c
from cgcli.control.kinds import Kinds
from cgcli.control.plan import plan
from cgcli.control.rounds import Known, named, reads_of, taken_back, whole_of
from cgcli.control.tree import (
    Block,
    Break,
    Check,
    Checkpoint,
    Continue,
    For,
    If,
    Pop,
    Push,
    Range,
    Seq,
    Store,
    While,
    every,
)
from cgcli.kernels.statements import Statements
from cgcli.kernels.syntax import (
    PLACE,
    STORE,
    Syntax,
    Value,
    assign,
    call,
    combined,
    compared,
    element,
    joined,
    name,
    negated,
    number,
)

# Python takes no more loops that are one inside the other, and compiles by recursion.
LOOPS, LEVELS = 18, 60

# The most operations of a function: it takes time to make one.
LONGEST = 20_000


class Body:
    """The loop whose rounds begin at an instruction, as a function.

    given       by slot that has a value, its axes (`control.kinds`), as `kinds` are of
    function    of how many operations are left, what puts aside and takes back, the numbers that a `for` has
                still before it, what these are places of, if anything, and the values of `takes`. It returns
                the number of one of its `stops`, or -1 at the end of the loop; how many operations are left;
                and its local names
    arrays      of `takes`, those that it takes as views of their memory; it sets elements of those `set_in`
    boxes       the slots whose values may be of any kind; it sets parts of those `put_in`, of which `own` are
                held by nothing else
    slots       by local name
    after       the instruction after the loop
    longest     the most operations between two looks at how many are left
    takes_back  how many values it takes back for an operation, at most
    even        the fewest and the most operations of a round, where these are not counted: it is given no
                more rounds than there may be, and ends where they do; else None
    """

    def __init__(
        self, code: c.Code, at: int, given: Mapping[str, int | None], kinds: Kinds, careful: bool,
        known: Known, zeroed: Any = None,
    ) -> None:  # fmt: skip
        """Raises `ValueError` where it is not to be."""
        loop, end = code[at][1], known.ends[at]
        self.longest = sum(one[2] for one in code[at:end] if one[0] == c.BLOCK) + end - at
        if self.longest > LONGEST:
            raise ValueError("it is too long")
        self._kinds, self._code, self._at, self._first = kinds, code, at, given.keys()
        self.boxes, self.own, self.put_in = kinds.boxes, set[str](), kinds.put_in
        self._users, self.takes_back = known.read, taken_back(loop)
        self.takes = [slot for slot in named(loop) if slot in given]
        self.arrays, self.set_in = {slot for slot in given if kinds.axes[slot]}, set[str]()
        self._out = out = Statements(Syntax(careful, zeroed))
        parameters = ["left", "push", "pop", "n1", "h1", *map(out.local, self.takes)]
        self._truth: tuple[str, Value] | None = None
        self._todo: list[Any] = []
        self._whole: dict[str, int] = {}  # what slots have that have just been set to numbers
        self._read = {slot for part in every(Seq(loop)) for slot in reads_of(part)}
        self.even: tuple[int, int] | None = None
        self._loops = self._branches = self._ranges = 0
        self._begin(loop)
        while self._todo:
            self._next(self._todo.pop())
        out.count()
        out.returns(-1)
        self.after, self.stops = self._at, out.stops
        self.slots = {local: slot for slot, local in out.names.items()}
        self.function = out.syntax.function(parameters, out.syntax.lines)

    # Parts; each moves on in the instructions as it does

    def _next(self, part: Any) -> None:
        out, whole = self._out, self._whole
        if part.__class__ is not Push:
            self._whole = {}
        if part.__class__ is Seq:
            self._todo += reversed(part.parts)
        elif callable(part):
            part()
        elif part.__class__ is Block:
            self._block(part)
        elif part.__class__ is If:
            self._if(part)
        elif part.__class__ in (For, While):
            self._loop(part, whole)
        elif part.__class__ in (Break, Continue):
            self._at += 1
            out.count()
            out.put(ast.Break(**PLACE) if part.__class__ is Break else ast.Continue(**PLACE))
            out.cost = None
        elif part.__class__ is Checkpoint:
            self._todo.append(part.body)
        elif part.__class__ is Push and self._kinds.are_numbers(part.slots):
            for slot in part.slots:
                out.push(slot, slot in self._first)
            self._at += 1
        elif part.__class__ is Pop and self._kinds.are_numbers(part.slots):
            for slot in reversed(part.slots):
                out.pop(slot)
            self._at += 1
        elif part.__class__ is Store and self._kinds.sets_element(part):
            self.set_in.add(part.slot)
            out.put_element(part.slot, part.path[0], part.value)
            out.add(1)
            self._at += 1
        elif part.__class__ is Store and part.slot in self.boxes:
            out.put_part(part, self._kinds.named_by(part), self.own)
            out.add(1)
            self._at += 1
        elif part.__class__ is Check and self._as_numbers(part.condition):
            value = out.name(part.condition)
            out.stop_where(joined(ast.Or(), negated(value), compared(value, ast.NotEq(), value)), self._at)
            self._at += 1
        else:
            self._leave(1)

    def _leave(self, instructions: int) -> None:
        """Stop for good, before what takes so many instructions."""
        self._out.stop(self._at)
        self._out.cost = None
        self._at += instructions

    def _skip(self, part: Any) -> None:
        self._leave(len(c.instructions(Seq(part))) - 1)

    def _as_numbers(self, *slots: str) -> bool:
        """The same, where values of any kind are required to be numbers here."""
        if not self._kinds.are_numbers(slot for slot in slots if slot not in self.boxes):
            return False
        for slot in slots:
            if slot in self.boxes:
                self._out.require_number(slot)
        return True

    def _block(self, block: Block) -> None:
        if not self._kinds.fits(block):
            return self._leave(1)
        wanted = None
        following = self._todo[-1] if self._todo else None
        if following.__class__ is If or following.__class__ is _Held:
            slot = following.condition
            is_hidden = slot[0] == "%" and slot in block.writes and slot not in self.boxes
            wanted = slot if is_hidden and self._users.get(slot) == 1 else None
        self._out.add(self._code[self._at][2])
        self._at += 1
        self._whole = whole_of(block)
        out, boxed = self._out, self._kinds.boxed(block)
        found = out.syntax.block(block.graph, block.reads, block.writes, out.local, wanted, boxed)
        out.drop(self.put_in & {*block.writes, *plan(block).escaping}, self.own)
        self._truth = None if found is None or wanted is None else (wanted, found)
        return None

    def _test(self, slot: str) -> Any:
        """The expression whether the value of a slot is not 0."""
        found, self._truth = self._truth, None
        return found[1].node if found is not None and found[0] == slot else self._out.name(slot)

    def _if(self, part: If) -> None:
        out = self._out
        if self._branches >= LEVELS or not self._as_numbers(part.condition):
            return self._skip(part)
        self._at += 1
        test = self._test(part.condition)
        if any(one.__class__ in (For, While) for one in every(Seq(part.then, part.other))):
            out.count()
        then: list[Any] = []
        other: list[Any] = []
        begin, before = out.cost, out.within(then)
        ends: list[int | None] = []
        self._branches += 1

        def between() -> None:
            if part.value is not None or part.other.parts:
                self._at += 1
            ends.append(out.cost)
            out.within(other)
            out.cost = begin

        def done() -> None:
            if part.value is not None:
                self._at += 1
            ends.append(out.cost)
            self._branches -= 1
            out.cost = least = min([cost for cost in ends if cost is not None], default=None)
            for lines, cost in zip((then, other), ends):
                if cost is not None and least is not None and cost > least:
                    lines.append(out.taken(cost - least))
            out.within(before)
            if other and not then:
                out.put(ast.If(negated(test), other, [], **PLACE))
            elif then:
                out.put(ast.If(test, then, other, **PLACE))
            elif not isinstance(test, ast.Name):
                out.put(ast.Expr(test, **PLACE))

        self._todo += [done, part.other, between, part.then]
        return None

    def _loop(self, part: Any, whole: Mapping[str, int]) -> None:
        over: Any = getattr(part, "over", None)
        numbers = [over.first, over.last, over.step] if over.__class__ is Range else []
        are_right = not self._kinds.axes.get(getattr(part, "variable", "")) and self._as_numbers(
            *filter(None, numbers)
        )
        if self._loops >= LOOPS or not are_right:
            return self._skip(part)
        self._out.count()
        rounds, rest, holder = (f"{letter}{self._ranges + 1}" for letter in "rnh")
        if part.__class__ is For:
            self._at += 1
            if numbers:
                self._out.begin(over, rounds, rest, whole)
            else:
                self._out.begin_items(over.slot, rounds, rest, holder)
                self._out.drop(self.put_in & {over.slot}, self.own)
        return self._begin(part)

    def _begin(self, part: Any) -> None:
        """A loop, from the first of its rounds on."""
        self._at += 1
        self._loops += 1
        inside: list[Any] = []
        before = self._out.within(inside)
        self._out.cost = 1
        if part.__class__ is For:
            self._for(part, before, inside)
        else:
            self._todo += [_Held(self, part, before, inside), part.head]

    def _for(self, part: For, before: list[Any], inside: list[Any]) -> None:
        out = self._out
        self._ranges += 1
        rounds, rest, holder, of, place = (f"{letter}{self._ranges}" for letter in "rnhqp")
        numbers, variable = name(rest), out.local(part.variable)
        if part.over.__class__ is Range:
            out.rounds.append((rounds, rest, None))
            if part.variable in self._read:
                numbers = call("map", name("float"), numbers)
        else:
            out.rounds.append((rounds, rest, holder))
            before.append(assign(of, call("seen", name(holder))))
            out.put(assign(variable, element(name(of), [name(place)], ast.Load())))
            variable = place
        out.drop(self.put_in & {part.variable}, self.own)
        loop = ast.For(ast.Name(variable, STORE, **PLACE), numbers, inside, [], None, **PLACE)
        even, at = self._kinds.is_even(part) and self._branches < LEVELS, self._at
        if not even:
            loop.orelse.append(out.taken(1))
            out.look(self._at)

        def done() -> None:
            if even:
                self._rounds_are_even(before, rounds, at)
            self._done(before, loop)
            self._at += 1  # where it is left
            out.rounds.pop()

        self._todo += [done, part.body]

    def _rounds_are_even(self, before: list[Any], rounds: str, at: int) -> None:
        """Count the operations of all rounds at once; stop before a loop with too many."""
        out = self._out
        least = out.cost or 0
        inside = self._code[at : self._at]
        most = 1 + sum(one[2] if one[0] == c.BLOCK else one[0] == c.STORE for one in inside)
        out.cost = 0
        if self._loops == 1:
            self.even = least, most
            return
        lines, own = out.within(before), out.rounds.pop()
        out.stop_where(compared(out.times(rounds, most), ast.Gt(), name("left")), at - 2)
        out.put(out.taken_of(combined(out.times(rounds, least), ast.Add(), number(1))))
        out.within(lines)
        out.rounds.append(own)

    def held(self, part: While, before: list[Any], head: list[Any]) -> None:
        """After the head of a `while`."""
        out = self._out
        if part.condition in self.boxes:
            out.require_number(part.condition)
        test = self._test(part.condition)
        leaves = [out.taken(out.cost)] if out.cost else []
        self._at += 1
        inside: list[Any] = []
        if head:
            ends = ast.If(negated(test), [*leaves, ast.Break(**PLACE)], [], **PLACE)
            loop = ast.While(number(True), inside, [], **PLACE)
            inside += [*head, ends]
        else:
            loop = ast.While(test, inside, leaves, **PLACE)
        out.within(inside)
        out.look(self._at)
        self._todo += [lambda: self._done(before, loop), part.body]

    def _done(self, before: list[Any], loop: Any) -> None:
        """After the body of a loop."""
        self._out.count()
        self._at += 1
        self._loops -= 1
        self._out.within(before)
        self._out.cost = 0
        self._out.put(loop)


class _Held:
    """What is to be done after the head of a `while`, and what this was for."""

    def __init__(self, body: Body, part: While, before: list[Any], head: list[Any]) -> None:
        self.body, self.part, self.before, self.head = body, part, before, head
        self.condition = part.condition

    def __call__(self) -> None:
        self.body.held(self.part, self.before, self.head)
