"""What terms are: products, of a number and the exponents of factors. A factor is an atom, or a sum, which is
the coefficients of products. What several places use is an atom: text grows with the graph.
"""

from __future__ import annotations

from cgcli.annotations import Any
from cgcli.ops import OPS, Op
from cgcli.ops.entry import Leaf
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
BRACKETS = TOTAL, SHARED

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
    is_fixed    whether it is a constant, or of constants
    rank        where it stands in a product: constants, names, sums and other operators, functions
    """

    __slots__ = (
        "alone", "args", "attributes", "cost", "is_derived", "is_fixed", "name", "op", "origin", "place",
        "rank", "shape", "share",
    )  # fmt: skip

    parts = NOTHING
    inside: Product | None = None
    is_met = False

    op: Op
    args: tuple[Product, ...]
    attributes: Any
    shape: Shape | None
    name: str | None
    alone: Product | None
    cost: float
    share: float
    place: int
    origin: int
    is_derived: bool
    is_fixed: bool
    rank: int

    def call(self, name: str | None) -> None:
        """Give it a name."""
        self.name = name
        if name is not None:
            self.rank = min(self.rank, 1)


class Sum(Factor):
    """A factor that is a sum.

    parts       the coefficient of each product, that of 1 for its number
    opened      the terms with the shared products in them opened in turn, once anybody asked
    is_met      whether terms have met in it, so that the order of writing is gone
    """

    __slots__ = ("is_met", "opened", "parts")

    parts: dict[Product, float]
    opened: list[Part]


class Shared(Factor):
    """A product as a factor, as several places use it, or as it has a name.

    inside      the product
    flat        the same with the shared products in it opened in turn
    """

    __slots__ = ("flat", "inside")
    inside: Product
    flat: Part


class Product:
    """A number times powers of factors. It is the value of every node: of a number there are no
    factors, of a sum there is one.

    factor      the one that it is, or None
    is_open     whether no factor is shared
    kind, look  the operation that patterns see in it (`match`), once anybody asked
    shape, place, origin, is_derived    as of a factor
    """

    __slots__ = (
        "factor", "is_derived", "is_open", "kind", "look", "number", "origin", "place", "powers", "shape",
    )  # fmt: skip

    number: float
    powers: Powers
    shape: Shape | None
    factor: Factor | None
    is_open: bool
    kind: str
    place: int
    origin: int
    is_derived: bool
    look: tuple[Op, tuple[Product, ...], Any] | None


# How long a text is


def term_cost(terms: Any, term: Product, coefficient: float) -> float:
    """That of a term in a sum; of one that is written once for several places, its part in that."""
    factor = term.factor
    if factor is None or not factor.share or factor.name is not None:
        return cost_of(terms, coefficient, term.powers)
    whole = cost_of(terms, *terms.opened(term))
    return (abs(coefficient) != 1) + min(whole, 1 + whole * factor.share)


def cost_of(terms: Any, number: float, powers: Powers) -> float:
    """About how many names, numbers and functions a product takes to write."""
    cost = 0.0
    for factor, e in powers.items():
        cost += _factor_cost(terms, factor) + (abs(e) != 1)
    return cost + (number not in (1, -1) or max(powers.values(), default=0.0) <= 0)


def _factor_cost(terms: Any, factor: Factor) -> float:
    """That of a bracket counts its terms, and brackets in these as functions."""
    if factor.cost < 0:
        factor.cost = 1 if factor.rank < 2 else 2
        if factor.parts:
            factor.cost = 0
            for c, powers in terms.opened_terms(factor):
                factor.cost += abs(c) != 1 or max(powers.values(), default=0.0) <= 0
                factor.cost += sum(
                    (b.cost if b.parts and b.cost > 0 else (b.rank > 1) + 1) + (abs(e) != 1)
                    for b, e in powers.items()
                )
    return factor.cost
