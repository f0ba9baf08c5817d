"""Others that run the loops of `loops.py`, as far as they are installed."""

from __future__ import annotations

import ctypes
import math
import subprocess
import sys
import tempfile
import types
from pathlib import Path
from shutil import which

sys.path.insert(0, str(Path(__file__).parent))

from measure import installed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

# So many rounds by what records each operation, and by the slowest of them.
FEW, FEWEST = 500, 50

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

# The same in C, for the value alone.
IN_C = {
    "sum of a sine, 5 operations": (
        "double y = x; for (long i = 1; i <= n; i++) y = y*a + sin(y) + b/i; return y;"
    ),
    "20 operations": (
        "double y = x, z = b; for (long i = 1; i <= n; i++) { double u = sin(y)*a + z;"
        "double v = exp(-u*u)/(1 + u*u), w = sqrt(1 + v*v) + u*v;"
        "y = y*0.9 + 0.1*w - 0.01*y*z; z = z*0.95 + 0.05*v*w; } return y + z;"
    ),
    "nested, the inner bound a value": (
        "double s = 0, y = x; for (long i = 1; i <= n; i++) { long m = 2 + i % 3;"
        "for (long j = 1; j <= m; j++) y = 0.5*y + a*sin(y + j); s = s + y*b; } return s;"
    ),
    "Newton's square root": (
        "double s = 0; for (long i = 1; i <= n; i++) { double c = a + i*0.001*b, r = c;"
        "while (fabs(r*r - c) > 1e-12*c) r = 0.5*(r + c/r); s = s + r*x; } return s;"
    ),
    "a branch": (
        "double y = x, s = 0; for (long i = 1; i <= n; i++) {"
        "if (y > 1) y = y*a - 0.3*b; else y = 0.9*y + 0.2*b*1; s = s + y; } return s;"
    ),
    "break and continue": (
        "double s = 0, y = x; for (long i = 1; i <= n; i++) { y = y*a + 0.1*sin(i); double t = y*1;"
        "for (long k = 0; k < 20; k++) { t = t*t + b; if (t > 2) break; }"
        "if (t < 0) continue; s = s + t*y; } return s;"
    ),
    "symplectic Euler": (
        "double q = x, p = a;for (long i = 1; i <= n; i++) { p = p - b*sin(q); q = q + b*p; } return q*q + p;"
    ),
    "exp tanh log pow atan": (
        "double y = x, s = 0; for (long i = 1; i <= n; i++) { y = tanh(a*y) + 0.5*exp(-y*y);"
        "s = s + log(1 + y*y) + pow(fabs(y), b) + atan(y); } return s;"
    ),
}


def by_numba(title: str, loop: Loop, rounds: int, slopes: dict[str, float]) -> dict[str, Any]:
    import numba
    import numpy as np

    functions = types.SimpleNamespace(**vars(math), sines=np.sin(np.arange(rounds + 1.0)), empty=np.empty)
    arguments = (*loop.inputs.values(), rounds)
    found = {}
    for name, body in zip(("numba, value", "numba by hand"), (loop.body, BY_HAND.get(title))):
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
    import torch

    functions = types.SimpleNamespace(**{k: getattr(torch, k) for k in FUNCTIONS})
    functions.sines = torch.sin(torch.arange(FEW + 1.0))

    def run() -> None:
        given = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in loop.inputs.values()]
        loop.function(functions)(*given, FEW).backward()

    return run


FUNCTIONS = ("sin", "exp", "sqrt", "tanh", "log", "atan", "abs")


def by_autograd(loop: Loop) -> Callable[[], Any]:
    import autograd
    import autograd.numpy as np

    functions = types.SimpleNamespace(**{k: getattr(np, {"atan": "arctan"}.get(k, k)) for k in FUNCTIONS})
    functions.sines = np.sin(np.arange(FEW + 1.0))
    slopes = autograd.grad(lambda given: loop.function(functions)(*given, FEW))
    return lambda: slopes(np.array(list(loop.inputs.values())))


def by_jax(loop: Loop) -> Callable[[], Any]:
    import jax
    import jax.numpy as np

    jax.config.update("jax_enable_x64", True)
    functions = types.SimpleNamespace(**{k: getattr(np, {"atan": "arctan"}.get(k, k)) for k in FUNCTIONS})
    functions.sines = [math.sin(i) for i in range(FEWEST + 1)]
    slopes = jax.grad(loop.function(functions), argnums=(0, 1, 2))
    return lambda: jax.block_until_ready(slopes(*loop.inputs.values(), FEWEST))


def by_c(title: str, loop: Loop, rounds: int) -> dict[str, Any]:
    source = f"#include <math.h>\ndouble f(double x, double a, double b, long n) {{ {IN_C[title]} }}\n"
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "f.c").write_text(source)
        subprocess.run(["gcc", "-O2", "-shared", "-fPIC", "-o", "f.so", "f.c", "-lm"], cwd=folder, check=True)
        run = ctypes.CDLL(f"{folder}/f.so").f
    run.restype, run.argtypes = ctypes.c_double, [ctypes.c_double] * 3 + [ctypes.c_long]
    return {"C, value": (lambda: run(*loop.inputs.values(), rounds), rounds)}


# Who records each operation, how, and in how many rounds.
RECORDERS = {"torch": (by_torch, FEW), "autograd": (by_autograd, FEW), "jax": (by_jax, FEWEST)}


def recurrent_by_torch(inputs: dict[str, Any]) -> Callable[[], Any]:
    import torch

    def run() -> Any:
        W, U, b = (torch.tensor(inputs[name], requires_grad=True) for name in "WUb")
        h = torch.zeros(64, dtype=torch.float64)
        for x in torch.tensor(inputs["xs"]):
            h = torch.tanh(W @ h + U @ x + b)
        (h**2).sum().backward()

    return run


def recurrent_by(np: Any, grad: Any, inputs: dict[str, Any]) -> Callable[[], Any]:
    def loss(W: Any, U: Any, b: Any) -> Any:
        h = np.zeros(64)
        for x in inputs["xs"]:
            h = np.tanh(W @ h + U @ x + b)
        return (h**2).sum()

    slopes = grad(loss)
    return lambda: slopes(*(inputs[name] for name in "WUb"))


def recurrent_by_autograd(inputs: dict[str, Any]) -> Callable[[], Any]:
    import autograd

    return recurrent_by(autograd.numpy, lambda f: autograd.grad(f, argnum=(0, 1, 2)), inputs)


def recurrent_by_jax(inputs: dict[str, Any]) -> Callable[[], Any]:
    import jax

    run = recurrent_by(jax.numpy, lambda f: jax.grad(f, argnums=(0, 1, 2)), inputs)
    return lambda: jax.block_until_ready(run())


RECURRENTS = {"torch": recurrent_by_torch, "autograd": recurrent_by_autograd, "jax": recurrent_by_jax}


def there() -> list[str]:
    """Those that can be measured; says which cannot."""
    found = [name for name in ("numba", *RECORDERS) if installed(name)]
    found += ["C"] * (which("gcc") is not None)
    if missing := [name for name in ("C", "numba", *RECORDERS) if name not in found]:
        print(f"Not installed, and left out: {', '.join(missing)}")
    return found
