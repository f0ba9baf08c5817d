"""Gradients of programs of numbers as machine code: to the bit those of what was run, recorded as a graph."""

from __future__ import annotations

import pytest

from cgcli.control.code import codes
from cgcli.control.contexts import calls_of
from cgcli.control.flow import Flow
from cgcli.evaluation.derivatives import gradients
from cgcli.evaluation.running import recorded
from cgcli.kernels import recorded as kept
from cgcli.kernels.machine import lanes
from cgcli.kernels.recorded import Recorded
from cgcli.language.lowering import lower
from cgcli.language.parser import parse
from cgcli.language.program import Program
from cgcli.source import Source
from tests.kernels.loops import TABLE, random_program

pytestmark = pytest.mark.skipif(not lanes(), reason="there is nothing that compiles")

ROUNDS = 40.0


def read(text: str, inputs: dict[str, float]) -> Program:
    return lower(parse(Source(("<expr>", text))), frozenset(inputs), {})


def by_the_graph(program: Program, inputs: dict[str, float], by: list[str]) -> tuple[float, list[float]]:
    point = recorded(program, inputs, copies=True)
    (output,) = [output.node for output in point.program.outputs]
    value = point.values[output]
    return value, gradients(point, [output], point.program.nodes(by))[0]


def compiled(
    program: Program, inputs: dict[str, float], by: list[str], careful: bool = False
) -> tuple[float, list[float]]:
    tree = program.tree
    assert tree is not None
    flow = Flow(calls_of(tree, codes(tree, False, False)), "")
    found = Recorded(flow, set(inputs), set(by), set(tree.outputs))
    found.compile()
    assert found.run(inputs, 1e9, lambda: None)
    (output,) = tree.outputs
    slopes = found.gradient(output, by, lambda: None, careful)
    again = found.gradient(output, by, lambda: None, careful)
    assert list(map(repr, again)) == list(map(repr, slopes))  # what is kept is still there
    return found.value(output), slopes


def assert_same(text: str, inputs: dict[str, float], careful: bool = False) -> None:
    program, by = read(text, inputs), [name for name in inputs if name != "n"]
    assert compiled(program, inputs, by, careful) == by_the_graph(program, inputs, by)


@pytest.mark.parametrize("name", TABLE)
def test_gradients_are_the_same(name: str) -> None:
    text, inputs = TABLE[name]
    assert_same(text, inputs | {"n": ROUNDS})


@pytest.mark.long
@pytest.mark.parametrize("seed", range(60))
def test_gradients_of_random_programs_are_the_same(seed: int) -> None:
    text, inputs = random_program(seed)
    assert_same(text, inputs | {"n": 12.0}, careful=seed % 2 == 0)


@pytest.mark.parametrize("name", ["a sine", "Newton's square root", "break and continue", "a pendulum"])
def test_what_is_let_go_is_made_again(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "SPACE", 2**13)
    monkeypatch.setattr(kept, "WAYS", 2**12)
    monkeypatch.setattr(kept, "STORED", 2**15)
    monkeypatch.setattr(kept, "FEWEST", 64)
    text, inputs = TABLE[name]
    assert_same(text, inputs | {"n": 2_000.0})


def test_an_exact_zero_wins() -> None:
    """In what careful code computes; other code has nan there, and so tells."""
    text = "y = x; s = 0\nfor i in 1..n { t = sqrt(y - y); s = s + t*0; y = y*0.9 }\ns + y*a"
    inputs = {"x": 0.3, "a": 0.5, "n": 5.0}
    program = read(text, inputs)
    plain, careful = (compiled(program, inputs, ["x", "a"], careful) for careful in (False, True))
    assert careful == by_the_graph(program, inputs, ["x", "a"])
    assert plain[1][0] != plain[1][0]
