"""Partial derivatives as lessons write them, of operations whose rules are written so as to keep digits
or to hold where these do not. For text alone: values come from the rules."""

from __future__ import annotations

from cgcli.annotations import Any, Callable
from cgcli.ops.constants import PI

Lesson = tuple[Callable[..., Any], ...]


def _shares(xp: Any, z: Any, *xs: Any) -> list[Any]:
    return [xp.eq(x, z) for x in xs]


def _below_one(xp: Any, x: Any) -> Any:
    return 1 - xp.pow(x, 2)


def _squares(xp: Any, x: Any, y: Any) -> Any:
    return xp.pow(x, 2) + xp.pow(y, 2)


def _bell(xp: Any, x: Any) -> Any:
    return xp.div(2, xp.sqrt(xp.constant(PI))) * xp.exp(-xp.pow(x, 2))


# By name: a function d(xp, z, x, y, ...) for each operand, or one for all of them.
LESSONS: dict[str, Lesson | Callable[..., Any]] = {
    "pow": (lambda xp, z, x, y: y * xp.pow(x, y - 1), lambda xp, z, x, y: z * xp.log(x)),
    "min": _shares,
    "max": _shares,
    "sqrt": (lambda xp, z, x: xp.div(1, 2 * z),),
    "cbrt": (lambda xp, z, x: xp.div(1, 3 * xp.pow(z, 2)),),
    "hypot": (lambda xp, z, x, y: xp.div(x, z), lambda xp, z, x, y: xp.div(y, z)),
    "log2": (lambda xp, z, x: xp.div(1, x * xp.log(2)),),
    "log10": (lambda xp, z, x: xp.div(1, x * xp.log(10)),),
    "tan": (lambda xp, z, x: 1 + xp.pow(z, 2),),
    "cot": (lambda xp, z, x: -1 - xp.pow(z, 2),),
    "erf": (lambda xp, z, x: _bell(xp, x),),
    "erfc": (lambda xp, z, x: -_bell(xp, x),),
    "asin": (lambda xp, z, x: xp.div(1, xp.sqrt(_below_one(xp, x))),),
    "acos": (lambda xp, z, x: xp.div(-1, xp.sqrt(_below_one(xp, x))),),
    "atan": (lambda xp, z, x: xp.div(1, 1 + xp.pow(x, 2)),),
    "atan2": (
        lambda xp, z, y, x: xp.div(x, _squares(xp, x, y)),
        lambda xp, z, y, x: xp.div(-y, _squares(xp, x, y)),
    ),
    "tanh": (lambda xp, z, x: _below_one(xp, z),),
    "asinh": (lambda xp, z, x: xp.div(1, xp.sqrt(xp.pow(x, 2) + 1)),),
    "acosh": (lambda xp, z, x: xp.div(1, xp.sqrt(xp.pow(x, 2) - 1)),),
    "atanh": (lambda xp, z, x: xp.div(1, _below_one(xp, x)),),
    "sigmoid": (lambda xp, z, x: z * (1 - z),),
    "silu": (lambda xp, z, x: xp.sigmoid(x) + z * (1 - xp.sigmoid(x)),),
    "logaddexp": (lambda xp, z, x, y: xp.exp(x - z), lambda xp, z, x, y: xp.exp(y - z)),
    "xlogy": (lambda xp, z, x, y: xp.log(y), lambda xp, z, x, y: xp.div(x, y)),
}
