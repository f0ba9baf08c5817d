"""Where in its text an operator stands."""

from __future__ import annotations

from cgcli.language.scanner import TOKEN
from cgcli.ops.entry import POWER
from cgcli.source import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cgcli.ops import Op


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
        elif depth == 0 and after_operand and (text == op.symbol or (text == "**" and op.symbol == "^")):
            found = place, place + len(text)
            if op.level == POWER:
                break
        after_operand = text in (")", "]", "!", ".T") or text[:1].isalnum() or text[:1] in "_."
    return found
