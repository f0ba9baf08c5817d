"""The LALR parser: walks the tables over the tokens of a source and writes postfix code.

One loop, no recursion: depth is limited by memory only. Tokens are taken from the scanner as
they are needed; a newline inside brackets is passed over.
"""

from __future__ import annotations

from functools import partial

from cgcli.annotations import Any
from cgcli.diagnostics import CgError
from cgcli.language.characters import PASTED, check_characters
from cgcli.language.scanner import TABLES, TOKEN, quoted
from cgcli.language.syntax import Statement, Syntax
from cgcli.language.tables import END
from cgcli.ops.constants import Written, literal
from cgcli.source import Source

_DEPTH = [0] * len(TABLES.kinds)
for _bracket, _step in (("(", 1), ("[", 1), (")", -1), ("]", -1)):
    _DEPTH[TABLES.literals[_bracket]] = _step
_NAME, _NEWLINE = TABLES.kinds.index("NAME"), TABLES.kinds.index("NEWLINE")
_INFINITY = float("inf")
LONGEST = 2**31 - 1  # places are kept in 32 bits

# Rules of the grammar that are statements.
STATEMENTS = {
    "output", "model", "check", "assign", "define", "declare", "declare_shape", "declare_default",
    "declare_shape_default",
}  # fmt: skip


def parse(source: Source) -> Syntax:
    """The syntax of a whole source. Raises `CgError` (kind `syntax`) at the first thing wrong."""
    if not source.text.isprintable():
        check_characters(source)
    if len(source.text) >= LONGEST:
        raise CgError("limit", "the program is longer than two thousand million characters")
    syntax = Syntax(source)
    for begin, end in source.ranges():
        _Parser(syntax).run(begin, end)
    return syntax


def parse_value(source: Source, begin: int) -> Syntax:
    """The syntax of the end of a source, from `begin`, such as the value in `x=pi/4`."""
    if not source.text.isprintable():
        check_characters(source)
    syntax = Syntax(source)
    _Parser(syntax).run(begin, len(source.text))
    return syntax


# The levels of precedence make long chains of reductions that mean nothing. Where a chain ends
# depends on the state below it, what was reduced and the token ahead; it is walked once.
_LANDINGS: dict[int, int] = {}


def _landing(below: int, nonterminal: int, kind: int) -> int:
    """The state after a reduction and the chain of meaningless ones that follows it."""
    actions, gotos, rules = TABLES.actions, TABLES.gotos, TABLES.rules
    while True:
        state = gotos[below][nonterminal]
        action = actions[state][kind]
        if action >= 0:
            return state
        nonterminal, size, meaning = rules[-action]
        if size != 1 or meaning is not None:
            return state


class _Methods(dict[str, Any]):
    """What rules of the grammar mean to a parser, those that it meets: a line is short."""

    def __init__(self, parser: _Parser) -> None:
        self.parser = parser

    def __missing__(self, meaning: str) -> Any:
        own = partial(self.parser._statement, meaning) if meaning in STATEMENTS else None
        found = self[meaning] = own or getattr(self.parser, meaning, None)
        return found


