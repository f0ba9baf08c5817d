"""Any program through every command and format, soups of tokens, examples that were changed, odd files."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from bench.fuzzing.programs import LITTLE, of_arrays_too, of_numbers, used
from bench.fuzzing.running import Runner
from cgcli.cli.commands import COMMANDS, Command
from cgcli.cli.options import FLAG, NAMES, NUMBER, REPEATED, Option
from cgcli.language.errors.syntax import KEYWORDS
from cgcli.language.parser import TABLES
from cgcli.ops import OPS
from tests.cg import ROOT
from tests.documents import EXAMPLES

PROGRAMS = [name for name in COMMANDS if name != "ops"]
SYMBOLS = [text for text in TABLES.literals if not text.isalpha()]
WORDS = [
    *SYMBOLS, *SYMBOLS, *KEYWORDS, *(op.word for op in OPS.values() if op.function), *"xyfgxyxyxy",
    *("diff", "grad", "jacobian", "hessian", "pi", "inf", "nan", *LITTLE, "3e2", "0x", "1e", "1e400", "[]"),
    *("\n", "\n", ";", "\r\n", "\r", "#", "\t", *"é²√π∞≤−·\u200b\ufeff日", '"', '"ij,j->i"', "axis="),
    *("x[", "x[1:", "f(a=", "f(x) = ", "input x: [n]", "input ", "assert ", "if ", " then ", " else "),
    *("9007199254740993", "[[1, 2], [3, 4]]", "zeros([0, 2])", "."),
]  # fmt: skip
VALUES = [
    *(*LITTLE, "[1, 2, 3]", "[[1, 2], [3, 4]]", "[]", "zeros([0, 3])", "[nan, 1]", "1/0", "pi/4", "x"),
    *("[1, [2]]", "", "=", "1e", "@", "@-", "@nowhere.npy", "[[1,0],[0,1]]", "2 3", "1e999", "eye(3)", "f"),
]  # fmt: skip


OUTPUTS = ("out", "out.csv", "out.json", "out.jsonl", "out.npz", "out.csv.gz", "out.parquet")
RANGES = ("0:1:0.25", "1:0:-0.5", "[1, 2]", "0:1:0", "1:2", "nan")


def soup(rng: Random) -> str:
    """Tokens in no order."""
    return "".join(rng.choice(WORDS) + rng.choice(("", "", " ")) for _ in range(rng.randint(1, 25)))


def changed(rng: Random, text: str) -> str:
    """A text of which some tokens are others, gone, twice, or changed places."""
    tokens = re.findall(r"\w+|\s+|.", text, re.S)
    for _ in range(rng.choice((1, 1, 2, 3, 8))):
        if not tokens:
            break
        place = rng.randrange(len(tokens))
        kind = rng.randrange(6)
        if kind == 0:
            del tokens[place]
        elif kind == 1:
            tokens.insert(place, tokens[place])
        elif kind == 2:
            tokens[place] = rng.choice(WORDS)
        elif kind == 3:
            tokens.insert(place, rng.choice(WORDS))
        elif kind == 4:
            other = rng.randrange(len(tokens))
            tokens[place], tokens[other] = tokens[other], tokens[place]
        else:
            numbers = [i for i, token in enumerate(tokens) if token.isdigit()]
            if numbers:
                tokens[rng.choice(numbers)] = rng.choice(LITTLE)
    return "".join(tokens)


def _option(rng: Random, option: Option, names: list[str], folder: Path) -> list[str]:
    flag = rng.choice(option.flags)
    if option.kind == FLAG:
        return [flag]
    if option.choices:
        value = rng.choice(option.choices)
    elif option.field == "order":  # of many a long program has no derivative that anyone could print
        value = str(rng.choice((1, 1, 2, 2, 3, 0)))
    elif option.field in ("starts", "epochs"):  # many take as long as was asked for
        value = str(rng.choice((1, 2, 3, 0, -1)))
    elif option.kind == NUMBER:
        low, high = option.bounds
        value = str(rng.choice((low or 0, low or 1, high or 3, rng.randint(low or 0, min(high or 9, 9)), -1)))
    elif option.kind == NAMES:
        value = ",".join(rng.choice([*names, "q"]) for _ in range(rng.randint(1, 2)))
    elif option.field in ("output", "out"):
        value = str(folder / rng.choice(OUTPUTS))
    elif option.field == "over":
        value = f"{rng.choice([*names, 'q'])}={rng.choice(RANGES)}"
    elif option.field == "where":
        value = f"{rng.choice([*names, 'q'])} {rng.choice(('> 0', '== 1', '+', '< nan', '@ 2'))}"
    elif option.field == "along" or option.kind == REPEATED:
        value = f"{rng.choice([*names, 'q'])}={rng.choice(VALUES)}"
    else:
        value = rng.choice([*names, *VALUES])
    return [f"{flag}={value}"] if flag.startswith("--") and rng.random() < 0.7 else [flag, value]


FILES = ("files", "vars_files", "data")
SEEKING = ("fit", "minimize", "solve")
ROWS = ("bad", "data_format", "types", "over", "out", "keep", "where", "by", "reduce", "threads", "engine")


def command_line(
    rng: Random, command: Command, names: list[str], folder: Path, rows: bool = False
) -> list[str]:
    """A command with some of its options, so that it is right more often than not; those of `rows` are
    rare elsewhere."""
    found = [command.name]
    for option in command.options:
        usual = 0.5 if option.choices else 0.12
        if option.field in ROWS:
            usual = 0.2 if rows else 0.01
        if option.required or (option.field not in (*FILES, "color") and rng.random() < usual):
            found += _option(rng, option, names, folder)
    if command.name in SEEKING and not any(part.startswith("--max-steps") for part in found):
        found.append("--max-steps=15")  # a random program may fall without end
    if not any(part.startswith("--max-ops") for part in found) and any(
        o.field == "max_ops" for o in command.options
    ):
        found.append("--max-ops=100000")  # nor need it ever end
    return found


def bindings(rng: Random, values: dict[str, Any]) -> list[str]:
    """Those of a program, some of them missing, others, or too many."""
    found = {name: str(value) for name, value in values.items() if rng.random() < 0.95}
    if rng.random() < 0.2 and found:
        found[rng.choice(list(found))] = rng.choice(VALUES)
    if rng.random() < 0.05:
        found["q"] = rng.choice(VALUES)
    return [f"{name}={value}" for name, value in found.items()]


def commands(runner: Runner, rng: Random, count: int) -> None:
    """Programs at random through every command; some of them by the executable."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        for _ in range(count):
            program = rng.choice((of_numbers, of_arrays_too))(rng, tame=rng.random() < 0.5)
            if rng.random() < 0.3:  # without the sum
                program.text = program.text.rpartition("\n")[0]
            if rng.random() < 0.1:
                program.text += f'\nassert {rng.choice(list(program.values) or ["1"])} > 0, "m"'
            for command in PROGRAMS:
                line = command_line(rng, COMMANDS[command], sorted(used(program.text)), folder)
                bound = bindings(rng, program.values) if rng.random() < 0.8 else []
                stdin = program.text.encode() if rng.random() < 0.1 else b""
                runner.run(
                    *line, "-" if stdin else program.text, *bound, stdin=stdin, real=rng.random() < 0.004
                )


