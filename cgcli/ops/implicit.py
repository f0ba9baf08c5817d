"""Numbers that an equation or a minimum defines, as operations: of what, and by what name.

As derivatives inside programs they stand in graphs until a pass writes them out (`passes.implicit`): what
steps find, which no derivative goes through, and Newton's steps from there, whose derivatives are those of
the implicit function theorem.
"""

from __future__ import annotations

from cgcli.errors import ShapeError
from cgcli.ops.differentiation import Differentiation
from cgcli.ops.entry import ArrayOp, Attribute
from cgcli.shapes import Shape, shape_text


class Sought(Differentiation):
    """A number that an expression, the first operand, says of a name, the second one."""

    def __init__(self, name: str, forms: str, summary: str, domain: str, example: str) -> None:
        super().__init__(name, forms, summary, domain, _number, example)
        self.derivative = "by the implicit function theorem"
        self.convention = ""


def _number(f: Shape, x: Shape) -> Shape:
    for shape in (f, x):
        if shape:
            message = f"numbers are sought, and this is an array of shape {shape_text(shape)}"
            raise ShapeError(message, "for arrays there are cg solve and cg minimize")
    return ()


SOUGHT = {
    op.name: op
    for op in (
        Sought(
            "zero", "zero(f, x, start)", "the x near start at which f is 0, f an expression in x",
            "numbers f, x; f goes through 0 there", "zero(x^2 - 2, x, 1) = 1.414213562373095",
        ),
        Sought(
            "minimizer", "minimizer(f, x, start)", "the x near start at which f is least",
            "numbers f, x; f curves upward there", "minimizer(x - log(x), x, 2) = 1",
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
