"""The tables of the language, and the one regular expression that finds its tokens."""

from __future__ import annotations

import sys

from cgcli.annotations import Any, Iterator
from cgcli.language import tables
from cgcli.later import re
from cgcli.source import composed

TABLES = tables.load()


def expression(magic: int, *compiled: Any) -> Any:
    """The expression, as it was compiled with the tables: to do so takes longer than to answer `1+1`, and so
    does importing `re`. Another Python than that compiles it anew."""
    import _sre  # type: ignore[import-not-found]

    if magic == _sre.MAGIC:
        return _sre.compile(TABLES.pattern, *compiled)
    return re.compile(TABLES.pattern)


TOKEN = expression(*TABLES.compiled)


def tokens(text: str, start: int = 0, end: int = sys.maxsize) -> Iterator[tuple[str, int]]:
    """The tokens of a part of a text, each with its place: what is passed over stands before it."""
    for match in TOKEN.finditer(text, start, end):
        group = match.lastindex or 0
        yield match[group], match.start(group)


KEYWORDS = frozenset(text for text in TABLES.literals if text.isalpha())


def quoted(text: str) -> str:
    """A text as the name that programs have for it: between backquotes where it is no word of its own."""
    name = text.strip() if text.isascii() else composed(text.strip())
    return name if name.isidentifier() and name not in KEYWORDS else f"`{name}`"


def unquoted(name: str) -> str:
    """The text that a name of a program stands for."""
    return name[1:-1] if name[:1] == "`" else name
