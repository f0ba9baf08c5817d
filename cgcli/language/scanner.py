"""The tables of the language, and the one regular expression that finds its tokens."""

from __future__ import annotations

import re

from cgcli.language import tables
from cgcli.source import composed

TABLES = tables.load()
TOKEN = re.compile(TABLES.pattern)
KEYWORDS = frozenset(text for text in TABLES.literals if text.isalpha())


def quoted(text: str) -> str:
    """A text as the name that programs have for it: between backquotes where it is no word of its own."""
    name = composed(text.strip())
    return name if name.isidentifier() and name not in KEYWORDS else f"`{name}`"
