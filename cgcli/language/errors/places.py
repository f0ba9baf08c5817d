"""Where in its text an operator stands, or a subscript."""

from __future__ import annotations

from cgcli.language.characters import PASTED
from cgcli.language.scanner import TOKEN
from cgcli.ops.entry import POWER
from cgcli.source import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cgcli.ops import Op

# How an operator may be written, too.
SPELLED = {**PASTED, "**": "^"}


def operator_place(source: Source, start: int, end: int, op: Op) -> tuple[int, int] | None:
    """The [start, end) of the operator in an expression at [start, end), or None where it has none
    of its own, as in `2x`.

    It is the last such operator outside of all brackets, since operators group from the left; of
    powers the first.
    """
    depth, after_operand = 0, False
    found: tuple[int, int] | None = None
    for match in TOKEN.finditer(source.text, start, end):
        text = match[match.lastindex or 0]
        place = match.start(match.lastindex or 0)
        if place >= end:
            break
        if text in ("(", "["):
            depth += 1
        elif text in (")", "]"):
            depth -= 1
        elif (
            depth == 0
            and after_operand
            and (PASTED.get(text, text) == op.symbol or (text == "**" and op.symbol == "^"))
        ):
            found = place, place + len(text)
            if op.level == POWER:
                break
        after_operand = text in (")", "]", "!", ".T", "²", "³", "∞") or text[:1].isalnum() or text[:1] in "_."
    return found


def subscript_place(source: Source, start: int, end: int, which: int) -> tuple[int, int]:
    """The [start, end) of one of the subscripts of an index at [start, end)."""
    depth = 0
    parts: list[tuple[int, int] | None] = []
    for match in TOKEN.finditer(source.text, start, end):
        text, place = match[match.lastindex or 0], match.start(match.lastindex or 0)
        if place >= end:
            break
        if text in (")", "]"):
            depth -= 1
        if depth == 1 and text == ",":
            parts.append(None)
        elif depth:
            begun = parts[-1]
            parts[-1] = begun[0] if begun else place, place + len(text)
        if text in ("(", "["):
            parts = parts if depth else [None]  # the last brackets are those of the index
            depth += 1
    return (parts[which] if which < len(parts) else None) or (start, end)
