"""Derivatives inside programs, as operations: of what, and by what.

No algebra computes them. They stand in graphs whose shapes are not known yet, and a pass puts in their
place what they are (`passes.expand`).
"""

from __future__ import annotations

from cgcli.annotations import Callable
from cgcli.errors import ShapeError
from cgcli.ops.entry import ArrayOp, Attribute, Op
from cgcli.shapes import Shape, broadcast, shape_text


def no_number(shape: Shape) -> ShapeError:
    """The error for an array where a number is to be differentiated."""
    message = f"a number is differentiated, and this is an array of shape {shape_text(shape)}"
    return ShapeError(message, "take sum(...) of it, or jacobian(r, x)")


# Shape rules


def _diff(f: Shape, x: Shape, order: int = 1) -> Shape:
    """Of a number, or by a number, or element by element."""
    try:
        return broadcast(f, x)
    except ShapeError:
        raise no_number(f) from None


def _grad(f: Shape, x: Shape) -> Shape:
    if f:
        raise no_number(f)
    return x


class Differentiation(ArrayOp):
    """A derivative of the first operand by the second one.

    forms       how it is called
    """

    def __init__(
        self, name: str, forms: str, summary: str, domain: str, shape: Callable[..., Shape], example: str
    ) -> None:
        super().__init__(
            name, 2, summary, domain, shape=shape, pullbacks=(), pushforward="", example=example,
            attributes={"order": Attribute("whole", 1)} if name == "diff" else {},
            derivative="that of what it is", convention="that of each operation on the way",
        )  # fmt: skip
        self.forms = forms

    @property
    def usage(self) -> str:
        return self.forms

    signature = usage


DIFFERENTIATIONS = {
    op.name: op
    for op in (
        Differentiation(
            "diff", "diff(f, x) or diff(f, x, order)", "derivative of f by the name x, of arrays by elements",
            "a number f or x, or elements that go together", _diff, "f(t) = diff(t^4, t, 2); f(2) = 48",
        ),
        Differentiation(
            "grad", "grad(f, x)", "gradient of f by the name x: an array of its shape",
            "a number f", _grad, "f(t) = grad(prod(t), t); f([2, 3, 6]) = [18, 12, 6]",
        ),
        Differentiation(
            "jacobian", "jacobian(r, x)", "derivative of r by the name x, whole: the axes of r, then of x",
            "all r", lambda r, x: (*r, *x),
            "f(t) = jacobian([t[0]*t[1], t[0]^2], t); f([3, 2]) = [[2, 3], [6, 0]]",
        ),
        Differentiation(
            "hessian", "hessian(f, x)", "second derivatives of f by the name x, whole: its axes twice",
            "a number f", lambda f, x: (*_grad(f, x), *x),
            "f(t) = hessian(t[0]^2*t[1], t); f([3, 2]) = [[4, 6], [6, 0]]",
        ),
    )
}  # fmt: skip

# A parameter that a function differentiates by: the same value, as something that varies by itself. In
# `f(a, b) = diff(a*b^2, a)`, called as `f(x, x)`, b does not move with a.
ALIAS = Op("alias", 1, "a parameter", "all x", (1,), example="", function=False, ulps=0)
