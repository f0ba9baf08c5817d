"""Names, numbers and lines as mathematics."""

from __future__ import annotations

import re

from cgcli.annotations import Callable
from cgcli.export.form import Piece
from cgcli.export.names import GREEK, ascii_only, greek, word
from cgcli.ops.entry import POSTFIX, PRODUCT, SUM
from cgcli.render.numbers import number
from cgcli.rewrite.static import Derivative

# Letters that LaTeX has as they are, and those that look like Latin ones.
LATIN = {"omicron": "o", "Alpha": "A", "Beta": "B", "Epsilon": "E", "Zeta": "Z", "Eta": "H", "Iota": "I",
         "Kappa": "K", "Mu": "M", "Nu": "N", "Omicron": "O", "Rho": "P", "Tau": "T", "Chi": "X"}  # fmt: skip
WORDS = {*GREEK, *map(str.capitalize, GREEK), "hbar", "ell"} - LATIN.keys()

# What stands above a letter, as the last part of a name.
ACCENTS = {"dot", "ddot", "bar", "hat", "tilde", "vec"}

# Numbers with more digits than these are fractions where a denominator up to the limit makes one.
DIGITS, DENOMINATORS = 12, 64
EPSILON = 2.0**-52


# How tightly a symbol binds, or a number: more so than what has a bracket at its end, as f(x).
SYMBOL = POSTFIX + 2


def spelled(name: str) -> str:
    r"""A name as mathematics: `x1` as x_{1}, `alpha` as \alpha, `Δx` as \Delta x, `x_dot` as \dot{x}."""
    base, *rest = [part for part in word(name).split("_") if part] or ["v"]
    accent = rest.pop(0) if rest and rest[0] in ACCENTS else ""
    digits = re.fullmatch(r"([^\d]+)(\d+)", base)
    below = [digits[2]] if digits else []
    base = digits[1] if digits else base
    below += [_letters(part) for part in rest]
    above = rf"\{accent}{{{_letters(base)}}}" if accent else _letters(base)
    return above + (f"_{{{', '.join(below)}}}" if below else "")


def as_it_is(name: str, found: str) -> str:
    r"""Another symbol for a name whose own is taken: its letters, `x_1` as \mathit{x\_1}."""
    text = ascii_only(name).replace("_", r"\_")
    written = rf"\mathit{{{text}}}"
    if len(text) > 1 and not found.startswith(written[:-1]):
        return written
    return rf"{found[:-1]}\_}}" if found.startswith(written[:-1]) else rf"\mathit{{{text}\_}}"


def derivative(name: Derivative, function: str, argument: Callable[[str], str]) -> str:
    """`d2f_dxdy` as a quotient of differentials, from the symbols of the function and of the inputs."""
    above = _power(r"\partial", len(name.by)) + f" {function}"
    below = [rf"\partial {_power(argument(by), name.by.count(by))}" for by in dict.fromkeys(name.by)]
    return rf"\frac{{{above}}}{{{' '.join(below)}}}"


def _power(text: str, count: int) -> str:
    return text if count == 1 else f"{text}^{{{count}}}"


def _letters(part: str) -> str:
    """A part of a name; Greek letters at its beginning stand for themselves."""
    parts = []
    while part and (letter := greek(part[0])):
        parts.append(rf"\mathrm{{{LATIN[letter]}}}" if letter in LATIN else f"\\{letter}")
        part = part[1:]
    if part in WORDS:
        parts.append(f"\\{part}")
    elif part:
        plain = (len(part) == 1 and part.isascii()) or part.isdigit()
        parts.append(part if plain else rf"\mathit{{{ascii_only(part)}}}")
    return " ".join(parts)


def number_piece(value: float) -> Piece:
    quotient = fraction(value)
    if quotient is not None:
        above, below = quotient
        sign = "-" if above < 0 else ""
        return Piece(rf"{sign}\frac{{{abs(above)}}}{{{below}}}", SUM if sign else POSTFIX)
    text, _, exponent = number(value).partition("e")
    if exponent:
        power = f"10^{{{int(exponent)}}}"
        text = power if text == "1" else rf"{text} \cdot {power}"
        return Piece(text, SUM if text.startswith("-") else PRODUCT + 1)
    return Piece(text, SUM if text.startswith("-") else SYMBOL)


def fraction(value: float) -> tuple[int, int] | None:
    """The numerator and the denominator of a number such as 1/3, which decimals do not say; one that is
    off by a rounding, such as 1 - 1/3, too."""
    text = number(value)
    if len(text) <= DIGITS or "e" in text or abs(value) >= DENOMINATORS:
        return None
    for below in range(3, DENOMINATORS):
        above = round(value * below)
        if above and abs(above / below - value) <= EPSILON * abs(value):
            return above, below
    return None


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
