"""Long chains of each operation with a kink, through every command: an answer in time that grows with the
chain, and no end of Python's stack. `bench/deep.py` has chains of 10^5 steps."""

from __future__ import annotations

import pytest

from tests.cli.test_every_command import EXPORTED, tried

STEPS = 2_000

# One step, of y to the next y.
KINKS = {
    "relu": "relu(y)*x", "abs": "abs(y - x)", "max": "max(y, x)*x", "min": "min(y*x, 2, x)",
    "clip": "clip(y*x, x, 1)", "ties": "max(y, y)*x", "where": "where(y > x, y, x)*x",
    "if": "(if y > 1 then y*x else x)", "pow": "y^x", "hypot": "hypot(y, x)*x", "elu": "elu(y)*x",
    "sqrt": "sqrt(y)*x", "xlogy": "xlogy(x, y)*x", "nested": "relu(max(abs(y), x)*x)",
}  # fmt: skip

AT_A_POINT = [
    *("eval", "grad", "grad --mode forward", "hessian", "jacobian", "trace", "check"),
    *("graph --grad", "graph --style list --grad", "graph --style json --grad", "graph --style dot"),
]
SYMBOLIC = ["diff", "plan", "graph", *EXPORTED]


def chain(kink: str, steps: int) -> str:
    """A program of so many statements, the same name again in each."""
    return "y = x\n" + f"y = {KINKS[kink]}\n" * steps + "y"


@pytest.mark.parametrize("command", AT_A_POINT)
def test_a_chain_at_a_point(command: str) -> None:
    assert tried(command, chain("relu", STEPS), "x=0.75").status in (0, 1)


@pytest.mark.parametrize("command", SYMBOLIC)
def test_a_chain_without_values(command: str) -> None:
    assert tried(command, chain("relu", STEPS)).status in (0, 3)


@pytest.mark.parametrize("kink", KINKS)
def test_a_chain_of_each_kink(kink: str) -> None:
    program = chain(kink, STEPS // 2)
    assert tried("eval", f"{program}; grad(y, x)", "x=0.75").status == 0
    for command in ("hessian", "trace"):
        assert tried(command, program, "x=0.75").status == 0
    for command in ("diff", "export --to numpy --grad"):
        assert tried(command, program).status == 0
