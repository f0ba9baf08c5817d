"""Names of programs that run: which are whose, and where they are set and read."""

from __future__ import annotations

from cgcli.annotations import Any, Container
from cgcli.control.tree import Function
from cgcli.language import errors
from cgcli.language.builder import Named, Number
from cgcli.language.characters import PASTED_NAMES
from cgcli.language.syntax import Statement, Syntax
from cgcli.ops import CONSTANTS

# Statements that set the name they have, and those that only change what it holds.
SETTING = ("assign", "for", "update")


class Scopes:
    """The scopes of a program: its own, and that of each function.

    functions   by name, the statements of each: its head, and those up to its end
    body        the others
    top         names that the program itself sets, changes in place or declares
    settings    by name, the places at which something sets it
    inputs      names that have their value from outside, and the place of the first use
    function    the name of that which is read, or ""
    is_aside    whether what is read does not count as a use: it is printed, or asserted
    has_ended   whether a `return` came before, perhaps on another path
    acts        whether the program does anything without an output
    """

    def __init__(self, syntax: Syntax, bound: Container[str]) -> None:
        self.syntax, self._bound = syntax, bound
        self.functions: dict[str, list[Statement]] = {}
        self.body: list[Statement] = []
        self.top: dict[str, None] = {}
        self.settings: dict[str, list[int]] = {}
        self.inputs: dict[str, tuple[int, int]] = {}
        self.function = ""
        self.is_aside = self.acts = self.has_ended = False
        self._locals: dict[str, set[str]] = {}
        self._read: dict[str, dict[str, None]] = {}  # by function, names that are not its own
        self._calls: dict[str, dict[str, None]] = {}  # and functions
        self._sure: dict[str, dict[str, int]] = {}  # and those that it calls on every path
        self._sizes: dict[str, tuple[str, int]] = {}
        self._declared: set[str] = set()
        self._last: dict[str, Statement] = {}  # where the program sets a name last
        self._reads: dict[str, int] = {}  # and reads it last
        self._again: dict[str, int] = {}  # and at the end of a loop
        self._split()

    def _split(self) -> None:
        """Take the functions apart from the rest, and find whose each name is."""
        inside: list[Statement] = []
        depth = 0
        for statement in self.syntax.statements:
            kind, name = statement.kind, statement.name or ""
            if kind == "body" and not depth:
                self._define(statement)
                inside, depth = self.functions[name], 1
                continue
            if depth:
                depth += kind in ("if", "elif", "else", "for", "while", "checkpoint", "body")
                depth -= kind == "close"
                inside.append(statement)
            else:
                self.body.append(statement)
                if kind == "define":
                    self._define(statement)
                self._set(statement)
            if name and kind in SETTING:
                self.settings.setdefault(name, []).append(statement.start)
                if depth or (inside and inside[-1] is statement):
                    self._locals[inside[0].name or ""].add(name)
        for name, (source, _) in self._sizes.items():
            if name in self.top:
                shaped = next(s for s in self.syntax.statements if s.name == source)
                given = next(s for s in self.syntax.statements if s.name == name)
                raise errors.meaning.size_given(self.syntax, given, shaped)

    def _define(self, head: Statement) -> None:
        name = head.name or ""
        self.functions[name] = [head]
        self._locals[name] = set(head.parameters)
        self._read[name], self._calls[name], self._sure[name] = {}, {}, {}

    def _set(self, statement: Statement) -> None:
        """What a statement outside of functions says of a name."""
        kind, name = statement.kind, statement.name or ""
        if kind.startswith("declare"):
            if name in self._declared or name in self._last:
                first = self._last.get(name) or next(s for s in self.syntax.statements if s.name == name)
                raise errors.meaning.declared_again(self.syntax, statement, first)
            self._declared.add(name)
            self.inputs[name] = statement.name_start, statement.name_start + len(name)
            if kind.startswith("declare_shape"):
                for axis, size in enumerate(statement.parameters):
                    if not size[0].isdigit():
                        self._sizes.setdefault(size, (name, axis))
        elif name and kind in (*SETTING, "store"):
            self.top[name] = None
            if kind != "for":
                self._last[name] = statement

    # Reading

    def enter(self, function: str) -> None:
        self.function, self.has_ended = function, False

    def at(self, statement: Statement) -> None:
        """To be called before a statement is read."""
        if statement.kind == "check":
            self.acts = True

    def resolve(self, name: str, item: int) -> Any:
        """What a name means: a slot or a number, or a tuple of the input and the axis whose size it is."""
        start, end = self.syntax.place(item)
        if self.function and name in self._locals[self.function]:
            return Named(name, start, end)
        known = PASTED_NAMES.get(name, name)
        if name not in self.top and name not in self._declared:
            if known in CONSTANTS and name not in self._bound:
                return Number(CONSTANTS[known], start, end, known)
            if name in self._sizes:
                source, axis = self._sizes[name]
                self._use(source, start)
                return source, axis
        self._use(name, start)
        return Named(name, start, end)

    def _use(self, name: str, start: int) -> None:
        if self.function:
            self._read[self.function].setdefault(name)
        else:
            self.read(name, start)

    def owns(self, name: str) -> bool:
        """Whether a name is one of what is being read, a function or the program."""
        return not self.function or name in self._locals[self.function]

    def read(self, name: str, start: int) -> None:
        """The program reads a name at a place; or a function does, one that is not its own."""
        if self.function:
            if not self.owns(name):
                self._read[self.function].setdefault(name)
            return
        if name not in self.top and name not in self.inputs:
            self.inputs[name] = start, start + len(name)
        if not self.is_aside:
            self._reads[name] = start

    def call(self, name: str, item: int, is_sure: bool) -> None:
        """A call of a function, by which the caller reads what that does not set itself; `is_sure` where no
        branch or loop is around it."""
        start = self.syntax.starts[item]
        if self.function:
            if is_sure and not self.has_ended:
                self._sure[self.function].setdefault(name, item)
            self._calls[self.function].setdefault(name)
            return
        head = self.functions[name][0]
        if head.start > start:
            raise errors.meaning.no_function(self.syntax, item, name, (), head)
        reached, todo = {name}, [name]
        while todo:
            one = todo.pop()
            for free in self._read[one]:
                self.read(free, start)
            fresh = self._calls[one].keys() - reached
            reached |= fresh
            todo += fresh

    def again(self, head: Statement, close: Statement) -> None:
        """What the head of a loop reads is read again at its end."""
        if not self.function:
            for item in range(head.begin, head.end):
                name = self.syntax.payloads[item]
                if self.syntax.code[item] == "name" and name in self._reads:
                    self._again[name] = close.start

    def close(self, functions: dict[str, Function]) -> None:
        """All functions have been read: give each the names that it does not set. Raises `CgError` for those
        that call one another on every path: nothing ends that."""
        for name in functions:
            self._require_end(name)
        for name, function in functions.items():
            function.free = tuple(self._read[name])

    def _require_end(self, name: str) -> None:
        reached: dict[str, None] = {}
        todo = [name]
        while todo:
            for called in self._sure[todo.pop()]:
                if called == name:
                    item = self._sure[name].get(name, next(iter(self._sure[name].values())))
                    raise errors.meaning.calls_itself(self.syntax, item, name)
                if called not in reached:
                    reached[called] = None
                    todo.append(called)

    def unread(self) -> list[tuple[str, Statement]]:
        """The names that nothing reads after they were last set, and where that was. Where there is none,
        what the heads of loops read again does not count."""
        last = sorted(self._last.items(), key=lambda one: one[1].start)
        for reads in (self._again, self._reads):
            found = [
                (name, s) for name, s in last if max(reads.get(name, -1), self._reads.get(name, -1)) < s.stop
            ]
            if found:
                break
        return found
