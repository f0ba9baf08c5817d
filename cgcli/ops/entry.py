"""What is known of an operation, and in what form."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    # A partial derivative: a number, or a function of the algebra, the result and the operands.
    Partial = float | Callable[..., Any]

# Levels of precedence, loosest first, as in the language: a printed operand that is looser
# than its place allows gets brackets.
CHOICE, OR, AND, NOT, COMPARISON, SUM, PRODUCT, UNARY, COEFFICIENT, POWER, POSTFIX = range(1, 12)


class Op:
    """One operation, whole: what it is called, means, and how it is differentiated and printed.

    name         its attribute in every algebra; for a function, its name in the language too
    arity        number of operands; `None` for two or more
    summary      one line of prose
    domain       where it is real and finite, in words
    partials     the partial derivative by each operand, as a number or as a function
                 `d(xp, z, x, y, ...)` of the algebra `xp`, the result `z` and the operands.
                 With arity `None`, one function that returns all of them. A rule uses `+`, `-`
                 and `*` on values and takes everything else from `xp`, so that it serves every
                 algebra
    convention   the choice made where the derivative does not exist
    example      `expression = result`, as `cg eval` prints it
    symbol       for an operator, its text
    level        its precedence when printed; functions bind tightest
    aliases      other names of a function in the language
    function     whether the language calls it by name
    reads        for an operation that leaves operands aside: a function of the operands'
                 values that says which of them (by position) the result depends on
    """

    __slots__ = (
        "aliases",
        "arity",
        "convention",
        "domain",
        "example",
        "function",
        "level",
        "name",
        "partials",
        "reads",
        "summary",
        "symbol",
    )

    def __init__(
        self,
        name: str,
        arity: int | None,
        summary: str,
        domain: str,
        partials: Callable[..., Any] | tuple[Partial, ...],
        *,
        example: str,
        convention: str = "",
        symbol: str = "",
        level: int = POSTFIX,
        aliases: tuple[str, ...] = (),
        function: bool = True,
        reads: Callable[..., tuple[int, ...]] | None = None,
    ) -> None:
        self.name, self.arity, self.summary, self.domain = name, arity, summary, domain
        if isinstance(partials, tuple):  # a product of two floats is quicker than one with an int
            partials = tuple(float(p) if isinstance(p, int) else p for p in partials)
        self.partials, self.convention, self.example = partials, convention, example
        self.symbol, self.level, self.aliases = symbol, level, aliases
        self.function, self.reads = function, reads

    def __repr__(self) -> str:
        return f"<Op {self.name}>"

    def takes(self, count: int) -> bool:
        """Whether it can be called with so many operands."""
        return count == self.arity or (self.arity is None and count > 1)

    @property
    def word(self) -> str:
        """The name without the `_` that keeps some from being keywords of Python."""
        return self.name.rstrip("_")

    @property
    def title(self) -> str:
        """What people call it: the symbol of an operator, the name of a function."""
        return self.symbol or self.name


class Leaf(Op):
    """An operation without operands: its value is given, not computed."""

    def __init__(self, name: str, summary: str) -> None:
        super().__init__(name, 0, summary, "", (), example="", function=False)
