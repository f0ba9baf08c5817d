"""A tree as instructions with jumps, which a loop runs that needs no stack for anything but calls.

An instruction is a tuple: what it does, and what it needs. Where another instruction comes next than the one
after it, it says which.
"""

from __future__ import annotations

from cgcli.annotations import Any, Mapping
from cgcli.control import tree as t
from cgcli.control.inline import inlined
from cgcli.control.join import joined

(
    STEP,  # start, stop, level: a statement begins
    BLOCK,  # block, its cost
    JUMP,  # to
    UNLESS,  # part, to: where its condition does not hold
    CHOOSE,  # part, to the other branch: where its condition does not hold, or is not one
    THEN,  # part, to the other branch, to the end: the branch is done
    ELSE,  # part: the other branch is done
    BEGIN,  # for loop
    ROUND,  # for loop, to its end: the next round
    LEAVE,  # nothing: a `for` is left
    AGAIN,  # while loop: a round begins
    CALL,
    RETURN,
    STORE,
    PRINT,
    CHECK,
    PUSH,
    POP,
    END,  # nothing: of the program, or of a function that has not returned
) = range(19)  # fmt: skip

# Where a round of a loop begins.
ROUNDS = (ROUND, AGAIN)

Code = list[tuple[Any, ...]]


class _Loop:
    """A loop whose instructions are being written: where it goes on, and who jumps to where it is left."""

    def __init__(self, again: int) -> None:
        self.again = again
        self.leaving: list[int] = []


def instructions(body: t.Seq, stepping: bool = False) -> Code:
    """Those of a sequence; with `stepping`, each statement begins with one that says so, and in how many
    blocks it stands. What a statement computes in sequences of its own, such as a comprehension, is no
    statement; the head of a `while` is one again in each round, inside the loop."""
    code: Any = []
    loops: list[_Loop] = []
    todo: list[Any] = [_end, body]
    around: dict[int, Any] = {}  # by sequence, the place of the statement that it is in, and its level

    def patch(at: int) -> Any:
        """An instruction gets the place that comes next for the place that it lacked."""

        def patched() -> None:
            code[at] = tuple(len(code) if one is None else one for one in code[at])

        return patched

    def put(*instruction: Any) -> int:
        code.append(instruction)
        return len(code) - 1

    while todo:
        part = todo.pop()
        if part.__class__ is t.Seq:
            place, level = around.get(id(part), (None, 0))
            parts: list[Any] = []
            for one in part.parts:
                if stepping and (one.start, one.stop) != place:
                    place = one.start, one.stop
                    parts.append((STEP, *place, level))
                parts.append(one)
                if stepping:
                    around |= {id(inner): (place, level + 1) for inner in _inside(one)}
            todo += reversed(parts)
        elif part.__class__ is tuple:
            put(*part)
        elif not isinstance(part, t.Part):
            part(code) if part is _end else part()
        elif isinstance(part, t.Block):
            put(BLOCK, part, part.cost)
        elif isinstance(part, t.If):
            _if(part, put, patch, todo, code)
        elif isinstance(part, t.For):
            put(BEGIN, part)
            loops.append(_Loop(put(ROUND, part, None)))
            todo += [_leaving(code, loops), part.body]
        elif isinstance(part, t.While):
            again = put(AGAIN, part)
            if stepping:
                first = put(JUMP, None)
                again = put(AGAIN, part)
                put(STEP, part.start, part.stop, around[id(part.head)][1])
                patch(first)()
            loops.append(_Loop(again))
            todo += [_leaving(code, loops), part.body, _held(code, loops, part), part.head]
        elif isinstance(part, t.Break):
            loops[-1].leaving.append(put(JUMP, None))
        elif isinstance(part, t.Continue):
            put(JUMP, loops[-1].again)
        elif isinstance(part, t.Checkpoint):
            todo.append(part.body)
        else:
            kinds = {t.Call: CALL, t.Return: RETURN, t.Store: STORE, t.Print: PRINT, t.Check: CHECK}
            kinds |= {t.Push: PUSH, t.Pop: POP}
            put(kinds[part.__class__], part)
    return list(code)


def _end(code: Any) -> None:
    code.append((END,))


def _inside(part: Any) -> tuple[t.Seq, ...]:
    """The sequences of a part."""
    if isinstance(part, t.If):
        return part.then, part.other
    if isinstance(part, t.While):
        return part.head, part.body
    return (part.body,) if isinstance(part, (t.For, t.Checkpoint)) else ()


def _if(part: t.If, put: Any, patch: Any, todo: list[Any], code: Any) -> None:
    if part.value is not None:
        first = put(CHOOSE, part, None)

        def between() -> None:
            then = put(THEN, part, len(code) + 1, None)
            patch(first)()
            todo.extend([patch(then), lambda: put(ELSE, part), part.other])

        todo += [between, part.then]
        return
    first = put(UNLESS, part, None)

    def otherwise() -> None:
        if not part.other.parts:
            return patch(first)()  # type: ignore[no-any-return]
        jump = put(JUMP, None)
        patch(first)()
        todo.extend([patch(jump), part.other])
        return None

    todo += [otherwise, part.then]


def _held(code: Any, loops: list[_Loop], part: t.While) -> Any:
    """After the head of a `while`: leave the loop where its condition does not hold."""

    def held() -> None:
        loops[-1].leaving.append(len(code))
        code.append((UNLESS, part, None))

    return held


def _leaving(code: Any, loops: list[_Loop]) -> Any:
    """At the end of the body of a loop. Who breaks out of a `for` comes by its `LEAVE`."""

    def left() -> None:
        loop = loops.pop()
        code.append((JUMP, loop.again))
        target = len(code)
        if code[loop.again][0] == ROUND:
            code.append((LEAVE,))
            code[loop.again] = (*code[loop.again][:-1], target + 1)
        for at in loop.leaving:
            code[at] = tuple(target if one is None else one for one in code[at])

    return left


def codes(tree: t.Tree, stepping: bool, joins: bool) -> Codes:
    """The instructions of a tree, made once."""
    found: Codes | None = tree.run.get((stepping, joins))
    if found is None:
        found = tree.run[stepping, joins] = Codes(tree, stepping, joins)
    return found


class Codes:
    """The instructions of a tree: of the program, and of each function when it is first called. With `joins`,
    of blocks that follow one another one is made."""

    def __init__(self, tree: t.Tree, stepping: bool = False, joins: bool = False) -> None:
        self._functions: Mapping[str, t.Function] = tree.functions
        self._stepping, self._joins = stepping, joins
        self.main = instructions(joined(inlined(tree), tree.outputs) if joins else tree.body, stepping)
        self._known: dict[str, Code] = {}

    def function(self, name: str) -> Code:
        found = self._known.get(name)
        if found is None:
            body = self._functions[name].body
            found = self._known[name] = instructions(joined(body) if self._joins else body, self._stepping)
        return found