def soups(runner: Runner, rng: Random, count: int) -> None:
    """Soups and changed examples through a command or two."""
    sources = [path.read_text() for path in sorted((ROOT / "examples").glob("*.cg"))]
    sources += [text for example in EXAMPLES for text in re.findall(r"'([^']+)'", example.command)]
    with TemporaryDirectory() as name:
        folder = Path(name)
        for _ in range(count):
            text = soup(rng) if rng.random() < 0.4 else changed(rng, rng.choice(sources))
            text = text.replace("\0", "")
            for command in rng.choices(PROGRAMS, k=2):
                names = sorted(used(text)) or ["x"]
                bound = [f"{rng.choice(names)}={rng.choice(VALUES)}" for _ in range(rng.choice((0, 1, 2)))]
                line = command_line(rng, COMMANDS[command], names, folder)
                runner.run(*line, text, *bound, real=rng.random() < 0.004)
            runner.run(
                "ops", *(changed(rng, rng.choice(WORDS)).replace("\0", "") for _ in range(rng.randint(0, 2)))
            )


def _table(rng: Random) -> bytes:
    separator, cells = (
        rng.choice(",;\t,|"),
        [*LITTLE, "", "NA", "text", '"a b"', "1_000", "1,5", '"1;2"', "é"],
    )
    rows = [[rng.choice("xyzAx ") + rng.choice(("", "1")) for _ in range(rng.randint(1, 4))]]
    rows += [[rng.choice(cells) for _ in rows[0]] for _ in range(rng.randint(0, 5))]
    return rng.choice(("\n", "\r\n", "\r")).join(separator.join(row) for row in rows).encode()


