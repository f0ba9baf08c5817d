"""What rules of derivatives hand back besides numbers: values that are 0 where a condition does not
hold, limits at single points, and products in which an exact 0 wins. And what derivatives take for two
operations in a row, whose own rules would cancel.

No program has these operations: they stand in derivatives.
"""

from __future__ import annotations

from cgcli.annotations import Any
from cgcli.ops.entry import PRODUCT, ArrayOp, Attribute, Op


def _log_softmax_pull(xp: Any, g: Any, z: Any, x: Any, axis: int = -1) -> Any:
    """g - sum(g)*softmax(x). What rounding leaves of the sum of that, which is 0, belongs to the elements
    where the softmax is nearly 1."""
    shares = xp.softmax(x, axis=axis)
    found = g - xp.sum(g, axis=axis, keepdims=True) * shares
    return found - xp.sum(found, axis=axis, keepdims=True) * shares


def _log_softmax_push(xp: Any, tangents: Any, z: Any, x: Any, axis: int = -1) -> Any:
    """The tangent less its mean, weighted by the softmax; and again, for what rounding leaves."""
    shares, moving = xp.softmax(x, axis=axis), tangents[0]
    for _ in range(2):
        moving = moving - xp.sum(xp.chain(moving, shares), axis=axis, keepdims=True)
    return moving


DERIVATIVE = [
    Op(
        "mask", 2, "y if x is not 0, else 0", "all x, y", (0, lambda xp, z, c, x: xp.mask(c, 1.0)),
        convention="by x: 0; what is masked contributes nothing, not even nan or inf",
        example="", function=False, definition="where(x, y, 0)", ulps=0,
    ),
    Op(
        "guard", 3, "y if x is not 0, else w: the limit y where the formula w has none", "all x, y, w",
        (0, lambda xp, z, c, a, b: xp.mask(c, 1.0), lambda xp, z, c, a, b: xp.mask(xp.not_(c), 1.0)),
        convention="by x: 0", example="", function=False, definition="where(x, y, w)", ulps=0,
    ),
    Op(
        "chain", 2, "product of the chain rule: an exact 0 wins over inf and nan", "all x, y",
        (lambda xp, z, x, y: y, lambda xp, z, x, y: x),
        example="", symbol="*", level=PRODUCT, function=False, definition="x*y",
        reads=lambda x, y: (0,) if x == 0 else (1,) if y.__class__ is float and y == 0 else (0, 1),
    ),
]  # fmt: skip

# By the names of two operations, of which the first is of the second one.
JOINED: dict[tuple[str, str], Op] = {
    ("log", "sigmoid"): Op(
        "log_sigmoid", 1, "log(sigmoid(x))", "all x", (lambda xp, z, x: xp.sigmoid(-x),),
        example="", function=False, definition="-softplus(-x)",
    ),
    ("log", "softmax"): ArrayOp(
        "log_softmax", 1, "log(softmax(x))", "all x", shape=lambda x, axis=-1: x,
        pullbacks=(_log_softmax_pull,), pushforward=_log_softmax_push,
        derivative="g - sum(g)*softmax(x), g the cotangent of the result", example="", function=False,
        attributes={"axis": Attribute("axis", -1)},
    ),
}  # fmt: skip
