"""Long chains of each operation with a kink, and deep nesting, through every command: an answer in time that
grows with the program, and no end of Python's stack. `bench/deep.py` has chains of 10^5 steps."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

import cgcli
from cgcli.evaluation.static import static_graph
from cgcli.passes.derive import derive
from tests.cli.test_every_command import EXPORTED, tried

pytestmark = pytest.mark.long

# More than Python's stack is let have frames here.
STEPS, FRAMES = 290, 260

# One step, of y to the next y.
KINKS = {
    "relu": "relu(y)*x", "abs": "abs(y - x)", "max": "max(y, x)*x", "min": "min(y*x, 2, x)",
    "clip": "clip(y*x, x, 1)", "ties": "max(y, y)*x", "where": "where(y > x, y, x)*x",
    "if": "(if y > 1 then y*x else x)", "pow": "y^x", "hypot": "hypot(y, x)*x", "elu": "elu(y)*x",
    "sqrt": "sqrt(y)*x", "xlogy": "xlogy(x, y)*x", "nested": "relu(max(abs(y), x)*x)",
    "sign": "sign(y)*y*x", "norm": "norm([y, x])*x", "mod": "y % x + x", "copysign": "copysign(y, x)*x",
    "heaviside": "heaviside(y, 1)*x*y", "and": "(y > 0 and x > 0)*y*x", "amax": "max([y, x])*x",
    "sort": "sort([y, x])[0]*x", "floor": "floor(y)*x + y",
}  # fmt: skip

# An expression in itself, so deep.
NESTS = {
    "relu": ("relu(", "x", ")"), "if": ("if x > 1 then x else ", "x*2", ""), "tower": ("x^", "x", ""),
    "clip": ("clip(", "x", ", 0, x)"), "max": ("max(x, ", "x*2", ")"), "minus": ("-", "x", ""),
    "div": ("x/(", "x", ")"), "norm": ("norm(", "x", ")"), "not": ("not ", "x", ""),
    "slices": ("", "[x, 1]", "[:]"), "function": ("f(", "x", ")"),
}  # fmt: skip

AT_A_POINT = [
    *("eval", "grad", "grad --mode forward", "hessian", "jacobian", "trace", "check"),
    *("graph --grad", "graph --style list --grad", "graph --style json --grad", "graph --style dot"),
]
SYMBOLIC = ["diff", "plan", "graph", *EXPORTED]

# Most that a derivative may take of nodes for a step of a program.
MOST = 16


@pytest.fixture(autouse=True)
def _few_frames() -> Iterator[None]:
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(FRAMES)
    yield
    sys.setrecursionlimit(before)


def chain(kink: str, steps: int) -> str:
    """A program of so many statements, the same name again in each."""
    return "y = x\n" + f"y = {KINKS[kink]}\n" * steps + "y"


def nest(kind: str, depth: int) -> str:
    before, middle, after = NESTS[kind]
    defined = "f(u) = abs(u)*x; " if kind == "function" else ""
    return defined + before * depth + middle + after * depth + ("[0]" if kind == "slices" else "")


@pytest.mark.parametrize("command", AT_A_POINT)
def test_a_chain_at_a_point(command: str) -> None:
    assert tried(command, chain("relu", STEPS), "x=0.75").status in (0, 1)


@pytest.mark.parametrize("command", SYMBOLIC)
def test_a_chain_without_values(command: str) -> None:
    assert tried(command, chain("relu", STEPS)).status in (0, 3)


@pytest.mark.parametrize("kink", KINKS)
def test_a_chain_of_each_kink(kink: str) -> None:
    program, short = chain(kink, STEPS), chain(kink, STEPS // 10)
    assert tried("eval", f"{program}; grad(y, x)", "x=0.75").status == 0
    for command in ("hessian", "trace"):
        assert tried(command, short, "x=0.75").status == 0
    assert tried("diff", program).status == 0
    assert tried("export --to numpy --grad", short).status == 0


@pytest.mark.parametrize("kink", KINKS)
def test_a_step_of_a_derivative_has_few_nodes(kink: str) -> None:
    made = []
    for steps in (50, 100):
        static = static_graph(cgcli.parse(chain(kink, steps)), {})
        graph, shapes = static.graph.copy(), list(static.shapes)
        derive(graph, shapes, static.outputs[0][1], [static.inputs()["x"]], True)
        made.append(len(graph) - len(static.graph))
    assert made[1] - made[0] <= 50 * MOST


@pytest.mark.parametrize("kind", NESTS)
def test_deep_nesting(kind: str) -> None:
    program, short = nest(kind, STEPS), nest(kind, STEPS // 10)
    for command in ("grad", "hessian", "trace"):
        assert tried(command, program, "x=0.75").status in (0, 1)
    for command in ("check", "graph --style json --grad"):
        assert tried(command, short, "x=0.75").status in (0, 1)
    for command in ("diff", "export --to latex"):
        assert len(tried(command, program).out) < STEPS * 500
    for command in ("plan", "export --to numpy --grad"):
        assert len(tried(command, short).out) < STEPS * 100
