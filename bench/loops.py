"""Loops of numbers, value and gradient: interpreted, as Python functions and as machine code, beside others
in the same run.

    python bench/loops.py [ROUNDS]

Others are measured where they are installed:

    pip install numba torch autograd jax

Times are the least of several runs, in turn, in nanoseconds an operation, as the program is written. `numba,
value` compiles the same loop for its value alone; `numba by hand` is value and gradient, with a backward pass
written by a person. `C, value` is gcc -O2. JAX runs without its compiler, as what runs here is not known
before. Besides there are a recurrent network, updates of elements, and a run of 10^8 operations.
"""

from __future__ import annotations

import resource
import sys
import time
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from loop_peers import RECORDERS, RECURRENTS, Loop, by_c, by_numba, there
from measure import table

import cgcli
from cgcli.control.steps import Limits
from cgcli.evaluation import recording
from cgcli.evaluation.fast_gradients import _Compiled
from cgcli.kernels import recorded
from cgcli.language.lowering import lower
from cgcli.language.parser import parse
from cgcli.source import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

# So many rounds interpreted, and as Python functions.
SOME, MANY = 5_000, 200_000


LOOPS = {
    "sum of a sine, 5 operations": Loop(
        "y = x\nfor i in 1..n { y = y*a + sin(y) + b/i }\ny",
        "y = x\nfor i in range(1, n + 1):\n    y = y*a + sin(y) + b/i\nreturn y",
        0.3, 0.5, 0.1,
    ),
    "20 operations": Loop(
        "y = x; z = b\nfor i in 1..n { u = sin(y)*a + z; v = exp(-u*u)/(1 + u*u); w = sqrt(1 + v*v) + u*v\n"
        "y = y*0.9 + 0.1*w - 0.01*y*z; z = z*0.95 + 0.05*v*w }\ny + z",
        "y = x; z = b\nfor i in range(n):\n"
        "    u = sin(y)*a + z; v = exp(-u*u)/(1 + u*u); w = sqrt(1 + v*v) + u*v\n"
        "    y = y*0.9 + 0.1*w - 0.01*y*z; z = z*0.95 + 0.05*v*w\nreturn y + z",
        0.3, 0.5, 0.1,
    ),
    "nested, the inner bound a value": Loop(
        "s = 0; y = x\nfor i in 1..n { m = 2 + i % 3\n"
        "for j in 1..m { y = 0.5*y + a*sin(y + j) }\ns = s + y*b }\ns",
        "s = 0.0; y = x\nfor i in range(1, n + 1):\n    m = 2 + i % 3\n    for j in range(1, m + 1):\n"
        "        y = 0.5*y + a*sin(y + j)\n    s = s + y*b\nreturn s",
        0.3, 0.5, 0.1,
    ),
    "Newton's square root": Loop(
        "s = 0\nfor i in 1..n { c = a + i*0.001*b; r = c\n"
        "while abs(r*r - c) > 1e-12*c { r = 0.5*(r + c/r) }\ns = s + r*x }\ns",
        "s = 0.0\nfor i in range(1, n + 1):\n    c = a + i*0.001*b; r = c\n"
        "    while abs(r*r - c) > 1e-12*c:\n        r = 0.5*(r + c/r)\n    s = s + r*x\nreturn s",
        0.3, 1.5, 0.1,
    ),
    "a branch": Loop(
        "y = x; s = 0\nfor i in 1..n { if y > 1 { y = y*a - 0.3*b } else { y = 0.9*y + 0.2*b*1 }\n"
        "s = s + y }\ns",
        "y = x; s = 0.0\nfor i in range(n):\n    if y > 1:\n        y = y*a - 0.3*b\n    else:\n"
        "        y = 0.9*y + 0.2*b*1\n    s = s + y\nreturn s",
        0.3, 0.5, 0.7,
    ),
    "break and continue": Loop(
        "s = 0; y = x\nfor i in 1..n { y = y*a + 0.1*sin(i)\nk = 0; t = y*1\n"
        "while k < 20 { k = k + 1; t = t*t + b; if t > 2 { break } }\n"
        "if t < 0 { continue }\ns = s + t*y }\ns",
        "s = 0.0; y = x\nfor i in range(1, n + 1):\n    y = y*a + 0.1*sines[i]\n    k = 0; t = y*1\n"
        "    while k < 20:\n        k = k + 1; t = t*t + b\n        if t > 2: break\n"
        "    if t < 0: continue\n    s = s + t*y\nreturn s",
        0.3, 0.9, 0.2,
    ),
    "symplectic Euler": Loop(
        "q = x; p = a\nfor i in 1..n { p = p - b*sin(q); q = q + b*p }\nq*q + p",
        "q = x; p = a\nfor i in range(n):\n    p = p - b*sin(q); q = q + b*p\nreturn q*q + p",
        0.3, 0.5, 0.01,
    ),
    "exp tanh log pow atan": Loop(
        "y = x; s = 0\nfor i in 1..n { y = tanh(a*y) + 0.5*exp(-y*y); "
        "s = s + log(1 + y*y) + abs(y)^b + atan(y) }\ns",
        "y = x; s = 0.0\nfor i in range(n):\n    y = tanh(a*y) + 0.5*exp(-y*y)\n"
        "    s = s + log(1 + y*y) + abs(y)**b + atan(y)\nreturn s",
        0.3, 1.5, 1.3,
    ),
}  # fmt: skip


