"""Numbers as they were written, and the constants that the language knows by name.

A graph holds floats. One that says less than the program does is a `Written`: it works like the float, and
knows the exact value too, or the name. So `0.1` is a tenth, and `pi` pi, until an algebra takes the number
and makes of it what it can hold (`algebras.base.Base.constant`).
"""

from __future__ import annotations

import math
import operator

from cgcli.annotations import Any, Callable, Fraction
from cgcli.later import fractions

# Exact values of more bits than this are not computed with, and powers above this not taken exactly.
LONGEST, HIGHEST = 10_000, 64

# Where a number is that is too large, and what it becomes.
BEYOND = ("beyond the largest double", "inf")


class Written(float):
    """A float that stands for another number: that of a literal, a constant, or what was computed from
    such by `+ - * /`.

    text    of a literal, or the name of a constant; empty for what was computed
    """

    __slots__ = ("_exact", "text")

    text: str
    _exact: Fraction | int | None

    def __new__(cls, value: float | Fraction, text: str = "", exact: Fraction | int | None = None) -> Written:
        written = float.__new__(cls, value)
        written.text, written._exact = text, exact
        return written

    @property
    def name(self) -> str:
        """Of a constant."""
        return self.text if self.text in CONSTANTS else ""

    @property
    def exact(self) -> Fraction | None:
        """None for a constant, and for a number that would take too many digits."""
        known = self._exact
        if isinstance(known, int) or (known is None and not self.name):
            if known is not None:
                return fractions.Fraction(known)
            mantissa, _, exponent = self.text.lower().partition("e")
            if len(mantissa) + abs(int(exponent or 0)) < LONGEST // 4:
                known = self._exact = fractions.Fraction(self.text.replace("_", ""))
        return known

    @property
    def lost(self) -> tuple[str, str] | None:
        """Where a literal is, and what it is as a double, where that says something else: not for decimals,
        which are rounded as everybody knows."""
        if abs(float(self)) == math.inf:
            return BEYOND
        if not self:
            return "below the smallest double", "0"
        return ("between two doubles", f"{int(self)}") if self._exact.__class__ is int else None


def literal(text: str) -> float:
    """The double nearest to a number that is written, which remembers the text where that is another
    number; inf beyond the largest double."""
    if text[:2] in ("0x", "0X", "0b", "0B"):
        return _whole(text, int(text[2:].replace("_", ""), 16 if text[1] in "xX" else 2))
    value = float(text)
    size = abs(value)
    if len(text) < 16:
        # of so few digits, no other decimal has the double of a whole number, or of so many 64ths
        few = (size < 1e9 and (64 * size).is_integer()) or (size < 1e15 and size.is_integer())
        if few and (size or not text.lower().partition("e")[0].strip("+-0._")):
            return value
    elif size < math.inf and text.lstrip("+-").replace("_", "").isdigit():
        return _whole(text, int(text))
    return Written(value, text)


def _whole(text: str, whole: int) -> float:
    try:
        value = float(whole)
    except OverflowError:
        value = math.inf
    return value if value == whole else Written(value, text, whole)


def exact(value: float) -> Fraction | None:
    """The number that a float stands for; None where it is none, or not known."""
    if value.__class__ is Written:
        return value.exact
    return fractions.Fraction(value) if math.isfinite(value) else None


def rounding(value: float) -> float | None:
    """What a float is less what it stands for; None where that is not known."""
    if value.__class__ is not Written:
        return 0.0
    if value.name:
        return -REST[value.name]
    if value.exact is None or not math.isfinite(value):
        return None
    return float(fractions.Fraction(float(value)) - value.exact)


def identity(value: float) -> Any:
    """What only the same number has, the sign of zero and what was written included."""
    if value.__class__ is not Written:
        return value.hex()
    return value.hex(), value.exact or value.text


def _power(a: int, b: int, c: int, d: int) -> Any:
    if d != 1 or abs(c) > HIGHEST or not (a or c > 0):
        return None
    return (a**c, b**c) if c >= 0 else (b**-c, a**-c)


# The exact results of exact operands a/b and c/d, as numerator and denominator, where there are such.
RATIONAL: dict[str, Callable[..., Any]] = {
    "add": lambda a, b, c, d: (a * d + c * b, b * d),
    "sub": lambda a, b, c, d: (a * d - c * b, b * d),
    "mul": lambda a, b, c, d: (a * c, b * d),
    "div": lambda a, b, c, d: (a * d, b * c) if c else None,
    "neg": lambda a, b: (-a, b),
    "abs": lambda a, b: (abs(a), b),
    "square": lambda a, b: (a * a, b * b),
    "pow": _power,
}


def remembered(name: str, operands: Any, result: float) -> float:
    """The result that floats have of an operation on numbers, with the exact one where it is another."""
    if name not in RATIONAL or result.__class__ is Written or not math.isfinite(result):
        return result
    ratios: list[int] = []
    for operand in operands:
        known = operand.exact if operand.__class__ is Written else operand
        if known is None or (known is operand and operand - operand != 0):
            return result
        ratios += known.as_integer_ratio()
    found = RATIONAL[name](*ratios)
    if found is None:
        return result
    top, bottom = float(result).as_integer_ratio()
    if found[0] * bottom == top * found[1]:
        return float(result)
    exact = fractions.Fraction(*found)
    size = max(exact.numerator.bit_length(), exact.denominator.bit_length())
    return Written(result, exact=exact) if size < LONGEST else float(result)


def _method(name: str, plain: Callable[..., float], reflected: bool = False) -> Callable[..., Any]:
    def method(*operands: Any) -> Any:
        if not isinstance(operands[-1], (float, int)):
            return NotImplemented
        if reflected:
            operands = operands[::-1]
        return remembered(name, operands, plain(*map(float, operands)))

    return method


for _name in ("add", "sub", "mul", "div", "neg", "abs"):
    _python = "truediv" if _name == "div" else _name
    _plain = getattr(operator, _python)
    setattr(Written, f"__{_python}__", _method(_name, _plain))
    if _name not in ("neg", "abs"):
        setattr(Written, f"__r{_python}__", _method(_name, _plain, reflected=True))

PI, E, TAU = (Written(getattr(math, name), name) for name in ("pi", "e", "tau"))

# What their doubles leave out.
REST = {"pi": 1.2246467991473532e-16, "e": 1.4456468917292502e-16, "tau": 2.4492935982947064e-16}
CONSTANTS = {"pi": PI, "e": E, "tau": TAU, "inf": math.inf, "nan": math.nan}
