"""Fits, equations, minima and training with options at random, and with data and starts that may be nothing,
too large, too few, or no numbers: whatever is said, it is an answer or an error."""

from __future__ import annotations

import re
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from bench.fuzzing.hostile import damaged
from bench.fuzzing.programs import LITTLE, PATTERNS, TAME_NUMBERS, expression
from bench.fuzzing.running import Runner
from cgcli.cli.commands import COMMANDS

NAMES = ["a", "b", "c", "x", "y"]
VECTORS = ("[1, 2]", "[1, 2, 3]", "[0, 0]", "[nan, 1]", "[]", "[[1, 2], [3, 4]]", "[1e300, 1]")


def _expression(rng: Random) -> str:
    """In parameters and columns."""
    if rng.random() < 0.3:
        tame = rng.random() < 0.7
        return f"({expression(rng, PATTERNS[tame], ['a', 'b', 'x'], TAME_NUMBERS, rng.randint(1, 4))})"
    a, b, c = (rng.choice(("a", "b", "c", "1", "0", "a", "b")) for _ in range(3))
    return rng.choice(
        (
            f"{a} + {b}*x", f"{a}*exp(-{b}*x) + {c}", f"{a}*x^{b}", f"{a}/({b} + x)", f"abs({a}*x - {b})",
            f"{a}*x^2 + {b}*x + {c}", f"log({a}*x) + {b}", f"sqrt({a} - x)*{b}", f"max({a}*x, {b})",
            f"if x > {a} then {b} else {c}*x", f"{a}", f"sum({a}*x)", f"floor({a}*x)", f"{a}*{b}*x",
            "0", "1/0", f"norm([{a}, {b}]) + x", f"zero(u^3 + {a}*u - x, u, 1)", f"({a} - {b})^4 + x*0",
            f"{a}^2 + x",
            f"inv([[{a}, 1], [1, {b}]])[0, 0]*x", f"cos({a}*1e8*x)", f"1e300*{a}*x*1e300", f"x[{a}]",
        )
    )  # fmt: skip


def _problem(rng: Random, command: str) -> str:
    left, right = _expression(rng), _expression(rng)
    if command == "fit":
        count = rng.choice((1, 1, 1, 2))
        return "; ".join(
            f"{rng.choice(('y', 'y', 'y', 'y', 'y', 'log(y)', 'x'))} ~ {_expression(rng)}"
            for _ in range(count)
        )
    if command == "solve":
        mark = rng.choice((*(" == ",) * 8, " <= ", " ~ "))
        return "; ".join(f"{_expression(rng)}{mark}{_expression(rng)}" for _ in range(rng.choice((1, 1, 2))))
    if command == "minimize":
        both = f"({left} - {right})^2 + a^2"
        return rng.choice((*(left, f"({left})^2", both) * 5, f"{left}; {right}"))
    return rng.choice((f"({left} - y)^2", left, f"softplus({left}) - y*{right}"))


def _table(rng: Random) -> bytes:
    cells = lambda: rng.choice(LITTLE) if rng.random() < 0.1 else f"{rng.uniform(-2, 3):.3f}"
    names = rng.choice((["x", "y"], ["x", "y"], ["y", "x", "c"], ["x"]))
    count = rng.choice((0, 1, 2, 3, 8, 8, 40))
    text = "\n".join([",".join(names), *(",".join(cells() for _ in names) for _ in range(count))]) + "\n"
    return damaged(rng, text.encode()) if rng.random() < 0.05 else text.encode()


OWN = {
    "sigma": ("0.1", "x", "y", "0", "-1", "nan", "a", "[1, 2]", "x^2 + 1"),
    "bounds": ("a > 0", "0 < b < 10", "a < -1; b > 1", "a > b", "x > 0", "a >= 1; a <= 1", "c < nan", "a"),
    "such_that": ("a + b <= 1", "a == b", "a^2 + b^2 <= 2; a >= 0", "a > 3; a < 2", "x", "1 <= 0",
                  "a*b == 1e300"),
    "between": ("a=0:10", "b=-1:1", "a=1:0", "x=0:1", "a=nan:1", "a=-1e308:1e308"),
    "rate": ("0.1", "0.1*0.9^epoch", "-1", "nan", "1/step", "a", "1e300", "0"),
    "tolerance": ("1e-6", "0.1", "1e-3", "1e-300"), "interval": ("0.5", "0.95", "0.999999", "1e-9"),
    "momentum": ("0.9", "1", "0"), "sensitivity": ("a", "c", "x", "a,b", "q"),
    "max_steps": ("1", "5", "15"), "starts": ("1", "3"), "epochs": ("1", "2", "3"),
}  # fmt: skip


ENDINGS = {"predict": ".csv", "log": ".csv", "checkpoint": ".npz", "out": ".toml"}


def _options(rng: Random, command: str, names: list[str], folder: Path) -> list[str]:
    """Some options of these commands as people write them, mostly of names that there are."""
    found = []
    for option in COMMANDS[command].options:
        flag = option.flags[-1]
        if option.field in OWN and rng.random() < 0.15:
            value = rng.choice(OWN[option.field])
            if set(re.findall(r"\b[abcxy]\b", value)) <= {*names} or rng.random() < 0.1:
                found.append(f"{flag}={value}")
        elif option.field in ENDINGS and rng.random() < 0.1:
            found.append(f"{flag}={folder / (option.field + ENDINGS[option.field])}")
        elif option.field in ("method", "loss") and rng.random() < 0.3:
            found.append(f"{flag}={rng.choice(option.choices)}")
        elif option.field in ("plot", "steps") and rng.random() < 0.1:
            found.append(flag)
    return found


def searches(runner: Runner, rng: Random, count: int) -> None:
    """Problems of all four commands."""
    with TemporaryDirectory(prefix="cg-fuzz-") as name:
        for number in range(count):
            folder = Path(name, str(number))
            folder.mkdir()
            command = rng.choice(("fit", "solve", "minimize", "train"))
            text, raw, line = _problem(rng, command), b"", [command]
            names = sorted(set(re.findall(r"[^\W\d]\w*", text)) & {*NAMES})
            unknowns, data = [one for one in names if one not in "xy"], [one for one in "xy" if one in names]
            values = [rng.choice(LITTLE) if rng.random() < 0.2 else rng.randint(-2, 3) for _ in unknowns]
            given = [f"{one}={x}" for one, x in zip(unknowns, values) if rng.random() < 0.98]
            if command == "train" or (command == "fit" and rng.random() < 0.6):
                raw = _table(rng)
                line.append("--data=-")
            else:
                given += [f"{one}={rng.choice(VECTORS if rng.random() < 0.6 else LITTLE)}" for one in data]
            if unknowns and (not raw or rng.random() < 0.2):
                line.append(f"--wrt={','.join(rng.sample(unknowns, rng.randint(1, len(unknowns))))}")
            line += _options(rng, command, names, folder)
            result = runner.run(*line, text, *given, stdin=raw, real=rng.random() < 0.004)
            if result is not None:
                runner.count(f"searches of cg {command} with exit status {result.status}")
