"""What is known of an operation, and in what form."""

from __future__ import annotations

from math import floor

from cgcli.annotations import Any, Callable
from cgcli.shapes import Named, whole

# A partial derivative: a number, or a function of the algebra, the result and the operands.
Partial = float | Callable[..., Any]

# Cotangents by the position of the operand.
Cotangents = Callable[[int], Any]

# Levels of precedence, loosest first, as in the language: a printed operand that is looser
# than its place allows gets brackets.
CHOICE, OR, AND, NOT, COMPARISON, SUM, PRODUCT, UNARY, COEFFICIENT, POWER, POSTFIX = range(1, 12)


# Where operations jump (`Op.jumps`).
ZERO, WHOLE, HALF, OTHER, MULTIPLE, ORDER = "zero", "whole", "half", "other", "multiple", "order"
LEAST, GREATEST = "least", "greatest"

# The partial derivative of a sum by its terms. A pass hands an adjoint on as it is where it meets
# this very object.
ONE = 1.0


# Operations that stand in programs; `cgcli.ops` has told them.
BY_NAME: dict[str, Op] = {}


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
    definition   the operation in terms of others, as a text in cg's language over the operands x, y,
                 w: for algebras and targets without a form of its own. Of any number of operands it
                 says what becomes of two; for an order in the place of x it may be texts by its value
    formula      what it is in mathematics, in the same language, where it is an operation of its own for the
                 sake of digits or range alone
    commutes     whether its operands may change places
    spoken       its name in the language, where it shares one: `log` of two operands
    ulps         how far a result of floats may be off, in units of its last place, and one of arrays four
                 times as far; 0 where it is exact. Of an operation on whole arrays, 0 or not
    corner       where its slopes jump, and what they are on the way from there (`ops.corners`)
    adds         whether it adds up products of elements, one of each operand
    jumps        where it jumps itself: the first operand is 0 (`ZERO`), a whole number (`WHOLE`) or one and a
                 half (`HALF`), the other (`OTHER`), or a multiple of it (`MULTIPLE`), or elements are equal
                 (`ORDER`), of which the least or the greatest count (`LEAST`, `GREATEST`)
    reads        for an operation that leaves operands aside: a function of the operands'
                 values that says which of them (by position) the result depends on
    """

    example = convention = symbol = spoken = formula = ""
    definition: str | dict[float, str] = ""
    level = POSTFIX
    aliases: tuple[str, ...] = ()
    function, commutes, adds, ulps = True, False, False, 2.0
    reads: Callable[..., tuple[int, ...]] | None = None
    corner: Any = None
    jumps: str | None = None

    def __init__(
        self, name: str, arity: int | None, summary: str, domain: str, partials: Any, **given: Any
    ) -> None:
        self.name, self.arity, self.summary, self.domain = name, arity, summary, domain
        if isinstance(partials, tuple):  # a product of two floats is quicker than one with an int
            partials = tuple(ONE if p == 1 else float(p) if isinstance(p, int) else p for p in partials)
        self.partials: Any = partials
        vars(self).update(given)

    def __repr__(self) -> str:
        return f"<Op {self.name}>"

    def __reduce__(self) -> Any:
        """By name where it is one of those of programs: copies of these are they themselves."""
        return (named, (self.name,)) if BY_NAME.get(self.name) is self else super().__reduce__()

    def takes(self, count: int) -> bool:
        """Whether it can be called with so many operands."""
        return count == self.arity or (self.arity is None and count > 1)

    def nearest_jump(self, x: float) -> float:
        """The nearest place where a function of one number jumps."""
        return floor(x) + 0.5 if self.jumps == HALF else 0.0 if self.jumps == ZERO else float(round(x))

    @property
    def word(self) -> str:
        """Its name in the language: without the `_` that keeps some from being keywords of Python."""
        return self.spoken or self.name.rstrip("_")

    @property
    def title(self) -> str:
        """What people call it: the symbol of an operator, the name of a function."""
        return self.symbol or self.word


def named(name: str) -> Op:
    """The operation of `BY_NAME`."""
    return BY_NAME[name]


class ArrayOp(Op):
    """An operation on whole arrays, where a partial derivative by each element makes no sense.

    attributes      what else it is called with, by name, in order: an `Attribute` each
    shape           the shape of the result: a function of the operands' shapes and the attributes;
                    raises `ShapeError`
    pullbacks       by operand, how its cotangent comes from that of the result: functions
                    `(xp, g, z, *operands, **attributes)` that return an array of the operand's
                    shape, or None where the derivative is 0. With arity `None`, one such function
                    for all operands, which returns a function of the operand's position
    pushforward     how the result's tangent comes from those of the operands: `LINEAR` in all of
                    them together, `MULTILINEAR` in each of them, or a function
                    `(xp, tangents, z, *operands, **attributes)`, where a tangent is None if the
                    operand does not move
    derivative      the rule in words
    by_element      of a reduction, its derivative by each element: `(xp, z, x, **attributes)`

    Rules take everything from the algebra `xp` but `+`, `-`, `*`, so that they serve every one;
    `xp.shape` gives the shape of a value, and `xp.chain` is the product of the chain rule, in
    which an exact 0 wins.
    """

    derivative: str
    shape: Any
    pullbacks: Callable[..., Any] | tuple[Callable[..., Any], ...]
    pushforward: str | Callable[..., Any]
    attributes: dict[str, Attribute]
    by_element: Callable[..., Any] | None = None

    def __init__(self, name: str, arity: int | None, summary: str, domain: str, **given: Any) -> None:
        super().__init__(name, arity, summary, domain, None, **{"attributes": {}} | given)

    def takes(self, count: int) -> bool:
        return count == self.arity or (self.arity is None and count > 0)

    @property
    def usage(self) -> str:
        """How it is called: `sum(x, axis=, keepdims=)`."""
        return self._called(defaults=False)

    @property
    def signature(self) -> str:
        """The same with the defaults: `sum(x, axis=, keepdims=0)`."""
        return self._called(defaults=True)

    def _called(self, defaults: bool) -> str:
        operands = ["x", "y"][: self.arity] if self.arity is not None else ["x", "y", "..."]
        texts = [name for name, attribute in self.attributes.items() if attribute.kind in ("text", "index")]
        required = [
            "[m, n, ...]" if a.kind == "shape" and self.arity is not None else name
            for name, a in self.attributes.items()
            if a.required and name not in texts
        ]
        if self.arity is None:
            required = [f"{name}=" for name in required]
        optional = [
            f"{name}={a.written if defaults else ''}" for name, a in self.attributes.items() if not a.required
        ]
        return f"{self.word}({', '.join([*texts, *operands, *required, *optional])})"

    def cotangent(self, position: int, *arguments: Any, **attributes: Any) -> Any:
        """The cotangent of one operand."""
        return self.cotangents(*arguments, **attributes)(position)

    def cotangents(self, *arguments: Any, **attributes: Any) -> Cotangents:
        """The cotangent of each operand, by its position. An array literal may have so many operands
        that they are handed over once, not once for each."""
        pullbacks = self.pullbacks
        if isinstance(pullbacks, tuple):
            return lambda position: pullbacks[position](*arguments, **attributes)
        found: Cotangents = pullbacks(*arguments, **attributes)
        return found


# Ways for a tangent to pass through an operation (`ArrayOp.pushforward`).
LINEAR, MULTILINEAR = "linear", "multilinear"


# What each kind of attribute is, for messages.
KINDS = {
    "axis": "a whole number",
    "axes": "a whole number, or a list of them",
    "shape": "a list of sizes, as in [2, 3]",
    "count": "a whole number from 0",
    "whole": "a whole number",
    "flag": "0 or 1",
    "order": "a number",
    "text": "a text in quotes",
    "index": 'a text in quotes, as in "1:3, 0"',
}


class Attribute:
    """Something an operation is called with that is no operand: it is known before it runs.

    kind        `axis` (a whole number), `axes` (one, or a list), `shape` (sizes), `count`, `whole`,
                `flag` (0 or 1), `order` (a number), `text`, or `index`
    default     where it may be left out; `REQUIRED` otherwise
    """

    def __init__(self, kind: str, default: Any = ...) -> None:
        self.kind, self.default = kind, default

    @property
    def required(self) -> bool:
        return self.default is ...

    @property
    def written(self) -> str:
        """The default as programs write it; nothing where there is none."""
        return "" if self.required or self.default is None else f"{float(self.default):g}"

    @property
    def wanted(self) -> str:
        """What it is, for messages."""
        return KINDS[self.kind]

    def of(self, value: Any) -> Any:
        """The attribute that a number, a tuple of numbers, or a size with a name says; `...` where it is not
        of its kind. Texts are none of these."""
        kind = self.kind
        if kind == "order":
            return value if isinstance(value, float) else ...
        if isinstance(value, tuple):
            sizes = tuple(map(whole, value))
            return sizes if kind in ("axes", "shape") and None not in sizes else ...
        size = whole(value)
        if size is None or (isinstance(size, Named) and kind not in ("count", "shape")):
            return ...
        if kind == "whole" and abs(size) > 2**53:
            return ...
        if kind == "shape":
            return (size,)
        if kind == "flag":
            return bool(size) if size in (0, 1) else ...
        return ... if kind == "count" and isinstance(size, int) and size < 0 else size


class Leaf(Op):
    """An operation without operands: its value is given, not computed."""

    def __init__(self, name: str, summary: str) -> None:
        super().__init__(name, 0, summary, "", (), function=False)
