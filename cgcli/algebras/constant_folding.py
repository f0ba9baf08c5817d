"""What is known at once of operations on numbers, and on numbers and other values."""

from __future__ import annotations

from cgcli.annotations import Any, Sequence

# Operations whose results are as rational as what they are of.
RATIONAL = {"add", "sub", "neg", "mul", "div", "square", "abs", "min", "max", "sign", "where"}


def is_irrational(name: str, values: Sequence[float], result: float) -> bool:
    """Whether a result of numbers says less than the operation it comes from, as in `log(2)`."""
    if name in RATIONAL or result - result != 0 or result == int(result):
        return False
    return not (name == "pow" and values[1] == int(values[1]))


# By an operation and the numbers among its operands, the place of the operand that it comes down to; where
# that is negated, -1 less the place.
LEFT: dict[tuple[Any, ...], int] = {
    ("add", 0.0, None): 1, ("mul", 1.0, None): 1, ("mul", -1.0, None): -2,
    ("add", None, 0.0): 0, ("sub", None, 0.0): 0,
    ("mul", None, 1.0): 0, ("div", None, 1.0): 0, ("pow", None, 1.0): 0, ("mul", None, -1.0): -1,
    ("and_", 0.0, None): 0, ("and_", None, 0.0): 1,
}  # fmt: skip
