"""Minima in cg beside SciPy that is given no derivatives, as a script of whole processes.

Run it with the interpreter beside an installed `cg`, on an otherwise idle machine:

    python bench/minimize.py          the problems of 200 unknowns
    python bench/minimize.py 100      of others

Each minimum is compared before anything is told; they may be different local ones.
"""

from __future__ import annotations

import subprocess
import sys
import time

from measure import CG, environment, table

# Runs of each, in turn; the shortest counts.
RUNS = 5

# An objective, constraints, in cg and in NumPy; `n` is the number of unknowns, all of which begin at 0.5.
PROBLEMS = {
    "Rosenbrock's function in a chain of circles": (
        "sum(100*(x[1:] - x[:-1]^2)^2 + (1 - x[:-1])^2)",
        "x[1:]^2 + x[:-1]^2 <= 1.5; sum(x) == 0.6*{n}",
        "np.sum(100*(x[1:] - x[:-1]**2)**2 + (1 - x[:-1])**2)",
        '[{{"type": "ineq", "fun": lambda x: 1.5 - x[1:]**2 - x[:-1]**2}}, '
        '{{"type": "eq", "fun": lambda x: x.sum() - 0.6*{n}}}]',
    ),
    "a portfolio with costs": (
        "s = linspace(1, 2, {n}); sum(s*x^2) + sum(x)^2/10 + sum(exp(-3*s*x)/s)",
        "sum(x) == 1; x >= 0; sum(x^2) <= 0.5",
        "np.sum(s*x**2) + np.sum(x)**2/10 + np.sum(np.exp(-3*s*x)/s)",
        '[{{"type": "eq", "fun": lambda x: x.sum() - 1}}, {{"type": "ineq", "fun": lambda x: x}}, '
        '{{"type": "ineq", "fun": lambda x: 0.5 - np.sum(x**2)}}]',
    ),
}

SCRIPT = """
import numpy as np
from scipy.optimize import minimize
s = np.linspace(1, 2, {n})
found = minimize(lambda x: {objective}, np.full({n}, 0.5), method="SLSQP", constraints={constraints},
                 options={{"maxiter": 1000}})
print(found.fun)
"""


def timed(command: list[str]) -> tuple[float, str]:
    begin = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment())
    return time.perf_counter() - begin, done.stdout


def main() -> None:
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    rows = []
    for name, texts in PROBLEMS.items():
        program, st, objective, constraints = (text.format(n=n) for text in texts)
        start = f"x=0.5*ones({n})"
        ours = [CG, "minimize", program, start, "--st", st, "--digits", "10"]
        theirs = [sys.executable, "-c", SCRIPT.format(n=n, objective=objective, constraints=constraints)]
        runs = [(timed(ours), timed(theirs)) for _ in range(RUNS)]
        (own, out), (other, found) = (min(times) for times in zip(*runs))
        least = next(line.split()[-1] for line in out.splitlines() if line.startswith("# minimum"))
        rows.append((name, f"{own:.2f} s", f"{other / own:.1f}", least, f"{float(found):.10g}"))
    head = ("problem", "cg", "SciPy, times as long", "minimum of cg", "of SciPy")
    table(f"{n} unknowns with constraints, whole processes", head, rows)


if __name__ == "__main__":
    main()
