"""Programs at random, typed: numbers, vectors, matrices, functions, derivatives inside."""

from __future__ import annotations

from random import Random
from typing import Any

import numpy as np

from cgcli.ops import ELEMENTWISE, Op
from tests.algebras import array_programs as of_arrays
from tests.algebras.array_programs import Item, Rule, pattern

NUMBERS = (
    "0",
    "1",
    "2",
    "3",
    "7",
    "0.5",
    "2.25",
    "pi",
    "e",
    "1e-3",
    "1_000",
    ".5",
    "0xff",
    "-1",
    "inf",
    "nan",
)
TAME_NUMBERS = ("1", "2", "3", "0.5", "2.25", "pi", "e", "0.125", "1.5", "-1")
INPUTS = ("a", "b", "c", "été", "x1")
LITTLE = ("0", "-0", "1", "-1", "2", "0.5", "1e-300", "1e300", "-2.5", "inf", "nan", "5e-324", "1e16", "pi")

# Operands with which an operation has a value, in the places of its operands.
POSITIVE, UNIT, BEYOND, SMALL, AWAY = (
    "(0.1 + ({})^2)", "tanh({})*0.9", "(1.25 + ({})^2)", "(tanh({})*3)", "(0.5 + sigmoid({}))",
)  # fmt: skip
TAME: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("sqrt", "log", "log2", "log10", "log1p", "digamma"), (POSITIVE,)),
    **dict.fromkeys(("asin", "acos", "atanh", "erfinv"), (UNIT,)),
    **dict.fromkeys(("acosh", "asec", "acsc", "acoth"), (BEYOND,)),
    **dict.fromkeys(("exp", "exp2", "expm1", "sinh", "cosh", "erfcx", "log_ndtr"), (SMALL,)),
    **dict.fromkeys(("csc", "cot", "csch", "coth", "acsch", "tan", "sec"), (AWAY,)),
    **dict.fromkeys(("gamma", "lgamma", "factorial"), (AWAY,)),
    **dict.fromkeys(("asech", "logit"), ("sigmoid({})",)),
    "div": ("({})", BEYOND), "mod": ("({})", BEYOND), "floordiv": ("({})", BEYOND),
    "pow": (POSITIVE, SMALL), "root": (POSITIVE, BEYOND), "log_base": (POSITIVE, BEYOND),
    "xlogy": ("({})", POSITIVE), "beta": (AWAY, AWAY), "binomial": (BEYOND, AWAY),
    "polygamma": ("round(AWAY*2)".replace("AWAY", AWAY), POSITIVE), "digammadiff": (BEYOND, AWAY),
}  # fmt: skip


def written(op: Op, wrapped: bool) -> str:
    """An operation as a pattern, its operands made such that it has a value, or as they come."""
    count = op.arity or 2
    operands = TAME.get(op.name, ()) if wrapped else ()
    operands = operands or ("({})",) * count
    if op.function and op.symbol != "%":
        return f"{op.word}({', '.join(operands)})"
    if count == 1:
        return f"({op.symbol} {operands[0]})"
    return f"({operands[0]} {op.symbol} {operands[1]})"


# Derivatives of whole orders only, or of no use as a random operation.
LEFT_OUT = {"polysinc", "polyerfcx", "digammadiff"}
ALL = [op for op in ELEMENTWISE if op.name not in LEFT_OUT]
COMMON = [
    "({} + {})",
    "({} - {})",
    "({} * {})",
    "({} * {})",
    "-{}",
    "({})^2",
    "{}/(1 + ({})^2)",
    "sin({})",
    "2({})",
]
CHOICES = [
    "(if {} > {} then {} else {})",
    "where({} < 1, {}, {})",
    "(({}) < ({}) <= ({}))",
    "max({}, {}, {})",
]
PATTERNS = {
    tame: COMMON * 4 + CHOICES + ["relu({})", "abs({})", "max({}, {})"] + [written(op, tame) for op in ALL]
    for tame in (True, False)
}


class Program:
    """A program, values of its inputs, and what its one output is made of.

    text        the statements
    values      by name, as `cgcli` takes them
    """

    def __init__(self, text: str, values: dict[str, Any]) -> None:
        self.text, self.values = text, values

    def bindings(self) -> list[str]:
        """The values as the command line has them."""
        return [f"{name}={value}" for name, value in self.values.items()]


def expression(
    rng: Random, patterns: list[str], names: list[str], numbers: tuple[str, ...], steps: int
) -> str:
    """As a stack machine would build it; see `tests.programs`."""
    stack: list[str] = []
    for _ in range(steps):
        pattern = rng.choice(patterns)
        operands = []
        for _ in range(pattern.count("{}")):
            if stack and rng.random() < 0.7:
                operands.append(stack.pop(rng.randrange(len(stack))))
            else:
                operands.append(rng.choice(names if rng.random() < 0.75 else numbers))
        stack.append(pattern.format(*operands))
    return " + ".join(stack)