def _numbers(rng: Random) -> bytes:
    """A table as it should be."""
    names = rng.sample(("x", "y", "a", "b", "c", "x1", "s"), rng.randint(1, 4))
    rows = [[rng.choice(LITTLE) if rng.random() < 0.1 else f"{rng.uniform(-2, 2):.3f}" for _ in names]]
    rows += [[f"{rng.uniform(-2, 2):.2f}" for _ in names] for _ in range(rng.randint(0, 30))]
    return "\n".join(",".join(row) for row in ([*names], *rows)).encode()


def rows(runner: Runner, rng: Random, count: int) -> None:
    """Programs over the rows of tables, and of ranges."""
    with TemporaryDirectory(prefix="cg-fuzz-") as name:
        folder = Path(name)
        for number in range(count):
            raw = _numbers(rng) if rng.random() < 0.8 else damaged(rng, _table(rng))
            path = folder / f"t{number}.csv"
            path.write_bytes(raw)
            program = of_numbers(rng, tame=rng.random() < 0.7)
            names = re.findall(r"\w+", raw.decode("utf-8", "replace").partition("\n")[0]) or ["x"]
            if rng.random() < 0.7:  # of the names of the table
                for old in program.values:
                    program.text = re.sub(rf"\b{old}\b", rng.choice(names), program.text)
            line = command_line(rng, COMMANDS[rng.choice(("eval", "grad"))], names, folder, rows=True)
            told = "printf '" + "".join(f"\\{byte:03o}" for byte in raw) + f"' > {path}; "
            failed = len(runner.failures)
            for given in (["--data", str(path)], ["--data=-"], []):
                stdin = raw if given == ["--data=-"] else b""
                runner.run(*line, *given, program.text, stdin=stdin, real=rng.random() < 0.01)
            runner.failures[failed:] = [told + failure for failure in runner.failures[failed:]]


def _value(rng: Random, depth: int) -> Any:
    kind = rng.randrange(8 if depth else 5)
    if kind >= 5:
        return [_value(rng, depth - 1) for _ in range(rng.randint(0, 3))]
    return rng.choice(
        (1, 2.5, True, None, "text", "NaN", 10**400, -0.0, {"a": 1}, [1, 2], [[1, 2], [3, 4]], "1e5")
    )


def _json(rng: Random) -> bytes:
    names = ["x", "y", "A", "s", "output", "value", "x y", "é"]
    found = {rng.choice(names): _value(rng, 2) for _ in range(rng.randint(0, 4))}
    return json.dumps(rng.choice((found, found, [found, found], _value(rng, 3)))).encode()


def _toml(rng: Random) -> bytes:
    values = [
        *LITTLE,
        "[1, 2]",
        "[[1, 2], [3, 4]]",
        '"text"',
        "true",
        "2024-01-01",
        "{a = 1}",
        "1_000",
        "0x1F",
    ]
    return "".join(
        f"{rng.choice('xyAs')} = {rng.choice(values)}\n" for _ in range(rng.randint(0, 4))
    ).encode()


