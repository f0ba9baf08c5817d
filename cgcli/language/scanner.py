"""The tables of the language, and the one regular expression that finds its tokens."""

from __future__ import annotations

import re

from cgcli.language import tables

TABLES = tables.load()
TOKEN = re.compile(TABLES.pattern)
KEYWORDS = frozenset(text for text in TABLES.literals if text.isalpha())
