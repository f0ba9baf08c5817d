"""`cg grad` of programs that run for long: as machine code it answers, and tells, what a graph does."""

from __future__ import annotations

import pytest

from cgcli.evaluation import recording
from cgcli.kernels.machine import lanes
from tests.cg import cg
from tests.kernels.loops import TABLE, random_program

needs_compiler = pytest.mark.skipif(not lanes(), reason="there is nothing that compiles")

# Long programs, and what is told of them.
TOLD = {
    "nothing": ("y = x\nfor i in 1..n { y = y*a + sin(y) }\ny", ""),
    "two outputs, of which one is an input": ("y = x\nfor i in 1..n { y = y*a + 0.1 }\ny; x; y*x", ""),
    "a copy": ("y = x\nfor i in 1..n { o = y; y = o*a + o*o*0.1; o = y*o }\ny + o", ""),
    "a value that is not finite": (
        "s = x\nfor i in 1..n { s = s*a + 1/(i - 500) }\ns", "warning: 1/(i - 500) is inf at i - 500 = 0"
    ),
    "a derivative that is not finite": (
        "s = x\nfor i in 1..n { s = s*a }\nsqrt(s - s) + a", "the derivative of sqrt(s - s) by s - s is inf"
    ),
    "an exact 0 that wins": (
        "y = x\nfor i in 1..n { t = sqrt(y - y); y = y*a + 0*t + 0.1 }\ny", ""
    ),
    "a range that is not whole": (
        "s = x\nfor i in 1..n { for j in 1..(if i < 900 then 1 else 0.5) { s = s*a } }\ns",
        "the end of a range is a whole number",
    ),
    "a name without a value": (
        "s = x\nfor i in 1..n { s = s*a\nif i == 900 { s = s + u }\nif i > n { u = 1 } }\ns",
        "`u` is used before it is given a value",
    ),
    "an output that is not set": ("y = x\nfor i in 1..n { y = y*a\nif i > n { u = y } }\nu", "has no value"),
    "an assertion": ("y = x\nfor i in 1..n { y = y*a; assert y > -1 }\ny", ""),
    "a list": ("xs = list(x)\nfor i in 1..n { xs = append(xs, xs[-1]*a) }\nxs[-1]", ""),
}  # fmt: skip


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Programs are long after a few operations."""
    monkeypatch.setattr(recording, "NODES", 100)


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize("name", TOLD)
def test_what_is_told_is_the_same(name: str) -> None:
    text, told = TOLD[name]
    found = [
        cg("grad", text, "x=0.3", "a=0.5", "n=1000", "--engine", engine)
        for engine in ("plain", "auto", "python")
    ]
    assert told in found[0].err
    assert repr(found[0]) == repr(found[1]) == repr(found[2])


@needs_compiler
@pytest.mark.usefixtures("short")
@pytest.mark.parametrize("name", TABLE)
def test_answers_are_the_same(name: str) -> None:
    text, inputs = TABLE[name]
    arguments = [text, *(f"{key}={value!r}" for key, value in inputs.items()), "n=50"]
    compiled = cg("grad", *arguments, "--engine", "kernel")
    if "no round" not in name:
        assert "nothing is compiled" not in compiled.err
    assert_same(arguments)
    assert compiled.out == cg("grad", *arguments).out


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize("seed", range(100, 120))
def test_answers_of_random_programs_are_the_same(seed: int) -> None:
    text, inputs = random_program(seed)
    assert_same([text, *(f"{key}={value!r}" for key, value in inputs.items()), "n=20"])


def assert_same(arguments: list[str]) -> None:
    plain, auto, python = (
        cg("grad", *arguments, "--engine", engine) for engine in ("plain", "auto", "python")
    )
    assert repr(python) == repr(auto) == repr(plain)


@needs_compiler
def test_a_gradient_that_is_stopped() -> None:
    text = "y = x\nwhile 1 { y = y*0.5 + 1 }\ny"
    found = cg("grad", text, "x=1", "--max-ops", "1e7")
    assert found.status == 1
    assert "it has taken more than 10,000,000 operations" in found.err
    assert "y = 2" in found.err
    found = cg("grad", text, "x=1", "--max-ops", "1e15", "--timeout", "0.5")
    assert found.status == 1
    assert "it has taken longer than 0.5 s" in found.err
    assert "y = 2" in found.err


@needs_compiler
@pytest.mark.usefixtures("short")
def test_it_says_why_nothing_is_compiled() -> None:
    text = "y = x\nfor i in 1..200 { y = y*0.5\nif i == 200 { print(i) } }\ny*0 + 3*x"
    found = cg("grad", text, "x=2", "--engine", "kernel")
    assert "note: nothing is compiled: line 3 does more than compute with numbers" in found.err
    assert found.out == "f = 6\ndf/dx = 3\n"
