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


def fold(name: str, operands: Sequence[Any]) -> Any:
    """The operand that the operation comes down to, or None."""
    known = [operand if isinstance(operand, (int, float)) else None for operand in operands]
    match name, known:
        case ("add", [0, None]) | ("mul", [1, None]):
            return operands[1]
        case ("add" | "sub", [None, 0]) | ("mul" | "div" | "pow", [None, 1]):
            return operands[0]
        case "mul", [-1, None]:
            return -operands[1]
        case "mul", [None, -1]:
            return -operands[0]
        case "where", [condition, _, _] if condition is not None:
            return operands[1] if condition else operands[2]
        case ("and_", [0, None]) | ("and_", [None, 0]):
            return 0.0
    return None
