"""What terms are: products, of a number and the exponents of factors. A factor is an atom, or a sum, which is
the coefficients of products. What several places use is an atom: text grows with the graph.
"""

from __future__ import annotations

from math import inf

from cgcli.ops import CONSTANT, INPUT, OPS
from cgcli.ops.entry import Leaf, Op
from cgcli.rewrite.numbers import snapped

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cgcli.shapes import Shape

    # The exponents of factors, and a product that is not yet a term.
    Powers = dict["Factor", float]
    Part = tuple[float, Powers]

# Sums and products of more than so many parts are not opened up.
MOST = 12

# The factor that says where a product is not 0: `where(c, x, 0)` is `[c]*x`, and `[c]^2` is `[c]`.
GIVEN = Leaf("given", "1 where a condition holds, else an exact 0, whatever it is multiplied by")

# A sum, of the coefficients of products; a product that several places use, or that has a name.
TOTAL = Leaf("total", "a sum")
SHARED = Leaf("shared", "a product")

ADD, SUB, NEG, MUL, DIV = OPS["add"], OPS["sub"], OPS["neg"], OPS["mul"], OPS["div"]
POW, SQRT = OPS["pow"], OPS["sqrt"]
AND, OR, NOT, WHERE = OPS["and_"], OPS["or_"], OPS["not_"], OPS["where"]


# What is no sum adds up.
NOTHING: dict[Product, float] = {}


class Factor:
    """What a product has an exponent of: an atom, or else a `Sum` or a product that is `Shared`.

    op, args, attributes    what it is, over terms; of a constant the attributes are its value
    shape       None where it is not known
    place, origin   where it stands among all terms, and the node of the old graph it was made for
    name        the name that the program gives it
    alone       the product that it is
    share       of what several places use, the part that each has in it
    is_derived  whether it was made for a node that nobody has written
    """

    __slots__ = (
        "alone", "args", "attributes", "cost", "is_derived", "name", "op", "origin", "place", "shape",
        "share",
    )  # fmt: skip

    parts = NOTHING
    inside: Product | None = None
    is_met = False

    def __init__(self, op: Op, args: tuple[Product, ...], attributes: Any, shape: Shape | None) -> None:
        self.op, self.args, self.attributes, self.shape = op, args, attributes, shape
        self.name: str | None = None
        self.alone: Product | None = None
        self.share, self.cost = 0.0, -1.0
        self.is_derived, self.place, self.origin = False, -1, -1

    @property
    def is_fixed(self) -> bool:
        """Whether it is a constant, or of constants."""
        return self.op is CONSTANT or (self.args != () and not any(arg.powers for arg in self.args))

    @property
    def rank(self) -> int:
        """Where it stands in a product: constants, names, sums and other operators, functions."""
        if self.is_fixed:
            return 0
        if self.op is INPUT or self.name is not None:
            return 1
        return 2 if self.op.symbol or self.op is SHARED or self.op is TOTAL else 3


class Sum(Factor):
    """A factor that is a sum.

    parts       the coefficient of each product, that of 1 for its number
    opened      the terms with the shared products in them opened in turn, once anybody asked
    is_met      whether terms have met in it, so that the order of writing is gone
    """

    __slots__ = ("is_met", "opened", "parts")

    def __init__(self, parts: dict[Product, float], is_met: bool, shape: Shape | None) -> None:
        super().__init__(TOTAL, (), {}, shape)
        self.parts, self.is_met = parts, is_met
        self.opened: list[Part] = []


class Shared(Factor):
    """A product as a factor, as several places use it, or as it has a name.

    inside      the product
    flat        the same with the shared products in it opened in turn
    """

    __slots__ = ("flat", "inside")
    inside: Product

    def __init__(self, inside: Product, flat: Part) -> None:
        super().__init__(SHARED, (), {}, inside.shape)
        self.inside, self.flat = inside, flat


class Product:
    """A number times powers of factors. It is the value of every node: of a number there are no
    factors, of a sum there is one."""

    __slots__ = (
        "factor",
        "is_derived",
        "is_open",
        "kind",
        "look",
        "number",
        "origin",
        "place",
        "powers",
        "shape",
    )

    def __init__(self, number: float, powers: Powers, shape: Shape | None) -> None:
        self.number, self.powers, self.shape = number, powers, shape
        self.is_derived, self.origin, self.place = False, -1, -1
        # the operation that patterns see in it (`match`), as far as anybody asked
        self.kind: str = ""
        self.look: tuple[Op, tuple[Product, ...], Any] | None = None
        # the factor that it is, and whether none is shared
        self.factor: Factor | None = None
        self.is_open = True
        for factor, exponent in powers.items():
            if factor.op is SHARED:
                self.is_open = False
            if exponent == 1 and number == 1 and len(powers) == 1:
                self.factor = factor


# Exponents


def merged(powers: Powers, others: Powers, exponent: float = 1.0) -> Powers:
    """The exponents of a product times a power of another; what cancels is left out."""
    found = dict(powers)
    for factor, e in others.items():
        total = found.get(factor, 0.0) + e * exponent
        if total % 1:
            total = snapped(total)
        if factor.op is GIVEN and total > 1:
            total = 1.0
        if total:
            found[factor] = total
        else:
            found.pop(factor, None)
    return found


def raised(number: float, exponent: float) -> float:
    """A power; inf where it overflows."""
    if number == 1 or exponent == 1:
        return number
    try:
        return float(number**exponent)
    except (OverflowError, ZeroDivisionError):
        return inf


def lowest(parts: list[Part]) -> Powers:
    """The lowest power of each factor in any of the products, and so what all can be divided by."""
    low = dict(parts[0][1]) if parts else {}
    for _, powers in parts[1:]:
        for factor, exponent in powers.items():
            if exponent < low.get(factor, 0.0):
                low[factor] = exponent
        for factor in low:
            if low[factor] > powers.get(factor, 0.0):
                low[factor] = powers.get(factor, 0.0)
    return {factor: exponent for factor, exponent in low.items() if exponent != 0}
