"""The measurements of derivatives as programs: whole processes beside those of other systems, the
length of what they print, and what it costs to compute it.

Run it with the interpreter beside an installed `cg`; `--peers` names one that has SymPy, symengine
or CasADi, each of which is left out where it is missing:

    python bench/symbolic.py --peers /tmp/peers/bin/python
    python bench/symbolic.py text large

Milliseconds belong to the machine; ratios are medians over rounds in which all take turns.
"""

from __future__ import annotations

import argparse
import gc
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from measure import CG, processes, ratio, table
from run import program

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


# Seconds that a system gets.
LONGEST = 60.0


class Task:
    """Something to differentiate.

    text        in the language of cg
    build       in Python: makes `f` from `x`, a list of `count` symbols, with `sin` and `cos`
    order       of the derivative
    slow        whether SymPy takes long
    trees       whether a system that keeps trees, not graphs, comes to an end
    """

    def __init__(
        self, text: str, build: str, count: int, order: int = 1, slow: bool = True, trees: bool = True
    ) -> None:
        self.text, self.build, self.count = text, build, count
        self.order, self.slow, self.trees = order, slow, trees


def nested(depth: int) -> Task:
    lines = ["y0 = x0", *(f"y{i} = sin(y{i - 1})*cos(y{i - 1})" for i in range(1, depth + 1))]
    build = f"f = x[0]\nfor _ in range({depth}):\n    f = sin(f)*cos(f)"
    return Task("\n".join(lines), build, 1, trees=depth < 20)


def speelpenning(count: int) -> Task:
    build = "f = 1\nfor v in x:\n    f = f*v"
    return Task("*".join(f"x{i}" for i in range(count)), build, count)


def rosenbrock(count: int) -> Task:
    text = " + ".join(f"(1 - x{i})^2 + 100*(x{i + 1} - x{i}^2)^2" for i in range(count - 1))
    build = f"f = sum((1 - x[i])**2 + 100*(x[i + 1] - x[i]**2)**2 for i in range({count - 1}))"
    return Task(text, build, count, order=2, slow=False)


TASKS = {
    "nested 14 deep": nested(14),
    "nested 200 deep": nested(200),
    "product of 1,000": speelpenning(1000),
    "Hessian, Rosenbrock 50": rosenbrock(50),
}

ALGEBRA = """
from {module} import {symbols}, sin, cos
x = [{symbols}(f"x{{i}}") for i in range({count})]
{build}
parts = [f.diff(v) for v in x]
if {order} == 2:
    parts = [g.diff(v) for i, g in enumerate(parts) for v in x[i:]]
for g in parts:
    print(g)
"""

CASADI = """
from casadi import SX, Function, gradient, hessian, sin, cos, vertcat, triu
x = [SX.sym(f"x{{i}}") for i in range({count})]
{build}
all = vertcat(*x)
d = gradient(f, all) if {order} == 1 else triu(hessian(f, all)[0])
print(d.str(True))
if __import__("sys").argv[1:]:
    count = lambda F: F.n_instructions() - F.nnz_in() - F.nnz_out()
    value = count(Function("f", [all], [f], {{"cse": True}}))
    both = count(Function("g", [all], [f, d], {{"cse": True}}))
    print(value, both)
"""


def script(name: str, task: Task) -> str:
    if name == "CasADi":
        return CASADI.format(count=task.count, build=task.build, order=task.order)
    module, symbols = ("sympy", "Symbol") if name == "SymPy" else ("symengine", "Symbol")
    return ALGEBRA.format(
        module=module, symbols=symbols, count=task.count, build=task.build, order=task.order
    )


def found(peers: str) -> list[str]:
    modules = {"SymPy": "sympy", "symengine": "symengine", "CasADi": "casadi"}
    return [
        name for name, module in modules.items()
        if subprocess.run([peers, "-c", f"import {module}"], capture_output=True).returncode == 0
    ]  # fmt: skip


def commands(task: Task, peers: list[str], python: str, folder: Path) -> dict[str, list[str]]:
    source = folder / "task.cg"
    source.write_text(task.text + "\n")
    all = {"cg diff": [CG, "diff", "-f", str(source), *(["--order", "2"] if task.order == 2 else [])]}
    for name in peers:
        if task.trees or name == "CasADi":
            (path := folder / f"by_{name}.py").write_text(script(name, task))
            all[name] = [python, str(path)]
    return all


def length(printed: str) -> int:
    """Without the names of the derivatives, which only cg prints."""
    lines = printed.splitlines()
    return sum(len(line.split(" = ", 1)[1] if line.startswith("d") else line) + 1 for line in lines)


def capped(command: list[str]) -> float | None:
    """Seconds of one process, or None where it is not done after `LONGEST`."""
    begin = time.perf_counter()
    try:
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True, timeout=LONGEST)
    except subprocess.TimeoutExpired:
        return None
    return time.perf_counter() - begin


