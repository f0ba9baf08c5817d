"""Programs made by hypothesis: a list of numbers becomes an expression, as a stack machine would
build it. (Strategies that nest expressions in expressions are a hundred times slower.)"""

from __future__ import annotations

from hypothesis import strategies as st

NAMES = ("a", "b", "c", "x1", "été")
NUMBERS = ("0", "1", "2", "3", "7", "0.5", "2.25", "pi", "e", "1e-3", "0xff", "1_000", ".5", "5.")

# Functions that are smooth and tame enough for numeric derivatives to be good to many digits.
SMOOTH = ("sin", "cos", "tanh", "atan", "sigmoid", "softplus", "exp", "erf", "asinh", "gelu", "silu")
UNARY = (*SMOOTH, "abs", "sqrt", "log", "floor", "relu", "gamma", "square", "sign", "cbrt")
BINARY = ("atan2", "hypot", "logaddexp", "max", "min", "mod", "copysign")

# Patterns by the number of operands that they take from the stack.
SMOOTH_PATTERNS = (
    *(f"{name}({{}})" for name in SMOOTH),
    *("({} + {})", "({} - {})", "({} * {})") * 3,
    "-{}",
    "({})^2",
    "2({})",
    "({})/(1 + ({})^2)",
)
PATTERNS = (
    *SMOOTH_PATTERNS,
    *(f"{name}({{}})" for name in UNARY),
    *(f"{name}({{}}, {{}})" for name in BINARY),
    *(
        f"(({{}}) {op} ({{}}))"
        for op in ["/", "//", "%", "^", "**", "<", "<=", "==", "!=", ">", ">=", "and", "or"]
    ),
    "(if {} then {} else {})",
    "(({}) < ({}) <= ({}))",
    "({})!",
    "(not {})",
    "clip({}, {}, {})",
    "max({}, {}, {})",
)


def build(choices: list[tuple[int, int, bool]], names: tuple[str, ...], patterns: tuple[str, ...]) -> str:
    """The expression that choices stand for: each applies a pattern to what is on the stack, or,
    where it asks for that or the stack is too short, to leaves."""
    leaves = (*names, *NUMBERS, *names)
    stack: list[str] = []
    for which, leaf, fresh in choices:
        pattern = patterns[which % len(patterns)]
        operands = []
        for place in range(pattern.count("{}")):
            if stack and not fresh:
                operands.append(stack.pop())
            else:
                operands.append(leaves[(leaf + 7 * place) % len(leaves)])
        stack.append(pattern.format(*reversed(operands)))
    return " + ".join(stack)


@st.composite
def programs(draw: st.DrawFn, smooth: bool = False) -> str:
    """Statements that use the ones before, and an output that uses all of them."""
    patterns = SMOOTH_PATTERNS if smooth else PATTERNS
    choice = st.tuples(st.integers(0, 99), st.integers(0, 99), st.booleans())
    choices = st.lists(choice, min_size=1, max_size=10)
    names: tuple[str, ...] = NAMES
    lines = []
    for i, numbers in enumerate(draw(st.lists(choices, min_size=1, max_size=3))):
        lines.append(f"t{i} = {build(numbers, names, patterns)}")
        names = (*names, f"t{i}")
    lines.append(" + ".join(f"t{i}" for i in range(len(lines))))
    return "\n".join(lines)
