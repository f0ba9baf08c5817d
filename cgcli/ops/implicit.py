"""Numbers and arrays that equations or a minimum define, as operations: of what, and by what name.

As derivatives inside programs they stand in graphs until a pass writes them out (`passes.implicit`): what
steps find, which no derivative goes through, and Newton's steps from there, whose derivatives are those of
the implicit function theorem.
"""

from __future__ import annotations

from cgcli.annotations import Any
from cgcli.errors import ShapeError
from cgcli.ops.differentiation import Differentiation
from cgcli.ops.entry import ArrayOp, Attribute
from cgcli.shapes import Shape, shape_text


class Sought(Differentiation):
    """A number or an array that an expression, the first operand, says of a name, the second one."""

    def __init__(self, name: str, forms: str, summary: str, domain: str, shape: Any, example: str) -> None:
        super().__init__(name, forms, summary, domain, shape, example)
        self.derivative = "by the implicit function theorem"
        self.convention = ""


def _equations(f: Shape, x: Shape) -> Shape:
    """As many as unknowns: a system for a vector, or for each element one in it alone."""
    if f != x:
        sizes = (shape_text(one) if one else "a number" for one in (f, x))
        raise ShapeError("as many equations as unknowns are sought: {} is to be 0, by {}".format(*sizes))
    return x


def _least(f: Shape, x: Shape) -> Shape:
    if f:
        told = f"a number is least, and this is an array of shape {shape_text(f)}"
        raise ShapeError(told, "take sum(...) of it")
    if len(x) > 1:
        raise ShapeError(f"a number or a vector is sought, and this is of shape {shape_text(x)}")
    return x


SOUGHT = {
    op.name: op
    for op in (
        Sought(
            "zero", "zero(f, x, start)", "the x near start at which f is 0, f an expression in x",
            "f as x; f goes through 0 there", _equations, "zero(x^2 - 2, x, 1) = 1.414213562373095",
        ),
        Sought(
            "minimizer", "minimizer(f, x, start)", "the x near start at which f is least",
            "a number f; f curves upward there", _least, "minimizer(x - log(x), x, 2) = 1",
        ),
    )
}  # fmt: skip


def _found(name: str, summary: str) -> ArrayOp:
    return ArrayOp(
        name, None, summary, "near the start", shape=lambda start, *others, body: start,
        pullbacks=lambda *values, **attributes: lambda position: None,
        pushforward=lambda *values, **attributes: None, derivative="0",
        attributes={"body": Attribute("text")}, example="", function=False,
        spoken=name.removeprefix("found_"),
    )  # fmt: skip


# What steps find from a start, with the values of what else the expression is of; the attribute `body` is the
# expression, which finds it (`passes.implicit.Body`).
FOUND = [
    _found("found_zero", "where an expression is 0, without derivatives"),
    _found("found_minimizer", "where an expression is least, without derivatives"),
]
