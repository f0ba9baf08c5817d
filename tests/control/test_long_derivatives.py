"""Second derivatives, Jacobians and the functions of Python, of programs that run for long: what they answer
is what a graph of the whole run does, in memory that does not grow with it."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest

import cgcli
from cgcli.evaluation import long_runs, recording
from cgcli.kernels.machine import lanes
from tests.cg import cg
from tests.kernels.loops import TABLE

# Programs of which there is more to tell, or whose runs are recorded as graphs.
OTHERS = {
    "a corner in the way": "y = x\nfor i in 1..n { y = abs(y)^2 + a }\ny/1e9",
    "a corner at the point": "y = 0*x\nfor i in 1..n { y = y*a + abs(x - 0.3)^2 }\ny",
    "what is not finite": "y = x\nfor i in 1..n { y = y*a }\ny + 1/(x - 0.3)",
    "a corner that nothing passes": "y = x\nfor i in 1..n { y = sin(y) + a\nif abs(y) > 9 { y = 0 } }\ny",
    "a variable that moved before": "i = x\nfor i in 1..n { y = i*a*x }\ny*i",
    "a variable that is set inside": "y = 0\nfor i in 1..n { i *= x/n\nif i > 0 { y = y/2 + i*i*a } }\ny*i",
    "a variable of two loops": "y = 0; i = x; z = 0\nfor i in 1..n { z = y\n"
    "for i in 2..3 { y = y*0.5 + sin(i)*a }\n"
    "y += i*i*x/n; z = i*z }\ny*i + z",
    "what does not move": "y = 1\nfor i in 1..n { y = y/2 + 1 }\ny; x*a; a",
    "recursion": "f(k, y) = if k < 1 then y else f(k - 1, sin(y)*a)\nf(n, x)",
    "lists": "xs = list(x)\nfor i in 1..n { xs = append(xs, xs[-1]*a) }\nxs[-1]*xs[2]",
    "an assertion": "y = x\nfor i in 1..n { y = y*a; assert y > 0.01 }\ny",
    "prints": "y = x\nfor i in 1..n { y = y*a\nif i == 7 { print(y) } }\ny*x",
    "checkpoints": "y = x\nfor i in 1..n { checkpoint { y = sin(y)*a + y } }\ny",
}


def close(found: object, wanted: object) -> bool:
    if isinstance(found, dict) and isinstance(wanted, dict):
        return found.keys() == wanted.keys() and all(close(found[key], wanted[key]) for key in found)
    return found == wanted or found == pytest.approx(wanted, rel=1e-9, abs=1e-12)


def told(err: str) -> str:
    """What is told of long runs, too: digits that are lost are looked for in graphs that are not large."""
    lines = err.splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith('{"warning": {"kind": "lost"'))


def compared(monkeypatch: pytest.MonkeyPatch, command: list[str], text: str, given: dict[str, float]) -> None:
    """Over all that is long, and over what is recorded as a graph."""
    values = [f"{name}={value}" for name, value in given.items()]
    arguments = (command[0], text, *values, *command[1:], "--format", "json")
    found = []
    for nodes in (100, 50_000):
        monkeypatch.setattr(recording, "NODES", nodes)
        found.append(cg(*arguments))
    long, whole = found
    assert (long.status, told(long.err)) == (whole.status, told(whole.err))
    assert {*long.err.splitlines()} <= {*whole.err.splitlines()}  # runs of few operations are looked at, too
    answers = [[json.loads(line) for line in one.out.splitlines()] for one in found]
    assert len(answers[0]) == len(answers[1])
    assert all(close(one, other) for one, other in zip(*answers)), (long.out, whole.out)


COMMANDS = [["grad"], ["grad", "--engine", "plain"], ["hessian"], ["hessian", "--times", "x=2"], ["jacobian"]]


@pytest.mark.parametrize("name", OTHERS)
@pytest.mark.parametrize("command", COMMANDS)
def test_others_answer_as_graphs_do(monkeypatch: pytest.MonkeyPatch, command: list[str], name: str) -> None:
    compared(monkeypatch, command, OTHERS[name], {"x": 0.3, "a": 0.5, "n": 200})


@pytest.mark.parametrize("is_compiled", [False, True])
@pytest.mark.parametrize("name", TABLE)
@pytest.mark.parametrize("command", COMMANDS[2:])
def test_loops_answer_as_graphs_do(
    monkeypatch: pytest.MonkeyPatch, command: list[str], name: str, is_compiled: bool
) -> None:
    if not is_compiled:
        monkeypatch.setattr(long_runs, "fast_gradients", lambda *_: "it is not asked for")
    text, given = TABLE[name]
    compared(monkeypatch, command, text, {**given, "n": 100})


def test_python_answers_as_the_commands_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "NODES", 100)
    text, given = TABLE["a branch"]
    values = [f"{name}={value}" for name, value in {**given, "n": 500}.items()]
    program = cgcli.prepare(text, n=500)
    at, slopes = program.value_and_gradient(given)
    by = ["--wrt", ",".join(given), "--format", "json"]
    told = json.loads(cg("grad", text, *values, *by).out)
    assert (told["value"], told["gradient"]) == (at["f"], slopes["f"])
    assert program.evaluate(given) == at
    assert program.jacobian(given) == slopes
    told = json.loads(cg("hessian", text, *values, *by).out)
    assert told["hessian"] == program.hessian(given)["f"]


def test_arrays_that_are_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "v = [a, b]; M = [[1, a], [b, 2]]\nfor i in 1..3000 { v = sin(v)*b + [v[1], v[0]]/9 }\n"
    text += "v; M*v[0]; sum(v)"
    whole = cgcli.jacobian(text, a=0.3, b=0.6)
    monkeypatch.setattr("cgcli.evaluation.segments.WHOLE", 2**16)
    long = cgcli.jacobian(text, a=0.3, b=0.6)
    for name, rows in whole.items():
        for by, block in rows.items():
            assert long[name][by] == pytest.approx(block, rel=1e-12)
            assert np.shape(long[name][by]) == np.shape(block)


LONG = "y = x\nfor i in 1..2000000 { y = sin(y)*a + i/2000000 }\ny"
ASKED = """
import cgcli
program = cgcli.prepare({text!r})
program.{function}(x=0.3, a=0.5)
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""


@pytest.mark.skipif(not lanes(), reason="there is nothing that compiles")
@pytest.mark.parametrize("function", ["evaluate", "value_and_gradient", "jacobian", "hessian"])
def test_memory_is_bounded(function: str) -> None:
    text = ASKED.format(text=LONG, function=function)
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, check=True)
    assert int(done.stdout) < 300_000


def test_there_may_be_no_limit() -> None:
    done = cg("grad", "y = x; for i in 1..60000 { y = sin(y)*2 }; y", "x=1", "--max-ops", "inf")
    assert (done.status, done.err) == (0, "")
