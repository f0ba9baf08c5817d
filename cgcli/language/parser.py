"""The LALR parser: walks the tables over the tokens of a source and writes postfix code.

One loop, no recursion: depth is limited by memory only. Tokens are taken from the scanner as
they are needed; a newline inside brackets is passed over.
"""

from __future__ import annotations

from cgcli.annotations import Any
from cgcli.diagnostics import CgError
from cgcli.language.characters import check_characters
from cgcli.language.reductions import Methods, Reductions
from cgcli.language.scanner import TABLES, TOKEN, quoted
from cgcli.language.syntax import Syntax
from cgcli.language.tables import END
from cgcli.later import re
from cgcli.source import Source, composed

_DEPTH = [0] * len(TABLES.kinds)
for _bracket, _step in (("(", 1), ("[", 1), (")", -1), ("]", -1)):
    _DEPTH[TABLES.literals[_bracket]] = _step
_NAME, _NEWLINE = TABLES.kinds.index("NAME"), TABLES.kinds.index("NEWLINE")
LONGEST = 2**31 - 1  # places are kept in 32 bits
# So many blocks may be one inside the other; what they take grows with their number alone, but is much.
DEEPEST_BLOCK = 150_000


def parse(source: Source) -> Syntax:
    """The syntax of a whole source. Raises `CgError` (kind `syntax`) at the first thing wrong."""
    if not source.text.isprintable():
        check_characters(source)
    if len(source.text) >= LONGEST:
        raise CgError("limit", "the program is longer than two thousand million characters")
    if source.text.count("{") > DEEPEST_BLOCK:
        from cgcli.language.errors.braces import refuse_deeper

        refuse_deeper(source, DEEPEST_BLOCK)
    syntax = Syntax(source)
    for begin, end in source.ranges:
        _read(syntax, begin, end)
    return syntax


def parse_value(source: Source, begin: int) -> Syntax:
    """The syntax of the end of a source, from `begin`, such as the value in `x=pi/4`."""
    if not source.text.isprintable():
        check_characters(source)
    syntax = Syntax(source)
    _read(syntax, begin, len(source.text))
    return syntax


def _else_follows(text: str, place: int) -> bool:
    """Whether `else` is what comes after newlines and comments."""
    return re.compile(r"(?:\s|#[^\r\n]*)*else\b").match(text, place) is not None


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


def _read(syntax: Syntax, begin: int, end: int) -> None:
    """One run over one part of a source."""
    actions, rules = TABLES.actions, TABLES.rules
    literals, groups = TABLES.literals, TABLES.groups
    emit, emit_payload = syntax.code.append, syntax.payloads.append
    emit_start, emit_end = syntax.starts.append, syntax.ends.append
    reductions = Reductions(syntax)
    methods, number = Methods(reductions), reductions.number
    states, starts = [0], [begin]
    values: list[Any] = [None]
    landings = _LANDINGS
    known = reductions.shared.setdefault
    source = syntax.source.text
    check_words = "`" in source or not source.isascii()
    depth = 0
    stop = begin  # where the token before the present one ends

    for token in TOKEN.finditer(source, begin, end):
        group = token.lastindex or 0
        word = token.group(group)
        kind = literals.get(word) or groups[group]
        start = token.start(group)
        if check_words and kind == _NAME and word[0] == "`":
            word = quoted(word[1:-1])
        elif check_words and kind == _NAME:
            if not word.isidentifier():
                from cgcli.language.errors.spelling import name_error

                raise name_error(syntax.source, start, word)
            word = composed(word)
        depth += _DEPTH[kind]
        if kind == _NEWLINE and (depth > 0 or (values[-1] == "}" and _else_follows(source, start))):
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
                emit_payload(known(text, text) if meaning == "name" else number(text, starts[-1], stop))
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
