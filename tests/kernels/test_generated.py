"""Loops as Python functions: values and gradients are to the bit those of the run and of its graph."""

from __future__ import annotations

import signal
import struct
import subprocess
import time
from functools import cache
from itertools import product

import pytest

from cgcli.control.steps import FIRST, Limits, Run
from cgcli.control.undo import MANY, Log
from cgcli.evaluation import recording
from cgcli.evaluation.compiled import Faster
from cgcli.evaluation.derivatives import gradients
from cgcli.evaluation.prepared import Prepared
from cgcli.evaluation.running import recorded
from cgcli.kernels import generated
from cgcli.kernels.generated import Generated
from tests.cg import CG, cg, hears_interrupts
from tests.control.table import PROGRAMS
from tests.control.test_reverse import MORE, SCALAR
from tests.kernels.loops import TABLE, random_program
from tests.kernels.test_loops import LONG, finished
from tests.kernels.test_recorded import read

# Texts and inputs; `n` says how long they run.
SOME = {name: (text, inputs | {"n": 60.0}) for name, (text, inputs) in TABLE.items()}
SOME |= {
    f"random {seed}": (random_program(seed)[0], random_program(seed)[1] | {"n": 12.0}) for seed in range(40)
}
SOME |= {name: PROGRAMS[name][:2] for name in SCALAR}
SOME |= {name: (text, {"x": 0.7, "a": 1.3}) for name, text in MORE.items()}

# What Python functions are made of in another way.
ODD = {
    "two names change places": "u = x; v = a; for i in 1..n { t = u; u = v; v = t*0.9 + u*0.1 }; u + 2*v",
    "a name that is first set in a round": "s = x; for i in 1..n { if i > 3 { s = s*a + t }; t = s*i }; s",
    "the other branch alone": "s = x; for i in 1..n { if s > 2 { } else { s = s*a + 1 } }; s",
    "jumps in all branches": """
        s = x; k = 0
        while 1 { k += 1
          if k > n { break } else if k % 3 == 1 { s = s*a + 1; continue }
          else { if s > 3 { s = s*0.5; continue } }
          s = s + k*x
          if s > 100 { break } }
        s*k""",
    "a break in a branch of the last": """
        s = x; for i in 1..n { s = s*1.1 + a
          if s > 4 { if i > 9 { s = s*a; break }; s = s*0.4 } else { s = s + 0.1 } }
        s""",
    "constants alone": "s = x; for i in 1..n { s = s*0.5 + (2*3 - 1/4)^2 + max(2, 3) + (not 0)*a }; s",
    "a condition in a condition": """
        s = x
        for i in 1..n { s = if (if s > 1 then a else x) > 0.4 and not s > 9 or i == 2 then s*1.3 else s + 1 }
        s""",
    "a checkpoint": "s = x; for i in 1..n { checkpoint { for j in 1..3 { s = sin(s)*a + j } } }; s",
    "loops one inside the other": "s = x\n"
    + "".join(f"for i{place} in 1..{1 + place % 2} {{ " for place in range(24))
    + "s = s*0.999 + 0.001*a*i3 " + "}" * 24 + "\ns*n",
    "branches one inside the other": "s = x\nfor i in 1..n { "
    + "".join(f"if s > {place - 50} {{ " for place in range(80)) + "s = s*a + i " + "}" * 80 + " }\ns",
    "a long expression": "s = x; for i in 1..n { s = "
    + " + ".join(f"sin(s*{k})*a/{k}" for k in range(1, 90)) + " }; s",
    "a bound that is set again": """
        s = x; for i in 1..n { m = 2; if s > 1 { m = 3 }
          for j in 1..m { s = sin(s)*a + j*0.3; m = 9 } }
        s*m""",
    "a loop without rounds, and its variable": """
        s = x; j = 0.5; for i in 1..n { for j in i..3 { s = s*a + j }
          for k in range(i, 0, -2) { s = s*0.9 + k*j*x }
          s = s + j }
        s""",
    "beside multiples of a half of pi": """
        s = x; for i in 1..n { s = s*a + sin(i*pi) + cos((i + 0.5)*pi) + tan(i*pi) + sin(1e9*i*s) }; s""",
    "sizes of numbers": "s = x; for i in 1..n { s = s*1e200*1e-200 + 5e-324 + 1e308*1e-300*a }; s",
}  # fmt: skip
SOME |= {name: (text, {"x": 0.7, "a": 0.45, "n": 12.0}) for name, text in ODD.items()}


