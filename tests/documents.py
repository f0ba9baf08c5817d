"""What is read of README and the manual pages."""

from __future__ import annotations

import functools
import os
import re
import shlex
import subprocess
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

import typer.main

from cgcli.cli.app import application
from cgcli.cli.commands import COMMANDS
from cgcli.cli.ops import usage
from cgcli.ops import OPS, ArrayOp, Op
from cgcli.rewrite.rewriter import RULES
from cgcli.rewrite.rules import ASSUMING, EXACT, OF_TERM, ROUNDING, TERMS
from tests.cg import CG, ROOT, cg

README = ROOT / "README.md"
PAGES = {path.stem: path for path in sorted((ROOT / "man").glob("*.1"))}
PROGRAMS = sorted((ROOT / "examples").glob("*.cg"))
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
APPLICATION: Any = typer.main.get_command(application(COMMANDS.values()))


def text(path: Path) -> str:
    return path.read_text("utf-8")


# Manual pages: characters that roff would take for something else

ESCAPES = {"\\": "\\e", "-": "\\-", "'": "\\(aq", "`": "\\(ga", "^": "\\(ha", "~": "\\(ti"}


def to_roff(line: str) -> str:
    line = "".join(ESCAPES.get(character, character) for character in line)
    return "\\&" + line if line.startswith(".") else line


def from_roff(line: str) -> str:
    line = line.removeprefix("\\&")
    for character, escape in reversed(ESCAPES.items()):
        line = line.replace(escape, character)
    return line


def operations() -> str:
    """The list of operations in cg-language(1), from their entries."""

    def entry(op: Op) -> list[str]:
        names = list(op.aliases)
        if op.symbol and op.function:
            names.append(f"{op.name}({', '.join('xyw'[: op.arity])})")
        notes = [f"also {' and '.join(names)}"] if names else []
        notes += [f"derivative: {op.convention}"] if op.convention else []
        title = to_roff(usage(op)).replace('"', "\\(dq")
        body = to_roff(op.summary) + (f"\n({to_roff('; '.join(notes))})" if notes else "")
        return [f'.It Sy "{title}"', body]

    def section(op: Op) -> str:
        return "Operators" if op.symbol else "Functions of arrays" if isinstance(op, ArrayOp) else "Functions"

    lines = []
    for title in ("Operators", "Functions", "Functions of arrays"):
        lines += [f".Ss {title}", '.Bl -tag -compact -width "heaviside(x, y)"']
        for op in OPS.values():
            if section(op) == title:
                lines += entry(op)
        lines.append(".El")
    return "\n".join(lines) + "\n"


# Each kind of rule, in the words of cg-plan(1).
KINDS = {
    EXACT: "The same value for every input, bit for bit.\nThese are always used.",
    ROUNDING: "Equal up to rounding, wherever the left side is finite.\nThese are used with\n.Fl -fast ,\n"
    "but for those that are marked, which only\n.Xr cg-diff 1\nuses.",
    ASSUMING: "Equal up to rounding where a condition holds.\nThese are used by\n.Xr cg-diff 1\nalone.",
}

# Rules that only make a formula easier to read.
COLLECTING = (TERMS, *(rule for rules in OF_TERM.values() for rule in rules))


def rules() -> str:
    """The list of rules in cg-plan(1), from their table."""
    lines = []
    for label, meaning in KINDS.items():
        lines += [f".Ss {label.capitalize()}", meaning, '.Bl -tag -compact -width "log(exp(x) + exp(y))"']
        for rule in RULES:
            if rule.label == label:
                condition = f"; where {rule.condition}" if rule.condition else ""
                note = f"{rule.name}{condition}" + ("; by cg diff" if rule in COLLECTING else "")
                before = to_roff(rule.before).replace('"', "\\(dq")
                lines += [f'.It Li "{before}"', f"{to_roff(rule.after)} ({note})"]
        lines.append(".El")
    return "\n".join(lines) + "\n"


