"""Sessions of `cg debug`: words at random, forward and back. However a statement was come to, the names have
the same values there as where `goto` goes at once; and the end is that of `cg eval` and `cg grad`."""

from __future__ import annotations

import json
import re
from random import Random

from bench.fuzzing.flows import INPUTS, Writer
from bench.fuzzing.hostile import VALUES, soup
from bench.fuzzing.programs import of_arrays_too, of_numbers
from bench.fuzzing.running import Runner

PROMPT = re.compile(r"^\((\d+)\) (.*)$", re.M)
NEAR = 1e-9


def _move(rng: Random, names: list[str], lines: int) -> str:
    count = rng.choice(("", "", "", " 1", " 2", " 7", " 40"))
    line = rng.randint(1, lines + 1)
    about = f"{rng.choice(names)} {rng.choice('<>')} {rng.uniform(-1, 1):.2f}"
    return rng.choice(
        (
            f"next{count}", f"step{count}", f"n{count}", f"s{count}", "finish", f"back{count}",
            f"back{count}", f"goto {rng.randint(1, 30)}", f"until {about}", f"break {line}", "bad",
            f"break {line} if {about}",
            "clear", f"clear {line}", "continue", "c",
        )
    )  # fmt: skip


def _look(rng: Random, names: list[str]) -> str:
    name = rng.choice(names)
    return rng.choice(
        (
            "vars", "list", "graph", f"graph {name}", "grad", f"grad {name}", f"why {name}", "break", "help",
            "", f"print {name}", f"print {name}^2 + {rng.choice(names)}",
            f"print diff({name}, {rng.choice(names)})", f"p [{name}, 1]", "# a comment",
        )
    )  # fmt: skip


def _odd(rng: Random) -> str:
    """What nobody types on purpose."""
    words = ("next", "goto", "until", "print", "break", "grad", "why", "graph", "clear", "back", "vars", "x")
    return f"{rng.choice(words)} {rng.choice((soup(rng), rng.choice(VALUES), '-1', '999999999999', '0'))}"


def _program(rng: Random) -> tuple[str, list[str], list[str]]:
    """A program, values, and names."""
    kind = rng.random()
    if kind < 0.6:
        writer = Writer(rng)
        writer.program()
        bound = [f"{name}={round(rng.uniform(-2, 2), 3)}" for name in INPUTS]
        return "\n".join(writer.ours), bound, writer.names
    program = (of_numbers if kind < 0.85 else of_arrays_too)(rng, tame=rng.random() < 0.7)
    return program.text, program.bindings(), [*program.values, "t0"]


def sessions(runner: Runner, rng: Random, count: int) -> None:
    """Words that move and look, in programs that run and others."""
    for _ in range(count):
        text, bound, names = _program(rng)
        names = [*names, "q"] if rng.random() < 0.1 else names
        script, lines = [], text.count("\n") + 1
        for _ in range(rng.randint(1, 12)):
            odd = rng.random()
            script.append(
                _odd(rng) if odd < 0.05 else _look(rng, names) if odd < 0.4 else _move(rng, names, lines)
            )
        arguments = ["debug", "--max-ops=20000", text, *bound]
        first = _session(runner, arguments, [*script, "vars"])
        if first is None:
            continue
        again = _session(runner, arguments, [f"goto {first[0]}", "vars"])
        if again is not None and again != first:
            typed = "\\n".join([*script, "vars"])
            runner.fail(arguments, f"{typed!r} comes to {first}, and goto to {again}", typed.encode())
        _end(runner, arguments, text, bound)


def _session(runner: Runner, arguments: list[str], script: list[str]) -> tuple[int, str] | None:
    """The number of the last prompt, and what was shown behind it."""
    lines = [line.replace("\n", " ").replace("\r", " ") for line in script]
    result = runner.run(*arguments, stdin=("\n".join(lines) + "\n").encode())
    if result is None or not (prompts := list(PROMPT.finditer(result.out))):
        return None
    runner.count("sessions")
    return int(prompts[-1][1]), result.out[prompts[-1].end() :]


def _end(runner: Runner, arguments: list[str], text: str, bound: list[str]) -> None:
    """The last value and its gradient, as the commands have them."""
    usual = runner.run("grad", "--format=json", "--max-ops=20000", text, *bound)
    if usual is None or usual.status or len(usual.out.splitlines()) != 1:
        return
    record = json.loads(usual.out)
    if isinstance(record["value"], (list, str)):
        return
    script = ["continue", "grad f"]
    result = runner.run(*arguments, stdin="\n".join(script).encode())
    if result is None:
        return
    behind = result.out[result.out.rfind(") grad f\n") :].splitlines()[1:]
    found = dict(line.split(" = ") for line in behind if line.count(" = ") == 1)
    runner.count("sessions to the end")
    right = {record["output"]: record["value"]}
    right |= {f"d{record['output']}/d{name}": slope for name, slope in record["gradient"].items()}
    for name, number in right.items():
        if not isinstance(number, (int, float)):
            continue
        if name not in found or not abs(float(found[name]) - number) <= NEAR * max(1.0, abs(number)):
            told = f"at the end {name} is {found.get(name)}, not {number}\n  {result.err[:300]}"
            return runner.fail(arguments, told, "\n".join(script).encode())
