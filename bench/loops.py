"""Loops of numbers, value and gradient: interpreted and as machine code, beside others in the same run.

    python bench/loops.py [ROUNDS]

Others are measured where they are installed:

    pip install numba torch autograd

Times are the least of several runs, in turn, in nanoseconds an operation, as the program is written. `numba,
value` compiles the same loop for its value alone; `numba by hand` is value and gradient, with a backward pass
written by a person.
"""

from __future__ import annotations

import sys
import time
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from measure import installed, table

from cgcli.control.steps import Limits
from cgcli.evaluation import recording
from cgcli.evaluation.fast_gradients import _Compiled
from cgcli.language.lowering import lower
from cgcli.language.parser import parse
from cgcli.source import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

# So many rounds interpreted, and by what records each operation.
SOME, FEW = 5_000, 500

AGREE = 1e-9


class Loop:
    """A program of cg, and the body of the same function of Python, of x, a, b, n and of functions `m`."""

    def __init__(self, text: str, body: str, x: float, a: float, b: float) -> None:
        self.text, self.body, self.inputs = text, body, {"x": x, "a": a, "b": b}

    def function(self, m: Any) -> Callable[..., Any]:
        lines = "\n    ".join(["def f(x, a, b, n):", *self.body.split("\n")])
        made: dict[str, Any] = vars(m).copy()
        exec(lines, made)
        return made["f"]  # type: ignore[no-any-return]


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

# Value and gradient, as a person writes them for numba: values are kept in an array.
BY_HAND = {
    "sum of a sine, 5 operations": (
        "kept = empty(n)\ny = x\nfor i in range(1, n + 1):\n    kept[i - 1] = y\n    y = y*a + sin(y) + b/i\n"
        "f = y; dy = 1.0; da = 0.0; db = 0.0\nfor i in range(n, 0, -1):\n    y = kept[i - 1]\n"
        "    db += dy/i; da += dy*y; dy = dy*a + dy*cos(y)\nreturn f, dy, da, db"
    ),
    "nested, the inner bound a value": (
        "kept = empty(4*n)\nk = 0; s = 0.0; y = x\n"
        "for i in range(1, n + 1):\n    for j in range(1, 3 + i % 3):\n"
        "        kept[k] = y; k += 1; y = 0.5*y + a*sin(y + j)\n    s = s + y*b\n"
        "dy = 0.0; da = 0.0; db = 0.0\nfor i in range(n, 0, -1):\n    db += y; dy += b\n"
        "    for j in range(2 + i % 3, 0, -1):\n        k -= 1; y = kept[k]\n"
        "        da += dy*sin(y + j); dy = dy*0.5 + dy*a*cos(y + j)\n"
        "return s, dy, da, db"
    ),
    "symplectic Euler": (
        "kq = empty(n); kp = empty(n)\nq = x; p = a\n"
        "for i in range(n):\n    kq[i] = q\n    p = p - b*sin(q)\n"
        "    kp[i] = p\n    q = q + b*p\nf = q*q + p; dq = 2*q; dp = 1.0; db = 0.0\n"
        "for i in range(n - 1, -1, -1):\n    p = kp[i]; q = kq[i]\n    db += dq*p; dp += dq*b\n"
        "    db -= dp*sin(q); dq -= dp*b*cos(q)\nreturn f, dq, dp, db"
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


def main(rounds: int) -> None:
    there = [name for name in ("numba", "torch", "autograd") if installed(name)]
    head = ["program", "compiled", "B/op", "making, ms", "plain"]
    head += [name for name in HEADS if name.split(",")[0].split()[0] in there]
    rows = []
    for title, loop in LOOPS.items():
        inputs = {**loop.inputs, "n": float(rounds)}
        program = lower(parse(Source(("<loop>", loop.text))), frozenset(inputs), {})
        begin = time.perf_counter()
        made = _Compiled(program, inputs, ["x", "a", "b"], Limits(1e12))
        making = time.perf_counter() - begin
        _, (slopes,) = made.gradients()
        operations = made.recorded.spent / rounds
        kept = sum(chunk.used() for chunk in made.recorded.chunks) / made.recorded.spent
        some = {**loop.inputs, "n": float(SOME)}
        limits = Limits(1e12)
        by = ["x", "a", "b"]
        runs: dict[str, Any] = {
            "compiled": (made.gradients, rounds),
            "plain": (partial(recording.recorded_gradients, program, some, by, limits), SOME),
        }
        runs |= by_numba(title, loop, rounds, slopes) if "numba" in there else {}
        runs |= {"torch": (by_torch(loop), FEW)} if "torch" in there else {}
        runs |= {"autograd": (by_autograd(loop), FEW)} if "autograd" in there else {}
        times = least({name: run for name, (run, _) in runs.items()})
        told = {name: times[name] * 1e9 / operations / count for name, (_, count) in runs.items()}
        row = [title, f"{told['compiled']:.2f}", f"{kept:.1f}", f"{1e3 * making:.0f}", f"{told['plain']:.0f}"]
        row += [f"{told[name]:.{0 if told[name] > 100 else 2}f}" if name in told else "" for name in head[5:]]
        rows.append(tuple(row))
    table(f"Nanoseconds an operation, {rounds:,} rounds", tuple(head), rows)


HEADS = ("numba, value", "numba by hand", "torch", "autograd")


def by_numba(title: str, loop: Loop, rounds: int, slopes: dict[str, float]) -> dict[str, Any]:
    import math
    import types

    import numba
    import numpy as np

    functions = types.SimpleNamespace(**vars(math), sines=np.sin(np.arange(rounds + 1.0)), empty=np.empty)
    arguments = (*loop.inputs.values(), rounds)
    found = {}
    for name, body in zip(HEADS, (loop.body, BY_HAND.get(title))):
        if body is None:
            continue
        run = numba.njit(Loop("", body, 0, 0, 0).function(functions))
        result = run(*arguments)
        if body is not loop.body:
            wanted = list(slopes.values())
            assert np.allclose(result[1:], wanted, AGREE, AGREE), (title, result, wanted)
        found[name] = (lambda run=run: run(*arguments), rounds)
    return found


def by_torch(loop: Loop) -> Callable[[], Any]:
    import types

    import torch

    functions = types.SimpleNamespace(**{k: getattr(torch, k) for k in FUNCTIONS})
    functions.sines = torch.sin(torch.arange(FEW + 1.0))

    def run() -> None:
        given = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in loop.inputs.values()]
        loop.function(functions)(*given, FEW).backward()

    return run


FUNCTIONS = ("sin", "exp", "sqrt", "tanh", "log", "atan", "abs")


def by_autograd(loop: Loop) -> Callable[[], Any]:
    import types

    import autograd
    import autograd.numpy as np

    functions = types.SimpleNamespace(**{k: getattr(np, {"atan": "arctan"}.get(k, k)) for k in FUNCTIONS})
    functions.sines = np.sin(np.arange(FEW + 1.0))
    slopes = autograd.grad(lambda given: loop.function(functions)(*given, FEW))
    return lambda: slopes(np.array(list(loop.inputs.values())))


if __name__ == "__main__":
    main(int(float(sys.argv[1])) if len(sys.argv) > 1 else 1_000_000)
