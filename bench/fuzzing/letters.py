"""Texts of odd letters, bytes and lengths in every place that takes text: programs, names, values, options,
files, standard input."""

from __future__ import annotations

from contextlib import chdir
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from bench.fuzzing.hostile import PROGRAMS, VALUES, soup
from bench.fuzzing.programs import of_numbers
from bench.fuzzing.running import Runner
from cgcli.cli.commands import COMMANDS

LETTERS = [
    *"\t\v\f\r\x00\x01\x1b\x7f\x85\xa0\xad", *"\u2028\u2029\u200b\u200d\ufeff\ufffd\u0301\u202e",
    *"éßİıſﬁΩπσς日本語𝑥𝟑²½∑∂≤≠·×÷−–—…“”‘’«»`´¨^°€µ", "e\u0301", "\U0001f600", "\udcff",
    "\r\n", "\n\r", "\\", "\\n",
    "'", '"', "`a b`", "``", "`", "%s", "{}", "$x", "<b>", "../", "--",
    "-", "@", "@@", "=", "==", ":", "::", "~",
]  # fmt: skip


def _long(rng: Random) -> str:
    """Something that is repeated often."""
    count = rng.choice((50, 1000, 20_000))
    part = rng.choice(
        (
            "x",
            "1",
            "(",
            "-",
            "[",
            "x + ",
            "1,",
            "x*",
            "^2",
            ".",
            "e",
            "0.",
            "f(",
            "not ",
            "x;",
            "\n",
            "{",
            '"',
            "[0]",
            "'",
        )
    )
    return rng.choice(("", "x", "1", "x = ")) + part * count + rng.choice(("", "x", "1", ")" * count))


def odd(rng: Random, text: str) -> str:
    """A text with some letters that do not belong there."""
    if rng.random() < 0.1:
        return _long(rng)
    for _ in range(rng.choice((1, 1, 2, 5))):
        place = rng.randint(0, len(text))
        text = (
            text[:place] + rng.choice(LETTERS) * rng.choice((1, 1, 1, 2)) + text[place + rng.randrange(2) :]
        )
    return text


def _argument(text: str) -> str:
    """As a shell can hand it on."""
    return text.replace("\0", "")


def letters(runner: Runner, rng: Random, count: int) -> None:
    """Odd texts through all commands."""
    with TemporaryDirectory(prefix="cg-fuzz-") as name, chdir(name):  # options may name files to write
        folder = Path(name)
        for number in range(count):
            program = of_numbers(rng)
            text = rng.choice((program.text, program.text, soup(rng), "x", "y = x^2; y"))
            command = rng.choice(PROGRAMS)
            options = [f"{o.flags[0]}={o.choices[0]}" for o in COMMANDS[command].options if o.required]
            bound = program.bindings() or ["x=1"]
            raw, real = odd(rng, text).encode("utf-8", "surrogateescape"), rng.random() < 0.01
            path = folder / f"p{number}"
            path.write_bytes(raw)
            runner.run(command, *options, _argument(odd(rng, text)), *bound, real=real)
            runner.run(command, *options, text, *(_argument(odd(rng, one)) for one in bound), real=real)
            runner.run(command, *options, "-", *bound, stdin=raw)
            runner.run(command, *options, "-f", str(path), *bound)
            runner.run(command, *options, "--vars", str(path), text)
            option = rng.choice(COMMANDS[command].options)
            value = _argument(odd(rng, rng.choice((*bound, *VALUES, "x", "a,b"))))
            runner.run(command, *options, f"{option.flags[-1]}={value}", text, *bound)
            if command == "debug":
                runner.run(command, text, *bound, stdin=raw + b"\nvars\nprint " + raw)
            if command in ("eval", "grad"):
                table = odd(rng, ",".join(program.values or ["x"]) + "\n" + ",".join("1" * len(bound)) + "\n")
                runner.run(command, "--data=-", text, stdin=table.encode("utf-8", "surrogateescape"))
                runner.run(command, "--lines", "-", *bound, stdin=raw)
            path.unlink()
