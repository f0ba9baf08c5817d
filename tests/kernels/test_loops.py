"""Loops as machine code: what they compute, to the bit, and what is told of them is as where they are
interpreted."""

from __future__ import annotations

import struct
import subprocess
import sys
from typing import Any

import pytest

from cgcli.control.steps import Limits, Run
from cgcli.control.values import Values
from cgcli.kernels.loops import Loops
from cgcli.kernels.machine import lanes
from cgcli.language.lowering import lower
from cgcli.language.parser import parse
from cgcli.source import Source
from tests.cg import cg
from tests.kernels.loops import TABLE, random_program

ROUNDS = 60.0

needs_compiler = pytest.mark.skipif(not lanes(), reason="there is nothing that compiles")


def finished(text: str, inputs: dict[str, float], faster: Any = None, long: int = 0) -> Run:
    """A run of a program to its end; compiled as soon as a round begins."""
    program = lower(parse(Source(("<expr>", text))), frozenset(inputs), {})
    assert program.tree is not None
    run = Run(program.tree, Values(), inputs, Limits(1e9))
    run.faster, run.long = faster, long
    for _ in run.steps():
        pass
    return run


def slots(run: Run) -> dict[str, bytes]:
    return {name: struct.pack("d", value) for name, value in run.frame.slots.items() if name[0] != "%"}


def assert_same(text: str, inputs: dict[str, float]) -> None:
    loops = Loops()
    compiled = finished(text, inputs, loops)
    assert slots(compiled) == slots(finished(text, inputs))
    assert loops.ran or "no round" in text or loops.reason


@needs_compiler
@pytest.mark.parametrize("name", TABLE)
def test_names_have_the_same_values(name: str) -> None:
    text, inputs = TABLE[name]
    assert_same(text, inputs | {"n": ROUNDS})


@needs_compiler
@pytest.mark.parametrize("seed", range(40))
def test_names_of_random_programs_have_the_same_values(seed: int) -> None:
    text, inputs = random_program(seed)
    assert_same(text, inputs | {"n": 12.0})


# A loop that is long, in the midst of what has to be interpreted; what is told of it.
LONG = {
    "a list": (
        "xs = list(); t = 0\nfor k in 1..4 { for i in 1..n { t = t + sin(i*k) }\nxs = append(xs, t) }\nxs", ""
    ),
    "a function": (
        "f(x) { s = 0\nfor i in 1..n { s = s + x/i\nif s > 5 { return s } }\nreturn s*2 }\nf(0.3) + f(0.6)",
        "",
    ),
    "an assertion": (
        "s = 0\nfor i in 1..n { s = s + i\nif i == 40000 { assert s < 0 } }\ns",
        "assertion failed: s < 0",
    ),
    "a print": ('s = 0\nfor i in 1..n { s = s + i\nif i % 15000 == 0 { print("at", i) } }\ns', "at 30000"),
    "what is not finite": (
        "s = 0\nfor i in 1..n { s = s + 1/(i - 30000); s = s*0.5 }\ns", "is inf at i - 30000 = 0"
    ),
    "what is not finite and vanishes": (
        "s = 0\nfor i in 1..n { t = 1/(i - 30000)\nif t < 1 { s = s + t } }\ns", "is inf at i - 30000 = 0"
    ),
    "a range that is not whole": (
        "s = 0\nfor i in 1..n { for j in 1..(if i < 30000 then 1 else 0.5) { s += j } }\ns",
        "the end of a range is a whole number",
    ),
    "a limit": ("x = 1\nwhile 1 { x = x*0.5 + 1 }\nx", "it has taken more than 1,000,000 operations"),
    "a name that has no value": (
        "s = 0\nfor i in 1..n { s = s + i\nif i == 30000 { s = s + u }\nif i > n { u = 1 } }\ns",
        "`u` is used before it is given a value",
    ),
    "a name that is set on one path": (
        "s = 0\nfor i in 1..n { s = s + 1\nif i == 30000 { u = s } }\ns + u", ""
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", LONG)
def test_what_is_told_of_long_loops_is_the_same(name: str) -> None:
    text, told = LONG[name]
    inputs = ["n=40000"] if "..n" in text else []
    plain, auto, kernel = (
        cg("eval", text, *inputs, "--max-ops", "1000000" if name == "a limit" else "1e8", "--engine", engine)
        for engine in ("plain", "auto", "kernel")
    )
    assert told in plain.err
    assert (auto.out, auto.err, auto.status) == (plain.out, plain.err, plain.status)
    assert (kernel.out, kernel.status) == (plain.out, plain.status)


@needs_compiler
def test_a_run_is_stopped_in_time_where_it_is_compiled() -> None:
    found = cg("eval", "x = 1\nwhile 1 { x = x*0.5 + 1 }\nx", "--max-ops", "1e15", "--timeout", "1")
    assert found.status == 1
    assert "it has taken longer than 1 s" in found.err
    assert "x = 2" in found.err


@needs_compiler
def test_it_says_why_nothing_is_compiled() -> None:
    found = cg("eval", "v = zeros(3)\nfor i in 0..2 { v[i] = i }\nv", "--engine", "kernel")
    assert found.out == "[0, 1, 2]\n"
    assert found.err == "note: nothing is compiled: `v` is no number, or has no value yet\n"


def test_without_a_compiler_loops_are_interpreted() -> None:
    arguments = ["eval", "s = 0\nfor i in 1..n { s = s + 1/i }\ns", "n=300000"]
    start = "import sys; sys.modules['llvmlite'] = None; from cgcli.__main__ import main; main()"
    done = subprocess.run([sys.executable, "-c", start, *arguments], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == (cg(*arguments).out, "")
    done = subprocess.run(
        [sys.executable, "-c", start, *arguments, "--engine", "kernel"], capture_output=True, text=True
    )
    assert done.stdout == cg(*arguments).out
    assert "nothing is compiled: llvmlite or the functions of libmvec are missing" in done.stderr
