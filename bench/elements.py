"""Programs that go over arrays and lists element by element, or call themselves: value and gradient, beside
PyTorch doing the same with lists of numbers, in the same process.

    python bench/elements.py [ROUNDS]
    pip install torch

Times are of the processor, which others that compute move less; the least of several rounds.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from measure import installed, table

import cgcli

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# By name: a program, its inputs (how many numbers, or None for one, and where they begin), and it in Python.
PROGRAMS: dict[str, tuple[str, dict[str, tuple[int | None, float]], str]] = {
    "dynamic time warping, 60 by 60": (
        "n = len(a); m = len(b); D = 1e6*ones([n + 1, m + 1]); D[0, 0] = 0\n"
        "for i in 1..n { for j in 1..m {\n"
        "D[i, j] = (a[i - 1] - b[j - 1])^2 + min(D[i - 1, j], D[i, j - 1], D[i - 1, j - 1]) } }\nD[n, m]",
        {"a": (60, 0.1), "b": (60, 0.4)},
        "n, m = len(a), len(b); D = [[number(1e6)]*(m + 1) for _ in range(n + 1)]; D[0][0] = number(0.0)\n"
        "for i in range(1, n + 1):\n  for j in range(1, m + 1):\n"
        "    least = minimum(minimum(D[i - 1][j], D[i][j - 1]), D[i - 1][j - 1])\n"
        "    D[i][j] = (a[i - 1] - b[j - 1])**2 + least\nreturn D[n][m]",
    ),
    "a binomial option, 100 steps": (
        "n = 100; u = exp(s/10); p = (exp(r/n) - 1/u)/(u - 1/u)\n"
        "v = [max(S*u^(2k - n) - 1, 0) for k in 0..n]\n"
        "for i in range(n, 0, -1) { for j in range(i) {\n"
        "v[j] = exp(-r/n)*(p*v[j + 1] + (1 - p)*v[j]) } }\nv[0]",
        {"S": (None, 1.0), "s": (None, 0.2), "r": (None, 0.05)},
        "n = 100; u = (s/10).exp(); p = ((r/n).exp() - 1/u)/(u - 1/u)\n"
        "v = [(S*u**(2*k - n) - 1).clamp(min=0) for k in range(n + 1)]\n"
        "for i in range(n, 0, -1):\n  for j in range(i):\n"
        "    v[j] = (-r/n).exp()*(p*v[j + 1] + (1 - p)*v[j])\nreturn v[0]",
    ),
    "20,000 updates of 1,000 elements": (
        "v = zeros(1000); for i in range(20000) { v[i % 1000] = v[i % 1000]*0.99 + sin(x*i) }; sum(v*v)",
        {"x": (None, 0.3)},
        "v = [number(0.0)]*1000\nfor i in range(20000): v[i % 1000] = v[i % 1000]*0.99 + (x*i).sin()\n"
        "return sum(one*one for one in v)",
    ),
    "a list of 5,000 items": (
        "xs = list(); s = 0; for i in range(5000) { s += sin(i*x); xs = append(xs, s) }\n"
        "t = 0; for k in xs { t += k*k }; t",
        {"x": (None, 0.3)},
        "xs = []; s = 0\nfor i in range(5000): s = s + (i*x).sin(); xs.append(s)\n"
        "return sum(one*one for one in xs)",
    ),
    "a function that calls itself twice, 11 deep": (
        "f(n, t) = if n == 0 then tanh(w*t) else tanh(a*f(n - 1, t) + b*f(n - 1, t + 0.1)); f(11, 0.3)",
        {"w": (None, 0.5), "a": (None, 0.7), "b": (None, 0.6)},
        "def f(n, t):\n  return (w*t).tanh() if n == 0 else (a*f(n - 1, t) + b*f(n - 1, t + 0.1)).tanh()\n"
        "return f(11, 0.3)",
    ),
}


def values(inputs: dict[str, tuple[int | None, float]]) -> dict[str, Any]:
    return {
        name: first if count is None else [first + (k * 37 % 23) / 9 for k in range(count)]
        for name, (count, first) in inputs.items()
    }


def by_torch(text: str, given: dict[str, Any]) -> Any:
    """A function that computes value and gradient."""
    import torch

    body = "\n".join(f"    {line}" for line in text.splitlines())
    names: dict[str, Any] = {
        "number": lambda x: torch.tensor(x, dtype=torch.float64), "minimum": torch.minimum,
    }  # fmt: skip
    exec(f"def program({', '.join(given)}):\n{body}", names)

    def run() -> Any:
        inputs = {name: torch.tensor(x, dtype=torch.float64, requires_grad=True) for name, x in given.items()}
        found = names["program"](**inputs)
        found.backward()
        return {name: x.grad.tolist() for name, x in inputs.items()}

    return run


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    rows = []
    for name, (text, inputs, other) in PROGRAMS.items():
        given = values(inputs)
        program = cgcli.prepare(text)
        ways: dict[str, Any] = {"cg": lambda program=program, given=given: program.gradient(given)["f"]}
        if installed("torch"):
            ways["PyTorch"] = by_torch(other, given)
        least = dict.fromkeys(ways, float("inf"))
        for _ in range(rounds):
            for way, run in ways.items():
                begin = time.process_time()
                run()
                least[way] = min(least[way], time.process_time() - begin)
        found = [f"{1e3 * least['cg']:.0f} ms"]
        found.append(f"{least['cg'] / least['PyTorch']:.2f}" if "PyTorch" in least else "")
        rows.append((name, *found))
    table("value and gradient", ("", "cg", "of PyTorch's"), rows)


if __name__ == "__main__":
    main()
