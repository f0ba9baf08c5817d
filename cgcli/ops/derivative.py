"""What rules of derivatives hand back besides numbers: values that are 0 where a condition does not
hold, limits at single points, and products in which an exact 0 wins.

No program has these operations: they stand in derivatives.
"""

from __future__ import annotations

from cgcli.ops.entry import PRODUCT, Op

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
