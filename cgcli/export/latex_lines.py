"""Lines that fit on a page."""

from __future__ import annotations

import re

# So many columns a matrix has in amsmath where nothing else is said.
MATRIX_COLUMNS = 10

# A page is about as wide as so many characters; what is defined leaves at least so many for the rest.
WIDEST, NARROWEST = 66, 24

_OPENING, _CLOSING = re.compile(r"\\left\b|\\begin\b|\{"), re.compile(r"\\right\b|\\end\b|\}")
_PARTS = re.compile(r"\\[A-Za-z]+|\\.|[{}]| [+-] |.", re.DOTALL)
_UNSEEN = re.compile(r"\\(left|right|mathit|mathrm|text|frac|operatorname|begin|end)\b|[{}^_& ]|\\[,\\]")
_SPACED = re.compile(r" [+=-] | \\(cdot|bmod|odot|le|ge|ne|land|lor) ")


def visible(text: str) -> int:
    """About how many characters wide a formula is."""
    return len(re.sub(r"\\[A-Za-z]+", "x", _UNSEEN.sub("", _SPACED.sub("xxx", text))))


def broken(text: str, room: int) -> str:
    """A formula over several lines where it is too wide, each of them but the first beginning with the
    sign of a term."""
    room = max(room, NARROWEST)
    if visible(text) <= room:
        return text
    lines = [""]
    for term in _terms(text):
        if lines[-1] and visible(lines[-1] + term) > room:
            lines.append(term.lstrip())
        else:
            lines[-1] += term
    return " \\\\\n&\\quad ".join(lines)


def _terms(text: str) -> list[str]:
    """The terms of a sum, each with its sign; brackets and braces hold what is in them together."""
    depth, terms = 0, [""]
    for part in _PARTS.findall(text):
        depth += bool(_OPENING.match(part)) - bool(_CLOSING.match(part))
        if depth == 0 and part in (" + ", " - ") and terms[-1]:
            terms.append("")
        terms[-1] += part
    return terms
