"""Programs of any numbers, large, small and none, over rows: each row says what the program says of its
point, by every engine; lines of `--lines` are programs of their own; and what is printed reads back."""

from __future__ import annotations

import csv
import io
import json
import math
from random import Random
from typing import Any

import cgcli
from bench.fuzzing.noise import expected
from bench.fuzzing.programs import LITTLE, of_numbers
from bench.fuzzing.routes import value
from bench.fuzzing.running import Runner
from cgcli.errors import OperationError

NEAR = 1e-9


def _number(rng: Random) -> float:
    text = rng.choice(LITTLE) if rng.random() < 0.3 else f"{rng.uniform(-3, 3):.3f}"
    return math.pi if text == "pi" else float(text)


def _single(
    runner: Runner, command: str, text: str, point: dict[str, float]
) -> tuple[dict[str, float], str] | None:
    """The value and the derivatives of a program at a point, and what is told; None where it has none."""
    result = runner.run(command, "--format=json", text, *(f"{name}={x!r}" for name, x in point.items()))
    if result is None or result.status or len(result.out.splitlines()) != 1:
        return None
    record = json.loads(result.out)
    if isinstance(record["value"], list):
        return None
    found = {"f": value(record["value"])}
    return found | {name: value(x) for name, x in record.get("gradient", {}).items()}, result.err


def rowwise(runner: Runner, rng: Random, count: int) -> None:
    """The same at each point by itself, in rows, in lines, and read back."""
    for _ in range(count):
        program = of_numbers(rng, tame=rng.random() < 0.4)
        if not program.values or "copysign(" in program.text:  # nan has the sign that the machine gives it
            continue
        points = [{name: _number(rng) for name in program.values} for _ in range(rng.choice((1, 3, 20)))]
        command = rng.choice(("eval", "grad"))
        singles = [_single(runner, command, program.text, point) for point in points]
        if any(one is None for one in singles):
            continue
        _rows(runner, rng, command, program.text, points, [one for one in singles if one is not None])
        _lines(runner, command, program.text, points)
        _read_back(runner, rng, program.text, points[0])


def _rows(
    runner: Runner, rng: Random, command: str, text: str, points: list[dict[str, float]],
    singles: list[tuple[dict[str, float], str]],
) -> None:  # fmt: skip
    names = list(points[0])
    table = "\n".join([",".join(names), *(",".join(map(repr, point.values())) for point in points)]) + "\n"
    repeat = 400 if rng.random() < 0.1 else 1  # many are computed as machine code, and in blocks
    head, _, body = table.partition("\n")
    engine = rng.choice(("auto", "kernel", "python", "plain"))
    wrt = [f"--wrt={','.join(names)}"] if command == "grad" else []
    arguments = [command, f"--engine={engine}", *wrt, "--data=-", text]
    stdin = f"{head}\n{body * repeat}".encode()
    result = runner.run(*arguments, stdin=stdin)
    if result is None:
        return
    shown = stdin if repeat == 1 else table.encode()
    if result.status:
        return runner.fail(arguments, f"exit status {result.status}\n  {result.err[:300]}", shown)
    rows = list(csv.reader(io.StringIO(result.out)))[1:]
    runner.count(f"rows of engine {engine} beside points", len(rows))
    for place, row in enumerate(rows):
        single, told = singles[place % len(points)]
        found = dict(zip(["f", *names], (float(cell or "nan") for cell in row)))
        for name, x in found.items():
            if name in single and not _alike(x, single[name]) and not (name != "f" and told):
                if _is_noise(text, points[place % len(points)], name, x, rng):
                    continue
                where = f"row {place} of engine {engine}, {points[place % len(points)]}"
                return runner.fail(arguments, f"{where}: {name} is {x}, alone {single[name]}", shown)


def _alike(x: float, y: float) -> bool:
    if math.isnan(x) or math.isnan(y) or math.isinf(x) or math.isinf(y):
        return x == y or (math.isnan(x) and math.isnan(y))
    return abs(x - y) <= NEAR * max(abs(x), abs(y)) + 1e-300


def _is_noise(text: str, point: dict[str, float], name: str, x: float, rng: Random) -> bool:
    """Whether rounding explains it."""
    try:
        found = expected(cgcli.parse(text), point, rng)
    except (cgcli.CgError, OperationError):
        return True
    allowed = found.allowed.get("value" if name == "f" else name)
    return allowed is None or found.differs({"value" if name == "f" else name: x}, 100.0) is None


def _lines(runner: Runner, command: str, text: str, points: list[dict[str, float]]) -> None:
    """Each line a program with its point."""
    given = [
        ";".join([*(f"input {n} = {x!r}" for n, x in point.items()), text.replace("\n", ";")])
        for point in points
    ]
    arguments = [command, "--format=json", "--lines", "-"]
    stdin = ("\n".join(given) + "\n").encode()
    result = runner.run(*arguments, stdin=stdin)
    if result is None:
        return
    answers = []
    for line in given:
        one = runner.run(command, "--format=json", line)
        if one is None:
            return
        answers += [json.loads(answer) | {"line": 0} for answer in one.out.splitlines()]
    runner.count("lines beside programs", len(given))
    found = [json.loads(line) | {"line": 0} for line in result.out.splitlines()]
    if found != answers:
        runner.fail(arguments, f"lines say {found}, and programs {answers}", stdin)


def _read_back(runner: Runner, rng: Random, text: str, point: dict[str, float]) -> None:
    """What `cg eval` prints of names, as text and as JSON, `--vars` reads."""
    bound = [f"{name}={x!r}" for name, x in point.items()]
    program = (
        f"{text.rpartition(chr(10))[0]}\nwhole = {text.rpartition(chr(10))[2]}\nboth = [whole, -whole, 0]"
    )
    form = rng.choice(("text", "json"))
    first = runner.run("eval", f"--format={form}", program, "--show=whole,both", *bound)
    if first is None or first.status:
        return
    runner.count("answers read back")
    arguments = [
        "eval",
        f"--format={form}",
        "--show=whole,both",
        "--vars=-",
        "input whole; input both: [3]; whole + sum(both)",
    ]
    again = runner.run(*arguments, stdin=first.out.encode())
    if again is not None and _told(form, again.out) != _told(form, first.out):
        runner.fail(arguments, f"{again.out or again.err[:300]}, not {first.out}", first.out.encode())


def _told(form: str, out: str) -> Any:
    return out if form == "text" else [json.loads(line) | {"line": 0} for line in out.splitlines()]
