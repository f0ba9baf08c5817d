"""How an operation is written in a language: a pattern, and how tightly it binds.

A target is a table of these by the name of the operation. Levels of precedence are those of
`cgcli.ops.entry`: an operand that is looser than its place allows gets brackets.
"""

from __future__ import annotations

import re

from cgcli.annotations import Any, Callable, Sequence
from cgcli.graph import Graph
from cgcli.ops import CONSTANT, OPS
from cgcli.ops.entry import CHOICE, COMPARISON, POSTFIX, PRODUCT, SUM, UNARY
from cgcli.shapes import Shape


class Piece:
    """A text for a node.

    level   how tightly it binds
    truth   whether it is a truth value of the language, not a number
    step    how many statements have to come before it, one upon the other
    turned  the text of the transposed value, which binds like a product, where the form had one
    last    the text where no factor follows: `\\sin x`
    """

    __slots__ = ("last", "level", "step", "text", "truth", "turned")

    def __init__(
        self, text: str, level: int = POSTFIX, truth: bool = False, step: int = 0, turned: str | None = None
    ) -> None:
        self.text, self.level, self.truth, self.step, self.turned = text, level, truth, step, turned
        self.last = text


class Form:
    """How one operation is written.

    parts   the pattern, cut: text, and in odd places the positions of operands, `*` for all of
            them with commas between
    level   how tightly the whole binds
    sides   the loosest level that an operand may have without brackets; the last one goes for
            all operands that follow
    truth   whether the result is a truth value
    truths  whether the operands are wanted as truth values: a flag each, the last one as above
    turned  the text of the transposed result, where it is another than the result with a mark
    again   whether the text is written again wherever it is used, and never assigned
    last    a pattern for where no factor follows
    """

    def __init__(
        self,
        pattern: str,
        level: int = POSTFIX,
        *sides: int,
        truth: bool = False,
        truths: tuple[bool, ...] = (False,),
        turned: str | None = None,
        again: bool = False,
        last: str | None = None,
    ) -> None:
        self.turned, self.again, self.last = turned, again, last
        self.parts = re.split(r"\$(\d+|\*)", pattern)
        self.level, self.sides, self.truth, self.truths = level, sides or (CHOICE,), truth, truths

    def repeated(self) -> set[int]:
        """Operands that the text has more than once."""
        places = self.parts[1::2]
        return {int(place) for place in places if place != "*" and places.count(place) > 1}

    def side(self, position: int) -> int:
        return self.sides[min(position, len(self.sides) - 1)]

    def wants_truth(self, position: int) -> bool:
        return self.truths[min(position, len(self.truths) - 1)]

    def ends(self, position: int) -> bool:
        """Whether the text ends with an operand, and what follows the whole follows it."""
        return self.parts[-2:] == [str(position), ""] and self.side(position) > SUM

    def fill(self, operands: Sequence[str]) -> str:
        """The text, with those of the operands, which have their brackets."""
        pieces = list(self.parts)
        for place in range(1, len(pieces), 2):
            position = pieces[place]
            pieces[place] = ", ".join(operands) if position == "*" else operands[int(position)]
        return "".join(pieces)


def infix(symbol: str, level: int) -> Form:
    """An operator between two operands that takes its left side first."""
    space = "" if level == PRODUCT else " "
    return Form(f"$0{space}{symbol}{space}$1", level, level, level + 1)


def call(function: str) -> Form:
    """A function of all the operands."""
    return Form(f"{function}($*)")


def comparison(symbol: str) -> Form:
    return Form(f"$0 {symbol} $1", COMPARISON, COMPARISON + 1, truth=True)


# Operators that other languages write as cg does.
OPERATORS: dict[str, Entry] = {"neg": Form("-$0", UNARY, UNARY + 1)}
OPERATORS |= {
    op.name: comparison(op.symbol) if op.level == COMPARISON else infix(op.symbol, op.level)
    for op in OPS.values()
    if op.level == COMPARISON or (op.symbol in ("+", "-", "*", "/") and op.arity == 2)
}


class Call:
    """One use of an operation, for a table that looks at it to choose the form.

    operands    the texts of the operands
    attributes  of the operation, by name
    shapes      of the operands; None where it is not known
    alone       whether the result is an output and nothing else
    """

    def __init__(
        self,
        graph: Graph,
        node: int,
        operands: Sequence[Piece],
        known: Sequence[Shape | None],
        alone: bool = False,
    ) -> None:
        self.graph, self.node, self.operands, self.alone = graph, node, operands, alone
        self.attributes: dict[str, Any] = graph.attrs.get(node, {})
        self.shape = known[node]
        self.shapes = [known[arg] for arg in graph.args[node]]

    @property
    def count(self) -> int:
        return len(self.operands)

    def value(self, position: int) -> float | None:
        """The value of an operand that is a constant."""
        arg = self.graph.args[self.node][position]
        return self.graph.attrs[arg] if self.graph.ops[arg] is CONSTANT else None

    def rank(self, position: int) -> int | None:
        """The number of axes of an operand; None where it is not known."""
        shape = self.shapes[position]
        return None if shape is None else len(shape)

    def operation(self, position: int) -> str:
        """The name of the operation that an operand is the result of."""
        return self.graph.ops[self.graph.args[self.node][position]].name

    def is_name(self, position: int) -> bool:
        return self.operands[position].text.isidentifier()


# A form, or a function that finds one; None where there is none.
Entry = Form | Callable[[Call], Form | None]


def squared(helper: str, exponent: int | None = None) -> Callable[[Call], Form]:
    """The square of a name as a product; of a power, where its exponent is in this place. Else a helper."""

    def entry(use: Call) -> Form:
        twice = use.is_name(0) and (exponent is None or use.value(exponent) == 2)
        return Form("$0*$0", PRODUCT, POSTFIX) if twice else call(helper)

    return entry


def folded(function: str) -> Callable[[Call], Form]:
    """A function of two operands for several: `max(max(x, y), max(v, w))`, no deeper than it must."""

    def entry(call: Call) -> Form:
        texts = [f"${position}" for position in range(call.count)]
        while len(texts) > 1:
            odd = texts[-1:] if len(texts) % 2 else []
            texts = [f"{function}({x}, {y})" for x, y in zip(texts[::2], texts[1::2])] + odd
        return Form(texts[0])

    return entry