def of_numbers(rng: Random, tame: bool = True) -> Program:
    """A program of numbers with one output; a `tame` one has a value as a rule, at a point without ties."""
    numbers = TAME_NUMBERS if tame else NUMBERS
    patterns, lines, names = [*PATTERNS[tame]], [], list(INPUTS[: rng.randint(1, 4)])
    for name in "gh"[: rng.choice((0, 0, 1, 2))]:
        body = expression(rng, patterns, ["u", "v", *names[:1]], numbers, rng.randint(1, 4))
        if rng.random() < 0.4:
            body = f"diff({body}, u)"
        lines.append(f"{name}(u, v) = {body}")
        patterns += [f"{name}({{}}, {{}})"] * 12
    for number in range(rng.randint(1, 3)):
        inside = [f"diff({{}}, {name})" for name in names] + [f"grad({{}}, {name})" for name in names]
        inside += [f"diff({{}}, {rng.choice(names)}, 2)", f"hessian({{}}, {rng.choice(names)})"]
        text = expression(rng, patterns + inside * rng.choice((0, 0, 1)), names, numbers, rng.randint(1, 6))
        name = f"t{number if rng.random() < 0.9 else 0}"
        lines.append(f"{name} = {text}")
        names += [name] * (1 + (name not in names))
    lines.append(" + ".join(sorted({name for name in names if name[0] == "t"})))
    values = {name: rng.choice((-1, 1, 1)) * round(rng.uniform(0.1, 2.5), 3) for name in INPUTS}
    text = "\n".join(lines)
    if not tame and rng.random() < 0.7:
        values = {name: rng.choice(LITTLE) for name in values}
    return Program(text, {name: value for name, value in values.items() if name in used(text)})


def used(text: str) -> set[str]:
    """The words of a program."""
    return set("".join(c if c.isalnum() or c == "_" else " " for c in text).split())


def _array_rules() -> dict[bool, list[tuple[int, Rule]]]:
    """Those of the tests, every operation on elements, and derivatives inside."""
    found = {}
    for tame in (True, False):
        rules = [*of_arrays.SMOOTH, *of_arrays.SMOOTH] + ([] if tame else of_arrays.OTHERS)
        for op in ALL:
            text = written(op, tame)
            rules.append(pattern(text, lambda *shapes: np.broadcast_shapes(*shapes)))
        for name, shape in of_arrays.INPUTS.items():
            if len(shape) < 3:
                rules += [
                    pattern(f"grad(sum({{}}), {name})", lambda x, shape=shape: shape),
                    pattern(f"jacobian({{}}, {name})", lambda x, shape=shape: (*x, *shape)),
                    pattern(f"hessian(sum({{}}), {name})", lambda x, shape=shape: (*shape, *shape)),
                ]
        rules += [pattern("diff({}, s)", of_arrays.same), pattern("g({})", of_arrays.same)] * 2
        found[tame] = rules
    return found


ARRAY_RULES = _array_rules()


def of_arrays_too(rng: Random, tame: bool = True) -> Program:
    """A program of arrays with one output, a number."""
    body = expression(rng, PATTERNS[tame], ["u"], TAME_NUMBERS, rng.randint(1, 3))
    lines, total = [f"g(u) = {body}"], []
    leaves: list[Item] = of_arrays.LEAVES
    for number in range(rng.randint(1, 3)):
        choices = [(rng.randrange(999), rng.randrange(99)) for _ in range(rng.randint(1, 5))]
        for place, (text, shape) in enumerate(of_arrays.build(choices, leaves, ARRAY_RULES[tame])):
            name = f"t{number}_{place}"
            lines.append(f"{name} = {text}")
            leaves = [(name, shape), *leaves]
            total.append(f"sum({name})")
    declared = of_arrays.DECLARED
    if rng.random() < 0.6:  # numbers as sizes
        declared = declared.replace("n]", "3]").replace("[n,", "[3,") + "n = 3\n"
    text = declared + "\n".join([*lines, " + ".join(total) or "s"])
    sampled = np.random.default_rng(rng.randrange(2**32))
    values = {name: sampled.uniform(-1.5, 1.5, shape).round(3) for name, shape in of_arrays.INPUTS.items()}
    if not tame and rng.random() < 0.5:
        for value in values.values():
            value.flat[: rng.randint(0, 3)] = float(rng.choice(("0", "1", "nan", "inf", "1e300", "-1")))
    return Program(text, {name: value.tolist() for name, value in values.items()})