def bits(run: Run) -> dict[str, object]:
    """The numbers that a run has ended with, to the bit, and what else is there."""
    return {
        name: struct.pack("d", value)
        if value.__class__ is float
        else str(getattr(value, "shape", type(value)))
        for name, value in run.frame.slots.items()
        if name[0] != "%"
    }


@cache
def interpreted(name: str) -> dict[str, object]:
    return bits(finished(*SOME[name]))


@cache
def of_the_graph(name: str) -> tuple[list[object], list[object]]:
    """Values of outputs, and the gradient of each, from the graph of what was run."""
    text, inputs = SOME[name]
    point = recorded(read(text, inputs), inputs, copies=True)
    outputs = [one.node for one in point.program.outputs]
    by = point.program.nodes([key for key in inputs if key != "n"])
    return [point.values[node] for node in outputs], gradients(point, outputs, by)


@pytest.fixture(params=[2**19, 40], ids=["", "in pieces"])
def pieces(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Functions run for long, or for a few rounds."""
    monkeypatch.setattr(generated, "MOST", request.param)


@pytest.mark.usefixtures("pieces")
@pytest.mark.parametrize("careful", [False, True], ids=["", "careful"])
@pytest.mark.parametrize("name", SOME)
def test_names_have_the_same_values(name: str, careful: bool) -> None:
    text, inputs = SOME[name]
    faster = Generated(careful)
    assert bits(finished(text, inputs, faster)) == interpreted(name)
    if name in TABLE and "no round" not in name:
        assert faster.ran


@pytest.mark.usefixtures("pieces")
@pytest.mark.parametrize("name", SOME)
def test_gradients_are_those_of_the_graph(name: str) -> None:
    text, inputs = SOME[name]
    by = [key for key in inputs if key != "n"]
    program = read(text, inputs)
    found = recording.recorded_gradients(program, inputs, by, Limits(1e9), engine="python")
    values, right = of_the_graph(name)
    assert found is not None
    assert [value for _, value in found[0].values] == values
    assert [list(row.values()) for row in found[1]] == right


@pytest.mark.parametrize("name", SOME)
def test_gradients_of_short_runs_are_summed_as_those_of_long_ones(name: str) -> None:
    text, inputs = SOME[name]
    by = [key for key in inputs if key != "n"]
    program = read(text, inputs)
    prepared, found = (
        Prepared(program, inputs),
        recording.recorded_gradients(program, inputs, by, Limits(1e9)),
    )
    assert prepared.long_gradients(by) is None
    point = prepared.point()
    right = gradients(point, [one.node for one in point.program.outputs], point.program.nodes(by))
    assert found is not None
    assert [list(row.values()) for row in found[1]] == right


@pytest.mark.parametrize("engine", ["plain", "python", "auto", "kernel"])
def test_a_zero_that_wins_is_told_of(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "NODES", 1_000)
    text = "s = 0; for i in 1..5000 { s = s + a*sqrt(x) + x }; s"
    found = cg("grad", text, "a=0", "x=0", "--wrt", "x", "--engine", engine)
    assert found.out == "f = 0\ndf/dx = 5000\n"
    assert "warning: on the way a factor of 0 met one that is not finite, and the 0 won" in found.err
    assert "warning" not in cg("grad", text, "a=0", "x=1", "--wrt", "x", "--engine", engine).err


@pytest.mark.long
@pytest.mark.parametrize("name", LONG)
def test_what_is_told_is_the_same(name: str) -> None:
    text, told = LONG[name]
    given = ["n=200000"] if "..n" in text else []
    given += ["--max-ops", "1000000" if name == "a limit" else "1e8", "--engine"]
    plain, found = (cg("eval", text, *given, engine) for engine in ("plain", "python"))
    assert told in plain.err
    assert (found.out, found.err, found.status) == (plain.out, plain.err, plain.status)


@pytest.mark.parametrize("limit", range(990, 1010))
def test_a_limit_is_met_where_it_is(limit: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "NODES", 100)
    nested = "x = y\nfor i in 1..9999 { x = x*0.5 + i\nif x > 50 { for j in 1..3 { x = x - j*sin(x) } } }\nx"
    even = "x = y\nfor i in 1..9999 { x = x*0.5 + sin(i)\nif x > 1 { x = x - sin(x) } }\nx"
    for command, text in product(("eval", "grad"), (nested, even)):
        given = [command, text, "y=1", "--max-ops", str(limit), "--engine"]
        plain, found = (cg(*given, engine) for engine in ("plain", "python"))
        assert "more than" in plain.err
        assert repr(found) == repr(plain)


@pytest.mark.parametrize("engine", ["auto", "python", "kernel"])
def test_ranges_without_an_end(engine: str) -> None:
    text = "s = x; for i in 1..1e30 { s += 1; if s > 40000 { break } }; s"
    assert cg("eval", text, "x=0", "--engine", engine).out == "40001\n"
    assert cg("grad", text, "x=0", "--engine", engine).out.endswith("df/dx = 1\n")
    text = "s = x; for i in 1..2 { for j in 1..1e30 { s += 1; if s > 40000 { break } } }; s"
    assert cg("eval", text, "x=0", "--engine", engine).out == "40002\n"


def test_a_run_is_stopped_in_time() -> None:
    for command in ("eval", "grad"):
        found = cg(
            command,
            "x = y\nwhile 1 { x = x*0.5 + 1 }\nx",
            "y=1",
            "--max-ops=1e15",
            "--timeout=1",
            "--engine=python",
        )
        assert found.status == 1
        assert "it has taken longer than 1 s" in found.err
        assert "x = 2" in found.err


def test_an_interrupt_is_heard() -> None:
    text = "x = 1; y = 0\nwhile 1 { x = x*0.5 + 1\ny = y*0.5 + x }\ny"
    process = subprocess.Popen(
        [CG, "eval", text, "--max-ops", "1e15", "--engine", "python"],
        stderr=subprocess.PIPE, stdout=subprocess.PIPE, preexec_fn=hears_interrupts, text=True,
    )  # fmt: skip
    time.sleep(2)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (130, "")
    assert err.startswith("error: interrupted\n --> <expr>:2")
    assert "x = 2, y = 4" in err


def test_what_is_not_finite_time_and_again() -> None:
    text = "s = x\nfor i in 1..n { s = s*0.5 + exp(800 + s)^-1 + atan(1/(i % 7)) + min(log(0), 1)*0 }\ns"
    plain, found = (
        cg("eval", text, "x=0.3", "n=100000", "--engine", engine) for engine in ("plain", "python")
    )
    assert (found.out, found.err) == (plain.out, plain.err)
    assert "warning" in plain.err


def test_a_loop_in_one_that_is_interpreted() -> None:
    text = """
        xs = list(); s = 0
        for k in 1..n { for i in 1..40 { s = s*0.5 + i/k }
          xs = append(xs, s); for z in xs[-2:] { s += z*0.1 } }
        len(xs)"""
    faster = Faster("auto")
    run = finished(text, {"n": 1500.0}, faster, FIRST)
    assert faster._generated.ran > 0.8 * run.spent
    assert bits(run) == bits(finished(text, {"n": 1500.0}))


def test_it_says_why_nothing_is_made() -> None:
    found = cg("eval", "f(x) { return x + 1 }\ny = f(2)\ny", "--engine", "python")
    assert found.err == "note: no Python function is made: there is no round of a loop\n"


def test_a_log_is_taken_back() -> None:
    log, count = Log(), 3 * MANY + 5
    for place in range(count):
        log.append(None if place == 7 else float(place))
        if place % 1000 == 0:
            log.pack()
    copy = log.copy()
    for one in (log, copy):
        assert len(one) == count
        assert [one.pop() for _ in range(count)] == [
            None if place == 7 else float(place) for place in reversed(range(count))
        ]
