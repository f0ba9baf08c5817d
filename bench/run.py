"""The measurements of cg: start-up, one long program, many short ones.

Run it with the interpreter beside an installed `cg`, on an otherwise idle machine:

    python bench/run.py                all, about two minutes
    python bench/run.py startup lines  some
    python bench/run.py long --large   with a program of 10^7 operations: 3 GB, a minute

Every line is measured in this run. Milliseconds belong to the machine; ratios carry over.
"""

from __future__ import annotations

import argparse
import gc
import statistics
import sys
import tempfile
import time
import timeit

from measure import CG, processes, ratio, table, whole_process

INPUTS = 100


def startup(runs: int = 41) -> None:
    """Whole processes in turn, so that a drift of the machine's speed meets all alike."""
    commands = {
        "python -c pass": [sys.executable, "-c", "pass"],
        "cg eval '1+1'": [CG, "eval", "1+1"],
        "cg grad 'x^2' x=3": [CG, "grad", "x^2", "x=3"],
        "cg eval --digits 3 '1+1'": [CG, "eval", "--digits", "3", "1+1"],
        "cg graph '1+1'": [CG, "graph", "1+1"],
    }
    times = processes(commands, runs)
    base = times["python -c pass"]
    rows = [
        (name, f"{statistics.median(seconds) * 1000:.1f}", f"{ratio(seconds, base):.2f}")
        for name, seconds in times.items()
    ]
    table(f"Start-up, median of {runs}; at most 4.5 for the plain eval and grad", ("", "ms", "ratio"), rows)


def program(operations: int) -> str:
    """A program of so many operations that hang together: every line uses the one before."""
    lines = ["t0 = x0 * x1 + sin(x2) - 0.5 * x3"]
    for i in range(1, operations // 5):
        lines.append(f"t{i} = t{i - 1} * x{i % INPUTS} + sin(t{i - 1}) - 0.5 * x{7 * i % INPUTS}")
    return "\n".join(lines) + "\n"


def long(large: bool) -> None:
    bindings = [f"x{i}=0.5" for i in range(INPUTS)]
    rows, measured = [], []
    for operations in (10**5, 10**6, *([10**7] if large else [])):
        with tempfile.NamedTemporaryFile("w", suffix=".cg") as file:
            file.write(program(operations))
            file.flush()
            seconds, memory = whole_process([CG, "grad", "-", *bindings], file.name)
        measured.append((seconds, memory))
        more = (
            [f"{now / before:.1f}" for now, before in zip(measured[-1], measured[-2])]
            if len(measured) > 1
            else ["", ""]
        )
        rows.append((f"{operations:.0e}", f"{seconds:.2f}", more[0], f"{memory:.0f}", more[1]))
    table(
        "One program on stdin, 100 inputs: value and gradient, whole process\n"
        "  10^6: at most 12 s and 2000 MB; ten times the operations: at most 11 times both",
        ("operations", "s", "times", "MB", "times"),
        rows,
    )


def passes(operations: int = 10**6) -> None:
    """The reverse pass against the forward pass, in this process."""
    import cgcli
    from cgcli.algebras.numbers import floats
    from cgcli.passes.forward import forward
    from cgcli.passes.reverse import reverse

    gc.disable()
    graph = (ready := cgcli.parse(program(operations))).graph
    inputs = dict.fromkeys(ready.inputs, 0.5)
    times: dict[str, list[float]] = {"forward": [], "what depends on the inputs": [], "reverse": []}
    for _ in range(5):
        begin = time.perf_counter()
        values = forward(graph, floats, inputs)
        middle = time.perf_counter()
        active = graph.dependents(ready.inputs.values())
        marked = time.perf_counter()
        reverse(graph, floats, values, {ready.outputs[0].node: 1.0}, active)
        for name, seconds in zip(times, (middle - begin, marked - middle, time.perf_counter() - marked)):
            times[name].append(seconds)
    gc.enable()
    base = statistics.median(times["forward"])
    rows = [
        (name, f"{statistics.median(seconds):.3f}", f"{statistics.median(seconds) / base:.2f}")
        for name, seconds in times.items()
    ]
    table("Passes over 10^6 operations; reverse at most 3", ("", "s", "ratio"), rows)


def prepared() -> None:
    """A prepared program of 30 operations on numbers, asked again: value and gradient."""
    import cgcli

    steps = [
        "t{i} = sin(t{j})*c", "t{i} = t{j}*t{j} + a", "t{i} = exp(-t{j}^2)", "t{i} = sqrt(t{j}^2 + b)",
        "t{i} = t{j}/(1 + t{j})",
    ]  # fmt: skip
    text = "t0 = a*x + b\n" + "\n".join(steps[i % 5].format(i=i, j=i - 1) for i in range(1, 13))
    program = cgcli.prepare(text)
    point = {"a": 1.5, "b": 0.5, "c": 0.7, "x": 2.0}
    vector = program.pack(point)
    operations = sum(map(bool, program.program.graph.args))
    asked = {
        "value": lambda: program.evaluate(point),
        "value and gradient": lambda: program.value_and_gradient(point),
        "the same of a vector": lambda: program.objective(vector),
    }
    rows = []
    for name, function in asked.items():
        seconds = min(timeit.repeat(function, number=100, repeat=200)) / 100
        rows.append((name, f"{seconds * 1e6:.0f}"))
    title = f"A prepared program of {operations} operations, asked again in Python; at most 60 us"
    table(title, ("", "us"), rows)


def lines(count: int = 20_000) -> None:
    with tempfile.NamedTemporaryFile("w") as file:
        file.write("1+1\n" * count)
        file.flush()
        empty = min(whole_process([CG, "eval", "--lines", "1+1"])[0] for _ in range(5))
        seconds = min(whole_process([CG, "eval", "--lines", "-"], file.name)[0] for _ in range(3))
    rate = count / (seconds - empty)
    rows = [(f"{count} lines", f"{seconds:.2f}", f"{rate:,.0f}")]
    table("--lines, after start-up; at least 20,000 a second", ("", "s", "lines/s"), rows)


def main() -> None:
    parts = {"startup": startup, "long": None, "passes": passes, "prepared": prepared, "lines": lines}
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    arguments.add_argument("parts", nargs="*", metavar="PART", help=", ".join(parts))
    arguments.add_argument("--large", action="store_true", help="with a program of 10^7 operations")
    chosen = arguments.parse_args()
    for name in chosen.parts or parts:
        if name not in parts:
            raise SystemExit(f"no part {name}: there are {', '.join(parts)}")
        if name == "long":
            long(chosen.large)
        else:
            parts[name]()


if __name__ == "__main__":
    main()
