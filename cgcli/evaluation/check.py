"""Reverse mode against forward mode against a numeric derivative, and how many digits rounding has left.

An input that is an array is varied along a random direction, and an output that is one is summed
with random weights: what is compared is one number, to which every element contributes.
"""

from __future__ import annotations

from math import isfinite, isnan, nan

from cgcli.annotations import Any, Callable
from cgcli.diagnostics import CgError
from cgcli.evaluation.corners import corners_at
from cgcli.evaluation.derivatives import along, gradients, magnitude
from cgcli.evaluation.differences import verdict
from cgcli.evaluation.rounding import rounding_errors, trusted_digits
from cgcli.evaluation.specialised import Point
from cgcli.language.block import Output
from cgcli.later import np
from cgcli.passes.forward import forward

COLUMNS = ("output", "by", "reverse", "forward", "numeric", "off", "digits", "value_digits", "verdict")

# Of a number with fewer digits than this not even the first bit is left. But what is off by less than this
# part of the value, were the input to double, is 0 beside it.
NONE_LEFT, NOTHING = 0.3, 2.0**-46

# Where the value has so many digits, a derivative that is 0 but for rounding may be off by this part of what
# the value is computed from, were the input to double.
NEARLY_ALL, ROUNDED = 14.0, 2.0**-48

# The same directions in every run.
SEED = 20240229

Row = tuple[str, str, float, float, float, float, float | None, float | None, str]


def compare(
    point: Point, name: str, output: Output, wrt: dict[str, int], fixed: dict[str, CgError]
) -> list[Row]:
    """A row an input; see `COLUMNS`. `fixed` collects the inputs without a numeric derivative where an
    operation cannot do with other values, as a subscript is a whole number, and what it says."""
    directions = {by: _direction(point, node) for by, node in wrt.items()}
    weights = _direction(point, output.node)
    needed = point.graph.ancestors([output.node])
    size = magnitude(point, output.node, weights)
    slopes = gradients(point, [output.node], list(wrt.values()), seed=weights)[0]
    sums = [_sum(slope, directions[by]) for by, slope in zip(wrt, slopes, strict=True)]
    along_these = {node: directions[by] for by, node in wrt.items()}
    error, *errors = rounding_errors(point, output.node, weights, along_these, sums)
    value = abs(_sum(point.values[output.node], weights))
    of_value = trusted_digits(value, error)
    rows: list[Row] = []
    for (by, node), exact, error in zip(wrt.items(), sums, errors, strict=True):
        direction = directions[by]

        def backward(scale: float, node: int = node, v: Any = direction) -> float:
            return _sum(gradients(point, [output.node], [node], seed=scale * weights)[0][0], v)

        def onward(scale: float, node: int = node, v: Any = direction) -> float:
            return _sum(along(point, [output.node], {node: scale * v})[0], weights)

        other = onward(1.0)
        base = point.inputs[by]
        scalar = point.is_scalar(node)
        refused: list[CgError] = []
        moving = point.of.active([node])
        moved = [one for one in needed if moving[one]]

        def varied(
            x: float,
            by: str = by,
            base: Any = base,
            v: Any = direction,
            scalar: bool = scalar,
            refused: list[CgError] = refused,
            moved: list[int] = moved,
        ) -> float:
            inputs = {**point.inputs, by: x if scalar else point.run(lambda: base + x * v)}
            try:
                if point.again is not None:
                    return _sum(point.again(inputs, output), weights)
                values = point.run(forward, point.graph, point.algebra, inputs, moved, point.values)
            except CgError as outside:  # the domain
                refused.append(outside)
                return nan
            return _sum(values[output.node], weights)

        around = point.algebra.largest(base)
        found, numeric = verdict(varied, base if scalar else 0.0, exact, size, around)
        if not _agree(exact, other, size / max(around, 1.0), 10 * (error or 0.0)):
            overflow = _overflows(backward, exact, other) or _overflows(onward, other, exact)
            found = "unclear" if overflow else "differs"
        if found == "differs" and _agree(exact, other, size / max(around, 1.0), 10 * (error or 0.0)):
            found = "kink" if corners_at(point, output.node, [node]) else found
        if refused and isnan(numeric.value):
            fixed.setdefault(by, refused[-1])
        digits = trusted_digits(exact, error)
        matters = error is None or error * around > NOTHING * value
        if error is not None and error.vanishes and (of_value or 0.0) > NEARLY_ALL:
            matters = matters and error * around > ROUNDED * size
        if found != "differs" and (none_left(of_value) or (none_left(digits) and matters)):
            found = "lost"
        off = _off(exact, numeric.value)
        rows.append((name, by, exact, other, numeric.value, off, digits, of_value, found))
    return rows


def none_left(digits: float | None) -> bool:
    return digits is not None and digits < NONE_LEFT


def value_digits(point: Point, output: Output) -> float | None:
    """How many digits of an output can be trusted."""
    weights = _direction(point, output.node)
    value = _sum(point.values[output.node], weights)
    return trusted_digits(value, rounding_errors(point, output.node, weights, {}, [])[0])


def _direction(point: Point, node: int) -> Any:
    """1.0, or random elements in the shape of a node's value."""
    if point.is_scalar(node):
        return 1.0
    return np.random.default_rng(SEED + node).normal(size=point.values[node].shape)


def _sum(x: Any, weights: Any) -> float:
    """The sum of the elements with weights; an exact 0 wins over what is not finite."""
    if x.__class__ is float:
        return float(x * weights)
    with np.errstate(all="ignore"):
        return float(np.sum(np.where(x == 0, 0.0, x * weights)))


def _off(exact: float, numeric: float) -> float:
    """How far the two are apart, as a part of the larger."""
    off, size = abs(exact - numeric), max(abs(exact), abs(numeric))
    return off / size if size else off


def _agree(reverse: float, forward: float, terms: float, rounding: float = 0.0) -> bool:
    """The two exact modes differ by rounding alone, of terms that may be larger than their sum."""
    if not isfinite(reverse) or not isfinite(forward):
        return reverse == forward or (reverse != reverse and forward != forward)
    return abs(reverse - forward) <= 1e-9 * max(abs(reverse), abs(forward), 1e-300) + 1e-12 * terms + rounding


def _overflows(mode: Callable[[float], float], found: float, other: float) -> bool:
    """Whether a mode overflows on the way to what the other finds: what it makes of a smaller seed
    tells."""
    if isfinite(found) or not isfinite(other):
        return False
    for scale in (2.0**-500, 2.0**-1000):
        scaled = mode(scale)
        if isfinite(scaled) and scaled:
            return _agree(scaled / scale, other, 0.0)
    return False