class _Parser:
    """One run over one part of a source; the methods are what rules of the grammar mean.

    A method gets the values of the rule's symbols (a token's text, or what a method returned)
    and the place of the whole, and returns the value of the whole.
    """

    def __init__(self, syntax: Syntax) -> None:
        self.syntax = syntax
        self.begin = len(syntax.code)
        self.shared: dict[Any, Any] = {}  # equal names and payloads are one object
        self.numbers: dict[str, Any] = {}  # values of short number literals

    def run(self, begin: int, end: int) -> None:
        syntax = self.syntax
        actions, rules = TABLES.actions, TABLES.rules
        literals, groups = TABLES.literals, TABLES.groups
        emit, emit_payload = syntax.code.append, syntax.payloads.append
        emit_start, emit_end = syntax.starts.append, syntax.ends.append
        methods = _Methods(self)
        states, starts = [0], [begin]
        values: list[Any] = [None]
        landings = _LANDINGS
        known = self.shared.setdefault
        check_words = "`" in syntax.source.text or not syntax.source.text.isascii()
        depth = 0
        stop = begin  # where the token before the present one ends

        for token in TOKEN.finditer(syntax.source.text, begin, end):
            group = token.lastindex or 0
            word = token.group(group)
            kind = literals.get(word) or groups[group]
            start = token.start(group)
            if check_words and kind == _NAME and word[0] == "`":
                word = quoted(word[1:-1])
            elif check_words and kind == _NAME and not word.isidentifier():
                from cgcli.language.errors.spelling import name_error

                raise name_error(syntax.source, start, word)
            depth += _DEPTH[kind]
            if kind == _NEWLINE and depth > 0:
                continue
            while True:
                action = actions[states[-1]][kind]
                if action > 0:
                    states.append(action)
                    starts.append(start)
                    values.append(word)
                    stop = token.end(group)
                    break
                if action == 0:
                    if kind == END and states[-1] == TABLES.accept:
                        return
                    from cgcli.language.errors.syntax import syntax_error

                    raise syntax_error(syntax.source, begin, end, states[-1], start)
                nonterminal, size, meaning = rules[-action]
                value: Any = None
                if meaning is None:
                    if size == 1:
                        value = values[-1]
                elif meaning == "name" or meaning == "number":  # written out: most items are these
                    emit(meaning)
                    text = values[-1]
                    # one string a name, however often it occurs, takes less memory and hashes once
                    emit_payload(
                        known(text, text) if meaning == "name" else self._number(text, starts[-1], stop)
                    )
                    emit_start(starts[-1])
                    emit_end(stop)
                elif (method := methods[meaning]) is not None:
                    value = method(values[-size:], starts[-size:], stop) if size else None
                else:
                    emit(meaning)
                    emit_payload(None)
                    emit_start(starts[-size])
                    emit_end(stop)
                if size == 0:
                    states.append(0)
                    starts.append(start)
                    values.append(None)
                elif size > 1:
                    del states[1 - size :], starts[1 - size :], values[1 - size :]
                place = states[-2] << 16 | nonterminal << 8 | kind
                landing = landings.get(place)
                if landing is None:
                    landing = landings[place] = _landing(states[-2], nonterminal, kind)
                states[-1] = landing
                values[-1] = value

    def _emit(self, meaning: str, payload: Any, start: int, stop: int) -> None:
        syntax = self.syntax
        syntax.code.append(meaning)
        syntax.payloads.append(payload)
        syntax.starts.append(start)
        syntax.ends.append(stop)

    def _emit_shared(self, meaning: str, payload: Any, start: int, stop: int) -> None:
        self._emit(meaning, self.shared.setdefault(payload, payload), start, stop)

    # Expressions

    def _number(self, text: str, start: int, stop: int) -> float:
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
        self._emit("number", self._number(values[0], starts[0], stop), starts[0], stop)

    def first_item(self, values: list[Any], starts: list[int], stop: int) -> int:
        return 1

    def next_item(self, values: list[Any], starts: list[int], stop: int) -> int:
        return int(values[0]) + 1

    def call(self, values: list[Any], starts: list[int], stop: int) -> None:
        self._emit_shared("call", (values[0], values[2], ()), starts[0], stop)

    def call_empty(self, values: list[Any], starts: list[int], stop: int) -> None:
        self._emit_shared("call", (values[0], 0, ()), starts[0], stop)

    def call_keywords(self, values: list[Any], starts: list[int], stop: int) -> None:
        positional = values[2] if len(values) == 6 else 0
        keywords = tuple(values[-2])
        payload = (values[0], positional + len(keywords), keywords)
        self._emit_shared("call", payload, starts[0], stop)

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