def between(what: str) -> re.Pattern[str]:
    """A generated part of a page."""
    return re.compile(rf'(?<=\.\\" {what}: begin\n).*?(?=\.\\" {what}: end\n)', re.S)


OPERATIONS, RULED = between("operations"), between("rules")


# Examples


class Block(NamedTuple):
    """Lines [start, stop) of a document that hold commands and output; `decode` takes such a
    line to what it shows, `encode` does the reverse."""

    path: Path
    start: int
    stop: int
    decode: Callable[[str], str]
    encode: Callable[[str], str]


class Example(NamedTuple):
    path: Path
    line: int
    command: str
    output: str

    @property
    def label(self) -> str:
        return f"{self.path.name}:{self.line}"


def blocks(path: Path) -> Iterator[Block]:
    lines = text(path).splitlines()
    if path.suffix == ".cg":
        start = None
        for number, line in enumerate([*lines, ""]):
            if start is None and line.startswith("#   $ "):
                start = number
            elif start is not None and not line.startswith("#   "):
                yield Block(path, start, number, lambda line: line[4:], lambda line: "#   " + line)
                start = None
        return
    roff = path.suffix == ".1"
    begin, end = (".Bd -literal", ".Ed") if roff else ("```console", "```")
    decode, encode = (from_roff, to_roff) if roff else (str, str)
    start = None
    for number, line in enumerate(lines):
        if start is None and line.startswith(begin):
            start = number + 1
        elif start is not None and line == end:
            yield Block(path, start, number, decode, encode)
            start = None


def commands(block: Block) -> Iterator[Example]:
    lines = [block.decode(line) for line in text(block.path).splitlines()[block.start : block.stop]]
    assert lines[0].startswith("$ "), f"{block.path.name}:{block.start + 1} is not a command"
    position = 0
    while position < len(lines):
        first, command = position, lines[position][2:]
        position += 1
        while position < len(lines) and lines[position].startswith("> "):
            command += "\n" + lines[position][2:]
            position += 1
        begin = position
        while position < len(lines) and not lines[position].startswith("$ "):
            position += 1
        output = "".join(line + "\n" for line in lines[begin:position])
        yield Example(block.path, block.start + first + 1, command, output)


def examples(*paths: Path) -> list[Example]:
    return [example for path in paths for block in blocks(path) for example in commands(block)]


# What means something to the shell.
SHELL = re.compile(r"[|<>;&$`*?~#\\\n\"(){}]")


@functools.cache
def run(command: str) -> str:
    """What a shell shows of a command, results and diagnostics in the order they come: in this process where
    it is a command of cg alone, that either prints or complains."""
    if command.startswith("cg ") and not SHELL.search(re.sub(r"'[^']*'", "", command)):
        with patch.dict(os.environ, {"COLUMNS": "80"}):
            done = cg(*shlex.split(command)[1:], cwd=ROOT)
        if not done.out or not done.err:
            return done.out + done.err
    return _by_shell(command)


def _by_shell(command: str) -> str:
    path = os.pathsep.join((str(Path(CG).parent), os.environ.get("PATH", "")))
    unset = ("NO_COLOR", "CLICOLOR_FORCE", "CG_DEBUG")
    env = {key: value for key, value in os.environ.items() if key not in unset}
    shown = subprocess.run(
        ["sh", "-c", command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=ROOT,
        env={**env, "PATH": path, "COLUMNS": "80", "LC_ALL": "C.UTF-8"},
        timeout=60,
    )
    return shown.stdout.decode()


EXAMPLES = examples(README, *PAGES.values(), *PROGRAMS)


# Manual pages


def options(page: str) -> set[str]:
    """The options that a page describes, from the heads of its lists."""
    found: set[str] = set()
    for head in re.findall(r"^\.It (Fl .*)$", text(PAGES[page]), re.M):
        found.update("-" + name for name in re.findall(r"Fl (\S+)", head))
    return found


def declared(command: Any) -> set[str]:
    found = {name for parameter in command.params for name in parameter.opts if name.startswith("-")}
    return found | {"-h", "--help"}
