"""Programs on arrays made by hypothesis: a list of numbers becomes an expression, as a stack machine
would build it that knows the shape of everything on its stack."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import strategies as st

Shape = tuple[int, ...]
Item = tuple[str, Shape]
Rule = Callable[[list[Item], int], Item | None]

# Inputs, and their shapes, which a program declares: some of their sizes are names.
INPUTS: dict[str, Shape] = {"s": (), "x": (3,), "y": (3,), "A": (2, 3), "B": (3, 3), "T": (2, 1, 3)}
DECLARED = "input s: []\ninput x: [n]\ninput y: [n]\ninput A: [2, n]\ninput B: [n, n]\ninput T: [2, 1, n]\n"
POSITIVE = "positive(x) = tanh(x + x.T) + 9*eye(3)\n"
DECLARED += POSITIVE
LARGEST, RANKS = 72, 4


def pattern(text: str, shape: Callable[..., Any]) -> tuple[int, Rule]:
    """The rule that puts operands into a text. `shape` gives the result's from theirs (and the number
    of a choice, as `k`), or None where the operation does not take them."""
    count = text.count("{}")

    def rule(operands: list[Item], k: int) -> Item | None:
        try:
            found = shape(*(item[1] for item in operands))
        except (IndexError, ValueError):
            return None
        if found is None or int(np.prod(found)) > LARGEST or len(found) > RANKS:
            return None
        return text.format(*(item[0] for item in operands)), tuple(found)

    return count, rule


def vector(*shapes: Shape) -> bool:
    return all(len(shape) == 1 for shape in shapes)


def square(shape: Shape) -> bool:
    return len(shape) >= 2 and shape[-1] == shape[-2]


def matmul(x: Shape, y: Shape) -> Shape | None:
    return np.matmul(np.zeros(x), np.zeros(y)).shape if x and y else None


def without(axis: int) -> Callable[[Shape], Shape | None]:
    return lambda x: x[:axis] + x[axis % len(x) + 1 :] if len(x) > abs(axis + 0.5) else None


def first(x: Shape) -> Shape | None:
    return x[1:] if x and x[0] > 0 else None


def same(x: Shape) -> Shape:
    return x


def on(condition: Callable[[Shape], Any], result: Callable[[Shape], Any] = same) -> Callable[[Shape], Any]:
    return lambda x: result(x) if condition(x) else None


def stacked(x: Shape, y: Shape) -> Shape | None:
    return (2, *x) if x == y else None


def joined(x: Shape, y: Shape) -> Shape | None:
    return (x[0] + y[0], *x[1:]) if x and y and x[1:] == y[1:] else None


def full(x: Shape) -> bool:
    return 0 not in x


def ellipsis(x: Shape, y: Shape) -> Shape | None:
    return (x[-1], *np.broadcast_shapes(x[:-1], y)) if x else None


SMOOTH = [
    *(pattern(f"{name}({{}})", same) for name in ("sin", "tanh", "sigmoid", "atan")),
    pattern("exp(tanh({}))", same),
    pattern("-{}", same),
    pattern("({})^2", same),
    *(pattern(f"({{}} {operator} {{}})", np.broadcast_shapes) for operator in "+-**"),
    pattern("({}/(1 + ({})^2))", np.broadcast_shapes),
    pattern("where({} > 10, 2, {})", np.broadcast_shapes),
    *(pattern("({} @ {})", matmul),) * 3,
    pattern("sum({})", lambda x: ()),
    pattern("sum({}, axis=0)", without(0)),
    pattern("sum({}, axis=-1, keepdims=1)", on(bool, lambda x: (*x[:-1], 1))),
    pattern("mean({}, axis=-1)", on(lambda x: x and full(x), without(-1))),
    pattern("var({})", on(full, lambda x: ())),
    pattern("prod({}, axis=0)", without(0)),
    pattern("logsumexp({}, axis=-1)", on(lambda x: x and full(x), without(-1))),
    pattern("softmax({})", on(bool)),
    pattern("cumsum({}, axis=0)", on(bool)),
    pattern("cumprod({}, axis=-1)", on(bool)),
    pattern("norm(1.5 + tanh({}))", lambda x: ()),
    pattern("({}).T", lambda x: x[::-1]),
    pattern("({})[0]", first),
    pattern("({})[-1]", first),
    pattern("({})[1:]", on(full, lambda x: (x[0] - 1, *x[1:]))),
    pattern("({})[::-1]", on(bool)),
    pattern("({})[[0, 0, -1]]", on(lambda x: x and full(x), lambda x: (3, *x[1:]))),
    pattern("({})[:, 0]", on(lambda x: len(x) > 1 and x[1] > 0, lambda x: (x[0], *x[2:]))),
    pattern("reshape({}, [-1])", lambda x: (int(np.prod(x)),)),
    pattern("reshape({}, [1, -1])", on(full, lambda x: (1, int(np.prod(x))))),
    pattern("broadcast({}, [2, 3])", lambda x: (2, 3) if np.broadcast_shapes(x, (2, 3)) == (2, 3) else None),
    pattern("[{}, {}]", stacked),
    pattern("stack({}, {}, axis=-1)", lambda x, y: (*x, 2) if x == y else None),
    pattern("concat({}, {})", joined),
    pattern("flip({})", same),
    pattern("outer({}, {})", lambda x, y: (int(np.prod(x)), int(np.prod(y)))),
    pattern("dot({}, {})", lambda x, y: () if vector(x, y) and x == y else None),
    pattern("kron({}, {})", lambda x, y: (x[0] * y[0],) if vector(x, y) else None),
    pattern("cross({}, {})", lambda x, y: (3,) if x == y == (3,) else None),
    pattern('einsum("ij,j->i", {}, {})', lambda x, y: x[:1] if len(x) == 2 and y == x[1:] else None),
    pattern('einsum("ii", {})', on(lambda x: len(x) == 2 and square(x), lambda x: ())),
    pattern("diag({})", on(vector, lambda x: (*x, *x))),
    pattern("trace({})", on(lambda x: len(x) == 2, lambda x: ())),
    pattern("tril({})", on(lambda x: len(x) > 1)),
    pattern("det(tanh({}) + 9*eye(3))", on(lambda x: x[-2:] == (3, 3), lambda x: x[:-2])),
    pattern("inv(tanh({}) + 9*eye(3))", on(lambda x: x == (3, 3))),
    pattern(
        "solve(tanh({}) + 9*eye(3), {})", lambda x, y: y if x == (3, 3) and y in ((3,), (3, 3)) else None
    ),
    pattern("logdet(tanh({}) + 9*eye(3))", on(lambda x: x == (3, 3), lambda x: ())),
    pattern("expm(tanh({}))", on(lambda x: x == (3, 3))),
    pattern("cov({})", on(lambda x: len(x) == 2 and full(x), lambda x: (x[0], x[0]))),
    pattern("var({}, axis=-1, ddof=1)", on(lambda x: x and x[-1] > 1, without(-1))),
    pattern('einsum("...i,...->i...", {}, {})', ellipsis),
    pattern("cholesky(positive({}))", on(lambda x: x == (3, 3))),
]

# With kinks, and results that are not finite.
OTHERS = [
    *(pattern(f"{name}({{}})", same) for name in ("abs", "floor", "relu", "sqrt", "log", "cbrt", "sign")),
    pattern("det({})", on(square, lambda x: x[:-2])),
    pattern("max({})", on(full, lambda x: ())),
    pattern("sort({})", on(bool)),
    pattern("sort({}, axis=0)", on(bool)),
    pattern("argsort({})", on(bool)),
    pattern("median({}, axis=-1)", on(lambda x: x and full(x), without(-1))),
    pattern("quantile({}, [0.2, 0.7])", on(full, lambda x: (2,))),
    pattern("svdvals({})", on(lambda x: len(x) == 2 and full(x), lambda x: (min(x),))),
    pattern("cond({})", on(lambda x: len(x) == 2 and full(x), lambda x: ())),
    pattern("min({}, axis=0)", on(lambda x: x and full(x), without(0))),
    pattern("norm({})", lambda x: ()),
    pattern("norm({}, ord=1, axis=-1)", without(-1)),
    pattern("std({}, axis=0)", on(lambda x: x and full(x), without(0))),
    pattern("max({}, {})", np.broadcast_shapes),
    pattern("({} / {})", np.broadcast_shapes),
    pattern("({} ^ {})", np.broadcast_shapes),
    pattern("({} < {})", np.broadcast_shapes),
    pattern("(not {})", same),
    pattern("({} and {})", np.broadcast_shapes),
    pattern("(if {} > 0 then {} else {})", np.broadcast_shapes),
    pattern("clip({}, {}, {})", np.broadcast_shapes),
    pattern("argmax({}, axis=-1)", on(lambda x: x and full(x), without(-1))),
    pattern("size({}, axis=0)", on(bool, lambda x: ())),
    pattern("cumsum({})", lambda x: (int(np.prod(x)),)),
    pattern("triu({}, k=1)", on(lambda x: len(x) > 1)),
    pattern("({})[size(x) - 2]", on(lambda x: x and x[0] > 1, lambda x: x[1:])),
    pattern("({})[:n - 1]", on(bool, lambda x: (min(x[0], 2), *x[1:]))),
    pattern("(zeros([0, 3]) @ {})", on(lambda x: x == (3,), lambda x: (0,))),
]

LEAVES: list[Item] = [*INPUTS.items(), ("2", ()), ("[1, -2, 0.5]", (3,)), ("n", ()), ("ones([2, 1])", (2, 1))]


def build(choices: list[tuple[int, int]], leaves: list[Item], rules: list[tuple[int, Rule]]) -> list[Item]:
    """What is left on the stack: each choice applies the next rule that takes what lies there, or,
    where the stack is too short, leaves."""
    stack: list[Item] = []
    for which, leaf in choices:
        for place in range(len(rules)):
            count, rule = rules[(which + place) % len(rules)]
            near = [leaves[(leaf + 7 * i) % len(leaves)] for i in range(count)]
            operands = [*near[: max(0, count - len(stack))], *stack[len(stack) - min(count, len(stack)) :]]
            found = rule(operands, leaf)
            if found is not None:
                del stack[len(stack) - min(count, len(stack)) :]
                stack.append(found)
                break
        if leaf % 3 == 0:
            stack.append(leaves[leaf % len(leaves)])
    return stack


@st.composite
def array_programs(draw: st.DrawFn, smooth: bool = False) -> str:
    """Declarations, statements that use the ones before, and the sum of all as the output."""
    rules = SMOOTH if smooth else SMOOTH + OTHERS
    choices = st.lists(st.tuples(st.integers(0, 999), st.integers(0, 99)), min_size=1, max_size=6)
    leaves = LEAVES
    lines = []
    total = []
    for number, chosen in enumerate(draw(st.lists(choices, min_size=1, max_size=3))):
        for place, (text, shape) in enumerate(build(chosen, leaves, rules)):
            name = f"t{number}_{place}"
            lines.append(f"{name} = {text}")
            leaves = [(name, shape), *leaves]
            total.append(f"sum({name})")
    return DECLARED + "\n".join([*lines, " + ".join(total)])


@st.composite
def inputs(draw: st.DrawFn) -> dict[str, Any]:
    """Values of the inputs, random but for a seed."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    values = {name: rng.uniform(-1.5, 1.5, shape).round(3) for name, shape in INPUTS.items()}
    return {name: value if value.ndim else float(value) for name, value in values.items()}