def _array(rng: Random) -> Any:
    shape = tuple(rng.choice((0, 1, 2, 3)) for _ in range(rng.randint(0, 3)))
    kind = rng.choice(("f8", "f4", "i8", "u1", "?", ">f8", "c16", "U3", "O", "M8[D]", "f2", "g"))
    if rng.random() < 0.2:
        return np.zeros(rng.randint(0, 3), [("x", "f8"), ("y", kind)])
    return np.zeros(shape, kind)


def _npy(rng: Random) -> bytes:
    file = io.BytesIO()
    np.save(file, _array(rng))
    return file.getvalue()


def _npz(rng: Random) -> bytes:
    file = io.BytesIO()
    np.savez(file, **{name: _array(rng) for name in rng.sample("xyAs", rng.randint(0, 3))})
    return file.getvalue()


def _program(rng: Random) -> bytes:
    return rng.choice((of_numbers, of_arrays_too))(rng).text.encode()


MAKERS = {
    ".csv": _table,
    ".tsv": _table,
    ".json": _json,
    ".toml": _toml,
    ".npy": _npy,
    ".npz": _npz,
    ".cg": _program,
}
CODINGS = ("utf-8-sig", "utf-16", "latin-1", "utf-32-le")


def damaged(rng: Random, raw: bytes) -> bytes:
    """Bytes, some of which are others, gone, or too many; or in another coding."""
    kind = rng.randrange(10)
    place = rng.randint(0, len(raw))
    if kind == 0:
        return raw[:place]
    if kind == 1:
        return raw[:place] + bytes([rng.randrange(256)]) + raw[place + 1 :]
    if kind == 2:
        return raw[:place] + rng.randbytes(rng.randint(1, 8)) + raw[place:]
    if kind == 3:
        return rng.randbytes(rng.randint(0, 200))
    if kind == 4:
        return raw.replace(b"\n", rng.choice((b"\r\n", b"\r", b"\n\n", b"\0")))
    if kind == 5:
        return raw.decode("utf-8", "replace").encode(rng.choice(CODINGS), "replace")
    return raw


def files(runner: Runner, rng: Random, count: int) -> None:
    """Odd files in every place where one is read."""
    with TemporaryDirectory(prefix="cg-fuzz-") as name:
        folder, failed = Path(name), len(runner.failures)
        for number in range(count):
            ending, other = rng.choice(list(MAKERS)), rng.choice((*MAKERS, ".txt", ""))
            raw = damaged(rng, MAKERS[ending](rng))
            path = folder / f"f{number}{ending if rng.random() < 0.9 else other}"
            path.write_bytes(raw)
            column = rng.choice(("", "", ":x", ":y", ":A", ":0", ":", "::"))
            line = command_line(rng, COMMANDS[rng.choice(PROGRAMS)], ["x", "y"], folder)
            text = rng.choice(
                ("x + 1", "sum(x)", "x", "sum(x*y)", "input x: [n]; input y: [n]; x @ y", "A @ x")
            )
            real = rng.random() < 0.01
            for arguments in (
                [*line, text, f"x=@{path}{column}"], [*line, text, f"x=@{path}{column}", f"y=@{path}"],
                [*line, "--vars", str(path), text], [*line, "-f", str(path), *(["x=1"] * rng.randrange(2))],
                [*line, "-f", str(path), "--vars", str(path)],
            ):  # fmt: skip
                runner.run(*arguments, real=real)
            runner.run(*line, "-", "x=1", stdin=raw)
            for place, failure in enumerate(runner.failures[failed:], failed):
                hexadecimal = "".join(f"\\x{byte:02x}" for byte in raw)
                runner.failures[place] = f"printf '{hexadecimal}' > {path}; {failure}"
            failed = len(runner.failures)
            path.unlink()