def text(python: str, runs: int = 7) -> None:
    """Whole processes that read, differentiate and print."""
    peers = found(python)
    rows = []
    with tempfile.TemporaryDirectory() as name:
        for title, task in TASKS.items():
            ready = commands(task, peers, python, Path(name))
            slow = {one: capped(command) for one, command in ready.items() if one == "SymPy" and task.slow}
            times = processes({one: command for one, command in ready.items() if one not in slow}, runs, 1)
            base = statistics.median(times["cg diff"])
            for one, command in ready.items():
                if one in slow:
                    seconds = slow[one]
                    least = "" if seconds else "> "
                    seconds = seconds or LONGEST
                    row = ("", f"{least}{seconds * 1000:.0f}", f"{least}{seconds / base:.0f}")
                else:
                    done = subprocess.run(command, capture_output=True, text=True, check=True)
                    by = ratio(times[one], times["cg diff"])
                    row = (
                        f"{length(done.stdout):,}",
                        f"{statistics.median(times[one]) * 1000:.0f}",
                        f"{by:.1f}",
                    )
                rows.append((f"{title}: {one}", *row))
    table(
        "Whole processes that print the derivative: SymPy at least 10 times cg, text no longer than "
        "CasADi's\n  where a tree would have 2^200 nodes, those that keep trees are left out",
        ("", "characters", "ms", "times cg"),
        rows,
    )


def operations(python: str) -> None:
    """How many operations the value takes, and the value and all derivatives together."""
    import cgcli
    from cgcli.evaluation.static import static_graph
    from cgcli.rewrite.differentiate import differentiate, readable
    from cgcli.rewrite.plan import Plan

    rows = []
    peers = found(python)
    with tempfile.TemporaryDirectory() as name:
        for title, task in TASKS.items():
            ready = cgcli.parse(task.text)
            static = static_graph(ready, {})
            plan = Plan(static, fast=False)
            derived = differentiate(readable(static), list(ready.inputs), task.order)
            count = sum(1 for node in derived.schedule() if derived.graph.args[node])
            value = len(plan.steps)
            assert plan.gradient is not None
            rows.append(
                (
                    title,
                    f"{value:,}",
                    f"{plan.gradient:,}",
                    f"{plan.gradient / value:.2f}",
                    f"{count:,}",
                    "",
                    "",
                )
            )
            if "CasADi" in peers:
                run = [*commands(task, peers, python, Path(name))["CasADi"], "count"]
                done = subprocess.run(run, capture_output=True, text=True, check=True)
                theirs, both = map(int, done.stdout.splitlines()[-1].split())
                rows[-1] = (*rows[-1][:5], f"{theirs:,}", f"{both:,}")
    table(
        "Operations; value and gradient at most 4 times the value\n"
        "  printed: those of the derivative that `cg diff` prints, of the order in question",
        ("", "value", "with gradient", "times", "printed", "CasADi value", "with derivative"),
        rows,
    )


def large(python: str, count: int = 10**5) -> None:
    """The derivative of a long program as a graph, in this process."""
    import cgcli
    from cgcli.evaluation.static import static_graph
    from cgcli.passes.derive import derive
    from cgcli.rewrite.differentiate import differentiate, readable

    source = program(count)
    times: dict[str, list[float]] = {}
    gc.disable()
    for _ in range(3):

        def timed(name: str, function: Any, *arguments: Any) -> Any:
            begin = time.perf_counter()
            result = function(*arguments)
            times.setdefault(name, []).append(time.perf_counter() - begin)
            return result

        ready = timed("read", cgcli.parse, source)
        static = timed("shapes", static_graph, ready, {})
        wrt = [static.inputs()[name] for name in ready.inputs]
        graph, shapes = static.graph.copy(), list(static.shapes)
        timed("derivative as a graph", derive, graph, shapes, static.outputs[0][1], wrt)
        before = timed("rewriting before", readable, static)
        timed("derivative, rewritten", differentiate, before, list(ready.inputs))
        del graph, shapes, before, static, ready
        gc.collect()
    gc.enable()
    rows = [(name, f"{statistics.median(seconds):.2f}") for name, seconds in times.items()]
    table(f"A program of {count:.0e} operations with 100 inputs; at most 3 s", ("", "s"), rows)


def main() -> None:
    parts = {"text": text, "operations": operations, "large": large}
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    arguments.add_argument("parts", nargs="*", metavar="PART", help=", ".join(parts))
    arguments.add_argument("--peers", default=sys.executable, help="an interpreter with the other systems")
    chosen = arguments.parse_args()
    for name in chosen.parts or parts:
        if name not in parts:
            raise SystemExit(f"no part {name}: there are {', '.join(parts)}")
        parts[name](chosen.peers)


if __name__ == "__main__":
    main()
