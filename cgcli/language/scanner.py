"""The tables of the language, and the one regular expression that finds its tokens."""

from __future__ import annotations

from cgcli.annotations import Any
from cgcli.language import tables
from cgcli.source import composed

TABLES = tables.load()


def expression(magic: int, *compiled: Any) -> Any:
    """The expression, as it was compiled with the tables: to do so takes longer than to answer `1+1`, and so
    does importing `re`. Another Python than that compiles it anew."""
    import _sre  # type: ignore[import-not-found]

    if magic == _sre.MAGIC:
        return _sre.compile(TABLES.pattern, *compiled)
    import re

    return re.compile(TABLES.pattern)


TOKEN = expression(*TABLES.compiled)
KEYWORDS = frozenset(text for text in TABLES.literals if text.isalpha())


def quoted(text: str) -> str:
    """A text as the name that programs have for it: between backquotes where it is no word of its own."""
    name = composed(text.strip())
    return name if name.isidentifier() and name not in KEYWORDS else f"`{name}`"
