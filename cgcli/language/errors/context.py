"""The place where the parser stopped: what stands before it, and what it waits for."""

from __future__ import annotations

import re

from cgcli.language import tables as lalr
from cgcli.language.scanner import TABLES, TOKEN, tokens
from cgcli.source import Source

OPENERS = {"(": ")", "[": "]"}
CLOSERS = {")": "(", "]": "["}
KIND = {name: index for index, name in enumerate(TABLES.kinds)}
OPERANDS = {KIND[name] for name in ("NUMBER", "COEFFICIENT", "NAME")}
STRING = KIND["STRING"]
QUOTES = "\"'"


class Token:
    """A token for the purpose of explaining: its text, kind and place."""

    def __init__(self, text: str, kind: int, start: int) -> None:
        self.text, self.kind, self.start = text, kind, start
        self.stop = start + len(text)

    @property
    def ends_statement(self) -> bool:
        return self.kind in (lalr.END, KIND["NEWLINE"]) or self.text == ";"

    @property
    def begins_operand(self) -> bool:
        return self.kind in OPERANDS or self.kind == STRING or self.text in (*OPENERS, "√", "∞")

    @property
    def ends_operand(self) -> bool:
        return self.kind in OPERANDS or self.text in CLOSERS or self.text in ("!", ".T", "²", "³", "∞")


# A message, the token it points at, and a hint.
Reason = tuple[str, Token, str | None]


class Context:
    """The place where the parser stopped, and what of the statement stands before it.

    row         what the parser could have taken: its actions by kind of token
    found       the token it cannot take
    previous    the token before that; `first` is the first of the statement
    pending     what waits for its other half: open brackets, `if` for `then`, `then` for `else`
    opener      the innermost open bracket
    braces      the open braces, the innermost last
    after_block whether a `}` was the last to end a statement
    inside      what that makes of its inside: `call`, `index`, `array`, `group`, or "" without one
    equals      whether the statement has had its `=`
    """

    def __init__(self, source: Source, begin: int, end: int, state: int, start: int) -> None:
        self.source, self.end, self.row = source, end, TABLES.actions[state]
        self.found = Token("", lalr.END, end)
        self.first: Token | None = None
        self.previous: Token | None = None
        self.opener: Token | None = None
        self.braces: list[Token] = []
        self.after_block = False
        self.inside = ""
        self.pending: list[str] = []
        self.equals = False
        self._read(begin, start)

    def _read(self, begin: int, start: int) -> None:
        pending = self.pending
        last: Token | None = None
        newline = KIND["NEWLINE"]
        opened: list[tuple[Token, Token | None]] = []  # with the token before each
        for match in TOKEN.finditer(self.source.text, begin, self.end):
            token = _token(match)
            text, kind = token.text, token.kind
            if kind == newline and opened:
                continue
            if token.start >= start:
                self.found = token
                break
            if text in OPENERS:
                pending.append(text)
                opened.append((token, last))
            elif text in CLOSERS:
                opened.pop()
                while pending.pop() not in OPENERS:
                    pass
            elif text == "if":
                pending.append(text)
            elif text == "then" and pending and pending[-1] == "if":
                pending[-1] = text
            elif text == "else" and pending and pending[-1] == "then":
                pending.pop()
            elif text == "=" and not opened:
                self.equals = True
            elif kind == newline or text in (";", "{", "}"):
                self.after_block = text == "}"
                if text == "{":
                    self.braces.append(token)
                elif text == "}" and self.braces:
                    self.braces.pop()
                pending.clear()
                self.first, last, self.equals = None, None, False
                continue
            last = token
            if self.first is None:
                self.first = token
        self.previous = last
        if opened:
            self.opener, before = opened[-1]
            self.inside = _inside(self.opener, before)

    @property
    def in_shape(self) -> bool:
        """Whether the statement is the declaration of an input, before its `=`."""
        return self.first is not None and self.first.text == "input" and not self.equals

    def waits_for(self, *texts: str) -> bool:
        return bool(self.pending) and self.pending[-1] in texts

    def ahead(self, *texts: str) -> bool:
        """Whether one of these tokens stands on the rest of the statement."""
        for text, _ in tokens(self.source.text, self.found.start, self.end):
            if text in texts:
                return True
            if text in ("\n", "\r\n", "\r", ";"):
                return False
        return False

    def never_closed(self) -> bool:
        """Whether brackets are still open at the end of the text."""
        depth = sum(text in OPENERS for text in self.pending)
        for text, _ in tokens(self.source.text, self.found.start, self.end):
            depth += (text in OPENERS) - (text in CLOSERS)
        return depth > 0

    def gap(self) -> str:
        """The text between the token before and the one found."""
        return self.source.text[self.previous.stop : self.found.start] if self.previous else ""


def _token(match: re.Match[str]) -> Token:
    group = match.lastindex or 0
    text = match[group]
    return Token(text, TABLES.literals.get(text) or TABLES.groups[group], match.start(group))


def _inside(opener: Token, before: Token | None) -> str:
    if opener.text == "(":
        return "call" if before is not None and before.kind == KIND["NAME"] else "group"
    return "index" if before is not None and before.ends_operand else "array"


def quoted(token: Token | None) -> str:
    if token is None or token.ends_statement:
        return "the end of the statement"
    return f"`{short(token.text)}`"


def short(text: str) -> str:
    """A piece of the source as a message quotes it."""
    return text if len(text) <= 24 else text[:23] + "…"