def least(runs: dict[str, Callable[[], Any]], times: int = 7) -> dict[str, float]:
    """The shortest time of each, in seconds; they take turns, so that a busy machine is so for all."""
    found: dict[str, float] = {}
    for _ in range(times):
        for name, run in runs.items():
            begin = time.perf_counter()
            run()
            found[name] = min(found.get(name, 1e9), time.perf_counter() - begin)
    return found


def lowered(text: str, inputs: dict[str, Any]) -> Any:
    return lower(parse(Source(("<loop>", text))), frozenset(inputs), {})


def logged(program: Any, inputs: dict[str, Any], by: list[str]) -> int:
    """How many numbers the undo log has at the end."""
    slots = [program.graph.attrs[output.node] for output in program.outputs]
    pair = recording.pair_of(program.tree, tuple(by), tuple(slots))
    return len(recording.recording(program, inputs, pair, slots, Limits(1e12)).record)


def scalars(rounds: int, peers: list[str]) -> None:
    head = ["program", "compiled", "B/op", "making, ms", "Python", "B/op", "interpreted"]
    head += ["C, value"] * ("C" in peers) + ["numba, value", "numba by hand"] * ("numba" in peers)
    head += [name for name in RECORDERS if name in peers]
    rows = []
    for title, loop in LOOPS.items():
        inputs = {**loop.inputs, "n": float(rounds)}
        program = lowered(loop.text, inputs)
        begin = time.perf_counter()
        made = _Compiled(program, inputs, ["x", "a", "b"], Limits(1e12))
        making = time.perf_counter() - begin
        _, (slopes,) = made.gradients()
        operations = made.recorded.spent / rounds
        kept = sum(chunk.used() for chunk in made.recorded.chunks) / made.recorded.spent
        some, many = ({**loop.inputs, "n": float(count)} for count in (SOME, MANY))
        limits, gradients = Limits(1e12), recording.recorded_gradients
        by = ["x", "a", "b"]
        runs: dict[str, Any] = {
            "compiled": (made.gradients, rounds),
            "Python": (partial(gradients, program, many, by, limits, engine="python"), MANY),
            "interpreted": (partial(gradients, program, some, by, limits, engine="plain"), SOME),
        }
        runs |= by_c(title, loop, rounds) if "C" in peers else {}
        runs |= by_numba(title, loop, rounds, slopes) if "numba" in peers else {}
        runs |= {name: (make(loop), few) for name, (make, few) in RECORDERS.items() if name in peers}
        times = least({name: run for name, (run, _) in runs.items()})
        told = {name: times[name] * 1e9 / operations / count for name, (_, count) in runs.items()}
        row = [title, f"{told['compiled']:.2f}", f"{kept:.1f}", f"{1e3 * making:.0f}"]
        row += [f"{told['Python']:.0f}", f"{8 * logged(program, many, by) / operations / MANY:.1f}"]
        row.append(f"{told['interpreted']:.0f}")
        row += [f"{told[name]:.{0 if told[name] > 100 else 2}f}" if name in told else "" for name in head[7:]]
        rows.append(tuple(row))
    table(f"Nanoseconds an operation, {rounds:,} rounds", tuple(head), rows)


RECURRENT = "h = zeros(64); for x in xs { h = tanh(W @ h + U @ x + b) }; sum(h^2)"
UPDATES = "v = x; for k in range(n) { i = k % 1000; v[i] = sin(v[i])*a + v[(i*7 + 3) % 1000]*b }; sum(v)"


def arrays(peers: list[str]) -> None:
    """A recurrent network of 200 steps, 64 hidden units, beside others; updates of elements."""
    import numpy as np

    random = np.random.default_rng(0)
    shapes = {"W": (64, 64), "U": (64, 32), "b": (64,), "xs": (200, 32)}
    inputs: dict[str, Any] = {name: random.normal(size=shape) / 8 for name, shape in shapes.items()}
    program = lowered(RECURRENT, inputs)
    runs: dict[str, Any] = {"cg": partial(cgcli.gradient, program, inputs, wrt="W,U,b")}
    runs |= {name: RECURRENTS[name](inputs) for name in RECURRENTS if name in peers}
    told = {name: f"{1e3 * taken:.1f}" for name, taken in least(runs, 15).items()}
    table("A recurrent network, value and gradient, ms", tuple(told), [tuple(told.values())])
    rows = []
    for count in (10_000, 20_000, 40_000):
        given = {"x": np.linspace(0, 1, 1000), "n": float(count), "a": 0.7, "b": 0.2}
        program = lowered(UPDATES, given)
        (taken,) = least({"": partial(cgcli.gradient, program, given, wrt="a,b")}, 3).values()
        rows.append((f"{count:,}", f"{1e6 * taken / count:.1f}"))
    table("Updates of elements of a vector of 1,000", ("updates", "us each"), rows)


def long() -> None:
    """10^8 operations as machine code, kept whole and made again."""
    loop = LOOPS["20 operations"]
    inputs = {**loop.inputs, "n": 1e8 / 25}
    made = _Compiled(lowered(loop.text, inputs), inputs, ["x", "a", "b"], Limits(1e12))
    rows, stored = [], recorded.STORED
    for title, most in (("made again", stored), ("kept", 2**40)):
        recorded.STORED = most
        (taken,) = least({"": made.gradients}, 2).values()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        rows.append((title, f"{made.recorded.spent:.1e}", f"{taken:.2f}", f"{peak:.0f}"))
    recorded.STORED = stored
    table("Long runs", ("record", "operations", "s", "memory of the process, MB"), rows)


def main(rounds: int) -> None:
    peers = there()
    long()
    scalars(rounds, peers)
    arrays(peers)


if __name__ == "__main__":
    main(int(float(sys.argv[1])) if len(sys.argv) > 1 else 1_000_000)
