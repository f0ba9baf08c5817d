"""Helpers: functions in the language of a target that an exported one may need, by name."""

from __future__ import annotations

import re

from cgcli.rewrite.static import Static

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


def definitions(text: str) -> dict[str, str]:
    """The functions of a text in Python, by name."""
    parts = text.strip().split("\n\n\n")
    return {re.findall(r"^def (\w+)", part)[0]: part.strip() for part in parts}


def needed(texts: list[str], helpers: Mapping[str, str]) -> list[str]:
    """The definitions that texts refer to, and those that these refer to, in the table's order."""
    found: set[str] = set()
    todo = texts
    while todo:
        words = {word for text in todo for word in re.findall(r"\b[A-Za-z_]\w*", text)}
        fresh = {word for word in words if word in helpers and word not in found}
        found |= fresh
        todo = [helpers[name] for name in fresh]
    return [text for name, text in helpers.items() if name in found]


def returned(static: Static) -> str:
    """The order of several outputs, as a docstring says it."""
    return ", ".join(name for name, _ in static.named())
