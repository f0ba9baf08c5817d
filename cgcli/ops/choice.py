"""Comparisons, logic, and the operations that choose among their operands or step."""

from __future__ import annotations

from cgcli.annotations import Any
from cgcli.ops.corners import ABS, CLIP, COPYSIGN, MAX, MIN
from cgcli.ops.entry import AND, COMPARISON, HALF, NOT, OR, OTHER, WHOLE, ZERO, Op


def _shares(xp: Any, z: Any, xs: tuple[Any, ...]) -> list[Any]:
    """An equal share for every operand that equals the result; nan where that is."""
    hits = [xp.eq(x, z) for x in xs]
    total = hits[0]
    for hit in hits[1:]:
        total = total + hit
    shares = [xp.div(hit, total) for hit in hits]
    return [xp.nan_with(z, share) for share in shares]


def _extreme(order: str, other: str) -> Any:
    """The rule of max and min, whose operands are in this strict `order` to all others. In text, of two
    one gets all, at a tie too: where they are equal over a range their derivatives are equal there; but for
    two parameters that are one value. A number on the left is compared by the `other` order, from
    the right."""

    def partials(xp: Any, z: Any, *xs: Any) -> list[Any]:
        if len(xs) > 2 or not xp.for_reading:
            return _shares(xp, z, xs)
        x, y = xs
        if xp.alike(x, y):
            return [0.5, 0.5]
        if x.__class__ is float:
            wins = getattr(xp, other)(y, x)
            return [xp.not_(wins), wins]
        wins = getattr(xp, order)(x, y)
        return [wins, xp.not_(wins)]

    return partials


def _clip_share(position: int) -> Any:
    """The share of one operand of clip; bounds in the wrong order leave everything to the upper. In
    text exactly one of the three gets all."""

    def partial(xp: Any, z: Any, x: Any, lower: Any, upper: Any) -> Any:
        if not xp.for_reading or xp.alike(x, lower) or xp.alike(x, upper) or xp.alike(lower, upper):
            share = _shares(xp, z, (x, lower, upper))[position]
            return xp.where(xp.gt(lower, upper), 1.0 if position == 2 else 0.0, share)
        if position == 0:
            return xp.and_(xp.gt(x, lower), xp.lt(x, upper))
        if position == 1:
            return xp.and_(xp.ge(lower, x), xp.lt(lower, upper))
        return xp.or_(xp.ge(lower, upper), xp.le(upper, x))

    return partial


def _comparison(name: str, symbol: str, summary: str, example: str) -> Op:
    return Op(
        name, 2, summary, "all x, y", (0, 0), convention="0 everywhere, at the jump too",
        example=example, symbol=symbol, level=COMPARISON, function=False, commutes=name in ("eq", "ne"),
        ulps=0, jumps=OTHER,
    )  # fmt: skip


def _step(name: str, jumps: str, summary: str, example: str, definition: str = "") -> Op:
    return Op(
        name, 1, summary, "all x", (0,), convention="0 everywhere, at the jumps too", example=example,
        definition=definition, ulps=0, jumps=jumps,
    )  # fmt: skip


