"""What rules of the grammar mean: items of postfix code, and statements."""

from __future__ import annotations

from cgcli.annotations import Any
from cgcli.language.characters import PASTED
from cgcli.language.syntax import Statement, Syntax
from cgcli.ops.constants import Written, literal

_INFINITY = float("inf")

# Rules of the grammar that are statements; and what those are called that run, or have a block.
STATEMENTS = {
    "output", "model", "check", "assign", "define", "declare", "declare_shape", "declare_default",
    "declare_shape_default",
}  # fmt: skip
RUNNING = {
    "for_head": "for", "while_head": "while", "if_head": "if", "elif_head": "elif", "else_head": "else",
    "body_head": "body", "checkpoint": "checkpoint", "close": "close", "break_": "break",
    "continue_": "continue", "return_": "return", "return_nothing": "return",
}  # fmt: skip

# Functions that only programs that run have.
RUN_FUNCTIONS = {"list", "append", "record", "has", "len", "print", "range"}


class Reductions:
    """What the rules mean to one part of a source.

    A method gets the values of the rule's symbols (a token's text, or what a method returned)
    and the place of the whole, and returns the value of the whole.
    """

    def __init__(self, syntax: Syntax) -> None:
        self.syntax = syntax
        self.begin = len(syntax.code)
        self.shared: dict[Any, Any] = {}  # equal names and payloads are one object
        self.numbers: dict[str, Any] = {}  # values of short number literals

    def _emit(self, meaning: str, payload: Any, start: int, stop: int) -> None:
        syntax = self.syntax
        syntax.code.append(meaning)
        syntax.payloads.append(payload)
        syntax.starts.append(start)
        syntax.ends.append(stop)

    def _emit_shared(self, meaning: str, payload: Any, start: int, stop: int) -> None:
        self._emit(meaning, self.shared.setdefault(payload, payload), start, stop)

    # Expressions

    def number(self, text: str, start: int, stop: int) -> float:
        value = self.numbers.get(text)
        if value is None:
            value = float(text) if len(text) < 16 and text.isdigit() else literal(text)
            if len(text) < 8:  # the numbers that occur often are short
                self.numbers[text] = value
        if value.__class__ is Written and value.lost:
            self.syntax.rounded.append((start, stop, value.lost))
        return value

    def coefficient(self, values: list[Any], starts: list[int], stop: int) -> None:
        stop = starts[0] + len(values[0])
        self._emit("number", self.number(values[0], starts[0], stop), starts[0], stop)

    def first_item(self, values: list[Any], starts: list[int], stop: int) -> int:
        return 1

    def next_item(self, values: list[Any], starts: list[int], stop: int) -> int:
        return int(values[0]) + 1

    def call(self, values: list[Any], starts: list[int], stop: int, keywords: tuple[str, ...] = ()) -> None:
        name, count = values[0], values[2] if len(values) > 3 else 0
        self.syntax.runs |= name in RUN_FUNCTIONS
        self._emit_shared("call", (name, count + len(keywords), keywords), starts[0], stop)

    call_empty = call

    def call_keywords(self, values: list[Any], starts: list[int], stop: int) -> None:
        self.call(
            [values[0], "(", values[2] if len(values) == 6 else 0, ")"], starts, stop, tuple(values[-2])
        )

    def keyword(self, values: list[Any], starts: list[int], stop: int) -> str:
        return str(values[0])

    def first_keyword(self, values: list[Any], starts: list[int], stop: int) -> dict[str, None]:
        return {values[0]: None}

    def next_keyword(self, values: list[Any], starts: list[int], stop: int) -> Any:
        keywords, _, name = values
        if name in keywords:
            from cgcli.language.errors.brackets import keyword_twice

            raise keyword_twice(self.syntax.source, starts[2], name)
        keywords[name] = None
        return keywords

    def string(self, values: list[Any], starts: list[int], stop: int) -> None:
        self._emit_shared("string", values[0][1:-1], starts[0], stop)

    def array(self, values: list[Any], starts: list[int], stop: int) -> None:
        self._emit("array", values[1], starts[0], stop)

    def array_empty(self, values: list[Any], starts: list[int], stop: int) -> None:
        self._emit("array", 0, starts[0], stop)

    def index(self, values: list[Any], starts: list[int], stop: int) -> None:
        self._emit_shared("index", tuple(values[2]), starts[0], stop)

    def first_subscript(self, values: list[Any], starts: list[int], stop: int) -> list[Any]:
        return [values[0] or "item"]  # an expression has no value here, a slice has

    def next_subscript(self, values: list[Any], starts: list[int], stop: int) -> Any:
        values[0].append(values[2] or "item")
        return values[0]

    def slice(self, values: list[Any], starts: list[int], stop: int) -> tuple[bool, ...]:
        """Which of start, stop and step are there: the values are colons and expressions."""
        present, part = [False, False, False], 0
        for value in values:
            if value == ":":
                part += 1
            else:
                present[part] = True
        return tuple(present)

    def field(self, values: list[Any], starts: list[int], stop: int) -> None:
        self.syntax.runs = True
        self._emit_shared("field", values[1][1:], starts[0], stop)

    def comprehension(self, values: list[Any], starts: list[int], stop: int) -> None:
        syntax = self.syntax
        end, element, over = len(syntax.code), values[0], values[0]
        while element > self.begin and syntax.starts[element - 1] >= starts[0]:
            element -= 1
        last = end if len(values) < 6 else values[5]
        syntax.runs = True
        payload = values[2], end - element, end - over, end - last
        self._emit("comprehension", payload, starts[0], stop)

    def each(self, values: list[Any], starts: list[int], stop: int) -> int:
        """Where the code of what comes after the element begins."""
        return len(self.syntax.code)

    def filter(self, values: list[Any], starts: list[int], stop: int) -> int:
        """Where the code of the condition begins."""
        first = len(self.syntax.code)
        while self.syntax.starts[first - 1] >= starts[1]:
            first -= 1
        return first

    def compare(self, values: list[Any], starts: list[int], stop: int) -> None:
        self._emit("compare", PASTED.get(values[1], values[1]), starts[0], stop)

    def compare_next(self, values: list[Any], starts: list[int], stop: int) -> None:
        self._emit("compare_next", PASTED.get(values[1], values[1]), starts[0], stop)

    def infinity(self, values: list[Any], starts: list[int], stop: int) -> None:
        self._emit("number", _INFINITY, starts[0], stop)

    def squared(self, values: list[Any], starts: list[int], stop: int, exponent: float = 2.0) -> None:
        self._emit("number", exponent, starts[1], stop)
        self._emit("pow", None, starts[0], stop)

    def cubed(self, values: list[Any], starts: list[int], stop: int) -> None:
        self.squared(values, starts, stop, 3.0)

    # Statements. The left-hand sides are reduced before the right-hand side is read; they
    # return (name, place of the name, parameters).

    def target(self, values: list[Any], starts: list[int], stop: int) -> Any:
        return self.shared.setdefault(values[0], values[0]), starts[0], ()

    def declaration(self, values: list[Any], starts: list[int], stop: int) -> Any:
        return values[1], starts[1], ()

    def shaped(self, values: list[Any], starts: list[int], stop: int) -> Any:
        return values[1], starts[1], values[3]

    def becomes(self, values: list[Any], starts: list[int], stop: int) -> str:
        operator = values[0][:-1]
        return PASTED.get(operator, "^" if operator == "**" else operator)

    def left(self, values: list[Any], starts: list[int], stop: int) -> Any:
        """The name that the code of a place begins with, and the item after that code."""
        syntax = self.syntax
        name = syntax.payloads[self.begin] if syntax.code[self.begin] == "name" else None
        return name, len(syntax.code), ("" if values[1] == "=" else values[1],)

    def store(self, values: list[Any], starts: list[int], stop: int) -> None:
        self._runs("store", values, starts, stop)

    def update(self, values: list[Any], starts: list[int], stop: int) -> None:
        self._runs("update", [(values[0], starts[0], (values[1],))], starts, stop)

    def block(self, values: list[Any], starts: list[int], stop: int) -> None:
        """Its parts are statements already."""

    def header(self, values: list[Any], starts: list[int], stop: int) -> Any:
        """`f(x, y) =` was read as a call: its arguments must be names, and leave the code."""
        syntax, begin = self.syntax, self.begin
        name, count, keywords = syntax.payloads[-1]
        parameters = tuple(syntax.payloads[begin:-1])
        kinds = syntax.code[begin:-1]
        if keywords or kinds != ["name"] * count or len(set(parameters)) < count:
            from cgcli.language.errors.brackets import parameter_error

            raise parameter_error(syntax, begin)
        for column in (syntax.code, syntax.payloads, syntax.starts, syntax.ends):
            del column[begin:]
        return name, starts[0], parameters

    def _runs(self, kind: str, values: list[Any], starts: list[int], stop: int) -> None:
        """A statement of those that run."""
        self.syntax.runs = True
        if kind == "body":
            values = [self.header(values, starts, stop)]
        elif kind == "for":
            values = [(values[1], starts[1], ())]
        self._statement(kind, values, starts, stop)

    def _statement(self, kind: str, values: list[Any], starts: list[int], stop: int) -> None:
        syntax = self.syntax
        left = values[0] if values[0].__class__ is tuple else (None, 0, ())
        if kind == "declare":
            left = self.declaration(values, starts, stop)
        elif kind == "declare_shape":
            left = self.shaped(values, starts, stop)
        elif kind == "check" and len(values) > 2:
            left = None, 0, (values[3][1:-1],)
        elif kind == "model":
            self._emit(kind, None, starts[0], stop)
        end = len(syntax.code)
        name, name_start, parameters = left
        statement = Statement(kind, starts[0], stop, self.begin, end, name, name_start, parameters)
        syntax.statements.append(statement)
        self.begin = end

    def shape(self, values: list[Any], starts: list[int], stop: int) -> tuple[str, ...]:
        return tuple(values[1]) if len(values) == 3 else ()

    def first_size(self, values: list[Any], starts: list[int], stop: int) -> Any:
        return [values[0]]

    def next_size(self, values: list[Any], starts: list[int], stop: int) -> Any:
        values[0].append(values[2])
        return values[0]


class Methods(dict[str, Any]):
    """The methods of those rules that a parser meets: a line is short."""

    def __init__(self, rules: Reductions) -> None:
        self.rules = rules

    def __missing__(self, meaning: str) -> Any:
        rules, own = self.rules, None
        if meaning in STATEMENTS:
            own = lambda *parts: rules._statement(meaning, *parts)
        if meaning in RUNNING:
            own = lambda *parts: rules._runs(RUNNING[meaning], *parts)
        found = self[meaning] = own or getattr(self.rules, meaning, None)
        return found