CHOICE_OPS = [
    _comparison("lt", "<", "1 if x < y, else 0", "1 < 2 = 1"),
    _comparison("le", "<=", "1 if x <= y, else 0", "2 <= 2 = 1"),
    _comparison("gt", ">", "1 if x > y, else 0", "1 > 2 = 0"),
    _comparison("ge", ">=", "1 if x >= y, else 0", "2 >= 2 = 1"),
    _comparison("eq", "==", "1 if x and y are equal, else 0; nan equals nothing", "1 == 2 = 0"),
    _comparison("ne", "!=", "0 if x and y are equal, else 1", "1 != 2 = 1"),
    Op(
        "and_", 2, "1 if both are not 0, else 0", "all x, y", (0, 0), convention="0 everywhere",
        commutes=True, example="1 and 0 = 0", ulps=0, symbol="and", level=AND, function=False, jumps=ZERO,
        reads=lambda x, y: (0, 1) if x else (0,),
    ),
    Op(
        "or_", 2, "0 if both are 0, else 1", "all x, y", (0, 0), convention="0 everywhere",
        commutes=True, example="1 or 0 = 1", ulps=0, symbol="or", level=OR, function=False, jumps=ZERO,
        reads=lambda x, y: (0,) if x else (0, 1),
    ),
    Op(
        "not_", 1, "1 if x is 0, else 0", "all x", (0,), convention="0 everywhere",
        example="not 3 = 0", ulps=0, symbol="not", level=NOT, function=False, jumps=ZERO,
    ),
    Op(
        "where", 3, "y if x is not 0, else w; `if x then y else w` is the same", "all x, y, w",
        (0, lambda xp, z, c, a, b: xp.mask(c, 1.0), lambda xp, z, c, a, b: xp.mask(xp.not_(c), 1.0)),
        convention="by x: 0; a branch not taken contributes nothing, not even nan or inf",
        example="where(2 > 1, 10, 20) = 10", ulps=0, jumps=ZERO,
        reads=lambda c, a, b: (0, 1) if c else (0, 2),
    ),
    Op(
        "min", None, "the least of two or more; nan if one is nan", "all x, y", _extreme("lt", "le"),
        convention="equal operands share evenly", commutes=True, example="min(3, 1, 2) = 1", ulps=0,
        definition="if y < x or y != y then y else x", corner=MIN,
    ),
    Op(
        "max", None, "the greatest of two or more; nan if one is nan", "all x, y", _extreme("gt", "ge"),
        convention="equal operands share evenly", commutes=True, example="max(3, 1, 2) = 3", ulps=0,
        definition="if y > x or y != y then y else x", corner=MAX,
    ),
    Op(
        "clip", 3, "x held between y and w: min(max(x, y), w)", "all x, y, w",
        (_clip_share(0), _clip_share(1), _clip_share(2)),
        convention="equal operands share evenly; all to w where y > w",
        example="clip(5, 0, 1) = 1", ulps=0,
        definition="min(max(x, y), w)", corner=CLIP,
    ),
    Op(
        "abs", 1, "absolute value", "all x", (lambda xp, z, x: xp.sign(x),),
        convention="0 at x = 0", example="abs(-3) = 3", ulps=0, corner=ABS,
    ),
    _step(
        "sign", ZERO, "-1, 0 or 1 as x is below, at or above 0", "sign(-3) = -1",
        "if x > 0 then 1 else if x < 0 then -1 else x",
    ),
    _step("floor", WHOLE, "the greatest integer not above x", "floor(-1.5) = -2"),
    _step("ceil", WHOLE, "the least integer not below x", "ceil(1.2) = 2"),
    _step("round", HALF, "the nearest integer; a half goes to the even one", "round(2.5) = 2"),
    _step(
        "trunc", WHOLE, "x without its fraction", "trunc(-1.5) = -1", "sign(x)*floor(abs(x))",
    ),
    Op(
        "copysign", 2, "the size of x with the sign of y", "all x, y",
        (lambda xp, z, x, y: xp.sign(x) * xp.copysign(1, y), 0),
        convention="by x: 0 at x = 0; by y: 0; of nan the sign may be either",
        example="copysign(3, -1) = -3", ulps=0,
        corner=COPYSIGN,
    ),
    Op(
        "heaviside", 2, "0 below x = 0, y at it, 1 above", "all x, y",
        (0, lambda xp, z, x, h: xp.eq(x, 0)),
        convention="by x: 0, at the jump too", example="heaviside(0, 0.5) = 0.5", ulps=0, jumps=ZERO,
        definition="if x > 0 then 1 else if x < 0 then 0 else if x == 0 then y else x",
    ),
]  # fmt: skip
